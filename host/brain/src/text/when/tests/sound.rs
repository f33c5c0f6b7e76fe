//! Any text, any moment and any zone: no panic, no long wait, no stretch that is none.

use super::{NOW, moment, zone};
use crate::text::when::period;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// Words of which times are made, and what may stand between them.
fn scraps() -> impl Strategy<Value = String> {
    let words = [
        "in",
        "since",
        "before",
        "the",
        "last",
        "this",
        "next",
        "past",
        "few",
        "may",
        "May",
        "march 4",
        "29 february",
        "2024",
        "9999",
        "0",
        "1",
        "999",
        "years",
        "weeks",
        "hour",
        "ago",
        "between",
        "and",
        "to",
        "from",
        "easter",
        "christmas",
        "summer",
        "tuesday",
        "yesterday",
        "now",
        "of",
        "vor",
        "zwei",
        "wochen",
        "geleden",
        "lalu",
        "bulan",
        "mei",
        "去年",
        "5",
        "月",
        "日",
        "前",
        "から",
        "-",
        ",",
        ".",
        "'s",
        "1900",
        "2199",
        "4.3.2025",
        "2025-03-04",
        "q1",
        "12am",
        "minutes",
    ];
    proptest::collection::vec(proptest::sample::select(words.to_vec()), 0..24)
        .prop_flat_map(|words| prop_oneof![Just(words.join(" ")), Just(words.concat())])
}

/// A generous bound, for a build that is not optimised and a machine that is busy.
const LONG: Duration = Duration::from_secs(2);

#[track_caller]
fn is_sound(question: &str, now: u64) {
    let began = Instant::now();
    let found = period(question, now, &zone());
    assert!(began.elapsed() < LONG, "{:?}", began.elapsed());
    if let Some(found) = found {
        assert!(found.period.from < found.period.until && found.period.from <= now, "{found:?}");
        assert!(question.get(found.words.clone()).is_some_and(|words| !words.is_empty()), "{found:?}");
    }
}

proptest! {
    #[test]
    fn any_text_is_answered_soon_and_soundly(text in any::<String>(), now in any::<u64>()) {
        is_sound(&text, now);
    }

    #[test]
    fn any_words_of_times_are_answered_soon_and_soundly(text in scraps(), now in 0..4_000_000_000_000u64) {
        is_sound(&text, now);
    }
}

#[test]
fn long_questions_are_answered_soon_and_soundly() {
    let now = moment(NOW);
    for scrap in [
        "may ",
        "in may ",
        "on 29 february ",
        "yesterday ",
        "from may to ",
        "the ",
        "last last ",
        "4 4 ",
        "5月",
        "昨",
        "十",
        "-",
        "a",
        "1.",
        "and in ",
        "since 31 june ",
        "between 999 years ago and ",
        "\u{308}",
        "𝟜 march ",
    ] {
        is_sound(&scrap.repeat((8 << 10) / scrap.len()), now);
    }
}

#[test]
fn any_moment_and_any_zone_will_do() {
    let zones =
        ["UTC0", "<+14>-14", "<-12>12", "EST5EDT,M3.2.0,M11.1.0"].map(|zone| TimeZone::posix(zone).expect("a zone"));
    for zone in &zones {
        for now in [0, 1, 86_400_000, moment(NOW), 253_402_207_200_000, i64::MAX as u64, u64::MAX] {
            for question in [
                "yesterday",
                "this year",
                "since Easter",
                "in May",
                "999 years ago",
                "an hour ago",
                "on 29 February",
                "before 2199",
            ] {
                if let Some(found) = period(question, now, zone) {
                    assert!(found.period.from < found.period.until, "{question} {now} {found:?}");
                }
            }
        }
    }
}
