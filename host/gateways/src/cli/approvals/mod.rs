//! `loket approvals`: calls that wait for their owner's answer.
//!
//! Files: [`shown`] what is asked, in words, `given` values for what a server asks, `asking` the question in the middle of a chat or a call; here, the command.

pub(super) mod asking;
mod given;
pub(super) mod shown;

use super::failure::{Failure, Outcome};
use super::screen::DIM;
use super::session::Session;
use crate::desk::{AnswerRequest, Answered, AskInfo, AskRef};
use clap::Subcommand;
use serde_json::Value as Json;

/// Answer calls that wait for your yes
///
/// A grant that says `ask` lets no call pass by itself: each waits until you answer. When nobody answers in time, it is refused.
/// Without a command, lists what waits. A turn goes on as soon as it has all its answers, also after the host was started anew.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
`[approvals]` in loket.toml says how long a call waits. An ask is named by its
id, or by the end of that.

Examples:
  loket grant assistant acme:mail/send --ask
  loket approvals
  loket approvals show 5WXVNQ2B              what, with which arguments, and why
  loket approvals yes 5WXVNQ2B               this one call
  loket approvals no 5WXVNQ2B")]
pub(crate) struct ApprovalsArgs {
    #[command(subcommand)]
    act: Option<Act>,
}

#[derive(Debug, Subcommand)]
enum Act {
    List(ListArgs),
    Show(ShowArgs),
    Yes(YesArgs),
    No(NoArgs),
}

/// List the calls that wait; those of the same kind stand together
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket approvals list
  loket approvals            the same")]
struct ListArgs {}

/// Show what is asked, and all others of the same kind; or what became of one that was answered
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket approvals show 5WXVNQ2B")]
struct ShowArgs {
    /// Its id, or the end of that
    id: String,
}

/// Say yes: to this one call, unless you say more
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket approvals yes 5WXVNQ2B
  loket approvals yes 5WXVNQ2B --all             all that wait of this kind
  loket approvals yes 5WXVNQ2B --conversation    and do not ask again in it
  loket approvals yes 5WXVNQ2B --always          a grant for this function
  loket approvals yes 5WXVNQ2B --args '{\"to\": \"bob\", \"text\": \"hello\"}'
  loket approvals yes 5WXVNQ2B --set name=Anna --set age=36")]
struct YesArgs {
    /// Its id, or the end of that
    id: String,
    /// Also to such calls in the rest of the conversation, until the host ends
    #[arg(long, conflicts_with = "always")]
    conversation: bool,
    /// From now on: grants this function, on the terms of the grant that asks
    #[arg(long)]
    always: bool,
    /// With these arguments instead: a JSON object by parameter name, or a JSON array by position
    #[arg(long, value_name = "JSON", allow_hyphen_values = true, conflicts_with_all = ["conversation", "always", "all"])]
    args: Option<String>,
    /// A value for a field of what a server asks; may be given several times
    #[arg(long = "set", value_name = "FIELD=VALUE", conflicts_with_all = ["conversation", "always", "all", "args"])]
    values: Vec<String>,
    /// To all that wait of the same kind; each is shown first
    #[arg(long)]
    all: bool,
}

/// Say no: to this one call, unless you say more
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket approvals no 5WXVNQ2B
  loket approvals no 5WXVNQ2B --all --for-this-turn    and ask no more for such")]
struct NoArgs {
    /// Its id, or the end of that
    id: String,
    /// Also to such calls in the rest of the turn
    #[arg(long)]
    for_this_turn: bool,
    /// To all that wait of the same kind; each is shown first
    #[arg(long)]
    all: bool,
}

/// List, show, or answer.
pub(crate) async fn run(session: &mut Session, args: ApprovalsArgs) -> Outcome {
    match args.act {
        None | Some(Act::List(_)) => list(session).await,
        Some(Act::Show(args)) => show(session, &args.id).await,
        Some(Act::Yes(args)) => {
            let word = match (args.conversation, args.always) {
                (true, _) => "conversation",
                (_, true) => "always",
                _ => "once",
            };
            let arguments = match args.values.is_empty() {
                true => args.args.as_deref().map(super::call::arguments).transpose()?,
                false => Some(given::values(&session.client.ask_of(&args.id).await?, &args.values)?),
            };
            answer(session, &args.id, args.all, word, arguments).await
        }
        Some(Act::No(args)) => {
            let word = if args.for_this_turn { "not-again" } else { "no" };
            answer(session, &args.id, args.all, word, None).await
        }
    }
}

async fn list(session: &mut Session) -> Outcome {
    let asks = session.client.asks().await?;
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(asks)?)?);
    }
    if asks.is_empty() {
        return Ok(screen.wrapped(0, "nothing waits for you")?);
    }
    Ok(shown::table(screen, &asks)?)
}

async fn show(session: &mut Session, id: &str) -> Outcome {
    let ask = session.client.ask_of(id).await?;
    if session.screen.is_json() {
        return Ok(session.screen.document(&serde_json::to_value(ask)?)?);
    }
    let kind = match ask.state.as_str() {
        "waits" => of_its_kind(session, &ask).await?,
        _ => vec![ask],
    };
    Ok(shown::asks(&mut session.screen, &kind)?)
}

/// All that wait of the same kind, in the same conversation: this one first.
async fn of_its_kind(session: &Session, ask: &AskInfo) -> Outcome<Vec<AskInfo>> {
    let others = session.client.asks().await?.into_iter();
    let others = others.filter(|other| other.id != ask.id && shown::is_like(other, ask));
    Ok(std::iter::once(ask.clone()).chain(others).collect())
}

async fn answer(session: &mut Session, id: &str, all: bool, word: &str, arguments: Option<Json>) -> Outcome {
    let ask = session.client.ask_of(id).await?;
    let asks = if all { of_its_kind(session, &ask).await? } else { vec![ask] };
    // What is answered is what was read here: each is bound to its digest.
    if !session.screen.is_json() {
        shown::asks(&mut session.screen, &asks)?;
    }
    let request = AnswerRequest { asks: asks.iter().map(AskRef::from).collect(), answer: word.to_owned(), arguments };
    let answered = session.client.answer(&request).await?;
    tell(session, &answered)
}

fn tell(session: &mut Session, answered: &Answered) -> Outcome {
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(answered)?)?);
    }
    screen.text(shown::meaning(&answered.answer))?;
    let mut failed = false;
    for (turn, end) in answered.goes_on.iter().zip(&answered.ended) {
        screen.styled(DIM, &format!("the turn {turn} went on: {}", end.outcome))?;
        failed |= end.outcome != "done";
        if let Some(reply) = &end.reply {
            screen.text(reply)?;
        }
    }
    if failed { Err(Failure::Found) } else { Ok(()) }
}
