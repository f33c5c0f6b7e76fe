//! What is asked of what: memories in their order, and questions with the memories that answer them.

use super::common::memory::Memory;
use super::metrics::Grades;
use super::{beir, conversation};
use loket_brain::{Language, Timestamp};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

/// Memories and questions of one brain.
#[derive(Debug)]
pub(crate) struct Dataset {
    pub(crate) name: String,
    pub(crate) language: Language,
    /// Its language and what it is about, in words.
    pub(crate) about: String,
    pub(crate) memories: Vec<Memory>,
    pub(crate) questions: Vec<Question>,
}

impl Dataset {
    /// Whether its script puts spaces between words: FTS5 finds no words in one that does not.
    pub(crate) fn is_spaced(&self) -> bool {
        let count = |of: fn(char) -> bool| -> usize {
            self.memories.iter().map(|memory| memory.text.chars().filter(|c| of(*c)).count()).sum()
        };
        count(char::is_whitespace) * 15 > count(|_| true)
    }
}

/// A question, and which memories answer it.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) text: String,
    /// When it is asked.
    pub(crate) at: Timestamp,
    /// What is hard about it.
    pub(crate) class: String,
    /// By the memory's place in the dataset.
    pub(crate) relevant: Grades,
}

/// Why a dataset cannot be read: where, and what is wrong there.
#[derive(Debug, thiserror::Error)]
#[error("`{}`{}: {what}", file.display(), if *line == 0 { String::new() } else { format!(", line {line}") })]
pub(crate) struct Unreadable {
    pub(crate) file: PathBuf,
    /// From 1; 0 when it is no single line.
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl Unreadable {
    pub(crate) fn new(file: &Path, line: usize, what: impl ToString) -> Unreadable {
        Unreadable { file: file.to_owned(), line, what: what.to_string() }
    }
}

/// Everything that a path names: a conversation file, a folder in the BEIR layout, or a folder of conversation files.
pub(crate) fn read(path: &Path) -> Result<Vec<Dataset>, Unreadable> {
    if !path.is_dir() {
        return Ok(vec![conversation::read(path)?]);
    }
    if path.join("corpus.jsonl").is_file() {
        return Ok(vec![beir::read(path)?]);
    }
    let entries = fs::read_dir(path).map_err(|error| Unreadable::new(path, 0, error))?;
    let files = entries.flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = files.filter(|file| file.extension().is_some_and(|end| end == "jsonl")).collect();
    files.sort();
    if files.is_empty() {
        let what = "no dataset is here: a folder has `*.jsonl` files of conversations, or is in the BEIR layout";
        return Err(Unreadable::new(path, 0, what));
    }
    files.iter().map(|file| conversation::read(file)).collect()
}

/// Calls `each` with the number and the words of every line that is not blank.
pub(crate) fn lines(
    file: &Path,
    mut each: impl FnMut(usize, &str) -> Result<(), Unreadable>,
) -> Result<(), Unreadable> {
    let open = fs::File::open(file).map_err(|error| Unreadable::new(file, 0, error))?;
    for (at, line) in BufReader::new(open).lines().enumerate() {
        let line = line.map_err(|error| Unreadable::new(file, at + 1, error))?;
        if !line.trim().is_empty() {
            each(at + 1, &line)?;
        }
    }
    Ok(())
}

/// The name of a file or folder, without its ending.
pub(crate) fn name(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
