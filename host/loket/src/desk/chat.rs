//! A word to an agent: one turn.

use super::{problem, wrong};
use crate::host::Host;
use crate::turns::{HANDLE, HANDLER, Task};
use loket_gateways::desk::{ChatEvent, ChatReply, ChatRequest, Citation, Problem};
use loket_kernel::counter::now;
use loket_kernel::{Capability, Labels};
use loket_values::Value;
use loket_values::json::{decode, from_json};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc;

/// The longest message, in bytes (`loket:roles/handler`).
const MOST_TEXT: usize = 256 << 10;
/// The longest name of a conversation, in bytes.
const MOST_CONVERSATION: usize = 128;

#[derive(Deserialize)]
struct Reply {
    text: String,
    used: Vec<Used>,
    learned: Vec<String>,
}

#[derive(Deserialize)]
struct Used {
    id: String,
    excerpt: String,
    written: u64,
}

pub(super) async fn chat(
    host: &Host,
    request: ChatRequest,
    events: mpsc::Sender<ChatEvent>,
) -> Result<ChatReply, Problem> {
    let ChatRequest { agent, conversation, text } = request;
    if text.len() > MOST_TEXT {
        return Err(wrong(
            "invalid",
            format!("a message may have {MOST_TEXT} bytes, this one has {}", text.len()),
            "send it in parts",
        ));
    }
    if text.trim().is_empty() {
        return Err(wrong("invalid", "the message is empty", "say something"));
    }
    let conversation = conversation.unwrap_or_else(|| loket_ledger::TurnId::new(now()).to_string());
    if conversation.len() > MOST_CONVERSATION || conversation.chars().any(char::is_control) {
        return Err(wrong(
            "invalid",
            format!("a conversation's name may have {MOST_CONVERSATION} plain bytes"),
            "choose a shorter name",
        ));
    }
    let ready = host.agent(&agent)?;
    let event = json!({
        "now": now(),
        "profile": { "name": agent, "persona": ready.persona, "rounds": ready.rounds },
        "labels": [],
        "occasion": { "message": { "conversation": conversation, "text": text } },
    });
    let function = ready
        .unit
        .surface
        .exports
        .iter()
        .find(|i| loket_kernel::unit::plain_name(i) == HANDLER)
        .and_then(|i| i.function(HANDLE));
    let ty = function.and_then(|f| f.params.first()).map(|p| &p.ty);
    let event =
        ty.ok_or("it exports no `handle`".to_owned()).and_then(|ty| from_json(&event, ty).map_err(|e| e.to_string()));
    let event = event.map_err(|e| {
        wrong(
            "failed",
            format!("the agent `{agent}` was built for another contract: {e}"),
            "build it against this host's `wit/`",
        )
    })?;
    // The stream is for those who watch; a slow watcher loses events, never the answer.
    let (tell, mut told) = mpsc::channel(256);
    let forward = tokio::spawn(async move {
        while let Some(event) = told.recv().await {
            if let Some(event) = chat_event(event)
                && let Err(mpsc::error::TrySendError::Closed(_)) = events.try_send(event)
            {
                break;
            }
        }
    });
    let task = Task {
        agent: Some(agent.as_str().into()),
        capability: Capability::of(&format!("agent:{agent}"), HANDLER),
        function: HANDLE.into(),
        args: vec![event],
        limits: Some(ready.limits),
        labels: Labels::NONE,
        events: Some(tell),
        package: Some((ready.unit.package.to_string(), ready.digest.clone())),
    };
    let answer = host.turn(task).await;
    // The turn held the sending end; without it the forwarding ends by itself.
    let _ = forward.await;
    let (turn, value) = answer.map_err(problem)?;
    let value = match value {
        Some(Value::Result(Ok(Some(reply)))) => *reply,
        Some(Value::Result(Err(Some(error)))) => {
            return Err(problem(loket_kernel::CallError::from_value(&error).unwrap_or_else(|| {
                loket_kernel::CallError::Failed(format!("the agent `{agent}` failed without a reason that can be read"))
            })));
        }
        _ => return Err(wrong("failed", format!("the agent `{agent}` gave no answer"), "loket ledger")),
    };
    let reply: Reply = decode(&value).map_err(|e| {
        wrong("failed", format!("the agent's answer cannot be read: {e}"), format!("loket inspect {agent}"))
    })?;
    Ok(ChatReply {
        turn: turn.to_string(),
        conversation,
        text: reply.text,
        used: reply.used.into_iter().map(|u| Citation { id: u.id, excerpt: u.excerpt, written: u.written }).collect(),
        learned: reply.learned,
    })
}

fn chat_event(event: Value) -> Option<ChatEvent> {
    let Value::Variant(case, Some(payload)) = event else { return None };
    Some(match (case.as_str(), *payload) {
        ("text", Value::String(text)) => ChatEvent::Text { text },
        ("status", Value::String(text)) => ChatEvent::Status { text },
        ("tool", Value::String(name)) => ChatEvent::Tool { name },
        ("progress", value) => {
            #[derive(Deserialize)]
            struct Progress {
                what: String,
                done: u64,
                total: Option<u64>,
            }
            let Progress { what, done, total } = decode(&value).ok()?;
            ChatEvent::Progress { what, done, total }
        }
        _ => return None,
    })
}
