//! An agent's `agent.toml`: what it runs, who it is, what it wants. What it may do is not written there.

use crate::budget::Budget;
use crate::capability::CapabilityName;
use crate::fallback::Fallback;
use crate::memory::AgentMemory;
use crate::models::ModelChoice;
use crate::reader::{Problems, Section, Text, read};
use crate::report::Report;
use crate::schedule::{self, Schedule};
use loket_registry::PackageReq;
use loket_registry::name::shown;
use std::fmt;
use std::ops::RangeInclusive;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use thiserror::Error;

/// The name of an agent's manifest in its folder.
pub const MANIFEST_FILE: &str = "agent.toml";
/// The name of the persona's file where the manifest names none. It may be missing.
pub const DEFAULT_PERSONA: &str = "persona.md";
/// The model of an agent that names none.
pub const DEFAULT_MODEL: &str = "loket:offline";
/// How many characters an agent's name may have.
pub const MAX_AGENT_NAME: usize = 64;
/// How many capabilities a manifest may want.
pub const MAX_WANTS: usize = 100;

/// How many rounds of thinking and tool calls a turn may be given.
pub const ROUNDS: RangeInclusive<u32> = 1..=100;
/// How many seconds a turn may be given.
pub const SECONDS: RangeInclusive<u32> = 1..=3600;
/// How many MiB of memory an instance may be given.
pub const MEMORY_MIB: RangeInclusive<u32> = 1..=4096;
/// How many calls a turn may be given.
pub const CALLS: RangeInclusive<u32> = 1..=100_000;

/// An agent's name, which is also its folder's: words of lower-case letters and digits, joined by single hyphens.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AgentName(Arc<str>);

/// A text that is no agent's name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{}` is no name for an agent: write at most {MAX_AGENT_NAME} lower-case letters and digits in kebab case, such as `my-scout`, beginning with a letter", shown(.0))]
pub struct AgentNameError(String);

/// What an `agent.toml` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentManifest {
    /// What it runs: the newest version that would do.
    pub package: PackageReq,
    /// What it thinks with.
    pub model: ModelChoice,
    /// What it thinks with when that cannot answer.
    pub fallback: Fallback,
    /// Where it asks for less than the host's budget.
    pub budget: Budget,
    /// Who it is: a file in its folder. `None` means [`DEFAULT_PERSONA`], if that is there.
    pub persona: Option<PathBuf>,
    /// What it would like to be granted, each at most once. It gives it nothing.
    pub wants: Vec<CapabilityName>,
    /// Where it asks for less than the host's limits.
    pub limits: AgentLimits,
    /// How its memory is kept.
    pub memory: AgentMemory,
    /// What it is told by itself, and when.
    pub schedules: Vec<Schedule>,
}

/// The limits that an agent sets itself. The host's hold too: see [`crate::HostLimits::narrowed`] and [`crate::HostSpace::narrowed`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AgentLimits {
    /// Rounds of thinking and tool calls in one turn.
    pub rounds: Option<u32>,
    /// Seconds that one turn may take.
    pub seconds: Option<u32>,
    /// MiB of memory of one instance.
    pub memory_mib: Option<u32>,
    /// Calls in one turn.
    pub calls: Option<u32>,
}

impl AgentManifest {
    /// Reads a manifest's text; `file` is what messages call it.
    ///
    /// # Errors
    /// With every problem, its line and what to do about it.
    pub fn parse(file: &str, text: &str) -> Result<AgentManifest, Report> {
        read(file, text, "an agent's manifest", |problems, root| {
            let known = ["package", "model", "fallback", "budget", "persona", "wants", "limits", "memory", "schedules"];
            root.known(problems, &known);
            root.needs(problems, "package", "\"loket:assistant\"");
            let package = root.string(problems, "package").and_then(|text| text.parse(problems, "package"));
            let model = match root.string(problems, "model") {
                Some(text) => text.parse(problems, "model"),
                None => DEFAULT_MODEL.parse().ok(),
            };
            let fallback =
                root.section(problems, "fallback").map(|section| Fallback::read(problems, section, model.as_ref()));
            let budget = root.section(problems, "budget");
            let budget = budget.map(|section| Budget::read(problems, section, &["tokens_a_day", "money_a_day"]));
            let persona = root.string(problems, "persona").and_then(|text| persona(problems, text));
            let wants = wants(problems, root);
            let limits = root.section(problems, "limits").map(|section| limits(problems, section));
            let memory = root.section(problems, "memory").map(|section| AgentMemory::read(problems, section));
            let schedules = schedule::read(problems, root);
            Some(AgentManifest {
                package: package?,
                model: model?,
                fallback: fallback.unwrap_or_default(),
                budget: budget.unwrap_or_default(),
                persona,
                wants,
                limits: limits.unwrap_or_default(),
                memory: memory.unwrap_or_default(),
                schedules,
            })
        })
    }
}

fn persona(problems: &mut Problems<'_>, text: Text<'_>) -> Option<PathBuf> {
    let path = Path::new(text.value);
    let parts: Option<Vec<&str>> = path
        .components()
        .filter(|part| *part != Component::CurDir)
        .map(|part| match part {
            Component::Normal(part) => {
                part.to_str().filter(|part| !part.contains(['\\', ':']) && !part.contains(char::is_control))
            }
            _ => None,
        })
        .collect();
    let shown = shown(text.value);
    let next = format!("write the name of a file in the agent's folder, such as `{DEFAULT_PERSONA}`");
    match parts.as_deref() {
        // What the agent may write itself must not say who it is, and its memory is nobody's text.
        Some(["brain" | "workspace", ..]) => {
            problems.tell(
                text.line,
                format!("`persona` is `{shown}`, and `brain` and `workspace` are the agent's own"),
                next,
            );
            None
        }
        Some(parts @ [_, ..]) if text.value.len() <= 255 && !text.value.ends_with('/') => Some(parts.iter().collect()),
        _ => {
            problems.tell(
                text.line,
                format!("`persona` is `{shown}`, which does not stay in the agent's folder"),
                next,
            );
            None
        }
    }
}

fn wants(problems: &mut Problems<'_>, root: Section<'_>) -> Vec<CapabilityName> {
    let mut wants: Vec<CapabilityName> = Vec::new();
    for text in root.strings(problems, "wants", MAX_WANTS, false).unwrap_or_default() {
        match text.parse(problems, "wants") {
            Some(want) if wants.contains(&want) => {
                problems.tell(text.line, format!("`wants` names `{want}` twice"), format!("take one `{want}` out"));
            }
            want => wants.extend(want),
        }
    }
    wants
}

fn limits(problems: &mut Problems<'_>, section: Section<'_>) -> AgentLimits {
    section.known(problems, &["rounds", "seconds", "memory_mib", "calls"]);
    AgentLimits {
        rounds: section.number(problems, "rounds", ROUNDS),
        seconds: section.number(problems, "seconds", SECONDS),
        memory_mib: section.number(problems, "memory_mib", MEMORY_MIB),
        calls: section.number(problems, "calls", CALLS),
    }
}

impl AgentName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AgentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for AgentName {
    type Err = AgentNameError;

    fn from_str(text: &str) -> Result<Self, AgentNameError> {
        let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
        if begins && text.len() <= MAX_AGENT_NAME && text.split('-').all(word) {
            return Ok(AgentName(text.into()));
        }
        Err(AgentNameError(text.to_owned()))
    }
}
