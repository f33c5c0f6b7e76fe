//! Agents that think with a model behind HTTP: a scripted one, and a real one. A binary of its own: the servers are slow to start.
//!
//! `cargo xtask test` installs the servers and says where they are; [`peers`] starts them.

#[path = "../host/house.rs"]
#[expect(dead_code, reason = "this binary needs less of a house than the other")]
mod house;
mod peers;
mod real;
mod scripted;

use house::House;
use loket_gateways::desk::{ChatEvent, ChatReply, ChatRequest, Desk as _, GrantRequest, Problem};
use std::sync::Arc;
use tokio::sync::mpsc;

/// A home whose assistant thinks with a model at this address; nothing is granted yet.
async fn home(address: &str, more: &str) -> House {
    let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
    // A real model on a busy machine takes its time.
    let limits = "[limits]\nseconds = 900\n";
    let model =
        format!("[models.there]\nadapter = \"loket:openai\"\nurl = \"http://{address}/v1\"\nmodel = \"m\"\n{more}\n");
    house::lay_out(folder.path(), &format!("{limits}{model}"));
    let manifest = folder.path().join("agents/assistant/agent.toml");
    let text = std::fs::read_to_string(&manifest).expect("the assistant has one");
    let text = text.replace("model = \"loket:offline\"", "model = \"there\"").replace("seconds = 60", "seconds = 900");
    std::fs::write(&manifest, text).expect("it can be written");
    House::open(folder).await
}

impl House {
    /// Lets the adapter reach its server, and the assistant the adapter.
    async fn connect(&self, address: &str) {
        self.reach(address, &[]).await;
        self.grant("assistant", "loket:openai").await;
    }

    /// Lets the adapter reach its server.
    async fn reach(&self, address: &str, secrets: &[&str]) {
        let mut terms = std::collections::BTreeMap::from([("host".to_owned(), vec![address.to_owned()])]);
        if !secrets.is_empty() {
            terms.insert("secret".to_owned(), secrets.iter().map(|s| (*s).to_owned()).collect());
        }
        let (grantee, capability) = ("loket:openai".to_owned(), "loket:http/client".to_owned());
        self.grant_as(GrantRequest { grantee, capability, terms, ..GrantRequest::default() }).await;
    }

    /// Says something, and hears what streams back meanwhile.
    async fn chat(&self, text: &str) -> (Result<ChatReply, Problem>, Vec<ChatEvent>) {
        self.chat_in("test", text).await
    }

    /// The same in a conversation of another name.
    async fn chat_in(&self, conversation: &str, text: &str) -> (Result<ChatReply, Problem>, Vec<ChatEvent>) {
        let (events, mut heard) = mpsc::channel(10_000);
        let (agent, conversation) = ("assistant".into(), Some(conversation.into()));
        let request = ChatRequest { agent, conversation, text: text.into() };
        let reply = self.host.chat(request, events).await;
        let mut all = Vec::new();
        while let Some(event) = heard.recv().await {
            all.push(event);
        }
        (reply, all)
    }
}

/// The words among events.
fn words(events: &[ChatEvent]) -> Vec<&str> {
    let words =
        events.iter().filter_map(|event| if let ChatEvent::Text { text } = event { Some(text.as_str()) } else { None });
    words.collect()
}
