//! Components with damage, dropped into the registry of a home that is open: the whole host admits each or refuses it with a reason, and
//! serves on. The fuzz target `admission` does the same for as long as one likes.

use crate::house::built;
use loket::Host;
use loket::refresh::Look;
use rand::rngs::ChaCha12Rng;
use rand::{RngExt as _, SeedableRng as _};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The largest component that is damaged, in bytes: larger ones say nothing more, and take longer.
const LARGEST: u64 = 32 << 10;
/// How many are dropped.
const DROPS: u32 = 150;

/// The small components of a folder and those below it, in an order that is always the same.
fn small(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).expect("a folder").flatten().collect();
    entries.sort_by_key(fs::DirEntry::path);
    for entry in entries {
        let (path, data) = (entry.path(), entry.metadata().expect("it is there"));
        if data.is_dir() {
            small(&path, found);
        } else if path.extension().is_some_and(|end| end == "wasm") && data.len() < LARGEST {
            found.push(path);
        }
    }
}

/// Bytes that are not what they were: bits turned over, a piece gone, a piece twice, an end that is missing.
fn damaged(mut bytes: Vec<u8>, chance: &mut ChaCha12Rng) -> Vec<u8> {
    let (at, other) = (chance.random_range(0..bytes.len()), chance.random_range(0..bytes.len()));
    let (from, to) = (at.min(other), at.max(other).min(at.min(other) + 64));
    match chance.random_range(0..4) {
        0 => (0..chance.random_range(1..8)).for_each(|_| {
            let at = chance.random_range(0..bytes.len());
            bytes[at] ^= 1 << chance.random_range(0..8);
        }),
        1 => drop(bytes.drain(from..to)),
        2 => {
            let piece = bytes[from..to].to_vec();
            bytes.splice(at..at, piece);
        }
        _ => bytes.truncate(at),
    }
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_component_is_admitted_or_refused_with_a_reason_and_the_host_serves_on() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let host = Host::open(home.path()).await.expect("an empty home opens");
    let package = home.path().join("registry/test/damaged");
    fs::create_dir_all(&package).expect("it can be made");
    let mut samples = Vec::new();
    small(&built("LOKET_FIXTURES"), &mut samples);
    assert!(samples.len() > 5, "there is something to damage: {samples:?}");
    let mut chance = ChaCha12Rng::seed_from_u64(7);
    let mut refused = 0;
    for number in 0..DROPS {
        let sample = &samples[chance.random_range(0..samples.len())];
        let bytes = damaged(fs::read(sample).expect("it can be read"), &mut chance);
        let file = package.join(format!("0.0.{number}.wasm"));
        fs::write(&file, bytes).expect("it can be written");
        // Not of this moment: what is new and broken is given a second in which to become whole.
        let past = SystemTime::now() - Duration::from_secs(60);
        File::options().write(true).open(&file).and_then(|file| file.set_modified(past)).expect("it is there");
        host.refresh(&Look::default());
        let said: Vec<String> = host.world().packages.values().map(|package| package.state()).collect();
        let said: Vec<String> = said.into_iter().chain(host.stock().notes.clone()).collect();
        assert_eq!(said.len(), 1, "{} as number {number}: one thing is said of it: {said:?}", sample.display());
        assert!(!said[0].trim().is_empty(), "{} as number {number}: a refusal says why", sample.display());
        refused += u32::from(said[0] != "ready");
        fs::remove_file(&file).expect("it is there");
    }
    assert!(refused > DROPS / 2, "damage is seen: {refused} of {DROPS}");
    host.close().await;
}
