//! `loket web`: the way into the control room, for whoever sits at the terminal.

use super::failure::Outcome;
use super::screen::DIM;
use super::session::Session;
use crate::desk::{Desk, Invitation, Problem};
use clap::Subcommand;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;

/// The control room: Loket in a browser of this machine
///
/// `loket serve` serves it. Whoever comes in there has a passphrase, which is set the first time.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket web link      come in for the first time, or without the passphrase")]
pub(crate) struct WebArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    Link(LinkArgs),
}

/// Print a link by which a passphrase is set, once and within half an hour
///
/// It takes the place of the passphrase that there is, and everybody who is in must come in anew. Whoever has the link is the owner:
/// open it yourself.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket web link
  loket web link --json      for a program")]
struct LinkArgs {}

pub(super) async fn run(session: &mut Session, args: WebArgs) -> Outcome {
    let WebArgs { act: Act::Link(LinkArgs {}) } = args;
    let invitation = session.client.web_link().await?;
    let Some(listen) = invitation.listens.first().filter(|_| !session.is_alone()) else {
        let problem = Problem::unavailable("no service of this home runs, so there is no page to open");
        return Err(problem.hint("loket serve").into());
    };
    let (link, seconds, owned) = (link(listen, &invitation), invitation.seconds, invitation.owned);
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&json!({ "link": link, "seconds": seconds, "owned": owned }))?);
    }
    screen.text(&link)?;
    let what = if owned { "sets another passphrase" } else { "sets your passphrase" };
    Ok(screen.styled(DIM, &format!("good once, for {} minutes: it {what}", seconds / 60))?)
}

/// What to open: the first time a link, where a terminal shows it to the owner alone.
pub(super) fn first_link(desk: &Arc<dyn Desk>, listen: SocketAddr, at_terminal: bool) -> String {
    let owned = desk.clone().entrance().filter(|entrance| !entrance.is_owned());
    match owned {
        None => format!("http://{listen}"),
        Some(entrance) if at_terminal => {
            entrance.invite().map_or_else(|_| format!("http://{listen}"), |made| link(&listen.to_string(), &made))
        }
        Some(_) => format!("http://{listen}, once `loket web link` let you in"),
    }
}

fn link(listen: &str, invitation: &Invitation) -> String {
    format!("http://{listen}/welcome?key={}", &*invitation.key.clone().into_inner())
}
