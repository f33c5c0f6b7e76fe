//! Publishing, signing and the making of keys: what becomes of files, and that no secret goes anywhere.

use super::fake::{PASSPHRASE, PUBLIC_KEY, SECRET_KEY};
use super::{Run, run};
use std::fs;
use tempfile::TempDir;

/// A folder with a component that says which package it is, one that does not, and a key.
fn place() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (file, text) in
        [("calc.wasm", "acme:calc@1.2.0"), ("bare.wasm", "bare"), ("anna.key", SECRET_KEY), ("other.key", "none")]
    {
        fs::write(folder.path().join(file), text).expect("it can be written");
    }
    folder
}

/// Runs a command whose arguments name files of the folder as `./FILE`; the folder's own name is left out of what it prints.
async fn inside(folder: &TempDir, line: &[&str], typed: &str) -> Run {
    let path = folder.path().to_str().expect("a plain path");
    let line: Vec<String> = line
        .iter()
        .map(|word| word.strip_prefix("./").map_or_else(|| (*word).to_owned(), |file| format!("{path}/{file}")))
        .collect();
    let mut run = run(&line.iter().map(String::as_str).collect::<Vec<_>>(), typed).await;
    for text in [&mut run.printed, &mut run.errors] {
        *text = text.replace(path, "DIR");
    }
    run
}

#[tokio::test]
async fn a_component_is_published_under_the_name_that_it_says_or_that_is_given() {
    let folder = place();
    for (name, line) in [
        ("said", &["publish", "./calc.wasm"] as &[&str]),
        ("given", &["publish", "./bare.wasm", "--name", "acme:waits", "--version", "0.1.0"]),
        ("nameless", &["publish", "./bare.wasm", "--version", "0.1.0"]),
        ("again", &["publish", "./calc.wasm", "--version", "9.9.9"]),
    ] {
        insta::assert_snapshot!(format!("publish-{name}"), inside(&folder, line, "").await.transcript());
    }
}

#[tokio::test]
async fn a_component_is_signed_here_with_a_passphrase_from_a_pipe_or_a_file() {
    let folder = place();
    fs::write(folder.path().join("words"), format!("{PASSPHRASE}\n")).expect("it can be written");
    let sign = ["publish", "./calc.wasm", "--sign", "./anna.key"];
    let piped = inside(&folder, &sign, PASSPHRASE).await;
    insta::assert_snapshot!("publish-signed", piped.transcript());
    let read = inside(&folder, &[&sign[..], &["--passphrase-file", "./words"]].concat(), "").await;
    assert_eq!(read.transcript(), piped.transcript());
    for (line, typed) in [(sign, "another"), (["publish", "./calc.wasm", "--sign", "./other.key"], PASSPHRASE)] {
        let refused = inside(&folder, &line, typed).await;
        assert!(refused.code == 1 && refused.printed.is_empty(), "{}", refused.transcript());
        assert!(!refused.transcript().contains(typed), "{}", refused.transcript());
    }
}

#[tokio::test]
async fn a_key_is_made_in_new_files_and_never_printed() {
    let folder = place();
    let made = inside(&folder, &["keys", "make", "./ben.key"], PASSPHRASE).await;
    insta::assert_snapshot!("keys-make", made.transcript());
    assert_eq!(fs::read_to_string(folder.path().join("ben.key")).expect("it is there"), SECRET_KEY);
    assert!(fs::read_to_string(folder.path().join("ben.pub")).expect("it is there").contains(PUBLIC_KEY));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(folder.path().join("ben.key")).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    for file in ["./ben.key", "./anna.key", "./ben.other"] {
        let taken = inside(&folder, &["keys", "make", file, "--no-passphrase"], "").await;
        assert!(taken.code == 1 && taken.errors.contains("already"), "{file}: {}", taken.transcript());
    }
    assert_eq!(fs::read_to_string(folder.path().join("anna.key")).expect("it is there"), SECRET_KEY);
    let plain = inside(&folder, &["keys", "make", "./carl.key", "--no-passphrase", "--json"], "").await;
    assert_eq!(plain.code, 0, "{}", plain.transcript());
    assert!(!plain.printed.contains("secret key"), "{}", plain.printed);
    assert_eq!(fs::read_to_string(folder.path().join("carl.key")).expect("it is there"), "secret key\n");
}

#[tokio::test]
async fn a_public_key_is_trusted_by_its_file_as_by_itself() {
    let folder = place();
    inside(&folder, &["keys", "make", "./ben.key", "--no-passphrase"], "").await;
    let by_file = inside(&folder, &["keys", "trust", "ben", "./ben.pub"], "").await;
    assert_eq!(by_file.code, 0, "{}", by_file.transcript());
    assert_eq!(by_file.transcript(), run(&["keys", "trust", "ben", PUBLIC_KEY], "").await.transcript());
    // The other file by mistake: what is in it goes nowhere.
    let secret = inside(&folder, &["keys", "trust", "ben", "./ben.key"], "").await;
    assert!(secret.code == 1 && secret.errors.contains("no public key"), "{}", secret.transcript());
    assert!(!secret.errors.contains("secret key\n"), "{}", secret.transcript());
}
