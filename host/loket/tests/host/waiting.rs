//! What does not go live unattended: it waits, what ran before goes on, and the owner's yes or no is about the very bytes that wait.

use crate::hot_load::until;
use crate::house::{House, built};
use crate::process::{loket, says};
use crate::signing::{Signer, fixture};
use loket_gateways::desk::{CallRequest, Decision, DecisionRequest, Desk, KeyName, PackageInfo, Problem};
use loket_registry::Digest;
use serde_json::json;
use std::fs;

const ECHO: &str = "test/echo/0.1.0.wasm";
const ABACUS: &str = "acme/abacus/1.2.0.wasm";
/// Imports folders and requests.
const WANTS_MORE: &str = "test/escaper/0.1.0.wasm";

impl House {
    async fn at(&self, package: &str) -> Option<PackageInfo> {
        let packages = self.host.packages().await.expect("they can be listed");
        packages.into_iter().find(|p| format!("{}@{}", p.name, p.version) == package)
    }

    /// Why a version waits; `None` where it does not.
    async fn why(&self, package: &str) -> Option<String> {
        let found = self.at(package).await.unwrap_or_else(|| panic!("`{package}` is there"));
        assert_eq!(found.waits.is_some(), found.state.contains("waits for you"), "{found:?}");
        found.waits.map(|_| found.state)
    }

    /// Whether `drop:thing` says again what it is told.
    pub(crate) async fn echoes(&self) -> bool {
        let request = CallRequest {
            capability: "test:echo/acts".into(),
            package: Some("drop:thing".into()),
            function: "echo".into(),
            arguments: json!({ "text": "here" }),
            agent: None,
        };
        self.host.call(request).await.is_ok_and(|told| told == json!("here"))
    }

    async fn approve(&self, package: &str) -> Result<Decision, Problem> {
        self.host.approve(DecisionRequest { package: package.into(), digest: None }).await
    }

    async fn reject(&self, package: &str) -> Result<Decision, Problem> {
        self.host.reject(DecisionRequest { package: package.into(), digest: None }).await
    }

    /// A home that is watched, in which `drop:thing@1.0.0` runs, signed by Anna; and Anna.
    async fn annas() -> (House, Signer) {
        let (house, anna) = (House::watched().await, Signer::new());
        house.trust("anna", &anna).await;
        let published = house.publish("drop:thing@1.0.0", &fixture(ECHO), Some(&anna)).await;
        assert_eq!((published.state.as_str(), house.why("drop:thing@1.0.0").await), ("ready", None));
        (house, anna)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_namespace_that_belongs_to_a_key_whatever_another_signs_or_nobody_waits() {
    let (house, anna) = House::annas().await;
    let (echo, ben, stranger) = (fixture(ECHO), Signer::new(), Signer::new());
    house.trust("ben", &ben).await;
    for (package, by, told) in [
        ("drop:thing@1.1.0", Some(&ben), "signed by `ben`"),
        ("drop:thing@1.2.0", None, "unsigned"),
        ("drop:thing@1.3.0", Some(&stranger), "which you have not trusted"),
        ("drop:other@1.0.0", None, "unsigned"),
    ] {
        let state = house.publish(package, &echo, by).await.state;
        assert_eq!(house.why(package).await.as_ref(), Some(&state));
        let whose = format!("the namespace `drop` belongs to the key {}", anna.public.id());
        assert!(state.contains(told) && state.contains(&whose), "{package}: {state}");
        assert!(state.contains(&format!("loket approve {package}")), "{state}");
        assert_eq!(house.pinned(package), None, "{package}");
    }
    assert!(house.echoes().await);
    assert_eq!(house.host.inspect("drop:thing").await.expect("it is there").package, "drop:thing@1.0.0");
    // The same key goes on unasked, and another namespace is nobody's.
    for (package, by) in
        [("drop:thing@1.4.0", Some(&anna)), ("free:thing@1.0.0", None), ("free:thing@1.1.0", Some(&stranger))]
    {
        assert_eq!(house.publish(package, &echo, by).await.state, "ready", "{package}");
    }
    let house = house.restart().await;
    assert!(house.why("drop:thing@1.2.0").await.is_some() && house.why("drop:thing@1.4.0").await.is_none());
    assert_eq!(house.acts("namespace claimed", &anna.public.to_string()).await, 1);
    let removed = house.host.garbage(loket_gateways::desk::GarbageRequest { dry_run: true }).await.expect("it looks");
    assert!(removed.removed.is_empty(), "what waits is not removed: {removed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_runs_once_the_owner_approved_these_very_bytes() {
    let (house, _) = House::annas().await;
    let abacus = fixture(ABACUS);
    house.publish("drop:sums@1.0.0", &abacus, None).await;
    let digest = Digest::of(&abacus).hex();
    assert_eq!(house.at("drop:sums@1.0.0").await.and_then(|p| p.waits).as_ref(), Some(&digest));
    let other = DecisionRequest { package: "drop:sums@1.0.0".into(), digest: Some("00".repeat(32)) };
    assert_eq!(house.host.approve(other).await.expect_err("other bytes").code, "invalid");
    assert!(house.why("drop:sums@1.0.0").await.is_some());
    let approved = house.approve("drop:sums@1.0.0").await.expect("it waits");
    assert_eq!((approved.approved, approved.state.as_str(), &approved.digest), (true, "ready", &digest));
    let house = house.restart().await;
    assert_eq!(house.at("drop:sums@1.0.0").await.map(|p| p.state).as_deref(), Some("ready"));
    assert_eq!(house.acts("approved", &digest).await, 1);
    assert_eq!(house.approve("drop:sums@1.0.0").await.expect_err("it does not wait").code, "not-found");
    assert_eq!(house.approve("drop:none@1.0.0").await.expect_err("there is none").code, "not-found");
    // The next version was not approved.
    house.publish("drop:sums@1.1.0", &abacus, None).await;
    assert!(house.why("drop:sums@1.1.0").await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_owner_rejects_is_gone_and_what_ran_goes_on() {
    let (house, _) = House::annas().await;
    house.publish("drop:thing@1.1.0", &fixture(ABACUS), None).await;
    let rejected = house.reject("drop:thing@1.1.0").await.expect("it waits");
    assert_eq!((rejected.approved, rejected.state.as_str()), (false, "removed"));
    assert!(!house.file("drop:thing@1.1.0").exists() && house.at("drop:thing@1.1.0").await.is_none());
    assert!(house.echoes().await);
    assert_eq!(house.acts("rejected", "drop:thing@1.1.0").await, 1);
    assert_eq!(house.reject("drop:thing@1.0.0").await.expect_err("it does not wait").code, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_asks_for_more_waits_by_the_same_key_too() {
    let (house, anna) = House::annas().await;
    house.publish("drop:thing@1.1.0", &fixture(WANTS_MORE), Some(&anna)).await;
    let why = house.why("drop:thing@1.1.0").await.expect("it waits");
    assert!(
        why.contains("it asks for more than `drop:thing@1.0.0` did: ") && why.contains("loket:http/client"),
        "{why}"
    );
    assert!(house.echoes().await);
    // A first version has nothing that it could ask more than.
    let state = house.publish("drop:new@1.0.0", &fixture(WANTS_MORE), Some(&anna)).await.state;
    assert!(state.contains("loket grant drop:new "), "{state}");
    // Approved is not granted.
    let approved = house.approve("drop:thing@1.1.0").await.expect("it waits");
    assert!(approved.state.contains("loket grant drop:thing "), "{approved:?}");
    assert!(house.echoes().await, "the old one goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_asks_for_more_waits_where_nobody_signs_too() {
    let house = House::watched().await;
    house.publish("drop:thing@1.0.0", &fixture(ECHO), None).await;
    // The same wants, and less: unasked.
    assert_eq!(house.publish("drop:thing@1.0.1", &fixture(ECHO), None).await.state, "ready");
    let state = house.publish("drop:thing@1.1.0", &fixture(WANTS_MORE), None).await.state;
    let why = house.why("drop:thing@1.1.0").await.expect("it waits");
    assert!(why.contains("asks for more than `drop:thing@1.0.1` did") && state == why, "{why}");
    assert!(house.echoes().await, "the old one goes on");
    let house = house.restart().await;
    assert!(house.why("drop:thing@1.1.0").await.is_some() && house.echoes().await, "after a start, too");
    let approved = house.approve("drop:thing@1.1.0").await.expect("it waits");
    assert!(approved.state.contains("loket grant drop:thing "), "{approved:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_does_not_pass_because_the_version_before_it_was_broken() {
    let (house, anna) = House::annas().await;
    house.overwrite("drop:thing@1.0.0", b"no component");
    house.publish("drop:thing@1.1.0", &fixture(WANTS_MORE), Some(&anna)).await;
    let why = house.why("drop:thing@1.1.0").await.expect("it waits");
    assert!(why.contains("asks for more than `drop:thing@1.0.0` did"), "by what runs: {why}");
    let house = house.restart().await;
    let why = house.why("drop:thing@1.1.0").await.expect("it waits");
    assert!(why.contains("nobody can say whether this asks for more"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_bytes_wait_whoever_signed_them_and_are_put_back_when_they_are_rejected() {
    let (house, anna) = House::annas().await;
    let (package, echo, abacus) = ("drop:thing@1.0.0", fixture(ECHO), fixture(ABACUS));
    let sidecar = house.file(package).with_file_name("1.0.0.wasm.minisig");
    house.overwrite(package, &abacus);
    until("they wait", async || house.why(package).await.is_some()).await;
    fs::write(&sidecar, anna.sign(package, &abacus)).expect("it can be written");
    // Looked at again for sure.
    house.publish("free:thing@1.0.0", &echo, None).await;
    let why = house.why(package).await.expect("they wait");
    assert!(why.contains("are not those that were let run"), "{why}");
    assert!(house.echoes().await, "the old one goes on");
    assert_eq!(house.pinned(package), Some(Digest::of(&echo)));
    let rejected = house.reject(package).await.expect("they wait");
    assert_eq!(rejected.state, "ready");
    assert_eq!(fs::read(house.file(package)).expect("it is there"), echo);
    assert!(house.echoes().await && house.why(package).await.is_none());
    let signature = house.host.inspect(package).await.expect("it is there").signature.expect("it lies in a registry");
    assert_eq!(signature.words, "signed by `anna`");
    // A start has no old one that could go on.
    let file = house.file(package);
    let folder = house.close().await;
    fs::write(file, &abacus).expect("it can be written");
    let house = House::open(folder).await;
    assert!(house.why(package).await.is_some() && !house.echoes().await);
    assert_eq!(house.approve(package).await.expect("they wait").state, "ready");
    assert_eq!(house.pinned(package), Some(Digest::of(&abacus)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_that_is_none_waits_everywhere() {
    let house = House::watched().await;
    let file = house.file("free:thing@1.0.0");
    fs::create_dir_all(file.parent().expect("a folder")).expect("it can be made");
    fs::write(file.with_file_name("1.0.0.wasm.minisig"), "no signature").expect("it can be written");
    house.overwrite("free:thing@1.0.0", &fixture(ECHO));
    until("it is there", async || house.at("free:thing@1.0.0").await.is_some()).await;
    let why = house.why("free:thing@1.0.0").await.expect("it waits");
    assert!(why.contains("not validly signed"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_goes_on_with_what_it_runs_while_its_new_package_waits() {
    let (house, anna) = (House::watched().await, Signer::new());
    house.trust("anna", &anna).await;
    let component = fs::read(built("LOKET_REGISTRY").join("loket/assistant/0.1.0.wasm")).expect("it was built");
    house.publish("mine:assistant@0.1.0", &component, Some(&anna)).await;
    let manifest = house.folder.path().join("agents/assistant/agent.toml");
    let text = fs::read_to_string(&manifest).expect("it reads").replacen("loket:assistant", "mine:assistant", 1);
    fs::write(&manifest, text).expect("it can be written");
    let runs = async || {
        let agents = house.host.agents().await.expect("they can be listed");
        agents.into_iter().find(|agent| agent.name == "assistant").map(|a| (a.package, a.state)).expect("it is there")
    };
    until("it runs the first", async || runs().await.0 == "mine:assistant@0.1.0").await;
    house.publish("mine:assistant@0.2.0", &component, None).await;
    let (package, state) = runs().await;
    assert!(package == "mine:assistant@0.1.0" && state.contains("loket approve mine:assistant@0.2.0"), "{state}");
    house.say("assistant", "my server is at 10.0.0.5").await.expect("it answers");
    house.approve("mine:assistant@0.2.0").await.expect("it waits");
    assert_eq!(runs().await, ("mine:assistant@0.2.0".to_owned(), "ready".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_namespace_of_a_key_that_was_revoked_goes_to_whom_the_owner_approves() {
    let (house, _) = House::annas().await;
    let (echo, new) = (fixture(ECHO), Signer::new());
    house.trust("anna-2", &new).await;
    house.publish("drop:thing@1.1.0", &echo, Some(&new)).await;
    house.approve("drop:thing@1.1.0").await.expect("it waits");
    house.publish("drop:thing@1.2.0", &echo, Some(&new)).await;
    assert!(house.why("drop:thing@1.2.0").await.is_some(), "one approval gives no namespace while its key is trusted");
    house.host.key_revoke(KeyName { name: "anna".into() }).await.expect("it is there");
    assert!(house.echoes().await && house.why("drop:thing@1.0.0").await.is_none(), "what runs goes on");
    house.approve("drop:thing@1.2.0").await.expect("it waits");
    assert_eq!(house.publish("drop:thing@1.3.0", &echo, Some(&new)).await.state, "ready");
    assert_eq!(house.acts("namespace given", &new.public.to_string()).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_sees_and_decides_on_the_command_line() {
    let (house, _) = House::annas().await;
    house.publish("drop:sums@1.0.0", &fixture(ABACUS), None).await;
    let folder = house.close().await;
    let home = folder.path();
    let listed = says(home, &["packages"]);
    let row = listed.lines().find(|line| line.starts_with("drop:sums ")).expect("a row");
    assert!(row.ends_with(" waits") && listed.contains("loket approve drop:sums@1.0.0"), "{listed}");
    assert!(says(home, &["inspect", "drop:sums"]).contains("belongs to the key"));
    let refused = loket(home, &["reject", "drop:thing@1.0.0"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("does not wait"), "{refused:?}");
    assert!(says(home, &["approve", "drop:sums@1.0.0"]).starts_with("approved  drop:sums@1.0.0  ready"));
    assert!(!says(home, &["packages"]).contains("waits"));
}
