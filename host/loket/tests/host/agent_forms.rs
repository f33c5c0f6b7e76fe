//! An agent that is changed and made at the desk, and what is said of a grant before it is given.

use crate::house::House;
use loket::Host;
use loket_gateways::desk::{AgentChange, AgentLimitsInfo, AgentMake, Desk, GrantRequest, Problem};
use loket_guardian::seal::OwnerKey;
use std::sync::Arc;

fn limits(rounds: u32) -> AgentLimitsInfo {
    AgentLimitsInfo { rounds: Some(rounds), ..AgentLimitsInfo::default() }
}

fn scout(name: &str) -> AgentMake {
    AgentMake {
        name: name.into(),
        package: "loket:assistant".into(),
        model: "loket:offline".into(),
        persona: "You look after the garden.".into(),
        limits: limits(4),
        schedules: vec![],
    }
}

async fn change(house: &House, digest: &str, persona: &str) -> Result<String, Problem> {
    let (name, digest, model) = ("assistant".to_owned(), digest.to_owned(), "loket:offline".to_owned());
    let (limits, schedules) = (limits(6), None);
    let request = AgentChange { name, digest, persona: persona.into(), model, limits, schedules };
    house.host.agent_change(request).await.map(|agent| agent.persona)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_changed_in_its_folder_and_in_the_ledger_and_goes_on() {
    let house = House::new().await;
    let before = Desk::agent(&*house.host, "assistant").await.expect("it is there");
    assert_eq!(change(&house, &before.digest, "You are calm.\n").await.as_deref(), Ok("You are calm.\n"));
    let folder = house.folder.path().join("agents/assistant");
    let read = |file: &str| std::fs::read_to_string(folder.join(file)).expect("it reads");
    assert_eq!(read("persona.md"), "You are calm.\n");
    assert!(
        read("agent.toml").contains("rounds = 6") && read("agent.toml").contains("wants = ["),
        "{}",
        read("agent.toml")
    );
    let after = Desk::agent(&*house.host, "assistant").await.expect("it is there");
    assert_eq!((after.info.state.as_str(), after.limits.rounds, after.wants), ("ready", Some(6), before.wants));
    house.say("assistant", "hello").await.expect("it answers");
    let acts: Vec<String> =
        house.ledger().await.into_iter().filter(|line| line.kind == "act").map(|line| line.function).collect();
    assert!(acts.contains(&"agent changed".to_owned()), "{acts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_what_was_changed_since_is_refused_and_changes_nothing() {
    let house = House::new().await;
    let before = Desk::agent(&*house.host, "assistant").await.expect("it is there");
    std::fs::write(house.folder.path().join("agents/assistant/persona.md"), "mine").expect("it can be written");
    let problem = change(&house, &before.digest, "theirs").await.expect_err("it was changed");
    assert!(problem.message.contains("since you looked"), "{problem:?}");
    assert_eq!(Desk::agent(&*house.host, "assistant").await.expect("it is there").persona, "mine");
    assert!(change(&house, &before.digest, &"x".repeat(100_000)).await.is_err(), "too long");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_agent_is_granted_nothing_and_no_name_leads_out_of_its_folder() {
    let house = House::new().await;
    let made = house.host.agent_make(scout("garden-scout")).await.unwrap_or_else(|p| panic!("it is made: {p:?}"));
    assert_eq!((made.persona.as_str(), made.limits.rounds), ("You look after the garden.", Some(4)));
    assert!(house.host.grants(Some("garden-scout")).await.expect("listed").is_empty());
    for name in ["garden-scout", "../scout", "a/b", "Scout", ""] {
        assert!(house.host.agent_make(scout(name)).await.is_err(), "{name}");
    }
    let wrong = AgentMake { package: "no package".into(), ..scout("other") };
    assert!(house.host.agent_make(wrong).await.is_err());
    let names: Vec<String> = house.host.agents().await.expect("listed").into_iter().map(|agent| agent.name).collect();
    assert_eq!(names, ["assistant", "bob", "garden-scout"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_safe_mode_no_agent_is_changed_or_made() {
    let house = House::new().await;
    let before = Desk::agent(&*house.host, "assistant").await.expect("it is there");
    let folder = house.close().await;
    // A home that nobody sealed with this key is opened in safe mode.
    let key = OwnerKey::make("a passphrase", |chance| chance.fill(3)).expect("made").public().to_string();
    let host = Host::open_for(folder.path(), Some(&key)).await.unwrap_or_else(|p| panic!("the home opens: {p:?}"));
    let house = House { host: Arc::new(host), folder };
    assert_eq!(change(&house, &before.digest, "x").await.expect_err("safe mode").code, "unavailable");
    assert_eq!(house.host.agent_make(scout("scout")).await.expect_err("safe mode").code, "unavailable");
    assert!(!house.folder.path().join("agents/scout").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_grant_would_be_is_said_and_nothing_is_granted() {
    let house = House::new().await;
    let (grantee, capability) = ("bob".to_owned(), "loket:calc".to_owned());
    let request = GrantRequest { grantee, capability, per_day: Some(3), ..GrantRequest::default() };
    let said = house.host.grant_preview(request.clone()).await.expect("it would be");
    assert_eq!((said.grantee.as_str(), said.per_day), ("agent:bob", Some(3)));
    assert!(house.host.grants(Some("bob")).await.expect("listed").is_empty());
    let granted = house.grant_as(request.clone()).await;
    assert_eq!((granted.capability, granted.delegates), (said.capability, said.delegates));
    let nobody = GrantRequest { grantee: "nobody".into(), ..request };
    assert!(house.host.grant_preview(nobody).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_scanners_found_is_told_with_its_evidence() {
    let house = House::new().await;
    let packages = house.host.packages().await.expect("listed");
    let mut found = 0;
    for package in packages {
        let findings =
            house.host.findings(&format!("{}@{}", package.name, package.version)).await.expect("it is there");
        found += findings.iter().filter(|finding| !finding.evidence.is_empty() && !finding.title.is_empty()).count();
    }
    assert!(found > 0, "the fixtures have something in them");
    assert!(house.host.findings("no:such").await.is_err());
}
