//! Reading server-sent events: what the service writes, and what the standard says of it.

use crate::desk::Problem;
use axum::body::Body;
use futures::stream::{self, Stream, StreamExt};
use std::collections::VecDeque;

/// The longest event, in bytes: a reply with all that it cites.
const EVENT: usize = 16 * 1024 * 1024;

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// What it is: `text`, `reply`, `line` and so on.
    pub name: String,
    /// What it says: JSON.
    pub data: String,
    /// By what a reader that comes back says that it has this one; may be empty.
    pub id: String,
}

/// The events of a body, until it ends. An event that was cut off is not told.
pub(super) fn events(body: Body) -> impl Stream<Item = Result<Event, Problem>> + Send {
    let state = (body.into_data_stream(), Reader::default(), VecDeque::new(), false);
    stream::unfold(state, |(mut body, mut reader, mut ready, over)| async move {
        loop {
            if let Some(event) = ready.pop_front() {
                return Some((Ok(event), (body, reader, ready, over)));
            }
            if over {
                return None;
            }
            let problem = match body.next().await? {
                Ok(bytes) => match reader.feed(&bytes) {
                    Ok(events) => {
                        ready.extend(events);
                        continue;
                    }
                    Err(problem) => problem,
                },
                Err(error) => Problem::unavailable(format!("the connection to the service broke: {error}"))
                    .hint("`loket ledger` shows what became of the turn"),
            };
            return Some((Err(problem), (body, reader, ready, true)));
        }
    })
}

/// Takes bytes as they come and gives events when they are whole.
#[derive(Default)]
struct Reader {
    line: Vec<u8>,
    event: Event,
    has_data: bool,
}

impl Reader {
    fn feed(&mut self, bytes: &[u8]) -> Result<Vec<Event>, Problem> {
        let mut whole = Vec::new();
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.line.extend_from_slice(&rest[..end]);
            rest = &rest[end + 1..];
            let line = std::mem::take(&mut self.line);
            whole.extend(self.take(&line));
            self.check()?;
        }
        self.line.extend_from_slice(rest);
        self.check()?;
        Ok(whole)
    }

    fn check(&self) -> Result<(), Problem> {
        if self.line.len() + self.event.data.len() <= EVENT {
            return Ok(());
        }
        Err(Problem::exhausted(format!("the service sent an event of more than {EVENT} bytes")))
    }

    /// One line; the empty one ends an event.
    fn take(&mut self, line: &[u8]) -> Option<Event> {
        let line = String::from_utf8_lossy(line);
        let line = line.strip_suffix('\r').unwrap_or(&line);
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return std::mem::take(&mut self.has_data).then_some(event);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event.name),
            "data" => {
                if self.has_data {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
                self.has_data = true;
            }
            "id" => value.clone_into(&mut self.event.id),
            // Comments (an empty field) and whatever is new.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, Reader};

    #[track_caller]
    fn check(text: &str, expect: &[(&str, &str)]) {
        let event = |(name, data): &(&str, &str)| Event {
            name: (*name).to_owned(),
            data: (*data).to_owned(),
            id: if text.contains("id: 7\n") { "7".to_owned() } else { String::new() },
        };
        let expect: Vec<_> = expect.iter().map(event).collect();
        // Whole, and cut at every place.
        for piece in [text.len().max(1), 1, 3] {
            let mut reader = Reader::default();
            let mut found = Vec::new();
            for bytes in text.as_bytes().chunks(piece) {
                found.extend(reader.feed(bytes).expect("events"));
            }
            assert_eq!(found, expect, "in pieces of {piece}");
        }
    }

    #[test]
    fn an_event_has_a_name_and_data() {
        check("event: text\ndata: {\"a\":1}\n\n", &[("text", "{\"a\":1}")]);
    }

    #[test]
    fn the_space_may_be_missing_and_lines_may_end_in_cr() {
        check("event:a\r\ndata:b\r\n\r\n", &[("a", "b")]);
    }

    #[test]
    fn data_of_several_lines_is_joined() {
        check("data: a\ndata: b\n\n", &[("", "a\nb")]);
    }

    #[test]
    fn comments_and_unknown_fields_are_passed_over() {
        check(": alive\n\nid: 7\nretry: 1\nevent: a\ndata: b\n\n", &[("a", "b")]);
    }

    #[test]
    fn what_is_cut_off_is_not_told() {
        check("data: a\n\ndata: b\n", &[("", "a")]);
    }

    #[test]
    fn umlauts_survive_being_cut() {
        check("data: größer\n\n", &[("", "größer")]);
    }

    #[test]
    fn an_endless_event_is_an_error() {
        let mut reader = Reader::default();
        let piece = vec![b'x'; 1024 * 1024];
        let outcome = (0..32).try_for_each(|_| reader.feed(&piece).map(drop));
        assert_eq!(outcome.expect_err("too long").code, "exhausted");
    }
}
