//! One or more folders of packages, and the choice of a version among what they hold.

use crate::layout;
use crate::name::{PackageName, PackageRef};
use crate::scan::{self, Scan};
use semver::{Version, VersionReq};
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Folders of packages. Where two hold the same version, the folder that was named first counts.
#[derive(Debug, Clone)]
pub struct Registry {
    pub(crate) folders: Vec<PathBuf>,
}

/// Why a registry cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// No folder was named.
    #[error("a registry needs at least one folder: name one, such as `registry`")]
    NoFolder,
    /// The first folder, into which packages are published, is not there and cannot be made.
    #[error("the registry's folder `{}` cannot be made: check the path and who may write there", .path.display())]
    Make {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// What was named is not a folder that can be read.
    #[error("`{}` is not a folder that can be read as a registry: make it, or take it out of the configuration", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

impl Registry {
    /// Opens these folders. The first is where [`publish`](Registry::publish) writes, and is made when it is not there.
    ///
    /// # Errors
    /// When there is no folder, the first cannot be made, or another is not there.
    pub fn open(folders: Vec<PathBuf>) -> Result<Registry, OpenError> {
        let first = folders.first().ok_or(OpenError::NoFolder)?;
        std::fs::create_dir_all(first).map_err(|source| OpenError::Make { path: first.clone(), source })?;
        for folder in &folders {
            std::fs::read_dir(folder).map_err(|source| OpenError::Folder { path: folder.clone(), source })?;
        }
        Ok(Registry { folders })
    }

    /// The folders, in the order in which they count.
    pub fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// All that the folders hold, and remarks on what could not be used. Reads no package's bytes.
    pub fn scan(&self) -> Scan {
        scan::scan(&self.folders)
    }

    /// The versions of a package, from the oldest to the newest.
    pub fn versions(&self, name: &PackageName) -> Vec<Version> {
        scan::versions(&self.folders, name)
    }

    /// The newest version that would do, for somebody new: none that was yanked.
    ///
    /// A pre-release is chosen only where the requirement names a pre-release of the same version.
    pub fn newest(&self, name: &PackageName, versions: &VersionReq) -> Option<PackageRef> {
        self.resolve(name, versions, &|_| false)
    }

    /// The newest version that would do, for somebody who may be pinned to a yanked one already: that one is as good as any other then.
    pub fn resolve(
        &self,
        name: &PackageName,
        versions: &VersionReq,
        pinned: &dyn Fn(&Version) -> bool,
    ) -> Option<PackageRef> {
        let found = scan::package(&self.folders, name).into_iter();
        let usable = found.filter(|found| !found.yanked || pinned(&found.reference.version));
        newest(usable.map(|found| found.reference.version), versions).map(|version| name.at(version))
    }

    /// The file of a version: that of the first folder which has one.
    pub(crate) fn find(&self, reference: &PackageRef) -> Option<(&Path, PathBuf)> {
        self.folders.iter().find_map(|root| {
            let file = layout::file_of(root, reference);
            scan::is_package_file(root, &file).then_some((root.as_path(), file))
        })
    }
}

/// The newest of these versions that would do.
pub fn newest(versions: impl IntoIterator<Item = Version>, wanted: &VersionReq) -> Option<Version> {
    versions.into_iter().filter(|version| wanted.matches(version)).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wanted: &str, expect: Option<&str>) {
        let there = ["0.1.0", "0.1.7", "0.2.0", "1.0.0", "1.2.0", "1.2.1-rc.1", "1.10.0", "2.0.0-rc.1", "2.0.0-rc.2"];
        let there = there.map(|version| Version::parse(version).expect("a version"));
        let wanted = VersionReq::parse(wanted).expect("a requirement");
        assert_eq!(newest(there, &wanted).map(|version| version.to_string()).as_deref(), expect);
    }

    #[test]
    fn the_newest_version_that_would_do_is_chosen() {
        check("*", Some("1.10.0"));
        check("^1", Some("1.10.0"));
        check("1.2", Some("1.10.0"));
        check("~1.2", Some("1.2.0"));
        check("=1.0.0", Some("1.0.0"));
        check("^0.1", Some("0.1.7"));
        check("^0.2", Some("0.2.0"));
        check(">=0.1, <1", Some("0.2.0"));
    }

    #[test]
    fn a_pre_release_is_chosen_only_where_it_is_named() {
        check("^2", None);
        check("^2.0.0-rc.1", Some("2.0.0-rc.2"));
        check("=2.0.0-rc.1", Some("2.0.0-rc.1"));
        check("~1.2.1-rc.0", Some("1.2.1-rc.1"));
    }

    #[test]
    fn nothing_is_chosen_where_nothing_would_do() {
        check("^3", None);
        check("^0.3", None);
        check("=1.2.9", None);
    }

    #[test]
    fn the_first_folder_is_made_and_the_others_must_be_there() {
        let home = tempfile::tempdir().expect("a folder");
        let (first, second) = (home.path().join("a/registry"), home.path().join("b"));
        Registry::open(vec![first.clone()]).expect("made");
        assert!(first.is_dir());
        assert!(matches!(Registry::open(vec![first, second]), Err(OpenError::Folder { .. })));
        assert!(matches!(Registry::open(Vec::new()), Err(OpenError::NoFolder)));
    }
}
