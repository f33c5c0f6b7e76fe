//! What is kept of a login: its tokens, each a secret of its own that is tied to whom it may be shown, and what they are good for.

use super::place::is_same;
use super::token::Means;
use crate::http::pattern::HostPattern;
use crate::http::target::{Target, address};
use crate::secrets::source::{Secret, SecretSource as _};
use crate::secrets::store::Store;
use loket_guardian::mcp::McpName;
use loket_guardian::oauth::{Grant, OAuth};
use loket_kernel::counter::now;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// The secrets of a login, by the last word of their names.
const WORDS: [&str; 5] = ["login", "access-token", "refresh-token", "client-secret", "proof-key"];
/// How many scopes are kept, and how many characters each of them has.
pub(super) const MOST_SCOPES: usize = 128;
const LONGEST_SCOPE: usize = 256;

/// What is known of a login, beside its tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// The server's address.
    pub(super) server: String,
    /// Who gave the tokens.
    pub(super) issuer: String,
    /// In which way.
    #[serde(default)]
    pub(super) grant: Way,
    /// Where more of them are given.
    pub(super) endpoint: String,
    /// By which name this client is known there.
    pub(super) client: String,
    /// How it proves that it is that one.
    pub(super) means: Means,
    /// What the tokens are for, as they were given.
    pub(super) resource: String,
    /// What they are good for.
    pub(super) scopes: Vec<String>,
    /// What the server wants besides, as it said since.
    pub(super) wanted: Vec<String>,
    /// Until when the access token is good, in milliseconds since 1970.
    pub(super) until: Option<u64>,
    /// From when on it is to be made anew.
    pub(super) renew: Option<u64>,
    /// Whether it is bound to a key.
    pub(super) is_bound: bool,
    /// Where the browser came back to.
    pub(super) redirect: Option<String>,
}

/// In which way somebody came to tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Way {
    /// With a browser.
    #[default]
    Login,
    /// By the client's own secret or key.
    Credentials,
    /// By a token of the machine's own.
    Assertion,
    /// By what an identity provider says.
    Identity,
}

impl From<Grant> for Way {
    fn from(grant: Grant) -> Way {
        match grant {
            Grant::Login => Way::Login,
            Grant::Credentials => Way::Credentials,
            Grant::Assertion => Way::Assertion,
            Grant::Identity => Way::Identity,
        }
    }
}

impl Kept {
    /// Whether it came about as the owner says now: with whom they name, as whom, and in that way.
    pub(super) fn is_of(&self, owner: &OAuth) -> bool {
        let is_issuer = owner.issuer.as_ref().is_none_or(|named| is_same(named, &self.issuer));
        let is_client = owner.client_id.as_ref().is_none_or(|named| *named == self.client);
        is_issuer && is_client && self.grant == owner.grant.into()
    }
}

/// The tokens of a login.
#[derive(Default)]
pub(super) struct Tokens {
    pub(super) access: Zeroizing<String>,
    pub(super) refresh: Option<Zeroizing<String>>,
    pub(super) client_secret: Option<Zeroizing<String>>,
    pub(super) proof_key: Option<Zeroizing<String>>,
}

/// A secret, and the login that it holds, if that can be read.
type Read = (Arc<Secret>, Option<Arc<Kept>>);

/// Where the login of one server is kept.
pub(super) struct Keeper {
    vault: Arc<Store>,
    name: McpName,
    /// What was read last, and of what: that is the same thing until it changes.
    last: Mutex<Option<Read>>,
}

impl Keeper {
    pub(super) fn new(vault: Arc<Store>, name: McpName) -> Keeper {
        Keeper { vault, name, last: Mutex::default() }
    }

    /// The name of one of its secrets.
    pub(super) fn secret(&self, word: &str) -> String {
        format!("mcp.{}.{word}", self.name)
    }

    /// The value of one of its secrets, which may be shown to this target.
    pub(super) fn value(&self, word: &str, target: &Target) -> Option<Zeroizing<String>> {
        self.vault
            .get(&self.secret(word))
            .filter(|secret| secret.covers(target))
            .map(|s| Zeroizing::new(s.value().to_owned()))
    }

    /// What is kept for a server at this address; nothing when it was kept for another.
    pub(super) fn read(&self, server: &str) -> Option<Arc<Kept>> {
        let secret = self.vault.get(&self.secret("login"))?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = match &*last {
            Some((of, kept)) if Arc::ptr_eq(of, &secret) => kept.clone(),
            _ => {
                let kept = serde_json::from_str(secret.value()).ok().map(Arc::new);
                *last = Some((secret, kept.clone()));
                kept
            }
        };
        kept.filter(|kept: &Arc<Kept>| kept.server == server)
    }

    /// The access token, if there is one.
    pub(super) fn access(&self) -> Option<Arc<Secret>> {
        self.vault.get(&self.secret("access-token"))
    }

    /// Keeps a login in place of the one before.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub(super) async fn keep(&self, kept: &Kept, tokens: Tokens) -> Result<(), String> {
        let (server, issuer) = (exact(&kept.server)?, exact(&kept.endpoint)?);
        let Tokens { access, refresh, client_secret, proof_key } = tokens;
        let mut put =
            vec![self.made("login", Zeroizing::new(text(kept)?), &server), self.made("access-token", access, &server)];
        put.extend(refresh.map(|value| self.made("refresh-token", value, &issuer)));
        put.extend(client_secret.map(|value| self.made("client-secret", value, &issuer)));
        put.extend(proof_key.map(|value| self.made("proof-key", value, &server)));
        let gone = self.names().filter(|name| put.iter().all(|secret| secret.name() != name)).collect();
        self.swap(put, gone).await
    }

    /// Keeps what is known of a login, and leaves its tokens.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub(super) async fn note(&self, kept: &Kept) -> Result<(), String> {
        let put = vec![self.made("login", Zeroizing::new(text(kept)?), &exact(&kept.server)?)];
        self.swap(put, Vec::new()).await
    }

    /// Takes the tokens away that are good for nothing any more, and leaves what is known of the login.
    ///
    /// # Errors
    /// When that cannot be kept.
    pub(super) async fn spend(&self) -> Result<(), String> {
        self.swap(Vec::new(), ["access-token", "refresh-token"].map(|word| self.secret(word)).into()).await
    }

    /// Takes all of it away; says whether there was anything.
    ///
    /// # Errors
    /// When that cannot be kept.
    pub(super) async fn forget(&self) -> Result<bool, String> {
        let gone: Vec<String> = self.names().filter(|name| self.vault.get(name).is_some()).collect();
        let was = !gone.is_empty();
        if was {
            self.swap(Vec::new(), gone).await?;
        }
        Ok(was)
    }

    fn names(&self) -> impl Iterator<Item = String> {
        WORDS.into_iter().map(|word| self.secret(word))
    }

    fn made(&self, word: &str, value: Zeroizing<String>, host: &HostPattern) -> Secret {
        Secret::new(&self.secret(word), value, vec![host.clone()])
    }

    async fn swap(&self, put: Vec<Secret>, gone: Vec<String>) -> Result<(), String> {
        let vault = self.vault.clone();
        let done = tokio::task::spawn_blocking(move || vault.swap(put, &gone, now())).await;
        let done = done.map_err(|_| "the work on the secrets broke off".to_owned())?;
        done.map_err(|e| format!("the login cannot be kept: {e}"))
    }
}

/// A host with its port, as a secret is tied to it.
fn exact(url: &str) -> Result<HostPattern, String> {
    let (_, target) = address(url)?;
    HostPattern::parse(&format!("{}:{}", target.host, target.port)).map_err(|e| e.to_string())
}

fn text(kept: &Kept) -> Result<String, String> {
    serde_json::to_string(kept).map_err(|e| format!("the login cannot be kept: {e}"))
}

/// The scopes of a text, each once, in order: those that are too long, and those beyond the most, are left out.
pub(super) fn scopes<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for word in words {
        let fits = word.len() <= LONGEST_SCOPE && !word.is_empty() && word.bytes().all(|b| b.is_ascii_graphic());
        if fits && all.len() < MOST_SCOPES && !all.iter().any(|known| known == word) {
            all.push(word.to_owned());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::key::KeyPolicy;
    use loket_kernel::Redact as _;

    fn keeper() -> (tempfile::TempDir, Keeper) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let vault = Arc::new(Store::open(folder.path(), KeyPolicy::File));
        (folder, Keeper::new(vault, "far".parse().expect("a name")))
    }

    fn kept() -> Kept {
        Kept {
            server: "https://mcp.example.org/mcp".into(),
            issuer: "https://login.example.org".into(),
            grant: Way::Login,
            endpoint: "https://login.example.org/token".into(),
            client: "me".into(),
            means: Means::Post,
            resource: "https://mcp.example.org/mcp".into(),
            scopes: vec!["read".into()],
            wanted: Vec::new(),
            until: Some(7),
            renew: None,
            is_bound: false,
            redirect: None,
        }
    }

    fn tokens() -> Tokens {
        let value = |text: &str| Zeroizing::new(text.to_owned());
        Tokens {
            access: value("access-0123456789"),
            refresh: Some(value("refresh-0123456789")),
            client_secret: Some(value("client-0123456789")),
            proof_key: None,
        }
    }

    #[tokio::test]
    async fn each_token_is_for_its_own_host_and_found_in_no_text() {
        let (folder, keeper) = keeper();
        keeper.keep(&kept(), tokens()).await.expect("it is kept");
        let target = |url: &str| address(url).expect("an address").1;
        let (server, issuer) = (target("https://mcp.example.org/x"), target("https://login.example.org/x"));
        assert_eq!(keeper.read("https://mcp.example.org/mcp").as_deref(), Some(&kept()));
        assert_eq!(keeper.read("https://mcp.example.org/other"), None, "kept for another address");
        assert!(keeper.value("access-token", &server).is_some() && keeper.value("access-token", &issuer).is_none());
        assert!(keeper.value("refresh-token", &issuer).is_some() && keeper.value("refresh-token", &server).is_none());
        let text = "access-0123456789 refresh-0123456789 client-0123456789";
        let shown = keeper.vault.text(text).expect("they are found");
        assert!(!shown.contains("0123456789"), "{shown}");
        let file = std::fs::read(folder.path().join("secrets.age")).expect("it is there");
        assert!(!String::from_utf8_lossy(&file).contains("0123456789"), "it is encrypted");
    }

    #[tokio::test]
    async fn what_is_forgotten_is_gone_and_what_is_spent_leaves_what_is_known() {
        let (_folder, keeper) = keeper();
        keeper.keep(&kept(), tokens()).await.expect("it is kept");
        keeper.spend().await.expect("they are spent");
        assert!(keeper.access().is_none() && keeper.read(&kept().server).is_some());
        assert!(keeper.forget().await.expect("it is forgotten") && keeper.vault.known().is_empty());
        assert!(!keeper.forget().await.expect("nothing is left"));
    }

    #[tokio::test]
    async fn a_login_is_read_once_until_it_is_another() {
        let (_folder, keeper) = keeper();
        let server = kept().server;
        assert_eq!(keeper.read(&server), None);
        keeper.keep(&kept(), tokens()).await.expect("it is kept");
        let (one, again) = (keeper.read(&server).expect("it is there"), keeper.read(&server).expect("it is there"));
        assert!(Arc::ptr_eq(&one, &again));
        let wanted = Kept { wanted: vec!["write".into()], ..kept() };
        keeper.note(&wanted).await.expect("it is kept");
        assert_eq!(keeper.read(&server).as_deref(), Some(&wanted));
        keeper.forget().await.expect("it is forgotten");
        assert_eq!(keeper.read(&server), None);
    }

    #[test]
    fn a_login_is_good_for_the_settings_by_which_it_came_about() {
        let of = |change: fn(&mut OAuth)| {
            let mut owner = OAuth::default();
            change(&mut owner);
            kept().is_of(&owner)
        };
        assert!(of(|_| {}) && of(|owner| owner.issuer = Some("https://login.example.org/".into())));
        assert!(of(|owner| owner.client_id = Some("me".into())));
        assert!(!of(|owner| owner.issuer = Some("https://other.example".into())));
        assert!(!of(|owner| owner.client_id = Some("you".into())));
        assert!(!of(|owner| owner.grant = Grant::Credentials));
        // What was kept before this was told came of a browser.
        let text = serde_json::to_string(&kept()).expect("JSON").replace(r#""grant":"login","#, "");
        assert!(
            !text.contains("grant") && serde_json::from_str::<Kept>(&text).expect("a login").is_of(&OAuth::default())
        );
    }
}
