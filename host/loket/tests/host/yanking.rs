//! Versions that are taken back, and those that nobody uses any more: who goes on, who gets another, and what is removed.

use crate::hot_load::until;
use crate::house::{House, built};
use crate::signing::fixture;
use loket_gateways::desk::{Desk, GarbageRequest, GrantRequest, PackageVersion, YankReport};
use serde_json::json;
use std::fs;

const ECHO: &str = "test/echo/0.1.0.wasm";
const ABACUS: &str = "acme/abacus/1.2.0.wasm";

impl House {
    async fn yank(&self, package: &str) -> YankReport {
        let request = PackageVersion { package: package.to_owned() };
        self.host.yank(request).await.unwrap_or_else(|p| panic!("`{package}` can be yanked: {p:?}"))
    }

    async fn unyank(&self, package: &str) -> YankReport {
        let request = PackageVersion { package: package.to_owned() };
        self.host.unyank(request).await.unwrap_or_else(|p| panic!("`{package}` can be unyanked: {p:?}"))
    }

    /// Which version a name means.
    async fn means(&self, name: &str) -> String {
        self.host.inspect(name).await.unwrap_or_else(|p| panic!("`{name}` is there: {p:?}")).package
    }

    /// Who answers a package's first import that somebody answers.
    async fn provider(&self, package: &str) -> Option<String> {
        let inspection = self.host.inspect(package).await.expect("it is there");
        inspection.imports.into_iter().find_map(|import| import.provider)
    }

    async fn total(&self) -> serde_json::Value {
        let lines = json!({ "lines": [{ "what": "tea", "price": 3, "quantity": 2 }] });
        self.call("acme:invoice/billing", "total", lines).await.expect("it adds up")
    }

    async fn garbage(&self, dry_run: bool) -> Vec<String> {
        let report = self.host.garbage(GarbageRequest { dry_run }).await.expect("all of it can be seen");
        assert!(report.left.is_empty() && report.dry_run == dry_run, "{report:?}");
        report.removed.into_iter().map(|found| found.package).collect()
    }

    async fn package_of(&self, agent: &str) -> String {
        let agents = self.host.agents().await.expect("they can be listed");
        agents.into_iter().find(|a| a.name == agent).unwrap_or_else(|| panic!("`{agent}` is there")).package
    }

    fn wants_package(&self, agent: &str, package: &str) {
        let path = self.folder.path().join("agents").join(agent).join("agent.toml");
        let text = fs::read_to_string(&path).expect("it reads");
        let rest = text.split_once('\n').expect("more than a line").1;
        fs::write(&path, format!("package = \"{package}\"\n{rest}")).expect("it can be written");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yanked_version_is_passed_over_by_whoever_asks_for_any() {
    let house = House::new().await;
    house.publish("drop:thing@1.0.0", &fixture(ECHO), None).await;
    house.publish("drop:thing@1.1.0", &fixture(ABACUS), None).await;
    assert!(!house.echoes().await, "the newest answers, and cannot");
    let report = house.yank("drop:thing@1.1.0").await;
    assert!(report.yanked && report.changed, "{report:?}");
    assert_eq!(house.means("drop:thing").await, "drop:thing@1.0.0");
    assert!(house.echoes().await, "the one before answers");
    let exactly = house.host.inspect("drop:thing@1.1.0").await.expect("it is there");
    assert!(exactly.state == "ready" && exactly.notes[0].contains("loket unyank drop:thing@1.1.0"), "{exactly:?}");
    assert!(!house.yank("drop:thing@1.1.0").await.changed, "it was yanked before");
    let house = house.restart().await;
    assert_eq!(house.means("drop:thing").await, "drop:thing@1.0.0");
    assert!(house.unyank("drop:thing@1.1.0").await.changed);
    assert_eq!(house.means("drop:thing").await, "drop:thing@1.1.0");
    for act in ["yanked", "taken into use again"] {
        assert_eq!(house.acts(act, "drop:thing@1.1.0").await, 1, "{act}");
    }
    let nothing = PackageVersion { package: "drop:thing@7.0.0".into() };
    assert_eq!(house.host.yank(nothing).await.expect_err("there is none").code, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_linked_to_a_yanked_version_gets_another_that_would_do_or_keeps_it() {
    let house = House::new().await;
    house.publish("drop:abacus@1.0.0", &fixture(ABACUS), None).await;
    house.publish("drop:abacus@1.1.0", &fixture(ABACUS), None).await;
    // The newest cannot do sums.
    house.publish("drop:abacus@2.0.0", &fixture(ECHO), None).await;
    let request = GrantRequest {
        grantee: "acme:invoice".into(),
        capability: "acme:calc/math".into(),
        provider: Some("drop:abacus".into()),
        ..GrantRequest::default()
    };
    house.grant_as(request).await;
    assert_eq!(house.provider("acme:invoice").await.as_deref(), Some("drop:abacus@1.1.0"));
    house.yank("drop:abacus@1.1.0").await;
    assert_eq!(house.provider("acme:invoice").await.as_deref(), Some("drop:abacus@1.0.0"));
    assert_eq!(house.total().await, json!(6));
    house.yank("drop:abacus@1.0.0").await;
    assert_eq!(house.provider("acme:invoice").await.as_deref(), Some("drop:abacus@1.1.0"));
    assert_eq!(house.total().await, json!(6));
    // Nobody needs the other one; the one that is linked stays, yanked as it is.
    assert_eq!(house.garbage(true).await, ["drop:abacus@1.0.0"]);
    assert_eq!(house.garbage(false).await, ["drop:abacus@1.0.0"]);
    assert_eq!(house.total().await, json!(6));
    assert!(!house.folder.path().join("registry/drop/abacus/1.0.0.wasm").exists());
    assert_eq!(house.acts("removed", "drop:abacus@1.0.0").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_serves_and_the_newest_version_are_never_removed() {
    let house = House::new().await;
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        house.publish(&format!("drop:thing@{version}"), &fixture(ECHO), None).await;
    }
    assert!(house.garbage(false).await.is_empty(), "all of them serve");
    for version in ["1.0.0", "1.2.0"] {
        house.yank(&format!("drop:thing@{version}")).await;
    }
    assert_eq!(house.garbage(true).await, ["drop:thing@1.0.0"]);
    let folder = house.folder.path().join("registry/drop/thing");
    assert!(folder.join("1.0.0.wasm").exists(), "to look removes nothing");
    assert_eq!(house.garbage(false).await, ["drop:thing@1.0.0"]);
    let left = ["1.0.0.wasm", "1.0.0.wasm.yanked", "1.1.0.wasm", "1.2.0.wasm"].map(|file| folder.join(file).exists());
    assert_eq!(left, [false, false, true, true]);
    assert!(house.garbage(false).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_goes_on_with_a_version_that_was_yanked_and_no_other_begins_with_it() {
    let house = House::watched().await;
    let component = fs::read(built("LOKET_REGISTRY").join("loket/assistant/0.1.0.wasm")).expect("it was built");
    for version in ["0.1.0", "0.2.0", "0.3.0"] {
        house.publish(&format!("mine:assistant@{version}"), &component, None).await;
    }
    house.yank("mine:assistant@0.3.0").await;
    house.wants_package("assistant", "mine:assistant");
    until("it runs it", async || house.package_of("assistant").await == "mine:assistant@0.2.0").await;
    house.yank("mine:assistant@0.2.0").await;
    house.wants_package("bob", "mine:assistant");
    until("another begins with the older one", async || house.package_of("bob").await == "mine:assistant@0.1.0").await;
    assert_eq!(house.package_of("assistant").await, "mine:assistant@0.2.0");
    let house = house.restart().await;
    house.host.watch();
    assert_eq!(house.package_of("assistant").await, "mine:assistant@0.2.0");
    assert_eq!(house.garbage(true).await, Vec::<String>::new(), "each is run by somebody, or the newest");
    house.wants_package("bob", "mine:assistant@=0.3.0");
    until("who names it gets it", async || house.package_of("bob").await == "mine:assistant@0.3.0").await;
    assert_eq!(house.garbage(true).await, Vec::<String>::new(), "0.1.0 is the newest that was not yanked");
}
