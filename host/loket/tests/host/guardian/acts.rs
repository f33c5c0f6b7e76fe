//! What the owner does in a sealed home: it stays as easy as before, and what is sealed changes by a seal alone.

use super::{Owner, PASSPHRASE};
use crate::hot_load::until;
use crate::house::House;
use crate::process::{home, loket, says};
use crate::signing::{Signer, fixture};
use loket_gateways::desk::{Desk, KeyRequest, SealRequest, StatementRequest};
use serde_json::Value as Json;
use std::path::Path;

#[tokio::test(flavor = "multi_thread")]
async fn what_the_host_writes_itself_needs_no_new_seal() {
    let (house, _, anna) = House::sealed("").await;
    house.grant("bob", "loket:clock").await;
    house.revoke("bob", "loket:clock").await;
    house.grant("bob", "loket:calc").await;
    house.publish("drop:other@1.0.0", &fixture("acme/abacus/1.2.0.wasm"), Some(&anna)).await;
    std::fs::remove_file(house.file("drop:other@1.0.0")).expect("it can be removed");
    house.refresh();
    assert_eq!(house.looked().await.state, "sealed");
    let house = house.restart().await;
    let status = house.host.guardian().await.expect("it tells");
    assert_eq!((status.state.as_str(), status.faults), ("sealed", vec![]));
    assert!(house.host.grants(Some("bob")).await.expect("listed").iter().any(|grant| grant.capability == "loket:calc"));
    assert!(house.serves().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_trusted_in_a_sealed_home_once_it_is_sealed() {
    let (house, owner, _) = House::sealed("").await;
    let ben = Signer::new();
    let request = KeyRequest { name: "ben".into(), public: ben.public.to_string() };
    let told = house.host.key_trust(request.clone()).await.expect("it can be");
    assert!(told.waits_for_seal);
    assert_eq!(house.host.keys().await.expect("listed").len(), 1, "not yet");
    assert_eq!(house.looked().await.state, "sealed", "nothing changed so far");
    house.seal(&owner).await.expect("it is sealed");
    assert_eq!(house.host.keys().await.expect("listed").len(), 2);
    let house = house.restart().await;
    assert_eq!(house.host.keys().await.expect("listed").len(), 2);
    assert_eq!(house.looked().await.state, "sealed");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sealed_but_what_was_signed_by_the_owner_as_it_is_now() {
    let (house, owner, _) = House::sealed("").await;
    let ask = || house.host.guardian_statement(StatementRequest { key: Some(owner.public()) });
    let signed = ask().await.expect("there is a key");
    let signature = owner.sign(&signed.statement, &signed.comment);
    for (statement, signature, code) in [
        (signed.statement.clone(), owner.sign(&signed.statement, "end of safe mode"), "denied"),
        (signed.statement.clone(), "no signature".to_owned(), "denied"),
        (signed.statement.replace("form = 1", "form = 2"), signature.clone(), "invalid"),
        (String::new(), signature.clone(), "invalid"),
        (format!("{}\n", signed.statement), signature.clone(), "denied"),
    ] {
        let refused = house.host.guardian_seal(SealRequest { statement, signature }).await.expect_err("not this");
        assert_eq!(refused.code, code, "{refused:?}");
    }
    // It was signed, and then something changed.
    let settings = house.folder.path().join("loket.toml");
    let text = std::fs::read_to_string(&settings).expect("it is there");
    std::fs::write(&settings, format!("{text}\n[scan]\nhigh = \"inform\"\n")).expect("it can be written");
    let request = SealRequest { statement: signed.statement, signature };
    let refused = house.host.guardian_seal(request).await.expect_err("it is another policy");
    assert!(refused.message.contains("loket.toml"), "{refused:?}");
    // Seen, and sealed as it is.
    assert_eq!(house.looked().await.state, "safe-mode");
    let sealed = house.seal(&owner).await.expect("it is sealed");
    assert_eq!((sealed.state.as_str(), sealed.faults), ("sealed", vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_that_the_owner_changed_is_judged_anew_when_it_is_sealed() {
    let (house, owner, _) = House::sealed("").await;
    // Nobody signed in this namespace: there, what the owner builds anew is taken up.
    house.publish("mine:thing@1.0.0", &fixture(super::ECHO), None).await;
    house.overwrite("mine:thing@1.0.0", &fixture("acme/abacus/1.2.0.wasm"));
    house.refresh();
    assert_eq!(house.looked().await.state, "safe-mode");
    let digest = loket_registry::Digest::of(&fixture(super::ECHO));
    assert_eq!(house.pinned("mine:thing@1.0.0"), Some(digest), "the old bytes go on");
    house.seal(&owner).await.expect("it is sealed");
    let digest = loket_registry::Digest::of(&fixture("acme/abacus/1.2.0.wasm"));
    until("the new ones are let run", async || house.pinned("mine:thing@1.0.0") == Some(digest)).await;
    assert_eq!(house.looked().await.state, "sealed");
    // In one that is somebody's they wait.
    house.overwrite("drop:thing@1.0.0", &fixture("acme/abacus/1.2.0.wasm"));
    assert_eq!(house.looked().await.state, "safe-mode");
    house.seal(&owner).await.expect("it is sealed");
    let packages = house.host.packages().await.expect("listed");
    assert!(packages.iter().any(|p| p.name == "drop:thing" && p.waits.is_some()), "{packages:?}");
}

fn passphrase(home: &Path, name: &str, text: &str) -> String {
    let file = home.join(name);
    std::fs::write(&file, format!("{text}\n")).expect("it can be written");
    file.display().to_string()
}

#[test]
fn the_owner_seals_and_leaves_by_the_command_line_with_the_passphrase_alone() {
    let home = home();
    let home = home.path();
    let (right, wrong) = (passphrase(home, "right", PASSPHRASE), passphrase(home, "wrong", "battery"));
    let status = |of: &str| -> Json { serde_json::from_str(&says(home, &["--json", "guardian", of])).expect("JSON") };
    assert_eq!(status("status")["state"], "unsealed");
    assert!(says(home, &["guardian", "status"]).contains("loket guardian seal"));
    let sealed = says(home, &["guardian", "seal", "--passphrase-file", &right]);
    assert!(sealed.contains("owner.key") && sealed.contains("trusted-keys.toml"), "{sealed}");
    let sealed = status("verify");
    assert_eq!(sealed["state"], "sealed");
    let key = sealed["key"].as_str().expect("there is one");
    says(home, &["guardian", "verify", "--key", key]);
    // Keys are trusted by a new seal.
    says(home, &["keys", "make", "--no-passphrase", &home.join("anna.key").display().to_string()]);
    let public = home.join("anna.pub").display().to_string();
    let refused = loket(home, &["keys", "trust", "anna", &public, "--passphrase-file", &wrong]);
    assert!(!refused.status.success());
    assert!(says(home, &["keys", "list"]).contains("no key is trusted"));
    says(home, &["keys", "trust", "anna", &public, "--passphrase-file", &right]);
    assert!(says(home, &["keys", "list"]).contains("anna"));
    assert_eq!(status("verify")["state"], "sealed");

    let keys = home.join("state/trusted-keys.toml");
    let before = super::flip(&keys, |bytes| super::find(bytes, "anna"));
    let found = loket(home, &["guardian", "verify"]);
    assert_eq!(found.status.code(), Some(1));
    let told = String::from_utf8_lossy(&found.stdout);
    assert!(told.contains("state/trusted-keys.toml") && told.contains("safe mode"), "{told}");
    // Each command says so beside its answer.
    let listed = loket(home, &["packages"]);
    assert!(String::from_utf8_lossy(&listed.stderr).contains("safe mode"), "{listed:?}");
    super::replace(&keys, &before);
    let refused = loket(home, &["guardian", "leave", "--passphrase-file", &wrong]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("not the passphrase"), "{refused:?}");
    assert_eq!(status("status")["state"], "safe-mode");
    says(home, &["guardian", "leave", "--passphrase-file", &right]);
    assert_eq!(status("verify")["state"], "sealed");
}

#[test]
fn a_backup_takes_the_seal_along() {
    let (home, other) = (home(), tempfile::tempdir().expect("a temporary folder"));
    let home = home.path();
    let right = passphrase(other.path(), "right", PASSPHRASE);
    says(home, &["guardian", "seal", "--passphrase-file", &right]);
    let file = other.path().join("backup.tar.gz").display().to_string();
    says(home, &["backup", &file]);
    let restored = other.path().join("home");
    says(&restored, &["restore", &file]);
    crate::house::share(&restored);
    // Its packages lie in it now, and not in the folders that the policy named.
    let found = loket(&restored, &["--json", "guardian", "verify"]);
    let status: Json = serde_json::from_slice(&found.stdout).expect("JSON");
    let faults: Vec<&str> =
        status["faults"].as_array().expect("a list").iter().flat_map(|f| f["what"].as_str()).collect();
    assert_eq!(faults, ["policy"], "{status}");
    says(&restored, &["guardian", "seal", "--passphrase-file", &right]);
    let status: Json = serde_json::from_str(&says(&restored, &["--json", "guardian", "verify"])).expect("JSON");
    assert_eq!(status["state"], "sealed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_key_of_another_home_seals_nothing_here() {
    let (house, ..) = House::sealed("").await;
    let other = Owner::new();
    let request = StatementRequest { key: Some(other.public()) };
    let signed = house.host.guardian_statement(request).await.expect("it tells");
    assert!(!signed.statement.contains(&other.public()), "the key that counts is the one that sealed it");
    let refused = house.seal(&other).await.expect_err("another key");
    assert_eq!(refused.code, "denied");
}
