//! `loket:events/emit`: what streams out of a running call, to whoever watches its turn.

use crate::native::Answers;
use async_trait::async_trait;
use loket_kernel::{Call, CallError, Capability, Labels, Provider, Reply};
use loket_values::Interface;

/// The largest event, in bytes.
const MOST: usize = 64 << 10;

/// Events, as components emit them.
pub struct Emit(Answers);

impl Emit {
    /// Answers `interface`.
    pub fn new(interface: &Interface) -> Emit {
        Emit(Answers::new(interface))
    }
}

#[async_trait]
impl Provider for Emit {
    fn capability(&self) -> &Capability {
        &self.0.capability
    }

    fn interface(&self) -> &Interface {
        &self.0.interface
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        if let [event] = &call.args[..] {
            let size = event.size();
            if size > MOST {
                return Err(CallError::Invalid(format!(
                    "an event may have {MOST} bytes, this one has {size}; emit it in parts"
                )));
            }
            call.turn.emit(event.clone())?;
        }
        self.0.ok(&call, (), Labels::NONE)
    }
}
