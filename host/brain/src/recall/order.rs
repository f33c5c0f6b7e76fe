//! The order of an answer: what each candidate is worth, and why.

use super::matching::Matcher;
use super::meaning::Near;
use super::rank::{FUSION, Gains, LENDERS, LESSON_SHARE, NEIGHBOUR, PERIOD_SHARE};
use super::search::{Asked, Filter};
use super::{Candidate, Readers, neighbours, tokens};
use crate::error::BrainError;
use crate::store::record::Record;
use crate::store::uses::Use;
use crate::types::{Hit, Kind, Period, Timestamp, Why};
use std::collections::HashMap;

/// An answer in the making.
pub(super) struct Answer<'q> {
    /// When the question is asked.
    pub(super) now: Timestamp,
    /// The time of the newest memory, from which recency is measured.
    pub(super) newest: Timestamp,
    /// The time that the question speaks of.
    pub(super) period: Option<Period>,
    pub(super) words: &'q [Asked],
    pub(super) matcher: Matcher<'q>,
    pub(super) parts: HashMap<u128, Part>,
}

/// A memory that may be part of an answer.
pub(super) struct Part {
    record: Record,
    used: Use,
    gains: Gains,
    /// BM25, and what its neighbours lend it.
    relevance: f32,
    lent: f32,
    meaning: Option<u32>,
}

impl Part {
    fn score(&self) -> f32 {
        self.gains.score(self.relevance + self.lent)
    }
}

/// In which order groups come: what leads, what is of the time asked for, the rest.
#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
enum Group {
    Rest,
    OfTheTime,
    Leads,
}

impl Answer<'_> {
    pub(super) fn take(&mut self, readers: &Readers<'_>, candidate: Candidate) -> Result<(), BrainError> {
        let Candidate { key, record, score } = candidate;
        let part = self.part(readers, key, record, score)?;
        self.parts.insert(key, part);
        Ok(())
    }

    fn part(&self, readers: &Readers<'_>, key: u128, record: Record, relevance: f32) -> Result<Part, BrainError> {
        let used = readers.uses.of(key)?;
        let gains = Gains::of(self.newest, &record, used);
        Ok(Part { record, used, gains, relevance, lent: 0.0, meaning: None })
    }

    /// Joins what is near by meaning, by reciprocal rank: the place by words and the place by meaning count alike.
    pub(super) fn take_near(
        &mut self,
        readers: &Readers<'_>,
        filter: &Filter,
        near: &[Near],
        most: usize,
    ) -> Result<(), BrainError> {
        if near.is_empty() {
            return Ok(());
        }
        let mut by_words: Vec<u128> = self.parts.keys().copied().collect();
        by_words.sort_by(|a, b| self.parts[b].relevance.total_cmp(&self.parts[a].relevance).then(b.cmp(a)));
        let mut fused: HashMap<u128, f32> = HashMap::new();
        for (place, key) in by_words.iter().enumerate() {
            *fused.entry(*key).or_default() += FUSION / (FUSION + place as f32);
        }
        let mut place = 0;
        for Near { key, .. } in near {
            if place as usize == most {
                break;
            }
            if !self.parts.contains_key(key) {
                let Some(record) = readers.current(*key, filter)? else { continue };
                let part = self.part(readers, *key, record, 0.0)?;
                self.parts.insert(*key, part);
            }
            *fused.entry(*key).or_default() += FUSION / (FUSION + place as f32);
            place += 1;
            if let Some(part) = self.parts.get_mut(key) {
                part.meaning = Some(place);
            }
        }
        for (key, part) in &mut self.parts {
            // What the words alone say stays in `why`; the order is by both.
            part.lent = fused.get(key).copied().unwrap_or_default() - part.relevance;
        }
        Ok(())
    }

    /// The best lend of their score to what stands beside them in their conversation: an answer is often the utterance after the one
    /// that has the question's words.
    pub(super) fn lend(&mut self, readers: &Readers<'_>, filter: &Filter) -> Result<(), BrainError> {
        let mut best: Vec<(f32, u128)> = self.parts.iter().map(|(key, part)| (part.score(), *key)).collect();
        best.sort_by(|(a, x), (b, y)| b.total_cmp(a).then(y.cmp(x)));
        for (_, key) in best.into_iter().take(LENDERS) {
            let Some(part) = self.parts.get(&key) else { continue };
            let Some(conversation) = part.record.conversation.clone() else { continue };
            let lent = NEIGHBOUR * (part.relevance + part.lent.min(0.0));
            for (neighbour, record) in neighbours::beside(readers, filter, &conversation, key, 1)? {
                if !self.parts.contains_key(&neighbour) {
                    let part = self.part(readers, neighbour, record, 0.0)?;
                    self.parts.insert(neighbour, part);
                }
                if let Some(part) = self.parts.get_mut(&neighbour) {
                    part.lent = part.lent.max(lent);
                }
            }
        }
        Ok(())
    }

    /// Lessons that fit lead, then what is of the time asked for, then the rest; within each by score, equals newest first.
    pub(super) fn hits(mut self, limit: usize) -> Vec<Hit> {
        let mut ranked: Vec<(Group, f32, u128)> = Vec::with_capacity(self.parts.len());
        for (key, part) in &self.parts {
            ranked.push((group(&mut self.matcher, self.period, part), part.score(), *key));
        }
        // Each group is lifted above the best of those below it, so that the score alone tells the order.
        for group in [Group::OfTheTime, Group::Leads] {
            let below = ranked.iter().filter(|(of, ..)| *of < group).map(|(_, score, _)| *score).fold(0.0, f32::max);
            ranked.iter_mut().filter(|(of, ..)| *of == group).for_each(|(_, score, _)| *score += below);
        }
        ranked.sort_by(|(x, a, one), (y, b, other)| y.cmp(x).then(b.total_cmp(a)).then(other.cmp(one)));
        ranked.truncate(limit);
        let Answer { now, period, words, mut matcher, mut parts, .. } = self;
        let hit = |(group, score, key): (Group, f32, u128)| {
            let part = parts.remove(&key)?;
            let matched = matcher.of(&part.record).words;
            let why = Why {
                matched: matched.into_iter().map(|at| words[at].written.clone()).collect(),
                relevance: f64::from(part.relevance),
                recency: f64::from(part.gains.recency),
                strength: f64::from(part.gains.strength),
                usage: f64::from(part.gains.usage),
                age: now.saturating_sub(part.record.written),
                period: period.filter(|period| period.has(part.record.written)),
                leads: group == Group::Leads,
                meaning: part.meaning,
            };
            let entry = part.record.into_entry(key, part.used);
            Some(Hit { entry, score: f64::from(score), why, context: Vec::new() })
        };
        ranked.into_iter().filter_map(hit).collect()
    }
}

fn group(matcher: &mut Matcher<'_>, period: Option<Period>, part: &Part) -> Group {
    let of_the_time = period.is_some_and(|period| period.has(part.record.written));
    let lesson = part.record.kind() == Kind::Lesson;
    if !lesson && !of_the_time {
        return Group::Rest;
    }
    let share = matcher.of(&part.record).share;
    match (lesson && share >= LESSON_SHARE, of_the_time && share >= PERIOD_SHARE) {
        (true, _) => Group::Leads,
        (false, true) => Group::OfTheTime,
        (false, false) => Group::Rest,
    }
}

/// Takes out what does not fit into so many tokens, in the order of the answer; context goes before hits do.
pub(super) fn fit(hits: &mut Vec<Hit>, most: u32) {
    let mut room = most;
    hits.retain_mut(|hit| {
        let Some(left) = room.checked_sub(tokens(&hit.entry.text)) else { return false };
        room = left;
        hit.context.retain(|entry| {
            let left = room.checked_sub(tokens(&entry.text));
            room = left.unwrap_or(room);
            left.is_some()
        });
        true
    });
}
