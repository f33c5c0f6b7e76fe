//! A regular expression that a stranger may have written: bounded in size, and in the work on each line.

use crate::words::shown;
use crate::{Casing, Error};
use regex::bytes::{Regex, RegexBuilder};
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::{Input, util::syntax};
use std::ops::Range;

/// The longest pattern, in bytes.
pub const LONGEST: usize = 1_000;
/// How large one may become, in bytes.
const SIZE: usize = 1 << 20;
/// How deep its groups may lie in each other.
const DEEPEST: u32 = 50;
/// The memory of the fast engine, in bytes; how often it is emptied before the engine may give up on a line, and how many bytes each of
/// its states has to be good for.
const CACHE: (usize, usize, usize) = (1 << 20, 3, 10);
/// How much more work a byte is that the fast engine gave up on.
const SLOW: usize = 32;

/// A pattern.
///
/// Two engines with one meaning: the fast one does a fixed amount of work for a byte, and gives up where it cannot; the other one takes
/// everything, and may do as much work for a byte as the pattern is large.
#[derive(Debug)]
pub struct Pattern {
    fast: Option<(DFA, Cache)>,
    whole: Regex,
}

impl Pattern {
    /// Reads one.
    ///
    /// # Errors
    /// `invalid` for what is none.
    pub fn read(pattern: &str, casing: Casing) -> Result<Pattern, Error> {
        let invalid = |why: &str| Error::Invalid(format!("{} is no pattern to search for: {why}", shown(pattern)));
        match pattern.len() {
            0 => return Err(invalid("it is empty, and fits every line; `read` gives all of them")),
            1..=LONGEST => {}
            size => return Err(invalid(&format!("it has {size} bytes, and {LONGEST} are the most"))),
        }
        let ignore = casing == Casing::Ignore;
        let whole = RegexBuilder::new(pattern)
            .case_insensitive(ignore)
            .size_limit(SIZE)
            .dfa_size_limit(SIZE)
            .nest_limit(DEEPEST)
            .build()
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => invalid("it is too large when it is compiled: repeat less in it"),
                other => invalid(&format!("{}; put a `\\` before a sign that is meant as it stands", reason(&other))),
            })?;
        Ok(Pattern { fast: fast(pattern, ignore), whole })
    }

    /// Whether a line fits, and how much work it was: 1 for each byte, or more.
    pub fn fits(&mut self, line: &[u8]) -> (bool, usize) {
        let work = line.len() + 1;
        let quick = self.fast.as_mut().map(|(engine, cache)| {
            engine.try_search_fwd(cache, &Input::new(line).earliest(true)).map(|found| found.is_some())
        });
        match quick {
            Some(Ok(fits)) => (fits, work),
            _ => (self.whole.is_match(line), work.saturating_mul(SLOW)),
        }
    }

    /// Where in a line it fits first.
    pub fn place(&self, line: &[u8]) -> Option<Range<usize>> {
        self.whole.find(line).map(|found| found.range())
    }
}

/// The fast engine, where the pattern suits it.
fn fast(pattern: &str, ignore: bool) -> Option<(DFA, Cache)> {
    let (memory, emptied, worth) = CACHE;
    let engine = DFA::builder()
        .syntax(syntax::Config::new().utf8(false).case_insensitive(ignore).nest_limit(DEEPEST))
        .thompson(thompson::Config::new().utf8(false).nfa_size_limit(Some(SIZE)))
        .configure(
            DFA::config()
                // It gives up on lines that are not ASCII, where these matter.
                .unicode_word_boundary(true)
                .cache_capacity(memory)
                .minimum_cache_clear_count(Some(emptied))
                .minimum_bytes_per_state(Some(worth)),
        )
        .build(pattern)
        .ok()?;
    let cache = engine.create_cache();
    Some((engine, cache))
}

/// The last line of what is said of a pattern: the first ones draw it.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}
