//! A memory, as far as it is shown, and how.

use crate::cli::plain;
use crate::cli::screen::{BOLD, DIM, Screen, state};
use anstyle::Style;
use clap::ValueEnum;
use serde::Deserialize;
use std::io;

/// The kinds of memories.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Kind {
    /// A statement that is held to be true
    Fact,
    /// Something that happened
    Episode,
    /// What went wrong, and what is right instead
    Lesson,
    /// A procedure that worked
    Skill,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Fact => "fact",
            Self::Episode => "episode",
            Self::Lesson => "lesson",
            Self::Skill => "skill",
        }
    }

    pub(super) fn names(kinds: &[Self]) -> Vec<&'static str> {
        kinds.iter().map(|kind| kind.name()).collect()
    }
}

/// A memory.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) text: String,
    pub(super) tags: Vec<String>,
    conversation: Option<String>,
    pub(super) written: u64,
    source: Source,
    also: Vec<Source>,
    labels: Vec<String>,
    corrects: Option<String>,
    standing: Standing,
    pub(super) strength: u32,
    pinned: bool,
    pub(super) used: u32,
    last_used: Option<u64>,
    faded: u8,
    pub(super) lesson: Option<Lesson>,
    steps: Vec<Step>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Lesson {
    pub(super) right: String,
    pub(super) wrong: String,
}

#[derive(Debug, Deserialize)]
struct Source {
    turn: String,
    chain: String,
    package: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Standing {
    Current,
    Superseded(String),
}

#[derive(Debug, Deserialize)]
struct Step {
    tool: String,
    arguments: String,
    outcome: String,
}

/// Id, day and kind on one line, the words below.
pub(super) fn show(screen: &mut Screen, entry: &Entry) -> io::Result<()> {
    head(screen, entry)?;
    screen.wrapped(2, &plain::excerpt(&entry.text, 300))
}

fn head(screen: &mut Screen, entry: &Entry) -> io::Result<()> {
    let day = format!("  {}  {}", screen.day(entry.written), entry.kind);
    let pinned = if entry.pinned { "  pinned" } else { "" };
    let mut parts = vec![(BOLD, entry.id.as_str()), (Style::new(), &day), (Style::new(), pinned)];
    if matches!(entry.standing, Standing::Superseded(_)) {
        parts.push((state("superseded"), "  superseded"));
    }
    screen.parts(&parts)
}

/// All of it, and where it came from.
pub(super) fn show_whole(screen: &mut Screen, entry: &Entry) -> io::Result<()> {
    head(screen, entry)?;
    screen.wrapped(2, &entry.text)?;
    for (at, step) in entry.steps.iter().enumerate() {
        screen.wrapped(4, &plain::excerpt(&format!("{}. {} {}", at + 1, step.tool, step.arguments), 300))?;
        screen.wrapped(7, &plain::excerpt(&step.outcome, 300))?;
    }
    for (name, value) in facts(screen, entry) {
        screen.parts(&[(DIM, &format!("  {name:<13}")), (Style::new(), &value)])?;
    }
    Ok(())
}

fn facts(screen: &Screen, entry: &Entry) -> Vec<(&'static str, String)> {
    let list = |words: &[String]| if words.is_empty() { "none".to_owned() } else { words.join(", ") };
    let standing = match &entry.standing {
        Standing::Current => "counts".to_owned(),
        Standing::Superseded(by) => format!("superseded by {by}"),
    };
    let used = match (entry.used, entry.last_used) {
        (0, _) => "never".to_owned(),
        (times, Some(last)) => format!("{}, last {}", super::when::times(times), screen.day(last)),
        (times, None) => super::when::times(times),
    };
    let mut facts = vec![("standing", standing), ("strength", entry.strength.to_string()), ("used", used)];
    facts.extend((entry.faded > 0).then(|| ("faded", format!("{} of 4", entry.faded))));
    facts.extend(entry.corrects.clone().map(|id| ("corrects", id)));
    facts.extend(entry.conversation.clone().map(|id| ("conversation", id)));
    facts.push(("tags", list(&entry.tags)));
    facts.push(("labels", list(&entry.labels)));
    facts.push(("written by", entry.source.chain.clone()));
    facts.extend(entry.source.package.clone().map(|package| ("package", package)));
    facts.push(("turn", entry.source.turn.clone()));
    facts.extend(entry.also.iter().map(|source| ("said again", format!("{}, turn {}", source.chain, source.turn))));
    facts
}
