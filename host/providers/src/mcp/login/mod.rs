//! Logging in at a server of tools that wants it: OAuth, as the protocol's specification says it in both revisions.
//!
//! Nobody is logged in without the owner: a server that wants it is told of, and the owner types `loket mcp login`. What comes of that are
//! secrets of the home, each tied to the host to which it may be shown; they are put into requests like any other secret, renewed before their
//! end, and seen by nobody.
//!
//! Files in reading order: here, what a request shows; `renewal` what follows from a refusal, and from the end of a token; `wire` how all of it
//! is asked, `well_known` where servers describe themselves, `place` where one logs in, `person` by a browser, `callback` where that comes back
//! to, `alone` without a person, `token` one request for a token, `sign` what is signed, `kept` what is kept,
//! `standing` how it stands.

mod alone;
mod callback;
mod kept;
mod person;
mod place;
mod renewal;
mod sign;
mod standing;
mod token;
pub(crate) mod well_known;
pub(crate) mod wire;

use super::Note;
use super::letters::excerpt;
use crate::http::client::{Client, Head};
use crate::http::headers::Header;
use crate::http::secret::placeholder;
use crate::http::target::{Target, address};
use crate::secrets::source::{Secret, SecretSource as _};
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
pub use standing::Standing;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use url::Url;
use zeroize::Zeroizing;

/// How long a server's challenge is kept, in characters.
const LONGEST_CHALLENGE: usize = 2_000;
/// Why a login is not used that is kept.
const OTHERS: &str = "its `oauth` names another issuer, client or grant than those of its login";

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
    /// A token that was made because the one before was refused, until the server takes it.
    fresh: Option<Arc<Secret>>,
}

/// What a request shows.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) headers: Vec<Header>,
    /// The token, as it was then.
    token: Option<Arc<Secret>>,
}

impl Shown {
    /// A header that is of no login.
    pub(super) fn plain(header: Header) -> Shown {
        Shown { headers: vec![header], token: None }
    }
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

    /// What is kept, if it came about as the settings say now.
    fn kept(&self) -> Option<Arc<Kept>> {
        self.keeper.read(&self.url).filter(|kept| kept.is_of(&self.settings))
    }

    /// What a request shows: the token, and where that is bound to a key, a proof that this client has it. Nothing before a login.
    ///
    /// # Errors
    /// Why the token that there was is none any more.
    pub(super) async fn show(self: &Arc<Self>, method: &str, url: &str) -> Result<Shown, String> {
        let Some(mut kept) = self.kept() else { return Ok(Shown::default()) };
        if kept.renew.is_some_and(|at| at <= now()) {
            match self.renewed(self.keeper.access(), false).await {
                // What is not over yet is still good.
                Err(why) if kept.until.is_none_or(|at| at <= now()) => return Err(why),
                _ => {}
            }
            let Some(renewed) = self.kept() else { return Ok(Shown::default()) };
            kept = renewed;
        }
        let Some(token) = self.keeper.access() else { return Ok(Shown::default()) };
        let scheme = if kept.is_bound { "DPoP" } else { "Bearer" };
        let header = |name: &str, value: String| Header { name: name.to_owned(), value };
        let mut headers = vec![header("authorization", format!("{scheme} {}", placeholder(&self.secret())))];
        if kept.is_bound {
            let key = self.keeper.value("proof-key", &self.target).ok_or("the key of its token is gone")?;
            let nonce = self.seen().nonce.clone();
            let (key, now) = (SigningKey::read(&key)?, now() / 1_000);
            headers.push(header("dpop", possession(&key, method, url, Some(token.value()), nonce.as_deref(), now)?));
        }
        Ok(Shown { headers, token: Some(token) })
    }

    /// The server took what was shown.
    pub(super) fn taken(&self, shown: &Shown) {
        let mut seen = self.seen();
        if seen.fresh.is_some() && same(seen.fresh.as_ref(), shown.token.as_ref()) {
            seen.fresh = None;
        }
    }

    /// The server refused a request: what follows from it. Says whether to ask again, with what there is now.
    pub(super) async fn heard(self: &Arc<Self>, head: &Head, shown: &Shown) -> bool {
        let nonce = head.header("dpop-nonce").map(|nonce| excerpt(nonce, 500));
        let challenge = head.header("www-authenticate").unwrap_or_default();
        let challenge: String = challenge.chars().take(LONGEST_CHALLENGE).collect();
        {
            let mut seen = self.seen();
            let is_new = nonce.is_some() && nonce != seen.nonce;
            seen.nonce = nonce.or(seen.nonce.take());
            if head.status == 401 && is_new && shown.token.is_some() && challenge.contains("use_dpop_nonce") {
                return true;
            }
        }
        let Ok(url) = Url::parse(&self.url) else { return false };
        let said = WWWAuthenticateParams::parse(&challenge, &url);
        let asked = scopes(said.scope.iter().flat_map(|scope| scope.split(' ')));
        match head.status {
            401 => self.unknown(challenge, shown.token.clone()).await,
            403 if said.is_insufficient_scope() => self.too_little(challenge, asked, shown.token.clone()).await,
            _ => false,
        }
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
            (seen.needs, seen.challenge, seen.fresh) = (None, None, None);
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
        if let Some(before) = pending.take() {
            before.end().await;
        }
        let challenge = self.seen().challenge.clone();
        let place = Place::find(self, challenge.as_deref()).await?;
        if self.settings.grant != Grant::Login {
            let login = self.clone();
            let obtained = async move {
                let _one = login.one.lock().await;
                alone::obtain(&login, &place, &[]).await
            };
            renewal::outlive(obtained).await??;
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
        // What had begun is over before anything is deleted, or it would be kept after all.
        if let Some(pending) = self.pending.lock().await.take() {
            pending.end().await;
        }
        let _one = self.one.lock().await;
        self.ask_anew();
        self.keeper.forget().await
    }

    /// Why the owner is needed, if so.
    pub(super) fn needs(&self) -> Option<String> {
        self.seen().needs.clone()
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

/// Whether two tokens are one.
fn same(one: Option<&Arc<Secret>>, other: Option<&Arc<Secret>>) -> bool {
    one.map(|token| token.value()) == other.map(|token| token.value())
}
