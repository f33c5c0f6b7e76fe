//! A reply that is coming, whatever the server's words for its pieces are.

use crate::chat::{Part, Reply, Request, Stop, ToolCall, Usage};
use crate::reading::{Reader, Reading};
use crate::settings::Settings;
use crate::{Error, Exhaustion, form, words};
use serde_json::Value;
use std::borrow::Cow;

/// The longest answer, in bytes of text and arguments together.
pub const LONGEST: usize = 1 << 20;
/// The most tool calls in an answer.
const CALLS: usize = 128;

/// A reply that is coming.
#[derive(Debug)]
pub struct Draft<'s> {
    settings: &'s Settings,
    text: String,
    /// Words that nobody was told yet.
    fresh: String,
    /// Whether nobody is told: an answer in a shape is for whoever asked.
    is_hushed: bool,
    /// The reader of an answer that comes as JSON.
    reader: Option<Reader>,
    calls: Vec<Pending>,
    finish: Option<String>,
    is_refused: bool,
    is_done: bool,
    usage: Option<Usage>,
    model: Option<String>,
    size: usize,
}

#[derive(Debug)]
struct Pending {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
}

impl<'s> Draft<'s> {
    /// Nothing yet.
    pub fn new(settings: &'s Settings, request: &Request) -> Draft<'s> {
        Draft {
            settings,
            text: String::new(),
            fresh: String::new(),
            is_hushed: request.shape.is_some(),
            reader: form::by_schema(settings, request).then(Reader::default),
            calls: Vec::new(),
            finish: None,
            is_refused: false,
            is_done: false,
            usage: None,
            model: None,
            size: 0,
        }
    }

    /// More words.
    ///
    /// # Errors
    /// `exhausted` for an answer that is too long.
    pub fn say(&mut self, more: &str) -> Result<(), Error> {
        self.grow(more.len())?;
        match &mut self.reader {
            Some(reader) => {
                let words = reader.feed(more);
                self.add(&words);
            }
            None => self.add(more),
        }
        Ok(())
    }

    /// What was said so far does not count: the answer in its shape begins now. Nobody was told of it.
    pub fn begin_shape(&mut self) {
        if self.is_hushed {
            self.text.clear();
        }
    }

    /// More words of one who declines.
    ///
    /// # Errors
    /// As [`Draft::say`].
    pub fn refuse(&mut self, more: &str) -> Result<(), Error> {
        self.grow(more.len())?;
        self.is_refused |= !more.is_empty();
        self.add(more);
        Ok(())
    }

    /// More of a call. Some servers give no index, and some the same one to all: then a new id tells a new call.
    ///
    /// # Errors
    /// As [`Draft::say`], and for too many calls.
    pub fn call(&mut self, index: Option<u64>, id: &str, name: &str, arguments: &str) -> Result<(), Error> {
        let same = |known: &Pending| id.is_empty() || known.id.is_empty() || known.id == id;
        let at = self.calls.iter().rposition(|known| match index {
            Some(index) => known.index == Some(index),
            None => id.is_empty() || known.id == id,
        });
        match at.filter(|at| same(&self.calls[*at])) {
            None => self.whole_call(index, id, name, arguments),
            Some(at) => {
                self.grow(id.len() + name.len() + arguments.len())?;
                let known = &mut self.calls[at];
                known.name.push_str(name);
                known.arguments.push_str(arguments);
                if known.id.is_empty() {
                    known.id.push_str(id);
                }
                Ok(())
            }
        }
    }

    /// A call of its own.
    ///
    /// # Errors
    /// As [`Draft::call`].
    pub fn whole_call(&mut self, index: Option<u64>, id: &str, name: &str, arguments: &str) -> Result<(), Error> {
        self.grow(id.len() + name.len() + arguments.len())?;
        let (id, name, arguments) = (id.to_owned(), name.to_owned(), arguments.to_owned());
        self.calls.push(Pending { index, id, name, arguments });
        if self.calls.len() > CALLS {
            return Err(self.too_long(format!("more than {CALLS} tool calls")));
        }
        Ok(())
    }

    /// The id, the name and the arguments of a call, or of a piece of one, as most servers write it. Arguments are a text, and with some an object.
    pub fn called(call: &Value) -> (&str, &str, Cow<'_, str>) {
        let function = &call["function"];
        let arguments = match &function["arguments"] {
            Value::Null => Cow::default(),
            Value::String(text) => Cow::from(text),
            object => object.to_string().into(),
        };
        (call["id"].as_str().unwrap_or_default(), function["name"].as_str().unwrap_or_default(), arguments)
    }

    /// Whether anything was said or called.
    pub fn is_empty(&self) -> bool {
        self.size == 0
    }

    /// Why it stopped, in the server's word.
    pub fn finish(&mut self, reason: &str) {
        if !reason.is_empty() {
            self.finish = Some(reason.chars().take(200).collect());
        }
    }

    /// Whether the server said that this is the end.
    pub fn is_finished(&self) -> bool {
        self.finish.is_some() || self.is_done
    }

    /// Nothing more comes.
    pub fn done(&mut self) {
        self.is_done = true;
    }

    /// Whether nothing more comes.
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    /// What it cost, as far as the server has counted.
    pub fn used(&mut self, usage: Usage) {
        self.usage = Some(usage);
    }

    /// Which model answers. Where a server tells a path on its disk, the name that the owner gave is as good.
    pub fn by(&mut self, model: &str) {
        if !model.is_empty() && model.len() <= 200 && !model.starts_with('/') && !model.contains('\\') {
            self.model = Some(model.to_owned());
        }
    }

    /// Words that nobody was told yet.
    pub fn fresh(&mut self) -> String {
        std::mem::take(&mut self.fresh)
    }

    fn add(&mut self, words: &str) {
        self.text.push_str(words);
        if !self.is_hushed {
            self.fresh.push_str(words);
        }
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

    /// The reply, and those of its words that nobody was told yet.
    pub fn close(mut self, request: &Request) -> (Reply, String) {
        if let Some(reader) = self.reader.take().filter(|_| !self.is_refused) {
            match reader.close() {
                (Reading::Answer(words), late) => {
                    self.text = words;
                    self.fresh.push_str(&late);
                }
                (Reading::Call { tool, arguments }, _) => {
                    self.calls.push(Pending { index: None, id: String::new(), name: tool, arguments });
                }
            }
        }
        let calls = self.calls.into_iter().enumerate();
        let calls: Vec<ToolCall> = calls.map(|(at, call)| named(at, call, request)).collect();
        let stop = match self.finish.as_deref() {
            _ if self.is_refused => Stop::Refused,
            Some("length" | "max_tokens" | "max_output_tokens" | "model_context_window_exceeded") => Stop::Length,
            _ if !calls.is_empty() => Stop::ToolCalls,
            Some("content_filter" | "refusal") => Stop::Refused,
            Some("stop" | "tool_calls" | "function_call" | "end_turn" | "stop_sequence" | "tool_use" | "completed")
            | None => Stop::Finished,
            Some(other) => Stop::Other(other.to_owned()),
        };
        let usage = self.usage.unwrap_or_else(|| {
            // A server that counts none: four bytes are about one, so that budgets mean something.
            let read: usize = request.messages.iter().flat_map(|message| &message.parts).map(size).sum();
            Usage { input: read as u64 / 4, cached: 0, output: self.size as u64 / 4 }
        });
        let rest = if self.is_hushed { String::new() } else { self.fresh };
        let reply = Reply {
            used: words::used(&self.text, request),
            text: self.text,
            // A call that was cut off cannot be run.
            calls: if stop == Stop::Length { whole(calls) } else { calls },
            stop,
            usage: Usage { cached: usage.cached.min(usage.input), ..usage },
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

fn size(part: &Part) -> usize {
    match part {
        Part::Text(text) | Part::Other(text) => text.len(),
        Part::Document(document) => document.text.len(),
        Part::ToolCall(call) => call.arguments.len(),
        Part::ToolResult(result) => result.text.len(),
        Part::Image(_) | Part::Audio(_) => 0,
    }
}
