//! Secrets in headers: a component writes `{{secret:NAME}}`, and the host puts the value in, if every grant and the secret itself allow it.

use super::error::{HttpError, Lacks};
use super::gate::Checked;
use super::target::Scheme;
use crate::secrets::source::SecretSource;
use hyper::header::HeaderValue;
use loket_kernel::Terms;
use zeroize::Zeroizing;

const OPEN: &str = "{{secret:";
const CLOSE: &str = "}}";
/// The longest name.
const LONGEST_NAME: usize = 64;

/// The placeholder of a secret.
pub fn placeholder(name: &str) -> String {
    format!("{OPEN}{name}{CLOSE}")
}

/// Whether this can name a secret.
pub fn is_name(name: &str) -> bool {
    let plain = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(plain)
}

/// Whether a text has a placeholder in it, or the beginning of one.
pub(super) fn is_in(text: &str) -> bool {
    text.contains(OPEN)
}

/// A header's value, in which secrets are still placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Secret(String),
}

impl Template {
    /// Reads a value with placeholders in it.
    pub(super) fn parse(value: &str) -> Result<Template, HttpError> {
        let mut pieces = Vec::new();
        let mut rest = value;
        while let Some((before, after)) = rest.split_once(OPEN) {
            let named = after.split_once(CLOSE).filter(|(name, _)| is_name(name));
            let Some((name, behind)) = named else {
                let why =
                    "a header has the beginning of a secret's placeholder and no name in it; write `{{secret:NAME}}`";
                return Err(HttpError::Invalid(why.to_owned()));
            };
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(Piece::Secret(name.to_owned()));
            rest = behind;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Template(pieces))
    }

    /// The value with the secrets in it, for this target and no other.
    pub(super) fn fill(
        &self,
        secrets: &dyn SecretSource,
        grants: &[Terms],
        checked: &Checked,
    ) -> Result<HeaderValue, HttpError> {
        let mut value = Zeroizing::new(String::new());
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => value.push_str(text),
                Piece::Secret(name) => value.push_str(&allowed(name, secrets, grants, checked)?),
            }
        }
        let mut value = HeaderValue::from_str(&value)
            .map_err(|_| HttpError::Invalid("a secret has characters that no header can carry".to_owned()))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// The secret's value, if it may be sent to this target.
fn allowed(
    name: &str,
    secrets: &dyn SecretSource,
    grants: &[Terms],
    checked: &Checked,
) -> Result<Zeroizing<String>, HttpError> {
    let target = checked.target();
    if let Some(grant) = grants.iter().position(|terms| !terms.values("secret").any(|granted| granted == name)) {
        let lacks = Lacks::Term { grant, key: "secret", value: name.to_owned() };
        return Err(HttpError::refused(format!("no grant names the secret `{name}`"), lacks));
    }
    let host = target.authority();
    let set = Lacks::Command(format!("loket secret set {name} --host {host}"));
    let Some(secret) = secrets.get(name) else {
        return Err(HttpError::refused(format!("there is no secret `{name}`"), set));
    };
    if !secret.covers(target) {
        let reason = format!("the secret `{name}` is not tied to `{host}`, so it is not sent there");
        return Err(HttpError::refused(reason, set));
    }
    if target.scheme == Scheme::Http && !checked.is_local() {
        let reason = format!("the secret `{name}` would be seen on its way to `{host}`: ask over https");
        return Err(HttpError::refused(reason, Lacks::Nothing));
    }
    Ok(Zeroizing::new(secret.value().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_found_wherever_it_stands() {
        let text = |text: &str| Piece::Text(text.into());
        let secret = |name: &str| Piece::Secret(name.into());
        for (value, pieces) in [
            ("plain {{secret", vec![text("plain {{secret")]),
            ("Bearer {{secret:a.b-1}}", vec![text("Bearer "), secret("a.b-1"), text("")]),
            ("{{secret:a}}:{{secret:b}};", vec![text(""), secret("a"), text(":"), secret("b"), text(";")]),
        ] {
            assert_eq!(Template::parse(value), Ok(Template(pieces)), "{value}");
        }
    }

    #[test]
    fn half_a_placeholder_is_an_error_and_is_never_sent() {
        for value in ["{{secret:", "{{secret:}}", "{{secret:A}}", "{{secret:a b}}", "{{secret:{{secret:a}}}}"] {
            assert!(matches!(Template::parse(value), Err(HttpError::Invalid(_))), "{value}");
        }
    }
}
