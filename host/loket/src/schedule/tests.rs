//! What is due at which moment, by a book that is kept.

use super::kept::{Book, CUT_OFF, Heeded, Last, SCHEDULES, There};
use loket_guardian::{AgentManifest, Schedule};

const HOUR: u64 = 3_600_000;
/// 2026-05-01, midnight.
const DAY: u64 = 1_777_593_600_000;

fn schedules(rules: &[&str]) -> Vec<Schedule> {
    let tables =
        rules.iter().enumerate().map(|(n, rule)| format!("[[schedules]]\nname = \"s{n}\"\n{rule}\nsay = \"x\"\n"));
    let text = format!("package = \"loket:assistant\"\n{}", tables.collect::<String>());
    AgentManifest::parse("agent.toml", &text).unwrap_or_else(|report| panic!("{report}")).schedules
}

/// The names and moments of what is due, and when something is next.
fn heed(book: &mut Book, schedules: &[Schedule], moment: u64) -> (Vec<(String, u64)>, Option<u64>) {
    let heeded = book.heed(&There::from([("scout", Some(schedules))]), moment);
    (heeded.due.into_iter().map(|due| (due.schedule.name, due.moment)).collect(), heeded.next)
}

fn s0(moment: u64) -> Vec<(String, u64)> {
    vec![("s0".to_owned(), moment)]
}

#[test]
fn nothing_is_due_before_its_moment_and_nothing_twice() {
    let (mut book, hourly) = (Book::default(), schedules(&["every = \"1h\""]));
    assert_eq!(heed(&mut book, &hourly, DAY), (vec![], Some(DAY + HOUR)));
    assert_eq!(heed(&mut book, &hourly, DAY + HOUR - 1), (vec![], Some(DAY + HOUR)));
    assert_eq!(heed(&mut book, &hourly, DAY + HOUR + 5), (s0(DAY + HOUR), Some(DAY + 2 * HOUR)));
    assert_eq!(heed(&mut book, &hourly, DAY + HOUR + 6), (vec![], Some(DAY + 2 * HOUR)));
    assert_eq!(heed(&mut book, &hourly, DAY + 2 * HOUR), (s0(DAY + 2 * HOUR), Some(DAY + 3 * HOUR)));
}

#[test]
fn what_was_missed_is_due_once_however_often_it_was_missed() {
    let rules = ["every = \"1h\"", "cron = \"0 * * * *\"", "at = \"2026-05-01T03:00:00Z\""];
    let (mut book, three) = (Book::default(), schedules(&rules));
    heed(&mut book, &three, DAY);
    let (due, next) = heed(&mut book, &three, DAY + 9 * HOUR + 1);
    let missed = |name: &str, hours: u64| (name.to_owned(), DAY + hours * HOUR);
    assert_eq!((due, next), (vec![missed("s0", 1), missed("s1", 1), missed("s2", 3)], Some(DAY + 10 * HOUR)));
    assert_eq!(heed(&mut book, &three, DAY + 9 * HOUR + 2).0, vec![]);
}

#[test]
fn a_clock_that_is_put_back_makes_nothing_due_again() {
    let (mut book, hourly) = (Book::default(), schedules(&["cron = \"0 * * * *\""]));
    heed(&mut book, &hourly, DAY);
    assert_eq!(heed(&mut book, &hourly, DAY + 5 * HOUR).0, s0(DAY + HOUR));
    for hours in 0..=5 {
        assert_eq!(heed(&mut book, &hourly, DAY + hours * HOUR).0, vec![], "{hours}");
    }
    assert_eq!(heed(&mut book, &hourly, DAY + 6 * HOUR).0, s0(DAY + 6 * HOUR));
}

#[test]
fn what_is_past_when_it_is_first_seen_is_not_due() {
    let (mut book, past) = (Book::default(), schedules(&["at = \"2026-04-30T00:00:00Z\""]));
    assert_eq!(heed(&mut book, &past, DAY), (vec![], None));
    assert_eq!(heed(&mut book, &past, DAY + HOUR), (vec![], None));
}

#[test]
fn another_rule_begins_anew_and_other_words_do_not() {
    let (mut book, hourly) = (Book::default(), schedules(&["every = \"1h\""]));
    heed(&mut book, &hourly, DAY);
    let mut other = hourly.clone();
    other[0].say = "y".to_owned();
    assert_eq!(heed(&mut book, &other, DAY + HOUR / 2).1, Some(DAY + HOUR));
    let half = schedules(&["every = \"30m\""]);
    assert_eq!(heed(&mut book, &half, DAY + HOUR / 2).1, Some(DAY + HOUR));
    assert_eq!(heed(&mut book, &half, DAY + HOUR).0, s0(DAY + HOUR));
    assert_eq!(heed(&mut book, &hourly, DAY + 2 * HOUR), (vec![], Some(DAY + 3 * HOUR)));
}

#[test]
fn who_is_gone_is_forgotten_and_who_cannot_be_read_is_not() {
    let (mut book, hourly) = (Book::default(), schedules(&["every = \"1h\""]));
    heed(&mut book, &hourly, DAY);
    let heeded = book.heed(&There::from([("scout", None)]), DAY + 2 * HOUR);
    assert_eq!(heeded, Heeded { due: vec![], next: None });
    assert_eq!(heed(&mut book, &hourly, DAY + 2 * HOUR).0, s0(DAY + HOUR), "it was missed meanwhile");
    book.heed(&There::new(), DAY + 3 * HOUR);
    assert_eq!(book, Book::default());
    assert_eq!(heed(&mut book, &hourly, DAY + 5 * HOUR), (vec![], Some(DAY + 6 * HOUR)), "another of the same name");
    assert_eq!(heed(&mut book, &[], DAY + 5 * HOUR), (vec![], None));
    assert_eq!(book, Book::default());
}

#[test]
fn what_is_kept_is_read_again_and_what_went_on_was_cut_off() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(SCHEDULES);
    let (mut book, hourly) = (Book::read(&file), schedules(&["every = \"1h\""]));
    heed(&mut book, &hourly, DAY);
    heed(&mut book, &hourly, DAY + HOUR);
    let last = Last { began: DAY + HOUR, ended: None, outcome: "running".into(), turn: None };
    book.get_mut("scout", "s0").expect("it is kept").last = Some(last);
    book.write(&file).expect("it can be written");
    let mut book = Book::read(&file);
    let (next, last) = book.outlook("scout", &hourly[0], DAY + HOUR);
    assert_eq!((next, last.map(|last| last.outcome)), (Some(DAY + 2 * HOUR), Some(CUT_OFF.to_owned())));
    assert_eq!(heed(&mut book, &hourly, DAY + HOUR + 1).0, vec![], "not again after it was read");
    std::fs::write(&file, "{").expect("it can be written");
    assert_eq!(Book::read(&file), Book::default());
}
