//! Short hands for the tests.

use loket_brain::{Brain, Correction, Draft, Hit, Kind, Labels, MemoryId, Options, Origin, Query, Source};
use std::path::Path;
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
    Draft { kind: Kind::Fact, text: text.to_owned(), tags: Vec::new(), conversation: None }
}

pub(crate) fn tagged(text: &str, tags: &[&str]) -> Draft {
    Draft { tags: tags.iter().map(|tag| tag.to_string()).collect(), ..draft(text) }
}

pub(crate) fn of(kind: Kind, text: &str) -> Draft {
    Draft { kind, ..draft(text) }
}

pub(crate) fn at(time: u64) -> Origin {
    let source =
        Source { agent: "scout".to_owned(), turn: format!("turn-{time}"), chain: "owner > agent:scout".to_owned() };
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
pub(crate) fn all(brain: &Brain, kinds: &[Kind], page: u32) -> Vec<loket_brain::Entry> {
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
