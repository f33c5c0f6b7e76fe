//! The shapes of what is done with packages: what is asked, and what came of it.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// How many bytes a package may have.
pub const MOST_PACKAGE_BYTES: usize = 128 << 20;

/// Under which name a component is published, and by whose signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PublishRequest {
    /// `namespace:name@version`
    pub package: String,
    /// The signature, as minisign writes it into a `.minisig` file; absent for one that is not signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// Where it comes from, in words for the ledger; absent for what was built here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// What was published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Published {
    /// `namespace:name@version`
    pub package: String,
    /// The SHA-256 of its bytes, in hex.
    pub digest: String,
    /// Whose signature it has.
    pub signature: SignatureInfo,
    /// `ready`, or why it may not run.
    pub state: String,
}

/// What a package's signature comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignatureInfo {
    /// `trusted`, `unknown` (a key that the owner does not know), `revoked`, `broken` (none, or not over these bytes) or `none`.
    pub state: String,
    /// What the owner calls whoever has the key, where it is known; else the key's id, where it has a signature.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<String>,
    /// The same in words, such as ``signed by `anna` ``.
    pub words: String,
}

/// Which version of a package is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PackageVersion {
    /// `namespace:name@version`
    pub package: String,
}

/// A version that was taken back, or into use again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct YankReport {
    /// `namespace:name@version`
    pub package: String,
    /// Whether it is taken back now.
    pub yanked: bool,
    /// Whether that is news.
    pub changed: bool,
}

/// Whether to remove what nobody needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GarbageRequest {
    /// Only say what would be removed.
    #[serde(default)]
    pub dry_run: bool,
}

/// What was removed, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GarbageReport {
    /// The versions, by name and from the oldest on.
    pub removed: Vec<GarbageInfo>,
    /// Their bytes.
    pub bytes: u64,
    /// Whether this only says what would be removed.
    pub dry_run: bool,
    /// What could not be removed, and why.
    pub left: Vec<String>,
}

/// A version that nobody needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GarbageInfo {
    /// `namespace:name@version`
    pub package: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// What the owner decides about a package that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DecisionRequest {
    /// `namespace:name@version`
    pub package: String,
    /// The SHA-256 of what is meant, in hex; what waits now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Decision {
    /// `namespace:name@version`
    pub package: String,
    /// The SHA-256 of what waited, in hex.
    pub digest: String,
    /// Whether it may run.
    pub approved: bool,
    /// How the version is now: `ready`, `removed`, or why it may not run.
    pub state: String,
}
