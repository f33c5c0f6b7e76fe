//! Where a package lies: `<namespace>/<name>/<version>.wasm`, and nowhere else.

use crate::name::{PackageName, PackageRef, parse_version};
use semver::Version;
use std::path::{Path, PathBuf};

/// What the names of package files end with.
pub const EXTENSION: &str = ".wasm";
/// What the name of a package's signature adds to that of its file.
pub const SIGNATURE: &str = ".minisig";
/// What the name of the file that says that a package was taken back adds to it.
pub const YANKED: &str = ".yanked";

/// A package's folder.
pub fn folder_of(root: &Path, name: &PackageName) -> PathBuf {
    root.join(name.namespace()).join(name.name())
}

/// A package version's file.
pub fn file_of(root: &Path, reference: &PackageRef) -> PathBuf {
    folder_of(root, &reference.name).join(file_name(&reference.version))
}

/// The name of a version's file.
pub fn file_name(version: &Version) -> String {
    format!("{version}{EXTENSION}")
}

/// The file beside a package's file whose name has this added.
pub(crate) fn beside(file: &Path, added: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(added);
    name.into()
}

/// The version whose file has this name: only the one spelling that [`file_name`] writes.
pub fn version_of(file_name: &str) -> Option<Version> {
    parse_version(file_name.strip_suffix(EXTENSION)?)
}

/// Whether a file of this name is nobody's business: hidden, half-written, or not a package at all.
pub(crate) fn is_other(file_name: &str) -> bool {
    file_name.starts_with('.') || !file_name.ends_with(EXTENSION)
}

/// The path below `root`, when nothing on the way there is a symbolic link and nothing leads out of `root`.
///
/// `root` itself may be one: the owner named it.
pub(crate) fn is_inside(root: &Path, path: &Path) -> bool {
    let (Ok(real_root), Ok(real)) = (root.canonicalize(), path.canonicalize()) else { return false };
    match (real.strip_prefix(real_root), path.strip_prefix(root)) {
        (Ok(real), Ok(meant)) => real == meant,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_one_name() {
        let reference: PackageRef = "acme:calc@1.2.0-rc.1+b7".parse().expect("well-formed");
        let file = file_of(Path::new("registry"), &reference);
        assert_eq!(file, Path::new("registry/acme/calc/1.2.0-rc.1+b7.wasm"));
        assert_eq!(version_of("1.2.0-rc.1+b7.wasm"), Some(reference.version));
        for other in
            ["1.2.wasm", "v1.2.0.wasm", "1.2.0.WASM", "01.2.0.wasm", "1.2.0", "1.2.0 .wasm", ".wasm", "1.2.0.wasm.tmp"]
        {
            assert_eq!(version_of(other), None, "{other}");
        }
    }
}
