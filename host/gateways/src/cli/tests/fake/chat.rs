//! Turns, one for each agent that a test talks to, and slash commands.

use super::asks;
use super::brain::{MEMORY, NOON};
use crate::desk::{CandidateInfo, ChatEvent, ChatReply, ChatRequest, Citation, CommandInfo, Completion, Problem};
use std::time::Duration;
use tokio::sync::mpsc;

pub(super) async fn turn(request: ChatRequest, events: mpsc::Sender<ChatEvent>) -> Result<ChatReply, Problem> {
    let agent = request.agent.as_str();
    if agent == "nobody" {
        return Err(Problem::new("not-found", "there is no agent `nobody`").hint("loket agents"));
    }
    let along: String = request.files.iter().map(|file| format!(" and `{}`: {}", file.name, file.text)).collect();
    let answer = format!("you said `{}`{along}", request.text);
    let text = |text: &str| ChatEvent::Text { text: text.to_owned() };
    let _ = events.send(ChatEvent::Status { text: "thinking".to_owned() }).await;
    let _ = events.send(ChatEvent::Tool { name: "loket:calc/arithmetic\x1b[2J".to_owned() }).await;
    match agent {
        "asking" => {
            for ask in asks::all() {
                let _ = events.send(ChatEvent::Ask { ask: Box::new(ask) }).await;
            }
            // Until all of them are answered.
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
        "cut" => drop(events.send(text("you said")).await),
        "other" => drop(events.send(text("something else")).await),
        "quiet" => {}
        _ => {
            let (one, two) = answer.split_at(4);
            let _ = events.send(text(one)).await;
            let _ = events.send(text(two)).await;
        }
    }
    if agent == "refused" {
        return Err(Problem::new("needs-approval", "the owner has not said yes").hint("loket grant refused acme:mail"));
    }
    Ok(ChatReply {
        turn: "T1".to_owned(),
        // Tells whether the conversation was handed back.
        conversation: request.conversation.map_or_else(|| "C1".to_owned(), |id| format!("{id}+")),
        text: answer,
        used: vec![Citation {
            id: MEMORY.to_owned(),
            excerpt: "tea\nat \x1b[31mfive ".repeat(9),
            written: NOON,
            why: None,
        }],
        learned: vec!["01JDC5Z7E0BBBBBBBBBBBBBBBB".to_owned()],
    })
}

pub(super) fn commands(agent: &str) -> Result<Vec<CommandInfo>, Problem> {
    if agent == "nobody" {
        return Err(Problem::not_found("there is no agent `nobody`").hint("loket agents"));
    }
    let command = |call: &str, takes: &str, summary: &str| CommandInfo {
        call: call.to_owned(),
        package: "loket:commands".to_owned(),
        summary: summary.to_owned(),
        takes: takes.to_owned(),
        parameters: vec![],
        state: "ready".to_owned(),
        remedy: None,
    };
    Ok(vec![
        command("/help", "[command]", "Say what can be said with a slash."),
        command("/lesson", "<wrong> <right>", "Put something right that was wrong."),
        CommandInfo {
            package: "acme:pack".to_owned(),
            state: "`assistant` is not granted `acme:pack`".to_owned(),
            remedy: Some("loket grant assistant acme:pack".to_owned()),
            ..command("/acme:pack:greet", "", "Greet.\x1b[2J")
        },
    ])
}

pub(super) fn completion(line: &str) -> Completion {
    let names = ["/help", "/lesson", "/les\x1b[2Json"].into_iter();
    let fitting = names.filter(|name| name.starts_with(line.trim_start()));
    let candidates = fitting.map(|name| CandidateInfo { text: name.to_owned(), summary: "what it does".to_owned() });
    Completion { at: 0, candidates: candidates.collect() }
}
