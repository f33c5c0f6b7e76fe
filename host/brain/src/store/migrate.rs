//! From an older format to today's: all in one transaction, so that a crash in the middle leaves the old brain.

use super::memories::readable;
use super::tables::{FORMAT, Names, Tables};
use crate::error::BrainError;
use crate::options::{OnProgress, Progress, Stage};
use redb::{ReadableTable, ReadableTableMetadata};

/// Progress is told this often.
const STEP: u64 = 1000;
/// The first format that compares words as today's does, and notes claims.
const NOTES_CLAIMS: u64 = 2;

impl Tables<'_> {
    /// Brings a database of this format to today's: memories packed, with their names and facets; from format 1 also words compared in the
    /// new way, and claims noted.
    ///
    /// Nothing is merged or superseded by this: what two memories said stays said by two.
    pub(crate) fn migrate(&mut self, from: u64, progress: Option<&OnProgress>) -> Result<(), BrainError> {
        let total = self.memories.len()?;
        let tell = |done| {
            if let Some(progress) = progress.filter(|_| total > 0) {
                progress(Progress { stage: Stage::Migrate, done, total });
            }
        };
        tell(0);
        // The newest first: of two facts about one attribute, the later one counts.
        let keys: Vec<u128> =
            self.memories.iter()?.rev().map(|row| Ok(row?.0.value())).collect::<Result<_, BrainError>>()?;
        self.forget_facets()?;
        if from >= NOTES_CLAIMS {
            self.keep_holders()?;
        }
        self.drop_old()?;
        for (at, key) in keys.into_iter().enumerate() {
            let bytes = self.memories.get(key)?.map(|bytes| bytes.value().to_vec()).unwrap_or_default();
            // What is damaged stays as it is, and is told of whenever it is met.
            if let Some(record) = readable(self.read(key, &bytes), "not brought to the new format")? {
                self.put(key, &record, &Names::of(&record), record.length()?, None)?;
            }
            let done = at as u64 + 1;
            if done.is_multiple_of(STEP) && done < total {
                tell(done);
            }
        }
        if from < NOTES_CLAIMS {
            self.renew_holders()?;
            self.renew_wrongs()?;
        }
        self.loosen_all();
        self.set_format(FORMAT)?;
        tell(total);
        Ok(())
    }
}
