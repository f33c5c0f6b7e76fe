//! Text into a time: the forms that people, letters and programs write.

use crate::zones;
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::{rfc2822, temporal};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _, Zoned};

/// The longest text that is read.
pub const LONGEST: usize = 200;

const FORMS: &str = "write for example `2026-11-23T14:03:00+01:00`, `2026-11-23 14:03 Europe/Amsterdam`, `2026-11-23`, \
                     `Mon, 23 Nov 2026 14:03:00 +0100`, `@1795442580`, `now` or `tomorrow`";

/// Reads a time; `now` is what `now`, `today` and the like are reckoned from.
///
/// # Errors
/// In words: what could not be read, and what would be right.
pub fn read(text: &str, now: Timestamp) -> Result<Zoned, String> {
    let text = text.trim();
    if text.len() > LONGEST {
        return Err(format!("a time has at most {LONGEST} bytes, and this has {}: {FORMS}", text.len()));
    }
    if text.is_empty() {
        return Err(format!("the time is empty: {FORMS}"));
    }
    if let Some(whole) = whole(text) {
        return Ok(whole);
    }
    // What has no zone of its own may have one behind it.
    match text.rsplit_once(char::is_whitespace) {
        Some((time, zone)) if zone.starts_with(|c: char| c.is_ascii_alphabetic() || "+-[".contains(c)) => {
            match (zones::find(zone.trim_matches(['[', ']'])), plain(time.trim(), now)) {
                (Ok(zone), Some(time)) => time.within(zone, text),
                (Err(why), Some(_)) => Err(why),
                _ => without_zone(text, now),
            }
        }
        _ => without_zone(text, now),
    }
}

fn without_zone(text: &str, now: Timestamp) -> Result<Zoned, String> {
    match plain(text, now) {
        Some(time) => time.within(TimeZone::UTC, text),
        None => Err(match near(text) {
            Some(why) => format!("`{}` is no time, for {why}: {FORMS}", text.escape_debug()),
            None => format!("`{}` is no time that I can read: {FORMS}", text.escape_debug()),
        }),
    }
}

/// A time that says all: the moment and its zone.
fn whole(text: &str) -> Option<Zoned> {
    if let Ok(zoned) = text.parse::<Zoned>() {
        return Some(zoned);
    }
    if let Some(seconds) = text.strip_prefix('@') {
        return Some(Timestamp::from_second(seconds.parse().ok()?).ok()?.to_zoned(TimeZone::UTC));
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        let pieces = temporal::Pieces::parse(text).ok()?;
        let offset = pieces.to_numeric_offset().filter(|offset| offset.seconds() != 0);
        return Some(moment.to_zoned(offset.map_or(TimeZone::UTC, TimeZone::fixed)));
    }
    rfc2822::parse(text).ok()
}

/// A time on a clock of no particular zone, or a word for one.
enum Plain {
    Now(Timestamp),
    /// So many days from today.
    Day(Timestamp, i64),
    Civil(DateTime),
}

impl Plain {
    fn within(self, zone: TimeZone, text: &str) -> Result<Zoned, String> {
        let zoned = match self {
            Plain::Now(now) => Ok(now.to_zoned(zone)),
            Plain::Day(now, days) => now.to_zoned(zone).checked_add(days.days()).and_then(|day| day.start_of_day()),
            Plain::Civil(time) => time.to_zoned(zone),
        };
        zoned.map_err(|error| format!("`{}` is out of reach: {error}", text.escape_debug()))
    }
}

fn plain(text: &str, now: Timestamp) -> Option<Plain> {
    match text.to_ascii_lowercase().as_str() {
        "now" => return Some(Plain::Now(now)),
        "today" => return Some(Plain::Day(now, 0)),
        "tomorrow" => return Some(Plain::Day(now, 1)),
        "yesterday" => return Some(Plain::Day(now, -1)),
        _ => {}
    }
    if let Ok(time) = text.parse::<DateTime>() {
        return Some(Plain::Civil(time));
    }
    const DAYS: [&str; 8] =
        ["%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%B %d %Y", "%b %d %Y", "%d.%m.%Y", "%Y/%m/%d"];
    if let Some(date) = DAYS.iter().find_map(|form| Date::strptime(form, text).ok()) {
        return Some(Plain::Civil(date.to_datetime(Time::midnight())));
    }
    let (day, clock) = text.rsplit_once(char::is_whitespace)?;
    let clock = Time::strptime("%H:%M:%S", clock).or_else(|_| Time::strptime("%H:%M", clock)).ok()?;
    let date = DAYS.iter().find_map(|form| Date::strptime(form, day.trim()).ok())?;
    Some(Plain::Civil(date.to_datetime(clock)))
}

/// What is wrong with something that looks like a date.
fn near(text: &str) -> Option<String> {
    let looks = text.len() >= 8 && text.as_bytes()[..4].iter().all(u8::is_ascii_digit) && text.as_bytes()[4] == b'-';
    looks.then(|| text.parse::<DateTime>().err().map(|error| error.to_string())).flatten()
}
