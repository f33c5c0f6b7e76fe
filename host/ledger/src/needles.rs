//! What a scrub looks for, and how it is found in a payload however deep it lies in escapes.

use crate::error::{LedgerError, StorageError};
use crate::line::Payload;
use aho_corasick::{AhoCorasick, AhoCorasickKind, Input};
use loket_values::Value;
use std::sync::Arc;

/// Shorter needles would be found nearly everywhere.
pub(crate) const SHORTEST: usize = 4;
/// Longer ones are refused: what they are looked for with takes some forty times their length in memory.
pub(crate) const LONGEST: usize = 1 << 20;
/// So many bytes of needles are looked for in one walk, for the same reason.
const AT_ONCE: usize = 2 << 20;
/// JSON within JSON within JSON: escapes are undone so many times. Each time costs as much as the payload is long.
const DEPTH: usize = 8;

/// Needles that are looked for at once.
pub(crate) struct Needles(AhoCorasick);

/// The needles in groups that can be looked for at once.
pub(crate) fn groups(needles: &[Vec<u8>]) -> Result<Vec<&[Vec<u8>]>, LedgerError> {
    if let Some(at) = needles.iter().position(|needle| !(SHORTEST..=LONGEST).contains(&needle.len())) {
        return Err(LedgerError::Needle { at, length: needles[at].len() });
    }
    let (mut groups, mut rest) = (Vec::new(), needles);
    while !rest.is_empty() {
        let mut weight = 0;
        let light = rest.iter().take_while(|needle| {
            weight += needle.len();
            weight <= AT_ONCE
        });
        let (group, later) = rest.split_at(light.count());
        groups.push(group);
        rest = later;
    }
    Ok(groups)
}

impl Needles {
    pub(crate) fn new(group: &[Vec<u8>]) -> Result<Self, LedgerError> {
        // The kind that is chosen by itself is a table of 256 columns when the needles are few, however long they are.
        let built = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(group);
        built.map(Needles).map_err(|error| LedgerError::Scrub {
            source: Arc::new(StorageError::Fault { what: format!("what is looked for is too much: {error}") }),
        })
    }

    /// Whether an encoded payload holds any of them: as it is, or with the escapes of its texts undone. One that does not match its digest is not decoded.
    pub(crate) fn are_in(&self, encoded: &[u8], matches: bool) -> bool {
        // Texts and bytes lie in the encoded form as they are.
        if self.found(encoded) {
            return true;
        }
        if !encoded.contains(&b'\\') {
            return false;
        }
        // The length before a text can look like a backslash: so the texts one by one, where that is possible.
        match matches.then(|| postcard::from_bytes(encoded)) {
            Some(Ok(Payload::Text(text) | Payload::Json(text))) => self.escaped_in(text.as_bytes()),
            Some(Ok(Payload::Values(values))) => self.in_values(&values),
            Some(Ok(Payload::None)) => false,
            Some(Err(_)) | None => self.escaped_in(encoded),
        }
    }

    fn in_values(&self, values: &[Value]) -> bool {
        let mut rest: Vec<&Value> = values.iter().collect();
        while let Some(value) = rest.pop() {
            match value {
                Value::String(text) if self.escaped_in(text.as_bytes()) => return true,
                Value::Bytes(bytes) if self.escaped_in(bytes) => return true,
                Value::List(values) | Value::Tuple(values) => rest.extend(values),
                Value::Record(fields) => rest.extend(fields.iter().map(|(_, value)| value)),
                Value::Variant(_, Some(value))
                | Value::Option(Some(value))
                | Value::Result(Ok(Some(value)) | Err(Some(value))) => rest.push(value),
                _ => {}
            }
        }
        false
    }

    fn escaped_in(&self, text: &[u8]) -> bool {
        let mut undone = unescaped(text);
        for _ in 1..DEPTH {
            let Some(text) = undone else { return false };
            if self.found(&text) {
                return true;
            }
            undone = unescaped(&text);
        }
        undone.is_some_and(|text| self.found(&text))
    }

    fn found(&self, text: &[u8]) -> bool {
        self.0.is_match(Input::new(text))
    }
}

/// The text with each of JSON's escapes replaced by what it stands for, be it within a JSON string or not; `None` when there is none.
fn unescaped(text: &[u8]) -> Option<Vec<u8>> {
    let mut undone = Vec::new();
    let (mut rest, mut any) = (text, false);
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        undone.extend_from_slice(&rest[..at]);
        let (length, stands_for) = escape(&rest[at..]);
        match stands_for {
            Some(stands_for) => undone.extend_from_slice(stands_for.encode_utf8(&mut [0; 4]).as_bytes()),
            None => undone.push(b'\\'),
        }
        any |= stands_for.is_some();
        rest = &rest[at + length..];
    }
    undone.extend_from_slice(rest);
    any.then_some(undone)
}

/// The length of the escape that this begins with, and what it stands for; a backslash that begins none stands alone.
fn escape(text: &[u8]) -> (usize, Option<char>) {
    let simple = match text.get(1) {
        Some(same @ (b'"' | b'\\' | b'/')) => *same as char,
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        _ => {
            return match (unit(text), text.get(6..).and_then(unit)) {
                (None, _) => (1, None),
                (Some(high @ 0xd800..=0xdbff), Some(low @ 0xdc00..=0xdfff)) => {
                    (12, char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)))
                }
                (Some(unit), _) => (6, Some(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER))),
            };
        }
    };
    (2, Some(simple))
}

/// The number in a `\uXXXX`.
fn unit(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | (*digit as char).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::encode_payload;
    use proptest::prelude::*;

    const PHRASE: &str = "she said \"café\",\n\tC:\\new 🦊";

    fn needles() -> Needles {
        Needles::new(&[b"no such words".to_vec(), PHRASE.as_bytes().to_vec()]).expect("few")
    }

    #[track_caller]
    fn check(payload: Payload, found: bool) {
        let encoded = encode_payload(&payload);
        assert_eq!(needles().are_in(&encoded, true), found, "{payload:?}");
        assert_eq!(needles().are_in(&encoded, false), found, "undecoded: {payload:?}");
    }

    /// As JSON writes it: with all that is not ASCII escaped, or with what must be.
    fn json(text: &str, ascii: bool) -> String {
        let escaped = |char: char| match char {
            '"' | '\\' => format!("\\{char}"),
            '\n' => "\\n".to_owned(),
            char if char < ' ' || (ascii && !char.is_ascii()) => {
                char.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
            }
            char => char.to_string(),
        };
        format!("{{\"text\":\"before {} after\"}}", text.chars().map(escaped).collect::<String>())
    }

    #[test]
    fn words_are_found_as_they_are() {
        check(Payload::Text(format!("a {PHRASE} b")), true);
        check(Payload::Text(PHRASE[1..].to_owned()), false);
        check(Payload::None, false);
    }

    #[test]
    fn words_are_found_in_json_and_in_json_within_it() {
        for ascii in [false, true] {
            let (mut text, mut other) = (PHRASE.to_owned(), PHRASE.replace("café", "tea"));
            for _ in 0..DEPTH {
                (text, other) = (json(&text, ascii), json(&other, ascii));
                check(Payload::Json(text.clone()), true);
                check(Payload::Text(text.clone()), true);
                check(Payload::Json(other.clone()), false);
            }
            check(Payload::Json(json(&text, ascii)), false);
        }
    }

    #[test]
    fn words_are_found_in_values_however_deep() {
        let held = |text: &str| {
            let text = json(text, true);
            [Value::String(text.clone()), Value::Bytes(text.into_bytes())].map(|value| {
                let field = ("field".to_owned(), Value::Option(Some(Box::new(value))));
                let list = Value::List(vec![Value::Bool(true), Value::Record(vec![field])]);
                Value::Tuple(vec![Value::Result(Err(Some(Box::new(Value::Variant(
                    "case".to_owned(),
                    Some(Box::new(list)),
                )))))])
            })
        };
        for value in held(PHRASE) {
            check(Payload::Values(vec![Value::U8(1), value]), true);
        }
        for value in held("other words") {
            check(Payload::Values(vec![Value::U8(1), value]), false);
        }
    }

    #[test]
    fn a_length_that_looks_like_a_backslash_hides_nothing() {
        // 92 bytes, of which the first is `n`.
        let mut text = "n\\\"ever mind".to_owned();
        text.push_str(&" ".repeat(92 - text.len()));
        let encoded = encode_payload(&Payload::Values(vec![Value::String(text)]));
        assert!(encoded.contains(&92));
        assert!(Needles::new(&[b"n\"ever mind".to_vec()]).expect("few").are_in(&encoded, true));
    }

    #[test]
    fn needles_that_are_too_short_or_too_long_are_refused() {
        let of = |length: usize| vec![b'x'; length];
        for length in [0, 3, LONGEST + 1] {
            let error = groups(&[of(9), of(length)]).expect_err("refused");
            assert!(matches!(error, LedgerError::Needle { at: 1, length: named } if named == length), "{error}");
        }
        let fitting = [of(SHORTEST), of(LONGEST), of(LONGEST), of(5)];
        let grouped = groups(&fitting).expect("fit");
        assert!(grouped.len() == 2 && grouped.concat() == fitting);
        assert!(groups(&[]).expect("nothing").is_empty());
    }

    proptest! {
        #[test]
        fn undoing_escapes_gives_what_was_escaped(text in "\\PC*", ascii: bool) {
            let undone = unescaped(json(&text, ascii).as_bytes());
            let undone = undone.unwrap_or_else(|| json(&text, ascii).into_bytes());
            prop_assert_eq!(String::from_utf8(undone), Ok(format!("{{\"text\":\"before {text} after\"}}")));
        }

        #[test]
        fn nothing_panics_and_each_undoing_is_shorter(text: Vec<u8>, escapes in "(\\\\[u\"\\\\nd][0-9a-f]{0,6}){0,20}") {
            for text in [text, escapes.into_bytes()] {
                prop_assert!(unescaped(&text).is_none_or(|undone| undone.len() < text.len()));
            }
        }
    }
}
