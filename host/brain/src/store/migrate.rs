//! From an older format to today's: all in one transaction, so that a crash in the middle leaves the old brain.

use super::record::Record;
use super::tables::{FORMAT, Names, Tables};
use crate::error::BrainError;
use crate::options::{OnProgress, Progress, Stage};
use redb::{ReadableTable, ReadableTableMetadata};

/// Progress is told this often.
const STEP: u64 = 1000;

impl Tables<'_> {
    /// Brings a database of format 1 to format 2: records in the new shape, words compared in the new way, claims noted.
    ///
    /// Nothing is merged or superseded by this: what two memories said stays said by two.
    pub(crate) fn migrate(&mut self, progress: Option<&OnProgress>) -> Result<(), BrainError> {
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
        self.texts.retain(|_, _| false)?;
        for (at, key) in keys.into_iter().enumerate() {
            let bytes = self.memories.get(key)?.map(|bytes| bytes.value().to_vec()).unwrap_or_default();
            match Record::decode(key, &bytes) {
                Ok(record) => {
                    self.put(key, &record, &Names::of(&record), &record.encode()?, None)?;
                }
                // It stays as it is, and is told of whenever it is met.
                Err(error) => tracing::error!(%error, "not brought to the new format"),
            }
            let done = at as u64 + 1;
            if done.is_multiple_of(STEP) && done < total {
                tell(done);
            }
        }
        self.renew_holders()?;
        self.renew_wrongs()?;
        self.set_format(FORMAT)?;
        tell(total);
        Ok(())
    }
}
