//! The archive read: every part must be the one that the manifest names at its place, with its size and its digest, up to the end.

use super::ArchiveError;
use super::manifest::{LONGEST, Manifest, NAME};
use flate2::bufread::GzDecoder;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::path::Path;

/// What may stand between the last part and the end: the zeros that end an archive.
const PADDING: u64 = 1 << 20;

/// Reads a whole backup and checks it; its files are written below `into`, when that is named.
pub(super) fn unpack(file: &Path, into: Option<&Path>) -> Result<Manifest, ArchiveError> {
    let packed = BufReader::new(File::open(file).map_err(ArchiveError::io(file))?);
    let mut archive = tar::Archive::new(GzDecoder::new(packed));
    let manifest = {
        let mut entries = archive.entries().map_err(|e| broken(NAME, &e))?;
        let mut entry = next(&mut entries, NAME)?;
        if entry.size() > LONGEST {
            return Err(damaged(NAME, "is longer than any that this host writes"));
        }
        let mut text = Vec::new();
        entry.read_to_end(&mut text).map_err(|e| broken(NAME, &e))?;
        let manifest = Manifest::parse(&text)?;
        drop(entry);
        for part in &manifest.files {
            let mut entry = next(&mut entries, &part.path)?;
            if entry.size() != part.bytes {
                return Err(damaged(
                    &part.path,
                    &format!("has {} bytes, and its manifest says {}", entry.size(), part.bytes),
                ));
            }
            let digest = match into {
                Some(folder) => write(&mut entry, &folder.join(&part.path), &part.path)?,
                None => digest(&mut entry, &mut io::sink(), |e| broken(&part.path, &e))?,
            };
            if digest != part.blake3 {
                return Err(damaged(&part.path, "is not what was kept: its digest is another"));
            }
        }
        if let Some(more) = entries.next() {
            more.map_err(|e| broken("(end)", &e))?;
            return Err(damaged("(end)", "is followed by more, which its manifest does not name"));
        }
        manifest
    };
    let mut unpacked = archive.into_inner();
    // Up to the end, where the checksum of the whole stands.
    let rest = io::copy(&mut (&mut unpacked).take(PADDING + 1), &mut io::sink()).map_err(|e| broken("(end)", &e))?;
    let mut packed = unpacked.into_inner();
    let more = packed.fill_buf().map_err(ArchiveError::io(file))?;
    if rest > PADDING || !more.is_empty() {
        return Err(damaged("(end)", "is followed by more, which is no part of it"));
    }
    Ok(manifest)
}

/// The next entry, which must be a file of that name.
fn next<'a, R: Read>(entries: &mut tar::Entries<'a, R>, expected: &str) -> Result<tar::Entry<'a, R>, ArchiveError> {
    let entry = match entries.next() {
        Some(entry) => entry.map_err(|e| broken(expected, &e))?,
        None => return Err(damaged(expected, "is missing: the archive ends before it")),
    };
    if *entry.path_bytes() != *expected.as_bytes() {
        let found = String::from_utf8_lossy(&entry.path_bytes()).escape_debug().to_string();
        return Err(damaged(expected, &format!("is missing: in its place stands `{found}`")));
    }
    if entry.header().entry_type() != tar::EntryType::Regular {
        return Err(damaged(expected, "is no regular file"));
    }
    Ok(entry)
}

fn write(from: &mut impl Read, path: &Path, part: &str) -> Result<String, ArchiveError> {
    let io = || ArchiveError::io(path);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(io())?;
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(io())?;
    let digest = digest(from, &mut file, |e| broken(part, &e))?;
    file.sync_all().map_err(io())?;
    Ok(digest)
}

/// Copies all that is read, and answers with its digest.
pub(super) fn digest(
    from: &mut impl Read,
    to: &mut impl Write,
    failed: impl Fn(io::Error) -> ArchiveError,
) -> Result<String, ArchiveError> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finalize().to_hex().to_string()),
            Ok(read) => read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(failed(e)),
        };
        hasher.update(&buffer[..read]);
        to.write_all(&buffer[..read]).map_err(&failed)?;
    }
}

fn damaged(part: &str, what: &str) -> ArchiveError {
    ArchiveError::Damaged { part: part.to_owned(), what: what.to_owned() }
}

fn broken(part: &str, error: &io::Error) -> ArchiveError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => damaged(part, "is not whole: the file ends in it"),
        io::ErrorKind::StorageFull | io::ErrorKind::PermissionDenied => {
            ArchiveError::Copy { part: part.to_owned(), what: error.to_string() }
        }
        _ => damaged(part, &format!("cannot be read: {error}")),
    }
}
