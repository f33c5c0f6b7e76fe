//! What scanners found in a file: the JSON of `loket scan --json`.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What is to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanRequest {
    /// The home whose scanners and policy count; it need not exist.
    pub home: PathBuf,
    /// The file.
    pub file: PathBuf,
    /// The file that it would replace.
    pub against: Option<PathBuf>,
    /// The folder of advisories, where it is not that of the home.
    pub advisories: Option<PathBuf>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanReport {
    /// The file.
    pub file: String,
    /// The SHA-256 of its bytes, in hex.
    pub digest: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// `inform`, `ask` or `block`: the strictest that follows from a finding.
    pub action: String,
    /// The scanners that looked, by package and version.
    pub scanners: Vec<String>,
    /// What they found, the strictest first.
    pub findings: Vec<ScanFinding>,
}

/// Something found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanFinding {
    /// The scanner.
    pub scanner: String,
    /// The rule's name.
    pub id: String,
    /// `info`, `low`, `medium`, `high` or `critical`.
    pub severity: String,
    /// What follows from it by the policy: `inform`, `ask` or `block`.
    pub action: String,
    /// What was found, in one line.
    pub title: String,
    /// Why it matters.
    pub message: String,
    /// Where.
    pub evidence: Vec<ScanEvidence>,
    /// What to do about it.
    pub remedy: String,
}

/// Where something was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanEvidence {
    /// `component`, or the name of a document.
    pub place: String,
    /// The first byte.
    pub offset: u64,
    /// How many bytes.
    pub length: u64,
    /// What is there.
    pub text: String,
}
