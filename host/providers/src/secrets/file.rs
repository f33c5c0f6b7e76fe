//! The secrets on disk: `state/secrets.age`, JSON encrypted with age for the key's recipient. `age -d -i secrets.key secrets.age` reads it.

use super::error::SecretsError;
use super::key::{Key, write_whole};
use age::DecryptError;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;
use zeroize::Zeroizing;

/// The file's form. A newer one is refused, not guessed at.
const FORMAT: u32 = 1;
/// The longest file that is read.
const LONGEST: u64 = 64 << 20;

/// A secret as it is kept.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) value: Zeroizing<String>,
    pub(super) hosts: Vec<String>,
    /// When it was set, in milliseconds since 1970.
    pub(super) set: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    secrets: Vec<Row>,
}

/// The encrypted file's bytes; `None` when there is none.
pub(super) fn bytes(path: &Path) -> Result<Option<Vec<u8>>, SecretsError> {
    use std::io::Read as _;
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    match read() {
        Ok(bytes) if bytes.len() as u64 > LONGEST => Err(damaged(path, "it is larger than any that this host writes")),
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(SecretsError::Io { path: path.to_owned(), source }),
    }
}

/// Reads what the encrypted file holds.
pub(super) fn open(path: &Path, bytes: &[u8], key: &Key) -> Result<Vec<Row>, SecretsError> {
    let text = age::decrypt(&key.identity, bytes).map(Zeroizing::new).map_err(|e| match e {
        DecryptError::NoMatchingKeys | DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => {
            SecretsError::WrongKey { path: path.to_owned(), key: key.place.to_string() }
        }
        DecryptError::UnknownFormat => damaged(path, "it is written in a newer form of age, or in none"),
        DecryptError::InvalidMac => damaged(path, "its head was changed"),
        DecryptError::Io(_) => damaged(path, "it was changed, or it is not whole"),
        _ => damaged(path, "it does not begin as a file of age does"),
    })?;
    // A message of the parser could quote a value.
    let file: File = serde_json::from_slice(&text).map_err(|e| {
        damaged(
            path,
            &format!("what was encrypted is not what this host writes (line {}, column {})", e.line(), e.column()),
        )
    })?;
    if file.format != FORMAT {
        return Err(damaged(path, &format!("it has form {}, this host knows {FORMAT}", file.format)));
    }
    Ok(file.secrets)
}

/// Writes all secrets; the old file is there until the new one is whole.
pub(super) fn write(path: &Path, rows: Vec<Row>, key: &Key) -> Result<(), SecretsError> {
    let io = |source| SecretsError::Io { path: path.to_owned(), source };
    // Large enough from the beginning: a buffer that grows leaves copies behind. JSON needs up to six bytes for one.
    let most =
        |row: &Row| 6 * (row.name.len() + row.value.len() + row.hosts.iter().map(|h| h.len() + 3).sum::<usize>()) + 128;
    let mut text = Zeroizing::new(Vec::with_capacity(64 + rows.iter().map(most).sum::<usize>()));
    serde_json::to_writer(&mut *text, &File { format: FORMAT, secrets: rows }).map_err(|e| io(e.into()))?;
    let bytes = age::encrypt(&key.identity.to_public(), &text).map_err(|e| io(io::Error::other(e.to_string())))?;
    write_whole(path, &bytes).map_err(io)
}

fn damaged(path: &Path, what: &str) -> SecretsError {
    SecretsError::Damaged { path: path.to_owned(), what: what.to_owned() }
}
