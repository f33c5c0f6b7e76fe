//! The tokens by which clients come in: `state/tokens.json`, written as a whole at each act of the owner. Of a token only its digest is kept.

use crate::home::bounded_text;
use loket_gateways::desk::{Caller, Scopes, Visitor};
use loket_kernel::counter::now;
use rand::TryRng;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// The file's name in the home's state.
pub(crate) const TOKENS: &str = "tokens.json";
/// The most tokens of a home.
pub(crate) const MOST: usize = 256;
/// The file's form.
const FORMAT: u32 = 1;
/// The longest file, in bytes.
const LONGEST: u64 = 1 << 20;
/// How each token begins, so that whoever finds one knows what it is.
const PREFIX: &str = "loket_";

/// What is kept of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Token {
    /// What its holder is called.
    pub(crate) name: String,
    /// The digest of its text (BLAKE3, in hex). The text has 256 random bits, so nobody finds it from this.
    digest: String,
    /// Whether it may say yes and no to what others ask.
    pub(crate) approve: bool,
    /// Whether it may read what is counted of the host.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) metrics: bool,
    /// When it was made, in milliseconds since 1970.
    pub(crate) since: u64,
    /// From when on it is good for nothing.
    pub(crate) expires: Option<u64>,
}

impl Token {
    /// A new one, and its text.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub(crate) fn new(name: &str, scopes: Scopes, expires: Option<u64>) -> Result<(Token, String), String> {
        let mut bytes = [0; 32];
        rand::rngs::SysRng
            .try_fill_bytes(&mut bytes)
            .map_err(|e| format!("the operating system gave no random bytes for a token: {e}"))?;
        let text = format!("{PREFIX}{}", hex::encode(bytes));
        let Scopes { approve, metrics } = scopes;
        let token = Token { name: name.to_owned(), digest: digest(&text), approve, metrics, since: now(), expires };
        Ok((token, text))
    }

    /// Whether its time is over.
    pub(crate) fn is_expired(&self, now: u64) -> bool {
        self.expires.is_some_and(|at| at <= now)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    tokens: Vec<Token>,
}

/// A token that is in force, and what ends with it.
#[derive(Debug, Clone)]
struct Held {
    token: Token,
    /// What the token's text is known by; nothing where what is kept is no digest, which is nobody's.
    digest: Option<blake3::Hash>,
    gone: CancellationToken,
}

impl Held {
    fn visitor(&self, now: u64) -> Visitor {
        let scopes = Scopes { approve: self.token.approve, metrics: self.token.metrics };
        let left = self.token.expires.map(|at| Duration::from_millis(at.saturating_sub(now)));
        Visitor {
            caller: Caller { name: format!("client:{}", self.token.name), scopes },
            revoked: self.gone.clone(),
            withdrawn: CancellationToken::new(),
            until: left.map(|left| Instant::now() + left),
            shown: None,
        }
    }
}

/// The tokens of a home.
#[derive(Debug, Default)]
pub(crate) struct Tokens(RwLock<Arc<Vec<Held>>>);

impl Tokens {
    /// Those of a file; none where there is none.
    ///
    /// # Errors
    /// When it cannot be read, or is not what this host writes: then nobody may come in by mistake.
    pub(crate) fn read(path: &Path) -> io::Result<Tokens> {
        let Some(text) = bounded_text(path, LONGEST)? else { return Ok(Tokens::default()) };
        let damaged = |why: String| {
            io::Error::other(format!(
                "the tokens in `{}` are damaged: {why}; remove the file, and make them anew",
                path.display()
            ))
        };
        let file: File = serde_json::from_str(&text).map_err(|e| damaged(e.to_string()))?;
        if file.format != FORMAT {
            return Err(damaged(format!("the file has form {}, this host knows {FORMAT}", file.format)));
        }
        let tokens = Tokens::default();
        tokens.replace(file.tokens);
        Ok(tokens)
    }

    /// As the file has them.
    pub(crate) fn text(tokens: &[Token]) -> io::Result<Vec<u8>> {
        serde_json::to_vec_pretty(&File { format: FORMAT, tokens: tokens.to_vec() }).map_err(io::Error::from)
    }

    /// All of them.
    pub(crate) fn list(&self) -> Vec<Token> {
        self.now().iter().map(|held| held.token.clone()).collect()
    }

    /// Whether there is one of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.now().iter().any(|held| held.token.name == name)
    }

    /// Puts others in force. What comes in by one that is gone, ends.
    pub(crate) fn replace(&self, tokens: Vec<Token>) {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let (kept, gone): (Vec<_>, Vec<_>) = held.iter().cloned().partition(|old| tokens.contains(&old.token));
        let next = tokens.into_iter().map(|token| {
            let same = kept.iter().find(|old| old.token == token);
            same.cloned().unwrap_or_else(|| Held {
                digest: blake3::Hash::from_hex(&token.digest).ok(),
                token,
                gone: CancellationToken::new(),
            })
        });
        *held = Arc::new(next.collect());
        gone.iter().for_each(|old| old.gone.cancel());
    }

    /// Whose this text is, if it is a token that is good now.
    pub(crate) fn visitor(&self, shown: &str) -> Option<Visitor> {
        if !shown.starts_with(PREFIX) || shown.len() > 256 {
            return None;
        }
        let (shown, now) = (blake3::hash(shown.as_bytes()), now());
        // Hashes compare in constant time.
        let held = self.now();
        let held = held.iter().find(|held| held.digest == Some(shown))?;
        if held.token.is_expired(now) {
            return None;
        }
        Some(held.visitor(now))
    }

    /// Whoever comes in as the token of this name, if that is good now.
    pub(crate) fn named(&self, name: &str) -> Option<Visitor> {
        let now = now();
        let held = self.now();
        held.iter().find(|held| held.token.name == name && !held.token.is_expired(now)).map(|held| held.visitor(now))
    }

    fn now(&self) -> Arc<Vec<Held>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn digest(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(approve: bool) -> Scopes {
        Scopes { approve, metrics: false }
    }

    #[tokio::test]
    async fn only_the_whole_text_of_a_token_that_is_good_now_is_somebodys() {
        let tokens = Tokens::default();
        let (token, text) = Token::new("desktop", scopes(false), None).expect("randomness");
        let (old, old_text) = Token::new("old", scopes(true), Some(1)).expect("randomness");
        tokens.replace(vec![token, old]);
        assert_eq!(tokens.visitor(&text).expect("it is good").caller.name, "client:desktop");
        for wrong in ["", PREFIX, &text[1..], &text[..text.len() - 1], &text.to_uppercase(), &old_text] {
            assert!(tokens.visitor(wrong).is_none(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn whoever_came_in_by_a_token_that_is_revoked_is_gone_and_others_stay() {
        let tokens = Tokens::default();
        let (one, one_text) = Token::new("one", scopes(false), None).expect("randomness");
        let (two, two_text) = Token::new("two", scopes(false), Some(now() + 1_000_000)).expect("randomness");
        tokens.replace(vec![one, two.clone()]);
        let (first, second) = (tokens.visitor(&one_text).expect("good"), tokens.visitor(&two_text).expect("good"));
        tokens.replace(vec![two]);
        assert!(first.revoked.is_cancelled() && !second.revoked.is_cancelled());
        assert!(tokens.visitor(&one_text).is_none() && tokens.visitor(&two_text).is_some());
    }

    #[test]
    fn what_is_kept_reads_back_and_has_no_token_in_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(TOKENS);
        assert!(Tokens::read(&path).expect("no file is no error").list().is_empty());
        let (token, text) = Token::new("desktop", scopes(true), Some(7)).expect("randomness");
        let written = Tokens::text(std::slice::from_ref(&token)).expect("it has a form");
        assert!(!String::from_utf8_lossy(&written).contains(&text[PREFIX.len()..]));
        std::fs::write(&path, written).expect("it can be written");
        assert_eq!(Tokens::read(&path).expect("it reads").list(), vec![token]);
        for damaged in ["", "{}", r#"{"format":2,"tokens":[]}"#, r#"{"format":1,"tokens":[{}]}"#] {
            std::fs::write(&path, damaged).expect("it can be written");
            assert!(Tokens::read(&path).is_err(), "{damaged}");
        }
    }
}
