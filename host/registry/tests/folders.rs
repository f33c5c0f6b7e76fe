//! A registry in real folders: what is found, what is refused, and what a crash or a hostile hand leaves behind.

use loket_registry::scan::{MAX_NOTES, Oddity};
use loket_registry::{Digest, Existing, MAX_PACKAGE_BYTES, PackageRef, PublishError, ReadError, Registry};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn reference(text: &str) -> PackageRef {
    text.parse().expect("a reference")
}

fn write(root: &Path, path: &str, bytes: &[u8]) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, bytes).expect("written");
}

fn open() -> (TempDir, Registry) {
    let home = TempDir::new().expect("a folder");
    let registry = Registry::open(vec![home.path().join("registry")]).expect("open");
    (home, registry)
}

fn found(registry: &Registry) -> Vec<String> {
    registry.scan().found.iter().map(|found| found.reference.to_string()).collect()
}

/// The oddity of each remark, with the last part of its path.
fn oddities(registry: &Registry) -> Vec<(String, Oddity)> {
    let notes = registry.scan().notes;
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    notes.into_iter().map(|note| (name(&note.path), note.oddity)).collect()
}

#[test]
fn packages_are_found_in_their_layout_by_name_and_version() {
    let (home, registry) = open();
    for path in ["b/x/1.0.0.wasm", "a/y/1.10.0.wasm", "a/y/1.2.0.wasm", "a/y/1.2.0-rc.1.wasm"] {
        write(&home.path().join("registry"), path, b"bytes");
    }
    assert_eq!(found(&registry), ["a:y@1.2.0-rc.1", "a:y@1.2.0", "a:y@1.10.0", "b:x@1.0.0"]);
    let scan = registry.scan();
    assert_eq!((scan.found[0].size, scan.notes.len()), (5, 0));
    let versions = registry.versions(&reference("a:y@1.0.0").name);
    assert_eq!(versions.iter().map(ToString::to_string).collect::<Vec<_>>(), ["1.2.0-rc.1", "1.2.0", "1.10.0"]);
    let newest = registry.newest(&reference("a:y@1.0.0").name, &"~1.2".parse().expect("a requirement"));
    assert_eq!(newest, Some(reference("a:y@1.2.0")));
}

#[test]
fn what_is_read_is_what_is_digested() {
    let (home, registry) = open();
    write(&home.path().join("registry"), "acme/calc/1.0.0.wasm", b"abc");
    let package = registry.read(&reference("acme:calc@1.0.0")).expect("read");
    assert_eq!((&**package.bytes(), package.digest()), (&b"abc"[..], Digest::of(b"abc")));
    write(&home.path().join("registry"), "acme/calc/1.0.0.wasm", b"abd");
    assert_eq!(registry.read(&reference("acme:calc@1.0.0")).expect("read").digest(), Digest::of(b"abd"));
}

#[test]
fn hostile_and_mistaken_names_are_remarked_on_and_do_no_harm() {
    let (home, registry) = open();
    let root = home.path().join("registry");
    for path in [
        "1.0.0.wasm",
        "acme/calc.wasm",
        "acme/calc/1.0.wasm",
        "acme/calc/v1.0.0.wasm",
        "acme/calc/1.0.0\u{1b}[2J.wasm",
        "acme/Calc/1.0.0.wasm",
        "ACME/calc/1.0.0.wasm",
        "acme/calc/2.0.0.wasm/inner.wasm",
    ] {
        write(&root, path, b"bytes");
    }
    let expect = [
        ("1.0.0.wasm", Oddity::Misplaced),
        ("ACME", Oddity::FolderName),
        ("Calc", Oddity::FolderName),
        ("calc.wasm", Oddity::Misplaced),
        ("1.0.0\u{1b}[2J.wasm", Oddity::FileName),
        ("1.0.wasm", Oddity::FileName),
        ("2.0.0.wasm", Oddity::NotAFile),
        ("v1.0.0.wasm", Oddity::FileName),
    ];
    assert_eq!(oddities(&registry), expect.map(|(name, oddity)| (name.to_owned(), oddity)));
    assert_eq!(found(&registry), Vec::<String>::new());
    assert!(registry.scan().notes.iter().all(|note| !note.to_string().contains('\u{1b}')));
}

#[test]
fn files_of_others_are_nobody_s_business() {
    let (home, registry) = open();
    let root = home.path().join("registry");
    for path in [
        "README.md",
        ".gitignore",
        ".cache/x/1.0.0.wasm",
        "acme/calc/.publish-a1b2c3.tmp",
        "acme/calc/.1.0.0.wasm",
        "acme/calc/1.0.0.wasm.part",
        "acme/calc/1.0.0.wasm.minisig",
    ] {
        write(&root, path, b"half");
    }
    assert_eq!((found(&registry), oddities(&registry)), (vec![], vec![]));
}

#[cfg(unix)]
#[test]
fn no_symbolic_link_leads_anywhere() {
    use std::os::unix::fs::symlink;
    let (home, registry) = open();
    let root = home.path().join("registry");
    write(home.path(), "elsewhere/calc/1.0.0.wasm", b"secret");
    write(&root, "acme/real/1.0.0.wasm", b"bytes");
    symlink(home.path().join("elsewhere"), root.join("linked")).expect("linked");
    symlink(home.path().join("elsewhere/calc"), root.join("acme/calc")).expect("linked");
    symlink(home.path().join("elsewhere/calc/1.0.0.wasm"), root.join("acme/real/2.0.0.wasm")).expect("linked");
    assert_eq!(found(&registry), ["acme:real@1.0.0"]);
    let links: Vec<_> = oddities(&registry);
    assert_eq!(links.iter().filter(|(_, oddity)| *oddity == Oddity::Link).count(), 3, "{links:?}");
    for linked in ["linked:calc@1.0.0", "acme:calc@1.0.0", "acme:real@2.0.0"] {
        assert!(matches!(registry.read(&reference(linked)), Err(ReadError::Missing { .. })), "{linked}");
    }
    for linked in ["linked:calc@1.0.0", "linked:new@1.0.0", "acme:calc@1.0.0", "acme:real@2.0.0"] {
        let published = registry.publish(b"new", &reference(linked), Existing::Keep);
        assert!(matches!(published, Err(PublishError::InTheWay { .. })), "{linked}: {published:?}");
    }
    assert_eq!(fs::read(home.path().join("elsewhere/calc/1.0.0.wasm")).expect("read"), b"secret");
    assert!(!home.path().join("elsewhere/new").exists());
}

#[cfg(unix)]
#[test]
fn the_registry_s_own_folder_may_be_a_link() {
    let home = TempDir::new().expect("a folder");
    write(home.path(), "real/acme/calc/1.0.0.wasm", b"bytes");
    std::os::unix::fs::symlink(home.path().join("real"), home.path().join("registry")).expect("linked");
    let registry = Registry::open(vec![home.path().join("registry")]).expect("open");
    assert_eq!(registry.read(&reference("acme:calc@1.0.0")).expect("read").digest(), Digest::of(b"bytes"));
    registry.publish(b"new", &reference("acme:calc@1.1.0"), Existing::Keep).expect("published");
    assert_eq!(found(&registry), ["acme:calc@1.0.0", "acme:calc@1.1.0"]);
}

#[test]
fn a_package_that_is_too_large_is_not_read() {
    let (home, registry) = open();
    let root = home.path().join("registry");
    write(&root, "acme/big/1.0.0.wasm", b"");
    let file = fs::File::options().write(true).open(root.join("acme/big/1.0.0.wasm")).expect("open");
    file.set_len(MAX_PACKAGE_BYTES + 1).expect("grown");
    let error = registry.read(&reference("acme:big@1.0.0")).expect_err("too large");
    assert!(matches!(error, ReadError::TooLarge { size, .. } if size == MAX_PACKAGE_BYTES + 1), "{error}");
}

#[test]
fn what_is_missing_is_told_with_what_is_there() {
    let (home, registry) = open();
    write(&home.path().join("registry"), "acme/calc/1.0.0.wasm", b"bytes");
    let message = |text| registry.read(&reference(text)).expect_err("missing").to_string();
    assert_eq!(message("acme:calc@2.0.0"), "the registry has no `acme:calc@2.0.0`: it has `1.0.0`");
    assert_eq!(
        message("acme:cal@1.0.0"),
        "the registry has no `acme:cal@1.0.0`: check its name, and put it there if it is missing"
    );
}

#[test]
fn a_version_is_published_once() {
    let (_home, registry) = open();
    let calc = reference("acme:calc@1.0.0");
    assert_eq!(registry.publish(b"one", &calc, Existing::Keep).expect("published"), Digest::of(b"one"));
    assert_eq!(registry.publish(b"one", &calc, Existing::Keep).expect("nothing to do"), Digest::of(b"one"));
    let refused = registry.publish(b"two", &calc, Existing::Keep);
    assert!(matches!(refused, Err(PublishError::Taken { there, .. }) if there == Digest::of(b"one")));
    assert_eq!(registry.read(&calc).expect("read").digest(), Digest::of(b"one"));
    registry.publish(b"two", &calc, Existing::Replace).expect("replaced");
    assert_eq!(registry.read(&calc).expect("read").digest(), Digest::of(b"two"));
    let folder = &registry.folders()[0].join("acme/calc");
    assert_eq!(fs::read_dir(folder).expect("read").count(), 1, "no file is left beside it");
}

#[test]
fn nothing_and_too_much_are_not_published() {
    let (_home, registry) = open();
    let calc = reference("acme:calc@1.0.0");
    assert!(matches!(registry.publish(b"", &calc, Existing::Keep), Err(PublishError::Empty(_))));
    let big = vec![0; usize::try_from(MAX_PACKAGE_BYTES).expect("fits") + 1];
    assert!(matches!(registry.publish(&big, &calc, Existing::Replace), Err(PublishError::TooLarge { .. })));
    assert!(!registry.folders()[0].join("acme").exists());
}

#[test]
fn of_many_that_publish_at_once_one_wins_and_the_others_are_told() {
    let (_home, registry) = open();
    let calc = reference("acme:calc@1.0.0");
    let results: Vec<_> = std::thread::scope(|scope| {
        let publish = |n: u8| registry.publish(&[n; 4096], &calc, Existing::Keep);
        let threads: Vec<_> = (1..=8).map(|n| scope.spawn(move || publish(n))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    let there = registry.read(&calc).expect("read").digest();
    assert_eq!(results.iter().flatten().collect::<Vec<_>>(), [&there]);
    assert_eq!(results.iter().filter(|r| matches!(r, Err(PublishError::Taken { .. }))).count(), 7);
}

#[test]
fn the_folder_that_is_named_first_counts() {
    let home = TempDir::new().expect("a folder");
    let (first, second) = (home.path().join("first"), home.path().join("second"));
    write(&second, "acme/calc/1.0.0.wasm", b"second");
    write(&second, "acme/calc/1.1.0.wasm", b"second");
    let registry = Registry::open(vec![first.clone(), second]).expect("open");
    let calc = reference("acme:calc@1.0.0");
    let taken = registry.publish(b"first", &calc, Existing::Keep);
    assert!(matches!(taken, Err(PublishError::Taken { .. })), "a version of another folder is not shadowed unasked");
    registry.publish(b"first", &calc, Existing::Replace).expect("published");
    assert_eq!(registry.read(&calc).expect("read").digest(), Digest::of(b"first"));
    assert_eq!(found(&registry), ["acme:calc@1.0.0", "acme:calc@1.1.0"]);
    assert_eq!(oddities(&registry), [("1.0.0.wasm".to_owned(), Oddity::Shadowed)]);
}

#[test]
fn remarks_are_bounded() {
    let (home, registry) = open();
    for n in 0..MAX_NOTES + 20 {
        write(&home.path().join("registry"), &format!("acme/calc/{n}.wasm"), b"bytes");
    }
    assert_eq!(registry.scan().notes.len(), MAX_NOTES);
}

#[test]
fn a_yanked_version_is_chosen_for_nobody_new_and_stays_with_whoever_has_it() {
    let (home, registry) = open();
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        write(&home.path().join("registry"), &format!("acme/calc/{version}.wasm"), b"bytes");
    }
    let (calc, any) = (reference("acme:calc@1.2.0"), "^1".parse().expect("a requirement"));
    assert_eq!(registry.newest(&calc.name, &any), Some(calc.clone()));
    assert!(registry.yank(&calc).expect("yanked") && !registry.yank(&calc).expect("it was already"));
    assert_eq!(registry.newest(&calc.name, &any), Some(reference("acme:calc@1.1.0")));
    assert_eq!(registry.newest(&calc.name, &"=1.2.0".parse().expect("a requirement")), None);
    assert_eq!(registry.resolve(&calc.name, &any, &|version| *version == calc.version), Some(calc.clone()));
    // It is there all the same, and whoever names it can have its bytes.
    assert!(registry.read(&calc).is_ok() && registry.is_yanked(&calc));
    let scan = registry.scan();
    let yanked: Vec<_> = scan.found.iter().filter(|found| found.yanked).map(|found| &found.reference).collect();
    assert_eq!((yanked, scan.notes.len()), (vec![&calc], 0));
    assert!(registry.unyank(&calc).expect("back") && !registry.unyank(&calc).expect("it was already"));
    assert_eq!(registry.newest(&calc.name, &any), Some(calc));
    let nothing = registry.yank(&reference("acme:calc@9.0.0"));
    assert!(matches!(nothing, Err(loket_registry::YankError::Missing(ReadError::Missing { .. }))));
}

#[test]
fn a_version_that_comes_after_a_yanked_one_of_its_name_was_removed_is_not_yanked() {
    let (home, registry) = open();
    let calc = reference("acme:calc@1.0.0");
    registry.publish(b"one", &calc, Existing::Keep).expect("published");
    registry.yank(&calc).expect("yanked");
    fs::remove_file(home.path().join("registry/acme/calc/1.0.0.wasm")).expect("removed");
    registry.publish(b"two", &calc, Existing::Keep).expect("published");
    assert!(!registry.is_yanked(&calc));
}
