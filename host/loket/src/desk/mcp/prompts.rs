//! What agents lend to a client's own model, as prompts: who an agent is (`be_<agent>`), and what its slash commands answer
//! (`run_<agent>_<command>`). For clients that may ask that agent; a command is run through it, with what both are granted.

use super::{agents, heard, labels};
use crate::commands::{Giver, MOST_TEXT, candidates, line, run_one};
use crate::desk::{problem, wrong};
use crate::host::Host;
use loket_gateways::desk::Problem;
use loket_gateways::mcp::behind::{Hear, Use};
use loket_gateways::mcp::model::{GetPromptResult, Prompt, PromptArgument, PromptMessage, Role};
use loket_kernel::counter::now;
use loket_kernel::{CallError, Chain};
use loket_ledger::{Kind, Line, Payload, TurnId};
use loket_providers::agent::offers::{COMMANDER, Need, Offer};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::hash::{Hash as _, Hasher};
use std::sync::Arc;

/// How the names begin. An agent's name has no underline, nor has a command's.
const BE: &str = "be_";
const RUN: &str = "run_";
/// What a persona may be given: what to say first.
const MESSAGE: &str = "message";

/// A prompt of ours.
struct Own {
    name: String,
    agent: String,
    what: What,
}

enum What {
    Persona(String),
    Command(Offer),
}

impl Own {
    fn shown(&self) -> Prompt {
        let (about, title, arguments) = match &self.what {
            What::Persona(persona) => {
                let who = agents::introduced(persona);
                let who = if who.is_empty() { String::new() } else { format!(" It is introduced so: {who}") };
                let message = PromptArgument::new(MESSAGE).with_description("What to say to it.").with_required(false);
                (format!("Be `{}` from here on.{who}", self.agent), format!("Be {}", self.agent), vec![message])
            }
            What::Command(offer) => {
                let argument = |parameter: &loket_providers::agent::offers::Parameter| {
                    PromptArgument::new(parameter.name.clone())
                        .with_description(parameter.summary.clone())
                        .with_required(parameter.need == Need::Required)
                };
                let about = format!("{} (`/{}` of `{}`)", offer.usage.summary, offer.usage.name, self.agent);
                let title = format!("/{} {}", offer.usage.name, self.agent);
                (about, title, offer.usage.parameters.iter().map(argument).collect())
            }
        };
        let arguments = Some(arguments).filter(|all| !all.is_empty());
        Prompt::new(self.name.clone(), Some(about), arguments).with_title(title)
    }
}

/// Whether a name could be one of ours.
fn is_own(name: &str) -> bool {
    name.starts_with(BE) || name.starts_with(RUN)
}

/// Our prompts for whoever begins a chain, ordered by agent.
async fn all(host: &Host, chain: &Chain) -> Vec<Own> {
    let agents = agents::of(host, chain);
    if agents.is_empty() {
        return Vec::new();
    }
    let (offered, _) = host.offered().await;
    let mut all = Vec::new();
    for agent in agents {
        // Who it is, is told to whoever may talk to it without asking.
        if let (Ok(ready), true) = (host.agent(&agent), agents::may(host, chain, &agent).is_ok())
            && !ready.persona.trim().is_empty()
        {
            let what = What::Persona(ready.persona.to_string());
            all.push(Own { name: format!("{BE}{agent}"), agent: agent.clone(), what });
        }
        let giver = Giver::of(chain.clone(), &agent, labels(chain));
        let mine = offered.of(|package| giver.may(host, package));
        all.extend(mine.into_iter().map(|(call, offer)| Own {
            name: format!("{RUN}{agent}_{}", call.replace(':', "_")),
            agent: agent.clone(),
            what: What::Command(offer.clone()),
        }));
    }
    all
}

/// Them as the protocol has them.
pub(super) async fn list(host: &Host, chain: &Chain) -> Vec<Prompt> {
    all(host, chain).await.iter().map(Own::shown).collect()
}

async fn named(host: &Host, chain: &Chain, name: &str) -> Option<Own> {
    if !is_own(name) {
        return None;
    }
    all(host, chain).await.into_iter().find(|own| own.name == name)
}

/// Writes one out; none where it is none of ours.
pub(super) async fn render(
    host: &Host,
    chain: &Chain,
    prompt: &Use,
    told: &Arc<dyn Hear>,
) -> Option<Result<GetPromptResult, Problem>> {
    let own = named(host, chain, &prompt.name).await?;
    Some(written(host, chain, &own, prompt, told).await)
}

async fn written(
    host: &Host,
    chain: &Chain,
    own: &Own,
    prompt: &Use,
    told: &Arc<dyn Hear>,
) -> Result<GetPromptResult, Problem> {
    let mut given = given(own, prompt)?;
    let text = match &own.what {
        What::Persona(persona) => {
            let message = given.remove(MESSAGE).unwrap_or_default();
            if let Some(more) = given.keys().next() {
                return Err(unfit(own, &format!("`{}` is more than it takes", more.escape_default())));
            }
            noted(host, chain, &own.agent).await?;
            let message = message.trim();
            let first =
                if message.is_empty() { String::new() } else { format!("\n\nThe first message to you: {message}") };
            format!("From here on, be who is described here.\n\n{}{first}", persona.trim())
        }
        What::Command(offer) => {
            let values = line::named(&offer.usage, &mut given).map_err(|why| unfit(own, &why))?;
            let giver = Giver::of(chain.clone(), &own.agent, labels(chain));
            let (events, forward) = heard(told.clone());
            let conversation = format!("{}/prompts", chain.text());
            let reply = run_one(host, &giver, offer, values, &conversation, events).await;
            let _ = forward.await;
            reply?.text
        }
    };
    Ok(GetPromptResult::new(vec![PromptMessage::new_text(Role::User, text)]))
}

/// The values that came along: words, as the protocol has them, and no more than a message may have.
fn given(own: &Own, prompt: &Use) -> Result<BTreeMap<String, String>, Problem> {
    let mut all = BTreeMap::new();
    for (name, value) in &prompt.arguments {
        let Json::String(text) = value else {
            return Err(unfit(own, &format!("`{}` is no text", name.escape_default())));
        };
        all.insert(name.clone(), text.clone());
    }
    let size: usize = all.values().map(String::len).sum();
    match size <= MOST_TEXT {
        true => Ok(all),
        false => Err(unfit(own, &format!("its values may have {MOST_TEXT} bytes, these have {size}"))),
    }
}

fn unfit(own: &Own, why: &str) -> Problem {
    let takes = match &own.what {
        What::Persona(_) => format!("it takes `{MESSAGE}`"),
        What::Command(offer) => format!("it takes {}", offer.usage.takes()),
    };
    wrong("invalid", format!("`{}` cannot be written out: {why}", own.name), takes)
}

/// Who an agent is was told: a line in the ledger, before it is.
async fn noted(host: &Host, chain: &Chain, agent: &str) -> Result<(), Problem> {
    agents::may(host, chain, agent).map_err(problem)?;
    let seq = host.counter.ledger.append(Line {
        turn: TurnId(0),
        call: 0,
        parent: 0,
        kind: Kind::Act,
        time: now(),
        chain: chain.text().clone(),
        capability: format!("agent:{agent}").into(),
        function: "persona read".into(),
        labels: 0,
        payload: Payload::Json(json!({ "agent": agent }).to_string()),
    });
    host.counter.ledger.settle(seq).await.map_err(|e| problem(CallError::Failed(e.to_string())))
}

/// How a value of one could go on; none where it is none of ours.
pub(super) async fn complete(
    host: &Host,
    chain: &Chain,
    name: &str,
    parameter: &str,
    typed: &str,
) -> Option<Result<Vec<String>, Problem>> {
    let own = named(host, chain, name).await?;
    let What::Command(offer) = &own.what else { return Some(Ok(Vec::new())) };
    let Some(parameter) = offer.usage.parameters.iter().find(|own| own.name == parameter) else {
        return Some(Ok(Vec::new()));
    };
    let giver = Giver::of(chain.clone(), &own.agent, labels(chain));
    let found = candidates(host, &giver, offer, parameter, typed).await;
    Some(found.map(|all| all.into_iter().map(|candidate| candidate.value).collect()))
}

/// Takes into a print what ours depend on, as far as that is known without asking any package.
pub(super) fn print(host: &Host, chain: &Chain, agents: &[String], hasher: &mut impl Hasher) {
    let providers = host.counter.providers();
    let commanders: Vec<_> = providers.iter().map(|p| p.capability()).filter(|c| *c.interface == *COMMANDER).collect();
    for agent in agents {
        if let Ok(ready) = host.agent(agent) {
            ready.persona.hash(hasher);
        }
        let giver = Giver::of(chain.clone(), agent, labels(chain));
        for package in commanders.iter().filter(|package| giver.may(host, package)) {
            (package, host.package_of(package)).hash(hasher);
        }
    }
}
