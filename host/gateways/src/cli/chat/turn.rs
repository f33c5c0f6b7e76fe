//! One message and its answer: what happens meanwhile, the text as it comes, and what it rests on.

use crate::cli::approvals::asking;
use crate::cli::failure::Outcome;
use crate::cli::plain;
use crate::cli::screen::{DIM, Screen};
use crate::cli::session::Session;
use crate::desk::{AskInfo, ChatEvent, ChatReply, ChatRequest, Citation};
use serde_json::{Value as Json, json};
use std::io;
use std::time::Duration;
use tokio::sync::mpsc;

/// How long asks that come at once may take to come all.
const TOGETHER: Duration = Duration::from_millis(100);

/// Say it, and print what comes. What waits for the owner is asked in place, where somebody sits at the terminal.
pub(super) async fn run(session: &mut Session, request: &ChatRequest) -> Outcome<ChatReply> {
    let is_alone = session.is_alone();
    let Session { client, screen, input, .. } = session;
    let client = &*client;
    let can_be_asked = input.can_be_asked(screen);
    let mut teller = Teller { screen, streamed: String::new(), in_line: false };
    // The first thing that could not be printed; the turn goes on to its end all the same.
    let mut broken = Ok(());
    let (tell, mut heard) = mpsc::unbounded_channel();
    // The other end is here, and takes at once what comes.
    let chat = client.chat(request, |event| drop(tell.send(event)));
    tokio::pin!(chat);
    let mut asks: Vec<AskInfo> = Vec::new();
    let reply = loop {
        tokio::select! {
            biased;
            Some(event) = heard.recv() => {
                if broken.is_ok() {
                    broken = teller.event(&event);
                }
                if let ChatEvent::Ask { ask } = event {
                    asks.push(*ask);
                }
            }
            reply = &mut chat => break reply,
            // Calls that are made at once are asked about at once.
            () = tokio::time::sleep(TOGETHER), if !asks.is_empty() => {
                let asks = std::mem::take(&mut asks);
                if can_be_asked {
                    teller.end_line()?;
                    asking::ask(client, teller.screen, input, asks).await?;
                    continue;
                }
                if !teller.screen.is_json() {
                    asking::elsewhere(&asks)?;
                }
                if is_alone {
                    // Nobody can answer while this command has the home: the turn goes on when somebody did.
                    client.suspend().await?;
                }
            }
        }
    };
    // What came together with the end.
    while let Ok(event) = heard.try_recv() {
        if broken.is_ok() {
            broken = teller.event(&event);
        }
    }
    broken?;
    match reply {
        Ok(reply) => {
            teller.reply(&reply)?;
            Ok(reply)
        }
        Err(problem) => {
            teller.end_line()?;
            Err(problem.into())
        }
    }
}

/// What has been printed of an answer so far.
struct Teller<'a> {
    screen: &'a mut Screen,
    streamed: String,
    /// Whether the last line still lacks its end.
    in_line: bool,
}

impl Teller<'_> {
    fn event(&mut self, event: &ChatEvent) -> io::Result<()> {
        if self.screen.is_json() {
            return self.screen.json_line(&serde_json::to_value(event)?);
        }
        match event {
            ChatEvent::Text { text } if text.is_empty() => Ok(()),
            ChatEvent::Text { text } => {
                self.streamed.push_str(text);
                self.in_line = !text.ends_with('\n');
                self.screen.stream(text)
            }
            ChatEvent::Status { text } => self.meanwhile(text),
            ChatEvent::Tool { name } => self.meanwhile(&format!("tool {name}")),
            ChatEvent::Progress { what, done, total: Some(total) } => self.meanwhile(&format!("{what} {done}/{total}")),
            // Asked below the turn's words, or elsewhere.
            ChatEvent::Ask { .. } => Ok(()),
            ChatEvent::Progress { what, done, total: None } => self.meanwhile(&format!("{what} {done}")),
        }
    }

    /// What happens meanwhile is for who watches; in a pipe it would be taken for the answer.
    fn meanwhile(&mut self, words: &str) -> io::Result<()> {
        if !self.screen.is_terminal() {
            return Ok(());
        }
        self.end_line()?;
        let words = plain::excerpt(words, self.screen.width().saturating_sub(2));
        self.screen.styled(DIM, &format!("· {words}"))
    }

    fn reply(&mut self, reply: &ChatReply) -> io::Result<()> {
        if self.screen.is_json() {
            return self.screen.json_line(&tagged(reply)?);
        }
        let (streamed, whole) = (self.streamed.trim_end(), reply.text.trim_end());
        if streamed != whole {
            match whole.strip_prefix(self.streamed.as_str()) {
                // A slow screen misses the end of the stream: what is missing follows.
                Some(rest) if !self.streamed.is_empty() => self.screen.stream(rest)?,
                _ => {
                    self.end_line()?;
                    self.screen.stream(whole)?;
                }
            }
            self.in_line = true;
        }
        self.end_line()?;
        for memory in &reply.used {
            let line = citation(self.screen, memory);
            self.screen.styled(DIM, &line)?;
        }
        for id in &reply.learned {
            self.screen.styled(DIM, &format!("· learned ({id})"))?;
        }
        Ok(())
    }

    fn end_line(&mut self) -> io::Result<()> {
        if self.screen.is_json() || !std::mem::take(&mut self.in_line) {
            return Ok(());
        }
        self.screen.stream("\n")
    }
}

/// `· memory 2026-11-23 “…” (01J…)`
fn citation(screen: &Screen, memory: &Citation) -> String {
    let begin = format!("· memory {} ", screen.day(memory.written));
    let end = format!(" ({})", memory.id);
    let room = screen.width().saturating_sub(begin.chars().count() + end.chars().count() + 2).max(10);
    format!("{begin}“{}”{end}", plain::excerpt(&memory.excerpt, room))
}

/// The reply as a line among the events: with a tag, like them.
fn tagged(reply: &ChatReply) -> io::Result<Json> {
    let mut line = json!({ "event": "reply" });
    if let (Some(line), Json::Object(reply)) = (line.as_object_mut(), serde_json::to_value(reply)?) {
        line.extend(reply);
    }
    Ok(line)
}
