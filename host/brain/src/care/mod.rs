//! What an owner does with a brain: put it right, move it, keep it, let go of what was forgotten, let it dream.
//!
//! Files: [`edit`] words, pins and how much there is, [`lines`] export and import, [`copy`] a copy of one moment, [`snapshots`] copies kept
//! beside the brain, [`differ`] how two moments differ, and the way back, [`purge`] that nothing is left of what was forgotten, [`tidy`] the
//! file made small when the brain rests, [`copied`] files that were copied while in use, [`dream`] consolidation.

pub(crate) mod copied;
pub(crate) mod copy;
pub(crate) mod differ;
pub(crate) mod dream;
pub(crate) mod edit;
pub(crate) mod lines;
pub(crate) mod purge;
pub(crate) mod snapshots;
pub(crate) mod tidy;
