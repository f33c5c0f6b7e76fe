//! Dates as the answers say them: the day in UTC, and how long ago that was.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// The day of a moment given in milliseconds since 1970; nothing for a moment that no calendar holds.
fn day(at: u64) -> Option<Date> {
    let at = Timestamp::from_millisecond(i64::try_from(at).ok()?).ok()?;
    Some(at.to_zoned(TimeZone::UTC).date())
}

/// `2025-11-23, 14:05`.
pub fn moment(at: u64) -> Option<String> {
    let at = Timestamp::from_millisecond(i64::try_from(at).ok()?).ok()?.to_zoned(TimeZone::UTC);
    Some(format!("{}, {:02}:{:02}", at.date(), at.hour(), at.minute()))
}

/// `2025-11-20 (3 days ago)`; empty when the moment is not known.
pub fn when(written: Option<u64>, now: u64) -> String {
    let Some(then) = written.and_then(day) else { return String::new() };
    match day(now).map(|today| ago(today, then)) {
        Some(ago) => format!("{then} ({ago})"),
        None => then.to_string(),
    }
}

fn ago(today: Date, then: Date) -> String {
    let days = (today - then).get_days();
    let plural = |number: i32, unit: &str| format!("{number} {unit}{} ago", if number == 1 { "" } else { "s" });
    match days {
        ..0 => "in the future".into(),
        0 => "today".into(),
        1 => "yesterday".into(),
        2..14 => plural(days, "day"),
        14..60 => plural(days / 7, "week"),
        60..730 => plural(days / 30, "month"),
        _ => plural(days / 365, "year"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400_000;
    const NOW: u64 = 1_763_856_000_000;

    #[track_caller]
    fn check(written: u64, expected: &str) {
        assert_eq!(when(Some(written), NOW), expected);
    }

    #[test]
    fn days_are_told_in_words() {
        check(NOW, "2025-11-23 (today)");
        check(NOW - 1, "2025-11-22 (yesterday)");
        check(NOW - 3 * DAY, "2025-11-20 (3 days ago)");
        check(NOW - 20 * DAY, "2025-11-03 (2 weeks ago)");
        check(NOW - 90 * DAY, "2025-08-25 (3 months ago)");
        check(NOW - 800 * DAY, "2023-09-15 (2 years ago)");
        check(NOW + 2 * DAY, "2025-11-25 (in the future)");
    }

    #[test]
    fn moments_beyond_the_calendar_are_left_out() {
        assert_eq!(when(Some(u64::MAX), NOW), "");
        assert_eq!(when(None, NOW), "");
        assert_eq!(when(Some(NOW), u64::MAX), "2025-11-23");
    }
}
