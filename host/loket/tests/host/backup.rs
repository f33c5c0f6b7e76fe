//! A home in one file, and back: whole while it is in use, and refused as a whole when it is not what was kept.

use crate::house::lay_out;
use crate::process::{Service, loket, says};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn home() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    lay_out(folder.path(), "# mine\n[secrets]\nkey = \"file\"\n");
    folder
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

fn backup(home: &Path, file: &Path, more: &[&str]) -> Json {
    let told = says(home, &[&["--json", "backup", text(file)], more].concat());
    serde_json::from_str(&told).expect("JSON")
}

#[track_caller]
pub(crate) fn refused(home: &Path, arguments: &[&str], part: &str) {
    let output = loket(home, arguments);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains(part) && told.contains("hint: "), "{arguments:?}: {told}");
}

fn set_secret(home: &Path) {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let mut command = Command::new(env!("CARGO_BIN_EXE_loket"));
    command.arg("--home").arg(home).args(["secret", "set", "news", "--host", "api.example.org"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it starts");
    child.stdin.take().expect("a pipe").write_all(b"hunter22-and-more").expect("it is read");
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn a_home_in_use_is_kept_in_one_file_and_made_anew_of_it() {
    let (home, elsewhere) = (home(), tempfile::tempdir().expect("a temporary folder"));
    set_secret(home.path());
    let manifest = home.path().join("agents/assistant/agent.toml");
    let schedule = "\n[[schedules]]\nname = \"look\"\nevery = \"1h\"\nsay = \"hello\"\n";
    let scheduled = fs::read_to_string(&manifest).expect("it reads") + schedule;
    fs::write(&manifest, scheduled).expect("it can be written");
    let service = Service::start(home.path());
    says(home.path(), &["chat", "assistant", "my server is at 10.0.0.5"]);
    says(home.path(), &["schedules", "run", "assistant", "look"]);
    says(home.path(), &["brain", "assistant", "snapshot", "before"]);
    says(home.path(), &["grant", "assistant", "loket:calc", "--per-day", "7"]);
    fs::create_dir_all(home.path().join("agents/assistant/workspace/deep")).expect("it can be made");
    fs::write(home.path().join("agents/assistant/workspace/deep/note.txt"), "kept").expect("it can be written");
    // Turns run all the while.
    let (path, stop) = (home.path().to_owned(), std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false)));
    let ended = stop.clone();
    let busy = std::thread::spawn(move || {
        let mut turns = 0;
        while !ended.load(std::sync::atomic::Ordering::SeqCst) {
            says(&path, &["chat", "assistant", &format!("my number {turns} is {turns}")]);
            turns += 1;
        }
        turns
    });
    let file = elsewhere.path().join("loket.tar.gz");
    let kept = backup(home.path(), &file, &[]);
    stop.store(true, std::sync::atomic::Ordering::SeqCst);
    assert!(busy.join().expect("no panic") > 0);
    assert!(kept["key"].as_str().is_some_and(|key| key.contains("not in the backup")), "{kept}");
    let acts = says(home.path(), &["--json", "ledger", "--limit", "1000"]);
    assert!(acts.contains("backed up"), "the act is in the ledger");
    service.kill();

    let new = elsewhere.path().join("new");
    let made = says(&new, &["restore", text(&file)]);
    assert!(made.starts_with("restored  ") && made.contains("secrets.key") && made.contains("registry/"), "{made}");
    assert_eq!(fs::read(new.join("state/form.toml")).ok(), fs::read(home.path().join("state/form.toml")).ok());
    for gone in ["token", "secrets.key", "compiled", "host.json"] {
        assert!(!new.join("state").join(gone).exists(), "{gone} is not kept");
    }
    let settings = fs::read_to_string(new.join("loket.toml")).expect("it is there");
    assert!(settings.contains("# mine") && settings.contains("registry = \"registry\""), "{settings}");
    assert!(says(&new, &["ledger", "--verify"]).starts_with("sound"));
    let answer = says(&new, &["chat", "assistant", "where is my server?"]);
    assert!(answer.contains("10.0.0.5"), "{answer}");
    let differs = says(&new, &["brain", "assistant", "diff", "before"]);
    assert!(differs.contains("asked: where is my server?") && !differs.contains("fact\n    my server"), "{differs}");
    assert!(says(&new, &["grants", "assistant"]).contains('7'));
    let schedules = says(&new, &["schedules", "assistant"]);
    assert!(schedules.contains("every 1h") && schedules.contains("done"), "{schedules}");
    assert_eq!(fs::read_to_string(new.join("agents/assistant/workspace/deep/note.txt")).expect("it is there"), "kept");
    refused(&new, &["secret", "list"], "secrets.key");
    // With the key beside it, all is as it was.
    fs::copy(home.path().join("state/secrets.key"), new.join("state/secrets.key")).expect("it can be copied");
    assert!(says(&new, &["secret", "list"]).contains("news"));
    let again = elsewhere.path().join("with-key.tar.gz");
    assert!(backup(&new, &again, &["--with-key"])["key"].as_str().is_some_and(|key| key.contains("whoever has it")));
    let third = elsewhere.path().join("third");
    says(&third, &["restore", text(&again)]);
    assert!(says(&third, &["secret", "list"]).contains("news"));
}

#[test]
fn a_backup_takes_nobodys_place_and_does_not_lie_in_the_home() {
    let (home, elsewhere) = (home(), tempfile::tempdir().expect("a temporary folder"));
    let file = elsewhere.path().join("loket.tar.gz");
    fs::write(&file, "mine").expect("it can be written");
    refused(home.path(), &["backup", text(&file)], "already");
    let inside = home.path().join("agents/assistant/all.tar.gz");
    refused(home.path(), &["backup", text(&inside)], "in the home itself");
    assert!(!inside.exists());
    assert_eq!(fs::read(&file).expect("it is there"), b"mine");
    let left: Vec<_> = fs::read_dir(elsewhere.path()).expect("a folder").collect();
    assert_eq!(left.len(), 1, "nothing is left behind: {left:?}");
}

#[test]
fn what_is_damaged_cut_off_or_no_backup_is_refused_and_leaves_nothing() {
    let (home, elsewhere) = (home(), tempfile::tempdir().expect("a temporary folder"));
    let file = elsewhere.path().join("loket.tar.gz");
    backup(home.path(), &file, &[]);
    let whole = fs::read(&file).expect("it is there");
    let (place, bad) = (elsewhere.path().join("new"), elsewhere.path().join("bad.tar.gz"));
    let check = |bytes: &[u8], part: &str| {
        fs::write(&bad, bytes).expect("it can be written");
        refused(&place, &["restore", text(&bad)], part);
        assert!(!place.exists());
        let names: Vec<PathBuf> =
            fs::read_dir(elsewhere.path()).expect("a folder").flatten().map(|e| e.path()).collect();
        assert!(names.iter().all(|name| name.extension().is_some_and(|e| e == "gz")), "{names:?}");
    };
    says(&place, &["restore", text(&file)]);
    let good = tree(&place);
    assert!(good.keys().any(|path| path.ends_with("ledger.redb")), "{:?}", good.keys());
    fs::remove_dir_all(&place).expect("it can be removed");
    check(b"", "manifest.json");
    check(b"a text", "manifest.json");
    for length in [20, whole.len() / 3, whole.len() * 2 / 3, whole.len() - 9, whole.len() - 1] {
        check(&whole[..length], "its part `");
    }
    for at in (40..whole.len()).step_by(whole.len() / 9) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs::write(&bad, &bytes).expect("it can be written");
        // A few bits of a compressed file mean nothing: with one of those turned over, all parts are still what they were.
        match loket(&place, &["restore", text(&bad)]).status.success() {
            true => assert!(tree(&place) == good, "what is restored is what was kept: bit flipped at {at}"),
            false => check(&bytes, "its part `"),
        }
        let _ = fs::remove_dir_all(&place);
    }
    check(&[&whole[..], b"more"].concat(), "(end)");
    // A place that is not empty stays as it is.
    fs::create_dir(&place).expect("it can be made");
    fs::write(place.join("mine"), "mine").expect("it can be written");
    refused(&place, &["restore", text(&file)], "not empty");
    assert_eq!(fs::read_dir(&place).expect("a folder").count(), 1);
    fs::remove_file(place.join("mine")).expect("it can be removed");
    says(&place, &["restore", text(&file)]);
}

/// All files below a folder.
pub(crate) fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for path in fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()) {
        match path.is_dir() {
            true => all.extend(tree(&path)),
            false => drop(all.insert(path.clone(), fs::read(&path).expect("it reads"))),
        }
    }
    all
}

/// An archive with these entries, in this order.
pub(crate) fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (path, bytes) in entries {
        let mut head = tar::Header::new_gnu();
        head.set_size(bytes.len() as u64);
        head.set_mode(0o600);
        // As somebody writes it who means no good: the library would refuse it.
        head.as_gnu_mut().expect("it is one").name[..path.len()].copy_from_slice(path.as_bytes());
        head.set_cksum();
        archive.append(&head, *bytes).expect("a buffer");
    }
    archive.into_inner().and_then(flate2::write::GzEncoder::finish).expect("a buffer")
}

pub(crate) fn manifest(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let part = |(path, bytes): &(&str, &[u8])| serde_json::json!({ "path": path, "bytes": bytes.len(), "blake3": blake3::hash(bytes).to_hex().to_string() });
    let parts: Vec<_> = parts.iter().map(part).collect();
    serde_json::json!({ "form": 1, "loket": "0", "made": "", "home": "/", "outside": [], "files": parts })
        .to_string()
        .into_bytes()
}

#[test]
fn an_archive_that_leads_out_of_the_home_or_holds_more_than_it_says_is_refused() {
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let (place, file) = (elsewhere.path().join("in/new"), elsewhere.path().join("bad.tar.gz"));
    fs::create_dir(elsewhere.path().join("in")).expect("it can be made");
    let check = |entries: &[(&str, &[u8])], part: &str| {
        fs::write(&file, archive(entries)).expect("it can be written");
        refused(&place, &["restore", text(&file)], part);
        assert!(!place.exists() && !elsewhere.path().join("out").exists());
        assert_eq!(fs::read_dir(elsewhere.path().join("in")).expect("a folder").count(), 0);
    };
    for path in ["../out", "agents/../../../out", "/tmp/out", "state/token", "state/opened"] {
        check(&[("manifest.json", &manifest(&[(path, b"x")])), (path, b"x")], "does not belong into a home");
    }
    let toml: (&str, &[u8]) = ("loket.toml", b"");
    let named = manifest(&[toml]);
    let head: (&str, &[u8]) = ("manifest.json", &named);
    check(&[head, ("../out", b"")], "in its place stands");
    check(&[head], "ends before it");
    check(&[head, toml, ("../out", b"x")], "(end)");
    check(&[head, toml, toml], "(end)");
    check(&[head, ("loket.toml", b"longer")], "6 bytes");
    check(&[toml, head], "in its place stands");
    // Otherwise in order, and without what makes it a home.
    check(&[head, toml], "state/ledger.redb");
    check(&[("manifest.json", b"{\"form\": 6}")], "form 6");
}
