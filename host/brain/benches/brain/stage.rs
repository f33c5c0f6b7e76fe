//! The memories of a run, and the two sides that hold them.

use crate::common::Outcome;
use crate::common::fts5::{Fts5, Sync};
use crate::common::memory::Memory;
use crate::corpus::Corpus;
use loket_brain::{Brain, Options};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// So many memories the index has not taken in when something is recalled.
pub(crate) const TAIL: usize = 500;
/// The figures that write need so many memories beyond those that are there already.
pub(crate) const SPARE: usize = 30_000;

/// What every figure starts from.
pub(crate) struct Stage {
    folder: TempDir,
    corpus: Corpus,
    /// How many memories are there at first.
    pub(crate) many: usize,
    /// How many of the corpus were taken so far.
    taken: usize,
}

impl Stage {
    pub(crate) fn new(corpus: Corpus, many: usize) -> Outcome<Stage> {
        let most = corpus.memories.len().saturating_sub(SPARE);
        if !(10_000..=most).contains(&many) {
            return Err(format!("`--memories {many}` cannot be measured: from 10000 to {most} can").into());
        }
        // Beside what is built, which is on a disk: the system's folder for such files may be memory.
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        Ok(Stage { folder, corpus, many, taken: many })
    }

    /// The memories that are there at first.
    pub(crate) fn memories(&self) -> &[Memory] {
        &self.corpus.memories[..self.many]
    }

    /// Memories that nobody has seen yet.
    pub(crate) fn fresh(&mut self, count: usize) -> Outcome<Vec<Memory>> {
        let fresh = self.corpus.memories.get(self.taken..self.taken + count);
        let fresh = fresh.ok_or("the texts are used up: measure with fewer memories")?.to_vec();
        self.taken += count;
        Ok(fresh)
    }

    /// A place for files of this name.
    pub(crate) fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The brain with all of them.
    pub(crate) fn brain(&self) -> Outcome<Brain> {
        Ok(Brain::open(&self.place("brain"), Options::default())?)
    }

    /// The other side with all of them.
    pub(crate) fn fts5(&self, sync: Sync) -> Outcome<Fts5> {
        Fts5::open(&self.place("fts5.sqlite"), sync)
    }
}

/// What files take on the disk, in bytes; of a folder, all that is in it.
pub(crate) fn size(path: &Path) -> Outcome<u64> {
    use std::os::unix::fs::MetadataExt as _;
    let about = fs::metadata(path)?;
    if !about.is_dir() {
        // Blocks have 512 bytes, whatever the file system's are.
        return Ok(about.blocks() * 512);
    }
    fs::read_dir(path)?.map(|entry| size(&entry?.path())).sum()
}

/// Copies a folder as it is.
pub(crate) fn copy(from: &Path, to: &Path) -> Outcome<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Bytes, for people.
pub(crate) fn mib(bytes: f64) -> String {
    format!("{:.1} MiB", bytes / f64::from(1 << 20))
}
