//! What the tool claims: matches with their places, replacements, differences; and bounds on all that is hostile.

use loket_strings::{Casing, Extent, diff, find, replace};
use proptest::prelude::*;
use std::time::Instant;

const POEM: &str = "The oak grows slowly.\r\nThe elm grows fast.\n\nÄ tree: a Tree.";

#[track_caller]
fn check(pattern: &str, casing: Casing, expect: &[(u32, u32, &str)]) {
    let found = find(POEM, pattern, casing, 0, None).unwrap_or_else(|why| panic!("`{pattern}`: {why}"));
    let hits: Vec<_> = found.hits.iter().map(|hit| (hit.line, hit.column, hit.text.as_str())).collect();
    assert_eq!(hits, expect, "{pattern}");
    assert_eq!((found.total as usize, found.next), (expect.len(), None));
}

#[track_caller]
fn refuse(pattern: &str, expect: &str) {
    let why = find(POEM, pattern, Casing::Exact, 0, None).expect_err(pattern);
    assert!(why.contains(expect), "`{pattern}` said: {why}");
}

#[track_caller]
fn rewrite(text: &str, pattern: &str, replacement: &str, expect: &str) {
    let done = replace(text, pattern, replacement, Casing::Exact, Extent::All);
    assert_eq!(done.map(|done| done.text).as_deref(), Ok(expect), "{pattern}");
}

#[test]
fn matches_are_told_by_line_and_column() {
    check("grows \\w+", Casing::Exact, &[(1, 9, "grows slowly"), (2, 9, "grows fast")]);
    check("tree", Casing::Exact, &[(4, 3, "tree")]);
    check("tree", Casing::Ignore, &[(4, 3, "tree"), (4, 11, "Tree")]);
    check("^The", Casing::Exact, &[(1, 1, "The"), (2, 1, "The")]);
    check("\\.$", Casing::Exact, &[(1, 21, "."), (2, 19, "."), (4, 15, ".")]);
    check("cedar", Casing::Exact, &[]);
    // A line by itself: what would reach over its end finds nothing.
    check("slowly.\\s+The", Casing::Exact, &[]);
    let found = find("a=1, b=", "(\\w)=(\\d)?", Casing::Exact, 0, None).expect("a pattern");
    let groups = |n: usize| found.hits[n].groups.iter().map(Option::as_deref).collect::<Vec<_>>();
    assert_eq!((groups(0), groups(1)), (vec![Some("a"), Some("1")], vec![Some("b"), None]));
}

#[test]
fn many_matches_come_in_pages_that_miss_none() {
    let text = "x y\n".repeat(700);
    let (mut start, mut seen) = (0, Vec::new());
    loop {
        let page = find(&text, "[xy]", Casing::Exact, start, Some(1000)).expect("a pattern");
        assert_eq!(page.total, 1400);
        seen.extend(page.hits.iter().map(|hit| (hit.line, hit.column)));
        let Some(next) = page.next else { break };
        start = next;
    }
    assert_eq!(seen, (1..=700).flat_map(|line| [(line, 1), (line, 3)]).collect::<Vec<_>>());
}

#[test]
fn replacements_name_groups() {
    rewrite("2026-11-29", "(\\d+)-(\\d+)-(\\d+)", "$3.$2.$1", "29.11.2026");
    rewrite("a\r\nb\n", "$", ";", "a;\r\nb;\n");
    rewrite("one two", "(?<first>\\w+) (\\w+)", "${2}_${first} costs $$1", "two_one costs $1");
    rewrite("same", "cedar", "oak", "same");
    let first = replace("a a a", "a", "b", Casing::Exact, Extent::First).expect("a pattern");
    assert_eq!((first.count, first.text.as_str()), (1, "b a a"));
    let why = replace("a", "(a)", "$2", Casing::Exact, Extent::All).expect_err("no such group");
    assert!(why.contains("the group `2`, and the pattern has 1 groups"), "{why}");
    let why = replace("a", "(a)", "$1x", Casing::Exact, Extent::All).expect_err("no such group");
    assert!(why.contains("`1x`") && why.contains("`${1}x`"), "{why}");
}

#[test]
fn differences_are_told_as_a_unified_diff() {
    let done = diff("one\ntwo\nthree\n", "one\n2\nthree\nfour\n", None, 0).expect("they are short");
    assert_eq!((done.added, done.removed, done.next), (2, 1, None));
    assert_eq!(done.changes, "@@ -1,3 +1,4 @@\n one\n-two\n+2\n three\n+four\n");
    let same = diff("a\n", "a\n", None, 0).expect("they are short");
    assert_eq!((same.added, same.removed, same.changes.as_str()), (0, 0, ""));
    assert!(diff("a", "a\n", None, 0).expect("they are short").changes.contains("No newline at end of file"));
}

#[test]
fn long_differences_come_in_pages() {
    let before: String = (0..4_000).map(|n| format!("line {n}\n")).collect();
    let after: String =
        (0..4_000).map(|n| if n % 10 == 0 { format!("other {n}\n") } else { format!("line {n}\n") }).collect();
    let (mut start, mut changes) = (0, String::new());
    loop {
        let page = diff(&before, &after, None, start).expect("they are short");
        assert!(page.changes.len() <= 31_000 && (page.added, page.removed) == (400, 400));
        changes.push_str(&page.changes);
        let Some(next) = page.next else { break };
        start = next;
    }
    assert_eq!(changes.lines().filter(|line| line.starts_with("+other")).count(), 400);
    let page = diff("", &before, None, 0).expect("they are short");
    assert!(page.changes.contains("lines more of this change") && page.changes.len() < 31_000 && page.next.is_none());
}

#[test]
fn errors_say_what_would_be_right() {
    refuse("", "the pattern is empty");
    refuse("(a", "no pattern");
    refuse("a(?=b)", "look-around is not known");
    refuse("\\p{Greek}", "name the letters");
    refuse("(a)\\1", "no pattern");
    assert!(find(POEM, "a", Casing::Exact, 9, None).expect_err("no more").contains("there are"));
    assert!(diff("a", "b", Some(21), 0).expect_err("too many").contains("20"));
}

#[test]
fn hostile_patterns_and_texts_end_in_an_error_and_soon() {
    let begun = Instant::now();
    refuse(&"a".repeat(501), "may have 500");
    refuse("(((a{100}){100}){100}){100}", "smaller counts");
    refuse("a{1000000}", "no pattern");
    refuse(&format!("{}a{}", "(".repeat(100), ")".repeat(100)), "no pattern");
    let line = "a".repeat(256 << 10);
    let big = format!("{line}a");
    assert!(find(&big, "a", Casing::Exact, 0, None).expect_err("too long").contains("in parts"));
    // Quadratic in a line where every match looks at all the rest of it.
    assert!(find(&line, "a", Casing::Exact, 0, None).expect_err("too slow").contains("too often"));
    for pattern in ["(a+)+$", "(a|aa)+b", "(a*)*c", "([a-z]+)*\\d", "(x+x+)+y", "a{0,30}a{0,30}a{0,30}b"] {
        let _ = find(&line[..20_000], pattern, Casing::Exact, 0, None);
    }
    let why = replace(&"a\n".repeat(1000), "a", &"b".repeat(10_000), Casing::Exact, Extent::All).expect_err("too long");
    assert!(why.contains("more than"), "{why}");
    let why =
        replace(&"a".repeat(20_000), "a+", &"$0".repeat(4_000), Casing::Exact, Extent::All).expect_err("too long");
    assert!(why.contains("more than"), "{why}");
    assert!(diff(&"a\n".repeat(5_001), "", None, 0).expect_err("too long").contains("in parts"));
    let (ours, theirs): (String, String) = (0..5_000).map(|n| (format!("a{n}\n"), format!("b{n}\n"))).unzip();
    let worst = diff(&ours, &theirs, None, 0).expect("they have so many lines");
    assert_eq!((worst.added, worst.removed), (5_000, 5_000));
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}

proptest! {
    #[test]
    fn no_input_panics(text in "\\PC{0,80}", pattern in "\\PC{0,30}", replacement in "\\PC{0,20}") {
        drop(find(&text, &pattern, Casing::Ignore, 0, None));
        drop(replace(&text, &pattern, &replacement, Casing::Exact, Extent::All));
        drop(diff(&text, &replacement, None, 0));
    }

    #[test]
    fn a_difference_turns_the_first_text_into_the_second(
        before in proptest::collection::vec("[abc]{0,2}", 0..20),
        after in proptest::collection::vec("[abc]{0,2}", 0..20),
    ) {
        let text = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
        let (before, after) = (text(&before), text(&after));
        // With all lines around, the diff has both texts whole.
        let done = diff(&before, &after, Some(20), 0).expect("they are short");
        let side = |mark: char| -> String {
            let lines = done.changes.lines().filter(|line| !line.starts_with("@@") && !line.starts_with('\\'));
            lines.filter(|line| line.starts_with([' ', mark])).map(|line| format!("{}\n", &line[1..])).collect()
        };
        if before == after {
            prop_assert!(done.changes.is_empty());
        } else {
            prop_assert_eq!((side('-'), side('+')), (before, after));
        }
    }

    #[test]
    fn replacing_each_match_by_itself_changes_nothing(text in "[a-c \r\n]{0,60}") {
        let done = replace(&text, "[ab]+|c", "$0", Casing::Exact, Extent::All).expect("a pattern");
        prop_assert_eq!(done.text, text);
    }
}
