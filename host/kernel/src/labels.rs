//! Where data came from: labels that only ever add up along a turn (information flow, DESIGN §8).

use std::sync::atomic::{AtomicU8, Ordering};

/// A set of labels, as bits; the order is that of the flags of `loket:types/types.labels`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Labels(u8);

impl Labels {
    /// Nothing is known against it.
    pub const NONE: Labels = Labels(0);
    /// Private data has been seen.
    pub const PRIVATE: Labels = Labels(1);
    /// Words by strangers have been met.
    pub const UNTRUSTED: Labels = Labels(2);

    const NAMES: [(&'static str, Labels); 2] = [("private", Labels::PRIVATE), ("untrusted", Labels::UNTRUSTED)];

    /// The labels of both.
    #[must_use]
    pub const fn join(self, other: Labels) -> Labels {
        Labels(self.0 | other.0)
    }

    /// Whether all of `other`'s labels are in here.
    pub const fn contains(self, other: Labels) -> bool {
        self.0 & other.0 == other.0
    }

    /// The bits, as the ledger keeps them.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// From the ledger's bits; unknown ones are dropped.
    pub const fn from_bits(bits: u8) -> Labels {
        Labels(bits & 0b11)
    }

    /// The names, as in WIT.
    pub fn names(self) -> Vec<String> {
        Self::NAMES.iter().filter(|(_, l)| self.contains(*l)).map(|(n, _)| (*n).to_owned()).collect()
    }

    /// From WIT names; unknown ones count as nothing.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Labels {
        names.into_iter().fold(Labels::NONE, |all, name| {
            Self::NAMES.iter().find(|(n, _)| *n == name).map_or(all, |(_, l)| all.join(*l))
        })
    }
}

/// The labels of a running turn: shared by all its calls, growing only.
#[derive(Debug, Default)]
pub struct SharedLabels(AtomicU8);

impl SharedLabels {
    /// Starts with these.
    pub fn new(labels: Labels) -> Self {
        SharedLabels(AtomicU8::new(labels.bits()))
    }

    /// What the turn has seen so far.
    pub fn get(&self) -> Labels {
        Labels::from_bits(self.0.load(Ordering::Acquire))
    }

    /// The turn has now seen this as well.
    pub fn add(&self, labels: Labels) {
        self.0.fetch_or(labels.bits(), Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_only_add_up() {
        let shared = SharedLabels::new(Labels::PRIVATE);
        shared.add(Labels::NONE);
        shared.add(Labels::UNTRUSTED);
        assert_eq!(shared.get().names(), ["private", "untrusted"]);
        assert_eq!(Labels::from_names(["untrusted", "no-such-label"]), Labels::UNTRUSTED);
    }
}
