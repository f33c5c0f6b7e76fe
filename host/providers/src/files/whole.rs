//! Whole folders, for an instance that opens its files itself: one that is linked natively.
//!
//! What such an instance reads or writes is not known file by file. So all that lies in its folders counts as read, and all that is in those
//! which it may change as written.

use super::error::{Fault, shown};
use super::roots::Roots;
use super::{Folders, walk};
use crate::native::blocking;
use loket_kernel::{Call, CallError, Labels};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A granted folder, opened.
#[derive(Debug)]
pub struct Folder {
    /// Its name, as components know it.
    pub name: String,
    /// Where it was when it was opened.
    pub path: PathBuf,
    /// Whether what is in it may be changed.
    pub writable: bool,
    /// The folder itself.
    pub open: File,
}

impl Folders {
    /// The folders that a call may use, with the labels of all that is in them.
    ///
    /// # Errors
    /// When one of them cannot be opened.
    pub async fn whole(&self, call: &Call) -> Result<(Vec<Folder>, Labels), CallError> {
        let (desk, terms, agent) = (self.desk.clone(), call.terms.clone(), call.turn.agent.clone());
        let done = blocking(move || {
            Ok(Roots::of(&terms, &desk.places, agent.as_deref()).and_then(|roots| {
                let (mut folders, mut labels) = (Vec::new(), Labels::PRIVATE);
                for root in roots.all() {
                    let open = walk::root(&roots.find(&root.name)?)?.into_std_file();
                    labels = labels.join(desk.marks.within(&root.path));
                    let (name, path, writable) = (root.name.clone(), root.path.clone(), root.writable);
                    folders.push(Folder { name, path, writable, open });
                }
                Ok((folders, labels))
            }))
        });
        done.await?.map_err(|fault| fault.answer(call))
    }

    /// Why a place, named as it really lies on the disk, is the host's own, holds something of it or lies in it.
    pub fn forbids(&self, real: &Path) -> Option<&'static str> {
        self.desk.places.forbids(real)
    }

    /// The first of these places from which something of the host's own could be reached, and how.
    pub fn reached_by<'p>(&self, places: impl Iterator<Item = &'p Path>) -> Option<(&'p Path, &'static str)> {
        let mut found = places.filter_map(|path| Some((path, path.canonicalize().ok()?)));
        found.find_map(|(path, real)| Some((path, self.forbids(&real)?)))
    }

    /// Marks all that is in those of the folders which may be changed, now and later.
    ///
    /// # Errors
    /// When the labels cannot be kept.
    pub async fn mark(&self, folders: &Arc<[Folder]>, labels: Labels) -> Result<(), CallError> {
        let (desk, folders) = (self.desk.clone(), folders.clone());
        blocking(move || {
            for folder in folders.iter().filter(|folder| folder.writable) {
                desk.marks.join_all(&folder.path, labels).map_err(|fault| match fault {
                    Fault::Exhausted(limit, detail) => CallError::exhausted(limit, detail),
                    _ => CallError::Failed(format!("the labels of {} cannot be kept", shown(&folder.name))),
                })?;
            }
            Ok(())
        })
        .await
    }
}
