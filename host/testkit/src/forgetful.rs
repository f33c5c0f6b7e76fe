//! A disk in memory that loses at a power cut whatever was not synced.
//!
//! Killing a process proves nothing about syncs, because the kernel's page cache outlives the process. This backend does:
//!
//! ```text
//!   write ──► unsynced operations ──sync_data──► the disk
//!                     │
//!                power_cut()            all of them are gone
//!                power_cut_torn(seed)   a random part of them arrived, in pieces of 512 bytes, in no order
//! ```
//!
//! Assumed of the medium: a sector of 512 bytes is written whole or not at all, and a sync that answered holds.

use rand::{RngExt, SeedableRng, rngs::StdRng};
use redb::StorageBackend;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const SECTOR: usize = 512;

/// The disk. Clones are the same disk; it outlives the databases opened on it.
///
/// ```
/// use loket_testkit::Forgetful;
/// # const T: redb::TableDefinition<'_, u64, u64> = redb::TableDefinition::new("t");
/// let disk = Forgetful::new();
/// let db = redb::Builder::new().create_with_backend(disk.backend())?;
/// let tx = db.begin_write()?;
/// tx.open_table(T)?.insert(1, 2)?;
/// tx.commit()?;
/// disk.power_cut();
/// drop(db); // its last writes fail: it no longer reaches the disk
/// let db = redb::Builder::new().create_with_backend(disk.backend())?;
/// # use redb::ReadableDatabase;
/// assert_eq!(db.begin_read()?.open_table(T)?.get(1)?.map(|v| v.value()), Some(2));
/// # Ok::<(), redb::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Forgetful(Arc<Mutex<Disk>>);

#[derive(Default)]
struct Disk {
    synced: Vec<u8>,
    /// What the database sees: the synced bytes with all operations since.
    seen: Vec<u8>,
    unsynced: Vec<Operation>,
    /// Which backend may use the disk; a power cut makes all earlier ones fail.
    generation: u64,
    in_use: bool,
    ignore_syncs: bool,
    sync_takes: Duration,
    /// Writes, length changes and syncs left until each fails; `None` is no limit.
    left: Option<u64>,
    syncs: u64,
}

enum Operation {
    Write { offset: usize, bytes: Vec<u8> },
    SetLen(usize),
}

impl Forgetful {
    /// An empty disk.
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens the disk for one database at a time.
    ///
    /// # Panics
    /// When an earlier backend is in use: drop its database, or cut the power, first. Two writers would destroy each other's work,
    /// and a file's lock refuses that too.
    pub fn backend(&self) -> impl StorageBackend + use<> {
        let mut disk = self.idle();
        disk.in_use = true;
        disk.generation += 1;
        Backend { disk: self.clone(), generation: disk.generation }
    }

    /// Cuts the power: unsynced writes are gone, and open backends answer every call with an error.
    pub fn power_cut(&self) {
        let mut disk = self.disk();
        disk.unsynced.clear();
        disk.off();
    }

    /// Cuts the power in the middle of writing: of the unsynced writes a random subset of sectors arrived.
    pub fn power_cut_torn(&self, seed: u64) {
        let mut random = StdRng::seed_from_u64(seed);
        let mut disk = self.disk();
        // Each cut has its own share, so that "nearly all" and "nearly none" occur too.
        let share: f64 = random.random();
        for operation in std::mem::take(&mut disk.unsynced) {
            match operation {
                Operation::SetLen(len) if random.random_bool(share) => disk.synced.resize(len, 0),
                Operation::SetLen(_) => {}
                Operation::Write { offset, bytes } => {
                    for (start, piece) in sectors(offset, &bytes) {
                        if random.random_bool(share) {
                            write_extending(&mut disk.synced, start, piece);
                        }
                    }
                }
            }
        }
        disk.off();
    }

    /// From now on a sync answers that it is done and does nothing: with this, a test of durability must fail.
    pub fn ignore_syncs(&self, ignore: bool) {
        self.disk().ignore_syncs = ignore;
    }

    /// From now on each sync takes so long, as it does where there is a disk: whoever comes meanwhile has to wait.
    pub fn slow_syncs(&self, each: Duration) {
        self.disk().sync_takes = each;
    }

    /// Lets `count` more writes, length changes and syncs succeed; then each fails as a full disk does. `None` repairs the disk.
    pub fn fail_after(&self, count: Option<u64>) {
        self.disk().left = count;
    }

    /// How many syncs were asked for since the start.
    pub fn syncs(&self) -> u64 {
        self.disk().syncs
    }

    /// Replaces `find` by `put` wherever it stands in the synced bytes, as a failing medium or a hand would; says how often.
    ///
    /// # Panics
    /// When the two differ in length, or a database is open: it may have the bytes in its cache.
    pub fn damage(&self, find: &[u8], put: &[u8]) -> usize {
        assert_eq!(find.len(), put.len(), "damage keeps the length");
        let mut disk = self.idle();
        let places: Vec<usize> = disk
            .synced
            .windows(find.len())
            .enumerate()
            .filter(|(_, window)| *window == find)
            .map(|(at, _)| at)
            .collect();
        for at in &places {
            disk.synced[*at..at + put.len()].copy_from_slice(put);
        }
        disk.seen = disk.synced.clone();
        places.len()
    }

    /// Inverts the bits of `mask` in the synced byte at `at`, counted round the disk.
    ///
    /// # Panics
    /// When a database is open or the disk is empty.
    pub fn flip(&self, at: usize, mask: u8) {
        let mut disk = self.idle();
        let at = at % disk.synced.len();
        disk.synced[at] ^= mask;
        disk.seen[at] ^= mask;
    }

    /// A disk with the same synced bytes, not in use.
    pub fn copy(&self) -> Forgetful {
        let synced = self.disk().synced.clone();
        Forgetful(Arc::new(Mutex::new(Disk { seen: synced.clone(), synced, ..Disk::default() })))
    }

    /// Whether the synced bytes contain `needle` anywhere.
    ///
    /// # Panics
    /// When `needle` is empty.
    pub fn contains(&self, needle: &[u8]) -> bool {
        self.disk().synced.windows(needle.len()).any(|window| window == needle)
    }

    fn idle(&self) -> MutexGuard<'_, Disk> {
        let disk = self.disk();
        assert!(!disk.in_use, "the disk is in use: drop the database that has it, or call power_cut()");
        disk
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk {
    fn off(&mut self) {
        self.seen = self.synced.clone();
        self.in_use = false;
        self.generation += 1;
    }

    fn spend(&mut self) -> io::Result<()> {
        match &mut self.left {
            Some(0) => Err(io::Error::new(io::ErrorKind::StorageFull, "the disk is full (a test's doing)")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Disk")
            .field("len", &self.seen.len())
            .field("unsynced", &self.unsynced.len())
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Backend {
    disk: Forgetful,
    generation: u64,
}

impl Backend {
    fn with<T>(&self, work: impl FnOnce(&mut Disk) -> io::Result<T>) -> io::Result<T> {
        let mut disk = self.disk.disk();
        if disk.generation != self.generation {
            return Err(io::Error::new(io::ErrorKind::NotConnected, "the power was cut (a test's doing)"));
        }
        work(&mut disk)
    }
}

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        self.with(|disk| Ok(disk.seen.len() as u64))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.with(|disk| {
            let start = to_usize(offset)?;
            let bytes = start
                .checked_add(out.len())
                .and_then(|end| disk.seen.get(start..end))
                .ok_or(io::ErrorKind::UnexpectedEof)?;
            out.copy_from_slice(bytes);
            Ok(())
        })
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.with(|disk| {
            disk.spend()?;
            let len = to_usize(len)?;
            disk.seen.resize(len, 0);
            disk.unsynced.push(Operation::SetLen(len));
            Ok(())
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        let takes = self.disk.disk().sync_takes;
        std::thread::sleep(takes);
        self.with(|disk| {
            disk.spend()?;
            disk.syncs += 1;
            if disk.ignore_syncs {
                return Ok(());
            }
            for operation in std::mem::take(&mut disk.unsynced) {
                match operation {
                    Operation::SetLen(len) => disk.synced.resize(len, 0),
                    Operation::Write { offset, bytes } => write_extending(&mut disk.synced, offset, &bytes),
                }
            }
            Ok(())
        })
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.with(|disk| {
            disk.spend()?;
            let offset = to_usize(offset)?;
            write_extending(&mut disk.seen, offset, data);
            disk.unsynced.push(Operation::Write { offset, bytes: data.to_vec() });
            Ok(())
        })
    }

    fn close(&self) -> io::Result<()> {
        let mut disk = self.disk.disk();
        // After a power cut the disk may already belong to the next backend.
        if disk.generation == self.generation {
            disk.in_use = false;
        }
        Ok(())
    }
}

fn to_usize(offset: u64) -> io::Result<usize> {
    usize::try_from(offset).map_err(|_| io::ErrorKind::InvalidInput.into())
}

fn write_extending(image: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if image.len() < end {
        image.resize(end, 0);
    }
    image[offset..end].copy_from_slice(bytes);
}

/// `bytes` cut at the medium's sector borders.
fn sectors(offset: usize, bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut start = 0;
    std::iter::from_fn(move || {
        if start >= bytes.len() {
            return None;
        }
        let end = bytes.len().min(start + SECTOR - (offset + start) % SECTOR);
        let piece = (offset + start, &bytes[start..end]);
        start = end;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(backend: &impl StorageBackend) -> Vec<u8> {
        let mut out = vec![0; backend.len().expect("len") as usize];
        backend.read(0, &mut out).expect("read");
        out
    }

    #[test]
    fn a_power_cut_takes_what_was_not_synced_and_disconnects() {
        let disk = Forgetful::new();
        let old = disk.backend();
        old.write(0, b"kept").expect("write");
        old.sync_data().expect("sync");
        old.write(0, b"lost").expect("write");
        assert_eq!(bytes(&old), b"lost", "a reader sees its own writes before the sync");
        disk.power_cut();
        assert!(old.len().is_err());
        assert_eq!(bytes(&disk.backend()), b"kept");
    }

    #[test]
    fn an_ignored_sync_keeps_nothing() {
        let disk = Forgetful::new();
        disk.ignore_syncs(true);
        let old = disk.backend();
        old.write(0, b"lost").expect("write");
        old.sync_data().expect("sync");
        disk.power_cut();
        assert_eq!(disk.backend().len().expect("len"), 0);
    }

    #[test]
    fn a_torn_cut_keeps_whole_sectors_only() {
        let mut partly = 0;
        for seed in 0..50 {
            let disk = Forgetful::new();
            let old = disk.backend();
            old.set_len(8 * SECTOR as u64).expect("set_len");
            old.sync_data().expect("sync");
            old.write(0, &[1; 8 * SECTOR]).expect("write");
            disk.power_cut_torn(seed);
            let image = bytes(&disk.backend());
            assert!(image.chunks(SECTOR).all(|sector| sector.iter().all(|byte| *byte == sector[0])));
            partly += usize::from(image.contains(&0) && image.contains(&1));
        }
        assert!(partly > 20, "only {partly} of 50 cuts were torn");
    }

    #[test]
    fn a_full_disk_fails_and_can_be_repaired() {
        let disk = Forgetful::new();
        let backend = disk.backend();
        disk.fail_after(Some(1));
        backend.write(0, b"a").expect("one is left");
        assert_eq!(backend.sync_data().expect_err("none is left").kind(), io::ErrorKind::StorageFull);
        disk.fail_after(None);
        backend.sync_data().expect("repaired");
    }

    #[test]
    #[should_panic(expected = "in use")]
    fn two_databases_cannot_have_it_at_once() {
        let disk = Forgetful::new();
        let _first = disk.backend();
        let _second = disk.backend();
    }
}
