//! A linked component: admitted, compiled, its imports bound to the counter, ready to be instantiated for one call.

use crate::bulk::{self, Shape};
use crate::cache::Code;
use crate::call::{Call, Capability};
use crate::chain::{Chain, Principal};
use crate::convert::{from_val, to_val};
use crate::counter::Counter;
use crate::engine::Engines;
use crate::fault::CallError;
use crate::limits::Space;
use crate::link::{self, Import};
use crate::native::{self, NativeLink};
use crate::program::{self, Console};
use crate::provider::{Provider, Reply};
use crate::state::{Door, State};
use crate::turn::Turn;
use crate::wasi;
use async_trait::async_trait;
use loket_values::{Function, Interface, Surface, Value};
use std::sync::{Arc, Weak};
use wasmtime::component::{ComponentExportIndex, InstancePre, Linker, Val};
use wasmtime::{PoolConcurrencyLimitError, Store, Trap, UpdateDeadline};

/// A component in the place that admission gave it.
pub struct Unit {
    /// In whose name it asks.
    pub principal: Principal,
    /// `acme:calc@1.2.0`
    pub package: Arc<str>,
    /// Its border.
    pub surface: Arc<Surface>,
    space: Space,
    engines: Arc<Engines>,
    natives: Vec<NativeLink>,
    pre: InstancePre<State>,
    /// Few enough that looking through them is faster than hashing.
    exports: Vec<(String, Vec<Export>)>,
}

struct Export {
    index: ComponentExportIndex,
    function: Function,
    shape: Option<&'static Shape>,
    /// Whether it is a program's.
    program: bool,
}

/// What a unit is made of.
pub struct Parts<'a> {
    /// In whose name it asks.
    pub principal: Principal,
    /// `acme:calc@1.2.0`
    pub package: Arc<str>,
    /// Its border.
    pub surface: Arc<Surface>,
    /// Its machine code.
    pub code: &'a Code,
    /// Who answers its imports, the sealed baseline left out.
    pub imports: &'a [Import],
    /// Whether it imports the sealed baseline.
    pub sealed: bool,
    /// What of WASI beyond the baseline is linked natively. What can send out comes last: it is asked for when the turn has the labels of
    /// all the others.
    pub natives: Vec<NativeLink>,
    /// What each of its instances may take of the engines' memory.
    pub space: Space,
}

/// Why a component could not be linked.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// An import has no counterpart, or one of another type.
    #[error("`{package}` cannot be linked: {cause:#}")]
    Import {
        /// The package.
        package: Arc<str>,
        /// What the engine says.
        cause: wasmtime::Error,
    },
    /// An export of the surface is not in the compiled component.
    #[error("`{package}` says that it exports `{export}`, and does not; build it again")]
    Export {
        /// The package.
        package: Arc<str>,
        /// The export.
        export: String,
    },
}

/// The name of an interface without its version, as capabilities have it; empty for the root.
pub fn plain_name(interface: &Interface) -> String {
    interface.name.as_ref().map_or_else(String::new, |n| format!("{}/{}", n.package, n.interface))
}

impl Unit {
    /// Links a component. Nothing of it runs here.
    ///
    /// # Errors
    /// When an import has no counterpart of its type, or an export is missing.
    pub fn new(engines: Arc<Engines>, parts: Parts<'_>) -> Result<Unit, LinkError> {
        let Parts { principal, package, surface, code, imports, sealed, natives, space } = parts;
        let failed = |cause| LinkError::Import { package: package.clone(), cause };
        let engine = if code.pooled { engines.pooled() } else { engines.roomy() };
        let mut linker = Linker::new(engine);
        // Whatever is linked natively has handles of the baseline's.
        if sealed || !natives.is_empty() {
            wasi::link(&mut linker).map_err(failed)?;
        }
        for link in &natives {
            for interface in &link.imports {
                link.native.link(interface, &mut linker).map_err(failed)?;
            }
        }
        link::link(&mut linker, imports).map_err(failed)?;
        let pre = linker.instantiate_pre(&code.component).map_err(failed)?;
        let mut exports = Vec::new();
        for interface in &surface.exports {
            let mut functions = Vec::new();
            let program = program::is_program(interface);
            let place = interface.name.as_ref().and_then(|n| code.component.get_export_index(None, n.to_string()));
            for function in &interface.functions {
                let index = match &interface.name {
                    Some(_) => {
                        place.as_ref().and_then(|place| code.component.get_export_index(Some(place), &function.name))
                    }
                    None => code.component.get_export_index(None, &function.name),
                };
                let Some(index) = index else {
                    return Err(LinkError::Export {
                        package,
                        export: format!("{}#{}", plain_name(interface), function.name),
                    });
                };
                functions.push(Export { index, function: function.clone(), shape: bulk::shape(function), program });
            }
            exports.push((plain_name(interface), functions));
        }
        Ok(Unit { principal, package, surface, space, engines, natives, pre, exports })
    }

    /// Runs one of its functions in a fresh instance, which is gone afterwards.
    ///
    /// # Errors
    /// What the function's imports were refused, a limit that was reached, or `failed` with the trap's cause.
    pub async fn run(&self, door: Door, chain: Chain, call: Work<'_>) -> Result<Option<Value>, CallError> {
        let Work { turn, number, interface, function, mut args } = call;
        let Some(export) = self.export(interface, function) else {
            return Err(CallError::NotFound(format!("`{}` exports no `{interface}#{function}`", self.package)));
        };
        if args.len() != export.function.params.len() {
            return Err(CallError::Invalid(format!(
                "`{}` takes {} arguments, not {}: {}",
                function,
                export.function.params.len(),
                args.len(),
                export.function.signature(),
            )));
        }
        let _clock = self.engines.running();
        let (most_argument, most_result) = (turn.limits.argument, turn.limits.result);
        let mut state = State::new(door, chain, turn, number, &self.space, self.engines.room());
        let mut console = match export.program {
            false => None,
            true => Some(Console::new(&self.package, &mut args, most_result).ok_or_else(|| {
                CallError::Invalid(format!(
                    "a program takes its arguments and its input: {}",
                    export.function.signature()
                ))
            })?),
        };
        let links = native::open(&self.natives, &mut state, console.as_mut()).await?;
        let mut store = Store::new(self.pre.engine(), state);
        store.limiter(|state| &mut state.meter);
        // Fuel counts the bytes that the engine copies for host calls; the counter's own limits are the finer ones.
        store.set_hostcall_fuel(64 * most_argument.max(most_result));
        store.epoch_deadline_callback(|mut store| match store.data_mut().meter.tick() {
            true => Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now()))),
            false => Ok(UpdateDeadline::Interrupt),
        });
        store.set_epoch_deadline(1);
        let ended = match links {
            None => self.enter(&mut store, export, args, console.as_ref()).await,
            Some(mut links) => {
                let ended = tokio::select! {
                    biased;
                    refused = links.broken() => Err(refused.into()),
                    ended = self.enter(&mut store, export, args, console.as_ref()) => ended,
                };
                links.close().await?;
                ended
            }
        };
        ended.map_err(|error| {
            let error = self.explain(error, &mut store);
            match (error, console.and_then(|console| console.last_words())) {
                (CallError::Failed(why), Some(words)) => CallError::Failed(format!("{why}; it wrote: {words}")),
                (error, _) => error,
            }
        })
    }

    fn export(&self, interface: &str, function: &str) -> Option<&Export> {
        let mut places = self.exports.iter().filter(|(name, _)| name == interface);
        places.find_map(|(_, functions)| functions.iter().find(|export| export.function.name == function))
    }

    async fn enter(
        &self,
        store: &mut Store<State>,
        export: &Export,
        args: Vec<Value>,
        console: Option<&Console>,
    ) -> wasmtime::Result<Option<Value>> {
        let instance = self.pre.instantiate_async(&mut *store).await?;
        let Some(func) = instance.get_func(&mut *store, export.index) else {
            return Err(wasmtime::Error::msg(format!("the export `{}` is not a function", export.function.name)));
        };
        if let Some(console) = console {
            let mut result = [Val::Bool(false)];
            let ended = func.call_async(store, &[], &mut result).await;
            return console.ended(ended.map(|()| matches!(result, [Val::Result(Ok(_))]))).map(Some);
        }
        if let Some(shape) = export.shape {
            return shape.call(store, func, args).await;
        }
        let params: smallvec::SmallVec<[Val; 4]> = args.into_iter().map(to_val).collect();
        match &export.function.result {
            None => func.call_async(store, &params, &mut []).await.map(|()| None),
            Some(ty) => {
                let mut result = [Val::Bool(false)];
                func.call_async(store, &params, &mut result).await?;
                Ok(Some(from_val(&result[0], ty)?))
            }
        }
    }

    /// Says why a guest ended: the limit it ran into, the refusal it could not carry, or the trap itself.
    fn explain(&self, error: wasmtime::Error, store: &mut Store<State>) -> CallError {
        if let Some(reached) = store.data_mut().meter.reached.take() {
            return reached;
        }
        if let Some(refused) = error.downcast_ref::<CallError>() {
            return refused.clone();
        }
        if error.downcast_ref::<PoolConcurrencyLimitError>().is_some() {
            return CallError::exhausted("instances", "too many instances run at once; try again when some have ended");
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::StackOverflow) => return CallError::exhausted("stack", "the component's calls went too deep"),
            Some(trap) => return CallError::Failed(format!("`{}` trapped: {trap}", self.package)),
            None => {}
        }
        let cause = error.root_cause().to_string();
        if cause.contains("hostcall") && cause.contains("fuel") {
            return CallError::exhausted("argument-size", "more data in one call than the host copies");
        }
        CallError::Failed(format!("`{}` failed: {cause}", self.package))
    }
}

/// One call's work for a unit.
pub struct Work<'a> {
    /// The turn.
    pub turn: Arc<Turn>,
    /// The call's number in the turn.
    pub number: u32,
    /// The interface without its version; empty for the root.
    pub interface: &'a str,
    /// The function.
    pub function: &'a str,
    /// The arguments.
    pub args: Vec<Value>,
}

/// A unit's export behind the counter.
pub struct UnitProvider {
    capability: Capability,
    interface: Interface,
    unit: Arc<Unit>,
    counter: Weak<Counter>,
}

impl UnitProvider {
    /// All that a unit exports, under its provider's name (a package's, or `agent:NAME`) and version (empty for the newest).
    pub fn all(unit: &Arc<Unit>, provider: &str, version: &str, counter: &Arc<Counter>) -> Vec<Arc<dyn Provider>> {
        unit.surface
            .exports
            .iter()
            .filter(|interface| !interface.functions.is_empty())
            .map(|interface| {
                let capability = Capability::of(provider, &plain_name(interface)).at_version(version);
                let provider = UnitProvider {
                    capability,
                    interface: interface.clone(),
                    unit: unit.clone(),
                    counter: Arc::downgrade(counter),
                };
                Arc::new(provider) as Arc<dyn Provider>
            })
            .collect()
    }
}

#[async_trait]
impl Provider for UnitProvider {
    fn capability(&self) -> &Capability {
        &self.capability
    }

    fn interface(&self) -> &Interface {
        &self.interface
    }

    /// An instance can do nothing by itself. One that was linked natively, which the counter looks to, could.
    fn is_transparent(&self, _: &str) -> bool {
        true
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        let Some(counter) = self.counter.upgrade() else {
            return Err(CallError::Unavailable("the host is shutting down".into()));
        };
        let approved = call.turn.is_approved(call.number);
        let (via, principal) = (self.capability.clone(), self.unit.principal.clone());
        let chain = call.chain.after(via, call.function.clone(), principal, approved);
        let work = Work {
            turn: call.turn,
            number: call.number,
            interface: &self.capability.interface,
            function: &call.function,
            args: call.args,
        };
        self.unit.run(Door::Counter(counter), chain, work).await.map(Reply::from)
    }
}
