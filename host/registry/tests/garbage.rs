//! What is removed from a registry, and what never is.

use loket_registry::{Existing, GarbageError, PackageRef, Registry, SecretKey, Signature};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use tempfile::TempDir;

fn reference(text: &str) -> PackageRef {
    text.parse().expect("a reference")
}

fn place(packages: &[&str]) -> (TempDir, Registry) {
    let home = TempDir::new().expect("a folder");
    let (first, second) = (home.path().join("first"), home.path().join("second"));
    fs::create_dir(&second).expect("made");
    let registry = Registry::open(vec![first, second]).expect("open");
    for package in packages {
        registry.publish(package.as_bytes(), &reference(package), Existing::Keep).expect("published");
    }
    (home, registry)
}

#[track_caller]
fn check(registry: &Registry, needed: &[&str], expect: &[&str]) {
    let needed = needed.iter().map(|text| reference(text)).collect();
    let garbage = registry.garbage(&needed).expect("all of it can be seen");
    let found: Vec<String> = garbage.found.iter().map(|found| found.reference.to_string()).collect();
    assert_eq!(found, expect);
    assert_eq!(garbage.bytes(), expect.iter().map(|text| text.len() as u64).sum::<u64>());
}

#[test]
fn what_is_needed_and_what_somebody_new_would_get_stays() {
    let (_home, registry) = place(&["a:x@1.0.0", "a:x@1.1.0", "a:x@1.2.0", "a:x@2.0.0-rc.1", "b:y@0.1.0"]);
    check(&registry, &[], &["a:x@1.0.0", "a:x@1.1.0", "a:x@2.0.0-rc.1"]);
    check(&registry, &["a:x@1.0.0", "a:x@2.0.0-rc.1"], &["a:x@1.1.0"]);
    registry.yank(&reference("a:x@1.2.0")).expect("yanked");
    check(&registry, &[], &["a:x@1.0.0", "a:x@2.0.0-rc.1"]);
    assert_eq!(registry.scan().found.len(), 5, "to look removes nothing");
}

#[test]
fn a_version_goes_with_what_lies_beside_it() {
    let (home, registry) = place(&["a:x@1.1.0"]);
    let old = reference("a:x@1.0.0");
    let (text, _) = SecretKey::make(None).expect("made");
    let secret = SecretKey::open(&text, None).expect("read");
    let signature = Signature::make(&secret, &old, b"old").expect("signed");
    registry.publish_signed(b"old", &old, &signature).expect("published");
    registry.yank(&old).expect("yanked");
    let garbage = registry.garbage(&BTreeSet::new()).expect("all of it can be seen");
    for found in &garbage.found {
        registry.remove(found).expect("removed");
    }
    let left: Vec<_> = fs::read_dir(home.path().join("first/a/x")).expect("there").flatten().collect();
    assert_eq!(left.iter().map(|entry| entry.file_name()).collect::<Vec<_>>(), ["1.1.0.wasm"]);
    assert!(matches!(registry.remove(&garbage.found[0]), Err(GarbageError::Changed(_))), "it is gone");
}

#[test]
fn what_was_changed_since_or_lies_in_another_folder_is_left() {
    let (home, registry) = place(&["a:x@1.0.0", "a:x@1.1.0"]);
    let garbage = registry.garbage(&BTreeSet::new()).expect("all of it can be seen");
    registry.publish(b"new bytes", &reference("a:x@1.0.0"), Existing::Replace).expect("replaced");
    assert!(matches!(registry.remove(&garbage.found[0]), Err(GarbageError::Changed(_))));
    assert_eq!(&**registry.read(&reference("a:x@1.0.0")).expect("read").bytes(), b"new bytes");
    fs::create_dir_all(home.path().join("second/b/y")).expect("made");
    for version in ["1.0.0", "1.1.0"] {
        fs::write(home.path().join(format!("second/b/y/{version}.wasm")), "bytes").expect("written");
    }
    check_names(&registry, &["a:x@1.0.0"]);
}

#[track_caller]
fn check_names(registry: &Registry, expect: &[&str]) {
    let garbage = registry.garbage(&BTreeSet::new()).expect("all of it can be seen");
    assert_eq!(garbage.found.iter().map(|f| f.reference.to_string()).collect::<Vec<_>>(), expect);
}

#[test]
#[cfg(unix)]
fn where_not_all_can_be_seen_nothing_is_garbage() {
    let (home, registry) = place(&["a:x@1.0.0", "a:x@1.1.0"]);
    fs::remove_dir_all(home.path().join("second")).expect("removed");
    assert!(matches!(registry.garbage(&BTreeSet::new()), Err(GarbageError::Incomplete)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_that_is_needed_is_ever_garbage(
        there in proptest::collection::btree_set((0..3_u8, 0..3_u64, 0..3_u64, any::<bool>()), 1..16),
        chosen in proptest::collection::vec(any::<bool>(), 16),
    ) {
        let (_home, registry) = place(&[]);
        let mut all = BTreeSet::new();
        for (name, major, minor, yanked) in there {
            let reference = reference(&format!("p:n{name}@{major}.{minor}.0"));
            registry.publish(b"bytes", &reference, Existing::Keep).expect("published");
            if yanked {
                registry.yank(&reference).expect("yanked");
            }
            all.insert(reference);
        }
        let needed: BTreeSet<_> = all.iter().zip(&chosen).filter(|(_, needed)| **needed).map(|(r, _)| r.clone()).collect();
        let before: Vec<_> = all.iter().map(|r| registry.newest(&r.name, &"*".parse().expect("any"))).collect();
        for found in registry.garbage(&needed).expect("all of it can be seen").found {
            prop_assert!(!needed.contains(&found.reference));
            registry.remove(&found).expect("removed");
        }
        for reference in &needed {
            prop_assert!(registry.read(reference).is_ok());
        }
        let after: Vec<_> = all.iter().map(|r| registry.newest(&r.name, &"*".parse().expect("any"))).collect();
        prop_assert_eq!(before, after, "what somebody new gets is what they got");
    }
}
