//! Conversation files: what one agent was told over time, and what it is asked later. JSON Lines:
//!
//! ```text
//! {"dataset": {"language": "en", "about": "a household in a small town"}}
//! {"memory": {"id": "m1", "at": "2025-03-01T09:00:00Z", "kind": "fact", "conversation": "c1", "tags": ["car"], "text": "…"}}
//! {"question": {"text": "…", "at": "2025-06-01T09:00:00Z", "class": "plain", "relevant": {"m1": 2}}}
//! ```
//!
//! The first line says what it is. Memories come in the order in which they were made; a question may name any memory of the file.
//! Grades are from 1 to 3: it is near, it answers, it is the answer.

use super::common::memory::Memory;
use super::dataset::{Dataset, Question, Unreadable, lines, name};
use jiff::Timestamp as Time;
use loket_brain::{Kind, Language, Timestamp};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

#[derive(Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Line {
    Dataset(About),
    Memory(Told),
    Question(Asked),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    language: Language,
    about: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    id: String,
    at: Time,
    kind: Kind,
    #[serde(default)]
    conversation: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    text: String,
    at: Time,
    class: String,
    relevant: BTreeMap<String, u32>,
}

/// Reads a file. Errors name the line.
pub(crate) fn read(file: &Path) -> Result<Dataset, Unreadable> {
    let mut about = None;
    let mut memories = Vec::new();
    let mut places = HashMap::new();
    let mut asked = Vec::new();
    lines(file, |at, line| {
        let wrong = |what: String| Unreadable::new(file, at, what);
        let line: Line = serde_json::from_str(line).map_err(|error| wrong(within(&error)))?;
        match (line, &about) {
            (Line::Dataset(said), None) => about = Some(said),
            (Line::Dataset(_), Some(_)) => return Err(wrong("the dataset is described already".to_owned())),
            (_, None) => return Err(wrong("the first line must be the `dataset`".to_owned())),
            (Line::Memory(told), _) => {
                let Told { id, at, kind, conversation, tags, text } = told;
                if text.trim().is_empty() {
                    return Err(wrong(format!("memory `{id}` has no text")));
                }
                if places.insert(id.clone(), memories.len()).is_some() {
                    return Err(wrong(format!("there is a memory `{id}` already")));
                }
                memories.push(Memory { kind, text, tags, conversation, time: milliseconds(at).map_err(wrong)? });
            }
            (Line::Question(question), _) => asked.push((at, question)),
        }
        Ok(())
    })?;
    let about = about.ok_or_else(|| Unreadable::new(file, 0, "it is empty; the first line must be the `dataset`"))?;
    let questions = asked.into_iter().map(|(line, asked)| {
        let wrong = |what: String| Unreadable::new(file, line, what);
        let mut relevant = HashMap::new();
        for (id, grade) in asked.relevant {
            let place = places.get(&id).ok_or_else(|| wrong(format!("there is no memory `{id}`")))?;
            if !(1..=3).contains(&grade) {
                return Err(wrong(format!("memory `{id}` has the grade {grade}; grades are from 1 to 3")));
            }
            relevant.insert(*place, grade);
        }
        if relevant.is_empty() {
            return Err(wrong("no memory answers this question".to_owned()));
        }
        Ok(Question { text: asked.text, at: milliseconds(asked.at).map_err(wrong)?, class: asked.class, relevant })
    });
    let questions = questions.collect::<Result<_, _>>()?;
    let about = About { about: format!("{}; {}", about.language, about.about), ..about };
    Ok(Dataset { name: name(file), language: about.language, about: about.about, memories, questions })
}

fn milliseconds(time: Time) -> Result<Timestamp, String> {
    time.as_millisecond().try_into().map_err(|_| format!("the time {time} is before 1970"))
}

/// What is wrong in a line; the parser counts lines of its own, from 1.
fn within(error: &serde_json::Error) -> String {
    let what = error.to_string();
    let end = what.rfind(" at line ").unwrap_or(what.len());
    format!("{} (column {})", &what[..end], error.column())
}
