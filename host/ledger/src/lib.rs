//! The ledger: an append-only, hash-chained record of every call at the counter, refusals included.
//!
//! ```
//! # use std::sync::Arc;
//! use loket_ledger::{Kind, Ledger, Line, Payload, RedbStorage, Seq, Stored, TurnId};
//!
//! # let folder = tempfile::tempdir().unwrap();
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let ledger = Ledger::open(RedbStorage::open(folder.path().join("ledger.redb"))?)?;
//! let turn = TurnId::new(1_700_000_000_000);
//! let intent = ledger.append(Line {
//!     turn,
//!     call: 1,
//!     parent: 0,
//!     kind: Kind::Intent,
//!     time: 1_700_000_000_000,
//!     chain: "owner > agent:assistant".into(),
//!     capability: "loket:brain/memory".into(),
//!     function: "remember".into(),
//!     labels: 0,
//!     payload: Payload::Text("my birthday is in May".to_owned()),
//! });
//! ledger.settle(intent).await?; // durable: now the call may have its effect
//!
//! assert_eq!(ledger.turn(turn)?.len(), 1);
//! ledger.erase(intent)?; // forgotten, and the chain still holds
//! assert_eq!(ledger.entry(intent)?.unwrap().payload, Stored::Erased);
//! assert!(ledger.verify().is_sound());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! A line costs its caller an encoding and a short lock. One thread chains and commits; a group is whatever came while the last commit ran. All
//! functions that touch the disk say that they block: call them where blocking is allowed.
//!
//! After a commit that failed the ledger stays [broken](LedgerError::Broken): whoever waits is told, nothing more is recorded, and only opening it
//! anew, with the disk repaired, goes on. So the record never has a hole that nobody noticed.
//!
//! Files in reading order: [`mod@line`] what is recorded; [`turn_id`] a turn's name; [`entry`] what is given back; [`error`] what can go wrong;
//! `ledger` the handle; `queue` from callers to the writer; `writer` the thread; [`storage`] the form on disk and who keeps it; `chain` digests and
//! hashes; `block` lines to rows and back; `read` and `verify` finding and checking; `follow` every line as it comes; [`scrub`] and `needles`
//! forgetting words; `redb_storage`, `medium`, `wipe` and `snapshot` the file.

pub mod entry;
pub mod error;
pub mod line;
pub mod scrub;
pub mod storage;
pub mod turn_id;

mod block;
mod chain;
mod follow;
mod ledger;
mod medium;
mod needles;
mod queue;
mod read;
mod redb_storage;
mod snapshot;
mod verify;
mod wipe;
mod writer;

pub use entry::{Entry, Fault, Hash, Head, Report, Seq, Stored};
pub use error::{LedgerError, StorageError};
pub use follow::Follower;
pub use ledger::{Ledger, inspect};
pub use line::{Kind, Line, Payload, TurnId};
pub use redb_storage::RedbStorage;
pub use scrub::Scrubbed;
pub use storage::Storage;
pub use turn_id::TurnIdError;
