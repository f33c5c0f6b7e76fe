//! Lines that fit a pattern, in one file or in all below a folder, until there are enough or enough was looked at.

use crate::folders::Folders;
use crate::folders_wit::{self, Entry};
use crate::glob::Glob;
use crate::hit;
use crate::pattern::Pattern;
use crate::walk::{Step, Walk, below};
use crate::whole;
use crate::words::{bounded, count, shown};
use crate::{Casing, Error, Findings, Hit, Place, Reason, Skip};

/// How many lines are answered when nobody says.
pub const USUAL: u32 = 50;
/// How many are answered at most.
pub const MOST: u32 = 200;
/// How many files one call opens.
pub const FILES: u32 = 2_000;
/// How much work one call does: a byte is 1, or more where the pattern is slow.
pub const WORK: usize = 16 << 20;
/// How many of the files that were left out are told.
pub const SKIPPED: usize = 20;
/// How much of a file is read first, in bytes: most are no larger.
const FIRST: u32 = 64 << 10;

/// What is searched for, and in which files.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// The pattern.
    pub pattern: &'a str,
    /// How its letters are compared.
    pub casing: Casing,
    /// What the files' names fit.
    pub glob: Option<&'a str>,
    /// At most so many lines.
    pub limit: Option<u32>,
}

/// Searches a file or a folder.
///
/// # Errors
/// As the contract says.
pub fn search(
    folders: &impl Folders,
    path: &str,
    wanted: &Wanted<'_>,
    after: Option<Place>,
) -> Result<Findings, Error> {
    let limit = bounded("limit", wanted.limit, USUAL, MOST)? as usize;
    let pattern = Pattern::read(wanted.pattern, wanted.casing)?;
    let glob = wanted.glob.map(Glob::read).transpose()?;
    if let Some(place) = after.as_ref().filter(|place| place.path != path && below(path, &place.path).is_none()) {
        let (place, path) = (shown(&place.path), shown(path));
        return Err(Error::Invalid(format!("`after` is in {place}, which is not in {path}: pass what `next` was")));
    }
    let findings = Findings { next: None, searched: 0, skipped: vec![], hits: vec![] };
    let mut search = Search { folders, pattern, limit, opened: 0, work: 0, findings };
    let top = folders.stat(path)?;
    if top.kind != folders_wit::Kind::Folder {
        let from = after.and_then(|place| place.line).unwrap_or_default();
        search.file(&top, from)?;
        return Ok(search.findings);
    }
    search.below(path, glob.as_ref(), after)?;
    Ok(search.findings)
}

/// A search, as it goes.
struct Search<'a, F> {
    folders: &'a F,
    pattern: Pattern,
    limit: usize,
    opened: u32,
    work: usize,
    findings: Findings,
}

impl<F: Folders> Search<'_, F> {
    fn below(&mut self, path: &str, glob: Option<&Glob>, after: Option<Place>) -> Result<(), Error> {
        // The folder itself is no place after which its entries come.
        let after = after.filter(|place| place.path != path);
        let mut walk = Walk::new(self.folders, path, after.as_ref().map(|place| place.path.clone()));
        if let Some(Place { path, line: Some(line) }) = after {
            match self.folders.stat(&path) {
                Ok(begun) => self.file(&begun, line)?,
                Err(error) => self.skip(&path, unless_final(error)?),
            }
        }
        while self.findings.next.is_none() {
            let reached = walk.reached().map(|path| Place { path: path.to_owned(), line: None });
            match walk.step()? {
                Step::End => break,
                Step::Entry(entry) => {
                    let is_wanted = entry.kind == folders_wit::Kind::File
                        && glob.is_none_or(|glob| glob.fits(walk.below(&entry.path)));
                    if is_wanted && self.is_spent() {
                        self.findings.next = reached;
                    } else if is_wanted {
                        self.file(&entry, 0)?;
                    }
                }
                Step::Spent => self.findings.next = reached,
            }
        }
        Ok(())
    }

    fn is_spent(&self) -> bool {
        self.work >= WORK || self.opened >= FILES || self.findings.hits.len() >= self.limit
    }

    /// Searches a file behind a line.
    fn file(&mut self, entry: &Entry, from: u32) -> Result<(), Error> {
        let path = &entry.path;
        self.opened += 1;
        let bytes = match self.bytes(entry) {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(reason)) => {
                self.skip(path, reason);
                return Ok(());
            }
            Err(error) => {
                let reason = unless_final(error)?;
                self.skip(path, reason);
                return Ok(());
            }
        };
        self.findings.searched += 1;
        let mut rest = bytes.split_inclusive(|byte| *byte == b'\n').enumerate().skip(from as usize).peekable();
        while let Some((at, line)) = rest.next() {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let (fits, work) = self.pattern.fits(line);
            self.work += work;
            let number = count(at + 1);
            if fits {
                let text = hit::text(line, || self.pattern.place(line));
                self.findings.hits.push(Hit { path: path.clone(), line: number, text });
            }
            if self.is_spent() && rest.peek().is_some() {
                self.findings.next = Some(Place { path: path.clone(), line: Some(number) });
                return Ok(());
            }
        }
        Ok(())
    }

    /// A file's bytes, or why it is not searched.
    fn bytes(&mut self, entry: &Entry) -> Result<Result<Vec<u8>, Reason>, Error> {
        if entry.size > whole::LARGEST as u64 {
            return Ok(Err(Reason::TooLarge));
        }
        let mut bytes = self.folders.read(&entry.path, 0, FIRST)?;
        if whole::is_binary(&bytes) {
            self.work += bytes.len();
            return Ok(Err(Reason::Binary));
        }
        while !bytes.is_empty() && (bytes.len() as u64) < entry.size {
            let piece = self.folders.read(&entry.path, bytes.len() as u64, whole::PIECE)?;
            if piece.is_empty() {
                break;
            }
            bytes.extend(piece);
        }
        Ok(Ok(bytes))
    }

    fn skip(&mut self, path: &str, reason: Reason) {
        if self.findings.skipped.len() < SKIPPED {
            self.findings.skipped.push(Skip { path: path.to_owned(), reason });
        }
    }
}

/// What is wrong with one file ends no search; what is wrong with the call does.
fn unless_final(error: Error) -> Result<Reason, Error> {
    match error {
        Error::NotFound(_) | Error::Denied(_) | Error::Invalid(_) | Error::Failed(_) => Ok(Reason::Unreadable),
        other => Err(other),
    }
}
