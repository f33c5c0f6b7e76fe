//! A home made of a backup by a host that runs, as a program meets it that asks for that over HTTP.

use crate::backup::text;
use crate::house::share;
use crate::process::{Service, home, says};
use serde_json::{Value as Json, json};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use tempfile::TempDir;

/// The status, and what is answered.
fn post(home: &Path, token: &str, path: &str, body: &Json) -> (u16, Json) {
    let about = fs::read_to_string(home.join("state/host.json")).expect("it serves");
    let about: Json = serde_json::from_str(&about).expect("JSON");
    let listen = about["listen"].as_str().expect("an address");
    let body = body.to_string();
    let mut stream = TcpStream::connect(listen).expect("it listens");
    let length = body.len();
    let head = format!(
        "POST /api/v1/{path} HTTP/1.0\r\nhost: {listen}\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).expect("it is read");
    let mut told = String::new();
    stream.read_to_string(&mut told).expect("it answers");
    let status = told.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let answer = told.split_once("\r\n\r\n").map(|(_, answer)| answer).expect("a body");
    (status, serde_json::from_str(answer).unwrap_or_else(|error| panic!("JSON: {error}: {told}")))
}

fn token(home: &Path) -> String {
    fs::read_to_string(home.join("state/token")).expect("there is one").trim().to_owned()
}

/// A home that is served, a place elsewhere, and a backup that lies there.
fn served() -> (TempDir, Service, TempDir) {
    let (home, elsewhere) = (home(), tempfile::tempdir().expect("a temporary folder"));
    let service = Service::start(home.path());
    says(home.path(), &["chat", "assistant", "my server is at 10.0.0.5"]);
    let file = elsewhere.path().join("kept.tar.gz");
    let (status, kept) = post(home.path(), &token(home.path()), "backup", &json!({ "file": text(&file) }));
    assert_eq!(status, 200, "{kept}");
    (home, service, elsewhere)
}

fn restore(home: &Path, file: &Path, place: &Path) -> (u16, Json) {
    post(home, &token(home), "restore", &json!({ "file": text(file), "home": text(place) }))
}

#[test]
fn a_home_is_made_beside_the_one_that_is_served_and_both_open() {
    let (home, service, elsewhere) = served();
    let (file, new) = (elsewhere.path().join("kept.tar.gz"), elsewhere.path().join("deep/my new"));
    let (status, made) = restore(home.path(), &file, &new);
    assert_eq!(status, 200, "{made}");
    let place = new.canonicalize().expect("it is there");
    assert_eq!(made["home"], text(&place));
    assert_eq!(made["next"], format!("loket serve --home '{}'", text(&place)));
    let notes = made["notes"].to_string();
    assert!(notes.contains("owner's own token") && notes.contains("--listen 127.0.0.1:0"), "{notes}");
    assert!(!new.join("state/token").exists(), "nobody comes in by the old one");
    let acts = says(home.path(), &["--json", "ledger", "--limit", "1000"]);
    assert!(acts.contains("\"restored\"") && acts.contains("my new"), "the act is in the ledger");
    // At once, while the other one is served.
    share(&new);
    assert!(says(&new, &["ledger", "--verify"]).starts_with("sound"));
    for place in [&new, home.path()] {
        let answer = says(place, &["chat", "assistant", "where is my server?"]);
        assert!(answer.contains("10.0.0.5"), "{answer}");
    }
    let begun = Service::start(&new);
    assert_ne!(token(&new), token(home.path()));
    begun.kill();
    // A second time, into what is a home now: nothing of it changes.
    let before = fs::read(new.join("loket.toml")).expect("it is there");
    let (status, refused) = restore(home.path(), &file, &new);
    assert_eq!((status, &refused["code"]), (400, &"invalid".into()), "{refused}");
    assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains("not empty")), "{refused}");
    assert_eq!(fs::read(new.join("loket.toml")).expect("it is there"), before);
    drop(service);
}

#[test]
fn nobody_but_the_owner_makes_a_home_of_a_backup() {
    let (home, _service, elsewhere) = served();
    let told = says(home.path(), &["--json", "token", "create", "desktop", "--tools", "loket:calc", "--approve"]);
    let told: Json = serde_json::from_str(&told).expect("JSON");
    let clients = told["secret"].as_str().expect("the token").to_owned();
    let (file, new) = (elsewhere.path().join("kept.tar.gz"), elsewhere.path().join("new"));
    let request = json!({ "file": text(&file), "home": text(&new) });
    for (shown, expect) in [(clients.as_str(), 403), ("x", 401), ("", 401)] {
        let (status, refused) = post(home.path(), shown, "restore", &request);
        assert_eq!((status, &refused["code"]), (expect, &"denied".into()), "{refused}");
        assert!(!new.exists());
    }
    assert!(!says(home.path(), &["--json", "ledger", "--limit", "1000"]).contains("\"restored\""));
    let (status, made) = restore(home.path(), &file, &new);
    assert_eq!(status, 200, "the owner does: {made}");
}

#[test]
fn the_home_in_use_is_not_touched_and_nothing_is_made_where_something_is_wrong() {
    let (home, _service, elsewhere) = served();
    let file = elsewhere.path().join("kept.tar.gz");
    fs::create_dir_all(home.path().join("agents/assistant/workspace/empty")).expect("it can be made");
    let (full, new) = (elsewhere.path().join("full"), elsewhere.path().join("new"));
    fs::create_dir(&full).and_then(|()| fs::write(full.join("mine"), "mine")).expect("it can be written");
    let around = home.path().parent().expect("a temporary folder is in one").to_owned();
    for (place, part) in [
        (home.path().to_owned(), "is the home that is in use"),
        (home.path().join("agents/assistant/workspace/empty"), "lies in the home"),
        (home.path().join("new/home"), "lies in the home"),
        (around, "is around the home"),
        (full.clone(), "not empty"),
        (full.join("mine"), "is no folder"),
        (Path::new("new").to_owned(), "whole path"),
        (elsewhere.path().join("x/../new"), "whole path"),
    ] {
        let (status, refused) = restore(home.path(), &file, &place);
        assert_eq!((status, &refused["code"]), (400, &"invalid".into()), "{}: {refused}", place.display());
        assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains(part)), "{part}: {refused}");
        assert!(refused["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{refused}");
    }
    for (file, part) in [
        (elsewhere.path().join("none.tar.gz"), "cannot be read"),
        (elsewhere.path().to_owned(), "is no file"),
        (Path::new("kept.tar.gz").to_owned(), "whole path"),
    ] {
        let (status, refused) = restore(home.path(), &file, &new);
        assert_eq!((status, &refused["code"]), (400, &"invalid".into()), "{refused}");
        assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains(part)), "{part}: {refused}");
    }
    assert!(!says(home.path(), &["--json", "ledger", "--limit", "1000"]).contains("\"restored\""), "nothing was done");

    let whole = fs::read(&file).expect("it is there");
    let bad = elsewhere.path().join("bad.tar.gz");
    let place = elsewhere.path().join("deep/er/new");
    for bytes in [b"a text".to_vec(), whole[..whole.len() / 2].to_vec(), whole[..whole.len() - 1].to_vec()] {
        fs::write(&bad, &bytes).expect("it can be written");
        let (status, refused) = restore(home.path(), &bad, &place);
        assert_eq!((status, &refused["code"]), (500, &"failed".into()), "{refused}");
        assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains("damaged")), "{refused}");
    }
    let mut left: Vec<_> = fs::read_dir(elsewhere.path()).expect("a folder").flatten().map(|e| e.file_name()).collect();
    left.sort();
    assert_eq!(left, ["bad.tar.gz", "full", "kept.tar.gz"], "neither a folder on the way nor a piece of a home");
    assert_eq!(fs::read_dir(&full).expect("a folder").count(), 1);
    assert!(says(home.path(), &["chat", "assistant", "where is my server?"]).contains("10.0.0.5"));
}
