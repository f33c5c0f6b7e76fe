//! Logging in at a server of tools, and out.

use super::shown;
use crate::cli::failure::Outcome;
use crate::cli::screen::DIM;
use crate::cli::session::Session;
use crate::desk::{LoginBegun, LoginProgress, Problem, ServerName};
use std::process::{Command, Stdio};

/// How often it is asked how far a login is; each time it waits for half a minute.
const MOST_WAITS: u32 = 40;

pub(super) async fn log_in(session: &mut Session, name: String, browser: bool) -> Outcome {
    let server = ServerName { name };
    let begun = session.client.tool_server_login(&server).await?;
    let progress = match &begun.url {
        Some(url) => {
            told(session, &begun, url)?;
            if browser {
                open(url)?;
            }
            wait(session, &server).await?
        }
        None => LoginProgress { state: "done".to_owned(), problem: None, login: None },
    };
    if progress.state != "done" {
        let why = progress.problem.unwrap_or_else(|| "it did not come to an end".to_owned());
        let problem = Problem::failed(format!("nobody is logged in at `{}`: {why}", server.name));
        return Err(problem.hint(format!("loket mcp login {}", server.name)).into());
    }
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.json_line(&serde_json::to_value(&progress)?)?);
    }
    screen.wrapped(0, &format!("logged in at `{}`", server.name))?;
    if let Some(login) = &progress.login {
        shown::login(screen, login)?;
    }
    screen.styled(DIM, &format!("then: loket mcp accept {}", server.name))?;
    Ok(())
}

/// Says what to open. For programs that is a line, and the outcome another.
fn told(session: &mut Session, begun: &LoginBegun, url: &str) -> Outcome {
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.json_line(&serde_json::to_value(begun)?)?);
    }
    let minutes = begun.seconds / 60;
    screen.wrapped(
        0,
        &format!(
            "open this in a browser on this machine within {minutes} minutes, and log in at `{}` there:",
            begun.name
        ),
    )?;
    // As it is: broken lines cannot be opened.
    Ok(screen.text(url)?)
}

async fn wait(session: &mut Session, server: &ServerName) -> Outcome<LoginProgress> {
    for _ in 0..MOST_WAITS {
        let progress = session.client.tool_server_login_wait(server).await?;
        if progress.state != "waits" {
            return Ok(progress);
        }
    }
    Ok(LoginProgress { state: "failed".to_owned(), problem: Some("nobody came back from it".to_owned()), login: None })
}

/// Has the system open an address in its browser.
fn open(url: &str) -> Result<(), Problem> {
    let address = url.starts_with("https://") || url.starts_with("http://");
    if !address || url.bytes().any(|b| !b.is_ascii_graphic()) {
        return Err(Problem::failed("the server's address for a login is none that a browser opens"));
    }
    let (program, before): (&str, &[&str]) = match std::env::consts::OS {
        "macos" => ("open", &[]),
        "windows" => ("rundll32", &["url.dll,FileProtocolHandler"]),
        _ => ("xdg-open", &[]),
    };
    let mut command = Command::new(program);
    command.args(before).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match command.spawn() {
        Ok(_) => Ok(()),
        Err(error) => Err(Problem::failed(format!("no browser could be opened by `{program}`: {error}"))
            .hint("leave `--browser` out, and open the address yourself")),
    }
}

pub(super) async fn log_out(session: &mut Session, name: String) -> Outcome {
    let out = session.client.tool_server_logout(&ServerName { name }).await?;
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(&out)?)?);
    }
    let words = match out.was {
        true => format!("logged out at `{}`: its tokens are gone from this home", out.name),
        false => format!("nobody was logged in at `{}`", out.name),
    };
    Ok(screen.wrapped(0, &words)?)
}
