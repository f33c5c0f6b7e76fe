//! All that is below a folder, page by page, up to a number of entries.

use crate::Error;
use crate::folders::Folders;
use crate::folders_wit::Entry;

/// How many entries one call looks at.
pub const ENTRIES: usize = 20_000;
/// How many are asked for at once: the contract's limit.
const PAGE: u32 = 1_000;

/// What comes next.
#[derive(Debug)]
pub enum Step {
    /// An entry.
    Entry(Entry),
    /// Nothing: that was all.
    End,
    /// Nothing in this call: more entries were looked at than it may.
    Spent,
}

/// A walk.
#[derive(Debug)]
pub struct Walk<'a, F> {
    folders: &'a F,
    path: &'a str,
    after: Option<String>,
    page: std::vec::IntoIter<Entry>,
    is_last: bool,
    left: usize,
}

impl<'a, F: Folders> Walk<'a, F> {
    /// Begins below a folder, after a path in it.
    pub fn new(folders: &'a F, path: &'a str, after: Option<String>) -> Walk<'a, F> {
        Walk { folders, path, after, page: Vec::new().into_iter(), is_last: false, left: ENTRIES }
    }

    /// The path that was looked at last, or after which the walk began.
    pub fn reached(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// Goes on by one entry.
    ///
    /// # Errors
    /// Those of the folders.
    pub fn step(&mut self) -> Result<Step, Error> {
        if self.left == 0 {
            return Ok(Step::Spent);
        }
        if self.page.len() == 0 && !self.is_last {
            let page = self.folders.tree(self.path, self.after.as_deref(), PAGE)?;
            self.is_last = page.len() < PAGE as usize;
            self.page = page.into_iter();
        }
        let Some(entry) = self.page.next() else { return Ok(Step::End) };
        self.left -= 1;
        self.after = Some(entry.path.clone());
        Ok(Step::Entry(entry))
    }

    /// An entry's path as seen from the folder.
    pub fn below<'p>(&self, path: &'p str) -> &'p str {
        below(self.path, path).unwrap_or(path)
    }
}

/// A path as seen from a folder that it lies in.
pub fn below<'p>(folder: &str, path: &'p str) -> Option<&'p str> {
    path.strip_prefix(folder)?.strip_prefix('/')
}
