//! What one call may use: how much of the engines' memory, which is laid out once, and for how long and for what besides, which each turn is
//! told when it begins.

use std::time::Duration;

/// The limits of a turn, of its calls and of the instances that serve them. All are hard: passing one ends the call with `exhausted`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Core instances, memories and tables that one component may be made of.
    pub instances: usize,
    /// Time on a processor.
    pub cpu: Duration,
    /// Time on the wall, waiting included. A turn's own deadline ends its calls earlier.
    pub wall: Duration,
    /// Principals in a chain.
    pub depth: usize,
    /// The arguments of one call, in bytes.
    pub argument: usize,
    /// The result of one call, in bytes.
    pub result: usize,
    /// Calls in one turn.
    pub calls: u32,
    /// Bytes of events that one turn may emit.
    pub events: u64,
}

/// What instances may take of the engines' memory. The pool's slots are made for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Linear memory of one instance, all of its memories together, in bytes.
    pub memory: usize,
    /// Elements of its tables, together.
    pub table_elements: usize,
    /// Linear memory of all instances of the host together, in bytes.
    pub total_memory: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            instances: 200,
            cpu: Duration::from_secs(10),
            wall: Duration::from_secs(60),
            depth: 12,
            argument: 2 << 20,
            result: 2 << 20,
            calls: 10_000,
            events: 4 << 20,
        }
    }
}

impl Default for Space {
    fn default() -> Self {
        Space { memory: 64 << 20, table_elements: 20_000, total_memory: 2 << 30 }
    }
}
