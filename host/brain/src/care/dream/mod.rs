//! Dreaming: what an idle brain does with what it learnt.
//!
//! A dream looks at all current memories, finds what to do, and then does it in one transaction that looks again: what somebody changed
//! meanwhile is left alone. Each dream is an entry in the journal, with what is needed to take it back.
//!
//! Files: [`alike`] memories that say nearly the same, [`insight`] mistakes that recur, [`fade`] what is never used, [`summary`] long runs
//! of episodes, [`journal`] the way back.

mod alike;
mod fade;
mod insight;
pub(crate) mod journal;
mod summary;

use crate::brain::Inner;
use crate::error::BrainError;
use crate::id::MemoryId;
use crate::store::apply::Batch;
use crate::store::memories::readable;
use crate::store::record::Record;
use crate::store::uses::Use;
use crate::text::Language;
use crate::types::{Deed, DeedKind, Dream, Labels, Origin, Source, Timestamp};
use redb::ReadableTable;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A dream does at most so many things; the next goes on.
const MOST_DEEDS: usize = 1000;
/// A model that says more than this did not summarise.
const MOST_WORDS: usize = 8 << 10;

/// Asks for words that say in short what these say; none when nobody can, and then sentences are chosen from them.
pub type Summarise<'s> = &'s dyn Fn(Task, &[String]) -> Option<String>;

/// What a summary is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// A long run of episodes of one conversation.
    Episodes,
    /// Lessons about one sort of mistakes.
    Lessons,
}

/// How to dream.
pub struct Dreaming<'s> {
    /// When.
    pub now: Timestamp,
    /// Only say what would be done.
    pub rehearse: bool,
    /// Whose act it is: the source of what is written.
    pub source: Source,
    /// Asked for summaries, if there is a model; not in a rehearsal.
    pub summarise: Option<Summarise<'s>>,
}

/// A current memory, as a dream sees it.
struct Seen {
    key: u128,
    record: Record,
    used: Use,
}

/// Something to be done.
struct Plan {
    kind: DeedKind,
    /// What it is about; first what is kept, where something is.
    keys: Vec<u128>,
    act: Act,
    words: String,
}

enum Act {
    /// The first takes the others in.
    Merge,
    /// A new memory that draws on them; what it replaces; how far they are faded then, if they wear.
    Write { record: Box<Record>, replaces: Option<u128>, wear: Vec<u8> },
    /// To this level.
    Fade(u8),
}

pub(crate) fn dream(brain: &Arc<Inner>, dreaming: &Dreaming<'_>) -> Result<Dream, BrainError> {
    let seen = brain.reading(|| look(brain))?;
    let language = brain.options.language;
    let mut plans = alike::plans(&seen, language);
    let merged: HashSet<u128> = plans.iter().flat_map(|plan| plan.keys.iter().copied()).collect();
    let rest: Vec<&Seen> = seen.iter().filter(|seen| !merged.contains(&seen.key)).collect();
    plans.extend(insight::plans(&rest, language, dreaming));
    plans.extend(summary::plans(&rest, language, dreaming));
    let done: HashSet<u128> = plans.iter().flat_map(|plan| plan.keys.iter().copied()).collect();
    plans.extend(fade::plans(&rest, &done, dreaming.now));
    plans.truncate(MOST_DEEDS);
    if dreaming.rehearse || plans.is_empty() {
        return Ok(Dream { entry: None, deeds: plans.iter().map(Plan::rehearsed).collect() });
    }
    let involved = plans.iter().flat_map(|plan| &plan.keys);
    let seen: HashMap<u128, &Record> = seen.iter().map(|seen| (seen.key, &seen.record)).collect();
    let expected: HashMap<u128, Record> = involved.filter_map(|key| Some((*key, (*seen.get(key)?).clone()))).collect();
    let origin = Origin { source: dreaming.source.clone(), labels: Labels::NONE, time: dreaming.now };
    brain.task(move |batch, dream: &mut Dream| {
        let mut night = Night { batch, origin: &origin, before: Vec::new() };
        let mut deeds = Vec::new();
        for plan in &plans {
            deeds.extend(night.act(plan, &expected).map_err(whole)?);
        }
        let before = night.before;
        if deeds.is_empty() {
            return Ok(());
        }
        let entry = journal::write(batch, origin.time, &deeds, before)?;
        *dream = Dream { entry: Some(entry), deeds };
        Ok(())
    })
}

fn whole(error: BrainError) -> BrainError {
    match error {
        BrainError::Full { .. } | BrainError::Invalid(_) | BrainError::NotFound(_) => {
            BrainError::Undone(Arc::new(error))
        }
        error => error,
    }
}

/// All current memories.
fn look(brain: &Inner) -> Result<Vec<Seen>, BrainError> {
    let transaction = brain.begin_read()?;
    let uses = brain.uses.reader(&transaction)?;
    let mut seen = Vec::new();
    let memories = transaction.memories()?;
    for row in memories.rows.iter()? {
        let (key, bytes) = row?;
        let key = key.value();
        let record = readable(memories.read(key, bytes.value()), "left out of a dream")?;
        if let Some(record) = record.filter(Record::current) {
            seen.push(Seen { key, record, used: uses.of(key)? });
        }
    }
    Ok(seen)
}

impl Dreaming<'_> {
    /// Words by the model, if there is one, and it says something that can be kept.
    fn words(&self, task: Task, texts: &[String]) -> Option<String> {
        let summarise = self.summarise.filter(|_| !self.rehearse)?;
        let words = summarise(task, texts)?;
        let words = words.trim();
        (!words.is_empty() && words.len() <= MOST_WORDS).then(|| words.to_owned())
    }
}

impl Plan {
    fn rehearsed(&self) -> Deed {
        let kept = matches!(self.act, Act::Merge).then(|| MemoryId::from_key(self.keys[0]));
        Deed { kind: self.kind, memories: ids(&self.keys), kept, words: self.words.clone() }
    }
}

fn ids(keys: &[u128]) -> Vec<MemoryId> {
    keys.iter().map(|key| MemoryId::from_key(*key)).collect()
}

/// A dream being done.
struct Night<'n, 'a, 't> {
    batch: &'n mut Batch<'a, 't>,
    origin: &'n Origin,
    /// Each memory that was touched, as it was before; none when it is new.
    before: Vec<(u128, Option<Vec<u8>>)>,
}

impl Night<'_, '_, '_> {
    /// Does one thing, unless a memory that it is about is not as it was seen.
    fn act(&mut self, plan: &Plan, expected: &HashMap<u128, Record>) -> Result<Option<Deed>, BrainError> {
        for key in &plan.keys {
            if self.batch.tables.get(*key)?.as_ref() != expected.get(key) {
                return Ok(None);
            }
        }
        let kept = match &plan.act {
            Act::Merge => Some(self.merge(&plan.keys)?),
            Act::Write { record, replaces, wear } => Some(self.write(record, *replaces, &plan.keys, wear)?),
            Act::Fade(level) => {
                self.change(plan.keys[0], |record| record.faded = *level)?;
                None
            }
        };
        let kept = kept.map(MemoryId::from_key);
        Ok(Some(Deed { kind: plan.kind, memories: ids(&plan.keys), kept, words: plan.words.clone() }))
    }

    fn change(&mut self, key: u128, change: impl FnOnce(&mut Record)) -> Result<(), BrainError> {
        let Some(old) = self.batch.tables.get(key)? else { return Ok(()) };
        let mut record = old.clone();
        change(&mut record);
        self.batch.room(0, record.length()?, old.length()?)?;
        self.note(key, Some(old.encode()?));
        self.batch.write(key, &record, Some(&old))
    }

    fn note(&mut self, key: u128, before: Option<Vec<u8>>) {
        if self.before.iter().all(|(known, _)| *known != key) {
            self.before.push((key, before));
        }
    }

    /// The first takes in what the others know.
    fn merge(&mut self, keys: &[u128]) -> Result<u128, BrainError> {
        let kept = keys[0];
        for other in &keys[1..] {
            let Some(gone) = self.batch.tables.get(*other)? else { continue };
            self.change(kept, |record| {
                record.strength = record.strength.saturating_add(gone.strength);
                record.written = record.written.min(gone.written);
                record.touched = record.touched.max(gone.touched);
                record.labels |= gone.labels;
                record.tags = crate::store::apply::distinct(&[record.tags.clone(), gone.tags.clone()].concat());
                record.tags.truncate(32);
                record.said_by(&gone.source);
                gone.also.iter().for_each(|source| record.said_by(source));
            })?;
            self.change(*other, |record| {
                record.superseded = Some(kept);
                record.alike = true;
            })?;
        }
        Ok(kept)
    }

    /// Writes what was drawn from memories, in place of what was drawn from them before.
    fn write(&mut self, record: &Record, replaces: Option<u128>, of: &[u128], wear: &[u8]) -> Result<u128, BrainError> {
        let mut record = record.clone();
        record.derived = of.to_vec();
        let key = self.batch.add(&record, self.origin.time)?;
        self.note(key, None);
        if let Some(old) = replaces {
            self.change(old, |record| record.superseded = Some(key))?;
        }
        for (key, level) in of.iter().zip(wear) {
            self.change(*key, |record| record.faded = *level)?;
        }
        Ok(key)
    }
}

/// The words of a memory that say what it is about, stemmed, in their order.
fn telling(language: Language, text: &str) -> Vec<String> {
    let mut words = Vec::new();
    crate::text::each_word(language, text, |word| {
        if !word.stop {
            words.extend(word.whole().map(str::to_owned));
        }
    });
    words
}
