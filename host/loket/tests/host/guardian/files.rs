//! One bit of each protected file, flipped under a host that runs and under one that does not.

use super::{Owner, flip, replace};
use crate::hot_load::until;
use crate::house::House;
use crate::signing::Signer;
use loket::Host;
use loket_gateways::desk::{Desk, LedgerLine, LedgerQuery, RevokeRequest};
use std::sync::Arc;

const SCAN: &str = "[scan]\nhigh = \"ask\"\n";

/// Where a bit is flipped in each protected file.
const PROTECTED: [(&str, &str); 12] = [
    ("state/trusted-keys.toml", "anna"),
    ("loket.toml", "ask"),
    ("loket.lock", "sha256 = \"a"),
    ("registry/drop/thing/1.0.0.wasm", "echo"),
    ("state/grants.json", "loket:brain/memory"),
    ("state/owners.toml", "drop"),
    ("state/admitted.json", "agent:bob"),
    ("state/tokens.json", "desktop"),
    ("state/mcp-tools.json", "}"),
    ("state/entrance.json", "argon2id"),
    ("state/seal.toml", "executable"),
    ("state/seal.toml.minisig", "trusted comment"),
];

/// Where in a file it is: at this text, or where that is not in it, in the middle.
fn at(text: &str) -> impl FnOnce(&[u8]) -> usize + '_ {
    move |bytes| bytes.windows(text.len()).position(|part| part == text.as_bytes()).unwrap_or(bytes.len() / 2)
}

impl House {
    /// The ledger from its first line on, which is more than is read at once.
    async fn whole_ledger(&self) -> Vec<LedgerLine> {
        let mut lines: Vec<LedgerLine> = Vec::new();
        loop {
            let from = lines.last().map_or(1, |line| line.seq + 1);
            let query = LedgerQuery { from: Some(from), turn: None, limit: Some(1_000) };
            let more = self.host.ledger(query).await.expect("the ledger reads");
            if more.is_empty() {
                return lines;
            }
            lines.extend(more);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_flipped_bit_closes_every_way_in_and_what_runs_goes_on_until_the_owner_ends_it() {
    let (house, owner, anna) = House::sealed(SCAN).await;
    let stranger = Owner::new();
    for (file, text) in PROTECTED {
        let path = house.folder.path().join(file);
        let before = flip(&path, at(text));
        let status = house.looked().await;
        assert_eq!(status.state, "safe-mode", "{file}");
        let named: Vec<&str> = status.faults.iter().map(|fault| fault.file.as_str()).collect();
        let expected = if file.ends_with(".minisig") { "state/seal.toml" } else { file };
        assert!(named.iter().all(|named| named.ends_with(expected)) && named.len() == 1, "{file}: {status:?}");
        let told = &status.faults[0];
        assert!(told.expected != told.found || expected == "state/seal.toml", "{told:?}");
        assert!(house.serves().await, "{file}");
        assert_eq!(house.open_ways(&anna).await, [""; 0], "{file}");
        house.sweep();

        // In order again, and closed until the owner says so.
        replace(&path, &before);
        let status = house.looked().await;
        assert_eq!((status.state.as_str(), status.faults), ("safe-mode", vec![]), "{file}");
        let refused = house.leave(&stranger).await.expect_err("another key");
        assert_eq!(refused.code, "denied", "{file}: {refused:?}");
        assert_eq!(house.looked().await.state, "safe-mode", "{file}");
        let left = house.leave(&owner).await.unwrap_or_else(|p| panic!("{file}: {p:?}"));
        assert_eq!(left.state, "sealed", "{file}");
        assert!(house.serves().await, "{file}");
    }
    let lines = house.whole_ledger().await;
    let modes = lines.iter().filter(|line| line.function == "safe mode").count();
    assert_eq!(modes, PROTECTED.len(), "each is in the ledger");
    let first = lines.iter().find(|line| line.function == "safe mode").and_then(|line| line.payload.clone());
    let fault = &first.expect("it says why")["faults"][0];
    assert_eq!(fault["file"], "state/trusted-keys.toml");
    for digest in ["expected", "found"] {
        assert!(fault[digest].as_str().is_some_and(|text| text.starts_with("sha256:")), "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_flipped_while_no_host_runs_is_found_at_the_start_and_what_was_let_run_serves() {
    let (mut house, owner, anna) = House::sealed(SCAN).await;
    for (file, text) in PROTECTED {
        // What cannot be read at all keeps the host from starting; here a setting that says something else.
        let text = if file == "loket.toml" { "high" } else { text };
        let path = house.folder.path().join(file);
        let folder = house.close().await;
        let before = match file {
            "loket.toml" => {
                let before = std::fs::read(&path).expect("it is there");
                let other = String::from_utf8_lossy(&before).replace("\"ask\"", "\"inform\"");
                replace(&path, other.as_bytes());
                before
            }
            _ => flip(&path, at(text)),
        };
        house = House::open(folder).await;
        let status = house.host.guardian().await.expect("it tells");
        assert_eq!(status.state, "safe-mode", "{file}");
        let expected = if file.ends_with(".minisig") { "state/seal.toml" } else { file };
        assert!(status.faults.iter().any(|fault| fault.file.ends_with(expected)), "{file}: {status:?}");
        // The bytes that were let run are gone: nobody has others.
        let changed = file.starts_with("registry/");
        assert_eq!(house.serves().await, !changed, "{file}");
        assert_eq!(house.echoes().await, !changed, "{file}");
        assert_eq!(house.open_ways(&anna).await, [""; 0], "{file}");
        // What was dropped is not taken up by another start either.
        house = house.restart().await;
        let packages = house.host.packages().await.expect("listed");
        assert!(packages.iter().all(|p| p.name != "drop:more" || p.state.contains("safe mode")), "{file}");
        let agents = house.host.agents().await.expect("listed");
        assert!(agents.iter().all(|agent| agent.name != "eve" || agent.state.contains("safe mode")), "{file}");
        house.sweep();
        replace(&path, &before);
        let left = house.leave(&owner).await.unwrap_or_else(|p| panic!("{file}: {p:?}"));
        assert_eq!(left.state, "sealed", "{file}");
        assert!(house.serves().await, "{file}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_loaded_next_is_looked_at_first() {
    let (house, ..) = House::sealed("").await;
    let keys = house.folder.path().join("state/trusted-keys.toml");
    flip(&keys, at("anna"));
    // Nobody asked the guardian: something was dropped.
    let file = house.file("drop:late@1.0.0");
    std::fs::create_dir_all(file.parent().expect("it has one")).expect("it can be made");
    std::fs::copy(house.file("drop:thing@1.0.0"), &file).expect("it can be copied");
    house.refresh();
    let packages = house.host.packages().await.expect("listed");
    assert!(packages.iter().any(|p| p.name == "drop:late" && p.state.contains("safe mode")), "{packages:?}");
    assert_eq!(house.host.guardian().await.expect("it tells").state, "safe-mode");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_looks_by_itself_again_and_again() {
    let (house, ..) = House::sealed("[guardian]\nseconds = 1\n").await;
    house.host.keep_watch();
    flip(&house.folder.path().join("state/owners.toml"), at("drop"));
    until("it is noticed", async || house.host.is_in_safe_mode()).await;
    assert!(house.host.health().await.safe_mode.is_some_and(|why| why.contains("state/owners.toml")));
    let doctor = house.host.doctor().await.expect("it looks");
    assert!(doctor.iter().any(|check| check.name == "guardian" && check.state == "fault"), "{doctor:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn grants_that_somebody_added_while_no_host_ran_are_not_in_force() {
    let (house, owner, _) = House::sealed("").await;
    let path = house.folder.path().join("state/grants.json");
    let grants = || async { house.host.grants(None).await.expect("listed").len() };
    let before = grants().await;
    let folder = house.close().await;
    let text = std::fs::read_to_string(&path).expect("it is there");
    replace(&path, text.replace("agent:assistant", "agent:bob").as_bytes());
    let house = House::open(folder).await;
    let bobs = house.host.grants(Some("bob")).await.expect("listed");
    assert!(bobs.is_empty(), "{bobs:?}");
    assert_eq!(house.host.grants(None).await.expect("listed").len(), before);
    assert!(house.serves().await, "by the copy of what the host wrote");
    // Taking away is open, and is kept.
    let gone = RevokeRequest { grantee: "assistant".into(), capability: Some("loket:clock".into()) };
    assert_eq!(house.host.revoke(gone).await.expect("it can be revoked").len(), 1);
    let house = house.restart().await;
    assert_eq!(house.host.grants(None).await.expect("listed").len(), before - 1);
    // Without the copy, nothing is in force, and nothing is taken for a new home.
    let folder = house.close().await;
    flip(&path, at("loket:brain/memory"));
    flip(&folder.path().join("state/kept/grants.json"), at("loket:brain/memory"));
    let house = House::open(folder).await;
    assert!(house.host.grants(None).await.expect("listed").is_empty());
    assert!(!house.serves().await);
    let refused = house.leave(&owner).await.expect_err("they are not right");
    assert!(refused.message.contains("state/grants.json"), "{refused:?}");
    flip(&path, at("moket:brain/memory"));
    house.leave(&owner).await.unwrap_or_else(|p| panic!("put back: {p:?}"));
    assert_eq!(house.host.grants(None).await.expect("listed").len(), before - 1);
    assert!(house.serves().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_somebody_slipped_in_while_no_host_ran_is_trusted_by_nobody() {
    let (house, owner) = (House::new().await, Owner::new());
    house.seal(&owner).await.expect("it is sealed");
    let list = house.folder.path().join("state/trusted-keys.toml");
    let folder = house.close().await;
    let since = "2026-11-29T09:00:00Z";
    let text = format!("[[key]]\nname = \"eve\"\npublic = \"{}\"\nsince = \"{since}\"\n", Owner::new().public());
    std::fs::write(&list, text).expect("it can be written");
    let house = House::open(folder).await;
    assert_eq!(house.looked().await.faults[0].file, "state/trusted-keys.toml");
    assert!(house.host.keys().await.expect("listed").is_empty());
    std::fs::remove_file(&list).expect("it can be removed");
    house.leave(&owner).await.expect("it is in order");
    assert!(house.host.keys().await.expect("listed").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seal_that_was_taken_away_or_made_by_another_is_noticed() {
    let (house, owner, _) = House::sealed("").await;
    let seal = house.folder.path().join("state/seal.toml");
    let kept = std::fs::read(&seal).expect("it is there");
    std::fs::remove_file(&seal).expect("it can be removed");
    assert_eq!(house.looked().await.faults[0].file, "state/seal.toml");
    let stranger = Owner::new();
    let refused = house.seal(&stranger).await.expect_err("another key");
    assert_eq!(refused.code, "denied", "{refused:?}");
    replace(&seal, &kept);
    house.leave(&owner).await.expect("it is in order");
    // A key that was given from outside counts for more than what lies in the home.
    let folder = house.close().await;
    for (key, state) in [(owner.public(), "sealed"), (stranger.public(), "safe-mode")] {
        let host = Host::open_for(folder.path(), Some(&key)).await.expect("it opens");
        let house = House { host: Arc::new(host), folder: folder.clone() };
        assert_eq!(house.host.guardian().await.expect("it tells").state, state);
        house.close().await;
    }
    let refused = Host::open_for(folder.path(), Some("RW")).await.map(drop).expect_err("no key");
    assert!(refused.message.contains("guardian's key"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_ledger_is_noticed() {
    let (house, anna) = (House::new().await, Signer::new());
    house.trust("anna", &anna).await;
    let ledger = house.folder.path().join("state/ledger.redb");
    let folder = house.close().await;
    let old = std::fs::read(&ledger).expect("it is there");
    let house = House::open(folder).await;
    house.seal(&Owner::new()).await.expect("it is sealed");
    let folder = house.close().await;
    std::fs::write(&ledger, &old).expect("it can be written");
    let house = House::open(folder).await;
    let status = house.host.guardian().await.expect("it tells");
    assert_eq!((status.state.as_str(), status.faults[0].file.as_str()), ("safe-mode", "state/seal.toml"));
}
