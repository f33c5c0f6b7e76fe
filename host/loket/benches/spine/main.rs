//! `cargo xtask bench spine`: what the spine of the host costs, against doing the same without it.
//!
//! Everything is measured as a ratio within one run: the two sides take turns, round by round, and medians are compared, so that
//! a busy or a slow machine shifts both. CPU time is that of the whole process, the ledger's writer included. Nothing here fails
//! for being slow; the table says what was met.
//!
//! Files in reading order: [`measure`] clocks, rounds and the table; [`stage`] a counter with its ledger; [`calls`] a tool call;
//! [`peers`] the same in Python; [`bytes`] a mebibyte; [`grants`] the check; [`start`] a host's start.

#[cfg(unix)]
mod bytes;
#[cfg(unix)]
mod calls;
#[cfg(unix)]
mod grants;
#[cfg(unix)]
mod measure;
#[cfg(unix)]
mod peers;
#[cfg(unix)]
mod stage;
#[cfg(unix)]
mod start;

#[cfg(unix)]
use measure::Outcome;
#[cfg(unix)]
fn main() -> std::process::ExitCode {
    measure::run(&[
        ("calls", calls::measure),
        ("peers", peers::measure),
        ("bytes", bytes::measure),
        ("grants", grants::measure),
        ("start", start::measure),
    ])
}

#[cfg(not(unix))]
fn main() {
    eprintln!("CPU time is read the Unix way; this benchmark runs on Linux and macOS only");
}
