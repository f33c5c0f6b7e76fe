//! The commands that can be granted: `[run.NAME]` of `loket.toml`.
//!
//! The owner says which program, with which arguments. That is a rule about what may be let in, so a seal covers it.

use crate::reader::{Problems, Section, Text};
use loket_registry::name::shown;
use regex::Regex;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use thiserror::Error;

/// How many commands a configuration may name.
pub const MAX_COMMANDS: usize = 100;
/// How many arguments, patterns, paths and variables a command may name.
pub const MAX_WORDS: usize = 100;
/// How many characters a command's name may have.
pub const MAX_COMMAND_NAME: usize = 64;
/// How large a pattern may be when it is compiled, in bytes.
const MAX_PATTERN: usize = 1 << 20;

/// What the owner calls a command: words of lower-case letters and digits, joined by single hyphens.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommandName(Arc<str>);

/// A text that is no command's name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{}` is no name for a command: write at most {MAX_COMMAND_NAME} lower-case letters and digits in kebab case, such as `git`, beginning with a letter", shown(.0))]
pub struct CommandNameError(String);

/// A pattern that an argument must match as a whole.
#[derive(Debug, Clone)]
pub struct ArgumentPattern {
    text: String,
    regex: Regex,
}

/// A text that is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{}` is no regular expression ({why}): write for example `--[a-z-]+`, or `.*` for anything on one line",
    shown(text)
)]
pub struct ArgumentPatternError {
    text: String,
    why: String,
}

/// How far the owner trusts a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trust {
    /// It runs only where the kernel confines it.
    #[default]
    Confined,
    /// It runs also where nothing can confine it, with all that the host's own user may.
    Full,
}

/// A command of `loket.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandEntry {
    /// The program.
    pub program: PathBuf,
    /// What it is for, as whoever calls it is told.
    pub about: String,
    /// The arguments that stand before all others.
    pub args: Vec<String>,
    /// What further arguments may be; none when it is empty.
    pub allow: Vec<ArgumentPattern>,
    /// Files and folders that it may read beside those of the system and of the grant.
    pub read: Vec<PathBuf>,
    /// Its whole environment.
    pub env: BTreeMap<String, String>,
    /// Whether it may use the network.
    pub network: bool,
    /// How far it is trusted.
    pub trust: Trust,
    /// After how many seconds it is ended.
    pub seconds: u32,
    /// How much of each of its streams is kept, in KiB.
    pub output_kib: u32,
    /// How much memory each of its processes may take, in MiB.
    pub memory_mib: u32,
    /// How many processes it may have at once.
    pub processes: u32,
}

/// Commands by name.
pub type Commands = BTreeMap<CommandName, CommandEntry>;

impl CommandEntry {
    /// Whether an argument matches one of the patterns as a whole.
    pub fn allows(&self, argument: &str) -> bool {
        self.allow.iter().any(|pattern| pattern.regex.is_match(argument))
    }

    /// All that it says, in a form of its own: what is sealed.
    pub(crate) fn policy(&self) -> String {
        let patterns: Vec<&str> = self.allow.iter().map(ArgumentPattern::as_str).collect();
        let CommandEntry {
            program,
            about: _,
            args,
            allow: _,
            read,
            env,
            network,
            trust,
            seconds,
            output_kib,
            memory_mib,
            processes,
        } = self;
        format!(
            "{program:?} {args:?} {patterns:?} {read:?} {env:?} {network} {trust:?} {seconds} {output_kib} {memory_mib} {processes}"
        )
    }
}

impl ArgumentPattern {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl PartialEq for ArgumentPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for ArgumentPattern {}

impl FromStr for ArgumentPattern {
    type Err = ArgumentPatternError;

    fn from_str(text: &str) -> Result<Self, ArgumentPatternError> {
        let wrong = |error: regex::Error| {
            // The last line of a long message says what it is.
            let why = error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            ArgumentPatternError { text: text.to_owned(), why: why.replace(": ", ", ") }
        };
        let build = |text: &str| regex::RegexBuilder::new(text).size_limit(MAX_PATTERN).build().map_err(wrong);
        // By itself first: a `)` in it must not close the group that is put around it.
        build(text)?;
        Ok(ArgumentPattern { text: text.to_owned(), regex: build(&format!("\\A(?:{text})\\z"))? })
    }
}

impl CommandName {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CommandName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for CommandName {
    type Err = CommandNameError;

    fn from_str(text: &str) -> Result<Self, CommandNameError> {
        let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
        if begins && text.len() <= MAX_COMMAND_NAME && text.split('-').all(word) {
            return Ok(CommandName(text.into()));
        }
        Err(CommandNameError(text.to_owned()))
    }
}

impl std::borrow::Borrow<str> for CommandName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// Reads `[run]`.
pub(crate) fn commands(problems: &mut Problems<'_>, root: Section<'_>) -> Commands {
    let mut commands = Commands::new();
    for (name, section) in root.entries(problems, "run", MAX_COMMANDS) {
        let entry = entry(problems, section);
        if let (Some(name), Some(entry)) = (name.parse::<CommandName>(problems, "run"), entry) {
            commands.insert(name, entry);
        }
    }
    commands
}

fn entry(problems: &mut Problems<'_>, section: Section<'_>) -> Option<CommandEntry> {
    section.known(
        problems,
        &[
            "program",
            "about",
            "args",
            "allow",
            "read",
            "env",
            "network",
            "trust",
            "seconds",
            "output_kib",
            "memory_mib",
            "processes",
        ],
    );
    section.needs(problems, "program", "\"/usr/bin/git\"");
    let program = section.string(problems, "program").and_then(|text| path(problems, "program", text));
    let about = section.string(problems, "about").map(|text| text.value.to_owned()).unwrap_or_default();
    let mut words = |key: &str| section.strings(problems, key, MAX_WORDS, false).unwrap_or_default();
    let (args, allow, read) = (words("args"), words("allow"), words("read"));
    let mut plain = |text: &Text<'_>| {
        let whole = !text.value.contains('\0');
        if !whole {
            problems.tell(text.line, "`args` has a zero byte in it, which no program can be given", "leave it out");
        }
        whole
    };
    let args: Vec<String> = args.iter().filter(|text| plain(text)).map(|text| text.value.to_owned()).collect();
    let allow = allow.iter().filter_map(|text| text.parse(problems, "allow")).collect();
    let read = read.into_iter().filter_map(|text| path(problems, "read", text)).collect();
    let env = env(problems, section, "env");
    let network = choice(problems, section, "network", ["deny", "allow"]);
    let trust = choice(problems, section, "trust", ["confined", "full"]);
    Some(CommandEntry {
        program: program?,
        about,
        args,
        allow,
        read,
        env,
        network,
        trust: if trust { Trust::Full } else { Trust::Confined },
        seconds: section.number(problems, "seconds", 1..=3_600).unwrap_or(30),
        output_kib: section.number(problems, "output_kib", 1..=512).unwrap_or(64),
        memory_mib: section.number(problems, "memory_mib", 16..=1_048_576).unwrap_or(2_048),
        processes: section.number(problems, "processes", 1..=4_096).unwrap_or(64),
    })
}

/// Which of two words stands there: whether it is the second. The first when there is none.
pub(crate) fn choice(problems: &mut Problems<'_>, section: Section<'_>, key: &'static str, words: [&str; 2]) -> bool {
    let Some(text) = section.string(problems, key) else { return false };
    if !words.contains(&text.value) {
        let next = format!("write `{key} = \"{}\"` or `\"{}\"`", words[0], words[1]);
        problems.tell(text.line, format!("`{key}` cannot be `{}`", shown(text.value)), next);
    }
    text.value == words[1]
}

/// A path from the root of the disk.
pub(crate) fn path(problems: &mut Problems<'_>, key: &str, text: Text<'_>) -> Option<PathBuf> {
    let path = Path::new(text.value);
    // As it is written in the language of the system on which commands can be run, whatever system reads it.
    if text.value.starts_with('/') && !text.value.contains(char::is_control) {
        return Some(path.to_owned());
    }
    let why = format!("`{key}` is `{}`, which is no path from the root of the disk", shown(text.value));
    problems.tell(text.line, why, format!("write the whole of it, such as `{key} = \"/usr/bin/git\"`"));
    None
}

/// Variables with what they hold.
pub(crate) fn env(problems: &mut Problems<'_>, section: Section<'_>, key: &'static str) -> BTreeMap<String, String> {
    let Some(env) = section.section(problems, key) else { return BTreeMap::new() };
    let mut variables = BTreeMap::new();
    for (name, value) in env.pairs(problems, MAX_WORDS) {
        let good = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
        if name.is_empty() || !name.chars().all(good) || value.contains('\0') {
            let why = format!("`{key}.{}` is no variable that a program can be given", shown(name));
            problems.tell(env.line, why, "write letters, digits and `_`, such as `LANG = \"C.UTF-8\"`");
            continue;
        }
        variables.insert(name.to_owned(), value);
    }
    variables
}

#[cfg(test)]
mod tests {
    use crate::config::HostConfig;

    fn parse(text: &str) -> Result<super::Commands, String> {
        HostConfig::parse("loket.toml", text).map(|config| config.live.run).map_err(|report| report.to_string())
    }

    #[track_caller]
    fn refuse(text: &str, word: &str) {
        let told = parse(text).expect_err(text);
        assert!(told.contains(word), "{text}: {told}");
    }

    #[test]
    fn a_command_is_read_with_what_is_usual_where_it_says_nothing() {
        let commands = parse(
            "[run.git]\nprogram = \"/usr/bin/git\"\nargs = [\"--no-pager\"]\nallow = [\"log\", \"-\\\\d+\"]\n[run.git.env]\nLANG = \"C\"\n",
        )
        .expect("it can be read");
        let git = &commands["git"];
        assert_eq!((git.seconds, git.output_kib, git.network, git.trust), (30, 64, false, super::Trust::Confined));
        assert_eq!(git.env.get("LANG").map(String::as_str), Some("C"));
    }

    #[test]
    fn a_pattern_is_for_the_whole_argument() {
        let commands = parse("[run.a]\nprogram = \"/a\"\nallow = [\"log|diff\", \"-\\\\d+\", \"(?i)Y\"]\n");
        let a = &commands.expect("it can be read")["a"];
        for (argument, allowed) in [
            ("log", true),
            ("diff", true),
            ("logs", false),
            ("a-1", false),
            ("-12", true),
            ("-12\n", false),
            ("y", true),
        ] {
            assert_eq!(a.allows(argument), allowed, "{argument:?}");
        }
    }

    #[test]
    fn a_pattern_cannot_swallow_what_is_put_around_it() {
        for pattern in ["a)|(?:.*", "(?x)a #"] {
            refuse(&format!("[run.a]\nprogram = \"/a\"\nallow = [{pattern:?}]\n"), "no regular expression");
        }
    }

    #[test]
    fn nothing_is_allowed_that_is_not_named() {
        let commands = parse("[run.a]\nprogram = \"/a\"\n").expect("it can be read");
        assert!(!commands["a"].allows("") && !commands["a"].allows("x"));
    }

    #[test]
    fn what_cannot_be_meant_is_told_with_its_line() {
        refuse("[run.git]\n", "`run.git.program` is missing");
        refuse("[run.git]\nprogram = \"git\"\n", "line 2");
        refuse("[run.git]\nprogram = \"/g\"\nallow = [\"(\"]\n", "no regular expression");
        refuse("[run.git]\nprogram = \"/g\"\nallow = [\"a)|(?:.*\"]\n", "no regular expression");
        refuse("[run.git]\nprogram = \"/g\"\ntrust = \"yes\"\n", "`\"full\"`");
        refuse("[run.git]\nprogram = \"/g\"\nnetwork = \"on\"\n", "`\"allow\"`");
        refuse("[run.\"Git It\"]\nprogram = \"/g\"\n", "no name for a command");
        refuse("[run.git]\nprogram = \"/g\"\nshell = \"x\"\n", "`shell` is not known");
        refuse("[run.git]\nprogram = \"/g\"\nseconds = 0\n", "1 to 3600");
        refuse("[run.git]\nprogram = \"/g\"\nread = [\"docs\"]\n", "no path from the root");
        refuse("[run.git]\nprogram = \"/g\"\nenv = { \"A B\" = 1 }\n", "no variable");
    }

    #[test]
    fn another_command_is_another_policy_and_without_any_it_is_the_one_of_before() {
        let policy = |text: &str| HostConfig::parse("loket.toml", text).expect("it can be read").policy();
        assert!(!policy("").contains("run"));
        let git = "[run.git]\nprogram = \"/usr/bin/git\"\n";
        assert!(policy(git).starts_with(&policy("")));
        for other in [
            "allow = [\".*\"]",
            "trust = \"full\"",
            "network = \"allow\"",
            "args = [\"x\"]",
            "read = [\"/x\"]",
            "seconds = 9",
        ] {
            assert_ne!(policy(git), policy(&format!("{git}{other}\n")), "{other}");
        }
        assert_eq!(policy(git), policy(&format!("{git}about = \"History\"\n")));
    }
}
