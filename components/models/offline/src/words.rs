//! Words: how text is cut into tokens and sentences, and what a token's stem and shape are.

use frostem::{Algorithm, Stemmer};

/// The longest text that the rules read; the rest of a longer one is ignored.
pub const READ: usize = 32 * 1024;

/// The longest beginning of `text` that has at most `bytes` bytes.
pub fn cut(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let mut end = bytes;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// `text` in at most `bytes` bytes, with an ellipsis when something is missing.
pub fn shorten(text: &str, bytes: usize) -> String {
    let text = text.trim();
    if text.len() <= bytes { text.to_owned() } else { format!("{}…", cut(text, bytes.saturating_sub(3)).trim_end()) }
}

/// What a token looks like; values of one shape can take each other's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// A word.
    Plain,
    /// Digits, perhaps with letters.
    Number,
    /// Four numbers with dots between, perhaps with a port.
    Address,
    /// `14:30`, `9am`.
    Time,
    /// `2025-11-23`, `3/4`, `1990`.
    Date,
    /// A day of the week.
    Weekday,
    /// A month.
    Month,
    /// `a@b.c`.
    Mail,
    /// `https://…`, `example.org`.
    Link,
    /// An amount of money.
    Money,
}

/// A token, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its first byte in the text.
    pub start: usize,
    /// The byte after it.
    pub end: usize,
    /// In lower case, without its clitic: `what's` is `what`.
    pub base: String,
    /// Its clitic: `'s`, `'m`, `n't` and so on; empty when it has none.
    pub clitic: &'static str,
    /// Whether it begins with a capital.
    pub capital: bool,
    /// Whether a comma, a colon, a dash or the like stands behind it.
    pub pause: bool,
    /// What it looks like.
    pub shape: Shape,
}

const WEEKDAYS: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Cut `text` into tokens. Dots, dashes, colons and the like between letters or digits belong to the token.
pub fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let mut found: Vec<Token> = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let (start, first) = chars[at];
        if !opens(first, chars.get(at + 1).map(|next| next.1)) {
            if matches!(first, ',' | ':' | ';' | '-' | '–' | '—' | '=' | '.' | '!' | '?' | '\n')
                && let Some(last) = found.last_mut()
            {
                last.pause = true;
            }
            at += 1;
            continue;
        }
        let mut end = at + 1;
        while end < chars.len() && (inside(chars[end].1) || joins(&chars, end)) {
            end += 1;
        }
        let until = chars.get(end).map_or(text.len(), |next| next.0);
        push(&mut found, text, start, until);
        at = end;
    }
    // "4 May", "May 2026": a month, where `may` alone is not.
    for at in 0..found.len() {
        let number = |at: Option<usize>| {
            at.and_then(|at| found.get(at)).is_some_and(|token| matches!(token.shape, Shape::Number | Shape::Date))
        };
        if found[at].base == "may" && (number(at.checked_sub(1)) || number(Some(at + 1))) {
            found[at].shape = Shape::Month;
        }
    }
    found
}

fn opens(char: char, next: Option<char>) -> bool {
    char.is_alphanumeric()
        || (matches!(char, '+' | '€' | '$' | '£' | '#') && next.is_some_and(|next| next.is_ascii_digit()))
}

fn inside(char: char) -> bool {
    char.is_alphanumeric() || char == '_' || char == '%'
}

fn joins(chars: &[(usize, char)], at: usize) -> bool {
    let after = chars.get(at + 1).is_some_and(|next| next.1.is_alphanumeric());
    match chars[at].1 {
        '\'' | '’' | '.' | '-' | '@' | '&' | '+' => after,
        ':' | '/' => after || (chars.get(at + 1).is_some_and(|next| next.1 == '/') && chars.len() > at + 2),
        _ => false,
    }
}

fn push(found: &mut Vec<Token>, text: &str, start: usize, end: usize) {
    let raw = &text[start..end];
    if raw.chars().any(unspaced) {
        // Scripts without spaces: overlapping pairs of characters stand in for words.
        let marks: Vec<usize> = raw.char_indices().map(|(at, _)| at).chain([raw.len()]).collect();
        let pairs = marks.windows(3).map(|pair| (pair[0], pair[2]));
        let single = (marks.len() == 2).then_some((0, raw.len()));
        found.extend(pairs.chain(single).map(|(from, to)| Token {
            start: start + from,
            end: start + to,
            base: raw[from..to].to_owned(),
            clitic: "",
            capital: false,
            pause: false,
            shape: Shape::Plain,
        }));
        return;
    }
    let lower = raw.to_lowercase().replace('’', "'");
    let (base, clitic) = split_clitic(&lower);
    let shape = shape(&base);
    let capital = raw.chars().next().is_some_and(char::is_uppercase);
    found.push(Token { start, end, base, clitic, capital, pause: false, shape });
}

fn unspaced(char: char) -> bool {
    matches!(char, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{0e00}'..='\u{0e7f}')
}

/// Clitics as people write them, with the apostrophe and without.
fn split_clitic(lower: &str) -> (String, &'static str) {
    let whole = match lower {
        "can't" | "cant" | "cannot" => Some(("can", "n't")),
        "won't" | "wont" => Some(("will", "n't")),
        "im" => Some(("i", "'m")),
        "ive" => Some(("i", "'ve")),
        "youre" => Some(("you", "'re")),
        "theyre" => Some(("they", "'re")),
        "lets" => Some(("let", "'s")),
        _ => None,
    };
    if let Some((base, clitic)) = whole {
        return (base.to_owned(), clitic);
    }
    for clitic in ["n't", "'s", "'m", "'re", "'ve", "'ll", "'d"] {
        if let Some(base) = lower.strip_suffix(clitic).filter(|base| !base.is_empty()) {
            return (base.to_owned(), clitic);
        }
    }
    for word in ["what", "where", "who", "when", "how", "that", "here", "there"] {
        if lower.strip_suffix('s') == Some(word) {
            return (word.to_owned(), "'s");
        }
    }
    for word in ["do", "does", "did", "is", "are", "was", "were", "has", "have", "had", "would", "could", "should"] {
        if lower.strip_suffix("nt") == Some(word) {
            return (word.to_owned(), "n't");
        }
    }
    (lower.trim_end_matches('\'').to_owned(), "")
}

fn shape(base: &str) -> Shape {
    let digits = base.chars().filter(char::is_ascii_digit).count();
    if base.contains('@') {
        return Shape::Mail;
    }
    if digits == 0 {
        if WEEKDAYS.contains(&base) || WEEKDAYS.iter().any(|day| base.strip_suffix('s') == Some(day)) {
            return Shape::Weekday;
        }
        if MONTHS.contains(&base) && base != "may" {
            return Shape::Month;
        }
        if base.contains("://") || base.split_once('.').is_some_and(|(host, top)| host.len() > 1 && top.len() > 1) {
            return Shape::Link;
        }
        return Shape::Plain;
    }
    if base.contains("://") {
        return Shape::Link;
    }
    if base.starts_with(['€', '$', '£']) {
        return Shape::Money;
    }
    let host = base.split(['/', ':']).next().unwrap_or(base);
    if host.split('.').count() == 4 && host.split('.').all(|part| part.parse::<u8>().is_ok()) {
        return Shape::Address;
    }
    let clock = base.strip_suffix("am").or_else(|| base.strip_suffix("pm")).or_else(|| base.strip_suffix("h"));
    if clock.is_some_and(|hour| hour.chars().all(|char| char.is_ascii_digit() || char == ':' || char == '.'))
        || base.split_once(':').is_some_and(|(hour, rest)| hour.len() <= 2 && rest.len() >= 2 && digits >= 3)
    {
        return Shape::Time;
    }
    let dated =
        |mark: char| base.split(mark).count() == 3 && base.chars().all(|char| char.is_ascii_digit() || char == mark);
    let ordinal = ["st", "nd", "rd", "th"].iter().any(|end| base.strip_suffix(end).is_some_and(|day| day.len() <= 2));
    if dated('-') || dated('/') || dated('.') || ordinal {
        return Shape::Date;
    }
    Shape::Number
}

/// The stem of a word in lower case, by the same algorithm as the host's index.
pub fn stem(base: &str) -> String {
    if base.is_ascii() && base.chars().any(|char| char.is_ascii_digit()) {
        return base.to_owned();
    }
    Stemmer::new(Algorithm::English).stem(base).to_string()
}

/// A sentence: its place in the text, and whether it ends with a question mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sentence {
    /// Its first byte.
    pub start: usize,
    /// The byte after it.
    pub end: usize,
    /// Whether it asks by its mark.
    pub asks: bool,
}

/// Short words whose dot ends no sentence.
const ABBREVIATIONS: &[&str] = &["dr", "mr", "mrs", "ms", "prof", "st", "e.g", "i.e", "vs", "approx", "ca", "nr"];

/// Cut `text` into sentences.
pub fn sentences(text: &str) -> Vec<Sentence> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        let ends = match char {
            '\n' | '。' | '？' | '！' | '؟' => true,
            '.' | '!' | '?' | ';' => chars.peek().is_none_or(|next| next.1.is_whitespace()),
            _ => false,
        };
        let word = text[start..at].rsplit([' ', '(']).next().unwrap_or_default().to_lowercase();
        if !ends || (char == '.' && ABBREVIATIONS.contains(&word.as_str())) {
            continue;
        }
        let end = at + char.len_utf8();
        keep(&mut found, text, start, end);
        start = end;
    }
    keep(&mut found, text, start, text.len());
    found
}

fn keep(found: &mut Vec<Sentence>, text: &str, start: usize, end: usize) {
    let body = &text[start..end];
    if body.chars().any(char::is_alphanumeric) {
        let start = start + (body.len() - body.trim_start().len());
        let asks =
            body.trim_end().trim_end_matches(['!', ')', '"', '”']).ends_with(['?', '？', '؟']) || body.contains('¿');
        found.push(Sentence { start, end, asks });
    } else if body.contains('?')
        && let Some(last) = found.last_mut()
    {
        last.asks = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, bases: &[&str]) {
        let found = tokens(text);
        assert_eq!(found.iter().map(|token| token.base.as_str()).collect::<Vec<_>>(), bases);
    }

    #[test]
    fn values_are_one_token() {
        check("My server is at 10.0.0.5.", &["my", "server", "is", "at", "10.0.0.5"]);
        check("Mail a.b@c.org, 14:30!", &["mail", "a.b@c.org", "14:30"]);
        check("see https://x.org/y now", &["see", "https://x.org/y", "now"]);
    }

    #[test]
    fn clitics_are_split_off() {
        check("What's Ann’s? I don't, can't", &["what", "ann", "i", "do", "can"]);
        check("whats im dont", &["what", "i", "do"]);
    }

    #[test]
    fn scripts_without_spaces_become_pairs() {
        check("東京都", &["東京", "京都"]);
    }

    #[test]
    fn shapes_are_told_apart() {
        for (word, expected) in [
            ("10.0.0.5", Shape::Address),
            ("4711", Shape::Number),
            ("14:30", Shape::Time),
            ("9am", Shape::Time),
            ("2025-11-23", Shape::Date),
            ("fridays", Shape::Weekday),
            ("june", Shape::Month),
            ("a@b.c", Shape::Mail),
            ("example.org", Shape::Link),
            ("€50", Shape::Money),
            ("server", Shape::Plain),
        ] {
            assert_eq!(shape(word), expected, "{word}");
        }
    }

    #[test]
    fn sentences_end_where_they_should() {
        let text = "Hi! I see Dr. Li at 10.0.0.5. Where? ok";
        let cut: Vec<_> = sentences(text).iter().map(|found| text[found.start..found.end].trim()).collect();
        assert_eq!(cut, ["Hi!", "I see Dr. Li at 10.0.0.5.", "Where?", "ok"]);
        assert!(sentences(text)[2].asks);
    }
}
