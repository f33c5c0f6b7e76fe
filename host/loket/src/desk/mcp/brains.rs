//! What agents remember, as resources: a memory by its id, what is found by a question, and the memories one after the other. For clients
//! whose token names that agent's brain; each read is a call of `loket:brain/memory` in the client's name.
//!
//! ```text
//! loket://brain/AGENT/memory/ID           a memory
//! loket://brain/AGENT/search/QUESTION     what is recalled, best first
//! ```

use super::labels;
use crate::desk::{problem, wrong};
use crate::host::Host;
use crate::turns::Task;
use loket_gateways::desk::Problem;
use loket_gateways::mcp::behind::Page;
use loket_gateways::mcp::model::{Annotations, JsonObject, MetaObject, Resource, ResourceContents, ResourceTemplate};
use loket_kernel::terms::AllTerms;
use loket_kernel::{CallError, Capability, Chain, Principal};
use loket_providers::brain::reach::reaches;
use loket_values::Value;
use loket_values::json::{arguments, to_json};
use serde_json::{Value as Json, json};

/// The interface that is called.
pub(crate) const MEMORY: &str = "loket:brain/memory";
/// What a client reads with: no other function of it is ever called for one.
pub(crate) const READING: [&str; 3] = ["get", "list", "recall"];
/// How each uri begins.
const SCHEME: &str = "loket://brain/";
/// How many memories a page has, and what is found at most.
const PAGE: usize = 100;
const FOUND: usize = 20;
/// The longest question, in bytes (`loket:brain/memory`), and the longest that a name of a memory is taken for.
const MOST_QUESTION: usize = 8 << 10;
const MOST_ID: usize = 64;
/// How much of a memory's words its name in a list has, in characters.
const NAME: usize = 80;

/// What is at a uri.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    Memory(String),
    Search(String),
}

/// How the uris of an agent's brain begin.
pub(crate) fn brain_uri(agent: &str) -> String {
    format!("{SCHEME}{agent}/")
}

/// The agent whose brain a uri is about, and the rest of it; none for a uri of another kind.
pub(super) fn whose(uri: &str) -> Option<(&str, &str)> {
    uri.strip_prefix(SCHEME).map(|rest| rest.split_once('/').unwrap_or((rest, "")))
}

/// The agents whose brains whoever begins a chain may look into, in the order of their names.
pub(super) fn of(host: &Host, chain: &Chain) -> Vec<String> {
    let world = host.world();
    world.agents.keys().filter(|agent| may(host, chain, agent)).cloned().collect()
}

/// Whether they may read in an agent's brain, or ask for it.
pub(super) fn may(host: &Host, chain: &Chain, agent: &str) -> bool {
    let (grants, memory) = (host.counter.grants.now(), Capability::host(MEMORY));
    let who = chain.last();
    READING.iter().any(|function| match grants.check(chain, &memory, function) {
        Ok(passed) => *who == Principal::Owner || reaches(&passed.terms, who, agent),
        // Whoever has to ask is told of it by whoever answers.
        Err(CallError::NeedsApproval(_)) => {
            let asking = grants.of(who).iter().filter(|grant| grant.scope.covers(&memory, function));
            asking.into_iter().any(|grant| reaches(&AllTerms::from_iter([grant.terms.clone()]), who, agent))
        }
        Err(_) => false,
    })
}

/// The forms of their uris.
pub(super) fn templates(host: &Host, chain: &Chain) -> Vec<ResourceTemplate> {
    if of(host, chain).is_empty() {
        return Vec::new();
    }
    let search = ResourceTemplate::new(format!("{SCHEME}{{agent}}/search/{{question}}"), "search")
        .with_title("What an agent remembers")
        .with_description(
            "What an agent recalls to a question in plain words, best first; each memory is a piece of its own.",
        )
        .with_mime_type("text/plain");
    let memory = ResourceTemplate::new(format!("{SCHEME}{{agent}}/memory/{{id}}"), "memory")
        .with_title("A memory")
        .with_description("One memory of an agent's, by its id.")
        .with_mime_type("text/plain");
    vec![search, memory]
}

/// How a variable of a template could go on.
pub(super) fn complete(host: &Host, chain: &Chain, form: &str, parameter: &str, value: &str) -> Option<Vec<String>> {
    let is_ours = form.starts_with(SCHEME);
    let agents = || of(host, chain).into_iter().filter(|agent| agent.starts_with(value)).collect();
    is_ours.then(|| if parameter == "agent" { agents() } else { Vec::new() })
}

/// A page of memories, the newest first, one brain after the other. `from` is where an earlier page ended: an agent, and a cursor of its brain.
pub(super) async fn list(host: &Host, chain: &Chain, from: Option<&str>) -> Result<Option<Page<Resource>>, Problem> {
    let agents = of(host, chain);
    let (agent, cursor) = match from {
        None => (agents.first().map(String::as_str), None),
        Some(from) => match from.split_once('/') {
            Some((agent, cursor)) if agents.iter().any(|own| own == agent) => {
                (Some(agent), Some(cursor).filter(|cursor| !cursor.is_empty()))
            }
            _ => return Ok(None),
        },
    };
    let Some(agent) = agent else { return Ok(Some(Page { items: Vec::new(), next: None })) };
    let wanted = json!({ "kinds": [], "cursor": cursor, "limit": PAGE });
    let page = match ask(host, chain, agent, "list", wanted).await {
        Ok(page) => page,
        // A cursor that this brain never gave.
        Err(problem) if problem.code == "invalid" && cursor.is_some() => return Ok(None),
        // It may be looked into, only not listed.
        Err(problem) if matches!(problem.code.as_str(), "denied" | "needs-approval") => Json::Null,
        Err(problem) => return Err(problem),
    };
    let items = page["items"].as_array().into_iter().flatten().map(|entry| shown(agent, entry)).collect();
    let after = || agents.iter().skip_while(|own| *own != agent).nth(1);
    let next = match page["cursor"].as_str() {
        Some(cursor) => Some(format!("{agent}/{cursor}")),
        None => after().map(|agent| format!("{agent}/")),
    };
    Ok(Some(Page { items, next }))
}

/// Reads what is at a uri.
pub(super) async fn read(host: &Host, chain: &Chain, uri: &str) -> Result<Option<Vec<ResourceContents>>, Problem> {
    let Some((agent, rest)) = whose(uri) else { return Ok(None) };
    let Some(place) = place(rest) else { return Ok(None) };
    if !host.knows_agent(agent) {
        return Ok(None);
    }
    match place {
        Place::Memory(id) => {
            let entry = ask(host, chain, agent, "get", json!({ "id": id })).await?;
            Ok((!entry.is_null()).then(|| vec![contents(uri.to_owned(), &entry, None)]))
        }
        Place::Search(text) => {
            let none: [&str; 0] = [];
            let query = json!({
                "text": text, "kinds": none, "tags": none, "conversation": null, "since": null, "until": null,
                "without": none, "tokens": null, "around": 0, "limit": FOUND,
            });
            let hits = ask(host, chain, agent, "recall", json!({ "query": query })).await?;
            let found = hits.as_array().into_iter().flatten();
            let piece = |hit: &Json| contents(uri_of(agent, &hit["entry"]), &hit["entry"], Some(&hit["score"]));
            Ok(Some(found.map(piece).collect()))
        }
    }
}

/// Calls one function of a brain in the client's name, in a turn of its own.
async fn ask(host: &Host, chain: &Chain, agent: &str, function: &str, given: Json) -> Result<Json, Problem> {
    let capability = Capability::host(MEMORY);
    let gone = || wrong("unavailable", format!("nobody answers `{capability}` now"), "loket doctor");
    let provider = host.counter.provider(&capability).ok_or_else(gone)?;
    let ty = provider.interface().function(function).ok_or_else(gone)?;
    let args = arguments(&given, ty).map_err(|e| wrong("invalid", e.to_string(), "ask in plain words"))?;
    let task = Task {
        agent: Some(agent.into()),
        capability,
        function: function.to_owned(),
        args,
        limits: None,
        labels: labels(chain),
        events: None,
        package: None,
    };
    let (_, value) = host.turn_through(chain.clone(), task).await.map_err(problem)?;
    match value {
        Some(Value::Result(Ok(value))) => Ok(value.as_deref().map_or(Json::Null, to_json)),
        Some(Value::Result(Err(Some(error)))) => Err(CallError::from_value(&error).map_or_else(
            || wrong("failed", "the brain failed without a reason that can be read", "loket ledger"),
            problem,
        )),
        _ => Err(wrong("failed", "the brain gave no answer", "loket ledger")),
    }
}

/// A memory in a list.
fn shown(agent: &str, entry: &Json) -> Resource {
    let text = entry["text"].as_str().unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    let name: String = line.chars().take(NAME).collect();
    let cut = if name.len() < text.len() { "…" } else { "" };
    let tags: Vec<&str> = entry["tags"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    let kind = entry["kind"].as_str().unwrap_or("memory");
    let about = if tags.is_empty() { String::new() } else { format!(" ({})", tags.join(", ")) };
    let mut hints = Annotations::default().with_priority(if entry["pinned"] == true { 1.0 } else { 0.5 });
    hints.last_modified = number(&entry["written"]).map(crate::desk::time_text);
    Resource::new(uri_of(agent, entry), format!("{name}{cut}"))
        .with_description(format!("A {kind} of `{agent}`'s{about}."))
        .with_mime_type("text/plain")
        .with_size(text.len() as u64)
        .with_annotations(hints)
}

/// A memory's words, and beside them all else that is known of it: also whether strangers' words are in it.
fn contents(uri: String, entry: &Json, score: Option<&Json>) -> ResourceContents {
    let mut known = entry.clone();
    let text = known.as_object_mut().and_then(|known| known.remove("text"));
    let mut meta = JsonObject::from_iter([("loket/memory".to_owned(), known)]);
    if let Some(score) = score {
        meta.insert("loket/score".to_owned(), score.clone());
    }
    let text = text.as_ref().and_then(Json::as_str).unwrap_or_default();
    ResourceContents::text(text, uri).with_meta(MetaObject(meta))
}

fn uri_of(agent: &str, entry: &Json) -> String {
    format!("{}memory/{}", brain_uri(agent), entry["id"].as_str().unwrap_or_default())
}

fn number(json: &Json) -> Option<u64> {
    json.as_u64().or_else(|| json.as_str()?.parse().ok())
}

/// What the rest of a uri means; none where there can be nothing.
fn place(rest: &str) -> Option<Place> {
    let (what, name) = rest.split_once('/')?;
    match what {
        "memory" if name.len() <= MOST_ID && !name.contains('/') => Some(Place::Memory(name.to_owned())),
        "search" => {
            decoded(name).filter(|text| text.len() <= MOST_QUESTION && !text.trim().is_empty()).map(Place::Search)
        }
        _ => None,
    }
}

/// A text out of a uri (RFC 3986, 2.1); none where it is no text.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let (high, low) = (digit(rest.next())?, digit(rest.next())?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_says_whose_brain_and_what_in_it() {
        assert_eq!(whose("loket://brain/ann/memory/01A"), Some(("ann", "memory/01A")));
        assert_eq!(whose("loket://brain/ann"), Some(("ann", "")));
        assert_eq!(whose("test://static-text"), None);
        assert_eq!(place("memory/01A"), Some(Place::Memory("01A".into())));
        assert_eq!(place("search/what%20is%20the%20caf%C3%A9%3F"), Some(Place::Search("what is the café?".into())));
        assert_eq!(place("search/a/b"), Some(Place::Search("a/b".into())));
    }

    #[test]
    fn what_makes_no_sense_is_nothing() {
        let long = format!("search/{}", "x".repeat(MOST_QUESTION + 1));
        let id = format!("memory/{}", "0".repeat(MOST_ID + 1));
        for rest in [
            "",
            "memory",
            "memory/a/b",
            "other/x",
            "search/",
            "search/%20",
            "search/%",
            "search/%4",
            "search/%ff",
            &long,
            &id,
        ] {
            assert_eq!(place(rest), None, "{rest:.40}");
        }
    }
}
