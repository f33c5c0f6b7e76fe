//! What a component imports and exports, read from its binary.

use crate::types::{Docs, Function};
use semver::Version;
use serde::{Deserialize, Serialize};

/// A component's whole border.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surface {
    /// What it can ever ask for, in the order of the binary. Interfaces that only carry types are left out.
    pub imports: Vec<Interface>,
    /// What it offers. Interfaces that only carry types are left out.
    pub exports: Vec<Interface>,
}

/// One interface of a component, or the functions at its root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    /// Its name; `None` for the plain functions that a component imports or exports without an interface.
    pub name: Option<InterfaceName>,
    /// Its functions; empty when `unsupported` says why.
    pub functions: Vec<Function>,
    /// Why values cannot carry this interface across stores: it uses resources, futures or streams. Names the first culprit.
    pub unsupported: Option<String>,
    /// What its author wrote about it.
    pub docs: Docs,
}

/// `namespace:package/interface@version`
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InterfaceName {
    /// `namespace:package`
    pub package: String,
    /// `interface`
    pub interface: String,
    /// The version, when one is given.
    pub version: Option<Version>,
}
