//! The shapes of the guardian: how it finds the home, and what the owner signs. The owner's key and its passphrase have none: they stay with
//! the command line.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How the guardian finds the home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GuardianStatus {
    /// `unsealed`, `sealed` or `safe-mode`.
    pub state: String,
    /// When it was sealed, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sealed: Option<String>,
    /// The owner's public key: keep it elsewhere, too.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key: Option<String>,
    /// When everything was looked at last, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub checked: Option<String>,
    /// Why nothing new is let in, while nothing is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub safe_mode: Option<SafeModeInfo>,
    /// What is not as it should be now.
    pub faults: Vec<GuardianFault>,
}

/// Since when and why nothing new is let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SafeModeInfo {
    /// Since when, RFC 3339.
    pub since: String,
    /// Why it began, in words.
    pub why: Vec<String>,
    /// The text whose signature by the owner's key ends it.
    pub farewell: String,
    /// The trusted comment of that signature.
    pub comment: String,
}

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GuardianFault {
    /// What it is.
    pub what: String,
    /// Where it lies.
    pub file: String,
    /// The digest that it must have; absent where nothing must be there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expected: Option<String>,
    /// The digest that it has; absent where nothing is there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub found: Option<String>,
    /// The same in words.
    pub why: String,
}

/// By which key the owner would sign.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatementRequest {
    /// The public key; needed only where the home is not sealed yet.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key: Option<String>,
}

/// What the owner signs to seal the home as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SealStatement {
    /// The text.
    pub statement: String,
    /// The trusted comment of its signature.
    pub comment: String,
    /// What is sealed.
    pub parts: Vec<SealedPart>,
}

/// One thing that is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SealedPart {
    /// What it is.
    pub what: String,
    /// Where it lies.
    pub file: String,
    /// Its digest; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub digest: Option<String>,
}

/// A seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SealRequest {
    /// What was signed.
    pub statement: String,
    /// Its signature by the owner's key, in the form of minisign.
    pub signature: String,
}

/// The end of safe mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeaveRequest {
    /// The signature of the text that the status shows.
    pub signature: String,
}
