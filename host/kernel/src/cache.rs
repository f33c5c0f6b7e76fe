//! Compiled code: made once for each digest, kept on disk.
//!
//! The folder belongs to the host alone (0700): what lies in it runs as native code. Behind the code in a file stands its digest, so that
//! a file which a power cut or a failing disk has torn is made again, and not run.

use crate::engine::Engines;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::hash::{Hash, Hasher};
use std::io::Write as _;
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
    match std::fs::read(path) {
        Ok(bytes) if is_whole(&bytes) => {}
        Ok(_) => {
            tracing::warn!(path = %path.display(), "compiled code is damaged and is made again");
            return None;
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "compiled code cannot be read and is made again");
            return None;
        }
    }
    #[expect(unsafe_code, reason = "the folder is the host's own (0700), and the file was written by `write` below")]
    // SAFETY: see the reason; wasmtime checks version and settings, not the code itself, whose digest was right just now. It is mapped
    // from the file, so that an instance's memory can be too; wasmtime takes what stands behind the code for nothing.
    let component = unsafe { Component::deserialize_file(engine, path) };
    match component {
        Ok(component) => Some(component),
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "compiled code is unusable and is made again");
            None
        }
    }
}

/// Whether code has its digest behind it.
fn is_whole(bytes: &[u8]) -> bool {
    bytes.split_last_chunk().is_some_and(|(code, digest)| blake3::hash(code) == *digest)
}

fn write(path: &Path, code: &[u8]) -> std::io::Result<()> {
    static PARTS: AtomicU64 = AtomicU64::new(0);
    let part = path.with_extension(format!("part-{}-{}", std::process::id(), PARTS.fetch_add(1, Ordering::Relaxed)));
    let mut file = File::create(&part)?;
    file.write_all(code)?;
    file.write_all(blake3::hash(code).as_bytes())?;
    // Before it gets its name: else a power cut could leave the name without the bytes.
    file.sync_all()?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Space;

    #[test]
    fn what_is_torn_is_made_again_and_not_run() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let cache = CodeCache::open(folder.path().join("compiled")).expect("it can be made");
        let engines = Engines::new(&Space::default()).expect("engines");
        let component = wat::parse_str(
            r#"(component (core module $m (func (export "f") (result i32) i32.const 7)) (core instance (instantiate $m)))"#,
        )
        .expect("a component");
        let cached = || cache.load(&engines, &component, "digest").expect("it compiles").cached;
        assert!(!cached(), "there is nothing yet");
        assert!(cached(), "what was made is found");
        let file = std::fs::read_dir(&cache.folder).expect("it is there").flatten().next().expect("one file").path();
        let whole = std::fs::read(&file).expect("it can be read");
        let flipped = |at: usize| {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            bytes
        };
        let half = whole[..whole.len() / 2].to_vec();
        let zeros = [&half[..], &vec![0; whole.len() - half.len()]].concat();
        for torn in [flipped(0), flipped(whole.len() / 2), flipped(whole.len() - 1), half, zeros, Vec::new()] {
            std::fs::write(&file, &torn).expect("it can be written");
            assert!(!cached(), "{} bytes, torn, were taken for code", torn.len());
            assert!(cached(), "it was made again");
        }
        assert_eq!(std::fs::read_dir(&cache.folder).expect("it is there").count(), 1, "no part is left behind");
    }
}
