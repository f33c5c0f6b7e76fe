//! What all native providers do: arguments in, results out, blocking work off the executor.

use loket_kernel::{Call, CallError, Capability, Labels, Reply};
use loket_values::json::{decode_args, encode};
use loket_values::{Function, Interface};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// An interface that native code answers.
pub(crate) struct Answers {
    pub(crate) capability: Capability,
    pub(crate) interface: Interface,
}

impl Answers {
    pub(crate) fn new(interface: &Interface) -> Answers {
        let name = interface.name.as_ref().map(|n| format!("{}/{}", n.package, n.interface)).unwrap_or_default();
        Answers { capability: Capability::host(&name), interface: interface.clone() }
    }

    /// The function that is called. The counter has checked that there is one.
    pub(crate) fn function(&self, call: &Call) -> Result<&Function, CallError> {
        self.interface
            .function(&call.function)
            .ok_or_else(|| CallError::NotFound(format!("`{}` has no function `{}`", self.capability, call.function)))
    }

    /// The arguments as a Rust type: a tuple, or a struct by parameter name.
    pub(crate) fn args<T: DeserializeOwned>(&self, call: &Call) -> Result<T, CallError> {
        decode_args(&call.args, self.function(call)?).map_err(|e| CallError::Invalid(e.to_string()))
    }

    /// A result that is `Ok`, for functions that answer `result<_, error>`.
    pub(crate) fn ok<T: Serialize>(&self, call: &Call, value: T, labels: Labels) -> Result<Reply, CallError> {
        self.reply(call, &Ok::<T, ()>(value), labels)
    }

    /// A result as it is.
    pub(crate) fn reply<T: Serialize>(&self, call: &Call, value: &T, labels: Labels) -> Result<Reply, CallError> {
        let value = self.function(call)?.result.as_ref().map(|ty| encode(value, ty)).transpose();
        let value =
            value.map_err(|e| CallError::Failed(format!("the host's answer does not fit its contract: {e}")))?;
        Ok(Reply { value, labels })
    }
}

/// Runs work that blocks (a database, an index) where it holds nobody up.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CallError> + Send + 'static,
) -> Result<T, CallError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|e| Err(CallError::Failed(format!("a provider's work broke off: {e}"))))
}
