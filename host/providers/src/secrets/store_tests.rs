//! Claims about the secrets of a home: what is kept, what is refused, and what happens to files that are damaged.

use super::*;
use std::collections::HashMap;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

const VALUE: &str = "correct horse \"battery\" staple";

/// A keyring of the test: there or not, whole or forgetful.
#[derive(Clone, Default)]
struct Ring(Arc<Inside>);

#[derive(Default)]
struct Inside {
    keys: Mutex<HashMap<String, String>>,
    gone: AtomicBool,
    forgetful: bool,
}

impl Keyring for Ring {
    fn available(&self) -> Result<(), String> {
        if self.0.gone.load(Ordering::SeqCst) { Err("there is no keyring here".into()) } else { Ok(()) }
    }

    fn get(&self, account: &str) -> Result<Option<Zeroizing<String>>, String> {
        self.available()?;
        Ok(self.0.keys.lock().expect("not poisoned").get(account).cloned().map(Zeroizing::new))
    }

    fn set(&self, account: &str, key: &str) -> Result<(), String> {
        self.available()?;
        if !self.0.forgetful {
            self.0.keys.lock().expect("not poisoned").insert(account.into(), key.into());
        }
        Ok(())
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn in_file(folder: &TempDir) -> Store {
    Store::open(folder.path(), KeyPolicy::File)
}

fn in_ring(folder: &TempDir, ring: &Ring) -> Store {
    Store::with(folder.path(), KeyPolicy::Keyring, Box::new(ring.clone()))
}

fn set(store: &Store, name: &str, value: &str) -> Result<(Known, bool), SecretsError> {
    store.set(name, Zeroizing::new(value.to_owned()), &["api.example.org".to_owned()], false, 7)
}

fn names(store: &Store) -> Vec<String> {
    store.list().expect("they can be read").into_iter().map(|known| known.name).collect()
}

/// Every file of a home's state, by name.
fn files(folder: &TempDir) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder.path()).expect("it is there").flatten();
    let mut files: Vec<_> = entries
        .map(|file| (file.file_name().to_string_lossy().into_owned(), fs::read(file.path()).expect("it reads")))
        .collect();
    files.sort();
    files
}

#[test]
fn a_secret_reads_back_after_a_restart_with_its_hosts_in_one_form() {
    let folder = folder();
    let hosts = ["API.example.org".to_owned(), "api.example.org".to_owned(), "127.0.0.1:8080".to_owned()];
    let (known, replaced) =
        in_file(&folder).set("a", Zeroizing::new(VALUE.to_owned()), &hosts, false, 7).expect("it can be set");
    assert!(!replaced);
    let store = in_file(&folder);
    assert_eq!(store.list().expect("it reads"), std::slice::from_ref(&known));
    assert_eq!(
        known,
        Known { name: "a".into(), hosts: vec!["api.example.org".into(), "127.0.0.1:8080".into()], set: 7 }
    );
    assert_eq!(store.get("a").expect("it is there").value(), VALUE);
    assert!(store.get("b").is_none());
}

#[test]
fn on_the_disk_no_value_can_be_read_and_nobody_else_gets_the_key() {
    let folder = folder();
    set(&in_file(&folder), "a", VALUE).expect("it can be set");
    let files = files(&folder);
    assert_eq!(files.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["secrets.age", "secrets.key"]);
    for (name, bytes) in &files {
        assert!(!bytes.windows(7).any(|w| w == &VALUE.as_bytes()[..7]), "{name}");
    }
    assert!(files[0].1.starts_with(b"age-encryption.org/v1\n"), "other programs can read it");
    #[cfg(unix)]
    for (name, _) in &files {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(folder.path().join(name)).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn where_there_is_a_keyring_the_key_is_in_no_file() {
    let (folder, ring) = (folder(), Ring::default());
    let store = in_ring(&folder, &ring);
    set(&store, "a", VALUE).expect("it can be set");
    assert!(matches!(store.key(), Some(KeyPlace::Keyring(_))));
    let keys = ring.0.keys.lock().expect("not poisoned").clone();
    assert_eq!(keys.len(), 1);
    for key in keys.values() {
        assert!(key.starts_with("AGE-SECRET-KEY-1"));
        assert!(!files(&folder).iter().any(|(_, bytes)| String::from_utf8_lossy(bytes).contains(key.as_str())));
    }
    assert_eq!(in_ring(&folder, &ring).get("a").expect("it is there").value(), VALUE);
}

#[test]
fn without_a_keyring_or_with_one_that_forgets_the_key_is_in_a_file() {
    let gone = Ring::default();
    gone.0.gone.store(true, Ordering::SeqCst);
    for ring in [gone, Ring(Arc::new(Inside { forgetful: true, ..Inside::default() }))] {
        let folder = folder();
        let store = in_ring(&folder, &ring);
        set(&store, "a", VALUE).expect("it can be set");
        assert!(matches!(store.key(), Some(KeyPlace::File(_))));
        assert_eq!(names(&in_ring(&folder, &ring)), ["a"]);
    }
}

#[test]
fn a_keyring_that_does_not_answer_is_no_home_without_secrets() {
    let (folder, ring) = (folder(), Ring::default());
    set(&in_ring(&folder, &ring), "a", VALUE).expect("it can be set");
    let before = files(&folder);
    ring.0.gone.store(true, Ordering::SeqCst);
    let store = in_ring(&folder, &ring);
    assert!(store.fault().expect("a fault").message.contains("there is no keyring here"));
    assert!(matches!(set(&store, "b", VALUE), Err(SecretsError::Keyring { .. })));
    assert!(matches!(store.remove("a"), Err(SecretsError::Keyring { .. })));
    assert_eq!(files(&folder), before, "nothing was touched");
    ring.0.gone.store(false, Ordering::SeqCst);
    assert_eq!(names(&store), ["a"], "it is asked again");
    assert!(store.fault().is_none() && store.get("a").is_some());
}

#[test]
fn a_key_that_the_keyring_lost_is_said_to_be_missing() {
    let (folder, ring) = (folder(), Ring::default());
    set(&in_ring(&folder, &ring), "a", VALUE).expect("it can be set");
    ring.0.keys.lock().expect("not poisoned").clear();
    assert!(matches!(in_ring(&folder, &ring).list(), Err(SecretsError::NoKey { .. })));
}

/// What becomes of a home in which this was done to a file.
#[track_caller]
fn harmed(file: &str, harm: impl FnOnce(&Path), expect: impl FnOnce(&SecretsError) -> bool) {
    let folder = folder();
    set(&in_file(&folder), "a", VALUE).expect("it can be set");
    harm(&folder.path().join(file));
    let before = files(&folder);
    let store = in_file(&folder);
    assert!(store.get("a").is_none() && store.redactor().is_empty());
    let error = store.list().expect_err("it cannot be read");
    assert!(expect(&error), "{error}");
    assert!(!error.to_string().contains("battery") && !error.hint().is_empty());
    assert!(set(&store, "b", VALUE).is_err(), "nothing is written over it");
    assert_eq!(files(&folder), before, "nothing was touched");
}

#[test]
fn damaged_secrets_are_an_error_and_never_none() {
    let damaged = |e: &SecretsError| matches!(e, SecretsError::Damaged { .. });
    let change = |at: fn(usize) -> usize| {
        move |path: &Path| {
            let mut bytes = fs::read(path).expect("it reads");
            let at = at(bytes.len());
            bytes[at] ^= 1;
            fs::write(path, bytes).expect("it can be written");
        }
    };
    let cut = |to: fn(usize) -> usize| {
        move |path: &Path| {
            let bytes = fs::read(path).expect("it reads");
            fs::write(path, &bytes[..to(bytes.len())]).expect("it can be written");
        }
    };
    harmed("secrets.age", change(|size| size - 1), damaged);
    harmed("secrets.age", change(|_| 0), damaged);
    harmed("secrets.age", cut(|size| size - 1), damaged);
    harmed("secrets.age", cut(|_| 30), damaged);
    harmed("secrets.age", cut(|_| 0), damaged);
    harmed("secrets.age", |path| fs::write(path, "{}").expect("it can be written"), damaged);
}

#[test]
fn a_wrong_a_damaged_and_a_missing_key_are_told_apart() {
    harmed(
        "secrets.key",
        |path| fs::remove_file(path).expect("it was there"),
        |e| matches!(e, SecretsError::NoKey { .. }),
    );
    for text in ["", "# nothing\n", "rubbish", "AGE-SECRET-KEY-1X", "one\ntwo\n"] {
        harmed(
            "secrets.key",
            |path| fs::write(path, text).expect("it can be written"),
            |e| matches!(e, SecretsError::DamagedKey { .. }),
        );
    }
    let other = folder();
    set(&in_file(&other), "a", VALUE).expect("it can be set");
    let key = fs::read(other.path().join("secrets.key")).expect("it reads");
    harmed(
        "secrets.key",
        |path| fs::write(path, key).expect("it can be written"),
        |e| matches!(e, SecretsError::WrongKey { .. }),
    );
}

#[test]
fn what_was_encrypted_must_be_what_this_host_writes() {
    for text in [
        "[]",
        r#"{"format":2,"secrets":[]}"#,
        r#"{"format":1,"secrets":[{"name":"A","value":"battery staple","hosts":["a.example"],"set":1}]}"#,
        r#"{"format":1,"secrets":[{"name":"a","value":"battery","hosts":["a.example"],"set":1}]}"#,
        r#"{"format":1,"secrets":[{"name":"a","value":"battery staple","hosts":[],"set":1}]}"#,
        r#"{"format":1,"secrets":["battery staple"]}"#,
    ] {
        harmed(
            "secrets.age",
            |path| {
                let key = path.with_extension("key");
                let Ok(Found::Key(key)) = key::find(&key, &Ring::default()) else { panic!("there is a key") };
                let bytes = age::encrypt(&key.identity.to_public(), text.as_bytes()).expect("it can be encrypted");
                fs::write(path, bytes).expect("it can be written");
            },
            |e| matches!(e, SecretsError::Damaged { .. }),
        );
    }
}

#[test]
fn a_secret_is_replaced_only_where_that_is_said() {
    let folder = folder();
    let store = in_file(&folder);
    set(&store, "a", VALUE).expect("it can be set");
    assert!(matches!(set(&store, "a", "another value"), Err(SecretsError::Exists(_))));
    assert_eq!(store.get("a").expect("it is there").value(), VALUE);
    let hosts = ["b.example".to_owned()];
    let (_, replaced) = store.set("a", Zeroizing::new("another value".into()), &hosts, true, 8).expect("it is said");
    assert!(replaced);
    assert_eq!(in_file(&folder).get("a").expect("it is there").value(), "another value");
}

#[test]
fn what_was_removed_or_replaced_is_gone_from_the_disk_and_still_taken_out_of_texts() {
    let folder = folder();
    let store = in_file(&folder);
    set(&store, "a", VALUE).expect("it can be set");
    set(&store, "b", "the second value").expect("it can be set");
    assert_eq!(store.remove("a").expect("it can be removed").expect("it was there").name, "a");
    assert_eq!(store.remove("a").expect("nothing is no error"), None);
    assert!(store.get("a").is_none());
    assert!(store.redactor().text(VALUE).is_some(), "what was sent with it may still be answered");
    assert_eq!(names(&in_file(&folder)), ["b"]);
    store.remove("b").expect("it can be removed");
    assert_eq!(names(&in_file(&folder)), Vec::<String>::new(), "none is left, and that is no fault");
}

#[test]
fn a_home_without_secrets_has_no_files_for_them_and_looks_for_nothing() {
    let folder = folder();
    let store = in_file(&folder);
    assert_eq!(store.list().expect("it reads"), []);
    assert_eq!(store.remove("a").expect("nothing is no error"), None);
    assert!(store.redactor().is_empty() && store.key().is_none() && files(&folder).is_empty());
}

#[test]
fn what_cannot_be_a_secret_is_refused_and_leaves_no_trace() {
    let folder = folder();
    let store = in_file(&folder);
    assert!(matches!(set(&store, "A", VALUE), Err(SecretsError::Name { .. })));
    assert!(matches!(set(&store, "a", "short"), Err(SecretsError::Value(_))));
    for hosts in [vec![], vec!["https://example.org/".to_owned()], vec!["a.example".to_owned(); 33]] {
        let set = store.set("a", Zeroizing::new(VALUE.into()), &hosts, false, 7);
        assert!(matches!(set, Err(SecretsError::Hosts(_))), "{hosts:?}");
    }
    assert!(files(&folder).is_empty());
}

#[test]
fn all_values_together_have_a_bound() {
    let folder = folder();
    let store = in_file(&folder);
    let big = "x".repeat(rules::LONGEST_VALUE);
    for number in 0..rules::MOST_VALUES / rules::LONGEST_VALUE {
        set(&store, &format!("n{number}"), &big).expect("there is room");
    }
    assert!(matches!(set(&store, "one-more", VALUE), Err(SecretsError::Full { .. })));
}
