//! Searching the lines of files.

use crate::fake::{Tree, invalid};
use loket_files_tool::pattern::Pattern;
use loket_files_tool::search::{self, Wanted, search};
use loket_files_tool::{Casing, Error, Findings, Place, Reason};
use proptest::prelude::*;
use std::time::{Duration, Instant};

fn wanted(pattern: &str) -> Wanted<'_> {
    Wanted { pattern, casing: Casing::Exact, glob: None, limit: None }
}

fn tree() -> Tree {
    Tree::default()
        .with("notes/a.md", "Oak\noak tree\r\n\nbirch\n")
        .with("notes/deep/b.md", "an oak")
        .with("notes/deep/c.txt", "oaks\nGRÖSSER\n")
        .with("notes/empty", "")
}

fn hits(findings: &Findings) -> Vec<String> {
    findings.hits.iter().map(|hit| format!("{}:{}:{}", &hit.path["notes/".len()..], hit.line, hit.text)).collect()
}

#[track_caller]
fn finds(wanted: &Wanted<'_>, expect: &[&str]) {
    let found = search(&tree(), "notes", wanted, None).unwrap_or_else(|error| panic!("{wanted:?}: {error:?}"));
    assert_eq!(hits(&found), expect, "{wanted:?}");
    assert!(found.next.is_none() && found.skipped.is_empty());
}

#[test]
fn lines_are_found_with_their_numbers() {
    finds(&wanted("oak"), &["a.md:2:oak tree", "deep/b.md:1:an oak", "deep/c.txt:1:oaks"]);
    finds(&wanted("^oak$"), &[]);
    finds(&wanted("tree$"), &["a.md:2:oak tree"]);
    finds(&wanted(r"\boak\b"), &["a.md:2:oak tree", "deep/b.md:1:an oak"]);
    finds(&wanted("^$"), &["a.md:3:"]);
    finds(&Wanted { casing: Casing::Ignore, ..wanted("größer") }, &[]);
    finds(&Wanted { casing: Casing::Ignore, ..wanted("größ|grösser") }, &["deep/c.txt:2:GRÖSSER"]);
    finds(&Wanted { glob: Some("*.txt"), ..wanted("oak") }, &["deep/c.txt:1:oaks"]);
    finds(&Wanted { glob: Some("deep/**"), ..wanted("an?") }, &["deep/b.md:1:an oak", "deep/c.txt:1:oaks"]);
}

#[test]
fn one_file_is_searched_alone() {
    let found = search(&tree(), "notes/deep/c.txt", &wanted("."), None).expect("it searches");
    assert_eq!((hits(&found).len(), found.searched), (2, 1));
    assert!(matches!(search(&tree(), "notes/none", &wanted("."), None), Err(Error::NotFound(_))));
}

#[test]
fn what_is_no_pattern_says_why() {
    for (pattern, words) in [
        ("", "it is empty"),
        ("(", "unclosed group"),
        ("a{2,1}", "is no pattern"),
        ("(?=a)", "look-around"),
        (r"(a)\1", "backreferences are not supported"),
        (r"\w{999}{9}", "too large when it is compiled"),
    ] {
        invalid(search(&tree(), "notes", &wanted(pattern), None), words);
    }
    invalid(search(&tree(), "notes", &wanted(&"x".repeat(1_001)), None), "1001 bytes");
    invalid(search(&tree(), "notes", &wanted(&("(".repeat(60) + &")".repeat(60))), None), "is no pattern");
    invalid(search(&tree(), "notes", &Wanted { glob: Some("["), ..wanted("a") }, None), "is no glob");
    let elsewhere = Place { path: "notesier".into(), line: Some(1) };
    invalid(search(&tree(), "notes", &wanted("a"), Some(elsewhere)), "pass what `next` was");
}

/// All that is found in calls that each go on where the one before stopped.
#[track_caller]
fn in_steps(tree: &Tree, wanted: &Wanted<'_>) -> (Vec<String>, u32) {
    let (mut seen, mut calls, mut after) = (Vec::new(), 0, None);
    loop {
        let found = search(tree, "notes", wanted, after).expect("it searches");
        seen.extend(hits(&found));
        calls += 1;
        assert!(calls < 1_000, "it comes to an end");
        after = found.next;
        if after.is_none() {
            return (seen, calls);
        }
    }
}

#[test]
fn a_search_goes_on_where_it_stopped() {
    let tree = tree();
    let all = hits(&search(&tree, "notes", &wanted("a|i"), None).expect("it searches"));
    for limit in 1..6 {
        assert_eq!(in_steps(&tree, &Wanted { limit: Some(limit), ..wanted("a|i") }).0, all, "{limit}");
    }
    let tree = (0..2_500).fold(Tree::default(), |tree, n| tree.with(&format!("notes/{n:04}"), "x"));
    let found = search(&tree, "notes", &wanted("y"), None).expect("it searches");
    assert_eq!((found.searched, found.next.map(|place| place.path)), (search::FILES, Some("notes/1999".into())));
    assert_eq!(in_steps(&tree, &wanted("^x$")).0.len(), 2_500);
}

#[test]
fn a_search_reads_so_much_and_says_where_to_go_on() {
    let text = "no needle in it\n".repeat(200_000);
    let tree = (0..10).fold(Tree::default(), |tree, n| tree.with(&format!("notes/{n}"), text.clone()));
    let tree = tree.with("notes/z", "hay");
    let found = search(&tree, "notes", &wanted("hay"), None).expect("it searches");
    assert!(found.hits.is_empty() && found.next.is_some());
    assert!(tree.read.get() < search::WORK + (4 << 20), "{}", tree.read.get());
    assert_eq!(in_steps(&tree, &wanted("hay")), (vec!["z:1:hay".to_owned()], 2));
}

#[test]
fn what_is_left_out_is_told() {
    let tree = tree()
        .with("notes/0.bin", b"oak\0oak".to_vec())
        .with("notes/1.log", vec![b'x'; (4 << 20) + 1])
        .with_broken("notes/2")
        .with("notes/3", b"gr\xf6\xdfer oak\n".to_vec());
    let found = search(&tree, "notes", &Wanted { glob: Some("[0-9]*"), ..wanted("oak") }, None).expect("it searches");
    assert_eq!(hits(&found), ["3:1:gr\u{fffd}\u{fffd}er oak"]);
    let skipped: Vec<_> = found.skipped.iter().map(|skip| (skip.path.as_str(), skip.reason)).collect();
    let expect = [("notes/0.bin", Reason::Binary), ("notes/1.log", Reason::TooLarge), ("notes/2", Reason::Unreadable)];
    assert_eq!((skipped, found.searched), (expect.to_vec(), 1));
}

#[test]
fn of_a_long_line_there_is_what_is_around_the_match() {
    let line = format!("{}needle{}\n", "é".repeat(100_000), "x".repeat(1_000_000));
    let found = search(&Tree::default().with("notes/a", line), "notes", &wanted("needle"), None).expect("it searches");
    let text = &found.hits[0].text;
    assert!(text.starts_with("…é") && text.contains("éneedlex") && text.ends_with("x…"), "{text}");
    assert!(text.chars().count() <= 302, "{}", text.chars().count());
    let whole = "é".repeat(300);
    let found = search(&Tree::default().with("notes/a", whole.clone()), "notes", &wanted("é"), None).expect("it");
    assert_eq!(found.hits[0].text, whole);
}

#[test]
fn no_pattern_takes_forever() {
    let begun = Instant::now();
    let mut number = 12_345_u64;
    let bits: String = (0..400_000)
        .map(|_| {
            number ^= number << 13;
            number ^= number >> 7;
            number ^= number << 17;
            if number.is_multiple_of(2) { '0' } else { '1' }
        })
        .collect();
    let tree = (0..20).fold(Tree::default(), |tree, n| tree.with(&format!("notes/{n:02}"), bits.clone()));
    for pattern in
        ["(a*)*b", "(x+x+)+y", "(0|1|01)*2", "[01]*1[01]{400}2", "(.*)(.*)(.*)(.*)z", "([01]?){200}[01]{200}2"]
    {
        let found = search(&tree, "notes", &wanted(pattern), None).expect("it searches");
        assert!(found.hits.is_empty(), "{pattern}");
    }
    let slow = search(&tree, "notes", &wanted("[01]*1[01]{400}2"), None).expect("it searches");
    assert!(slow.next.is_some() && slow.searched < 5, "a slow pattern sees less: {}", slow.searched);
    assert!(begun.elapsed() < Duration::from_secs(120), "{:?}", begun.elapsed());
}

proptest! {
    #[test]
    fn no_pattern_and_no_line_make_it_panic(
        pattern in "([a-c.*+?|()\\[\\]{}0-9,^$\\\\bwWdsé-]|\\PC){0,30}",
        line in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        if let Ok(mut pattern) = Pattern::read(&pattern, Casing::Ignore) {
            prop_assert_eq!(pattern.fits(&line).0, pattern.place(&line).is_some());
        }
    }

    #[test]
    fn both_engines_mean_the_same(
        pattern in "(a|b|é|\\.|\\\\b|\\\\w|\\\\W|\\\\s|\\^|\\$|[ab]\\*|\\(a\\|b\\)|é\\?){1,8}",
        lines in prop::collection::vec("[abé .]{0,12}", 1..8),
    ) {
        if let Ok(mut pattern) = Pattern::read(&pattern, Casing::Exact) {
            for line in lines {
                prop_assert_eq!(pattern.fits(line.as_bytes()).0, pattern.place(line.as_bytes()).is_some());
            }
        }
    }
}
