//! The brain at other times, and elsewhere: snapshots, how they differ, the way back, another agent.

use super::ask::{Brain, Of};
use super::care::done;
use super::entry::Entry;
use crate::cli::failure::{Failure, Outcome};
use crate::cli::plain;
use crate::cli::screen::{BOLD, DIM, Screen, size, state};
use anstyle::Style;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::io;

/// So many differences are asked for at once.
const AT_ONCE: u32 = 100;

/// Keep the brain as it is now, under a name
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket brain assistant snapshot before-the-move
  loket brain assistant revert before-the-move       the way back")]
pub(super) struct SnapshotArgs {
    /// Its name: letters, digits, `-`, `_` and `.`
    name: String,
}

/// List the snapshots, oldest first
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  loket brain assistant snapshots")]
pub(super) struct SnapshotsArgs {}

/// Drop a snapshot
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  loket brain assistant drop-snapshot before-the-move")]
pub(super) struct DropArgs {
    /// Its name
    name: String,
}

/// Say how a snapshot differs from now, or from another
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket brain assistant diff before-the-move
  loket brain assistant diff monday tuesday")]
pub(super) struct DiffArgs {
    /// The snapshot
    from: String,
    /// The other snapshot; now when it is left out
    to: Option<String>,
    /// At most so many memories
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
    /// Go on behind this memory
    #[arg(long, value_name = "ID")]
    after: Option<String>,
}

/// Put the brain back to a snapshot; what it is now is kept as one first
///
/// What was forgotten since stays forgotten.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  loket brain assistant revert before-the-move")]
pub(super) struct RevertArgs {
    /// The snapshot
    to: String,
}

/// Make a new agent with this agent's manifest, persona and memories; it is granted nothing
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket brain assistant fork scout
  loket inspect scout                what it asks for, and how to grant it")]
pub(super) struct ForkArgs {
    /// The new agent's name
    into: String,
}

#[derive(Debug, Deserialize)]
struct Snapshot {
    name: String,
    made: u64,
    memories: u64,
    bytes: u64,
}

#[derive(Debug, Deserialize)]
struct Difference {
    id: String,
    change: String,
    before: Option<Entry>,
    after: Option<Entry>,
}

/// Keep.
pub(super) async fn snapshot(brain: &mut Brain<'_>, args: SnapshotArgs) -> Outcome {
    let made = brain.show::<Snapshot>(Of::Upkeep, "snapshot", json!({ "name": args.name })).await?;
    let Some(Snapshot { name, memories, bytes, .. }) = made else { return Ok(()) };
    Ok(brain.screen().text(&format!("kept  {name}  {}, {}", many(memories), size(bytes)))?)
}

/// What is kept.
pub(super) async fn snapshots(brain: &mut Brain<'_>) -> Outcome {
    let Some(all) = brain.show::<Vec<Snapshot>>(Of::Upkeep, "snapshots", json!([])).await? else { return Ok(()) };
    let screen = brain.screen();
    if all.is_empty() {
        return Ok(screen.text("no snapshots")?);
    }
    let rows: Vec<Vec<String>> = all
        .into_iter()
        .map(|found| vec![found.name, screen.day(found.made), found.memories.to_string(), size(found.bytes)])
        .collect();
    Ok(screen.table(&["SNAPSHOT", "MADE", "MEMORIES", "SIZE"], &[2, 3], &rows)?)
}

/// Keep no longer.
pub(super) async fn drop_snapshot(brain: &mut Brain<'_>, args: DropArgs) -> Outcome {
    let what = format!("dropped  {}", args.name);
    done(brain, "drop-snapshot", json!({ "name": args.name }), &what).await
}

/// What became of memories in between.
pub(super) async fn diff(brain: &mut Brain<'_>, args: DiffArgs) -> Outcome {
    let (mut after, mut left, mut all) = (args.after.clone(), args.limit, Vec::new());
    let mut at_once = AT_ONCE;
    let mut more = false;
    while left > 0 {
        let limit = left.min(at_once);
        let arguments = json!({ "from": args.from, "to": args.to, "after": after, "limit": limit });
        let piece: Vec<Json> = match brain.ask(Of::Upkeep, "diff", arguments).await {
            Ok(piece) => piece,
            // Memories of 64 KiB, each as it was and as it is: so many do not fit into one answer.
            Err(Failure::Problem(problem)) if problem.code == "exhausted" && limit > 1 => {
                at_once = limit / 2;
                continue;
            }
            Err(failure) => return Err(failure),
        };
        let found = u32::try_from(piece.len()).unwrap_or(u32::MAX);
        after = piece.last().and_then(|last| last["id"].as_str()).map(str::to_owned);
        all.extend(piece);
        left = left.saturating_sub(found);
        more = found == limit;
        if !more {
            break;
        }
    }
    if brain.screen().is_json() {
        return Ok(brain.screen().document(&Json::Array(all))?);
    }
    let next = match &args.to {
        Some(to) => format!("loket brain {} diff {} {to}", brain.agent, args.from),
        None => format!("loket brain {} diff {}", brain.agent, args.from),
    };
    let screen = brain.screen();
    if all.is_empty() {
        return Ok(screen.text("no difference")?);
    }
    for difference in all {
        show(screen, &serde_json::from_value(difference)?)?;
    }
    match after.filter(|_| more) {
        Some(after) => Ok(screen.styled(DIM, &format!("more: {next} --after {after}"))?),
        None => Ok(()),
    }
}

fn show(screen: &mut Screen, difference: &Difference) -> io::Result<()> {
    let (sign, colour) = match difference.change.as_str() {
        "added" => ("+ ", state("ok")),
        "gone" => ("- ", state("fault")),
        _ => ("~ ", state("warning")),
    };
    let either = difference.after.as_ref().or(difference.before.as_ref());
    let about = either.map_or_else(String::new, |entry| format!("  {}  {}", screen.day(entry.written), entry.kind));
    screen.parts(&[(colour, sign), (BOLD, &difference.id), (Style::new(), &about)])?;
    let text = |entry: &Option<Entry>| entry.as_ref().map(|entry| plain::excerpt(&entry.text, 300));
    match (text(&difference.before), text(&difference.after)) {
        (Some(before), Some(after)) if before != after => {
            screen.wrapped(4, &format!("was: {before}"))?;
            screen.wrapped(4, &format!("is:  {after}"))
        }
        (before, after) => screen.wrapped(4, &after.or(before).unwrap_or_default()),
    }
}

/// Back.
pub(super) async fn revert(brain: &mut Brain<'_>, args: RevertArgs) -> Outcome {
    let kept = brain.show::<String>(Of::Upkeep, "revert", json!({ "to": args.to })).await?;
    let Some(kept) = kept else { return Ok(()) };
    let agent = brain.agent.clone();
    brain.screen().text(&format!("reverted  to {}; what it was is kept as {kept}", args.to))?;
    Ok(brain.screen().styled(DIM, &format!("the way back: loket brain {agent} revert {kept}"))?)
}

/// Another agent.
pub(super) async fn fork(brain: &mut Brain<'_>, args: ForkArgs) -> Outcome {
    let Some(()) = brain.show::<()>(Of::Upkeep, "fork", json!({ "into": args.into })).await? else { return Ok(()) };
    brain.screen().text(&format!("made  agent `{}`, which is granted nothing", args.into))?;
    Ok(brain.screen().styled(DIM, &format!("what it asks for: loket inspect {}", args.into))?)
}

fn many(memories: u64) -> String {
    if memories == 1 { "1 memory".to_owned() } else { format!("{memories} memories") }
}
