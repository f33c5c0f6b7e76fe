//! The pieces of a stream into one reply.

use crate::chat::{Reply, Request, Stop, ToolCall, Usage};
use crate::schema::{Reader, Reading};
use crate::settings::{Settings, Tools};
use crate::{Error, Exhaustion, chat, fault};
use serde::Deserialize;
use serde_json::Value;

/// The longest answer, in bytes of text and arguments together.
pub const LONGEST: usize = 1 << 20;
/// The most tool calls in an answer.
const CALLS: usize = 128;

/// One piece of a stream, or a whole answer of a server that does not stream.
#[derive(Debug, Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Tokens>,
    model: Option<String>,
    error: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    #[serde(alias = "message")]
    delta: Option<Delta>,
    finish_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Delta {
    content: Option<String>,
    refusal: Option<String>,
    tool_calls: Option<Vec<CallDelta>>,
}

#[derive(Debug, Deserialize)]
struct CallDelta {
    index: Option<usize>,
    id: Option<String>,
    function: Option<FunctionDelta>,
}

#[derive(Debug, Deserialize)]
struct FunctionDelta {
    name: Option<String>,
    /// A text, in pieces; some servers give an object.
    arguments: Option<Value>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Tokens {
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
}

/// A reply that is coming.
#[derive(Debug)]
pub struct Answer<'s> {
    settings: &'s Settings,
    text: String,
    /// The reader of an answer that comes as JSON.
    reader: Option<Reader>,
    calls: Vec<Pending>,
    finish: Option<String>,
    refused: bool,
    tokens: Option<Tokens>,
    model: Option<String>,
    size: usize,
}

#[derive(Debug)]
struct Pending {
    index: Option<usize>,
    id: String,
    name: String,
    arguments: String,
}

impl<'s> Answer<'s> {
    /// Nothing yet.
    pub fn new(settings: &'s Settings, request: &Request) -> Answer<'s> {
        let by_schema = settings.tools == Tools::JsonSchema && !request.tools.is_empty();
        Answer {
            settings,
            text: String::new(),
            reader: by_schema.then(Reader::default),
            calls: Vec::new(),
            finish: None,
            refused: false,
            tokens: None,
            model: None,
            size: 0,
        }
    }

    /// Takes one event's data; gives the words that are new.
    ///
    /// # Errors
    /// For an error that the server tells, for what is no JSON, and for an answer that is too long.
    pub fn take(&mut self, data: &str) -> Result<String, Error> {
        let chunk: Chunk = serde_json::from_str(data).map_err(|error| {
            let begin: String = data.chars().take(100).collect();
            Error::Failed(format!(
                "the model server at `{}` sent what is no chat completion ({error}), beginning with “{}”: check `url` of `[models.{}]` in `loket.toml`",
                self.settings.url,
                begin.escape_debug(),
                self.settings.name
            ))
        })?;
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            return Err(fault::of_event(self.settings, &error));
        }
        self.tokens = chunk.usage.or(self.tokens);
        // Where a server tells a path on its disk, the name that the owner gave is as good.
        let is_name = |model: &String| !model.is_empty() && !model.starts_with('/') && !model.contains('\\');
        self.model = chunk.model.filter(is_name).or(self.model.take());
        let mut words = String::new();
        for choice in chunk.choices.into_iter().take(1) {
            if let Some(delta) = choice.delta {
                words += &self.delta(delta)?;
            }
            self.finish = choice.finish_reason.filter(|reason| !reason.is_empty()).or(self.finish.take());
        }
        Ok(words)
    }

    /// Whether the server said that this is the end.
    pub fn is_finished(&self) -> bool {
        self.finish.is_some()
    }

    fn delta(&mut self, delta: Delta) -> Result<String, Error> {
        let mut words = String::new();
        if let Some(content) = delta.content {
            self.grow(content.len())?;
            words = match &mut self.reader {
                Some(reader) => reader.feed(&content),
                None => content,
            };
        }
        if let Some(refusal) = delta.refusal.filter(|refusal| !refusal.is_empty()) {
            self.grow(refusal.len())?;
            self.refused = true;
            words += &refusal;
        }
        for call in delta.tool_calls.into_iter().flatten() {
            self.call(call)?;
        }
        self.text += &words;
        Ok(words)
    }

    fn call(&mut self, delta: CallDelta) -> Result<(), Error> {
        let id = delta.id.unwrap_or_default();
        let (name, arguments) = delta.function.map(|f| (f.name.unwrap_or_default(), f.arguments)).unwrap_or_default();
        let arguments = match arguments {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text,
            Some(object) => object.to_string(),
        };
        self.grow(id.len() + name.len() + arguments.len())?;
        // Some servers give no index, and some the same one to all: then a new id tells a new call.
        let same = |known: &Pending| id.is_empty() || known.id.is_empty() || known.id == id;
        let at = self.calls.iter().rposition(|known| match delta.index {
            Some(index) => known.index == Some(index),
            None => id.is_empty() || known.id == id,
        });
        match at.map(|at| &mut self.calls[at]).filter(|known| same(known)) {
            Some(known) => {
                known.name += &name;
                known.arguments += &arguments;
                if known.id.is_empty() {
                    known.id = id;
                }
            }
            None => self.calls.push(Pending { index: delta.index, id, name, arguments }),
        }
        if self.calls.len() > CALLS {
            return Err(self.too_long(format!("more than {CALLS} tool calls")));
        }
        Ok(())
    }

    fn grow(&mut self, by: usize) -> Result<(), Error> {
        self.size += by;
        if self.size > LONGEST { Err(self.too_long(format!("more than {LONGEST} bytes"))) } else { Ok(()) }
    }

    fn too_long(&self, what: String) -> Error {
        Error::Exhausted(Exhaustion {
            limit: "answer-size".into(),
            detail: format!("the model `{}` answered with {what}, and was stopped", self.settings.model),
            renews: None,
        })
    }

    /// The reply, and those of its words that were not given yet.
    pub fn close(mut self, request: &Request) -> (Reply, String) {
        let mut rest = String::new();
        if let Some(reader) = self.reader.take().filter(|_| !self.refused) {
            match reader.close() {
                (Reading::Answer(words), late) => (self.text, rest) = (words, late),
                (Reading::Call { tool, arguments }, _) => {
                    self.calls.push(Pending { index: None, id: String::new(), name: tool, arguments });
                }
            }
        }
        let calls: Vec<ToolCall> =
            self.calls.into_iter().enumerate().map(|(at, call)| named(at, call, request)).collect();
        let stop = match self.finish.as_deref() {
            _ if self.refused => Stop::Refused,
            Some("length" | "max_tokens") => Stop::Length,
            _ if !calls.is_empty() => Stop::ToolCalls,
            Some("content_filter") => Stop::Refused,
            Some("stop" | "tool_calls" | "function_call") | None => Stop::Finished,
            Some(other) => Stop::Other(other.chars().take(200).collect()),
        };
        let tokens = self.tokens.unwrap_or_else(|| {
            // A server that counts none: four bytes are about one, so that budgets mean something.
            let read: usize = request.messages.iter().flat_map(|message| &message.parts).map(size).sum();
            Tokens { prompt_tokens: read as u64 / 4, completion_tokens: self.size as u64 / 4 }
        });
        let reply = Reply {
            used: used(&self.text, request),
            text: self.text,
            // A call that was cut off cannot be run.
            calls: if stop == Stop::Length { whole(calls) } else { calls },
            stop,
            usage: Usage { input: tokens.prompt_tokens, output: tokens.completion_tokens },
            model: self.model.unwrap_or_else(|| self.settings.model.clone()),
        };
        (reply, rest)
    }
}

/// A call with a name of its own, whatever the server gave it.
fn named(at: usize, call: Pending, request: &Request) -> ToolCall {
    let arguments = if call.arguments.trim().is_empty() { "{}".to_owned() } else { call.arguments };
    let id = if call.id.is_empty() { format!("call_{}_{at}", request.messages.len()) } else { call.id };
    ToolCall { id, name: call.name, arguments }
}

fn whole(mut calls: Vec<ToolCall>) -> Vec<ToolCall> {
    calls.retain(|call| serde_json::from_str::<Value>(&call.arguments).is_ok());
    calls
}

/// The documents that the answer names.
fn used(text: &str, request: &Request) -> Vec<String> {
    let mut used = Vec::new();
    for part in request.messages.iter().flat_map(|message| &message.parts) {
        if let chat::Part::Document(document) = part
            && !document.uri.is_empty()
            && text.contains(&document.uri)
            && !used.contains(&document.uri)
        {
            used.push(document.uri.clone());
        }
    }
    used
}

fn size(part: &chat::Part) -> usize {
    match part {
        chat::Part::Text(text) | chat::Part::Other(text) => text.len(),
        chat::Part::Document(document) => document.text.len(),
        chat::Part::ToolCall(call) => call.arguments.len(),
        chat::Part::ToolResult(result) => result.text.len(),
        chat::Part::Image(_) | chat::Part::Audio(_) => 0,
    }
}
