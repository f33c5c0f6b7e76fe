//! Lines out of bytes as they come: each is a JSON document.

use crate::{Error, Exhaustion};

/// The longest line, in bytes.
pub const LONGEST: usize = 1 << 20;

/// Takes bytes and gives lines that are whole, those with nothing in them left out.
#[derive(Debug, Default)]
pub struct Lines {
    line: Vec<u8>,
}

impl Lines {
    /// Takes the next bytes; gives all lines that end in them.
    ///
    /// # Errors
    /// `exhausted` for a line without end.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<String>, Error> {
        let mut whole = Vec::new();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            if self.line.len() > LONGEST {
                return Err(Error::Exhausted(Exhaustion {
                    limit: "event-size".into(),
                    detail: format!("the model server sent a line of more than {LONGEST} bytes"),
                    renews: None,
                }));
            }
            if piece.ends_with(b"\n") {
                whole.extend(self.rest());
            }
        }
        Ok(whole)
    }

    /// What is left when no more bytes come: servers leave the last line's end out.
    pub fn rest(&mut self) -> Option<String> {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line).trim().to_owned();
        (!line.is_empty()).then_some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &[&str]) {
        // Whole, and cut at every place.
        for piece in [text.len().max(1), 1, 2, 3] {
            let mut lines = Lines::default();
            let mut found = Vec::new();
            for bytes in text.as_bytes().chunks(piece) {
                found.extend(lines.feed(bytes).expect("lines"));
            }
            found.extend(lines.rest());
            assert_eq!(found, expect, "in pieces of {piece}");
        }
    }

    #[test]
    fn lines_are_given_when_they_end() {
        check("{\"a\":1}\n{\"b\":2}\n", &["{\"a\":1}", "{\"b\":2}"]);
        check("größer\r\n\n \nb", &["größer", "b"]);
        check("", &[]);
    }

    #[test]
    fn a_line_without_end_is_an_error() {
        let mut lines = Lines::default();
        assert!((0..3).any(|_| lines.feed(&vec![b'x'; LONGEST / 2]).is_err()));
        let mut lines = Lines::default();
        assert!(lines.feed(&vec![b'x'; LONGEST + 2]).is_err());
    }
}
