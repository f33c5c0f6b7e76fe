//! What can go wrong with secrets. No message ever holds a value.

use std::io;
use std::path::PathBuf;

/// Why secrets cannot be read, kept or used. Whatever it is: what is on the disk stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// A name that cannot be one.
    #[error(
        "a secret's name has 1 to {most} characters of `a-z`, `0-9`, `.`, `-` and `_`, and `{}` is not such a name",
        .name.escape_default()
    )]
    Name {
        /// As it was given, shortened.
        name: String,
        /// The most characters.
        most: usize,
    },
    /// A value that cannot be sent, or not be kept out of texts.
    #[error("this value cannot be a secret: {0}")]
    Value(&'static str),
    /// A host that cannot be one, or too many, or none.
    #[error("{0}")]
    Hosts(String),
    /// There is a secret of that name.
    #[error("there is a secret `{0}` already")]
    Exists(String),
    /// No more secrets are kept.
    #[error("a home keeps {secrets} secrets at most, and values of {bytes} bytes together")]
    Full {
        /// The most secrets.
        secrets: usize,
        /// The most bytes.
        bytes: usize,
    },
    /// A file cannot be read or written.
    #[error("`{}` cannot be used: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The secrets are not what this host writes.
    #[error("the secrets in `{}` are damaged: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The key is one, and not that of the secrets.
    #[error("the secrets in `{}` were encrypted for another key than that in {key}", path.display())]
    WrongKey {
        /// The secrets.
        path: PathBuf,
        /// Where the key is, in words.
        key: String,
    },
    /// There are secrets and no key.
    #[error("the key of the secrets in `{}` is missing: it should be in {key}", path.display())]
    NoKey {
        /// The secrets.
        path: PathBuf,
        /// Where the key should be, in words.
        key: String,
    },
    /// What should be the key is none.
    #[error("the key of the secrets in {key} is damaged: {what}")]
    DamagedKey {
        /// Where it is, in words.
        key: String,
        /// What is wrong.
        what: &'static str,
    },
    /// The key is in the keyring, and the keyring does not answer.
    #[error("the key of the secrets is in {key}, and that cannot be asked: {why}")]
    Keyring {
        /// Where it is, in words.
        key: String,
        /// What the keyring says.
        why: String,
    },
}

impl SecretsError {
    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            SecretsError::Name { .. } => "choose a name such as `github-token`",
            SecretsError::Value(_) => "check what was typed or piped in; nothing was kept",
            SecretsError::Hosts(_) => {
                "name the hosts that may receive it: loket secret set NAME --host api.example.org"
            }
            SecretsError::Exists(_) => "`--replace` puts the new value in its place",
            SecretsError::Full { .. } => "take one away first: loket secret remove NAME",
            SecretsError::Io { .. } => "check the file's permissions and the disk's space",
            SecretsError::Damaged { .. } | SecretsError::WrongKey { .. } => {
                "put back copies of `state/secrets.age` and `state/secrets.key` of the same day; or move both away, and set the secrets anew"
            }
            SecretsError::NoKey { .. } | SecretsError::DamagedKey { .. } => {
                "put the key back; if it is lost, so are the secrets: move `state/secrets.age` and `state/secrets.key` away, and set them anew"
            }
            SecretsError::Keyring { .. } => "unlock the keyring, or log in where it runs; then try again",
        }
    }
}
