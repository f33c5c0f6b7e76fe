//! Letters that steer a terminal, turn text around or are not seen: refused in what a server says of its tools, made visible in what these
//! answer.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether nobody who reads a text sees that this is in it.
fn is_hidden(letter: char) -> bool {
    match letter {
        '\n' | '\t' => false,
        // Of zero width, or turning around what follows; then the shorthand and the tags, in which whole sentences can be hidden.
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => true,
        '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' => true,
        '\u{e0000}'..='\u{e0fff}' => true,
        letter => letter.is_control(),
    }
}

/// The first letter of a text that is not seen, as it is named: `U+200B`.
pub(super) fn hidden(text: &str) -> Option<String> {
    // The line break of other systems steers nothing.
    let hidden = text.chars().find(|letter| *letter != '\r' && is_hidden(*letter));
    hidden.map(|letter| format!("U+{:04X}", u32::from(letter)))
}

/// A text in which such letters are written out: `\u{1b}[31m`.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if hidden(text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match is_hidden(letter) && letter != '\r' {
            // Writing to a string cannot fail.
            true => drop(write!(out, "\\u{{{:x}}}", u32::from(letter))),
            false => out.push(letter),
        }
    }
    Cow::Owned(out)
}

/// The beginning of a text in one line, at most so many characters.
pub(super) fn excerpt(text: &str, most: usize) -> String {
    let line: String =
        text.trim().chars().map(|letter| if letter.is_whitespace() { ' ' } else { letter }).take(most + 1).collect();
    let mut shown = visible(&line).into_owned();
    if line.chars().count() > most {
        shown.pop();
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_found_and_written_out() {
        for (text, name, shown) in [
            ("a\u{1b}[31mb", "U+001B", "a\\u{1b}[31mb"),
            ("a\u{200b}b", "U+200B", "a\\u{200b}b"),
            ("\u{202e}abc", "U+202E", "\\u{202e}abc"),
            ("x\u{e0041}\u{e0042}", "U+E0041", "x\\u{e0041}\\u{e0042}"),
            ("a\u{7}", "U+0007", "a\\u{7}"),
        ] {
            assert_eq!((hidden(text).as_deref(), visible(text).as_ref()), (Some(name), shown));
        }
    }

    #[test]
    fn what_is_seen_stays_as_it_is() {
        for text in ["plain\n\ttext\r\n", "größe", "نص عربي", "👩‍🚀", "日本語"] {
            assert_eq!((hidden(text), visible(text).as_ref()), (None, text));
        }
        assert_eq!(excerpt("one\ntwo three", 7), "one two…");
    }
}
