//! `loket schedules`: what agents are told by themselves, when next, how it went, and telling it now.

use super::failure::Outcome;
use super::screen::{BOLD, DIM, Screen};
use super::session::Session;
use crate::desk::{ScheduleInfo, ScheduleName};
use clap::Subcommand;
use std::io;

/// List what agents are told by themselves, when next, and how it went
///
/// What there is stands in `[[schedules]]` of an agent's `agent.toml`: a name, `at`, `every` or `cron`, and what to `say`. It is
/// heeded while `loket serve` runs; what was missed meanwhile is made up for once at the next start.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "\
Examples:
  loket schedules
  loket schedules assistant
  loket schedules run assistant morning      now, whatever its rule says")]
pub(crate) struct SchedulesArgs {
    #[command(subcommand)]
    act: Option<Act>,
    /// Of this agent alone
    agent: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Act {
    Run(RunArgs),
}

/// Tell an agent now what one of its schedules says
///
/// It is one turn, in the conversation `schedule-NAME`, like any that its rule begins. When it is due next stays as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket schedules run assistant morning")]
struct RunArgs {
    /// Whose it is
    agent: String,
    /// Its name
    name: String,
}

/// Lists them, or runs one.
pub(crate) async fn run(session: &mut Session, args: SchedulesArgs) -> Outcome {
    match args.act {
        None => list(session, args.agent.as_deref()).await,
        Some(Act::Run(RunArgs { agent, name })) => {
            let reply = session.client.schedule_run(&ScheduleName { agent, name }).await?;
            let screen = &mut session.screen;
            if screen.is_json() {
                return Ok(screen.document(&serde_json::to_value(reply)?)?);
            }
            screen.text(&reply.text)?;
            Ok(screen.styled(DIM, &format!("· in the conversation {}", reply.conversation))?)
        }
    }
}

async fn list(session: &mut Session, agent: Option<&str>) -> Outcome {
    let schedules = session.client.schedules(agent).await?;
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(schedules)?)?);
    }
    if schedules.is_empty() {
        let words = "nobody is told anything by itself; `[[schedules]]` in an agent's `agent.toml` says what and when";
        return Ok(screen.wrapped(0, words)?);
    }
    for (at, schedule) in schedules.iter().enumerate() {
        if at > 0 {
            screen.text("")?;
        }
        tell(screen, schedule)?;
    }
    Ok(())
}

fn tell(screen: &mut Screen, schedule: &ScheduleInfo) -> io::Result<()> {
    let ScheduleInfo { agent, entry, next, last } = schedule;
    let zone = entry.zone.as_deref().map(|zone| format!(", by the clocks of {zone}")).unwrap_or_default();
    screen.styled(BOLD, &format!("{agent} {}", entry.name))?;
    screen.wrapped(2, &format!("rule  {} {}{zone}", entry.kind, entry.rule))?;
    screen.wrapped(2, &format!("says  {}", entry.say))?;
    let next = next.as_deref().map_or_else(|| "not any more".to_owned(), |next| moment(screen, next));
    screen.wrapped(2, &format!("next  {next}"))?;
    let last = last
        .as_ref()
        .map_or_else(|| "never yet".to_owned(), |last| format!("{}  {}", moment(screen, &last.began), last.outcome));
    screen.wrapped(2, &format!("last  {last}"))
}

fn moment(screen: &Screen, told: &str) -> String {
    let (day, time) = screen.moment(told);
    format!("{day} {time}")
}
