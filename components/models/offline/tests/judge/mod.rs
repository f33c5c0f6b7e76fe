//! Judge a table of phrasings by what the responder does: the first call, the first document used, or neither.

use loket_offline::answer::respond;
use loket_offline::exchange::{Answer, Document, Exchange, Speaker, Tool, Turn};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A table of cases.
#[derive(Debug, Deserialize)]
pub(crate) struct Table {
    /// The cases.
    #[serde(rename = "case")]
    pub(crate) cases: Vec<Case>,
}

/// One phrasing, and what should come of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// `statement`, `question`, `correction`, `greeting`, `forget` or `command`.
    pub(crate) class: String,
    /// What the user says.
    pub(crate) text: String,
    /// What is remembered.
    #[serde(default)]
    pub(crate) memories: Vec<String>,
    /// The names of the tools on offer, besides those of the memory.
    #[serde(default)]
    pub(crate) tools: Vec<String>,
    /// `remember`, `quote`, `correct`, `forget`, `nothing`, `tool` or `talk`.
    pub(crate) expect: String,
    /// Which memory must be used.
    pub(crate) quote: Option<usize>,
    /// Which tool must be called.
    pub(crate) tool: Option<String>,
}

const NOW: u64 = 1_763_856_000_000;
const DAY: u64 = 86_400_000;

impl Case {
    /// Whether the responder does what is expected.
    pub(crate) fn passes(&self) -> bool {
        let answer = respond(&self.exchange());
        let call = answer.calls.first().map(|call| call.name.as_str());
        let quoted = |uri: &str| self.quote.is_none_or(|at| uri == uri_of(at));
        match self.expect.as_str() {
            "remember" => call == Some("memory_remember"),
            "quote" => call.is_none() && answer.used.first().is_some_and(|uri| quoted(uri)),
            "correct" => call == Some("memory_correct") && quoted(&named(&answer, "mistake")),
            "forget" => call == Some("memory_forget") && quoted(&named(&answer, "id")),
            "tool" => call.is_some() && call == self.tool.as_deref(),
            "nothing" | "talk" => call.is_none() && answer.used.is_empty(),
            other => panic!("`{other}` is no expectation"),
        }
    }

    /// What the responder did, in short.
    pub(crate) fn outcome(&self) -> String {
        let answer = respond(&self.exchange());
        let call = answer.calls.first().map(|call| format!("{} {}", call.name, call.arguments));
        format!("{:?} -> {} used {:?}: {:?}", self.text, call.unwrap_or_default(), answer.used, answer.text)
    }

    fn exchange(&self) -> Exchange {
        let memories = self.memories.iter().enumerate();
        let documents = memories.map(|(at, text)| Document {
            uri: uri_of(at),
            kind: "fact".into(),
            written: Some(NOW - DAY * (at as u64 + 1)),
            text: text.clone(),
        });
        let own = [
            ("memory_remember", "text"),
            ("memory_correct", "right"),
            ("memory_recall", "text"),
            ("memory_forget", "id"),
        ];
        let tools = own.into_iter().chain(self.tools.iter().map(|name| (name.as_str(), "input")));
        Exchange {
            turns: vec![Turn { speaker: Speaker::User, text: self.text.clone(), calls: vec![], results: vec![] }],
            documents: documents.collect(),
            tools: tools.map(|(name, parameter)| tool(name, parameter)).collect(),
            now: NOW,
        }
    }
}

fn uri_of(at: usize) -> String {
    format!("memory:{at}")
}

fn tool(name: &str, parameter: &str) -> Tool {
    let parameters =
        json!({ "type": "object", "properties": { parameter: { "type": "string" } }, "required": [parameter] });
    Tool { name: name.into(), description: String::new(), parameters: parameters.to_string() }
}

/// The memory that the first call names in this argument.
fn named(answer: &Answer, argument: &str) -> String {
    let arguments = answer.calls.first().map(|call| call.arguments.as_str()).unwrap_or("{}");
    let arguments: Value = serde_json::from_str(arguments).expect("arguments are JSON");
    format!("memory:{}", arguments[argument].as_str().unwrap_or_default())
}

/// Judge a table: the failures, and of each class how many were right and how many there are.
pub(crate) fn judge(table: &Table) -> (Vec<&Case>, BTreeMap<&str, (usize, usize)>) {
    let mut failures = Vec::new();
    let mut classes: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for case in &table.cases {
        let (right, all) = classes.entry(&case.class).or_default();
        *all += 1;
        if case.passes() {
            *right += 1;
        } else {
            failures.push(case);
        }
    }
    (failures, classes)
}
