//! The home in which a project is tried: one that is made for it, beside it, or one that its author named.

use crate::client::discover;
use crate::desk::Problem;
use std::path::{Path, PathBuf};

/// Where commands in the project's folder look for a home first.
const PLACE: &str = ".loket";
/// Says in a home that it was made for this. Only there anything is granted.
const MARK: &str = "made-by-loket-dev";
const WORDS: &str = "This home was made by `loket dev` to try what is built beside it. In it everything is granted to that; delete it at will.\n";

/// A home to try things in.
pub(super) struct Scratch {
    /// Its folder, absolute.
    pub(super) home: PathBuf,
    /// Whether it was made for this.
    pub(super) own: bool,
}

impl Scratch {
    /// The home that was named, else that of the project, which is made when it is not there.
    pub(super) fn open(named: Option<PathBuf>, project: &Path, registries: &[PathBuf]) -> Result<Self, Problem> {
        if let Some(named) = named.filter(|path| !path.as_os_str().is_empty()) {
            if !registries.is_empty() {
                return Err(Problem::invalid("`--registry` is for a scratch home, and `--home` names another")
                    .hint("write `registry` in the loket.toml of that home"));
            }
            return Ok(Self { home: super::super::home::find(Some(&named))?, own: false });
        }
        let home = project.join(PLACE);
        let fresh = !home.exists();
        let failed = |error: std::io::Error| {
            Problem::failed(format!("the home `{}` cannot be made: {error}", home.display()))
                .hint("check who may write there, or name another home with `--home`")
        };
        if fresh {
            discover::make_state(&home)?;
            std::fs::write(home.join(MARK), WORDS).map_err(failed)?;
            // Whoever commits the project does not commit what was tried.
            std::fs::write(home.join(".gitignore"), "*\n").map_err(failed)?;
        }
        let own = home.join(MARK).is_file();
        if own && !registries.is_empty() {
            let mut folders = vec!["\"registry\"".to_owned()];
            for folder in registries {
                let folder = std::path::absolute(folder).map_err(failed)?;
                // A string of JSON is one of TOML.
                folders.push(serde_json::Value::from(folder.display().to_string()).to_string());
            }
            std::fs::write(home.join("loket.toml"), format!("registry = [{}]\n", folders.join(", ")))
                .map_err(failed)?;
        }
        Ok(Self { home, own })
    }

    /// Takes a version that was tried out of the home; in another home it stays, for its owner.
    pub(super) fn remove(&self, reference: &str) {
        let Some((package, version)) = reference.split_once('@').filter(|_| self.own) else { return };
        let file = self.home.join("registry").join(package.replace(':', "/")).join(format!("{version}.wasm"));
        // One that stays takes room, and does nothing: a later one is chosen.
        let _ = std::fs::remove_file(file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scratch_home_is_marked_and_one_that_was_there_is_not_taken_for_one() {
        let project = tempfile::tempdir().expect("a folder");
        let scratch = Scratch::open(None, project.path(), &[]).expect("made");
        assert!(scratch.own && scratch.home == project.path().join(PLACE));
        assert!(Scratch::open(None, project.path(), &[]).expect("again").own);
        let other = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(other.path().join(PLACE)).expect("made");
        assert!(!Scratch::open(None, other.path(), &[]).expect("there").own);
        let named = Scratch::open(Some(project.path().join(PLACE)), other.path(), &[]).expect("named");
        assert!(!named.own, "what is named is its owner's");
    }
}
