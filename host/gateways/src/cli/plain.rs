//! Making text harmless: what a model, a memory or a tool says may hold escape sequences that rewrite the terminal, change
//! its title or fill its clipboard. What steers a terminal is shown as a sign instead of obeyed; line breaks and tabs stay.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with its lines, and without anything that steers a terminal.
#[must_use]
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    harmless(text, |c| matches!(c, '\n' | '\t'))
}

/// The text in one line.
#[must_use]
pub(crate) fn plain_line(text: &str) -> String {
    harmless(text, |_| false).replace(['␊', '␉'], " ")
}

/// The beginning of a text in one line, at most so many characters.
#[must_use]
pub(crate) fn excerpt(text: &str, most: usize) -> String {
    let line = plain_line(text.trim());
    if line.chars().count() <= most {
        return line;
    }
    let mut short: String = line.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// JSON text without anything that steers a terminal, as the same JSON: such characters stand only in strings, and there an
/// escape says the same.
#[must_use]
pub(crate) fn plain_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || !steers(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}

fn harmless(text: &str, keep: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(|c| steers(c) && !keep(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            _ if keep(c) || !steers(c) => out.push(c),
            // The line breaks of other systems.
            '\r' if rest.peek() == Some(&'\n') => {}
            // The signs that Unicode has for these: ␛ for escape.
            '\0'..='\x1f' => out.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}')),
            '\x7f' => out.push('␡'),
            _ => {
                let _ = write!(out, "<U+{:04X}>", u32::from(c));
            }
        }
    }
    Cow::Owned(out)
}

/// Whether a terminal does something with a character other than showing it: the control characters, those that turn the
/// direction of what follows, those that break lines, and those that nobody sees and models read (the joiners of emoji and
/// scripts stay).
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{e0000}'..='\u{e007f}')
        || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::{excerpt, plain, plain_json, plain_line};

    #[test]
    fn nothing_that_steers_a_terminal_gets_through() {
        let table = [
            ("plain words, größer, 日本語, 👩‍👩‍👧", "plain words, größer, 日本語, 👩‍👩‍👧"),
            ("two\nlines\tand a tab", "two\nlines\tand a tab"),
            ("lines\r\nof another system", "lines\nof another system"),
            ("over\rwritten", "over␍written"),
            ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
            ("\x1b]0;title\x07", "␛]0;title␇"),
            ("\x1b]52;c;cGFzdGU=\x1b\\", "␛]52;c;cGFzdGU=␛\\"),
            ("\x1bP1$r\x1b\\", "␛P1$r␛\\"),
            ("\u{9b}31m eight bits", "<U+009B>31m eight bits"),
            ("back\x08\x08\x7f", "back␈␈␡"),
            ("nul\0bell\x07", "nul␀bell␇"),
            ("\u{202e}txt.exe", "<U+202E>txt.exe"),
            ("\u{2066}isolated\u{2069}", "<U+2066>isolated<U+2069>"),
            ("hidden\u{e0041}tag", "hidden<U+E0041>tag"),
            ("a\u{2028}b", "a<U+2028>b"),
            ("", ""),
        ];
        for (input, expect) in table {
            assert_eq!(plain(input), expect, "{input:?}");
            let left: Vec<char> = plain(input).chars().filter(|c| c.is_control() && !"\n\t".contains(*c)).collect();
            assert!(left.is_empty(), "{left:?} of {input:?}");
        }
    }

    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(plain_line("a\nb\tc\r\nd\x1b"), "a b c d␛");
    }

    #[test]
    fn an_excerpt_is_cut_between_characters() {
        assert_eq!(excerpt("  größer als das\n", 7), "größer…");
        assert_eq!(excerpt("short", 7), "short");
    }

    #[test]
    fn json_says_the_same_and_steers_nothing() {
        let value = serde_json::json!({ "a\u{9b}": "\x1b[31m \u{202e} \x7f \u{e0041}\n" });
        for text in [value.to_string(), serde_json::to_string_pretty(&value).expect("JSON")] {
            let harmless = plain_json(&text);
            assert!(harmless.chars().all(|c| c == '\n' || !super::steers(c)), "{harmless}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&harmless).expect("JSON"), value);
        }
    }
}
