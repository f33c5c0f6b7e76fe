//! The key of the secrets: in the keyring where there is one, else in a file that only its owner can read.
//!
//! `state/secrets.key` is there in both cases. It holds the key itself, in the form that the `age` program takes with `-i`; or it says under
//! which account the keyring has it. So a keyring that does not answer today is never mistaken for a home without a key.

use super::error::SecretsError;
use super::keyring::{Keyring, SERVICE};
use age::secrecy::ExposeSecret;
use age::x25519::Identity;
use std::fmt;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The longest file that is read as a key.
const LONGEST: u64 = 4096;
/// What stands before an account in the file.
const REFERENCE: &str = "keyring ";

/// Where a new key may be put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyPolicy {
    /// Into the keyring where there is one, else into a file.
    #[default]
    Keyring,
    /// Into a file.
    File,
}

/// Where the key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPlace {
    /// In the operating system's keyring, under this account.
    Keyring(String),
    /// In this file.
    File(PathBuf),
}

impl fmt::Display for KeyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyPlace::Keyring(account) => {
                write!(f, "the keyring of this user (service `{SERVICE}`, account `{account}`)")
            }
            KeyPlace::File(path) => write!(f, "the file `{}`", path.display()),
        }
    }
}

/// The key, and where it is.
pub(super) struct Key {
    pub(super) identity: Identity,
    pub(super) place: KeyPlace,
}

/// What was found where a key is looked for.
pub(super) enum Found {
    /// Nothing: no key was ever made.
    Nothing,
    /// A file that names an account, and the keyring has nothing there.
    Lost(KeyPlace),
    /// A key.
    Key(Key),
}

/// Looks for the key whose file this is.
pub(super) fn find(path: &Path, keyring: &dyn Keyring) -> Result<Found, SecretsError> {
    let io = |source| SecretsError::Io { path: path.to_owned(), source };
    let text = match read(path) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(e) => return Err(io(e)),
    };
    let file = KeyPlace::File(path.to_owned());
    let damaged = |place: &KeyPlace, what| SecretsError::DamagedKey { key: place.to_string(), what };
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return Err(damaged(&file, "it has not exactly one line that is no remark"));
    };
    let Some(account) = line.strip_prefix(REFERENCE) else {
        let identity = line.parse().map_err(|what| damaged(&file, what))?;
        return Ok(Found::Key(Key { identity, place: file }));
    };
    let place = KeyPlace::Keyring(account.trim().to_owned());
    match keyring.get(account.trim()) {
        Ok(Some(key)) => {
            let identity = key.trim().parse().map_err(|what| damaged(&place, what))?;
            Ok(Found::Key(Key { identity, place }))
        }
        Ok(None) => Ok(Found::Lost(place)),
        Err(why) => Err(SecretsError::Keyring { key: place.to_string(), why }),
    }
}

fn read(path: &Path) -> io::Result<Zeroizing<String>> {
    use std::io::Read as _;
    let mut text = Zeroizing::new(String::with_capacity(LONGEST as usize));
    std::fs::File::open(path)?.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}

/// Makes a key, and puts it where the policy says; durable when this returns.
pub(super) fn make(path: &Path, policy: KeyPolicy, keyring: &dyn Keyring) -> Result<Key, SecretsError> {
    let identity = Identity::generate();
    let text = identity.to_string();
    if policy == KeyPolicy::Keyring {
        let account = identity.to_public().to_string();
        match keep(keyring, &account, text.expose_secret()) {
            Ok(()) => {
                let remark = "# The key of `secrets.age` is in this user's keyring, under this account.\n";
                write(path, &format!("{remark}{REFERENCE}{account}\n"))?;
                return Ok(Key { identity, place: KeyPlace::Keyring(account) });
            }
            Err(why) => tracing::info!(%why, "no keyring takes the key of the secrets; it is kept in a file"),
        }
    }
    let remark = "# The key of `secrets.age`: whoever has both files has the secrets.\n";
    write(path, &Zeroizing::new(format!("{remark}{}\n", text.expose_secret())))?;
    Ok(Key { identity, place: KeyPlace::File(path.to_owned()) })
}

/// Puts a key into a keyring, and makes sure that it comes out again.
fn keep(keyring: &dyn Keyring, account: &str, key: &str) -> Result<(), String> {
    keyring.available()?;
    keyring.set(account, key)?;
    match keyring.get(account)? {
        Some(kept) if *kept == *key => Ok(()),
        _ => Err("it took the key and did not give it back".to_owned()),
    }
}

fn write(path: &Path, text: &str) -> Result<(), SecretsError> {
    write_whole(path, text.as_bytes()).map_err(|source| SecretsError::Io { path: path.to_owned(), source })
}

/// Writes a file as a whole or not at all. Only its owner can read it; the folder is the home's `state/`, closed to others.
pub(super) fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // On systems with modes the file is 0600 from its first moment.
    let mut file = tempfile::Builder::new().prefix(".secrets-").suffix(".part").tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|e| e.error)?;
    sync_folder(folder)
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened for this, and its list of names is durable with the file.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
