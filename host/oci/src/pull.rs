//! A package from a registry: its bytes, checked against their digest, and its signature, which proves nothing yet.

use crate::address::Address;
use crate::error::OciError;
use crate::image::{self, digest};
use crate::login::Login;
use crate::wire::{LARGE, Wire};
use futures::StreamExt as _;
use oci_client::RegistryOperation;
use oci_client::errors::OciDistributionError;

/// What was pulled.
#[derive(Debug)]
pub struct Pulled {
    /// The component, or whatever else the bytes are: they are those that the manifest names.
    pub component: Vec<u8>,
    /// The text of its signature, as whoever pushed it wrote it.
    pub signature: Option<String>,
    /// The digest of the manifest.
    pub digest: String,
}

/// Pulls a package.
///
/// # Errors
/// When the registry does not answer or does not let us, or what is there is not the image of a component, or is damaged.
pub async fn pull(address: &Address, login: Login) -> Result<Pulled, OciError> {
    let wire = Wire::open(address, login, RegistryOperation::Pull).await?;
    let (manifest, manifest_digest) = wire.manifest().await?;
    let found = image::read(&address.to_string(), &manifest)?;
    let download = async {
        let mut bytes = Vec::with_capacity(usize::try_from(found.size).unwrap_or_default());
        let mut pieces = wire.client.pull_blob_stream(&address.reference, &found.layer).await?;
        while let Some(piece) = pieces.next().await {
            let piece = piece?;
            // One that has more is not read to its end.
            if (bytes.len() + piece.len()) as u64 > found.size {
                bytes.extend_from_slice(&piece);
                break;
            }
            bytes.extend_from_slice(&piece);
        }
        Ok::<_, OciDistributionError>(bytes)
    };
    let component = wire.in_time(LARGE, "the component should have come within half an hour", download).await?;
    if component.len() as u64 != found.size {
        let (more, said) = (if component.len() as u64 > found.size { "more" } else { "fewer" }, found.size);
        return Err(wire.changed(format!("its layer has {more} than {said} bytes")));
    }
    // The library compared while it read. This is what is handed on, so it is looked at here as well.
    let is = digest(&component);
    if is != found.layer.digest {
        return Err(wire.changed(format!("the digest of its layer is {is}, and should be {}", found.layer.digest)));
    }
    Ok(Pulled { component, signature: found.signature, digest: manifest_digest })
}
