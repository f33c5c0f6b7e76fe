//! Tool names that models and MCP clients accept, and the way back.
//!
//! A function gets `<package>_<function>` (`calc_evaluate` for `loket:calc/arithmetic#evaluate`), or, when two interfaces
//! of its package have a function of that name, `<package>_<interface>_<function>`. Names of more than 64 characters are
//! cut and end with a digest of the whole. The same functions get the same names, in whatever order they come. The table is
//! the way back; where two functions would get one name, none is built.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use thiserror::Error;

/// The longest name that is given.
pub const MAX_NAME: usize = 64;

/// Where a tool comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// `namespace:name`, or `namespace:name@version`.
    pub package: String,
    /// The interface's own name (`arithmetic`); `None` for a function at the component's root.
    pub interface: Option<String>,
    /// The function.
    pub function: String,
}

/// Two functions whose tools would have one name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{first}` and `{second}` would both be the tool `{name}`: remove or rename one of the packages")]
pub struct Collision {
    /// The name.
    pub name: String,
    /// One function.
    pub first: Box<Origin>,
    /// The other.
    pub second: Box<Origin>,
}

/// A table of tools, by name and by origin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolNames {
    origins: BTreeMap<String, Origin>,
    names: BTreeMap<Origin, String>,
}

impl ToolNames {
    /// Names all these functions; the same one twice counts once.
    ///
    /// # Errors
    /// When two functions would get one name.
    pub fn build(origins: impl IntoIterator<Item = Origin>) -> Result<Self, Collision> {
        let origins: BTreeSet<Origin> = origins.into_iter().collect();
        let mut seen = BTreeMap::<(&str, &str), usize>::new();
        for origin in &origins {
            *seen.entry((&origin.package, &origin.function)).or_default() += 1;
        }
        let mut table = ToolNames::default();
        for origin in &origins {
            let unique = seen.get(&(origin.package.as_str(), origin.function.as_str())) == Some(&1);
            let name = name(origin, unique);
            if let Some(first) = table.origins.get(&name) {
                return Err(Collision { name, first: Box::new(first.clone()), second: Box::new(origin.clone()) });
            }
            table.names.insert(origin.clone(), name.clone());
            table.origins.insert(name, origin.clone());
        }
        Ok(table)
    }

    /// The tool's name.
    pub fn name(&self, origin: &Origin) -> Option<&str> {
        self.names.get(origin).map(String::as_str)
    }

    /// Where the tool of that name comes from.
    pub fn origin(&self, name: &str) -> Option<&Origin> {
        self.origins.get(name)
    }

    /// All tools, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Origin)> {
        self.origins.iter().map(|(name, origin)| (name.as_str(), origin))
    }

    /// How many tools there are.
    pub fn len(&self) -> usize {
        self.origins.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.origins.is_empty()
    }
}

impl fmt::Display for Origin {
    /// `loket:calc/arithmetic#evaluate`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.package)?;
        if let Some(interface) = &self.interface {
            write!(f, "/{interface}")?;
        }
        write!(f, "#{}", self.function)
    }
}

/// Words are joined by `_`, which kebab case does not have.
fn name(origin: &Origin, unique: bool) -> String {
    let package = origin.package.split('@').next().unwrap_or_default();
    let package = package.rsplit(':').next().unwrap_or_default();
    let interface = origin.interface.as_deref().filter(|_| !unique);
    let words: Vec<&str> = [Some(package), interface, Some(origin.function.as_str())].into_iter().flatten().collect();
    let name: String =
        words.join("_").chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect();
    if name.len() <= MAX_NAME {
        return name;
    }
    let digest = format!("{:016x}", fnv(origin.to_string().as_bytes()));
    let kept = MAX_NAME - digest.len() - 1;
    format!("{}_{digest}", &name[..kept])
}

/// FNV-1a: only spreads names, the table still refuses collisions.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
