//! Short hands for the tests.

use loket_brain::{Brain, Correction, Draft, Entry, Hit, Kind, Labels, MemoryId, Options, Origin, Query, Source};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub(crate) struct Fixture {
    pub(crate) brain: Brain,
    pub(crate) dir: TempDir,
}

impl std::ops::Deref for Fixture {
    type Target = Brain;

    fn deref(&self) -> &Brain {
        &self.brain
    }
}

pub(crate) fn brain() -> Fixture {
    brain_with(Options::default())
}

pub(crate) fn brain_with(options: Options) -> Fixture {
    let dir = tempfile::tempdir().expect("a folder");
    Fixture { brain: open_with(dir.path(), options), dir }
}

#[track_caller]
pub(crate) fn open(dir: &Path) -> Brain {
    open_with(dir, Options::default())
}

#[track_caller]
pub(crate) fn open_with(dir: &Path, options: Options) -> Brain {
    Brain::open(dir, options).expect("the brain opens")
}

impl Fixture {
    /// Closes the brain, does something to its folder, and opens it again.
    #[track_caller]
    pub(crate) fn reopened(self, between: impl FnOnce(&Path)) -> Fixture {
        let Fixture { brain, dir } = self;
        drop(brain);
        between(dir.path());
        Fixture { brain: open(dir.path()), dir }
    }
}

pub(crate) fn draft(text: &str) -> Draft {
    Draft::new(Kind::Fact, text)
}

pub(crate) fn tagged(text: &str, tags: &[&str]) -> Draft {
    Draft { tags: tags.iter().map(|tag| tag.to_string()).collect(), ..draft(text) }
}

pub(crate) fn of(kind: Kind, text: &str) -> Draft {
    Draft { kind, ..draft(text) }
}

pub(crate) fn at(time: u64) -> Origin {
    let source = Source {
        agent: "scout".to_owned(),
        turn: format!("turn-{time}"),
        chain: "owner > agent:scout".to_owned(),
        package: None,
    };
    Origin { source, labels: Labels::NONE, time }
}

#[track_caller]
pub(crate) fn remember(brain: &Brain, text: &str) -> MemoryId {
    brain.remember(draft(text), at(1000)).expect("remembered")
}

#[track_caller]
pub(crate) fn recall(brain: &Brain, text: &str) -> Vec<Hit> {
    brain.recall(&Query::words(text)).expect("recalled")
}

#[track_caller]
pub(crate) fn texts(brain: &Brain, text: &str) -> Vec<String> {
    recall(brain, text).into_iter().map(|hit| hit.entry.text).collect()
}

pub(crate) fn correction(mistake: Option<&MemoryId>, wrong: &str, right: &str) -> Correction {
    Correction {
        mistake: mistake.cloned(),
        wrong: wrong.to_owned(),
        right: right.to_owned(),
        applies: "always".to_owned(),
    }
}

/// All entries by walking the pages.
#[track_caller]
pub(crate) fn all(brain: &Brain, kinds: &[Kind], page: u32) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut cursor = None;
    loop {
        let page = brain.list(kinds, cursor.as_deref(), page).expect("a page");
        entries.extend(page.items);
        cursor = page.cursor;
        if cursor.is_none() {
            return entries;
        }
    }
}

pub(crate) const DAY: u64 = 24 * 3600 * 1000;

/// An utterance of a conversation.
pub(crate) fn said(conversation: &str, text: &str) -> Draft {
    Draft { conversation: Some(conversation.to_owned()), ..of(Kind::Episode, text) }
}

#[track_caller]
pub(crate) fn write(brain: &Brain, draft: Draft, time: u64) -> MemoryId {
    brain.remember(draft, at(time)).expect("remembered")
}

#[track_caller]
pub(crate) fn entry(brain: &Brain, id: &MemoryId) -> Entry {
    brain.get(id).expect("read").expect("it is there")
}

/// The names of what a query finds, in its order.
#[track_caller]
pub(crate) fn names(brain: &Brain, query: &Query) -> Vec<MemoryId> {
    brain.recall(query).expect("recalled").into_iter().map(|hit| hit.entry.id).collect()
}

/// A whole export, in pieces of so many lines.
#[track_caller]
pub(crate) fn exported(brain: &Brain, limit: u32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut cursor = None;
    loop {
        let piece = brain.export(cursor.as_deref(), limit).expect("a piece");
        lines.extend(piece.items);
        cursor = piece.cursor;
        if cursor.is_none() {
            return lines;
        }
    }
}

/// All that a brain holds, oldest first.
#[track_caller]
pub(crate) fn everything(brain: &Brain) -> Vec<Entry> {
    exported(brain, 1000).iter().map(|line| serde_json::from_str(line).expect("an entry")).collect()
}

/// All files below a folder.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for found in std::fs::read_dir(folder).expect("a folder") {
        let path = found.expect("a file").path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

/// Copies a folder as any program would: what goes away meanwhile is not in the copy.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    for file in files_below(from) {
        let target = to.join(file.strip_prefix(from).expect("below it"));
        std::fs::create_dir_all(target.parent().expect("a folder")).expect("made");
        if let Err(error) = std::fs::copy(&file, &target) {
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{error}");
        }
    }
}

/// The files of a brain in use as a crash would leave them, in a folder of their own.
pub(crate) fn crashed(brain: &Fixture) -> TempDir {
    let dir = tempfile::tempdir_in(brain.dir.path().parent().expect("a folder")).expect("a folder");
    copied_folder(brain.dir.path(), dir.path());
    // They are those that were in use, not a copy of them.
    std::fs::write(dir.path().join("brain.lock"), "").expect("written");
    dir
}

/// Copies a folder, but for files that go away meanwhile: those of the index do.
pub(crate) fn copied_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for file in std::fs::read_dir(from).expect("a folder") {
        let file = file.expect("a file").path();
        let target = to.join(file.file_name().expect("a name"));
        if file.is_dir() {
            copied_folder(&file, &target);
        } else if let Err(error) = std::fs::copy(&file, &target) {
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{}", file.display());
        }
    }
}
