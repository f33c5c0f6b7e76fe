//! Wiping: erased keys leave the stale pages of the file.
//!
//! redb never overwrites what it frees, so an erased key would lie in stale pages until they happen to be used again. The erasure is
//!
//! 1. commits: each takes one row's erased keys out of it, and puts their first and their last eight bytes (inverted, so that step 2 does not find
//!    them there) into `wipes`; from here on reading says erased, and no crash brings the old page back, since the last of the commits was synced;
//! 2. wherever the file still has such eight bytes, they and what the key can have around them are overwritten; sync;
//! 3. the rows in `wipes` go.
//!
//! A crash in between leaves rows in `wipes`: opening goes on from step 2. Sixteen of a key's 32 bytes give nothing away.
//!
//! **What is overwritten.** A stale page is used anew in pieces: of a key that lies across two of them, one part may be left, and beside it something
//! that lives. So nothing is ever overwritten beyond the sector that eight bytes were found in. A sector is new or stale as a whole (redb's pages are
//! a multiple of it, and a write that a power cut tears is torn between sectors), and one that holds a key's bytes is stale: no page that lives holds
//! any. For that, each row has a commit of its own: redb edits a page again that the same commit has made, and leaves behind the new end what it cuts
//! off. What stays of a key that lies across sectors is at most seven bytes at either end; its middle never does.
//!
//! Eight random bytes can occur elsewhere by chance: for a thousand keys and a file of a terabyte at odds of one to nine thousand, for ten keys and
//! ten gigabytes of one to ninety million. That would damage a row, and verify would name its lines.

use crate::medium::Shared;
use redb::StorageBackend;
use std::io;

/// A key's length.
const KEY: usize = 32;
/// So much of either end of a key is looked for.
const END: usize = 8;
/// What a medium writes whole or not at all.
const SECTOR: usize = 512;
/// What is read at once; whole sectors.
const PIECE: usize = 1 << 20;

/// Both ends of a key: what `wipes` holds of it.
pub(crate) fn ends(key: &[u8; KEY]) -> [u64; 2] {
    let end = |bytes: Option<&[u8; END]>| bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes));
    [end(key.first_chunk()), end(key.last_chunk())]
}

/// The ends of many keys, to be looked for at once.
pub(crate) struct Ends {
    sorted: Vec<u64>,
    /// Which numbers the ends' lowest bits make: what is none of them needs no second look. Keys are random, so these bits are spread evenly.
    filter: Vec<u64>,
    mask: u64,
}

impl Ends {
    pub(crate) fn new(mut ends: Vec<u64>) -> Self {
        ends.sort_unstable();
        let bits = (ends.len() as u64 * 64).next_power_of_two().clamp(1 << 10, 1 << 24);
        let (mut filter, mask) = (vec![0_u64; (bits / 64) as usize], bits - 1);
        for end in &ends {
            let bit = end & mask;
            filter[(bit / 64) as usize] |= 1 << (bit % 64);
        }
        Ends { sorted: ends, filter, mask }
    }

    fn has(&self, bytes: &[u8; END]) -> bool {
        let end = u64::from_le_bytes(*bytes);
        let bit = end & self.mask;
        self.filter[(bit / 64) as usize] >> (bit % 64) & 1 == 1 && self.sorted.binary_search(&end).is_ok()
    }
}

/// A walk over a medium, a piece at a time.
pub(crate) struct Search<'a> {
    medium: &'a Shared,
    ends: &'a Ends,
    offset: u64,
    piece: Vec<u8>,
}

impl<'a> Search<'a> {
    pub(crate) fn new(medium: &'a Shared, ends: &'a Ends) -> Self {
        Search { medium, ends, offset: 0, piece: Vec::new() }
    }

    /// Everywhere in the next piece that an end is, and how far the walk is; `None` at the medium's end.
    pub(crate) fn next(&mut self) -> io::Result<Option<(Vec<u64>, u64)>> {
        loop {
            let left = self.medium.len()?.saturating_sub(self.offset);
            if left == 0 {
                return Ok(None);
            }
            self.piece.resize(left.min(PIECE as u64) as usize, 0);
            match self.medium.read(self.offset, &mut self.piece) {
                Ok(()) => break,
                // It was cut off meanwhile: what is gone is no longer ours.
                Err(_) if self.medium.len()? < self.offset + self.piece.len() as u64 => {}
                Err(error) => return Err(error),
            }
        }
        let mut found = Vec::new();
        for (sector, bytes) in self.piece.chunks(SECTOR).enumerate() {
            let start = self.offset + (sector * SECTOR) as u64;
            let windows = bytes.array_windows::<END>().enumerate();
            found.extend(windows.filter(|(_, window)| self.ends.has(window)).map(|(at, _)| start + at as u64));
        }
        self.offset += self.piece.len() as u64;
        Ok(Some((found, self.offset)))
    }

    /// Overwrites the keys whose ends were found at `places`, where they still are. Nobody else may read or write meanwhile. Not durable without a sync.
    pub(crate) fn wipe(&self, places: &[u64]) -> io::Result<()> {
        let len = self.medium.len()?;
        for place in places {
            let mut there = [0; END];
            if place + END as u64 > len {
                continue;
            }
            self.medium.read(*place, &mut there)?;
            // A page that was used anew since it was looked at is left alone.
            if self.ends.has(&there) {
                let sector = place - place % SECTOR as u64;
                // The end may be either: the key goes on after it or came before it.
                let from = sector.max(place.saturating_sub((KEY - END) as u64));
                let upto = (place + KEY as u64).min(sector + SECTOR as u64).min(len);
                self.medium.write(from, &[0; 2 * KEY][..(upto - from) as usize])?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use redb::backends::InMemoryBackend;

    const LIVES: u8 = 0xee;

    fn key() -> [u8; KEY] {
        std::array::from_fn(|n| 0x40 + n as u8)
    }

    /// Wipes a medium that has these bytes and, at each of the places, that part of the key; gives what is left.
    #[track_caller]
    fn wiped(len: usize, parts: &[(usize, std::ops::Range<usize>)]) -> Vec<u8> {
        let medium = Shared::new(InMemoryBackend::new());
        medium.set_len(len as u64).expect("memory");
        medium.write(0, &vec![LIVES; len]).expect("memory");
        for (at, part) in parts {
            medium.write(*at as u64, &key()[part.clone()]).expect("memory");
        }
        let ends = Ends::new(ends(&key()).to_vec());
        let mut search = Search::new(&medium, &ends);
        while let Some((found, _)) = search.next().expect("memory") {
            search.wipe(&found).expect("memory");
        }
        let mut left = vec![0; len];
        medium.read(0, &mut left).expect("memory");
        left
    }

    /// The longest part of the key that is left somewhere.
    fn longest(left: &[u8]) -> usize {
        // Its bytes are one more each time, and what lives has none of them.
        let runs = left.chunk_by(|before, after| Some(*after) == before.checked_add(1) && key().contains(before));
        runs.filter(|run| key().contains(&run[0])).map(<[u8]>::len).max().unwrap_or(0)
    }

    #[test]
    fn a_key_is_gone_wherever_it_lay() {
        for at in (0..2 * SECTOR).chain((PIECE - KEY..=PIECE).step_by(5)) {
            let left = wiped(at + 3 * KEY, &[(at, 0..KEY)]);
            assert!(longest(&left) < END, "at {at}: {} bytes are left", longest(&left));
            let middle = &key()[END..KEY - END];
            assert!(middle.iter().all(|byte| !left.contains(byte)), "at {at}: something of its middle is left");
        }
    }

    #[test]
    fn of_a_key_that_was_partly_used_anew_the_rest_goes_and_the_neighbour_lives() {
        for split in 1..KEY {
            // Its end lies in a sector that lives again.
            let left = wiped(3 * SECTOR, &[(SECTOR - split, 0..split)]);
            assert!(left[SECTOR..].iter().all(|byte| *byte == LIVES), "split at {split}: a page that lives is damaged");
            assert!(longest(&left) < END, "split at {split}");
            // Its beginning does.
            let left = wiped(3 * SECTOR, &[(SECTOR, split..KEY)]);
            assert!(left[..SECTOR].iter().all(|byte| *byte == LIVES), "split at {split}: a page that lives is damaged");
            assert!(longest(&left) < END, "split at {split}");
        }
    }

    #[test]
    fn many_ends_are_told_from_what_is_none() {
        let mut random = (1..=100_000_u64)
            .map(|n| u64::from_le_bytes(blake3::hash(&n.to_le_bytes()).as_bytes()[..8].try_into().expect("eight")));
        let ends = Ends::new(random.by_ref().take(50_000).collect());
        assert!(ends.sorted.iter().all(|end| ends.has(&end.to_le_bytes())));
        assert!(random.all(|other| !ends.has(&other.to_le_bytes())));
        assert!(!Ends::new(Vec::new()).has(&[0; END]));
    }
}
