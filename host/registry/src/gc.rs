//! Versions that nobody needs any more: which they are, and their removal.

use crate::layout;
use crate::name::{PackageName, PackageRef};
use crate::publish::{alone, remove};
use crate::registry::Registry;
use crate::scan::Found;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// What would be removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct Garbage {
    /// The versions, by name and from the oldest on.
    pub found: Vec<Found>,
}

/// Why nothing can be said of what is not needed, or a version was not removed.
#[derive(Debug, Error)]
pub enum GarbageError {
    /// Not all of the registry can be seen, so what refers to what is not known.
    #[error(
        "the registry's folders cannot be read as a whole, and nothing is removed then: see what `loket doctor` says of them"
    )]
    Incomplete,
    /// It is gone already, or another file is in its place.
    #[error("`{0}` was changed since it was looked at, and is left as it is: try again")]
    Changed(PackageRef),
    /// The system cannot remove a file.
    #[error("`{reference}` cannot be removed (`{}`): check who may write there", .path.display())]
    Io {
        /// The version.
        reference: PackageRef,
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

impl Garbage {
    /// The bytes of all of them.
    pub fn bytes(&self) -> u64 {
        self.found.iter().fold(0, |all, found| all.saturating_add(found.size))
    }
}

impl Registry {
    /// The versions in the first folder that nobody needs. What is needed is for the caller to say: what is pinned, what runs, and what it
    /// is linked to. Of each package the newest version stays besides, and the newest that was not yanked: it is what somebody new would get.
    ///
    /// # Errors
    /// When not all of the registry can be seen.
    pub fn garbage(&self, needed: &BTreeSet<PackageRef>) -> Result<Garbage, GarbageError> {
        let scan = self.scan();
        if scan.incomplete {
            return Err(GarbageError::Incomplete);
        }
        let mut newest: BTreeMap<(&PackageName, bool), &PackageRef> = BTreeMap::new();
        let rank = |reference: &PackageRef| (reference.version.pre.is_empty(), reference.version.clone());
        for found in &scan.found {
            let reference = &found.reference;
            // Of all of them, and of those that were not yanked.
            for of in [true, false].into_iter().filter(|all| *all || !found.yanked) {
                let best = newest.entry((&reference.name, of)).or_insert(reference);
                if rank(reference) > rank(best) {
                    *best = reference;
                }
            }
        }
        let kept: BTreeSet<&PackageRef> = newest.into_values().collect();
        let stays = |found: &Found| needed.contains(&found.reference) || kept.contains(&found.reference);
        let ours = scan.found.iter().filter(|found| found.path.starts_with(&self.folders[0]));
        Ok(Garbage { found: ours.filter(|found| !stays(found)).cloned().collect() })
    }

    /// Removes a version and what lies beside it: the package first, so that none is ever there without the signature that it had.
    ///
    /// # Errors
    /// When another file is there than the one that was found, or it cannot be removed.
    pub fn remove(&self, found: &Found) -> Result<(), GarbageError> {
        let reference = &found.reference;
        let root = &self.folders[0];
        let failed = |path: &PathBuf| {
            let (reference, path) = (reference.clone(), path.clone());
            move |source| GarbageError::Io { reference, path, source }
        };
        let _alone = alone(root).map_err(failed(root))?;
        let is_same = self.scan_one(reference).as_ref() == Some(found);
        if !is_same || found.path != layout::file_of(root, reference) {
            return Err(GarbageError::Changed(reference.clone()));
        }
        let beside = [layout::SIGNATURE, layout::YANKED].map(|added| layout::beside(&found.path, added));
        for path in std::iter::once(&found.path).chain(&beside) {
            remove(path).map_err(failed(path))?;
        }
        Ok(())
    }

    /// A version as a scan finds it.
    fn scan_one(&self, reference: &PackageRef) -> Option<Found> {
        crate::scan::package(&self.folders, &reference.name).into_iter().find(|found| found.reference == *reference)
    }
}
