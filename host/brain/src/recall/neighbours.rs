//! What stands beside a memory in its conversation.

use super::Readers;
use super::search::Filter;
use crate::error::BrainError;
use crate::store::names::Name;
use crate::store::record::Record;
use crate::types::Hit;
use std::collections::HashSet;

/// Beyond so many that do not count, nobody looks further.
const FARTHEST: usize = 32;

/// The memories of a conversation right before and right after one of them, that count and pass: at most `count` of each, oldest first.
pub(super) fn beside(
    readers: &Readers<'_>,
    filter: &Filter,
    conversation: &str,
    key: u128,
    count: usize,
) -> Result<Vec<(u128, Record)>, BrainError> {
    let Some(number) = Name::Conversation(conversation).number_in(&readers.numbers)? else { return Ok(Vec::new()) };
    let mut found = Vec::with_capacity(2 * count);
    for row in readers.bearers.range((number, 0)..(number, key))?.rev().take(FARTHEST) {
        let neighbour = row?.0.value().1;
        found.extend(readers.current(neighbour, filter)?.map(|record| (neighbour, record)));
        if found.len() == count {
            break;
        }
    }
    found.reverse();
    let before = found.len();
    for row in readers.bearers.range((number, key.saturating_add(1))..=(number, u128::MAX))?.take(FARTHEST) {
        let neighbour = row?.0.value().1;
        found.extend(readers.current(neighbour, filter)?.map(|record| (neighbour, record)));
        if found.len() == before + count {
            break;
        }
    }
    Ok(found)
}

/// Gives each hit its neighbours, those that are hits themselves left out, and none of them twice.
pub(super) fn surround(
    readers: &Readers<'_>,
    filter: &Filter,
    count: usize,
    hits: &mut [Hit],
) -> Result<(), BrainError> {
    // Neighbours are context, whatever their kind and tags; what must not be seen is left out all the same.
    let filter = Filter { without: filter.without, ..Filter::default() };
    let mut told: HashSet<u128> = hits.iter().filter_map(|hit| hit.entry.id.key()).collect();
    for hit in hits {
        let (Some(conversation), Some(key)) = (&hit.entry.conversation, hit.entry.id.key()) else { continue };
        for (neighbour, record) in beside(readers, &filter, conversation, key, count)? {
            if told.insert(neighbour) {
                let used = readers.uses.of(neighbour)?;
                hit.context.push(record.into_entry(neighbour, used));
            }
        }
    }
    Ok(())
}
