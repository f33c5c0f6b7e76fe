//! `loket yank`, `loket unyank`, `loket registry`: versions that are taken back, and those that nobody needs any more.

use super::failure::Outcome;
use super::lists::count;
use super::screen::{DIM, size};
use super::session::Session;
use crate::desk::{GarbageRequest, PackageVersion, Problem, YankReport};
use clap::Subcommand;

/// Take a version of a package back: it is chosen for nobody new
///
/// The file stays. An agent that runs it goes on, and so does whoever asks for exactly this version or has no other that would
/// do; everybody else gets the newest version that was not taken back.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket yank acme:calc@1.2.0
  loket registry gc                      removes it, once nobody uses it")]
pub(crate) struct YankArgs {
    /// The package and its version
    package: String,
}

/// Take a yanked version into use again
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket unyank acme:calc@1.2.0")]
pub(crate) struct UnyankArgs {
    /// The package and its version
    package: String,
}

/// Look after the folder of packages
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket registry gc --dry-run")]
pub(crate) struct RegistryArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    Gc(GcArgs),
}

/// Remove the versions that nobody needs from the home's registry folder
///
/// Those are versions that were yanked, that may not run, or that are of an agent's package: when no agent runs them, nothing
/// is linked to them, and there is a newer one. What serves, what waits for you, and the newest version of each package stay.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket registry gc --dry-run            what would be removed
  loket registry gc")]
struct GcArgs {
    /// Only say what would be removed
    #[arg(long)]
    dry_run: bool,
}

/// Take it back.
pub(crate) async fn yank(session: &mut Session, args: YankArgs) -> Outcome {
    let report = session.client.yank(&PackageVersion { package: args.package }).await?;
    tell(session, &report)
}

/// Take it into use again.
pub(crate) async fn unyank(session: &mut Session, args: UnyankArgs) -> Outcome {
    let report = session.client.unyank(&PackageVersion { package: args.package }).await?;
    tell(session, &report)
}

fn tell(session: &mut Session, report: &YankReport) -> Outcome {
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(report)?)?);
    }
    let YankReport { package, yanked, changed } = report;
    let words = match (yanked, changed) {
        (true, true) => format!("yanked  `{package}`: it is chosen for nobody new"),
        (false, true) => format!("in use again  `{package}`"),
        (true, false) => format!("`{package}` was yanked before; nothing has changed"),
        (false, false) => format!("`{package}` was not yanked; nothing has changed"),
    };
    Ok(screen.text(&words)?)
}

/// One of the acts.
pub(crate) async fn run(session: &mut Session, args: RegistryArgs) -> Outcome {
    let Act::Gc(args) = args.act;
    let report = session.client.garbage(&GarbageRequest { dry_run: args.dry_run }).await?;
    let screen = &mut session.screen;
    if screen.is_json() {
        screen.document(&serde_json::to_value(&report)?)?;
    } else {
        let word = if report.dry_run { "would remove" } else { "removed" };
        for found in &report.removed {
            screen.text(&format!("{word}  {}  {}", found.package, size(found.bytes)))?;
        }
        screen.styled(DIM, &format!("{}, {}", count(report.removed.len(), "version"), size(report.bytes)))?;
    }
    match report.left.as_slice() {
        [] => Ok(()),
        left => {
            Err(Problem::failed(format!("not all could be removed\n{}", left.join("\n"))).hint("loket doctor").into())
        }
    }
}
