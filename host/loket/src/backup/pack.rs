//! The archive written: the manifest, then each file as it lies in a folder.

use super::ArchiveError;
use super::manifest::{Manifest, NAME};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::Path;

/// Writes a folder's files as a backup, durably.
pub(super) fn pack(manifest: &Manifest, folder: &Path, into: &mut File, shown: &Path) -> Result<(), ArchiveError> {
    let io = || ArchiveError::io(shown);
    let packer = GzEncoder::new(BufWriter::new(&mut *into), Compression::fast());
    let mut archive = tar::Builder::new(packer);
    let text = serde_json::to_vec_pretty(manifest).map_err(|e| io()(e.into()))?;
    archive.append_data(&mut head(text.len() as u64), NAME, &*text).map_err(io())?;
    for part in &manifest.files {
        let path = folder.join(&part.path);
        let file = File::open(&path).map_err(ArchiveError::io(&path))?;
        archive.append_data(&mut head(part.bytes), &part.path, BufReader::new(file)).map_err(io())?;
    }
    let mut out = archive.into_inner().and_then(GzEncoder::finish).map_err(io())?;
    out.flush().map_err(io())?;
    drop(out);
    into.sync_all().map_err(io())
}

fn head(size: u64) -> tar::Header {
    let mut head = tar::Header::new_gnu();
    head.set_entry_type(tar::EntryType::Regular);
    head.set_mode(0o600);
    head.set_size(size);
    head
}
