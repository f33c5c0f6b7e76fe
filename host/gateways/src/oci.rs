//! Packages in OCI registries, as the command line asks for them and shows them. Who runs it speaks to the registry, and no host does.

use crate::desk::Published;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Which registry, and as whom.
pub struct OciPlace {
    /// `oci://registry/repository:tag`
    pub address: String,
    /// A user and their password; else what `docker login` left.
    pub login: Option<(String, Zeroizing<String>)>,
}

impl fmt::Debug for OciPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OciPlace").field("address", &self.address).finish_non_exhaustive()
    }
}

/// What came from a registry. Nothing has been done with it.
#[derive(Debug)]
pub struct Fetched {
    /// The bytes, as the image's manifest names them.
    pub component: Vec<u8>,
    /// The text of its signature.
    pub signature: Option<String>,
    /// The package by the address that was asked: `namespace:name`.
    pub name: Option<String>,
    /// Its version by that address.
    pub version: Option<String>,
    /// The address with the digest of the image.
    pub from: String,
}

/// Which package is pushed.
#[derive(Debug)]
pub struct PushRequest {
    /// The home in whose registries it is.
    pub home: PathBuf,
    /// `namespace:name@version`
    pub package: String,
    /// Where to.
    pub to: OciPlace,
}

/// What was pushed: the JSON of `loket push --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushReport {
    /// `namespace:name@version`
    pub package: String,
    /// The SHA-256 of its bytes, in hex.
    pub digest: String,
    /// Where it is now.
    pub address: String,
    /// The digest of the image: `sha256:…`.
    pub image: String,
    /// Whether its signature went along.
    pub signed: bool,
}

/// What was pulled and published: the JSON of `loket pull --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullReport {
    /// The address with the digest of the image.
    pub from: String,
    /// What became of it.
    #[serde(flatten)]
    pub published: Published,
}
