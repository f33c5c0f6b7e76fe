//! How two moments of a brain differ, and the way back to one.

use super::snapshots;
use crate::brain::Inner;
use crate::error::BrainError;
use crate::id::MemoryId;
use crate::limits;
use crate::store::apply::Batch;
use crate::store::memories::Moment;
use crate::store::tables::{LESSONS, WRONGS};
use crate::store::uses::Use;
use crate::types::{Change, Difference, Timestamp};
use redb::ReadableTable;
use std::sync::Arc;

const MOST: u32 = 1000;

impl Inner {
    /// The first `limit` differences after an id, ascending.
    pub(crate) fn diff(
        &self,
        from: &str,
        to: Option<&str>,
        after: Option<&MemoryId>,
        limit: u32,
    ) -> Result<Vec<Difference>, BrainError> {
        let limit = limits::piece(limit, MOST)?;
        let from = snapshots::open(&self.dir, from)?;
        let after = after.and_then(MemoryId::key);
        match to {
            Some(name) => differences(&from.transaction, &snapshots::open(&self.dir, name)?.transaction, after, limit),
            None => self.reading(|| differences(&from.transaction, &self.begin_read()?, after, limit)),
        }
    }

    /// Puts the brain back to a snapshot; answers with the name of the snapshot of what it was.
    pub(crate) fn revert(self: &Arc<Inner>, to: &str, time: Timestamp) -> Result<String, BrainError> {
        let then = Arc::new(snapshots::open(&self.dir, to)?);
        let name = format!("before-revert-{time}");
        self.snapshot(&name)?;
        self.task(move |batch, (): &mut ()| batch.revert(&then.transaction))?;
        Ok(name)
    }
}

fn differences(from: &Moment, to: &Moment, after: Option<u128>, limit: usize) -> Result<Vec<Difference>, BrainError> {
    let (from, to) = (from.memories()?, to.memories()?);
    // Bytes say the same where numbers name the same; otherwise, as in a snapshot of an older format, each memory is read.
    let comparable = from.agrees_with(&to)?;
    let start = after.map_or(0, |after| after.saturating_add(1));
    let (mut old, mut new) = (from.rows.range(start..)?, to.rows.range(start..)?);
    let (mut before, mut now) = (old.next().transpose()?, new.next().transpose()?);
    let mut found = Vec::new();
    while found.len() < limit {
        let (a, b) = (before.as_ref().map(|row| row.0.value()), now.as_ref().map(|row| row.0.value()));
        let (key, in_old, in_new) = match (a, b) {
            (None, None) => break,
            (Some(a), Some(b)) => (a.min(b), a <= b, b <= a),
            (Some(a), None) => (a, true, false),
            (None, Some(b)) => (b, false, true),
        };
        let one = before.as_ref().filter(|_| in_old).map(|row| row.1.value());
        let other = now.as_ref().filter(|_| in_new).map(|row| row.1.value());
        if one != other || !comparable {
            let one = one.map(|bytes| from.read(key, bytes)).transpose()?;
            let other = other.map(|bytes| to.read(key, bytes)).transpose()?;
            if one != other {
                let change = match (&one, &other) {
                    (Some(_), Some(_)) => Change::Changed,
                    (Some(_), None) => Change::Gone,
                    _ => Change::Added,
                };
                let [before, after] = [one, other].map(|record| Some(record?.into_entry(key, Use::default())));
                found.push(Difference { id: MemoryId::from_key(key), change, before, after });
            }
        }
        if in_old {
            before = old.next().transpose()?;
        }
        if in_new {
            now = new.next().transpose()?;
        }
    }
    Ok(found)
}

impl Batch<'_, '_> {
    /// All memories as they were then; what was forgotten since stays forgotten.
    fn revert(&mut self, then: &Moment) -> Result<(), BrainError> {
        let memories = then.memories()?;
        let keys: Vec<u128> =
            self.tables.memories.iter()?.map(|row| Ok(row?.0.value())).collect::<Result<_, BrainError>>()?;
        for key in keys {
            if memories.rows.get(key)?.is_none()
                && let Some(record) = self.tables.get(key)?
            {
                self.take_out(key, &record)?;
            }
        }
        for row in memories.rows.iter()? {
            let (key, bytes) = row?;
            let key = key.value();
            let (old, record) = (self.tables.get(key)?, memories.read(key, bytes.value())?);
            if old.as_ref() != Some(&record) {
                self.write(key, &record, old.as_ref())?;
            }
        }
        self.tables.lessons.write()?.retain(|_, _| false)?;
        for row in then.open_table(LESSONS)?.iter()? {
            let (mistake, lesson) = row?;
            let (mistake, lesson) = (mistake.value(), lesson.value());
            if self.tables.memories.get(mistake)?.is_some() && self.tables.memories.get(lesson)?.is_some() {
                self.tables.lessons.write()?.insert(mistake, lesson)?;
            }
        }
        self.tables.wrongs.write()?.retain(|_, _| false)?;
        for row in then.open_table(WRONGS)?.iter()? {
            let (words, lesson) = row?;
            if self.tables.memories.get(lesson.value())?.is_some() {
                self.tables.wrongs.write()?.insert(words.value(), lesson.value())?;
            }
        }
        self.tables.renew_holders()?;
        // What was forgotten since goes again, with all that says the same or was drawn from it.
        let forgotten: Vec<(u128, Timestamp)> = self
            .tables
            .forgotten
            .read()?
            .iter()?
            .map(|row| row.map(|(key, time)| (key.value(), time.value())))
            .collect::<Result<_, _>>()?;
        forgotten.into_iter().try_for_each(|(key, time)| self.forget(key, time))
    }
}
