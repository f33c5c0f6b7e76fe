//! What is known of where words came from.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// What is known of where words came from. Labels only ever add up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Labels(u8);

impl Labels {
    /// Nothing is known against these words.
    pub const NONE: Labels = Labels(0);
    /// Private data has been seen.
    pub const PRIVATE: Labels = Labels(1);
    /// Words by strangers have been met.
    pub const UNTRUSTED: Labels = Labels(2);

    const NAMES: [(Labels, &'static str); 2] = [(Labels::PRIVATE, "private"), (Labels::UNTRUSTED, "untrusted")];

    /// All that is known of either.
    #[must_use]
    pub fn join(self, other: Labels) -> Labels {
        Labels(self.0 | other.0)
    }

    /// Whether all of `other` is among these.
    pub fn contains(self, other: Labels) -> bool {
        self.0 & other.0 == other.0
    }

    /// Each label by itself, as a number.
    pub(crate) fn each(self) -> impl Iterator<Item = u64> {
        (0..8).filter(move |bit| self.0 & 1 << bit != 0)
    }

    /// Whether any of `other` is among these.
    pub(crate) fn meets(self, other: Labels) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn bits(self) -> u8 {
        self.0
    }

    pub(crate) fn from_bits(bits: u8) -> Labels {
        Labels(bits)
    }
}

impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(Labels::NAMES.iter().filter(|(label, _)| self.contains(*label)).map(|(_, name)| name))
    }
}

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Labels, D::Error> {
        Vec::<String>::deserialize(deserializer)?.iter().try_fold(Labels::NONE, |labels, name| {
            let known = Labels::NAMES.iter().find(|(_, known)| known == name);
            known.map(|(label, _)| labels.join(*label)).ok_or_else(|| {
                D::Error::custom(format!("there is no label `{name}`; the labels are `private` and `untrusted`"))
            })
        })
    }
}
