//! `loket:agent/turn`: what is left of the turn that runs, so that a component comes to an end in time.

use crate::native::Answers;
use async_trait::async_trait;
use loket_kernel::{Call, CallError, Capability, Labels, Provider, Reply};
use loket_values::Interface;
use serde::Serialize;
use std::time::{Duration, Instant};

/// What is left.
pub struct Turn(Answers);

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Rest {
    milliseconds: u64,
    milliseconds_of: u64,
    calls: u32,
    calls_of: u32,
}

impl Turn {
    /// Answers `interface`.
    pub fn new(interface: &Interface) -> Turn {
        Turn(Answers::new(interface))
    }
}

#[async_trait]
impl Provider for Turn {
    fn capability(&self) -> &Capability {
        &self.0.capability
    }

    fn interface(&self) -> &Interface {
        &self.0.interface
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        let limits = &call.turn.limits;
        let rest = Rest {
            milliseconds: milliseconds(call.turn.deadline().saturating_duration_since(Instant::now())),
            milliseconds_of: milliseconds(limits.wall),
            // Calls are numbered in the order in which they come.
            calls: limits.calls.saturating_sub(call.number),
            calls_of: limits.calls,
        };
        self.0.ok(&call, rest, Labels::NONE)
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
