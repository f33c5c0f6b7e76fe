//! The shapes of the keys whose signatures count. Secret keys have none: they stay with whoever signs.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A key to trust.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyRequest {
    /// What its holder is called: 1 to 64 characters of `a-z`, `0-9`, `-` and `_`.
    pub name: String,
    /// The public key: its 56 characters, or the text of a `.pub` file of minisign.
    pub public: String,
}

/// Which key is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyName {
    /// Its name.
    pub name: String,
}

/// A key that the owner trusts, or trusted once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyInfo {
    /// What its holder is called.
    pub name: String,
    /// Its id as minisign shows it: 16 hexadecimal digits.
    pub id: String,
    /// The public key.
    pub public: String,
    /// Since when it is trusted, RFC 3339.
    pub since: String,
    /// Since when it is not any more, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub revoked: Option<String>,
    /// Whether this holds only once the owner seals the home: the keys of a sealed home are.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub waits_for_seal: bool,
}
