//! The way to a brain: calls on its agent's behalf, at the counter like any other.

use crate::app::App;
use loket_gateways::desk::{AgentInfo, CallRequest, Problem};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

/// The agent that is meant where nobody says which.
const ASSISTANT: &str = "assistant";
/// What an error of a call can be (`loket:types`).
const CASES: [&str; 8] =
    ["denied", "needs-approval", "invalid", "not-found", "exhausted", "unavailable", "failed", "other"];

/// The two interfaces of a brain.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Of {
    /// What agents do with their own.
    Memory,
    /// What owners do.
    Upkeep,
}

/// Calls a function, and takes what it answered when it went well.
pub(crate) async fn ask<T: DeserializeOwned>(
    app: &App,
    agent: &str,
    of: Of,
    function: &str,
    arguments: Json,
) -> Result<T, Problem> {
    let capability = match of {
        Of::Memory => "loket:brain/memory",
        Of::Upkeep => "loket:brain/upkeep",
    };
    let request = CallRequest {
        capability: capability.to_owned(),
        package: None,
        function: function.to_owned(),
        arguments,
        agent: Some(agent.to_owned()),
    };
    let answer = app.desk.call(request).await?;
    if let Some(error) = answer.get("err") {
        return Err(problem(error));
    }
    let unreadable = || Problem::failed("what this brain answered cannot be read").hint("loket doctor");
    let well = answer.get("ok").cloned().ok_or_else(unreadable)?;
    serde_json::from_value(well).map_err(|_| unreadable())
}

/// An error of a call: its case, and its words.
fn problem(error: &Json) -> Problem {
    let case = error.as_object().filter(|object| object.len() == 1).and_then(|object| object.iter().next());
    let Some((case, datum)) = case.filter(|(case, _)| CASES.contains(&case.as_str())) else {
        return Problem::failed(format!("the brain answered with the error {error}"));
    };
    let word = |name: &str| datum.get(name).and_then(Json::as_str).filter(|word| !word.is_empty());
    let words = datum.as_str().or(word("reason")).or(word("detail"));
    let problem = Problem::new(case, words.map_or_else(|| datum.to_string(), str::to_owned));
    match word("remedy") {
        Some(remedy) => problem.hint(remedy),
        None => problem,
    }
}

/// The agent that is meant: the one that was named, or the assistant, or any.
pub(crate) fn chosen<'a>(agents: &'a [AgentInfo], named: Option<&str>) -> Option<&'a AgentInfo> {
    let by = |name: &str| agents.iter().find(|agent| agent.name == name);
    named.and_then(by).or_else(|| by(ASSISTANT)).or(agents.first())
}

/// A memory.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) text: String,
    pub(crate) tags: Vec<String>,
    pub(crate) conversation: Option<String>,
    /// When it was written, in milliseconds since 1970.
    pub(crate) written: u64,
    pub(crate) source: Source,
    pub(crate) also: Vec<Source>,
    pub(crate) labels: Vec<String>,
    pub(crate) corrects: Option<String>,
    pub(crate) standing: Standing,
    pub(crate) strength: u32,
    pub(crate) pinned: bool,
    pub(crate) used: u32,
    pub(crate) last_used: Option<u64>,
    pub(crate) faded: u8,
    pub(crate) lesson: Option<Lesson>,
    pub(crate) steps: Vec<Step>,
}

/// What is right, and what was wrong.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Lesson {
    pub(crate) right: String,
    pub(crate) wrong: String,
    pub(crate) applies: String,
}

/// Who wrote a memory, and in which turn.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Source {
    pub(crate) turn: String,
    pub(crate) chain: String,
    pub(crate) package: Option<String>,
}

/// Whether a memory counts still.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Standing {
    Current,
    Superseded(String),
}

/// A tool call of a skill.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Step {
    pub(crate) tool: String,
    pub(crate) arguments: String,
    pub(crate) outcome: String,
}

/// A page of memories, the newest first.
#[derive(Debug, Deserialize)]
pub(crate) struct Memories {
    pub(crate) items: Vec<Entry>,
    pub(crate) cursor: Option<String>,
}

/// A memory that answers a question, and why.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Hit {
    pub(crate) entry: Entry,
    pub(crate) score: f64,
    pub(crate) why: Why,
}

/// Why a memory is an answer, and why at this place.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Why {
    pub(crate) matched: Vec<String>,
    pub(crate) relevance: f64,
    pub(crate) recency: f64,
    pub(crate) strength: f64,
    pub(crate) usage: f64,
    pub(crate) age: u64,
    pub(crate) period: Option<Period>,
    pub(crate) leads: bool,
    pub(crate) meaning: Option<u32>,
}

/// A stretch of time: from its first millisecond up to, not including, `until`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Period {
    pub(crate) from: u64,
    pub(crate) until: u64,
}

/// What is asked of a brain's memories; without words, the newest.
pub(crate) fn query(text: &str, kinds: &[&str], conversation: Option<&str>, until: Option<u64>, limit: usize) -> Json {
    json!({ "query": {
        "text": text, "kinds": kinds, "tags": [], "conversation": conversation, "since": null, "until": until,
        "without": [], "tokens": null, "around": 0, "limit": limit,
    } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_by_its_case_and_in_its_words() {
        let told = |error: Json| {
            let Problem { code, message, hint } = problem(&error);
            (code, message, hint)
        };
        assert_eq!(told(json!({ "not-found": "no memory `x`" })), ("not-found".into(), "no memory `x`".into(), None));
        let denied = json!({ "denied": { "reason": "not granted", "remedy": "loket grant" } });
        assert_eq!(told(denied), ("denied".into(), "not granted".into(), Some("loket grant".into())));
        let limit = json!({ "exhausted": { "limit": "memories", "detail": "the brain is full" } });
        assert_eq!(told(limit).1, "the brain is full");
        assert_eq!(told(json!(7)).0, "failed");
    }
}
