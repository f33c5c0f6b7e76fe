//! A word to an agent: one turn.

use super::attached::with_files;
use super::because::because;
use super::{problem, wrong};
use crate::commands::{Said, said};
use crate::host::Host;
use crate::talks::{BrokenOff, Talk};
use crate::turns::{HANDLE, HANDLER, Task};
use loket_gateways::desk::{
    ChatEvent, ChatReply, ChatRequest, Citation, CommandReply, Problem, StopReport, StopRequest,
};
use loket_kernel::counter::now;
use loket_kernel::{CallError, Capability, Chain, Labels, Principal};
use loket_values::Value;
use loket_values::json::{decode, from_json};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

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

pub(crate) async fn chat(
    host: &Host,
    request: ChatRequest,
    events: mpsc::Sender<ChatEvent>,
) -> Result<ChatReply, Problem> {
    let ChatRequest { agent, conversation, text, files } = request;
    fits(&text)?;
    let conversation = conversation_of(conversation)?;
    let (whole, labels) = with_files(text.clone(), &files)?;
    fits(&whole)?;
    if let Said::Command(reply) = said(host, &agent, &conversation, &text, &files, events.clone()).await? {
        let CommandReply { turn, conversation, text } = reply;
        return Ok(ChatReply { turn, conversation, text, used: vec![], learned: vec![] });
    }
    let words = Words { agent, conversation, text: whole, labels };
    let chain = Chain::new(Principal::Owner);
    ask(host, chain, words, events).await
}

/// That something can be said.
pub(super) fn fits(text: &str) -> Result<(), Problem> {
    if text.len() > MOST_TEXT {
        return Err(wrong(
            "invalid",
            format!("a message and its files may have {MOST_TEXT} bytes, these have {}", text.len()),
            "send it in parts",
        ));
    }
    if text.trim().is_empty() {
        return Err(wrong("invalid", "the message is empty", "say something"));
    }
    Ok(())
}

/// What is said to an agent, and what is known of whose words they are.
pub(super) struct Words {
    pub(super) agent: String,
    pub(super) conversation: String,
    pub(super) text: String,
    pub(super) labels: Labels,
}

/// Says something to an agent in the name of whoever begins a chain: one turn.
pub(super) async fn ask(
    host: &Host,
    chain: Chain,
    words: Words,
    events: mpsc::Sender<ChatEvent>,
) -> Result<ChatReply, Problem> {
    let Words { agent, conversation, text, labels } = words;
    let ready = host.agent(&agent)?;
    let talk = host.talks.begin(chain.last(), &agent, &conversation, &text, labels);
    let interrupted = |BrokenOff { asked, said, .. }: &BrokenOff| json!({ "asked": asked, "said": said });
    let interrupted = talk.before.as_ref().map(interrupted);
    // What was broken off is told with the message: its labels are the turn's as well.
    let labels = talk.labels();
    let event = json!({
        "now": now(),
        "profile": { "name": agent, "persona": ready.persona, "rounds": ready.rounds },
        "labels": labels.names(),
        "occasion": { "message": { "conversation": conversation, "text": text, "interrupted": interrupted } },
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
    let (tell, forward) = watched(events, talk.listener());
    let task = Task {
        agent: Some(agent.as_str().into()),
        capability: Capability::of(&format!("agent:{agent}"), HANDLER),
        function: HANDLE.into(),
        args: vec![event],
        limits: Some(ready.limits),
        labels,
        events: Some(Arc::new(tell)),
        package: Some((ready.unit.package.to_string(), ready.digest.clone())),
    };
    let mut changed = None;
    let answer = tokio::select! {
        answer = host.turn_telling(chain, task, &mut changed, |turn| talk.begun(turn)) => answer,
        () = talk.stopped() => Err(CallError::exhausted("cancelled", "the turn was stopped")),
    };
    // The turn held the sending end; without it the forwarding ends by itself.
    let _ = forward.await;
    let (turn, value) = end(talk, answer)?;
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
    let cited = |used: Used| Citation { id: used.id, excerpt: used.excerpt, written: used.written, why: None };
    let used = because(host, turn, reply.used.into_iter().map(cited).collect()).await;
    Ok(ChatReply { turn: turn.to_string(), conversation, text: reply.text, used, learned: reply.learned })
}

/// Stops what an agent is answering now.
pub(super) fn stop(host: &Host, request: &StopRequest) -> Result<StopReport, Problem> {
    // A stream is the gateways' own.
    let StopRequest { agent, conversation, stream: _ } = request;
    if !host.knows_agent(agent) {
        return Err(wrong("not-found", format!("there is no agent `{}`", agent.escape_default()), "loket agents"));
    }
    Ok(StopReport { stopped: host.talks.stop(agent, conversation.as_deref()) })
}

/// The conversation that is meant; a new one when none is said.
pub(crate) fn conversation_of(said: Option<String>) -> Result<String, Problem> {
    let conversation = said.unwrap_or_else(|| loket_ledger::TurnId::new(now()).to_string());
    if conversation.len() > MOST_CONVERSATION || conversation.chars().any(char::is_control) {
        return Err(wrong(
            "invalid",
            format!("a conversation's name may have {MOST_CONVERSATION} plain bytes"),
            "choose a shorter name",
        ));
    }
    Ok(conversation)
}

/// A stream for a turn's events, told on to those who watch; the words are also for `hear`. A slow watcher loses events, never the answer.
pub(crate) fn watched(
    events: mpsc::Sender<ChatEvent>,
    mut hear: impl FnMut(&str) + Send + 'static,
) -> (mpsc::Sender<Value>, JoinHandle<()>) {
    let (tell, mut told) = mpsc::channel(256);
    let forward = tokio::spawn(async move {
        while let Some(event) = told.recv().await {
            let Some(event) = chat_event(event) else { continue };
            if let ChatEvent::Text { text } = &event {
                hear(text);
            }
            let _ = events.try_send(event);
        }
    });
    (tell, forward)
}

/// How a talk ended: where its agent had no chance to record it, it was broken off, and the agent is told so next time.
fn end<T>(talk: Talk<'_>, answer: Result<T, CallError>) -> Result<T, Problem> {
    match answer {
        Ok(done) => {
            talk.ended();
            Ok(done)
        }
        Err(error) => {
            match &error {
                CallError::Exhausted(limit) if limit.limit == "waiting" || limit.limit == "turns-a-minute" => {
                    talk.not_begun();
                }
                CallError::Denied(_) | CallError::NeedsApproval(_) | CallError::Unavailable(_) => talk.not_begun(),
                _ => drop(talk),
            }
            Err(problem(error))
        }
    }
}

pub(super) fn chat_event(event: Value) -> Option<ChatEvent> {
    let Value::Variant(case, Some(payload)) = event else { return None };
    Some(match (case.as_str(), *payload) {
        ("text", Value::String(text)) => ChatEvent::Text { text },
        ("status", Value::String(text)) => ChatEvent::Status { text },
        ("tool", Value::String(name)) => ChatEvent::Tool { name },
        // No component can say this one: its type has no such case.
        ("ask", Value::String(ask)) => ChatEvent::Ask { ask: serde_json::from_str(&ask).ok()? },
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
