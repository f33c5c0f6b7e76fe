//! Typed linking: a component that imports an interface is served by the package that exports it, each in its own store.

use crate::house::{House, built};
use loket_gateways::desk::Desk as _;
use serde_json::json;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[tokio::test(flavor = "multi_thread")]
async fn a_rust_component_is_served_by_one_in_c_after_a_grant_and_not_before() {
    let house = House::new().await;
    let state = house.state("acme:invoice").await;
    assert!(state.contains("acme:calc/math") && state.contains("loket grant acme:invoice acme:calc/math"), "{state}");

    house.grant("acme:invoice", "acme:calc/math").await;
    assert_eq!(house.state("acme:invoice").await, "ready");
    let invoice = house.host.inspect("acme:invoice").await.expect("it is there");
    let import = invoice.imports.iter().find(|i| i.capability.starts_with("acme:calc/math")).expect("it imports it");
    assert_eq!((import.state.as_str(), import.provider.as_deref()), ("granted", Some("acme:abacus@1.2.0")));

    let lines =
        json!({"lines": [{"what": "tea", "price": 3, "quantity": 2}, {"what": "milk", "price": 1, "quantity": 5}]});
    assert_eq!(house.call("acme:invoice/billing", "total", lines).await.expect("it calculates"), json!(11));
    let chain = "owner > package:acme:invoice";
    let lines = house.ledger().await;
    assert!(
        lines
            .iter()
            .any(|l| l.chain == chain && l.capability == "acme:calc/math of acme:abacus" && l.kind == "outcome"),
        "the inner call went through the counter"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_too_big_for_the_pool_runs_on_the_other_engine() {
    let house = House::new().await;
    assert_eq!(house.state("test:manycores").await, "ready");
    house.call("test:manycores/acts", "ping", json!({})).await.expect("it answers");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authority_tree_shows_what_is_delegated_and_no_more() {
    let house = House::new().await;
    house.grant("test:proxy", "loket:brain/memory").await;
    house.grant("assistant", "test:proxy").await;
    let tree = house.host.inspect("assistant").await.expect("it is there").authority;
    let proxy = tree.iter().find(|a| a.capability == "test:proxy").expect("it is granted");
    assert_eq!(proxy.through.iter().map(|a| a.capability.as_str()).collect::<Vec<_>>(), ["loket:brain/memory"]);

    // What the proxy is granted later is not the assistant's.
    house.grant("test:proxy", "test:echo").await;
    let tree = house.host.inspect("assistant").await.expect("it is there").authority;
    let proxy = tree.iter().find(|a| a.capability == "test:proxy").expect("it is granted");
    assert_eq!(proxy.through.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_of_ours_imports_no_wasi() {
    let house = House::new().await;
    let packages = bundled();
    let least = [
        "loket:anthropic",
        "loket:assistant",
        "loket:calc",
        "loket:fetch",
        "loket:offline",
        "loket:ollama",
        "loket:openai",
    ];
    assert!(least.iter().all(|package| packages.contains(*package)), "{packages:?}");
    for package in &packages {
        let inspection = house.host.inspect(package).await.expect("it is there");
        let imports = inspection.imports.into_iter().map(|import| import.capability).chain(inspection.sealed);
        let others: Vec<String> = imports.filter(|import| !import.starts_with("loket:")).collect();
        let names: Vec<_> = others.iter().map(|import| import.split('@').next().unwrap_or_default()).collect();
        // What a component is for, and others have an interface for: the settings that the owner wrote for it, the time, numbers that
        // nobody guesses, values that it keeps.
        let expect: &[&str] = match package.as_str() {
            "loket:anthropic" | "loket:ollama" | "loket:openai" | "loket:search" => &["wasi:config/store"],
            "loket:clock" => &["wasi:clocks/wall-clock"],
            "loket:uuid" => &["wasi:clocks/wall-clock", "wasi:random/random"],
            // Resources, which no interface of ours has: apart for each agent, and with the labels of the turn.
            "loket:todo" => &["wasi:keyvalue/store", "wasi:keyvalue/atomics"],
            _ => &[],
        };
        assert_eq!(names, expect, "{package}");
    }
}

/// The packages that are bundled: all that the build has published.
fn bundled() -> BTreeSet<String> {
    let folders = |folder: &Path| {
        let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("it reads").path());
        entries.filter(|path| path.is_dir()).collect::<Vec<_>>()
    };
    let name = |path: &Path| path.file_name().and_then(|name| name.to_str()).expect("UTF-8").to_owned();
    let namespaces = folders(&built("LOKET_REGISTRY"));
    let packages = namespaces.iter().flat_map(|space| folders(space).into_iter().map(move |path| (space, path)));
    packages.map(|(space, path)| format!("{}:{}", name(space), name(&path))).collect()
}
