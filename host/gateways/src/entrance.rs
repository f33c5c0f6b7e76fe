//! The entrance: how the owner comes into the control room. A key for the first time, a passphrase from then on, and sessions that last.
//!
//! Whoever shows a session is the owner, as whoever shows the owner's token is. What is kept of keys and sessions are digests.

use crate::access::Visitor;
use crate::desk::Problem;
use crate::secret::SecretValue;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// The fewest characters of a passphrase.
pub const SHORTEST_PASSPHRASE: usize = 8;
/// The most bytes of one.
pub const LONGEST_PASSPHRASE: usize = 1024;

/// What a desk answers about its owner's comings and goings.
#[async_trait]
pub trait Entrance: Send + Sync + 'static {
    /// Whether there is a passphrase: before there is one, nobody can log in.
    fn is_owned(&self) -> bool;

    /// A key by which a passphrase can be set, once and for some time. It takes the place of the one before.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    fn invite(&self) -> Result<Invitation, Problem>;

    /// Whether this is the key that is good now. Looking does not use it up.
    fn is_invited(&self, key: &str) -> bool;

    /// Sets the passphrase of whoever shows the key, which is used up, and lets them in. All other sessions end.
    ///
    /// # Errors
    /// `denied` for another key, `invalid` for a passphrase that is too short or too long, `unavailable` in safe mode.
    async fn settle(&self, key: &str, passphrase: SecretValue, browser: &str) -> Result<Entered, Problem>;

    /// Lets in whoever knows the passphrase. A session that the same browser has so far ends.
    ///
    /// # Errors
    /// `denied` for a wrong one, `exhausted` while nobody is let try, `not-found` where there is none.
    async fn log_in(&self, passphrase: SecretValue, browser: &str, before: Option<&str>) -> Result<Entered, Problem>;

    /// Another passphrase, for whoever knows the one so far. Other sessions than the named one end.
    ///
    /// # Errors
    /// As [`Entrance::log_in`] and [`Entrance::settle`].
    async fn change(&self, old: SecretValue, new: SecretValue, session: &str) -> Result<(), Problem>;

    /// Whose session this is, if it is good now.
    async fn session(&self, shown: &str) -> Option<Session>;

    /// The sessions, the latest first.
    fn sessions(&self) -> Vec<SessionInfo>;

    /// Ends a session. One that is not there is no error.
    ///
    /// # Errors
    /// When that cannot be kept.
    async fn end(&self, id: &str) -> Result<(), Problem>;

    /// Ends all sessions but one.
    ///
    /// # Errors
    /// When that cannot be kept.
    async fn end_others(&self, id: &str) -> Result<usize, Problem>;
}

/// A way in for whoever sits at the terminal.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Invitation {
    /// The key, which is told here and never again.
    #[schema(value_type = String)]
    pub key: SecretValue,
    /// For how many seconds it is good.
    pub seconds: u64,
    /// Whether there is a passphrase already, which is replaced then.
    pub owned: bool,
    /// The addresses at which the service listens, such as `127.0.0.1:1987`.
    #[serde(default)]
    pub listens: Vec<String>,
}

/// Somebody who was let in.
#[derive(Debug, Clone)]
pub struct Entered {
    /// The session, as its holder shows it. It is told here and never again.
    pub secret: SecretValue,
    /// For how many seconds it is good at most.
    pub seconds: u64,
}

/// A session that is good now.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its name in the list.
    pub id: String,
    /// In whose name, and until when.
    pub visitor: Visitor,
}

/// A session, as far as it may be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionInfo {
    /// Its name in the list.
    pub id: String,
    /// What the browser said of itself.
    pub browser: String,
    /// When it began, RFC 3339.
    pub since: String,
    /// When it was last shown, RFC 3339.
    pub seen: String,
    /// When it ends, if it is shown until then, RFC 3339.
    pub expires: String,
}
