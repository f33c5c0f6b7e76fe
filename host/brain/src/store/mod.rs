//! The truth: what is in `brain.redb` and `brain.log`, and what writes do to it.
//!
//! In reading order: [`record`] a memory as it stands by itself, [`names`] what many memories bear, [`packed`] a memory as its table has it,
//! [`old`] as it was stored before, [`tables`] where, [`lazy`] a table that is opened when it is used, [`memories`] all of them for reading,
//! [`migrate`] from an older format, [`apply`] what writes do, [`claims`] facts that replace facts, [`correct`] lessons, [`uses`] what was
//! an answer, [`group`] many writers in one transaction, [`log`] what the database has in memory only.

pub(crate) mod apply;
pub(crate) mod claims;
pub(crate) mod correct;
pub(crate) mod group;
pub(crate) mod lazy;
pub(crate) mod log;
pub(crate) mod memories;
pub(crate) mod migrate;
pub(crate) mod names;
pub(crate) mod old;
pub(crate) mod packed;
pub(crate) mod record;
pub(crate) mod tables;
pub(crate) mod uses;
