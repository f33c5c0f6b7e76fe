//! What is made on the machine of whoever writes components: new projects, and what their builds come to.

use serde::Serialize;
use std::path::PathBuf;

/// What is to be made.
#[derive(Debug, Clone)]
pub struct NewRequest {
    /// `tool`, `agent`, `scanner`, `channel`, `command`, `model` or `app`.
    pub role: String,
    /// `rust`, `js`, `python` or `c`.
    pub language: String,
    /// The first part of the package's name.
    pub namespace: String,
    /// The second part, and the folder.
    pub name: String,
    /// Where the folder goes.
    pub parent: PathBuf,
}

/// A project that was written.
#[derive(Debug, Clone, Serialize)]
pub struct NewReport {
    /// The package: `namespace:name`.
    pub package: String,
    /// Its folder.
    pub folder: PathBuf,
    /// How its tests are run.
    pub test: String,
}

/// A component that was built.
#[derive(Debug, Clone, Serialize)]
pub struct BuildReport {
    /// The package: `namespace:name`.
    pub package: String,
    /// Its version.
    pub version: String,
    /// `agent`, `tool`, `model`, `scanner`, `channel`, `command`, `app` or `library`.
    pub role: String,
    /// Where the component is.
    pub file: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// The component.
    #[serde(skip)]
    pub component: Vec<u8>,
}
