//! What the owner laid out for scanners to be asked about, in the home's folder `advisories/`, as it is now.

use loket_providers::scan::Known;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// The folder's name in a home.
pub(crate) const ADVISORIES: &str = "advisories";

/// A folder, and what was read from it last.
#[derive(Debug)]
pub(crate) struct References {
    folder: PathBuf,
    now: Mutex<Option<Arc<Known>>>,
}

impl References {
    /// Those in this folder, which need not be there. Nothing is read so far.
    pub(crate) fn new(folder: PathBuf) -> References {
        References { folder, now: Mutex::default() }
    }

    /// What is known. Blocks when it is asked for the first time.
    pub(crate) fn now(&self) -> Arc<Known> {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        now.get_or_insert_with(|| self.read()).clone()
    }

    /// Reads it again if something in the folder changed. Blocks.
    pub(crate) fn renew(&self) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = now.as_mut().filter(|known| !known.is_as_read(&self.folder)) {
            *known = self.read();
        }
    }

    fn read(&self) -> Arc<Known> {
        let known = Known::read(&self.folder);
        for note in known.notes() {
            tracing::warn!("of the advisories this is left out: {note}");
        }
        Arc::new(known)
    }
}
