//! What scanners found, kept on disk: a file for each subject, with the findings of each scanner under that scanner's digest.
//!
//! What is kept says nothing of the owner's policy, which judges it each time. A file that is torn or damaged counts as none.

use crate::home::make_private;
use loket_guardian::scan::Finding;
use loket_providers::scan::{Inspected, Part};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

/// Findings by the digest of the scanner.
pub(super) type Found = BTreeMap<String, Vec<Finding>>;

/// So many files are kept; beyond it all are let go, and made again.
const MOST: usize = 20_000;
/// The longest file that is read.
const MOST_BYTES: u64 = 32 << 20;

/// The folder, or none.
#[derive(Debug, Default)]
pub(crate) struct Cache(Option<PathBuf>);

impl Cache {
    /// A cache in this folder, which is made when it is not there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn open(folder: PathBuf) -> io::Result<Cache> {
        make_private(&folder)?;
        if std::fs::read_dir(&folder)?.count() > MOST {
            std::fs::remove_dir_all(&folder)?;
            make_private(&folder)?;
        }
        Ok(Cache(Some(folder)))
    }

    pub(super) fn read(&self, key: &str) -> Found {
        let read = || -> Option<Found> {
            let path = self.0.as_ref()?.join(key);
            if std::fs::metadata(&path).ok()?.len() > MOST_BYTES {
                return None;
            }
            let text = std::fs::read_to_string(path).ok()?;
            let (digest, found) = text.split_once('\n')?;
            (blake3::hash(found.as_bytes()).to_hex().as_str() == digest).then(|| serde_json::from_str(found).ok())?
        };
        read().unwrap_or_default()
    }

    /// Keeps findings. What cannot be kept is found again.
    pub(super) fn write(&self, key: &str, found: &Found) {
        static PARTS: AtomicU64 = AtomicU64::new(0);
        let Some(folder) = &self.0 else { return };
        let Ok(text) = serde_json::to_string(found) else { return };
        let part = folder.join(format!("{key}.{}-{}", std::process::id(), PARTS.fetch_add(1, Ordering::Relaxed)));
        let text = format!("{}\n{text}", blake3::hash(text.as_bytes()).to_hex());
        let written = std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, folder.join(key)));
        if let Err(error) = written {
            tracing::warn!(%error, "what scanners found cannot be kept; they look again at the next start");
            let _ = std::fs::remove_file(part);
        }
    }
}

/// The name of a subject's file: all that scanners are shown, and may ask about besides, goes into it.
pub(super) fn key(subject: &Inspected) -> String {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    let mut add_part = |part: Option<&Part>| {
        let Some(part) = part else { return add("-") };
        add(part.name.as_deref().unwrap_or("-"));
        add(&part.digest);
        for (name, text) in &part.documents {
            add(name);
            add(text);
        }
        add("");
        add(&format!("{:?}", part.signature));
    };
    add_part(Some(&subject.candidate));
    add_part(subject.replaced.as_ref());
    add(subject.known.digest());
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use loket_guardian::scan::Severity;
    use loket_providers::scan::{Known, Signature};
    use std::sync::Arc;

    fn part(name: &str, digest: &str, persona: &str) -> Part {
        let documents = vec![("persona.md".to_owned(), persona.to_owned())];
        Part {
            name: Some(name.to_owned()),
            digest: digest.to_owned(),
            bytes: Arc::new([]),
            role: "tool",
            surface: None,
            documents,
            signature: None,
        }
    }

    #[test]
    fn whatever_scanners_are_shown_has_a_file_of_its_own() {
        let with = |candidate, replaced, known: &Arc<Known>| Inspected { candidate, replaced, known: known.clone() };
        let (nothing, folder) = (Arc::default(), tempfile::tempdir().expect("a temporary folder"));
        std::fs::write(folder.path().join("known-bad.toml"), "").expect("it can be written");
        let something = Arc::new(Known::read(folder.path()));
        let one = |replaced| with(part("a:b", "1", "x"), replaced, &nothing);
        let other = |candidate| with(candidate, None, &nothing);
        let signed = |signature| other(Part { signature: Some(signature), ..part("a:b", "1", "x") });
        let keys = [
            key(&one(None)),
            key(&one(Some(part("a:b", "0", "")))),
            key(&one(Some(part("a:b", "2", "")))),
            key(&other(part("a:c", "1", "x"))),
            key(&other(part("a:b", "2", "x"))),
            key(&other(part("a:b", "1", "y"))),
            key(&signed(Signature::Unsigned)),
            key(&signed(Signature::Unknown("k".into()))),
            key(&signed(Signature::Revoked("k".into()))),
            key(&with(part("a:b", "1", "x"), None, &something)),
        ];
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(key), "{at}");
        }
        assert_eq!(keys[0], key(&one(None)));
    }

    #[test]
    fn what_was_found_is_read_back_and_what_is_damaged_counts_as_none() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let cache = Cache::open(folder.path().join("scans")).expect("it can be made");
        let finding = Finding {
            id: "x/y".into(),
            severity: Severity::High,
            title: "t".into(),
            message: "m".into(),
            evidence: vec![],
            remedy: "r".into(),
        };
        let found = Found::from([("scanner".to_owned(), vec![finding])]);
        assert!(cache.read("key").is_empty());
        cache.write("key", &found);
        assert_eq!(cache.read("key"), found);
        let path = folder.path().join("scans/key");
        let text = std::fs::read_to_string(&path).expect("it is there");
        // Somebody would rather have nothing found.
        for damaged in [text.replace("high", "info"), text[..text.len() / 2].to_owned(), String::new()] {
            std::fs::write(&path, damaged).expect("it can be written");
            assert!(cache.read("key").is_empty());
        }
    }
}
