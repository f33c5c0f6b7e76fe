//! How an interface's name is written, read and matched by version.

use crate::surface::InterfaceName;
use semver::Version;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A text that is not the name of an interface.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameError {
    /// It is not of the form `namespace:package/interface@version`.
    #[error(
        "`{0}` is not the name of an interface: write `namespace:package/interface@version`, the version may be left out"
    )]
    Form(String),
    /// What stands after the `@` is not a version.
    #[error("`{name}` has no valid version ({problem}): write three numbers after the `@`, such as `@1.2.0`")]
    Version {
        /// The whole name.
        name: String,
        /// What is wrong with the version.
        problem: String,
    },
}

impl InterfaceName {
    /// The name of an interface that a component declares in its own world, outside of any package: `ops`.
    pub fn local(interface: impl Into<String>) -> Self {
        InterfaceName { package: String::new(), interface: interface.into(), version: None }
    }

    /// Whether it belongs to no package.
    pub fn is_local(&self) -> bool {
        self.package.is_empty()
    }

    /// Whether both name the same interface, whatever their versions.
    pub fn same_interface(&self, other: &InterfaceName) -> bool {
        self.package == other.package && self.interface == other.interface
    }

    /// Whether both are versions of the same interface on one compatibility track: equal majors, or equal `0.minor`,
    /// or equal `0.0.patch`; a pre-release only with itself, no version only with no version.
    pub fn compatible(&self, other: &InterfaceName) -> bool {
        self.same_interface(other)
            && match (&self.version, &other.version) {
                (None, None) => true,
                (Some(a), Some(b)) if a.pre.is_empty() && b.pre.is_empty() => track(a) == track(b),
                (Some(a), Some(b)) => a.cmp_precedence(b).is_eq(),
                _ => false,
            }
    }

    /// Whether an export of this name may answer an import of `wanted`: it is [compatible](Self::compatible), and not older.
    pub fn serves(&self, wanted: &InterfaceName) -> bool {
        self.compatible(wanted)
            && match (&self.version, &wanted.version) {
                (Some(have), Some(want)) => have.cmp_precedence(want).is_ge(),
                _ => true,
            }
    }
}

/// The part of a version that must be equal.
fn track(version: &Version) -> (u64, u64, u64) {
    match (version.major, version.minor, version.patch) {
        (0, 0, patch) => (0, 0, patch),
        (0, minor, _) => (0, minor, 0),
        (major, _, _) => (major, 0, 0),
    }
}

impl fmt::Display for InterfaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.package.is_empty() {
            write!(f, "{}/", self.package)?;
        }
        f.write_str(&self.interface)?;
        match &self.version {
            Some(version) => write!(f, "@{version}"),
            None => Ok(()),
        }
    }
}

impl FromStr for InterfaceName {
    type Err = NameError;

    /// Reads what `Display` writes, a [local](Self::local) name included.
    fn from_str(text: &str) -> Result<Self, NameError> {
        let (path, version) = match text.split_once('@') {
            None => (text, None),
            Some((path, version)) => match Version::parse(version) {
                Ok(version) => (path, Some(version)),
                Err(error) => return Err(NameError::Version { name: text.to_owned(), problem: error.to_string() }),
            },
        };
        let form = || NameError::Form(text.to_owned());
        let Some((package, interface)) = path.split_once('/') else {
            let local = is_label(path) && version.is_none();
            return if local { Ok(InterfaceName::local(path)) } else { Err(form()) };
        };
        let (namespace, name) = package.split_once(':').ok_or_else(form)?;
        if ![namespace, name, interface].into_iter().all(is_label) {
            return Err(form());
        }
        Ok(InterfaceName { package: package.to_owned(), interface: interface.to_owned(), version })
    }
}

/// Kebab case as the component model has it: words of letters and digits, joined by single hyphens.
fn is_label(text: &str) -> bool {
    text.split('-').all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric()))
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
}
