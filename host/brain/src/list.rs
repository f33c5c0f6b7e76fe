//! Walking along memories, newest first.

use crate::brain::Inner;
use crate::error::BrainError;
use crate::id::MemoryId;
use crate::limits;
use crate::record::Record;
use crate::search::Filter;
use crate::tables::{FACETS, MEMORIES, conversation_facet, kind_facet, tag_facet};
use crate::types::{Kind, Page};
use redb::ReadTransaction;

/// How many keys are read at a time.
pub(crate) const AT_ONCE: usize = 128;

impl Inner {
    pub(crate) fn list(&self, kinds: &[Kind], cursor: Option<&str>, limit: u32) -> Result<Page, BrainError> {
        let limit = limits::page(limit)?;
        let before = cursor
            .map(|cursor| {
                MemoryId::from(cursor).key().ok_or_else(|| {
                    BrainError::Invalid(format!(
                        "the cursor `{}` was given by no page: pass a page's `cursor` as it is, or none to start",
                        cursor.chars().take(40).collect::<String>().escape_debug()
                    ))
                })
            })
            .transpose()?;
        let transaction = self.begin_read()?;
        let memories = transaction.open_table(MEMORIES)?;
        let mut kinds = kinds.to_vec();
        kinds.sort();
        kinds.dedup();
        let facets: Vec<Vec<u8>> = kinds.into_iter().map(kind_facet).collect();
        let mut keys = keys_before(&transaction, &facets, before, limit + 1)?;
        let more = keys.len() > limit;
        keys.truncate(limit);
        let cursor = keys.last().filter(|_| more).map(|key| MemoryId::from_key(*key).to_string());
        let mut items = Vec::with_capacity(keys.len());
        for key in keys {
            if let Some(bytes) = memories.get(key)? {
                items.push(Record::decode(key, bytes.value())?.into_entry(key));
            }
        }
        Ok(Page { items, cursor })
    }
}

/// The facets that leave the fewest memories to look at; none means all memories.
pub(crate) fn narrowest(filter: &Filter) -> Vec<Vec<u8>> {
    match (&filter.conversation, filter.tags.first()) {
        (Some(conversation), _) => vec![conversation_facet(conversation)],
        (None, Some(tag)) => vec![tag_facet(tag)],
        (None, None) => {
            let mut kinds = filter.kinds.clone();
            kinds.sort();
            kinds.dedup();
            kinds.into_iter().map(kind_facet).collect()
        }
    }
}

/// The newest keys before one, of any of the facets. A memory must not be in two of them.
pub(crate) fn keys_before(
    transaction: &ReadTransaction,
    facets: &[Vec<u8>],
    before: Option<u128>,
    count: usize,
) -> Result<Vec<u128>, BrainError> {
    // No key is the greatest number: a ULID's time would have to be in the year 10889.
    let before = before.unwrap_or(u128::MAX);
    let mut keys = Vec::new();
    if facets.is_empty() {
        for row in transaction.open_table(MEMORIES)?.range(..before)?.rev().take(count) {
            keys.push(row?.0.value());
        }
    } else {
        let table = transaction.open_table(FACETS)?;
        for facet in facets {
            for row in table.range((facet.as_slice(), 0)..(facet.as_slice(), before))?.rev().take(count) {
                keys.push(row?.0.value().1);
            }
        }
        keys.sort_by(|a, b| b.cmp(a));
        keys.truncate(count);
    }
    Ok(keys)
}
