//! A turn goes on from its page after its host ended in the middle of it.

use crate::house::House;
use async_trait::async_trait;
use loket_gateways::desk::{Desk as _, ReplayRequest};
use loket_kernel::{Call, CallError, Capability, Provider, Reply};
use loket_ledger::{Kind, TurnId};
use loket_values::{Interface, Value};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A provider that takes for ever, in the place of another.
struct Stuck(Arc<dyn Provider>);

#[async_trait]
impl Provider for Stuck {
    fn capability(&self) -> &Capability {
        self.0.capability()
    }

    fn interface(&self) -> &Interface {
        self.0.interface()
    }

    fn is_transparent(&self, function: &str) -> bool {
        self.0.is_transparent(function)
    }

    async fn call(&self, _: Call) -> Result<Reply, CallError> {
        std::future::pending().await
    }
}

fn stick(house: &House, capability: &Capability) {
    let inner = house.host.counter.provider(capability).unwrap_or_else(|| panic!("`{capability}` is served"));
    house.host.counter.serve([Arc::new(Stuck(inner)) as Arc<dyn Provider>]);
}

/// Says something, waits until the turn is stuck at a capability, and starts the host anew; answers with the turn.
async fn cut_off(house: House, text: &str, at: &Capability) -> (House, TurnId) {
    stick(&house, at);
    let host = house.host.clone();
    let text = text.to_owned();
    let said = tokio::spawn(async move {
        let (events, _) = tokio::sync::mpsc::channel(16);
        let request = loket_gateways::desk::ChatRequest {
            agent: "assistant".into(),
            conversation: Some("test".into()),
            text,
            files: vec![],
        };
        host.chat(request, events).await
    });
    let begun = Instant::now();
    let words = at.to_string();
    let turn = loop {
        let lines = house.ledger().await;
        if let Some(line) = lines.iter().find(|line| line.kind == "intent" && line.capability == words) {
            break line.turn.parse().expect("a turn");
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "the turn does not come to `{words}`");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let folder = house.folder.clone();
    house.host.close().await;
    said.await.expect("no panic").expect_err("it was stopped");
    drop(house);
    (House::open(folder).await, turn)
}

fn text(answer: Option<Value>) -> String {
    loket_values::json::to_json(&answer.expect("an agent answers"))["ok"]["text"].as_str().expect("words").to_owned()
}

async fn lines(house: &House, turn: TurnId, kind: Kind) -> Vec<String> {
    house.host.counter.ledger.flush().await.expect("it is written");
    let page = house.host.counter.ledger.turn(turn).expect("it reads");
    page.iter().filter(|line| line.kind == kind).map(|line| format!("{} {}", line.call, line.function)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_goes_on_where_its_host_ended_and_is_one_page() {
    let house = House::new().await;
    // A tool that is a component can be run again: what it had not done yet is done now.
    let (house, turn) = cut_off(house, "/calc 6 * 7", &Capability::of("loket:calc", "loket:calc/arithmetic")).await;
    let before = lines(&house, turn, Kind::Intent).await;
    let answer = house.host.resume(turn, None).await.expect("it goes on");
    assert!(text(answer).contains("42"));
    let after = lines(&house, turn, Kind::Intent).await;
    assert_eq!(after[..before.len()], before, "what was asked before is not asked again");
    let numbers: std::collections::BTreeSet<_> = after.iter().collect();
    assert_eq!(numbers.len(), after.len(), "no call is begun twice: {after:?}");
    assert_eq!(lines(&house, turn, Kind::Turn).await.len(), 2, "it says that it goes on");
    let again = house.host.resume(turn, None).await.expect_err("it has ended");
    assert!(matches!(&again, CallError::Invalid(why) if why.contains("ended")), "{again}");
    // The page is that of one turn, and runs again as such.
    let request = ReplayRequest { turn: turn.to_string(), ..ReplayRequest::default() };
    let report = house.host.replay(request).await.expect("it runs again");
    assert_eq!((report.verdict.as_str(), report.cut_off), ("equal", false), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_happened_is_not_done_twice() {
    let house = House::new().await;
    let (house, turn) = cut_off(house, "my server is at 10.0.0.5", &Capability::host("loket:model/chat")).await;
    let request = ReplayRequest { turn: turn.to_string(), ..ReplayRequest::default() };
    let report = house.host.replay(request).await.expect("as far as it goes");
    assert_eq!((report.verdict.as_str(), report.cut_off), ("equal", true), "{report:?}");
    let _ = house.host.resume(turn, None).await;
    let failed = lines(&house, turn, Kind::Failed).await;
    assert!(failed.iter().any(|line| line.ends_with(" complete")), "{failed:?}");
    let lines = house.lines("loket:model/chat", "complete").await;
    let told = lines.iter().find(|line| line.kind == "failed").expect("it was told").payload.clone();
    assert!(told.expect("why").to_string().contains("may have happened or not"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_is_not_there_or_runs_other_bytes_does_not_go_on() {
    let house = House::new().await;
    let none = house.host.resume(TurnId::new(1), None).await.expect_err("there is none");
    assert_eq!(none.code(), "not-found");
    let done = house.say("assistant", "hello").await.expect("it answers").turn.parse().expect("a turn");
    assert_eq!(house.host.resume(done, None).await.expect_err("it ended").code(), "invalid");
}
