//! Why a package was not pushed or pulled: what, why, and what to do next.

use crate::MAX_COMPONENT;
use thiserror::Error;

/// How much of what somebody else wrote a message shows.
const MAX_SHOWN: usize = 200;

/// Why a package was not pushed or pulled. Nothing was changed on this machine.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum OciError {
    #[error("`{text}` is no address of a package in an OCI registry: {why}")]
    Address { text: String, why: &'static str },
    #[error("the credentials for `{registry}` cannot be used: {why}")]
    Credentials { registry: String, why: String },
    #[error("this machine trusts no authority that certifies servers, so none can be told from another")]
    Authorities,
    #[error("there is no `{0}`")]
    NotFound(String),
    #[error("`{registry}` does not let {who} do that{}", because(.why))]
    Refused { registry: String, who: String, why: String },
    #[error("`{registry}` cannot be reached: {why}")]
    Unreachable { registry: String, why: String },
    #[error("`{registry}` took too long: {what}")]
    Slow { registry: String, what: &'static str },
    #[error("`{registry}` answered with {code}{}", because(.why))]
    Answer { registry: String, code: u16, why: String },
    #[error("`{0}` is a list of images and no package")]
    List(String),
    #[error("`{address}` is no WebAssembly component: {what} is of the type `{found}`, and should be `{expected}`")]
    Foreign { address: String, what: &'static str, found: String, expected: &'static str },
    #[error("`{address}` has {count} layers, and a package has one, which is the component")]
    Layers { address: String, count: usize },
    #[error("the manifest of `{address}` cannot be read: {why}")]
    Manifest { address: String, why: String },
    #[error("`{address}` has {size} bytes, and a package may have {MAX_COMPONENT}")]
    TooLarge { address: String, size: u64 },
    #[error("`{address}` is not what its manifest says: {why}")]
    Changed { address: String, why: String },
    #[error("`{address}` is there with another component ({there}), and a version that was pushed does not change")]
    Taken { address: String, there: String },
}

impl OciError {
    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            OciError::Address { .. } => {
                "write it as `oci://registry.example.org/acme/calc:1.2.0`, in lower case; on this machine `oci://127.0.0.1:5000/…`"
            }
            OciError::Credentials { .. } => {
                "`docker login` writes them anew; or give `--user NAME` and type the password"
            }
            OciError::Authorities => "install the authorities' certificates: on Debian, `apt install ca-certificates`",
            OciError::NotFound(_) => "check the repository and the tag",
            OciError::Refused { .. } => "log in with `docker login`, or give `--user NAME` and type the password",
            OciError::Unreachable { .. } | OciError::Slow { .. } | OciError::Answer { .. } => {
                "check the registry's name, and that it is up; without encryption only this machine itself is asked"
            }
            OciError::List(_) => "name the one that you mean by its digest: `oci://…@sha256:…`",
            OciError::Foreign { .. } | OciError::Layers { .. } | OciError::Manifest { .. } => {
                "what `loket push` and `wkg oci push` write can be pulled"
            }
            OciError::TooLarge { .. } => "leave out what it does not need",
            OciError::Changed { .. } => "push it again; somebody damaged or replaced it",
            OciError::Taken { .. } => "raise its version, or push it under another tag",
        }
    }

    /// The code of the problem that it is: `invalid`, `not-found`, `denied`, `unavailable` or `failed`.
    pub fn code(&self) -> &'static str {
        match self {
            OciError::NotFound(_) => "not-found",
            OciError::Refused { .. } => "denied",
            OciError::Unreachable { .. } | OciError::Slow { .. } => "unavailable",
            OciError::Answer { .. } | OciError::Authorities => "failed",
            _ => "invalid",
        }
    }
}

fn because(why: &str) -> String {
    if why.is_empty() { String::new() } else { format!(": {why}") }
}

/// What somebody else wrote, as a message may carry it: short, and without control characters.
pub(crate) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(MAX_SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().nth(MAX_SHOWN).is_some() {
        shown.push('…');
    }
    shown.replace("\\'", "'").replace("\\\"", "\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_registry_says_is_shown_short_and_harmless() {
        let said = shown(&format!("it's \u{1b}[2J\u{202e}\n{}", "x".repeat(1000)));
        assert!(said.starts_with("it's \\u{1b}[2J\\u{202e}\\n") && said.ends_with('…') && said.len() < 300, "{said}");
    }
}
