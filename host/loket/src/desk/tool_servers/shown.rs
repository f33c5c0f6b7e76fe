//! How servers of tools are, and what they offer.

use super::{login, named, problem, servers, survey};
use crate::host::Host;
use loket_gateways::desk::{Problem, ServerToolInfo, ServerWit, ToolServerInfo};
use loket_guardian::mcp::{McpEntry, McpName, Way};
use loket_guardian::scan::Judgement;
use loket_providers::mcp::child::Confinement;
use loket_providers::mcp::offer::Offer;
use loket_providers::mcp::pins::{Said, Standing};
use loket_providers::mcp::{State, Survey};
use std::collections::BTreeMap;

/// The state of a server that waits for somebody to log in.
pub(super) const NEEDS_LOGIN: &str = "needs login";

pub(in crate::desk) fn list(host: &Host) -> Result<Vec<ToolServerInfo>, Problem> {
    let states = servers(host)?.states();
    Ok(states.into_iter().map(|(name, state)| info(&name, &state, &BTreeMap::new())).collect())
}

/// Asks it what it offers.
pub(in crate::desk) async fn show(host: &Host, name: &str) -> Result<ToolServerInfo, Problem> {
    let name = named(host, name)?;
    let asked = survey(host, &name).await.map_err(|problem| problem.message);
    of(host, &name, asked).await
}

/// What was accepted of one, as WIT.
pub(in crate::desk) fn wit(host: &Host, name: &str) -> Result<ServerWit, Problem> {
    let name = named(host, name)?;
    let text = servers(host)?.wit(&name).map_err(|error| {
        let hint = format!("loket mcp accept {name}");
        Problem { hint: Some(hint), ..problem(error) }
    })?;
    Ok(ServerWit { package: name.package(), text })
}

/// A server, after it was asked.
pub(super) async fn of(host: &Host, name: &McpName, asked: Result<Survey, String>) -> Result<ToolServerInfo, Problem> {
    let servers = servers(host)?;
    let states = servers.states();
    let Some(state) = states.get(name) else { return Err(named(host, name.as_str()).err().unwrap_or_else(gone)) };
    let accepted = servers.accepted(name);
    Ok(match asked {
        Ok(Survey { said, revision, about }) => ToolServerInfo {
            findings: findings(&judged(host, name, &said).await),
            revision: Some(revision),
            about: Some(about).filter(|about| !about.is_empty()),
            digest: Some(said.digest()),
            ..info(name, state, &offers(&said, &accepted))
        },
        Err(why) => {
            let shown = info(name, state, &accepted);
            let word = if shown.state == NEEDS_LOGIN { NEEDS_LOGIN } else { "unreachable" };
            ToolServerInfo { state: word.into(), problem: Some(why), ..shown }
        }
    })
}

/// What the scanners say of what a server says.
pub(super) async fn judged(host: &Host, name: &McpName, said: &Said) -> Judgement {
    let text = |offer: &Offer| {
        let returns = offer.returns.iter().map(ToString::to_string);
        let parts = [offer.title.clone(), offer.description.clone(), offer.parameters.to_string()];
        (format!("tool {}", offer.name), parts.into_iter().chain(returns).collect::<Vec<_>>().join("\n"))
    };
    let documents: Vec<(String, String)> = said.offers.values().map(text).collect();
    host.look_at_texts(&name.package(), &documents).await
}

fn findings(judgement: &Judgement) -> Vec<String> {
    let told = judgement.told.iter();
    told.map(|(_, _, finding)| {
        let place = finding.evidence.first().map(|evidence| format!(" ({})", evidence.place)).unwrap_or_default();
        format!("{}, {}: {}{place}: {}", finding.id, finding.severity, finding.title, finding.message)
    })
    .collect()
}

fn gone() -> Problem {
    Problem::unavailable("it was taken out just now")
}

/// What is said of each tool now; what was accepted of those that are gone.
fn offers(said: &Said, accepted: &BTreeMap<String, Offer>) -> BTreeMap<String, Offer> {
    let mut all = accepted.clone();
    all.extend(said.offers.clone());
    all
}

fn info(name: &McpName, state: &State, offers: &BTreeMap<String, Offer>) -> ToolServerInfo {
    let tools: Vec<_> = state.tools.iter().map(|(name, standing)| tool(name, standing, offers.get(name))).collect();
    let waits = !state.is_accepted || tools.iter().any(|tool| matches!(tool.state.as_str(), "new" | "changed"));
    let login = state.login.as_ref().and_then(login::info);
    let word = match (waits, state.is_connected) {
        _ if login.as_ref().is_some_and(|login| login.needed.is_some()) => NEEDS_LOGIN,
        (true, _) => "waits",
        (false, true) => "connected",
        (false, false) => "idle",
    };
    let confinement = state.confinement.map(|confinement| match confinement {
        Confinement::Confined => "confined",
        Confinement::FullTrust => "full trust",
        Confinement::Unavailable => "unavailable",
    });
    ToolServerInfo {
        name: name.to_string(),
        place: state.entry.place(),
        confinement: confinement.map(str::to_owned),
        reach: reach(&state.entry),
        state: word.into(),
        login,
        problem: None,
        findings: Vec::new(),
        revision: None,
        about: None,
        tools,
        digest: None,
    }
}

fn tool(name: &str, standing: &Standing, offer: Option<&Offer>) -> ServerToolInfo {
    let (state, why, difference) = match standing {
        Standing::Accepted => ("accepted", None, Vec::new()),
        Standing::New => ("new", None, Vec::new()),
        Standing::Changed(lines) => ("changed", None, lines.clone()),
        Standing::Gone => ("gone", None, Vec::new()),
        Standing::Refused(why) => ("refused", Some(why.clone()), Vec::new()),
    };
    ServerToolInfo {
        name: name.to_owned(),
        state: state.to_owned(),
        read_only: offer.is_some_and(|offer| offer.read_only),
        description: offer.map(|offer| offer.description.clone()).unwrap_or_default(),
        why,
        difference,
    }
}

/// What a server may reach, in words.
fn reach(entry: &McpEntry) -> Vec<String> {
    let asks = entry.elicitation.then(|| "you: it may ask you something".to_owned());
    let Way::Child(child) = &entry.way else { return asks.into_iter().collect() };
    let folders = child.folders.iter().map(|folder| {
        let access = if folder.writable { "" } else { ", to read" };
        format!("the folder {}{access}", folder.path.display())
    });
    let read = child.read.iter().map(|path| format!("{}, to read", path.display()));
    let secrets = child.secrets.iter().map(|(variable, secret)| format!("the secret `{secret}`, as `{variable}`"));
    let network = child.network.then(|| "the network".to_owned());
    folders.chain(read).chain(secrets).chain(network).chain(asks).collect()
}
