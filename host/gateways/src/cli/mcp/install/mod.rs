//! `loket mcp install`: a token for a program, and the entry by which that program starts `loket mcp` with it.
//!
//! Files: `programs` which are known, and where each keeps its settings; `settings` an entry put into them; here, the act.

mod programs;
pub(super) mod settings;

use crate::cli::failure::{Failure, Outcome};
use crate::cli::grants::show;
use crate::cli::screen::{BOLD, DIM};
use crate::cli::session::Session;
use crate::desk::{Problem, TokenInfo, TokenName, TokenRequest};
use programs::Program;
use serde_json::{Value as Json, json};
use settings::Settings;
use std::path::PathBuf;

/// What stands in place of a token that was not made.
const NO_TOKEN: &str = "the token that is made then";

/// Let a program on this machine in: make its token, and write how it reaches this home into its settings
///
/// The program starts `loket mcp` then, which goes through the service where it runs. What its settings were before is kept beside them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket mcp install claude-desktop --dry-run     see it first
  loket mcp install claude-desktop
  loket mcp install cursor --tools loket:calc --tools loket:text
  loket mcp install claude-code --file .mcp.json     for one project
  loket token revoke cursor                      take it back")]
pub(super) struct InstallArgs {
    /// The program
    program: Program,
    /// An agent that it may ask; may be given several times. Without this, `--tools` and `--brain`, the home's only agent
    #[arg(long = "agent", value_name = "AGENT")]
    agents: Vec<String>,
    /// A package whose tools it may call; may be given several times
    #[arg(long = "tools", value_name = "PACKAGE")]
    tools: Vec<String>,
    /// An agent whose memories it may read; may be given several times
    ///
    /// An agent that it may ask tells memories without this, too: in its answers, and by its commands, such as /recall
    #[arg(long = "brain", value_name = "AGENT")]
    brains: Vec<String>,
    /// The file of its settings, where that is another than usual
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Show what would be written; make no token, and write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn install(session: &mut Session, args: InstallArgs) -> Outcome {
    let InstallArgs { program, mut agents, tools, brains, file, dry_run } = args;
    if agents.is_empty() && tools.is_empty() && brains.is_empty() {
        agents.push(only_agent(session).await?);
    }
    let file = match file {
        Some(file) => std::path::absolute(file)?,
        None => program.settings()?,
    };
    // Before a token is made: what cannot be read cannot be written either.
    let settings = Settings::read(&file)?;
    let command = std::env::current_exe()?;
    let entry = |token: &str| {
        let started = json!({
            "command": command.display().to_string(),
            "args": ["--home", session.home.display().to_string(), "mcp"],
            "env": { "LOKET_TOKEN": token },
        });
        program.entry(started)
    };
    if dry_run {
        // It must be possible, too.
        settings.with(program.key(), &entry(NO_TOKEN))?;
        let (key, shown) = (program.key(), entry(NO_TOKEN));
        let screen = &mut session.screen;
        if screen.is_json() {
            return Ok(screen.document(&json!({ "file": file, "key": [key, settings::NAME], "entry": shown }))?);
        }
        screen.wrapped(0, &format!("would be written into {}, as `{key}.{}`:", file.display(), settings::NAME))?;
        return Ok(screen.text(&serde_json::to_string_pretty(&shown)?)?);
    }
    let name = program.name();
    let request = TokenRequest { name: name.clone(), agents, tools, brains, ..TokenRequest::default() };
    let made = session.client.token_create(&request).await?;
    let written =
        settings.with(program.key(), &entry(&made.secret.into_inner())).and_then(|text| settings.write(&text));
    match written {
        Ok(before) => told(session, &file, before, &made.token),
        Err(problem) => {
            // Nobody has it.
            session.client.token_revoke(&TokenName { name }).await?;
            Err(problem.into())
        }
    }
}

/// The agent that is meant where none is named.
async fn only_agent(session: &Session) -> Outcome<String> {
    let agents = session.client.agents().await?;
    match &agents[..] {
        [one] => Ok(one.name.clone()),
        many => {
            let problem = Problem::invalid(format!("this home has {} agents, and none is named", many.len()));
            Err(Failure::Usage(problem.hint("name what the program may use, with `--agent` or `--tools`")))
        }
    }
}

fn told(session: &mut Session, file: &std::path::Path, before: Option<PathBuf>, token: &TokenInfo) -> Outcome {
    let screen = &mut session.screen;
    if screen.is_json() {
        let about: Json = json!({ "file": file, "before": before, "token": token });
        return Ok(screen.document(&about)?);
    }
    screen.styled(BOLD, &format!("`{}` reaches this home when it is started anew", token.name))?;
    screen.wrapped(0, &format!("written  {}, with its token in it", file.display()))?;
    if let Some(before) = before {
        screen.wrapped(0, &format!("before   {}", before.display()))?;
    }
    for grant in &token.grants {
        show(screen, grant)?;
    }
    Ok(screen.styled(DIM, &format!("to take it back: loket token revoke {}", token.name))?)
}
