//! From a core module to the component that is published: encoded, documented, named, as `loket build` does it.

use crate::guest::Guest;
use crate::packages;
use anyhow::Result;
use loket_workshop::component::{self, Label};

/// Makes a component of what the compiler made: a core module with its world inside, or a component already.
pub(crate) fn component(guest: &Guest, compiled: &[u8]) -> Result<Vec<u8>> {
    let (component, world) = component::encoded(compiled)?;
    let wit = packages::of_guest(guest, world.as_ref())?;
    let label =
        Label { package: &guest.package, version: &guest.version, made_by: ("loket-xtask", env!("CARGO_PKG_VERSION")) };
    Ok(component::labelled(&component, wit.as_ref().map(|(resolve, package)| (resolve, *package)), label)?)
}
