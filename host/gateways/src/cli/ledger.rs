//! `loket ledger`: what was done, by whom and through whom; and whether the record still holds.

use super::failure::{Failure, Outcome};
use super::lists::count;
use super::plain;
use super::screen::{BOLD, DIM, Screen, state};
use super::session::Session;
use crate::desk::{LedgerLine, LedgerQuery, VerifyReport};
use anstyle::Style;
use futures::StreamExt;
use std::io;

/// Read what was done: every call, who asked for it, and what came of it
///
/// The ledger is a chain: each line holds the hash of the one before, so that no line can be changed or left out unseen.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket ledger                  the newest lines
  loket ledger --turn TURN      all lines of one turn
  loket ledger --from 1         from the beginning
  loket ledger --follow         new lines as they are written, until ctrl-c
  loket ledger --verify         check the chain; exit code 1 when it is broken")]
pub(crate) struct LedgerArgs {
    /// Show new lines as they are written
    #[arg(long, short, conflicts_with_all = ["verify", "from", "limit"])]
    follow: bool,
    /// Check the chain from the first line to the last
    #[arg(long, conflicts_with_all = ["turn", "from", "limit"])]
    verify: bool,
    /// Only the lines of this turn
    #[arg(long, value_name = "T")]
    turn: Option<String>,
    /// From this line on; the newest lines when left out
    #[arg(long, value_name = "N")]
    from: Option<u64>,
    /// At most so many lines: 1 to 1000 [default: 50]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: Option<u32>,
}

/// Read, follow or verify.
pub(crate) async fn run(session: &mut Session, args: LedgerArgs) -> Outcome {
    if args.verify {
        return verify(session).await;
    }
    if args.follow {
        return follow(session, args.turn.as_deref()).await;
    }
    let lines = session.client.ledger(&LedgerQuery { from: args.from, turn: args.turn, limit: args.limit }).await?;
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(lines)?)?);
    }
    if lines.is_empty() {
        return Ok(screen.text("no lines")?);
    }
    let mut day = String::new();
    for line in &lines {
        show(screen, line, &mut day)?;
    }
    Ok(())
}

async fn follow(session: &mut Session, turn: Option<&str>) -> Outcome {
    let mut lines = session.client.follow().await?;
    let mut day = String::new();
    while let Some(line) = lines.next().await {
        let line = line?;
        if turn.is_some_and(|turn| line.turn != turn) {
            continue;
        }
        if session.screen.is_json() {
            session.screen.json_line(&serde_json::to_value(line)?)?;
        } else {
            show(&mut session.screen, &line, &mut day)?;
        }
    }
    Ok(())
}

/// One line of the ledger: what, then through whom, then what was said.
fn show(screen: &mut Screen, line: &LedgerLine, day: &mut String) -> io::Result<()> {
    let (date, time) = screen.moment(&line.time);
    if *day != date {
        screen.styled(BOLD, &date)?;
        *day = date;
    }
    let begin = format!("{:>6}  {time}  ", line.seq);
    let kind = format!("{:<8}", line.kind);
    let what = match (line.capability.as_str(), line.function.as_str()) {
        ("", "") => String::new(),
        ("", act) => format!("  {act}"),
        (capability, "") => format!("  {capability}"),
        (file, act) if line.kind == "act" => format!("  {file}: {act}"),
        (capability, function) => format!("  {capability}.{function}"),
    };
    let colour = match line.kind.as_str() {
        "refused" | "failed" => state("fault"),
        "act" => BOLD,
        _ => Style::new(),
    };
    screen.parts(&[(DIM, &begin), (colour, &kind), (Style::new(), &what)])?;
    let labels = if line.labels.is_empty() { String::new() } else { format!("  [{}]", line.labels.join(", ")) };
    let turn = if line.turn.is_empty() { String::new() } else { format!("  turn {}", line.turn) };
    screen.styled(DIM, &format!("        {}{labels}{turn}", line.chain))?;
    if let Some(payload) = &line.payload {
        let room = screen.width().saturating_sub(8);
        screen.styled(DIM, &format!("        {}", plain::excerpt(&plain::plain_json(&payload.to_string()), room)))?;
    }
    Ok(())
}

async fn verify(session: &mut Session) -> Outcome {
    let report = session.client.verify().await?;
    let sound = report.sound;
    if session.screen.is_json() {
        session.screen.document(&serde_json::to_value(report)?)?;
    } else {
        show_report(&mut session.screen, &report)?;
    }
    if sound { Ok(()) } else { Err(Failure::Found) }
}

fn show_report(screen: &mut Screen, report: &VerifyReport) -> io::Result<()> {
    let lines = count(usize::try_from(report.lines).unwrap_or(usize::MAX), "line");
    if report.sound {
        screen.parts(&[(state("ok"), "sound"), (Style::new(), &format!("   {lines}, every link holds"))])?;
    } else {
        screen.parts(&[(state("fault"), "broken"), (Style::new(), &format!("  {lines} checked"))])?;
    }
    for fault in &report.faults {
        screen.wrapped(8, &format!("- {fault}"))?;
    }
    if report.erased > 0 {
        let payloads = count(usize::try_from(report.erased).unwrap_or(usize::MAX), "payload");
        screen.wrapped(8, &format!("{payloads} erased; what they hashed to still stands in the chain"))?;
    }
    screen.styled(DIM, &format!("        head {}", report.head))
}
