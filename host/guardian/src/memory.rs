//! What `agent.toml` and `loket.toml` say of memory, each in its `[memory]`: in which language it is kept, how much it may hold, when it
//! dreams.

use crate::reader::{Problems, Section};
use loket_registry::name::shown;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::Arc;
use thiserror::Error;

/// How many memories an agent may be given room for.
pub const MEMORIES: RangeInclusive<u32> = 1..=100_000_000;
/// How many MiB of memories an agent may be given room for.
pub const MIB: RangeInclusive<u32> = 1..=1_048_576;
/// After how many minutes without a turn an agent may dream; with 0 it never does.
pub const DREAM_AFTER_MINUTES: RangeInclusive<u32> = 0..=10_080;

/// A language by its tag, `nl` or `de-AT`. Whether memories can be kept in it is for others to say.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LanguageTag(Arc<str>);

/// A text that is no language's tag.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{}` is no tag of a language: write its code, such as `en` or `nl`", shown(.0))]
pub struct LanguageTagError(String);

/// What an agent's manifest says of its memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentMemory {
    /// The language that it speaks with its owner.
    pub language: Option<LanguageTag>,
    /// At most so many memories, where it asks for less than the host allows.
    pub max_memories: Option<u32>,
    /// At most so many MiB of them, where it asks for less than the host allows.
    pub max_mib: Option<u32>,
}

/// What the host's settings say of all agents' memories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostMemory {
    /// The language of agents whose manifests name none.
    pub language: Option<LanguageTag>,
    /// At most so many memories of one agent.
    pub max_memories: u32,
    /// At most so many MiB of them.
    pub max_mib: u32,
    /// An agent that had no turn for so many minutes dreams; with 0 none ever does.
    pub dream_after_minutes: u32,
}

impl Default for HostMemory {
    fn default() -> Self {
        HostMemory { language: None, max_memories: 1_000_000, max_mib: 1024, dream_after_minutes: 30 }
    }
}

impl HostMemory {
    pub(crate) fn read(problems: &mut Problems<'_>, section: Section<'_>) -> HostMemory {
        section.known(problems, &["language", "max_memories", "max_mib", "dream_after_minutes"]);
        let usual = HostMemory::default();
        HostMemory {
            language: language(problems, section),
            max_memories: section.number(problems, "max_memories", MEMORIES).unwrap_or(usual.max_memories),
            max_mib: section.number(problems, "max_mib", MIB).unwrap_or(usual.max_mib),
            dream_after_minutes: section
                .number(problems, "dream_after_minutes", DREAM_AFTER_MINUTES)
                .unwrap_or(usual.dream_after_minutes),
        }
    }

    /// What holds for an agent: its own language, and no more room than the owner allows. A folder that someone drops raises nothing.
    pub fn narrowed(&self, agent: &AgentMemory) -> HostMemory {
        let lower = |most: u32, wish: Option<u32>| wish.map_or(most, |wish| wish.min(most));
        HostMemory {
            language: agent.language.clone().or_else(|| self.language.clone()),
            max_memories: lower(self.max_memories, agent.max_memories),
            max_mib: lower(self.max_mib, agent.max_mib),
            dream_after_minutes: self.dream_after_minutes,
        }
    }
}

impl AgentMemory {
    pub(crate) fn read(problems: &mut Problems<'_>, section: Section<'_>) -> AgentMemory {
        section.known(problems, &["language", "max_memories", "max_mib"]);
        AgentMemory {
            language: language(problems, section),
            max_memories: section.number(problems, "max_memories", MEMORIES),
            max_mib: section.number(problems, "max_mib", MIB),
        }
    }
}

fn language(problems: &mut Problems<'_>, section: Section<'_>) -> Option<LanguageTag> {
    section.string(problems, "language").and_then(|text| text.parse(problems, "language"))
}

impl LanguageTag {
    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LanguageTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for LanguageTag {
    type Err = LanguageTagError;

    fn from_str(text: &str) -> Result<Self, LanguageTagError> {
        let (primary, rest) = text.split_once('-').map_or((text, None), |(primary, rest)| (primary, Some(rest)));
        let is_primary = (2..=8).contains(&primary.len()) && primary.bytes().all(|b| b.is_ascii_alphabetic());
        let is_part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
        if is_primary && text.len() <= 35 && rest.is_none_or(|rest| rest.split('-').all(is_part)) {
            return Ok(LanguageTag(text.into()));
        }
        Err(LanguageTagError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_letters_with_parts_behind_them() {
        for (text, fits) in [
            ("nl", true),
            ("de-AT", true),
            ("zh-Hant-TW", true),
            ("tlh", true),
            ("", false),
            ("n", false),
            ("dutch language", false),
            ("nl-", false),
            ("-nl", false),
            ("nl_NL", false),
            ("n1", false),
            ("../etc", false),
        ] {
            assert_eq!(text.parse::<LanguageTag>().is_ok(), fits, "{text}");
        }
    }

    #[test]
    fn an_agent_chooses_its_language_and_never_more_room_than_the_owner_allows() {
        let tag = |text: &str| text.parse::<LanguageTag>().expect("a tag");
        let host = HostMemory { language: Some(tag("en")), max_memories: 100, max_mib: 10, dream_after_minutes: 30 };
        let agent = AgentMemory { language: Some(tag("nl")), max_memories: Some(1_000), max_mib: Some(1) };
        let narrowed = HostMemory { language: Some(tag("nl")), max_mib: 1, ..host.clone() };
        assert_eq!(host.narrowed(&agent), narrowed);
        assert_eq!(host.narrowed(&AgentMemory::default()), host);
    }
}
