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

#[cfg(target_os = "linux")]
use measure::Outcome;
#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    measure::run(&[
        ("idle", idle::measure),
        ("drop", drop_in::measure),
        ("guardian", guardian::measure),
        ("stream", stream::measure),
    ])
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("memory is read from /proc; this benchmark runs on Linux only");
}
