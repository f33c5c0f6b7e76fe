//! `loket models`: what agents think with, how it is, what it took today, and how another is brought in.
//!
//! Files in reading order: this one says what can be typed, [`list`] prints what there is, `spend` what was used day by day, `change` brings
//! in and chooses.

mod change;
mod list;
mod spend;

pub(super) use change::told;
pub(super) use list::to_talk_to;

use super::failure::Outcome;
use super::session::Session;
use crate::desk::{MOST_SPEND_DAYS, USUAL_SPEND_DAYS};
use clap::Subcommand;

/// List the models, how they are, and what was used of them today
///
/// Each model's server is asked what it has. With `--probe`, model servers that nobody has named yet are looked for on this
/// machine, at the ports where they usually listen: Ollama, LM Studio, llama.cpp and vLLM.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "\
Examples:
  loket models
  loket models --probe             what else is on this machine
  loket models --probe --port 8081
  loket models spend               what was used of them, day by day
  loket models add local --url http://127.0.0.1:8080/v1 --model phi4 --grant
  loket models use local --grant")]
pub(crate) struct ModelsArgs {
    #[command(subcommand)]
    act: Option<Act>,
    /// Look for model servers on this machine
    #[arg(long)]
    probe: bool,
    /// Look at this port and no other; may be given several times
    #[arg(long = "port", value_name = "PORT", requires = "probe", value_parser = clap::value_parser!(u16).range(1..))]
    ports: Vec<u16>,
}

#[derive(Debug, Subcommand)]
enum Act {
    Spend(SpendArgs),
    Add(AddArgs),
    Use(UseArgs),
}

/// Show what was used of models, day by day
///
/// Today and the days before, at most 90 of them, each one of UTC. What was spent in another currency than prices are in now
/// is told beside it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What may be used in a day, and what is left of it, is told by `loket models`.

Examples:
  loket models spend
  loket models spend --days 7 --agent scout
  loket models spend --days 90 --json        by agent and model, too")]
struct SpendArgs {
    /// So many days, today among them
    #[arg(long, value_name = "DAYS", default_value_t = USUAL_SPEND_DAYS)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_SPEND_DAYS)))]
    days: u32,
    /// Only what this agent used; `owner` for calls on nobody's behalf
    #[arg(long, value_name = "AGENT")]
    agent: Option<String>,
}

/// Write a model into `loket.toml`
///
/// What stands there already stays. Its adapter needs a grant for the server: `--grant` gives it, else the command is shown.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A price, for budgets in money, is written by hand: `[models.NAME.price]`.

Examples:
  loket models add local --url http://127.0.0.1:8080/v1 --model phi4 --grant
  loket models add far --url https://api.openai.com/v1 --model gpt-5 --key oa")]
struct AddArgs {
    /// What it is to be called: lower-case letters and digits, such as `local`
    name: String,
    /// Where its server is
    #[arg(long, value_name = "URL")]
    url: String,
    /// What its server calls it
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// The package that speaks to it
    #[arg(long, value_name = "PACKAGE", default_value = "loket:openai")]
    adapter: String,
    /// The name of the secret that opens it: see `loket secret`
    #[arg(long, value_name = "SECRET")]
    key: Option<String>,
    /// Let the adapter reach the server, and each agent that thinks with it use the adapter
    #[arg(long)]
    grant: bool,
}

/// Let an agent think with a model, from its next turn on
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What answers when a model cannot stands in `[fallback]` of `agent.toml`.

Examples:
  loket models use local --grant
  loket models use large --agent scout
  loket models use loket:offline       the one that needs no server")]
struct UseArgs {
    /// The model: one of `loket.toml`, or a package
    name: String,
    /// The agent
    #[arg(long, value_name = "AGENT", default_value = "assistant")]
    agent: String,
    /// Let the agent use it
    #[arg(long)]
    grant: bool,
}

/// One of the acts.
pub(crate) async fn run(session: &mut Session, args: ModelsArgs) -> Outcome {
    match args.act {
        None => list::list(session, args.probe, args.ports).await,
        Some(Act::Spend(args)) => spend::spend(session, args).await,
        Some(Act::Add(args)) => change::add(session, args).await,
        Some(Act::Use(args)) => change::choose(session, args).await,
    }
}
