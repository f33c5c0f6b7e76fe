//! WASI that is linked natively, for components that were not written for Loket: files, HTTP, sockets, key-value.
//!
//! Its functions use handles and go straight into the linker, so they cannot pass the counter one by one. The *instantiation* passes it in
//! their place (DESIGN §3.1): before an instance is made, it asks at the counter to be linked, once for each such capability. Grants, terms,
//! limits, labels and the ledger apply to that call as to any other, and what the provider leaves in the call's [`Held`] is all that the
//! instance gets. While it runs, each change of the grants is held against those calls: one that would be refused now, or that has other
//! terms now, ends the instance.

use crate::call::{Call, Capability};
use crate::counter::Counter;
use crate::fault::{CallError, Refusal};
use crate::held::Held;
use crate::program::Console;
use crate::provider::Provider;
use crate::state::{Door, State};
use crate::terms::AllTerms;
use crate::turn::Turn;
use crate::wasi::Sealed;
use async_trait::async_trait;
use loket_values::{Docs, Function, Interface, InterfaceName};
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::watch;
use wasmtime::component::Linker;
use wasmtime_wasi::WasiCtxBuilder;

/// The one function of such a capability: what an instance asks before it is made.
pub const LINK: &str = "link";

/// A capability of the host whose functions are linked natively.
///
/// As a [`Provider`] it answers the call of [`LINK`]: it reads the call's terms, and leaves in its [`Held`] what they permit.
#[async_trait]
pub trait Native: Provider {
    /// Puts one of its interfaces into a linker. What these functions may do, they find in [`State::own`]; nothing, where nothing was put
    /// there.
    ///
    /// # Errors
    /// When it has no such interface, or the linker has it already.
    fn link(&self, interface: &InterfaceName, linker: &mut Linker<State>) -> wasmtime::Result<()>;

    /// Gives an instance what its call has left.
    ///
    /// # Errors
    /// When that cannot be used any more: a folder that is gone.
    fn equip(&self, instance: &mut Equipment<'_>) -> Result<(), CallError>;

    /// Keeps what the turn has seen with what the instance may write: asked for before it runs, when it was linked to all that it may bring
    /// something in by, and when it has ended.
    ///
    /// # Errors
    /// When that cannot be kept.
    async fn settle(&self, _held: &Held, _turn: &Turn) -> Result<(), CallError> {
        Ok(())
    }
}

/// The border of a native capability at the counter: its one function.
pub fn interface(name: InterfaceName) -> Interface {
    let docs = Docs("Link it to an instance that is about to be made.".into());
    let link = Function { name: LINK.into(), params: Vec::new(), result: None, docs };
    Interface { name: Some(name), functions: vec![link], unsupported: None, docs: Docs::default() }
}

/// What an instance is made with.
pub struct Equipment<'a> {
    /// What its calls have left.
    pub held: &'a Held,
    /// In which turn it runs.
    pub turn: &'a Arc<Turn>,
    /// Its WASI.
    pub wasi: &'a mut WasiCtxBuilder,
    /// What natively linked functions find in their store.
    pub own: &'a mut Own,
}

/// What natively linked functions keep in a store, each capability under a type of its own.
#[derive(Default)]
pub struct Own(HashMap<TypeId, Box<dyn Any + Send>>);

impl Own {
    /// Puts something there, in place of what was.
    pub fn put<T: Send + 'static>(&mut self, value: T) {
        self.0.insert(TypeId::of::<T>(), Box::new(value));
    }

    /// What is there; the default, where nothing was put: so the default must be what permits nothing.
    pub fn get<T: Default + Send + 'static>(&mut self) -> &mut T {
        let mine = self.0.entry(TypeId::of::<T>()).or_insert_with(|| Box::new(T::default()));
        mine.downcast_mut().expect("it was put there under its own type")
    }
}

/// A native capability as a unit has it.
#[derive(Clone)]
pub struct NativeLink {
    /// What is linked.
    pub native: Arc<dyn Native>,
    /// The interfaces that the component imports of it.
    pub imports: Vec<InterfaceName>,
    /// Whether the component may run without a grant: there is nothing behind these imports then.
    pub sealed: bool,
}

/// What a running instance was linked to, and must stay granted.
pub(crate) struct Links {
    counter: Arc<Counter>,
    calls: Vec<Linked>,
    asked: Vec<Arc<dyn Native>>,
    changes: watch::Receiver<()>,
}

/// A call that linked something.
struct Linked {
    call: Call,
    /// The terms that it had.
    terms: AllTerms,
    /// Whether the owner was asked about it.
    asked: bool,
}

/// Asks at the counter for each native link of an instance, and equips it with what was answered; and with a console, if it is a program.
pub(crate) async fn open(
    links: &[NativeLink],
    state: &mut State,
    console: Option<&mut Console>,
) -> Result<Option<Links>, CallError> {
    let counter = match state.door.clone() {
        Door::Counter(counter) if !links.is_empty() => counter,
        Door::Recording(recording) if recording.is_linked_natively() => {
            return Err(CallError::Failed(
                "what a natively linked component did to files and networks is not recorded, so its turn cannot be run again".into(),
            ));
        }
        // Nothing is behind what it imports.
        Door::Counter(_) | Door::Recording(_) => {
            if let Some(console) = console {
                let sealed = Sealed::with(state, |wasi| {
                    console.connect(wasi);
                    Ok::<_, CallError>(())
                })?;
                state.equip(sealed, Own::default());
            }
            return Ok(None);
        }
    };
    // Before the first call, so that no change goes unseen.
    let mut open = Links { changes: counter.grants.changes(), counter, calls: Vec::new(), asked: Vec::new() };
    for link in links {
        let capability = link.native.capability();
        if link.sealed && !open.counter.grants.allows(state.chain.last(), capability, LINK) {
            continue;
        }
        let call = request(state, capability);
        // The terms that the call is about to have: where a change comes between, they differ from then on, and the instance ends.
        let asked = matches!(open.counter.grants.check(&call), Err(CallError::NeedsApproval(_)));
        let terms = open.counter.grants.check_as(&call, asked).map(|passed| passed.terms).unwrap_or_default();
        open.counter.call(call.clone()).await?;
        open.calls.push(Linked { call, terms, asked });
        open.asked.push(link.native.clone());
    }
    open.settle().await?;
    let mut own = Own::default();
    let sealed = Sealed::with(state, |wasi| {
        if let Some(console) = console {
            console.connect(wasi);
        }
        let mut equipment = Equipment { held: &state.held, turn: &state.turn, wasi, own: &mut own };
        open.asked.iter().try_for_each(|native| native.equip(&mut equipment))
    })?;
    state.equip(sealed, own);
    Ok((!open.calls.is_empty()).then_some(open))
}

fn request(state: &State, capability: &Capability) -> Call {
    Call {
        chain: state.chain.clone(),
        capability: capability.clone(),
        function: LINK.into(),
        args: Vec::new(),
        turn: state.turn.clone(),
        parent: state.call,
        terms: AllTerms::new(),
        held: state.held.clone(),
        number: 0,
    }
}

impl Links {
    async fn settle(&self) -> Result<(), CallError> {
        let Some(Linked { call, .. }) = self.calls.first() else { return Ok(()) };
        for native in &self.asked {
            native.settle(&call.held, &call.turn).await?;
        }
        Ok(())
    }

    /// The instance has ended.
    pub(crate) async fn close(mut self) -> Result<(), CallError> {
        let settled = self.settle().await;
        self.asked.clear();
        settled
    }

    /// Waits until the grants say something else about one of the links than they did; answers why the instance must end.
    pub(crate) async fn broken(&mut self) -> CallError {
        loop {
            if self.changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
            for Linked { call, terms, asked } in &self.calls {
                match self.counter.grants.check_as(call, *asked) {
                    Err(error) => return error,
                    Ok(passed) if passed.terms != *terms => return changed(call),
                    Ok(_) => {}
                }
            }
        }
    }
}

/// The grant is still there, and says something else: the instance has what it said before.
fn changed(call: &Call) -> CallError {
    CallError::Denied(Refusal {
        capability: call.capability.to_string(),
        function: call.function.to_string(),
        reason: format!(
            "the owner changed what `{}` may do with `{}` while it ran",
            call.chain.last(),
            call.capability
        ),
        remedy: "call it again".into(),
    })
}

/// An instance that is cut off has ended, too.
impl Drop for Links {
    fn drop(&mut self) {
        let (asked, calls) = (std::mem::take(&mut self.asked), std::mem::take(&mut self.calls));
        let (Some(Linked { call, .. }), Ok(runtime)) = (calls.into_iter().next(), Handle::try_current()) else {
            return;
        };
        if asked.is_empty() {
            return;
        }
        runtime.spawn(async move {
            for native in asked {
                if let Err(error) = native.settle(&call.held, &call.turn).await {
                    tracing::error!(%error, "what an instance wrote is not labelled");
                }
            }
        });
    }
}
