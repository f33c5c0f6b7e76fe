//! How old something is, and how often it happened, in words.

/// How old something is: `3 days old`.
#[must_use]
pub fn age(milliseconds: u64) -> String {
    const MINUTE: u64 = 60_000;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let (number, unit) = match milliseconds {
        0..MINUTE => return "just written".to_owned(),
        MINUTE..HOUR => (milliseconds / MINUTE, "minute"),
        HOUR..DAY => (milliseconds / HOUR, "hour"),
        _ => match milliseconds / DAY {
            days @ 0..60 => (days, "day"),
            days @ 60..730 => (days / 30, "month"),
            days => (days / 365, "year"),
        },
    };
    format!("{number} {unit}{} old", if number == 1 { "" } else { "s" })
}

/// `once`, `3 times`.
#[must_use]
pub fn times(number: u32) -> String {
    if number == 1 { "once".to_owned() } else { format!("{number} times") }
}
