//! A new agent with an agent's manifest, persona and memories. It is made beside the others, under a name that is nobody's, and gets its own
//! name when it is whole. Nothing is granted to it.

use super::shelf::Shelf;
use super::to_call_error;
use loket_brain::{Brain, BrainError, MemoryId};
use loket_guardian::manifest::{AgentManifest, AgentName, DEFAULT_PERSONA, MANIFEST_FILE};
use loket_kernel::CallError;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How the folder of an agent that is being made is called: whoever looks for agents passes over what begins with a dot.
const BEING_MADE: &str = ".fork-";
/// The brain's folder in an agent's, and its file; the rest of it is derived.
const BRAIN: &str = "brain";
const BRAIN_FILE: &str = "brain.redb";

/// Makes an agent of this name out of another. Blocks.
///
/// # Errors
/// `invalid` for a name that is taken or none, `failed` when it cannot be read or written.
pub(super) fn fork(shelf: &Shelf, agent: &Arc<str>, into: &str) -> Result<(), CallError> {
    let name: AgentName = into
        .parse()
        .map_err(|error: loket_guardian::manifest::AgentNameError| CallError::Invalid(error.to_string()))?;
    let (from, target) = (shelf.agents().join(&**agent), shelf.agents().join(name.as_str()));
    if target.symlink_metadata().is_ok() {
        return Err(CallError::Invalid(format!(
            "there is a folder `agents/{name}` already: choose another name for the new agent"
        )));
    }
    let brain = shelf.brain(agent)?;
    let failed = |error: io::Error| CallError::Failed(format!("the agent `{name}` cannot be made: {error}"));
    let made = tempfile::Builder::new().prefix(BEING_MADE).tempdir_in(shelf.agents()).map_err(failed)?;
    for file in files(&from, agent)? {
        copy(&from.join(&file), &made.path().join(&file)).map_err(failed)?;
    }
    let folder = made.path().join(BRAIN);
    private_folder(&folder).map_err(failed)?;
    brain.copy_to(&folder.join(BRAIN_FILE)).map_err(to_call_error)?;
    if !brain.erasing().map_err(to_call_error)?.is_empty() {
        let keep = shelf.keep(agent);
        let copied = Brain::open(&folder, keep.options(&name.to_string())).and_then(|copied| let_go(&copied));
        copied.map_err(to_call_error)?;
    }
    let made = made.keep();
    let named = fs::rename(&made, &target).and_then(|()| sync_folder(shelf.agents()));
    named.map_err(|error| {
        let _ = fs::remove_dir_all(&made);
        failed(error)
    })
}

/// What the other forgot is its own affair: none of the words go along.
fn let_go(copied: &Brain) -> Result<(), BrainError> {
    let ids: Vec<MemoryId> = copied.erasing()?.into_iter().map(|memory| memory.id).collect();
    copied.erased(&ids)?;
    copied.purge(false)?;
    copied.close()
}

/// An agent's own files, by their paths in its folder.
fn files(folder: &Path, agent: &str) -> Result<Vec<PathBuf>, CallError> {
    let name = format!("agents/{agent}/{MANIFEST_FILE}");
    let text = fs::read_to_string(folder.join(MANIFEST_FILE))
        .map_err(|error| CallError::Failed(format!("`{name}` cannot be read: {error}")))?;
    let manifest = AgentManifest::parse(&name, &text).map_err(|report| CallError::Failed(report.to_string()))?;
    let persona = manifest.persona.unwrap_or_else(|| DEFAULT_PERSONA.into());
    let mut files = vec![PathBuf::from(MANIFEST_FILE)];
    if folder.join(&persona).symlink_metadata().is_ok() {
        files.push(persona);
    }
    Ok(files)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if !fs::symlink_metadata(from)?.is_file() {
        return Err(io::Error::other(format!("`{}` is not a regular file", from.display())));
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = File::create_new(to)?;
    file.write_all(&fs::read(from)?)?;
    file.sync_all()
}

fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(false).create(folder)
}

/// Makes a change of names in a folder durable.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Takes away agents that were being made when the host ended. Blocks; to be called while none is being made.
pub fn sweep(agents: &Path) {
    for entry in fs::read_dir(agents).into_iter().flatten().flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(BEING_MADE.as_bytes())
            && let Err(error) = fs::remove_dir_all(entry.path())
        {
            tracing::warn!(folder = %entry.path().display(), %error, "loket.brain.fork.left");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brain::keeping::Keeping;
    use loket_brain::{Draft, Kind, Origin};

    struct Place {
        folder: tempfile::TempDir,
        shelf: Shelf,
    }

    impl Place {
        /// Agents in which `ann` has a persona, and a memory.
        fn new() -> Place {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let ann = folder.path().join("ann");
            fs::create_dir_all(ann.join("texts")).expect("it can be made");
            let manifest = "package = \"loket:assistant\"\npersona = \"texts/ann.md\"\n";
            fs::write(ann.join(MANIFEST_FILE), manifest).expect("it can be written");
            fs::write(ann.join("texts/ann.md"), "calm").expect("it can be written");
            let shelf = Shelf::new(folder.path(), Keeping::default());
            let place = Place { folder, shelf };
            place.remember("ann", "the server is at 10.0.0.5");
            place
        }

        fn remember(&self, agent: &str, text: &str) -> MemoryId {
            let brain = self.shelf.brain(&agent.into()).expect("it opens");
            brain.remember(Draft::new(Kind::Fact, text), Origin::default()).expect("it is remembered")
        }

        fn count(&self, agent: &str) -> u64 {
            self.shelf.brain(&agent.into()).and_then(|brain| brain.count().map_err(to_call_error)).expect("it counts")
        }

        fn fork(&self, into: &str) -> Result<(), CallError> {
            fork(&self.shelf, &"ann".into(), into)
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(self.folder.path()).expect("it reads").flatten();
            let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
            names.sort();
            names
        }
    }

    #[test]
    fn a_new_agent_has_what_the_other_had_and_goes_its_own_way() {
        let place = Place::new();
        place.fork("bob").expect("it is made");
        assert_eq!(place.names(), ["ann", "bob"]);
        let read = |path: &str| fs::read_to_string(place.folder.path().join(path)).expect("it reads");
        assert_eq!(read("bob/agent.toml"), read("ann/agent.toml"));
        assert_eq!(read("bob/texts/ann.md"), "calm");
        place.remember("bob", "tea is at four");
        assert_eq!((place.count("ann"), place.count("bob")), (1, 2));
    }

    #[test]
    fn names_that_are_taken_or_none_are_refused_and_leave_nothing() {
        let place = Place::new();
        fs::create_dir(place.folder.path().join("cid")).expect("it can be made");
        for name in ["ann", "cid", "", "Bob", "../bob", "a b", ".fork-x"] {
            assert!(matches!(place.fork(name), Err(CallError::Invalid(_))), "{name}");
        }
        assert_eq!(place.names(), ["ann", "cid"]);
    }

    #[test]
    fn what_was_forgotten_and_not_purged_does_not_go_along() {
        let place = Place::new();
        let secret = "the safe opens with 4711-0815";
        let id = place.remember("ann", secret);
        let brain = place.shelf.brain(&"ann".into()).expect("it opens");
        brain.forget(&id, 1).expect("it is forgotten");
        assert!(!brain.erasing().expect("it reads").is_empty(), "its words wait to be erased elsewhere");
        place.fork("bob").expect("it is made");
        let bytes = fs::read(place.folder.path().join("bob/brain/brain.redb")).expect("it reads");
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
        assert_eq!(place.count("bob"), 1);
        assert!(!brain.erasing().expect("it reads").is_empty(), "the other still has to erase them");
    }

    #[test]
    fn what_a_crash_left_of_an_agent_is_taken_away() {
        let place = Place::new();
        fs::create_dir_all(place.folder.path().join(".fork-abc/brain")).expect("it can be made");
        sweep(place.folder.path());
        assert_eq!(place.names(), ["ann"]);
    }
}
