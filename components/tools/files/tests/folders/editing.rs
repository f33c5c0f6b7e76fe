//! Replacing one text by another.

use crate::fake::{Tree, exhausted, invalid};
use loket_files_tool::edit::edit;
use loket_files_tool::{Edited, Error, Occurrence};
use proptest::prelude::*;

const FILE: &str = "notes/a";

#[track_caller]
fn check(text: &str, old: &str, new: &str, expect: &str, lines: &[u32]) {
    let tree = Tree::default().with(FILE, text);
    let edited = edit(&tree, FILE, old, new, Occurrence::Only).unwrap_or_else(|error| panic!("`{old}`: {error:?}"));
    assert_eq!(String::from_utf8(tree.bytes(FILE)).expect("text"), expect);
    assert_eq!((edited.count as usize, edited.lines.as_slice()), (lines.len(), lines));
}

/// The text after an edit, and what was done to it.
fn replaced(text: &str, old: &str, new: &str, occurrence: Occurrence) -> Result<(String, Edited), Error> {
    let tree = Tree::default().with(FILE, text);
    let edited = edit(&tree, FILE, old, new, occurrence)?;
    Ok((String::from_utf8(tree.bytes(FILE)).expect("text"), edited))
}

#[track_caller]
fn misses(text: &str, old: &str, words: &str) {
    let tree = Tree::default().with(FILE, text);
    match edit(&tree, FILE, old, "new", Occurrence::Only) {
        Err(Error::NotFound(why)) => {
            assert!(why.starts_with("`old` is not in `notes/a`: ") && why.contains(words), "{why}")
        }
        other => panic!("it is found: {other:?}"),
    }
    assert_eq!(tree.bytes(FILE), text.as_bytes(), "nothing is changed");
}

#[test]
fn the_one_occurrence_is_replaced() {
    check("one\ntwo\nthree\n", "two", "2", "one\n2\nthree\n", &[2]);
    check("one\r\ntwo\r\n", "one\r\n", "", "two\r\n", &[1]);
    check("größer als", "größer", "grösser", "grösser als", &[1]);
    check("\u{feff}a", "a", "b", "\u{feff}b", &[1]);
    check("a", "a", "", "", &[1]);
}

#[test]
fn several_occurrences_are_told_with_their_lines_and_replaced_only_when_all_are_meant() {
    let text = "oak\nelm\noak oak\n";
    let tree = Tree::default().with(FILE, text);
    invalid(
        edit(&tree, FILE, "oak", "ash", Occurrence::Only),
        "`old` occurs 3 times in `notes/a`, in lines 1, 3, 3: take in more",
    );
    assert_eq!(tree.bytes(FILE), text.as_bytes());
    let edited = edit(&tree, FILE, "oak", "ash", Occurrence::All).expect("it edits");
    assert_eq!((edited.count, edited.lines.as_slice()), (3, &[1, 3, 3][..]));
    assert_eq!(tree.bytes(FILE), b"ash\nelm\nash ash\n");
    // One occurrence that begins in another is a second one.
    invalid(edit(&Tree::default().with(FILE, "aaa"), FILE, "aa", "b", Occurrence::Only), "occurs 2 times");
    let many = Tree::default().with(FILE, "x\n".repeat(5_000));
    invalid(edit(&many, FILE, "x", "y", Occurrence::Only), "1000 or more times");
    let edited = edit(&many, FILE, "x", "y", Occurrence::All).expect("it edits");
    assert_eq!((edited.count, edited.lines.len()), (5_000, 100));
}

#[test]
fn what_is_not_there_says_what_comes_closest() {
    misses("a\r\nb\r\nc\r\n", "b\nc", "in line 2 it is there with lines that end in CR and LF; write `\\r\\n`");
    misses("a\nb\nc\n", "b\r\nc", "in line 2 it is there with lines that end in LF alone");
    misses(
        "fn main() {\n    let a = 1;\n}\n",
        "\tlet a  = 1;",
        "what is in line 2 differs from it only in white space",
    );
    misses("one\ntwo\n\nthree\n", "two\nthree", "line 2 differs from it only in white space");
    misses(
        "a\nlet b = 1;\nlet c = 2;\n",
        "let b = 1;\nlet c = 3;",
        "its first line, `let b = 1;`, is in line 2, and what follows differs",
    );
    misses("a\n", "\n\n\n", "white space alone");
    misses("a\n", "zebra", "nothing comes close");
    misses("", "zebra", "nothing comes close");
}

#[test]
fn an_edit_that_says_nothing_is_invalid() {
    let tree = Tree::default().with(FILE, "a");
    invalid(edit(&tree, FILE, "", "b", Occurrence::All), "`old` is empty");
    invalid(edit(&tree, FILE, "a", "a", Occurrence::Only), "the same");
    assert!(matches!(edit(&tree, "notes/b", "a", "b", Occurrence::Only), Err(Error::NotFound(_))));
}

#[test]
fn what_is_no_text_or_too_large_is_left_as_it_is() {
    let latin = b"one\ngr\xf6\xdfer\n".to_vec();
    let tree = Tree::default().with(FILE, latin.clone());
    let error = edit(&tree, FILE, "one", "two", Occurrence::Only).expect_err("it is no text");
    assert!(matches!(&error, Error::Failed(why) if why.contains("in line 2") && why.contains("11 bytes")), "{error:?}");
    assert_eq!(tree.bytes(FILE), latin);
    let (limit, detail) = exhausted(
        edit(&Tree::default().with(FILE, "x".repeat((1 << 20) + 1)), FILE, "x", "y", Occurrence::All)
            .expect_err("it is too large"),
    );
    assert!(limit == "file-size" && detail.contains("1048576 are the most"), "{detail}");
    let grown = Tree::default().with(FILE, "x".repeat(1 << 20));
    let (_, detail) = exhausted(edit(&grown, FILE, "x", &"y".repeat(1 << 20), Occurrence::All).expect_err("it grows"));
    assert!(detail.contains("would have 1099511627776 bytes"), "{detail}");
    let edited = edit(&grown, FILE, &"x".repeat(1 << 20), "y", Occurrence::Only).expect("it fits");
    assert_eq!((edited.count, tree.bytes(FILE).len(), grown.bytes(FILE).len()), (1, 11, 1));
}

#[test]
fn an_edit_that_repeats_itself_ends() {
    let tree = Tree::default().with(FILE, "a".repeat(1 << 20));
    invalid(edit(&tree, FILE, &"a".repeat(100_000), "b", Occurrence::Only), "1000 or more times");
    let other = "a".repeat(100_000) + "b";
    assert!(matches!(edit(&tree, FILE, &other, "b", Occurrence::Only), Err(Error::NotFound(_))));
}

#[test]
fn what_others_write_meanwhile_is_not_lost() {
    let others = ["three: oak, one: elm", "two, and one: oak, one: elm"];
    let tree = Tree::default().with(FILE, "one: oak, one: elm").written_meanwhile(&others);
    edit(&tree, FILE, "elm", "ash", Occurrence::Only).expect("it is tried again");
    assert_eq!(tree.bytes(FILE), b"three: oak, one: ash");
    let gone = Tree::default().with(FILE, "one: elm").written_meanwhile(&["one: ash"]);
    assert!(matches!(edit(&gone, FILE, "elm", "oak", Occurrence::Only), Err(Error::NotFound(_))));
    let restless: Vec<String> = (0..99).map(|n| format!("{}elm", "x".repeat(n))).collect();
    let restless: Vec<&str> = restless.iter().map(String::as_str).collect();
    let tree = Tree::default().with(FILE, "elm").written_meanwhile(&restless);
    assert!(matches!(edit(&tree, FILE, "elm", "oak", Occurrence::Only), Err(Error::Unavailable(_))));
}

#[test]
fn many_places_are_a_few_patches_and_too_much_is_told() {
    let dense = "ab".repeat(200_000);
    let (changed, edited) = replaced(&dense, "a", "c", Occurrence::All).expect("it fits");
    assert_eq!((changed, edited.count), ("cb".repeat(200_000), 200_000));
    let (limit, detail) = exhausted(replaced(&"ab".repeat(500_000), "a", "c", Occurrence::All).expect_err("too much"));
    assert!(limit == "patches" && detail.contains("write the file anew"), "{limit}: {detail}");
}

proptest! {
    #[test]
    fn an_edit_keeps_all_the_rest(before in "[ab\r\né ]{0,40}", after in "[ab\r\né ]{0,40}", new in "[xyz\n]{0,9}") {
        let text = format!("{before}NEEDLE{after}");
        let (changed, edited) = replaced(&text, "NEEDLE", &new, Occurrence::Only).expect("it edits");
        prop_assert_eq!(changed, format!("{before}{new}{after}"));
        prop_assert_eq!(edited.lines, vec![1 + before.matches('\n').count() as u32]);
    }

    #[test]
    fn all_are_replaced_as_the_standard_library_does(text in "[ab\né]{0,60}", old in "[abé]{1,2}", new in "[ab\n]{0,3}") {
        match replaced(&text, &old, &new, Occurrence::All) {
            Ok((changed, edited)) => {
                prop_assert_eq!(edited.count as usize, text.matches(&old).count());
                prop_assert_eq!(changed, text.replace(&old, &new));
            }
            Err(_) => prop_assert!(!text.contains(&old) || old == new),
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "[ab \t\r\né\u{3000}]{0,40}", old in "[ab \t\r\né\u{3000}]{0,9}", new in "\\PC{0,9}") {
        for occurrence in [Occurrence::Only, Occurrence::All] {
            let _ = edit(&Tree::default().with(FILE, text.clone()), FILE, &old, &new, occurrence);
        }
    }
}
