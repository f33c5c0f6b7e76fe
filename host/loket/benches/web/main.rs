//! `cargo xtask bench web`: the control room of a large home, as a browser meets it, and many tabs that listen at once.
//!
//! Nothing here fails for being slow; the table says what was met. Files: [`served`] a home that is served over TCP, `page` a request, [`pages`]
//! each page of a home with many agents and a long ledger, [`first`] what the first page transfers, [`tabs`] many that follow the ledger.

#[cfg(target_os = "linux")]
#[path = "../../tests/host/crowd.rs"]
#[expect(dead_code, reason = "this benchmark opens its homes itself")]
mod crowd;
#[cfg(target_os = "linux")]
mod first;
#[cfg(target_os = "linux")]
#[path = "../../tests/host/house.rs"]
#[expect(dead_code, reason = "a benchmark needs less of a house than the tests")]
mod house;
#[cfg(target_os = "linux")]
#[path = "../spine/measure.rs"]
#[expect(dead_code, reason = "this benchmark measures less than the other")]
mod measure;
#[cfg(target_os = "linux")]
mod page;
#[cfg(target_os = "linux")]
mod pages;
#[cfg(target_os = "linux")]
mod served;
#[cfg(target_os = "linux")]
mod tabs;
#[cfg(target_os = "linux")]
#[path = "../load/usage.rs"]
#[expect(dead_code, reason = "this benchmark looks at memory alone")]
mod usage;

#[cfg(target_os = "linux")]
use measure::Outcome;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    measure::run(&[("first", first::measure), ("pages", pages::measure), ("tabs", tabs::measure)])
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("memory is read from /proc; this benchmark runs on Linux only");
}
