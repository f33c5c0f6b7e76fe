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

/// Whatever stops a measurement.
#[cfg(target_os = "linux")]
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;
/// A measurement, which adds its figures to the table.
#[cfg(target_os = "linux")]
type Figure = fn(&mut measure::Table) -> Outcome<()>;

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
    // Cargo adds `--bench`; names choose figures.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let mut table = measure::Table::default();
    let figures: [(&str, Figure); 3] = [("http", http::measure), ("pipe", pipe::measure), ("idle", idle::measure)];
    for (name, figure) in figures {
        if !wanted.is_empty() && !wanted.iter().any(|w| w == name) {
            continue;
        }
        eprintln!("==> {name}");
        if let Err(error) = figure(&mut table) {
            table.failed(name, &*error);
        }
    }
    print!("{table}");
    if table.is_whole() { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("memory is read from /proc; this benchmark runs on Linux only");
}
