//! What was remembered since the database was last written: one append and one sync, where the database would need twenty pages.
//!
//! A transaction of nothing but new memories goes to the end of `brain.log`, and into the database in memory only, where every reader
//! sees it. Any other transaction is written to the database itself, as is one after a while and whenever the brain rests; it takes along
//! all that is in the log, which begins anew then. The database says up to which frame it has the log's, so that nothing is done twice.
//!
//! ```text
//!   log    = magic frame*              magic: `loketlog`
//!   frame  = length number seal body   length: u32 of the body; number: u64, each one more than the last; little-endian
//!   seal   = half of the BLAKE3 of the brain's own number, the frame's number and the body
//!   body   = (id, record)*             in postcard, as `memories` has them
//! ```
//!
//! A frame at the end that is not whole was never acknowledged. One in the middle is damage, and is told.

use crate::error::BrainError;
use crate::private;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The log's file in a brain's folder.
pub(crate) const FILE: &str = "brain.log";
const MAGIC: &[u8; 8] = b"loketlog";
const HEAD: usize = 4 + 8 + 16;
/// A log is taken over by the database long before it is so long.
const MOST: u64 = 256 << 20;
/// So many bytes make it worth taking over, and are read again within a few milliseconds after a crash.
const ENOUGH: u64 = 128 << 10;

/// Longer than this it gets only when nobody has time to take it over: then the next write does.
const FULL: u64 = 4 << 20;

/// A memory that was remembered: the id that it got, and the record as it was then.
pub(crate) type Logged = (u128, Vec<u8>);

pub(crate) struct Log {
    path: PathBuf,
    brain: u128,
    /// Opened at the first append.
    file: Option<File>,
    /// Where the next frame goes; nothing behind it counts.
    end: u64,
    /// The number of the last frame, or of the last transaction that was written to the database itself: those have numbers, too, so that
    /// a log fits the one moment of the database that it follows.
    last: u64,
    /// Something is in the file that was taken back and could not be taken out.
    unclean: bool,
}

/// Whether it is time for the database to take a log of so many bytes over.
pub(crate) fn is_long(bytes: u64) -> bool {
    bytes > ENOUGH
}

/// A frame, whole.
struct Frame<'b> {
    number: u64,
    body: &'b [u8],
}

impl<'b> Frame<'b> {
    /// The frame at a place, if there is a whole one.
    fn at(bytes: &'b [u8], at: usize, brain: u128) -> Option<Frame<'b>> {
        let (head, rest) = bytes.get(at..)?.split_at_checked(HEAD)?;
        let length = u32::from_le_bytes(head[..4].try_into().ok()?);
        let number = u64::from_le_bytes(head[4..12].try_into().ok()?);
        let body = rest.get(..length as usize)?;
        (head[12..] == seal(brain, number, body)).then_some(Frame { number, body })
    }
}

fn seal(brain: u128, number: u64, body: &[u8]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&brain.to_le_bytes()).update(&number.to_le_bytes()).update(body);
    let mut half = [0; 16];
    half.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    half
}

impl Log {
    /// Opens a brain's log; answers also with the frames that the database, which has those up to `known`, does not have.
    pub(crate) fn open(dir: &Path, brain: u128, known: u64) -> Result<(Log, Vec<Vec<Logged>>), BrainError> {
        let path = dir.join(FILE);
        let mut bytes = Vec::new();
        match File::open(&path) {
            Ok(file) => {
                file.take(MOST).read_to_end(&mut bytes)?;
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        let mut log = Log { path, brain, file: None, end: 0, last: known, unclean: false };
        let frames = log.read(&bytes)?;
        Ok((log, frames))
    }

    fn read(&mut self, bytes: &[u8]) -> Result<Vec<Vec<Logged>>, BrainError> {
        let (known, mut frames) = (self.last, Vec::new());
        // A first append that was cut off leaves a part of it, or a place for it.
        if bytes.iter().all(|byte| *byte == 0) || MAGIC.starts_with(bytes) {
            return Ok(frames);
        }
        if !bytes.starts_with(MAGIC) {
            let hollow = bytes.iter().take(MAGIC.len()).all(|byte| *byte == 0);
            if hollow && !(1..bytes.len()).any(|later| self.follows(bytes, later)) {
                return Ok(frames);
            }
            return Err(self.damaged("it does not begin as one"));
        }
        let mut at = MAGIC.len();
        while let Some(frame) = Frame::at(bytes, at, self.brain) {
            if frame.number > known {
                if frame.number != self.last + 1 {
                    return Err(self.damaged("it lacks what was remembered before it"));
                }
                frames.push(postcard::from_bytes(frame.body).map_err(|error| self.damaged(&error.to_string()))?);
                self.last = frame.number;
            }
            at += HEAD + frame.body.len();
        }
        if (at + 1..bytes.len()).any(|later| self.follows(bytes, later)) {
            return Err(self.damaged(&format!("what stands at byte {at} cannot be read")));
        }
        if at < bytes.len() {
            let path = self.path.display();
            tracing::warn!(log = %path, at, "the end of the log is not whole: a write that was cut off before it was answered");
        }
        self.end = at as u64;
        Ok(frames)
    }

    /// Whether a whole frame of this log is at this place, behind something that is none.
    fn follows(&self, bytes: &[u8], at: usize) -> bool {
        let number = bytes.get(at + 4..at + 12).and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes);
        // Looked at closely only where a number stands that can be one.
        number.is_some_and(|number| number > self.last && number - self.last < 1 << 20)
            && Frame::at(bytes, at, self.brain).is_some()
    }

    fn damaged(&self, what: &str) -> BrainError {
        BrainError::Damaged {
            what: format!("the brain's log `{}` cannot be used: {what}", self.path.display()),
            next: "put back a copy of the whole folder; or move this file away, and do without what was remembered \
                   last"
                .to_owned(),
        }
    }

    /// The number of the last transaction.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// Notes that a transaction of this number was written to the database itself.
    pub(crate) fn passed(&mut self, number: u64) {
        self.last = number;
    }

    /// Whether more may go into it: there is room, and nothing in it that should not be.
    pub(crate) fn takes_more(&self) -> bool {
        !self.unclean && self.end < FULL
    }

    /// Whether there is anything in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.end == 0 && !self.unclean
    }

    /// Puts memories at the end, and answers once they are on the disk. What could not be written is taken back.
    pub(crate) fn append(&mut self, memories: &[Logged]) -> Result<(), BrainError> {
        let body = postcard::to_stdvec(memories)
            .map_err(|error| BrainError::Invalid(format!("these memories cannot be stored: {error}")))?;
        let length = u32::try_from(body.len()).ok().filter(|length| u64::from(*length) < MOST / 2);
        let length = length.ok_or_else(|| BrainError::Invalid("too much to remember at a time".to_owned()))?;
        let number = self.last + 1;
        let mut bytes = if self.end == 0 { MAGIC.to_vec() } else { Vec::new() };
        bytes.extend(length.to_le_bytes());
        bytes.extend(number.to_le_bytes());
        bytes.extend(seal(self.brain, number, &body));
        bytes.extend(body);
        let end = self.end;
        if let Err(error) = self.write(&bytes) {
            self.cut(end)?;
            return Err(error.into());
        }
        self.end = end + bytes.len() as u64;
        self.last = number;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        if self.file.is_none() {
            let file = private::append_to(&self.path)?;
            // What a write that was cut off left behind.
            file.set_len(self.end)?;
            // Whoever made it may not have come so far.
            private::sync_folder(self.path.parent().unwrap_or(&self.path))?;
            self.file = Some(file);
        }
        let mut file = self.file.as_ref().ok_or(ErrorKind::NotFound)?;
        file.seek(SeekFrom::Start(self.end))?;
        file.write_all(bytes)?;
        file.sync_data()
    }

    /// Takes the last append back, as the database could not follow.
    pub(crate) fn take_back(&mut self, end: u64) -> Result<(), BrainError> {
        self.last -= 1;
        self.cut(end)
    }

    /// Where the log ends: how many bytes it has.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    fn cut(&mut self, end: u64) -> Result<(), BrainError> {
        self.end = end;
        if let Some(file) = &self.file {
            self.unclean = true;
            file.set_len(end)?;
            file.sync_data()?;
            self.unclean = false;
        }
        Ok(())
    }

    /// Begins anew: the database has everything on disk.
    pub(crate) fn clear(&mut self) -> std::io::Result<()> {
        if self.file.is_none() && self.path.is_file() {
            self.file = Some(private::append_to(&self.path)?);
        }
        if let Some(file) = &self.file {
            file.set_len(0)?;
        }
        (self.end, self.unclean) = (0, false);
        Ok(())
    }

    /// The same, for good: nothing comes back after a power cut either.
    pub(crate) fn wipe(&mut self) -> std::io::Result<()> {
        self.clear()?;
        self.file.as_ref().map_or(Ok(()), File::sync_data)
    }
}
