//! A regular expression, and what it may cost.
//!
//! The engine takes time linear in the text for each match, and memory as large as the pattern says. Both are bounded: what a pattern
//! compiles to, so that no counted repetition explodes; and how much text is looked at in all, as many matches in one long line look at its
//! rest again each. That is also why a line is looked at by itself.

use crate::Casing;
use regex_lite::{Captures, Regex, RegexBuilder};

/// How long a pattern may be, in bytes.
const LONGEST: usize = 500;
/// How large it may be when it is compiled, in bytes.
const LARGEST: usize = 16 << 10;
/// How deep its groups may nest.
const DEEPEST: u32 = 20;
/// How much text may be looked at, in bytes.
const MOST_WORK: usize = 4 << 20;

/// Compiles a pattern.
///
/// # Errors
/// For what is none, and for one that is too large.
pub fn compile(pattern: &str, casing: Casing) -> Result<Regex, String> {
    if pattern.is_empty() {
        return Err("the pattern is empty, which matches everywhere: say what to look for".into());
    }
    if pattern.len() > LONGEST {
        return Err(format!("the pattern has {} bytes, and may have {LONGEST}: look for less at once", pattern.len()));
    }
    let mut builder = RegexBuilder::new(pattern);
    builder.case_insensitive(casing == Casing::Ignore).size_limit(LARGEST).nest_limit(DEEPEST);
    builder.build().map_err(|error| {
        let hint = match () {
            () if pattern.contains("(?=")
                || pattern.contains("(?!")
                || pattern.contains("(?<=")
                || pattern.contains("(?<!") =>
            {
                "look-around is not known: match what is around as well, and take a group"
            }
            () if pattern.contains("\\p") => "classes of Unicode are not known: name the letters, such as `[a-zäöü]`",
            () if error.to_string().contains("size limit") => "write smaller counts in `{…}`",
            () => "a `\\` before a sign makes it a plain one",
        };
        format!("`{pattern}` is no pattern: {error}; {hint}")
    })
}

/// Hands every match to `take`, line by line, with the line's number from 0, its place in the text, and the line; until that says no.
///
/// # Errors
/// When too much text was looked at, and those of `take`.
pub fn each(regex: &Regex, text: &str, mut take: impl FnMut(Match<'_>) -> Result<bool, String>) -> Result<(), String> {
    let mut work = 0;
    let mut at = 0;
    for (number, whole) in text.split_inclusive('\n').enumerate() {
        let line = whole.strip_suffix('\n').unwrap_or(whole);
        let line = line.strip_suffix('\r').unwrap_or(line);
        work += line.len();
        for groups in regex.captures_iter(line) {
            let Some(all) = groups.get(0) else { continue };
            work += line.len() - all.start();
            if work > MOST_WORK {
                return Err(
                    "this pattern matches too often in too long lines: pass fewer lines, or a narrower pattern".into(),
                );
            }
            if !take(Match { number, at, line, groups })? {
                return Ok(());
            }
        }
        at += whole.len();
    }
    Ok(())
}

/// A match.
pub struct Match<'t> {
    /// The line's number, from 0.
    pub number: usize,
    /// Where the line begins in the text, in bytes.
    pub at: usize,
    /// The line, without its end.
    pub line: &'t str,
    /// What matched in it.
    pub groups: Captures<'t>,
}
