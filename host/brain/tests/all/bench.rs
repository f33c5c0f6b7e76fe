//! The benchmark of recall counts right, and refuses data that it cannot trust.

#[path = "../../benches/recall/beir.rs"]
mod beir;
#[path = "../../benches/common/mod.rs"]
#[expect(dead_code, reason = "nothing is asked of either side here")]
mod common;
#[path = "../../benches/recall/conversation.rs"]
mod conversation;
#[path = "../../benches/recall/dataset.rs"]
#[expect(dead_code, reason = "the tests look at some of it only")]
mod dataset;
#[path = "../../benches/recall/metrics.rs"]
#[expect(dead_code, reason = "the benchmark prints what it counts")]
mod metrics;

use dataset::{Dataset, Unreadable};
use metrics::{Figures, Grades, mean, ndcg, recall};
use std::fs;

#[track_caller]
fn check(figure: f64, expect: f64) {
    assert!((figure - expect).abs() < 1e-6, "{figure} is not {expect}");
}

fn grades(grades: &[(usize, u32)]) -> Grades {
    grades.iter().copied().collect()
}

#[test]
fn recall_is_the_share_of_what_is_relevant() {
    let grades = grades(&[(1, 2), (2, 1), (3, 1), (4, 0)]);
    check(recall(5, &[9, 1, 8, 4, 2, 3], &grades), 2.0 / 3.0);
    check(recall(10, &[9, 1, 8, 4, 2, 3], &grades), 1.0);
    check(recall(5, &[], &grades), 0.0);
}

#[test]
fn recall_counts_all_that_is_relevant_even_beyond_the_depth() {
    let grades = grades(&[(0, 1), (1, 1), (2, 1), (3, 1), (4, 1), (5, 1)]);
    check(recall(5, &[0, 1, 2, 3, 4, 5], &grades), 5.0 / 6.0);
}

#[test]
fn the_best_order_gains_everything() {
    let grades = grades(&[(1, 2), (2, 1), (3, 1)]);
    check(ndcg(10, &[1, 3, 2], &grades), 1.0);
    check(ndcg(10, &[1, 2, 3, 7, 8, 9], &grades), 1.0);
}

/// By hand: the gains are 1 at place 1 and 3 at place 3, so 1/log2(2) + 3/log2(4) = 1 + 1.5 = 2.5; the best order would gain
/// 3/log2(2) + 1/log2(3) = 3 + 0.630930 = 3.630930; 2.5 / 3.630930 = 0.688529.
#[test]
fn a_worse_order_gains_less() {
    check(ndcg(10, &[2, 9, 1], &grades(&[(1, 2), (2, 1)])), 0.688_529);
}

/// By hand: of grades 3, 2 and 1 the second alone is found, at place 2. 3/log2(3) = 1.892789; the best order gains
/// 7/log2(2) + 3/log2(3) + 1/log2(4) = 7 + 1.892789 + 0.5 = 9.392789; the share is 0.201515.
#[test]
fn what_is_missing_lowers_the_gain() {
    check(ndcg(10, &[9, 5], &grades(&[(4, 3), (5, 2), (6, 1)])), 0.201_515);
}

/// By hand: the only relevant memory at place 11 gains nothing at depth 10; at place 10 it gains 1/log2(11) = 0.289065.
#[test]
fn what_comes_after_the_depth_gains_nothing() {
    let answer: Vec<usize> = (0..11).collect();
    check(ndcg(10, &answer, &grades(&[(10, 1)])), 0.0);
    check(ndcg(10, &answer, &grades(&[(9, 1)])), 0.289_065);
}

#[test]
fn a_mean_is_taken_of_each_figure() {
    let one = Figures { recall_5: 1.0, recall_10: 1.0, ndcg_10: 0.5 };
    let other = Figures { recall_5: 0.0, recall_10: 1.0, ndcg_10: 0.25 };
    assert_eq!(mean(&[one, other]), Figures { recall_5: 0.5, recall_10: 1.0, ndcg_10: 0.375 });
    assert_eq!(mean(&[]), Figures::default());
    assert!(mean(&[]).recall_5.is_sign_positive(), "it would be printed as -0.0");
}

const ABOUT: &str = r#"{"dataset": {"language": "en", "about": "a test"}}"#;
const MEMORY: &str = r#"{"memory": {"id": "m1", "at": "2025-03-01T09:00:00Z", "kind": "fact", "conversation": "c", "tags": ["car"], "text": "it is red"}}"#;
const QUESTION: &str =
    r#"{"question": {"text": "which colour?", "at": "2025-03-02T09:00:00Z", "class": "plain", "relevant": {"m1": 2}}}"#;

fn conversation(lines: &[&str]) -> Result<Dataset, Unreadable> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("talk.jsonl");
    fs::write(&file, lines.join("\n")).expect("a file");
    let mut read = dataset::read(&file)?;
    Ok(read.remove(0))
}

/// The lines are refused, with words that name the file, the line and what is wrong.
#[track_caller]
fn refused(lines: &[&str], expect: &str) {
    let error = conversation(lines).expect_err("it is refused").to_string();
    let (_, told) = error.split_once("talk.jsonl`").expect("the file is named");
    assert!(told.starts_with(expect), "`{told}` does not begin with `{expect}`");
}

#[test]
fn a_conversation_is_read_with_its_times_and_grades() {
    let read = conversation(&[ABOUT, MEMORY, "", QUESTION]).expect("it is read");
    assert_eq!((read.name.as_str(), read.about.as_str()), ("talk", "en; a test"));
    assert_eq!(read.memories[0].time, 1_740_819_600_000);
    assert_eq!(read.questions[0].at, 1_740_906_000_000);
    assert_eq!(read.questions[0].relevant, Grades::from([(0, 2)]));
}

#[test]
fn a_bad_line_of_a_conversation_is_named() {
    refused(&[ABOUT, MEMORY, "{"], ", line 3: EOF");
    refused(&[ABOUT, r#"{"memory": {"id": "m1"}}"#], ", line 2: missing field");
    refused(&[ABOUT, &MEMORY.replace("fact", "guess")], ", line 2: unknown variant `guess`");
    refused(&[ABOUT, &MEMORY.replace("09:00:00Z", "25:00:00Z")], ", line 2:");
    refused(&[ABOUT, &MEMORY.replace("it is red", " ")], ", line 2: memory `m1` has no text");
    refused(&[ABOUT, MEMORY, MEMORY], ", line 3: there is a memory `m1` already");
    refused(&[MEMORY], ", line 1: the first line must be the `dataset`");
    refused(&[ABOUT, ABOUT], ", line 2: the dataset is described already");
    refused(&[ABOUT, QUESTION], ", line 2: there is no memory `m1`");
    refused(&[ABOUT, MEMORY, &QUESTION.replace(": 2", ": 4")], ", line 3: memory `m1` has the grade 4");
    refused(&[ABOUT, MEMORY, &QUESTION.replace(r#""m1": 2"#, "")], ", line 3: no memory answers this question");
    refused(&[], ": it is empty");
}

fn beir(corpus: &str, queries: &str, judged: &str) -> Result<Dataset, Unreadable> {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("qrels")).expect("a folder");
    for (file, words) in [("corpus.jsonl", corpus), ("queries.jsonl", queries), ("qrels/test.tsv", judged)] {
        fs::write(folder.path().join(file), words).expect("a file");
    }
    let mut read = dataset::read(folder.path())?;
    Ok(read.remove(0))
}

const CORPUS: &str = r#"{"_id": "d1", "title": "Cars", "text": "They drive.", "metadata": {}}
{"_id": "d2", "title": "", "text": ""}
{"_id": "d3", "text": "They fly."}"#;
const QUERIES: &str = r#"{"_id": "q1", "text": "what flies?"}
{"_id": "q2", "text": "nobody judged this one"}"#;

#[test]
fn a_collection_in_the_beir_layout_is_read() {
    let read =
        beir(CORPUS, QUERIES, "query-id\tcorpus-id\tscore\nq1\td3\t2\nq1\td1\t0\nq1\td2\t1\n").expect("it is read");
    let texts: Vec<&str> = read.memories.iter().map(|memory| memory.text.as_str()).collect();
    assert_eq!(texts, ["Cars. They drive.", "They fly."]);
    assert_eq!(read.questions.len(), 1);
    assert_eq!(read.questions[0].relevant, Grades::from([(1, 2)]));
    assert!(read.about.contains("1 documents without words left out"), "{}", read.about);
}

#[test]
fn a_bad_line_of_a_collection_is_named() {
    #[track_caller]
    fn refused(corpus: &str, queries: &str, judged: &str, expect: &str) {
        let error = beir(corpus, queries, judged).expect_err("it is refused").to_string();
        assert!(error.contains(expect), "`{error}` does not contain `{expect}`");
    }
    refused("{}", QUERIES, "", "corpus.jsonl`, line 1: missing field `_id`");
    refused(CORPUS, "\n[1]", "", "queries.jsonl`, line 2: invalid");
    refused(&format!("{CORPUS}\n{CORPUS}"), QUERIES, "", "corpus.jsonl`, line 4: there is a document `d1` already");
    refused(CORPUS, QUERIES, "a\tb\tc\nq1\td1\n", "test.tsv`, line 2: it has 2 columns");
    refused(CORPUS, QUERIES, "a\tb\tc\nq1\td1\tmuch", "test.tsv`, line 2: the grade `much` is no number");
    refused(CORPUS, QUERIES, "q7\td1\t1", "test.tsv`, line 1: there is no question `q7`");
    refused(CORPUS, QUERIES, "q1\td7\t1", "test.tsv`, line 1: there is no document `d7`");
}
