//! What `[[schedules]]` may say, and at which moments something happens then.

use jiff::Timestamp;
use loket_guardian::AgentManifest;
use loket_guardian::schedule::{MAX_SAY, MAX_SCHEDULES, Schedule};
use proptest::prelude::*;

fn read(schedules: &str) -> Result<Vec<Schedule>, String> {
    let text = format!("package = \"loket:assistant\"\n{schedules}");
    let manifest = AgentManifest::parse("agents/scout/agent.toml", &text);
    manifest.map(|manifest| manifest.schedules).map_err(|report| format!("error: {report}"))
}

/// A schedule with this rule.
#[track_caller]
fn one(rule: &str) -> Schedule {
    let read = read(&format!("[[schedules]]\nname = \"it\"\n{rule}\nsay = \"hello\"\n"));
    read.unwrap_or_else(|refusal| panic!("{refusal}")).pop().expect("one")
}

#[track_caller]
fn refusal(schedules: &str) -> String {
    match read(schedules) {
        Ok(read) => panic!("it is taken for {read:?}"),
        Err(refusal) => refusal,
    }
}

fn ms(moment: &str) -> u64 {
    let moment: Timestamp = moment.parse().unwrap_or_else(|e| panic!("{moment}: {e}"));
    u64::try_from(moment.as_millisecond()).expect("after 1970")
}

/// The moments that follow one another after the first of these, of a schedule that there is since then.
#[track_caller]
fn follow(rule: &str, moments: &[&str]) {
    let schedule = one(rule);
    let since = ms(moments[0]);
    for pair in moments.windows(2) {
        let next = schedule.rule.next(since, ms(pair[0]));
        let shown = next.map(|ms| Timestamp::from_millisecond(ms as i64).expect("a moment").to_string());
        assert_eq!(next, Some(ms(pair[1])), "{rule} after {}: {shown:?} for {}", pair[0], pair[1]);
    }
}

#[test]
fn all_three_ways_are_read_and_shown_as_they_stand_there() {
    let read = read(
        r#"
[[schedules]]
name = "christmas-eve"
at = "2026-12-24T08:00:00+01:00"
say = "wish me a good one"

[[schedules]]
name = "look"
every = "1h 30m"
say = "/todo"

[[schedules]]
name = "morning"
cron = "0 7 * * mon-fri"
zone = "Europe/Amsterdam"
say = "what is there to do today?"
"#,
    );
    let read = read.unwrap_or_else(|refusal| panic!("{refusal}"));
    let shown: Vec<_> = read.iter().map(|s| (s.name.as_str(), s.rule.line(), s.say.as_str())).collect();
    assert_eq!(
        shown,
        [
            ("christmas-eve", "at 2026-12-24T08:00:00+01:00".to_owned(), "wish me a good one"),
            ("look", "every 1h 30m".to_owned(), "/todo"),
            ("morning", "cron 0 7 * * mon-fri Europe/Amsterdam".to_owned(), "what is there to do today?"),
        ]
    );
    let parts: Vec<_> = read.iter().map(|s| (s.rule.kind(), s.rule.text(), s.rule.zone())).collect();
    assert_eq!(parts[1], ("every", "1h 30m", None));
    assert_eq!(parts[2], ("cron", "0 7 * * mon-fri", Some("Europe/Amsterdam")));
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_what_to_do() {
    insta::assert_snapshot!(refusal(
        r#"
[[schedules]]
name = "Morning"
cron = "0 7 * *"
say = ""

[[schedules]]
name = "a"
at = "tomorrow"
say = "two\nlines"

[[schedules]]
name = "a"
every = "5 seconds"
zone = "Europe/Amsterdam"
say = "x"

[[schedules]]
nam = "b"
every = "soon"
say = "x"

[[schedules]]
name = "c"
say = "x"

[[schedules]]
name = "d"
at = "2026-12-24T08:00:00+01:00"
every = "1h"
say = "x"

[[schedules]]
name = "e"
cron = "0 7 30 2 *"
say = "x"

[[schedules]]
name = "f"
cron = "0 25 * * *"
zone = "Europe/Atlantis"
say = 7
"#
    ));
}

#[test]
fn each_rule_has_its_bounds() {
    for (rule, fits) in [
        ("every = \"1m\"", true),
        ("every = \"59s\"", false),
        ("every = \"0h\"", false),
        ("every = \"-1h\"", false),
        ("every = \"366d\"", true),
        ("every = \"367d\"", false),
        ("every = \"1 month\"", false),
        ("every = \"PT30M\"", true),
        ("every = 30", false),
        ("at = \"2026-12-24T08:00:00Z\"", true),
        ("at = \"2026-12-24T08:00:00\"", false),
        ("at = \"1969-12-24T08:00:00Z\"", false),
        ("at = \"\"", false),
        ("cron = \"* * * * *\"", true),
        ("cron = \"0 0 29 2 *\"", true),
        ("cron = \"0 0 31 2,4,6 *\"", false),
        ("cron = \"0 0 0 0 0\"", false),
        ("cron = \"0 * * * * *\"", false),
        ("cron = \"0 0 1 1 * 2030\"", false),
        ("cron = \"@daily\"", false),
        ("cron = \"60 * * * *\"", false),
        ("cron = \"５ * * * *\"", false),
        ("cron = \"* * * * *\"\nzone = \"UTC\"", true),
        ("cron = \"* * * * *\"\nzone = \"../../etc/passwd\"", false),
        ("cron = \"* * * * *\"\nzone = \"+02:00\"", false),
    ] {
        let read = read(&format!("[[schedules]]\nname = \"it\"\n{rule}\nsay = \"x\"\n"));
        assert_eq!(read.is_ok(), fits, "{rule}: {read:?}");
    }
    let long = format!("cron = \"{} * * * *\"", "1,".repeat(200) + "1");
    assert!(refusal(&format!("[[schedules]]\nname = \"it\"\n{long}\nsay = \"x\"\n")).contains("may have 128"));
}

#[test]
fn there_are_at_most_so_many_and_they_say_at_most_so_much() {
    let many = |n: usize| {
        (0..n).map(|n| format!("[[schedules]]\nname = \"s{n}\"\nevery = \"1h\"\nsay = \"x\"\n")).collect::<String>()
    };
    assert_eq!(read(&many(MAX_SCHEDULES)).map(|read| read.len()), Ok(MAX_SCHEDULES));
    assert!(refusal(&many(MAX_SCHEDULES + 1)).contains("there are 33 schedules, and an agent may have 32"));
    let saying = |n: usize| format!("[[schedules]]\nname = \"s\"\nevery = \"1h\"\nsay = \"{}\"\n", "x".repeat(n));
    assert!(read(&saying(MAX_SAY)).is_ok());
    assert!(refusal(&saying(MAX_SAY + 1)).contains("`say` has 4097 bytes, and may have 4096"));
}

#[test]
fn every_goes_by_when_it_began_and_does_not_drift() {
    follow("every = \"1h\"", &["2026-05-01T10:07:00Z", "2026-05-01T11:07:00Z", "2026-05-01T12:07:00Z"]);
    let schedule = one("every = \"1h\"");
    let since = ms("2026-05-01T10:07:00Z");
    // Whatever was missed: the next is where it would have been.
    assert_eq!(schedule.rule.next(since, ms("2026-05-02T09:30:00Z")), Some(ms("2026-05-02T10:07:00Z")));
    // A clock that was put back to before it began.
    assert_eq!(schedule.rule.next(since, ms("2026-04-01T00:00:00Z")), Some(ms("2026-05-01T11:07:00Z")));
}

#[test]
fn at_is_once() {
    let schedule = one("at = \"2026-12-24T08:00:00+01:00\"");
    assert_eq!(schedule.rule.next(0, ms("2026-12-24T06:59:59.999Z")), Some(ms("2026-12-24T07:00:00Z")));
    assert_eq!(schedule.rule.next(0, ms("2026-12-24T07:00:00Z")), None);
}

#[test]
fn patterns_go_by_the_clocks_of_their_zone() {
    follow("cron = \"0 7 * * *\"", &["2026-05-01T07:00:00Z", "2026-05-02T07:00:00Z"]);
    follow(
        "cron = \"0 9 * * 1-5\"\nzone = \"America/New_York\"",
        // A Friday, and the Monday after it.
        &["2026-05-01T09:00:00-04:00", "2026-05-04T09:00:00-04:00", "2026-05-05T09:00:00-04:00"],
    );
    // Of the day of the month and that of the week, one is enough: the 13th, and each Friday.
    follow(
        "cron = \"0 0 13 * 5\"",
        &["2026-05-08T00:00:00Z", "2026-05-13T00:00:00Z", "2026-05-15T00:00:00Z", "2026-05-22T00:00:00Z"],
    );
    follow("cron = \"0 0 29 2 *\"", &["2026-05-01T00:00:00Z", "2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]);
    follow("cron = \"*/20 * * * *\"", &["2026-05-01T07:59:59.999Z", "2026-05-01T08:00:00Z", "2026-05-01T08:20:00Z"]);
}

#[test]
fn a_time_that_clocks_leave_out_is_made_up_for_right_after_it() {
    follow(
        "cron = \"30 2 * * *\"\nzone = \"Europe/Amsterdam\"",
        &[
            "2026-03-28T02:30:00+01:00",
            // There is no half past two: at two it is three.
            "2026-03-29T03:00:00+02:00",
            "2026-03-30T02:30:00+02:00",
        ],
    );
    follow(
        "cron = \"*/30 * * * *\"\nzone = \"Europe/Amsterdam\"",
        &["2026-03-29T01:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-29T03:30:00+02:00"],
    );
}

#[test]
fn a_time_that_clocks_show_twice_happens_once_and_what_goes_on_all_day_goes_on() {
    follow(
        "cron = \"30 2 * * *\"\nzone = \"Europe/Amsterdam\"",
        &["2026-10-24T02:30:00+02:00", "2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"],
    );
    follow(
        "cron = \"*/30 * * * *\"\nzone = \"Europe/Amsterdam\"",
        &[
            "2026-10-25T02:00:00+02:00",
            "2026-10-25T02:30:00+02:00",
            "2026-10-25T02:00:00+01:00",
            "2026-10-25T02:30:00+01:00",
            "2026-10-25T03:00:00+01:00",
        ],
    );
}

proptest! {
    #[test]
    fn the_next_moment_is_always_a_later_one(
        after in 1_600_000_000_000_u64..1_900_000_000_000,
        pattern in prop::sample::select(vec!["* * * * *", "30 2 * * *", "0 */3 * * *", "15 0,12 1 * *", "0 0 * * 0", "59 23 31 12 *"]),
        zone in prop::sample::select(vec!["UTC", "Europe/Amsterdam", "America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kathmandu"]),
    ) {
        let schedule = one(&format!("cron = \"{pattern}\"\nzone = \"{zone}\""));
        let mut moment = after;
        for _ in 0..5 {
            let next = schedule.rule.next(after, moment);
            prop_assert!(next.is_some_and(|next| next > moment), "{pattern} {zone}: {next:?} after {moment}");
            moment = next.unwrap_or_default();
        }
    }
}
