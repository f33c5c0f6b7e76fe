//! What a package may say of its commands. It is shown to people and compared with what they type, so it is plain and short.

use loket_providers::agent::offers::{Kind, Need, Usage};

/// The most commands of a package.
const MOST_COMMANDS: usize = 64;
/// The most that a command takes.
const MOST_PARAMETERS: usize = 16;
/// The most words of a choice.
const MOST_WORDS: usize = 64;
/// The longest summary, and the longest word of a choice, in bytes.
const LONGEST: usize = 256;
/// The chat's own words.
const TAKEN: [&str; 2] = ["quit", "exit"];

/// Checks a package's description of its commands.
///
/// # Errors
/// What is wrong with it.
pub fn check(usages: &[Usage]) -> Result<(), String> {
    if usages.len() > MOST_COMMANDS {
        return Err(format!("it describes {} commands, and may have {MOST_COMMANDS}", usages.len()));
    }
    for (at, usage) in usages.iter().enumerate() {
        one(usage)?;
        if usages[..at].iter().any(|other| other.name == usage.name) {
            return Err(format!("it describes two commands `{}`", usage.name));
        }
    }
    Ok(())
}

fn one(usage: &Usage) -> Result<(), String> {
    let name = &usage.name;
    plain_name(name).map_err(|why| format!("a command's name {why}"))?;
    if TAKEN.contains(&name.as_str()) {
        return Err(format!("it describes a command `{name}`, which is the chat's own word"));
    }
    let wrong = |why: String| Err(format!("its command `{name}` {why}"));
    if let Err(why) = plain_words(&usage.summary) {
        return wrong(format!("has a summary that {why}"));
    }
    if usage.parameters.len() > MOST_PARAMETERS {
        return wrong(format!("takes {} values, and may take {MOST_PARAMETERS}", usage.parameters.len()));
    }
    let mut optional = false;
    for (at, parameter) in usage.parameters.iter().enumerate() {
        let its = &parameter.name;
        if let Err(why) = plain_name(its) {
            return wrong(format!("has a parameter whose name {why}"));
        }
        if usage.parameters[..at].iter().any(|other| other.name == *its) {
            return wrong(format!("has two parameters `{its}`"));
        }
        if let Err(why) = plain_words(&parameter.summary) {
            return wrong(format!("has a parameter `{its}` with a summary that {why}"));
        }
        if parameter.kind == Kind::Rest && at + 1 != usage.parameters.len() {
            return wrong(format!("has a parameter after `{its}`, which takes all that is left"));
        }
        if let Kind::Choice(words) = &parameter.kind {
            let fits = |word: &String| !word.is_empty() && plain_words(word).is_ok() && !word.contains(['"', '\\']);
            if words.is_empty() || words.len() > MOST_WORDS || !words.iter().all(fits) {
                return wrong(format!("has a parameter `{its}` whose words are none, too many or not plain"));
            }
        }
        if optional && parameter.need == Need::Required {
            return wrong(format!("needs `{its}`, which comes after something that may be left out"));
        }
        optional = parameter.need == Need::Optional;
    }
    Ok(())
}

fn plain_name(name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.starts_with(|c: char| c.is_ascii_lowercase()) && name.len() <= 32 && name.chars().all(plain) {
        return Ok(());
    }
    let shown: String = name.chars().take(40).collect();
    Err(format!("is 1 to 32 of `a-z`, `0-9` and `-`, a letter first, not `{}`", shown.escape_debug()))
}

/// One line that steers no terminal and shows what it holds.
fn plain_words(text: &str) -> Result<(), &'static str> {
    let hidden = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
    match text {
        _ if text.len() > LONGEST => Err("is longer than 256 bytes"),
        _ if text.chars().any(|c| c.is_control() || hidden(c)) => Err("has characters that cannot be seen"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loket_providers::agent::offers::Parameter;

    fn parameter(name: &str, kind: Kind, need: Need) -> Parameter {
        Parameter { name: name.into(), summary: "what it is".into(), kind, need }
    }

    fn usage(name: &str, parameters: Vec<Parameter>) -> Usage {
        Usage { name: name.into(), summary: "Do it.".into(), parameters }
    }

    #[track_caller]
    fn refused(usages: &[Usage], why: &str) {
        let found = check(usages).expect_err("it is refused");
        assert!(found.contains(why), "{found}");
    }

    #[test]
    fn a_plain_description_passes() {
        let words = Kind::Choice(vec!["fast".into(), "très vite".into()]);
        let parameters = vec![
            parameter("what", Kind::Word, Need::Required),
            parameter("how", words, Need::Optional),
            parameter("why", Kind::Rest, Need::Optional),
        ];
        assert_eq!(check(&[usage("do-it-2", parameters), usage("x", vec![])]), Ok(()));
        assert_eq!(check(&[]), Ok(()));
    }

    #[test]
    fn names_are_plain_and_each_is_there_once() {
        for name in ["", "Do", "1x", "-x", "x y", "é", "x/y", "x:y", &"x".repeat(33)] {
            refused(&[usage(name, vec![])], "a command's name is 1 to 32");
        }
        refused(&[usage("x", vec![]), usage("x", vec![])], "two commands `x`");
        refused(&[usage("quit", vec![])], "the chat's own word");
        let twice = parameter("a", Kind::Word, Need::Required);
        refused(&[usage("x", vec![twice.clone(), twice])], "two parameters `a`");
    }

    #[test]
    fn what_is_shown_steers_no_terminal_and_has_a_bound() {
        for summary in ["\u{1b}[2J", "two\nlines", "hid\u{202e}den", &"x".repeat(257)] {
            refused(&[Usage { summary: (*summary).to_owned(), ..usage("x", vec![]) }], "has a summary that");
        }
        refused(&vec![usage("x", vec![]); 65], "65 commands");
        let many = (0..17).map(|at| parameter(&format!("p{at}"), Kind::Word, Need::Required)).collect();
        refused(&[usage("x", many)], "takes 17 values");
        for words in [vec![], vec!["a".to_owned(); 65], vec![String::new()], vec!["\"".to_owned()]] {
            refused(&[usage("x", vec![parameter("p", Kind::Choice(words), Need::Required)])], "whose words are none");
        }
    }

    #[test]
    fn what_can_never_be_given_is_refused() {
        let rest = parameter("rest", Kind::Rest, Need::Required);
        let word = parameter("word", Kind::Word, Need::Required);
        refused(&[usage("x", vec![rest, word.clone()])], "after `rest`");
        let maybe = parameter("maybe", Kind::Word, Need::Optional);
        refused(&[usage("x", vec![maybe, word])], "needs `word`");
    }
}
