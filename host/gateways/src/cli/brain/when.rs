//! Times as people write and read them: a day, a moment, so long ago; which week that was.

pub(super) use crate::age::{age, times};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan, Unit, Zoned};
use serde::Deserialize;

/// A stretch of time: from its first millisecond up to, not including, `until`.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Period {
    pub(super) from: u64,
    pub(super) until: u64,
}

/// What somebody typed for `--since`: the beginning of a day, or a moment.
pub(super) fn since(text: &str) -> Result<u64, String> {
    moment(text, &Zoned::now(), |day| day)
}

/// What somebody typed for `--until`: the end of a day, or a moment.
pub(super) fn until(text: &str) -> Result<u64, String> {
    moment(text, &Zoned::now(), |day| day.saturating_add(1.day()))
}

fn moment(text: &str, now: &Zoned, edge: impl Fn(Date) -> Date) -> Result<u64, String> {
    let zone = now.time_zone();
    let zoned = |at: DateTime| at.to_zoned(zone.clone()).ok();
    let text = text.trim();
    let day = || text.parse::<Date>().ok().filter(|_| text.len() <= 10).and_then(|day| zoned(edge(day).into()));
    let exactly = || text.parse::<Timestamp>().ok().map(|at| at.to_zoned(zone.clone()));
    let clock = || text.parse::<DateTime>().ok().and_then(zoned);
    let ago = || text.parse::<Span>().ok().and_then(|span| now.checked_sub(span.abs()).ok());
    let found = day().or_else(exactly).or_else(clock).or_else(ago);
    let found = found.and_then(|at| u64::try_from(at.timestamp().as_millisecond()).ok());
    found.ok_or_else(|| {
        "write a day such as `2026-11-23`, a moment such as `2026-11-23T18:30`, or how long ago, such as `7d`"
            .to_owned()
    })
}

/// A period in words: `last week`, or its days.
pub(super) fn period(period: Period, zone: &TimeZone, now: &Zoned) -> String {
    let day = |milliseconds: u64| {
        let at = i64::try_from(milliseconds).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        at.unwrap_or_default().to_zoned(zone.clone())
    };
    let (from, end) = (day(period.from), day(period.until));
    // The last moment of it: a period of days ends with the last day, not with the one after it.
    let last = day(period.until.saturating_sub(1));
    let today = now.with_time_zone(zone.clone()).date();
    if from.start_of_day().is_ok_and(|start| start == from) && end.start_of_day().is_ok_and(|start| start == end) {
        let monday = today.saturating_sub(i64::from(today.weekday().to_monday_zero_offset()).days());
        let (month, year) = (today.first_of_month(), today.first_of_year());
        let named = [
            ("today", today, 1.day()),
            ("yesterday", today.saturating_sub(1.day()), 1.day()),
            ("this week", monday, 1.week()),
            ("last week", monday.saturating_sub(1.week()), 1.week()),
            ("this month", month, 1.month()),
            ("last month", month.saturating_sub(1.month()), 1.month()),
            ("this year", year, 1.year()),
            ("last year", year.saturating_sub(1.year()), 1.year()),
        ];
        let is = |start: Date, long: Span| from.date() == start && end.date() == start.saturating_add(long);
        if let Some((name, ..)) = named.into_iter().find(|(_, start, long)| is(*start, *long)) {
            return name.to_owned();
        }
    }
    let days = from.date().until((Unit::Day, last.date())).map_or(0, |span| span.get_days());
    if days == 0 { from.date().to_string() } else { format!("{} to {}", from.date(), last.date()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Wednesday.
    fn now() -> Zoned {
        "2026-11-25T15:00[UTC]".parse().expect("a time")
    }

    fn shown(milliseconds: u64) -> String {
        let at = Timestamp::from_millisecond(i64::try_from(milliseconds).expect("it fits")).expect("a time");
        at.to_string()
    }

    #[test]
    fn a_day_has_a_beginning_and_an_end_and_a_moment_is_itself() {
        for (text, begins, ends) in [
            ("2026-11-23", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"),
            ("2026-11-23T18:30", "2026-11-23T18:30:00Z", "2026-11-23T18:30:00Z"),
            ("2026-11-23T18:30:00+02:00", "2026-11-23T16:30:00Z", "2026-11-23T16:30:00Z"),
            ("7d", "2026-11-18T15:00:00Z", "2026-11-18T15:00:00Z"),
            ("2 hours", "2026-11-25T13:00:00Z", "2026-11-25T13:00:00Z"),
        ] {
            assert_eq!(moment(text, &now(), |day| day).map(shown).as_deref(), Ok(begins), "{text}");
            let until = moment(text, &now(), |day| day.saturating_add(1.day()));
            assert_eq!(until.map(shown).as_deref(), Ok(ends), "{text}");
        }
        for text in ["", "soon", "2026-13-01", "23.11.2026"] {
            assert!(moment(text, &now(), |day| day).is_err(), "{text}");
        }
    }

    #[test]
    fn an_age_is_told_in_one_unit() {
        const HOUR: u64 = 3_600_000;
        for (milliseconds, expect) in [
            (0, "just written"),
            (61_000, "1 minute old"),
            (HOUR * 5, "5 hours old"),
            (HOUR * 24, "1 day old"),
            (HOUR * 24 * 59, "59 days old"),
            (HOUR * 24 * 100, "3 months old"),
            (HOUR * 24 * 800, "2 years old"),
        ] {
            assert_eq!(age(milliseconds), expect);
        }
    }

    #[test]
    fn a_period_is_told_by_its_name_where_it_has_one() {
        for (from, until, expect) in [
            ("2026-11-16", "2026-11-23", "last week"),
            ("2026-11-24", "2026-11-25", "yesterday"),
            ("2026-10-01", "2026-11-01", "last month"),
            ("2025-01-01", "2026-01-01", "last year"),
            ("2024-05-01", "2024-06-01", "2024-05-01 to 2024-05-31"),
            ("2026-11-20", "2026-11-21", "2026-11-20"),
        ] {
            let at = |text: &str| moment(text, &now(), |day| day).expect("a day");
            let told = period(Period { from: at(from), until: at(until) }, &TimeZone::UTC, &now());
            assert_eq!(told, expect);
        }
    }
}
