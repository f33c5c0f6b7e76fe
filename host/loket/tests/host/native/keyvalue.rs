//! `wasi:keyvalue`: buckets that last, each the component's own and the agent's own.

use crate::house::House;
use serde_json::json;

const KEYS: &str = "wasi:keyvalue/store";
const TOOL: &str = "test:kv-reach/acts";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_component_keeps_is_there_after_a_restart_and_for_one_agent_alone() {
    let house = House::new().await;
    let refused = house.state("test:kv-reach").await;
    assert!(refused.contains("loket grant test:kv-reach wasi:keyvalue"), "{refused}");
    assert!(house.call(TOOL, "get", json!(["b", "k"])).await.is_err(), "without a grant it does not run");
    house.grant("test:kv-reach", KEYS).await;
    assert_eq!(house.state("test:kv-reach").await, "ready");

    house.call(TOOL, "set", json!(["b", "k", "v"])).await.expect("it is kept");
    assert_eq!(house.call(TOOL, "increment", json!(["b", "n", 3])).await.expect("it counts")["ok"], 3);
    assert_eq!(house.call(TOOL, "increment", json!(["b", "n", 4])).await.expect("it counts")["ok"], 7);
    let house = house.restart().await;
    assert_eq!(house.call(TOOL, "get", json!(["b", "k"])).await.expect("it reads")["ok"], "v");
    let keys = house.call(TOOL, "keys", json!(["b"])).await.expect("it lists");
    assert_eq!(keys["ok"], json!(["k", "n"]));
    let other = house.call(TOOL, "get", json!(["other", "k"])).await.expect("it reads");
    assert!(other["ok"].is_null(), "another bucket: {other}");
    let chain = "owner > package:test:kv-reach";
    assert!(house.lines(KEYS, "link").await.iter().any(|line| line.kind == "outcome" && line.chain == chain));

    house.revoke("test:kv-reach", KEYS).await;
    let problem = house.call(TOOL, "get", json!(["b", "k"])).await.expect_err("it was taken back");
    assert_eq!(problem.code, "denied", "{problem:?}");
}
