//! What a server offers is granted, asked about, written down and taken back like any other tool.

use super::{Ground, TOOLS, states};
use loket_gateways::desk::{Desk as _, GrantRequest, ServerAcceptRequest, ServerAddRequest, ServerName};

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_is_granted_answers_an_agent_and_one_that_is_not_is_refused() {
    let ground = Ground::new().await;
    ground.accept().await;
    let told = ground.ask("look", "hello").await;
    assert!(told.contains("no command `/odd_look`"), "nothing is granted by itself: {told}");
    assert_eq!(ground.kinds("look").await, [""; 0]);
    let request =
        GrantRequest { grantee: "assistant".into(), capability: format!("{TOOLS}#look"), ..GrantRequest::default() };
    let granted = ground.house.grant_as(request).await;
    assert_eq!((granted.provider.as_str(), &granted.functions[..]), ("mcp:odd", &["look".to_owned()][..]));
    let told = ground.ask("look", "hello").await;
    assert!(told.contains("hello"), "{told}");
    assert_eq!(ground.kinds("look").await, ["intent", "outcome"]);
    let told = ground.ask("act", "hello").await;
    assert!(told.contains("no command `/odd_act`"), "one tool was granted, and not the other: {told}");
    ground.house.revoke("assistant", TOOLS).await;
    let told = ground.ask("look", "hello").await;
    assert!(told.contains("no command `/odd_look`"), "{told}");
    assert_eq!((ground.kinds("look").await.len(), ground.kinds("act").await.len()), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_told_what_the_server_says_of_its_tools() {
    let ground = Ground::granted("").await;
    let listed =
        ground.house.call("loket:tools/catalog", "list", serde_json::json!({})).await.expect("they are listed");
    let tools = listed["ok"].as_array().expect("a list");
    let look = tools.iter().find(|tool| tool["name"] == "odd_look").expect("it is among them");
    assert_eq!((look["description"].as_str(), look["origin"].as_str()), (Some("Looks."), Some("mcp:odd/tools#look")));
    let schema: serde_json::Value = serde_json::from_str(look["parameters"].as_str().expect("text")).expect("JSON");
    assert_eq!(
        (&schema["required"], &schema["properties"]["what"]["type"]),
        (&serde_json::json!(["what"]), &serde_json::json!("string"))
    );
    let inspection = ground.house.host.inspect("assistant").await.expect("it can be looked into");
    let branch = inspection.authority.iter().find(|branch| branch.provider == "mcp:odd").expect("it is in the tree");
    assert_eq!((branch.capability.as_str(), branch.verdict.as_str()), (TOOLS, "allow"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_tool_answers_marks_the_turn_as_a_strangers_words() {
    let ground = Ground::granted("").await;
    ground.ask("look", "hello").await;
    let lines = ground.house.ledger().await;
    let outcome = lines.iter().find(|line| line.function == "look" && line.kind == "outcome").expect("it is written");
    let after = lines.iter().rfind(|line| line.turn == outcome.turn && line.kind == "end").expect("it ended");
    assert!(after.labels.iter().any(|label| label == "untrusted"), "{after:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_shows_is_what_its_bytes_say_and_no_more_than_fits() {
    let ground = Ground::granted("result_kib = 2048").await;
    let call = serde_json::json!({ "name": "odd_look", "arguments": "{\"what\": \"pictures\"}" });
    let invocations = serde_json::json!({ "invocations": [call, call] });
    let seen = ground.house.call("loket:tools/catalog", "see-all", invocations).await.expect("it answers");
    for (answer, shown) in [(&seen[0]["ok"], 4), (&seen[1]["ok"], 1)] {
        let pictures = answer["pictures"].as_array().unwrap_or_else(|| panic!("{answer}"));
        assert_eq!(pictures.len(), shown, "of 512 KiB");
        assert!(pictures.iter().all(|picture| picture["mime"] == "image/png"));
        let told: Vec<serde_json::Value> =
            serde_json::from_str(answer["text"].as_str().expect("text")).expect("a list");
        assert_eq!((&told[0]["mime"], &told[0]["picture"]), (&"image/png".into(), &1.into()), "it said `text/html`");
        assert_eq!(told[1]["left-out"], "it is no PNG, JPEG, GIF or WebP", "it said `image/png`");
        assert_eq!(told.iter().filter(|told| told["picture"].is_u64()).count(), shown, "{told:?}");
        assert!(told[7]["left-out"].as_str().is_some_and(|why| why.contains("shown")), "{}", told[7]);
    }
    let labels = ground.house.lines("loket:tools/catalog", "see-all").await.pop().expect("it was called").labels;
    assert!(labels.iter().any(|label| label == "untrusted"), "{labels:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_words_leave_no_room_for_pictures_the_words_come_through() {
    let ground = Ground::granted("result_kib = 2048\n[limits]\nresult_kib = 1200").await;
    let call = |what: &str| {
        let arguments = serde_json::json!({ "what": what }).to_string();
        serde_json::json!({ "name": "odd_look", "arguments": arguments })
    };
    let see = async |calls: &[serde_json::Value]| {
        let invocations = serde_json::json!({ "invocations": calls });
        ground.house.call("loket:tools/catalog", "see-all", invocations).await.expect("it answers")
    };
    assert_eq!(see(&[call("pictures")]).await[0]["ok"]["pictures"].as_array().map(Vec::len), Some(4));
    let seen = see(&[call("pictures"), call("large")]).await;
    assert_eq!(seen[0]["ok"]["pictures"], serde_json::json!([]));
    assert!(seen[0]["ok"]["text"].as_str().is_some_and(|text| text.contains("leave no room for pictures")), "{seen}");
    assert!(seen[1]["ok"]["text"].as_str().is_some_and(|text| text.len() > 1 << 20));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_brings_a_server_in_for_an_agent_is_asked_about_what_is_not_read_only() {
    let ground = Ground::new().await;
    let request = ServerAcceptRequest { name: "odd".into(), to: Some("assistant".into()), digest: None };
    let change = ground.house.host.tool_server_accept(request).await.expect("it is accepted");
    let granted: Vec<_> = change.granted.iter().map(|g| (g.verdict.as_str(), g.functions.join(","))).collect();
    assert_eq!(granted, [("allow", "look".to_owned()), ("ask", "act".to_owned())]);
    assert!(ground.ask("look", "hello").await.contains("hello"));
    let (host, asking) = (ground.house.host.clone(), ground.ask("act", "hello"));
    let answering = async {
        loop {
            if let Some(ask) = host.asks().await.expect("they are listed").into_iter().next() {
                return ask;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        told = asking => panic!("it must wait for its owner: {told}"),
        ask = answering => assert_eq!((ask.function.as_str(), ask.capability.as_str()), ("act", TOOLS)),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_added_to_the_settings_accepted_and_taken_out_again() {
    let ground = Ground::new().await;
    let settings = ground.house.folder.path().join("loket.toml");
    let text = std::fs::read_to_string(&settings).expect("it is there");
    let remarked = text.replace("[mcp.odd]", "# dear\n[mcp.odd]");
    std::fs::write(&settings, &remarked).expect("it can be written");
    let script = text.split('"').find(|part| part.ends_with("unkind.py")).expect("it is named").to_owned();
    let folder = ground.folder.path().canonicalize().expect("it is there").display().to_string();
    let request = ServerAddRequest {
        name: "two".into(),
        command: vec!["/usr/bin/python3".into(), script.clone(), folder.clone()],
        folders: vec![folder],
        read: vec![script],
        to: Some("assistant".into()),
        ..ServerAddRequest::default()
    };
    let change = ground.house.host.tool_server_add(request).await.expect("it is added");
    let server = change.server.expect("it is there");
    assert_eq!((change.changed, server.state.as_str()), (true, "connected"), "{server:?}");
    assert_eq!(states(&server), [("act", "accepted"), ("look", "accepted")]);
    let now = std::fs::read_to_string(&settings).expect("it is there");
    assert!(now.contains("# dear\n[mcp.odd]") && now.contains("[mcp.two]"), "{now}");
    let told = ground.house.say("assistant", "/two_look {\"what\":\"hello\"}").await.expect("it answers").text;
    assert!(told.contains("hello"), "{told}");
    let acts: Vec<_> =
        ground.house.ledger().await.into_iter().filter(|line| line.function == "server accepted").collect();
    assert!(
        acts.len() == 1 && acts[0].payload.as_ref().is_some_and(|payload| payload.to_string().contains("mcp:two")),
        "{acts:?}"
    );

    let gone = ground.house.host.tool_server_remove(ServerName { name: "two".into() }).await.expect("it is removed");
    assert!(gone.changed);
    let told =
        ground.house.say("assistant", "/two_look {\"what\":\"hello\"}").await.map_or_else(|p| p.message, |r| r.text);
    assert!(!told.contains("\"hello\""), "{told}");
    let left: Vec<_> =
        ground.house.host.tool_servers().await.expect("they are listed").into_iter().map(|s| s.name).collect();
    assert_eq!(left, ["odd"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_holds_after_a_restart_and_the_server_is_started_when_it_is_needed() {
    let ground = Ground::granted("").await;
    let Ground { house, folder } = ground;
    let house = house.restart().await;
    house.host.launch.set(loket_providers::run::launcher::Launcher::of(env!("CARGO_BIN_EXE_loket")));
    let ground = Ground { house, folder };
    let servers = ground.house.host.tool_servers().await.expect("they are listed");
    assert_eq!((servers[0].state.as_str(), servers[0].tools.len()), ("idle", 2));
    assert!(ground.ask("look", "hello").await.contains("hello"));
}
