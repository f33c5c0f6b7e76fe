//! A component that somebody else's tool made, in another language, is published and used as it is.

use crate::house::{House, built, lay_out};
use loket_gateways::desk::{CallRequest, Desk as _};
use loket_gateways::scan::ScanRequest;
use serde_json::{Value as Json, json};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// A component in Python, made by `componentize-py` as its own documentation says.
fn componentized(place: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/componentize-py");
    let program = built("LOKET_PEERS").join("componentize-py/python/bin/componentize-py");
    let component = place.join("words.wasm");
    let mut tool = Command::new(program);
    tool.arg("--wit-path").arg(source.join("wit")).args(["--world", "words", "componentize", "--stub-wasi", "app"]);
    tool.arg("--output").arg(&component).arg("--python-path").arg(&source).current_dir(place);
    // Nothing is written into the checkout.
    let output = tool.env("PYTHONDONTWRITEBYTECODE", "1").output().expect("it was installed: run `cargo xtask test`");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    component
}

fn loket(home: &Path, arguments: &[&OsStr]) -> Json {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loket"));
    let output = command.arg("--home").arg(home).arg("--json").args(arguments).output().expect("it runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(unix)]
async fn a_component_in_python_by_its_own_tool_is_published_and_used_with_no_change() {
    let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
    lay_out(folder.path(), "");
    let file = componentized(folder.path());
    let bytes = std::fs::read(&file).expect("it was made");
    let digest = loket_registry::Digest::of(&bytes).hex();

    let published = loket(
        folder.path(),
        &["publish", file.to_str().expect("plain"), "--name", "stranger:words", "--version", "1.0.0"].map(OsStr::new),
    );
    assert_eq!((published["state"].as_str(), published["digest"].as_str()), (Some("ready"), Some(&*digest)));
    let kept = std::fs::read(folder.path().join("registry/stranger/words/1.0.0.wasm")).expect("it lies there");
    assert!(kept == bytes, "not a byte of it is another");
    let arguments = r#"{"text": "a rose is a rose is a rose"}"#;
    let called = loket(folder.path(), &["call", "stranger:words/acts", "count", arguments].map(OsStr::new));
    assert_eq!(called, json!([["a", 3], ["rose", 3], ["is", 2]]), "as its author wrote it");

    // All scanners looked, and each of them had its say.
    let request = ScanRequest { home: folder.path().to_owned(), file, against: None, advisories: None };
    let report = loket::scan::alone::scan(request).await.unwrap_or_else(|problem| panic!("{problem:?}"));
    assert!(report.scanners.len() >= 6 && report.digest == digest, "{:?}", report.scanners);
    assert_ne!(report.action, "block", "{:?}", report.findings);
    assert!(report.findings.iter().all(|finding| finding.id != "host/scanner-failed"), "{:?}", report.findings);

    // An agent uses it like any tool, once it is granted.
    let house = House::open(folder).await;
    let packages = house.host.packages().await.expect("they can be listed");
    let package = packages.iter().find(|package| package.name == "stranger:words").expect("it is there");
    assert_eq!((package.role.as_str(), package.state.as_str(), &package.digest), ("tool", "ready", &digest));
    house.grant("assistant", "stranger:words").await;
    let reply = house.say("assistant", r#"/words_count {"text": "tea for two, tea for one"}"#).await;
    let reply = reply.expect("it answers").text;
    assert!(reply.contains("tea") && reply.contains('2'), "{reply}");
    let request = CallRequest {
        capability: "stranger:words/acts".into(),
        package: None,
        function: "count".into(),
        arguments: json!({ "text": "" }),
        agent: None,
    };
    assert_eq!(house.host.call(request).await.expect("it answers"), json!([]));
}
