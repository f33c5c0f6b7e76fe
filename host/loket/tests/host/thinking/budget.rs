//! What may be used in a day: by all, by an agent, in tokens and in money.

use super::server::{Act, INPUT, OUTPUT, Server};
use super::{folder, thinking};
use crate::house::House;
use loket_gateways::desk::{BackupRequest, Desk as _, GrantRequest, SpendQuery};
use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

const EACH: u64 = INPUT + OUTPUT;

/// Whether an error tells of a spent budget, and when it renews: in the ledger.
async fn is_told(house: &House, limit: &str) -> bool {
    let lines = house.ledger().await;
    let told =
        |payload: &serde_json::Value| payload["exhausted"]["limit"] == limit && payload["exhausted"]["renews"].is_u64();
    lines.iter().any(|line| line.payload.as_ref().is_some_and(told))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_that_is_reached_in_the_middle_of_a_turn_ends_it_there_and_holds_after_a_restart() {
    let one = Server::new(&[Act::Calculate, Act::Say("It is 42.")]).await;
    let house = thinking(&[("one", &one)], &format!("[budget]\ntokens_a_day = {EACH}"), "").await;
    let problem = house.refused().await;
    assert!(
        problem.message.contains(&format!("{EACH} tokens")) && problem.message.contains("loket.toml"),
        "{problem:?}"
    );
    assert_eq!(one.asked(), 1, "the first round passed, the second did not");
    assert_eq!(
        house.lines("loket:calc/arithmetic", "evaluate").await.len(),
        2,
        "what was asked for in between was done"
    );
    assert!(is_told(&house, "tokens-a-day").await);
    let house = house.restart().await;
    house.refused().await;
    assert_eq!(one.asked(), 1, "a restart renews nothing");
    let today = house.host.models().await.expect("they can be listed").today;
    assert_eq!((today.used.input, today.used.output, today.agents[0].agent.as_str()), (INPUT, OUTPUT, "assistant"));
}

#[tokio::test(flavor = "multi_thread")]
async fn within_its_budget_a_turn_comes_to_its_end() {
    let one = Server::new(&[Act::Calculate, Act::Say("It is 42.")]).await;
    let house = thinking(&[("one", &one)], &format!("[budget]\ntokens_a_day = {}", EACH + 1), "").await;
    assert!(house.ask().await.contains("It is 42."), "the call that passes it is let end");
    house.refused().await;
    assert_eq!(one.asked(), 2, "and is the last");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_narrows_what_its_agent_may_use() {
    let one = Server::new(&[Act::Say("One.")]).await;
    let house = thinking(&[("one", &one)], "", "[budget]\ntokens_a_day = 1").await;
    house.ask().await;
    let problem = house.refused().await;
    assert!(problem.message.contains("agents/assistant/agent.toml"), "{problem:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_can_say_how_much_its_holder_thinks_in_a_day_and_one_that_does_not_limits_nothing() {
    let one = Server::new(&[Act::Say("One.")]).await;
    let house = thinking(&[("one", &one)], "", "").await;
    house.ask().await;
    house.ask().await;
    let (grantee, capability) = ("assistant".to_owned(), "loket:model/chat".to_owned());
    let grant = async |tokens: u64| {
        let terms = [("tokens_a_day".to_owned(), vec![tokens.to_string()])].into();
        let (grantee, capability) = (grantee.clone(), capability.clone());
        house.grant_as(GrantRequest { grantee, capability, terms, ..GrantRequest::default() }).await
    };
    grant(2 * EACH).await;
    let problem = house.refused().await;
    assert!(problem.message.contains("its grant for `loket:model/chat`"), "{problem:?}");
    assert_eq!(one.asked(), 2);
    grant(2 * EACH + 1).await;
    house.ask().await;
    let budget = &house.host.models().await.expect("they can be listed").today.agents[0].budget;
    assert_eq!(budget.tokens, Some(2 * EACH + 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_money_is_spent_a_model_that_costs_nothing_goes_on() {
    let (one, two) = (Server::new(&[Act::Say("One.")]).await, Server::new(&[Act::Say("Two.")]).await);
    let servers = [("one", &one), ("two", &two)];
    let home = folder(&servers, "[budget]\nmoney_a_day = 0.0002\ncurrency = \"EUR\"", "[fallback]\nmodels = [\"two\"]");
    let path = home.path().join("loket.toml");
    let price = "[models.one.price]\ninput = 1.25\noutput = 10\ncurrency = \"EUR\"\n";
    let text = std::fs::read_to_string(&path).expect("it is there");
    std::fs::write(&path, text + price).expect("it can be written");
    let house = House::open(home).await;
    house.connect(&servers).await;
    assert_eq!(house.ask().await, "One.");
    let today = house.host.models().await.expect("they can be listed").today;
    // 100 tokens read and 20 written: 125 and 200 millionths.
    assert_eq!((today.used.cost.as_str(), today.currency.as_str()), ("0.000325", "EUR"));
    assert_eq!(house.ask().await, "Two.", "what costs nothing answers");
    assert!(is_told(&house, "money-a-day").await);
    assert_eq!(one.asked(), 1);
    let list = house.host.models().await.expect("they can be listed");
    assert_eq!(list.today.unpriced, ["two"]);
    assert_eq!(list.models[0].rests, None, "one that is too dear today has not failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_a_model_without_the_router_is_metered_all_the_same() {
    let one = Server::new(&[Act::Say("One.")]).await;
    let house = thinking(&[("one", &one)], "[budget]\ntokens_a_day = 1", "").await;
    let ask = async || {
        let request = serde_json::json!({ "request": {
            "model": "one", "messages": [{ "role": "user", "parts": [{ "text": "hello" }] }], "tools": [],
            "now": 1,
        }});
        let (capability, function) = ("loket:model/chat".to_owned(), "complete".to_owned());
        let package = Some("loket:openai".to_owned());
        let request =
            loket_gateways::desk::CallRequest { capability, package, function, arguments: request, agent: None };
        house.host.call(request).await
    };
    ask().await.expect("the first passes");
    let problem = ask().await.expect_err("the second does not");
    assert_eq!(problem.code, "exhausted", "{problem:?}");
    let today = house.host.models().await.expect("they can be listed").today;
    assert_eq!((today.agents[0].agent.as_str(), today.used.calls), ("owner", 1));
}

/// Waits until what was counted is on disk.
async fn is_kept(house: &House, name: &str, part: &str) {
    let (path, begun) = (house.folder.path().join("state").join(name), Instant::now());
    while !fs::read_to_string(&path).is_ok_and(|text| text.contains(part)) {
        assert!(begun.elapsed() < Duration::from_secs(10), "`{name}` has `{part}`");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_made_of_a_backup_does_not_spend_the_budget_of_a_day_twice() {
    let one = Server::new(&[Act::Say("One.")]).await;
    let house = thinking(&[("one", &one)], &format!("[budget]\ntokens_a_day = {EACH}"), "").await;
    house.ask().await;
    is_kept(&house, "spent.json", "\"calls\":1").await;
    let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
    let (file, new) = (folder.path().join("kept.tar.gz"), folder.path().join("new"));
    let request = BackupRequest { file: file.to_str().expect("a plain path").to_owned(), with_key: false };
    house.host.backup(request).await.expect("it is kept");
    house.close().await;
    loket::backup::restore(&file, &new).expect("it is restored");
    crate::house::share(&new);
    let host = Arc::new(loket::Host::open(&new).await.expect("it opens"));
    let house = House { host, folder };
    let problem = house.refused().await;
    assert_eq!((problem.code.as_str(), one.asked()), ("exhausted", 1), "{problem:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_used_on_the_days_before_is_told_with_today_and_kept() {
    let one = Server::new(&[Act::Say("One.")]).await;
    let servers = [("one", &one)];
    let home = folder(&servers, "", "");
    // As a host left it that ended yesterday: in the form of before there were days.
    let day = std::time::UNIX_EPOCH.elapsed().expect("it is later").as_secs() / 86_400;
    let line = r#"{"calls":2,"input":30,"output":4,"cost":500000}"#;
    let text = format!(r#"{{"day":{},"currency":"USD","used":{{"scout":{{"loket:openai/old":{line}}}}}}}"#, day - 1);
    fs::write(home.path().join("state/spent.json"), text).expect("it can be written");
    let house = House::open(home).await;
    house.connect(&servers).await;
    house.ask().await;
    is_kept(&house, "spent.json", "assistant").await;
    is_kept(&house, "spent-days.json", "scout").await;
    let mut house = house;
    for _ in 0..2 {
        let spend = async |days, agent: Option<&str>| {
            let query = SpendQuery { days, agent: agent.map(str::to_owned) };
            house.host.models_spend(query).await
        };
        let told = spend(None, None).await.expect("they are told");
        let last: Vec<_> = told.days[28..].iter().map(|day| (day.used.calls, day.used.input)).collect();
        assert_eq!((told.days.len(), last), (30, vec![(2, 30), (1, INPUT)]));
        assert_eq!((told.agents.join(" "), told.used.cost.as_str()), ("assistant scout".to_owned(), "0.50"));
        assert_eq!(told.days[28].models[0].model, "old");
        let scouts = spend(Some(1), Some("scout")).await.expect("they are told");
        assert_eq!((scouts.days.len(), scouts.used.calls), (1, 0), "it did nothing today");
        for days in [0, 91] {
            assert_eq!(spend(Some(days), None).await.expect_err("so many are not kept").code, "invalid");
        }
        house = house.restart().await;
    }
}
