//! What was forgotten is gone outside of the brain too: first where its words are looked for, then in the brain's own files. Until the first
//! is done the brain keeps the words, so that what breaks off is done by the next purge.

use super::shelf::Shelf;
use super::with;
use async_trait::async_trait;
use loket_brain::{MemoryId, MemoryText, Purged};
use loket_kernel::CallError;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Where words are kept outside of brains: the ledger, and what else the host writes.
#[async_trait]
pub trait Erase: Send + Sync {
    /// Erases all that holds any of these, byte for byte, each of 4 bytes to 1 MiB. Answers with how many of the ledger's payloads that were.
    ///
    /// # Errors
    /// When it is not certain that all of it is gone.
    async fn erase(&self, needles: Vec<Vec<u8>>) -> Result<u64, CallError>;
}

/// The shortest words that are looked for: what is shorter is found nearly everywhere.
const SHORTEST: usize = 4;
/// The shortest part of a memory's words that is looked for by itself.
const SHORTEST_PART: usize = 16;

/// Leaves nothing of what an agent forgot.
pub(super) async fn purge(
    shelf: &Arc<Shelf>,
    agent: &Arc<str>,
    outside: &dyn Erase,
    in_snapshots: bool,
) -> Result<Purged, CallError> {
    let forgotten = with(shelf, agent, |brain| brain.erasing()).await?;
    let needles = needles(&forgotten);
    let payloads = if needles.is_empty() { 0 } else { outside.erase(needles).await? };
    let ids: BTreeSet<MemoryId> = forgotten.into_iter().map(|memory| memory.id).collect();
    with(shelf, agent, move |brain| {
        if !ids.is_empty() {
            brain.erased(&ids.into_iter().collect::<Vec<_>>())?;
        }
        Ok(Purged { payloads, ..brain.purge(in_snapshots)? })
    })
    .await
}

/// What to look for: the words of each memory as a whole, its lines, which were said one by one, and its id, beside which others quote it.
fn needles(forgotten: &[MemoryText]) -> Vec<Vec<u8>> {
    let mut all = BTreeSet::new();
    for memory in forgotten {
        all.insert(memory.id.as_str());
        let whole = memory.text.trim();
        if whole.len() >= SHORTEST {
            all.insert(whole);
        }
        for line in whole.lines() {
            // `asked: …`: as it was said, it had no such heading; and what was cut off had more behind it.
            let said = line.split_once(": ").map_or(line, |(_, said)| said);
            let parts = [line, said].map(|part| part.trim().trim_end_matches('…').trim_end());
            all.extend(parts.into_iter().filter(|part| part.len() >= SHORTEST_PART));
        }
    }
    all.into_iter().map(|needle| needle.as_bytes().to_vec()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &[&str]) {
        let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
        let found = needles(&[MemoryText { id: id.into(), text: text.to_owned() }]);
        let mut expect: Vec<&str> = expect.iter().copied().chain([id]).collect();
        expect.sort_unstable();
        assert_eq!(found.iter().map(|needle| String::from_utf8_lossy(needle)).collect::<Vec<_>>(), expect);
    }

    #[test]
    fn a_memorys_words_are_looked_for_as_a_whole_and_by_its_id() {
        check("my server is at 10.0.0.5", &["my server is at 10.0.0.5"]);
        check("  door: 9020 ", &["door: 9020"]);
    }

    #[test]
    fn what_is_too_short_to_mean_anything_is_not_looked_for_by_itself() {
        check("tea", &[]);
        check("", &[]);
        check("yes\nno, thank you", &["yes\nno, thank you"]);
    }

    #[test]
    fn an_exchange_is_looked_for_as_it_was_said() {
        check(
            "asked: where did I put the key?\nanswered: under the third flower po…",
            &[
                "asked: where did I put the key?\nanswered: under the third flower po…",
                "asked: where did I put the key?",
                "where did I put the key?",
                "answered: under the third flower po",
                "under the third flower po",
            ],
        );
    }
}
