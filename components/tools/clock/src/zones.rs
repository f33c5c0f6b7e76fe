//! Names into zones, and the zones that there are.

use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

/// At most so many zones in a list.
pub const MOST: usize = 50;

/// A zone as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// Its name.
    pub name: String,
    /// Its offset from UTC.
    pub offset: String,
    /// Its short name.
    pub abbreviation: String,
}

/// The zone of a name, or of an offset.
///
/// # Errors
/// In words, with names that are near.
pub fn find(name: &str) -> Result<TimeZone, String> {
    let name = name.trim();
    if ["utc", "gmt", "z"].contains(&name.to_ascii_lowercase().as_str()) {
        return Ok(TimeZone::UTC);
    }
    let offset = name.strip_prefix("UTC").or_else(|| name.strip_prefix("GMT")).unwrap_or(name);
    if offset.starts_with(['+', '-']) {
        return fixed(offset).ok_or_else(|| {
            format!("`{}` is no offset: write hours and minutes, such as `+02:00`", name.escape_debug())
        });
    }
    if let Some(found) = named(name) {
        return Ok(found);
    }
    let near: Vec<String> = names().filter(|known| fits(known, name)).take(5).map(|n| format!("`{n}`")).collect();
    let next = match near.as_slice() {
        [] => {
            "write a place, such as `Europe/Amsterdam`, or an offset, such as `+02:00`; `zones` finds names".to_owned()
        }
        near => format!("write {}", near.join(" or ")),
    };
    Err(format!("there is no time zone `{}`: {next}", name.chars().take(80).collect::<String>().escape_debug()))
}

fn named(name: &str) -> Option<TimeZone> {
    (name.len() <= 64 && name.is_ascii()).then(|| TimeZone::get(name).ok()).flatten()
}

fn fixed(text: &str) -> Option<TimeZone> {
    // `+2` and `+0200` too.
    let digits: String = text[1..].chars().filter(|c| *c != ':').collect();
    let whole = match digits.len() {
        1 => format!("0{digits}00"),
        2 => format!("{digits}00"),
        4 => digits,
        _ => return None,
    };
    if !whole.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let text = format!("{}{}:{}", &text[..1], &whole[..2], &whole[2..]);
    DateTimeParser::new().parse_time_zone(text).ok()
}

/// The zones whose name, or whose short name now, has these words in it.
///
/// # Errors
/// When there is none, or nothing is searched for.
pub fn search(words: &str, now: Timestamp) -> Result<Vec<Zone>, String> {
    let words = words.trim();
    if words.is_empty() || words.len() > 64 {
        return Err("search for a part of a name, such as `berlin`, `Pacific` or `CEST`, at most 64 bytes".into());
    }
    let mut found = Vec::new();
    for name in names() {
        let Some(zone) = named(&name) else { continue };
        let about = zone.to_offset_info(now);
        if fits(&name, words) || about.abbreviation().eq_ignore_ascii_case(words) {
            let offset = written(about.offset());
            found.push(Zone { name, offset, abbreviation: about.abbreviation().to_owned() });
        }
        if found.len() == MOST {
            break;
        }
    }
    if found.is_empty() {
        return Err(format!(
            "no time zone has `{}` in its name: search for a larger city nearby, a continent, or a short name such as `CEST`",
            words.escape_debug()
        ));
    }
    Ok(found)
}

fn fits(name: &str, words: &str) -> bool {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['_', ' '], "");
    let words = plain(words);
    words.len() > 1 && plain(name).contains(&words)
}

fn names() -> impl Iterator<Item = String> {
    jiff::tz::db().available().map(|name| name.to_string())
}

/// The zone of a time as people write it.
pub fn name(time: &Zoned) -> String {
    match time.time_zone().iana_name() {
        Some(name) => name.to_owned(),
        None => written(time.offset()),
    }
}

fn written(offset: Offset) -> String {
    let seconds = offset.seconds();
    let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.unsigned_abs() / 60);
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}
