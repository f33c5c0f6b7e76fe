//! Mistakes that recur become an insight: a lesson of its own, about what they have in common.
//!
//! Lessons belong together when they share a tag or two of their telling words. A group becomes an insight when its mistakes were made at
//! least four times altogether, by at least two lessons, or by one that struck four times. A group that grew gets a new insight in place
//! of the old one.

use super::alike::shared;
use super::fade::excerpt;
use super::{Act, Dreaming, Plan, Seen, Task, telling};
use crate::store::record::{Body, Record};
use crate::text::Language;
use crate::types::{DeedKind, Kind, Labels, Origin};
use std::collections::{HashMap, HashSet};

/// Mistakes made so often are a habit.
const HABIT: u32 = 4;
/// An insight names at most so many lessons.
const MOST: usize = 12;
/// The tag of insights.
pub(super) const TAG: &str = "insight";

pub(super) fn plans(seen: &[&Seen], language: Language, dreaming: &Dreaming<'_>) -> Vec<Plan> {
    let lessons: Vec<&Seen> = seen.iter().copied().filter(|seen| is_lesson(&seen.record)).collect();
    let insights: Vec<&Seen> = seen.iter().copied().filter(|seen| is_insight(&seen.record)).collect();
    let mut plans = Vec::new();
    for mut group in groups(&lessons, language) {
        group.sort_by_key(|seen| (std::cmp::Reverse(seen.record.strength), seen.key));
        group.truncate(MOST);
        let struck: u32 = group.iter().map(|seen| seen.record.strength).sum();
        if struck < HABIT {
            continue;
        }
        let keys: Vec<u128> = group.iter().map(|seen| seen.key).collect();
        let of: HashSet<u128> = keys.iter().copied().collect();
        let before = insights.iter().find(|insight| insight.record.derived.iter().any(|key| of.contains(key)));
        if before.is_some_and(|insight| of.is_subset(&insight.record.derived.iter().copied().collect())) {
            continue;
        }
        let about = shared(language, &group);
        let words = words(&group, struck, &about, dreaming);
        let origin = Origin { source: dreaming.source.clone(), labels: Labels::NONE, time: dreaming.now };
        let mut record = Record::new(Kind::Lesson, Body::Plain(words.clone()), &origin);
        record.tags = vec![TAG.to_owned()];
        record.labels = group.iter().fold(0, |labels, seen| labels | seen.record.labels);
        let act = Act::Write { record: Box::new(record), replaces: before.map(|seen| seen.key), wear: Vec::new() };
        plans.push(Plan { kind: DeedKind::Insight, keys, act, words });
    }
    plans
}

fn is_lesson(record: &Record) -> bool {
    record.kind() == Kind::Lesson && record.derived.is_empty()
}

fn is_insight(record: &Record) -> bool {
    record.kind() == Kind::Lesson && !record.derived.is_empty()
}

fn words(group: &[&Seen], struck: u32, about: &[String], dreaming: &Dreaming<'_>) -> String {
    let rights: Vec<String> = group.iter().map(|seen| excerpt(seen.record.says())).collect();
    let texts: Vec<String> = group.iter().map(|seen| seen.record.text()).collect();
    if let Some(words) = dreaming.words(Task::Lessons, &texts) {
        return words;
    }
    let about = match about {
        [] => String::new(),
        some => format!(" about {}", some.iter().take(4).map(String::as_str).collect::<Vec<_>>().join(", ")),
    };
    format!("Mistakes{about} were made {struck} times; be careful there. What is right: {}", rights.join("; "))
}

/// Lessons that belong together, by what they share.
fn groups<'s>(lessons: &[&'s Seen], language: Language) -> Vec<Vec<&'s Seen>> {
    let words: Vec<HashSet<String>> =
        lessons.iter().map(|seen| telling(language, seen.record.says()).into_iter().collect()).collect();
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, words) in words.iter().enumerate() {
        words.iter().for_each(|word| places.entry(word).or_default().push(at));
    }
    let mut groups = Vec::new();
    let mut taken = vec![false; lessons.len()];
    for at in 0..lessons.len() {
        if taken[at] {
            continue;
        }
        let mut group = vec![lessons[at]];
        taken[at] = true;
        let mut near: HashMap<usize, usize> = HashMap::new();
        for other in words[at].iter().filter_map(|word| places.get(word.as_str())).flatten() {
            *near.entry(*other).or_default() += 1;
        }
        let mut near: Vec<(usize, usize)> = near.into_iter().collect();
        near.sort_unstable();
        for (other, common) in near {
            let smaller = words[at].len().min(words[other].len());
            if !taken[other] && common >= 2 && common * 2 >= smaller {
                group.push(lessons[other]);
                taken[other] = true;
            }
        }
        groups.push(group);
    }
    groups
}
