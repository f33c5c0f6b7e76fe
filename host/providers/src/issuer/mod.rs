//! Tokens that an authorization server signed for this host's own service, verified with the keys that it publishes.
//!
//! Its keys are fetched through the gate of all requests, kept, and looked at anew when a token names one that is not among them. What a token
//! says is believed when its signature is sound, by a key and in a way that are fit for it, and when it is of that issuer, for this service, and
//! of now. What its holder may is not for it to say.

mod keys;
#[cfg(test)]
mod tests;

use crate::http::client::Client;
use crate::http::headers::Header;
use crate::http::target::{Target, address};
use crate::mcp::login::well_known;
use crate::mcp::login::wire::Wire;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use keys::{Algorithm, Key};
use loket_kernel::counter::now;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The longest token, in bytes.
const LONGEST: usize = 16 << 10;
/// How many keys of an issuer are looked at.
const MOST_KEYS: usize = 64;
/// How long keys are kept before they are fetched again.
const KEPT: Duration = Duration::from_secs(3_600);
/// How long they are believed where they cannot be: one that its issuer took back meanwhile is good for no longer than that.
const BELIEVED: Duration = Duration::from_secs(24 * 3_600);
/// How long it takes at least from one fetch to the next, however many tokens name keys that nobody knows.
const APART: Duration = Duration::from_secs(30);
/// How far clocks may be apart, in seconds.
const LEEWAY: f64 = 30.0;
/// For how long a token is good at most once it was shown, in seconds: a year.
const LONGEST_LEFT: f64 = 31_536_000.0;
/// An authorization server, as the owner named it.
pub struct Issuer(Arc<Inner>);

struct Inner {
    issuer: String,
    at: Option<String>,
    wire: Wire,
    keys: Mutex<Keys>,
}

#[derive(Default)]
struct Keys {
    all: Vec<Key>,
    /// When they were fetched, and when that was tried last.
    fetched: Option<Instant>,
    tried: Option<Instant>,
    /// They are being fetched: whoever needs them waits for the same ones.
    fetching: Option<Fetching>,
}

/// A fetch, and what comes of it.
type Fetching = Shared<BoxFuture<'static, Result<(), String>>>;

/// What a token says that is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Of whom it speaks.
    pub subject: Option<String>,
    /// Which client got it.
    pub client: Option<String>,
    /// What it is good for.
    pub scopes: Vec<String>,
    /// How long it is good from now on.
    pub left: Duration,
}

/// Why a token is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unbelieved {
    /// It is not good for this.
    #[error("{0}")]
    Wrong(String),
    /// Nobody knows, as the keys cannot be had.
    #[error("{0}")]
    Unknown(String),
}

/// How a token is signed ([RFC 7515](https://www.rfc-editor.org/rfc/rfc7515)).
#[derive(Deserialize)]
struct Head {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    crit: Option<Json>,
}

/// What it says ([RFC 7519](https://www.rfc-editor.org/rfc/rfc7519), [RFC 9068](https://www.rfc-editor.org/rfc/rfc9068)). Times are seconds.
#[derive(Deserialize)]
struct Claims {
    iss: Option<String>,
    aud: Option<Audience>,
    exp: Option<f64>,
    nbf: Option<f64>,
    sub: Option<String>,
    client_id: Option<String>,
    azp: Option<String>,
    #[serde(default)]
    scope: Json,
    #[serde(default)]
    scp: Json,
    cnf: Option<Json>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn has_any(&self, of: &[String]) -> bool {
        match self {
            Audience::One(one) => of.contains(one),
            Audience::Many(all) => all.iter().any(|one| of.contains(one)),
        }
    }
}

impl Issuer {
    /// An issuer, whose keys are at this address, or where it says itself.
    ///
    /// # Errors
    /// When its address is none.
    pub fn new(issuer: &str, at: Option<&str>, client: &Client) -> Result<Issuer, String> {
        let target = |url: &str| -> Result<Target, String> { Ok(address(url)?.1) };
        let named = at.map(target).transpose()?.into_iter().collect();
        let wire = Wire::new(client, target(issuer)?, named, "server:oauth");
        let (issuer, at) = (issuer.to_owned(), at.map(str::to_owned));
        Ok(Issuer(Arc::new(Inner { issuer, at, wire, keys: Mutex::default() })))
    }

    /// Whether a text could be a token of any issuer's: three parts of base 64.
    #[must_use]
    pub fn is_token(text: &str) -> bool {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        text.len() <= LONGEST && text.bytes().filter(|b| *b == b'.').count() == 2 && text.bytes().all(plain)
    }

    /// What a token says that is for one of these audiences.
    ///
    /// # Errors
    /// Why that is not believed.
    pub async fn read(&self, token: &str, audience: &[String]) -> Result<Said, Unbelieved> {
        let wrong = |why: &str| Unbelieved::Wrong(why.to_owned());
        if !Issuer::is_token(token) {
            return Err(wrong("it is no token of an authorization server's"));
        }
        let (text, signature) = token.rsplit_once('.').ok_or_else(|| wrong("it cannot be read"))?;
        let (head, claims) = text.split_once('.').ok_or_else(|| wrong("it cannot be read"))?;
        let unknown = "its signature is of no kind that is believed";
        let head: Head = part(head).ok_or_else(|| wrong(unknown))?;
        let algorithm = Algorithm::of(&head.alg).ok_or_else(|| wrong(unknown))?;
        let kind = head.typ.as_deref().unwrap_or("JWT").to_ascii_lowercase();
        if !matches!(kind.as_str(), "jwt" | "at+jwt" | "application/at+jwt") {
            return Err(wrong("it is no token for access"));
        }
        if head.crit.is_some() {
            return Err(wrong("it wants something to be understood that is not"));
        }
        let key = self.0.key(head.kid.as_deref(), algorithm).await?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| wrong("its signature cannot be read"))?;
        // Until then nothing that it says counts.
        if !key.verifies(algorithm, text.as_bytes(), &signature) {
            return Err(wrong("its signature is not sound"));
        }
        let claims: Claims = part(claims).ok_or_else(|| wrong("it cannot be read"))?;
        self.0.believed(claims, audience, now() as f64 / 1_000.0).map_err(wrong)
    }
}

impl Inner {
    /// What a token says, if that is for one of these audiences and of now, in seconds.
    fn believed(&self, claims: Claims, audience: &[String], now: f64) -> Result<Said, &'static str> {
        let (Some(issuer), Some(whom), Some(until)) = (claims.iss, claims.aud, claims.exp) else {
            return Err("it does not say all that it has to: `exp`, `iss` and `aud`");
        };
        if issuer != self.issuer {
            return Err("it is of another issuer");
        }
        if !whom.has_any(audience) {
            return Err("it is for somebody else");
        }
        if until + LEEWAY <= now {
            return Err("it has expired");
        }
        if claims.nbf.is_some_and(|from| from > now + LEEWAY) {
            return Err("it is not good yet");
        }
        if claims.cnf.is_some() {
            return Err("it is bound to a key, and no proof of that is taken here");
        }
        let left = Duration::from_secs_f64((until + LEEWAY - now).clamp(0.0, LONGEST_LEFT));
        let scopes = words(&claims.scope).chain(words(&claims.scp)).collect();
        Ok(Said { subject: claims.sub, client: claims.client_id.or(claims.azp), scopes, left })
    }

    /// The key by which a token says that it is signed.
    async fn key(self: &Arc<Self>, id: Option<&str>, algorithm: &Algorithm) -> Result<Key, Unbelieved> {
        let fetching = self.keys().wanted(id, algorithm, || self.fetching());
        let failed = match fetching {
            Some(fetching) => fetching.await.err(),
            None => None,
        };
        let found = self.keys().believed(id, algorithm);
        match (found, failed) {
            (Found::Key(key), None) => Ok(*key),
            // What is there is believed a while longer.
            (Found::Key(key), Some(why)) => {
                tracing::warn!(issuer = self.issuer, why, "loket.server.keys");
                Ok(*key)
            }
            (_, Some(why)) => Err(Unbelieved::Unknown(why)),
            (Found::NoKeys, None) => {
                Err(Unbelieved::Unknown(format!("the keys of `{}` cannot be had now", self.issuer)))
            }
            (Found::Nothing, None) => {
                Err(Unbelieved::Wrong("it is signed by no key of its issuer's that is fit for that".to_owned()))
            }
        }
    }

    /// Fetches its keys, and takes them for those that are; also when nobody waits for them any more.
    fn fetching(self: &Arc<Self>) -> Fetching {
        let issuer = self.clone();
        let fetched = tokio::spawn(async move {
            let fetched = issuer.fetch().await;
            let mut keys = issuer.keys();
            keys.came(fetched)
        });
        async move { fetched.await.unwrap_or_else(|_| Err("the work on its keys broke off".to_owned())) }
            .boxed()
            .shared()
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its keys, as it publishes them now.
    async fn fetch(&self) -> Result<Vec<Key>, String> {
        let place = match &self.at {
            Some(place) => place.clone(),
            None => self.place().await?,
        };
        let document = self.document(&place).await?.ok_or_else(|| format!("there are no keys at `{place}`"))?;
        let keys = document["keys"].as_array().ok_or_else(|| format!("`{place}` is no list of keys"))?;
        // One that is not known is none of those that are looked for.
        let known = keys.iter().take(MOST_KEYS).filter_map(|key| serde_json::from_value(key.clone()).ok());
        Ok(known.collect())
    }

    /// Where its keys are, as it says itself.
    async fn place(&self) -> Result<String, String> {
        for place in well_known::of_issuer(&self.issuer)? {
            let Some(said) = self.document(place.as_str()).await? else { continue };
            if said["issuer"].as_str() != Some(self.issuer.as_str()) {
                return Err(format!("what is at `{place}` speaks of another issuer than `{}`", self.issuer));
            }
            let keys = said["jwks_uri"].as_str();
            return keys.map(str::to_owned).ok_or_else(|| format!("`{}` does not say where its keys are", self.issuer));
        }
        Err(format!("`{}` does not describe itself", self.issuer))
    }

    async fn document(&self, place: &str) -> Result<Option<Json>, String> {
        let accept = Header { name: "accept".into(), value: "application/json".into() };
        let answer = self.wire.send("GET", place, vec![accept], Vec::new()).await?;
        match answer.head.status {
            200 => Ok(serde_json::from_slice(&answer.body).ok()),
            _ => Ok(None),
        }
    }
}

/// Whether a key is among those that are believed.
enum Found {
    Key(Box<Key>),
    Nothing,
    /// There are none that are.
    NoKeys,
}

impl Keys {
    /// Whether they have this one, where they are still believed.
    fn believed(&self, id: Option<&str>, algorithm: &Algorithm) -> Found {
        match self.fetched.filter(|at| at.elapsed() <= BELIEVED) {
            None => Found::NoKeys,
            Some(_) => find(&self.all, id, algorithm).map_or(Found::Nothing, |key| Found::Key(Box::new(key))),
        }
    }

    /// The fetch for which whoever needs this key is to wait, if any: one that is on its way, or another, where that is not too soon.
    fn wanted(
        &mut self,
        id: Option<&str>,
        algorithm: &Algorithm,
        fetch: impl FnOnce() -> Fetching,
    ) -> Option<Fetching> {
        let is_old = self.fetched.is_none_or(|at| at.elapsed() > KEPT);
        let is_there = !is_old && matches!(self.believed(id, algorithm), Found::Key(_));
        let is_time = self.tried.is_none_or(|at| at.elapsed() > APART);
        if !is_there && self.fetching.is_none() && is_time {
            self.fetching = Some(fetch());
        }
        self.fetching.clone().filter(|_| !is_there)
    }

    /// A fetch has ended.
    fn came(&mut self, fetched: Result<Vec<Key>, String>) -> Result<(), String> {
        (self.fetching, self.tried) = (None, Some(Instant::now()));
        (self.all, self.fetched) = (fetched?, self.tried);
        Ok(())
    }
}

/// The key of that name that is fit for a kind of signature; without a name, the only one that is.
fn find(keys: &[Key], id: Option<&str>, algorithm: &Algorithm) -> Option<Key> {
    let mut fit = keys.iter().filter(|key| key.is_fit(algorithm));
    match id {
        Some(id) => fit.find(|key| key.kid.as_deref() == Some(id)).cloned(),
        None => fit.next().filter(|_| fit.next().is_none()).cloned(),
    }
}

/// What a part of a token says.
fn part<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// The words of a text, or of a list.
fn words(said: &Json) -> impl Iterator<Item = String> + '_ {
    let text = said.as_str().into_iter().flat_map(|text| text.split(' '));
    let list = said.as_array().into_iter().flatten().filter_map(|word| word.as_str());
    text.chain(list).filter(|word| !word.is_empty()).map(str::to_owned)
}
