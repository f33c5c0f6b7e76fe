//! A tool call, from an agent through the counter to a tool in a fresh instance and back.
//!
//! One guest calls the echo tool many times in a loop. Here each call is granted, and its intent and outcome are in the ledger
//! when the measurement ends; there the same two components run on the bare engine, with nothing between them.

use crate::Outcome;
use crate::measure::{Table, Target, children_time, median, process_time, time, versus};
use crate::stage::{Stage, component, grants};
use async_trait::async_trait;
use loket_kernel::{Call, CallError, Capability, Engines, Principal, Provider, Reply, Space};
use loket_values::{Interface, Value, describe};
use std::process::Command;
use std::sync::Arc;
use tokio::runtime::Runtime;
use wasmtime::Store;
use wasmtime::component::{Component, InstancePre, Linker};

/// Calls in one round.
const CALLS: u32 = 2_000;
const ROUNDS: usize = 15;
/// What is echoed: a hundred bytes.
pub(crate) const TEXT: &str =
    "what the tool is told, and says back: a hundred bytes, about as much as the words of a short question";

/// An agent `ann` that calls the echo tool, and one `bob` that calls the same, native.
pub(crate) fn stage() -> Outcome<Stage> {
    let stage = Stage::new()?;
    stage.serve("test:echo", Principal::Package("test:echo".into()), "")?;
    stage.serve("test:caller", Principal::Agent("ann".into()), "test:echo")?;
    let interface = describe(&component("test:echo")?)?.exports.remove(0);
    let native = Native { capability: Capability::of("native:echo", "test:echo/acts"), interface };
    stage.counter.serve([Arc::new(native) as Arc<dyn Provider>]);
    stage.counter.grants.replace(grants(&["test:echo", "native:echo"]));
    Ok(stage)
}

/// CPU time of one call through the counter, in nanoseconds: the median of a few rounds.
pub(crate) fn ours(stage: &Stage, provider: &str) -> Outcome<f64> {
    stage.serve("test:caller", Principal::Agent("ann".into()), provider)?;
    many(stage)?;
    let rounds = (0..ROUNDS).map(|_| many(stage)).collect::<Outcome<Vec<f64>>>()?;
    Ok(median(&rounds))
}

pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let stage = stage()?;
    let bare = Bare::new()?;
    let call = versus(ROUNDS, || many(&stage), || bare.many())?;
    let times = format!("{} against {}", time(call.ours), time(call.theirs));
    table.row("tool call in a fresh instance, CPU, against the bare engine", times, call.ratio, Target::Most(2.0, "×"));

    let spawned = versus(ROUNDS, || many(&stage), spawn)?;
    let times = format!("{} against {}", time(spawned.ours), time(spawned.theirs));
    table.row("the same, times cheaper than starting a process", times, 1.0 / spawned.ratio, Target::Least(20.0, "×"));
    Ok(())
}

fn many(stage: &Stage) -> Outcome<f64> {
    let capability = Capability::of("agent:ann", "test:caller/acts");
    let args = vec![Value::U32(CALLS), Value::String(TEXT.to_owned())];
    let before = process_time();
    let right = stage.turn(&capability, "many", vec![args])?;
    let used = process_time() - before;
    if right != [Some(Value::U32(CALLS))] {
        return Err(format!("the echoes were wrong: {right:?}").into());
    }
    Ok(used.as_nanos() as f64 / f64::from(CALLS))
}

/// Starts a process that does nothing, and waits for it.
fn spawn() -> Outcome<f64> {
    const TIMES: u32 = 50;
    let (own, children) = (process_time(), children_time());
    for _ in 0..TIMES {
        Command::new("/bin/true").env_clear().status()?;
    }
    let used = process_time() - own + (children_time() - children);
    Ok(used.as_nanos() as f64 / f64::from(TIMES))
}

/// The echo tool as the host's own code: no instance is made for its calls.
struct Native {
    capability: Capability,
    interface: Interface,
}

#[async_trait]
impl Provider for Native {
    fn capability(&self) -> &Capability {
        &self.capability
    }

    fn interface(&self) -> &Interface {
        &self.interface
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        Ok(Reply::from(call.args.into_iter().next()))
    }
}

/// Both components on the bare engine: the same settings, no counter.
struct Bare {
    caller: InstancePre<()>,
    runtime: Runtime,
    // Its clock must not tick for us: nothing here is limited.
    _engines: Engines,
}

/// An epoch that never comes.
const NEVER: u64 = 1 << 40;

impl Bare {
    fn new() -> Outcome<Bare> {
        let engines = Engines::new(&Space::default())?;
        let engine = engines.pooled();
        let echo = Component::from_binary(engine, &component("test:echo")?)?;
        let place = echo.get_export_index(None, "test:echo/acts@0.1.0").ok_or("the echo tool exports `acts`")?;
        let index = echo.get_export_index(Some(&place), "echo").ok_or("the echo tool exports `echo`")?;
        let echo = Linker::<()>::new(engine).instantiate_pre(&echo)?;
        let mut linker = Linker::<()>::new(engine);
        linker.instance("test:echo/acts@0.1.0")?.func_wrap_async("echo", move |_, (text,): (String,)| {
            let echo = echo.clone();
            Box::new(async move {
                let mut store = Store::new(echo.engine(), ());
                store.set_epoch_deadline(NEVER);
                let instance = echo.instantiate_async(&mut store).await?;
                let func = instance.get_typed_func::<(&str,), (String,)>(&mut store, &index)?;
                func.call_async(&mut store, (&text,)).await
            })
        })?;
        let caller = linker.instantiate_pre(&Component::from_binary(engine, &component("test:caller")?)?)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Bare { caller, runtime, _engines: engines })
    }

    fn many(&self) -> Outcome<f64> {
        let before = process_time();
        self.runtime.block_on(async {
            let mut store = Store::new(self.caller.engine(), ());
            store.set_epoch_deadline(NEVER);
            let instance = self.caller.instantiate_async(&mut store).await?;
            let place = instance.get_export_index(&mut store, None, "test:caller/acts@0.1.0");
            let place = place.ok_or("the caller exports `acts`")?;
            let index =
                instance.get_export_index(&mut store, Some(&place), "many").ok_or("the caller exports `many`")?;
            let func = instance.get_typed_func::<(u32, &str), (u32,)>(&mut store, index)?;
            let (right,) = func.call_async(&mut store, (CALLS, TEXT)).await?;
            if right == CALLS { Outcome::Ok(()) } else { Err(format!("only {right} echoes were right").into()) }
        })?;
        Ok((process_time() - before).as_nanos() as f64 / f64::from(CALLS))
    }
}
