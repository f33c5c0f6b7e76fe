//! While nobody speaks to an agent, it dreams: as the owner's call, in the ledger, once a day. Its model is asked where it was granted.

use super::UPKEEP;
use crate::house::House;
use loket_gateways::desk::LedgerLine;
use serde_json::{Value as Json, json};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Two that say nearly the same.
const ALIKE: [&str; 2] = ["the garden gate squeaks in strong wind", "a garden gate squeaks in the strong winds"];

impl House {
    /// The dreams that stand in the ledger.
    async fn dreams(&self, kind: &str) -> Vec<LedgerLine> {
        let lines = self.lines(UPKEEP, "dream").await;
        lines.into_iter().filter(|line| line.kind == kind).collect()
    }

    async fn quiet_for(&self, minutes: u64) {
        let moment = Instant::now() + Duration::from_secs(60 * minutes);
        self.host.dream_where_quiet(moment, &CancellationToken::new()).await;
    }

    /// Fourteen exchanges of one conversation, three days ago.
    async fn talked(&self, agent: &str) {
        let ago = loket_kernel::counter::now() - 3 * 86_400_000;
        let line = |number: u64| {
            let text = format!(
                "asked: what about part {number} of the boat?\nanswered: Part {number} was painted blue by Bo."
            );
            json!({ "text": text, "kind": "episode", "conversation": "boat", "written": ago + number }).to_string()
        };
        let lines: Vec<String> = (0..14).map(line).collect();
        let done = self.brain(agent, UPKEEP, "import", json!({ "lines": lines })).await.expect("the owner may");
        assert_eq!(done["added"], 14);
    }

    /// What a dream summarised, and in which words.
    async fn summary(&self, agent: &str) -> String {
        let dream = self.brain(agent, UPKEEP, "dream", json!({ "earnest": "apply" })).await.expect("the owner may");
        let deeds = dream["deeds"].as_array().expect("a list");
        let found = deeds.iter().find(|deed| deed["kind"] == "summary");
        found.unwrap_or_else(|| panic!("it summarised: {dream}"))["words"].as_str().expect("words").to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_to_whom_nobody_speaks_dreams_once_a_day_and_it_stands_in_the_ledger() {
    let house = House::new().await;
    for text in ALIKE {
        house.remember("assistant", text).await;
    }
    house.quiet_for(29).await;
    assert!(house.dreams("intent").await.is_empty(), "half an hour is the usual time");
    house.quiet_for(31).await;
    let dreamt = house.dreams("intent").await;
    assert_eq!(dreamt.len(), 1, "bob has no brain yet, and nothing to dream of");
    assert_eq!((dreamt[0].chain.as_str(), dreamt[0].payload.as_ref()), ("owner", Some(&json!("apply"))));
    let nights = house.keep("journal", json!({ "limit": 10 })).await;
    assert_eq!(nights[0]["deeds"][0]["kind"], "merge", "{nights}");
    house.quiet_for(60).await;
    assert_eq!(house.dreams("intent").await.len(), 1, "not again on the same day");
    let house = house.restart().await;
    house.quiet_for(60).await;
    assert_eq!(house.dreams("intent").await.len(), 1, "nor after a restart");

    let undone = house.keep("undo", json!({ "entry": nights[0]["entry"] })).await;
    assert!(undone.as_u64().is_some_and(|many| many > 0));
    assert_eq!(house.texts("assistant", &["fact"]).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_forgotten_is_purged_after_the_dream() {
    let house = House::new().await;
    let id = house.remember("assistant", "the safe opens with 4711-0815").await;
    house.brain("assistant", super::MEMORY, "forget", json!({ "id": id })).await.expect("the owner may");
    house.quiet_for(31).await;
    let purged: Vec<LedgerLine> = house.lines(UPKEEP, "purge").await;
    assert_eq!(purged.iter().map(|line| line.kind.as_str()).collect::<Vec<_>>(), ["intent", "outcome"]);
    let lines = house.ledger().await;
    let left = lines.iter().filter(|l| l.payload.as_ref().is_some_and(|p| p.to_string().contains("4711-0815")));
    assert_eq!(left.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_dreams_where_the_settings_say_so() {
    let house = House::with("[memory]\ndream_after_minutes = 0\n").await;
    house.remember("assistant", ALIKE[0]).await;
    house.host.dream();
    house.quiet_for(100_000).await;
    assert!(house.dreams("intent").await.is_empty());
    house.host.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_happens_by_itself_and_ends_with_the_host() {
    let house = House::with("[memory]\ndream_after_minutes = 1\n").await;
    for text in ALIKE {
        house.remember("assistant", text).await;
    }
    house.host.dream();
    let begun = Instant::now();
    while house.dreams("outcome").await.is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(120), "it did not dream");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert!(begun.elapsed() >= Duration::from_secs(58), "not before it was quiet for a minute");
    let begun = Instant::now();
    house.host.drain().await;
    house.host.close().await;
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_summary_is_in_the_models_words_where_the_agent_was_granted_one() {
    let manifest = "package = \"loket:assistant\"\nmodel = \"test:thinker\"\n";
    let house = House::with_bob("", manifest).await;
    for capability in ["loket:model/chat", "test:thinker"] {
        house.grant("bob", capability).await;
    }
    house.talked("bob").await;
    let words = house.summary("bob").await;
    assert!(
        words.starts_with("In short, 14 documents, of which the first begins: asked: what about part 0"),
        "{words}"
    );
    let asked = house.lines("loket:model/chat of test:thinker", "complete").await;
    assert!(asked.iter().any(|line| line.kind == "outcome"), "the model was asked at the counter");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_grant_sentences_are_chosen_and_nothing_is_refused() {
    let manifest = "package = \"loket:assistant\"\nmodel = \"test:thinker\"\n";
    for granted in [&[][..], &["loket:model/chat"], &["test:thinker"]] {
        let house = House::with_bob("", manifest).await;
        for capability in granted {
            house.grant("bob", capability).await;
        }
        house.talked("bob").await;
        let words = house.summary("bob").await;
        assert!(words.contains("painted blue"), "{words}");
        assert!(house.ledger().await.iter().all(|line| line.kind != "refused" && line.function != "complete"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_built_in_responder_is_no_language_model_and_is_not_asked() {
    let house = House::new().await;
    house.talked("assistant").await;
    assert!(house.summary("assistant").await.contains("painted blue"));
    assert!(house.lines("loket:model/chat", "complete").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_does_nothing() {
    let house = House::new().await;
    for text in ALIKE {
        house.remember("assistant", text).await;
    }
    let would: Json = house.keep("dream", json!({ "earnest": "rehearse" })).await;
    assert!(would["entry"].is_null() && would["deeds"].as_array().is_some_and(|deeds| !deeds.is_empty()), "{would}");
    assert_eq!(house.keep("journal", json!({ "limit": 10 })).await, json!([]));
    assert_eq!(house.texts("assistant", &["fact"]).await.len(), 2);
}
