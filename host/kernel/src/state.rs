//! What a store holds: who runs in it, for whom, and what it may use.

use crate::chain::Chain;
use crate::counter::Counter;
use crate::fault::CallError;
use crate::held::Held;
use crate::limits::{Limits, Space};
use crate::native::Own;
use crate::replay::Recording;
use crate::room::{Room, Share};
use crate::turn::Turn;
use crate::wasi::Sealed;
use std::sync::Arc;
use wasmtime::ResourceLimiter;
use wasmtime::component::ResourceTable;

/// Where an instance's imports lead: to the counter, or to a recording of what the counter once answered.
#[derive(Clone)]
pub enum Door {
    /// The real one.
    Counter(Arc<Counter>),
    /// A turn is run again; nothing outside is touched.
    Recording(Arc<Recording>),
}

/// The data of a store.
pub struct State {
    /// Where imports lead.
    pub door: Door,
    /// Who asks, this instance last.
    pub chain: Chain,
    /// In which turn.
    pub turn: Arc<Turn>,
    /// The number of the call that this instance serves.
    pub call: u32,
    /// What providers keep open for it.
    pub held: Arc<Held>,
    /// What it may use, and what it used.
    pub meter: Meter,
    sealed: Option<Box<Sealed>>,
    own: Own,
}

impl State {
    /// For one instance, which may use what its turn may, and take so much space.
    pub fn new(door: Door, chain: Chain, turn: Arc<Turn>, call: u32, space: &Space, room: &Arc<Room>) -> State {
        let meter = Meter::new(&turn.limits, space, room);
        State { door, chain, turn, call, held: Arc::default(), meter, sealed: None, own: Own::default() }
    }

    /// The instance's sealed WASI; made when it is first asked for.
    pub fn sealed(&mut self) -> &mut Sealed {
        let sealed = self.sealed.take().unwrap_or_else(|| Box::new(Sealed::new(self)));
        self.sealed.insert(sealed)
    }

    /// What a native capability was given for this instance, with the table of all handles.
    pub fn own<T: Default + Send + 'static>(&mut self) -> (&mut T, &mut ResourceTable) {
        let sealed = self.sealed.take().unwrap_or_else(|| Box::new(Sealed::new(self)));
        (self.own.get(), self.sealed.insert(sealed).table())
    }

    /// Gives the instance more than the sealed baseline.
    pub(crate) fn equip(&mut self, sealed: Sealed, own: Own) {
        self.sealed = Some(Box::new(sealed));
        self.own = own;
    }
}

/// Counts what an instance uses. A limit that was reached is kept, because the guest's own trap does not say why it came.
pub struct Meter {
    memory: usize,
    memory_limit: usize,
    share: Share,
    tables: usize,
    table_limit: usize,
    /// Core instances, memories and tables: one limit for each of the three counts.
    parts: usize,
    ticks: u64,
    tick_limit: u64,
    /// The limit that was reached, if one was.
    pub reached: Option<CallError>,
}

impl Meter {
    fn new(limits: &Limits, space: &Space, room: &Arc<Room>) -> Meter {
        Meter {
            memory: 0,
            memory_limit: space.memory,
            share: Share::of(room),
            tables: 0,
            table_limit: space.table_elements,
            parts: limits.instances,
            ticks: 0,
            tick_limit: (limits.cpu.as_nanos() / crate::engine::TICK.as_nanos()).try_into().unwrap_or(u64::MAX),
            reached: None,
        }
    }

    /// One more tick on a processor; whether there may be another.
    pub fn tick(&mut self) -> bool {
        self.ticks += 1;
        if self.ticks > self.tick_limit {
            self.reached =
                Some(CallError::exhausted("cpu", format!("a call may use {} ms on a processor", self.tick_limit)));
            return false;
        }
        true
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let grown = self.memory.saturating_add(desired.saturating_sub(current));
        if grown > self.memory_limit {
            self.reached = Some(CallError::exhausted(
                "memory",
                format!("an instance may have {} bytes, it wanted {grown}", self.memory_limit),
            ));
            return Ok(false);
        }
        if !self.share.take(grown - self.memory) {
            self.reached = Some(CallError::exhausted(
                "total-memory",
                format!("all instances of this host may have {} bytes together", self.share.limit()),
            ));
            return Ok(false);
        }
        self.memory = grown;
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let grown = self.tables.saturating_add(desired.saturating_sub(current));
        if grown > self.table_limit {
            self.reached = Some(CallError::exhausted(
                "table",
                format!("an instance may have {} table elements, it wanted {grown}", self.table_limit),
            ));
            return Ok(false);
        }
        self.tables = grown;
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.parts
    }

    #[expect(clippy::misnamed_getters, reason = "`tables` counts elements; the engine asks for the number of tables")]
    fn tables(&self) -> usize {
        self.parts
    }

    fn memories(&self) -> usize {
        self.parts
    }
}
