//! A home made of a backup by a host that runs: in a folder of its own, away from the home that is in use.

use super::ArchiveError;
use super::restore::{free, into};
use crate::desk::{problem, wrong};
use crate::host::Host;
use loket_gateways::desk::{Problem, RestoreReport, RestoreRequest};
use loket_kernel::{CallError, Principal};
use std::fs;
use std::path::{Component, Path, PathBuf};
use tokio::sync::Semaphore;

/// One at a time: each writes as much as a home has.
static ONE: Semaphore = Semaphore::const_new(1);
/// The longest path, and the longest name in one, in bytes.
const LONGEST: (usize, usize) = (4096, 255);

/// Makes a home of a backup of this machine. The act is in the ledger before anything is made.
///
/// # Errors
/// When the place is not free, or is the home in use, in it or around it; or when the backup is damaged, and then nothing is there that was
/// not there before.
pub async fn beside(host: &Host, request: RestoreRequest) -> Result<RestoreReport, Problem> {
    let Ok(one) = ONE.try_acquire() else {
        return Err(wrong("unavailable", "another home is being made of a backup", "try again when it is done"));
    };
    let root = host.home.root().to_owned();
    let (file, place) = blocking(move || {
        let file = readable(&request.file)?;
        let place = away(&request.home, &root)?;
        Ok((file, free(&place)?))
    })
    .await?;
    let about = [("file", file.display().to_string()), ("home", place.display().to_string())];
    let seq = host.act("restored", &Principal::Owner, &about);
    host.counter.ledger.settle(seq).await.map_err(|e| problem(CallError::Failed(e.to_string())))?;
    let mut made = blocking(move || {
        // Whoever asked may be gone: it goes on to its end, and only then may the next begin.
        let _one = one;
        into(&file, &place)
    })
    .await?;
    made.notes.push(
        "it listens where its own `loket.toml` says, which may be where this home does: stop this one first, or add `--listen 127.0.0.1:0`"
            .into(),
    );
    Ok(made)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ArchiveError> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done?),
        Err(error) => Err(wrong("failed", format!("restoring broke off: {error}"), "try again")),
    }
}

/// A whole path, as somebody else wrote it.
fn whole<'p>(text: &'p str, what: &str) -> Result<&'p Path, ArchiveError> {
    let path = Path::new(text);
    let named = path.components().all(|part| !matches!(part, Component::ParentDir));
    let short = text.len() <= LONGEST.0 && path.iter().all(|name| name.len() <= LONGEST.1);
    if path.is_absolute() && named && short && !text.contains(char::is_control) {
        return Ok(path);
    }
    let text: String = text.chars().take(200).collect();
    Err(ArchiveError::Place(format!("`{}` names no {what} by its whole path, without `..`", text.escape_debug())))
}

/// The backup, which is there.
fn readable(file: &str) -> Result<PathBuf, ArchiveError> {
    let file = whole(file, "file")?;
    match fs::metadata(file) {
        Ok(about) if about.is_file() => Ok(file.to_owned()),
        Ok(_) => Err(ArchiveError::Place(format!("`{}` is no file", file.display()))),
        Err(error) => Err(ArchiveError::Place(format!("`{}` cannot be read: {error}", file.display()))),
    }
}

/// A place that has nothing to do with a home, wherever links lead.
fn away(place: &str, root: &Path) -> Result<PathBuf, ArchiveError> {
    let place = whole(place, "folder")?;
    let mut there = place;
    let known = loop {
        match there.canonicalize() {
            Ok(known) => break known,
            Err(_) if there.symlink_metadata().is_ok() => {
                return Err(ArchiveError::Place(format!("`{}` leads nowhere, or cannot be entered", there.display())));
            }
            Err(error) => {
                let nothing = || ArchiveError::Place(format!("`{}` cannot be used: {error}", place.display()));
                there = there.parent().ok_or_else(nothing)?;
            }
        }
    };
    // The rest is not there yet, so that nothing in it leads elsewhere. What is an empty rest would end in a separator.
    let rest = place.strip_prefix(there).unwrap_or(Path::new(""));
    let place = if rest.as_os_str().is_empty() { known } else { known.join(rest) };
    let why = match (place.starts_with(root), root.starts_with(&place)) {
        (true, true) => "is the home that is in use",
        (true, false) => "lies in the home that is in use",
        (false, true) => "is around the home that is in use",
        (false, false) => return Ok(place),
    };
    let message = format!("`{}` {why}, and a backup is restored into a folder of its own", place.display());
    Err(ArchiveError::Place(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_away_from_the_home_wherever_links_lead() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let top = folder.path().canonicalize().expect("it is there");
        let root = top.join("homes/mine");
        fs::create_dir_all(root.join("agents/ann")).expect("it can be made");
        fs::create_dir_all(top.join("free")).expect("it can be made");
        let check = |place: &str, expect: Result<&str, &str>| {
            let found = away(top.join(place).to_str().expect("a plain path"), &root);
            match (found, expect) {
                (Ok(found), Ok(place)) => assert_eq!(found, top.join(place)),
                (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{place}: {error}"),
                (found, _) => panic!("{place}: {found:?}"),
            }
        };
        check("free", Ok("free"));
        check("free/", Ok("free"));
        check("new/in/new", Ok("new/in/new"));
        check("homes/mine2", Ok("homes/mine2"));
        check("homes/mine", Err("is the home that is in use"));
        check("homes/mine/", Err("is the home that is in use"));
        check("homes/mine/new", Err("lies in the home"));
        check("homes/mine/agents/ann/workspace/new", Err("lies in the home"));
        check("homes", Err("is around the home"));
        check("", Err("is around the home"));
        check("free/../homes/mine/new", Err("whole path"));
        for bad in ["", "home", "./home", "\0", "/a\0b", "/a\nb"] {
            away(bad, &root).expect_err(bad);
        }
        away(&format!("/{}", "x".repeat(300)), &root).expect_err("no disk has such a name");
        away(&"/x".repeat(3000), &root).expect_err("nor such a path");
        #[cfg(unix)]
        {
            use std::os::unix::fs::symlink;
            symlink(&root, top.join("to-home")).expect("it can be linked");
            symlink(top.join("homes"), top.join("to-homes")).expect("it can be linked");
            symlink(root.join("none"), top.join("to-none")).expect("it can be linked");
            check("to-home", Err("is the home that is in use"));
            check("to-home/new", Err("lies in the home"));
            check("to-homes/mine/new", Err("lies in the home"));
            check("to-homes/other", Ok("homes/other"));
            check("to-none", Err("leads nowhere"));
            check("to-none/new", Err("leads nowhere"));
        }
    }

    #[test]
    fn a_backup_is_a_file_that_is_there() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("kept.tar.gz");
        let text = |path: &Path| path.to_str().expect("a plain path").to_owned();
        readable(&text(&file)).expect_err("it is not there");
        fs::write(&file, "x").expect("it can be written");
        assert_eq!(readable(&text(&file)).expect("it is there"), file);
        readable(&text(folder.path())).expect_err("a folder");
        #[cfg(unix)]
        readable("/dev/null").expect_err("no file that ends");
        for bad in ["", "kept.tar.gz", "/../x", "\0"] {
            readable(bad).expect_err(bad);
        }
    }
}
