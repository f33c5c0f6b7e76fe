//! Letting go: a memory, and everything that is left of what was let go of.

use super::ask::{Brain, Of};
use super::entry::Entry;
use crate::cli::failure::{Failure, Outcome};
use crate::cli::screen::{DIM, Screen, size};
use crate::desk::Problem;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::io;

/// Let go of a memory for good
///
/// Its words leave the brain, its files, and the ledger, where they stand in the records of calls. Exchanges in which the same
/// was said are memories of their own: you are told which, and with --echoes they go too. A backup that was made before has all
/// of it still.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket brain assistant forget 01J8ZQ5T6V7W8X9Y0Z1A2B3C4D
  loket brain assistant forget ID --echoes --snapshots")]
pub(super) struct ForgetArgs {
    /// The memory
    id: String,
    /// Let go of exchanges in which the same was said, too
    #[arg(long)]
    echoes: bool,
    /// Take it out of snapshots as well
    #[arg(long)]
    snapshots: bool,
}

/// Make sure that nothing is left of what was forgotten
///
/// `forget` does this by itself. It is needed after an agent forgot something, which leaves its traces to the next purge.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket brain assistant purge
  loket brain assistant purge --snapshots")]
pub(super) struct PurgeArgs {
    /// Take what was forgotten out of snapshots as well
    #[arg(long)]
    snapshots: bool,
}

/// Bytes of what is asked of a memory (the contract's limit).
const MOST_WORDS: usize = 8 << 10;

#[derive(Debug, Deserialize)]
struct Hit {
    entry: Entry,
}

#[derive(Debug, Deserialize)]
struct Purged {
    before: u64,
    after: u64,
    payloads: u64,
    snapshots: u32,
}

/// Forget, then purge.
pub(super) async fn forget(brain: &mut Brain<'_>, args: ForgetArgs) -> Outcome {
    let Some(mut left) = echoes(brain, &args.id).await? else {
        let problem = Problem::not_found(format!("there is no memory `{}`, and nothing was forgotten", args.id));
        let next = format!(
            "`loket brain {0} list` shows what there is; traces of an earlier one go with `loket brain {0} purge`",
            brain.agent
        );
        return Err(problem.hint(next).into());
    };
    let mut forgotten = vec![args.id.clone()];
    if args.echoes {
        forgotten.append(&mut left);
    }
    for id in &forgotten {
        brain.ask::<()>(Of::Memory, "forget", json!({ "id": id })).await?;
    }
    let purged: Json = match brain.ask(Of::Upkeep, "purge", copies(args.snapshots)).await {
        Ok(purged) => purged,
        Err(Failure::Problem(mut problem)) => {
            problem.message = format!("`{}` is forgotten, and traces of it are left: {}", args.id, problem.message);
            let again = match args.snapshots {
                true => format!("loket brain {} purge --snapshots", brain.agent),
                false => format!("loket brain {} purge", brain.agent),
            };
            return Err(problem.hint(again).into());
        }
        Err(failure) => return Err(failure),
    };
    let agent = brain.agent.clone();
    let screen = brain.screen();
    if screen.is_json() {
        return Ok(screen.document(&json!({ "forgotten": forgotten, "echoes": left, "purged": purged }))?);
    }
    for id in &forgotten {
        screen.text(&format!("forgotten  {id}"))?;
    }
    show(screen, &serde_json::from_value(purged)?)?;
    if !left.is_empty() {
        screen.wrapped(0, &format!("the same was said in {}", left.join(", ")))?;
        screen.styled(DIM, &format!("let go of it too: loket brain {agent} forget {}", left[0]))?;
    }
    Ok(())
}

/// The exchanges in which the words of a memory were said; of a lesson, what is right or what was wrong. `None` where there is no such
/// memory.
async fn echoes(brain: &Brain<'_>, id: &str) -> Outcome<Option<Vec<String>>> {
    let Some(memory) = brain.ask::<Option<Entry>>(Of::Memory, "get", json!({ "id": id })).await? else {
        return Ok(None);
    };
    let said = match memory.lesson {
        Some(lesson) => vec![lesson.right, lesson.wrong],
        None => vec![memory.text],
    };
    let mut found: Vec<String> = Vec::new();
    for words in said.iter().map(|words| words.trim().to_lowercase()).filter(|words| !words.is_empty()) {
        let query = json!({
            "text": &words[..words.floor_char_boundary(MOST_WORDS)], "kinds": ["episode"], "tags": [], "without": [], "around": 0,
            "limit": 100,
        });
        let hits: Vec<Hit> = brain.ask(Of::Memory, "recall", json!({ "query": query })).await?;
        let says = |entry: &Entry| entry.id != id && entry.text.to_lowercase().contains(&words);
        let new = hits.into_iter().map(|hit| hit.entry).filter(says).map(|entry| entry.id);
        found.extend(new);
    }
    found.sort_unstable();
    found.dedup();
    Ok(Some(found))
}

/// Purge alone.
pub(super) async fn purge(brain: &mut Brain<'_>, args: PurgeArgs) -> Outcome {
    let Some(purged) = brain.show::<Purged>(Of::Upkeep, "purge", copies(args.snapshots)).await? else { return Ok(()) };
    brain.screen().text("purged")?;
    Ok(show(brain.screen(), &purged)?)
}

fn copies(in_snapshots: bool) -> Json {
    json!({ "copies": if in_snapshots { "purge" } else { "keep" } })
}

fn show(screen: &mut Screen, purged: &Purged) -> io::Result<()> {
    let plural = |number: u64, one: &str, many: &str| format!("{number} {}", if number == 1 { one } else { many });
    let ledger = plural(purged.payloads, "record of the ledger was erased", "records of the ledger were erased");
    let snapshots = plural(purged.snapshots.into(), "snapshot was rewritten", "snapshots were rewritten");
    screen.styled(DIM, &format!("  {ledger}; {snapshots}"))?;
    screen.styled(DIM, &format!("  on disk {} before, {} now", size(purged.before), size(purged.after)))
}
