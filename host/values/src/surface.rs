//! What a component imports and exports, read from its binary by [`crate::describe()`].

use crate::types::{Docs, Function};
use semver::Version;
use serde::{Deserialize, Serialize};
use thiserror::Error;

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

/// Why an interface cannot stand in for the one that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Mismatch {
    /// Its functions cannot be called with values at all.
    #[error("values cannot carry it between components: it uses {0}")]
    Unsupported(String),
    /// A function that is wanted is not there.
    #[error("it has no function `{wanted}`")]
    Missing {
        /// The signature that is wanted.
        wanted: String,
    },
    /// A function is there with other parameters, or another result.
    #[error("its function `{function}` differs: `{wanted}` is wanted, and it has `{found}`")]
    Differs {
        /// The function's name.
        function: String,
        /// The signature that is wanted.
        wanted: String,
        /// The signature that was found.
        found: String,
    },
}

impl Interface {
    /// The function of that name.
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name == name)
    }

    /// Checks that every function of `wanted` is here with equal parameters, by name, order and structure, and an
    /// equal result. Functions that are here but not wanted do no harm.
    ///
    /// # Errors
    /// Names the first function that is missing or differs, with both signatures.
    pub fn satisfies(&self, wanted: &Interface) -> Result<(), Mismatch> {
        if let Some(culprit) = self.unsupported.as_ref().or(wanted.unsupported.as_ref()) {
            return Err(Mismatch::Unsupported(culprit.clone()));
        }
        for want in &wanted.functions {
            let Some(have) = self.function(&want.name) else {
                return Err(Mismatch::Missing { wanted: want.signature() });
            };
            if have.params != want.params || have.result != want.result {
                return Err(Mismatch::Differs {
                    function: want.name.clone(),
                    wanted: want.signature(),
                    found: have.signature(),
                });
            }
        }
        Ok(())
    }
}

impl Surface {
    /// The import of exactly that name.
    pub fn import(&self, name: &InterfaceName) -> Option<&Interface> {
        self.imports.iter().find(|interface| interface.name.as_ref() == Some(name))
    }

    /// The export of exactly that name.
    pub fn export(&self, name: &InterfaceName) -> Option<&Interface> {
        self.exports.iter().find(|interface| interface.name.as_ref() == Some(name))
    }
}
