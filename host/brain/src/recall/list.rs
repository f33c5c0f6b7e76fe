//! Walking along memories, newest first.

use super::search::Filter;
use crate::brain::Inner;
use crate::error::BrainError;
use crate::id::MemoryId;
use crate::limits;
use crate::store::record::Record;
use crate::store::tables::{BEARERS, Borne, FACETS, MEMORIES, kind_facet};
use crate::types::{Kind, Page};
use redb::{ReadTransaction, ReadableTable};

/// How many keys are read at a time.
pub(crate) const AT_ONCE: usize = 128;

impl Inner {
    pub(crate) fn list(&self, kinds: &[Kind], cursor: Option<&str>, limit: u32) -> Result<Page, BrainError> {
        let limit = limits::page(limit)?;
        let before = cursor.map(self::cursor).transpose()?;
        let transaction = self.begin_read()?;
        let uses = self.uses.reader(&transaction)?;
        let memories = transaction.memories()?;
        let mut keys = Walk::kinds(kinds).keys_before(&transaction, before, limit + 1)?;
        let more = keys.len() > limit;
        keys.truncate(limit);
        let cursor = keys.last().filter(|_| more).map(|key| MemoryId::from_key(*key).to_string());
        let mut items = Vec::with_capacity(keys.len());
        for key in keys {
            if let Some(record) = memories.get(key)? {
                items.push(record.into_entry(key, uses.of(key)?));
            }
        }
        Ok(Page { items, cursor })
    }
}

/// The key that a cursor stands for.
pub(crate) fn cursor(cursor: &str) -> Result<u128, BrainError> {
    MemoryId::from(cursor).key().ok_or_else(|| {
        BrainError::Invalid(format!(
            "the cursor `{}` was given by no page: pass a page's `cursor` as it is, or none to start",
            cursor.chars().take(40).collect::<String>().escape_debug()
        ))
    })
}

/// The oldest keys after one.
pub(crate) fn keys_after(
    memories: &impl ReadableTable<u128, &'static [u8]>,
    after: Option<u128>,
    count: usize,
) -> Result<Vec<u128>, BrainError> {
    let start = after.map_or(0, |after| after.saturating_add(1));
    memories.range(start..)?.take(count).map(|row| Ok(row?.0.value())).collect()
}

/// A way along memories, newest first.
pub(crate) enum Walk {
    /// Those of any of some facets, none of which has a memory of another.
    Facets(Vec<Vec<u8>>),
    /// Those of a conversation, or with a tag.
    Bearers(Borne),
    /// All, but for those of other kinds than these, if there are any.
    All(Vec<Kind>),
}

impl Walk {
    /// The way that leaves the fewest memories to look at.
    pub(crate) fn narrowest(filter: &Filter) -> Walk {
        match (&filter.conversation, filter.tags.first()) {
            (Some(conversation), _) => Walk::Bearers(Borne::conversation(conversation)),
            (None, Some(tag)) => Walk::Bearers(Borne::tag(tag)),
            (None, None) => Walk::kinds(&filter.kinds),
        }
    }

    fn kinds(kinds: &[Kind]) -> Walk {
        let mut kinds = kinds.to_vec();
        kinds.sort();
        kinds.dedup();
        match kinds.iter().copied().map(kind_facet).collect::<Option<Vec<_>>>() {
            Some(facets) if !facets.is_empty() => Walk::Facets(facets),
            _ => Walk::All(kinds),
        }
    }

    /// The newest keys before one.
    pub(crate) fn keys_before(
        &self,
        transaction: &ReadTransaction,
        before: Option<u128>,
        count: usize,
    ) -> Result<Vec<u128>, BrainError> {
        // No key is the greatest number: a ULID's time would have to be in the year 10889.
        let before = before.unwrap_or(u128::MAX);
        let mut keys = Vec::new();
        match self {
            Walk::All(kinds) => {
                for row in transaction.open_table(MEMORIES)?.range(..before)?.rev() {
                    if keys.len() == count {
                        break;
                    }
                    let (key, bytes) = row?;
                    if kinds.is_empty() || Record::kind_of(bytes.value()).is_none_or(|kind| kinds.contains(&kind)) {
                        keys.push(key.value());
                    }
                }
            }
            Walk::Bearers(name) => {
                let Some(number) = name.name().number(transaction)? else { return Ok(keys) };
                let table = transaction.open_table(BEARERS)?;
                for row in table.range((number, 0)..(number, before))?.rev().take(count) {
                    keys.push(row?.0.value().1);
                }
            }
            Walk::Facets(facets) => {
                let table = transaction.open_table(FACETS)?;
                for facet in facets {
                    for row in table.range((facet.as_slice(), 0)..(facet.as_slice(), before))?.rev().take(count) {
                        keys.push(row?.0.value().1);
                    }
                }
                keys.sort_by(|a, b| b.cmp(a));
                keys.truncate(count);
            }
        }
        Ok(keys)
    }
}
