//! What there is to know of a package or an agent: what it asks for, what it offers, what it may really do.

use crate::desk::SignatureInfo;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What there is to know of a package or an agent before and after it runs.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Inspection {
    /// `loket:calc@0.1.0`, or the path of a file.
    pub package: String,
    /// The SHA-256 of its bytes, in hex.
    pub digest: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Whose signature it has; absent for a file that lies in no registry.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub signature: Option<SignatureInfo>,
    /// `agent`, `tool`, `model`, `scanner`, `channel`, `command`, `app` or `library`, read from its exports.
    pub role: String,
    /// `ready`, or why it may not run: what cannot be, then a reason a line, then a hint a line.
    pub state: String,
    /// What it asks for, the sealed baseline left out.
    pub imports: Vec<ImportInfo>,
    /// The sealed WASI baseline that it links.
    pub sealed: Vec<String>,
    /// What it offers.
    pub exports: Vec<ExportInfo>,
    /// What it may really do, and through whom: a tree.
    pub authority: Vec<Authority>,
    /// Remarks: slow byte shapes, missing documentation, and so on.
    pub notes: Vec<String>,
}

/// One import.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ImportInfo {
    /// The interface.
    pub capability: String,
    /// Its functions.
    pub functions: Vec<String>,
    /// `granted`, `ask`, `denied`, `built in` or `missing`.
    pub state: String,
    /// Who answers: `host`, or a package.
    pub provider: Option<String>,
    /// What its grant says in the provider's own words: hosts, folders; empty when it says nothing of the kind.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub terms: String,
    /// The command that would grant it, when it is missing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub remedy: Option<String>,
}

/// One export.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ExportInfo {
    /// The interface, or the package for functions at its root.
    pub capability: String,
    /// Its functions with their WIT signature, for example `evaluate: func(expression: string) -> result<string, string>`.
    pub functions: Vec<String>,
    /// What its author wrote about it.
    pub docs: String,
}

/// A node of the authority tree.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Authority {
    /// What may be done.
    pub capability: String,
    /// Who does it: `host`, or a package.
    pub provider: String,
    /// `allow`, `ask` or `deny`.
    pub verdict: String,
    /// The limits, in words; empty when there are none.
    pub limits: String,
    /// What may be done through it.
    #[schema(no_recursion)]
    pub through: Vec<Authority>,
}
