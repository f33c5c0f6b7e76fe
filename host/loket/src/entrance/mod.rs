//! How the owner comes into the control room: `state/entrance.json`, written as a whole at each of these acts.
//!
//! `kept` is the file, `passphrase` what is kept of one, `sessions` who is in, `invitation` the key for the first time, `patience` how long
//! who guesses must wait.

mod invitation;
mod kept;
mod passphrase;
mod patience;
mod sessions;

pub(crate) use invitation::GOOD as KEY_GOOD;
pub(crate) use kept::ENTRANCE;
pub(crate) use passphrase::{Passphrase, fits};
pub(crate) use sessions::{Held, LASTS, Row};

use invitation::Keys;
use kept::File;
use patience::Patience;
use sessions::Sessions;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The entrance of a home.
#[derive(Debug, Default)]
pub(crate) struct Entrance {
    state: Mutex<State>,
    /// One passphrase is looked at at a time, each of which takes 64 MiB: also when whoever showed it is gone meanwhile.
    pub(crate) at_work: Arc<tokio::sync::Mutex<()>>,
}

/// What is known there.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) passphrase: Option<Passphrase>,
    pub(crate) sessions: Sessions,
    pub(crate) keys: Keys,
    pub(crate) patience: Patience,
}

impl Entrance {
    /// That of a file; nobody's where there is none.
    ///
    /// # Errors
    /// When it cannot be read, or is not what this host writes: then nobody may come in by mistake.
    pub(crate) fn read(path: &Path) -> io::Result<Entrance> {
        let File { passphrase, sessions, .. } = kept::read(path)?;
        let state = State { passphrase, sessions: Sessions::of(sessions), ..State::default() };
        Ok(Entrance { state: Mutex::new(state), at_work: Arc::default() })
    }

    /// Takes up what is in a file now. Who is not in it any more is out.
    pub(crate) fn read_anew(&self, path: &Path) -> io::Result<()> {
        let File { passphrase, sessions, .. } = kept::read(path)?;
        let mut state = self.state();
        state.passphrase = passphrase;
        state.sessions.replace(sessions);
        Ok(())
    }

    /// As the file has it.
    pub(crate) fn text(&self) -> io::Result<Vec<u8>> {
        self.state().text()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(crate) fn text(&self) -> io::Result<Vec<u8>> {
        kept::text(self.passphrase.as_ref(), &self.sessions.rows())
    }
}

/// 256 random bits, in hex.
///
/// # Errors
/// When the operating system gives no randomness.
pub(crate) fn random() -> Result<String, String> {
    use rand::TryRng;
    let mut bytes = [0; 32];
    let filled = rand::rngs::SysRng.try_fill_bytes(&mut bytes);
    filled.map_err(|e| format!("the operating system gave no random bytes: {e}"))?;
    Ok(hex::encode(bytes))
}

/// What is kept of such a text. It has 256 random bits, so nobody finds it from this.
fn digest(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

/// Whether a text has that digest; takes the same time however much of it is right.
fn has_digest(text: &str, digest: &str) -> bool {
    // Hashes compare in constant time.
    blake3::Hash::from_hex(digest).is_ok_and(|right| right == blake3::hash(text.as_bytes()))
}
