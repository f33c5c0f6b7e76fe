//! Agents with several models, budgets, and how models are brought in: the whole way, with the bundled adapter and servers that do what a
//! test tells them.
//!
//! Files: [`server`] is such a server, [`fallback`] one model after the other, [`race`] all at once, [`pins`] who is stayed with, [`budget`] what
//! may be used in a day, [`bringing_in`] `loket models`.

mod bringing_in;
mod budget;
mod fallback;
mod pins;
mod race;
pub(crate) mod server;

use crate::house::{self, House};
use loket_gateways::desk::{ChatEvent, ChatReply, ChatRequest, Desk as _, GrantRequest, Problem};
use server::Server;
use std::sync::Arc;
use tokio::sync::mpsc;

/// A home whose assistant thinks with these servers, named `one` and `two`; the adapter may reach them, and the assistant may use it.
async fn thinking(servers: &[(&str, &Server)], settings: &str, manifest: &str) -> House {
    let house = House::open(folder(servers, settings, manifest)).await;
    house.connect(servers).await;
    house
}

/// The home's folder, which nobody has opened yet.
fn folder(servers: &[(&str, &Server)], settings: &str, manifest: &str) -> Arc<tempfile::TempDir> {
    let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
    let models: Vec<String> = servers.iter().map(|(name, server)| server.model(name)).collect();
    house::lay_out(folder.path(), &format!("{settings}\n{}", models.concat()));
    let path = folder.path().join("agents/assistant/agent.toml");
    let text = std::fs::read_to_string(&path).expect("the assistant has one");
    let first = servers.first().map_or("loket:offline", |(name, _)| name);
    let text = text.replace("model = \"loket:offline\"", &format!("model = \"{first}\""));
    std::fs::write(&path, format!("{text}\n{manifest}\n")).expect("it can be written");
    folder
}

impl House {
    /// Lets the adapter reach these servers, and the assistant the adapter.
    async fn connect(&self, servers: &[(&str, &Server)]) {
        let hosts = servers.iter().map(|(_, server)| server.address.to_string()).collect();
        let (grantee, capability) = ("loket:openai".to_owned(), "loket:http/client".to_owned());
        let terms = [("host".to_owned(), hosts)].into();
        self.grant_as(GrantRequest { grantee, capability, terms, ..GrantRequest::default() }).await;
        self.grant("assistant", "loket:openai").await;
    }

    /// Says something in a conversation, and hears what streams back meanwhile.
    async fn ask_in(&self, conversation: &str) -> (Result<ChatReply, Problem>, Vec<ChatEvent>) {
        let (events, mut heard) = mpsc::channel(10_000);
        let (agent, conversation) = ("assistant".into(), Some(conversation.into()));
        let request = ChatRequest { agent, conversation, text: "What do you think?".into(), files: vec![] };
        let reply = self.host.chat(request, events).await;
        let mut all = Vec::new();
        while let Some(event) = heard.recv().await {
            all.push(event);
        }
        (reply, all)
    }

    /// What is answered.
    async fn ask(&self) -> String {
        self.ask_in("test").await.0.unwrap_or_else(|p| panic!("it answers: {p:?}")).text
    }

    /// Why nothing is answered.
    async fn refused(&self) -> Problem {
        match self.ask_in("test").await.0 {
            Ok(reply) => panic!("it answers: {reply:?}"),
            Err(problem) => problem,
        }
    }
}

/// The words among events, and what was told of models.
fn words(events: &[ChatEvent]) -> (String, Vec<&str>) {
    let text =
        events.iter().filter_map(|event| if let ChatEvent::Text { text } = event { Some(text.as_str()) } else { None });
    let status = events.iter().filter_map(|event| match event {
        ChatEvent::Status { text } if text.starts_with('`') => Some(text.as_str()),
        _ => None,
    });
    (text.collect(), status.collect())
}
