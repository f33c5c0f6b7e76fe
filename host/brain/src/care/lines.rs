//! Export and import: JSON Lines, one memory a line, in the form of [`Entry`] or less of it.
//!
//! Of a line without an `id` only `text` is needed; then it is remembered like anything else: what says the same is strengthened, an older
//! value superseded. A line with an `id`, from an export, is taken over as it is, with its standing, strength and source, unless the
//! id is here already or was forgotten here.

use crate::brain::Inner;
use crate::error::BrainError;
use crate::id::{MemoryId, Mint};
use crate::limits;
use crate::recall::list::keys_after;
use crate::store::apply::{Batch, distinct};
use crate::store::record::{Body, MOST_FADED, Record, wrong_words};
use crate::store::tables::LESSONS;
use crate::types::{
    Correction, Draft, Entry, Imported, Kind, Labels, Lesson, Lines, Origin, Source, Standing, Step, Timestamp,
};
use redb::ReadableTable;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// So many lines are exported or imported at a time.
const MOST_LINES: u32 = 1000;
const MOST_BYTES: usize = 4 << 20;
/// A piece of an export ends after so many bytes.
const PIECE: usize = 1 << 20;
/// So many at a time go into the index right away: a tail of them would be made for nothing.
const BULK: usize = 500;

/// A line: an entry, or as much of one as there is.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Line {
    id: Option<MemoryId>,
    #[serde(default = "fact")]
    kind: Kind,
    text: String,
    #[serde(default)]
    tags: Vec<String>,
    conversation: Option<String>,
    written: Option<Timestamp>,
    source: Option<Source>,
    #[serde(default)]
    also: Vec<Source>,
    #[serde(default)]
    labels: Labels,
    corrects: Option<MemoryId>,
    #[serde(default = "current")]
    standing: Standing,
    #[serde(default = "once")]
    strength: u32,
    #[serde(default)]
    pinned: bool,
    #[serde(default)]
    faded: u8,
    lesson: Option<Lesson>,
    #[serde(default)]
    steps: Vec<Step>,
    #[serde(default)]
    borrowed: bool,
    #[serde(default)]
    alike: bool,
    #[serde(default)]
    derived: Vec<MemoryId>,
    about: Option<Vec<MemoryId>>,
}

/// An entry with what only its brain needs to know: that forgetting goes as deep elsewhere.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Exported {
    #[serde(flatten)]
    entry: Entry,
    /// A lesson's wrong words are those of the mistake itself.
    #[serde(skip_serializing_if = "is_false")]
    borrowed: bool,
    /// It says the same as what superseded it.
    #[serde(skip_serializing_if = "is_false")]
    alike: bool,
    /// What a dream drew it from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    derived: Vec<MemoryId>,
    /// All mistakes that a lesson is the lesson about now; it names only the last of them as what it corrects.
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<Vec<MemoryId>>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn fact() -> Kind {
    Kind::Fact
}

fn current() -> Standing {
    Standing::Current
}

fn once() -> u32 {
    1
}

impl Line {
    /// Reads and checks a line; `number` counts from 1.
    fn read(number: usize, text: &str) -> Result<Line, BrainError> {
        let wrong = |what: String| BrainError::Invalid(format!("line {number} cannot be imported: {what}"));
        let line: Line = serde_json::from_str(text)
            .map_err(|error| wrong(format!("{error}; a line is a JSON object with at least a `text`")))?;
        // The text of a lesson is made of its parts, each of which has bounds of its own.
        let text = line.lesson.as_ref().map_or(&line.text, |lesson| &lesson.right).clone();
        let (tags, conversation, steps) = (line.tags.clone(), line.conversation.clone(), line.steps.clone());
        limits::draft(&Draft { kind: line.kind, text, tags, conversation, steps })
            .map_err(|error| wrong(error.to_string()))?;
        if let Some(Lesson { right, wrong: words, applies }) = &line.lesson {
            let (right, words, applies) =
                (right.clone(), if words.is_empty() { "-".to_owned() } else { words.clone() }, applies.clone());
            limits::correction(&Correction { mistake: None, wrong: words, right, applies })
                .map_err(|error| wrong(error.to_string()))?;
        }
        let by = match &line.standing {
            Standing::Superseded(by) => Some(by),
            Standing::Current => None,
        };
        for id in line.id.iter().chain(&line.corrects).chain(by).chain(&line.derived).chain(line.about.iter().flatten())
        {
            if !id.key().is_some_and(Mint::may_follow) {
                let shown: String = id.as_str().chars().take(40).collect();
                return Err(wrong(format!("`{}` is no id of a memory", shown.escape_debug())));
            }
        }
        Ok(line)
    }

    fn record(&self, origin: &Origin) -> Record {
        let text = self.text.clone();
        let body = match (&self.lesson, self.kind) {
            (Some(Lesson { right, wrong, applies }), Kind::Lesson) => Body::Lesson {
                right: right.clone(),
                wrong: wrong.clone(),
                borrowed: self.borrowed,
                applies: applies.clone(),
            },
            (_, Kind::Skill) if !self.steps.is_empty() => Body::Skill { text, steps: self.steps.clone() },
            _ => Body::Plain(text),
        };
        let mut record = Record::new(self.kind, body, origin);
        record.tags = distinct(&self.tags);
        record.conversation = self.conversation.clone();
        record.written = self.written.unwrap_or(origin.time);
        record.touched = record.written;
        record.source = self.source.clone().unwrap_or_else(|| origin.source.clone());
        record.labels = origin.labels.join(self.labels).bits();
        record
    }
}

impl Inner {
    pub(crate) fn export(&self, cursor: Option<&str>, limit: u32) -> Result<Lines, BrainError> {
        let limit = limits::piece(limit, MOST_LINES)?;
        let after = cursor.map(crate::recall::list::cursor).transpose()?;
        let transaction = self.begin_read()?;
        let uses = self.uses.reader(&transaction)?;
        let memories = transaction.memories()?;
        let mut mistakes: HashMap<u128, Vec<MemoryId>> = HashMap::new();
        for row in transaction.open_table(LESSONS)?.iter()? {
            let (mistake, lesson) = row?;
            mistakes.entry(lesson.value()).or_default().push(MemoryId::from_key(mistake.value()));
        }
        let mut lines = Lines::default();
        let mut bytes = 0;
        let mut last = after;
        for key in keys_after(&memories.rows, after, limit)? {
            if bytes > PIECE {
                break;
            }
            last = Some(key);
            let Some(record) = memories.get(key)? else { continue };
            let exported = Exported {
                borrowed: matches!(record.body, Body::Lesson { borrowed: true, .. }),
                alike: record.alike,
                derived: record.derived.iter().map(|key| MemoryId::from_key(*key)).collect(),
                about: (record.kind() == Kind::Lesson).then(|| mistakes.remove(&key).unwrap_or_default()),
                entry: record.into_entry(key, uses.of(key)?),
            };
            let line = serde_json::to_string(&exported).map_err(|error| {
                BrainError::Invalid(format!("memory `{}` cannot be exported: {error}", exported.entry.id))
            })?;
            bytes += line.len();
            lines.items.push(line);
        }
        // The last piece names no next one.
        let more = !keys_after(&memories.rows, last, 1)?.is_empty();
        lines.cursor = last.filter(|_| more).map(|last| MemoryId::from_key(last).to_string());
        Ok(lines)
    }

    pub(crate) fn import(self: &Arc<Inner>, lines: &[String], origin: &Origin) -> Result<Imported, BrainError> {
        let (many, bytes) = (lines.len(), lines.iter().map(String::len).sum::<usize>());
        if many > MOST_LINES as usize || bytes > MOST_BYTES {
            return Err(BrainError::Invalid(format!(
                "{many} lines with {bytes} bytes are too much at a time: import at most {MOST_LINES} lines and {MOST_BYTES} bytes"
            )));
        }
        let read = lines.iter().enumerate().map(|(at, line)| Line::read(at + 1, line));
        let read: Vec<Line> = read.collect::<Result<_, _>>()?;
        let origin = origin.clone();
        let bulk = read.len() >= BULK;
        let done = self.task(move |batch, done: &mut Imported| {
            batch.bulk = bulk;
            read.iter().try_for_each(|line| batch.import(line, &origin, done))
        })?;
        if bulk {
            // The index takes them in while the next piece is read; who searches meanwhile waits for it.
            Inner::flush_soon(self);
            self.rest_soon();
        }
        Ok(done)
    }

    pub(crate) fn remember_all(self: &Arc<Inner>, drafts: Vec<(Draft, Origin)>) -> Result<Vec<MemoryId>, BrainError> {
        let bulk = drafts.len() >= BULK;
        let ids = self.task(move |batch, ids: &mut Vec<MemoryId>| {
            batch.bulk = bulk;
            for (draft, origin) in &drafts {
                // An error in the middle must undo what came before it.
                let key = batch.remember(draft, origin).map_err(whole)?;
                ids.push(MemoryId::from_key(key));
            }
            Ok(())
        })?;
        if bulk {
            // The index takes them in while the next piece is read; who searches meanwhile waits for it.
            Inner::flush_soon(self);
            self.rest_soon();
        }
        Ok(ids)
    }
}

/// A refusal that must end the whole transaction.
fn whole(error: BrainError) -> BrainError {
    BrainError::Undone(Arc::new(error))
}

impl Batch<'_, '_> {
    fn import(&mut self, line: &Line, origin: &Origin, done: &mut Imported) -> Result<(), BrainError> {
        let Some(key) = line.id.as_ref().and_then(MemoryId::key) else {
            let time = line.written.unwrap_or(origin.time);
            let before = self.tables.usage()?.0;
            self.take_in(line.record(origin), &Origin { time, ..origin.clone() }).map_err(whole)?;
            match self.tables.usage()?.0 > before {
                true => done.added += 1,
                false => done.merged += 1,
            }
            return Ok(());
        };
        if self.tables.memories.get(key)?.is_some() || self.tables.forgotten.read()?.get(key)?.is_some() {
            done.skipped += 1;
            return Ok(());
        }
        let mut record = line.record(origin);
        record.also.clone_from(&line.also);
        record.corrects = line.corrects.as_ref().and_then(MemoryId::key);
        record.superseded = match &line.standing {
            Standing::Superseded(by) => by.key(),
            Standing::Current => None,
        };
        record.strength = line.strength.max(1);
        record.pinned = line.pinned;
        record.faded = line.faded.min(MOST_FADED);
        record.alike = line.alike;
        record.derived = line.derived.iter().filter_map(MemoryId::key).collect();
        self.room(1, record.length()?, 0).map_err(whole)?;
        self.write(key, &record, None)?;
        self.mint.raise(key);
        if let Body::Lesson { wrong, .. } = &record.body {
            if !wrong.is_empty() {
                self.tables.wrongs.write()?.insert(wrong_words(wrong), key)?;
            }
            let about: Vec<u128> = match &line.about {
                Some(about) => about.iter().filter_map(MemoryId::key).collect(),
                // What an older host exported names the last one only.
                None => record.corrects.into_iter().collect(),
            };
            for mistake in about {
                self.tables.lessons.write()?.insert(mistake, key)?;
                self.know_mistake(mistake, key)?;
            }
        } else if let Some(lesson) = self.lesson_about(key, &record)? {
            self.know_mistake(key, lesson)?;
        }
        done.added += 1;
        Ok(())
    }

    /// A fact that a lesson corrected is known by its own words, too.
    fn know_mistake(&mut self, mistake: u128, lesson: u128) -> Result<(), BrainError> {
        if let Some(fact) = self.tables.get(mistake)?.filter(|fact| fact.kind() == Kind::Fact) {
            self.tables.wrongs.write()?.insert(wrong_words(fact.says()), lesson)?;
        }
        Ok(())
    }

    /// The lesson about a memory that was just taken over, if that is here already.
    fn lesson_about(&mut self, key: u128, record: &Record) -> Result<Option<u128>, BrainError> {
        if let Some(lesson) = self.tables.lessons.read()?.get(key)? {
            return Ok(Some(lesson.value()));
        }
        // Of a mistake that crept in again an older host did not say it; it was superseded by its lesson.
        let Some(by) = record.superseded else { return Ok(None) };
        let Some(_) = self.tables.get(by)?.filter(|by| by.kind() == Kind::Lesson) else { return Ok(None) };
        self.tables.lessons.write()?.insert(key, by)?;
        Ok(Some(by))
    }
}
