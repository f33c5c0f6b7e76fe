//! What is understood, and what is not taken for a time. It is Wednesday, 12 November 2025, 15:30 in Berlin.

mod sound;
mod tongues;

use super::{Found, period};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const NOW: &str = "2025-11-12T15:30";

fn zone() -> TimeZone {
    TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone")
}

fn moment(text: &str) -> u64 {
    let local: DateTime = text.parse().expect("a moment");
    let moment = local.to_zoned(zone()).expect("a moment in Berlin").timestamp().as_millisecond();
    u64::try_from(moment).expect("after 1970")
}

fn ask(question: &str, now: &str) -> Option<Found> {
    period(question, moment(now), &zone())
}

/// Each question is the words that say the time, in brackets, with more around. Then from and until.
#[track_caller]
fn at(now: &str, cases: &[(&str, &str, &str)]) {
    for (marked, from, until) in cases {
        let (before, rest) = marked.split_once('[').expect("a bracket");
        let (words, after) = rest.split_once(']').expect("a bracket");
        let question = format!("{before}{words}{after}");
        let found = ask(&question, now).unwrap_or_else(|| panic!("nothing in `{question}`"));
        assert_eq!(&question[found.words.clone()], words, "the words of `{question}`");
        let local = |ms: u64| {
            let moment = jiff::Timestamp::from_millisecond(i64::try_from(ms).expect("a moment")).expect("a moment");
            moment.to_zoned(zone()).datetime().to_string()
        };
        let expect = |text: &str| if text == "0" { 0 } else { moment(if text == "now" { now } else { text }) };
        let (from, until) = (local(expect(from)), local(expect(until)));
        assert_eq!((local(found.period.from), local(found.period.until)), (from, until), "`{question}`");
    }
}

#[track_caller]
fn check(cases: &[(&str, &str, &str)]) {
    at(NOW, cases);
}

#[track_caller]
fn nothing(questions: &[&str]) {
    for question in questions {
        assert_eq!(ask(question, NOW), None, "{question}");
    }
}

#[test]
fn days_are_midnight_to_midnight_where_the_asker_is() {
    check(&[
        ("what did I say [yesterday]?", "2025-11-11", "2025-11-12"),
        ("[Yesterday's] call", "2025-11-11", "2025-11-12"),
        ("did I eat [today]", "2025-11-12", "2025-11-13"),
        ("what was it [the day before yesterday]", "2025-11-10", "2025-11-11"),
        ("[three days ago] we met", "2025-11-09", "2025-11-10"),
        ("[3 days ago]", "2025-11-09", "2025-11-10"),
        // The night on which clocks go back is part of a day of 25 hours.
        ("[on 26 October]", "2025-10-26T00:00", "2025-10-27T00:00"),
    ]);
}

#[test]
fn parts_of_a_day_have_their_hours() {
    check(&[
        ("what did you tell me [this morning]", "2025-11-12T00:00", "2025-11-12T12:00"),
        ("[this afternoon]", "2025-11-12T12:00", "2025-11-12T18:00"),
        ("[yesterday evening]", "2025-11-11T17:00", "2025-11-12T00:00"),
        ("[last night's] dinner", "2025-11-11T18:00", "2025-11-12T06:00"),
        // As vague as it is long ago.
        ("what did I ask [an hour ago]", "2025-11-12T14:00", "2025-11-12T15:00"),
        ("[20 minutes ago]", "2025-11-12T15:00", "2025-11-12T15:20"),
        ("[in the last 24 hours]", "2025-11-11T15:30", "now"),
    ]);
}

#[test]
fn weeks_begin_on_monday_and_months_and_years_are_those_of_the_calendar() {
    check(&[
        ("what did we decide [last week]", "2025-11-03", "2025-11-10"),
        ("[this week]", "2025-11-10", "2025-11-17"),
        ("[the week before last]", "2025-10-27", "2025-11-03"),
        ("[a week ago]", "2025-11-03", "2025-11-10"),
        ("[the week of 5 November]", "2025-11-03", "2025-11-10"),
        ("[last weekend]", "2025-11-08", "2025-11-10"),
        ("what did I do [at the weekend]", "2025-11-08", "2025-11-10"),
        ("[last month]", "2025-10-01", "2025-11-01"),
        ("[this month's] bill", "2025-11-01", "2025-12-01"),
        ("[two months ago]", "2025-09-01", "2025-10-01"),
        ("[a couple of months ago]", "2025-09-01", "2025-10-01"),
        ("[last quarter]", "2025-07-01", "2025-10-01"),
        ("[Q1 2025]", "2025-01-01", "2025-04-01"),
        ("[last year]", "2024-01-01", "2025-01-01"),
        ("[this year]", "2025-01-01", "2026-01-01"),
        ("[two years ago]", "2023-01-01", "2024-01-01"),
        ("[in 2024]", "2024-01-01", "2025-01-01"),
        ("[half a year ago]", "2025-05-01", "2025-06-01"),
    ]);
}

#[test]
fn a_month_without_a_year_is_the_latest_that_has_begun() {
    check(&[
        ("where was I [in May]?", "2025-05-01", "2025-06-01"),
        ("[in May 2024]", "2024-05-01", "2024-06-01"),
        ("the plan of [May 2024]", "2024-05-01", "2024-06-01"),
        ("[in december]", "2024-12-01", "2025-01-01"),
        ("[in November]", "2025-11-01", "2025-12-01"),
        ("[last November]", "2024-11-01", "2024-12-01"),
        ("[last May]", "2025-05-01", "2025-06-01"),
        ("[in May last year]", "2024-05-01", "2024-06-01"),
        ("[this May]", "2025-05-01", "2025-06-01"),
        ("[at the end of May 2024]", "2024-05-01", "2024-06-01"),
        ("[since early May]", "2025-05-01", "now"),
        ("[late May]", "2025-05-01", "2025-06-01"),
        ("[in 2024-05]", "2024-05-01", "2024-06-01"),
    ]);
}

#[test]
fn dates_are_days_in_any_spelling_that_can_be_read_one_way() {
    for said in ["on 4 March", "on the 4th of March", "on March 4th", "March 4", "4th March", "on March the fourth"] {
        check(&[(&format!("what was [{said}]"), "2025-03-04", "2025-03-05")]);
    }
    for said in [
        "March 4th, 2024",
        "March 4 2024",
        "4 March 2024",
        "the 4th of March, 2024",
        "4 Mar 2024",
        "2024-03-04",
        "2024/03/04",
        "4.3.2024",
        "on 04.03.2024",
        "4. März 2024",
    ] {
        check(&[(&format!("what was [{said}]"), "2024-03-04", "2024-03-05")]);
    }
    check(&[
        ("[on 24 December]", "2024-12-24", "2024-12-25"),
        ("[on 29 February]", "2024-02-29", "2024-03-01"),
        ("[on 13/3/2025]", "2025-03-13", "2025-03-14"),
    ]);
    nothing(&["on 4/3/2025", "on 31 June", "on 31.6.2025", "2025-02-30"]);
}

#[test]
fn weekdays_are_the_latest_and_last_is_never_today() {
    check(&[
        ("what did I eat [last Tuesday]", "2025-11-11", "2025-11-12"),
        ("[last Wednesday]", "2025-11-05", "2025-11-06"),
        ("[on Wednesday]", "2025-11-12", "2025-11-13"),
        ("[on Thursday]", "2025-11-06", "2025-11-07"),
        ("[this Monday]", "2025-11-10", "2025-11-11"),
        ("[on Tuesday last week]", "2025-11-04", "2025-11-05"),
    ]);
    nothing(&["this Friday", "the Tuesday group", "on Mondays"]);
}

#[test]
fn seasons_are_those_of_meteorologists_in_the_north() {
    check(&[
        ("[last summer]", "2025-06-01", "2025-09-01"),
        ("[this spring]", "2025-03-01", "2025-06-01"),
        ("[last winter]", "2024-12-01", "2025-03-01"),
        ("[in the summer of 2024]", "2024-06-01", "2024-09-01"),
        ("[in summer]", "2025-06-01", "2025-09-01"),
        ("[last autumn]", "2024-09-01", "2024-12-01"),
        ("[this fall]", "2025-09-01", "2025-12-01"),
    ]);
    at(
        "2026-01-10T12:00",
        &[("[this winter]", "2025-12-01", "2026-03-01"), ("[last winter]", "2024-12-01", "2025-03-01")],
    );
    at("2025-07-10T12:00", &[("[last summer]", "2024-06-01", "2024-09-01")]);
    nothing(&["this winter", "it is summer", "after the fall"]);
}

#[test]
fn since_and_the_past_reach_until_now() {
    check(&[
        ("what changed [since Easter]", "2025-04-20", "now"),
        ("[since March]", "2025-03-01", "now"),
        ("[since last week]", "2025-11-03", "now"),
        ("[from March onwards]", "2025-03-01", "now"),
        ("[after March]", "2025-04-01", "now"),
        ("[since three or two days ago]", "2025-11-09", "now"),
        ("[the past few weeks]", "2025-10-15", "now"),
        ("[in the last three weeks]", "2025-10-22", "now"),
        ("[in the last week]", "2025-11-05", "now"),
        ("[over the last weeks]", "2025-10-15", "now"),
        ("[within the past hour]", "2025-11-12T14:30", "now"),
        ("[the past year]", "2024-11-12", "now"),
        ("[since Christmas]", "2024-12-24", "now"),
        ("[a few days ago]", "2025-11-06", "2025-11-11"),
    ]);
}

#[test]
fn before_and_until_reach_from_the_beginning() {
    check(&[
        ("what did we know [before June]", "0", "2025-06-01"),
        ("[before 2020]", "0", "2020-01-01"),
        ("[until March 2025]", "0", "2025-04-01"),
    ]);
    nothing(&["the week before Easter", "two days before Christmas", "before 1970"]);
}

#[test]
fn two_times_make_one_stretch() {
    check(&[
        ("[between March and May 2025]", "2025-03-01", "2025-06-01"),
        ("[from November to February 2025]", "2024-11-01", "2025-03-01"),
        ("[March – May 2025]", "2025-03-01", "2025-06-01"),
        ("[between March and May]", "2025-03-01", "2025-06-01"),
        ("[from Monday to Tuesday]", "2025-11-10", "2025-11-12"),
        ("[from 2019 to 2021]", "2019-01-01", "2022-01-01"),
        ("[in May and June]", "2025-05-01", "2025-07-01"),
        ("[since March until May]", "2025-03-01", "2025-06-01"),
        ("[from March to now]", "2025-03-01", "now"),
        ("[from 3 to 10 October]", "2025-10-03", "2025-10-11"),
        ("[between the 3rd and the 10th of October]", "2025-10-03", "2025-10-11"),
        ("[two or three days ago]", "2025-11-09", "2025-11-11"),
        ("[yesterday or today]", "2025-11-11", "2025-11-13"),
    ]);
}

#[test]
fn the_future_is_nothing_unless_it_has_begun() {
    nothing(&["next week", "tomorrow", "in two weeks", "in May next year", "on 4 March 2031", "since next Tuesday"]);
    check(&[("what did I plan [yesterday] for next September", "2025-11-11", "2025-11-12")]);
}

#[test]
fn the_longest_of_several_counts_and_the_first_of_equals() {
    check(&[
        ("what did I say yesterday about [the week before last]", "2025-10-27", "2025-11-03"),
        ("did we meet [last week]? Not last year?", "2025-11-03", "2025-11-10"),
        ("what did I say [yesterday] about next summer's journey", "2025-11-11", "2025-11-12"),
    ]);
}

#[test]
fn what_only_looks_like_a_time_is_none() {
    nothing(&[
        "may I ask",
        "this may be wrong",
        "the last may fail",
        "the box I put it in may be lost",
        "only 4 may enter",
        "we may 4 times",
        "a second may be",
        "we march on 4 hills",
        "march on",
        "the may pole",
        "a second",
        "on second thought",
        "10.0.0.5",
        "at 10.0.0.5:8080",
        "version 2024",
        "Rust 2024",
        "in version 2024",
        "2024",
        "42",
        "now",
        "right now",
        "a minute",
        "in a minute",
        "day",
        "the day",
        "this day",
        "last minute changes",
        "recently",
        "lately",
        "in 2000 words",
        "on 2024",
        "the last week of May",
        "more than two years ago",
        "over a year ago",
        "it is too late may be",
        "2 days before yesterday",
        "a month after Easter",
        "last time",
        "room 3 or 4",
        "an Easter egg",
        "in Natal",
        "mail@may.com",
        "https://may.org/2024",
        "Who is May?",
        "from April",
        "the sun sat",
        "once a week",
        "every day",
        "in mayhem",
        "may-june",
        "",
        " ",
        "in",
        "since",
        "the",
        "between",
        "between May",
        "from to",
        "THIS MAY BE",
    ]);
}

#[test]
fn may_and_march_in_lower_case_are_months_where_no_verb_can_be() {
    check(&[
        ("what did we do [in may]?", "2025-05-01", "2025-06-01"),
        ("what did we decide [in may] about it", "2025-05-01", "2025-06-01"),
        ("[on 4 march], we met", "2025-03-04", "2025-03-05"),
        ("[in may 2024] we met", "2024-05-01", "2024-06-01"),
        ("what was [between march and may]", "2025-03-01", "2025-06-01"),
    ]);
}
