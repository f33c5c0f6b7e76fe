//! Corrections: a lesson is written and the mistake superseded in one transaction.

use crate::apply::{Batch, LESSON};
use crate::brain::Inner;
use crate::error::BrainError;
use crate::id::MemoryId;
use crate::rank;
use crate::record::{self, Body, Record};
use crate::search::{Filter, asked};
use crate::tables::TEXTS;
use crate::types::{Correction, Kind, Origin};
use redb::ReadableTable;

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
        let wrong = correction.wrong.trim();
        let name = Some(wrong).filter(|wrong| !wrong.is_empty()).map(record::wrong_words);
        let known = match (&correction.mistake, &mistake, name) {
            (Some(_), Some((key, _)), _) => self.tables.lessons.get(*key)?.map(|lesson| lesson.value()),
            (_, _, Some(name)) => self.tables.wrongs.get(name)?.map(|lesson| lesson.value()),
            _ => None,
        };
        let known = known.map(|key| self.latest(key)).transpose()?.flatten();
        // A lesson cannot correct itself.
        let known = known.filter(|(lesson, _)| mistake.as_ref().is_none_or(|(key, _)| key != lesson));

        let applies = Some(correction.applies.trim())
            .filter(|applies| !applies.eq_ignore_ascii_case("always"))
            .unwrap_or_default();
        let (wrong, borrowed) = match (&mistake, wrong.is_empty()) {
            (Some((_, mistake)), true) => (mistake_words(mistake), true),
            _ => (wrong.to_owned(), false),
        };
        let mut lesson = Record {
            kind: LESSON,
            body: Body::Lesson { right: correction.right.clone(), wrong, borrowed, applies: applies.to_owned() },
            tags: mistake.as_ref().map(|(_, mistake)| mistake.tags.clone()).unwrap_or_default(),
            conversation: None,
            written: origin.time,
            touched: origin.time,
            source: origin.source.clone(),
            labels: origin.labels.bits() | mistake.as_ref().map_or(0, |(_, mistake)| mistake.labels),
            corrects: mistake.as_ref().map(|(key, _)| *key),
            superseded: None,
            strength: 1,
        };
        // Superseding makes the mistake's record longer by an id; all room is asked for before anything is written.
        let longer = mistake.as_ref().filter(|(_, mistake)| mistake.current()).map_or(0, |_| 20);
        let key = match known {
            Some((key, old)) => {
                lesson = merged(lesson, &old);
                self.room(0, lesson.encode()?.len() + longer + 8, old.encode()?.len())?;
                self.strengthen(key, &old, lesson, origin)?
            }
            None => {
                self.room(1, lesson.encode()?.len() + longer, 0)?;
                self.add(&mut lesson, origin.time)?
            }
        };
        if let Some((mistake_key, mistake)) = mistake {
            self.tables.lessons.insert(mistake_key, key)?;
            if mistake.superseded != Some(key) {
                let superseded = Record { superseded: Some(key), ..mistake.clone() };
                self.write(mistake_key, &superseded, &superseded.encode()?, Some(&mistake))?;
            }
        }
        if let Some(name) = name {
            self.tables.wrongs.insert(name, key)?;
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
    fn latest(&self, mut key: u128) -> Result<Option<(u128, Record)>, BrainError> {
        // Each lesson supersedes older ones only; the bound is for a damaged table.
        for _ in 0..1000 {
            match self.tables.get(key)? {
                Some(Record { superseded: Some(by), .. }) => key = by,
                found => return Ok(found.map(|record| (key, record))),
            }
        }
        Ok(None)
    }

    /// What forgetting a memory does to lessons: a lesson's own entries go with it; a mistake's words leave its lesson.
    pub(crate) fn unlearn(&mut self, key: u128, record: &Record) -> Result<(), BrainError> {
        if let Body::Lesson { wrong, .. } = &record.body {
            let name = record::wrong_words(wrong);
            if self.tables.wrongs.get(name)?.is_some_and(|lesson| lesson.value() == key) {
                self.tables.wrongs.remove(name)?;
            }
        }
        if let Some(mistake) = record.corrects
            && self.tables.lessons.get(mistake)?.is_some_and(|lesson| lesson.value() == key)
        {
            self.tables.lessons.remove(mistake)?;
        }
        let lesson = self.tables.lessons.remove(key)?.map(|lesson| lesson.value());
        let Some(lesson) = lesson else { return Ok(()) };
        let Some(old) = self.tables.get(lesson)? else { return Ok(()) };
        if let Body::Lesson { right, borrowed: true, applies, .. } = &old.body {
            let body =
                Body::Lesson { right: right.clone(), wrong: String::new(), borrowed: false, applies: applies.clone() };
            let record = Record { body, ..old.clone() };
            self.write(lesson, &record, &record.encode()?, Some(&old))?;
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

fn mistake_words(mistake: &Record) -> String {
    match &mistake.body {
        Body::Plain(text) => text.clone(),
        Body::Lesson { right, .. } => right.clone(),
    }
}

impl Inner {
    /// The current fact that wrong words mean, if one is meant beyond doubt: it says the same, or nearly the same and
    /// more like what was wrong than like what is right, and no other fact does so equally.
    pub(crate) fn meant(&self, correction: &Correction) -> Result<Option<u128>, BrainError> {
        let same = record::identity(Kind::Fact, None, &correction.wrong);
        if let Some(key) = self.begin_read()?.open_table(TEXTS)?.get(same)? {
            return Ok(Some(key.value()));
        }
        let wrong = asked(&correction.wrong);
        if wrong.is_empty() {
            return Ok(None);
        }
        let mut known = asked(&correction.wrong);
        let (candidates, _) = self.candidates(&mut known, &Filter::kind(Kind::Fact), 8)?;
        let right = asked(&correction.right);
        let mut fits: Vec<(f32, u128)> = Vec::new();
        for candidate in candidates {
            let of_the_wrong = share(&candidate.record, wrong.iter().map(|word| word.terms[0].text.as_str()));
            let of_the_right = share(&candidate.record, right.iter().map(|word| word.terms[0].text.as_str()));
            let fact = asked(&candidate.record.text());
            let common =
                fact.iter().filter(|word| wrong.iter().any(|other| other.terms[0].text == word.terms[0].text)).count();
            let of_the_fact = common as f32 / fact.len().max(1) as f32;
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
fn share<'a>(record: &Record, words: impl Iterator<Item = &'a str>) -> f32 {
    let asked: Vec<_> = words
        .map(|text| crate::search::Asked {
            written: String::new(),
            terms: vec![crate::words::Term { text: text.to_owned(), weight: 1.0, spare: false }],
            worth: 1.0,
        })
        .collect();
    rank::matched(record, &asked).share
}
