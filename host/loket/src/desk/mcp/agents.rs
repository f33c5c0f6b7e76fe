//! An agent as a tool: `ask_<agent>`, which takes a message and, to go on, the conversation that it answered with.

use super::super::chat::{Words, ask as say, conversation_of, fits};
use super::{failed, heard, labels};
use crate::desk::{problem, wrong};
use crate::host::Host;
use crate::turns::{HANDLE, HANDLER};
use loket_gateways::desk::{ChatReply, Problem};
use loket_gateways::mcp::behind::{Hear, Use};
use loket_gateways::mcp::model::{CallToolResult, ContentBlock, JsonObject, Tool, ToolAnnotations};
use loket_kernel::{CallError, Capability, Chain, Principal};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// How the name of each such tool begins.
const ASK: &str = "ask_";
/// The longest name of a conversation of a client's, in bytes: the client's own name goes before it.
const MOST_CONVERSATION: usize = 48;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    message: String,
    #[serde(default)]
    conversation: Option<String>,
}

/// The agent that a tool's name means; whether there is one is another question.
pub(super) fn named(tool: &str) -> Option<&str> {
    tool.strip_prefix(ASK)
}

/// The agents that whoever begins a chain may ask, or may ask for.
pub(super) fn of(host: &Host, chain: &Chain) -> Vec<String> {
    let grants = host.counter.grants.now();
    let world = host.world();
    let ready = world.agents.iter().filter(|(_, agent)| agent.place.is_ok());
    let may = |name: &&String| {
        let capability = Capability::of(&format!("agent:{name}"), HANDLER);
        matches!(grants.check(chain, &capability, HANDLE), Ok(_) | Err(CallError::NeedsApproval(_)))
    };
    ready.map(|(name, _)| name).filter(may).cloned().collect()
}

/// That whoever begins a chain may ask an agent now, without asking anybody first.
///
/// # Errors
/// As the counter says it.
pub(super) fn may(host: &Host, chain: &Chain, agent: &str) -> Result<(), CallError> {
    let capability = Capability::of(&format!("agent:{agent}"), HANDLER);
    host.counter.grants.now().check(chain, &capability, HANDLE).map(drop)
}

/// How a persona begins: who that is.
pub(super) fn introduced(persona: &str) -> String {
    let who: String =
        persona.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().chars().take(200).collect();
    who.trim_start_matches('#').trim().to_owned()
}

/// An agent as a tool.
pub(super) fn tool(host: &Host, agent: &str) -> Tool {
    let persona = host.agent(agent).map(|ready| ready.persona).unwrap_or_default();
    let who = introduced(&persona);
    let about = format!(
        "Ask `{agent}`, an agent with a memory and tools of its own, and wait for its answer.{}",
        if who.is_empty() { String::new() } else { format!(" It is introduced so: {who}") }
    );
    let takes = json!({
        "type": "object",
        "properties": {
            "message": { "type": "string", "description": "What to say to it." },
            "conversation": {
                "type": "string",
                "maxLength": MOST_CONVERSATION,
                "description": "To go on with a conversation: the name that came with its last answer. A new one begins without.",
            },
        },
        "required": ["message"],
        "additionalProperties": false,
    });
    let gives = json!({
        "type": "object",
        "properties": {
            "answer": { "type": "string", "description": "What it answered." },
            "conversation": { "type": "string", "description": "The conversation, to go on with it." },
            "turn": { "type": "string", "description": "The page in the ledger." },
        },
        "required": ["answer", "conversation", "turn"],
    });
    Tool::new(format!("{ASK}{agent}"), about, object(takes))
        .with_title(format!("Ask {agent}"))
        .with_raw_output_schema(object(gives))
        .with_annotations(ToolAnnotations::new().read_only(false).open_world(true))
}

/// Asks an agent.
pub(super) async fn ask(
    host: &Host,
    chain: &Chain,
    agent: &str,
    call: &Use,
    told: Arc<dyn Hear>,
) -> Result<CallToolResult, Problem> {
    let wanted: Arguments = serde_json::from_value(Json::Object(call.arguments.clone()))
        .map_err(|e| wrong("invalid", format!("the arguments of `{}` do not fit: {e}", call.name), "give `message`"))?;
    fits(&wanted.message)?;
    if !host.knows_agent(agent) {
        let message = format!("there is no agent `{}`", agent.escape_default());
        return Err(wrong("not-found", message, "list the tools again"));
    }
    if wanted.conversation.as_ref().is_some_and(|name| name.len() > MOST_CONVERSATION) {
        let message = format!("the name of a conversation has at most {MOST_CONVERSATION} bytes");
        return Err(wrong("invalid", message, "give the name that came with the last answer"));
    }
    // What an agent lacks is nobody's business who may not ask it.
    if host.agent(agent).is_err()
        && let Err(error) = may(host, chain, agent)
    {
        return Ok(failed(&problem(error)));
    }
    let own = conversation_of(wanted.conversation)?;
    // Its conversations are its own: it reads none of the owner's, and none of another client's.
    let conversation = match chain.last() {
        Principal::Owner => own.clone(),
        client => format!("{client}/{own}"),
    };
    let (events, forward) = heard(told);
    let words = Words { agent: agent.to_owned(), conversation, text: wanted.message, labels: labels(chain) };
    let said = say(host, chain.clone(), words, events).await;
    let _ = forward.await;
    Ok(match said {
        Ok(ChatReply { turn, text, .. }) => {
            let mut result = CallToolResult::success(vec![ContentBlock::text(text.clone())]);
            result.structured_content = Some(json!({ "answer": text, "conversation": own, "turn": turn }));
            result
        }
        Err(problem) => failed(&problem),
    })
}

fn object(json: Json) -> Arc<JsonObject> {
    match json {
        Json::Object(object) => Arc::new(object),
        _ => Arc::default(),
    }
}
