//! The shapes of a backup and of a home made of one: what is asked, and what came of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a backup goes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BackupRequest {
    /// The file's whole path; there must be nothing at it.
    pub file: String,
    /// Take the key of the secrets along, when it lies in a file.
    #[serde(default)]
    pub with_key: bool,
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BackupReport {
    /// The file.
    pub file: String,
    /// How many files of the home are in it.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The bytes of the backup itself.
    pub packed: u64,
    /// Where the key of the secrets is.
    pub key: String,
    /// What is not in it, and why.
    pub left_out: Vec<String>,
}

/// Which backup, and where the home goes that is made of it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RestoreRequest {
    /// The backup's whole path, on the machine of the host.
    pub file: String,
    /// The whole path of a folder there: an empty one, or none yet; not the home that is in use, nor in it or around it.
    pub home: String,
}

/// What a home was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RestoreReport {
    /// The home.
    pub home: String,
    /// The command that starts it.
    pub next: String,
    /// When the backup was made, RFC 3339.
    pub made: String,
    /// The version of the host that made it.
    pub by: String,
    /// How many files were in it.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The lines of the ledger, which was walked from its first to its last.
    pub lines: u64,
    /// What is different now, and what is left to do.
    pub notes: Vec<String>,
}
