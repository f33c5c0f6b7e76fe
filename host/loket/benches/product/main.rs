//! `cargo xtask bench product`: what an owner feels of the host. What it takes while it does nothing, how soon a tool that is dropped in
//! answers, how long the guardian looks at a whole home, and how much later than straight from its server a model's first word is there.
//!
//! Nothing here fails for being slow; the table says what was met. Files: [`idle`], [`drop_in`], [`guardian`], [`stream`]; the clocks and the table are
//! those of the benchmark `spine`.

#[cfg(target_os = "linux")]
#[path = "../../tests/host/crowd.rs"]
#[expect(dead_code, reason = "this benchmark opens no crowd, it starts the program on one")]
mod crowd;
#[cfg(target_os = "linux")]
mod drop_in;
#[cfg(target_os = "linux")]
mod guardian;
#[cfg(target_os = "linux")]
#[path = "../../tests/host/house.rs"]
#[expect(dead_code, reason = "a benchmark needs less of a house than the tests")]
mod house;
#[cfg(target_os = "linux")]
mod idle;
#[cfg(target_os = "linux")]
#[path = "../spine/measure.rs"]
#[expect(dead_code, reason = "this benchmark measures less than the other")]
mod measure;
#[cfg(target_os = "linux")]
mod stream;

/// Whatever stops a measurement.
#[cfg(target_os = "linux")]
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;
/// A measurement, which adds its figures to the table.
#[cfg(target_os = "linux")]
type Figure = fn(&mut measure::Table) -> Outcome<()>;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    // Cargo adds `--bench`; names choose figures.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let mut table = measure::Table::default();
    let figures: [(&str, Figure); 4] = [
        ("idle", idle::measure),
        ("drop", drop_in::measure),
        ("guardian", guardian::measure),
        ("stream", stream::measure),
    ];
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
