//! The tool `loket:documents`: files read, searched and changed, in the folders that are granted to it.
//!
//! Files in reading order: [`folders`] what is asked of the granted folders, [`words`] what errors have in common, [`mod@whole`] a file's
//! bytes, [`page`] a page of its lines, [`walk`] all below a folder, [`glob`] and [`pattern`] what fits, [`listing`] what there is,
//! [`hit`] and [`search`] lines that fit, [`near`] and [`edit`] one text for another, [`mod@watch`] what changes. This file has the border
//! to the component model.

pub mod edit;
pub mod folders;
pub mod glob;
pub mod hit;
pub mod listing;
pub mod near;
pub mod page;
pub mod pattern;
pub mod search;
pub mod walk;
pub mod watch;
pub mod whole;
pub mod words;

pub use bindings::exports::loket::documents::files::{
    Casing, Change, Edited, Entry, Event, Findings, Hit, Kind, Listing, Mode, Occurrence, Place, Reason, Root, Skip,
    Text,
};
pub use bindings::loket::files::folders as folders_wit;
pub use bindings::loket::types::types::{Error, Exhaustion};

use bindings::exports::loket::documents::files::Guest;
use folders::{Folders, Imported};
use search::Wanted;

/// What the tool's world looks like in Rust.
#[allow(missing_docs, unsafe_code, unreachable_pub, unused, clippy::all, reason = "generated from the WIT")]
mod bindings {
    use super::Documents;
    wit_bindgen::generate!({
        path: ["../../../wit/types", "../../../wit/files", "wit"],
        world: "loket:documents/documents",
        generate_all,
    });
    #[cfg(target_family = "wasm")]
    export!(Documents with_types_in self);
}

/// The component.
#[derive(Debug)]
pub struct Documents;

impl Guest for Documents {
    fn roots() -> Result<Vec<Root>, Error> {
        let roots = Imported.roots()?;
        Ok(roots.into_iter().map(|root| Root { name: root.name, writable: root.writable }).collect())
    }

    fn list(path: String, after: Option<String>, limit: Option<u32>) -> Result<Listing, Error> {
        listing::list(&Imported, &path, after.as_deref(), limit)
    }

    fn find(path: String, glob: String, after: Option<String>, limit: Option<u32>) -> Result<Listing, Error> {
        listing::find(&Imported, &path, &glob, after, limit)
    }

    fn search(
        path: String,
        pattern: String,
        glob: Option<String>,
        casing: Option<Casing>,
        after: Option<Place>,
        limit: Option<u32>,
    ) -> Result<Findings, Error> {
        let casing = casing.unwrap_or(Casing::Exact);
        search::search(&Imported, &path, &Wanted { pattern: &pattern, casing, glob: glob.as_deref(), limit }, after)
    }

    fn read(path: String, start_line: Option<u32>, max_lines: Option<u32>) -> Result<Text, Error> {
        page::read(&Imported, &path, start_line, max_lines)
    }

    fn write(path: String, text: String, mode: Option<Mode>) -> Result<(), Error> {
        write(&Imported, &path, &text, mode.unwrap_or(Mode::Create))
    }

    fn edit(path: String, old: String, new: String, occurrence: Option<Occurrence>) -> Result<Edited, Error> {
        edit::edit(&Imported, &path, &old, &new, occurrence.unwrap_or(Occurrence::Only))
    }

    fn make_folder(path: String) -> Result<(), Error> {
        folders_wit::make_folder(&path)
    }

    fn move_(from: String, to: String) -> Result<(), Error> {
        folders_wit::move_(&from, &to)
    }

    fn remove(path: String) -> Result<(), Error> {
        folders_wit::remove(&path)
    }

    fn watch(path: String, seconds: Option<u32>) -> Result<Vec<Change>, Error> {
        watch::watch(&Imported, &path, seconds)
    }
}

/// Writes a text.
///
/// # Errors
/// As the contract says.
pub fn write(folders: &impl Folders, path: &str, text: &str, mode: Mode) -> Result<(), Error> {
    match mode {
        Mode::Create => folders.create(path, text.as_bytes()),
        Mode::Replace => folders.replace(path, text.as_bytes()),
        Mode::Append => folders.append(path, text.as_bytes()),
    }
}
