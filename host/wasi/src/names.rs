//! What all native capabilities have at the counter: a name, and one function.

use loket_kernel::{Capability, native};
use loket_values::{Interface, InterfaceName};

/// A native capability's place at the counter.
pub(crate) struct Served {
    pub(crate) capability: Capability,
    pub(crate) interface: Interface,
}

impl Served {
    pub(crate) fn new(package: &str, interface: &str) -> Served {
        let name = InterfaceName { package: package.into(), interface: interface.into(), version: None };
        Served { capability: Capability::host(&name.to_string()), interface: native::interface(name) }
    }
}

/// Admission asks only for interfaces that are there; this is what a mistake in it would look like.
pub(crate) fn no_such(interface: &InterfaceName) -> wasmtime::Error {
    wasmtime::Error::msg(format!("the host has no `{interface}` to link"))
}
