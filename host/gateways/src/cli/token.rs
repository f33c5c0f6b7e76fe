//! `loket token`: tokens by which other programs come in, and what each may.

use super::failure::{Failure, Outcome};
use super::grants::show;
use super::screen::{BOLD, DIM, Screen};
use super::session::Session;
use crate::desk::{Problem, TokenInfo, TokenName, TokenRequest};
use clap::Subcommand;

/// Let other programs in, each with a token of its own
///
/// Whoever holds a token speaks MCP at /mcp of the service, sees and calls what it was granted, and nothing else. At the counter it is
/// `client:NAME`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket token create desktop --agent assistant --tools loket:calc
  loket token list
  loket grant client:desktop loket:fetch     more, later
  loket token revoke desktop                 it, and all that it was granted")]
pub(crate) struct TokenArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    Create(CreateArgs),
    List(ListArgs),
    Revoke(RevokeArgs),
}

/// Make a token, and grant its holder what you name; it is shown once
///
/// What an agent or a package may do at this moment, it may also do for the holder of the token; what you grant it later, not.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket token create desktop --agent assistant
  loket token create editor --tools loket:strings --expires 30d
  loket token create notes --brain assistant
  loket token create prometheus --metrics
  loket token create desktop --agent assistant --json     for a program")]
struct CreateArgs {
    /// What to call its holder: `a-z`, `0-9` and `-`
    name: String,
    /// An agent that it may ask; may be given several times
    #[arg(long = "agent", value_name = "AGENT")]
    agents: Vec<String>,
    /// A package whose tools it may call, or one interface of it; may be given several times
    #[arg(long = "tools", value_name = "PACKAGE")]
    tools: Vec<String>,
    /// An agent whose memories it may read; may be given several times
    ///
    /// An agent that it may ask tells memories without this, too: in its answers, and by its commands, such as /recall
    #[arg(long = "brain", value_name = "AGENT")]
    brains: Vec<String>,
    /// Its user may say yes or no when one of its calls waits for you
    #[arg(long)]
    approve: bool,
    /// It may read what is counted of the host, at `/metrics`: who ran, how often, how long, and no words
    #[arg(long)]
    metrics: bool,
    /// For how long it is good, such as `12h`, `30d` or `4w`; else until you revoke it
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    expires: Option<u64>,
}

/// List the tokens, and what the holder of each may
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket token list
  loket grants client:desktop      one of them, more closely")]
struct ListArgs {}

/// Take a token back, with all that its holder was granted
///
/// It holds at once, also for what is running.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket token revoke desktop")]
struct RevokeArgs {
    /// What its holder is called
    name: String,
}

/// A span of time, in seconds.
fn seconds(text: &str) -> Result<u64, String> {
    let wrong = || "write a number and `h`, `d` or `w`, for example `30d`".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let each: u64 = match unit {
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        'w' => 7 * 24 * 60 * 60,
        _ => return Err(wrong()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    number.checked_mul(each).filter(|seconds| *seconds > 0).ok_or_else(wrong)
}

/// One of the acts.
pub(crate) async fn run(session: &mut Session, args: TokenArgs) -> Outcome {
    match args.act {
        Act::Create(args) => create(session, args).await,
        Act::List(_) => list(session).await,
        Act::Revoke(args) => revoke(session, args).await,
    }
}

async fn create(session: &mut Session, args: CreateArgs) -> Outcome {
    let CreateArgs { name, agents, tools, brains, approve, metrics, expires } = args;
    if agents.is_empty() && tools.is_empty() && brains.is_empty() && !metrics {
        let problem = Problem::invalid(format!("the token `{name}` would be good for nothing"));
        return Err(Failure::Usage(
            problem.hint("name what its holder may use, with `--agent`, `--tools`, `--brain` or `--metrics`"),
        ));
    }
    let request = TokenRequest { name, agents, tools, brains, approve, metrics, expires_in: expires };
    let made = session.client.token_create(&request).await?;
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(made)?)?);
    }
    let token = &made.token;
    screen.styled(BOLD, &format!("token of `{}`, which is shown this once", token.name))?;
    screen.text(&made.secret.into_inner())?;
    screen.styled(DIM, &until(token))?;
    for grant in &token.grants {
        show(screen, grant)?;
    }
    Ok(())
}

async fn list(session: &mut Session) -> Outcome {
    let tokens = session.client.tokens().await?;
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(tokens)?)?);
    }
    if tokens.is_empty() {
        return Ok(screen.wrapped(0, "no other program has a token; `loket token create --help` shows how")?);
    }
    let rows: Vec<Vec<String>> = tokens
        .iter()
        .map(|token| {
            let mut may: Vec<String> = token.grants.iter().map(|grant| grant.capability.clone()).collect();
            may.extend(token.metrics.then(|| "/metrics".to_owned()));
            let may = if may.is_empty() { "nothing".to_owned() } else { may.join(", ") };
            let approves = if token.approve { "yes" } else { "no" };
            vec![token.name.clone(), until(token), approves.to_owned(), may]
        })
        .collect();
    Ok(screen.table(&["TOKEN", "GOOD", "APPROVES", "MAY USE"], &[], &rows)?)
}

async fn revoke(session: &mut Session, args: RevokeArgs) -> Outcome {
    let token = session.client.token_revoke(&TokenName { name: args.name }).await?;
    let screen: &mut Screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(token)?)?);
    }
    screen.text(&format!("revoked  the token of `{}`", token.name))?;
    for grant in &token.grants {
        screen.text(&format!("revoked  `{}` from `{}`", grant.capability, grant.grantee))?;
    }
    Ok(())
}

/// How long it is good, in words.
fn until(token: &TokenInfo) -> String {
    match (&token.expires, token.expired) {
        (None, _) => "until it is revoked".to_owned(),
        (Some(at), false) => format!("until {at}"),
        (Some(at), true) => format!("no more since {at}"),
    }
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn times_are_numbers_with_a_unit() {
        for (text, expect) in [("1h", 3_600), ("30d", 2_592_000), ("4w", 2_419_200)] {
            assert_eq!(seconds(text), Ok(expect));
        }
        for text in ["", "d", "0d", "30", "30m", "-1d", "1.5h", "99999999999999999999d", "é", "3é"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
