//! How it stands with a login, as its owner is told.

use super::{Login, OTHERS};
use crate::mcp::letters::excerpt;
use crate::secrets::source::SecretSource as _;
use loket_guardian::oauth::Grant;

/// How it stands with a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The server never asked for one.
    None,
    /// It wants one, for this reason.
    Needed(String),
    /// Somebody is logged in.
    In {
        /// Who gave the tokens.
        issuer: String,
        /// What they are good for.
        scopes: Vec<String>,
        /// Until when the token is good that is there now, in milliseconds since 1970, and whether another is made by itself then.
        until: Option<u64>,
        /// Whether another one is made by itself.
        renewed: bool,
    },
}

impl Login {
    /// How it stands.
    pub(in crate::mcp) fn standing(&self) -> Standing {
        let (kept, has_access) = (self.keeper.read(&self.url), self.keeper.access().is_some());
        match (self.needs(), kept) {
            (Some(why), _) => Standing::Needed(why),
            (None, Some(kept)) if !kept.is_of(&self.settings) => match self.settings.grant {
                Grant::Login => Standing::Needed(OTHERS.into()),
                // Another one is asked for without a person.
                _ => Standing::None,
            },
            (None, Some(_)) if !has_access => Standing::Needed("its login is over".into()),
            (None, Some(kept)) if !kept.wanted.is_empty() => {
                Standing::Needed(format!("it wants to be permitted more: {}", excerpt(&kept.wanted.join(" "), 200)))
            }
            (None, Some(kept)) => {
                let refresh = self.vault.get(&self.keeper.secret("refresh-token")).is_some();
                let renewed = refresh || self.settings.grant != Grant::Login;
                Standing::In { issuer: kept.issuer.clone(), scopes: kept.scopes.clone(), until: kept.until, renewed }
            }
            (None, None) => Standing::None,
        }
    }
}
