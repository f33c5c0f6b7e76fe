//! What a grant says of commands: `command = NAME`, and the folders in which they may work, `folder = PATH` as for files.

use super::{Confinement, unconfined};
use crate::files::Folders;
use loket_guardian::run::{CommandEntry, Commands};
use loket_kernel::{Provider as _, Terms};

/// The keys that an owner may write.
pub(super) const KEYS: [&str; 2] = ["command", "folder"];
/// The key that says of a grant, wherever it is shown, that nothing confines its commands.
const TRUST: &str = "trust";

/// Checks the terms of a grant that is being made.
pub(super) fn check(
    terms: &Terms,
    commands: &Commands,
    confinement: impl Fn(&CommandEntry) -> Confinement,
    folders: &Folders,
) -> Result<Terms, String> {
    if terms.is_empty() {
        return Ok(Terms::default());
    }
    let mut kept: Vec<(&str, String)> = Vec::new();
    for name in terms.values("command") {
        let Some(entry) = commands.get(name) else {
            let there: Vec<_> = commands.keys().map(|name| format!("`{name}`")).collect();
            let there =
                if there.is_empty() { "it has none".to_owned() } else { format!("it has {}", there.join(", ")) };
            let name = name.escape_default();
            return Err(format!(
                "`loket.toml` has no command `[run.{name}]`; {there}: write a table with its `program`"
            ));
        };
        match confinement(entry) {
            Confinement::Confined => {}
            Confinement::FullTrust => kept.push((TRUST, "full".into())),
            Confinement::Unavailable => return Err(unconfined(name)),
        }
        kept.push(("command", name.to_owned()));
    }
    if terms.values("command").next().is_none() {
        return Err(
            "this grant names no command, so it would permit nothing; name one with `--term command=NAME`".to_owned()
        );
    }
    let places = folders.terms(&Terms::new(terms.values("folder").map(|folder| ("folder", folder))))?;
    kept.extend(places.values("folder").map(|folder| ("folder", folder.to_owned())));
    Ok(Terms::new(kept.iter().map(|(key, value)| (*key, value.as_str()))))
}

/// Which of the terms along a chain do not name a command.
pub(super) fn lacking(all: &[Terms], name: &str) -> Vec<usize> {
    let lacks = |(_, terms): &(usize, &Terms)| !terms.values("command").any(|command| command == name);
    all.iter().enumerate().filter(lacks).map(|(at, _)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_granted_when_every_grant_along_the_chain_names_it() {
        let terms = |names: &[&str]| Terms::new(names.iter().map(|name| ("command", *name)));
        for (all, expect) in [
            (vec![], vec![]),
            (vec![terms(&["git", "ls"])], vec![]),
            (vec![terms(&["git"]), terms(&["ls"]), terms(&[])], vec![1, 2]),
            (vec![terms(&["gi"]), terms(&["gitt"])], vec![0, 1]),
        ] {
            assert_eq!(lacking(&all, "git"), expect, "{all:?}");
        }
    }
}
