//! When to build again: something was saved that a build reads.

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What a build writes, or what is not the project's: a change there is no reason to build.
const OTHERS: [&str; 5] = ["build", "target", "node_modules", "__pycache__", "deps"];

/// Watches a project as long as it is there.
pub struct Watching(
    #[expect(dead_code, reason = "it watches as long as it is held")] Arc<Mutex<Option<RecommendedWatcher>>>,
);

/// Calls `saved` each time that something changes in a project; also several times for one save.
///
/// # Errors
/// When the system cannot watch it.
pub fn watch(folder: &Path, saved: impl Fn() + Send + 'static) -> Result<Watching, notify::Error> {
    let top = folder.to_owned();
    let shared = Arc::new(Mutex::new(None::<RecommendedWatcher>));
    let weak = Arc::downgrade(&shared);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // What was missed may have been anything.
        let Ok(event) = event else { return saved() };
        if matches!(event.kind, EventKind::Access(_)) {
            return;
        }
        let counts = event.paths.iter().any(|path| path.strip_prefix(&top).is_ok_and(counts));
        if !counts {
            return;
        }
        // A folder that came is watched, too: by another thread, as this one is what a new watch waits for.
        let came: Vec<PathBuf> = match event.kind {
            EventKind::Create(_) => event.paths.into_iter().filter(|path| path.is_dir()).collect(),
            _ => Vec::new(),
        };
        if let (false, Some(shared)) = (came.is_empty(), weak.upgrade()) {
            std::thread::spawn(move || {
                if let Some(watcher) = &mut *shared.lock().unwrap_or_else(PoisonError::into_inner) {
                    for path in &came {
                        let _ = watcher.watch(path, RecursiveMode::NonRecursive);
                    }
                }
            });
        }
        saved();
    })?;
    for folder in folders(folder) {
        watcher.watch(&folder, RecursiveMode::NonRecursive)?;
    }
    *shared.lock().unwrap_or_else(PoisonError::into_inner) = Some(watcher);
    Ok(Watching(shared))
}

/// The project's folder and those in it that count.
fn folders(top: &Path) -> Vec<PathBuf> {
    let mut found = vec![top.to_owned()];
    let mut at = 0;
    while let Some(folder) = found.get(at).cloned() {
        at += 1;
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && entry.path().strip_prefix(top).is_ok_and(counts) {
                found.push(entry.path());
            }
        }
    }
    found
}

/// Whether a path in a project is one that a build reads. What is hidden is an editor's, git's, or a home.
fn counts(path: &Path) -> bool {
    let mut parts = path.iter().map(|part| part.to_string_lossy());
    !parts.any(|part| part.starts_with('.') || part.ends_with('~') || part == "Cargo.lock" || OTHERS.contains(&&*part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;

    #[test]
    fn a_save_is_heard_and_what_a_build_writes_is_not() {
        let project = tempfile::tempdir().expect("a folder");
        let top = project.path().canonicalize().expect("it is there");
        for folder in ["src", "build", "node_modules/x", ".git"] {
            std::fs::create_dir_all(top.join(folder)).expect("made");
        }
        let (sender, heard) = mpsc::channel();
        let _watching = watch(&top, move || sender.send(()).unwrap_or_default()).expect("it can be watched");
        for quiet in
            ["build/x.wasm", "node_modules/x/y.js", ".git/HEAD", "src/.lib.rs.swp", "src/lib.rs~", "Cargo.lock"]
        {
            std::fs::write(top.join(quiet), "x").expect("written");
        }
        assert_eq!(heard.recv_timeout(Duration::from_millis(500)), Err(mpsc::RecvTimeoutError::Timeout));
        std::fs::write(top.join("src/lib.rs"), "x").expect("written");
        heard.recv_timeout(Duration::from_secs(10)).expect("it is heard");
        // Also in a folder that came later.
        std::fs::create_dir(top.join("src/more")).expect("made");
        heard.recv_timeout(Duration::from_secs(10)).expect("it is heard");
        std::thread::sleep(Duration::from_millis(300));
        while heard.try_recv().is_ok() {}
        std::fs::write(top.join("src/more/x.rs"), "x").expect("written");
        heard.recv_timeout(Duration::from_secs(10)).expect("it is heard");
    }
}
