//! An answer that comes as JSON, read while it comes: words as soon as they are there, a call when it is whole.

use serde_json::Value;

/// What came, read.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// Words.
    Answer(String),
    /// A call.
    Call {
        /// The tool.
        tool: String,
        /// Its arguments: a JSON object.
        arguments: String,
    },
}

/// Reads an answer that came as JSON while it comes.
#[derive(Debug, Default)]
pub struct Reader {
    raw: String,
    /// Where in `raw` the next words begin; 0 as long as they have not begun.
    at: usize,
    /// Whether the words are at their end.
    ended: bool,
    said: String,
}

impl Reader {
    /// Takes more of the answer; gives the words that are new.
    pub fn feed(&mut self, more: &str) -> String {
        self.raw.push_str(more);
        if self.at == 0 {
            let Some(begin) = beginning(&self.raw) else { return String::new() };
            self.at = begin;
        }
        if self.ended {
            return String::new();
        }
        let (length, ended) = whole(&self.raw.as_bytes()[self.at..]);
        let escaped = &self.raw[self.at..self.at + length];
        let words: String = serde_json::from_str(&format!("\"{escaped}\"")).unwrap_or_else(|_| escaped.to_owned());
        self.at += length;
        self.ended = ended;
        self.said.push_str(&words);
        words
    }

    /// How much has come, in bytes.
    pub fn len(&self) -> usize {
        self.raw.len()
    }

    /// Whether nothing has come.
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// What the whole is, and those of its words that were not given yet.
    pub fn close(self) -> (Reading, String) {
        if let Ok(Value::Object(fields)) = serde_json::from_str(self.raw.trim()) {
            if let (Some(Value::String(tool)), Some(arguments @ Value::Object(_))) =
                (fields.get("tool"), fields.get("arguments"))
            {
                return (Reading::Call { tool: tool.clone(), arguments: arguments.to_string() }, String::new());
            }
            match fields.get("answer") {
                Some(Value::String(words)) => {
                    // What was said already, was said: also where it is there twice.
                    return match words.strip_prefix(&*self.said) {
                        Some(rest) => (Reading::Answer(words.clone()), rest.to_owned()),
                        None => (Reading::Answer(self.said), String::new()),
                    };
                }
                // One in a shape.
                Some(shaped) => return (Reading::Answer(shaped.to_string()), shaped.to_string()),
                None => {}
            }
        }
        if self.at > 0 {
            // Cut off in the middle: what was said counts.
            return (Reading::Answer(self.said), String::new());
        }
        // A server that enforces no schema: then it is words.
        (Reading::Answer(self.raw.clone()), self.raw)
    }
}

/// Where the words begin in `{"answer": "…`.
fn beginning(raw: &str) -> Option<usize> {
    let rest = raw.trim_start().strip_prefix('{')?.trim_start();
    let rest = rest.strip_prefix("\"answer\"")?.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    Some(raw.len() - rest.len())
}

/// How many bytes of a JSON string are whole, and whether it ends there: not in the middle of an escape, nor of a pair of them.
fn whole(bytes: &[u8]) -> (usize, bool) {
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let step = match (byte, bytes.get(at + 1)) {
            (b'"', _) => return (at, true),
            (b'\\', Some(b'u')) => {
                let code = bytes
                    .get(at + 2..at + 6)
                    .and_then(|hex| u16::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
                match code {
                    Some(0xd800..=0xdbff) => 12,
                    _ => 6,
                }
            }
            (b'\\', _) => 2,
            _ => 1,
        };
        if at + step > bytes.len() {
            break;
        }
        at += step;
    }
    (at, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, reading: Reading, said: &str) {
        for piece in [raw.chars().count().max(1), 1, 2, 3] {
            let mut reader = Reader::default();
            let mut words = String::new();
            let characters: Vec<char> = raw.chars().collect();
            for more in characters.chunks(piece) {
                words += &reader.feed(&more.iter().collect::<String>());
            }
            let (found, rest) = reader.close();
            words += &rest;
            assert_eq!((found, words.as_str()), (reading.clone(), said), "in pieces of {piece}");
        }
    }

    fn answer(words: &str) -> Reading {
        Reading::Answer(words.to_owned())
    }

    #[test]
    fn words_are_given_as_they_come() {
        check(
            "{\"answer\": \"größer\\n\\\"x\\\" \\u00e9 \\ud83d\\ude00\"}",
            answer("größer\n\"x\" é 😀"),
            "größer\n\"x\" é 😀",
        );
        check(" {\n \"answer\" :\"\"}", answer(""), "");
        check("{\"answer\": \"cut o", answer("cut o"), "cut o");
        check("{\"answer\": \"x\", \"answer\": \"y\"}", answer("x"), "x");
        check("{\"answer\": {\"a\": 1}}", answer("{\"a\":1}"), "{\"a\":1}");
    }

    #[test]
    fn a_call_is_no_words() {
        let call = Reading::Call { tool: "calc_evaluate".into(), arguments: "{\"expression\":\"2+2\"}".into() };
        check("{\"tool\": \"calc_evaluate\", \"arguments\": {\"expression\": \"2+2\"}}", call, "");
    }

    #[test]
    fn what_fits_no_schema_is_words() {
        check("It is 4.", answer("It is 4."), "It is 4.");
        check("{\"other\": 1}", answer("{\"other\": 1}"), "{\"other\": 1}");
        check("", answer(""), "");
    }
}
