//! Corrections: a lesson is written and the mistake superseded in one transaction.

use super::apply::{Batch, LONGER};
use super::record::{self, Body, Record};
use super::tables::{SAYINGS, corrected_facet, short};
use crate::brain::Inner;
use crate::error::BrainError;
use crate::id::MemoryId;
use crate::recall::matching::Matcher;
use crate::recall::search::{Asked, Filter, asked};
use crate::text::{self, Language, Term};
use crate::types::{Correction, Kind, Labels, Origin};
use redb::ReadableTable;
use std::collections::HashSet;

/// A fact is what the wrong words mean when it has at least this share of what they say,
const OF_THE_WRONG: f32 = 0.8;
/// and they have at least this share of what it says.
const OF_THE_FACT: f32 = 0.5;

impl Batch<'_, '_> {
    pub(crate) fn correct(
        &mut self,
        correction: &Correction,
        origin: &Origin,
        meant: Option<u128>,
    ) -> Result<u128, BrainError> {
        let mistake = match &correction.mistake {
            Some(id) => Some(self.mistake(id)?),
            None => match meant {
                Some(key) => self.tables.get(key)?.filter(Record::current).map(|record| (key, record)),
                None => None,
            },
        };
        // What the owner pinned is not pushed out by what strangers' words led to, neither by its name nor by a guess.
        let strangers = origin.labels.contains(Labels::UNTRUSTED);
        let mistake = match (mistake, &correction.mistake) {
            (Some((_, pinned)), Some(id)) if pinned.pinned && strangers => {
                return Err(BrainError::Invalid(format!(
                    "memory `{id}` is pinned, and this turn has met words by strangers: unpin it first, or correct it in a turn of its own"
                )));
            }
            (Some((_, pinned)), None) if pinned.pinned && strangers => None,
            (mistake, _) => mistake,
        };
        let wrong = correction.wrong.trim();
        let name = Some(wrong).filter(|wrong| !wrong.is_empty()).map(record::wrong_words);
        let known = match (&correction.mistake, &mistake, name) {
            (Some(_), Some((key, _)), _) => self.tables.lessons.read()?.get(*key)?.map(|lesson| lesson.value()),
            (_, _, Some(name)) => self.tables.wrongs.read()?.get(name)?.map(|lesson| lesson.value()),
            _ => None,
        };
        let known = known.map(|key| self.latest(key)).transpose()?.flatten();
        // A lesson cannot correct itself.
        let known = known.filter(|(lesson, _)| mistake.as_ref().is_none_or(|(key, _)| key != lesson));

        let applies = Some(correction.applies.trim())
            .filter(|applies| !applies.eq_ignore_ascii_case("always"))
            .unwrap_or_default();
        let (wrong, borrowed) = match (&mistake, wrong.is_empty()) {
            (Some((_, mistake)), true) => (mistake.says().to_owned(), true),
            _ => (wrong.to_owned(), false),
        };
        let body = Body::Lesson { right: correction.right.clone(), wrong, borrowed, applies: applies.to_owned() };
        let mut lesson = Record::new(Kind::Lesson, body, origin);
        if let Some((key, mistake)) = &mistake {
            lesson.tags = mistake.tags.clone();
            lesson.labels |= mistake.labels;
            lesson.corrects = Some(*key);
        }
        // All room is asked for before anything is written.
        let longer = mistake.as_ref().filter(|(_, mistake)| mistake.current()).map_or(0, |_| LONGER);
        let key = match known {
            Some((key, old)) => {
                lesson = merged(lesson, &old);
                self.room(0, lesson.length()? + longer + 8, old.length()?)?;
                self.strengthen(key, &old, lesson, origin)?
            }
            None => {
                self.room(1, lesson.length()? + longer, 0)?;
                self.add(&lesson, origin.time)?
            }
        };
        if let Some((mistake_key, mistake)) = mistake {
            self.tables.lessons.write()?.insert(mistake_key, key)?;
            if mistake.superseded != Some(key) {
                self.supersede(mistake_key, &mistake, key)?;
            }
            // Said again, it is known for what it is.
            if mistake.kind() == Kind::Fact {
                self.tables.wrongs.write()?.insert(record::wrong_words(mistake.says()), key)?;
            }
        }
        if let Some(name) = name {
            self.tables.wrongs.write()?.insert(name, key)?;
        }
        Ok(key)
    }

    fn mistake(&self, id: &MemoryId) -> Result<(u128, Record), BrainError> {
        let found = id
            .key()
            .map(|key| Ok::<_, BrainError>(self.tables.get(key)?.map(|record| (key, record))))
            .transpose()?
            .flatten();
        found.ok_or_else(|| {
            let shown: String = id.as_str().chars().take(40).collect();
            BrainError::NotFound(format!(
                "there is no memory `{}` to correct: pass an id that a recall or a list gave, or say what was wrong",
                shown.escape_debug()
            ))
        })
    }

    /// The lesson that counts today: this one, or whichever took its place.
    pub(crate) fn latest(&self, mut key: u128) -> Result<Option<(u128, Record)>, BrainError> {
        // Each lesson supersedes older ones only; the bound is for a damaged table.
        for _ in 0..1000 {
            match self.tables.get(key)? {
                Some(Record { superseded: Some(by), .. }) => key = by,
                found => return Ok(found.map(|record| (key, record))),
            }
        }
        Ok(None)
    }

    /// What forgetting a memory does to lessons: a lesson's own entries go with it; a mistake's words and tags leave all lessons about it,
    /// which are the answer then.
    pub(crate) fn unlearn(&mut self, key: u128, record: &Record) -> Result<Vec<u128>, BrainError> {
        if let Body::Lesson { wrong, .. } = &record.body {
            let name = record::wrong_words(wrong);
            if self.tables.wrongs.read()?.get(name)?.is_some_and(|lesson| lesson.value() == key) {
                self.tables.wrongs.write()?.remove(name)?;
            }
        }
        if let Some(mistake) = record.corrects
            && self.tables.lessons.read()?.get(mistake)?.is_some_and(|lesson| lesson.value() == key)
        {
            self.tables.lessons.write()?.remove(mistake)?;
        }
        let mut lessons = self.tables.facet(&corrected_facet(key))?;
        let latest = self.tables.lessons.write()?.remove(key)?.map(|lesson| lesson.value());
        if let Some(lesson) = latest {
            let name = record::wrong_words(record.says());
            if self.tables.wrongs.read()?.get(name)?.is_some_and(|of| of.value() == lesson) {
                self.tables.wrongs.write()?.remove(name)?;
            }
            lessons.push(lesson);
        }
        lessons.sort_unstable();
        lessons.dedup();
        for lesson in &lessons {
            self.let_go(*lesson, key, record)?;
        }
        Ok(lessons)
    }

    /// Takes what a lesson has of its mistake out of it.
    fn let_go(&mut self, lesson: u128, key: u128, mistake: &Record) -> Result<(), BrainError> {
        let Some(old) = self.tables.get(lesson)? else { return Ok(()) };
        let mut record = old.clone();
        if let Body::Lesson { wrong, borrowed, .. } = &mut record.body
            && *borrowed
            // A lesson that took another's place speaks of that one, unless it says the same.
            && (old.corrects == Some(key) || record::wrong_words(wrong) == record::wrong_words(mistake.says()))
        {
            wrong.clear();
            *borrowed = false;
        }
        record.tags.retain(|tag| !mistake.tags.iter().any(|other| text::tag(other) == text::tag(tag)));
        if record != old {
            self.write(lesson, &record, Some(&old))?;
            self.tables.grow_stale()?;
        }
        Ok(())
    }
}

/// A lesson said again: the newest words of what is right, all that is known besides.
fn merged(new: Record, old: &Record) -> Record {
    let body = match (new.body, &old.body) {
        (
            Body::Lesson { right, wrong, borrowed, applies },
            Body::Lesson { wrong: old_wrong, borrowed: old_borrowed, applies: old_applies, .. },
        ) => {
            let keep = !old_wrong.is_empty() && (!old_borrowed || borrowed);
            Body::Lesson {
                right,
                wrong: if keep { old_wrong.clone() } else { wrong },
                borrowed: if keep { *old_borrowed } else { borrowed },
                applies: if applies.is_empty() { old_applies.clone() } else { applies },
            }
        }
        // A lesson that was remembered, not learnt, takes the shape of one that was.
        (body, _) => body,
    };
    Record { body, labels: old.labels | new.labels, corrects: old.corrects.or(new.corrects), ..old.clone() }
}

impl Inner {
    /// The current fact that wrong words mean, if one is meant beyond doubt: it says the same, or nearly the same and
    /// more like what was wrong than like what is right, and no other fact does so equally.
    pub(crate) fn meant(&self, correction: &Correction) -> Result<Option<u128>, BrainError> {
        let same = record::identity(Kind::Fact, None, &correction.wrong);
        let moment = self.begin_read()?;
        if let Some(key) = moment.open_table(SAYINGS)?.get(short(same))?.map(|key| key.value())
            && moment.memories()?.get(key)?.is_some_and(|fact| fact.identity() == same)
        {
            return Ok(Some(key));
        }
        let language = self.options.language;
        let wrong = asked(language, &correction.wrong);
        if wrong.is_empty() {
            return Ok(None);
        }
        let mut known = asked(language, &correction.wrong);
        let candidates = self.candidates(&mut known, &Filter::kind(Kind::Fact), 8)?;
        let right = asked(language, &correction.right);
        let mut fits: Vec<(f32, u128)> = Vec::new();
        for candidate in candidates {
            let of_the_wrong =
                share(language, &candidate.record, wrong.iter().flat_map(|word| text::whole(&word.terms)));
            let of_the_right =
                share(language, &candidate.record, right.iter().flat_map(|word| text::whole(&word.terms)));
            let fact = asked(language, &candidate.record.text());
            let said: HashSet<&str> = wrong.iter().flat_map(|word| text::whole(&word.terms)).collect();
            let (all, common) = fact
                .iter()
                .flat_map(|word| text::whole(&word.terms))
                .fold((0, 0), |(all, common), term| (all + 1, common + usize::from(said.contains(term))));
            let of_the_fact = common as f32 / all.max(1) as f32;
            if of_the_wrong >= OF_THE_WRONG && of_the_fact >= OF_THE_FACT && of_the_wrong > of_the_right {
                fits.push((of_the_wrong + of_the_fact, candidate.key));
            }
        }
        fits.sort_by(|(a, x), (b, y)| b.total_cmp(a).then(y.cmp(x)));
        Ok(match fits.as_slice() {
            [(best, _), (second, _), ..] if best == second => None,
            [(_, key), ..] => Some(*key),
            [] => None,
        })
    }
}

/// The share of these whole words that a memory has.
fn share<'a>(language: Language, record: &Record, words: impl Iterator<Item = &'a str>) -> f32 {
    let whole = |text: &str| Asked {
        written: String::new(),
        terms: vec![Term { text: text.to_owned(), weight: 1.0, spare: false }],
        worth: 1.0,
        stop: false,
        timely: false,
    };
    Matcher::new(language, &words.map(whole).collect::<Vec<_>>()).of(record).share
}
