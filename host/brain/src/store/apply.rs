//! What a write does to the tables. Each checks everything before it changes anything, as many share one transaction.

use super::record::{self, Body, Record};
use super::tables::{Change, Names, Tables, derived_facet, merged_facet};
use crate::care::dream::journal;
use crate::error::BrainError;
use crate::id::{MemoryId, Mint};
use crate::options::Options;
use crate::types::{Correction, Draft, Kind, Labels, Origin, Timestamp};
use redb::{ReadableTable, ReadableTableMetadata};
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

/// Superseding makes a record longer by an id.
pub(crate) const LONGER: usize = 20;

/// A write that waits for its transaction.
#[derive(Debug, Clone)]
pub(crate) enum Write {
    Remember(Draft, Origin),
    /// With the memory that the wrong words were found to mean, when the correction names none.
    Correct(Correction, Origin, Option<u128>),
    Forget(MemoryId, Timestamp),
    /// Work of several steps that happens as one.
    Task(Task),
}

/// What a task does.
type Work = dyn Fn(&mut Batch<'_, '_>) -> Result<(), BrainError> + Send + Sync;

/// Work on the tables. When it fails it must have changed nothing, or fail with an error that ends the transaction.
#[derive(Clone)]
pub(crate) struct Task(pub(crate) Arc<Work>);

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Task")
    }
}

/// What the tail is told of a write.
pub(crate) struct Changed {
    pub(crate) key: u128,
    pub(crate) change: Change,
    pub(crate) record: Option<Record>,
    /// One of very many: the index takes it in right away, and the tail does not.
    pub(crate) bulk: bool,
}

/// A batch of writes being applied.
pub(crate) struct Batch<'a, 't> {
    pub(crate) tables: Tables<'t>,
    pub(crate) mint: &'a mut Mint,
    pub(crate) options: &'a Options,
    pub(crate) changed: Vec<Changed>,
    /// Whether there is anything to commit.
    pub(crate) dirty: bool,
    /// Very many changes come: whoever made them brings the index up to date before it answers.
    pub(crate) bulk: bool,
}

impl Batch<'_, '_> {
    /// Applies one write, and answers with the memory that it wrote.
    pub(crate) fn apply(&mut self, write: &Write) -> Result<Option<u128>, BrainError> {
        self.bulk = false;
        match write {
            Write::Remember(draft, origin) => self.remember(draft, origin).map(Some),
            Write::Correct(correction, origin, meant) => self.correct(correction, origin, *meant).map(Some),
            Write::Forget(id, time) => id.key().map_or(Ok(()), |key| self.forget(key, *time)).map(|()| None),
            Write::Task(task) => (task.0)(self).map(|()| None),
        }
    }

    pub(crate) fn remember(&mut self, draft: &Draft, origin: &Origin) -> Result<u128, BrainError> {
        self.take_in(drafted(draft, origin), origin)
    }

    /// Remembers again what a log has, under the id that it got then.
    pub(crate) fn remember_again(&mut self, record: Record) -> Result<u128, BrainError> {
        let (source, labels, time) = (record.source.clone(), record.labels(), record.written);
        self.take_in(record, &Origin { source, labels, time })
    }

    /// Takes a memory in: what says the same already is strengthened, an older value of the same attribute superseded.
    pub(crate) fn take_in(&mut self, record: Record, origin: &Origin) -> Result<u128, BrainError> {
        let names = Names::of(&record);
        if let Some((key, old)) = self.tables.saying(names.identity)? {
            return self.confirm(key, &old, &record, origin);
        }
        if record.kind() == Kind::Fact {
            if let Some(lesson) = self.known_wrong(record.says())? {
                return self.recur(record, lesson, origin);
            }
            if let Some(held) = self.claimed(&names)? {
                return self.replace(record, held, origin);
            }
        }
        self.add_named(&record, &names, origin.time)
    }

    /// Strengthens a memory that says the same; what the new one knows besides is added.
    fn confirm(&mut self, key: u128, old: &Record, new: &Record, origin: &Origin) -> Result<u128, BrainError> {
        let mut record = Record { tags: [old.tags.clone(), new.tags.clone()].concat(), ..old.clone() };
        record.tags = distinct(&record.tags);
        record.tags.truncate(old.tags.len().max(32));
        // A procedure that worked another way since is the newer one.
        if let Body::Skill { steps, .. } = &new.body
            && !steps.is_empty()
        {
            record.body = Body::Skill { text: old.says().to_owned(), steps: steps.clone() };
        }
        self.strengthen(key, old, record, origin)
    }

    /// The lesson about a fact that is known to be wrong, if it is in force.
    fn known_wrong(&self, words: &str) -> Result<Option<(u128, Record)>, BrainError> {
        if self.tables.wrongs.read()?.is_empty()? {
            return Ok(None);
        }
        let lesson = self.tables.wrongs.read()?.get(record::wrong_words(words))?.map(|lesson| lesson.value());
        let lesson = lesson.map(|key| self.latest(key)).transpose()?.flatten();
        Ok(lesson.filter(|(_, lesson)| lesson.current()))
    }

    /// A mistake that recurs: its lesson gains, and it is kept as what it is, a mistake.
    fn recur(
        &mut self,
        mut record: Record,
        (key, lesson): (u128, Record),
        origin: &Origin,
    ) -> Result<u128, BrainError> {
        record.superseded = Some(key);
        // The lesson gets longer as well, by who said so at most, who is in the record too.
        self.room(1, 2 * record.length()? + LONGER, 0)?;
        self.strengthen(key, &lesson, lesson.clone(), origin)?;
        let mistake = self.add(&record, origin.time)?;
        self.tables.lessons.write()?.insert(mistake, key)?;
        Ok(mistake)
    }

    /// The current fact that gives another or the same value to what this one speaks of.
    fn claimed(&self, names: &Names) -> Result<Option<Held>, BrainError> {
        let Some(claim) = &names.claim else { return Ok(None) };
        let held = self.tables.holder(claim.about)?;
        Ok(held.map(|(key, record, old)| Held { key, record, same: old.value == claim.value }))
    }

    /// Two facts about one attribute: the later one counts, and the other is kept as superseded.
    fn replace(&mut self, mut record: Record, held: Held, origin: &Origin) -> Result<u128, BrainError> {
        if held.same {
            return self.confirm(held.key, &held.record, &record, origin);
        }
        // What strangers' words led to must not push out what the owner said, and nothing pushes out what the owner pinned.
        // A fact that was confirmed may be the owner's, whoever said it besides.
        let strangers = held.record.labels().contains(Labels::UNTRUSTED) && held.record.strength == 1;
        let weaker = record.labels().contains(Labels::UNTRUSTED) && !strangers;
        if held.record.pinned || weaker {
            return self.add(&record, origin.time);
        }
        if held.record.touched > record.written {
            record.superseded = Some(held.key);
            return self.add(&record, origin.time);
        }
        self.room(1, record.length()? + LONGER, 0)?;
        let key = self.mint.next(origin.time);
        self.supersede(held.key, &held.record, key)?;
        self.write(key, &record, None)?;
        Ok(key)
    }

    /// Notes that a memory was replaced by another.
    pub(crate) fn supersede(&mut self, key: u128, old: &Record, by: u128) -> Result<(), BrainError> {
        let superseded = Record { superseded: Some(by), ..old.clone() };
        self.write(key, &superseded, Some(old))
    }

    /// Writes a new memory.
    pub(crate) fn add(&mut self, record: &Record, time: Timestamp) -> Result<u128, BrainError> {
        self.add_named(record, &Names::of(record), time)
    }

    fn add_named(&mut self, record: &Record, names: &Names, time: Timestamp) -> Result<u128, BrainError> {
        let length = record.length()?;
        self.room(1, length, 0)?;
        let key = self.mint.next(time);
        self.write_named(key, record, names, length, None)?;
        Ok(key)
    }

    /// Confirms a memory, with what else `record` changes in it.
    pub(crate) fn strengthen(
        &mut self,
        key: u128,
        old: &Record,
        mut record: Record,
        origin: &Origin,
    ) -> Result<u128, BrainError> {
        record.strength = old.strength.saturating_add(1);
        record.touched = old.touched.max(origin.time);
        record.labels |= origin.labels.bits();
        record.faded = 0;
        record.said_by(&origin.source);
        self.room(0, record.length()?, old.length()?)?;
        self.write(key, &record, Some(old))?;
        Ok(key)
    }

    /// Writes a record, and notes the change if the index must know of it.
    pub(crate) fn write(&mut self, key: u128, record: &Record, old: Option<&Record>) -> Result<(), BrainError> {
        self.write_named(key, record, &Names::of(record), record.length()?, old)
    }

    fn write_named(
        &mut self,
        key: u128,
        record: &Record,
        names: &Names,
        length: usize,
        old: Option<&Record>,
    ) -> Result<(), BrainError> {
        self.dirty = true;
        self.tables.put(key, record, names, length, old)?;
        if self.bulk {
            self.tables.loosen(length);
        }
        let seen_alike = old.is_some_and(|old| {
            old.body == record.body
                && old.kind == record.kind
                && old.tags == record.tags
                && old.labels == record.labels
                && old.superseded == record.superseded
                && old.conversation == record.conversation
        });
        if !seen_alike {
            let change = if old.is_some() { Change::Changed } else { Change::New };
            self.note(key, change, Some(record.clone()))?;
        }
        Ok(())
    }

    fn note(&mut self, key: u128, change: Change, record: Option<Record>) -> Result<(), BrainError> {
        self.tables.note(key, change)?;
        let record = record.filter(|_| !self.bulk);
        self.changed.push(Changed { key, change, record, bulk: self.bulk });
        Ok(())
    }

    /// Forgets a memory, and what says the same or was drawn from it.
    pub(crate) fn forget(&mut self, key: u128, time: Timestamp) -> Result<(), BrainError> {
        let mut waiting = vec![key];
        // The journal may have words of it though the brain has it no more.
        let mut gone = HashSet::from([key]);
        while let Some(key) = waiting.pop() {
            let Some(record) = self.tables.get(key)? else { continue };
            waiting.extend(self.drawn_from(key)?);
            waiting.extend(self.tables.facet(&merged_facet(key))?);
            self.take_out(key, &record)?;
            self.tables.forgotten.write()?.insert(key, time)?;
            if self.options.erasing {
                let words: Vec<&str> = record.own_words().collect();
                let words = postcard::to_stdvec(&words).map_err(|error| BrainError::Invalid(error.to_string()))?;
                self.tables.erasing.write()?.insert(key, words.as_slice())?;
            }
            gone.insert(key);
            // The lessons about it lose its words, and so do those who had them from there.
            for lesson in self.unlearn(key, &record)? {
                waiting.extend(self.drawn_from(lesson)?);
                gone.insert(lesson);
            }
        }
        journal::forget(self, &gone)
    }

    /// What dreams drew from a memory.
    fn drawn_from(&self, key: u128) -> Result<Vec<u128>, BrainError> {
        self.tables.facet(&derived_facet(key))
    }

    /// Takes a memory out of all tables.
    pub(crate) fn take_out(&mut self, key: u128, record: &Record) -> Result<(), BrainError> {
        self.dirty = true;
        self.tables.remove(key, record)?;
        self.note(key, Change::Gone, None)
    }

    /// Whether so much more fits.
    pub(crate) fn room(&self, more: u64, bytes: usize, before: usize) -> Result<(), BrainError> {
        let (memories, used) = self.tables.usage()?;
        if let Some(most) = self.options.max_memories.filter(|most| memories + more > *most && more > 0) {
            let detail = format!("it holds {memories} memories, and at most {most} are allowed");
            return Err(BrainError::Full { limit: "max-memories", detail });
        }
        let after = (used + bytes as u64).saturating_sub(before as u64);
        if let Some(most) = self.options.max_bytes.filter(|most| after > *most && bytes > before) {
            let detail = format!("its memories would take {after} bytes, and at most {most} are allowed");
            return Err(BrainError::Full { limit: "max-bytes", detail });
        }
        Ok(())
    }
}

/// What is remembered, as it was said.
pub(crate) fn drafted(draft: &Draft, origin: &Origin) -> Record {
    let text = draft.text.clone();
    let body = match draft.kind {
        Kind::Skill if !draft.steps.is_empty() => Body::Skill { text, steps: draft.steps.clone() },
        _ => Body::Plain(text),
    };
    let mut record = Record::new(draft.kind, body, origin);
    record.tags = distinct(&draft.tags);
    record.conversation = draft.conversation.clone();
    record
}

/// The fact that holds an attribute.
struct Held {
    key: u128,
    record: Record,
    /// It gives it the same value, in other words.
    same: bool,
}

/// The tags in their order, each once.
pub(crate) fn distinct(tags: &[String]) -> Vec<String> {
    let mut seen = HashSet::new();
    tags.iter().filter(|tag| seen.insert(crate::text::tag(tag))).cloned().collect()
}
