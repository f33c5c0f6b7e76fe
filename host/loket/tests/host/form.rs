//! Homes of other forms: one that an earlier host made works with all that is in it, one of a later host's is left as it is.
//!
//! `host/loket/tests/homes` has a home of each form that there was, as a host of that time made it. They stay for ever.

use crate::backup::{archive, manifest, refused, text, tree};
use crate::house::lay_out;
use crate::process::{loket, says};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// What an earlier host said of itself, and how often the owner lets `loket:calc` be called.
const FACT: (&str, &str) = ("10.0.0.5", "\"per_day\": 7");

/// The files of a home of form 0: before there were numbers, and before grants had terms.
fn sample() -> BTreeMap<String, Vec<u8>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/homes/form-0.tar.gz");
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(fs::File::open(file).expect("it is there")));
    let mut files = BTreeMap::new();
    for entry in archive.entries().expect("an archive") {
        let mut entry = entry.expect("an entry");
        if entry.header().entry_type().is_file() {
            let path = entry.path().expect("a path").to_str().expect("a plain path").to_owned();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).expect("it reads");
            files.insert(path, bytes);
        }
    }
    files
}

/// The same on disk, with the packages that are built now.
fn old_home() -> TempDir {
    let home = tempfile::tempdir().expect("a temporary folder");
    lay_out(home.path(), "");
    for (path, bytes) in sample().iter().filter(|(path, _)| *path != "loket.toml") {
        let path = home.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        fs::write(path, bytes).expect("it can be written");
    }
    home
}

fn form(home: &Path) -> String {
    fs::read_to_string(home.join("state/form.toml")).unwrap_or_default()
}

/// Everything that was there is there, and can be worked with.
#[track_caller]
fn is_whole(home: &Path) {
    let answer = says(home, &["chat", "assistant", "where is my server?"]);
    assert!(answer.contains(FACT.0), "{answer}");
    let grants = says(home, &["--json", "grants", "assistant"]);
    assert!(grants.contains(FACT.1), "{grants}");
    assert_eq!(says(home, &["call", "loket:calc/arithmetic", "evaluate", "{\"expression\": \"2+2\"}"]).trim(), "4");
    assert!(says(home, &["ledger", "--verify"]).starts_with("sound"));
    assert!(form(home).contains("\nform = 1\n"), "{}", form(home));
}

#[test]
fn a_home_from_before_there_were_forms_works_with_all_that_is_in_it() {
    let home = old_home();
    let mut command = Command::new(env!("CARGO_BIN_EXE_loket"));
    command.env("LOKET_LOG", "info").arg("--home").arg(home.path()).arg("agents").stdin(Stdio::null());
    let first = command.output().expect("the program runs");
    let log = String::from_utf8_lossy(&first.stderr).into_owned();
    assert!(first.status.success() && log.contains("loket.home.form.step") && log.contains("of=1"), "{log}");
    let kept = fs::read(home.path().join("state/before-form-1/state/grants.json")).expect("a copy");
    assert_eq!(kept, sample()["state/grants.json"]);
    let grants: Json =
        serde_json::from_slice(&fs::read(home.path().join("state/grants.json")).expect("it is there")).expect("JSON");
    assert_eq!((&grants["format"], &grants["grants"][0]["terms"]), (&2.into(), &serde_json::json!({})));
    is_whole(home.path());
}

#[test]
fn a_host_that_was_killed_between_a_steps_work_and_its_number_goes_on() {
    let home = old_home();
    says(home.path(), &["agents"]);
    // As a kill leaves it there, and a torn copy of a file from one before.
    fs::remove_file(home.path().join("state/form.toml")).expect("it is there");
    fs::write(home.path().join("state/before-form-1/state/grants.part"), "{").expect("it can be written");
    is_whole(home.path());
    let kept = fs::read(home.path().join("state/before-form-1/state/grants.json")).expect("a copy");
    assert_eq!(kept, sample()["state/grants.json"], "the copy is still of what was before");
}

#[test]
fn a_step_that_cannot_be_done_leaves_the_home_and_says_what_to_do() {
    let home = old_home();
    fs::write(home.path().join("state/grants.json"), "torn").expect("it can be written");
    refused(home.path(), &["agents"], "cannot be brought into form 1");
    assert_eq!(form(home.path()), "");
    fs::write(home.path().join("state/grants.json"), &sample()["state/grants.json"]).expect("it can be written");
    is_whole(home.path());
}

#[test]
fn a_home_of_a_later_host_is_refused_and_not_a_byte_of_it_changes() {
    let home = old_home();
    is_whole(home.path());
    let _ = fs::remove_file(home.path().join("state/compiled"));
    fs::write(home.path().join("state/form.toml"), "form = 2\nby = \"7.1.0\"\n").expect("it can be written");
    let before = tree(home.path());
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let file = elsewhere.path().join("loket.tar.gz");
    for arguments in [
        &["agents"][..],
        &["chat", "assistant", "hello"],
        &["doctor"],
        &["grant", "assistant", "loket:clock"],
        &["serve"],
        &["serve", "--listen", "127.0.0.1:0"],
        &["backup", text(&file)],
    ] {
        refused(home.path(), arguments, "has form 2, and this host knows forms up to 1");
        let told = String::from_utf8_lossy(&loket(home.path(), arguments).stderr).into_owned();
        assert!(told.contains("loket 7.1.0"), "{told}");
    }
    assert!(tree(home.path()) == before, "nothing was written");
    assert!(!file.exists());
}

#[test]
fn a_backup_of_an_earlier_form_is_restored_and_one_of_a_later_form_is_not() {
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let (place, file) = (elsewhere.path().join("new"), elsewhere.path().join("loket.tar.gz"));
    let sample = sample();
    let kept = ["agents/assistant/agent.toml", "agents/assistant/persona.md", "agents/assistant/brain/brain.redb"];
    let state = ["state/grants.json", "state/admitted.json", "state/ledger.redb"];
    let mut parts: Vec<(&str, &[u8])> = kept.iter().chain(&state).map(|path| (*path, &*sample[*path])).collect();
    let write = |parts: &[(&str, &[u8])]| {
        let named = manifest(parts);
        let all = [&[("manifest.json", &*named)], parts].concat();
        fs::write(&file, archive(&all)).expect("it can be written");
    };
    parts.push(("state/form.toml", b"form = 2\nby = \"7.1.0\"\n"));
    write(&parts);
    refused(&place, &["restore", text(&file)], "form 2");
    assert!(!place.exists() && fs::read_dir(elsewhere.path()).expect("a folder").count() == 1, "nothing is left");

    parts.pop();
    write(&parts);
    let told = says(&place, &["restore", text(&file)]);
    assert!(told.contains("earlier form"), "{told}");
    let packages = tempfile::tempdir().expect("a temporary folder");
    lay_out(packages.path(), "");
    fs::copy(packages.path().join("loket.toml"), place.join("loket.toml")).expect("it can be copied");
    is_whole(&place);
}
