//! The bundled tool for files, in a real host: it works in the folder that was granted, and reaches nothing else.

use crate::house::{House, built};
use loket_gateways::desk::{Desk as _, GrantRequest, LedgerLine};
use serde_json::{Value as Json, json};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const TOOL: &str = "loket:documents";
const FOLDERS: &str = "loket:files/folders";

/// A folder `notes` with a file, and a secret beside it.
fn ground() -> TempDir {
    let ground = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(ground.path().join("notes")).expect("a folder");
    fs::write(ground.path().join("notes/plan.md"), "first: oak\nthen: elm\n").expect("a file");
    fs::write(ground.path().join("secret.txt"), "the vault opens at noon\n").expect("a file");
    ground
}

impl House {
    /// Grants the tool the folder `notes`; `access` may be `:ro`.
    async fn grant_notes(&self, ground: &TempDir, access: &str) {
        let folder = format!("{}{access}", ground.path().join("notes").to_str().expect("UTF-8"));
        let (grantee, capability) = (TOOL.to_owned(), FOLDERS.to_owned());
        let terms = [("folder".to_owned(), vec![folder])].into();
        self.grant_as(GrantRequest { grantee, capability, terms, ..GrantRequest::default() }).await;
    }

    /// Calls the tool as the owner.
    async fn files(&self, function: &str, arguments: Json) -> Json {
        let answer = self.call("loket:documents/files", function, arguments).await;
        answer.unwrap_or_else(|problem| panic!("`{function}` answers: {problem:?}"))
    }

    /// The refusals of the granted folders, for one who asks by this chain.
    async fn refusals(&self, function: &str, chain: &str) -> Vec<LedgerLine> {
        let lines = self.lines(FOLDERS, function).await;
        lines.into_iter().filter(|line| line.kind == "refused" && line.chain == chain).collect()
    }
}

fn plan(ground: &TempDir) -> String {
    fs::read_to_string(ground.path().join("notes/plan.md")).expect("it is there")
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_found_read_searched_and_changed_in_the_granted_folder() {
    let (ground, house) = (ground(), House::new().await);
    house.grant_notes(&ground, "").await;
    assert_eq!(house.state(TOOL).await, "ready");
    let roots = house.files("roots", json!({})).await;
    assert_eq!(roots["ok"], json!([{ "name": "notes", "writable": true }]));

    let wrote = house.files("write", json!({ "path": "notes/2024/new.md", "text": "größer\n" })).await;
    assert!(wrote.get("ok").is_some(), "{wrote}");
    assert_eq!(fs::read_to_string(ground.path().join("notes/2024/new.md")).expect("it is there"), "größer\n");

    let edit = json!({ "path": "notes/plan.md", "old": "elm", "new": "ash" });
    let edited = house.files("edit", edit.clone()).await;
    assert_eq!(edited["ok"], json!({ "count": 1, "lines": [2] }), "{edited}");
    assert_eq!(plan(&ground), "first: oak\nthen: ash\n");
    let again = house.files("edit", edit).await;
    assert!(again["err"]["not-found"].is_string(), "{again}");

    let found = house.files("find", json!({ "path": "notes", "glob": "*.md" })).await;
    let paths: Vec<_> = found["ok"]["entries"].as_array().into_iter().flatten().map(|entry| &entry["path"]).collect();
    assert_eq!(paths, ["notes/2024/new.md", "notes/plan.md"], "{found}");

    let search = json!({ "path": "notes", "pattern": r"\b(ash|GRÖSSER|größ\w+)$", "glob": "**/*.md" });
    let hits = house.files("search", search).await["ok"]["hits"].clone();
    let expect = json!([
        { "path": "notes/2024/new.md", "line": 1, "text": "größer" },
        { "path": "notes/plan.md", "line": 2, "text": "then: ash" },
    ]);
    assert_eq!(hits, expect);

    let read = house.files("read", json!({ "path": "notes/plan.md", "start-line": 2 })).await;
    assert_eq!((&read["ok"]["text"], &read["ok"]["lines"]), (&json!("then: ash\n"), &json!(2)), "{read}");

    let moved = house.files("move", json!({ "from": "notes/2024/new.md", "to": "notes/old.md" })).await;
    assert!(moved.get("ok").is_some() && ground.path().join("notes/old.md").exists(), "{moved}");
    let removed = house.files("remove", json!({ "path": "notes/old.md" })).await;
    assert!(removed.get("ok").is_some() && !ground.path().join("notes/old.md").exists(), "{removed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_path_leads_out_of_the_granted_folder_and_each_refusal_has_its_line() {
    let (ground, house) = (ground(), House::new().await);
    house.grant_notes(&ground, "").await;
    #[cfg(unix)]
    std::os::unix::fs::symlink("../secret.txt", ground.path().join("notes/link")).expect("a link");
    let secret = ground.path().join("secret.txt").to_str().expect("UTF-8").to_owned();
    let chain = "owner > package:loket:documents";
    let ways = ["secret.txt", "notes/../secret.txt", secret.as_str(), "notes/link"];
    for path in &ways[..if cfg!(unix) { 4 } else { 3 }] {
        let made = house.refusals("read", chain).await.len();
        let read = house.files("read", json!({ "path": path })).await;
        assert!(read["err"]["denied"]["reason"].is_string(), "{path}: {read}");
        let lines = house.refusals("read", chain).await;
        assert_eq!(lines.len(), made + 1, "{path}: {lines:?}");
        let edit = json!({ "path": path, "old": "noon", "new": "midnight" });
        assert!(house.files("edit", edit).await.get("err").is_some(), "{path}");
        let write = json!({ "path": path, "text": "open", "mode": "append" });
        assert!(house.files("write", write).await.get("err").is_some(), "{path}");
        let search = house.files("search", json!({ "path": path, "pattern": "vault" })).await;
        assert!(search["ok"]["hits"].as_array().is_none_or(Vec::is_empty), "{path}: {search}");
        // What the edit was refused is a line too.
        let lines = house.refusals("read", chain).await;
        assert!(lines.len() > made + 1 && lines.iter().all(|line| line.payload.is_some()), "{path}: {lines:?}");
        assert_eq!(fs::read_to_string(&secret).expect("it is there"), "the vault opens at noon\n");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_to_read_is_read_and_not_changed() {
    let (ground, house) = (ground(), House::new().await);
    house.grant_notes(&ground, ":ro").await;
    let read = house.files("read", json!({ "path": "notes/plan.md" })).await;
    assert_eq!(read["ok"]["text"], plan(&ground), "{read}");
    let edit = house.files("edit", json!({ "path": "notes/plan.md", "old": "elm", "new": "ash" })).await;
    let reason = edit["err"]["denied"]["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("may only be read"), "{edit}");
    assert_eq!(house.refusals("edit", "owner > package:loket:documents").await.len(), 1);
    assert_eq!(plan(&ground), "first: oak\nthen: elm\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_writes_through_the_tool_when_both_are_granted_and_not_otherwise() {
    let (ground, house) = (ground(), House::new().await);
    let state = house.state(TOOL).await;
    assert!(
        state.contains("loket grant loket:documents loket:files/folders"),
        "nothing is granted by default: {state}"
    );
    house.grant_notes(&ground, "").await;
    let file = ground.path().join("notes/agent.md");
    let write = async |text: &str| {
        let words = json!({ "path": "notes/agent.md", "text": text, "mode": "replace" });
        house.say("assistant", &format!("/documents_write {words}")).await.expect("it answers").turn
    };
    let written = |file: &Path| fs::read_to_string(file).ok();

    write("one").await;
    assert_eq!(written(&file), None, "the agent was not granted the tool");
    let grant = house.grant("assistant", TOOL).await;
    assert!(grant.delegates.iter().any(|told| told.contains(FOLDERS)), "{:?}", grant.delegates);
    let turn = write("two").await;
    assert_eq!(written(&file).as_deref(), Some("two"));
    let chain = "owner > agent:assistant > package:loket:documents";
    let lines = house.lines(FOLDERS, "replace").await;
    let kinds: Vec<_> = lines.iter().filter(|l| l.turn == turn && l.chain == chain).map(|l| l.kind.as_str()).collect();
    assert_eq!(kinds, ["intent", "outcome"]);

    house.revoke(TOOL, FOLDERS).await;
    write("three").await;
    assert_eq!(written(&file).as_deref(), Some("two"), "what was taken back is gone at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_outside_of_the_home_can_be_granted_to_nobody() {
    let house = House::new().await;
    let registry = built("LOKET_REGISTRY");
    for folder in [registry.as_path(), &registry.join("loket"), registry.parent().expect("it is in a checkout")] {
        let folder = folder.to_str().expect("UTF-8").to_owned();
        let (grantee, capability) = (TOOL.to_owned(), FOLDERS.to_owned());
        let terms = [("folder".to_owned(), vec![folder.clone()])].into();
        let request = GrantRequest { grantee, capability, terms, ..GrantRequest::default() };
        let refused = house.host.grant(request).await.expect_err("whoever writes there decides what runs");
        assert!(refused.message.contains("the host's own files"), "{folder}: {refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_edits_of_one_file_at_once_none_is_lost() {
    let (ground, house) = (ground(), House::new().await);
    house.grant_notes(&ground, "").await;
    let words: Vec<String> = (0..8).map(|n| format!("word-{n}")).collect();
    fs::write(ground.path().join("notes/plan.md"), words.join("\n")).expect("it can be written");
    let edits = words.iter().map(|word| {
        let edit = json!({ "path": "notes/plan.md", "old": word, "new": word.replace("word", "a longer one") });
        house.files("edit", edit)
    });
    for edited in futures::future::join_all(edits).await {
        assert_eq!(edited["ok"]["count"], 1, "{edited}");
    }
    assert_eq!(plan(&ground), words.join("\n").replace("word", "a longer one"));
}
