//! One memory put right by hand or pinned, and how much there is.

use super::ask::{Brain, Of};
use super::entry::Kind;
use crate::cli::failure::Outcome;
use crate::cli::screen::{DIM, size};
use anstyle::Style;
use serde::Deserialize;
use serde_json::json;

/// Change a memory's words, its tags or its kind
///
/// Its id, where it came from and its strength stay. Of a lesson the words are what is right. To have a mistake remembered as
/// one, use `correct`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket brain assistant edit ID --text \"the garden is watered at six\"
  loket brain assistant edit ID --tag garden --tag plants
  loket brain assistant edit ID --no-tags --kind skill")]
#[command(group = clap::ArgGroup::new("revision").required(true).multiple(true))]
#[group(skip)]
pub(super) struct EditArgs {
    /// The memory
    id: String,
    /// The new words
    #[arg(long, value_name = "TEXT", group = "revision")]
    text: Option<String>,
    /// A word to find it by, in place of all that it had; may be given several times
    #[arg(long = "tag", value_name = "WORD", group = "revision")]
    tags: Vec<String>,
    /// No words to find it by besides its text
    #[arg(long, group = "revision", conflicts_with = "tags")]
    no_tags: bool,
    /// The new kind; a lesson from a correction stays one
    #[arg(long, value_enum, value_name = "KIND", group = "revision")]
    kind: Option<Kind>,
}

/// Pin a memory: nothing supersedes, merges or fades it unasked
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  loket brain assistant pin 01J8ZQ5T6V7W8X9Y0Z1A2B3C4D")]
pub(super) struct PinArgs {
    /// The memory
    pub(super) id: String,
}

/// Take a memory's pin away
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  loket brain assistant unpin 01J8ZQ5T6V7W8X9Y0Z1A2B3C4D")]
pub(super) struct UnpinArgs {
    /// The memory
    pub(super) id: String,
}

/// Say how much the brain holds, and how much it may
///
/// The limits are in `[memory]` of `loket.toml`, and an agent's `agent.toml` may lower them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  loket brain assistant usage")]
pub(super) struct UsageArgs {}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Usage {
    memories: u64,
    bytes: u64,
    on_disk: u64,
    max_memories: Option<u64>,
    max_bytes: Option<u64>,
}

/// Other words.
pub(super) async fn edit(brain: &mut Brain<'_>, args: EditArgs) -> Outcome {
    let tags = (args.no_tags || !args.tags.is_empty()).then_some(args.tags);
    let revision = json!({ "text": args.text, "tags": tags, "kind": args.kind.map(Kind::name) });
    done(brain, "edit", json!({ "id": args.id, "revision": revision }), &format!("changed  {}", args.id)).await
}

/// Hold fast.
pub(super) async fn pin(brain: &mut Brain<'_>, id: &str) -> Outcome {
    done(brain, "pin", json!({ "id": id }), &format!("pinned  {id}")).await
}

/// Hold fast no longer.
pub(super) async fn unpin(brain: &mut Brain<'_>, id: &str) -> Outcome {
    done(brain, "unpin", json!({ "id": id }), &format!("no longer pinned  {id}")).await
}

/// A call that answers with nothing.
pub(super) async fn done(brain: &mut Brain<'_>, function: &str, arguments: serde_json::Value, what: &str) -> Outcome {
    match brain.show::<()>(Of::Upkeep, function, arguments).await? {
        Some(()) => Ok(brain.screen().text(what)?),
        None => Ok(()),
    }
}

/// How much there is.
pub(super) async fn usage(brain: &mut Brain<'_>) -> Outcome {
    let Some(usage) = brain.show::<Usage>(Of::Upkeep, "usage", json!([])).await? else { return Ok(()) };
    let of = |most: Option<String>| most.map_or_else(String::new, |most| format!(" of {most}"));
    let most = (usage.max_memories.map(|most| most.to_string()), usage.max_bytes.map(size));
    let facts = [
        ("memories", format!("{}{}", usage.memories, of(most.0))),
        ("size", format!("{}{}", size(usage.bytes), of(most.1))),
        ("on disk", format!("{}, with the index and snapshots", size(usage.on_disk))),
    ];
    for (name, value) in facts {
        brain.screen().parts(&[(DIM, &format!("{name:<10}")), (Style::new(), &value)])?;
    }
    Ok(())
}
