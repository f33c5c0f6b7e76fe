//! Takes the values of secrets out of texts and bytes, however they are written there, and puts `[secret NAME]` in their place.
//!
//! A value is found as it is, in base 64 (also in the middle of something longer, such as `user:password`), in hexadecimal digits, with the
//! escapes of addresses, and with those of JSON.

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;
use std::sync::Arc;

/// Stands for all of a text, should its secrets ever be too many to look for.
const BLIND: &str = "[hidden: there are too many secrets to look for]";

/// Knows the values of secrets, and finds them.
///
/// ```
/// use loket_providers::secrets::redact::Redactor;
/// let redactor = Redactor::new([("github", "ghp_0123456789")]);
/// assert_eq!(redactor.text("Bearer ghp_0123456789!").as_deref(), Some("Bearer [secret github]!"));
/// assert_eq!(redactor.text("nothing in here"), None);
/// ```
#[derive(Default)]
pub struct Redactor {
    /// What is looked for, in order, and what stands for each.
    words: Vec<(Vec<u8>, Arc<str>)>,
    longest: usize,
    search: Search,
}

#[derive(Default)]
enum Search {
    /// There is no secret.
    #[default]
    Nothing,
    Words(AhoCorasick),
    /// All is hidden rather than anything shown.
    Blind,
}

impl Redactor {
    /// Knows these secrets: their names and their values. An empty value is none.
    pub fn new<'a>(secrets: impl IntoIterator<Item = (&'a str, &'a str)>) -> Redactor {
        let mut words: BTreeMap<Vec<u8>, Arc<str>> = BTreeMap::new();
        for (name, value) in secrets.into_iter().filter(|(_, value)| !value.is_empty()) {
            let mark: Arc<str> = format!("[secret {name}]").into();
            for form in forms(value) {
                words.entry(form).or_insert_with(|| mark.clone());
            }
        }
        let words: Vec<_> = words.into_iter().collect();
        let search = match words.is_empty() {
            true => Search::Nothing,
            // Made in a time that grows with the words, whatever they are. The table that would be chosen for few words is filled by following,
            // from each letter of a word, all words that end there: minutes for a key of 8 KiB that repeats itself.
            false => AhoCorasick::builder()
                .kind(Some(AhoCorasickKind::ContiguousNFA))
                .match_kind(MatchKind::LeftmostLongest)
                .build(words.iter().map(|(word, _)| word))
                .map_or(Search::Blind, Search::Words),
        };
        Redactor { longest: words.iter().map(|(word, _)| word.len()).max().unwrap_or(0), words, search }
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        matches!(self.search, Search::Nothing)
    }

    /// The text without secrets; nothing when there are none in it.
    pub fn text(&self, text: &str) -> Option<String> {
        let clean = self.bytes(text.as_bytes())?;
        Some(String::from_utf8(clean).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
    }

    /// The bytes without secrets; nothing when there are none in them.
    pub fn bytes(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let search = match &self.search {
            Search::Nothing => return None,
            Search::Blind => return Some(BLIND.into()),
            Search::Words(search) => search,
        };
        let mut found = search.find_iter(bytes).peekable();
        found.peek()?;
        let (mut clean, mut from) = (Vec::with_capacity(bytes.len()), 0);
        for word in found {
            clean.extend_from_slice(&bytes[from..word.start()]);
            clean.extend_from_slice(self.words[word.pattern()].1.as_bytes());
            from = word.end();
        }
        clean.extend_from_slice(&bytes[from..]);
        Some(clean)
    }

    /// Takes secrets out of bytes that come in pieces.
    pub fn stream(self: &Arc<Self>) -> Stream {
        Stream { redactor: self.clone(), held: Vec::new(), told: false }
    }

    /// Where the last piece of something that may become a word begins; the end when there is none.
    fn open(&self, bytes: &[u8], from: usize) -> usize {
        let first = from.max((bytes.len() + 1).saturating_sub(self.longest));
        (first..bytes.len()).find(|&start| self.begins(&bytes[start..])).unwrap_or(bytes.len())
    }

    /// Whether a word begins like this and is longer.
    fn begins(&self, start: &[u8]) -> bool {
        let at = self.words.partition_point(|(word, _)| word.as_slice() <= start);
        self.words.get(at).is_some_and(|(word, _)| word.starts_with(start))
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").field("words", &self.words.len()).finish_non_exhaustive()
    }
}

/// Takes secrets out of bytes that come in pieces: also one that begins in one piece and ends in another.
#[derive(Debug)]
pub struct Stream {
    redactor: Arc<Redactor>,
    held: Vec<u8>,
    told: bool,
}

impl Stream {
    /// Takes a piece, and gives all that is sure not to belong to a secret. What it keeps is shorter than the longest secret.
    pub fn push(&mut self, piece: Vec<u8>) -> Vec<u8> {
        let search = match &self.redactor.search {
            Search::Nothing => return piece,
            Search::Blind => return if std::mem::replace(&mut self.told, true) { Vec::new() } else { BLIND.into() },
            Search::Words(search) => search,
        };
        let bytes = match self.held.is_empty() {
            true => piece,
            false => {
                let mut bytes = std::mem::take(&mut self.held);
                bytes.extend(piece);
                bytes
            }
        };
        let (mut clean, mut from) = (Vec::with_capacity(bytes.len()), 0);
        let mut open = self.redactor.open(&bytes, from);
        while let Some(word) = search.find(Input::new(&bytes).range(from..)).filter(|word| word.start() < open) {
            clean.extend_from_slice(&bytes[from..word.start()]);
            clean.extend_from_slice(self.redactor.words[word.pattern()].1.as_bytes());
            from = word.end();
            if from > open {
                open = self.redactor.open(&bytes, from);
            }
        }
        clean.extend_from_slice(&bytes[from..open]);
        self.held = bytes[open..].to_vec();
        clean
    }

    /// What is left when there are no more pieces.
    pub fn finish(&mut self) -> Vec<u8> {
        let rest = std::mem::take(&mut self.held);
        self.redactor.bytes(&rest).filter(|_| !rest.is_empty()).unwrap_or(rest)
    }
}

/// The ways in which a value may be written.
fn forms(value: &str) -> Vec<Vec<u8>> {
    let bytes = value.as_bytes();
    let mut forms = vec![bytes.to_vec()];
    let mut add = |form: String| forms.push(form.into_bytes());
    for before in 0..3 {
        // What of the base 64 of something longer depends on this value alone, with so many bytes before it.
        let mut whole = vec![0; before];
        whole.extend_from_slice(bytes);
        let own = (before * 8).div_ceil(6)..whole.len() * 8 / 6;
        for alphabet in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            add(alphabet.encode(&whole).get(own.clone()).unwrap_or_default().to_owned());
        }
    }
    let hex = |byte: &u8| format!("{byte:02x}");
    add(bytes.iter().map(hex).collect());
    add(bytes.iter().map(hex).collect::<String>().to_uppercase());
    for kept in [&b"-._~"[..], b"-._*", b"-_.!~*'()", b"-._~:@!$&'()*+,;=/?"] {
        let escaped = escaped(bytes, kept);
        add(escaped.replace("%20", "+"));
        add(lower_escapes(&escaped));
        add(escaped);
    }
    let json = serde_json::Value::from(value).to_string();
    let json = json[1..json.len() - 1].to_owned();
    add(json.replace('/', "\\/"));
    add(json);
    // A few letters are in every text.
    forms.retain(|form| form.len() >= bytes.len().min(6));
    forms
}

/// Percent-encoding of all but letters, digits and what is kept.
fn escaped(bytes: &[u8], kept: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        match byte.is_ascii_alphanumeric() || kept.contains(byte) {
            true => text.push(char::from(*byte)),
            false => {
                let _ = write!(text, "%{byte:02X}");
            }
        }
        text
    })
}

/// The same with the letters of escapes in lower case.
fn lower_escapes(escaped: &str) -> String {
    let mut parts = escaped.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at(part.len().min(2));
        let _ = write!(text, "%{}{rest}", digits.to_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use proptest::prelude::*;

    const VALUE: &str = "s3cr3t/+ \"W\\rd\"?";

    fn redactor() -> Arc<Redactor> {
        Arc::new(Redactor::new([("one", VALUE), ("two", "0123456789abcdef"), ("three", "0123456789")]))
    }

    /// All that comes out when these pieces go in.
    fn streamed<'a>(redactor: &Arc<Redactor>, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
        let mut stream = redactor.stream();
        let mut all: Vec<u8> = pieces.into_iter().flat_map(|piece| stream.push(piece.to_vec())).collect();
        all.extend(stream.finish());
        all
    }

    #[test]
    fn a_value_is_found_however_it_is_written() {
        let json = serde_json::json!({ "echo": VALUE }).to_string();
        for text in [
            VALUE.to_owned(),
            STANDARD.encode(VALUE),
            URL_SAFE.encode(VALUE),
            "s3cr3t%2F%2B%20%22W%5Crd%22%3F".to_owned(),
            "s3cr3t%2f%2b%20%22W%5crd%22%3f".to_owned(),
            "s3cr3t%2F%2B+%22W%5Crd%22%3F".to_owned(),
            "s3cr3t/+%20%22W%5Crd%22?".to_owned(),
            "7333637233742f2b202257 5c726422 3f".replace(' ', ""),
            "7333637233742F2B2022575C7264223F".to_owned(),
            json,
        ] {
            let clean = redactor().text(&format!("it is {text}.")).unwrap_or_else(|| panic!("{text}"));
            assert!(clean.contains("[secret one]"), "{text}: {clean}");
        }
    }

    #[test]
    fn a_value_is_found_in_the_midst_of_something_that_is_encoded() {
        for before in 0..7 {
            for after in 0..4 {
                let whole = format!("{}{VALUE}{}", "u".repeat(before), "x".repeat(after));
                for text in [STANDARD.encode(&whole), URL_SAFE.encode(&whole)] {
                    let clean = redactor().text(&text).unwrap_or_else(|| panic!("{before} {after} {text}"));
                    assert!(clean.contains("[secret one]"), "{clean}");
                }
            }
        }
    }

    #[test]
    fn the_longer_of_two_values_is_taken_out_whole() {
        let text = "a0123456789abcdefb0123456789c";
        let clean = "a[secret two]b[secret three]c";
        assert_eq!(redactor().text(text).as_deref(), Some(clean));
        for at in 0..text.len() {
            let (left, right) = text.as_bytes().split_at(at);
            assert_eq!(streamed(&redactor(), [left, right]), clean.as_bytes(), "{at}");
        }
    }

    #[test]
    fn what_only_begins_like_a_value_is_given_back_at_the_end() {
        assert_eq!(streamed(&redactor(), [&b"x0123"[..], b"45678"]), b"x012345678");
        assert_eq!(streamed(&redactor(), [&b"x0123456789"[..], b"abcde"]), b"x[secret three]abcde");
        let mut stream = redactor().stream();
        assert_eq!(stream.push(b"hello 012".to_vec()), b"hello ");
        assert_eq!(stream.push(b"3!".to_vec()), b"0123!");
    }

    #[test]
    fn without_secrets_nothing_is_changed_or_held() {
        let none = Arc::new(Redactor::new([("empty", "")]));
        assert!(none.is_empty() && none.text("anything").is_none());
        assert_eq!(none.stream().push(b"anything".to_vec()), b"anything");
    }

    #[test]
    fn what_it_is_looking_for_is_not_printed() {
        assert!(!format!("{:?}", redactor().stream()).contains("0123456789"));
    }

    proptest! {
        #[test]
        fn pieces_come_out_as_the_whole_would(
            parts in proptest::collection::vec(prop_oneof!["[0-9a-f]{0,12}", Just("0123456789".to_owned()), Just(VALUE.to_owned()), Just(STANDARD.encode(VALUE))], 0..8),
            cuts in proptest::collection::vec(0usize..200, 0..6),
        ) {
            let whole = parts.concat();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(whole.len())).collect();
            cuts.extend([0, whole.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|w| &whole.as_bytes()[w[0]..w[1]]).collect();
            let clean = redactor().bytes(whole.as_bytes()).unwrap_or_else(|| whole.clone().into_bytes());
            prop_assert_eq!(streamed(&redactor(), pieces), clean);
        }
    }
}
