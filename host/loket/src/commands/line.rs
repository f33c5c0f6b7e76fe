//! A line such as `/lesson "tea is at four" tea is at five`: the command's name, and its values by what it takes.

use loket_providers::agent::offers::{Kind, Need, Parameter, Usage};
use std::collections::BTreeMap;
use std::ops::Range;

/// The longest name with its namespace and package, in bytes.
const LONGEST_NAME: usize = 200;

/// The name that a text calls, without the slash, and where it ends; nothing when it is no command's form, as with a path.
pub fn name(text: &str) -> Option<(&str, usize)> {
    let begin = text.len() - text.trim_start().len();
    let rest = text[begin..].strip_prefix('/')?;
    let name = rest.split(char::is_whitespace).next().unwrap_or_default();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == ':';
    let fits = !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(plain);
    fits.then_some((name, begin + 1 + name.len()))
}

/// A value as it stands in a line.
#[derive(Debug, PartialEq, Eq)]
struct Token {
    value: String,
    /// Where it is, quotes included.
    at: Range<usize>,
    /// Whether its closing quote is there, or it needs none.
    closed: bool,
}

/// The next value from a place on: a word, or what stands in double quotes; `\"` and `\\` stand for themselves there.
fn token(text: &str, from: usize) -> Option<Token> {
    let begin = from + (text[from..].len() - text[from..].trim_start().len());
    let rest = &text[begin..];
    let Some(quoted) = rest.strip_prefix('"') else {
        let word = rest.split(char::is_whitespace).next().filter(|word| !word.is_empty())?;
        return Some(Token { value: word.to_owned(), at: begin..begin + word.len(), closed: true });
    };
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in quoted.char_indices() {
        match c {
            _ if escaped => {
                if c != '"' && c != '\\' {
                    value.push('\\');
                }
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return Some(Token { value, at: begin..begin + 1 + at + 1, closed: true }),
            _ => value.push(c),
        }
    }
    Some(Token { value, at: begin..text.len(), closed: false })
}

/// The values behind a command's name, by its parameters.
///
/// # Errors
/// What is missing, too much, or of another kind.
pub fn values(usage: &Usage, text: &str, from: usize) -> Result<Vec<(String, String)>, String> {
    let mut values = Vec::new();
    let mut at = from;
    for parameter in &usage.parameters {
        let name = &parameter.name;
        if parameter.kind == Kind::Rest {
            let rest = text[at..].trim();
            at = text.len();
            match (rest.is_empty(), parameter.need) {
                (false, _) => values.push((name.clone(), rest.to_owned())),
                (true, Need::Optional) => {}
                (true, Need::Required) => return Err(missing(parameter)),
            }
            continue;
        }
        match token(text, at) {
            None if parameter.need == Need::Optional => {}
            None => return Err(missing(parameter)),
            Some(Token { closed: false, .. }) => return Err(format!("`{name}` begins with a quote and has no other")),
            Some(Token { value, at: place, .. }) => {
                fits(parameter, &value)?;
                values.push((name.clone(), value));
                at = place.end;
            }
        }
    }
    match text[at..].trim() {
        "" => Ok(values),
        more => Err(format!("`{}` is more than it takes", shortened(more))),
    }
}

/// The values of a command that are given by name, in the order of its parameters.
///
/// # Errors
/// As [`values`].
pub fn named(usage: &Usage, given: &mut BTreeMap<String, String>) -> Result<Vec<(String, String)>, String> {
    let mut values = Vec::new();
    for parameter in &usage.parameters {
        match given.remove(&parameter.name).filter(|value| !value.trim().is_empty()) {
            Some(value) => {
                fits(parameter, &value)?;
                values.push((parameter.name.clone(), value));
            }
            None if parameter.need == Need::Optional => {}
            None => return Err(missing(parameter)),
        }
    }
    match given.keys().next() {
        None => Ok(values),
        Some(more) => Err(format!("`{}` is more than it takes", shortened(more))),
    }
}

fn missing(parameter: &Parameter) -> String {
    let what = if parameter.summary.is_empty() { String::new() } else { format!(": {}", parameter.summary) };
    format!("`{}` is missing{what}", parameter.name)
}

fn fits(parameter: &Parameter, value: &str) -> Result<(), String> {
    let name = &parameter.name;
    match &parameter.kind {
        Kind::Number if value.parse::<i64>().is_err() => {
            Err(format!("`{name}` is a whole number, and `{}` is none", shortened(value)))
        }
        Kind::Choice(words) if !words.iter().any(|word| word == value) => {
            let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
            Err(format!("`{name}` is {}, not `{}`", words.join(" or "), shortened(value)))
        }
        _ => Ok(()),
    }
}

fn shortened(text: &str) -> String {
    let cut: String = text.chars().take(60).collect();
    let more = if cut.len() < text.len() { "…" } else { "" };
    format!("{}{more}", cut.escape_debug())
}

/// A value that is being typed at the end of a text.
#[derive(Debug, PartialEq, Eq)]
pub struct Typed<'u> {
    /// The parameter that it is for.
    pub parameter: &'u Parameter,
    /// What of it is there.
    pub value: String,
    /// Where it begins in the text.
    pub at: usize,
}

/// The value that is being typed at a text's end; nothing when the command takes no more.
pub fn typed<'u>(usage: &'u Usage, text: &str, from: usize) -> Option<Typed<'u>> {
    let mut at = from;
    for parameter in &usage.parameters {
        let begin = at + (text[at..].len() - text[at..].trim_start().len());
        if parameter.kind == Kind::Rest {
            return Some(Typed { parameter, value: text[begin..].to_owned(), at: begin });
        }
        match token(text, at) {
            None => return Some(Typed { parameter, value: String::new(), at: text.len() }),
            Some(token) if token.at.end == text.len() => {
                return Some(Typed { parameter, value: token.value, at: token.at.start });
            }
            Some(token) => at = token.at.end,
        }
    }
    None
}

/// A value as it is written where a word is expected.
pub fn written(kind: &Kind, value: &str) -> String {
    let plain = !value.is_empty() && !value.contains(char::is_whitespace) && !value.starts_with('"');
    if *kind == Kind::Rest || plain {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage() -> Usage {
        let parameter = |name: &str, kind, need| Parameter { name: name.into(), summary: String::new(), kind, need };
        Usage {
            name: "x".into(),
            summary: String::new(),
            parameters: vec![
                parameter("what", Kind::Word, Need::Required),
                parameter("how", Kind::Choice(vec!["fast".into(), "slow".into()]), Need::Required),
                parameter("many", Kind::Number, Need::Optional),
                parameter("why", Kind::Rest, Need::Optional),
            ],
        }
    }

    #[track_caller]
    fn check(text: &str, expect: Result<&[(&str, &str)], &str>) {
        let (_, from) = name(text).expect("a command's form");
        let found = values(&usage(), text, from);
        let expect = expect.map(|all| all.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<Vec<_>>());
        match expect {
            Ok(expect) => assert_eq!(found, Ok(expect), "{text}"),
            Err(why) => assert!(found.as_ref().is_err_and(|found| found.contains(why)), "{text}: {found:?}"),
        }
    }

    #[test]
    fn values_are_read_by_what_a_command_takes() {
        check("/x tea fast", Ok(&[("what", "tea"), ("how", "fast")]));
        check("  /x \"green tea\"   slow -3", Ok(&[("what", "green tea"), ("how", "slow"), ("many", "-3")]));
        check(
            r#"/x "a \"b\" \\ \n" fast 1  it is  "late" "#,
            Ok(&[("what", r#"a "b" \ \n"#), ("how", "fast"), ("many", "1"), ("why", r#"it is  "late""#)]),
        );
        check("/x é\u{2003}fast", Ok(&[("what", "é"), ("how", "fast")]));
        check("/x \"\" fast", Ok(&[("what", ""), ("how", "fast")]));
    }

    #[test]
    fn what_does_not_fit_is_said() {
        check("/x", Err("`what` is missing"));
        check("/x tea", Err("`how` is missing"));
        check("/x tea loud", Err("`how` is `fast` or `slow`, not `loud`"));
        check("/x tea fast many", Err("`many` is a whole number, and `many` is none"));
        check("/x tea fast 99999999999999999999", Err("is a whole number"));
        check("/x \"tea", Err("begins with a quote"));
        let mut short = usage();
        short.parameters.truncate(1);
        assert_eq!(values(&short, "/x a b\u{7}", 2), Err("`b\\u{7}` is more than it takes".into()));
    }

    #[test]
    fn only_a_plain_name_behind_a_slash_is_a_command() {
        assert_eq!(name("/help me"), Some(("help", 5)));
        assert_eq!(name(" /acme:x\nwords"), Some(("acme:x", 8)));
        for text in ["help", "/", "/ help", "/etc/hosts", "/Help", "/a.b", "//", "", "/é"] {
            assert_eq!(name(text), None, "{text}");
        }
        assert_eq!(name(&format!("/{}", "x".repeat(300))), None);
    }

    #[test]
    fn the_value_that_is_being_typed_is_known_with_its_place() {
        let usage = usage();
        let at = |text: &str| typed(&usage, text, 2).map(|typed| (typed.parameter.name.clone(), typed.value, typed.at));
        assert_eq!(at("/x "), Some(("what".into(), String::new(), 3)));
        assert_eq!(at("/x te"), Some(("what".into(), "te".into(), 3)));
        assert_eq!(at("/x \"green t"), Some(("what".into(), "green t".into(), 3)));
        assert_eq!(at("/x tea f"), Some(("how".into(), "f".into(), 7)));
        assert_eq!(at("/x tea fast 3 because it"), Some(("why".into(), "because it".into(), 14)));
        let mut short = usage.clone();
        short.parameters.truncate(1);
        assert_eq!(typed(&short, "/x tea ", 2), None);
    }

    #[test]
    fn a_value_with_spaces_is_written_in_quotes_and_reads_back() {
        for value in ["tea", "green tea", "a \"b\" \\", ""] {
            let text = format!("/x {}", written(&Kind::Word, value));
            assert_eq!(token(&text, 2).map(|token| token.value).as_deref(), Some(value));
        }
        assert_eq!(written(&Kind::Rest, "green tea"), "green tea");
    }
}
