//! The two engines: one that takes instances from a pool, one for components that do not fit into it.

use crate::limits::Space;
use crate::room::Room;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;
use wasmtime::component::Component;
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

/// One tick of the epoch clock: how often a running guest yields, and the grain of its processor time.
pub const TICK: Duration = Duration::from_millis(1);

/// How long the epoch clock goes on ticking after the last instance ended, so that busy hosts do not wake it each time.
const LINGER: u32 = 200;

/// Core instances, and memories, that a component may have to fit into the pool.
const POOL_CORE_INSTANCES: u32 = 12;
/// Instances that may live in the pool at once.
const POOL_SLOTS: u32 = 3_000;
/// Memory of an instance that stays mapped between uses: below it, a fresh instance costs a copy instead of page faults.
const KEEP_RESIDENT: usize = 1 << 20;

/// Both engines, with the clock that drives their epochs.
pub struct Engines {
    pooled: Engine,
    roomy: Engine,
    clock: Arc<Clock>,
    room: Arc<Room>,
}

impl Engines {
    /// Makes the engines. The pool's slots have room for what `space` allows.
    ///
    /// # Errors
    /// When this machine cannot reserve the address space of the pool.
    pub fn new(space: &Space) -> wasmtime::Result<Engines> {
        let pooled = Engine::new(config().allocation_strategy(InstanceAllocationStrategy::Pooling(pool(space))))?;
        let roomy = Engine::new(config().allocation_strategy(InstanceAllocationStrategy::OnDemand))?;
        let clock = Arc::new(Clock::default());
        let thread = {
            let (clock, engines) = (Arc::downgrade(&clock), [pooled.weak(), roomy.weak()]);
            thread::Builder::new().name("loket-epoch".into()).spawn(move || {
                let mut idle = 0;
                loop {
                    thread::sleep(TICK);
                    for engine in &engines {
                        match engine.upgrade() {
                            Some(engine) => engine.increment_epoch(),
                            None => return,
                        }
                    }
                    let Some(clock) = clock.upgrade() else { return };
                    idle = if clock.running.load(Ordering::SeqCst) == 0 { idle + 1 } else { 0 };
                    if idle > LINGER {
                        clock.asleep.store(1, Ordering::SeqCst);
                        // Whoever starts after the store sees it and wakes us; whoever started before it is counted.
                        if clock.running.load(Ordering::SeqCst) == 0 {
                            drop(clock);
                            thread::park_timeout(Duration::from_secs(1));
                        } else {
                            clock.asleep.store(0, Ordering::SeqCst);
                        }
                        idle = 0;
                    }
                }
            })?
        };
        clock.thread.set(thread.thread().clone()).unwrap_or(());
        Ok(Engines { pooled, roomy, clock, room: Room::new(space.total_memory) })
    }

    /// The memory of all instances together.
    pub fn room(&self) -> &Arc<Room> {
        &self.room
    }

    /// The engine of the pool.
    pub fn pooled(&self) -> &Engine {
        &self.pooled
    }

    /// The engine for all that does not fit into the pool.
    pub fn roomy(&self) -> &Engine {
        &self.roomy
    }

    /// Whether a compiled component fits into a slot of the pool.
    pub fn fits_pool(component: &Component) -> bool {
        component
            .resources_required()
            .is_some_and(|r| r.num_memories <= POOL_CORE_INSTANCES && r.num_tables <= 2 * POOL_CORE_INSTANCES)
    }

    /// Keeps the epoch clock ticking while an instance runs.
    pub fn running(&self) -> Running {
        Running::start(self.clock.clone())
    }
}

/// The epoch clock sleeps while nothing runs.
#[derive(Default)]
struct Clock {
    running: AtomicUsize,
    asleep: AtomicUsize,
    thread: std::sync::OnceLock<Thread>,
}

/// While one of these lives, the epoch clock ticks.
pub struct Running(Arc<Clock>);

impl Running {
    fn start(clock: Arc<Clock>) -> Running {
        clock.running.fetch_add(1, Ordering::SeqCst);
        if clock.asleep.load(Ordering::SeqCst) == 1
            && clock.asleep.swap(0, Ordering::SeqCst) == 1
            && let Some(thread) = clock.thread.get()
        {
            thread.unpark();
        }
        Running(clock)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

fn config() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .concurrency_support(false)
        .epoch_interruption(true)
        // So that a turn that is run again computes the same bytes.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .max_wasm_stack(512 << 10)
        .async_stack_size(1 << 20)
        .memory_init_cow(true);
    config
}

fn pool(space: &Space) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(POOL_SLOTS)
        .total_core_instances(4 * POOL_SLOTS)
        .total_memories(2 * POOL_SLOTS)
        .total_tables(4 * POOL_SLOTS)
        .total_stacks(POOL_SLOTS)
        .max_core_instances_per_component(POOL_CORE_INSTANCES)
        .max_memories_per_component(POOL_CORE_INSTANCES)
        .max_tables_per_component(2 * POOL_CORE_INSTANCES)
        .max_memory_size(space.memory)
        .table_elements(space.table_elements)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(64 << 10)
        .async_stack_keep_resident(64 << 10)
        .pagemap_scan(Enabled::Auto);
    pool
}
