//! What a grant says in its provider's own words: which hosts, which folders, which secrets.
//!
//! The kernel carries terms and never reads them. A call brings those of every grant along its chain, and the provider answers only what
//! all of them permit: so terms intersect like the rest of authority does.

use smallvec::SmallVec;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The most values that one grant's terms may have together.
pub const MOST_VALUES: usize = 256;
/// The longest value, in bytes.
pub const LONGEST_VALUE: usize = 4096;

/// Keys with their values, for example `host = ["api.example.org"]`. Cheap to copy.
///
/// ```
/// use loket_kernel::Terms;
/// let terms = Terms::new([("host", "api.example.org"), ("host", "example.org"), ("method", "GET")]);
/// assert_eq!(terms.values("host").collect::<Vec<_>>(), ["api.example.org", "example.org"]);
/// assert_eq!(terms.to_string(), "host api.example.org, host example.org, method GET");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Terms(Option<Arc<Pairs>>);

/// Each key once, with its values.
type Pairs = BTreeMap<Arc<str>, Vec<Arc<str>>>;

/// The terms of every grant along a chain: all of them must permit a call.
pub type AllTerms = SmallVec<[Terms; 4]>;

impl Terms {
    /// Terms of these pairs; a key may come several times.
    pub fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Terms {
        let mut all = Pairs::new();
        for (key, value) in pairs {
            let values = all.entry(key.into()).or_default();
            if !values.iter().any(|known| **known == *value) {
                values.push(value.into());
            }
        }
        Terms((!all.is_empty()).then(|| Arc::new(all)))
    }

    /// Whether the grant says nothing of the kind.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The values of a key, in the order in which they were given.
    pub fn values(&self, key: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(move |all| all.get(key)).flatten().map(|value| &**value)
    }

    /// The keys, in alphabetical order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|all| all.keys()).map(|key| &**key)
    }

    /// All pairs, by key.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.keys().flat_map(move |key| self.values(key).map(move |value| (key, value)))
    }
}

impl fmt::Display for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (key, value)) in self.pairs().enumerate() {
            let comma = if number == 0 { "" } else { ", " };
            write!(f, "{comma}{key} {value}")?;
        }
        Ok(())
    }
}
