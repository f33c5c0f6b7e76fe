//! Brains through the whole host: what their owner does with them, and what they do by themselves.
//!
//! Files in reading order: [`upkeep`] who may look after a brain, and what comes of it, [`copies`] snapshots, the way back, other agents,
//! [`lessons`] what was corrected is done otherwise, [`forgetting`] nothing is left of what was forgotten, [`quota`] how a brain is kept,
//! [`dreams`] while nobody speaks, [`meaning`] recall by vectors; here, the calls that they share.

mod copies;
mod dreams;
mod forgetting;
mod lessons;
mod meaning;
mod quota;
mod upkeep;

use crate::house::{House, lay_out};
use loket_gateways::desk::Problem;
use serde_json::{Value as Json, json};
use std::sync::Arc;

const MEMORY: &str = "loket:brain/memory";
const UPKEEP: &str = "loket:brain/upkeep";

impl House {
    /// A house in which bob's manifest says this besides, or in place of it.
    async fn with_bob(settings: &str, manifest: &str) -> House {
        let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
        lay_out(folder.path(), settings);
        std::fs::write(folder.path().join("agents/bob/agent.toml"), manifest).expect("it can be written");
        House::open(folder).await
    }

    /// A call of an agent's brain by its owner, as far as the brain answers it.
    async fn brain(&self, agent: &str, interface: &str, function: &str, arguments: Json) -> Result<Json, Problem> {
        let answer = self.call_for(agent, interface, function, arguments).await?;
        Ok(answer.get("ok").unwrap_or_else(|| panic!("{function} goes well: {answer}")).clone())
    }

    /// The same of the assistant's.
    async fn keep(&self, function: &str, arguments: Json) -> Json {
        self.brain("assistant", UPKEEP, function, arguments).await.expect("the owner may")
    }

    async fn remember(&self, agent: &str, text: &str) -> String {
        let draft = json!({ "kind": "fact", "text": text, "tags": [], "steps": [] });
        let id = self.brain(agent, MEMORY, "remember", json!({ "draft": draft })).await.expect("the owner may");
        id.as_str().expect("an id").to_owned()
    }

    async fn recall(&self, agent: &str, text: &str) -> Vec<Json> {
        let query = json!({ "text": text, "kinds": [], "tags": [], "without": [], "around": 0, "limit": 10 });
        let hits = self.brain(agent, MEMORY, "recall", json!({ "query": query })).await.expect("the owner may");
        hits.as_array().expect("a list").clone()
    }

    /// The texts of an agent's memories of these kinds, newest first.
    async fn texts(&self, agent: &str, kinds: &[&str]) -> Vec<String> {
        let page = self.brain(agent, MEMORY, "list", json!({ "kinds": kinds, "limit": 100 })).await;
        let page = page.expect("the owner may");
        let items = page["items"].as_array().expect("a list");
        items.iter().map(|entry| entry["text"].as_str().expect("words").to_owned()).collect()
    }

    async fn memory(&self, agent: &str, id: &str) -> Json {
        self.brain(agent, MEMORY, "get", json!({ "id": id })).await.expect("the owner may")
    }
}
