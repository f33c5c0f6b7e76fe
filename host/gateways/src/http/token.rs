//! The owner's token: 256 random bits in `state/token`, which only the owner may read. Whoever shows it is the owner.

use super::own_file::{drafted, shared_mode};
use crate::desk::Problem;
use axum::http::HeaderValue;
use rand::TryRng;
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The owner's token. It is never printed: [`fmt::Debug`] hides it.
#[derive(Clone)]
pub struct OwnerToken {
    key: [u8; 32],
    /// The same as it is shown.
    text: [u8; 64],
}

impl OwnerToken {
    /// Where the token of a home is kept.
    #[must_use]
    pub fn path(state: &Path) -> PathBuf {
        state.join("token")
    }

    /// A token that nobody else knows, for a service without a socket.
    ///
    /// # Errors
    /// `failed` when the operating system gives no randomness.
    pub fn random() -> Result<Self, Problem> {
        let mut bytes = [0; 32];
        rand::rngs::SysRng.try_fill_bytes(&mut bytes).map_err(|error| {
            Problem::failed(format!("the operating system gave no random bytes for a token: {error}"))
        })?;
        Ok(Self::of(bytes))
    }

    fn of(key: [u8; 32]) -> Self {
        let mut text = [0; 64];
        // It is as long as it has to be.
        let _ = hex::encode_to_slice(key, &mut text);
        Self { key, text }
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.text).unwrap_or_default()
    }

    /// A token for a desk of this process alone, from the process's own generator (which the system seeds).
    pub(crate) fn of_this_process() -> Self {
        Self::of(rand::random())
    }

    /// Read the token of a home, and make it when there is none.
    ///
    /// # Errors
    /// As [`OwnerToken::read`]; `failed` when it cannot be written.
    pub fn open(state: &Path) -> Result<Self, Problem> {
        let path = Self::path(state);
        if !path.exists() {
            let token = Self::random()?;
            token.create(&path).map_err(|error| {
                Problem::failed(format!("the owner token `{}` cannot be written: {error}", path.display()))
                    .hint("check that the folder is yours and that the disk has room")
            })?;
        }
        // Read back also what was just made: two processes may have made one at once, and one of them won.
        Self::read(state)
    }

    /// Read the token of a home.
    ///
    /// # Errors
    /// `not-found` when there is none, `denied` when others can read it, `invalid` when it is not a token.
    pub fn read(state: &Path) -> Result<Self, Problem> {
        let path = Self::path(state);
        let unreadable = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => Problem::not_found(format!("there is no owner token at `{}`", path.display()))
                .hint("`loket serve` makes one"),
            _ => Problem::failed(format!("the owner token `{}` cannot be read: {error}", path.display()))
                .hint("run this as the user who owns the home"),
        };
        let file = fs::File::open(&path).map_err(unreadable)?;
        // Checked on the open file, so that it cannot be exchanged between check and reading.
        only_mine(&file, &path)?;
        let mut text = String::new();
        file.take(256).read_to_string(&mut text).map_err(unreadable)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.trim_end(), &mut bytes).map_err(|_| {
            Problem::invalid(format!("`{}` does not hold an owner token (64 hexadecimal digits)", path.display()))
                .hint("delete it and start `loket serve` again, which makes a new one")
        })?;
        Ok(Self::of(bytes))
    }

    /// Write under another name, then link: the token is either absent or whole, and never replaces one that is there.
    fn create(&self, path: &Path) -> io::Result<()> {
        let draft = drafted(path, format!("{}\n", self.text()).as_bytes())?;
        let placed = match fs::hard_link(&draft, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            // Some file systems have no links.
            Err(_) => fs::rename(&draft, path),
            Ok(()) => Ok(()),
        };
        let _ = fs::remove_file(&draft);
        placed
    }

    /// Whether this is what somebody showed; takes the same time however much of it is right.
    #[must_use]
    pub fn matches(&self, shown: &str) -> bool {
        constant_time_eq::constant_time_eq(&self.text, shown.as_bytes())
    }

    /// A key for something else, from which nobody learns the token.
    pub(crate) fn key(&self, context: &'static str) -> [u8; 32] {
        blake3::derive_key(context, &self.key)
    }

    /// The `Authorization` header that shows it.
    #[must_use]
    pub fn bearer(&self) -> HeaderValue {
        let text = format!("Bearer {}", self.text());
        let mut value = HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""));
        value.set_sensitive(true);
        value
    }

    /// What only a holder of the token can answer to a question that was never asked before.
    ///
    /// A client asks for it before it shows its token, so that a stranger who listens where a service used to be learns
    /// nothing. The address is part of it: a stranger cannot pass the question on to the true service either.
    #[must_use]
    pub fn proof(&self, nonce: &str, listen: &str) -> String {
        blake3::keyed_hash(&self.key, format!("loket-health\n{listen}\n{nonce}").as_bytes()).to_hex().to_string()
    }
}

impl fmt::Debug for OwnerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnerToken(hidden)")
    }
}

/// That nobody but the owner can read an open file.
fn only_mine(file: &fs::File, path: &Path) -> Result<(), Problem> {
    let Some(mode) = shared_mode(file, 0o077) else { return Ok(()) };
    let path = path.display();
    Err(Problem::denied(format!("the owner token `{path}` can be read by other users (mode {mode:04o})")).hint(format!(
        "`rm {path}` and start `loket serve` again for a new token, or `chmod 600 {path}` if you are sure that nobody has read it"
    )))
}

#[cfg(test)]
mod tests {
    use super::OwnerToken;

    #[test]
    fn the_first_open_makes_it_and_the_second_reads_it() {
        let home = tempfile::tempdir().expect("a folder");
        let first = OwnerToken::open(home.path()).expect("made");
        let text = std::fs::read_to_string(OwnerToken::path(home.path())).expect("a file");
        assert_eq!(text.trim_end().len(), 64);
        assert!(first.matches(text.trim_end()));
        assert!(OwnerToken::open(home.path()).expect("read").matches(text.trim_end()));
        assert_eq!(std::fs::read_dir(home.path()).expect("a folder").count(), 1, "no draft is left behind");
    }

    #[test]
    fn only_the_whole_token_matches() {
        let token = OwnerToken::random().expect("randomness");
        let right = token.text().to_owned();
        for wrong in ["", &right[1..], &right.to_uppercase(), &format!("{right} "), &"0".repeat(64)] {
            assert!(!token.matches(wrong), "{wrong}");
        }
        assert!(token.matches(&right));
    }

    #[test]
    fn it_is_not_printed() {
        let token = OwnerToken::random().expect("randomness");
        assert_eq!(format!("{token:?} {:?}", token.bearer()), "OwnerToken(hidden) Sensitive");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused_with_what_to_do() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().expect("a folder");
        OwnerToken::open(home.path()).expect("made");
        let path = OwnerToken::path(home.path());
        let mode = std::fs::metadata(&path).expect("a file").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
        for mode in [0o640, 0o604, 0o666] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("a mode");
            let problem = OwnerToken::read(home.path()).expect_err("others can read it");
            assert_eq!(problem.code, "denied");
            assert!(problem.hint.is_some_and(|hint| hint.contains("chmod 600")));
        }
    }

    #[test]
    fn what_is_not_a_token_is_refused() {
        let home = tempfile::tempdir().expect("a folder");
        OwnerToken::open(home.path()).expect("made");
        for text in ["", "abc", &"g".repeat(64), &"ab".repeat(40)] {
            std::fs::write(OwnerToken::path(home.path()), text).expect("written");
            assert_eq!(OwnerToken::read(home.path()).expect_err("no token").code, "invalid", "{text}");
        }
    }

    #[test]
    fn a_proof_is_bound_to_the_question_and_the_address() {
        let token = OwnerToken::random().expect("randomness");
        let proof = token.proof("1", "127.0.0.1:1");
        assert_eq!(proof, token.proof("1", "127.0.0.1:1"));
        assert_ne!(proof, token.proof("2", "127.0.0.1:1"));
        assert_ne!(proof, token.proof("1", "127.0.0.1:2"));
        assert_ne!(proof, OwnerToken::random().expect("randomness").proof("1", "127.0.0.1:1"));
    }
}
