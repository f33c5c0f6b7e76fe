//! Signed packages in real folders, and the stock `minisign` program as the other side of each claim.

use jiff::Timestamp;
use loket_registry::signature::{MAX_SIGNATURE_BYTES, statement};
use loket_registry::{
    Digest, Existing, PackageRef, PublicKey, PublishError, Registry, SecretKey, Signature, SignatureError, Standing,
    TrustedKeys,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const BYTES: &[u8] = b"a component";

struct Place {
    folder: TempDir,
    registry: Registry,
    calc: PackageRef,
    secret: SecretKey,
    public: PublicKey,
}

fn place() -> Place {
    let folder = TempDir::new().expect("a folder");
    let registry = Registry::open(vec![folder.path().join("registry")]).expect("open");
    let (text, public) = SecretKey::make(None).expect("made");
    fs::write(folder.path().join("own.key"), &text).expect("written");
    fs::write(folder.path().join("own.pub"), format!("untrusted comment: own\n{public}\n")).expect("written");
    let secret = SecretKey::open(&text, None).expect("read");
    Place { folder, registry, calc: "acme:calc@1.2.0".parse().expect("a reference"), secret, public }
}

impl Place {
    fn file(&self) -> PathBuf {
        self.folder.path().join("registry/acme/calc/1.2.0.wasm")
    }

    fn sidecar(&self) -> PathBuf {
        self.folder.path().join("registry/acme/calc/1.2.0.wasm.minisig")
    }

    fn sign(&self, bytes: &[u8]) -> Signature {
        Signature::make(&self.secret, &self.calc, bytes).expect("signed")
    }

    fn standing(&self, keys: &TrustedKeys) -> Standing {
        let package = self.registry.read(&self.calc).expect("read");
        keys.standing(&package, self.registry.signature(&self.calc).expect("read").as_ref())
    }

    /// Our own key, trusted as `own`.
    fn keys(&self) -> TrustedKeys {
        let mut keys = TrustedKeys::default();
        keys.trust("own", self.public.clone(), Timestamp::UNIX_EPOCH).expect("trusted");
        keys
    }
}

/// Runs the stock program; whether it is content.
fn minisign(folder: &Path, arguments: &[&str]) -> bool {
    let run = Command::new("minisign").args(arguments).current_dir(folder).output();
    let run = run.unwrap_or_else(|e| panic!("`minisign` does not run ({e}): install it, or run `cargo xtask test`"));
    run.status.success()
}

#[test]
fn the_stock_program_checks_what_we_sign() {
    let place = place();
    place.registry.publish_signed(BYTES, &place.calc, &place.sign(BYTES)).expect("published");
    let file = place.file().display().to_string();
    let check = ["-V", "-p", "own.pub", "-m", &file];
    assert!(minisign(place.folder.path(), &check));
    let told = Command::new("minisign").args(["-Q"]).args(check).current_dir(place.folder.path()).output();
    let told = String::from_utf8(told.expect("it runs").stdout).expect("UTF-8");
    assert_eq!(told.trim(), statement(&place.calc, Digest::of(BYTES)));
    fs::write(place.file(), b"a componenT").expect("written");
    assert!(!minisign(place.folder.path(), &check), "changed bytes");
}

#[test]
fn what_the_stock_program_signs_counts_when_it_says_what_it_must() {
    let place = place();
    place.registry.publish(BYTES, &place.calc, Existing::Keep).expect("published");
    let file = place.file().display().to_string();
    let says = statement(&place.calc, Digest::of(BYTES));
    let sign = ["-S", "-W", "-s", "own.key", "-m", &file];
    assert!(minisign(place.folder.path(), &[&sign[..], &["-t", &says]].concat()));
    assert!(matches!(place.standing(&place.keys()), Standing::Signed { name, .. } if name == "own"));
    // What it says by itself is about no package.
    assert!(minisign(place.folder.path(), &sign));
    assert!(matches!(place.standing(&place.keys()), Standing::Broken(SignatureError::Comment { .. })));
}

#[test]
fn a_key_of_the_stock_program_is_trusted_and_signs() {
    let place = place();
    assert!(minisign(place.folder.path(), &["-G", "-W", "-p", "theirs.pub", "-s", "theirs.key"]));
    let read = |name: &str| fs::read_to_string(place.folder.path().join(name)).expect("written");
    let public: PublicKey = read("theirs.pub").parse().expect("a public key");
    let secret = SecretKey::open(&read("theirs.key"), None).expect("a secret key");
    let signature = Signature::make(&secret, &place.calc, BYTES).expect("signed");
    place.registry.publish_signed(BYTES, &place.calc, &signature).expect("published");
    let mut keys = TrustedKeys::default();
    assert_eq!(place.standing(&keys), Standing::Unknown { id: public.id() });
    keys.trust("theirs", public, Timestamp::UNIX_EPOCH).expect("trusted");
    assert!(matches!(place.standing(&keys), Standing::Signed { .. }));
}

#[test]
fn a_revoked_or_unknown_key_does_not_count() {
    let place = place();
    let mut keys = place.keys();
    place.registry.publish(BYTES, &place.calc, Existing::Keep).expect("published");
    assert_eq!(place.standing(&keys), Standing::Unsigned);
    place.registry.publish_signed(BYTES, &place.calc, &place.sign(BYTES)).expect("it gets its signature");
    assert!(matches!(place.standing(&keys), Standing::Signed { .. }));
    keys.revoke("own", Timestamp::UNIX_EPOCH).expect("revoked");
    assert!(matches!(place.standing(&keys), Standing::Revoked { .. }));
    keys.remove("own").expect("removed");
    assert_eq!(place.standing(&keys), Standing::Unknown { id: place.public.id() });
}

#[test]
fn a_sidecar_that_is_no_signature_is_broken_and_never_unsigned() {
    let place = place();
    place.registry.publish(BYTES, &place.calc, Existing::Keep).expect("published");
    let long = "x".repeat(MAX_SIGNATURE_BYTES as usize + 1);
    for bad in ["", "no signature", &long] {
        fs::write(place.sidecar(), bad).expect("written");
        assert_eq!(place.standing(&place.keys()), Standing::Broken(SignatureError::Form), "{} bytes", bad.len());
    }
    fs::remove_file(place.sidecar()).and_then(|()| fs::create_dir(place.sidecar())).expect("a folder");
    assert_eq!(place.standing(&place.keys()), Standing::Broken(SignatureError::Form));
    #[cfg(unix)]
    {
        fs::remove_dir(place.sidecar()).expect("removed");
        let elsewhere = place.folder.path().join("elsewhere");
        fs::write(&elsewhere, place.sign(BYTES).to_string()).expect("written");
        std::os::unix::fs::symlink(&elsewhere, place.sidecar()).expect("linked");
        assert_eq!(place.standing(&place.keys()), Standing::Broken(SignatureError::Form));
    }
}

#[test]
fn a_version_that_is_there_keeps_its_bytes_and_its_signer() {
    let place = place();
    place.registry.publish_signed(BYTES, &place.calc, &place.sign(BYTES)).expect("published");
    let before = fs::read(place.sidecar()).expect("written");
    let other = place.registry.publish_signed(b"other", &place.calc, &place.sign(b"other"));
    assert!(matches!(other, Err(PublishError::Taken { .. })));
    let (text, _) = SecretKey::make(None).expect("made");
    let stranger = SecretKey::open(&text, None).expect("read");
    let stranger = Signature::make(&stranger, &place.calc, BYTES).expect("signed");
    let refused = place.registry.publish_signed(BYTES, &place.calc, &stranger);
    assert!(matches!(refused, Err(PublishError::SignedOtherwise { by, .. }) if by == place.public.id()));
    place.registry.publish_signed(BYTES, &place.calc, &place.sign(BYTES)).expect("nothing to do");
    place.registry.publish(BYTES, &place.calc, Existing::Keep).expect("nothing to do");
    assert_eq!(fs::read(place.sidecar()).expect("it is there"), before);
}

#[test]
fn a_signature_that_was_left_behind_is_not_taken_for_the_next_ones() {
    let place = place();
    place.registry.publish_signed(BYTES, &place.calc, &place.sign(BYTES)).expect("published");
    fs::remove_file(place.file()).expect("removed");
    place.registry.publish(b"other", &place.calc, Existing::Keep).expect("published");
    assert_eq!(place.standing(&place.keys()), Standing::Unsigned);
    // Nor is that of the bytes before, where a developer's build replaces them.
    place.registry.publish_signed(b"other", &place.calc, &place.sign(b"other")).expect("it gets one");
    place.registry.publish(BYTES, &place.calc, Existing::Replace).expect("replaced");
    assert_eq!(place.standing(&place.keys()), Standing::Unsigned);
}

#[test]
fn whoever_watches_a_signed_package_come_never_sees_it_unsigned() {
    for round in 0..20_u8 {
        let place = place();
        let bytes = vec![round; 200_000];
        let signature = place.sign(&bytes);
        std::thread::scope(|threads| {
            let watching = threads.spawn(|| {
                loop {
                    let Ok(package) = place.registry.read(&place.calc) else { continue };
                    let signature = place.registry.signature(&place.calc).expect("read");
                    return place.keys().standing(&package, signature.as_ref());
                }
            });
            place.registry.publish_signed(&bytes, &place.calc, &signature).expect("published");
            let seen = watching.join().expect("it watched");
            assert!(matches!(seen, Standing::Signed { .. }), "{seen:?}");
        });
    }
}

#[test]
fn a_scan_tells_a_signature_from_another_in_its_place() {
    let place = place();
    let found = || place.registry.scan().found.remove(0);
    place.registry.publish(BYTES, &place.calc, Existing::Keep).expect("published");
    let unsigned = found();
    assert_eq!(unsigned.signature, None);
    place.registry.publish_signed(BYTES, &place.calc, &place.sign(BYTES)).expect("signed");
    let signed = found();
    assert!(signed.signature.is_some() && signed != unsigned);
    assert_eq!(found(), signed, "nothing has changed");
    fs::write(place.sidecar(), "another").expect("written");
    assert_ne!(found(), signed);
    fs::remove_file(place.sidecar()).expect("removed");
    assert_eq!(found(), unsigned);
}
