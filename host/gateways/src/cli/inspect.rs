//! `loket inspect`: what a package or an agent is, what it asks for and offers, and what it may really do.

use super::failure::Outcome;
use super::screen::{BOLD, DIM, Screen, size, state};
use super::session::Session;
use super::tree;
use crate::desk::{ExportInfo, ImportInfo, Inspection};
use anstyle::Style;
use std::io;

/// Show what a package or an agent is, asks for, offers, and may really do
///
/// This is read from its bytes and from your grants; nothing of it runs.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket inspect assistant                an agent of this home
  loket inspect loket:calc               a package, its newest version
  loket inspect loket:calc@0.1.0         one version
  loket inspect ./scout.wasm             a file, before the registry has it")]
pub(crate) struct InspectArgs {
    /// An agent, a package, or a `.wasm` file
    subject: String,
}

/// Look, and show.
pub(crate) async fn run(session: &mut Session, args: InspectArgs) -> Outcome {
    let found = session.client.inspect(&whole(&args.subject)?).await?;
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(found)?)?);
    }
    Ok(show(screen, &args.subject, &found)?)
}

/// A file by its whole path, since a service runs in another folder; other names as they are.
fn whole(subject: &str) -> io::Result<String> {
    if !subject.ends_with(".wasm") {
        return Ok(subject.to_owned());
    }
    Ok(std::path::absolute(subject)?.to_string_lossy().into_owned())
}

fn show(screen: &mut Screen, subject: &str, found: &Inspection) -> io::Result<()> {
    let role = format!("  {}  ", found.role);
    // One word is a state; sentences say why it has none, and stand below.
    let is_word = !found.state.contains(char::is_whitespace);
    let word = if is_word { &found.state } else { "not admitted" };
    screen.parts(&[(BOLD, &found.package), (Style::new(), &role), (state(word), word)])?;
    if !is_word {
        show_reasons(screen, &found.state)?;
    }
    screen.styled(DIM, &format!("sha256 {}", found.digest))?;
    screen.styled(DIM, &size(found.bytes))?;
    match &found.signature {
        Some(signature) if signature.state == "none" || signature.state == "trusted" => {
            screen.faint(0, &signature.words)?;
        }
        Some(signature) => screen.wrapped(0, &signature.words)?,
        None => {}
    }

    heading(screen, "asks for")?;
    if found.imports.is_empty() {
        screen.text("  nothing")?;
    }
    for import in &found.imports {
        show_import(screen, import)?;
    }

    heading(screen, "offers")?;
    if found.exports.is_empty() {
        screen.text("  nothing")?;
    }
    for export in &found.exports {
        show_export(screen, export)?;
    }

    heading(screen, "may do")?;
    if found.authority.is_empty() {
        screen.text("  nothing but compute")?;
    } else {
        screen.text(&format!("  {subject}"))?;
        for line in tree::draw(&found.authority, screen.width().saturating_sub(2)) {
            screen.text(&format!("  {line}"))?;
        }
    }

    if !found.sealed.is_empty() {
        heading(screen, "sealed baseline: linked, but leads nowhere outside")?;
        screen.wrapped(2, &found.sealed.join(", "))?;
    }
    if !found.notes.is_empty() {
        heading(screen, "notes")?;
        for note in &found.notes {
            screen.wrapped(2, &format!("- {note}"))?;
        }
    }
    Ok(())
}

/// Why something is not admitted: a finding a line, and what to do about it.
fn show_reasons(screen: &mut Screen, state: &str) -> io::Result<()> {
    // The first line of several says again that it cannot be admitted.
    let said = usize::from(state.lines().count() > 1);
    state.lines().skip(said).try_for_each(|finding| screen.wrapped(2, finding.trim()))
}

fn heading(screen: &mut Screen, words: &str) -> io::Result<()> {
    screen.text("")?;
    screen.styled(BOLD, words)
}

fn show_import(screen: &mut Screen, import: &ImportInfo) -> io::Result<()> {
    let name = format!("  {}  ", import.capability);
    let provider = import.provider.as_ref().map(|provider| format!("  by {provider}")).unwrap_or_default();
    screen.parts(&[(Style::new(), &name), (state(&import.state), &import.state), (DIM, &provider)])?;
    if !import.functions.is_empty() {
        screen.wrapped(4, &import.functions.join(", "))?;
    }
    if !import.terms.is_empty() {
        screen.wrapped(4, &import.terms)?;
    }
    match &import.remedy {
        Some(remedy) => screen.wrapped(4, &format!("hint: {remedy}")),
        None => Ok(()),
    }
}

fn show_export(screen: &mut Screen, export: &ExportInfo) -> io::Result<()> {
    screen.text(&format!("  {}", export.capability))?;
    // The first paragraph says what it is; the rest is for whoever calls it.
    let docs: String =
        export.docs.split("\n\n").next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    if !docs.is_empty() {
        screen.wrapped(4, &docs)?;
    }
    for function in &export.functions {
        screen.wrapped(4, function)?;
    }
    Ok(())
}
