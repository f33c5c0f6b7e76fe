//! A command is run through the agent that is spoken to: the chain is owner, agent, command, and all that the command does needs the grants
//! of both.

use super::giver::Giver;
use super::line::{self, Typed};
use crate::desk::chat::{conversation_of, watched};
use crate::desk::{problem, wrong};
use crate::host::Host;
use crate::turns::Task;
use loket_gateways::desk::{
    AttachedFile, CandidateInfo, ChatEvent, CommandInfo, CommandReply, CommandRequest, Completion, ParameterInfo,
    Problem,
};
use loket_guardian::capability::near;
use loket_kernel::counter::now;
use loket_kernel::{CallError, Capability, Principal, Watch};
use loket_ledger::TurnId;
use loket_providers::agent::offers::{All, Kind, Need, Offer, Parameter, RUN};
use loket_values::Value;
use loket_values::json::{decode, from_json};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::mpsc;

/// The function that completes.
const COMPLETE: &str = "complete";
/// The longest line, in bytes: as much as a message.
pub(crate) const MOST_TEXT: usize = 256 << 10;
/// The longest beginning that a command is shown, in bytes.
const MOST_TYPED: usize = 1 << 10;
/// The most candidates.
const MOST_CANDIDATES: usize = 50;
/// The longest candidate, and the longest summary of one, in bytes.
const LONGEST: usize = 256;

/// What a line turned out to be.
pub(crate) enum Said {
    /// A command, which was run.
    Command(CommandReply),
    /// Words for the agent.
    Words,
}

/// How a command's name is understood.
enum Found<'o> {
    None,
    One(&'o Offer),
    Many(Vec<&'o Offer>),
}

#[derive(Deserialize)]
struct Outcome {
    text: String,
    onward: Onward,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Onward {
    Same,
    Fresh,
    Other(#[expect(dead_code, reason = "read like `same`")] String),
}

/// A value that could be meant.
#[derive(Deserialize)]
pub(crate) struct Candidate {
    /// The value.
    pub(crate) value: String,
    summary: String,
}

/// Runs a line as a command; what is none is a problem.
///
/// # Errors
/// When there is no such command, its values do not fit, it is not granted, or what it came to.
pub(crate) async fn run(
    host: &Host,
    request: CommandRequest,
    events: mpsc::Sender<ChatEvent>,
) -> Result<CommandReply, Problem> {
    let CommandRequest { agent, conversation, text } = request;
    let conversation = conversation_of(conversation)?;
    match said(host, &agent, &conversation, &text, &[], events).await? {
        Said::Command(reply) => Ok(reply),
        Said::Words => {
            let (all, _) = host.offered().await;
            let name = line::name(&text).map_or("", |(name, _)| name);
            let names: Vec<String> = all.of(|c| may(host, &agent, c)).into_iter().map(|(name, _)| name).collect();
            let hint = match &near(name, names.iter().map(String::as_str))[..] {
                [] => "`/help` lists those that there are".to_owned(),
                near => format!("did you mean {}?", slashed(near)),
            };
            let shown: String = text.trim().chars().take(60).collect();
            Err(wrong("not-found", format!("there is no command `{}`", shown.escape_debug()), hint))
        }
    }
}

/// Runs a line as a command, if it is one. What comes along with it is for an agent only.
///
/// # Errors
/// As [`run`], and when files come with a command.
pub(crate) async fn said(
    host: &Host,
    agent: &str,
    conversation: &str,
    text: &str,
    files: &[AttachedFile],
    events: mpsc::Sender<ChatEvent>,
) -> Result<Said, Problem> {
    let Some((name, end)) = line::name(text) else { return Ok(Said::Words) };
    known(host, agent)?;
    measured(text)?;
    let (all, _) = host.offered().await;
    let offer = match find(host, &all, agent, name) {
        Found::None => return Ok(Said::Words),
        Found::One(_) | Found::Many(_) if !files.is_empty() => return Err(alone(name)),
        Found::One(offer) => offer,
        Found::Many(offers) => return Err(clash(name, &offers)),
    };
    let values = line::values(&offer.usage, text, end).map_err(|why| {
        let usage = format!("/{name} {}", offer.usage.takes());
        wrong("invalid", format!("`/{name}` cannot be run: {why}"), usage.trim_end())
    })?;
    run_one(host, &Giver::owner(agent), offer, values, conversation, events).await.map(Said::Command)
}

/// Runs a command with values that fit it.
///
/// # Errors
/// When it is not granted, or what it came to.
pub(crate) async fn run_one(
    host: &Host,
    giver: &Giver<'_>,
    offer: &Offer,
    values: Vec<(String, String)>,
    conversation: &str,
    events: mpsc::Sender<ChatEvent>,
) -> Result<CommandReply, Problem> {
    let arguments: Vec<_> = values.into_iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    let order = json!({
        "name": offer.usage.name, "arguments": arguments, "agent": giver.agent, "conversation": conversation,
        "now": now(),
    });
    let (tell, forward) = watched(events, |_| {});
    let answer = call(host, giver, offer, RUN, &order, Some(tell)).await;
    let _ = forward.await;
    let (turn, value) = answer?;
    let Outcome { text, onward } = decode(&value).map_err(|error| foreign(offer, &error))?;
    let conversation = match onward {
        Onward::Fresh => TurnId::new(now()).to_string(),
        Onward::Same | Onward::Other(_) => conversation.to_owned(),
    };
    Ok(CommandReply { turn: turn.to_string(), conversation, text })
}

/// What could be meant at the end of a line.
///
/// # Errors
/// When there is no such agent, or what the command's own completion came to.
pub(crate) async fn complete(host: &Host, request: CommandRequest) -> Result<Completion, Problem> {
    let CommandRequest { agent, text, .. } = request;
    known(host, &agent)?;
    measured(&text)?;
    let begin = text.len() - text.trim_start().len();
    let nothing = Completion { at: text.len(), candidates: vec![] };
    let (all, _) = host.offered().await;
    let name = match line::name(&text) {
        Some((name, end)) if end < text.len() => (name, end),
        None if text.trim() != "/" => return Ok(nothing),
        // The name itself is being typed.
        typed => {
            let typed = typed.map_or("", |(name, _)| name);
            let mine = all.of(|capability| may(host, &agent, capability));
            let fitting = mine.into_iter().filter(|(name, _)| name.starts_with(typed));
            let candidates = fitting
                .take(MOST_CANDIDATES)
                .map(|(name, offer)| CandidateInfo { text: format!("/{name}"), summary: offer.usage.summary.clone() });
            return Ok(Completion { at: begin, candidates: candidates.collect() });
        }
    };
    let Found::One(offer) = find(host, &all, &agent, name.0) else { return Ok(nothing) };
    let Some(Typed { parameter, value, at }) = line::typed(&offer.usage, &text, name.1) else { return Ok(nothing) };
    let candidates = candidates(host, &Giver::owner(&agent), offer, parameter, &value).await?;
    let candidates = candidates
        .into_iter()
        .map(|candidate| CandidateInfo {
            text: line::written(&parameter.kind, &candidate.value),
            summary: candidate.summary,
        })
        .collect();
    Ok(Completion { at, candidates })
}

/// The values that could be meant by the beginning of one.
///
/// # Errors
/// What the command's own completion came to.
pub(crate) async fn candidates(
    host: &Host,
    giver: &Giver<'_>,
    offer: &Offer,
    parameter: &Parameter,
    typed: &str,
) -> Result<Vec<Candidate>, Problem> {
    let candidates = match &parameter.kind {
        Kind::Choice(words) => {
            let fitting = words.iter().filter(|word| word.starts_with(typed));
            fitting.map(|word| Candidate { value: word.clone(), summary: String::new() }).collect()
        }
        _ if typed.len() > MOST_TYPED => Vec::new(),
        _ => {
            let beginning = json!({
                "name": offer.usage.name, "parameter": parameter.name, "typed": typed, "agent": giver.agent,
            });
            let (_, value) = call(host, giver, offer, COMPLETE, &beginning, None).await?;
            decode::<Vec<Candidate>>(&value).map_err(|error| foreign(offer, &error))?
        }
    };
    let plain = |text: &str| text.len() <= LONGEST && !text.chars().any(char::is_control);
    Ok(candidates.into_iter().filter(|c| plain(&c.value) && plain(&c.summary)).take(MOST_CANDIDATES).collect())
}

/// The commands that an agent's conversations have, and those that they could have.
///
/// # Errors
/// When there is no such agent.
pub(crate) async fn list(host: &Host, agent: &str) -> Result<Vec<CommandInfo>, Problem> {
    known(host, agent)?;
    let (all, broken) = host.offered().await;
    let info = |call: String, offer: &Offer, granted: bool| CommandInfo {
        call: format!("/{call}"),
        package: offer.package.to_string(),
        summary: offer.usage.summary.clone(),
        takes: offer.usage.takes(),
        parameters: offer.usage.parameters.iter().map(parameter_info).collect(),
        state: if granted { "ready".to_owned() } else { format!("`{agent}` is not granted `{}`", offer.package) },
        remedy: (!granted).then(|| format!("loket grant {agent} {}", offer.package)),
    };
    let mine = all.of(|capability| may(host, agent, capability));
    let others = all.0.iter().filter(|offer| !may(host, agent, &offer.capability()));
    let mut list: Vec<CommandInfo> = mine.into_iter().map(|(call, offer)| info(call, offer, true)).collect();
    list.extend(others.map(|offer| info(format!("{}:{}", offer.package, offer.usage.name), offer, false)));
    list.extend(broken.into_iter().map(|(package, why)| CommandInfo {
        call: String::new(),
        package: package.to_string(),
        summary: String::new(),
        takes: String::new(),
        parameters: vec![],
        state: format!("its commands cannot be used: {why}"),
        remedy: None,
    }));
    Ok(list)
}

fn parameter_info(parameter: &Parameter) -> ParameterInfo {
    let (kind, words) = match &parameter.kind {
        Kind::Word => ("word", vec![]),
        Kind::Number => ("number", vec![]),
        Kind::Choice(words) => ("choice", words.clone()),
        Kind::Rest => ("rest", vec![]),
        Kind::Other(kind) => (kind.as_str(), vec![]),
    };
    ParameterInfo {
        name: parameter.name.clone(),
        summary: parameter.summary.clone(),
        kind: kind.to_owned(),
        words,
        optional: parameter.need == Need::Optional,
    }
}

/// One call to a package of commands, through an agent.
async fn call(
    host: &Host,
    giver: &Giver<'_>,
    offer: &Offer,
    function: &str,
    argument: &serde_json::Value,
    events: Option<mpsc::Sender<Value>>,
) -> Result<(TurnId, Value), Problem> {
    let capability = offer.capability();
    let gone = || wrong("unavailable", format!("nobody answers `{capability}` now"), "loket packages");
    let provider = host.counter.provider(&capability).ok_or_else(gone)?;
    let ty = provider.interface().function(function).and_then(|f| f.params.first()).map(|p| p.ty.clone());
    let argument = ty
        .ok_or_else(|| format!("it has no function `{function}`"))
        .and_then(|ty| from_json(argument, &ty).map_err(|error| error.to_string()))
        .map_err(|why| foreign(offer, &why))?;
    let limits = host.agent(giver.agent).ok().map(|ready| ready.limits);
    let task = Task {
        agent: Some(giver.agent.into()),
        capability,
        function: function.into(),
        args: vec![argument],
        limits,
        labels: giver.labels,
        events: events.map(|events| Arc::new(events) as Arc<dyn Watch>),
        package: None,
    };
    let (turn, value) = host.turn_through(giver.chain(), task).await.map_err(problem)?;
    match value {
        Some(Value::Result(Ok(Some(value)))) => Ok((turn, *value)),
        Some(Value::Result(Err(Some(error)))) => Err(CallError::from_value(&error).map_or_else(
            || wrong("failed", format!("`{}` failed without a reason that can be read", offer.package), "loket ledger"),
            problem,
        )),
        _ => Err(wrong("failed", format!("`{}` gave no answer", offer.package), "loket ledger")),
    }
}

/// Of several commands of one name those count that the agent may use: what it was not granted takes no name from it.
fn find<'o>(host: &Host, all: &'o All, agent: &str, name: &str) -> Found<'o> {
    let called = all.called(name);
    let mine: Vec<&Offer> = called.iter().filter(|offer| may(host, agent, &offer.capability())).copied().collect();
    match (&mine[..], &called[..]) {
        ([], []) => Found::None,
        // Not granted: it is asked all the same, and the counter says what would allow it.
        ([one], _) | ([], [one]) => Found::One(one),
        ([], _) => Found::Many(called),
        _ => Found::Many(mine),
    }
}

fn may(host: &Host, agent: &str, capability: &Capability) -> bool {
    host.counter.grants.allows(&Principal::Agent(agent.into()), capability, RUN)
}

fn clash(name: &str, offers: &[&Offer]) -> Problem {
    let packages: Vec<String> = offers.iter().map(|offer| format!("`{}`", offer.package)).collect();
    let names: Vec<String> = offers.iter().map(|offer| format!("{}:{}", offer.package, offer.usage.name)).collect();
    wrong(
        "invalid",
        format!("`/{name}` is a command of {}", packages.join(" and of ")),
        format!("say which you mean: {}", slashed(&names)),
    )
}

fn alone(name: &str) -> Problem {
    wrong(
        "invalid",
        format!("a command takes no files: `/{name}` was not run"),
        "say it without a file, or say something else with it",
    )
}

fn slashed<T: std::fmt::Display>(names: &[T]) -> String {
    names.iter().map(|name| format!("`/{name}`")).collect::<Vec<_>>().join(" or ")
}

fn known(host: &Host, agent: &str) -> Result<(), Problem> {
    match host.knows_agent(agent) {
        true => Ok(()),
        false => Err(wrong(
            "not-found",
            format!("there is no agent `{}` in this home", agent.escape_default()),
            "loket agents",
        )),
    }
}

fn measured(text: &str) -> Result<(), Problem> {
    match text.len() {
        0..=MOST_TEXT => Ok(()),
        many => {
            Err(wrong("invalid", format!("a line may have {MOST_TEXT} bytes, this one has {many}"), "say less at once"))
        }
    }
}

fn foreign(offer: &Offer, why: &dyn std::fmt::Display) -> Problem {
    wrong(
        "failed",
        format!("the commands of `{}` were built for another contract: {why}", offer.package),
        "build it against this host's `wit/`",
    )
}
