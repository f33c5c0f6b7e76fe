//! A few folders in memory, in the place of the imported ones.

use loket_files_tool::folders::Folders;
use loket_files_tool::folders_wit::{Change, Entry, Event, Kind, Patch, Root, WatchId};
use loket_files_tool::{Error, Exhaustion};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// The most bytes of one call, as the contract has it.
const PIECE: usize = 1 << 20;

/// Files by their paths, in the one granted folder `notes`; what is asked of them.
#[derive(Default)]
pub(crate) struct Tree {
    files: RefCell<BTreeMap<String, Vec<u8>>>,
    changes: Vec<(String, Event)>,
    broken: Vec<String>,
    /// What others make of a file right before it is edited, the next one last.
    meanwhile: RefCell<Vec<String>>,
    pub(crate) read: Cell<usize>,
    pub(crate) watches: Cell<u32>,
}

impl Tree {
    pub(crate) fn with(self, path: &str, bytes: impl Into<Vec<u8>>) -> Tree {
        self.files.borrow_mut().insert(path.to_owned(), bytes.into());
        self
    }

    /// With a file that is listed and cannot be read.
    pub(crate) fn with_broken(mut self, path: &str) -> Tree {
        self.broken.push(path.to_owned());
        self.with(path, "broken")
    }

    /// With others who write the file right before it is edited, each time another text, the last one first.
    pub(crate) fn written_meanwhile(self, texts: &[&str]) -> Tree {
        self.meanwhile.borrow_mut().extend(texts.iter().map(|text| (*text).to_owned()));
        self
    }

    /// With something that a watch sees.
    pub(crate) fn changing(mut self, path: &str, event: Event) -> Tree {
        self.changes.push((path.to_owned(), event));
        self
    }

    #[track_caller]
    pub(crate) fn bytes(&self, path: &str) -> Vec<u8> {
        self.files.borrow().get(path).unwrap_or_else(|| panic!("`{path}` is there")).clone()
    }

    /// All paths, each folder right before what is in it.
    fn entries(&self) -> Vec<Entry> {
        let files = self.files.borrow();
        let mut all: BTreeMap<Vec<String>, Entry> = BTreeMap::new();
        for (path, bytes) in files.iter() {
            for (at, _) in path.match_indices('/') {
                let folder = path[..at].to_owned();
                let entry = Entry { path: folder.clone(), kind: Kind::Folder, size: 0, modified: None };
                all.insert(parts(&folder), entry);
            }
            let entry = Entry { path: path.clone(), kind: Kind::File, size: bytes.len() as u64, modified: Some(1) };
            all.insert(parts(path), entry);
        }
        all.into_values().collect()
    }

    fn granted(&self, path: &str) -> Result<(), Error> {
        match path.split('/').next() {
            Some("notes") => Ok(()),
            _ => Err(Error::Invalid(format!("`{path}` is not granted"))),
        }
    }

    fn page(&self, path: &str, after: Option<&str>, limit: u32, deep: bool) -> Result<Vec<Entry>, Error> {
        if self.stat(path)?.kind != Kind::Folder {
            return Err(Error::Invalid(format!("`{path}`: it is no folder")));
        }
        let is_in = |entry: &Entry| {
            let below = entry.path.strip_prefix(path).and_then(|rest| rest.strip_prefix('/'));
            below.is_some_and(|below| deep || !below.contains('/'))
        };
        let is_after = |entry: &Entry| after.is_none_or(|after| parts(&entry.path) > parts(after));
        let found = self.entries().into_iter().filter(|entry| is_in(entry) && is_after(entry));
        Ok(found.take((limit as usize).min(1_000)).collect())
    }
}

fn parts(path: &str) -> Vec<String> {
    path.split('/').map(str::to_owned).collect()
}

fn fits(bytes: &[u8]) -> Result<(), Error> {
    match bytes.len() {
        0..=PIECE => Ok(()),
        size => Err(Error::Invalid(format!("{size} bytes are too many"))),
    }
}

impl Folders for Tree {
    fn roots(&self) -> Result<Vec<Root>, Error> {
        Ok(vec![Root { name: "notes".into(), writable: true }])
    }

    fn list(&self, path: &str, after: Option<&str>, limit: u32) -> Result<Vec<Entry>, Error> {
        let after = after.map(|name| format!("{path}/{name}"));
        self.page(path, after.as_deref(), limit, false)
    }

    fn tree(&self, path: &str, after: Option<&str>, limit: u32) -> Result<Vec<Entry>, Error> {
        self.page(path, after, limit, true)
    }

    fn stat(&self, path: &str) -> Result<Entry, Error> {
        self.granted(path)?;
        let found = self.entries().into_iter().find(|entry| entry.path == path);
        found.ok_or_else(|| Error::NotFound(format!("`{path}`: there is no such file or folder")))
    }

    fn read(&self, path: &str, offset: u64, limit: u32) -> Result<Vec<u8>, Error> {
        self.granted(path)?;
        if self.broken.iter().any(|broken| broken == path) {
            return Err(Error::Failed(format!("`{path}` cannot be read")));
        }
        let files = self.files.borrow();
        let bytes = files.get(path).ok_or_else(|| Error::NotFound(format!("`{path}` is not there")))?;
        let rest = bytes.get(offset as usize..).unwrap_or_default();
        let piece = &rest[..rest.len().min(limit as usize).min(PIECE)];
        self.read.set(self.read.get() + piece.len());
        Ok(piece.to_vec())
    }

    fn create(&self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        match self.stat(path) {
            Ok(_) => Err(Error::Invalid(format!("`{path}`: there is something of that name already"))),
            Err(_) => self.replace(path, bytes),
        }
    }

    fn replace(&self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        self.granted(path)?;
        fits(bytes)?;
        self.files.borrow_mut().insert(path.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn edit(&self, path: &str, patches: &[Patch]) -> Result<(), Error> {
        self.granted(path)?;
        if let Some(text) = self.meanwhile.borrow_mut().pop() {
            self.files.borrow_mut().insert(path.to_owned(), text.into_bytes());
        }
        let mut files = self.files.borrow_mut();
        let bytes = files.get_mut(path).ok_or_else(|| Error::NotFound(format!("`{path}` is not there")))?;
        // From the last to the first, so that the offsets of those before stay.
        let mut changed = bytes.clone();
        for patch in patches.iter().rev() {
            let (start, end) = (patch.offset as usize, patch.offset as usize + patch.old.len());
            if bytes.get(start..end) != Some(&patch.old[..]) {
                return Err(Error::Unavailable(format!("`{path}` has other bytes by now")));
            }
            changed.splice(start..end, patch.new.iter().copied());
        }
        fits(&changed)?;
        *bytes = changed;
        Ok(())
    }

    fn append(&self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        self.granted(path)?;
        fits(bytes)?;
        self.files.borrow_mut().entry(path.to_owned()).or_default().extend(bytes);
        Ok(())
    }

    fn watch(&self, path: &str) -> Result<WatchId, Error> {
        self.stat(path)?;
        self.watches.set(self.watches.get() + 1);
        Ok(7)
    }

    fn changes(&self, id: WatchId, timeout: u32) -> Result<Vec<Change>, Error> {
        assert_eq!((id, timeout % 1_000), (7, 0));
        if self.changes.len() > 1_000 {
            return Err(Error::Exhausted(Exhaustion { limit: "changes".into(), detail: "many".into(), renews: None }));
        }
        Ok(self.changes.iter().map(|(path, event)| Change { path: path.clone(), event: *event }).collect())
    }

    fn unwatch(&self, _: WatchId) {
        self.watches.set(self.watches.get() - 1);
    }
}

/// The limit that an error names.
#[track_caller]
pub(crate) fn exhausted(error: Error) -> (String, String) {
    match error {
        Error::Exhausted(Exhaustion { limit, detail, .. }) => (limit, detail),
        other => panic!("it is not exhausted: {other:?}"),
    }
}

/// That an error says that the arguments make no sense, and these words.
#[track_caller]
pub(crate) fn invalid<T: std::fmt::Debug>(answer: Result<T, Error>, words: &str) {
    match answer {
        Err(Error::Invalid(why)) => assert!(why.contains(words), "it said: {why}"),
        other => panic!("it is not invalid: {other:?}"),
    }
}
