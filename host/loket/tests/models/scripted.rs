//! The adapter and a scripted model: streams, tool calls, refusals, errors.

use crate::peers::Peer;
use crate::{home, words};
use loket_gateways::desk::{Desk as _, GrantRequest, SecretRequest, SecretValue};

#[tokio::test(flavor = "multi_thread")]
async fn words_stream_to_whoever_watches_and_are_whole_at_the_end() {
    let peer = Peer::scripted(None);
    let address = peer.address.to_string();
    let house = home(&address, "").await;
    house.connect(&address).await;
    let (reply, events) = house.chat("hello").await;
    let reply = reply.unwrap_or_else(|p| panic!("it answers: {p:?}"));
    assert_eq!(reply.text, "Hello! I am a scripted model, and this answer is long enough to come in several pieces.");
    assert_eq!(words(&events).concat(), reply.text);
    assert!(words(&events).len() > 2, "it came in pieces: {:?}", words(&events));
    let asked = peer.journal();
    assert_eq!((asked.len(), asked[0]["body"]["model"].as_str()), (1, Some("m")));
    let chain = "owner > agent:assistant > package:loket:openai";
    let lines = house.lines("loket:http/client", "send").await;
    assert!(lines.iter().any(|line| line.chain == chain), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_the_model_asks_for_runs_and_its_result_goes_back() {
    let peer = Peer::scripted(None);
    let address = peer.address.to_string();
    let house = home(&address, "").await;
    house.connect(&address).await;
    let (reply, _) = house.chat("how much is three times 19.99?").await;
    assert_eq!(reply.expect("it answers").text, "It is 59.97, I calculated it.");
    assert_eq!(house.lines("loket:calc/arithmetic", "evaluate").await.len(), 2, "an intent and an outcome");
    let asked = peer.journal();
    let messages = asked[1]["body"]["messages"].as_array().expect("a list");
    let [call, result] = &messages[messages.len() - 2..] else { panic!("{messages:?}") };
    assert_eq!(call["tool_calls"][0]["function"]["name"], "calc_evaluate");
    assert_eq!((result["role"].as_str(), &result["tool_call_id"]), (Some("tool"), &call["tool_calls"][0]["id"]));
    let offered = asked[0]["body"]["tools"].as_array().expect("a list");
    let names: Vec<_> = offered.iter().filter_map(|tool| tool["function"]["name"].as_str()).collect();
    for name in ["memory_remember", "calc_evaluate", "clock_now", "clock_between"] {
        assert!(names.contains(&name), "{names:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_calls_run_at_once_and_one_that_fails_says_so() {
    let peer = Peer::scripted(None);
    let address = peer.address.to_string();
    let house = home(&address, "").await;
    house.connect(&address).await;
    let (reply, _) = house.chat("what day is it?").await;
    assert_eq!(reply.expect("it answers").text, "The clock has told me.");
    let messages = peer.journal()[1]["body"]["messages"].clone();
    let results: Vec<_> = messages.as_array().expect("a list").iter().filter(|m| m["role"] == "tool").collect();
    assert_eq!(results.len(), 2);
    let now = results[0]["content"].as_str().expect("text");
    let year = jiff::Timestamp::now().strftime("%Y-").to_string();
    assert!(now.contains(&year) && now.contains("Europe/Amsterdam"), "{now}");
    assert!(results[1]["content"].as_str().is_some_and(|text| text.starts_with("failed: ")), "{}", results[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_host_in_its_grant_the_adapter_reaches_no_server_and_the_command_is_told() {
    let peer = Peer::scripted(None);
    let address = peer.address.to_string();
    let house = home(&address, "").await;
    house.reach("127.0.0.1:9", &[]).await;
    house.grant("assistant", "loket:openai").await;
    let problem = house.chat("hello").await.0.expect_err("it is refused");
    let told = format!("{} {}", problem.message, problem.hint.unwrap_or_default());
    assert!(told.contains("loket grant") && told.contains(&address), "{told}");
    assert_eq!(peer.journal().len(), 0, "nothing reached the server");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_adapter_may_reach_is_the_agents_only_when_it_is_delegated() {
    let peer = Peer::scripted(None);
    let address = peer.address.to_string();
    let house = home(&address, "").await;
    house.reach(&address, &[]).await;
    let (grantee, capability) = ("assistant".to_owned(), "loket:openai".to_owned());
    house.grant_as(GrantRequest { grantee, capability, no_delegation: true, ..GrantRequest::default() }).await;
    house.chat("hello").await.0.expect_err("it is refused");
    assert_eq!(peer.journal().len(), 0, "nothing reached the server");
    house.grant("assistant", "loket:openai").await;
    house.chat("hello").await.0.expect("now it answers");
    assert_eq!(peer.journal().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_opens_the_server_without_the_adapter_or_the_ledger_ever_having_it() {
    const KEY: &str = "sk-5gTq9zVbX2mKw7Lr";
    let peer = Peer::scripted(Some(KEY));
    let address = peer.address.to_string();
    let house = home(&address, "key = \"there-key\"").await;
    let (name, value) = ("there-key".to_owned(), SecretValue::new(KEY.to_owned().into()));
    let secret = SecretRequest { name, value, hosts: vec![address.clone()], replace: false };
    house.host.secret_set(secret).await.expect("it is kept");
    house.reach(&address, &["there-key"]).await;
    house.grant("assistant", "loket:openai").await;
    let reply = house.chat("hello").await.0.unwrap_or_else(|p| panic!("it answers: {p:?}"));
    assert!(reply.text.starts_with("Hello!"), "{}", reply.text);
    let sent = house.lines("loket:http/client", "send").await;
    let payloads = format!("{:?}", sent.iter().map(|line| &line.payload).collect::<Vec<_>>());
    assert!(payloads.contains("there-key"), "it is asked for by its name: {payloads}");
    let ledger = format!("{:?}", house.ledger().await.iter().map(|line| &line.payload).collect::<Vec<_>>());
    assert!(!ledger.contains(KEY), "its value is in no line");

    // The same server, and the grant without the secret: the key stays where it is.
    house.reach(&address, &[]).await;
    house.chat("hello").await.0.expect_err("the server wants its key");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_refuses_reaches_the_owner_with_what_to_do() {
    let peer = Peer::scripted(Some("right"));
    let address = peer.address.to_string();
    let house = home(&address, "").await;
    house.connect(&address).await;
    let problem = house.chat("hello").await.0.expect_err("it wants a key");
    let told = format!("{} {}", problem.message, problem.hint.unwrap_or_default());
    assert!(told.contains("loket secret set there-key") && told.contains("401"), "{told}");
    drop(peer);

    let peer = Peer::scripted(None);
    let address = peer.address.to_string();
    let house = home(&address, "patience = 0").await;
    house.connect(&address).await;
    for (text, word) in
        [("busy", "Too many people ask"), ("too long", "begin a new conversation"), ("unknown", "no fixture matched")]
    {
        let problem = house.chat(text).await.0.expect_err(text);
        let told = format!("{} {}", problem.message, problem.hint.unwrap_or_default());
        assert!(told.contains(word), "{text}: {told}");
    }
    drop(peer);
    let problem = house.chat("hello").await.0.expect_err("nobody is there");
    assert!(problem.message.contains("start its server"), "{problem:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_says_by_which_commands_a_model_can_be_reached() {
    let house = home("127.0.0.1:8080", "key = \"there-key\"").await;
    let look = async |house: &crate::house::House| {
        let checks = house.host.doctor().await.expect("it looks");
        checks.into_iter().find(|check| check.name == "model there").expect("it looks at the model")
    };
    let check = look(&house).await;
    assert_eq!(check.state, "warning");
    assert_eq!(
        check.hint.as_deref(),
        Some(
            "loket secret set there-key --host 127.0.0.1:8080\n\
             loket grant loket:openai loket:http/client --host 127.0.0.1:8080 --secret there-key\n\
             loket grant assistant loket:openai"
        )
    );
    house.reach("127.0.0.1:8080", &["there-key"]).await;
    assert_eq!(look(&house).await.hint.as_deref(), Some("loket grant assistant loket:openai"));
    house.grant("assistant", "loket:openai").await;
    assert_eq!(look(&house).await.state, "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_whose_model_is_not_in_the_settings_says_what_to_write() {
    let house = home("127.0.0.1:8080", "").await;
    let settings = house.folder.path().join("loket.toml");
    let text = std::fs::read_to_string(&settings).expect("it is there").replace("[models.there]", "[models.here]");
    std::fs::write(&settings, text).expect("it can be written");
    let house = house.restart().await;
    let problem = house.chat("hello").await.0.expect_err("it has no model");
    let told = format!("{} {}", problem.message, problem.hint.unwrap_or_default());
    assert!(told.contains("`loket.toml` has no `[models.there]`"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_is_written_into_the_settings_while_the_host_serves_is_thought_with_from_the_next_turn() {
    let (first, second) = (Peer::scripted(None), Peer::scripted(None));
    let house = home("127.0.0.1:8080", "").await;
    house.host.watch();
    let settings = house.folder.path().join("loket.toml");
    let text = std::fs::read_to_string(&settings).expect("it is there");
    let (limits, _) = text.split_once("[models.there]").expect("it names a model");
    // First there is none of that name: what the agent had holds on. Then there is one elsewhere, and again elsewhere.
    std::fs::write(&settings, limits).expect("it can be written");
    let state = async || {
        let agents = house.host.agents().await.expect("they can be listed");
        agents.into_iter().find(|agent| agent.name == "assistant").expect("it is there").state
    };
    until("it is missed", async || state().await.contains("no `[models.there]`")).await;
    for peer in [&first, &second] {
        let address = peer.address.to_string();
        let model =
            format!("[models.there]\nadapter = \"loket:openai\"\nurl = \"http://{address}/v1\"\nmodel = \"m\"\n");
        std::fs::write(&settings, format!("{limits}{model}")).expect("it can be written");
        house.connect(&address).await;
        let reached = async || house.chat("hello").await.0.is_ok() && !peer.journal().is_empty();
        until("this server answers", reached).await;
        assert_eq!(state().await, "ready");
    }
    let asked = first.journal().len();
    house.chat("hello").await.0.expect("it answers");
    assert_eq!(first.journal().len(), asked, "nobody asks the first one any more");
}

/// Waits until something holds: half a minute at most.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = std::time::Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < std::time::Duration::from_secs(30), "waited in vain until {what}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
