//! The border: WIT values in, rules, WIT values out. Nothing is decided here.

use crate::exchange::{Answer, Call, Document, Exchange, Outcome, Returned, Speaker, Tool, Turn};
use bindings::exports::loket::model::chat;
use bindings::loket::events::emit;

/// What the contract's `model` world looks like in Rust.
#[allow(missing_docs, unsafe_code, unreachable_pub, clippy::all, reason = "generated from the contract")]
mod bindings {
    wit_bindgen::generate!({
        path: [
            "../../../wit/types",
            "../../../wit/brain",
            "../../../wit/model",
            "../../../wit/events",
            "../../../wit/tools",
            "../../../wit/http",
            "../../../wit/secrets",
            "../../../wit/scan",
            "../../../wit/agent",
            "../../../wit/roles",
        ],
        world: "loket:roles/model",
        generate_all,
    });
    use super::Offline;
    export!(Offline with_types_in self);
}

struct Offline;

impl chat::Guest for Offline {
    fn complete(request: chat::Request) -> Result<chat::Reply, chat::Error> {
        if request.messages.len() > 1_000 {
            return Err(chat::Error::Invalid("more than 1,000 messages: send the last ones only".into()));
        }
        let read = u64::try_from(size(&request)).unwrap_or(u64::MAX);
        let answer = crate::answer::respond(&exchange(request));
        if !answer.text.is_empty() {
            // Nobody may be watching; the reply is whole either way.
            let _ = emit::emit(&emit::Event::Text(crate::words::cut(&answer.text, 60 * 1024).to_owned()));
        }
        Ok(reply(answer, read))
    }
}

fn exchange(request: chat::Request) -> Exchange {
    let mut whole = Exchange { now: request.now, ..Exchange::default() };
    for message in request.messages {
        let speaker = match message.role {
            // Its documents count, its instructions do not.
            chat::Role::System => None,
            chat::Role::User => Some(Speaker::User),
            chat::Role::Assistant => Some(Speaker::Assistant),
            chat::Role::Tool => Some(Speaker::Tool),
        };
        let mut turn =
            Turn { speaker: speaker.unwrap_or(Speaker::Tool), text: String::new(), calls: vec![], results: vec![] };
        for part in message.parts {
            match part {
                chat::Part::Text(text) => {
                    if !turn.text.is_empty() {
                        turn.text.push('\n');
                    }
                    turn.text.push_str(&text);
                }
                chat::Part::Document(document) => whole.documents.push(Document {
                    uri: document.uri,
                    kind: document.kind,
                    written: document.written,
                    text: document.text,
                }),
                chat::Part::ToolCall(call) => {
                    turn.calls.push(Call { id: call.id, name: call.name, arguments: call.arguments });
                }
                chat::Part::ToolResult(result) => turn.results.push(Returned {
                    id: result.id,
                    text: result.text,
                    outcome: match result.outcome {
                        chat::Outcome::Done => Outcome::Done,
                        chat::Outcome::Refused => Outcome::Refused,
                        chat::Outcome::Failed => Outcome::Failed,
                    },
                }),
                chat::Part::Image(_) | chat::Part::Audio(_) | chat::Part::Other(_) => {}
            }
        }
        if speaker.is_some() {
            whole.turns.push(turn);
        }
    }
    whole.tools = request
        .tools
        .into_iter()
        .map(|tool| Tool { name: tool.name, description: tool.description, parameters: tool.parameters })
        .collect();
    whole
}

fn reply(answer: Answer, read: u64) -> chat::Reply {
    let written = answer.text.len() + answer.calls.iter().map(|call| call.arguments.len()).sum::<usize>();
    let stop = if answer.calls.is_empty() { chat::Stop::Finished } else { chat::Stop::ToolCalls };
    chat::Reply {
        text: answer.text,
        calls: answer
            .calls
            .into_iter()
            .map(|call| chat::ToolCall { id: call.id, name: call.name, arguments: call.arguments })
            .collect(),
        used: answer.used,
        stop,
        // No tokens here: a token is counted as four bytes, so that budgets mean something.
        usage: chat::Usage { input: read / 4, cached: 0, output: u64::try_from(written).unwrap_or(u64::MAX) / 4 },
        model: "loket:offline".into(),
    }
}

fn size(request: &chat::Request) -> usize {
    let parts = request.messages.iter().flat_map(|message| &message.parts);
    parts
        .map(|part| match part {
            chat::Part::Text(text) | chat::Part::Other(text) => text.len(),
            chat::Part::Document(document) => document.text.len(),
            chat::Part::ToolCall(call) => call.arguments.len(),
            chat::Part::ToolResult(result) => result.text.len(),
            chat::Part::Image(_) | chat::Part::Audio(_) => 0,
        })
        .sum()
}
