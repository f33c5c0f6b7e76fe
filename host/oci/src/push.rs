//! A package into a registry. A version that is there does not change.

use crate::MAX_COMPONENT;
use crate::address::{Address, tag_of};
use crate::error::OciError;
use crate::image::{self, MANIFEST, digest};
use crate::login::Login;
use crate::wire::{LARGE, Wire};
use bytes::Bytes;
use oci_client::RegistryOperation;
use reqwest::header::HeaderValue;

/// What is pushed.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// `namespace:name`
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its bytes.
    pub component: Bytes,
    /// The text of its signature.
    pub signature: Option<String>,
    /// What it imports.
    pub imports: Vec<String>,
    /// What it exports.
    pub exports: Vec<String>,
}

/// What was pushed.
#[derive(Debug)]
pub struct Pushed {
    /// Where.
    pub address: Address,
    /// The digest of the manifest.
    pub digest: String,
}

/// Pushes a package; without a tag in the address, under that of its version. To push the same again is no error and changes nothing; to push
/// it with another signature changes that alone.
///
/// # Errors
/// When the registry does not answer or does not let us, or has the version with other bytes.
pub async fn push(address: Address, login: Login, package: &Outgoing) -> Result<Pushed, OciError> {
    let address = address.for_version(&package.version)?;
    let size = package.component.len() as u64;
    if size > MAX_COMPONENT {
        return Err(OciError::TooLarge { address: address.to_string(), size });
    }
    let made =
        image::make(package).map_err(|e| OciError::Manifest { address: address.to_string(), why: e.to_string() })?;
    let wire = Wire::open(&address, login, RegistryOperation::Push).await?;
    let digest = digest(&made.manifest);
    match wire.manifest().await {
        Ok((_, there)) if there == digest => return Ok(Pushed { address, digest }),
        // A tag such as `latest` goes from one version to the next. That of a version stays with it.
        Ok((there, at)) if address.reference.tag() == Some(&tag_of(&package.version)) => {
            match image::read(&address.to_string(), &there) {
                Ok(there) if there.layer.digest == made.layer_digest => {}
                Ok(there) => {
                    return Err(OciError::Taken { address: address.to_string(), there: there.layer.digest });
                }
                Err(_) => return Err(OciError::Taken { address: address.to_string(), there: at }),
            }
        }
        Ok(_) | Err(OciError::NotFound(_)) => {}
        Err(error) => return Err(error),
    }
    let reference = &address.reference;
    let upload = async {
        wire.client.push_blob(reference, package.component.clone(), &made.layer_digest).await?;
        wire.client.push_blob(reference, made.config, &made.config_digest).await
    };
    wire.in_time(LARGE, "the component should have been taken within half an hour", upload).await?;
    // Last, so that nobody finds an image that is not whole.
    wire.within(wire.client.push_manifest_raw(reference, made.manifest, HeaderValue::from_static(MANIFEST))).await?;
    Ok(Pushed { digest, address })
}
