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

/// Whoever shows a token that is good now.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// In whose name, and for what.
    pub caller: Caller,
    /// Ends when the token is revoked.
    pub revoked: CancellationToken,
    /// When it expires, if it does.
    pub until: Option<Instant>,
}

impl Visitor {
    /// The owner, who comes in as long as they like.
    #[must_use]
    pub fn owner() -> Self {
        Self { caller: Caller::owner(), revoked: CancellationToken::new(), until: None }
    }

    /// Ends when the token is good no more.
    pub async fn gone(&self) {
        let expired = async {
            match self.until {
                Some(at) => tokio::time::sleep_until(at.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.revoked.cancelled() => {}
            () = expired => {}
        }
    }
}
