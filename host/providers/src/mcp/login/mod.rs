//! Logging in at a server of tools that wants it: OAuth, as the protocol's specification says it in both revisions.
//!
//! Nobody is logged in without the owner: a server that wants it is told of, and the owner types `loket mcp login`. What comes of that are
//! secrets of the home, each tied to the host to which it may be shown; they are put into requests like any other secret, renewed before their
//! end, and seen by nobody.
//!
//! Files in reading order: here, what a request shows and what follows from a refusal; `wire` how all of it is asked, `place` where one logs
//! in, `person` by a browser, `callback` where that comes back to, `alone` without a person, `token` one request for a token, `sign` what is
//! signed, `kept` what is kept.

mod alone;
mod callback;
mod kept;
mod person;
mod place;
mod sign;
mod token;
pub(crate) mod wire;

use super::Note;
use super::letters::excerpt;
use crate::http::client::{Client, Head};
use crate::http::headers::Header;
use crate::http::secret::placeholder;
use crate::http::target::{Target, address};
use crate::secrets::source::SecretSource as _;
use crate::secrets::store::Store;
use kept::{Keeper, Kept, Tokens, scopes};
use loket_guardian::mcp::McpName;
use loket_guardian::oauth::{Grant, OAuth};
use loket_kernel::counter::now;
pub use person::PATIENCE;
use person::Pending;
use place::Place;
use rmcp::transport::auth::WWWAuthenticateParams;
use sign::{SigningKey, possession};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use token::{Known, NotGiven, ask};
use url::Url;
use wire::{Wire, header};
use zeroize::Zeroizing;

/// How long a server's challenge is kept, in characters.
const LONGEST_CHALLENGE: usize = 2_000;

/// The login of one server.
pub(super) struct Login {
    name: McpName,
    url: String,
    target: Target,
    settings: OAuth,
    client: Arc<Client>,
    vault: Arc<Store>,
    keeper: Keeper,
    note: Note,
    seen: Mutex<Seen>,
    /// One token is made anew at a time.
    one: tokio::sync::Mutex<()>,
    pending: tokio::sync::Mutex<Option<Pending>>,
}

/// What the server said last.
#[derive(Default)]
struct Seen {
    /// Why nothing is possible without the owner, while that is so.
    needs: Option<String>,
    /// How often that was found.
    times: u64,
    /// Its challenge.
    challenge: Option<String>,
    /// What the next proof is to have in it.
    nonce: Option<String>,
}

/// How a login begins.
#[derive(Debug, Clone)]
pub struct Begun {
    /// What to open in a browser; nothing where it is done already, without a person.
    pub url: Option<String>,
}

/// How far a login is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// None has begun.
    None,
    /// It waits for the browser.
    Waits,
    /// It is done.
    Done,
    /// It came to nothing, for this reason.
    Failed(String),
}

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
    /// The login at the server of this address.
    pub(super) fn new(
        name: &McpName,
        url: &str,
        settings: Option<&OAuth>,
        client: &Arc<Client>,
        vault: &Arc<Store>,
        note: &Note,
    ) -> Result<Login, String> {
        let (_, target) = address(url)?;
        Ok(Login {
            name: name.clone(),
            url: url.to_owned(),
            target,
            settings: settings.cloned().unwrap_or_default(),
            client: client.clone(),
            vault: vault.clone(),
            keeper: Keeper::new(vault.clone(), name.clone()),
            note: note.clone(),
            seen: Mutex::default(),
            one: tokio::sync::Mutex::default(),
            pending: tokio::sync::Mutex::default(),
        })
    }

    /// The name of the secret that is the access token.
    pub(super) fn secret(&self) -> String {
        self.keeper.secret("access-token")
    }

    /// What a request shows: the token, and where that is bound to a key, a proof that this client has it. Nothing before a login.
    ///
    /// # Errors
    /// Why the token that there was is none any more.
    pub(super) async fn show(&self, method: &str, url: &str) -> Result<Vec<Header>, String> {
        let Some(mut kept) = self.keeper.read(&self.url) else { return Ok(Vec::new()) };
        if kept.renew.is_some_and(|at| at <= now()) {
            match self.renew(&kept, false).await {
                // What is not over yet is still good.
                Err(why) if kept.until.is_none_or(|at| at <= now()) => return Err(why),
                _ => {}
            }
            let Some(renewed) = self.keeper.read(&self.url) else { return Ok(Vec::new()) };
            kept = renewed;
        }
        if !self.keeper.has_access() {
            return Ok(Vec::new());
        }
        let scheme = if kept.is_bound { "DPoP" } else { "Bearer" };
        let header = |name: &str, value: String| Header { name: name.to_owned(), value };
        let mut shown = vec![header("authorization", format!("{scheme} {}", placeholder(&self.secret())))];
        if kept.is_bound {
            let value = |word| self.keeper.value(word, &self.target);
            let (key, token) = value("proof-key").zip(value("access-token")).ok_or("the key of its token is gone")?;
            let nonce = self.seen().nonce.clone();
            let proof =
                possession(&SigningKey::read(&key)?, method, url, Some(&token), nonce.as_deref(), now() / 1_000)?;
            shown.push(header("dpop", proof));
        }
        Ok(shown)
    }

    /// The server let a request pass, or did not: what follows from it. Says whether to ask again, with what there is now.
    pub(super) async fn heard(&self, head: &Head, shown: bool) -> bool {
        let nonce = header(head, "dpop-nonce").map(|nonce| excerpt(nonce, 500));
        let challenge = header(head, "www-authenticate").unwrap_or_default();
        let challenge: String = challenge.chars().take(LONGEST_CHALLENGE).collect();
        {
            let mut seen = self.seen();
            let is_new = nonce.is_some() && nonce != seen.nonce;
            seen.nonce = nonce.or(seen.nonce.take());
            if head.status == 401 && is_new && shown && challenge.contains("use_dpop_nonce") {
                return true;
            }
        }
        let Ok(url) = Url::parse(&self.url) else { return false };
        let said = WWWAuthenticateParams::parse(&challenge, &url);
        let asked = scopes(said.scope.iter().flat_map(|scope| scope.split(' ')));
        match head.status {
            401 => self.unknown(challenge, shown).await,
            403 if said.is_insufficient_scope() => self.too_little(challenge, asked).await,
            _ => false,
        }
    }

    /// The server does not know whoever asks.
    async fn unknown(&self, challenge: String, shown: bool) -> bool {
        self.seen().challenge = Some(challenge.clone()).filter(|challenge| !challenge.is_empty());
        if self.settings.grant != Grant::Login {
            return self.obtained(&[]).await;
        }
        if let Some(kept) = self.keeper.read(&self.url).filter(|_| shown) {
            return self.renew(&kept, true).await.is_ok();
        }
        self.lacks("it wants somebody to log in");
        false
    }

    /// The server wants more than what the token is good for.
    async fn too_little(&self, challenge: String, asked: Vec<String>) -> bool {
        let Some(kept) = self.keeper.read(&self.url) else { return false };
        let more: Vec<String> = asked.into_iter().filter(|scope| !kept.scopes.contains(scope)).collect();
        if more.is_empty() {
            // A login would bring the same again.
            return false;
        }
        if self.settings.grant != Grant::Login {
            let all: Vec<String> = kept.scopes.iter().chain(&more).cloned().collect();
            return self.obtained(&all).await;
        }
        let wanted = scopes(kept.wanted.iter().chain(&more).map(String::as_str));
        let why = format!("it wants to be permitted more: {}", excerpt(&more.join(" "), 200));
        if let Err(error) = self.keeper.note(&Kept { wanted, ..kept }).await {
            tracing::warn!(server = self.name.as_str(), error, "loket.mcp.login");
        }
        self.lacks(&why);
        self.seen().challenge = Some(challenge);
        false
    }

    async fn obtained(&self, more: &[String]) -> bool {
        let _one = self.one.lock().await;
        let challenge = self.seen().challenge.clone();
        let done = async { alone::obtain(self, &Place::find(self, challenge.as_deref()).await?, more).await };
        match done.await {
            Ok(()) => true,
            Err(why) => {
                self.tell("server login failed", &[("why", why.clone())]);
                self.lacks(&why);
                false
            }
        }
    }

    /// Makes a token anew: because the server refused it, or because its end is near.
    async fn renew(&self, before: &Kept, is_refused: bool) -> Result<(), String> {
        if self.settings.grant != Grant::Login {
            return match self.obtained(&before.scopes).await {
                true => Ok(()),
                false => Err(self.needs().unwrap_or_default()),
            };
        }
        let _one = self.one.lock().await;
        let Some(kept) = self.keeper.read(&self.url) else { return Err("nobody is logged in".into()) };
        // Somebody else was first.
        if kept.until != before.until && kept.renew.is_none_or(|at| at > now()) {
            return Ok(());
        }
        if !self.keeper.has_access() {
            return Err("nobody is logged in".into());
        }
        let target = self.target_of(&kept.endpoint).ok_or("the address for new tokens is none")?;
        let Some(refresh) = self.keeper.value("refresh-token", &target) else {
            let why = match (is_refused, kept.until.is_some_and(|at| at > now())) {
                (true, _) => "the server does not take its token any more",
                (false, false) => "its token is over",
                (false, true) => return Ok(()),
            };
            return Err(self.ended(&format!("{why}, and there is none by which another would be made")).await);
        };
        let given = self.refreshed(&kept, &target, &refresh).await;
        match given {
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
        self.lacks(why);
        why.to_owned()
    }

    /// The owner is needed.
    fn lacks(&self, why: &str) {
        let mut seen = self.seen();
        seen.needs = Some(why.to_owned());
        seen.times += 1;
    }

    /// How often the owner was needed so far: whoever compares two of them knows whether a refusal came between.
    pub(super) fn times(&self) -> u64 {
        self.seen().times
    }

    /// What the server said is not counted any more: it is asked anew.
    pub(super) fn ask_anew(&self) {
        self.seen().needs = None;
    }

    /// Somebody came in: keeps what they brought.
    async fn came_in(&self, kept: Kept, tokens: Tokens) -> Result<(), String> {
        self.keeper.keep(&kept, tokens).await?;
        {
            let mut seen = self.seen();
            (seen.needs, seen.challenge) = (None, None);
        }
        let about = [("issuer", kept.issuer), ("client", kept.client), ("scopes", kept.scopes.join(" "))];
        self.tell("server login", &about);
        Ok(())
    }

    /// Begins a login, in place of one that had begun.
    ///
    /// # Errors
    /// Why nobody can log in.
    pub(super) async fn begin(self: &Arc<Self>) -> Result<Begun, String> {
        let mut pending = self.pending.lock().await;
        *pending = None;
        let challenge = self.seen().challenge.clone();
        let place = Place::find(self, challenge.as_deref()).await?;
        if self.settings.grant != Grant::Login {
            let _one = self.one.lock().await;
            alone::obtain(self, &place, &[]).await?;
            return Ok(Begun { url: None });
        }
        let (begun, work) = person::begin(self, place).await?;
        *pending = Some(work);
        Ok(begun)
    }

    /// How far a login is that has begun, at the latest after this time.
    pub(super) async fn progress(&self, most: Duration) -> Progress {
        let receiver = self.pending.lock().await.as_ref().map(|pending| pending.progress.clone());
        let Some(mut receiver) = receiver else { return Progress::None };
        let ended = tokio::time::timeout(most, receiver.wait_for(|progress| *progress != Progress::Waits)).await;
        match ended {
            Ok(Ok(progress)) => progress.clone(),
            Ok(Err(_)) => Progress::Failed("the login broke off".into()),
            Err(_) => Progress::Waits,
        }
    }

    /// Forgets a login; says whether there was one.
    ///
    /// # Errors
    /// When it is still kept.
    pub(super) async fn forget(&self) -> Result<bool, String> {
        *self.pending.lock().await = None;
        let _one = self.one.lock().await;
        self.ask_anew();
        self.keeper.forget().await
    }

    /// Why the owner is needed, if so.
    pub(super) fn needs(&self) -> Option<String> {
        self.seen().needs.clone()
    }

    /// How it stands.
    pub(super) fn standing(&self) -> Standing {
        let (kept, has_access) = (self.keeper.read(&self.url), self.keeper.has_access());
        match (self.needs(), kept) {
            (Some(why), _) => Standing::Needed(why),
            (None, Some(_)) if !has_access => Standing::Needed("its login is over".into()),
            (None, Some(kept)) if !kept.wanted.is_empty() => {
                Standing::Needed(format!("it wants to be permitted more: {}", excerpt(&kept.wanted.join(" "), 200)))
            }
            (None, Some(kept)) => {
                let refresh = self.vault.get(&self.keeper.secret("refresh-token")).is_some();
                let renewed = refresh || self.settings.grant != Grant::Login;
                Standing::In { issuer: kept.issuer, scopes: kept.scopes, until: kept.until, renewed }
            }
            (None, None) => Standing::None,
        }
    }

    /// A secret that the owner named, which may be shown at this address.
    fn opened(&self, name: &str, url: &str) -> Result<Zeroizing<String>, String> {
        let (_, target) = address(url)?;
        let set = format!("loket secret set {name} --host {}", target.authority());
        let secret = self.vault.get(name).ok_or_else(|| format!("there is no secret `{name}`: {set}"))?;
        match secret.covers(&target) {
            true => Ok(Zeroizing::new(secret.value().to_owned())),
            false => Err(format!("the secret `{name}` is not tied to `{}`: {set} --replace", target.authority())),
        }
    }

    fn target_of(&self, url: &str) -> Option<Target> {
        address(url).ok().map(|(_, target)| target)
    }

    fn tell(&self, what: &str, about: &[(&str, String)]) {
        (self.note)(what, &self.name, about);
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The hosts of addresses that the owner wrote.
fn named(all: [&Option<String>; 2]) -> Vec<Target> {
    all.into_iter().flatten().filter_map(|url| Some(address(url).ok()?.1)).collect()
}
