//! `loket.toml` is live: what it says holds from the next turn, what it says wrongly holds never, and what can only hold from the next start is
//! told.

use crate::hot_load::until;
use crate::house::House;
use async_trait::async_trait;
use loket_gateways::desk::{Check, Desk as _, LedgerLine, PackageInfo};
use loket_kernel::{Call, CallError, Capability, Provider, Reply};
use loket_values::Interface;
use serde_json::json;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// A provider that holds its callers up until it is told to let them on.
struct Gate {
    inner: Arc<dyn Provider>,
    entered: Arc<Notify>,
    open: Arc<Notify>,
}

#[async_trait]
impl Provider for Gate {
    fn capability(&self) -> &Capability {
        self.inner.capability()
    }

    fn interface(&self) -> &Interface {
        self.inner.interface()
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        self.entered.notify_one();
        self.open.notified().await;
        self.inner.call(call).await
    }
}

impl House {
    fn settings_file(&self) -> PathBuf {
        self.folder.path().join("loket.toml")
    }

    /// What the file says first: where the packages of tests are.
    fn registries(&self) -> String {
        let text = fs::read_to_string(self.settings_file()).expect("it is there");
        text.lines().next().expect("a line").to_owned()
    }

    /// Writes other settings, as a careful editor does.
    fn write_settings(&self, settings: &str) {
        let (file, beside) = (self.settings_file(), self.folder.path().join(".beside"));
        let text = format!("{}\n{settings}\n", self.registries());
        fs::write(&beside, text).and_then(|()| fs::rename(&beside, &file)).expect("it can be written");
    }

    /// What the ledger has of settings that were taken up.
    async fn taken_up(&self) -> Vec<LedgerLine> {
        let acts = self.ledger().await.into_iter();
        acts.filter(|line| line.kind == "act" && line.function == "settings").collect()
    }

    /// Writes other settings, and waits until they hold.
    async fn settle(&self, settings: &str) -> LedgerLine {
        let before = self.taken_up().await.len();
        self.write_settings(settings);
        until("the settings are taken up", async || self.taken_up().await.len() > before).await;
        self.taken_up().await.pop().expect("there is one more")
    }

    async fn doctor_says(&self, name: &str) -> Check {
        let checks = self.host.doctor().await.expect("it looks");
        checks.into_iter().find(|check| check.name == name).unwrap_or_else(|| panic!("it looks at `{name}`"))
    }

    /// A home in which a component asks another.
    async fn asking() -> House {
        let house = House::watched().await;
        for wanted in ["loket:brain/memory", "loket:model/chat", "loket:tools/catalog", "test:echo"] {
            house.grant("test:asker", wanted).await;
        }
        house.twice().await.expect("three calls are few");
        house
    }

    /// One turn of three calls: the component is asked, and asks twice.
    async fn twice(&self) -> Result<(), String> {
        match self.call("test:asker/acts", "twice", json!({})).await {
            Ok(answer) if answer.get("err").is_none() => Ok(()),
            other => Err(format!("{other:?}")),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_is_narrowed_holds_for_the_next_turn_and_not_for_the_one_that_runs() {
    let house = Arc::new(House::asking().await);
    let inner = house.host.counter.provider(&Capability::of("test:echo", "test:echo/acts")).expect("it is served");
    let (entered, open) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let gate = Gate { inner: inner.clone(), entered: entered.clone(), open: open.clone() };
    house.host.counter.serve([Arc::new(gate) as Arc<dyn Provider>]);
    let running = tokio::spawn({
        let house = house.clone();
        async move { house.twice().await }
    });
    entered.notified().await;
    let act = house.settle("[limits]\ncalls = 2").await;
    let payload = act.payload.expect("it says what changed");
    assert_eq!((payload["changed"].as_str(), payload["at-next-start"].as_str()), (Some("limits.calls"), Some("")));
    let digest = |key: &str| payload[key].as_str().map(str::len);
    assert!(digest("before") == Some(64) && digest("after") == Some(64) && payload["before"] != payload["after"]);
    open.notify_one();
    entered.notified().await;
    open.notify_one();
    running.await.expect("it ends").expect("it ends as it began: with calls enough");
    house.host.counter.serve([inner]);
    let refused = house.twice().await.expect_err("the next turn may make two calls");
    assert!(refused.contains("a turn may make 2 calls"), "{refused}");
    house.settle("").await;
    house.twice().await.expect("what is left out is as usual again");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_mean_nothing_leave_the_old_ones_in_force_and_the_doctor_says_why() {
    let house = House::asking().await;
    house.settle("[limits]\ncalls = 2").await;
    assert_eq!(house.doctor_says("settings").await.state, "ok");
    for (broken, told) in [
        ("[limits]\ncalls = \"many\"", ["loket.toml", "line 3", "`limits.calls` must be a whole number"]),
        ("[limits]\ncalls = 4\n[limits", ["loket.toml", "line 4", "not valid TOML"]),
        ("[limit]\ncalls = 4", ["loket.toml", "line 2", "limit"]),
    ] {
        house.write_settings(broken);
        let says = async || {
            let check = house.doctor_says("settings").await;
            check.state == "warning" && told.iter().all(|word| check.detail.contains(word)) && check.hint.is_some()
        };
        until(&format!("the doctor says {told:?}"), says).await;
        let refused = house.twice().await.expect_err("what was there before holds");
        assert!(refused.contains("a turn may make 2 calls"), "{refused}");
    }
    assert_eq!(house.taken_up().await.len(), 1, "nothing broken is taken up");
    house.settle("[limits]\ncalls = 4").await;
    assert_eq!(house.doctor_says("settings").await.state, "ok");
    house.twice().await.expect("four calls are enough");
    // What is broken, and mended to what it was before, is sound too.
    house.write_settings("[limits]\ncalls = 0");
    until("it is broken", async || house.doctor_says("settings").await.state == "warning").await;
    house.write_settings("[limits]\ncalls = 4");
    until("it is mended", async || house.doctor_says("settings").await.state == "ok").await;
    assert_eq!(house.taken_up().await.len(), 2, "it is what held all the time");
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(target_os = "linux")]
async fn settings_are_not_read_before_their_writer_has_closed_them() {
    let house = House::watched().await;
    let registries = house.registries();
    let mut file = fs::File::create(house.settings_file()).expect("it can be made");
    for part in [&registries, "\n[limits]\ncalls = 1", "00\nsec", "onds = 7\n"] {
        file.write_all(part.as_bytes()).and_then(|()| file.sync_all()).expect("it can be written");
        tokio::time::sleep(Duration::from_millis(80)).await;
        assert_eq!(house.taken_up().await.len(), 0, "it is being written");
        assert_eq!(house.doctor_says("settings").await.state, "ok");
    }
    drop(file);
    until("they are taken up", async || !house.taken_up().await.is_empty()).await;
    let payload = house.taken_up().await.pop().and_then(|line| line.payload).expect("it says what changed");
    assert_eq!(payload["changed"], "limits.seconds, limits.calls", "all of it, at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_next_start_can_take_up_is_told_and_the_rest_holds() {
    let house = House::asking().await;
    let act =
        house.settle("listen = \"127.0.0.1:4\"\n[limits]\ncalls = 2\nmemory_mib = 8\n[secrets]\nkey = \"file\"").await;
    let later = "listen, secrets.key, limits.memory_mib";
    let payload = act.payload.expect("it says what changed");
    assert_eq!((payload["changed"].as_str(), payload["at-next-start"].as_str()), (Some("limits.calls"), Some(later)));
    house.twice().await.expect_err("the limit on calls holds");
    let check = house.doctor_says("settings").await;
    let told = "what `loket.toml` says of `listen`, `secrets.key`, `limits.memory_mib` takes effect at the next start";
    assert!(check.state == "warning" && check.detail.contains(told), "{check:?}");
    // A start takes all of it up, and says nothing more of it.
    let house = house.restart().await;
    assert_eq!(house.doctor_says("settings").await.state, "ok");
    house.twice().await.expect_err("the limit on calls holds");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_taken_away_leaves_everything_as_usual() {
    let house = House::asking().await;
    house.settle("[limits]\ncalls = 2").await;
    let text = fs::read_to_string(house.settings_file()).expect("it is there");
    fs::remove_file(house.settings_file()).expect("it can be removed");
    until("it is noticed", async || house.taken_up().await.len() == 2).await;
    house.twice().await.expect("calls are as usual");
    let check = house.doctor_says("settings").await;
    assert!(check.detail.contains("`registry` takes effect at the next start"), "{check:?}");
    fs::write(house.settings_file(), text).expect("it can be written");
    until("it is back", async || house.doctor_says("settings").await.state == "ok").await;
    house.twice().await.expect_err("and holds");
}

/// A component that answers `run`, with something that looks like a private key in its data.
fn with_a_key() -> Vec<u8> {
    crate::scanners::tool(crate::scanners::KEY)
}

impl House {
    async fn package(&self, name: &str) -> PackageInfo {
        let packages = self.host.packages().await.expect("they can be listed");
        packages.into_iter().find(|package| package.name == name).expect("it is there")
    }

    async fn runs(&self) -> bool {
        self.call("acme:tool/acts", "run", json!([])).await.is_ok_and(|answer| answer == 7)
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        crate::scanners::put(self.folder.path(), name, "1.0.0", bytes);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_policy_for_findings_judges_what_waits_outside_and_what_runs_is_told() {
    let house = House::watched().await;
    house.put("acme/tool", &with_a_key());
    let state = async || house.package("acme:tool").await.state;
    until("it is blocked", async || {
        let packages = house.host.packages().await.expect("they can be listed");
        packages.iter().any(|package| package.name == "acme:tool" && package.state.contains("secrets/private-key"))
    })
    .await;
    assert!(!house.runs().await);
    house.settle("[scan]\ncritical = \"inform\"").await;
    until("it is let in", async || state().await == "ready").await;
    assert!(house.runs().await);
    house.settle("").await;
    until("it is told", async || state().await.starts_with("ready, for now: ")).await;
    let told = state().await;
    assert!(told.contains("would not be loaded again") && told.contains("secrets/private-key"), "{told}");
    assert!(house.runs().await, "it was let in, and goes on");
    let check = house.doctor_says("package acme:tool@1.0.0").await;
    assert!(check.state == "warning" && check.detail.contains("would not be loaded again"), "{check:?}");
    // Taken up in another place, or at a start, it is judged as it is now.
    let house = house.restart().await;
    assert!(!house.runs().await && house.package("acme:tool").await.state.contains("cannot be admitted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scanner_that_comes_looks_at_what_runs_already_which_goes_on_and_is_told() {
    let house = House::watched().await;
    house.put("acme/tool", &crate::scanners::tool("plain words, which a scanner sees that comes later"));
    until("it runs", async || house.runs().await).await;
    assert_eq!(house.package("acme:tool").await.state, "ready");
    // One that fails lets nothing pass.
    house.put("acme/scanner", &crate::scanners::scanner("", "unreachable"));
    let told = async || house.package("acme:tool").await.state;
    until("it is told", async || told().await.contains("acme:scanner@1.0.0")).await;
    assert!(told().await.starts_with("ready, for now: ") && house.runs().await, "{}", told().await);
    let agents = house.host.agents().await.expect("they can be listed");
    assert!(agents.iter().all(|agent| agent.state.contains("acme:scanner@1.0.0")), "{agents:?}");
    house.say("assistant", "hello").await.expect("whoever runs goes on");
    assert_eq!(house.doctor_says("agent assistant").await.state, "warning");
    // What comes now is not let in.
    house.put("acme/other", &crate::scanners::tool("other words, which the same scanner is shown"));
    until("it is there", async || {
        let packages = house.host.packages().await.expect("they can be listed");
        packages.iter().any(|p| p.name == "acme:other" && p.state.contains("host/scanner-failed"))
    })
    .await;
    fs::remove_dir_all(house.folder.path().join("registry/acme/scanner")).expect("it can be removed");
    until("nothing is said any more", async || told().await == "ready").await;
    until("the other is let in", async || house.package("acme:other").await.state == "ready").await;
}
