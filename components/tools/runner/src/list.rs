//! What may be run, in words.

use crate::wit::{Access, Command, Confinement, Offer};
use std::fmt::Write as _;

/// What there is to work with, in words.
pub fn in_words(offer: &Offer) -> String {
    if offer.commands.is_empty() {
        return "No program may be run: none is granted to all who are behind this call. The owner lists programs as `[run.NAME]` in \
                `loket.toml`, and grants them: `loket grant loket:runner loket:run/commands --term command=NAME`."
            .into();
    }
    let mut text = String::new();
    for Command { name, about, first, allowed, confinement } in &offer.commands {
        let about = if about.is_empty() { String::new() } else { format!(": {about}") };
        let _ = writeln!(text, "{name}{about}");
        if !first.is_empty() {
            let _ = writeln!(text, "  always begins with the arguments {}", listed(first));
        }
        let _ = match allowed.is_empty() {
            true => writeln!(text, "  takes no arguments"),
            false => writeln!(text, "  each argument matches one of {}", listed(allowed)),
        };
        let _ = match confinement {
            Confinement::Confined => Ok(()),
            Confinement::FullTrust => writeln!(text, "  is not confined: the owner trusts it fully"),
            Confinement::Unavailable => writeln!(text, "  cannot be run here: this system cannot confine it"),
        };
    }
    match offer.folders.is_empty() {
        true => text.push_str("No folder is granted: programs work in an empty one of their own.\n"),
        false => text.push_str("Folders:\n"),
    }
    for folder in &offer.folders {
        let may = match folder.access {
            Access::Read => "may be read",
            Access::Change => "may be read and changed",
        };
        let _ = writeln!(text, "  {} {may}; programs see it as {}", folder.name, folder.path);
    }
    text
}

fn listed(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
