//! From a core module to the component that is published: encoded, documented, named.

use crate::guest::Guest;
use crate::packages;
use anyhow::{Context as _, Result};
use std::borrow::Cow;
use wasm_encoder::{ComponentSection as _, CustomSection};
use wasm_metadata::{AddMetadata, AddMetadataField};
use wit_component::ComponentEncoder;

/// Makes a component of what the compiler made: a core module with its world inside, or a component already.
pub(crate) fn component(guest: &Guest, compiled: &[u8]) -> Result<Vec<u8>> {
    let (component, world) = if is_component(compiled) {
        (compiled.to_vec(), None)
    } else {
        let (_, bindings) = wit_component::metadata::decode(compiled).context("the module names no world")?;
        let world = bindings.resolve.worlds[bindings.world].package;
        let world = world.map(|package| bindings.resolve.packages[package].name.clone());
        let encoded = ComponentEncoder::default().validate(true).module(compiled).and_then(|encoder| encoder.encode());
        (encoded.context("the module does not make a component")?, world)
    };
    let documented = match packages::of_guest(guest, world.as_ref())? {
        Some((wit, package)) => {
            loket_values::docs::inject(&component, &wit, package).context("its documentation cannot be put into it")?
        }
        None => component,
    };
    named(guest, &documented)
}

/// Writes the package's name, its version and what built it into the component.
fn named(guest: &Guest, component: &[u8]) -> Result<Vec<u8>> {
    let mut metadata = AddMetadata::default();
    metadata.name = AddMetadataField::Set(guest.package.clone());
    metadata.processed_by = vec![("loket-xtask".to_owned(), env!("CARGO_PKG_VERSION").to_owned())];
    let mut bytes = metadata.to_wasm(component).context("its name cannot be written into it")?;
    // As `wasm-metadata` reads it; its own writer comes with half an OCI client.
    CustomSection { name: Cow::Borrowed("version"), data: Cow::Borrowed(guest.version.as_bytes()) }
        .append_to_component(&mut bytes);
    Ok(bytes)
}

/// A component's header differs from a module's in its layer.
fn is_component(bytes: &[u8]) -> bool {
    bytes.get(4..8) == Some(&[0x0d, 0x00, 0x01, 0x00])
}
