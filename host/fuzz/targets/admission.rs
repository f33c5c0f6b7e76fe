//! A component's bytes, dropped into the registry of a home that is open: the whole host admits it or refuses it with a reason, and serves
//! on. Nothing of it runs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loket::Host;
use loket::refresh::Look;
use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// How many compiled components are kept before their folder is emptied.
const KEPT: u64 = 500;

struct Place {
    host: Host,
    package: PathBuf,
    compiled: PathBuf,
    _folder: TempDir,
    runtime: Runtime,
}

static PLACE: LazyLock<Place> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let runtime = Runtime::new().expect("a runtime");
    let host = runtime.block_on(Host::open(folder.path())).expect("an empty home opens");
    let package = folder.path().join("registry/fuzz/fuzz");
    fs::create_dir_all(&package).expect("it can be made");
    let compiled = folder.path().join("state/compiled");
    Place { host, package, compiled, _folder: folder, runtime }
});

static DROPPED: AtomicU64 = AtomicU64::new(1);

fuzz_target!(|bytes: &[u8]| {
    let place = &*PLACE;
    let _inside = place.runtime.enter();
    let number = DROPPED.fetch_add(1, Ordering::Relaxed);
    let file = place.package.join(format!("0.0.{number}.wasm"));
    fs::write(&file, bytes).expect("it can be written");
    // Not of this moment: what is new and broken is given a second in which to become whole.
    let past = SystemTime::now() - Duration::from_secs(60);
    File::options().write(true).open(&file).and_then(|file| file.set_modified(past)).expect("it is there");
    place.host.refresh(&Look::default());
    let world = place.host.world();
    let about = world.packages.values().map(|package| package.state()).chain(place.host.stock().notes.clone());
    let about: Vec<String> = about.collect();
    assert_eq!(about.len(), 1, "one thing is said of it: {about:?}");
    assert!(!about[0].trim().is_empty(), "a refusal says why");
    fs::remove_file(&file).expect("it is there");
    if number % KEPT == 0 {
        for compiled in fs::read_dir(&place.compiled).into_iter().flatten().flatten() {
            let _ = fs::remove_file(compiled.path());
        }
    }
});
