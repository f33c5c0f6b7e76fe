//! Where the rows lie: the storage's contract, and the form on disk.
//!
//! A group of lines that is committed together is one row here and one row there, so that a line costs no tree operation of its own:
//!
//! ```text
//!  table     key                         value
//!  ───────── ─────────────────────────── ──────────────────────────────────────────────────────────────
//!  meta      "form", "genesis"           u32 LE; 32 random bytes, the hash before line 1
//!  blocks    first line: u64             postcard of the block, see below; never changed
//!  payloads  first line: u64             postcard: [ Present { key: [u8; 32], bytes } | Erased ],
//!                                        one for each line of the block that has a digest, in order
//!  turns     (turn: u128, first: u64)    ()   which blocks hold lines of that turn
//!  wipes     u64                         ()   erasures that are not finished, see `wipe.rs`
//!
//!  block     prev: [u8; 32]              the hash before its first line
//!            turns: [u128]               each once; lines point here
//!            strings: [str]              chains, capabilities and functions, each once; lines point here
//!            lines: [ turn: u32, call: u32, parent: u32, kind: u8,
//!                     time: i64          milliseconds since the line before, the first since 1970
//!                     chain: u32, capability: u32, function: u32, labels: u8,
//!                     digest: [u8; 32]?  blake3(key ‖ payload); none without a payload
//!                     hash: [u8; 32] ]   blake3(hash before ‖ the line written out, see `chain.rs`)
//! ```
//!
//! A block has at most 4096 lines and about 1 MiB of payload (one line's payload may be larger); a larger group is several blocks of one commit.
//! Numbers within a row are postcard's: little-endian varints, signed ones zigzag. The order of the cases of `Value` and `Payload` is part of the form.
//!
//! **Erasing.** A payload lies encrypted under its own random key (a blake3 key stream), which is at the same time the salt of its digest.
//! To erase it is to remove the key: from the row, and from every stale page of the file (`wipe.rs`). So no scrap of it can be read afterwards, and not even
//! a short payload ("yes", "no") can be guessed from its digest. The chain never held anything else, so it still verifies.
//!
//! **Assumed of the medium.** A sync that answered holds through a power cut; what was not synced may be there in part and in any order (redb's
//! checksummed commit slots decide which commit stands). Bits that rot are found when read, by digest and chain. A file system or drive that writes
//! copies of its own (snapshots, wear levelling) may keep erased keys: encrypt the drive where that matters.
//!
//! **Not protected.** Who may write the file can write another sound ledger, or cut off its end. A [`crate::Head`] kept elsewhere shows that.

use crate::entry::Hash;
use crate::error::StorageError;
use std::path::Path;

/// The form that this version writes.
pub const FORM: u32 = 1;

/// One commit's block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The place of its first line: its key.
    pub first: u64,
    /// The lines.
    pub block: Vec<u8>,
    /// The payloads.
    pub payloads: Vec<u8>,
}

/// A row that loses some of its payloads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// The place of its first line: its key.
    pub first: u64,
    /// The payloads without those that go.
    pub payloads: Vec<u8>,
    /// The keys of those that go.
    pub gone: Vec<[u8; 32]>,
}

/// What a storage holds when it is opened.
#[derive(Debug, Clone)]
pub struct Start {
    /// The hash before line 1.
    pub genesis: Hash,
    /// The block with the greatest key.
    pub last: Option<Row>,
}

/// A place for rows. It knows nothing of what is in them.
///
/// Every function blocks. `commit` is called from one thread only; `replace_payloads`, `erase` and `wipe` from one at a time, and not while another of
/// the three runs.
pub trait Storage: Send + Sync {
    /// Reads what is there; an empty storage is given a genesis, durably.
    ///
    /// # Errors
    /// [`StorageError::Newer`] when a later version wrote it.
    fn start(&self) -> Result<Start, StorageError>;

    /// Makes all rows durable, with the turns that each holds lines of; all or none.
    ///
    /// # Errors
    /// When it is not certain that all rows are durable.
    fn commit(&self, rows: &[(Row, Vec<u128>)]) -> Result<(), StorageError>;

    /// The row with the greatest key that is at most `seq`.
    ///
    /// # Errors
    /// When the storage cannot be read.
    fn at_or_before(&self, seq: u64) -> Result<Option<Row>, StorageError>;

    /// The row with the least key that is greater than `seq`.
    ///
    /// # Errors
    /// When the storage cannot be read.
    fn after(&self, seq: u64) -> Result<Option<Row>, StorageError>;

    /// The keys of the rows that hold lines of that turn, ascending.
    ///
    /// # Errors
    /// When the storage cannot be read.
    fn turn(&self, turn: u128) -> Result<Vec<u64>, StorageError>;

    /// Replaces the payloads of row `first`, durably, and leaves no copy of `gone` anywhere on the medium. A crash in between is made good by the next `start`.
    ///
    /// # Errors
    /// When it is not certain that `gone` is gone.
    fn replace_payloads(&self, first: u64, payloads: &[u8], gone: &[u8; 32]) -> Result<(), StorageError>;

    /// Replaces the payloads of many rows, durably; a crash in between leaves some replaced and some not. From each row's replacement on, its keys that
    /// are `gone` are never read again. Copies of them may be left on the medium until the next [`Storage::wipe`] or `start`.
    ///
    /// # Errors
    /// When it is not certain that all were replaced.
    fn erase(&self, erasures: &[Erasure]) -> Result<(), StorageError> {
        erasures
            .iter()
            .flat_map(|erasure| erasure.gone.iter().map(move |gone| (erasure, gone)))
            .try_for_each(|(erasure, gone)| self.replace_payloads(erasure.first, &erasure.payloads, gone))
    }

    /// Leaves no copy of any key anywhere on the medium that [`Storage::erase`] took away, also of those that an earlier call failed at. `progress` is
    /// told how many bytes of the medium were looked at, and of how many. A storage that has nothing more to do has nothing to wipe.
    ///
    /// # Errors
    /// When it is not certain that they are gone.
    fn wipe(&self, _progress: &mut dyn FnMut(u64, u64)) -> Result<(), StorageError> {
        Ok(())
    }

    /// Writes all that is there at one moment into a new file, durably; others go on reading and writing meanwhile.
    ///
    /// # Errors
    /// When the file is there already or cannot be written, or when this storage is not one that lies in a file.
    fn copy_to(&self, file: &Path) -> Result<(), StorageError> {
        Err(StorageError::Fault { what: format!("this storage cannot be copied to `{}`", file.display()) })
    }
}
