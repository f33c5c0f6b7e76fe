//! The other side: SQLite's own full-text search, as a program would use it that keeps its memories there.
//!
//! One table, with everything that the brain keeps of a memory in it; words are stemmed; a question is its words, joined by OR, the
//! best by BM25 first. SQLite gets as much memory for its cache as the brain, and maps its file as the brain maps its index.

use super::Outcome;
use super::memory::Memory;
use rusqlite::{Connection, params};
use std::path::Path;

const TABLE: &str = "CREATE VIRTUAL TABLE memories USING fts5(
    text, tags, kind UNINDEXED, conversation UNINDEXED, written UNINDEXED, tokenize = 'porter unicode61')";
const INSERT: &str = "INSERT INTO memories (text, tags, kind, conversation, written) VALUES (?1, ?2, ?3, ?4, ?5)";
/// `rank` is BM25, and quicker to sort by than the function's value.
const SEARCH: &str = "SELECT rowid, text, tags, kind, conversation, written, rank FROM memories
    WHERE memories MATCH ?1 ORDER BY rank LIMIT 10";

/// How safe a commit is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sync {
    /// Each commit is on disk when it answers.
    Full,
    /// Commits are on disk when the write-ahead log is taken over.
    Normal,
}

/// A database with one table of memories.
pub(crate) struct Fts5(Connection);

/// A memory that SQLite found.
pub(crate) struct Found {
    /// Its place in the order of insertion, from 1.
    pub(crate) row: i64,
    /// Read as the brain's texts are, so that both sides do the same work.
    pub(crate) text: String,
}

impl Fts5 {
    /// One that lives in memory: for what is measured without a clock.
    pub(crate) fn in_memory() -> Outcome<Fts5> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(TABLE)?;
        Ok(Fts5(connection))
    }

    /// One on disk with a write-ahead log; made if it is not there.
    pub(crate) fn open(file: &Path, sync: Sync) -> Outcome<Fts5> {
        let fresh = !file.exists();
        let connection = Connection::open(file)?;
        let sync = match sync {
            Sync::Full => "FULL",
            Sync::Normal => "NORMAL",
        };
        connection.execute_batch(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = {sync}; PRAGMA cache_size = -8192; PRAGMA mmap_size = 1073741824;"
        ))?;
        if fresh {
            connection.execute_batch(TABLE)?;
        }
        Ok(Fts5(connection))
    }

    /// Inserts one memory in a transaction of its own, or in the one that is open.
    pub(crate) fn insert(&self, memory: &Memory) -> Outcome<()> {
        let Memory { kind, text, tags, conversation, time } = memory;
        let mut statement = self.0.prepare_cached(INSERT)?;
        statement.execute(params![text, tags.join(" "), *kind as u8, conversation, *time as i64])?;
        Ok(())
    }

    /// Inserts many in one transaction.
    pub(crate) fn import(&self, memories: &[Memory]) -> Outcome<()> {
        self.0.execute_batch("BEGIN")?;
        memories.iter().try_for_each(|memory| self.insert(memory))?;
        Ok(self.0.execute_batch("COMMIT")?)
    }

    /// The ten best with their texts.
    pub(crate) fn ask(&self, question: &str) -> Outcome<Vec<Found>> {
        let Some(expression) = any_of(question) else { return Ok(Vec::new()) };
        let mut statement = self.0.prepare_cached(SEARCH)?;
        let rows = statement.query_map([expression], |row| {
            // The other columns are read too: a hit of the brain is a whole memory.
            let _: (String, u8, Option<String>, i64, f64) =
                (row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?);
            Ok(Found { row: row.get(0)?, text: row.get(1)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Closes the database, and takes the log over into it.
    pub(crate) fn close(self) -> Outcome<()> {
        self.0.close().map_err(|(_, error)| error.into())
    }
}

/// A question as an expression: its words as `unicode61` would cut them, each quoted, joined by OR; none when it has no words.
pub(crate) fn any_of(question: &str) -> Option<String> {
    let words = question.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let quoted: Vec<String> = words.map(|word| format!("\"{word}\"")).collect();
    (!quoted.is_empty()).then(|| quoted.join(" OR "))
}
