//! Listing folders, and finding by name.

use crate::fake::{Tree, invalid};
use loket_files_tool::glob::Glob;
use loket_files_tool::listing::{find, list};
use loket_files_tool::walk::ENTRIES;
use loket_files_tool::{Error, Kind, Listing};
use proptest::prelude::*;

fn tree() -> Tree {
    let paths = ["a.md", "b.txt", "deep/c.md", "deep/er/d.md", "deep/er/e[1].md", "deep-er/f.MD", "größe.md"];
    paths.iter().fold(Tree::default(), |tree, path| tree.with(&format!("notes/{path}"), "x"))
}

fn paths(listing: &Listing) -> Vec<&str> {
    listing.entries.iter().map(|entry| entry.path.strip_prefix("notes/").expect("it is in it")).collect()
}

#[test]
fn a_folder_is_listed_by_name_page_by_page() {
    let tree = tree();
    let all = list(&tree, "notes", None, None).expect("it lists");
    assert_eq!(paths(&all), ["a.md", "b.txt", "deep", "deep-er", "größe.md"]);
    assert_eq!(all.next, None);
    assert!(all.entries[2].kind == Kind::Folder && all.entries[0].size == 1);
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = list(&tree, "notes", after.as_deref(), Some(2)).expect("it lists");
        assert!(page.entries.len() <= 2);
        seen.extend(page.entries.into_iter().map(|entry| entry.path));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, all.entries.into_iter().map(|entry| entry.path).collect::<Vec<_>>());
    assert!(matches!(list(&tree, "notes/none", None, None), Err(Error::NotFound(_))));
    invalid(list(&tree, "notes/a.md", None, None), "no folder");
    invalid(list(&tree, "notes", Some("a.md"), None), "pass what `next` was");
    invalid(list(&tree, "notes", Some("notes/deep/c.md"), None), "pass what `next` was");
    for (limit, words) in [(0, "asks for nothing"), (501, "500 is the most")] {
        invalid(list(&tree, "notes", None, Some(limit)), words);
    }
}

#[track_caller]
fn finds(glob: &str, expect: &[&str]) {
    let found = find(&tree(), "notes", glob, None, None).unwrap_or_else(|error| panic!("`{glob}`: {error:?}"));
    assert_eq!(paths(&found), expect, "{glob}");
    assert_eq!(found.next, None, "{glob}");
}

#[test]
fn a_glob_finds_what_it_names() {
    finds("*.md", &["a.md", "deep/c.md", "deep/er/d.md", "deep/er/e[1].md", "größe.md"]);
    finds("**/*.md", &["a.md", "deep/c.md", "deep/er/d.md", "deep/er/e[1].md", "größe.md"]);
    finds("deep/*.md", &["deep/c.md"]);
    finds("deep/**", &["deep/c.md", "deep/er", "deep/er/d.md", "deep/er/e[1].md"]);
    finds("*.{txt,MD}", &["b.txt", "deep-er/f.MD"]);
    finds("[ab].*", &["a.md", "b.txt"]);
    finds("?.md", &["a.md", "deep/c.md", "deep/er/d.md"]);
    finds("er", &["deep/er"]);
    finds("e\\[1\\].md", &["deep/er/e[1].md"]);
    finds("e[[]1].md", &["deep/er/e[1].md"]);
    finds("größe.md", &["größe.md"]);
    finds("nothing", &[]);
}

#[test]
fn what_is_no_glob_says_what_would_be_right() {
    for (glob, words) in [
        ("", "it is empty"),
        ("[a", "write for example `*.md`"),
        ("{a", "is no glob"),
        ("a}", "is no glob"),
        ("[z-a]", "is no glob"),
        ("a\\", "is no glob"),
        ("/etc/*", "no `/` at its ends"),
        ("a/", "no `/` at its ends"),
    ] {
        invalid(find(&tree(), "notes", glob, None, None), words);
    }
    invalid(find(&tree(), "notes", &"x".repeat(1_001), None, None), "1001 bytes");
    for depth in [50, 51, 300] {
        let nested = "{a,".repeat(depth) + &"}".repeat(depth);
        assert_eq!(Glob::read(&nested).is_ok(), depth == 50, "{depth}");
    }
}

#[test]
fn finding_goes_on_where_it_stopped() {
    let tree = tree();
    let (mut seen, mut after, mut calls) = (Vec::new(), None, 0);
    loop {
        let found = find(&tree, "notes", "*.md", after, Some(2)).expect("it finds");
        seen.extend(paths(&found).iter().map(|path| (*path).to_owned()));
        after = found.next;
        calls += 1;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["a.md", "deep/c.md", "deep/er/d.md", "deep/er/e[1].md", "größe.md"]);
    assert_eq!(calls, 3);
}

#[test]
fn finding_looks_at_so_many_entries_and_says_where_to_go_on() {
    let tree = (0..ENTRIES + 500).fold(Tree::default(), |tree, n| tree.with(&format!("notes/{n:06}"), ""));
    let tree = tree.with("notes/zzz.md", "");
    let found = find(&tree, "notes", "*.md", None, None).expect("it finds");
    assert_eq!((found.entries.len(), found.next.as_deref()), (0, Some("notes/019999")));
    let found = find(&tree, "notes", "*.md", found.next, None).expect("it finds");
    assert_eq!((paths(&found), found.next.as_deref()), (vec!["zzz.md"], None));
}

proptest! {
    #[test]
    fn no_glob_makes_it_panic(glob in "([*?/a\\[\\]{},!\\\\é-]|\\*\\*/|\\PC){0,40}", path in "[a-zé/]{0,20}") {
        if let Ok(glob) = Glob::read(&glob) {
            glob.fits(&path);
        }
    }

    #[test]
    fn a_glob_whose_signs_are_made_plain_finds_the_very_name(name in "[a-zé*?\\[\\]{},!\\\\. -]{1,20}") {
        let plain: String = name.chars().flat_map(|c| if c.is_ascii_punctuation() { vec!['\\', c] } else { vec![c] }).collect();
        prop_assert!(Glob::read(&plain).expect("it is a glob").fits(&name), "{} {}", plain, name);
    }
}
