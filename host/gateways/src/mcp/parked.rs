//! Calls that wait between two requests, because their client's user is asked something: a bounded number, not for long, and not without the
//! token by which they came.

use super::calling::Running;
use crate::access::Visitor;
use rand::Rng as _;
use rmcp::model::{CallToolResult, GetPromptResult};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio_util::task::AbortOnDropHandle;

/// The most calls, and the most of one client.
const MOST: usize = 128;
const MOST_OF_ONE: usize = 16;
/// How long one waits: then its turn ends.
const KEPT: Duration = super::approving::PATIENCE;

/// All that waits.
#[derive(Default)]
pub(super) struct Waiting {
    /// Calls of tools.
    pub(super) tools: Arc<Parking<CallToolResult>>,
    /// Prompts that are written out.
    pub(super) prompts: Arc<Parking<GetPromptResult>>,
}

/// Calls of one kind.
pub(super) struct Parking<T>(Mutex<HashMap<String, Parked<T>>>);

impl<T> Default for Parking<T> {
    fn default() -> Self {
        Parking(Mutex::default())
    }
}

struct Parked<T> {
    who: String,
    /// What binds the call to its request.
    print: String,
    call: Running<T>,
    /// Ends it when its time is over, or its client is gone.
    _end: AbortOnDropHandle<()>,
}

impl<T: Send + 'static> Parking<T> {
    /// Keeps a call; answers with its name, or gives it back where there is no room.
    pub(super) fn put(
        self: &Arc<Self>,
        visitor: &Visitor,
        print: &str,
        call: Running<T>,
    ) -> Result<String, Box<Running<T>>> {
        let who = visitor.caller.name.clone();
        let mut all = self.all();
        let own = all.values().filter(|parked| parked.who == who).count();
        if all.len() >= MOST || own >= MOST_OF_ONE {
            return Err(Box::new(call));
        }
        let mut name = [0_u8; 16];
        rand::rng().fill_bytes(&mut name);
        let name = hex::encode(name);
        let (parking, visitor, leaving) = (Arc::downgrade(self), visitor.clone(), name.clone());
        let end = tokio::spawn(async move {
            tokio::select! {
                () = tokio::time::sleep(KEPT) => {}
                () = visitor.gone() => {}
            }
            if let Some(parking) = parking.upgrade() {
                let gone = parking.all().remove(&leaving);
                drop(gone);
            }
        });
        let parked = Parked { who, print: print.to_owned(), call, _end: AbortOnDropHandle::new(end) };
        all.insert(name.clone(), parked);
        Ok(name)
    }

    /// Takes a call up again: for whoever began it, with the same request.
    pub(super) fn take(&self, name: &str, who: &str, print: &str) -> Option<Running<T>> {
        let mut all = self.all();
        all.get(name).filter(|parked| parked.who == who && parked.print == print)?;
        all.remove(name).map(|parked| parked.call)
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Parked<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
