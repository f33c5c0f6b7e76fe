//! The granted folders: `loket:files/folders`, the imported one or a test's.

use crate::Error;
use crate::folders_wit as wit;

/// What is asked of the granted folders.
pub trait Folders {
    /// The granted folders.
    ///
    /// # Errors
    /// As the contract says, here and below.
    fn roots(&self) -> Result<Vec<wit::Root>, Error>;
    /// A folder's entries, by name.
    ///
    /// # Errors
    /// As the contract says.
    fn list(&self, path: &str, after: Option<&str>, limit: u32) -> Result<Vec<wit::Entry>, Error>;
    /// All that is below a folder, each folder right before what is in it.
    ///
    /// # Errors
    /// As the contract says.
    fn tree(&self, path: &str, after: Option<&str>, limit: u32) -> Result<Vec<wit::Entry>, Error>;
    /// One entry.
    ///
    /// # Errors
    /// As the contract says.
    fn stat(&self, path: &str) -> Result<wit::Entry, Error>;
    /// A file's bytes from an offset.
    ///
    /// # Errors
    /// As the contract says.
    fn read(&self, path: &str, offset: u64, limit: u32) -> Result<Vec<u8>, Error>;
    /// Writes a file that is not there yet.
    ///
    /// # Errors
    /// As the contract says.
    fn create(&self, path: &str, bytes: &[u8]) -> Result<(), Error>;
    /// Writes a file in place of the one that is there.
    ///
    /// # Errors
    /// As the contract says.
    fn replace(&self, path: &str, bytes: &[u8]) -> Result<(), Error>;
    /// Changes some bytes of a file, while they are what the patches say.
    ///
    /// # Errors
    /// As the contract says.
    fn edit(&self, path: &str, patches: &[wit::Patch]) -> Result<(), Error>;
    /// Puts bytes at the end of a file.
    ///
    /// # Errors
    /// As the contract says.
    fn append(&self, path: &str, bytes: &[u8]) -> Result<(), Error>;
    /// Begins to watch a folder.
    ///
    /// # Errors
    /// As the contract says.
    fn watch(&self, path: &str) -> Result<wit::WatchId, Error>;
    /// Waits for changes, at most so many milliseconds.
    ///
    /// # Errors
    /// As the contract says.
    fn changes(&self, id: wit::WatchId, timeout: u32) -> Result<Vec<wit::Change>, Error>;
    /// Stops watching.
    fn unwatch(&self, id: wit::WatchId);
}

/// The imported ones.
#[derive(Debug)]
pub struct Imported;

impl Folders for Imported {
    fn roots(&self) -> Result<Vec<wit::Root>, Error> {
        wit::roots()
    }

    fn list(&self, path: &str, after: Option<&str>, limit: u32) -> Result<Vec<wit::Entry>, Error> {
        wit::list(path, after, limit)
    }

    fn tree(&self, path: &str, after: Option<&str>, limit: u32) -> Result<Vec<wit::Entry>, Error> {
        wit::tree(path, after, limit)
    }

    fn stat(&self, path: &str) -> Result<wit::Entry, Error> {
        wit::stat(path)
    }

    fn read(&self, path: &str, offset: u64, limit: u32) -> Result<Vec<u8>, Error> {
        wit::read(path, offset, limit)
    }

    fn create(&self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        wit::create(path, bytes)
    }

    fn replace(&self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        wit::replace(path, bytes)
    }

    fn edit(&self, path: &str, patches: &[wit::Patch]) -> Result<(), Error> {
        wit::edit(path, patches)
    }

    fn append(&self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        wit::append(path, bytes)
    }

    fn watch(&self, path: &str) -> Result<wit::WatchId, Error> {
        wit::watch(path)
    }

    fn changes(&self, id: wit::WatchId, timeout: u32) -> Result<Vec<wit::Change>, Error> {
        wit::changes(id, timeout)
    }

    fn unwatch(&self, id: wit::WatchId) {
        wit::unwatch(id);
    }
}
