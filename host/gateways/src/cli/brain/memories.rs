//! What an agent does with its memories, done by its owner: list, show, remember, correct.

use super::ask::{Brain, Of};
use super::entry::{self, Entry, Kind};
use crate::cli::failure::Outcome;
use crate::cli::screen::DIM;
use crate::desk::Problem;
use serde::Deserialize;
use serde_json::json;

/// List memories, newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket brain assistant list
  loket brain assistant list --kind lesson --limit 100")]
pub(super) struct ListArgs {
    /// Only this kind; may be given several times
    #[arg(long = "kind", value_name = "KIND")]
    kinds: Vec<Kind>,
    /// At most so many
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    limit: u32,
    /// Go on where an earlier list ended
    #[arg(long, value_name = "CURSOR", allow_hyphen_values = true)]
    cursor: Option<String>,
}

/// Show one memory: all of it, and where it came from
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  loket brain assistant show 01J8ZQ5T6V7W8X9Y0Z1A2B3C4D")]
pub(super) struct ShowArgs {
    /// The memory
    id: String,
}

/// Tell it something to keep
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  loket brain assistant remember \"the garden is watered at seven\" --tag garden")]
pub(super) struct RememberArgs {
    /// What to keep
    #[arg(required = true)]
    text: Vec<String>,
    /// What sort of memory it is
    #[arg(long, value_enum, default_value_t = Kind::Fact)]
    kind: Kind,
    /// A word to find it by, besides its text; may be given several times
    #[arg(long = "tag", value_name = "WORD")]
    tags: Vec<String>,
}

/// Say what was wrong and what is right: it becomes a lesson
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket brain assistant correct ID --wrong \"at seven\" --right \"at six\"
  loket brain assistant correct --wrong \"tea is a soup\" --right \"tea is a drink\"")]
pub(super) struct CorrectArgs {
    /// The memory that was wrong, when it is known; it no longer counts then
    id: Option<String>,
    /// What was wrong
    #[arg(long)]
    wrong: String,
    /// What is right
    #[arg(long)]
    right: String,
    /// When this applies
    #[arg(long, default_value = "always")]
    applies: String,
}

#[derive(Debug, Deserialize)]
struct Page {
    items: Vec<Entry>,
    cursor: Option<String>,
}

/// Newest first, a page.
pub(super) async fn list(brain: &mut Brain<'_>, args: ListArgs) -> Outcome {
    let arguments = json!({ "kinds": Kind::names(&args.kinds), "cursor": args.cursor, "limit": args.limit });
    let Some(page) = brain.show::<Page>(Of::Memory, "list", arguments).await? else { return Ok(()) };
    let agent = brain.agent.clone();
    let screen = brain.screen();
    if page.items.is_empty() {
        return Ok(screen.text("no memories")?);
    }
    page.items.iter().try_for_each(|memory| entry::show(screen, memory))?;
    match &page.cursor {
        Some(cursor) => Ok(screen.styled(DIM, &format!("more: loket brain {agent} list --cursor {cursor}"))?),
        None => Ok(()),
    }
}

/// One, with all that is known of it.
pub(super) async fn show(brain: &mut Brain<'_>, args: ShowArgs) -> Outcome {
    let answer = brain.show::<Option<Entry>>(Of::Memory, "get", json!({ "id": args.id })).await?;
    match answer {
        None => Ok(()),
        Some(Some(memory)) => Ok(entry::show_whole(brain.screen(), &memory)?),
        Some(None) => {
            let problem = Problem::not_found(format!("`{}` has no memory `{}`", brain.agent, args.id));
            Err(problem.hint(format!("loket brain {} list", brain.agent)).into())
        }
    }
}

/// Something to keep.
pub(super) async fn remember(brain: &mut Brain<'_>, args: RememberArgs) -> Outcome {
    let draft = json!({
        "kind": args.kind.name(), "text": args.text.join(" "), "tags": args.tags, "conversation": null, "steps": [],
    });
    told(brain, "remember", json!({ "draft": draft }), "remembered").await
}

/// Something to do otherwise.
pub(super) async fn correct(brain: &mut Brain<'_>, args: CorrectArgs) -> Outcome {
    let correction = json!({ "mistake": args.id, "wrong": args.wrong, "right": args.right, "applies": args.applies });
    told(brain, "correct", json!({ "correction": correction }), "learned").await
}

async fn told(brain: &mut Brain<'_>, function: &str, arguments: serde_json::Value, what: &str) -> Outcome {
    match brain.show::<String>(Of::Memory, function, arguments).await? {
        Some(id) => Ok(brain.screen().text(&format!("{what}  {id}"))?),
        None => Ok(()),
    }
}
