//! The one thread that writes: it chains, commits, and tells.

use crate::block::{self, MAX_LINES, MAX_WEIGHT, Pending};
use crate::entry::{Entry, Hash, Head, Stored};
use crate::error::StorageError;
use crate::queue::{End, Queue};
use crate::storage::{Row, Storage};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

/// Writes groups until the queue is shut and empty, or until the storage fails.
pub(crate) fn run(queue: &Queue, storage: &dyn Storage, head: Head) {
    let end = panic::catch_unwind(AssertUnwindSafe(|| write(queue, storage, head)))
        .unwrap_or_else(|_| End::Broken(Arc::new(StorageError::Fault { what: "the writer panicked".to_owned() })));
    if let End::Broken(error) = &end {
        tracing::error!(%error, "the ledger has stopped writing");
    }
    queue.end(end);
}

fn write(queue: &Queue, storage: &dyn Storage, mut head: Head) -> End {
    let mut group = Vec::new();
    while queue.take(&mut group) {
        // Entries are only made when somebody listens.
        let mut news = (queue.news.receiver_count() > 0).then(Vec::new);
        let rows = match seal(&mut head, &mut group, news.as_mut()) {
            Ok(rows) => rows,
            Err(error) => return End::Broken(Arc::new(StorageError::Fault { what: error.to_string() })),
        };
        if let Err(error) = storage.commit(&rows) {
            return End::Broken(Arc::new(error));
        }
        group.clear();
        // A burst's room is given back.
        group.shrink_to(2 * MAX_LINES);
        queue.written(head.seq.0, head.hash);
        for entry in news.into_iter().flatten() {
            // An error means that the last listener has gone.
            let _ = queue.news.send(Arc::new(entry));
        }
    }
    End::Closed
}

/// A row with the turns in it.
type Rows = Vec<(Row, Vec<u128>)>;

fn seal(head: &mut Head, group: &mut [Pending], mut news: Option<&mut Vec<Entry>>) -> Result<Rows, postcard::Error> {
    let mut rows = Vec::with_capacity(1);
    let mut rest = group;
    while !rest.is_empty() {
        let (lines, later) = rest.split_at_mut(block_length(rest));
        rest = later;
        let sealed = block::seal(head.seq.0 + 1, head.hash, lines, |seq, pending, prev, hash| {
            if let Some(news) = &mut news {
                news.push(readable(seq, pending, prev, hash));
            }
        })?;
        head.seq.0 += lines.len() as u64;
        head.hash = sealed.hash;
        rows.push((sealed.row, sealed.turns));
    }
    Ok(rows)
}

/// How many of the lines make the next block; at least one.
fn block_length(lines: &[Pending]) -> usize {
    let mut weight = 0;
    let light = lines.iter().take(MAX_LINES).take_while(|line| {
        let fits = weight < MAX_WEIGHT;
        weight += line.weight();
        fits && weight <= MAX_WEIGHT
    });
    light.count().max(1)
}

fn readable(seq: u64, pending: &Pending, prev: Hash, hash: Hash) -> Entry {
    let payload = match &*pending.payload {
        [] => Stored::None,
        // It was encoded by this process a moment ago.
        bytes => postcard::from_bytes(bytes).map_or(Stored::None, Stored::Present),
    };
    block::entry(seq, &pending.fields, payload, prev, hash)
}
