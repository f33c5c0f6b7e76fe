//! The four tools that every agent of this kind has: its own memory, offered to the model by name.

use crate::bounds;
use crate::outside::{Correction, Draft, Hit, Kind, Lesson, Memory, Outside, Query, Step, Tool, Trouble};
use crate::recollection::Recollection;
use serde_json::{Value, json};

/// Remember something.
pub const REMEMBER: &str = "memory_remember";
/// Put something right.
pub const CORRECT: &str = "memory_correct";
/// Look for something.
pub const RECALL: &str = "memory_recall";
/// Forget something.
pub const FORGET: &str = "memory_forget";

/// Whether a tool of this name is the agent's own.
pub fn is_own(name: &str) -> bool {
    [REMEMBER, CORRECT, RECALL, FORGET].contains(&name)
}

/// The memory tools as the model sees them, in a stable order.
pub fn specs() -> Vec<Tool> {
    let tool = |name: &str, description: &str, properties: Value, required: Value| Tool {
        name: name.into(),
        description: description.into(),
        parameters: json!({
            "type": "object", "properties": properties, "required": required, "additionalProperties": false
        })
        .to_string(),
    };
    let words = |description: &str| json!({ "type": "string", "description": description });
    vec![
        tool(
            REMEMBER,
            "Remember something that will matter later. It is on disk when this answers.",
            json!({
                "text": words("What to remember: one self-contained statement."),
                "kind": {
                    "type": "string", "enum": ["fact", "episode", "lesson", "skill"],
                    "description": "`fact` when absent; `skill` for a procedure that worked: the tool calls of this turn that worked are kept with it."
                },
                "tags": {
                    "type": "array", "items": { "type": "string" },
                    "description": "Further words to find it by: at most 32."
                },
            }),
            json!(["text"]),
        ),
        tool(
            CORRECT,
            "Put something right that was wrong: writes a lesson, and the memory that was wrong no longer counts.",
            json!({
                "mistake": words("The id of the memory that was wrong, when there is one: the document's name after `memory:`."),
                "wrong": words("What was wrong, in words."),
                "right": words("What is right: one self-contained statement."),
                "applies": words("When this holds; `always` when absent."),
            }),
            json!(["wrong", "right"]),
        ),
        tool(
            RECALL,
            "Look in the memory for more than the documents at hand.",
            json!({ "text": words("Plain words, as a person would ask.") }),
            json!(["text"]),
        ),
        tool(
            FORGET,
            "Forget a memory for good, at the owner's wish only.",
            json!({ "id": words("The memory's id: the document's name after `memory:`.") }),
            json!(["id"]),
        ),
    ]
}

/// What a call to a memory tool did, besides its answer.
#[derive(Debug, Default)]
pub struct Deed {
    /// The answer for the model: JSON.
    pub answer: String,
    /// The id of a memory that was written.
    pub learned: Option<String>,
    /// The words that were forgotten, if they were known.
    pub forgotten: bool,
}

/// Run a call to one of the agent's own tools; `worked` are the calls of other tools that have worked in this turn.
pub fn run(
    outside: &mut impl Outside,
    recollection: &mut Recollection,
    conversation: Option<&str>,
    worked: &[Step],
    name: &str,
    arguments: &Value,
) -> Result<Deed, Trouble> {
    match name {
        REMEMBER => remember(outside, recollection, conversation, worked, arguments),
        CORRECT => correct(outside, recollection, arguments),
        RECALL => recall(outside, recollection, arguments),
        FORGET => forget(outside, recollection, arguments),
        _ => Err(Trouble::NotFound(format!("no tool is called `{name}`"))),
    }
}

fn remember(
    outside: &mut impl Outside,
    recollection: &Recollection,
    conversation: Option<&str>,
    worked: &[Step],
    arguments: &Value,
) -> Result<Deed, Trouble> {
    let text = needed(arguments, "text")?;
    let kind = match wanted(arguments, "kind") {
        None => Kind::Fact,
        Some(name) => Kind::of(name).ok_or_else(|| {
            Trouble::Invalid(format!("`{name}` is no kind: say `fact`, `episode`, `lesson` or `skill`"))
        })?,
    };
    let same = |memory: &&Memory| memory.kind == kind && memory.text.trim().eq_ignore_ascii_case(text);
    if let Some(known) = recollection.fitting.iter().find(same) {
        return Ok(Deed { answer: json!({ "id": known.id, "already": true }).to_string(), ..Deed::default() });
    }
    let tags = arguments.get("tags").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let draft = Draft {
        kind,
        text: text.into(),
        tags: tags
            .map(str::trim)
            .filter(|tag| !tag.is_empty() && tag.len() <= 128)
            .take(32)
            .map(str::to_owned)
            .collect(),
        conversation: conversation.map(str::to_owned),
        steps: if kind == Kind::Skill { worked.to_vec() } else { vec![] },
    };
    let id = outside.remember(draft)?;
    Ok(Deed { answer: json!({ "id": id }).to_string(), learned: Some(id), ..Deed::default() })
}

fn correct(outside: &mut impl Outside, recollection: &mut Recollection, arguments: &Value) -> Result<Deed, Trouble> {
    let mistake = wanted(arguments, "mistake").map(bare);
    let right = needed(arguments, "right")?;
    let wrong = wanted(arguments, "wrong").unwrap_or_default();
    if wrong.is_empty() && mistake.is_none() {
        return Err(Trouble::Invalid("say what was wrong: `wrong` in words, or `mistake`, a memory's id".into()));
    }
    let id = outside.correct(Correction {
        mistake: mistake.map(str::to_owned),
        wrong: wrong.into(),
        right: right.into(),
        applies: wanted(arguments, "applies").unwrap_or("always").into(),
    })?;
    if let Some(mistake) = mistake {
        recollection.drop(mistake);
    }
    Ok(Deed { answer: json!({ "id": id }).to_string(), learned: Some(id), ..Deed::default() })
}

fn recall(outside: &mut impl Outside, recollection: &mut Recollection, arguments: &Value) -> Result<Deed, Trouble> {
    let text = needed(arguments, "text")?;
    let query = Query {
        text: bounds::cut(text, bounds::QUERY).into(),
        tokens: Some(bounds::TOKENS),
        around: bounds::AROUND,
        limit: bounds::MEMORIES,
        ..Query::default()
    };
    let hits = outside.recall(query)?;
    let told = |memory: &Memory| {
        json!({
            "uri": format!("memory:{}", memory.id), "kind": memory.kind.name(), "written": day(memory.written),
            "text": bounds::shorten(&memory.text, bounds::LATE_RESULT),
        })
    };
    let found: Vec<_> = hits.iter().map(|Hit { memory, .. }| told(memory)).collect();
    recollection.add_hits(hits);
    Ok(Deed { answer: Value::from(found).to_string(), ..Deed::default() })
}

fn forget(outside: &mut impl Outside, recollection: &mut Recollection, arguments: &Value) -> Result<Deed, Trouble> {
    let id = bare(needed(arguments, "id")?);
    let known = chain(outside, recollection, id);
    // What was corrected goes first, so that nothing that is to be forgotten comes back into force.
    for memory in known.iter().rev().filter(|memory| memory.id != id) {
        outside.forget(&memory.id)?;
        recollection.drop(&memory.id);
    }
    outside.forget(id)?;
    recollection.drop(id);
    // Exchanges in which the same words were said would keep what is to be forgotten.
    let mut echoes = 0;
    for words in known.iter().flat_map(said) {
        let query = Query {
            text: bounds::cut(&words, bounds::QUERY).into(),
            kinds: vec![Kind::Episode],
            limit: 100,
            ..Query::default()
        };
        for Hit { memory: episode, .. } in outside.recall(query).unwrap_or_default() {
            if episode.text.to_lowercase().contains(&words) && outside.forget(&episode.id).is_ok() {
                recollection.drop(&episode.id);
                echoes += 1;
            }
        }
    }
    Ok(Deed { answer: json!({ "forgotten": id, "exchanges": echoes }).to_string(), forgotten: true, ..Deed::default() })
}

/// The memory of this id, and the memories that it corrected, one after the other.
fn chain(outside: &mut impl Outside, recollection: &Recollection, id: &str) -> Vec<Memory> {
    let mut chain: Vec<Memory> = Vec::new();
    let mut next = Some(id.to_owned());
    while let Some(id) =
        next.filter(|id| chain.len() < bounds::CORRECTED && chain.iter().all(|memory| memory.id != *id))
    {
        let memory = match recollection.known(&id) {
            Some(memory) => Some(memory.clone()),
            None => outside.get(&id).ok().flatten(),
        };
        next = memory.as_ref().and_then(|memory| memory.corrects.clone());
        chain.extend(memory);
    }
    chain
}

/// The words of a memory as they may have been said, in lower case: of a lesson, what is right and what was wrong.
fn said(memory: &Memory) -> Vec<String> {
    let Lesson { right, wrong } =
        memory.lesson.clone().unwrap_or_else(|| Lesson { right: memory.text.clone(), wrong: String::new() });
    let words = [right, wrong].into_iter().map(|words| words.trim().to_lowercase());
    words.filter(|words| !words.is_empty()).collect()
}

fn needed<'a>(arguments: &'a Value, name: &str) -> Result<&'a str, Trouble> {
    let words = wanted(arguments, name)
        .ok_or_else(|| Trouble::Invalid(format!("`{name}` is missing: give it as a string that is not empty")))?;
    if words.len() > bounds::MEMORY {
        return Err(Trouble::Invalid(format!(
            "`{name}` has {} bytes, and at most {} fit",
            words.len(),
            bounds::MEMORY
        )));
    }
    Ok(words)
}

fn wanted<'a>(arguments: &'a Value, name: &str) -> Option<&'a str> {
    arguments.get(name).and_then(Value::as_str).map(str::trim).filter(|words| !words.is_empty())
}

fn bare(id: &str) -> &str {
    id.strip_prefix("memory:").unwrap_or(id)
}

fn day(written: u64) -> String {
    let at = i64::try_from(written).ok().and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
    at.map_or_else(String::new, |at| at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spec_is_the_agents_own_and_a_json_object() {
        for tool in specs() {
            assert!(is_own(&tool.name));
            let schema: Value = serde_json::from_str(&tool.parameters).expect("a schema is JSON");
            assert_eq!(schema["type"], "object");
        }
    }

    #[test]
    fn a_day_is_written_plainly() {
        assert_eq!(day(1_763_856_000_000), "2025-11-23");
        assert_eq!(day(u64::MAX), "");
    }
}
