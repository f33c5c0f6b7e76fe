//! Yes, no, and what lies between.

use super::{act, asking_house, asking_house_with};
use crate::house::House;
use loket_gateways::desk::{ChatEvent, ChatRequest, Desk, GrantRequest};
use serde_json::json;
use tokio::sync::mpsc;

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_approved_is_made_once_and_the_next_one_asks_again() {
    let house = asking_house().await;
    let (told, asked) = tokio::join!(house.asks_to_echo("hello"), house.answers("once"));
    assert_eq!(told.expect("it is made")["ok"], "hello");
    assert_eq!((asked.who.as_str(), asked.chain.as_str()), ("package:test:asker", "owner > package:test:asker"));
    assert_eq!((asked.capability.as_str(), asked.function.as_str()), ("test:echo/acts", "echo"));
    assert_eq!(asked.arguments, json!({ "text": "hello" }));
    assert_eq!(house.about_echo().await, ["asked", "answered once", "intent", "outcome"]);
    let lines = house.lines("test:echo/acts", "echo").await;
    let (question, answer) = (act(&lines, "asked"), act(&lines, "answered"));
    assert_eq!(
        (&question["ask"], &answer["ask"], &answer["by"]),
        (&json!(asked.id), &json!(asked.id), &json!("owner"))
    );
    assert_eq!((&question["digest"], &answer["digest"]), (&json!(asked.digest), &json!(asked.digest)));

    let (told, second) = tokio::join!(house.asks_to_echo("hello"), house.answers("no"));
    assert_eq!(told.expect_err("it is refused").code, "denied");
    assert_ne!(second.digest, asked.digest, "the same call is another ask");
    assert_eq!(second.earlier[0].answer, "once", "what was answered before is told");
    let expect = ["asked", "answered once", "intent", "outcome", "asked", "answered no", "refused"];
    assert_eq!(house.about_echo().await, expect);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_answers_in_time_is_refused_and_says_so() {
    let house = asking_house_with("[approvals]\nseconds = 1\n").await;
    let problem = house.asks_to_echo("hello").await.expect_err("nobody answers");
    assert_eq!(problem.code, "needs-approval");
    assert!(problem.message.contains("did not answer within 1 s"), "{problem:?}");
    assert_eq!(problem.hint.as_deref(), Some("loket grant test:asker test:echo/acts"));
    assert_eq!(house.about_echo().await, ["asked", "answered none", "refused"]);
    assert!(house.host.asks().await.expect("listed").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_that_the_owner_edits_are_those_that_are_used_and_the_ledger_has_both() {
    let house = asking_house().await;
    let edits = async {
        let asks = house.waits(1).await;
        for wrong in [json!({ "text": 7 }), json!({ "words": "b" }), json!([])] {
            let problem = house.answer(&asks, "once", Some(wrong)).await.expect_err("it does not fit");
            assert_eq!(problem.code, "invalid", "{problem:?}");
        }
        let problem = house.answer(&asks, "always", Some(json!({ "text": "b" }))).await.expect_err("for once only");
        assert_eq!(problem.code, "invalid", "{problem:?}");
        house.answer(&asks, "once", Some(json!(["b"]))).await.expect("it fits");
    };
    let (told, ()) = tokio::join!(house.asks_to_echo("a"), edits);
    assert_eq!(told.expect("it is made")["ok"], "b");
    let lines = house.lines("test:echo/acts", "echo").await;
    assert_eq!(act(&lines, "asked")["arguments"], json!({ "text": "a" }));
    assert_eq!(act(&lines, "answered")["arguments"], json!({ "text": "b" }));
    let intent = lines.iter().find(|line| line.kind == "intent").expect("it was made");
    assert_eq!(intent.payload, Some(json!("b")));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_calls_a_tool_by_name_is_told_which_arguments_the_owner_used() {
    let house = asking_house().await;
    let edits = async {
        let asks = house.waits(1).await;
        house.answer(&asks, "once", Some(json!({ "text": "b" }))).await.expect("it fits");
    };
    let arguments = json!({ "tool": "echo_echo", "arguments": "{\"text\":\"a\"}" });
    let (told, ()) = tokio::join!(house.call("test:asker/acts", "call", arguments), edits);
    let told = told.expect("it is made");
    let told: serde_json::Value = serde_json::from_str(told["ok"].as_str().expect("words")).expect("JSON");
    assert_eq!(told, json!({ "changed-by-owner": { "text": "b" }, "result": "b" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_for_the_conversation_holds_in_that_one_and_in_no_other() {
    let house = House::new().await;
    house.ask_for("assistant", "test:echo").await;
    let (told, asked) = tokio::join!(house.say("assistant", "/echo_echo one"), house.answers("conversation"));
    assert!(told.expect("it answers").text.contains("one"));
    assert_eq!((asked.conversation.as_deref(), asked.message.as_deref()), (Some("test"), Some("/echo_echo one")));
    assert!(house.say("assistant", "/echo_echo two").await.expect("nobody is asked").text.contains("two"));
    let kinds = house.about_echo().await;
    assert_eq!(kinds, ["asked", "answered conversation", "intent", "outcome", "intent", "outcome"]);

    let (events, mut heard) = mpsc::channel(64);
    let (agent, conversation, text) = ("assistant".into(), Some("another".into()), "/echo_echo three".into());
    let other = house.host.chat(ChatRequest { agent, conversation, text, files: vec![] }, events);
    let (told, asked) = tokio::join!(other, house.answers("no"));
    assert!(!told.expect("it answers all the same").text.contains("three\""));
    let mut shown = Vec::new();
    while let Ok(event) = heard.try_recv() {
        shown.extend(if let ChatEvent::Ask { ask } = event { Some(*ask) } else { None });
    }
    assert_eq!(shown.iter().map(|ask| &ask.id).collect::<Vec<_>>(), [&asked.id], "whoever watches the turn is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn always_is_a_grant_for_that_function_alone_on_the_terms_that_were_asked_on() {
    let house = asking_house().await;
    house.ask_for("test:asker", "loket:brain/memory").await;
    let remember = || house.call("test:asker/acts", "remember", json!({ "text": "tea at four" }));
    let (told, _) = tokio::join!(remember(), house.answers("always"));
    assert!(told.expect("it is made").get("ok").is_some());
    assert!(remember().await.expect("nobody is asked").get("ok").is_some());
    let grants = house.host.grants(Some("test:asker")).await.expect("listed");
    let brain: Vec<_> = grants.iter().filter(|grant| grant.capability == "loket:brain/memory").collect();
    let said: Vec<_> = brain.iter().map(|grant| (grant.verdict.as_str(), grant.functions.join(","))).collect();
    assert_eq!(said, [("ask", String::new()), ("allow", "remember".to_owned())]);
    let mut granted = house.ledger().await.into_iter().filter(|line| line.kind == "act" && line.function == "granted");
    let last = granted.next_back().and_then(|line| line.payload).expect("the grant is an act like any other");
    assert_eq!((&last["functions"], &last["verdict"]), (&json!("remember"), &json!("allow")));

    let (told, _) = tokio::join!(house.call("test:asker/acts", "memories", json!({})), house.answers("no"));
    assert!(told.expect("it answers").get("err").is_some(), "another function asks still");
}

#[tokio::test(flavor = "multi_thread")]
async fn always_takes_the_function_out_of_a_grant_that_names_several_and_keeps_terms_and_limits() {
    let house = asking_house().await;
    let functions = ["remember", "recall"].map(str::to_owned).to_vec();
    let request = GrantRequest {
        grantee: "test:asker".into(),
        capability: "loket:brain/memory".into(),
        verdict: Some("ask".into()),
        functions,
        per_day: Some(5),
        ..GrantRequest::default()
    };
    house.grant_as(request).await;
    let (told, _) =
        tokio::join!(house.call("test:asker/acts", "recall", json!({ "text": "tea" })), house.answers("always"));
    assert!(told.expect("it is made").get("ok").is_some());
    let grants = house.host.grants(Some("test:asker")).await.expect("listed");
    let said: Vec<_> = grants
        .iter()
        .filter(|grant| !grant.functions.is_empty())
        .map(|grant| (grant.verdict.as_str(), grant.functions.join(","), grant.per_day))
        .collect();
    assert_eq!(said, [("ask", "remember".to_owned(), Some(5)), ("allow", "recall".to_owned(), Some(5))]);

    let (house, folder) = (House::new().await, tempfile::tempdir().expect("a folder"));
    let terms = [("folder".to_owned(), vec![folder.path().display().to_string()])].into();
    let (grantee, capability, verdict) = ("test:escaper".into(), "loket:files/folders".into(), Some("ask".into()));
    house.grant_as(GrantRequest { grantee, capability, verdict, terms, ..GrantRequest::default() }).await;
    for (capability, key, value) in
        [("loket:http/client", "host", "example.org"), ("loket:secrets/secrets", "secret", "token")]
    {
        house.grant_on("test:escaper", capability, key, &[value]).await;
    }
    let list = json!({ "deed": "list", "path": "notes", "other": "" });
    let _ = tokio::join!(house.call("test:escaper/acts", "file", list), house.answers("always"));
    let grants = house.host.grants(Some("test:escaper")).await.expect("listed");
    let files: Vec<_> = grants.iter().filter(|grant| grant.capability == "loket:files/folders").collect();
    assert_eq!((files[1].verdict.as_str(), &files[1].functions[..]), ("allow", &["list".to_owned()][..]));
    assert!(!files[0].terms.is_empty() && files[0].terms == files[1].terms, "{files:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_may_do_what_was_delegated_and_an_agents_model_can_be_asked_for_too() {
    let house = asking_house().await;
    house.grant("test:asker", "test:echo").await;
    house.ask_for("assistant", "test:asker").await;
    let (told, asked) = tokio::join!(house.say("assistant", "/asker_echo inside"), house.answers("once"));
    assert!(told.expect("it answers").text.contains("inside"), "the echo behind it is not asked about again");
    assert_eq!((asked.who.as_str(), asked.agent.as_deref()), ("agent:assistant", Some("assistant")));

    house.ask_for("assistant", "loket:model/chat").await;
    let (told, asked) = tokio::join!(house.say("assistant", "hello there"), house.answers("once"));
    assert!(!told.expect("it answers").text.is_empty());
    assert_eq!((asked.capability.as_str(), asked.function.as_str()), ("loket:model/chat", "complete"));
}
