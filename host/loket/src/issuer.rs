//! Clients that come in by a token of an authorization server's: each as a token of this home, by whose name the owner wrote it.
//!
//! Such a token grants nothing. Its holder may what the token of this home was granted, as long as both are good.

use crate::tokens::Tokens;
use loket_gateways::desk::{Introduced, TokenIssuer};
use loket_guardian::issuer::Believed;
use loket_providers::http::client::Client;
use loket_providers::issuer::{Issuer, Unbelieved};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// Who is believed now.
pub(crate) struct Introducer {
    client: Client,
    now: RwLock<Option<Arc<Open>>>,
}

/// An authorization server that is believed, by these settings.
struct Open {
    settings: Believed,
    issuer: Issuer,
    /// Ends when other settings come.
    withdrawn: CancellationToken,
}

impl Introducer {
    /// One that asks for keys by this client.
    pub(crate) fn new(client: Client) -> Introducer {
        Introducer { client, now: RwLock::default() }
    }

    /// Takes up what the settings say. Whoever came in by others, is gone.
    pub(crate) fn line_up(&self, settings: Option<&Believed>) {
        if self.now().as_ref().map(|open| &open.settings) == settings {
            return;
        }
        let open = settings.and_then(|settings| {
            let issuer = Issuer::new(&settings.issuer, settings.keys.as_deref(), &self.client);
            let issuer =
                issuer.inspect_err(|why| tracing::error!(why, "nobody is believed: loket.server.oauth")).ok()?;
            Some(Arc::new(Open { settings: settings.clone(), issuer, withdrawn: CancellationToken::new() }))
        });
        let before = std::mem::replace(&mut *self.now.write().unwrap_or_else(PoisonError::into_inner), open);
        if let Some(before) = before {
            before.withdrawn.cancel();
        }
    }

    fn now(&self) -> Option<Arc<Open>> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Where programs get tokens, if anywhere.
    pub(crate) fn issuer(&self) -> Option<TokenIssuer> {
        let open = self.now()?;
        let Believed { issuer, audience, scopes, .. } = &open.settings;
        Some(TokenIssuer { issuer: issuer.clone(), audience: audience.clone(), scopes: scopes.clone() })
    }

    /// Whose a token is that is for one of these audiences.
    pub(crate) async fn introduced(&self, shown: &str, audience: &[String], tokens: &Tokens) -> Introduced {
        let Some(open) = self.now() else { return Introduced::Nobody("no authorization server is known".into()) };
        let said = match open.issuer.read(shown, audience).await {
            Ok(said) => said,
            Err(Unbelieved::Wrong(why)) => return Introduced::Nobody(why),
            Err(Unbelieved::Unknown(why)) => {
                tracing::warn!(why, "loket.server.oauth");
                return Introduced::Nobody("the keys of its issuer cannot be had now".into());
            }
        };
        let Some(name) = open.settings.name(said.subject.as_deref(), said.client.as_deref()) else {
            return Introduced::Nobody("its holder is nobody whom the owner named".into());
        };
        if !open.settings.scopes.iter().all(|scope| said.scopes.contains(scope)) {
            return Introduced::TooLittle;
        }
        let Some(mut visitor) = tokens.named(name) else {
            return Introduced::Nobody(format!("there is no token `{name}` in this home that is good now"));
        };
        visitor.shown = Instant::now().checked_add(said.left);
        visitor.withdrawn = open.withdrawn.clone();
        Introduced::As(visitor)
    }
}
