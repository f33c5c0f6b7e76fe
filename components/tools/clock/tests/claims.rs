//! What the clock claims: times in many forms, sums by the calendar, errors that help, and no panic on any input.

use jiff::{Timestamp, Unit};
use loket_clock::{read, reckon, zones};
use proptest::prelude::*;

/// Monday, 23 November 2026, 14:03 UTC.
fn now() -> Timestamp {
    "2026-11-23T14:03:00Z".parse().expect("a time")
}

#[track_caller]
fn check(text: &str, expect: &str) {
    let found = read::read(text, now()).unwrap_or_else(|why| panic!("`{text}`: {why}"));
    let shown = format!("{} {}", found.strftime("%Y-%m-%dT%H:%M:%S%:z"), zones::name(&found));
    assert_eq!(shown, expect, "{text}");
}

#[track_caller]
fn refuse(text: &str, expect: &str) {
    let fault = read::read(text, now()).expect_err(text);
    assert!(fault.contains(expect), "`{text}` said: {fault}");
}

#[test]
fn a_time_is_read_in_many_forms() {
    check("2026-11-23T14:03:00Z", "2026-11-23T14:03:00+00:00 UTC");
    check("2026-11-23T14:03:00+01:00", "2026-11-23T14:03:00+01:00 +01:00");
    check("2026-11-23T14:03:00+01:00[Europe/Amsterdam]", "2026-11-23T14:03:00+01:00 Europe/Amsterdam");
    check("2026-11-23 14:03 Europe/Amsterdam", "2026-11-23T14:03:00+01:00 Europe/Amsterdam");
    check("2026-11-23 14:03 europe/amsterdam", "2026-11-23T14:03:00+01:00 Europe/Amsterdam");
    check("2026-11-23 14:03 [Asia/Tokyo]", "2026-11-23T14:03:00+09:00 Asia/Tokyo");
    check("2026-11-23 14:03 +2", "2026-11-23T14:03:00+02:00 +02:00");
    check("2026-11-23 14:03 UTC+05:30", "2026-11-23T14:03:00+05:30 +05:30");
    check("2026-11-23 14:03:07", "2026-11-23T14:03:07+00:00 UTC");
    check("2026-11-23", "2026-11-23T00:00:00+00:00 UTC");
    check("Mon, 23 Nov 2026 14:03:00 +0100", "2026-11-23T14:03:00+01:00 +01:00");
    check("Mon, 23 Nov 2026 14:03:00 GMT", "2026-11-23T14:03:00+00:00 UTC");
    check("23 November 2026", "2026-11-23T00:00:00+00:00 UTC");
    check("November 23, 2026", "2026-11-23T00:00:00+00:00 UTC");
    check("Nov 23, 2026 14:03 America/New_York", "2026-11-23T14:03:00-05:00 America/New_York");
    check("23.11.2026 14:03", "2026-11-23T14:03:00+00:00 UTC");
    check("@0", "1970-01-01T00:00:00+00:00 UTC");
    check("now", "2026-11-23T14:03:00+00:00 UTC");
    check("Now Asia/Tokyo", "2026-11-23T23:03:00+09:00 Asia/Tokyo");
    check("today", "2026-11-23T00:00:00+00:00 UTC");
    check("yesterday UTC", "2026-11-22T00:00:00+00:00 UTC");
    // In Auckland it is the 24th already.
    check("tomorrow Pacific/Auckland", "2026-11-25T00:00:00+13:00 Pacific/Auckland");
}

#[test]
fn what_cannot_be_read_says_what_would_be_right() {
    refuse("", "the time is empty: write for example `2026-11-23T14:03:00+01:00`");
    refuse("soon", "`soon` is no time that I can read: write for example");
    refuse("2026-02-30", "`2026-02-30` is no time, for ");
    refuse("2026-13-01 10:00", "`2026-13-01 10:00` is no time, for ");
    refuse("2026-11-23 14:03 Europe/Amstrdam", "there is no time zone `Europe/Amstrdam`: write a place");
    refuse("2026-11-23 14:03 Amsterdam", "write `Europe/Amsterdam`");
    refuse("2026-11-23 14:03 +26:00", "`+26:00` is no offset");
    refuse("@99999999999999999999", "is no time that I can read");
    refuse(&"9".repeat(300), "a time has at most 200 bytes, and this has 300");
}

#[track_caller]
fn sum(time: &str, span: &str, expect: &str) {
    let time = read::read(time, now()).expect("a time");
    let found = reckon::add(&time, span).unwrap_or_else(|why| panic!("`{span}`: {why}"));
    assert_eq!(found.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(), expect, "{span}");
}

#[test]
fn a_sum_goes_by_the_calendar_of_the_zone() {
    sum("2026-11-23", "3 days", "2026-11-26T00:00:00+00:00");
    sum("2026-11-23", "2 weeks and 4 hours", "2026-12-07T04:00:00+00:00");
    sum("2026-11-23", "-1 month", "2026-10-23T00:00:00+00:00");
    sum("2026-11-23", "in 90 minutes", "2026-11-23T01:30:00+00:00");
    sum("2026-11-23", "90 minutes ago", "2026-11-22T22:30:00+00:00");
    sum("2026-11-23", "P1Y2M", "2028-01-23T00:00:00+00:00");
    sum("2027-01-31", "1 month", "2027-02-28T00:00:00+00:00");
    // The clocks go forward in the night of 28 March 2027.
    sum("2027-03-27 12:00 Europe/Amsterdam", "1 day", "2027-03-28T12:00:00+02:00");
    sum("2027-03-27 12:00 Europe/Amsterdam", "24 hours", "2027-03-28T13:00:00+02:00");
}

#[test]
fn what_is_no_span_says_what_would_be_right() {
    let time = read::read("2026-11-23", now()).expect("a time");
    for (span, expect) in [
        ("", "a span has 1 to 200 bytes, and this has 0: write for example `3 days`"),
        ("a while", "`a while` is no span"),
        ("99999 years", "is no span"),
        ("19000 years", "I cannot reach"),
    ] {
        let fault = reckon::add(&time, span).expect_err(span);
        assert!(fault.contains(expect), "`{span}` said: {fault}");
    }
}

#[track_caller]
fn apart(start: &str, end: &str, unit: Unit, words: &str, iso: &str, total: f64) {
    let time = |text| read::read(text, now()).expect("a time");
    let found = reckon::between(&time(start), &time(end), unit).expect("they compare");
    assert_eq!((found.words.as_str(), found.iso.as_str()), (words, iso), "{start} to {end}");
    assert!((found.total - total).abs() < 0.001, "{start} to {end}: {}", found.total);
}

#[test]
fn a_difference_is_told_from_the_wanted_unit_downward() {
    apart("2026-11-23", "2027-02-25 04:00", Unit::Year, "3 months 2 days 4 hours", "P3M2DT4H", 0.258);
    apart("2026-11-23", "2026-12-25", Unit::Day, "32 days", "P32D", 32.0);
    apart("2026-11-23", "2026-12-25", Unit::Week, "4 weeks 4 days", "P4W4D", 4.571);
    apart("2026-11-23 12:00", "2026-11-23 10:30", Unit::Hour, "1 hour 30 minutes ago", "-PT1H30M", -1.5);
    // One day by the calendar, though it has 23 hours.
    apart("2027-03-27 12:00 Europe/Amsterdam", "2027-03-28 12:00 Europe/Amsterdam", Unit::Day, "1 day", "P1D", 1.0);
    apart("2026-11-23T14:03:00Z", "2026-11-23T15:03:00+01:00", Unit::Year, "0 seconds", "PT0S", 0.0);
}

#[test]
fn zones_are_found_by_parts_of_their_names() {
    let found = zones::search("berlin", now()).expect("there is one");
    let berlin = zones::Zone { name: "Europe/Berlin".into(), offset: "+01:00".into(), abbreviation: "CET".into() };
    assert_eq!(found, [berlin]);
    assert!(zones::search("new york", now()).expect("there is one").iter().any(|z| z.name == "America/New_York"));
    assert!(zones::search("JST", now()).expect("there is one").iter().any(|z| z.name == "Asia/Tokyo"));
    assert_eq!(zones::search("a/", now()).expect("there are many").len(), zones::MOST);
    assert!(zones::search("Atlantis", now()).expect_err("there is none").contains("search for a larger city"));
    assert!(zones::search(" ", now()).is_err());
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(time in "\\PC{0,40}", span in "\\PC{0,20}", zone in "\\PC{0,20}") {
        let _ = read::read(&format!("{time} {zone}"), now());
        let _ = zones::find(&zone);
        let _ = zones::search(&zone, now());
        if let Ok(time) = read::read(&time, now()) {
            let _ = reckon::add(&time, &span);
        }
    }

    #[test]
    fn nothing_that_looks_like_a_time_makes_it_panic(
        time in "[0-9]{1,5}-[0-9]{1,2}-[0-9]{1,2}([T ][0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2})?)?( ?[+-][0-9:]{1,6})?",
        span in "-?[0-9]{1,12} (years|months|weeks|days|hours|seconds)( ago)?",
    ) {
        if let Ok(time) = read::read(&time, now()) {
            let _ = reckon::add(&time, &span);
            let _ = reckon::between(&time, &now().to_zoned(jiff::tz::TimeZone::UTC), Unit::Year);
        }
    }
}
