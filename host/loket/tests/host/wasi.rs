//! The sealed baseline: what a component for plain WASI finds here.

use crate::house::House;
use loket_gateways::desk::Desk as _;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn the_baseline_is_listed_apart_and_has_nothing_behind_it() {
    let house = House::new().await;
    assert_eq!(house.state("test:wasi-reach").await, "ready");
    let inspection = house.host.inspect("test:wasi-reach").await.expect("it is there");
    assert!(inspection.sealed.iter().any(|name| name.starts_with("wasi:filesystem/")), "{:?}", inspection.sealed);
    assert!(inspection.imports.is_empty(), "{:?}", inspection.imports);

    let capability = inspection.exports[0].capability.clone();
    let read = house.call(&capability, "read-file", json!({"path": "/etc/passwd"})).await.expect("it answers");
    assert!(read["err"].is_string(), "no file can be read: {read}");
    let write = house.call(&capability, "write-file", json!(["/tmp/loket-escape", "x"])).await.expect("it answers");
    assert!(write["err"].is_string(), "no file can be written: {write}");
    assert!(!std::path::Path::new("/tmp/loket-escape").exists());
    let variable = house.call(&capability, "env", json!({"name": "PATH"})).await.expect("it answers");
    assert!(variable.is_null(), "the environment is empty: {variable}");
}
