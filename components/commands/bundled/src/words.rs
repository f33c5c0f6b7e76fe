//! Words for people: a day, a line, a text cut short.

/// A day in UTC, as `2026-11-23`.
pub fn day(milliseconds: u64) -> String {
    let at = i64::try_from(milliseconds).ok().and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
    at.map_or_else(String::new, |at| at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string())
}

/// A text on one line, in at most so many characters.
pub fn line(text: &str, characters: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(characters) {
        None => line,
        Some(_) => {
            let kept: String = line.chars().take(characters.saturating_sub(1)).collect();
            format!("{}…", kept.trim_end())
        }
    }
}

/// Whether a text is a memory's id: 26 characters of Crockford base 32, with or without `memory:` before it.
pub fn id(text: &str) -> Option<&str> {
    let id = text.trim().strip_prefix("memory:").unwrap_or(text.trim());
    let fits = id.len() == 26 && id.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    fits.then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_no_breaks_and_its_bound() {
        assert_eq!(line(" one\n two ", 20), "one two");
        assert_eq!(line("éééééé", 4), "ééé…");
        assert_eq!(line("", 4), "");
    }

    #[test]
    fn only_an_id_is_one() {
        assert_eq!(id(" memory:01M838BY5NCVWN7DQ4ETHS0JX9 "), Some("01M838BY5NCVWN7DQ4ETHS0JX9"));
        assert_eq!(id("the door code is 4711 too!"), None);
        assert_eq!(day(1_763_856_000_000), "2025-11-23");
        assert_eq!(day(u64::MAX), "");
    }
}
