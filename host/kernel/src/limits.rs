//! What one call may use.

use std::time::Duration;

/// The limits of a call and of the instance that serves it. All are hard: passing one ends the call with `exhausted`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory of one instance, all of its memories together, in bytes.
    pub memory: usize,
    /// Linear memory of all instances of the host together, in bytes.
    pub total_memory: usize,
    /// Elements of its tables, together.
    pub table_elements: usize,
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

impl Default for Limits {
    fn default() -> Self {
        Limits {
            memory: 64 << 20,
            total_memory: 2 << 30,
            table_elements: 20_000,
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
