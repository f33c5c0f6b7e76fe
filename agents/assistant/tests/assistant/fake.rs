//! A small world for an agent: a brain in memory, tools that do as they are told, and a model from a script or from rules.

use loket_assistant::outside::{
    Answer, Call, Correction, Draft, Hit, Kind, Left, Lesson, Memory, Outcome, Outside, Part, Picture, Query, Refusal,
    Request, Role, Sign, Stop, Thought, Tool, Trouble,
};
use loket_assistant::turn::{Event, Occasion};
use loket_offline::exchange as offline;
use std::collections::{HashMap, VecDeque};

pub(crate) const NOW: u64 = 1_763_856_000_000;

/// The world, and what happened in it.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) memories: Vec<(Memory, Option<String>)>,
    /// How many there ever were.
    pub(crate) written: usize,
    pub(crate) corrections: Vec<Correction>,
    pub(crate) queries: Vec<Query>,
    pub(crate) memory_trouble: Option<Trouble>,
    /// What each tool answers, whatever it is asked.
    pub(crate) tools: HashMap<String, Result<String, Trouble>>,
    /// What each tool shows besides.
    pub(crate) pictures: HashMap<String, Vec<Picture>>,
    pub(crate) batches: Vec<Vec<(String, String)>>,
    /// What the model says, in order; the offline rules speak when there is none.
    pub(crate) script: VecDeque<Result<Thought, Trouble>>,
    pub(crate) scripted: bool,
    pub(crate) requests: Vec<Request>,
    /// What is left of the turn each time it is asked, in order; plenty when there is none.
    pub(crate) left: VecDeque<Left>,
    pub(crate) signs: Vec<Sign>,
}

impl World {
    /// A world whose model follows a script.
    pub(crate) fn scripted(thoughts: impl IntoIterator<Item = Thought>) -> Self {
        Self { script: thoughts.into_iter().map(Ok).collect(), scripted: true, ..Self::default() }
    }

    /// The words of all memories of a kind that count.
    pub(crate) fn words(&self, kind: Kind) -> Vec<&str> {
        let current = self.memories.iter().filter(|(memory, _)| memory.kind == kind && memory.superseded.is_none());
        current.map(|(memory, _)| memory.text.as_str()).collect()
    }

    /// Put a memory into the brain.
    pub(crate) fn put(&mut self, kind: Kind, text: &str) -> String {
        let id = format!("M{:03}", self.written);
        self.written += 1;
        let memory = Memory {
            id: id.clone(),
            kind,
            text: text.into(),
            tags: vec![],
            written: NOW,
            corrects: None,
            superseded: None,
            lesson: None,
            steps: vec![],
        };
        self.memories.push((memory, None));
        id
    }

    /// Put an exchange of a conversation into the brain.
    pub(crate) fn put_in(&mut self, conversation: &str, text: &str) -> String {
        let id = self.put(Kind::Episode, text);
        if let Some((_, of)) = self.memories.last_mut() {
            *of = Some(conversation.to_owned());
        }
        id
    }

    fn gate<T>(&self, value: T) -> Result<T, Trouble> {
        self.memory_trouble.clone().map_or(Ok(value), Err)
    }
}

impl Outside for World {
    fn recall(&mut self, query: Query) -> Result<Vec<Hit>, Trouble> {
        self.gate(())?;
        let wanted: Vec<String> =
            query.text.to_lowercase().split(|char: char| !char.is_alphanumeric()).map(str::to_owned).collect();
        let fits = |(memory, conversation): &&(Memory, Option<String>)| {
            let text = memory.text.to_lowercase();
            memory.superseded.is_none()
                && (query.kinds.is_empty() || query.kinds.contains(&memory.kind))
                && (query.conversation.is_none() || query.conversation == *conversation)
                && (query.text.is_empty() || wanted.iter().any(|word| word.len() > 2 && text.contains(word.as_str())))
        };
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let found: Vec<_> = self.memories.iter().rev().filter(fits).take(limit).collect();
        let is_found = |memory: &Memory| found.iter().any(|(known, _)| known.id == memory.id);
        // As the memory has it: those of the same conversation that were written right before and right after.
        let beside = |(memory, conversation): &(Memory, Option<String>)| -> Vec<Memory> {
            let run: Vec<_> = self.memories.iter().filter(|(_, of)| of.is_some() && of == conversation).collect();
            let at = run.iter().position(|(known, _)| known.id == memory.id);
            let near = |(place, _): &(usize, _)| {
                at.is_some_and(|at| (1..=query.around as usize).contains(&at.abs_diff(*place)))
            };
            let near = run.iter().enumerate().filter(near).map(|(_, (memory, _))| memory.clone());
            near.filter(|memory| !is_found(memory)).collect()
        };
        let hits = found.iter().map(|held| Hit { memory: held.0.clone(), beside: beside(held) }).collect();
        self.queries.push(query);
        Ok(hits)
    }

    fn get(&mut self, id: &str) -> Result<Option<Memory>, Trouble> {
        self.gate(self.memories.iter().find(|(memory, _)| memory.id == id).map(|(memory, _)| memory.clone()))
    }

    fn remember(&mut self, draft: Draft) -> Result<String, Trouble> {
        self.gate(())?;
        let id = self.put(draft.kind, &draft.text);
        if let Some((memory, conversation)) = self.memories.last_mut() {
            memory.tags = draft.tags;
            memory.steps = draft.steps;
            *conversation = draft.conversation;
        }
        Ok(id)
    }

    fn correct(&mut self, correction: Correction) -> Result<String, Trouble> {
        self.gate(())?;
        // As the brain words a lesson.
        let Correction { wrong, right, applies, .. } = &correction;
        let id = self.put(Kind::Lesson, &format!("{right}\nWrong was: {wrong}\nApplies: {applies}"));
        let lesson = Lesson { right: right.clone(), wrong: wrong.clone() };
        self.memories.last_mut().expect("it was just put").0.lesson = Some(lesson);
        if let Some(mistake) = &correction.mistake {
            let wrong = self.memories.iter_mut().find(|(memory, _)| memory.id == *mistake);
            wrong.ok_or_else(|| Trouble::NotFound(mistake.clone()))?.0.superseded = Some(id.clone());
            if let Some((lesson, _)) = self.memories.last_mut() {
                lesson.corrects = Some(mistake.clone());
            }
        }
        self.corrections.push(correction);
        Ok(id)
    }

    fn forget(&mut self, id: &str) -> Result<(), Trouble> {
        self.gate(())?;
        self.memories.retain(|(memory, _)| memory.id != id);
        Ok(())
    }

    fn think(&mut self, request: Request) -> Result<Thought, Trouble> {
        self.requests.push(request.clone());
        match self.script.pop_front() {
            Some(thought) => thought,
            None if self.scripted => Ok(say("done")),
            None => Ok(by_rules(request)),
        }
    }

    fn tools(&mut self) -> Result<Vec<Tool>, Trouble> {
        let mut names: Vec<_> = self.tools.keys().cloned().collect();
        names.sort();
        let parameters = r#"{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}"#;
        Ok(names
            .into_iter()
            .map(|name| Tool { name, description: String::new(), parameters: parameters.into() })
            .collect())
    }

    fn see_all(&mut self, calls: Vec<(String, String)>) -> Vec<Result<Answer, Trouble>> {
        let answer = |name: &String| {
            let text = self.tools.get(name).cloned().unwrap_or(Err(Trouble::NotFound(name.clone())))?;
            Ok(Answer { text, pictures: self.pictures.get(name).cloned().unwrap_or_default() })
        };
        let answers = calls.iter().map(|(name, _)| answer(name)).collect();
        self.batches.push(calls);
        answers
    }

    fn left(&mut self) -> Result<Left, Trouble> {
        let plenty = Left { milliseconds: 60_000, milliseconds_of: 60_000, calls: 1_000, calls_of: 1_000 };
        Ok(self.left.pop_front().unwrap_or(plenty))
    }

    fn tell(&mut self, sign: Sign) -> Result<(), Trouble> {
        self.signs.push(sign);
        Ok(())
    }
}

/// The offline model, called as the host would.
fn by_rules(request: Request) -> Thought {
    let mut exchange = offline::Exchange { now: request.now, ..Default::default() };
    for message in request.messages {
        let speaker = match message.role {
            Role::System => continue,
            Role::User => offline::Speaker::User,
            Role::Assistant => offline::Speaker::Assistant,
            Role::Tool => offline::Speaker::Tool,
        };
        let mut turn = offline::Turn { speaker, text: String::new(), calls: vec![], results: vec![] };
        for part in message.parts {
            match part {
                Part::Text(text) => turn.text.push_str(&text),
                Part::Document(found) => exchange.documents.push(offline::Document {
                    uri: found.uri,
                    kind: found.kind.into(),
                    written: Some(found.written),
                    text: found.text,
                }),
                Part::Call(call) => {
                    turn.calls.push(offline::Call { id: call.id, name: call.name, arguments: call.arguments })
                }
                Part::Returned(result) => turn.results.push(offline::Returned {
                    id: result.id,
                    text: result.text,
                    outcome: match result.outcome {
                        Outcome::Done => offline::Outcome::Done,
                        Outcome::Refused => offline::Outcome::Refused,
                        Outcome::Failed => offline::Outcome::Failed,
                    },
                }),
                Part::Picture(_) => {}
            }
        }
        exchange.turns.push(turn);
    }
    let tools = request.tools.into_iter();
    exchange.tools = tools
        .map(|tool| offline::Tool { name: tool.name, description: tool.description, parameters: tool.parameters })
        .collect();
    let answer = loket_offline::answer::respond(&exchange);
    let calls = answer.calls.into_iter().map(|call| Call { id: call.id, name: call.name, arguments: call.arguments });
    Thought {
        text: answer.text,
        calls: calls.collect(),
        used: answer.used,
        stop: Stop::Finished,
        model: "loket:offline".into(),
    }
}

/// A thought in words.
pub(crate) fn say(text: &str) -> Thought {
    Thought { text: text.into(), calls: vec![], used: vec![], stop: Stop::Finished, model: "scripted".into() }
}

/// A thought that asks for tools: pairs of name and arguments.
pub(crate) fn ask(calls: &[(&str, &str)]) -> Thought {
    let calls = calls.iter().enumerate();
    let calls = calls.map(|(at, (name, arguments))| Call {
        id: format!("c{at}"),
        name: (*name).into(),
        arguments: (*arguments).into(),
    });
    Thought { calls: calls.collect(), ..say("") }
}

/// A refusal with its remedy.
pub(crate) fn denied(what: &str) -> Trouble {
    Trouble::Denied(Refusal {
        capability: what.into(),
        function: "run".into(),
        reason: format!("`assistant` has no grant for `{what}`"),
        remedy: format!("loket grant assistant {what}"),
    })
}

/// A message in the conversation `home`.
pub(crate) fn message(text: &str) -> Event {
    message_in("home", text)
}

/// A message in a conversation.
pub(crate) fn message_in(conversation: &str, text: &str) -> Event {
    Event {
        now: NOW,
        name: "assistant".into(),
        persona: "You are calm.".into(),
        rounds: 8,
        occasion: Occasion::Message { conversation: conversation.into(), text: text.into(), interrupted: None },
    }
}
