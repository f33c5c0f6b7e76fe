//! The border: WIT values in, a command, WIT values out. Nothing is decided here.

use crate::outside::{Card, Memory, Order as Known, Outside, Permit, Query, Today, Trouble};
use crate::{complete, menu, run, words};
use bindings::exports::loket::roles::commander;
use bindings::loket::agent::about;
use bindings::loket::brain::memory;
use bindings::loket::types::types::{Error, Labels};

/// What the contract's `command` world looks like in Rust.
#[allow(missing_docs, unsafe_code, unreachable_pub, clippy::all, reason = "generated from the contract")]
mod bindings {
    use super::Commands;
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
        world: "loket:roles/command",
        generate_all,
    });
    export!(Commands with_types_in self);
}

struct Commands;

impl commander::Guest for Commands {
    fn describe() -> Vec<commander::Usage> {
        let parameter = |parameter: &menu::Parameter| commander::Parameter {
            name: parameter.name.into(),
            summary: parameter.summary.into(),
            kind: match parameter.kind {
                menu::Kind::Word => commander::Kind::Word,
                menu::Kind::Number => commander::Kind::Number,
                menu::Kind::Rest => commander::Kind::Rest,
            },
            need: if parameter.optional { commander::Need::Optional } else { commander::Need::Required },
        };
        let usages = menu::ALL.iter().map(|usage| commander::Usage {
            name: usage.name.into(),
            summary: usage.summary.into(),
            parameters: usage.parameters.iter().map(parameter).collect(),
        });
        usages.collect()
    }

    fn run(order: commander::Order) -> Result<commander::Outcome, Error> {
        let order = run::Order {
            name: order.name,
            arguments: order.arguments.into_iter().map(|argument| (argument.name, argument.value)).collect(),
            agent: order.agent,
            conversation: order.conversation,
        };
        let run::Outcome { text, fresh } = run::run(&mut Contract, &order).map_err(error)?;
        let onward = if fresh { commander::Onward::Fresh } else { commander::Onward::Same };
        Ok(commander::Outcome { text, onward })
    }

    fn complete(beginning: commander::Beginning) -> Result<Vec<commander::Candidate>, Error> {
        let commander::Beginning { name, parameter, typed, .. } = beginning;
        let found = complete::complete(&mut Contract, &name, &parameter, &typed).map_err(error)?;
        Ok(found.into_iter().map(|(value, summary)| commander::Candidate { value, summary }).collect())
    }
}

/// The imports.
struct Contract;

impl Outside for Contract {
    type Error = Error;

    fn remember(&mut self, text: &str, conversation: &str) -> Result<String, Error> {
        memory::remember(&memory::Draft {
            kind: memory::Kind::Fact,
            text: text.into(),
            tags: vec![],
            conversation: Some(conversation.into()),
            steps: vec![],
        })
    }

    fn recall(&mut self, query: &Query) -> Result<Vec<Memory>, Error> {
        let query = memory::Query {
            text: query.text.clone(),
            kinds: if query.episodes { vec![memory::Kind::Episode] } else { vec![] },
            tags: vec![],
            conversation: query.conversation.clone(),
            since: None,
            until: None,
            without: Labels::empty(),
            tokens: None,
            around: 0,
            limit: query.limit,
        };
        Ok(memory::recall(&query)?.into_iter().map(|hit| entry(hit.entry)).collect())
    }

    fn get(&mut self, id: &str) -> Result<Option<Memory>, Error> {
        Ok(memory::get(id)?.map(entry))
    }

    fn correct(&mut self, wrong: &str, right: &str) -> Result<String, Error> {
        let mistake = words::id(wrong).map(str::to_owned);
        let wrong = if mistake.is_some() { String::new() } else { wrong.to_owned() };
        let applies = "always".to_owned();
        memory::correct(&memory::Correction { mistake, wrong, right: right.to_owned(), applies })
    }

    fn forget(&mut self, id: &str) -> Result<(), Error> {
        memory::forget(id)
    }

    fn card(&mut self) -> Result<Card, Error> {
        let about::Card { name, model, memories } = about::describe()?;
        Ok(Card { name, model, memories })
    }

    fn grants(&mut self) -> Result<Vec<Permit>, Error> {
        let permit = |about::Permit { capability, provider, verdict, functions, terms, through }| Permit {
            capability,
            provider,
            verdict,
            functions,
            terms,
            through,
        };
        Ok(about::grants()?.into_iter().map(permit).collect())
    }

    fn tools(&mut self) -> Result<Vec<(String, String)>, Error> {
        Ok(about::tools()?.into_iter().map(|tool| (tool.name, tool.description)).collect())
    }

    fn commands(&mut self) -> Result<Vec<Known>, Error> {
        let known = |about::Order { call, takes, summary, package }| Known { call, takes, summary, package };
        Ok(about::commands()?.into_iter().map(known).collect())
    }

    fn today(&mut self) -> Result<Today, Error> {
        let today = about::usage()?;
        Ok(Today {
            turns: today.turns,
            calls: today.calls,
            refused: today.refused,
            failed: today.failed,
            read: today.tokens_read,
            written: today.tokens_written,
            whole: today.extent == about::Extent::Whole,
        })
    }
}

fn entry(entry: memory::Entry) -> Memory {
    Memory {
        id: entry.id,
        kind: match entry.kind {
            memory::Kind::Fact => "fact",
            memory::Kind::Episode => "episode",
            memory::Kind::Lesson => "lesson",
            memory::Kind::Skill => "skill",
        },
        text: entry.text,
        written: entry.written,
        superseded: matches!(entry.standing, memory::Standing::Superseded(_)),
    }
}

fn error(trouble: Trouble<Error>) -> Error {
    match trouble {
        Trouble::Invalid(words) => Error::Invalid(words),
        Trouble::NotFound(words) => Error::NotFound(words),
        Trouble::Call(error) => error,
    }
}
