//! Hostile guests, built from source: each ends within its limit, with its ledger line, and hurts no one else.

use crate::house::House;
use loket_gateways::desk::Desk as _;
use serde_json::{Value as Json, json};
use std::time::{Duration, Instant};

const LIMITS: &str =
    "[limits]\ncpu_seconds = 1\nseconds = 10\nmemory_mib = 32\nargument_kib = 64\nresult_kib = 64\ndepth = 8\n";

/// Calls something that must end by a limit, and checks that the ledger says so.
async fn ends(house: &House, capability: &str, function: &str, arguments: Json, limit: &str) {
    let started = Instant::now();
    let problem = house.call(capability, function, arguments).await.expect_err("it ends by its limit");
    assert_eq!(problem.code, "exhausted", "{problem:?}");
    assert!(problem.message.contains(&format!("`{limit}`")), "{problem:?}");
    assert!(started.elapsed() < Duration::from_secs(9), "it ended by {limit}, not by the turn's own time");
    let lines = house.lines(capability, function).await;
    let told = lines
        .iter()
        .any(|l| l.kind != "intent" && l.payload.as_ref().is_some_and(|p| p["exhausted"]["limit"] == limit));
    assert!(told, "the ledger has it: {lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_loop_ends_by_its_processor_time() {
    let house = House::with(LIMITS).await;
    ends(&house, "test:hostile/acts", "spin", json!({}), "cpu").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_memory_bomb_gets_no_more_than_its_limit() {
    let house = House::with(LIMITS).await;
    match house.call("test:hostile/acts", "grow-memory", json!({})).await {
        // The guest takes the engine's no, and says how far it came.
        Ok(taken) => assert!(taken.as_u64().is_some_and(|bytes| bytes <= 32 << 20), "{taken}"),
        Err(problem) => assert!(problem.message.contains("`memory`"), "{problem:?}"),
    }
    assert!(house.lines("test:hostile/acts", "grow-memory").await.len() >= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_bomb_gets_no_more_than_its_limit() {
    let house = House::with(LIMITS).await;
    let export = house.host.inspect("test:tablebomb").await.expect("it is there").exports.remove(0);
    let function = export.functions[0].split(':').next().expect("a name").to_owned();
    match house.call(&export.capability, &function, json!({})).await {
        Ok(taken) => assert!(taken.as_u64().is_none_or(|elements| elements <= 20_000), "{taken}"),
        Err(problem) => {
            assert!(problem.message.contains("`table`") || problem.message.contains("`cpu`"), "{problem:?}")
        }
    }
    assert!(house.lines(&export.capability, &function).await.len() >= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_recursion_ends_by_the_stack() {
    let house = House::with(LIMITS).await;
    ends(&house, "test:hostile/acts", "recurse", json!({"depth": 100_000_000}), "stack").await;
    assert_eq!(
        house.call("test:hostile/acts", "recurse", json!({"depth": 10})).await.expect("a shallow one works"),
        json!(10)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_circle_of_components_ends_by_its_depth() {
    let house = House::with(LIMITS).await;
    // A grant delegates what the provider has at that moment; the circle is closed step by step.
    for _ in 0..4 {
        house.grant("test:pinga", "test:pongb").await;
        house.grant("test:pongb", "test:pinga").await;
    }
    assert_eq!((house.state("test:pinga").await, house.state("test:pongb").await), ("ready".into(), "ready".into()));
    let problem = house.call("test:pinga/acts", "call", json!({"n": 1})).await.expect_err("the circle ends");
    assert_eq!(problem.code, "exhausted", "{problem:?}");
    assert!(problem.message.contains("`depth`"), "{problem:?}");
    let lines = house.ledger().await;
    assert!(
        lines
            .iter()
            .any(|l| l.kind == "refused" && l.payload.as_ref().is_some_and(|p| p["exhausted"]["limit"] == "depth"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oversized_argument_never_reaches_the_component() {
    let house = House::with(LIMITS).await;
    let text = "x".repeat(100_000);
    let problem = house.call("test:hostile/acts", "echo", json!({"text": text})).await.expect_err("it is too long");
    assert!(problem.message.contains("`argument-size`"), "{problem:?}");
    let lines = house.lines("test:hostile/acts", "echo").await;
    assert_eq!(lines.iter().map(|l| l.kind.as_str()).collect::<Vec<_>>(), ["refused"]);
    assert_eq!(
        house.call("test:hostile/acts", "echo", json!({"text": "short"})).await.expect("a short one works"),
        json!("short")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oversized_result_never_reaches_the_caller() {
    let house = House::with(LIMITS).await;
    ends(&house, "test:hostile/acts", "big-result", json!({"bytes": 1_000_000}), "result-size").await;
    let small = house.call("test:hostile/acts", "big-result", json!({"bytes": 10})).await.expect("a small one works");
    assert_eq!(small.as_str().map(str::len), Some(10));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_in_a_start_function_ends_the_call_and_nothing_else() {
    let house = House::with(LIMITS).await;
    let export = house.host.inspect("test:starttrap").await.expect("it is there").exports.remove(0);
    let function = export.functions[0].split(':').next().expect("a name").to_owned();
    let problem = house.call(&export.capability, &function, json!({})).await.expect_err("it traps");
    assert_eq!(problem.code, "failed", "{problem:?}");
    assert!(house.lines(&export.capability, &function).await.iter().any(|l| l.kind == "failed"));
    house.call("test:hostile/acts", "panic", json!({})).await.expect_err("it breaks down");
    assert_eq!(
        house.call("test:hostile/acts", "echo", json!({"text": "still here"})).await.expect("the next call works"),
        json!("still here")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undeclared_import_is_refused_at_admission() {
    let house = House::with(LIMITS).await;
    let state = house.state("test:reacher").await;
    assert!(state.contains("test:nowhere/thing"), "the import is named: {state}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reaching_for_sockets_is_refused_at_admission() {
    let house = House::with(LIMITS).await;
    let state = house.state("test:socket-reach").await;
    assert!(state.contains("wasi:sockets/"), "the import is named: {state}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_nobody_waits_for_any_more_ends_with_its_line() {
    let house = House::with(LIMITS).await;
    let endless = house.call("test:hostile/acts", "spin", json!({}));
    tokio::time::timeout(Duration::from_millis(200), endless).await.expect_err("it runs until it is dropped");
    let lines = house.ledger().await;
    let end = lines.iter().rev().find(|l| l.kind == "end").expect("the page has its end");
    assert!(end.payload.as_ref().is_some_and(|p| p.as_str().is_some_and(|t| t.starts_with("abandoned"))), "{end:?}");
}
