//! What a model says it took: the `usage` of a reply of `loket:model/chat`.

use loket_values::Value;

/// The most characters that are kept of a model's name.
const LONGEST_NAME: usize = 100;

/// What one answer of a model took.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Usage {
    /// The model, as its server calls it.
    pub model: String,
    /// Tokens read, those from a cache included.
    pub input: u64,
    /// Of those read, how many came from a cache.
    pub cached: u64,
    /// Tokens written.
    pub output: u64,
    /// Why it stopped: `finished`, `tool-calls`, `length`, `refused`, `other`.
    pub stop: String,
}

impl Usage {
    /// Reads a reply; nothing where it is none.
    pub fn of(reply: &Value) -> Option<Usage> {
        let reply = match reply {
            Value::Result(Ok(Some(reply))) => reply,
            reply => reply,
        };
        let usage = field(reply, "usage")?;
        let count = |name| match field(usage, name) {
            Some(Value::U64(count)) => *count,
            _ => 0,
        };
        let model = match field(reply, "model") {
            Some(Value::String(model)) => model.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect(),
            _ => String::new(),
        };
        let stop = match field(reply, "stop") {
            Some(Value::Variant(case, _)) => case.clone(),
            _ => String::new(),
        };
        Some(Usage { model, input: count("input"), cached: count("cached"), output: count("output"), stop })
    }
}

fn field<'v>(record: &'v Value, name: &str) -> Option<&'v Value> {
    match record {
        Value::Record(fields) => fields.iter().find(|(field, _)| field == name).map(|(_, value)| value),
        _ => None,
    }
}
