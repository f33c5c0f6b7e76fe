//! Agents that think with a model behind HTTP: a scripted one, and a real one. A binary of its own: the servers are slow to start.
//!
//! `cargo xtask test` installs the servers and says where they are; [`peers`] starts them.

#[path = "../host/house.rs"]
#[expect(dead_code, reason = "this binary needs less of a house than the other")]
mod house;
mod kinds;
mod peers;
mod real;
mod rough;
mod scripted;
mod seeing;

use house::House;
use loket_gateways::desk::{CallRequest, ChatEvent, ChatReply, ChatRequest, Desk as _, GrantRequest, Problem};
use serde_json::Value as Json;
use std::sync::Arc;
use tokio::sync::mpsc;

/// A kind of server: the adapter, where its interface begins, and what else the settings say.
#[derive(Debug, Clone, Copy)]
struct Kind {
    adapter: &'static str,
    below: &'static str,
    more: &'static str,
}

/// Chat completions, as most servers speak them.
const CHAT: Kind = Kind { adapter: "loket:openai", below: "/v1", more: "" };
/// OpenAI's responses.
const RESPONSES: Kind = Kind { adapter: "loket:openai", below: "/v1", more: "api = \"responses\"" };
/// Anthropic's messages.
const MESSAGES: Kind = Kind { adapter: "loket:anthropic", below: "/v1", more: "" };
/// Ollama's own.
const OLLAMA: Kind = Kind { adapter: "loket:ollama", below: "", more: "" };

/// A home whose assistant thinks with a model at this address; nothing is granted yet.
async fn home(address: &str, more: &str) -> House {
    home_of(CHAT, address, more).await
}

/// The same for a server of any kind.
async fn home_of(kind: Kind, address: &str, more: &str) -> House {
    let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
    // A real model on a busy machine takes its time.
    let limits = "[limits]\nseconds = 900\n";
    let Kind { adapter, below, more: own } = kind;
    let model = format!(
        "[models.there]\nadapter = \"{adapter}\"\nurl = \"http://{address}{below}\"\nmodel = \"m\"\n{own}\n{more}\n"
    );
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
        self.connect_by(CHAT, address).await;
    }

    /// The same for a server of any kind.
    async fn connect_by(&self, kind: Kind, address: &str) {
        self.reach_by(kind, address, &[]).await;
        self.grant("assistant", kind.adapter).await;
    }

    /// Lets the adapter reach its server.
    async fn reach(&self, address: &str, secrets: &[&str]) {
        self.reach_by(CHAT, address, secrets).await;
    }

    /// The same for a server of any kind.
    async fn reach_by(&self, kind: Kind, address: &str, secrets: &[&str]) {
        let mut terms = std::collections::BTreeMap::from([("host".to_owned(), vec![address.to_owned()])]);
        if !secrets.is_empty() {
            terms.insert("secret".to_owned(), secrets.iter().map(|s| (*s).to_owned()).collect());
        }
        let (grantee, capability) = (kind.adapter.to_owned(), "loket:http/client".to_owned());
        self.grant_as(GrantRequest { grantee, capability, terms, ..GrantRequest::default() }).await;
    }

    /// Calls a function of an adapter, as the owner.
    async fn adapter(&self, kind: Kind, interface: &str, function: &str, arguments: Json) -> Result<Json, Problem> {
        let (capability, package, function) = (interface.into(), Some(kind.adapter.into()), function.into());
        self.host.call(CallRequest { capability, package, function, arguments, agent: None }).await
    }

    /// Says something, and hears what streams back meanwhile.
    async fn chat(&self, text: &str) -> (Result<ChatReply, Problem>, Vec<ChatEvent>) {
        self.chat_in("test", text).await
    }

    /// The same in a conversation of another name.
    async fn chat_in(&self, conversation: &str, text: &str) -> (Result<ChatReply, Problem>, Vec<ChatEvent>) {
        let (events, mut heard) = mpsc::channel(10_000);
        let (agent, conversation) = ("assistant".into(), Some(conversation.into()));
        let request = ChatRequest { agent, conversation, text: text.into(), files: vec![] };
        let reply = self.host.chat(request, events).await;
        let mut all = Vec::new();
        while let Some(event) = heard.recv().await {
            all.push(event);
        }
        (reply, all)
    }
}

/// A home that may reach its model.
async fn connected(kind: Kind, address: &str, more: &str) -> House {
    let house = home_of(kind, address, more).await;
    house.connect_by(kind, address).await;
    house
}

/// The words among events.
fn words(events: &[ChatEvent]) -> Vec<&str> {
    let words =
        events.iter().filter_map(|event| if let ChatEvent::Text { text } = event { Some(text.as_str()) } else { None });
    words.collect()
}
