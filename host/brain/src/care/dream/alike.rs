//! Memories that say nearly the same: facts, skills and lessons that differ in words that say nothing, and in forms of the others.
//!
//! What tells two statements apart is kept apart: their telling words, stemmed, in their order, and of the small words those that change
//! what is said, such as negations, tenses and places. A long one may have one word more, if that is no number, no name and none of those.

use super::{Act, Plan, Seen, telling};
use crate::store::record::Body;
use crate::text::Language;
use crate::types::{DeedKind, Kind};
use std::collections::{HashMap, HashSet};

/// Small words that change what is said. Other words that say nothing about the subject may differ.
const WEIGHTY: &[&str] = &[
    "not", "no", "never", "cannot", "was", "were", "will", "would", "could", "might", "should", "before", "after",
    "above", "below", "over", "under", "in", "out", "on", "off", "up", "down", "with", "without", "until", "if", "all",
    "none", "few", "more", "less", "nicht", "kein", "keine", "war", "niet", "geen", "bukan", "tidak", "my", "your",
    "his", "her", "their", "our", "i", "you", "he", "she", "they", "we", "don", "doesn", "isn", "wasn", "aren", "won",
    "same", "other", "only", "every", "most", "each", "once", "one", "two", "three", "four", "five", "six", "seven",
    "eight", "nine", "ten", "eleven", "twelve", "hundred", "thousand", "half", "first", "second", "third", "last",
    "next", "both", "either", "neither",
];

/// From so many words on, one more makes no difference; beyond so many, nobody looks.
const LONG: std::ops::RangeInclusive<usize> = 14..=80;

/// What two memories have in common that say nearly the same.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Sense {
    kind: u8,
    words: Vec<String>,
    asks: bool,
    /// Of a lesson: when it applies.
    applies: String,
}

pub(super) fn plans(seen: &[Seen], language: Language) -> Vec<Plan> {
    let fits =
        |seen: &&Seen| seen.record.kind() != Kind::Episode && !seen.record.pinned && seen.record.derived.is_empty();
    let all: Vec<(&Seen, Sense)> =
        seen.iter().filter(fits).filter_map(|seen| Some((seen, sense(seen, language)?))).collect();
    let mut places: HashMap<&Sense, usize> = HashMap::new();
    let mut groups: Vec<Vec<&Seen>> = Vec::new();
    for (seen, sense) in &all {
        let place = *places.entry(sense).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(seen),
            None => groups.push(vec![seen]),
        }
    }
    for (seen, sense) in all.iter().filter(|(_, sense)| LONG.contains(&sense.words.len())) {
        let place = places[sense];
        let shorter = light(seen, sense).find_map(|shorter| places.get(&shorter).copied());
        // Each of them joins once, and nobody joins who was joined: three in a row are not alike at both ends.
        if let Some(other) =
            shorter.filter(|other| *other != place && !groups[*other].is_empty() && groups[place].len() == 1)
        {
            let joined = std::mem::take(&mut groups[place]);
            groups[other].extend(joined);
        }
    }
    groups.into_iter().filter(|group| group.len() > 1).map(merge).collect()
}

/// The same sense with one light word less.
fn light<'s>(seen: &'s Seen, sense: &'s Sense) -> impl Iterator<Item = Sense> + 's {
    let names = names(seen.record.says());
    let heavy = move |word: &str| {
        word.contains(|c: char| c.is_numeric() || !c.is_ascii())
            || WEIGHTY.contains(&word)
            || names.iter().any(|name| name.starts_with(word))
    };
    let less = move |at: usize| {
        let mut shorter = sense.clone();
        shorter.words.remove(at);
        shorter
    };
    (0..sense.words.len()).filter(move |at| !heavy(&sense.words[*at])).map(less)
}

/// Words with a capital, in lower case; that of the first word of a sentence may be none of a name, and counts all the same.
fn names(text: &str) -> Vec<String> {
    let words = text.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    words.filter(|word| word.starts_with(char::is_uppercase)).map(str::to_lowercase).collect()
}

/// The strongest is kept, of equals the newest.
fn merge(mut group: Vec<&Seen>) -> Plan {
    group.sort_by_key(|seen| std::cmp::Reverse((seen.record.strength, seen.record.touched, seen.key)));
    Plan {
        kind: DeedKind::Merge,
        keys: group.iter().map(|seen| seen.key).collect(),
        act: Act::Merge,
        words: group[0].record.text(),
    }
}

fn sense(seen: &Seen, language: Language) -> Option<Sense> {
    let record = &seen.record;
    let mut words = Vec::new();
    // Of a lesson, what is right: two mistakes may have one lesson.
    let tools = match &record.body {
        Body::Skill { steps, .. } => steps.iter().map(|step| step.tool.as_str()).collect(),
        _ => Vec::new(),
    };
    for piece in std::iter::once(record.says()).chain(tools) {
        crate::text::each_word(language, piece, |word| {
            if !word.stop || WEIGHTY.contains(&word.written.to_lowercase().as_str()) {
                words.extend(word.whole().map(str::to_owned));
            }
        });
    }
    let applies = match &record.body {
        Body::Lesson { applies, .. } => applies.clone(),
        _ => String::new(),
    };
    let asks = record.says().contains(['?', '？']);
    (!words.is_empty()).then_some(Sense { kind: record.kind, words, asks, applies })
}

/// The words that several memories share, most frequent first.
pub(super) fn shared(language: Language, group: &[&Seen]) -> Vec<String> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for seen in group {
        let words: HashSet<String> = telling(language, seen.record.says()).into_iter().collect();
        words.into_iter().for_each(|word| *counts.entry(word).or_default() += 1);
    }
    let mut shared: Vec<(String, usize)> = counts.into_iter().filter(|(_, count)| *count * 2 > group.len()).collect();
    shared.sort_by(|(a, x), (b, y)| y.cmp(x).then(a.cmp(b)));
    shared.into_iter().map(|(word, _)| word).collect()
}
