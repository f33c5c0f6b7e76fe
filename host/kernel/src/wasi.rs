//! The sealed baseline: the WASI interfaces that some languages' standard libraries always import.
//!
//! Linked natively (DESIGN §3.1), with nothing behind them: no files, no environment, no arguments, no network; input is at its end and
//! what is printed goes to the host's log. Clock and random numbers are the turn's own, so that a turn can be run again.

use crate::printed::Printed;
use crate::state::{Door, State};
use rand::SeedableRng;
use rand::rngs::ChaCha12Rng;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use wasmtime::component::{Linker, ResourceTable};
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::clocks::{HostMonotonicClock, HostWallClock, WasiClocks, WasiClocksView as _};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView as _};
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, random};
use wasmtime_wasi::random::WasiRandom;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

/// What an instance has of WASI.
pub struct Sealed {
    ctx: WasiCtx,
    table: ResourceTable,
}

impl Sealed {
    /// For one instance of a turn.
    pub fn new(state: &State) -> Sealed {
        let Ok(sealed) = Sealed::with(state, |_| Ok::<_, Infallible>(()));
        sealed
    }

    /// The same with something added: what grants permit beyond the baseline.
    ///
    /// # Errors
    /// What `add` says.
    pub fn with<E>(state: &State, add: impl FnOnce(&mut WasiCtxBuilder) -> Result<(), E>) -> Result<Sealed, E> {
        let turn = &state.turn;
        // The call tells its random numbers from those of the turn's other instances.
        let seed = u128::from(turn.seed) << 32 | u128::from(state.call);
        let random = |salt: u128| ChaCha12Rng::from_seed(seed_bytes(seed, salt));
        let clock = TurnClock::new(turn.started);
        let mut ctx = WasiCtxBuilder::new();
        ctx.secure_random(random(1))
            .insecure_random(random(2))
            .insecure_random_seed(seed)
            .wall_clock(clock.clone())
            .monotonic_clock(clock);
        // What a turn that is run again prints was told when it ran.
        if let Door::Counter(counter) = &state.door {
            let printed = |stream| Printed::new(stream, state.chain.last().to_string(), turn, counter);
            ctx.stdout(printed("stdout")).stderr(printed("stderr"));
        }
        add(&mut ctx)?;
        let mut table = ResourceTable::new();
        table.set_max_capacity(1_000);
        Ok(Sealed { ctx: ctx.build(), table })
    }

    /// What its handles stand for.
    pub fn table(&mut self) -> &mut ResourceTable {
        &mut self.table
    }
}

fn seed_bytes(seed: u128, salt: u128) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(&seed.to_le_bytes());
    bytes[16..].copy_from_slice(&salt.to_le_bytes());
    bytes
}

/// The turn's clock: it starts when the turn did and moves on by a microsecond each time it is read.
#[derive(Clone)]
struct TurnClock {
    started: Duration,
    reads: Arc<AtomicU64>,
}

impl TurnClock {
    fn new(started: u64) -> TurnClock {
        TurnClock { started: Duration::from_millis(started), reads: Arc::default() }
    }

    fn elapsed(&self) -> Duration {
        Duration::from_micros(self.reads.fetch_add(1, Ordering::Relaxed))
    }
}

impl HostWallClock for TurnClock {
    fn resolution(&self) -> Duration {
        Duration::from_micros(1)
    }

    fn now(&self) -> Duration {
        self.started + self.elapsed()
    }
}

impl HostMonotonicClock for TurnClock {
    fn resolution(&self) -> u64 {
        1_000
    }

    fn now(&self) -> u64 {
        u64::try_from(self.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let sealed = self.sealed();
        WasiCtxView { ctx: &mut sealed.ctx, table: &mut sealed.table }
    }
}

/// Links the baseline, and nothing beyond it: sockets and HTTP are not here to be found.
///
/// # Errors
/// When the linker already has one of the names.
pub fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    use wasmtime_wasi_io::bindings::wasi::io;
    io::error::add_to_linker::<State, HasIo>(linker, |s| s.ctx().table)?;
    io::poll::add_to_linker::<State, HasIo>(linker, |s| s.ctx().table)?;
    io::streams::add_to_linker::<State, HasIo>(linker, |s| s.ctx().table)?;
    clocks::wall_clock::add_to_linker::<State, WasiClocks>(linker, State::clocks)?;
    clocks::monotonic_clock::add_to_linker::<State, WasiClocks>(linker, State::clocks)?;
    filesystem::preopens::add_to_linker::<State, WasiFilesystem>(linker, State::filesystem)?;
    filesystem::types::add_to_linker::<State, WasiFilesystem>(linker, State::filesystem)?;
    random::random::add_to_linker::<State, WasiRandom>(linker, |s| s.ctx().ctx.random())?;
    random::insecure::add_to_linker::<State, WasiRandom>(linker, |s| s.ctx().ctx.random())?;
    random::insecure_seed::add_to_linker::<State, WasiRandom>(linker, |s| s.ctx().ctx.random())?;
    cli::exit::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    cli::environment::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    cli::stdin::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    cli::stdout::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    cli::stderr::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    cli::terminal_input::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    cli::terminal_output::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    cli::terminal_stdin::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    cli::terminal_stdout::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    cli::terminal_stderr::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    Ok(())
}

struct HasIo;

impl wasmtime::component::HasData for HasIo {
    type Data<'a> = &'a mut ResourceTable;
}
