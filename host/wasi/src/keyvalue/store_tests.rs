use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use tempfile::TempDir;

fn bucket(owner: &str, agent: &str, name: &str) -> Bucket {
    Bucket { owner: owner.into(), agent: agent.into(), name: name.into() }
}

fn house(room: u64) -> (TempDir, Store) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = Store::with_room(folder.path().join("keyvalue.redb"), room);
    (folder, store)
}

fn one(key: &str, value: &[u8]) -> Vec<(String, Vec<u8>)> {
    vec![(key.into(), value.into())]
}

#[test]
fn a_value_is_there_after_a_restart_with_the_labels_of_its_writer() {
    let (folder, store) = house(ROOM);
    let mine = bucket("package:acme:tool", "ann", "");
    store.set(&mine, &one("tea", b"four"), Labels::PRIVATE).expect("it is written");
    drop(store);
    let store = Store::new(folder.path().join("keyvalue.redb"));
    assert_eq!(store.get(&mine, "tea").expect("it reads"), Some((b"four".to_vec(), Labels::PRIVATE)));
    assert_eq!(store.get(&mine, "coffee").expect("it reads"), None);
}

#[test]
fn each_owner_agent_and_bucket_has_its_own_keys() {
    let (_folder, store) = house(ROOM);
    let mine = bucket("package:acme:tool", "ann", "a");
    store.set(&mine, &one("k", b"v"), Labels::NONE).expect("it is written");
    for other in [
        bucket("package:acme:other", "ann", "a"),
        bucket("package:acme:tool", "bob", "a"),
        bucket("package:acme:tool", "", "a"),
        bucket("package:acme:tool", "ann", ""),
        bucket("package:acme:tool", "ann", "b"),
    ] {
        assert_eq!(store.get(&other, "k").expect("it reads"), None, "{other:?}");
        assert_eq!(store.keys(&other, 0).expect("it reads").0.0, Vec::<String>::new(), "{other:?}");
    }
}

#[test]
fn what_is_too_long_or_too_much_is_refused_and_changes_nothing() {
    let (_folder, store) = house(1_000);
    let mine = bucket("package:acme:tool", "", "");
    let refused = |pairs: &[(String, Vec<u8>)]| {
        let error = store.set(&mine, pairs, Labels::NONE).expect_err("it is refused");
        assert!(matches!(error, StoreError::Limit(_)), "{error}");
    };
    refused(&one(&"k".repeat(LONGEST_KEY + 1), b""));
    refused(&one("k", &vec![0; LONGEST_VALUE + 1]));
    store.set(&mine, &one("a", &[0; 500]), Labels::NONE).expect("there is room");
    refused(&[("b".into(), vec![1]), ("c".into(), vec![0; 500])]);
    assert_eq!(store.get(&mine, "b").expect("it reads"), None, "all or none");
    store.set(&mine, &one("a", &[0; 800]), Labels::NONE).expect("what is overwritten makes room");
    store.delete(&mine, &["a".into(), "never there".into()]).expect("it is deleted");
    store.set(&mine, &one("c", &[0; 800]), Labels::NONE).expect("what is deleted makes room");
    let neighbour = bucket("package:acme:tool", "ann", "");
    store.set(&neighbour, &one("d", &[0; 800]), Labels::NONE).expect("each has a room of its own");
}

#[test]
fn a_counter_counts_and_keeps_the_labels_of_all_who_counted() {
    let (_folder, store) = house(ROOM);
    let mine = bucket("agent:ann", "ann", "");
    assert_eq!(store.increment(&mine, "n", 3, Labels::PRIVATE).expect("it counts").0, 3);
    let (n, labels) = store.increment(&mine, "n", 4, Labels::UNTRUSTED).expect("it counts");
    assert_eq!((n, labels), (7, Labels::PRIVATE.join(Labels::UNTRUSTED)));
    assert!(matches!(store.increment(&mine, "n", u64::MAX, Labels::NONE), Err(StoreError::Number(_))));
    store.set(&mine, &one("word", b"tea"), Labels::NONE).expect("it is written");
    assert!(matches!(store.increment(&mine, "word", 1, Labels::NONE), Err(StoreError::Number(_))));
}

#[test]
fn keys_come_in_pages_that_end() {
    let (_folder, store) = house(ROOM);
    let mine = bucket("agent:ann", "ann", "");
    let pairs: Vec<_> = (0..PAGE + 2).map(|n| (format!("{n:05}"), vec![])).collect();
    store.set(&mine, &pairs, Labels::NONE).expect("they are written");
    store.set(&bucket("agent:ann", "ann", "next"), &one("other", b""), Labels::NONE).expect("it is written");
    let ((first, more), _) = store.keys(&mine, 0).expect("it lists");
    assert!(more && first.len() == PAGE);
    let ((last, more), _) = store.keys(&mine, PAGE).expect("it lists");
    assert!(!more && last == ["01000", "01001"]);
    let ((none, more), _) = store.keys(&mine, usize::MAX).expect("it lists");
    assert!(!more && none.is_empty(), "a place beyond the end is the end");
}

#[test]
fn a_file_of_a_newer_form_or_of_another_kind_is_left_alone() {
    let (folder, store) = house(ROOM);
    let path = folder.path().join("keyvalue.redb");
    store.get(&bucket("agent:ann", "ann", ""), "k").expect("the file is made");
    drop(store);
    let database = Database::open(&path).expect("it opens");
    let transaction = database.begin_write().expect("it begins");
    transaction.open_table(META).expect("it is there").insert("form", FORM + 1).expect("it is written");
    transaction.commit().expect("it commits");
    drop(database);
    let error = Store::new(&path).get(&bucket("agent:ann", "ann", ""), "k").expect_err("it is newer");
    assert!(matches!(error, StoreError::Newer { found: 2, .. }), "{error}");
    std::fs::write(&path, b"something else").expect("it is written");
    let error = Store::new(&path).get(&bucket("agent:ann", "ann", ""), "k").expect_err("it is no store");
    assert!(matches!(error, StoreError::Fault(_)), "{error}");
    assert_eq!(std::fs::read(&path).expect("it is there"), b"something else");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn it_does_what_a_map_does_and_its_size_adds_up(
        steps in prop::collection::vec((0_u8..3, "[ab]{0,2}", prop::collection::vec(any::<u8>(), 0..40)), 1..40)
    ) {
        let (_folder, store) = house(700);
        let mine = bucket("agent:ann", "ann", "b");
        let mut model: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        let size = |model: &BTreeMap<String, Vec<u8>>| {
            model.iter().map(|(key, value)| (1 + key.len() + value.len() + 1) as u64 + OVERHEAD).sum::<u64>()
        };
        for (what, key, value) in steps {
            if what == 0 {
                store.delete(&mine, std::slice::from_ref(&key)).expect("it is deleted");
                model.remove(&key);
                continue;
            }
            let mut after = model.clone();
            after.insert(key.clone(), value.clone());
            let fits = size(&after) <= 700;
            prop_assert_eq!(store.set(&mine, &[(key, value)], Labels::NONE).is_ok(), fits);
            if fits {
                model = after;
            }
        }
        let ((keys, _), _) = store.keys(&mine, 0).expect("it lists");
        prop_assert_eq!(keys, model.keys().cloned().collect::<Vec<_>>());
        for (key, value) in &model {
            prop_assert_eq!(store.get(&mine, key).expect("it reads").map(|(value, _)| value), Some(value.clone()));
        }
    }
}
