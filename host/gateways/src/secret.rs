//! Secrets at the desk: what may be told of them, and the one shape in which a value travels, from the owner to the host.

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;
use zeroize::Zeroizing;

/// What to keep as a secret.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SecretRequest {
    /// Its name: 1 to 64 characters of `a-z`, `0-9`, `.`, `-` and `_`.
    pub name: String,
    /// Its value: 8 characters to 16 KiB of ASCII, in one line.
    #[schema(value_type = String)]
    pub value: SecretValue,
    /// The hosts that may receive it, as a grant names hosts.
    pub hosts: Vec<String>,
    /// Take the place of a secret of that name.
    #[serde(default)]
    pub replace: bool,
}

/// Which secret to take away.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SecretName {
    /// Its name.
    pub name: String,
}

/// The secrets of a home, as far as they may be told.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Secrets {
    /// Where the key is that they are encrypted with, in words; absent before the first secret.
    pub key: Option<String>,
    /// The secrets, by name.
    pub secrets: Vec<SecretInfo>,
}

/// One secret. Its value is told to nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SecretInfo {
    /// Its name.
    pub name: String,
    /// The hosts that it is tied to.
    pub hosts: Vec<String>,
    /// When it was set, RFC 3339.
    pub set: String,
}

/// A value that is never shown, and overwritten in memory when it is dropped.
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub struct SecretValue(Zeroizing<String>);

impl SecretValue {
    /// A value.
    #[must_use]
    pub fn new(value: Zeroizing<String>) -> Self {
        Self(value)
    }

    /// The value, for whoever keeps it.
    #[must_use]
    pub fn into_inner(self) -> Zeroizing<String> {
        self.0
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretValue(…)")
    }
}

impl<'de> Deserialize<'de> for SecretValue {
    /// Whatever else stands there is refused in words of our own: a parser's would quote it.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        macro_rules! none {
            ($($visit:ident: $ty:ty),*) => {
                $(fn $visit<E: Error>(self, _: $ty) -> Result<Self::Value, E> {
                    Err(E::custom("a secret's value is a string"))
                })*
            };
        }
        impl Visitor<'_> for Text {
            type Value = SecretValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
                Ok(SecretValue(Zeroizing::new(value.to_owned())))
            }

            none!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64);
        }
        deserializer.deserialize_any(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::{SecretRequest, SecretValue};
    use zeroize::Zeroizing;

    #[test]
    fn a_value_is_not_shown_by_accident() {
        let value = SecretValue::new(Zeroizing::new("hunter22".to_owned()));
        let request = SecretRequest { name: "a".to_owned(), value, hosts: vec![], replace: false };
        assert!(!format!("{request:?}").contains("hunter22"));
    }

    #[test]
    fn a_value_that_is_no_string_is_not_quoted() {
        for wrong in ["12345678", "-12345678", "1234567.8", "true", "null", "[12345678]", "{\"12345678\":1}"] {
            let text = format!("{{\"name\":\"a\",\"value\":{wrong},\"hosts\":[]}}");
            let error = serde_json::from_str::<SecretRequest>(&text).expect_err("no string").to_string();
            assert!(!error.contains("1234567") && !error.contains("true"), "{error}");
        }
    }
}
