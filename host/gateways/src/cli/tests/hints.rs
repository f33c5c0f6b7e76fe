//! What the host's own words tell people to type can be typed: hints, help texts and messages are held to the command line.

use super::Cli;
use clap::CommandFactory;
use clap::error::ErrorKind;
use std::fs;
use std::path::{Path, PathBuf};

/// A command that stands somewhere in the source.
#[derive(Debug)]
struct Named {
    words: Vec<String>,
    /// A mention in a sentence may leave arguments out: `loket inspect` shows more.
    mention: bool,
}

#[test]
fn every_command_that_a_text_names_exists() {
    let (mut found, mut unknown) = (0, Vec::new());
    for file in sources() {
        let text = fs::read_to_string(&file).expect("it can be read");
        for named in literals(&text).iter().flat_map(|literal| commands(literal)) {
            found += 1;
            if let Err(why) = known(&named) {
                let why = why.lines().next().unwrap_or_default();
                unknown.push(format!("`{}` names `loket {}`: {why}", file.display(), named.words.join(" ")));
            }
        }
    }
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
    assert!(found > 80, "only {found} commands were found");
}

#[test]
fn what_does_not_exist_is_noticed() {
    for (text, right) in [
        ("loket doctor", true),
        ("loket grant {grantee} {capability} --provider PACKAGE, with one of {}", true),
        ("put it right: loket brain {agent} list", true),
        ("`loket inspect` shows it", true),
        ("  loket call a:b/c f '{\"x\": \"0.1 + 0.2\"}'      by position", true),
        ("loket frob FILE.wasm", false),
        ("or use `loket frob`", false),
        ("do it: loket frob FILE.wasm", false),
        ("loket inspect", false),
        ("loket grant scout http --port 80", false),
    ] {
        let all = commands(text);
        assert_eq!(all.len(), 1, "{text}");
        assert_eq!(known(&all[0]).is_ok(), right, "{text}");
    }
    assert!(commands("a loket of another version").is_empty());
}

/// The sources of the host, tests left out: those also name what does not exist.
fn sources() -> Vec<PathBuf> {
    let host = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders: Vec<PathBuf> =
        fs::read_dir(host).expect("it is there").flatten().map(|entry| entry.path().join("src")).collect();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            match path.is_dir() {
                true if name != "tests" => folders.push(path),
                false if name.ends_with(".rs") && !name.contains("tests") => files.push(path),
                _ => {}
            }
        }
    }
    files
}

/// The texts of a file: its string literals as they read, and its documentation, which becomes help.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut texts: Vec<String> = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find(['"', '/', '\'']) {
        let from = &rest[at..];
        let (text, taken) = if let Some(comment) = from.strip_prefix("//") {
            let end = comment.find('\n').unwrap_or(comment.len());
            (comment[..end].trim_start_matches(['/', '!']).to_owned(), end + 2)
        } else if let Some(literal) = from.strip_prefix('"') {
            let (text, length) = unescaped(literal);
            (text, length + 1)
        } else {
            // A quoted quote, not the beginning of a text.
            let length =
                ["'\"'", "'\\\"'"].iter().find(|quote| from.starts_with(**quote)).map_or(1, |quote| quote.len());
            (String::new(), length)
        };
        texts.push(text);
        rest = &from[taken..];
    }
    texts
}

/// A literal up to its closing quote, as it reads, and its length with that quote.
fn unescaped(literal: &str) -> (String, usize) {
    let mut text = String::new();
    let mut characters = literal.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match (character, characters.peek().map(|next| next.1)) {
            ('"', _) => return (text, at + 1),
            ('\\', Some('\n')) => while characters.next_if(|next| next.1.is_whitespace()).is_some() {},
            ('\\', Some(escaped)) => {
                text.push(if escaped == 'n' { '\n' } else { escaped });
                characters.next();
            }
            _ => text.push(character),
        }
    }
    (text, literal.len())
}

/// The commands in a text: whole lines, what follows a colon, and mentions between backticks.
fn commands(text: &str) -> Vec<Named> {
    let mut found = Vec::new();
    for line in text.lines() {
        for (at, quoted) in line.split('`').enumerate() {
            let mention = at % 2 == 1;
            let start = if mention { Some(quoted) } else { None };
            let after_colon = || quoted.rsplit_once(": ").map(|(_, rest)| rest);
            let whole = (at == 0).then(|| quoted.trim_start()).filter(|line| line.starts_with("loket "));
            let command = start.or(whole).or_else(after_colon).and_then(|command| command.strip_prefix("loket "));
            // The name of the program in a sentence, such as its version.
            let Some(command) =
                command.filter(|command| command.starts_with(|c: char| c.is_ascii_lowercase() || c == '-'))
            else {
                continue;
            };
            found.push(Named { words: words(command), mention });
        }
    }
    found
}

/// The words of a command as a shell takes them apart, up to the remark behind it; placeholders become values.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut quote, mut placeholder) = (None, false);
    for character in command.chars() {
        let word = words.last_mut().expect("there is always one");
        match (quote, character) {
            (None, '{') => placeholder = true,
            (None, '}') => {
                placeholder = false;
                word.push('1');
            }
            _ if placeholder => {}
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (None, ' ') if word.is_empty() || ["<", ">", "|"].contains(&word.as_str()) => break,
            (None, ' ') if word.ends_with([',', ';']) => {
                word.pop();
                words.push(String::new());
                break;
            }
            (None, ' ') => words.push(String::new()),
            _ => word.push(character),
        }
    }
    words.retain(|word| !["", "<", ">", "|"].contains(&word.as_str()));
    let capitals = |word: &String| word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    words.into_iter().map(|word| if capitals(&word) { "1".to_owned() } else { word }).collect()
}

/// Whether a command line takes these words.
fn known(named: &Named) -> Result<(), String> {
    let words = std::iter::once("loket").chain(named.words.iter().map(String::as_str));
    let Err(error) = Cli::command().try_get_matches_from(words) else { return Ok(()) };
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Ok(()),
        ErrorKind::MissingRequiredArgument
        | ErrorKind::MissingSubcommand
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            if named.mention =>
        {
            Ok(())
        }
        _ => Err(error.to_string()),
    }
}
