//! The one way out of a note: each in one piece, without the values of secrets, and only then taken apart into the journal's lines.

use super::form::{Form, priority};
use std::io::{self, Write};
use std::sync::Arc;
use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// Takes secrets out; nothing when there are none in it.
type Redact = dyn Fn(&[u8]) -> Option<Vec<u8>> + Send + Sync;

/// Where notes go.
#[derive(Clone)]
pub(super) struct Notes<O> {
    form: Form,
    redact: Arc<Redact>,
    to: O,
}

impl<O> Notes<O> {
    pub(super) fn new(
        form: Form,
        redact: impl Fn(&[u8]) -> Option<Vec<u8>> + Send + Sync + 'static,
        to: O,
    ) -> Notes<O> {
        Notes { form, redact: Arc::new(redact), to }
    }

    /// A text without secrets.
    pub(super) fn clean(&self, text: String) -> String {
        match (self.redact)(text.as_bytes()) {
            Some(clean) => String::from_utf8_lossy(&clean).into_owned(),
            None => text,
        }
    }
}

impl<'a, W: Write, O: Fn() -> W + 'a> MakeWriter<'a> for Notes<O> {
    type Writer = Cleansed<W>;

    fn make_writer(&'a self) -> Cleansed<W> {
        Cleansed { form: self.form, level: Level::INFO, redact: self.redact.clone(), to: (self.to)() }
    }

    fn make_writer_for(&'a self, about: &Metadata<'_>) -> Cleansed<W> {
        Cleansed { level: *about.level(), ..self.make_writer() }
    }
}

/// The way of one note.
pub(super) struct Cleansed<W> {
    form: Form,
    level: Level,
    redact: Arc<Redact>,
    to: W,
}

impl<W: Write> Write for Cleansed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let clean = (self.redact)(bytes);
        match (self.form, clean) {
            (Form::Text, clean) => self.to.write_all(clean.as_deref().unwrap_or(bytes))?,
            (Form::Json, None) => self.to.write_all(bytes)?,
            (Form::Json, Some(clean)) => self.to.write_all(&object(clean))?,
            (Form::Journal, clean) => {
                self.to.write_all(&prefixed(clean.as_deref().unwrap_or(bytes), priority(self.level)))?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// A line that is an object, whatever was taken out of it.
fn object(clean: Vec<u8>) -> Vec<u8> {
    if serde_json::from_slice::<serde::de::IgnoredAny>(&clean).is_ok() && clean.ends_with(b"\n") {
        return clean;
    }
    let message = String::from_utf8_lossy(&clean);
    format!("{}\n", serde_json::json!({ "message": message.trim_end() })).into_bytes()
}

/// Every line with its priority: one that came from elsewhere, such as a component, cannot give itself another.
fn prefixed(text: &[u8], priority: u8) -> Vec<u8> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let mut lines = Vec::with_capacity(text.len() + 4);
    for line in text.split(|byte| matches!(byte, b'\n' | b'\0')) {
        lines.extend_from_slice(format!("<{priority}>").as_bytes());
        lines.extend_from_slice(line);
        lines.push(b'\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::json::Json;
    use super::*;
    use serde_json::Value;
    use std::sync::Mutex;

    /// With what is hard to see once it is escaped.
    const SECRET: &str = "hunter22\"\\and\nmore";

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("not poisoned").write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// As the host's: the value as it is, and with the escapes of JSON.
    fn redact(message: &[u8]) -> Option<Vec<u8>> {
        let text = String::from_utf8_lossy(message);
        let escaped = Value::from(SECRET).to_string();
        let clean = text.replace(SECRET, "[secret github]").replace(&escaped[1..escaped.len() - 1], "[secret github]");
        (clean != text).then(|| clean.into_bytes())
    }

    /// All that is noted in this form; without a desk nothing is taken out.
    fn noted(form: Form, is_cleansed: bool) -> String {
        let kept = Kept::default();
        let to = kept.clone();
        let notes = Notes::new(form, move |m: &[u8]| redact(m).filter(|_| is_cleansed), move || to.clone());
        let begun = tracing_subscriber::fmt().with_max_level(Level::TRACE).with_ansi(false);
        let subscriber: Box<dyn tracing::Subscriber + Send + Sync> = match form {
            Form::Json => Box::new(begun.event_format(Json::new(notes.clone())).with_writer(notes).finish()),
            _ => Box::new(begun.with_writer(notes).without_time().finish()),
        };
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(number = 7, yes = true, "it sent {SECRET} there");
            tracing::warn!(value = SECRET, "loket.field");
            tracing::error!(value = ?Some(SECRET), deep = ?vec![SECRET], "loket.field.debug");
            tracing::debug!("two lines\n<0>and one that would be an emergency");
        });
        let bytes = kept.0.lock().expect("not poisoned").clone();
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn no_form_of_a_note_shows_a_secret() {
        for form in [Form::Text, Form::Json, Form::Journal] {
            let (clean, bare) = (noted(form, true), noted(form, false));
            assert!(bare.contains("hunter22"), "without the redactor it would: {form:?}");
            assert!(!clean.contains("hunter22") && !clean.contains("more"), "{form:?}: {clean}");
            assert!(clean.matches("[secret github]").count() >= 4, "{form:?}: {clean}");
        }
    }

    #[test]
    fn each_line_of_json_is_an_object_with_its_time() {
        for is_cleansed in [true, false] {
            let noted = noted(Form::Json, is_cleansed);
            let lines: Vec<Value> = noted.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
            assert_eq!(lines.len(), 4, "{noted}");
            for (line, level) in lines.iter().zip(["info", "warn", "error", "debug"]) {
                assert_eq!(line["level"], level, "{line}");
                assert!(line["time"].as_str().is_some_and(|time| time.parse::<jiff::Timestamp>().is_ok()), "{line}");
                assert!(line["target"].as_str().is_some_and(|t| t.starts_with("loket_gateways")), "{line}");
                assert!(line["message"].is_string(), "{line}");
            }
            assert_eq!(lines[0]["fields"], serde_json::json!({ "number": 7, "yes": true }));
        }
    }

    #[test]
    fn every_line_for_the_journal_has_the_priority_of_its_note() {
        let noted = noted(Form::Journal, true);
        let priorities: Vec<&str> = noted.lines().filter_map(|line| line.get(..3)).collect();
        assert_eq!(priorities, ["<6>", "<4>", "<3>", "<7>", "<7>"], "{noted}");
        assert!(noted.contains("<7><0>and one"), "a line from elsewhere cannot give itself another: {noted}");
    }

    #[test]
    fn what_is_no_object_any_more_becomes_one() {
        assert_eq!(object(b"{\"a\":1}\n".to_vec()), b"{\"a\":1}\n");
        let wrapped = object(b"{\"a\":[secret x]\n".to_vec());
        let value: Value = serde_json::from_slice(&wrapped).expect("JSON");
        assert_eq!(value["message"], "{\"a\":[secret x]");
        assert!(wrapped.ends_with(b"}\n"));
    }
}
