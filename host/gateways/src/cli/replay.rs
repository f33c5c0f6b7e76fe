//! `loket replay`: a recorded turn run again, or held against the grants without one of them.

use super::failure::{Failure, Outcome};
use super::lists::count;
use super::plain;
use super::screen::{BOLD, DIM, Screen, state};
use super::session::Session;
use crate::desk::{RefusedInfo, ReplayReport, ReplayRequest};
use anstyle::Style;
use std::io;

/// Run a recorded turn again: nothing outside is touched, and it must do the same
///
/// The very bytes that ran then get what they were given then: the same words, moment and random numbers, and to each of
/// their calls the answer of the ledger. No tool, no model and no memory is asked, and nothing is written.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
With `--without`, nothing runs: each call of the turn, those that its tools made
among them, is held against the grants of now, less that one.

Exit codes: 0 when it did the same, or when all would have been let through;
1 when it did something else, and the first difference is shown; 3 when a call
would have been refused.

Examples:
  loket replay TURN                                 `loket ledger` shows turns
  loket replay TURN --without loket:fetch           had the agent not had that
  loket replay TURN --without loket:http/client --of loket:fetch")]
pub(crate) struct ReplayArgs {
    /// The turn
    turn: String,
    /// Say what would have been refused without the grant for this capability or package
    #[arg(long, value_name = "CAPABILITY")]
    without: Option<String>,
    /// Whose grant: an agent's name or a package [default: the turn's agent]
    #[arg(long, value_name = "GRANTEE", requires = "without")]
    of: Option<String>,
}

/// Run it again.
pub(crate) async fn run(session: &mut Session, args: ReplayArgs) -> Outcome {
    let request = ReplayRequest { turn: args.turn, without: args.without, of: args.of };
    let report = session.client.replay(&request).await?;
    let screen = &mut session.screen;
    if screen.is_json() {
        screen.document(&serde_json::to_value(&report)?)?;
    } else {
        show(screen, &report)?;
    }
    match report.verdict.as_str() {
        "equal" | "unaffected" => Ok(()),
        "refused" => Err(Failure::Blocked),
        _ => Err(Failure::Found),
    }
}

fn show(screen: &mut Screen, report: &ReplayReport) -> io::Result<()> {
    let calls = count(usize::try_from(report.calls).unwrap_or(usize::MAX), "call");
    let package = report.package.as_deref().map(|package| format!("  {package}")).unwrap_or_default();
    let said = match report.verdict.as_str() {
        "equal" if report.cut_off => format!("{calls} as before, as far as the record goes: the turn was cut off"),
        "equal" => format!("{calls} and the answer as before"),
        "unaffected" => format!("{calls}, all of them let through"),
        "refused" => format!("after {calls} that would have been let through"),
        _ => format!("after {calls} as before"),
    };
    let colour = if matches!(report.verdict.as_str(), "equal" | "unaffected") { state("ok") } else { state("fault") };
    screen.parts(&[(colour, &report.verdict), (Style::new(), &format!("  {said}")), (DIM, &package)])?;
    if let Some(answer) = &report.answer {
        let room = screen.width().saturating_sub(6);
        screen.styled(DIM, &format!("      {}", plain::excerpt(&plain::plain_json(&answer.to_string()), room)))?;
    }
    if let Some(divergence) = &report.divergence {
        let at = divergence.call.map(|call| format!("call {call}: ")).unwrap_or_default();
        screen.wrapped(6, &format!("{at}{}", divergence.what))?;
        let room = screen.width().saturating_sub(6);
        for line in &divergence.diff {
            // Its first character says which side it is of, also where that is a space.
            let line: String = plain::plain_line(line).chars().take(room).collect();
            screen.styled(Style::new(), &format!("      {line}"))?;
        }
    }
    if let Some(refused) = &report.refused_anyway {
        screen.wrapped(6, "The grants of now would refuse this one with it too:")?;
        tell(screen, refused)?;
    }
    match &report.refused {
        Some(refused) => tell(screen, refused),
        None => Ok(()),
    }
}

fn tell(screen: &mut Screen, refused: &RefusedInfo) -> io::Result<()> {
    let what = format!("{}.{}", refused.capability, refused.function);
    screen.parts(&[(Style::new(), &format!("      call {}  ", refused.call)), (BOLD, &what)])?;
    screen.styled(DIM, &format!("      {}", refused.chain))?;
    if let Some(arguments) = &refused.arguments {
        let room = screen.width().saturating_sub(6);
        screen.styled(DIM, &format!("      {}", plain::excerpt(&plain::plain_json(&arguments.to_string()), room)))?;
    }
    screen.wrapped(6, &refused.reason)?;
    match &refused.remedy {
        Some(remedy) => screen.wrapped(6, &format!("hint: {remedy}")),
        None => Ok(()),
    }
}
