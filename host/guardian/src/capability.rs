//! What a manifest or a grant may name, and to whom something is granted.

use crate::manifest::AgentName;
use loket_registry::PackageName;
use loket_registry::name::shown;
use loket_values::InterfaceName;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// An interface without its version, `loket:brain/memory`, or a whole package, `loket:calc`: all that it exports.
///
/// A version has no place here: which one is meant stands in the binary that imports it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CapabilityName {
    package: PackageName,
    interface: Option<String>,
}

/// A text that names no capability.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CapabilityError {
    /// It is neither an interface nor a package.
    #[error("`{}` names no capability: write an interface such as `loket:brain/memory`, or a package such as `loket:calc`", shown(.0))]
    Form(String),
    /// It has a version.
    #[error("`{}` has a version, which the component's binary tells already: leave out what begins with `@`", shown(.0))]
    Version(String),
}

impl CapabilityName {
    /// An interface, whatever its version. `None` for one that belongs to no package.
    pub fn of(interface: &InterfaceName) -> Option<CapabilityName> {
        let package = interface.package.parse().ok()?;
        Some(CapabilityName { package, interface: Some(interface.interface.clone()) })
    }

    /// The package.
    pub fn package(&self) -> &PackageName {
        &self.package
    }

    /// The interface; `None` when the whole package is meant.
    pub fn interface(&self) -> Option<&str> {
        self.interface.as_deref()
    }

    /// Whether it names this interface, alone or with its whole package.
    pub fn covers(&self, interface: &InterfaceName) -> bool {
        let own = self.interface.as_ref().is_none_or(|own| *own == interface.interface);
        own && interface.package.strip_prefix(self.package.namespace()).and_then(|rest| rest.strip_prefix(':'))
            == Some(self.package.name())
    }
}

impl fmt::Display for CapabilityName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.package.fmt(f)?;
        self.interface.as_ref().map_or(Ok(()), |interface| write!(f, "/{interface}"))
    }
}

impl FromStr for CapabilityName {
    type Err = CapabilityError;

    fn from_str(text: &str) -> Result<Self, CapabilityError> {
        if text.contains('@') {
            return Err(CapabilityError::Version(text.to_owned()));
        }
        let form = || CapabilityError::Form(text.to_owned());
        if !text.contains('/') {
            return Ok(CapabilityName { package: text.parse().map_err(|_| form())?, interface: None });
        }
        let name: InterfaceName = text.parse().map_err(|_| form())?;
        CapabilityName::of(&name).filter(|_| name.interface.len() <= loket_registry::name::MAX_LABEL).ok_or_else(form)
    }
}

/// To whom something is granted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Grantee {
    /// An agent, by its name.
    Agent(AgentName),
    /// A component that is not an agent, by its package, whatever its version.
    Package(PackageName),
}

impl Grantee {
    /// As a sentence has it: ``agent `scout` ``.
    pub fn in_words(&self) -> String {
        match self {
            Grantee::Agent(name) => format!("agent `{name}`"),
            Grantee::Package(name) => format!("package `{name}`"),
        }
    }
}

impl fmt::Display for Grantee {
    /// As a command has it: `scout`, or `acme:calc`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Grantee::Agent(name) => name.fmt(f),
            Grantee::Package(name) => name.fmt(f),
        }
    }
}

/// The names that were perhaps meant, the nearest first: those that begin like this one, and those that are a slip of the finger away.
pub fn near<'n>(wrong: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    /// How many are worth a look.
    const MOST: usize = 3;
    let distance = |name: &'n str| match name.starts_with(wrong) {
        true => Some((0, name)),
        false => Some((strsim::damerau_levenshtein(wrong, name), name)).filter(|(d, _)| *d <= name.len() / 3),
    };
    let mut near: Vec<_> = names.into_iter().filter_map(distance).collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(MOST).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_were_perhaps_meant_are_told_nearest_first() {
        let names = ["loket:brain/memory", "loket:calc", "loket:calc/arithmetic", "loket:text", "acme:calc/math"];
        for (wrong, expect) in [
            ("loket:brain", &["loket:brain/memory"][..]),
            ("loket:calk", &["loket:calc"]),
            ("loket:calc/aritmetic", &["loket:calc/arithmetic"]),
            ("nope:nope/x", &[]),
        ] {
            assert_eq!(near(wrong, names), expect, "{wrong}");
        }
    }

    #[test]
    fn capabilities_read_back_as_they_were_written() {
        for good in ["loket:brain/memory", "loket:calc", "wasi:http/outgoing-handler"] {
            assert_eq!(good.parse::<CapabilityName>().expect(good).to_string(), good);
        }
        for bad in
            ["", "calc", "loket:", "loket:calc/", "loket:calc/a/b", "/memory", "loket:calc/*", "loket:Calc", "ops"]
        {
            assert!(matches!(bad.parse::<CapabilityName>(), Err(CapabilityError::Form(_))), "{bad}");
        }
        assert!(matches!("loket:calc@1".parse::<CapabilityName>(), Err(CapabilityError::Version(_))));
    }

    #[track_caller]
    fn check(capability: &str, interface: &str, expect: bool) {
        let capability: CapabilityName = capability.parse().expect("a capability");
        assert_eq!(capability.covers(&interface.parse().expect("an interface")), expect);
    }

    #[test]
    fn a_package_covers_its_interfaces_and_no_others() {
        check("acme:calc", "acme:calc/math@1.0.0", true);
        check("acme:calc", "acme:calc-extra/math@1.0.0", false);
        check("acme:calc", "acm:calc/math", false);
        check("acme:calc/math", "acme:calc/math@2.0.0", true);
        check("acme:calc/math", "acme:calc/maths", false);
    }
}
