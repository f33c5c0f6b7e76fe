//! A mebibyte of bytes into a guest: through the counter, against the engine's own typed call.

use crate::Outcome;
use crate::measure::{Clock, Table, Target, process_time, thread_time, time, versus};
use crate::stage::{Stage, component};
use loket_kernel::{Capability, Engines, Principal, Space};
use loket_values::Value;
use std::time::Duration;
use tokio::runtime::Runtime;
use wasmtime::Store;
use wasmtime::component::{Component, ComponentExportIndex, InstancePre, Linker};

const SIZE: u32 = 1 << 20;
/// Calls in one round.
const CALLS: u32 = 20;
const ROUNDS: usize = 15;

pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let stage = Stage::new()?;
    stage.serve("test:bytes", Principal::Package("test:bytes".into()), "")?;
    let typed = Typed::new()?;
    let data = vec![7_u8; SIZE as usize];
    let clocks: [(&str, Clock, Target); 2] = [
        ("1 MiB into a guest, CPU of the caller, against the engine's typed call", thread_time, Target::Most(3.0, "×")),
        ("the same, CPU in all: digested, disguised and committed by the ledger's writer", process_time, Target::None),
    ];
    for (what, clock, target) in clocks {
        let found = versus(ROUNDS, || ours(&stage, &data, clock), || typed.call(&data, clock))?;
        let times = format!("{} against {}", time(found.ours), time(found.theirs));
        table.row(what, times, found.ratio, target);
    }
    Ok(())
}

fn ours(stage: &Stage, data: &[u8], clock: Clock) -> Outcome<f64> {
    // These copies are the caller's own, and not timed.
    let calls = (0..CALLS).map(|_| vec![Value::Bytes(data.to_vec())]).collect();
    let capability = Capability::of("test:bytes", "test:bytes/blobs");
    let before = clock();
    let lengths = stage.turn(&capability, "length", calls)?;
    let used = clock() - before;
    if lengths.iter().any(|length| *length != Some(Value::U32(SIZE))) {
        return Err(format!("a length was wrong: {lengths:?}").into());
    }
    Ok(used.as_nanos() as f64 / f64::from(CALLS))
}

/// The component on the bare engine.
struct Typed {
    bytes: InstancePre<()>,
    index: ComponentExportIndex,
    runtime: Runtime,
    _engines: Engines,
}

impl Typed {
    fn new() -> Outcome<Typed> {
        let engines = Engines::new(&Space::default())?;
        let bytes = Component::from_binary(engines.pooled(), &component("test:bytes")?)?;
        let place = bytes.get_export_index(None, "test:bytes/blobs@0.1.0").ok_or("it exports `blobs`")?;
        let index = bytes.get_export_index(Some(&place), "length").ok_or("it exports `length`")?;
        let bytes = Linker::<()>::new(engines.pooled()).instantiate_pre(&bytes)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Typed { bytes, index, runtime, _engines: engines })
    }

    fn call(&self, data: &[u8], clock: Clock) -> Outcome<f64> {
        let mut used = Duration::ZERO;
        for _ in 0..CALLS {
            let before = clock();
            let (length,) = self.runtime.block_on(async {
                let mut store = Store::new(self.bytes.engine(), ());
                store.set_epoch_deadline(1 << 40);
                let instance = self.bytes.instantiate_async(&mut store).await?;
                let func = instance.get_typed_func::<(&[u8],), (u32,)>(&mut store, self.index)?;
                func.call_async(&mut store, (data,)).await
            })?;
            used += clock() - before;
            if length != SIZE {
                return Err(format!("the length was wrong: {length}").into());
            }
        }
        Ok(used.as_nanos() as f64 / f64::from(CALLS))
    }
}
