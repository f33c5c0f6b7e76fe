//! Tokens at the desk: by which programs come in that are not the owner's own, and what they may.

use super::desk::{Caller, GrantInfo};
use crate::secret::SecretValue;
use serde::{Deserialize, Serialize};
use std::time::Instant;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

/// A token to make, and what its holder is granted by the same act.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenRequest {
    /// What its holder is called: 1 to 64 characters of `a-z`, `0-9` and `-`.
    pub name: String,
    /// The agents that it may ask, by name.
    #[serde(default)]
    pub agents: Vec<String>,
    /// The packages whose tools it may call, or single interfaces of them.
    #[serde(default)]
    pub tools: Vec<String>,
    /// The agents whose memories it may read, by name.
    #[serde(default)]
    pub brains: Vec<String>,
    /// Whether its user may say yes and no when one of its calls waits for the owner.
    #[serde(default)]
    pub approve: bool,
    /// Whether it may read what is counted of the host, at `/metrics`.
    #[serde(default)]
    pub metrics: bool,
    /// For how many seconds it is good; until it is revoked when absent.
    #[serde(default)]
    pub expires_in: Option<u64>,
}

/// A token that was made. It is shown here and never again.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TokenMade {
    /// The token itself.
    #[schema(value_type = String)]
    pub secret: SecretValue,
    /// What is kept of it.
    pub token: TokenInfo,
}

/// Which token is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenName {
    /// Its name.
    pub name: String,
}

/// A token, as far as it may be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenInfo {
    /// What its holder is called; `client:NAME` is who it is at the counter.
    pub name: String,
    /// Whether its user may say yes and no when one of its calls waits for the owner.
    pub approve: bool,
    /// Whether it may read what is counted of the host.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub metrics: bool,
    /// When it was made, RFC 3339.
    pub since: String,
    /// From when on it is good for nothing, RFC 3339; absent where only revoking it ends it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires: Option<String>,
    /// Whether that is over.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub expired: bool,
    /// What its holder is granted.
    pub grants: Vec<GrantInfo>,
}

/// Where programs get tokens that open `/mcp` besides those of this home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenIssuer {
    /// The authorization server.
    pub issuer: String,
    /// For whom a token must be; this service's own address where it is empty.
    pub audience: Vec<String>,
    /// What it must be good for.
    pub scopes: Vec<String>,
}

/// What comes of a token of such a server's.
#[derive(Debug, Clone)]
pub enum Introduced {
    /// Its holder may come in.
    As(Visitor),
    /// It is not good, for this reason.
    Nobody(String),
    /// It is good, and not for enough.
    TooLittle,
}

/// Whoever shows a token that is good now.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// In whose name, and for what.
    pub caller: Caller,
    /// Ends when the token is revoked.
    pub revoked: CancellationToken,
    /// Ends when whoever vouched for its holder is not believed any more.
    pub withdrawn: CancellationToken,
    /// When it expires, if it does.
    pub until: Option<Instant>,
    /// When what was shown expires, where its holder gets a new one by themselves: what is answered to it ends then, and a session goes on.
    pub shown: Option<Instant>,
}

impl Visitor {
    /// The owner, who comes in as long as they like.
    #[must_use]
    pub fn owner() -> Self {
        let (revoked, withdrawn) = (CancellationToken::new(), CancellationToken::new());
        Self { caller: Caller::owner(), revoked, withdrawn, until: None, shown: None }
    }

    /// Ends when its holder may come in no more.
    pub async fn gone(&self) {
        tokio::select! {
            () = self.revoked.cancelled() => {}
            () = self.withdrawn.cancelled() => {}
            () = expired(self.until) => {}
        }
    }

    /// Ends when what was shown is good no more.
    pub async fn outdated(&self) {
        tokio::select! {
            () = self.gone() => {}
            () = expired(self.shown) => {}
        }
    }
}

async fn expired(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
