//! What a grant may say of files, and what a call may reach by it.

use crate::ground::{Ground, SECRET, refused};
use loket_kernel::{Provider as _, Terms};
use serde_json::json;
use std::fs;

#[track_caller]
fn cannot_be_granted(ground: &Ground, folder: &str, word: &str) {
    let error = ground.files.terms(&Terms::new([("folder", folder)])).expect_err(folder);
    assert!(error.contains(word), "`{folder}` said: {error}");
}

#[test]
fn the_hosts_own_folders_cannot_be_granted_and_those_beside_them_can() {
    let ground = Ground::new();
    let at = |path: &str| ground.at(path).to_str().expect("plain").to_owned();
    for path in ["home", "home/state", "home/agents", "home/agents/ann", ""] {
        cannot_be_granted(&ground, &at(path), "the host's own");
        cannot_be_granted(&ground, &format!("{}:ro", at(path)), "the host's own");
    }
    cannot_be_granted(&ground, "/", "the host's own");
    cannot_be_granted(&ground, &format!("{}/../home/state", at("notes")), "the host's own");
    let granted =
        ground.files.terms(&ground.terms(&["notes", "outside:ro", "workspace", "workspace:ro"])).expect("granted");
    assert_eq!(granted, ground.terms(&["notes", "outside:ro", "workspace", "workspace:ro"]));
}

#[cfg(unix)]
#[test]
fn a_link_is_granted_as_what_it_stands_for_and_never_as_a_way_into_the_home() {
    let ground = Ground::new();
    let link =
        |target: &str, name: &str| std::os::unix::fs::symlink(ground.at(target), ground.at(name)).expect("linked");
    link("home/state", "innocent");
    link("notes", "shortcut");
    cannot_be_granted(&ground, ground.at("innocent").to_str().expect("plain"), "the host's own");
    let granted = ground.files.terms(&ground.terms(&["shortcut:ro"])).expect("granted");
    assert_eq!(granted, ground.terms(&["notes:ro"]));
}

#[test]
fn what_is_no_folder_is_refused_with_what_would_be_right() {
    let ground = Ground::new();
    cannot_be_granted(&ground, "notes", "from the root");
    cannot_be_granted(&ground, "", "from the root");
    cannot_be_granted(&ground, ground.at("nowhere").to_str().expect("plain"), "cannot be used");
    cannot_be_granted(&ground, ground.at("notes/plan.md").to_str().expect("plain"), "no folder");
    let error = ground.files.terms(&Terms::new([("host", "example.org")])).expect_err("files know no hosts");
    assert!(error.contains("--folder"), "{error}");
    assert_eq!(ground.files.terms(&Terms::default()), Ok(Terms::default()));
}

#[tokio::test]
async fn a_grant_that_names_no_folder_permits_nothing_and_says_what_would() {
    let ground = Ground::new();
    let error = ground.guest(&[]).read("notes/plan.md").await.expect_err("it is refused");
    assert_eq!(error.remedy(), Some("loket grant acme:tool loket:files/folders --folder PATH"));
    let error = ground.chained(&[&["notes"], &[]]).read("notes/plan.md").await.expect_err("it is refused");
    assert_eq!(error.remedy(), Some("loket grant ann acme:tool/acts --folder PATH"));
    // Whoever is in the way is named, and nobody else.
    let (own, others) = ("loket grant acme:tool loket:files/folders", "loket grant ann acme:tool/acts");
    for (chain, path, write, remedy) in [
        ([&["notes:ro"][..], &["notes"]], "notes/new", true, format!("{own} --folder PATH")),
        ([&["notes"], &["notes:ro"]], "notes/new", true, format!("{others} --folder PATH")),
        ([&["notes:ro"], &["notes:ro"]], "notes/new", true, format!("{own} --folder PATH && {others} --folder PATH")),
        ([&["outside"], &["outside"]], "notes/a", false, format!("{own} --folder PATH && {others} --folder PATH")),
        ([&["outside"], &["notes"]], "notes/a", false, format!("{own} --folder PATH")),
    ] {
        let guest = ground.chained(&chain);
        let answer = if write { guest.create(path, "x").await } else { guest.read(path).await.map(drop) };
        assert_eq!(answer.expect_err("it is refused").remedy(), Some(remedy.as_str()), "{chain:?} {path}");
    }
    assert_eq!(ground.guest(&[]).call("roots", json!([])).await.expect("it is answered").0, json!([]));
    assert!(ground.guest(&["notes"]).read("notes/plan.md").await.is_ok());
}

#[tokio::test]
async fn reading_is_granted_without_writing() {
    let ground = Ground::new();
    let (reader, writer) = (ground.guest(&["notes:ro"]), ground.guest(&["notes"]));
    for function in ["create", "replace", "append"] {
        refused(&ground, reader.put(function, "notes/new", "x").await, "denied", "only be read");
    }
    for function in ["make-folder", "remove"] {
        refused(&ground, reader.one(function, "notes/2024").await, "denied", "only be read");
    }
    refused(&ground, reader.call("move", json!(["notes/plan.md", "notes/p"])).await, "denied", "only be read");
    assert_eq!(reader.paths("list", "notes").await, ["notes/2024", "notes/plan.md"]);
    assert_eq!(reader.read("notes/plan.md").await.expect("granted"), "first\nsecond\n");
    writer.create("notes/new", "x").await.expect("granted");
    assert_eq!(
        reader.call("roots", json!([])).await.expect("granted").0,
        json!([{"name": "notes", "writable": false}])
    );
    assert_eq!(writer.call("roots", json!([])).await.expect("granted").0, json!([{"name": "notes", "writable": true}]));
}

#[tokio::test]
async fn one_who_asks_for_another_reaches_what_both_were_granted() {
    let ground = Ground::new();
    let both = ground.chained(&[&["notes", "outside"], &["notes:ro"]]);
    refused(&ground, both.read("outside/secret.txt").await, "denied", "`notes`");
    refused(&ground, both.create("notes/new", "x").await, "denied", "only be read");
    assert!(both.read("notes/plan.md").await.is_ok());
    let alone = ground.guest(&["notes", "outside"]);
    assert_eq!(alone.read("outside/secret.txt").await.expect("granted"), SECRET);
    alone.create("notes/new", "x").await.expect("granted");
    let inner = ground.chained(&[&["notes"], &["notes/2024"]]);
    inner.create("2024/a", "x").await.expect("granted");
    assert!(ground.at("notes/2024/a").exists());
    refused(&ground, inner.read("notes/plan.md").await, "denied", "`2024`");
}

#[tokio::test]
async fn an_agent_has_a_workspace_of_its_own_that_no_other_reaches() {
    let ground = Ground::new();
    let ann = ground.guest(&["workspace"]);
    let mut bob = ann.clone();
    bob.agent = Some("bob");
    ann.create("workspace/mine.txt", "ann's").await.expect("granted");
    assert_eq!(fs::read_to_string(ground.at("home/agents/ann/workspace/mine.txt")).expect("it is there"), "ann's");
    refused(&ground, bob.read("workspace/mine.txt").await, "not-found", "mine.txt");
    bob.create("workspace/mine.txt", "bob's").await.expect("granted");
    assert_eq!(ann.read("workspace/mine.txt").await.expect("granted"), "ann's");
    refused(&ground, ann.read("workspace/../brain").await, "denied", "`..`");
    let mut nobody = ann.clone();
    nobody.agent = None;
    refused(&ground, nobody.read("workspace/mine.txt").await, "denied", "no folder");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(ground.at("home/agents/ann/workspace")).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}

#[tokio::test]
async fn the_owner_who_asks_for_an_agent_has_its_workspace() {
    let ground = Ground::new();
    let owner = ground.chained(&[]);
    assert_eq!(
        owner.call("roots", json!([])).await.expect("granted").0,
        json!([{"name": "workspace", "writable": true}])
    );
    owner.create("workspace/a", "x").await.expect("granted");
    refused(&ground, owner.read("notes/plan.md").await, "denied", "`workspace`");
}

#[tokio::test]
async fn a_home_that_was_moved_into_a_granted_folder_ends_the_grant() {
    let ground = Ground::new();
    // As if the grant had been made before the home was there.
    let mut guest = ground.guest(&["notes"]);
    guest.terms = [Terms::new([("folder", ground.at("").to_str().expect("plain"))])].into_iter().collect();
    let roots = guest.call("roots", json!([])).await.expect("it is answered").0;
    assert_eq!(roots, json!([]));
}
