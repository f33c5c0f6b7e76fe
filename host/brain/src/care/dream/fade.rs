//! What is never used fades: a step for each season without use, four at most. It stays findable, and any use or word of it brings it
//! back to full weight.

use super::{Act, Plan, Seen};
use crate::store::record::MOST_FADED;
use crate::types::{DeedKind, Kind, Timestamp};
use std::collections::HashSet;

const SEASON: Timestamp = 90 * 24 * 3600 * 1000;

/// How far a memory is to be faded now: by a step for each season since it was last written, confirmed or used, and by one at least
/// when a summary says what it says. None when it does not fade.
pub(super) fn level(seen: &Seen, summarised: bool, now: Timestamp) -> Option<u8> {
    let record = &seen.record;
    // Lessons and skills do not grow old, and what was confirmed is known to be worth it.
    if matches!(record.kind(), Kind::Lesson | Kind::Skill) || record.strength > 1 || record.pinned {
        return None;
    }
    let last = seen.used.last().unwrap_or(0).max(record.touched);
    let idle = (now.saturating_sub(last) / SEASON).min(u64::from(MOST_FADED)) as u8;
    Some(idle.max(u8::from(summarised)))
}

/// All that is not in a plan already.
pub(super) fn plans(seen: &[&Seen], done: &HashSet<u128>, now: Timestamp) -> Vec<Plan> {
    let summarised: HashSet<u128> = seen.iter().flat_map(|seen| seen.record.derived.iter().copied()).collect();
    let mut plans = Vec::new();
    for seen in seen.iter().filter(|seen| !done.contains(&seen.key)) {
        if let Some(level) = level(seen, summarised.contains(&seen.key), now)
            && level != seen.record.faded
        {
            plans.push(Plan {
                kind: DeedKind::Fade,
                keys: vec![seen.key],
                act: Act::Fade(level),
                words: format!("to {level} of {MOST_FADED}: {}", excerpt(seen.record.says())),
            });
        }
    }
    plans
}

/// The beginning of a text, for a line in a list.
pub(super) fn excerpt(text: &str) -> String {
    const MOST: usize = 160;
    let mut line: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MOST + 1).collect();
    if line.chars().count() > MOST {
        line.pop();
        line.push('…');
    }
    line
}
