//! Who is asked when a grant says `ask`.
//!
//! The call waits at the counter, before its intent is written: nothing of it has happened when the owner is asked. How the owner is reached
//! is for the host to know; the kernel only waits, and looks at the grants again afterwards.

use crate::call::Call;
use crate::counter::Counter;
use crate::fault::{CallError, Refusal};
use async_trait::async_trait;
use loket_values::{Function, Value};

/// A call that may be made only if the owner says yes to it.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'c> {
    /// The call, with its number; nothing but that yes is missing.
    pub call: &'c Call,
    /// The function, with its types.
    pub function: &'c Function,
    /// Whose grant says so.
    pub refusal: &'c Refusal,
}

/// Asks the owner.
#[async_trait]
pub trait Approver: Send + Sync {
    /// Asks whether a call may be made, and waits for the answer; it says how long at most. Dropping the future withdraws the question.
    ///
    /// A yes is for this very call. It may come with other arguments, which fit the function's types.
    ///
    /// # Errors
    /// `denied` when the owner said no; `needs-approval` when nobody answered, or nobody could be asked.
    async fn ask(&self, counter: &Counter, ask: Ask<'_>) -> Result<Option<Vec<Value>>, CallError>;
}
