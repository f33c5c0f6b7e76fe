//! What is kept of schedules, in `state/schedules.json`: since when each is there, until when all of its moments are done with, and how it
//! went last. What follows from that at a moment is reckoned here, without a clock.

use crate::home::write_whole;
use loket_guardian::Schedule;
use loket_guardian::schedule::Rule;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// The file, in the home's `state/`.
pub(crate) const SCHEDULES: &str = "schedules.json";
/// How the last time ended that a host did not live to see.
pub(super) const CUT_OFF: &str = "cut off: the host ended before it was done";

/// All that is kept, by agent and by the schedule's name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Book(BTreeMap<String, BTreeMap<String, Kept>>);

/// What is kept of one schedule. All times are in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// Its rule. Under another one it is another schedule.
    rule: String,
    /// Since when it is there.
    since: u64,
    /// Until when all moments are done with, whether they were heeded or missed. It only ever grows.
    until: u64,
    /// How it went last.
    pub(super) last: Option<Last>,
}

/// One time that an agent was told something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Last {
    /// When it began.
    pub(crate) began: u64,
    /// When it was over; none while it goes on.
    pub(crate) ended: Option<u64>,
    /// `done`, or what it came to instead.
    pub(crate) outcome: String,
    /// The turn, where there was one to its end.
    pub(crate) turn: Option<String>,
}

/// Whose schedules there are. None of an agent whose manifest cannot be read: what is kept of it stays.
pub(super) type There<'w> = BTreeMap<&'w str, Option<&'w [Schedule]>>;

/// Something whose moment has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) agent: String,
    pub(super) schedule: Schedule,
    /// The first of its moments that were not done with yet.
    pub(super) moment: u64,
}

/// What follows at a moment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Heeded {
    pub(super) due: Vec<Due>,
    /// When something is due next.
    pub(super) next: Option<u64>,
}

impl Book {
    /// What a host before this one kept. What cannot be read is as nothing: all schedules begin anew, and none is heeded twice.
    pub(super) fn read(file: &Path) -> Book {
        let mut book: Book = match std::fs::read(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Book::default(),
            read => {
                read.and_then(|text| serde_json::from_slice(&text).map_err(io::Error::from)).unwrap_or_else(|error| {
                    tracing::warn!(%error, "loket.schedule.unreadable");
                    Book::default()
                })
            }
        };
        let last = book.0.values_mut().flat_map(BTreeMap::values_mut).filter_map(|kept| kept.last.as_mut());
        for last in last.filter(|last| last.ended.is_none()) {
            (last.ended, last.outcome) = (Some(last.began), CUT_OFF.to_owned());
        }
        book
    }

    /// Keeps it; once this answers, it is durable.
    pub(super) fn write(&self, file: &Path) -> io::Result<()> {
        write_whole(file, &serde_json::to_vec(self).map_err(io::Error::from)?)
    }

    /// What is due at a moment. It is done with then, together with all moments before it: what was missed is made up for once. Those that are
    /// new begin now, and those that are gone are forgotten.
    pub(super) fn heed(&mut self, there: &There<'_>, moment: u64) -> Heeded {
        self.0.retain(|agent, _| there.contains_key(agent.as_str()));
        let mut heeded = Heeded { due: Vec::new(), next: None };
        let known = there.iter().filter_map(|(agent, schedules)| Some((*agent, (*schedules)?)));
        for (agent, schedules) in known {
            if let Some(kept) = self.0.get_mut(agent) {
                kept.retain(|name, _| schedules.iter().any(|schedule| schedule.name == *name));
            }
            for schedule in schedules {
                let kept = self.kept(agent, schedule, moment);
                let next = schedule.rule.next(kept.since, kept.until);
                let next = match next {
                    Some(next) if next <= moment => {
                        kept.until = moment;
                        heeded.due.push(Due { agent: agent.to_owned(), schedule: schedule.clone(), moment: next });
                        schedule.rule.next(kept.since, moment)
                    }
                    next => next,
                };
                heeded.next = [heeded.next, next].into_iter().flatten().min();
            }
        }
        self.0.retain(|_, kept| !kept.is_empty());
        heeded
    }

    /// What is kept of a schedule, which is there since now if nothing is.
    pub(super) fn kept(&mut self, agent: &str, schedule: &Schedule, moment: u64) -> &mut Kept {
        let kept = self.0.entry(agent.to_owned()).or_default();
        let begun = || Kept { rule: schedule.rule.line(), since: moment, until: moment, last: None };
        let kept = kept.entry(schedule.name.clone()).or_insert_with(begun);
        if kept.rule != schedule.rule.line() {
            *kept = begun();
        }
        kept
    }

    /// What is kept of it, if anything is.
    pub(super) fn get_mut(&mut self, agent: &str, name: &str) -> Option<&mut Kept> {
        self.0.get_mut(agent)?.get_mut(name)
    }

    /// When it is due next, as seen at a moment, and how it went last.
    pub(super) fn outlook(&self, agent: &str, schedule: &Schedule, moment: u64) -> (Option<u64>, Option<Last>) {
        let Schedule { name, rule, .. } = schedule;
        match self.0.get(agent).and_then(|kept| kept.get(name)).filter(|kept| is_of(kept, rule)) {
            Some(kept) => (rule.next(kept.since, kept.until), kept.last.clone()),
            None => (rule.next(moment, moment), None),
        }
    }
}

fn is_of(kept: &Kept, rule: &Rule) -> bool {
    kept.rule == rule.line()
}
