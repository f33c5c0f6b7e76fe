//! What follows from a refusal, and from the end of a token: another one, or the owner is told.
//!
//! All of it is done with [`Login::one`] held, and goes on when whoever asked for it has gone: an authorization server that gives a new token for
//! an old one takes the old one back, and what it gave would be lost.

use super::kept::{Kept, Tokens, scopes};
use super::place::Place;
use super::sign::SigningKey;
use super::token::{Known, NotGiven, ask};
use super::wire::Wire;
use super::{Login, OTHERS, alone, named, same};
use crate::http::target::Target;
use crate::mcp::letters::excerpt;
use crate::secrets::source::Secret;
use loket_guardian::oauth::Grant;
use loket_kernel::counter::now;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Does something to its end, also when nobody waits for it any more.
///
/// # Errors
/// When it broke off.
pub(super) async fn outlive<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T, String> {
    tokio::spawn(work).await.map_err(|_| "the work on the login broke off".to_owned())
}

impl Login {
    /// The server does not know whoever asks, who showed this token. Says whether to ask again.
    pub(super) async fn unknown(self: &Arc<Self>, challenge: String, shown: Option<Arc<Secret>>) -> bool {
        self.seen().challenge = Some(challenge).filter(|challenge| !challenge.is_empty());
        self.renewed(shown, true).await.is_ok()
    }

    /// Another token than this one: because the server refused it, or because its end is near.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) async fn renewed(self: &Arc<Self>, shown: Option<Arc<Secret>>, is_refused: bool) -> Result<(), String> {
        let login = self.clone();
        outlive(async move { login.renew(shown.as_ref(), is_refused).await }).await?
    }

    async fn renew(&self, shown: Option<&Arc<Secret>>, is_refused: bool) -> Result<(), String> {
        let _one = self.one.lock().await;
        let kept = self.kept();
        let access = kept.as_ref().and_then(|_| self.keeper.access());
        // Somebody else was first.
        if access.is_some() && !same(access.as_ref(), shown) {
            return Ok(());
        }
        if is_refused && self.is_fresh(shown) {
            return Err(self.lacked("it refuses also the token that was made just now"));
        }
        match (self.settings.grant, &kept) {
            (Grant::Login, Some(kept)) if access.is_some() => self.refresh(kept, is_refused).await?,
            (Grant::Login, _) => {
                let has_other = kept.is_none() && self.keeper.read(&self.url).is_some();
                return Err(self.lacked(if has_other { OTHERS } else { "it wants somebody to log in" }));
            }
            (_, kept) => self.obtain(kept.as_ref().map_or(&[], |kept| &kept.scopes[..])).await?,
        }
        if is_refused {
            self.seen().fresh = self.keeper.access();
        }
        Ok(())
    }

    /// The server wants more than what this token is good for. Says whether to ask again.
    pub(super) async fn too_little(
        self: &Arc<Self>,
        challenge: String,
        asked: Vec<String>,
        shown: Option<Arc<Secret>>,
    ) -> bool {
        let login = self.clone();
        outlive(async move { login.permit(challenge, asked, shown.as_ref()).await }).await.unwrap_or(false)
    }

    async fn permit(&self, challenge: String, asked: Vec<String>, shown: Option<&Arc<Secret>>) -> bool {
        let _one = self.one.lock().await;
        let Some(kept) = self.kept() else { return false };
        let access = self.keeper.access();
        // Another one may be good for it.
        if access.is_some() && !same(access.as_ref(), shown) {
            return true;
        }
        let more: Vec<String> = asked.into_iter().filter(|scope| !kept.scopes.contains(scope)).collect();
        if more.is_empty() {
            // A login would bring the same again.
            return false;
        }
        let why = format!("it wants to be permitted more: {}", excerpt(&more.join(" "), 200));
        if self.settings.grant != Grant::Login {
            if self.is_fresh(shown) {
                self.lacks(&why);
                return false;
            }
            let all: Vec<String> = kept.scopes.iter().chain(&more).cloned().collect();
            let is_done = self.obtain(&all).await.is_ok();
            if is_done {
                self.seen().fresh = self.keeper.access();
            }
            return is_done;
        }
        let wanted = scopes(kept.wanted.iter().chain(&more).map(String::as_str));
        if wanted != kept.wanted
            && let Err(error) = self.keeper.note(&Kept { wanted, ..(*kept).clone() }).await
        {
            tracing::warn!(server = self.name.as_str(), error, "loket.mcp.login");
        }
        self.lacks(&why);
        self.seen().challenge = Some(challenge);
        false
    }

    /// Comes to a token without a person.
    async fn obtain(&self, more: &[String]) -> Result<(), String> {
        let challenge = self.seen().challenge.clone();
        let done = async { alone::obtain(self, &Place::find(self, challenge.as_deref()).await?, more).await };
        done.await.inspect_err(|why| {
            self.tell("server login failed", &[("why", why.clone())]);
            self.lacks(why);
        })
    }

    /// Has the authorization server give another token for the one that is there for that.
    async fn refresh(&self, kept: &Kept, is_refused: bool) -> Result<(), String> {
        let target = self.target_of(&kept.endpoint).ok_or("the address for new tokens is none")?;
        let Some(refresh) = self.keeper.value("refresh-token", &target) else {
            let why = match (is_refused, kept.until.is_some_and(|at| at > now())) {
                (true, _) => "the server does not take its token any more",
                (false, false) => "its token is over",
                (false, true) => return Ok(()),
            };
            return Err(self.ended(&format!("{why}, and there is none by which another would be made")).await);
        };
        match self.refreshed(kept, &target, &refresh).await {
            Ok(()) => Ok(()),
            Err(NotGiven::Refused(why)) => Err(self.ended(&format!("no new token was given: {why}")).await),
            Err(NotGiven::Failed(why)) => {
                self.tell("server login not renewed", &[("why", why.clone())]);
                Err(format!("its token could not be made anew: {why}"))
            }
        }
    }

    async fn refreshed(&self, kept: &Kept, target: &Target, refresh: &str) -> Result<(), NotGiven> {
        let secret = match &self.settings.secret {
            Some(name) => Some(self.opened(name, &kept.endpoint).map_err(NotGiven::Failed)?),
            None => self.keeper.value("client-secret", target),
        };
        let key = self.keeper.value("proof-key", &self.target);
        let wire =
            Wire::new(&self.client, self.target.clone(), named([&self.settings.issuer, &None]), &self.name.package());
        if let Some(key) = key.as_ref().filter(|_| kept.is_bound) {
            wire.bind(Arc::new(SigningKey::read(key).map_err(NotGiven::Failed)?), &kept.endpoint);
        }
        let (client, issuer) = (kept.client.clone(), kept.issuer.clone());
        let known = Known { client, means: kept.means, secret: secret.clone(), issuer };
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh), ("resource", &kept.resource)];
        let given = ask(&wire, &kept.endpoint, &known, &form).await?;
        let next = Kept {
            scopes: given.scopes.unwrap_or_else(|| kept.scopes.clone()),
            until: given.until,
            renew: given.renew,
            is_bound: given.is_bound,
            ..kept.clone()
        };
        let own = if self.settings.secret.is_some() { None } else { secret };
        let refresh = given.refresh.unwrap_or_else(|| Zeroizing::new(refresh.to_owned()));
        let tokens = Tokens { access: given.access, refresh: Some(refresh), client_secret: own, proof_key: key };
        self.keeper.keep(&next, tokens).await.map_err(NotGiven::Failed)
    }

    /// The login is over.
    async fn ended(&self, why: &str) -> String {
        self.tell("server login ended", &[("why", why.to_owned())]);
        if let Err(error) = self.keeper.spend().await {
            tracing::warn!(server = self.name.as_str(), error, "loket.mcp.login");
        }
        self.lacked(why)
    }

    fn lacked(&self, why: &str) -> String {
        self.lacks(why);
        why.to_owned()
    }

    /// Whether a token was made because the one before was refused, and the server did not take it yet.
    fn is_fresh(&self, token: Option<&Arc<Secret>>) -> bool {
        token.is_some() && same(self.seen().fresh.as_ref(), token)
    }
}
