//! From what a compiler made to the component that is published: encoded, documented, named.

use loket_values::docs::{self, DocsError};
use std::borrow::Cow;
use wasm_encoder::{ComponentSection as _, CustomSection};
use wasm_metadata::{AddMetadata, AddMetadataField};
use wit_component::ComponentEncoder;
use wit_parser::{PackageId, PackageName, Resolve};

/// Why there is no component.
#[derive(Debug, thiserror::Error)]
pub enum ComponentError {
    /// It says nowhere what it imports and exports.
    #[error("the module says nowhere which world it is for: {0:#}")]
    NoWorld(anyhow::Error),
    /// It and its world do not fit.
    #[error("the module does not make a component: {0:#}")]
    Encode(anyhow::Error),
    /// Its documentation does not fit.
    #[error("its documentation cannot be put into it: {0}")]
    Docs(#[from] DocsError),
    /// Its name cannot be written.
    #[error("its name cannot be written into it: {0:#}")]
    Name(anyhow::Error),
}

/// What is written into a component.
#[derive(Debug, Clone, Copy)]
pub struct Label<'l> {
    /// The package: `namespace:name`.
    pub package: &'l str,
    /// Its version.
    pub version: &'l str,
    /// What made it: a program and its version.
    pub made_by: (&'l str, &'l str),
}

/// Makes a component of a core module that has its world inside; answers also with the package of that world. A component stays as it is.
///
/// # Errors
/// When the module has no world inside, or does not fit it.
pub fn encoded(compiled: &[u8]) -> Result<(Cow<'_, [u8]>, Option<PackageName>), ComponentError> {
    if is_component(compiled) {
        return Ok((Cow::Borrowed(compiled), None));
    }
    let (_, bindings) = wit_component::metadata::decode(compiled).map_err(ComponentError::NoWorld)?;
    let world = bindings.resolve.worlds[bindings.world].package;
    let world = world.map(|package| bindings.resolve.packages[package].name.clone());
    let encoder = ComponentEncoder::default().validate(true).module(compiled).and_then(|encoder| encoder.encode());
    let component = encoder.map_err(ComponentError::Encode)?;
    Ok((Cow::Owned(component), world))
}

/// Writes into a component what its WIT says about it, and its label.
///
/// # Errors
/// When the WIT is that of another component.
pub fn labelled(
    component: &[u8],
    wit: Option<(&Resolve, PackageId)>,
    label: Label<'_>,
) -> Result<Vec<u8>, ComponentError> {
    let documented = match wit {
        Some((resolve, package)) => Cow::Owned(docs::inject(component, resolve, package)?),
        None => Cow::Borrowed(component),
    };
    let mut metadata = AddMetadata::default();
    metadata.name = AddMetadataField::Set(label.package.to_owned());
    metadata.processed_by = vec![(label.made_by.0.to_owned(), label.made_by.1.to_owned())];
    let mut bytes = metadata.to_wasm(&documented).map_err(ComponentError::Name)?;
    // As `wasm-metadata` reads it; its own writer comes with half an OCI client.
    CustomSection { name: Cow::Borrowed("version"), data: Cow::Borrowed(label.version.as_bytes()) }
        .append_to_component(&mut bytes);
    Ok(bytes)
}

/// A component's header differs from a module's in its layer.
fn is_component(bytes: &[u8]) -> bool {
    bytes.get(4..8) == Some(&[0x0d, 0x00, 0x01, 0x00])
}
