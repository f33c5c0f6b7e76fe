//! `loket brain`: reading an agent's memories, and setting them right.
//!
//! Each command is one call of `loket:brain/memory` on the agent's behalf, through the same counter as the agent's own.

use super::call::success;
use super::failure::Outcome;
use super::plain;
use super::screen::{BOLD, DIM, Screen, state};
use super::session::Session;
use crate::desk::CallRequest;
use anstyle::Style;
use clap::{Subcommand, ValueEnum};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::io;

/// Read an agent's memories, add to them, set them right
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket brain assistant list
  loket brain assistant recall when is the garden watered
  loket brain assistant remember \"the garden is watered at seven\"
  loket brain assistant correct ID --wrong \"at seven\" --right \"at six\"
  loket brain assistant forget ID

ID stands under an answer of `loket chat`, and before what `list` shows.")]
pub(crate) struct BrainArgs {
    /// Whose brain
    agent: String,
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Find memories that fit a question, best first
    #[command(after_help = "Example:\n  loket brain assistant recall when is the garden watered")]
    Recall {
        /// The question, in plain words
        #[arg(required = true)]
        text: Vec<String>,
        /// Only this kind; may be given several times
        #[arg(long = "kind", value_name = "KIND")]
        kinds: Vec<Kind>,
        /// At most so many
        #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
        limit: u32,
    },
    /// List memories, newest first
    #[command(
        after_help = "Examples:\n  loket brain assistant list\n  loket brain assistant list --kind lesson --limit 100"
    )]
    List {
        /// Only this kind; may be given several times
        #[arg(long = "kind", value_name = "KIND")]
        kinds: Vec<Kind>,
        /// At most so many
        #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
        limit: u32,
        /// Go on where an earlier list ended
        #[arg(long, value_name = "CURSOR", allow_hyphen_values = true)]
        cursor: Option<String>,
    },
    /// Show one memory: all of it, and where it came from
    #[command(after_help = "Example:\n  loket brain assistant show 01J8ZQ5T6V7W8X9Y0Z1A2B3C4D")]
    Show {
        /// The memory
        id: String,
    },
    /// Tell it something to keep
    #[command(
        after_help = "Example:\n  loket brain assistant remember \"the garden is watered at seven\" --tag garden"
    )]
    Remember {
        /// What to keep
        #[arg(required = true)]
        text: Vec<String>,
        /// What sort of memory it is
        #[arg(long, value_enum, default_value_t = Kind::Fact)]
        kind: Kind,
        /// A word to find it by, besides its text; may be given several times
        #[arg(long = "tag", value_name = "WORD")]
        tags: Vec<String>,
    },
    /// Say what was wrong and what is right: it becomes a lesson
    #[command(after_help = "\
Examples:
  loket brain assistant correct ID --wrong \"at seven\" --right \"at six\"
  loket brain assistant correct --wrong \"tea is a soup\" --right \"tea is a drink\"")]
    Correct {
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
    },
    /// Let go of a memory for good
    #[command(after_help = "Example:\n  loket brain assistant forget 01J8ZQ5T6V7W8X9Y0Z1A2B3C4D")]
    Forget {
        /// The memory
        id: String,
    },
}

/// The kinds of memories.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// A statement that is held to be true
    Fact,
    /// Something that happened
    Episode,
    /// What went wrong, and what is right instead
    Lesson,
    /// A procedure that worked
    Skill,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Fact => "fact",
            Self::Episode => "episode",
            Self::Lesson => "lesson",
            Self::Skill => "skill",
        }
    }
}

/// A memory, as far as it is shown.
#[derive(Debug, Deserialize)]
struct Entry {
    id: String,
    kind: String,
    text: String,
    tags: Vec<String>,
    conversation: Option<String>,
    written: u64,
    source: Source,
    labels: Vec<String>,
    corrects: Option<String>,
    standing: Standing,
    strength: u32,
}

#[derive(Debug, Deserialize)]
struct Source {
    turn: String,
    chain: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Standing {
    Current,
    Superseded(String),
}

#[derive(Debug, Deserialize)]
struct Hit {
    entry: Entry,
    matched: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Page {
    items: Vec<Entry>,
    cursor: Option<String>,
}

/// Do it, and print what came of it.
pub(crate) async fn run(session: &mut Session, args: BrainArgs) -> Outcome {
    let (function, arguments) = args.act.call();
    let request = CallRequest {
        capability: "loket:brain/memory".to_owned(),
        package: None,
        function: function.to_owned(),
        arguments,
        agent: Some(args.agent.clone()),
    };
    let answer = session.client.call(&request).await?;
    let screen = &mut session.screen;
    if screen.is_json() {
        screen.document(&answer)?;
        return success(answer).map(drop);
    }
    let answer = success(answer)?;
    match &args.act {
        Act::Recall { .. } => show_hits(screen, &serde_json::from_value::<Vec<Hit>>(answer)?)?,
        Act::List { .. } => show_page(screen, &args.agent, &serde_json::from_value(answer)?)?,
        Act::Show { id } => match serde_json::from_value::<Option<Entry>>(answer)? {
            Some(entry) => show_whole(screen, &entry)?,
            None => {
                let problem = crate::desk::Problem::not_found(format!("`{}` has no memory `{id}`", args.agent));
                return Err(problem.hint(format!("loket brain {} list", args.agent)).into());
            }
        },
        Act::Remember { .. } => screen.text(&format!("remembered  {}", id(&answer)))?,
        Act::Correct { .. } => screen.text(&format!("learned  {}", id(&answer)))?,
        Act::Forget { id } => screen.text(&format!("forgotten  {id}"))?,
    }
    Ok(())
}

impl Act {
    /// The function, and its arguments by name.
    fn call(&self) -> (&'static str, Json) {
        let names = |kinds: &[Kind]| kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>();
        match self {
            Self::Recall { text, kinds, limit } => (
                "recall",
                json!({ "query": {
                    "text": text.join(" "), "kinds": names(kinds), "tags": [], "conversation": null, "limit": limit,
                } }),
            ),
            Self::List { kinds, limit, cursor } => {
                ("list", json!({ "kinds": names(kinds), "cursor": cursor, "limit": limit }))
            }
            Self::Show { id } => ("get", json!({ "id": id })),
            Self::Remember { text, kind, tags } => (
                "remember",
                json!({ "draft": { "kind": kind.name(), "text": text.join(" "), "tags": tags, "conversation": null } }),
            ),
            Self::Correct { id, wrong, right, applies } => (
                "correct",
                json!({ "correction": { "mistake": id, "wrong": wrong, "right": right, "applies": applies } }),
            ),
            Self::Forget { id } => ("forget", json!({ "id": id })),
        }
    }
}

fn id(answer: &Json) -> &str {
    answer.as_str().unwrap_or_default()
}

fn show_hits(screen: &mut Screen, hits: &[Hit]) -> io::Result<()> {
    if hits.is_empty() {
        return screen.text("nothing fits");
    }
    for hit in hits {
        show_entry(screen, &hit.entry)?;
        if !hit.matched.is_empty() {
            screen.styled(DIM, &format!("  found by {}", hit.matched.join(", ")))?;
        }
    }
    Ok(())
}

fn show_page(screen: &mut Screen, agent: &str, page: &Page) -> io::Result<()> {
    if page.items.is_empty() {
        return screen.text("no memories");
    }
    for entry in &page.items {
        show_entry(screen, entry)?;
    }
    match &page.cursor {
        Some(cursor) => screen.styled(DIM, &format!("more: loket brain {agent} list --cursor {cursor}")),
        None => Ok(()),
    }
}

/// Id, day and kind on one line, the words below.
fn show_entry(screen: &mut Screen, entry: &Entry) -> io::Result<()> {
    let day = format!("  {}  {}", screen.day(entry.written), entry.kind);
    match &entry.standing {
        Standing::Current => screen.parts(&[(BOLD, &entry.id), (Style::new(), &day)])?,
        Standing::Superseded(_) => {
            screen.parts(&[(BOLD, &entry.id), (Style::new(), &day), (state("superseded"), "  superseded")])?;
        }
    }
    screen.wrapped(2, &plain::excerpt(&entry.text, 300))
}

fn show_whole(screen: &mut Screen, entry: &Entry) -> io::Result<()> {
    let day = format!("  {}  {}", screen.day(entry.written), entry.kind);
    screen.parts(&[(BOLD, &entry.id), (Style::new(), &day)])?;
    screen.wrapped(2, &entry.text)?;
    let standing = match &entry.standing {
        Standing::Current => "counts".to_owned(),
        Standing::Superseded(by) => format!("superseded by {by}"),
    };
    let list = |words: &[String]| if words.is_empty() { "none".to_owned() } else { words.join(", ") };
    let mut facts = vec![("standing", standing), ("strength", entry.strength.to_string())];
    facts.extend(entry.corrects.clone().map(|id| ("corrects", id)));
    facts.extend(entry.conversation.clone().map(|id| ("conversation", id)));
    facts.push(("tags", list(&entry.tags)));
    facts.push(("labels", list(&entry.labels)));
    facts.push(("written by", entry.source.chain.clone()));
    facts.push(("turn", entry.source.turn.clone()));
    for (name, value) in facts {
        screen.parts(&[(DIM, &format!("  {name:<13}")), (Style::new(), &value)])?;
    }
    Ok(())
}
