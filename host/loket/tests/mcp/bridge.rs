//! `loket mcp`: the same server at a pipe, by the program itself.

use crate::house::{House, lay_out};
use crate::served::{made, text};
use loket_gateways::desk::TokenRequest;
use serde_json::{Value as Json, json};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::Command;

/// Writes lines to `loket mcp` of a home, and reads as many answers.
async fn piped(home: &std::path::Path, token: Option<&str>, lines: &[Json], answers: usize) -> Vec<Json> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loket"));
    command.arg("--home").arg(home).arg("mcp").envs(token.map(|token| ("LOKET_TOKEN", token)));
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .expect("the program runs");
    let (mut input, output) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
    for line in lines {
        input.write_all(format!("{line}\n").as_bytes()).await.expect("it reads");
    }
    let mut output = BufReader::new(output).lines();
    let mut all = Vec::new();
    while all.len() < answers {
        let line = tokio::time::timeout(Duration::from_secs(120), output.next_line());
        let line = line.await.expect("it answers in time").expect("it can be read").expect("it goes on");
        all.push(serde_json::from_str(&line).unwrap_or_else(|e| panic!("`{line}` is JSON: {e}")));
    }
    drop(input);
    let ended = tokio::time::timeout(Duration::from_secs(60), child.wait()).await.expect("it ends with its pipe");
    assert!(ended.expect("it ended").success());
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_speaks_at_a_pipe_in_both_kinds_of_revisions_with_what_its_token_allows() {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    lay_out(folder.path(), "");
    let house = House::open(folder).await;
    let tools = vec!["loket:calc".to_owned()];
    let token = text(made(&house, TokenRequest { name: "pipe".into(), tools, ..TokenRequest::default() }).await);
    let folder = house.close().await;
    let call = json!({ "name": "calc_evaluate", "arguments": { "expression": "6*7" } });
    let params =
        json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
    let session = [
        json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params }),
        json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
        json!({ "jsonrpc": "2.0", "id": "two", "method": "tools/call", "params": call }),
    ];
    let answers = piped(folder.path(), Some(&token), &session, 2).await;
    assert_eq!(answers[0]["result"]["protocolVersion"], "2025-11-25", "{answers:?}");
    assert_eq!((&answers[1]["id"], &answers[1]["result"]["content"][0]["text"]), (&json!("two"), &json!("42")));
    let mut alone = json!({ "jsonrpc": "2.0", "id": 3, "method": "tools/list", "params": { "_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    } } });
    let answers = piped(folder.path(), Some(&token), std::slice::from_ref(&alone), 1).await;
    assert_eq!(answers[0]["result"]["tools"].as_array().map(Vec::len), Some(1), "{answers:?}");
    // Without a token it is the owner.
    alone["id"] = json!(4);
    let answers = piped(folder.path(), None, &[json!("no message"), alone.clone()], 1).await;
    assert!(answers[0]["result"]["tools"].as_array().is_some_and(|tools| tools.len() > 1), "{answers:?}");
    // With one that is none, it is nobody.
    let answers = piped(folder.path(), Some("loket_0"), &[alone], 1).await;
    assert!(answers[0]["error"]["message"].as_str().is_some_and(|words| words.contains("token")), "{answers:?}");
}
