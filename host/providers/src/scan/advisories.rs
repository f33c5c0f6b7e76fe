//! Advisories as the RustSec database writes them, each a file: which packages they touch, in which versions, and how badly.
//!
//! The format and the arithmetic of versions are the `rustsec` crate's. What is asked about here went into a component, so an advisory that
//! is about other processors or operating systems is none.

use rustsec::Version;
use rustsec::advisory::{Advisory, Affected, Informational, Severity, Versions};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::panic::catch_unwind;

/// The most that one answer has.
const MOST_FOUND: usize = 1_000;
/// The longest title, in bytes.
pub(super) const MOST_TITLE: usize = 256;
/// The most versions that are named as mended.
const MOST_MENDED: usize = 16;
/// The most quotes in the head of one. Ranges of versions are compared with each other, and real ones have up to a dozen.
const MOST_QUOTES: usize = 1_000;

/// A package that went into a component, as scanners ask about it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Ingredient {
    /// The folder of the database that it is looked up in: `crates` or `rust`.
    pub(super) collection: String,
    /// Its name.
    pub(super) name: String,
    /// Its version.
    pub(super) version: String,
}

/// What an advisory says of an ingredient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Told<'k> {
    about: u32,
    id: &'k str,
    title: &'k str,
    kind: &'static str,
    rating: Option<&'static str>,
    mended: &'k [String],
}

/// All of them, by the folder and the package that they are about.
#[derive(Debug, Default)]
pub(super) struct Advisories(BTreeMap<String, BTreeMap<String, Vec<Entry>>>);

/// One of them.
#[derive(Debug)]
struct Entry {
    id: String,
    title: String,
    kind: &'static str,
    rating: Option<&'static str>,
    mended: Vec<String>,
    versions: Versions,
}

impl Advisories {
    /// Adds one from its text. One that was withdrawn, is a draft, or is about other machines adds nothing.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub(super) fn add(&mut self, collection: &str, text: &str) -> Result<(), String> {
        // The library cuts what begins otherwise in the middle of a letter.
        if !text.starts_with("```toml") {
            return Err("it does not begin with its head, in TOML".to_owned());
        }
        let head = text.find("\n```").map_or(text, |end| &text[..end]);
        if head.matches(['"', '\'']).count() > MOST_QUOTES {
            return Err("its head says more than any".to_owned());
        }
        // It counts one on, which is nought again where numbers do not check themselves: no version has such a number.
        if head.contains(&u64::MAX.to_string()) {
            return Err("its versions make no sense".to_owned());
        }
        // It answers some ranges of versions that make no sense with a panic.
        let read = catch_unwind(|| text.parse::<Advisory>().map(|advisory| (advisory.severity(), advisory)));
        let (severity, advisory) =
            read.map_err(|_| "its versions make no sense".to_owned())?.map_err(|e| e.to_string())?;
        let about_us = advisory.affected.as_ref().is_none_or(is_about_components);
        if advisory.withdrawn() || advisory.id().is_placeholder() || !about_us {
            return Ok(());
        }
        let mut title = advisory.title().to_owned();
        title.truncate(title.floor_char_boundary(MOST_TITLE));
        let entry = Entry {
            id: advisory.id().to_string(),
            title,
            kind: kind(advisory.metadata.informational.as_ref()),
            rating: severity.map(rating),
            mended: advisory.versions.patched().iter().take(MOST_MENDED).map(ToString::to_string).collect(),
            versions: advisory.versions,
        };
        let packages = self.0.entry(collection.to_owned()).or_default();
        packages.entry(advisory.metadata.package.to_string()).or_default().push(entry);
        Ok(())
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.values().flat_map(BTreeMap::values).map(Vec::len).sum()
    }

    /// What they say of packages. What is no version is touched by none.
    pub(super) fn about(&self, ingredients: &[Ingredient]) -> Vec<Told<'_>> {
        let touching = (0..).zip(ingredients).flat_map(|(about, ingredient)| {
            let entries = self.0.get(&ingredient.collection).and_then(|packages| packages.get(&ingredient.name));
            let version = entries.and_then(|_| Version::parse(&ingredient.version).ok());
            let entries = entries.into_iter().flatten();
            let touching = entries.filter(move |e| version.as_ref().is_some_and(|v| e.versions.is_vulnerable(v)));
            touching.map(move |Entry { id, title, kind, rating, mended, .. }| Told {
                about,
                id,
                title,
                kind,
                rating: *rating,
                mended,
            })
        });
        touching.take(MOST_FOUND).collect()
    }
}

/// Whether what is affected may be code in a component.
fn is_about_components(affected: &Affected) -> bool {
    let has = |all: &[String], ours: &[&str]| all.is_empty() || all.iter().any(|name| ours.contains(&name.as_str()));
    has(&affected.arch, &["wasm32"]) && has(&affected.os, &["wasi", "unknown", "none"])
}

fn kind(informational: Option<&Informational>) -> &'static str {
    match informational {
        None => "vulnerability",
        Some(Informational::Unsound) => "unsound",
        Some(Informational::Unmaintained) => "unmaintained",
        Some(Informational::Notice) => "notice",
        Some(_) => "other",
    }
}

fn rating(severity: Severity) -> &'static str {
    match severity {
        Severity::None => "none",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An advisory about `knots`, as the database has them.
    fn advisory(head: &str, rest: &str) -> String {
        format!(
            "```toml\n[advisory]\nid = \"RUSTSEC-2026-0001\"\npackage = \"knots\"\ndate = \"2026-02-03\"\n{head}\n{rest}\n```\n\n# Knots come undone\n\nWhen pulled.\n"
        )
    }

    const VERSIONS: &str = "[versions]\npatched = [\">= 1.4.2\", \"^1.2.9\"]\nunaffected = [\"< 1.1.0\"]";

    fn of(text: &str) -> Advisories {
        let mut advisories = Advisories::default();
        advisories.add("crates", text).unwrap_or_else(|why| panic!("{why}: {text}"));
        advisories
    }

    #[track_caller]
    fn touches(advisories: &Advisories, version: &str, expect: bool) {
        let knots = Ingredient { collection: "crates".into(), name: "knots".into(), version: version.into() };
        assert_eq!(!advisories.about(&[knots]).is_empty(), expect, "{version}");
    }

    #[test]
    fn versions_are_touched_as_the_advisory_says() {
        let versions = "[versions]\npatched = [\">= 1.4.2\"]\nunaffected = [\"< 1.1.0\"]";
        let advisories = of(&advisory("", versions));
        for touched in ["1.1.0", "1.4.1", "1.2.0-rc.1", "1.4.2-beta.1"] {
            touches(&advisories, touched, true);
        }
        for not in ["1.0.9", "0.1.0", "1.4.2", "2.0.0", "", "one", "1"] {
            touches(&advisories, not, false);
        }
        let all = of(&advisory("", "[versions]\npatched = []"));
        touches(&all, "99.0.0", true);
        let other = Ingredient { collection: "rust".into(), name: "knots".into(), version: "1.2.0".into() };
        assert!(all.about(&[other]).is_empty(), "a crate is not what comes with the compiler");
    }

    #[test]
    fn what_it_says_is_told_with_its_rating() {
        let cvss = "cvss = \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"";
        let text = advisory(cvss, "[versions]\npatched = [\">= 1.4.2\"]");
        let advisories = of(&text);
        let knots = Ingredient { collection: "crates".into(), name: "knots".into(), version: "1.4.1".into() };
        let told = advisories.about(&[knots.clone(), knots]);
        assert_eq!(
            (told.len(), told[1].about, told[0].rating, told[0].kind),
            (2, 1, Some("critical"), "vulnerability")
        );
        assert_eq!((told[0].title, told[0].mended), ("Knots come undone", &[">=1.4.2".to_owned()][..]));
        let versions = "[versions]\npatched = []";
        for (word, kind) in
            [("unsound", "unsound"), ("unmaintained", "unmaintained"), ("notice", "notice"), ("x", "other")]
        {
            let advisories = of(&advisory(&format!("informational = \"{word}\""), versions));
            let knots = Ingredient { collection: "crates".into(), name: "knots".into(), version: "1.0.0".into() };
            assert_eq!(advisories.about(&[knots])[0].kind, kind);
        }
    }

    #[test]
    fn what_was_withdrawn_or_is_about_other_machines_counts_not() {
        let versions = "[versions]\npatched = []";
        let head = advisory("withdrawn = \"2026-03-01\"", versions);
        touches(&of(&head), "1.0.0", false);
        for (affected, expect) in [
            ("os = [\"windows\"]", false),
            ("os = [\"windows\", \"wasi\"]", true),
            ("arch = [\"x86_64\"]", false),
            ("arch = [\"wasm32\"]", true),
        ] {
            touches(&of(&advisory("", &format!("[affected]\n{affected}\n{versions}"))), "1.0.0", expect);
        }
    }

    #[test]
    fn what_is_no_advisory_is_told_and_does_not_panic() {
        let most = u64::MAX;
        for text in [
            String::new(),
            "nineteen letters áé and more".into(),
            "```toml".into(),
            "```toml\n```".into(),
            advisory("", "[versions]\npatched = [\">= one\"]"),
            advisory("cvss = \"CVSS:9.9/AV:N\"", "[versions]\npatched = []"),
            advisory("", VERSIONS),
            advisory("", &format!("[versions]\npatched = [\"<= {most}.{most}.{most}\", \"> {most}.{most}.{most}\"]")),
            advisory("", &format!("[versions]\npatched = [{}]", "\"1\",".repeat(5_000))),
        ] {
            let added = Advisories::default().add("crates", &text);
            assert!(added.is_err(), "{text:.80}");
        }
    }
}
