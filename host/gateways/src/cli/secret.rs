//! `loket secret`: values that components use by name and never see.

use super::failure::{Failure, Outcome};
use super::hidden;
use super::screen::{DIM, Screen};
use super::session::Session;
use crate::desk::{Problem, SecretInfo, SecretName, SecretRequest, SecretValue, Secrets};
use clap::Subcommand;
use std::io;

/// Keep tokens and keys that components use by name, and never see
///
/// A component writes a placeholder into a header; the host puts the value in when it sends the request, and only to the
/// hosts that the secret is tied to. Everywhere else the value is taken out of what is shown and kept.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Whoever uses a secret needs a grant that names it, besides the secret itself:
  loket grant acme:news loket:http/client --host api.example.org --secret news
  loket grant acme:news loket:secrets/secrets --secret news

Examples:
  loket secret set news --host api.example.org
  loket secret list
  loket secret remove news")]
pub(crate) struct SecretArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    Set(SetArgs),
    List(ListArgs),
    Remove(RemoveArgs),
}

/// Set a secret: its value is asked for, or read from a pipe
///
/// A value is one line of 8 to 16384 characters. It is never an argument: those are seen by other programs, and kept by
/// shells.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket secret set github --host api.github.com
  loket secret set github --host api.github.com --replace < token.txt
  loket secret set local --host 127.0.0.1:8080 --host '*.example.org'")]
struct SetArgs {
    /// What it is called: `a-z`, `0-9`, `.`, `-` and `_`
    name: String,
    /// A host that may receive it; may be given several times
    #[arg(long = "host", value_name = "HOST", required = true)]
    hosts: Vec<String>,
    /// Take the place of a secret of that name
    #[arg(long)]
    replace: bool,
}

/// List the secrets: names, hosts and when they were set, never values
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket secret list
  loket secret list --json")]
struct ListArgs {}

/// Take a secret away
///
/// It holds from the next request on, also for a turn that is running.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket secret remove github")]
struct RemoveArgs {
    /// What it is called
    name: String,
}

/// One of the acts.
pub(crate) async fn run(session: &mut Session, args: SecretArgs) -> Outcome {
    match args.act {
        Act::Set(args) => set(session, args).await,
        Act::List(_) => list(session).await,
        Act::Remove(args) => remove(session, args).await,
    }
}

async fn set(session: &mut Session, args: SetArgs) -> Outcome {
    let prompt = format!("value of `{}` (not shown): ", args.name);
    let value = SecretValue::new(hidden::line(&mut session.input, prompt, unread).await?);
    let request = SecretRequest { name: args.name, value, hosts: args.hosts, replace: args.replace };
    let kept = session.client.secret_set(&request).await?;
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(kept)?)?);
    }
    for SecretInfo { name, hosts, .. } in &kept.secrets {
        screen.text(&format!("kept  `{name}` for {}", hosts.join(", ")))?;
    }
    encrypted(screen, &kept)?;
    Ok(screen.styled(DIM, "who uses it needs a grant that names it; `loket secret --help` shows one")?)
}

/// Where they are, and where the key to them is.
fn encrypted(screen: &mut Screen, kept: &Secrets) -> io::Result<()> {
    match &kept.key {
        Some(key) => screen.wrapped(0, &format!("encrypted in the home's `state/secrets.age`; the key is in {key}")),
        None => Ok(()),
    }
}

async fn list(session: &mut Session) -> Outcome {
    let found = session.client.secrets().await?;
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(found)?)?);
    }
    if found.secrets.is_empty() {
        return Ok(screen.wrapped(0, "there are no secrets; `loket secret set --help` shows how to keep one")?);
    }
    let rows: Vec<Vec<String>> = found
        .secrets
        .iter()
        .map(|secret| {
            let (day, time) = screen.moment(&secret.set);
            vec![secret.name.clone(), format!("{day} {time}"), secret.hosts.join(", ")]
        })
        .collect();
    screen.table(&["SECRET", "SET", "FOR HOSTS"], &[], &rows)?;
    Ok(encrypted(screen, &found)?)
}

async fn remove(session: &mut Session, args: RemoveArgs) -> Outcome {
    let gone = session.client.secret_remove(&SecretName { name: args.name.clone() }).await?;
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(gone)?)?);
    }
    match gone {
        Some(secret) => {
            screen.text(&format!("removed  `{}`, which was for {}", secret.name, secret.hosts.join(", ")))?;
        }
        None => screen.wrapped(0, &format!("there was no secret `{}`; nothing has changed", args.name))?,
    }
    Ok(())
}

fn unread(why: &dyn std::fmt::Display) -> Failure {
    let problem = Problem::invalid(format!("the value cannot be read: {why}"));
    problem.hint("type it on a terminal, or pipe it in: loket secret set NAME --host HOST < FILE").into()
}
