//! An agent is its folder: it comes, changes and goes with it while its host runs, and its memory stays with the folder.

use crate::hot_load::until;
use crate::house::{House, built};
use loket_gateways::desk::{AgentInfo, Desk as _};
use std::fs;
use std::path::Path;

impl House {
    /// Another agent with bob's manifest and persona.
    fn copy_of_bob(&self, place: &Path) {
        fs::create_dir(place).expect("it can be made");
        for file in ["persona.md", "agent.toml"] {
            fs::copy(self.folder.path().join("agents/bob").join(file), place.join(file)).expect("it can be copied");
        }
    }

    async fn zoe(&self) -> Option<AgentInfo> {
        let agents = self.host.agents().await.expect("they can be listed");
        agents.into_iter().find(|agent| agent.name == "zoe")
    }

    /// Grants her what she needs, once she is there.
    async fn let_zoe_think(&self) {
        until("she is there", async || self.zoe().await.is_some()).await;
        for wanted in ["loket:brain/memory", "loket:model/chat", "loket:tools/catalog", "loket:offline"] {
            self.grant("zoe", wanted).await;
        }
        assert_eq!(self.zoe().await.map(|agent| agent.state).as_deref(), Some("ready"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_comes_changes_and_goes_with_its_folder() {
    let house = House::watched().await;
    let zoe = house.folder.path().join("agents/zoe");
    house.copy_of_bob(&zoe);
    let state = async || house.zoe().await.map(|agent| agent.state);
    house.let_zoe_think().await;

    // What she is told she is, turn by turn.
    let told = async || {
        house.say("zoe", "who are you?").await.expect("she answers");
        let lines = house.lines("loket:roles/handler of agent:zoe", "handle").await;
        let asked = lines.iter().rfind(|line| line.kind == "intent").and_then(|line| line.payload.clone());
        asked.expect("the ledger has it").to_string()
    };
    fs::write(zoe.join("persona.md"), "You are Zoe, a keeper of bees.").expect("it can be written");
    until("she is a keeper of bees", async || told().await.contains("a keeper of bees")).await;

    let manifest = fs::read_to_string(zoe.join("agent.toml")).expect("it reads");
    fs::write(zoe.join("agent.toml"), "package = 7").expect("it can be written");
    until("her manifest is refused", async || state().await.is_some_and(|state| state.contains("agent.toml"))).await;
    assert!(told().await.contains("a keeper of bees"), "she goes on as she was");
    fs::write(zoe.join("agent.toml"), manifest).expect("it can be written");
    until("she is well again", async || state().await.as_deref() == Some("ready")).await;

    fs::remove_dir_all(&zoe).expect("it can be removed");
    until("she is gone", async || state().await.is_none()).await;
    let gone = house.say("zoe", "are you there?").await.expect_err("she is gone");
    assert_eq!(gone.code, "not-found", "{gone:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_that_waits_for_its_package_is_taken_up_when_that_comes() {
    let house = House::watched().await;
    let zoe = house.folder.path().join("agents/zoe");
    house.copy_of_bob(&zoe);
    house.let_zoe_think().await;
    let manifest = fs::read_to_string(zoe.join("agent.toml")).expect("it reads");
    fs::write(zoe.join("agent.toml"), manifest.replace("loket:assistant", "drop:mind")).expect("it can be written");
    let waits = async || house.zoe().await.is_some_and(|agent| agent.state.contains("`drop:mind`"));
    until("she waits for it", waits).await;
    // Something else happens meanwhile, in which nobody looks at her folder.
    house.grant("assistant", "test:echo").await;
    assert!(waits().await, "she waits still");

    let assistant = built("LOKET_REGISTRY").join("loket/assistant");
    let assistant = fs::read_dir(assistant).expect("it is there").flatten().next().expect("it was built").path();
    let place = house.folder.path().join("registry/drop/mind");
    fs::create_dir_all(&place).and_then(|()| fs::copy(assistant, place.join("1.0.0.wasm"))).expect("it can be copied");
    let runs = async || house.zoe().await.is_some_and(|agent| agent.package == "drop:mind@1.0.0");
    until("she runs it", runs).await;
    house.say("zoe", "hello").await.expect("she answers");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_takes_anothers_place_has_its_own_memory() {
    let house = House::watched().await;
    let (zoe, aside) = (house.folder.path().join("agents/zoe"), tempfile::tempdir_in(house.folder.path()));
    let aside = aside.expect("a folder on the same disk");
    let (first, second) = (aside.path().join("first"), aside.path().join("second"));
    house.copy_of_bob(&zoe);
    house.let_zoe_think().await;
    house.say("zoe", "my bicycle is green").await.expect("she takes it in");
    house.copy_of_bob(&second);

    let swap = |out: &Path, into: &Path| {
        fs::rename(&zoe, out).and_then(|()| fs::rename(into, &zoe)).expect("they can be moved");
    };
    let knows = async || house.say("zoe", "what colour is my bicycle?").await.is_ok_and(|r| r.text.contains("green"));
    swap(&first, &second);
    until("she is another", async || !knows().await).await;
    swap(&second, &first);
    until("she is herself", async || knows().await).await;
    // What was moved away was closed: it is whole, and nobody holds it.
    house.say("zoe", "my bicycle is blue").await.expect("she takes it in");
}
