//! What is known of where files' words came from: labels that outlive the turn that wrote them, so that a file launders nothing.
//!
//! A log in the host's state: a line for each change, `[labels, "path"]`, durable before the file can be read; read as a whole and written
//! anew at the start. Reading a file is `private` in any case, so that label is not kept.
//!
//! Where a disk does not tell names apart by case or composition, one file has several. So labels are looked up by a folded path and join
//! those of all that fold to it, which may be too much and is never too little.

use super::error::Fault;
use loket_kernel::Labels;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use unicode_normalization::UnicodeNormalization as _;

/// The form of the log. A newer one is refused, not guessed at.
const FORM: &str = "{\"form\":1}";
/// The most files that have labels.
const MOST: usize = 1_000_000;
/// The name in a folder that stands for all in it. A file that is called so has no more labels than it should.
const ALL: &str = "*";
/// So many lines more than labels, and the log is written anew.
const SLACK: usize = 10_000;

/// Why the labels of files cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum MarksError {
    /// The log cannot be read or written.
    #[error("the labels of files in `{}` cannot be used: {source}; check the file's permissions and the disk's space", path.display())]
    Io {
        /// The log.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The log is not what this host writes.
    #[error(
        "the labels of files in `{}` are damaged in line {line}; put back a copy, or remove the file: then what was untrusted is not known any more",
        path.display()
    )]
    Damaged {
        /// The log.
        path: PathBuf,
        /// Where.
        line: usize,
    },
}

/// The labels of files.
#[derive(Debug)]
pub(super) struct Marks(Mutex<Log>);

#[derive(Debug)]
struct Log {
    path: PathBuf,
    file: File,
    /// How much of it is whole.
    size: u64,
    lines: usize,
    broken: bool,
    table: Table,
    count: usize,
    /// How often labels were taken away.
    dropped: u64,
}

/// By folded path, then by path.
type Table = BTreeMap<String, BTreeMap<String, Labels>>;

impl Marks {
    /// Reads the log, and writes it anew.
    pub(super) fn open(path: &Path) -> Result<Marks, MarksError> {
        let failed = |source| MarksError::Io { path: path.to_owned(), source };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => String::new(),
            Err(e) => return Err(failed(e)),
        };
        let table = read(&text).map_err(|line| MarksError::Damaged { path: path.to_owned(), line })?;
        let count = table.values().map(BTreeMap::len).sum();
        let (file, size) = write(path, &table).map_err(failed)?;
        Ok(Marks(Mutex::new(Log {
            path: path.to_owned(),
            file,
            size,
            lines: count,
            broken: false,
            table,
            count,
            dropped: 0,
        })))
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A file's labels, those of the folders around it among them.
    pub(super) fn of(&self, path: &Path) -> Labels {
        let (log, path) = (self.log(), folded(&key(path)));
        log.folded(&path).join(log.around(&path))
    }

    /// The labels of all that is in a folder.
    pub(super) fn within(&self, folder: &Path) -> Labels {
        let (log, path) = (self.log(), key(folder));
        let around = log.around(&folded(&path));
        log.below(&path).fold(around, |all, (_, labels)| all.join(labels))
    }

    /// All that is in a folder, now and later, gets these labels too: somebody may write there who does not tell what.
    pub(super) fn join_all(&self, folder: &Path, labels: Labels) -> Result<(), Fault> {
        self.join(&folder.join(ALL), labels)
    }

    /// A number that changes when labels are taken away: what was read in between may have had them.
    pub(super) fn dropped(&self) -> u64 {
        self.log().dropped
    }

    /// A file gets these labels too.
    pub(super) fn join(&self, path: &Path, labels: Labels) -> Result<(), Fault> {
        let (mut log, path) = (self.log(), key(path));
        let labels = log.at(&path).join(kept(labels));
        log.change([(path, labels)])
    }

    /// A file has these labels and no others.
    pub(super) fn set(&self, path: &Path, labels: Labels) -> Result<(), Fault> {
        self.log().change([(key(path), kept(labels))])
    }

    /// What is at a path and below it has no labels any more, as it is gone.
    pub(super) fn forget(&self, path: &Path) -> Result<(), Fault> {
        let mut log = self.log();
        let path = key(path);
        let is_it =
            |known: &str| known.strip_prefix(&path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let gone: Vec<_> =
            log.below(&path).filter(|(known, _)| is_it(known)).map(|(known, _)| (known, Labels::NONE)).collect();
        log.change(gone)
    }

    /// What will be at a path and below it gets the labels of what is at another, and these.
    pub(super) fn copy(&self, from: &Path, to: &Path, labels: Labels) -> Result<(), Fault> {
        let mut log = self.log();
        let (from, to) = (key(from), key(to));
        let depth = from.split('/').count();
        let mut new = BTreeMap::from([(to.clone(), kept(labels))]);
        let around = log.around(&folded(&from));
        if around != Labels::NONE {
            new.insert(to.clone(), kept(labels).join(around));
            new.insert(format!("{to}/{ALL}"), around);
        }
        for (known, labels) in log.below(&from) {
            let path = known.split('/').skip(depth).fold(to.clone(), |path, part| format!("{path}/{part}"));
            let all = new.entry(path).or_insert(Labels::NONE);
            *all = all.join(labels);
        }
        let new: Vec<_> = new.into_iter().map(|(path, labels)| (path.clone(), log.at(&path).join(labels))).collect();
        log.change(new)
    }
}

impl Log {
    fn folded(&self, path: &str) -> Labels {
        let all = self.table.get(path).into_iter().flat_map(BTreeMap::values);
        all.fold(Labels::NONE, |all, labels| all.join(*labels))
    }

    /// What the folders give that a folded path lies in.
    fn around(&self, path: &str) -> Labels {
        let folders = path.match_indices('/').map(|(end, _)| &path[..end]);
        folders.fold(Labels::NONE, |all, folder| all.join(self.folded(&format!("{folder}/{ALL}"))))
    }

    fn at(&self, path: &str) -> Labels {
        self.table.get(&folded(path)).and_then(|all| all.get(path)).copied().unwrap_or(Labels::NONE)
    }

    /// All that folds to a path or lies below what does.
    fn below(&self, path: &str) -> impl Iterator<Item = (String, Labels)> + use<> {
        let (it, inside) = (folded(path), folded(path) + "/");
        let range = self.table.range(it.clone()..).take_while(|(known, _)| known.starts_with(&it));
        let found: Vec<_> = range
            .filter(|(known, _)| **known == it || known.starts_with(&inside))
            .flat_map(|(_, all)| all.iter().map(|(path, labels)| (path.clone(), *labels)))
            .collect();
        found.into_iter()
    }

    /// Makes changes durable, then true.
    fn change(&mut self, changes: impl IntoIterator<Item = (String, Labels)>) -> Result<(), Fault> {
        let changes: Vec<_> = changes.into_iter().filter(|(path, labels)| self.at(path) != *labels).collect();
        if changes.is_empty() {
            return Ok(());
        }
        if self.count + changes.len() > MOST && changes.iter().any(|(_, labels)| *labels != Labels::NONE) {
            return Err(Fault::Exhausted("labels", format!("{MOST} files have labels; remove some of them")));
        }
        let text: String = changes.iter().map(|(path, labels)| line(path, *labels)).collect();
        self.append(&text).map_err(|e| Fault::Failed(format!("the labels of files cannot be kept: {e}")))?;
        self.lines += changes.len();
        for (path, labels) in changes {
            self.dropped += u64::from(!labels.contains(self.at(&path)));
            let is_new = self.at(&path) == Labels::NONE;
            self.count = if labels == Labels::NONE { self.count - 1 } else { self.count + usize::from(is_new) };
            put(&mut self.table, path, labels);
        }
        if self.lines > 2 * self.count + SLACK {
            // What is there is whole; a log that stays long does no harm.
            if let Ok((file, size)) = write(&self.path, &self.table) {
                (self.file, self.size, self.lines) = (file, size, self.count);
            }
        }
        Ok(())
    }

    fn append(&mut self, text: &str) -> io::Result<()> {
        if self.broken {
            return Err(io::Error::other("an earlier write broke off; restart the host"));
        }
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => self.size += text.len() as u64,
            // Half a line must not come before another.
            Err(_) => self.broken = self.file.set_len(self.size).is_err(),
        }
        written
    }
}

/// The labels that are worth keeping.
fn kept(labels: Labels) -> Labels {
    Labels::from_bits(labels.bits() & !Labels::PRIVATE.bits())
}

fn key(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// One form for all names that some disk takes for the same.
fn folded(path: &str) -> String {
    path.nfd().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfd().collect()
}

fn put(table: &mut Table, path: String, labels: Labels) {
    let fold = folded(&path);
    if labels != Labels::NONE {
        table.entry(fold).or_default().insert(path, labels);
    } else if let Some(all) = table.get_mut(&fold) {
        all.remove(&path);
        if all.is_empty() {
            table.remove(&fold);
        }
    }
}

fn line(path: &str, labels: Labels) -> String {
    format!("[{},{}]\n", labels.bits(), serde_json::Value::from(path))
}

/// Reads a log. A last line without its end was never acknowledged; any other that is wrong is damage.
fn read(text: &str) -> Result<Table, usize> {
    let mut table = Table::new();
    let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
    for (number, text) in whole.lines().enumerate() {
        match number {
            0 if text == FORM => {}
            0 => return Err(1),
            _ => {
                let (bits, path): (u8, String) = serde_json::from_str(text).map_err(|_| number + 1)?;
                put(&mut table, path, Labels::from_bits(bits));
            }
        }
    }
    Ok(table)
}

/// A log whose folder `from` is at `to` now, in another home. Lines that cannot be read stay as they are, for whoever opens it to say so.
pub fn moved(text: &str, from: &Path, to: &Path) -> String {
    let (from, to) = (key(from), key(to));
    let moved = |text: &str| {
        let (bits, path): (u8, String) = serde_json::from_str(text).ok()?;
        let rest = path.strip_prefix(&from).filter(|rest| rest.is_empty() || rest.starts_with('/'))?;
        Some(line(&format!("{to}{rest}"), Labels::from_bits(bits)))
    };
    text.split_inclusive('\n').map(|line| moved(line).unwrap_or_else(|| line.to_owned())).collect()
}

/// Writes a log as a whole or not at all.
fn write(path: &Path, table: &Table) -> io::Result<(File, u64)> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut part = tempfile::NamedTempFile::new_in(folder)?;
    let mut out = BufWriter::new(part.as_file_mut());
    writeln!(out, "{FORM}")?;
    for (path, labels) in table.values().flatten() {
        out.write_all(line(path, *labels).as_bytes())?;
    }
    out.flush()?;
    drop(out);
    part.as_file().sync_all()?;
    part.persist(path).map_err(|e| e.error)?;
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    let file = File::options().append(true).open(path)?;
    let size = file.metadata()?.len();
    Ok((file, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    const U: Labels = Labels::UNTRUSTED;
    const N: Labels = Labels::NONE;

    struct Home(tempfile::TempDir);

    impl Home {
        fn new() -> Home {
            Home(tempfile::tempdir().expect("a temporary folder"))
        }
        fn log(&self) -> PathBuf {
            self.0.path().join("file-labels")
        }
        fn open(&self) -> Marks {
            Marks::open(&self.log()).expect("it opens")
        }
    }

    fn p(path: &str) -> &Path {
        Path::new(path)
    }

    #[test]
    fn a_log_of_a_home_that_moved_names_its_files_where_they_are_now() {
        let home = Home::new();
        home.open().join(p("/old/home/agents/a/x"), U).expect("it is kept");
        home.open().join(p("/old/homes/x"), U).expect("it is kept");
        let text = std::fs::read_to_string(home.log()).expect("a log");
        std::fs::write(home.log(), moved(&text, p("/old/home"), p("/new"))).expect("it can be written");
        let marks = home.open();
        assert_eq!(["/new/agents/a/x", "/old/homes/x"].map(|path| marks.of(p(path))), [U, U]);
        assert_eq!(marks.of(p("/old/home/agents/a/x")), N);
    }

    #[test]
    fn labels_are_known_after_a_restart() {
        let home = Home::new();
        let marks = home.open();
        marks.join(p("/n/a"), U.join(Labels::PRIVATE)).expect("kept");
        marks.join(p("/n/b"), U).expect("kept");
        marks.set(p("/n/b"), N).expect("kept");
        drop(marks);
        let marks = home.open();
        assert_eq!((marks.of(p("/n/a")), marks.of(p("/n/b"))), (U, N));
    }

    #[test]
    fn a_name_that_some_disk_takes_for_another_has_its_labels() {
        let home = Home::new();
        let marks = home.open();
        marks.join(p("/n/Stra\u{df}e caf\u{e9}.md"), U).expect("kept");
        for same in ["/n/STRASSE CAF\u{c9}.MD", "/N/stra\u{df}e cafe\u{301}.md"] {
            assert_eq!(marks.of(p(same)), U, "{same}");
        }
        // Taking them from another name takes nothing from this one.
        marks.forget(p("/n/STRASSE CAF\u{c9}.MD")).expect("kept");
        assert_eq!(marks.of(p("/n/Stra\u{df}e caf\u{e9}.md")), U);
    }

    #[test]
    fn a_folders_labels_move_and_go_with_it() {
        let home = Home::new();
        let marks = home.open();
        for path in ["/n/a/x", "/n/a/y/z", "/n/ab"] {
            marks.join(p(path), U).expect("kept");
        }
        let before = marks.dropped();
        marks.copy(p("/n/a"), p("/m/b"), N).expect("kept");
        assert_eq!((marks.of(p("/m/b/x")), marks.of(p("/m/b/y/z")), marks.of(p("/n/a/x"))), (U, U, U));
        assert_eq!(marks.dropped(), before);
        marks.forget(p("/n/a")).expect("kept");
        assert_eq!((marks.of(p("/n/a/x")), marks.of(p("/n/a/y/z")), marks.of(p("/n/ab"))), (N, N, U));
        assert!(marks.dropped() > before);
    }

    #[test]
    fn who_writes_somewhere_in_a_folder_marks_all_in_it() {
        let home = Home::new();
        let marks = home.open();
        marks.join_all(p("/a/notes"), U).expect("it is kept");
        for (path, labels) in [("/a/notes/x", U), ("/a/notes/x/y", U), ("/a/notes-2/x", N), ("/a/x", N)] {
            assert_eq!(marks.of(p(path)), labels, "{path}");
        }
        for (folder, labels) in [("/a", U), ("/a/notes", U), ("/a/notes/x", U), ("/b", N)] {
            assert_eq!(marks.within(p(folder)), labels, "{folder}");
        }
        // What leaves the folder does not leave its labels there.
        marks.copy(p("/a/notes/x"), p("/b/x"), N).expect("it is kept");
        assert_eq!((marks.of(p("/b/x")), marks.of(p("/b/x/y"))), (U, U));
        marks.forget(p("/a/notes")).expect("it is kept");
        assert_eq!(marks.of(p("/a/notes/x")), N);
    }

    #[test]
    fn half_a_line_at_the_end_is_no_damage_and_anything_else_is() {
        let home = Home::new();
        home.open().join(p("/n/a"), U).expect("kept");
        let text = std::fs::read_to_string(home.log()).expect("it reads");
        for cut in 1..text.len() {
            std::fs::write(home.log(), &text[..cut]).expect("it can be written");
            let marks = home.open();
            assert_eq!(marks.of(p("/n/a")), N, "a line without its end was never acknowledged");
        }
        for wrong in ["{\"form\":2}\n", "\n", "{\"form\":1}\n[2,7]\n[2,\"/a\"]\n", "{\"form\":1}\nx\n"] {
            std::fs::write(home.log(), wrong).expect("it can be written");
            assert!(matches!(Marks::open(&home.log()), Err(MarksError::Damaged { .. })), "{wrong}");
        }
    }

    #[test]
    fn the_log_does_not_grow_without_end() {
        let home = Home::new();
        let marks = home.open();
        {
            let mut log = marks.log();
            log.lines = 2 * log.count + SLACK + 4;
        }
        marks.join(p("/n/a"), U).expect("kept");
        marks.join(p("/n/b"), U).expect("kept");
        assert!(marks.log().lines < SLACK);
        drop(marks);
        let marks = home.open();
        assert_eq!((marks.of(p("/n/a")), marks.of(p("/n/b"))), (U, U));
    }
}
