//! A note as an object of JSON on a line of its own.

use super::cleansed::Notes;
use serde_json::{Map, Value};
use std::fmt;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Forms objects. Secrets are taken out of each text before it is escaped, and once more from the line.
pub(super) struct Json<O> {
    notes: Notes<O>,
}

impl<O> Json<O> {
    pub(super) fn new(notes: Notes<O>) -> Json<O> {
        Json { notes }
    }
}

impl<O, S, N> FormatEvent<S, N> for Json<O>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut line: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut parts = Parts {
            notes: &self.notes,
            target: event.metadata().target().to_owned(),
            message: None,
            fields: Map::new(),
        };
        event.record(&mut parts);
        let mut object = Map::new();
        object.insert("time".into(), jiff::Timestamp::now().to_string().into());
        object.insert("level".into(), event.metadata().level().as_str().to_ascii_lowercase().into());
        object.insert("target".into(), parts.target.into());
        object.insert("message".into(), parts.message.unwrap_or_default().into());
        if !parts.fields.is_empty() {
            object.insert("fields".into(), parts.fields.into());
        }
        writeln!(line, "{}", Value::Object(object))
    }
}

/// What an event carries.
struct Parts<'a, O> {
    notes: &'a Notes<O>,
    target: String,
    message: Option<String>,
    fields: Map<String, Value>,
}

impl<O> Parts<'_, O> {
    fn text(&mut self, field: &Field, text: String) {
        match field.name() {
            "message" => self.message = Some(self.notes.clean(text)),
            // Notes of libraries that know `log` only: their own target is among their fields.
            "log.target" => self.target = text,
            name if name.starts_with("log.") => {}
            name => drop(self.fields.insert(name.to_owned(), self.notes.clean(text).into())),
        }
    }

    fn value(&mut self, field: &Field, value: Value) {
        if !field.name().starts_with("log.") {
            self.fields.insert(field.name().to_owned(), value);
        }
    }
}

impl<O> Visit for Parts<'_, O> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // What is escaped in here is found as the host finds it in JSON, and then escaped again.
        self.text(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value.to_owned());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.value(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.value(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.value(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.value(field, value.into());
    }
}
