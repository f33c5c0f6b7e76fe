//! Calls whose grant says `ask`: each waits at the counter for its owner, and the ledger has what was asked and what was answered.
//!
//! Files: [`answers`] yes, no and what lies between, [`binding`] what an answer is bound to and who may give it, [`together`] several at
//! once, [`waiting`] what waiting costs, [`restarts`] a host that ends in between.

mod answers;
mod binding;
mod restarts;
mod together;
mod waiting;

use crate::house::House;
use loket_gateways::desk::{
    AnswerRequest, Answered, AskInfo, AskRef, Caller, Desk, GrantRequest, LedgerLine, LedgerQuery, Problem,
};
use serde_json::{Value as Json, json};
use std::time::{Duration, Instant};

/// The asking fixture, which is granted all that it imports; it must ask for the echo.
async fn asking_house() -> House {
    asking_house_with("").await
}

async fn asking_house_with(settings: &str) -> House {
    let house = House::with(settings).await;
    for capability in ["loket:brain/memory", "loket:model/chat", "loket:tools/catalog"] {
        house.grant("test:asker", capability).await;
    }
    house.ask_for("test:asker", "test:echo").await;
    assert_eq!(house.state("test:asker").await, "ready");
    house
}

impl House {
    /// Grants what says `ask`.
    async fn ask_for(&self, grantee: &str, capability: &str) {
        let (grantee, capability, verdict) = (grantee.into(), capability.into(), Some("ask".into()));
        self.grant_as(GrantRequest { grantee, capability, verdict, ..GrantRequest::default() }).await;
    }

    /// The asker says something back through the echo.
    async fn asks_to_echo(&self, text: &str) -> Result<Json, Problem> {
        self.call("test:asker/acts", "echo", json!({ "text": text })).await
    }

    /// As many asks as there must be, once they wait.
    async fn waits(&self, number: usize) -> Vec<AskInfo> {
        let begun = Instant::now();
        loop {
            let asks = self.host.asks().await.expect("they can be listed");
            if asks.len() == number {
                return asks;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{number} asks wait: {asks:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The owner answers asks.
    async fn answer(&self, asks: &[AskInfo], answer: &str, arguments: Option<Json>) -> Result<Answered, Problem> {
        let request =
            AnswerRequest { asks: asks.iter().map(AskRef::from).collect(), answer: answer.to_owned(), arguments };
        self.host.answer(request, &Caller::owner()).await
    }

    /// The owner answers the only ask as soon as it waits; answers with what was asked.
    async fn answers(&self, answer: &str) -> AskInfo {
        let asks = self.waits(1).await;
        self.answer(&asks, answer, None).await.unwrap_or_else(|p| panic!("it can be answered: {p:?}"));
        asks[0].clone()
    }

    /// All lines about calls of the echo, as `act`, `intent` and so on; of an act, what it says.
    async fn about_echo(&self) -> Vec<String> {
        let lines = self.lines("test:echo/acts", "echo").await;
        assert!(self.host.verify().await.expect("it can be verified").sound);
        lines.iter().map(said).collect()
    }

    /// The same of one turn, whatever its host wrote since.
    async fn about_echo_in(&self, turn: &str) -> Vec<String> {
        let query = LedgerQuery { turn: Some(turn.to_owned()), limit: Some(1_000), from: None };
        let page = self.host.ledger(query).await.expect("the page reads");
        assert!(self.host.verify().await.expect("it can be verified").sound);
        page.iter().filter(|line| line.capability == "test:echo/acts").map(said).collect()
    }
}

/// A line in a word: its kind, or what an act is about.
fn said(line: &LedgerLine) -> String {
    let payload = line.payload.clone().unwrap_or_default();
    match (line.kind.as_str(), payload["act"].as_str()) {
        ("act", Some("answered")) => format!("answered {}", payload["answer"].as_str().unwrap_or_default()),
        ("act", Some(act)) => act.to_owned(),
        (kind, _) => kind.to_owned(),
    }
}

/// The payload of the newest act of a kind.
fn act<'l>(lines: &'l [LedgerLine], what: &str) -> &'l Json {
    let acts = lines.iter().rev().filter_map(|line| line.payload.as_ref().filter(|payload| payload["act"] == what));
    acts.into_iter().next().unwrap_or_else(|| panic!("`{what}` is in the ledger"))
}
