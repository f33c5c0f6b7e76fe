//! Compiled code: made once for each digest, kept on disk.
//!
//! The folder belongs to the host alone (0700): what lies in it runs as native code.

use crate::engine::Engines;
use sha2::{Digest as _, Sha256};
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use wasmtime::Engine;
use wasmtime::component::Component;

/// A component's machine code, on the engine that suits it.
#[derive(Clone)]
pub struct Code {
    /// The compiled component.
    pub component: Component,
    /// Whether it takes its instances from the pool.
    pub pooled: bool,
    /// Whether it came from the cache.
    pub cached: bool,
}

/// Compiled code on disk.
pub struct CodeCache {
    folder: PathBuf,
}

/// Why a component could not be compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The engine refuses the component.
    #[error("the engine cannot compile it: {0:#}")]
    Engine(wasmtime::Error),
    /// Compiled code could not be read or written.
    #[error("the compiled-code cache at `{path}` cannot be used: {source}; check its permissions and the disk's space")]
    Cache {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: std::io::Error,
    },
}

impl CodeCache {
    /// A cache in a folder, which is made when it is not there.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn open(folder: impl Into<PathBuf>) -> Result<CodeCache, CompileError> {
        let folder = folder.into();
        make_private(&folder).map_err(|source| CompileError::Cache { path: folder.clone(), source })?;
        Ok(CodeCache { folder })
    }

    /// The compiled form of a component, from the disk or made now. `digest` is that of `bytes`, in hex.
    ///
    /// # Errors
    /// When the engine refuses the component. A cache file that cannot be read is made again.
    pub fn load(&self, engines: &Engines, bytes: &[u8], digest: &str) -> Result<Code, CompileError> {
        for (engine, pooled) in [(engines.pooled(), true), (engines.roomy(), false)] {
            if let Some(component) = read(engine, &self.path(engine, digest, pooled)) {
                return Ok(Code { component, pooled, cached: true });
            }
        }
        let (component, pooled) = match Component::from_binary(engines.pooled(), bytes) {
            Ok(component) if Engines::fits_pool(&component) => (component, true),
            // It does not fit, or may not: the other engine says whether it is sound at all.
            _ => (Component::from_binary(engines.roomy(), bytes).map_err(CompileError::Engine)?, false),
        };
        let engine = if pooled { engines.pooled() } else { engines.roomy() };
        let path = self.path(engine, digest, pooled);
        let compiled = component.serialize().map_err(CompileError::Engine)?;
        write(&path, &compiled).map_err(|source| CompileError::Cache { path, source })?;
        Ok(Code { component, pooled, cached: false })
    }

    fn path(&self, engine: &Engine, digest: &str, pooled: bool) -> PathBuf {
        let mut hasher = Stable(Sha256::new());
        engine.precompile_compatibility_hash().hash(&mut hasher);
        let engine = hex::encode(&hasher.0.finalize()[..8]);
        let kind = if pooled { "pool" } else { "room" };
        self.folder.join(format!("{digest}-{engine}.{kind}"))
    }
}

/// A hasher whose result is the same in every process.
struct Stable(Sha256);

impl Hasher for Stable {
    fn finish(&self) -> u64 {
        u64::from_le_bytes(self.0.clone().finalize()[..8].try_into().unwrap_or_default())
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}

fn read(engine: &Engine, path: &Path) -> Option<Component> {
    if !path.is_file() {
        return None;
    }
    #[expect(unsafe_code, reason = "the folder is the host's own (0700), and the file was written by `write` below")]
    // SAFETY: see the reason; wasmtime checks version and settings, not the code itself.
    let component = unsafe { Component::deserialize_file(engine, path) };
    match component {
        Ok(component) => Some(component),
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "compiled code is unusable and is made again");
            None
        }
    }
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    static PARTS: AtomicU64 = AtomicU64::new(0);
    let part = path.with_extension(format!("part-{}-{}", std::process::id(), PARTS.fetch_add(1, Ordering::Relaxed)));
    std::fs::write(&part, bytes)?;
    std::fs::rename(&part, path)
}

#[cfg(unix)]
fn make_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> std::io::Result<()> {
    // The profile folder's access list already keeps other users out.
    std::fs::create_dir_all(folder)
}
