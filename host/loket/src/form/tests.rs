//! Homes of earlier, this and later forms; steps that crash.

use super::*;
use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// A home that was used, with a number or without.
fn home(form: Option<&str>) -> TempDir {
    let home = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(home.path().join("state")).expect("a folder");
    fs::write(home.path().join(USED[0]), "a ledger").expect("it can be written");
    fs::write(home.path().join("one"), "a").expect("it can be written");
    if let Some(form) = form {
        fs::write(home.path().join(FILE), form).expect("it can be written");
    }
    home
}

fn append(root: &Path, name: &str, more: &str) -> Result<(), String> {
    let text = fs::read_to_string(root.join(name)).map_err(|e| e.to_string())?;
    // Once, however often it is run.
    let text = if text.ends_with(more) { text } else { text + more };
    fs::write(root.join(name), text).map_err(|e| e.to_string())
}

fn first(root: &Path) -> Result<(), String> {
    append(root, "one", "b")
}

fn second(root: &Path) -> Result<(), String> {
    append(root, "one", "c")
}

fn crashes(root: &Path) -> Result<(), String> {
    second(root)?;
    Err("the power is gone".into())
}

const SOUND: &[Step] = &[
    Step { what: "first", files: &["one", "none"], run: first },
    Step { what: "second", files: &["one"], run: second },
];
const BROKEN: &[Step] = &[
    Step { what: "first", files: &["one", "none"], run: first },
    Step { what: "second", files: &["one"], run: crashes },
];

fn text(home: &TempDir, name: &str) -> String {
    fs::read_to_string(home.path().join(name)).unwrap_or_else(|e| panic!("`{name}`: {e}"))
}

fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        match entry.path() {
            path if path.is_dir() => all.append(&mut tree(&path)),
            path => drop(all.insert(path.clone(), fs::read(&path).expect("a file"))),
        }
    }
    all
}

#[test]
fn a_home_without_a_number_takes_every_step_and_keeps_what_was() {
    let home = home(None);
    migrate(home.path(), SOUND).expect("it can be done");
    assert_eq!(text(&home, "one"), "abc");
    assert_eq!(text(&home, "state/before-form-1/one"), "a");
    assert_eq!(text(&home, "state/before-form-2/one"), "ab");
    assert_eq!(known(home.path(), 2).expect("it says so"), Some(2));
    let before = tree(home.path());
    migrate(home.path(), SOUND).expect("there is nothing to do");
    assert_eq!(tree(home.path()), before);
}

#[test]
fn a_new_home_takes_no_step() {
    let home = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(home.path().join("state")).expect("a folder");
    fs::write(home.path().join("one"), "a").expect("it can be written");
    migrate(home.path(), SOUND).expect("it can be done");
    assert_eq!((text(&home, "one"), known(home.path(), 2).expect("it says so")), ("a".into(), Some(2)));
}

#[test]
fn after_a_crash_it_goes_on_where_it_ended() {
    let home = home(None);
    let why = migrate(home.path(), BROKEN).expect_err("it crashes").to_string();
    assert!(why.contains("form 2 (second)") && why.contains("power") && why.contains("before-form-2"), "{why}");
    assert_eq!(known(home.path(), 2).expect("it says so"), Some(1));
    // The second had done its work, and not said so.
    assert_eq!(text(&home, "one"), "abc");
    migrate(home.path(), SOUND).expect("it can be done");
    assert_eq!((text(&home, "one"), text(&home, "state/before-form-2/one")), ("abc".into(), "ab".into()));
    assert_eq!(known(home.path(), 2).expect("it says so"), Some(2));
}

#[test]
fn a_step_that_is_done_is_not_done_again() {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    fn counted(_: &Path) -> Result<(), String> {
        RUNS.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
    const COUNTED: &[Step] =
        &[Step { what: "counted", files: &[], run: counted }, Step { what: "second", files: &[], run: second }];
    let home = home(Some("form = 1\n"));
    migrate(home.path(), COUNTED).expect("it can be done");
    assert_eq!((RUNS.load(Ordering::SeqCst), text(&home, "one")), (0, "ac".into()));
}

#[test]
fn a_later_home_is_refused_and_nothing_in_it_is_touched() {
    let home = home(Some("form = 7\nby = \"9.0.0\"\nmore = [1]\n[table]\n"));
    let before = tree(home.path());
    let error = migrate(home.path(), SOUND).expect_err("it is refused");
    let (why, hint) = (error.to_string(), error.hint());
    assert!(why.contains("has form 7") && why.contains("up to 1"), "{why}");
    assert!(hint.contains("loket 9.0.0") && hint.contains("--home"), "{hint}");
    assert_eq!(tree(home.path()), before);
}

#[test]
fn a_number_that_is_none_is_an_error_and_never_a_new_home() {
    let long = format!("form = 1\n#{}", "x".repeat(LONGEST as usize));
    for text in ["", "form", "form = 0", "form = -1", "form = \"1\"", "form = 4294967296", "forms = 1", "\u{0}", &long]
    {
        let home = home(Some(text));
        let before = tree(home.path());
        assert!(matches!(migrate(home.path(), SOUND), Err(FormError::Damaged { .. })), "{text:.80}");
        assert_eq!(tree(home.path()), before);
    }
}
