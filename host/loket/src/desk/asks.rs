//! Calls that wait for the owner: what is asked, and the answers. Each answer is in the ledger before the call goes on.

use super::{permit, problem, wrong};
use crate::asks::answer::{Claim, line};
use crate::asks::form;
use crate::asks::question::Question;
use crate::host::Host;
use loket_gateways::desk::{AnswerRequest, Answered, AskEnd, AskInfo, Caller, Problem};
use loket_kernel::CallError;
use loket_ledger::{Kind, Payload, Stored, TurnId};
use loket_values::Value;
use loket_values::json::{arguments, to_json};
use serde_json::Value as Json;
use std::sync::Arc;

/// Asks that are answered in one go.
const MOST: usize = 128;

/// How the owner can answer, as the ledger and gateways have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Once,
    Conversation,
    Always,
    No,
    NotAgain,
}

impl Word {
    const ALL: [Word; 5] = [Word::Once, Word::Conversation, Word::Always, Word::No, Word::NotAgain];

    fn name(self) -> &'static str {
        match self {
            Word::Once => "once",
            Word::Conversation => "conversation",
            Word::Always => "always",
            Word::No => "no",
            Word::NotAgain => "not-again",
        }
    }

    fn is_no(self) -> bool {
        matches!(self, Word::No | Word::NotAgain)
    }

    fn parse(text: &str) -> Result<Word, Problem> {
        Word::ALL.into_iter().find(|word| word.name() == text).ok_or_else(|| {
            let words = Word::ALL.map(|word| format!("`{}`", word.name())).join(", ");
            let message = format!("an answer is one of {words}, and not `{}`", text.escape_default());
            wrong("invalid", message, "loket approvals --help")
        })
    }
}

pub(super) fn list(host: &Host) -> Vec<AskInfo> {
    host.asks.let_go(&host.counter.ledger);
    host.asks.list()
}

/// One of those that wait, or that were answered lately: then with what became of its turn.
pub(super) async fn show(host: &Host, name: &str) -> Result<AskInfo, Problem> {
    host.asks.let_go(&host.counter.ledger);
    let (question, answer) = host.asks.find(name)?;
    let mut info = host.asks.info(&question);
    if let Some(answer) = answer {
        info.state = answer.to_owned();
        info.ended = ended(host, &question).await?;
    }
    Ok(info)
}

/// How the turn of an ask ended, if it did.
async fn ended(host: &Host, question: &Question) -> Result<Option<AskEnd>, Problem> {
    let Ok(turn) = question.turn.parse::<TurnId>() else { return Ok(None) };
    let ledger = host.counter.ledger.clone();
    ledger.flush().await.map_err(|e| wrong("failed", e.to_string(), "loket doctor"))?;
    let page = super::reading(move || ledger.turn(turn)).await?;
    let Some(end) = page.iter().rev().find(|line| matches!(line.kind, Kind::Turn | Kind::End)) else { return Ok(None) };
    if end.kind == Kind::Turn {
        return Ok(None);
    }
    let outcome = match &end.payload {
        Stored::Present(Payload::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let answer = page.iter().rev().find(|line| line.call == 1 && line.kind == Kind::Outcome);
    let reply = answer.and_then(|line| match &line.payload {
        Stored::Present(Payload::Values(values)) => reply(values.first()?),
        _ => None,
    });
    Ok(Some(AskEnd { outcome, reply }))
}

/// The words of an agent's reply; of anything else, its JSON.
fn reply(value: &Value) -> Option<String> {
    let Value::Result(Ok(Some(inner))) = value else { return Some(to_json(value).to_string()) };
    let Value::Record(fields) = &**inner else { return Some(to_json(value).to_string()) };
    fields.iter().find_map(|(name, value)| match value {
        Value::String(text) if name == "text" => Some(text.clone()),
        _ => None,
    })
}

/// Answers asks: all of them the same.
pub(super) async fn answer(host: &Host, request: AnswerRequest, by: &Caller) -> Result<Answered, Problem> {
    if !by.scopes.approve {
        return Err(wrong(
            "denied",
            format!("`{}` comes with a token that lacks the scope `approve`", by.name),
            "answer with the owner's own token, for example by `loket approvals`",
        ));
    }
    let word = Word::parse(&request.answer)?;
    if request.asks.is_empty() || request.asks.len() > MOST {
        let message = format!("an answer is for 1 to {MOST} asks, this one for {}", request.asks.len());
        return Err(wrong("invalid", message, "loket approvals"));
    }
    host.asks.let_go(&host.counter.ledger);
    let claim = host.asks.claim(&request.asks)?;
    for question in &claim.questions {
        if question.is_asked_by(&by.name) {
            let message = format!("`{}` asks this itself, and nobody answers their own asks", by.name);
            return Err(wrong("denied", message, "let the owner answer: loket approvals"));
        }
    }
    let changed = changed(host, &claim, word, request.arguments)?;
    match word {
        Word::Conversation => {
            host.let_in("nothing is allowed beyond this one call")?;
            if let Some(question) = claim.questions.iter().find(|question| question.conversation.is_none()) {
                let message = format!("the ask `{}` belongs to no conversation", question.ask);
                return Err(wrong("invalid", message, "answer it once, or always"));
            }
        }
        Word::Always => {
            for question in &claim.questions {
                let who = question.principal().ok_or_else(|| {
                    wrong("failed", format!("`{}` names nobody", question.whom), "loket ledger --verify")
                })?;
                permit::always(host, &who, &question.capability(), &question.function).await?;
            }
        }
        Word::Once | Word::No | Word::NotAgain => {}
    }
    let lines = claim.questions.iter().map(|question| line(question, &by.name, word.name(), changed.as_ref()));
    let last = lines.map(|line| host.counter.ledger.append(line)).last();
    if let Some(last) = last {
        host.counter.ledger.settle(last).await.map_err(|e| problem(CallError::Failed(e.to_string())))?;
    }
    let asks = claim.questions.iter().map(|question| question.ask.clone()).collect();
    let given = match word {
        Word::Once | Word::Conversation | Word::Always => crate::asks::Given::Yes(changed),
        Word::No => crate::asks::Given::No { for_the_turn: false },
        Word::NotAgain => crate::asks::Given::No { for_the_turn: true },
    };
    let goes_on = claim.give(word.name(), &given).into_iter().collect();
    Ok(Answered { asks, answer: word.name().to_owned(), goes_on, ended: Vec::new() })
}

/// Goes on with a turn that waited and has all its answers.
pub(super) async fn go_on(host: &Host, turn: &str) -> AskEnd {
    let gone_on = match turn.parse::<TurnId>() {
        Ok(turn) => host.resume(turn, None).await,
        Err(error) => Err(CallError::Invalid(error.to_string())),
    };
    match gone_on {
        Ok(value) => AskEnd { outcome: "done".to_owned(), reply: value.as_ref().and_then(reply) },
        Err(error) => AskEnd { outcome: format!("{}: {error}", error.code()), reply: None },
    }
}

/// Other arguments, if they fit the function.
fn changed(host: &Host, claim: &Claim<'_>, word: Word, json: Option<Json>) -> Result<Option<Json>, Problem> {
    let invalid = |message: String, hint: &str| wrong("invalid", message, hint);
    if let (Some(asked), false) = (claim.questions.iter().find_map(|question| question.form.as_ref()), word.is_no()) {
        let ([_], Word::Once) = (&claim.questions[..], word) else {
            return Err(invalid("what a server asks is answered by itself, and once".into(), "loket approvals yes ID"));
        };
        return form::values(asked, json).map_err(|why| {
            invalid(format!("the answer does not fit: {why}"), "loket approvals yes ID --set FIELD=VALUE")
        });
    }
    let Some(json) = json else { return Ok(None) };
    let question: &Arc<Question> = match (&claim.questions[..], word) {
        ([one], Word::Once) => one,
        _ => {
            return Err(invalid(
                "other arguments are for one ask, and for once".into(),
                "answer the others by themselves",
            ));
        }
    };
    let capability = question.capability();
    let Some(provider) = host.counter.provider(&capability) else {
        return Err(wrong("unavailable", format!("nobody answers `{capability}` now"), "loket packages"));
    };
    let Some(function) = provider.interface().function(&question.function) else {
        return Err(wrong(
            "unavailable",
            format!("`{capability}` has no function `{}` now", question.function),
            "loket packages",
        ));
    };
    let args = arguments(&json, function).map_err(|e| {
        invalid(format!("the arguments do not fit: {e}"), &format!("the function is `{}`", function.signature()))
    })?;
    Ok(Some(crate::asks::question::by_parameter(function, &args)))
}
