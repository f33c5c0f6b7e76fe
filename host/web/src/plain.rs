//! Words of others, made harmless: what cannot be seen, or turns the direction of what can, is shown as what it is.

use std::fmt::Write as _;

/// A text in which everything can be seen. Line ends and tabs stay.
pub(crate) fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            // A string takes all that is written.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// The beginning of a text, in one line, with at most so many characters.
pub(crate) fn excerpt(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut shown: String = line.chars().take(most).collect();
    if line.chars().nth(most).is_some() {
        shown.push('…');
    }
    plain(&shown)
}

/// JSON as people read it, with all in it that could hide.
pub(crate) fn json(value: &serde_json::Value) -> String {
    plain(&serde_json::to_string_pretty(value).unwrap_or_default())
}

fn is_hidden(c: char) -> bool {
    let steers = c.is_control() && !matches!(c, '\n' | '\t' | '\r');
    steers
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_shown() {
        for (text, shown) in [
            ("größer 日本 👍", "größer 日本 👍"),
            ("a\nb\tc", "a\nb\tc"),
            ("gpj.\u{202e}exe", "gpj.\\u{202e}exe"),
            ("a\u{200b}b\u{1b}[1m", "a\\u{200b}b\\u{1b}[1m"),
            ("\u{e0041}", "\\u{e0041}"),
        ] {
            assert_eq!(plain(text), shown);
        }
    }

    #[test]
    fn an_excerpt_is_one_short_line() {
        assert_eq!(excerpt("  a\n b   c ", 10), "a b c");
        assert_eq!(excerpt("größer als das", 6), "größer…");
    }
}
