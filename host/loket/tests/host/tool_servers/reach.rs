//! What a server can reach: the folders that are named, and nothing of the host's.

use super::{Ground, TOOLS, accept, open, unkind};
use loket_gateways::desk::{Desk as _, SecretRequest, SecretValue};
use loket_providers::run::launcher::Launcher;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::fs;

#[tokio::test(flavor = "multi_thread")]
async fn its_environment_has_what_is_named_and_nothing_else_and_it_holds_no_files_but_its_pipes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let more = "env = { GREETING = \"hello there\" }\nsecrets = { TOKEN = \"hub\" }";
    let house = open(&unkind(folder.path(), more)).await;
    let secret = SecretRequest {
        name: "hub".into(),
        value: SecretValue::new("correct-horse-battery".to_owned().into()),
        hosts: vec!["a.example".into()],
        replace: false,
    };
    house.host.secret_set(secret).await.expect("it is kept");
    accept(&house, "odd").await;
    let answer = house.call(TOOLS, "look", json!({ "what": "environment" })).await.expect("it answers");
    let text = answer["ok"]["content"][0]["text"].as_str().expect("text").to_owned();
    assert!(!text.contains("correct-horse"), "what it says of a secret is taken out: {text}");
    let told: Json = serde_json::from_str(&text).expect("JSON");
    let pid = told["pid"].as_u64().expect("a number");

    // The system's own word on it.
    let environ = fs::read(format!("/proc/{pid}/environ")).expect("it runs");
    let variables: BTreeMap<String, String> = String::from_utf8(environ)
        .expect("text")
        .split('\0')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let names: Vec<&str> = variables.keys().map(String::as_str).collect();
    assert_eq!(names, ["GREETING", "HOME", "LANG", "PATH", "TMPDIR", "TOKEN"]);
    assert_eq!((variables["GREETING"].as_str(), variables["TOKEN"].as_str()), ("hello there", "correct-horse-battery"));
    let files: Vec<String> = fs::read_dir(format!("/proc/{pid}/fd"))
        .expect("it runs")
        .map(|entry| fs::read_link(entry.expect("an entry").path()).expect("a link").display().to_string())
        .collect();
    assert!(files.len() == 3 && files.iter().all(|file| file.starts_with("pipe:")), "{files:?}");

    // Nor has its attendant anything of the host's.
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
    let parent: u32 =
        stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse().ok()).expect("a parent");
    assert_eq!(fs::read(format!("/proc/{parent}/environ")).expect("it runs"), b"");
    let files: Vec<String> = fs::read_dir(format!("/proc/{parent}/fd"))
        .expect("it runs")
        .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
        .map(|path| path.display().to_string())
        .collect();
    assert!(files.iter().all(|file| file.starts_with("pipe:")), "{files:?}");

    // And with the host, both end.
    house.close().await;
    assert!(!fs::exists(format!("/proc/{pid}")).expect("it can be asked"), "it is still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_reads_its_folders_and_neither_the_home_nor_others_nor_the_network() {
    let ground = Ground::granted("").await;
    let read = async |path: &std::path::Path| {
        let answer = ground.call(json!({ "what": "read", "path": path })).await.expect("it answers");
        answer["ok"]["content"][0]["text"].as_str().expect("text").to_owned()
    };
    fs::write(ground.folder.path().join("note"), "oak").expect("a file");
    assert_eq!(read(&ground.folder.path().join("note")).await, "READ oak");
    let other = tempfile::NamedTempFile::new().expect("a file");
    for forbidden in [
        ground.house.folder.path().join("loket.toml"),
        ground.house.folder.path().join("state/grants.json"),
        other.path().to_owned(),
        "/etc/passwd".into(),
        "/proc/1/environ".into(),
    ] {
        assert_eq!(read(&forbidden).await, "REFUSED 13", "{}", forbidden.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_could_reach_the_home_is_not_started() {
    let home = std::sync::Arc::new(tempfile::tempdir().expect("a temporary folder"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let more = format!("\n[mcp.nosy]\ncommand = [\"/usr/bin/python3\"]\nfolders = [{:?}]\n", home.path());
    crate::house::lay_out(home.path(), &format!("{}{more}", unkind(folder.path(), "")));
    let house = crate::house::House::open(home).await;
    house.host.launch.set(Launcher::of(env!("CARGO_BIN_EXE_loket")));
    let nosy = house.host.tool_server("nosy").await.expect("it is shown");
    assert!(nosy.problem.as_deref().is_some_and(|why| why.contains("the host's own files")), "{nosy:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_can_confine_it_only_one_of_full_trust_is_started_and_that_is_told() {
    let ground = Ground::new().await;
    let bare = Launcher::of(env!("CARGO_BIN_EXE_loket")).without_confinement();
    ground.house.host.launch.set(bare.clone());
    let server = ground.show().await;
    assert_eq!(server.confinement.as_deref(), Some("unavailable"));
    assert!(server.problem.as_deref().is_some_and(|why| why.contains("trust = \"full\"")), "{server:?}");
    // Two hosts at once take more addresses than there are on some machines.
    ground.house.close().await;
    let trusting = Ground::with("trust = \"full\"").await;
    trusting.house.host.launch.set(bare);
    trusting.accept().await;
    let server = trusting.show().await;
    assert_eq!((server.confinement.as_deref(), server.state.as_str()), (Some("full trust"), "connected"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_missing_is_named_before_anything_is_started() {
    let ground = Ground::with("secrets = { TOKEN = \"hub\" }").await;
    let server = ground.show().await;
    assert!(server.problem.as_deref().is_some_and(|why| why.contains("there is no secret `hub`")), "{server:?}");
}
