//! `cargo xtask bench brain [--memories N] [FIGURE …]`: how fast a brain is, against SQLite's full-text search on the same memories.
//!
//! Everything is a ratio within one run: the two sides take turns, and the same words go into both. Nothing here fails for being slow;
//! the table says which bounds were met. Figures are `import` (always measured, as it makes what the others look at), `recall`,
//! `remember`, `open` and `crowd`.
//!
//! Files in reading order: [`corpus`] what is remembered, [`questions`] what is asked, [`stage`] both sides, [`table`] clocks and the
//! table; then a file a figure.

#[cfg(target_os = "linux")]
#[path = "../common/mod.rs"]
#[expect(dead_code, reason = "the other benchmark keeps its other side in memory")]
mod common;
#[cfg(target_os = "linux")]
mod corpus;
#[cfg(target_os = "linux")]
mod crowd;
#[cfg(target_os = "linux")]
mod import;
#[cfg(target_os = "linux")]
mod open;
#[cfg(target_os = "linux")]
mod questions;
#[cfg(target_os = "linux")]
mod recall;
#[cfg(target_os = "linux")]
mod remember;
#[cfg(target_os = "linux")]
mod stage;
#[cfg(target_os = "linux")]
mod table;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    match crowd::child().unwrap_or_else(run) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}

/// A measurement, which adds its figures to the table.
#[cfg(target_os = "linux")]
type Figure = fn(&mut table::Table, &mut stage::Stage) -> common::Outcome<()>;

#[cfg(target_os = "linux")]
fn run() -> common::Outcome<()> {
    let figures: [(&str, Figure); 5] = [
        ("import", import::measure),
        ("recall", recall::measure),
        ("remember", remember::measure),
        ("open", open::measure),
        ("crowd", crowd::measure),
    ];
    let (mut many, mut wanted) = (100_000, Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            // Cargo's own.
            "--bench" => {}
            "--memories" => {
                let number = arguments.next().and_then(|number| number.parse().ok());
                many = number.ok_or("`--memories` wants a number behind it")?;
            }
            name if figures.iter().any(|(figure, _)| *figure == name) => wanted.push(name.to_owned()),
            other => return Err(format!("there is no figure and no flag `{other}`; see the top of `main.rs`").into()),
        }
    }
    let corpus = corpus::Corpus::read()?;
    println!("{}load of the machine before: {}", corpus.about(), load());
    let mut stage = stage::Stage::new(corpus, many)?;
    let mut table = table::Table::default();
    for (name, figure) in figures {
        if name != "import" && !wanted.is_empty() && !wanted.iter().any(|wanted| wanted == name) {
            continue;
        }
        eprintln!("==> {name}");
        match figure(&mut table, &mut stage) {
            Err(error) if name == "import" => return Err(error),
            Err(error) => table.failed(name, error),
            Ok(()) => {}
        }
    }
    println!("{table}load of the machine after: {}", load());
    if table.is_whole() { Ok(()) } else { Err("not everything could be measured".into()) }
}

/// How many threads wanted to run in the last minute, five and fifteen: where there are more than processors, each write that waits
/// for the disk then waits for a processor too, and tells nothing of the disk.
#[cfg(target_os = "linux")]
fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').take(3).collect::<Vec<_>>().join(", ")
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("memory is read from /proc; this benchmark runs on Linux only");
}
