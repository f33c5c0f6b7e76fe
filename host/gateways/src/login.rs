//! Logins at servers of tools, at the desk: how one begins, how far it is, and what there is of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A login that has begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LoginBegun {
    /// The server.
    pub name: String,
    /// The address to open in a browser; absent where it is done already, without a person.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
    /// How many seconds the browser has to come back.
    pub seconds: u64,
}

/// How far a login is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LoginProgress {
    /// `none` (none has begun), `waits` (for the browser), `done` or `failed`.
    pub state: String,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub problem: Option<String>,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub login: Option<LoginInfo>,
}

/// A login, as far as it may be told: never its tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LoginInfo {
    /// Why somebody has to log in; absent where somebody is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub needed: Option<String>,
    /// Who gave the tokens.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub issuer: Option<String>,
    /// What they are good for.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub scopes: Vec<String>,
    /// Until when the token is good that is there now, RFC 3339; absent where nobody said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<String>,
    /// Whether another one is made by itself then.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub renewed: bool,
}

/// What came of a logout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LoggedOut {
    /// The server.
    pub name: String,
    /// Whether somebody was logged in.
    pub was: bool,
}
