//! What is known from the owner's side: who signed, and what is said of packages and digests.

use std::fmt::Debug;

/// What a signature comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    /// There is none.
    Unsigned,
    /// It is by a key that the owner trusts: what the owner calls whoever has it.
    Trusted(String),
    /// It says that it is by the key of this id, which the owner does not know.
    Unknown(String),
    /// It is by a key that the owner revoked: what the owner called whoever had it.
    Revoked(String),
    /// It is none, or not over these bytes: why.
    Broken(String),
}

/// A package that went into a component, or a tool that made it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ingredient {
    /// Where it is from: `crates` or `rust`.
    pub collection: &'static str,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// What an advisory is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something that can be used for an attack.
    Vulnerability,
    /// Safe code can come to undefined behaviour.
    Unsound,
    /// Nobody looks after it any more.
    Unmaintained,
    /// Something worth knowing, or something else.
    Notice,
}

/// How bad it is, by its CVSS score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rating {
    /// Not at all.
    None,
    /// Up to 3.9.
    Low,
    /// Up to 6.9.
    Medium,
    /// Up to 8.9.
    High,
    /// From 9 on.
    Critical,
}

/// What an advisory says of an ingredient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advisory {
    /// Which of those that were asked about.
    pub about: usize,
    /// `RUSTSEC-2026-0001`
    pub id: String,
    /// What it says, in one line.
    pub title: String,
    /// What it is about.
    pub kind: Kind,
    /// How bad it is, where somebody scored it.
    pub rating: Option<Rating>,
    /// In which versions it is mended.
    pub mended: Vec<String>,
}

/// The most that is asked about at once.
pub const MOST_ASKED: usize = 1_000;

/// Who can be asked: the host, or a table in a test.
pub trait Knows: Debug {
    /// What the owner's advisories say of at most [`MOST_ASKED`] ingredients; nothing where the owner has none.
    fn advisories(&self, ingredients: &[Ingredient]) -> Option<Vec<Advisory>>;
    /// Which of at most [`MOST_ASKED`] digests, in hex, are bad, and why.
    fn known_bad(&self, digests: &[String]) -> Vec<(usize, String)>;
}
