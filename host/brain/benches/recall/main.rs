//! `cargo xtask bench recall [--tuning] [--misses] [FILE|FOLDER …]`: how well a brain finds what answers a question, against SQLite's
//! full-text search on the same memories and questions.
//!
//! Without a path, the files in `data/test` are asked; rules and numbers of the brain are chosen with those in `data/tuning` alone, so
//! that the others tell the truth. `--misses` also shows what was not found; a path may be a collection in the BEIR layout too.
//!
//! Figures are in points of a hundred, the mean over the questions. Files in reading order: [`dataset`] what is asked, [`conversation`]
//! and [`beir`] where it is read from, [`metrics`] what is counted, [`sides`] who is asked, [`report`] the tables.

mod beir;
#[path = "../common/mod.rs"]
#[expect(dead_code, reason = "the other benchmark has a clock, and needs more of the other side")]
mod common;
mod conversation;
mod dataset;
mod metrics;
mod report;
mod sides;

use common::Outcome;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome<()> {
    let (mut tuning, mut misses, mut paths) = (false, false, Vec::new());
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            // Cargo's own.
            "--bench" => {}
            "--tuning" => tuning = true,
            "--misses" => misses = true,
            flag if flag.starts_with('-') => {
                return Err(format!("there is no flag `{flag}`; there are `--tuning` and `--misses`").into());
            }
            path => paths.push(PathBuf::from(path)),
        }
    }
    if paths.is_empty() {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/recall/data");
        paths.push(data.join(if tuning { "tuning" } else { "test" }));
    }
    let mut report = report::Report::default();
    for path in paths {
        for dataset in dataset::read(&path)? {
            let asked = sides::compare(&dataset)?;
            if misses {
                report::misses(&dataset, &asked);
            }
            report.add(&dataset, &asked);
        }
    }
    report.close();
    Ok(())
}
