//! `[limits]`: what a call, a turn and all instances together may use at most.

use crate::manifest::{AgentLimits, CALLS, MEMORY_MIB, ROUNDS, SECONDS};
use crate::reader::{Problems, Section};
use std::ops::RangeInclusive;

/// What instances may take of the engines' memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostSpace {
    /// MiB of memory of one instance.
    pub memory_mib: u32,
    /// Elements of one instance's tables, together.
    pub table_elements: u32,
    /// MiB of memory of all instances together.
    pub total_memory_mib: u32,
}

/// What a call and a turn may use at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostLimits {
    /// Rounds of thinking and tool calls in one turn.
    pub rounds: u32,
    /// Seconds that one turn may take, waiting included.
    pub seconds: u32,
    /// Seconds that one call may use a processor.
    pub cpu_seconds: u32,
    /// Core instances that one component may be made of.
    pub instances: u32,
    /// Principals in a chain.
    pub depth: u32,
    /// Calls in one turn.
    pub calls: u32,
    /// KiB of one call's arguments.
    pub argument_kib: u32,
    /// KiB of one call's result.
    pub result_kib: u32,
    /// KiB of events that one turn may emit.
    pub events_kib: u32,
    /// Turns that run at once, of all agents together.
    pub turns: u32,
    /// Turns of one agent that run at once.
    pub agent_turns: u32,
    /// Turns of one agent that wait until they may run.
    pub agent_waiting: u32,
    /// Turns that one agent may begin in a minute.
    pub agent_turns_a_minute: u32,
    /// Seconds that running turns have to come to their end when the host is told to stop.
    pub stop_seconds: u32,
}

/// What an agent's turn may use: the host's limits, lowered where the agent asks for less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TurnLimits {
    /// Rounds of thinking and tool calls.
    pub rounds: u32,
    /// Seconds, waiting included.
    pub seconds: u32,
    /// Calls.
    pub calls: u32,
}

/// A key with its bounds, and its value.
type Field<'f> = (&'static str, RangeInclusive<u32>, &'f mut u32);

impl Default for HostSpace {
    fn default() -> Self {
        HostSpace { memory_mib: 64, table_elements: 20_000, total_memory_mib: 2048 }
    }
}

impl Default for HostLimits {
    fn default() -> Self {
        HostLimits {
            rounds: 16,
            seconds: 60,
            cpu_seconds: 10,
            instances: 200,
            depth: 12,
            calls: 10_000,
            argument_kib: 2048,
            result_kib: 2048,
            events_kib: 4096,
            turns: 512,
            agent_turns: 8,
            agent_waiting: 64,
            agent_turns_a_minute: 6000,
            stop_seconds: 20,
        }
    }
}

impl HostSpace {
    /// What an agent's instances may take. A manifest can only lower what the owner allows: a folder that someone drops raises nothing.
    pub fn narrowed(&self, agent: &AgentLimits) -> HostSpace {
        HostSpace { memory_mib: lower(self.memory_mib, agent.memory_mib), ..*self }
    }

    /// Each of its keys in `[limits]`.
    pub(super) fn fields(&mut self) -> [Field<'_>; 3] {
        [
            ("memory_mib", MEMORY_MIB, &mut self.memory_mib),
            ("table_elements", 1..=10_000_000, &mut self.table_elements),
            ("total_memory_mib", 16..=1_048_576, &mut self.total_memory_mib),
        ]
    }
}

impl HostLimits {
    /// What an agent's turn may use. A manifest can only lower what the owner allows.
    pub fn narrowed(&self, agent: &AgentLimits) -> TurnLimits {
        TurnLimits {
            rounds: lower(self.rounds, agent.rounds),
            seconds: lower(self.seconds, agent.seconds),
            calls: lower(self.calls, agent.calls),
        }
    }

    /// Each of its keys in `[limits]`.
    pub(super) fn fields(&mut self) -> [Field<'_>; 14] {
        [
            ("rounds", ROUNDS, &mut self.rounds),
            ("seconds", SECONDS, &mut self.seconds),
            ("cpu_seconds", SECONDS, &mut self.cpu_seconds),
            ("instances", 1..=1000, &mut self.instances),
            ("depth", 2..=64, &mut self.depth),
            ("calls", CALLS, &mut self.calls),
            ("argument_kib", 1..=65_536, &mut self.argument_kib),
            ("result_kib", 1..=65_536, &mut self.result_kib),
            ("events_kib", 1..=65_536, &mut self.events_kib),
            ("turns", 1..=10_000, &mut self.turns),
            ("agent_turns", 1..=10_000, &mut self.agent_turns),
            ("agent_waiting", 1..=10_000, &mut self.agent_waiting),
            ("agent_turns_a_minute", 1..=1_000_000, &mut self.agent_turns_a_minute),
            ("stop_seconds", 0..=3600, &mut self.stop_seconds),
        ]
    }
}

fn lower(most: u32, wish: Option<u32>) -> u32 {
    wish.map_or(most, |wish| wish.min(most))
}

/// Reads `[limits]`.
pub(super) fn read(problems: &mut Problems<'_>, section: Section<'_>) -> (HostSpace, HostLimits) {
    let (mut space, mut limits) = (HostSpace::default(), HostLimits::default());
    let fields: Vec<Field<'_>> = space.fields().into_iter().chain(limits.fields()).collect();
    section.known(problems, &fields.iter().map(|(key, ..)| *key).collect::<Vec<_>>());
    for (key, bounds, field) in fields {
        if let Some(number) = section.number(problems, key, bounds) {
            *field = number;
        }
    }
    (space, limits)
}
