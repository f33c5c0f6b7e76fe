//! Server-sent events, out of bytes as they come. Only their data counts here.

use crate::{Error, Exhaustion};

/// The longest event, in bytes.
pub const LONGEST: usize = 1 << 20;

/// Takes bytes and gives the data of events that are whole.
#[derive(Debug, Default)]
pub struct Events {
    /// The line that is not at its end.
    line: Vec<u8>,
    /// Whether the last line ended in a carriage return: a line feed that follows belongs to it.
    returned: bool,
    /// Whether the mark that may stand at a stream's beginning is behind us.
    begun: bool,
    data: Option<String>,
}

impl Events {
    /// Takes the next bytes; gives the data of all events that end in them.
    ///
    /// # Errors
    /// `exhausted` for an event without end.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<String>, Error> {
        let mut whole = Vec::new();
        for byte in bytes {
            match byte {
                b'\n' if std::mem::take(&mut self.returned) => {}
                b'\n' | b'\r' => {
                    self.returned = *byte == b'\r';
                    let line = std::mem::take(&mut self.line);
                    whole.extend(self.end(&line));
                }
                byte => {
                    self.returned = false;
                    self.line.push(*byte);
                }
            }
            if self.line.len() + self.data.as_ref().map_or(0, String::len) > LONGEST {
                return Err(Error::Exhausted(Exhaustion {
                    limit: "event-size".into(),
                    detail: format!("the model server sent an event of more than {LONGEST} bytes"),
                    renews: None,
                }));
            }
        }
        Ok(whole)
    }

    /// The end of a line; that of an empty one ends an event.
    fn end(&mut self, line: &[u8]) -> Option<String> {
        let line = String::from_utf8_lossy(line);
        let mut line = &*line;
        if !std::mem::replace(&mut self.begun, true) {
            line = line.strip_prefix('\u{feff}').unwrap_or(line);
        }
        if line.is_empty() {
            return self.data.take();
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        if field == "data" {
            let value = value.strip_prefix(' ').unwrap_or(value);
            match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &[&str]) {
        // Whole, and cut at every place.
        for piece in [text.len().max(1), 1, 2, 3] {
            let mut events = Events::default();
            let mut found = Vec::new();
            for bytes in text.as_bytes().chunks(piece) {
                found.extend(events.feed(bytes).expect("events"));
            }
            assert_eq!(found, expect, "in pieces of {piece}");
        }
    }

    #[test]
    fn the_data_of_events_is_given_as_the_standard_says() {
        check("data: {\"a\":1}\n\ndata: [DONE]\n\n", &["{\"a\":1}", "[DONE]"]);
        check("\u{feff}data:a\r\n\r\ndata: b\r\rdata:  c\n\n", &["a", "b", " c"]);
        check("data: a\ndata: b\n\n", &["a\nb"]);
        check(": alive\n\nid: 7\nevent: x\ndata: größer\nretry: 1\n\n", &["größer"]);
        check("data\n\n", &[""]);
        check("data: cut off", &[]);
    }

    #[test]
    fn an_event_without_end_is_an_error() {
        let mut events = Events::default();
        assert!((0..3).any(|_| events.feed(&vec![b'x'; LONGEST / 2]).is_err()));
        let mut events = Events::default();
        let lines = "data: xxxxxxxxxxxxxxxxxxxxxxxx\n".repeat(LONGEST / 24);
        assert!(events.feed(lines.as_bytes()).is_err());
    }
}
