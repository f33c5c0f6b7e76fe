//! `loket build`: the project's own tools, run; then its name and documentation, written in.

use super::Workshop;
use super::failure::Outcome;
use super::screen::{BOLD, DIM, Screen, size};
use crate::desk::Problem;
use crate::workshop::BuildReport;
use anstyle::Style;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Build the component of a project, whatever it is written in
///
/// The tools are those of its language: cargo, npm with componentize-js, componentize-py, or clang. What is missing is said, with how to
/// get it. What is installed is said, too, and where: in the project's own folder, or in the user's cache, for all projects.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The component goes into build/NAME.wasm. Interfaces of Loket and WASI that
`wit/` names are laid into `wit/deps/` first.

Examples:
  loket build
  loket build ./greeter
  loket publish build/greeter.wasm")]
pub(crate) struct BuildArgs {
    /// The project's folder
    #[arg(default_value = ".")]
    folder: PathBuf,
}

/// Build, and show what came of it.
pub(crate) async fn run(args: BuildArgs, workshop: Workshop, mut screen: Screen) -> Outcome {
    let (built, took) = build(workshop, args.folder).await?;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(built)?)?);
    }
    Ok(show(&mut screen, &built, took)?)
}

/// Builds a project, with notes of what is done on standard error.
pub(super) async fn build(workshop: Workshop, folder: PathBuf) -> Result<(BuildReport, Duration), Problem> {
    let begun = Instant::now();
    let built = tokio::task::spawn_blocking(move || (workshop.build)(&folder, &mut note)).await;
    let built = built.map_err(|error| Problem::failed(format!("the build broke off: {error}")))??;
    Ok((built, begun.elapsed()))
}

/// What is done now. Where it cannot be told, it is done still.
fn note(what: &str) {
    let _ = writeln!(anstream::stderr(), "{DIM}==> {}{DIM:#}", super::plain::plain_line(what));
}

/// Shows what was built.
pub(super) fn show(screen: &mut Screen, built: &BuildReport, took: Duration) -> std::io::Result<()> {
    let package = format!("{}@{}", built.package, built.version);
    let about = format!("  {}  {}  {:.1} s", built.role, size(built.bytes), took.as_secs_f64());
    screen.parts(&[(Style::new(), "built  "), (BOLD, &package), (DIM, &about)])?;
    screen.styled(DIM, &format!("      {}", shown(&built.file)))
}

/// A path as it is seen from here, where it is below.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    here.and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path).display().to_string()
}
