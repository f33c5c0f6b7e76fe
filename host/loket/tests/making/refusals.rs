//! What a person is told when something is missing or wrong.

use crate::project::{loket, well, workshop};
use std::path::Path;
use std::process::Command;

#[track_caller]
fn refused(command: &mut Command, code: i32, words: &[&str]) {
    let output = command.output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(words.iter().all(|word| said.contains(word)) && said.contains("hint: "), "{said}");
    assert!(!said.contains('\x1b'), "{said:?}");
}

fn made(parent: &Path, language: &str) -> std::path::PathBuf {
    well(loket(parent, &["new", "tool", "thing", "--lang", language]).output().expect("it runs"));
    parent.join("thing")
}

#[test]
fn a_name_that_is_none_is_told_and_leaves_no_trace() {
    let parent = workshop();
    let long = "x".repeat(5000);
    for (name, words) in [
        ("../out", "small letters and digits"),
        ("a\x1b[2Jb", "small letters and digits"),
        ("Greeter", "small letters and digits"),
        (&*long, "small letters and digits"),
        ("", "small letters and digits"),
        ("class", "`class` is a word of Python"),
        ("list", "`list` is a word of WIT"),
    ] {
        refused(&mut loket(parent.path(), &["new", "tool", "--lang", "python", "--", name]), 1, &[words]);
    }
    refused(&mut loket(parent.path(), &["new", "tool", "x", "--namespace", "loket"]), 1, &["not yours"]);
    let left: Vec<_> = std::fs::read_dir(parent.path()).expect("it is there").flatten().collect();
    assert_eq!(left.len(), 1, "the link that was there before: {left:?}");
}

#[test]
fn a_folder_that_is_there_is_left_alone() {
    let parent = workshop();
    let thing = made(parent.path(), "c");
    std::fs::write(thing.join("README.md"), "mine").expect("it can be written");
    refused(&mut loket(parent.path(), &["new", "tool", "thing", "--lang", "c"]), 1, &["is there already"]);
    assert_eq!(std::fs::read_to_string(thing.join("README.md")).expect("it is there"), "mine");
}

#[test]
fn a_tool_that_is_missing_is_named_and_how_to_get_it() {
    for (language, words) in [
        ("rust", ["no `cargo`", "https://rustup.rs"]),
        ("js", ["no `node`", "https://nodejs.org"]),
        ("python", ["no Python 3.10", "https://python.org"]),
        ("c", ["no clang that knows wasm32", "clang-19 lld-19"]),
    ] {
        let parent = workshop();
        let thing = made(parent.path(), language);
        let mut build = loket(&thing, &["build"]);
        build.env("PATH", parent.path()).env_remove("VIRTUAL_ENV").env_remove("CLANG");
        refused(&mut build, 1, &words);
    }
}

#[test]
fn what_is_no_project_is_told() {
    let parent = workshop();
    for command in ["build", "dev"] {
        refused(&mut loket(parent.path(), &[command]), 1, &["no folder `wit/`", "loket new"]);
    }
}

#[test]
fn what_the_compiler_says_is_shown() {
    let parent = workshop();
    let thing = made(parent.path(), "c");
    std::fs::write(thing.join("src/component.c"), "int broken(").expect("it can be written");
    refused(&mut loket(&thing, &["build"]), 1, &["src/component.c:1", "failed: its own words are above"]);
}

#[test]
fn an_interface_that_is_named_is_there_for_the_build() {
    let parent = workshop();
    let thing = made(parent.path(), "c");
    let wit = thing.join("wit/world.wit");
    let text = std::fs::read_to_string(&wit).expect("it is there");
    std::fs::write(&wit, text.replace("export greeting;", "import loket:http/client@0.1.0;\n    export greeting;"))
        .expect("written");
    let output = loket(&thing, &["build"]).output().expect("it runs");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    well(output);
    assert!(told.contains("laid loket:http, loket:types into `wit/deps/`"), "{told}");
    assert!(thing.join("wit/deps/loket-http/client.wit").is_file());
}
