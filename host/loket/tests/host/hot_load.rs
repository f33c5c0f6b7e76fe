//! What is dropped into a home while its host runs is taken up, what is taken away is let go, and nothing half-written or broken gets in
//! the way of what works.

use crate::house::{House, built};
use loket_gateways::desk::{CallRequest, Desk, PackageInfo, Problem};
use serde_json::{Value as Json, json};
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const ECHO: &str = "test/echo/0.1.0.wasm";
/// Imports folders and requests, and is granted nothing.
const WANTS_MORE: &str = "test/escaper/0.1.0.wasm";

fn fixture(file: &str) -> Vec<u8> {
    fs::read(built("LOKET_FIXTURES").join(file)).expect("it was built")
}

impl House {
    pub(crate) async fn watched() -> House {
        let house = House::new().await;
        house.host.watch();
        house
    }

    /// Where a version of `drop:thing` lies in this home.
    fn place(&self, version: &str) -> PathBuf {
        let folder = self.folder.path().join("registry/drop/thing");
        fs::create_dir_all(&folder).expect("it can be made");
        folder.join(format!("{version}.wasm"))
    }

    /// Puts a version there as a careful writer does: beside its place, then into it.
    fn drop_in(&self, version: &str, bytes: &[u8]) {
        let place = self.place(version);
        let beside = place.with_file_name(".beside");
        fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, &place)).expect("it can be written");
    }

    async fn dropped(&self, version: &str) -> Option<PackageInfo> {
        let packages = self.host.packages().await.expect("they can be listed");
        packages.into_iter().find(|package| package.name == "drop:thing" && package.version == version)
    }

    async fn echo(&self, text: &str) -> Result<Json, Problem> {
        let request = CallRequest {
            capability: "test:echo/acts".into(),
            package: Some("drop:thing".into()),
            function: "echo".into(),
            arguments: json!({ "text": text }),
            agent: None,
        };
        self.host.call(request).await
    }
}

/// Waits until something holds: half a minute at most.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < Duration::from_secs(120), "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_answers_as_soon_as_it_is_there_and_no_more_when_it_is_gone() {
    let house = House::watched().await;
    assert!(house.echo("too early").await.is_err());
    house.drop_in("1.0.0", &fixture(ECHO));
    until("it answers", async || house.echo("here").await.is_ok()).await;
    assert_eq!(house.echo("here").await.expect("it answers"), json!("here"));
    fs::remove_file(house.place("1.0.0")).expect("it can be removed");
    until("it is gone", async || house.dropped("1.0.0").await.is_none()).await;
    let gone = house.echo("too late").await.expect_err("nobody answers");
    assert_eq!(gone.code, "not-found", "{gone:?}");
    let acts: Vec<_> = house.ledger().await.into_iter().filter(|line| line.kind == "act").collect();
    for what in ["admitted", "withdrawn"] {
        let told = |line: &&loket_gateways::desk::LedgerLine| {
            line.function == what && line.payload.as_ref().is_some_and(|p| p.to_string().contains("drop:thing@1.0.0"))
        };
        assert_eq!(acts.iter().filter(told).count(), 1, "{what}: {acts:?}");
    }
    house.drop_in("1.0.0", &fixture(ECHO));
    until("it answers again", async || house.echo("again").await.is_ok()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_that_may_not_run_leaves_the_old_one_serving() {
    let house = House::watched().await;
    house.drop_in("1.0.0", &fixture(ECHO));
    until("it answers", async || house.echo("one").await.is_ok()).await;
    let whole = fixture(ECHO);
    let newcomers: [(&str, &[u8], &str); 3] = [
        ("1.0.0", &whole[..whole.len() / 2], "ready, as it was before: "),
        ("1.1.0", b"no component at all", "cannot be admitted"),
        ("1.2.0", &fixture(WANTS_MORE), "asks for more than `drop:thing@1.0.0`"),
    ];
    for (version, bytes, told) in newcomers {
        house.drop_in(version, bytes);
        let says = async || house.dropped(version).await.is_some_and(|package| package.state.contains(told));
        until(&format!("{version} says `{told}`"), says).await;
        assert_eq!(house.echo("still here").await.expect("the old one answers"), json!("still here"), "{version}");
    }
    // One that cannot even be read leaves it, too.
    let huge = fs::File::create(house.place("1.0.0").with_file_name(".huge")).expect("it can be made");
    huge.set_len(200 << 20).expect("it has no bytes on the disk");
    fs::rename(house.place("1.0.0").with_file_name(".huge"), house.place("1.0.0")).expect("it can be moved");
    let told = async || {
        let checks = house.host.doctor().await.expect("it looks");
        checks.iter().any(|check| check.detail.contains("drop:thing@1.0.0") && check.detail.contains("bytes"))
    };
    until("the doctor says so", told).await;
    assert_eq!(house.echo("still here").await.expect("the old one answers"), json!("still here"));
    // Whoever comes next and may run takes over.
    house.drop_in("1.3.0", &whole);
    until("it is ready", async || house.dropped("1.3.0").await.is_some_and(|package| package.state == "ready")).await;
    fs::remove_file(house.place("1.0.0")).expect("it can be removed");
    until("the old one is gone", async || house.dropped("1.0.0").await.is_none()).await;
    assert_eq!(house.echo("the new one").await.expect("it answers"), json!("the new one"));
    // A start knows no old one, and comes to the same.
    let house = house.restart().await;
    assert_eq!(house.echo("after a start").await.expect("it answers"), json!("after a start"));
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(target_os = "linux")]
async fn a_file_is_not_looked_at_before_its_writer_has_closed_it() {
    let house = House::watched().await;
    let whole = fixture(ECHO);
    let mut file = fs::File::create(house.place("1.0.0")).expect("it can be made");
    for part in whole.chunks(whole.len() / 4) {
        file.write_all(part).and_then(|()| file.sync_all()).expect("it can be written");
        tokio::time::sleep(Duration::from_millis(80)).await;
        let seen = house.dropped("1.0.0").await.map(|package| package.state);
        assert_eq!(seen, None, "it is being written");
    }
    drop(file);
    until("it answers", async || house.echo("whole").await.is_ok()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_answered_by_a_package_is_linked_anew_when_its_versions_change() {
    let house = House::watched().await;
    house.grant("acme:invoice", "acme:calc/math").await;
    let provider = async || {
        let invoice = house.host.inspect("acme:invoice").await.expect("it is there");
        invoice.imports.into_iter().find_map(|import| import.provider).expect("somebody answers its import")
    };
    let total = async || {
        let lines = json!({ "lines": [{ "what": "tea", "price": 3, "quantity": 2 }] });
        house.call("acme:invoice/billing", "total", lines).await
    };
    let calculates = async || total().await.is_ok_and(|total| total == json!(6));
    assert!(provider().await == "acme:abacus@1.2.0" && calculates().await);
    let folder = house.folder.path().join("registry/acme/abacus");
    fs::create_dir_all(&folder).expect("it can be made");
    // The second one cannot do sums: whoever needs them stays with the first.
    for (version, from) in [("1.3.0", "acme/abacus/1.2.0.wasm"), ("9.0.0", ECHO)] {
        fs::write(folder.join(format!("{version}.wasm")), fixture(from)).expect("it can be written");
        let there = async || {
            let packages = house.host.packages().await.expect("they can be listed");
            packages.iter().any(|package| package.name == "acme:abacus" && package.version == version)
        };
        until(&format!("{version} is there"), there).await;
        assert_eq!(provider().await, "acme:abacus@1.3.0", "{version}");
        assert!(calculates().await, "{version}");
    }
    fs::remove_file(folder.join("1.3.0.wasm")).expect("it can be removed");
    // A turn that runs while it goes may find nobody; the ones after it find the older one.
    until("the newer one is gone", async || provider().await == "acme:abacus@1.2.0").await;
    until("the older one answers", calculates).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_in_the_place_of_its_own_version_is_taken_up_when_it_is_granted_what_it_waits_for() {
    let house = House::watched().await;
    house.drop_in("1.0.0", &fixture(ECHO));
    until("it answers", async || house.echo("one").await.is_ok()).await;
    house.drop_in("1.0.0", &fixture(WANTS_MORE));
    let state = async || house.dropped("1.0.0").await.map(|package| package.state).unwrap_or_default();
    until("it waits", async || state().await.contains("loket grant drop:thing ")).await;
    for wanted in ["loket:http/client", "loket:files/folders", "loket:secrets/secrets"] {
        assert!(state().await.contains("loket grant drop:thing "), "it waits for `{wanted}` still");
        house.grant("drop:thing", wanted).await;
    }
    assert_eq!(state().await, "ready");
    assert!(house.echo("one").await.is_err(), "what was there before is gone");
}
