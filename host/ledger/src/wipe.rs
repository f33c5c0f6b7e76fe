//! The medium under redb, and the second way to it that erasing needs.
//!
//! redb never overwrites what it frees, so an erased key would lie in stale pages until they happen to be used again. The erasure is
//!
//! 1. one commit: the row without the key, and the key's first eight bytes (inverted) in `wipes`; from here on reading says erased, and no crash
//!    brings the old page back, since the commit was synced;
//! 2. wherever the file still has those eight bytes, they and the rest of the key are overwritten; sync;
//! 3. the row in `wipes` goes.
//!
//! A crash in between leaves the row in `wipes`: opening goes on from step 2. Eight of a key's 32 bytes give nothing away. That eight random bytes occur
//! elsewhere in a file of a terabyte by chance has odds of one to seventeen million; verify would name the line.

use redb::{BackendError, StorageBackend};
use std::io;
use std::ops::Bound;
use std::sync::Arc;

const KEY: usize = 32;
/// The beginning of a key.
pub(crate) type Start = [u8; 8];
const PIECE: usize = 1 << 20;

/// A medium that redb uses and that can also be searched.
#[derive(Debug, Clone)]
pub(crate) struct Shared(Arc<dyn StorageBackend>);

/// What erasing does with a medium.
pub(crate) trait Medium {
    /// Everywhere that `start` is.
    fn find(&self, start: &Start) -> io::Result<Vec<u64>>;
    /// Overwrites the key that begins with `start` wherever `found` says, if it is still there; durably.
    fn wipe(&self, start: &Start, found: &[u64]) -> io::Result<()>;
}

impl Shared {
    pub(crate) fn new(backend: impl StorageBackend) -> Self {
        Shared(Arc::new(backend))
    }
}

impl Medium for Shared {
    fn find(&self, start: &Start) -> io::Result<Vec<u64>> {
        let mut found = Vec::new();
        let mut piece = Vec::new();
        let mut offset = 0;
        // The file may shrink meanwhile: what is cut off is no longer ours.
        while let Some(left) = self.0.len()?.checked_sub(offset).filter(|left| *left >= start.len() as u64) {
            piece.resize(left.min(PIECE as u64) as usize, 0);
            self.0.read(offset, &mut piece)?;
            let windows = piece.array_windows::<8>().enumerate();
            found.extend(windows.filter(|(_, window)| *window == start).map(|(at, _)| offset + at as u64));
            // The next piece begins with this one's last bytes: a key may lie across.
            offset += (piece.len() - (start.len() - 1)) as u64;
        }
        Ok(found)
    }

    fn wipe(&self, start: &Start, found: &[u64]) -> io::Result<()> {
        let len = self.0.len()?;
        for offset in found {
            let mut there = Start::default();
            if offset + there.len() as u64 > len {
                continue;
            }
            self.0.read(*offset, &mut there)?;
            if there == *start {
                let upto = (len - offset).min(KEY as u64) as usize;
                self.0.write(*offset, &[0; KEY][..upto])?;
            }
        }
        self.0.sync_data()
    }
}

impl StorageBackend for Shared {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.0.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.query_lock_range(start, end)
    }
}
