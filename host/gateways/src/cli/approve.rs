//! `loket approve`, `loket reject`: packages that wait for their owner.

use super::failure::Outcome;
use super::screen::{BOLD, DIM, state};
use super::session::Session;
use crate::desk::{Decision, DecisionRequest};
use anstyle::Style;

/// Let a package run that waits for you
///
/// A package waits when its namespace belongs to a key and it is signed by another or by none, when it asks for more than the
/// version before it, when its bytes were changed, or when its signature is none. Until then, what ran before goes on.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
`loket packages` shows what waits, and why. The approval is for these bytes
alone.

Examples:
  loket inspect acme:calc@1.1.0          look first
  loket approve acme:calc@1.1.0")]
pub(crate) struct ApproveArgs {
    #[command(flatten)]
    which: Which,
}

/// Take a package away that waits for you
///
/// Its file is removed from the home's registry. Where it came in the place of a version that runs, that is put back.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket reject acme:calc@1.1.0")]
pub(crate) struct RejectArgs {
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, clap::Args)]
struct Which {
    /// The package and its version
    package: String,
    /// Only if it is this that waits: its SHA-256, in hex
    #[arg(long, value_name = "SHA-256")]
    digest: Option<String>,
}

impl Which {
    fn request(self) -> DecisionRequest {
        DecisionRequest { package: self.package, digest: self.digest }
    }
}

/// Yes.
pub(crate) async fn approve(session: &mut Session, args: ApproveArgs) -> Outcome {
    let decision = session.client.approve(&args.which.request()).await?;
    tell(session, &decision)
}

/// No.
pub(crate) async fn reject(session: &mut Session, args: RejectArgs) -> Outcome {
    let decision = session.client.reject(&args.which.request()).await?;
    tell(session, &decision)
}

fn tell(session: &mut Session, decision: &Decision) -> Outcome {
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(decision)?)?);
    }
    let done = if decision.approved { "approved  " } else { "rejected  " };
    let is_word = !decision.state.contains(char::is_whitespace);
    let word = if is_word { &decision.state } else { "not ready" };
    let package = format!("{}  ", decision.package);
    screen.parts(&[(Style::new(), done), (BOLD, &package), (state(word), word)])?;
    screen.styled(DIM, &format!("      sha256 {}", decision.digest))?;
    if !is_word {
        screen.wrapped(6, &decision.state)?;
    }
    Ok(())
}
