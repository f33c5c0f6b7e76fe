//! The border: WIT values in, a turn, WIT values out. Nothing is decided here.

use crate::outside::{
    Answer, Correction, Draft, Hit, Kind, Left, Lesson, Memory, Message, Outcome, Outside, Part, Picture, Query,
    Refusal, Request, Role, Sign, Step, Stop, Thought, Tool, Trouble,
};
use crate::turn::{self, Event, Interruption, Occasion};
use bindings::exports::loket::roles::handler;
use bindings::loket::agent::turn as running;
use bindings::loket::brain::memory;
use bindings::loket::events::emit;
use bindings::loket::model::chat;
use bindings::loket::tools::catalog;
use bindings::loket::types::types;

/// What the contract's `agent` world looks like in Rust.
#[allow(missing_docs, unsafe_code, unreachable_pub, clippy::all, reason = "generated from the contract")]
mod bindings {
    use super::Assistant;
    wit_bindgen::generate!({
        path: [
            "../../wit/types",
            "../../wit/brain",
            "../../wit/model",
            "../../wit/events",
            "../../wit/tools",
            "../../wit/http",
            "../../wit/secrets",
            "../../wit/scan",
            "../../wit/agent",
            "../../wit/roles",
        ],
        world: "loket:roles/agent",
        generate_all,
    });
    export!(Assistant with_types_in self);
}

struct Assistant;

impl handler::Guest for Assistant {
    fn handle(event: handler::Event) -> Result<handler::Reply, handler::Error> {
        let event = Event {
            now: event.now,
            name: event.profile.name,
            persona: event.profile.persona,
            rounds: event.profile.rounds,
            occasion: match event.occasion {
                handler::Occasion::Message(message) => Occasion::Message {
                    conversation: message.conversation,
                    text: message.text,
                    interrupted: message
                        .interrupted
                        .map(|handler::Interruption { asked, said }| Interruption { asked, said }),
                },
                handler::Occasion::Timer(name) => Occasion::Timer(name),
                handler::Occasion::Other(json) => Occasion::Other(json),
            },
        };
        let reply = turn::handle(&event, &mut Contract).map_err(error)?;
        let used = reply.used.into_iter();
        Ok(handler::Reply {
            text: reply.text,
            used: used
                .map(|used| handler::Citation { id: used.id, excerpt: used.excerpt, written: used.written })
                .collect(),
            learned: reply.learned,
        })
    }
}

/// The imports.
struct Contract;

impl Outside for Contract {
    fn recall(&mut self, query: Query) -> Result<Vec<Hit>, Trouble> {
        let query = memory::Query {
            text: query.text,
            kinds: query.kinds.into_iter().map(kind_out).collect(),
            tags: vec![],
            conversation: query.conversation,
            since: None,
            until: None,
            without: types::Labels::empty(),
            tokens: query.tokens,
            around: query.around,
            limit: query.limit,
        };
        let hits = memory::recall(&query).map_err(trouble)?.into_iter();
        Ok(hits
            .map(|hit| Hit { memory: entry(hit.entry), beside: hit.context.into_iter().map(entry).collect() })
            .collect())
    }

    fn get(&mut self, id: &str) -> Result<Option<Memory>, Trouble> {
        Ok(memory::get(id).map_err(trouble)?.map(entry))
    }

    fn remember(&mut self, draft: Draft) -> Result<String, Trouble> {
        let draft = memory::Draft {
            kind: kind_out(draft.kind),
            text: draft.text,
            tags: draft.tags,
            conversation: draft.conversation,
            steps: draft
                .steps
                .into_iter()
                .map(|Step { tool, arguments, outcome }| memory::Step { tool, arguments, outcome })
                .collect(),
        };
        memory::remember(&draft).map_err(trouble)
    }

    fn correct(&mut self, correction: Correction) -> Result<String, Trouble> {
        let Correction { mistake, wrong, right, applies } = correction;
        memory::correct(&memory::Correction { mistake, wrong, right, applies }).map_err(trouble)
    }

    fn forget(&mut self, id: &str) -> Result<(), Trouble> {
        memory::forget(id).map_err(trouble)
    }

    fn think(&mut self, request: Request) -> Result<Thought, Trouble> {
        let request = chat::Request {
            model: None,
            messages: request.messages.into_iter().map(message).collect(),
            tools: request
                .tools
                .into_iter()
                .map(|tool| chat::ToolSpec {
                    name: tool.name,
                    description: tool.description,
                    parameters: tool.parameters,
                })
                .collect(),
            shape: request.shape,
            max_tokens: None,
            temperature: None,
            now: request.now,
        };
        let reply = chat::complete(&request).map_err(trouble)?;
        let calls = reply.calls.into_iter();
        Ok(Thought {
            text: reply.text,
            calls: calls
                .map(|call| crate::outside::Call { id: call.id, name: call.name, arguments: call.arguments })
                .collect(),
            used: reply.used,
            stop: match reply.stop {
                chat::Stop::Finished | chat::Stop::ToolCalls => Stop::Finished,
                chat::Stop::Length => Stop::Length,
                chat::Stop::Refused => Stop::Refused,
                chat::Stop::Other(why) => Stop::Other(why),
            },
            model: reply.model,
        })
    }

    fn tools(&mut self) -> Result<Vec<Tool>, Trouble> {
        let tools = catalog::list().map_err(trouble)?.into_iter();
        Ok(tools
            .map(|tool| Tool { name: tool.name, description: tool.description, parameters: tool.parameters })
            .collect())
    }

    fn see_all(&mut self, calls: Vec<(String, String)>) -> Vec<Result<Answer, Trouble>> {
        let calls: Vec<_> =
            calls.into_iter().map(|(name, arguments)| catalog::Invocation { name, arguments }).collect();
        catalog::see_all(&calls).into_iter().map(|answer| answer.map(seen).map_err(trouble)).collect()
    }

    fn left(&mut self) -> Result<Left, Trouble> {
        let running::Rest { milliseconds, milliseconds_of, calls, calls_of } = running::left().map_err(trouble)?;
        Ok(Left { milliseconds, milliseconds_of, calls, calls_of })
    }

    fn tell(&mut self, sign: Sign) -> Result<(), Trouble> {
        let event = match sign {
            Sign::Text(text) => emit::Event::Text(text),
            Sign::Status(status) => emit::Event::Status(status),
            Sign::Tool(name) => emit::Event::Tool(name),
        };
        emit::emit(&event).map_err(trouble)
    }
}

fn kind_out(kind: Kind) -> memory::Kind {
    match kind {
        Kind::Fact => memory::Kind::Fact,
        Kind::Episode => memory::Kind::Episode,
        Kind::Lesson => memory::Kind::Lesson,
        Kind::Skill => memory::Kind::Skill,
    }
}

fn entry(entry: memory::Entry) -> Memory {
    Memory {
        id: entry.id,
        kind: match entry.kind {
            memory::Kind::Fact => Kind::Fact,
            memory::Kind::Episode => Kind::Episode,
            memory::Kind::Lesson => Kind::Lesson,
            memory::Kind::Skill => Kind::Skill,
        },
        text: entry.text,
        tags: entry.tags,
        written: entry.written,
        corrects: entry.corrects,
        superseded: match entry.standing {
            memory::Standing::Current => None,
            memory::Standing::Superseded(by) => Some(by),
        },
        lesson: entry.lesson.map(|memory::Lesson { right, wrong, .. }| Lesson { right, wrong }),
        steps: entry
            .steps
            .into_iter()
            .map(|memory::Step { tool, arguments, outcome }| Step { tool, arguments, outcome })
            .collect(),
    }
}

fn seen(answer: catalog::Answer) -> Answer {
    let pictures = answer.pictures.into_iter().map(|catalog::Picture { mime, data }| Picture { mime, data });
    Answer { text: answer.text, pictures: pictures.collect() }
}

fn message(message: Message) -> chat::Message {
    chat::Message {
        role: match message.role {
            Role::System => chat::Role::System,
            Role::User => chat::Role::User,
            Role::Assistant => chat::Role::Assistant,
            Role::Tool => chat::Role::Tool,
        },
        parts: message.parts.into_iter().map(part).collect(),
    }
}

fn part(part: Part) -> chat::Part {
    match part {
        Part::Text(text) => chat::Part::Text(text),
        Part::Document(document) => chat::Part::Document(chat::Document {
            uri: document.uri,
            kind: document.kind.to_owned(),
            written: Some(document.written),
            text: document.text,
        }),
        Part::Call(call) => {
            chat::Part::ToolCall(chat::ToolCall { id: call.id, name: call.name, arguments: call.arguments })
        }
        Part::Returned(result) => chat::Part::ToolResult(chat::ToolResult {
            id: result.id,
            text: result.text,
            outcome: match result.outcome {
                Outcome::Done => chat::Outcome::Done,
                Outcome::Refused => chat::Outcome::Refused,
                Outcome::Failed => chat::Outcome::Failed,
            },
        }),
        Part::Picture(Picture { mime, data }) => chat::Part::Image(chat::Media { mime, data }),
    }
}

fn trouble(error: types::Error) -> Trouble {
    let refusal = |refusal: types::Refusal| Refusal {
        capability: refusal.capability,
        function: refusal.function,
        reason: refusal.reason,
        remedy: refusal.remedy,
    };
    match error {
        types::Error::Denied(why) => Trouble::Denied(refusal(why)),
        types::Error::NeedsApproval(why) => Trouble::NeedsApproval(refusal(why)),
        types::Error::Invalid(words) => Trouble::Invalid(words),
        types::Error::NotFound(words) => Trouble::NotFound(words),
        types::Error::Exhausted(why) => Trouble::Exhausted { limit: why.limit, detail: why.detail, renews: why.renews },
        types::Error::Unavailable(words) => Trouble::Unavailable(words),
        types::Error::Failed(words) => Trouble::Failed(words),
        types::Error::Other(words) => Trouble::Other(words),
    }
}

fn error(trouble: Trouble) -> types::Error {
    let refusal = |refusal: Refusal| types::Refusal {
        capability: refusal.capability,
        function: refusal.function,
        reason: refusal.reason,
        remedy: refusal.remedy,
    };
    match trouble {
        Trouble::Denied(why) => types::Error::Denied(refusal(why)),
        Trouble::NeedsApproval(why) => types::Error::NeedsApproval(refusal(why)),
        Trouble::Invalid(words) => types::Error::Invalid(words),
        Trouble::NotFound(words) => types::Error::NotFound(words),
        Trouble::Exhausted { limit, detail, renews } => {
            types::Error::Exhausted(types::Exhaustion { limit, detail, renews })
        }
        Trouble::Unavailable(words) => types::Error::Unavailable(words),
        Trouble::Failed(words) => types::Error::Failed(words),
        Trouble::Other(words) => types::Error::Other(words),
    }
}
