//! The table, what is bundled, and the clock.

use crate::corpus;
use crate::house::{built, lay_out};
use crate::measure::{Table, Target, median, quantile, time};
use crate::tally::Tally;
use loket::scan::alone::{Alone, Candidate};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Whatever stops a measurement.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Prints all of it.
pub(crate) fn run() -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let home = tempfile::tempdir()?;
        lay_out(home.path(), "");
        corpus::lay_out_advisories(home.path());
        let alone = open(home.path(), None)?;
        print!("{}", Tally::of(&alone, corpus::read()).await);
        bundled(&alone).await?;
        alone.end().await;
        let mut table = Table::default();
        if let Err(error) = times(home.path(), &mut table).await {
            table.failed("times", &*error);
        }
        print!("\n{table}");
        if table.is_whole() { Ok(()) } else { Err("not everything could be measured".into()) }
    })
}

fn open(home: &Path, kept: Option<&Path>) -> Outcome<Alone> {
    Alone::open(home, None, kept).map_err(|problem| problem.message.into())
}

/// Every component of the registry: none may be flagged.
async fn bundled(alone: &Alone) -> Outcome<()> {
    let files = packages()?;
    let mut flagged = Vec::new();
    for file in &files {
        let report = alone.look(&file.display().to_string(), candidate(file)?, None).await;
        let bad = report.findings.iter().find(|finding| !["info", "low"].contains(&finding.severity.as_str()));
        flagged.extend(bad.map(|finding| format!("{}: {}", report.file, finding.id)));
    }
    println!("\nbundled components that are flagged, medium and worse: {} of {}", flagged.len(), files.len());
    if flagged.is_empty() { Ok(()) } else { Err(flagged.join("\n").into()) }
}

/// The files of the registry that the build made.
fn packages() -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    for namespace in std::fs::read_dir(built("LOKET_REGISTRY"))?.flatten() {
        for package in std::fs::read_dir(namespace.path()).into_iter().flatten().flatten() {
            let versions = std::fs::read_dir(package.path()).into_iter().flatten().flatten();
            files.extend(versions.map(|entry| entry.path()).filter(|p| p.extension().is_some_and(|e| e == "wasm")));
        }
    }
    files.sort();
    Ok(files)
}

fn candidate(file: &Path) -> Outcome<Candidate> {
    Ok(Candidate::new(None, &std::fs::read(file)?.into(), &[]))
}

/// How long a look takes: all scanners, which are compiled already; and what they found kept.
async fn times(home: &Path, table: &mut Table) -> Outcome<()> {
    const ROUNDS: usize = 15;
    let kept = tempfile::tempdir()?;
    let (fresh, kept) = (open(home, None)?, open(home, Some(kept.path()))?);
    for package in ["loket/documents", "loket/fetch"] {
        let file = packages()?.into_iter().rfind(|file| file.parent().is_some_and(|folder| folder.ends_with(package)));
        let file = file.ok_or_else(|| format!("`{package}` is not there"))?;
        let size = std::fs::metadata(&file)?.len() / 1024;
        for (what, alone, most) in [("all scanners look", &fresh, 300.0), ("what they found is kept", &kept, 20.0)] {
            // The first look warms up, and fills what is kept.
            alone.look("", candidate(&file)?, None).await;
            let mut times = Vec::with_capacity(ROUNDS);
            for _ in 0..ROUNDS {
                // Everything counts, from the bytes on the disk to the report.
                let begun = Instant::now();
                alone.look("", candidate(&file)?, None).await;
                times.push(begun.elapsed().as_nanos() as f64);
            }
            let told = format!("median {}, slowest {}", time(median(&times)), time(quantile(&times, 1.0)));
            let what = format!("`{package}`, {size} KiB: {what}");
            table.row(&what, told, median(&times) / 1e6, Target::Most(most, " ms"));
        }
    }
    fresh.end().await;
    kept.end().await;
    Ok(())
}
