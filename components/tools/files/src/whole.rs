//! A file whole, up to a size; and whether it is text.

use crate::Error;
use crate::folders::Folders;
use crate::words::{exhausted, shown};

/// The largest file that is read or searched, in bytes.
pub const LARGEST: usize = 4 << 20;
/// The most that is read at once, in bytes: the contract's limit.
pub const PIECE: u32 = 1 << 20;
/// How far into a file a zero byte is looked for, in bytes: text has none.
const HEAD: usize = 8 << 10;

/// Whether these are the first bytes of something that is no text.
pub fn is_binary(bytes: &[u8]) -> bool {
    bytes[..bytes.len().min(HEAD)].contains(&0)
}

/// All bytes of a file.
///
/// # Errors
/// Those of the folders; `exhausted` for more than `most` bytes.
pub fn read(folders: &impl Folders, path: &str, most: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    loop {
        let piece = folders.read(path, bytes.len() as u64, PIECE)?;
        // Asking once more, to see that there is no more, could meet another file that took the place of this one.
        let is_last = piece.len() < PIECE as usize;
        bytes.extend(piece);
        if bytes.len() > most {
            let size = folders.stat(path).map_or(bytes.len() as u64, |entry| entry.size);
            return Err(exhausted(
                "file-size",
                format!("{} has {size} bytes, and {most} are the most: ask the owner for it in parts", shown(path)),
            ));
        }
        if is_last {
            return Ok(bytes);
        }
    }
}

/// A file that is no text.
pub fn no_text(path: &str, size: usize, why: &str) -> Error {
    Error::Failed(format!("{} is no text: {why}; it has {size} bytes, and is left as it is", shown(path)))
}
