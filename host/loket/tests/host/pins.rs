//! What runs is pinned to its bytes: in a file that says so, checked whenever something is about to run.

use crate::hot_load::until;
use crate::house::House;
use crate::signing::{Signer, fixture};
use loket::Host;
use loket_registry::{Digest, Lock};
use std::fs;
use std::path::PathBuf;

const ECHO: &str = "test/echo/0.1.0.wasm";
const ABACUS: &str = "acme/abacus/1.2.0.wasm";
const THING: &str = "drop:thing@1.0.0";

impl House {
    pub(crate) fn lock(&self) -> Lock {
        let text = fs::read_to_string(self.folder.path().join("loket.lock")).expect("it is there");
        Lock::parse(&text).expect("it is a lock")
    }

    /// The digest that a version is pinned to.
    pub(crate) fn pinned(&self, package: &str) -> Option<Digest> {
        self.lock().pinned(&package.parse().expect("a reference")).map(|pin| pin.digest)
    }

    pub(crate) fn file(&self, package: &str) -> PathBuf {
        let (name, version) = package.split_once('@').expect("a version");
        self.folder.path().join("registry").join(name.replace(':', "/")).join(format!("{version}.wasm"))
    }

    /// Puts other bytes in the place of a version, in one step, past all commands.
    pub(crate) fn overwrite(&self, package: &str, bytes: &[u8]) {
        let (file, beside) = (self.file(package), self.file(package).with_file_name(".beside"));
        fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, &file)).expect("it can be written");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lock_has_the_digest_of_all_that_runs_and_of_nothing_else() {
    let house = House::watched().await;
    let (echo, anna) = (fixture(ECHO), Signer::new());
    house.trust("anna", &anna).await;
    house.publish(THING, &echo, Some(&anna)).await;
    // It may not run: it was granted nothing of what it asks for.
    house.publish("drop:more@1.0.0", &fixture("test/escaper/0.1.0.wasm"), None).await;
    assert_eq!(house.pinned(THING), Some(Digest::of(&echo)));
    let lock = house.lock();
    let pin = lock.pinned(&THING.parse().expect("a reference")).expect("pinned");
    assert_eq!(pin.signer.as_ref(), Some(&anna.public));
    assert_eq!(house.pinned("drop:more@1.0.0"), None);
    assert!(house.pinned("loket:assistant@0.1.0").is_some(), "what agents run is pinned, too");
    fs::remove_file(house.file(THING)).expect("it can be removed");
    until("a pin goes with its file", async || house.pinned(THING).is_none()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_bytes_in_a_namespace_of_nobodys_are_taken_up_and_the_ledger_says_so() {
    let house = House::watched().await;
    let (echo, abacus) = (fixture(ECHO), fixture(ABACUS));
    house.publish(THING, &echo, None).await;
    house.overwrite(THING, &abacus);
    until("it is pinned anew", async || house.pinned(THING) == Some(Digest::of(&abacus))).await;
    assert_eq!(house.acts("pinned anew", &Digest::of(&echo).hex()).await, 1);
    // While no host was there to see it.
    let (folder, file) = (house.folder.clone(), house.file(THING));
    house.close().await;
    fs::write(file, &echo).expect("it can be written");
    let house = House::open(folder).await;
    assert_eq!(house.pinned(THING), Some(Digest::of(&echo)));
    assert_eq!(house.acts("pinned anew", "drop:thing").await, 2);
    let house = house.restart().await;
    assert_eq!(house.acts("pinned anew", "drop:thing").await, 2, "a start alone is no news");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_lock_is_not_taken_for_an_empty_one() {
    let folder = House::new().await.close().await;
    fs::write(folder.path().join("loket.lock"), "form = 1\n[[package]]\n").expect("it can be written");
    let refused = Host::open(folder.path()).await.map(drop).expect_err("it is damaged");
    assert!(refused.message.contains("`loket.lock` cannot be read"), "{refused:?}");
}
