//! Reading text, page by page.

use crate::fake::{Tree, exhausted, invalid};
use loket_files_tool::page::{self, read};
use loket_files_tool::{Error, Text};
use proptest::prelude::*;

const FILE: &str = "notes/a";

#[track_caller]
fn reads(bytes: impl Into<Vec<u8>>, start: Option<u32>, lines: Option<u32>) -> Text {
    read(&Tree::default().with(FILE, bytes), FILE, start, lines).expect("it reads")
}

#[test]
fn a_file_is_read_with_its_line_endings() {
    let text = reads("one\r\ntwo\n\nfour", None, None);
    assert_eq!((text.text.as_str(), text.lines, text.next, text.note), ("one\r\ntwo\n\nfour", 4, None, None));
    let text = reads("one\r\ntwo\n\nfour", Some(2), Some(2));
    assert_eq!((text.text.as_str(), text.lines, text.next), ("two\n\n", 4, Some(4)));
    let text = reads("one\n", Some(1), Some(1));
    assert_eq!((text.text.as_str(), text.lines, text.next), ("one\n", 1, None));
}

#[test]
fn an_empty_file_has_no_lines() {
    let text = reads("", None, None);
    assert_eq!((text.text.as_str(), text.lines, text.next, text.note), ("", 0, None, None));
}

#[test]
fn a_page_has_so_many_characters() {
    let whole: String = (0..5_000).map(|n| format!("Zeile {n}: größer\n")).collect();
    let text = reads(whole.clone(), None, None);
    assert!(text.text.chars().count() <= page::USUAL && text.next.is_some(), "{:?}", text.next);
    let text = reads(whole, None, Some(2_000));
    assert!((page::USUAL..=page::MOST).contains(&text.text.chars().count()));
    assert_eq!(text.next, Some(2_001));
}

#[test]
fn a_line_that_is_not_there_says_how_many_there_are() {
    let tree = Tree::default().with(FILE, "one\ntwo\n");
    for start in [0, 3, u32::MAX] {
        invalid(read(&tree, FILE, Some(start), None), "has 2 lines: begin with 1");
    }
    for (lines, words) in [(0, "asks for nothing"), (2_001, "2000 is the most")] {
        invalid(read(&tree, FILE, None, Some(lines)), words);
    }
    assert!(matches!(read(&tree, "notes/b", None, None), Err(Error::NotFound(_))));
}

#[test]
fn a_long_line_is_cut_with_a_word_about_it() {
    let whole = format!("short\n{}\r\nend\n", "é".repeat(60_000));
    let text = reads(whole.clone(), None, None);
    assert!(text.text.ends_with("é[… 58000 more characters]\r\nend\n"), "{}", text.text.len());
    let note = text.note.expect("a note");
    assert!(note.contains("line 2; read one alone"), "{note}");
    let text = reads(whole, Some(2), Some(1));
    assert_eq!(text.text.chars().filter(|c| *c == 'é').count(), page::MOST);
    assert_eq!(text.next, Some(3));
    assert!(text.note.is_some_and(|note| note.contains("cut after 50000 characters: line 2")));
}

#[test]
fn what_is_no_text_is_told_with_its_size() {
    let mut bytes = vec![0x89, b'P', b'N', b'G', 0];
    bytes.resize(70_000, 7);
    let error = read(&Tree::default().with(FILE, bytes), FILE, None, None).expect_err("it is no text");
    assert!(
        matches!(&error, Error::Failed(why) if why.contains("`notes/a` is no text") && why.contains("70000 bytes"))
    );
    let large = Tree::default().with(FILE, vec![b'x'; (4 << 20) + 1]);
    let (limit, detail) = exhausted(read(&large, FILE, None, None).expect_err("it is too large"));
    assert_eq!(limit, "file-size");
    assert!(detail.contains("4194305 bytes, and 4194304 are the most"), "{detail}");
    let largest = Tree::default().with(FILE, vec![b'x'; 4 << 20]);
    assert!(read(&largest, FILE, None, None).is_ok());
}

#[test]
fn bytes_that_are_no_utf_8_are_shown_and_told() {
    let text = reads(b"gr\xf6\xdfer\n".to_vec(), None, None);
    assert_eq!(text.text, "gr\u{fffd}\u{fffd}er\n");
    assert!(text.note.is_some_and(|note| note.contains("no UTF-8")));
}

proptest! {
    #[test]
    fn pages_are_whole_lines_and_lose_none(whole in "([aé日]{0,9}\r?\n?){0,60}", lines in 1u32..9, characters in 10usize..50) {
        let (mut read, mut start) = (String::new(), Some(1));
        while let Some(from) = start {
            let page = page::cut(&whole, FILE, from, lines, characters).expect("a page");
            if lines > 1 {
                prop_assert!(page.text.chars().count() <= characters || page.text.lines().count() == 1);
            }
            prop_assert!(page.note.is_none() || lines == 1);
            read += &page.text;
            start = page.next;
        }
        prop_assert!(read == whole || lines == 1);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), start in 0u32..9, lines in 0u32..9) {
        let _ = read(&Tree::default().with(FILE, bytes), FILE, Some(start), Some(lines));
    }
}
