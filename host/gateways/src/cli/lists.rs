//! `loket agents`, `loket packages`, `loket doctor`: what there is, and how it is.

use super::failure::{Failure, Outcome};
use super::screen::{BOLD, DIM, Screen, size, state};
use super::session::Session;
use anstyle::Style;
use std::io;

/// The agents.
pub(crate) async fn agents(session: &mut Session) -> Outcome {
    let agents = session.client.agents().await?;
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(agents)?)?);
    }
    if agents.is_empty() {
        return Ok(screen.wrapped(0, "there are no agents here; `loket doctor` says why")?);
    }
    let mut reasons = Reasons::default();
    let rows: Vec<Vec<String>> = agents
        .into_iter()
        .map(|agent| {
            let memories = agent.memories.map_or_else(|| "-".to_owned(), |count| count.to_string());
            let state = reasons.word(&agent.name, agent.state);
            vec![agent.name, agent.package, agent.model, memories, state]
        })
        .collect();
    screen.table(&["AGENT", "PACKAGE", "MODEL", "MEMORIES", "STATE"], &[3], &rows)?;
    Ok(reasons.show(screen)?)
}

/// The packages.
pub(crate) async fn packages(session: &mut Session) -> Outcome {
    let packages = session.client.packages().await?;
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(packages)?)?);
    }
    if packages.is_empty() {
        return Ok(screen.wrapped(0, "there are no packages here; put `.wasm` components into the home's `registry/`")?);
    }
    let mut reasons = Reasons::default();
    let rows: Vec<Vec<String>> = packages
        .into_iter()
        .map(|package| {
            let digest: String = package.digest.chars().take(12).collect();
            let waits = package.waits.is_some().then_some("waits");
            let state = reasons.word(&package.name, package.state);
            let state = waits.map_or(state, str::to_owned);
            let signed = match package.signature.state.as_str() {
                "none" => "-".to_owned(),
                "trusted" => package.signature.by.unwrap_or_default(),
                _ => package.signature.state,
            };
            let version = if package.yanked { format!("{} yanked", package.version) } else { package.version };
            vec![package.name, version, package.role, size(package.bytes), digest, signed, state]
        })
        .collect();
    screen.table(&["PACKAGE", "VERSION", "ROLE", "SIZE", "SHA-256", "SIGNED", "STATE"], &[3], &rows)?;
    Ok(reasons.show(screen)?)
}

/// The doctor's findings; a fault is a failure.
pub(crate) async fn doctor(session: &mut Session) -> Outcome {
    let checks = session.client.doctor().await?;
    let faults = checks.iter().filter(|check| check.state == "fault").count();
    let warnings = checks.iter().filter(|check| check.state == "warning").count();
    let screen = &mut session.screen;
    if screen.is_json() {
        screen.document(&serde_json::to_value(checks)?)?;
    } else {
        for check in &checks {
            let word = format!("{:<8}", check.state);
            screen.parts(&[(state(&check.state), &word), (BOLD, &check.name)])?;
            screen.wrapped(8, &check.detail)?;
            if let Some(hint) = &check.hint {
                screen.wrapped(8, &format!("hint: {hint}"))?;
            }
        }
        let summary = match (faults, warnings) {
            (0, 0) => "all is well".to_owned(),
            _ => format!("{}, {}", count(faults, "fault"), count(warnings, "warning")),
        };
        screen.styled(if faults == 0 { DIM } else { Style::new() }, &summary)?;
    }
    if faults == 0 { Ok(()) } else { Err(Failure::Found) }
}

/// Why some may not run: sentences, which stand below the table instead of in it.
#[derive(Default)]
struct Reasons(Vec<(String, String)>);

impl Reasons {
    /// What stands in the table for a state.
    fn word(&mut self, name: &str, state: String) -> String {
        if !state.contains(char::is_whitespace) {
            return state;
        }
        self.0.push((name.to_owned(), state));
        "not ready".to_owned()
    }

    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        for (name, reason) in &self.0 {
            screen.text("")?;
            screen.text(&format!("{name} is not ready:"))?;
            screen.wrapped(2, reason)?;
        }
        Ok(())
    }
}

/// `1 fault`, `2 faults`.
pub(crate) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
