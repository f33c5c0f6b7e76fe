//! Where values are kept: `wasi:keyvalue`, the imported one or a test's.

use crate::bindings::wasi::keyvalue::atomics;
use crate::bindings::wasi::keyvalue::store::{Bucket, Error, open};

/// Keys and values.
pub trait Store {
    /// A value; nothing when the key is not there.
    ///
    /// # Errors
    /// What the host says, as everywhere here.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String>;
    /// Writes a value.
    ///
    /// # Errors
    /// As `get`.
    fn set(&self, key: &str, value: &[u8]) -> Result<(), String>;
    /// Removes a key.
    ///
    /// # Errors
    /// As `get`.
    fn delete(&self, key: &str) -> Result<(), String>;
    /// All keys, in any order.
    ///
    /// # Errors
    /// As `get`.
    fn keys(&self) -> Result<Vec<String>, String>;
    /// Adds to a number in one go; answers with what it is then.
    ///
    /// # Errors
    /// As `get`.
    fn increment(&self, key: &str, by: u64) -> Result<u64, String>;
}

/// The host's.
#[derive(Debug)]
pub struct Imported(Bucket);

impl Imported {
    /// Opens the one bucket that this tool has.
    ///
    /// # Errors
    /// What the host says.
    pub fn open() -> Result<Imported, String> {
        open("plans").map(Imported).map_err(words)
    }
}

impl Store for Imported {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        self.0.get(key).map_err(words)
    }

    fn set(&self, key: &str, value: &[u8]) -> Result<(), String> {
        self.0.set(key, value).map_err(words)
    }

    fn delete(&self, key: &str) -> Result<(), String> {
        self.0.delete(key).map_err(words)
    }

    fn keys(&self) -> Result<Vec<String>, String> {
        let (mut keys, mut cursor) = (Vec::new(), None);
        loop {
            let page = self.0.list_keys(cursor).map_err(words)?;
            keys.extend(page.keys);
            cursor = page.cursor;
            if cursor.is_none() {
                return Ok(keys);
            }
        }
    }

    fn increment(&self, key: &str, by: u64) -> Result<u64, String> {
        atomics::increment(&self.0, key, by).map_err(words)
    }
}

fn words(error: Error) -> String {
    match error {
        Error::NoSuchStore => "the host keeps no values for this tool: ask the owner to look at `loket doctor`".into(),
        Error::AccessDenied => "the owner did not grant this: `loket grant loket:todo wasi:keyvalue`".into(),
        Error::Other(why) => why,
    }
}
