//! Servers and their tools, as they are printed.

use crate::cli::failure::Outcome;
use crate::cli::screen::{BOLD, DIM, Screen, state};
use crate::cli::session::Session;
use crate::desk::{LoginInfo, ServerToolInfo, ToolServerInfo};
use anstyle::Style;
use std::io;

pub(super) async fn list(session: &mut Session) -> Outcome {
    let servers = session.client.tool_servers().await?;
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(servers)?)?);
    }
    if servers.is_empty() {
        return Ok(screen.wrapped(0, "there are no servers of tools here; `loket mcp add` brings one in")?);
    }
    let rows: Vec<Vec<String>> = servers.iter().map(row).collect();
    screen.table(&["SERVER", "TOOLS", "CONFINEMENT", "STATE", "PLACE"], &[1], &rows)?;
    Ok(())
}

fn row(server: &ToolServerInfo) -> Vec<String> {
    let accepted = server.tools.iter().filter(|tool| tool.state == "accepted").count();
    let confinement = server.confinement.clone().unwrap_or_else(|| "elsewhere".to_owned());
    vec![server.name.clone(), accepted.to_string(), confinement, server.state.clone(), server.place.clone()]
}

pub(super) async fn show(session: &mut Session, name: &str) -> Outcome {
    let server = session.client.tool_server(name).await?;
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(server)?)?);
    }
    Ok(offered(screen, &server)?)
}

/// A server, what it may reach, and all of its tools.
pub(super) fn offered(screen: &mut Screen, server: &ToolServerInfo) -> io::Result<()> {
    let name = format!("{}  ", server.name);
    screen.parts(&[(BOLD, &name), (state(&server.state), &server.state)])?;
    screen.faint(2, &server.place)?;
    if let (Some(about), Some(revision)) = (&server.about, &server.revision) {
        screen.faint(2, &format!("{about}, revision {revision}"))?;
    }
    if let Some(confinement) = &server.confinement {
        let warning =
            if confinement == "full trust" { ": nothing confines it, it may do whatever you may" } else { "" };
        screen.wrapped(2, &format!("{confinement}{warning}"))?;
    }
    for reach in &server.reach {
        screen.wrapped(2, &format!("it reaches {reach}"))?;
    }
    if let Some(problem) = &server.problem {
        screen.wrapped(2, problem)?;
    }
    if let Some(needed) = server.login.as_ref().and_then(|login| login.needed.as_ref()) {
        screen.wrapped(2, &format!("{needed}: loket mcp login {}", server.name))?;
    } else if let Some(info) = &server.login {
        login(screen, info)?;
    }
    for finding in &server.findings {
        screen.wrapped(2, &format!("scan: {finding}"))?;
    }
    for tool in &server.tools {
        of_tool(screen, tool)?;
    }
    if let Some(digest) = &server.digest {
        screen.faint(2, &format!("sha256 {digest}"))?;
    }
    Ok(())
}

/// A login that is good.
pub(super) fn login(screen: &mut Screen, login: &LoginInfo) -> io::Result<()> {
    let issuer = login.issuer.as_deref().unwrap_or("somebody who is not named");
    let scopes = match &login.scopes[..] {
        [] => String::new(),
        scopes => format!(" for {}", scopes.join(" ")),
    };
    let until = match (&login.until, login.renewed) {
        (Some(until), true) => format!(", until {}, then renewed", moment(screen, until)),
        (Some(until), false) => format!(", until {}", moment(screen, until)),
        (None, _) => String::new(),
    };
    screen.wrapped(2, &format!("logged in by {issuer}{scopes}{until}"))
}

fn moment(screen: &Screen, text: &str) -> String {
    let (day, time) = screen.moment(text);
    format!("{day} {time}")
}

fn of_tool(screen: &mut Screen, tool: &ServerToolInfo) -> io::Result<()> {
    let read_only = if tool.read_only { "  changes nothing" } else { "" };
    let name = format!("  {}  ", tool.name);
    screen.parts(&[(Style::new(), &name), (state(&tool.state), &tool.state), (DIM, read_only)])?;
    match &tool.why {
        Some(why) => screen.wrapped(6, why)?,
        None if tool.difference.is_empty() => {
            let first = tool.description.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
            // Whoever is to accept it reads all of it.
            let words = if tool.state == "new" { tool.description.as_str() } else { first };
            if !words.is_empty() {
                screen.faint(6, words)?;
            }
        }
        None => {}
    }
    for line in &tool.difference {
        screen.wrapped(6, line)?;
    }
    Ok(())
}
