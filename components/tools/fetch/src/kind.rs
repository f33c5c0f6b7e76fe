//! What sort of thing came: its media type, and its words in whatever character set.

use crate::exchange::Answer;
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// How far into a page its own word on the character set is looked for: as browsers do.
const PRESCAN: usize = 1024;

/// A media type, with the character set that comes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    name: String,
    charset: Option<&'static Encoding>,
}

impl Kind {
    /// What an answer says it is, or looks like where it says nothing.
    pub fn of(answer: &Answer) -> Kind {
        let declared = answer.header("content-type").unwrap_or_default();
        let mut parts = declared.split(';');
        let name = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let charset = parts.find_map(|part| {
            let (key, value) = part.split_once('=')?;
            let value = value.trim().trim_matches('"');
            key.trim().eq_ignore_ascii_case("charset").then(|| Encoding::for_label(value.as_bytes())).flatten()
        });
        let name = if name.contains('/') { name } else { guess(&answer.body).to_owned() };
        Kind { name, charset }
    }

    /// The media type.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is a web page.
    pub fn is_html(&self) -> bool {
        matches!(self.name.as_str(), "text/html" | "application/xhtml+xml")
    }

    /// Whether it calls itself JSON.
    pub fn is_json(&self) -> bool {
        matches!(self.name.as_str(), "application/json" | "text/json") || self.name.ends_with("+json")
    }

    /// As a sentence has it.
    pub fn in_words(&self) -> String {
        format!("`{}`", self.name.escape_debug())
    }

    /// The words; `None` for what is no text.
    pub fn text(&self, body: &[u8]) -> Option<String> {
        const TEXTS: [&str; 8] = [
            "application/javascript",
            "application/ecmascript",
            "application/x-www-form-urlencoded",
            "application/xml",
            "application/yaml",
            "application/toml",
            "application/x-ndjson",
            "application/graphql",
        ];
        let is_text = self.name.starts_with("text/")
            || self.name.ends_with("+xml")
            || self.is_json()
            || TEXTS.contains(&self.name.as_str());
        if !is_text {
            return None;
        }
        let own = || if self.is_html() || self.name.ends_with("xml") { declared_inside(body) } else { None };
        let encoding = self.charset.or_else(own).unwrap_or_else(|| {
            // What is no UTF-8, and says nothing, is what the web began with.
            if std::str::from_utf8(body).is_ok() { UTF_8 } else { WINDOWS_1252 }
        });
        // A mark at the beginning stands before all that is said.
        Some(encoding.decode(body).0.into_owned())
    }
}

/// What a body without a name looks like.
fn guess(body: &[u8]) -> &'static str {
    let head = &body[..body.len().min(PRESCAN)];
    if head.contains(&0) || (std::str::from_utf8(head).is_err_and(|error| error.error_len().is_some())) {
        return "application/octet-stream";
    }
    let head = String::from_utf8_lossy(head).trim_start().to_ascii_lowercase();
    if head.starts_with("<!doctype html") || head.starts_with("<html") {
        "text/html"
    } else if head.starts_with(['{', '[']) {
        "application/json"
    } else {
        "text/plain"
    }
}

/// `<meta charset="…">`, `<meta … content="…; charset=…">` or `<?xml … encoding="…"?>` near the beginning.
fn declared_inside(body: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&body[..body.len().min(PRESCAN)]).to_ascii_lowercase();
    ["charset", "encoding"].into_iter().find_map(|word| {
        head.match_indices(word).find_map(|(at, _)| {
            let value = head[at + word.len()..].trim_start().strip_prefix('=')?.trim_start();
            let value = value.trim_start_matches(['"', '\'']);
            let end = value.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c))).unwrap_or(value.len());
            // A page that can be read so far is not in UTF-16, whatever it says.
            Encoding::for_label(&value.as_bytes()[..end])
                .map(|found| if found.is_ascii_compatible() { found } else { UTF_8 })
        })
    })
}
