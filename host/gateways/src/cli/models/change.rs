//! A model brought in, or chosen for an agent.

use super::{AddArgs, UseArgs};
use crate::cli::failure::Outcome;
use crate::cli::screen::{DIM, Screen};
use crate::cli::session::Session;
use crate::desk::{ModelAddRequest, ModelChange, ModelUseRequest};
use std::io;

pub(super) async fn add(session: &mut Session, args: AddArgs) -> Outcome {
    let AddArgs { name, url, model, adapter, key, grant } = args;
    let words = format!("`{name}` is a model of this home");
    let next = format!("loket models use {name}{}", if grant { " --grant" } else { "" });
    let request = ModelAddRequest { name, adapter: Some(adapter), url, model, key, grant };
    let change = session.client.model_add(&request).await?;
    show(&mut session.screen, &change, &words, Some(&next))
}

pub(super) async fn choose(session: &mut Session, args: UseArgs) -> Outcome {
    let UseArgs { name, agent, grant } = args;
    let words = format!("`{agent}` thinks with `{name}` from its next turn on");
    let change = session.client.model_use(&ModelUseRequest { name, agent: Some(agent), grant }).await?;
    show(&mut session.screen, &change, &words, None)
}

fn show(screen: &mut Screen, change: &ModelChange, words: &str, next: Option<&str>) -> Outcome {
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(change)?)?);
    }
    let written = if change.changed { "written" } else { "as it was" };
    screen.wrapped(0, &format!("{words} ({} {written})", change.file))?;
    told(screen, change)?;
    if let Some(next) = next {
        screen.styled(DIM, &format!("then: {next}"))?;
    }
    Ok(())
}

/// What was granted, and what is left to type.
pub(in crate::cli) fn told(screen: &mut Screen, change: &ModelChange) -> io::Result<()> {
    for grant in &change.granted {
        let terms: Vec<String> =
            grant.terms.iter().map(|(key, values)| format!("{key} {}", values.join(", "))).collect();
        let terms = if terms.is_empty() { String::new() } else { format!(" ({})", terms.join("; ")) };
        screen.wrapped(0, &format!("granted  {} to {}{terms}", grant.capability, grant.grantee))?;
        for delegated in &grant.delegates {
            screen.faint(9, &format!("through it: {delegated}"))?;
        }
    }
    if !change.todo.is_empty() {
        screen.text("left to do:")?;
        for command in &change.todo {
            screen.wrapped(2, command)?;
        }
    }
    Ok(())
}
