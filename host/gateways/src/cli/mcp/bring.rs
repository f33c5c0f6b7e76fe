//! A server brought in, accepted or taken out.

use super::{AcceptArgs, shown};
use crate::cli::failure::Outcome;
use crate::cli::screen::DIM;
use crate::cli::session::Session;
use crate::desk::{Problem, ServerAcceptRequest, ServerAddRequest, ServerChange, ServerName, ToolServerInfo};
use tokio::io::AsyncBufReadExt as _;

pub(super) async fn add(session: &mut Session, request: ServerAddRequest) -> Outcome {
    let change = session.client.tool_server_add(&request).await?;
    told(session, &change, &format!("`{}` is a server of this home", request.name))
}

pub(super) async fn accept(session: &mut Session, args: AcceptArgs) -> Outcome {
    let AcceptArgs { name, to, yes, digest } = args;
    let digest = match (digest, yes) {
        (Some(digest), _) => Some(digest),
        (None, true) => None,
        (None, false) => {
            let server = session.client.tool_server(&name).await?;
            let Some(digest) = server.digest.clone() else {
                let why = server.problem.unwrap_or_else(|| "it cannot be asked".to_owned());
                return Err(Problem::unavailable(format!("`{name}` does not say what it offers: {why}")).into());
            };
            if !is_waiting(&server) && to.is_none() {
                return told_that_nothing_waits(session, &server);
            }
            if !asked(session, &server).await? {
                return Ok(());
            }
            Some(digest)
        }
    };
    let change = session.client.tool_server_accept(&ServerAcceptRequest { name: name.clone(), digest, to }).await?;
    told(session, &change, &format!("what `{name}` offers now is accepted"))
}

pub(super) async fn remove(session: &mut Session, name: String) -> Outcome {
    let change = session.client.tool_server_remove(&ServerName { name: name.clone() }).await?;
    let words = match change.changed {
        true => format!("`{name}` is no server of this home any more"),
        false => format!("there was no server `{name}`"),
    };
    told(session, &change, &words)
}

fn is_waiting(server: &ToolServerInfo) -> bool {
    server.state == "waits" || server.tools.iter().any(|tool| matches!(tool.state.as_str(), "new" | "changed" | "gone"))
}

fn told_that_nothing_waits(session: &mut Session, server: &ToolServerInfo) -> Outcome {
    match session.screen.is_json() {
        true => Ok(session.screen.document(&serde_json::to_value(server)?)?),
        false => Ok(session.screen.wrapped(0, &format!("all that `{}` offers is accepted already", server.name))?),
    }
}

/// Shows what would be accepted, and asks; a person must be there to answer.
async fn asked(session: &mut Session, server: &ToolServerInfo) -> Outcome<bool> {
    if !session.input.can_be_asked(&session.screen) {
        let digest = server.digest.as_deref().unwrap_or_default();
        let problem =
            Problem::invalid(format!("nobody can be asked whether what `{}` offers is accepted", server.name));
        return Err(problem
            .hint(format!(
                "look at it with `loket mcp show {0}`, then: loket mcp accept {0} --digest {digest}",
                server.name
            ))
            .into());
    }
    shown::offered(&mut session.screen, server)?;
    session.screen.stream("accept this? [y/N] ")?;
    let mut answer = String::new();
    session.input.lines.read_line(&mut answer).await?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// What came of it.
pub(super) fn told(session: &mut Session, change: &ServerChange, words: &str) -> Outcome {
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(change)?)?);
    }
    let written = if change.changed { "written" } else { "as it was" };
    screen.wrapped(0, &format!("{words} (loket.toml {written})"))?;
    if let Some(server) = &change.server {
        shown::offered(screen, server)?;
    }
    for grant in &change.granted {
        let which = grant.functions.join(", ");
        screen
            .wrapped(0, &format!("granted  {} to {} ({}): {which}", grant.capability, grant.grantee, grant.verdict))?;
    }
    for command in &change.todo {
        screen.styled(DIM, &format!("then: {command}"))?;
    }
    Ok(())
}
