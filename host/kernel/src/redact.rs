//! What must not pass the counter: the values of secrets.
//!
//! A component names a secret and never sees it. Should its value turn up all the same, in what a server answers, in what somebody types,
//! it is taken out of every argument before the ledger and the provider get it, and of every answer before the ledger and the asker do. So
//! whatever is made from calls (memories, events, replies, the ledger) is without it.

use crate::fault::CallError;
use loket_values::Value;

/// Knows what must not be shown.
pub trait Redact: Send + Sync {
    /// Whether there is anything to look for. Asked at every call: it costs next to nothing.
    fn is_needed(&self) -> bool;

    /// The text without what must not be shown; nothing when it has none of it.
    fn text(&self, text: &str) -> Option<String>;

    /// The bytes without what must not be shown; nothing when they have none of it.
    fn bytes(&self, bytes: &[u8]) -> Option<Vec<u8>>;
}

/// Takes out of values what must not be shown; their shape stays.
pub(crate) fn values<'a>(redact: &dyn Redact, values: impl IntoIterator<Item = &'a mut Value>) {
    values.into_iter().for_each(|inside| value(redact, inside));
}

fn value(redact: &dyn Redact, inside: &mut Value) {
    match inside {
        Value::String(text) => {
            if let Some(clean) = redact.text(text) {
                *text = clean;
            }
        }
        Value::Bytes(bytes) => {
            if let Some(clean) = redact.bytes(bytes) {
                *bytes = clean;
            }
        }
        Value::List(items) | Value::Tuple(items) => items.iter_mut().for_each(|item| value(redact, item)),
        Value::Record(fields) => fields.iter_mut().for_each(|(_, field)| value(redact, field)),
        Value::Variant(_, Some(inner))
        | Value::Option(Some(inner))
        | Value::Result(Ok(Some(inner)) | Err(Some(inner))) => value(redact, inner),
        // Numbers, and names that the type gives.
        _ => {}
    }
}

/// The same for an error.
pub(crate) fn error(redact: &dyn Redact, error: CallError) -> CallError {
    let mut value = error.to_value();
    values(redact, [&mut value]);
    CallError::from_value(&value).unwrap_or(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `secret` must not be shown.
    struct Word;

    impl Redact for Word {
        fn is_needed(&self) -> bool {
            true
        }

        fn text(&self, text: &str) -> Option<String> {
            text.contains("secret").then(|| text.replace("secret", "***"))
        }

        fn bytes(&self, bytes: &[u8]) -> Option<Vec<u8>> {
            self.text(std::str::from_utf8(bytes).ok()?).map(String::into_bytes)
        }
    }

    #[test]
    fn it_is_found_wherever_a_value_can_hold_it() {
        let text = |t: &str| Value::String(t.into());
        let some = |value: Value| Some(Box::new(value));
        let holding = |t: &str| {
            vec![
                text(t),
                Value::Bytes(t.as_bytes().to_vec()),
                Value::List(vec![text(t), text("plain")]),
                Value::Tuple(vec![Value::U8(1), text(t)]),
                Value::Record(vec![("field".into(), Value::Option(some(text(t))))]),
                Value::Variant("case".into(), some(text(t))),
                Value::Result(Ok(some(text(t)))),
                Value::Result(Err(some(text(t)))),
            ]
        };
        let mut found = holding("a secret word");
        values(&Word, &mut found);
        assert_eq!(found, holding("a *** word"));
    }

    #[test]
    fn an_error_stays_the_error_that_it_was() {
        assert_eq!(error(&Word, CallError::Failed("no secret".into())), CallError::Failed("no ***".into()));
        assert_eq!(
            error(&Word, CallError::exhausted("time", "a secret took long")),
            CallError::exhausted("time", "a *** took long")
        );
    }
}
