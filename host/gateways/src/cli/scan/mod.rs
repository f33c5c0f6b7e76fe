//! `loket scan`: what the scanners say of a file, on its own. [`sarif`] is the form that CI services read.

mod sarif;

use super::Scan;
use super::failure::{Failure, Outcome};
use super::screen::{BOLD, DIM, Screen, size};
use crate::desk::Problem;
use crate::scan::{ScanFinding, ScanReport, ScanRequest};
use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use std::io;
use std::path::{Path, PathBuf};

/// Have the scanners look at a WebAssembly file, and say whether it would be let in
///
/// Nothing of the file runs. The scanners are those of the home, or of this program where there is no home; what follows from
/// a finding is said by `[scan]` in the home's loket.toml.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The exit code is 0 when it passes, also with findings that only inform, and 3
when it is blocked or would wait for you.

Examples:
  loket scan ./scout.wasm
  loket scan ./scout.wasm --against ./scout-old.wasm     what changed, too
  loket scan ./scout.wasm --format sarif > scan.sarif    for a CI service")]
pub(crate) struct ScanArgs {
    /// A component, or a core module
    file: PathBuf,
    /// The version that it would replace
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// A folder of advisories in the layout of the RustSec database; without it, `advisories/` in the home
    #[arg(long, value_name = "FOLDER")]
    advisories: Option<PathBuf>,
    /// How the findings are printed; `--json` is the same as `--format json`
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One document in the form of this program
    Json,
    /// One document in the form of SARIF 2.1.0
    Sarif,
}

/// Look, and show.
pub(crate) async fn run(home: &Path, args: ScanArgs, scan: Scan, mut screen: Screen) -> Outcome {
    let request = ScanRequest {
        home: home.to_owned(),
        file: absolute(&args.file)?,
        against: args.against.as_deref().map(absolute).transpose()?,
        advisories: args.advisories.as_deref().map(absolute).transpose()?,
    };
    let found = scan(request).await?;
    match args.format {
        Format::Sarif => screen.document(&sarif::log(&found))?,
        Format::Json => screen.document(&serde_json::to_value(&found)?)?,
        Format::Text if screen.is_json() => screen.document(&serde_json::to_value(&found)?)?,
        Format::Text => show(&mut screen, &found)?,
    }
    if found.action == "inform" { Ok(()) } else { Err(Failure::Blocked) }
}

fn absolute(path: &Path) -> Result<PathBuf, Problem> {
    std::path::absolute(path)
        .map_err(|error| Problem::invalid(format!("`{}` is no path: {error}", path.display())).hint("name a file"))
}

fn show(screen: &mut Screen, found: &ScanReport) -> io::Result<()> {
    let word = match found.action.as_str() {
        "inform" => (AnsiColor::Green.on_default(), "  passes"),
        "ask" => (AnsiColor::Yellow.on_default(), "  waits for you"),
        _ => (AnsiColor::Red.on_default(), "  blocked"),
    };
    screen.parts(&[(BOLD, &found.file), word])?;
    screen.styled(DIM, &format!("sha256 {}", found.digest))?;
    screen.styled(DIM, &size(found.bytes))?;
    let asked = if found.scanners.is_empty() { "no scanner".to_owned() } else { found.scanners.join(", ") };
    screen.wrapped(0, &format!("asked: {asked}"))?;
    if found.findings.is_empty() {
        screen.text("")?;
        return screen.text("nothing was found");
    }
    found.findings.iter().try_for_each(|finding| show_finding(screen, finding))
}

fn show_finding(screen: &mut Screen, finding: &ScanFinding) -> io::Result<()> {
    screen.text("")?;
    let severity = format!("{}  ", finding.severity);
    let id = format!("  {}", finding.id);
    screen.parts(&[(of(&finding.severity), &severity), (BOLD, &finding.title), (DIM, &id)])?;
    screen.wrapped(2, &finding.message)?;
    for evidence in &finding.evidence {
        let place = format!("at {} {:#x}: {}", evidence.place, evidence.offset, evidence.text);
        screen.wrapped(2, &place)?;
    }
    if finding.remedy.is_empty() { Ok(()) } else { screen.wrapped(2, &format!("hint: {}", finding.remedy)) }
}

fn of(severity: &str) -> Style {
    match severity {
        "critical" | "high" => AnsiColor::Red.on_default(),
        "medium" => AnsiColor::Yellow.on_default(),
        _ => Style::new(),
    }
}
