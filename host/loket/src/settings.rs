//! A home's settings: its `loket.toml`, which may be missing.

use crate::desk::wrong;
use loket_gateways::desk::Problem;
use loket_guardian::config::{CONFIG_FILE, HostConfig};
use std::io::ErrorKind;
use std::path::Path;

/// Reads the settings of a home. Where there is no file, everything is as usual.
///
/// # Errors
/// When the file cannot be read, or says something that has no meaning.
pub fn read(home: &Path) -> Result<HostConfig, Problem> {
    let path = home.join(CONFIG_FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            HostConfig::parse(CONFIG_FILE, &text).map_err(|r| wrong("invalid", r.message(), r.next().join("\n")))
        }
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(HostConfig::default()),
        Err(e) => {
            let message = format!("`{}` cannot be read: {e}", path.display());
            Err(wrong("failed", message, "check the file's permissions"))
        }
    }
}
