//! What a brain does while nobody speaks to it, and the way back.

use super::ask::{Brain, Of};
use crate::cli::failure::Outcome;
use crate::cli::lists::count;
use crate::cli::plain;
use crate::cli::screen::{BOLD, DIM, Screen};
use anstyle::Style;
use serde::Deserialize;
use serde_json::json;
use std::io;

/// So many deeds are shown of one dream.
const SHOWN: usize = 50;

/// Consolidate: merge what says nearly the same, draw insights, fade what is never used
///
/// Long runs of episodes get a summary: in the words of the agent's model when it was granted one, else of sentences that are
/// chosen. What is pinned stays as it is. An agent does this by itself when it had no turn for a while; `[memory]` in
/// `loket.toml` says how long.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket brain assistant dream --dry-run           what would be done
  loket brain assistant dream
  loket brain assistant undo 3                    the way back")]
pub(super) struct DreamArgs {
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
}

/// List past dreams, newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  loket brain assistant journal --limit 3")]
pub(super) struct JournalArgs {
    /// At most so many
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    limit: u32,
}

/// Take a dream back: what it changed and nobody changed since is as it was
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  loket brain assistant undo 3")]
pub(super) struct UndoArgs {
    /// The dream's number, as `journal` shows it
    entry: u64,
}

#[derive(Debug, Deserialize)]
struct Dream {
    entry: Option<u64>,
    deeds: Vec<Deed>,
}

#[derive(Debug, Deserialize)]
struct Night {
    entry: u64,
    time: u64,
    undone: bool,
    deeds: Vec<Deed>,
}

#[derive(Debug, Deserialize)]
struct Deed {
    kind: String,
    memories: Vec<String>,
    kept: Option<String>,
    words: String,
}

/// Dream, or say what would be dreamt.
pub(super) async fn dream(brain: &mut Brain<'_>, args: DreamArgs) -> Outcome {
    let earnest = if args.dry_run { "rehearse" } else { "apply" };
    let Some(dream) = brain.show::<Dream>(Of::Upkeep, "dream", json!({ "earnest": earnest })).await? else {
        return Ok(());
    };
    let agent = brain.agent.clone();
    let screen = brain.screen();
    if dream.deeds.is_empty() {
        return Ok(screen.text("nothing to do")?);
    }
    let what = if args.dry_run { "would do" } else { "dreamt" };
    screen.text(&format!("{what}  {}", summary(&dream.deeds)))?;
    show(screen, &dream.deeds)?;
    match dream.entry {
        Some(entry) => Ok(screen.styled(DIM, &format!("take it back: loket brain {agent} undo {entry}"))?),
        None => Ok(()),
    }
}

/// Past dreams.
pub(super) async fn journal(brain: &mut Brain<'_>, args: JournalArgs) -> Outcome {
    let arguments = json!({ "limit": args.limit });
    let Some(nights) = brain.show::<Vec<Night>>(Of::Upkeep, "journal", arguments).await? else { return Ok(()) };
    let screen = brain.screen();
    if nights.is_empty() {
        return Ok(screen.text("no dreams so far")?);
    }
    for night in nights {
        let about = format!("  {}  {}", screen.day(night.time), summary(&night.deeds));
        let undone = if night.undone { "  taken back" } else { "" };
        screen.parts(&[(BOLD, &night.entry.to_string()), (Style::new(), &about), (DIM, undone)])?;
        show(screen, &night.deeds)?;
    }
    Ok(())
}

/// The way back.
pub(super) async fn undo(brain: &mut Brain<'_>, args: UndoArgs) -> Outcome {
    match brain.show::<u64>(Of::Upkeep, "undo", json!({ "entry": args.entry })).await? {
        Some(1) => Ok(brain.screen().text("taken back  1 memory is as it was")?),
        Some(many) => Ok(brain.screen().text(&format!("taken back  {many} memories are as they were"))?),
        None => Ok(()),
    }
}

/// `2 merges, 1 insight`.
fn summary(deeds: &[Deed]) -> String {
    let kinds = [("merge", "merge"), ("insight", "insight"), ("summary", "summary"), ("fade", "fading")];
    let told = kinds.iter().filter_map(|(kind, word)| {
        let number = deeds.iter().filter(|deed| deed.kind == *kind).count();
        match (number, *word) {
            (0, _) => None,
            (2.., "summary") => Some(format!("{number} summaries")),
            _ => Some(count(number, word)),
        }
    });
    told.collect::<Vec<_>>().join(", ")
}

fn show(screen: &mut Screen, deeds: &[Deed]) -> io::Result<()> {
    for deed in deeds.iter().take(SHOWN) {
        let of = count(deed.memories.len(), "memory").replace("memorys", "memories");
        let kept = deed.kept.as_ref().map_or_else(String::new, |id| format!("  {id}"));
        screen.parts(&[(Style::new(), &format!("  {}", deed.kind)), (DIM, &format!("  {of}{kept}"))])?;
        screen.wrapped(4, &plain::excerpt(&deed.words, 200))?;
    }
    match deeds.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => screen.styled(DIM, &format!("  and {more} more; --json shows all")),
    }
}
