//! `cargo xtask bench mcp`: what a call of a tool costs that comes in over the Model Context Protocol, in one run beside others: a bare HTTP server
//! that says hello, and the official Python library's server with the same tool. And what a session takes that nobody uses.
//!
//! Processor time is compared, of the server alone: so it does not matter how fast the client is, nor what else the machine does. Nothing here
//! fails for being slow. `LOKET_BENCH_CALLS` is how many calls a round has. Files: [`client`] a client of HTTP, [`python`] the other server,
//! [`http`], [`pipe`], [`idle`]; the clocks and the table are those of the benchmark `spine`.

#[cfg(target_os = "linux")]
mod client;
#[cfg(target_os = "linux")]
#[path = "../../tests/host/house.rs"]
#[expect(dead_code, reason = "a benchmark needs less of a house than the tests")]
mod house;
#[cfg(target_os = "linux")]
mod http;
#[cfg(target_os = "linux")]
mod idle;
#[cfg(target_os = "linux")]
#[path = "../spine/measure.rs"]
#[expect(dead_code, reason = "this benchmark measures less than the other")]
mod measure;
#[cfg(target_os = "linux")]
mod pipe;
#[cfg(target_os = "linux")]
mod python;
#[cfg(target_os = "linux")]
#[path = "../../tests/mcp/served.rs"]
#[expect(dead_code, reason = "a benchmark needs less of a service than the tests")]
mod served;

#[cfg(target_os = "linux")]
use measure::Outcome;
/// Calls in a round.
#[cfg(target_os = "linux")]
fn calls() -> u32 {
    std::env::var("LOKET_BENCH_CALLS")
        .ok()
        .and_then(|text| text.parse().ok())
        .filter(|calls| *calls > 0)
        .unwrap_or(2_000)
}

/// Rounds of which the middle one counts.
#[cfg(target_os = "linux")]
const ROUNDS: usize = 7;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    measure::run(&[("http", http::measure), ("pipe", pipe::measure), ("idle", idle::measure)])
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("memory is read from /proc; this benchmark runs on Linux only");
}
