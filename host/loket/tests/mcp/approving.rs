//! Calls that wait for a yes, caused by clients: with the scope `approve` the client's user is asked, and the answer counts for that call alone.
//! Without it the client is told that it is its owner who answers. Each in both kinds of revisions.

use crate::load::{waiting, yes};
use crate::scope::words;
use crate::served::{Client, Served, made, text};
use crate::session::Session;
use loket_gateways::desk::{AskInfo, Desk as _, GrantRequest, TokenRequest};
use serde_json::{Value as Json, json};
use std::time::Duration;

const CALL: &str = "calc_evaluate";

/// A client whose calls of the calculator wait, with or without the scope.
async fn client(served: &Served, name: &str, approve: bool) -> Client {
    let tools = vec!["loket:calc".to_owned()];
    let request = TokenRequest { name: name.into(), tools, approve, ..TokenRequest::default() };
    let client = Client::with(served.address, &text(made(&served.house, request).await));
    let request = GrantRequest {
        grantee: format!("client:{name}"),
        capability: "loket:calc".into(),
        verdict: Some("ask".into()),
        ..GrantRequest::default()
    };
    served.house.grant_as(request).await;
    client
}

fn call(expression: &str) -> Json {
    json!({ "name": CALL, "arguments": { "expression": expression } })
}

/// The same, by a client of the newest revision whose user can be asked.
fn able(mut params: Json) -> Json {
    params["_meta"] = json!({ "io.modelcontextprotocol/clientCapabilities": { "elicitation": { "form": {} } } });
    params
}

/// The same again, with what its user said to each question.
fn answered(params: Json, asked: &Json, action: &str) -> Json {
    let questions = asked["result"]["inputRequests"].as_object().unwrap_or_else(|| panic!("it asks: {asked}"));
    let answers = questions.keys().map(|name| (name.clone(), json!({ "action": action, "content": {} })));
    let mut params = able(params);
    params["inputResponses"] = Json::Object(answers.collect());
    params["requestState"] = asked["result"]["requestState"].clone();
    params
}

/// By whom the last ask was answered, and how.
async fn last_answer(served: &Served) -> (String, String) {
    let mut lines = served.house.ledger().await.into_iter().filter_map(|line| line.payload);
    let last = lines.rfind(|payload| payload["act"] == "answered").expect("there was an answer");
    let text = |name: &str| last[name].as_str().unwrap_or_default().to_owned();
    (text("by"), text("answer"))
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_scope_the_users_answer_is_put_in_the_middle_of_a_request_and_counts() {
    let served = Served::new().await;
    let client = client(&served, "desktop", true).await;
    let session = Session::begin(&client, json!({ "elicitation": { "form": {} } })).await;
    for (action, expect, word) in [("accept", Ok("42"), "once"), ("decline", Err("denied"), "no")] {
        let (id, mut events) = session.start("tools/call", call("6*7")).await;
        let asked = events.until("elicitation/create").await;
        let message = asked["params"]["message"].as_str().expect("words");
        assert!(
            message.contains("client:desktop") && message.contains("evaluate") && message.contains("6*7"),
            "{message}"
        );
        session.reply(&asked["id"], json!({ "action": action, "content": {} })).await;
        let rest = events.rest().await;
        let answer = rest.iter().map(|event| &event.message).find(|message| message["id"] == id).expect("an answer");
        match expect {
            Ok(text) => assert_eq!(words(answer), text, "{answer}"),
            Err(code) => assert!(answer["result"]["isError"] == true && words(answer).contains(code), "{answer}"),
        }
        assert_eq!(last_answer(&served).await, ("the user of client:desktop".to_owned(), word.to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_scope_the_users_answer_comes_with_the_request_sent_again_and_counts() {
    let served = Served::new().await;
    let client = client(&served, "desktop", true).await;
    for (action, expect, word) in [("accept", Ok("42"), "once"), ("decline", Err("denied"), "no")] {
        let asked = client.ask("tools/call", able(call("6*7"))).await;
        assert_eq!(asked["result"]["resultType"], "input_required", "{asked}");
        assert_eq!(served.house.host.running.count(), 1, "it waits");
        let answer = client.ask("tools/call", answered(call("6*7"), &asked, action)).await;
        match expect {
            Ok(text) => assert_eq!(words(&answer), text, "{answer}"),
            Err(code) => assert!(answer["result"]["isError"] == true && words(&answer).contains(code), "{answer}"),
        }
        assert_eq!(last_answer(&served).await, ("the user of client:desktop".to_owned(), word.to_owned()));
        // It is used once.
        let again = client.ask("tools/call", answered(call("6*7"), &asked, "accept")).await;
        assert_eq!(again["error"]["code"], -32602, "{again}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_for_that_client_and_that_call_alone() {
    let served = Served::new().await;
    let one = client(&served, "one", true).await;
    let two = client(&served, "two", true).await;
    let asked = one.ask("tools/call", able(call("6*7"))).await;
    let mut forged = answered(call("6*7"), &asked, "accept");
    forged["requestState"] = json!(format!("{}x", forged["requestState"].as_str().expect("text")));
    for (who, params) in [
        (&two, answered(call("6*7"), &asked, "accept")),
        (&one, answered(call("6*8"), &asked, "accept")),
        (&one, forged),
    ] {
        let refused = who.ask("tools/call", params).await;
        assert_eq!(refused["error"]["code"], -32602, "{refused}");
    }
    assert_eq!(served.house.host.asks().await.expect("a list").len(), 1, "it waits still");
    let answer = one.ask("tools/call", answered(call("6*7"), &asked, "accept")).await;
    assert_eq!(words(&answer), "42", "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_user_leaves_open_the_owner_answers() {
    let served = Served::new().await;
    let client = client(&served, "desktop", true).await;
    let asked = client.ask("tools/call", able(call("6*7"))).await;
    let again = {
        let (client, params) = (client.clone(), answered(call("6*7"), &asked, "cancel"));
        tokio::spawn(async move { client.ask("tools/call", params).await })
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!again.is_finished(), "nobody has answered");
    yes(&served, &waiting(&served).await).await;
    assert_eq!(words(&again.await.expect("it is answered")), "42");
    assert_eq!(last_answer(&served).await.0, "owner");
}

/// The command by which the owner says yes to an ask.
fn way_on(ask: &AskInfo) -> String {
    format!("loket approvals yes {}", &ask.id[ask.id.len() - 8..])
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cancels_the_question_or_cannot_show_it_is_told_how_the_owner_lets_the_call_pass() {
    let served = Served::new().await;
    let client = client(&served, "desktop", true).await;
    // In the middle of a request: the user closes the question; then a client that cannot show it after all, and one that shows addresses only.
    for (can, answer) in [
        (json!({ "form": {} }), Some(json!({ "action": "cancel" }))),
        (json!({ "form": {} }), None),
        (json!({ "url": {} }), None),
    ] {
        let shows = can["form"].is_object();
        let session = Session::begin(&client, json!({ "elicitation": can })).await;
        let (id, mut events) = session.start("tools/call", call("6*7")).await;
        if shows {
            let asked = events.until("elicitation/create").await;
            match &answer {
                Some(answer) => session.reply(&asked["id"], answer.clone()).await,
                None => session.refuse(&asked["id"]).await,
            }
        }
        let told = events.until("notifications/message").await;
        let ask = waiting(&served).await;
        let words = told["params"]["data"].as_str().expect("words");
        assert!(words.ends_with(&way_on(&ask)), "{words}");
        yes(&served, &ask).await;
        let rest = events.rest().await;
        assert!(rest.iter().all(|event| event.message["method"] != "elicitation/create"), "{rest:?}");
        let answer = rest.iter().map(|event| &event.message).find(|message| message["id"] == id).expect("an answer");
        assert_eq!(crate::scope::words(answer), "42");
    }
    // With the request sent again.
    let asked = client.ask("tools/call", able(call("6*7"))).await;
    let mut again = answered(call("6*7"), &asked, "cancel");
    again["_meta"]["io.modelcontextprotocol/logLevel"] = json!("info");
    let again = {
        let client = client.clone();
        tokio::spawn(async move { client.whole("tools/call", again).await })
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    let ask = waiting(&served).await;
    yes(&served, &ask).await;
    let again = again.await.expect("it is answered");
    let told = again.messages().into_iter().find(|message| message["method"] == "notifications/message");
    let told = told.unwrap_or_else(|| panic!("it is told: {again:?}"));
    assert!(told["params"]["data"].as_str().expect("words").ends_with(&way_on(&ask)), "{told}");
    assert_eq!(words(&again.last()), "42");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_may_be_faster_than_the_user() {
    let served = Served::new().await;
    let client = client(&served, "desktop", true).await;
    let session = Session::begin(&client, json!({ "elicitation": { "form": {} } })).await;
    let (id, mut events) = session.start("tools/call", call("6*7")).await;
    events.until("elicitation/create").await;
    yes(&served, &waiting(&served).await).await;
    let rest = events.rest().await;
    assert!(rest.iter().any(|event| event.message["id"] == id && words(&event.message) == "42"), "{rest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_scope_nobody_is_asked_but_the_owner_and_the_client_is_told_so() {
    let served = Served::new().await;
    let client = client(&served, "desktop", false).await;
    // The revision with sessions.
    let session = Session::begin(&client, json!({ "elicitation": { "form": {} } })).await;
    let mut params = call("6*7");
    params["_meta"] = json!({ "progressToken": "p" });
    let (_, mut events) = session.start("tools/call", params).await;
    let told = events.until("notifications/progress").await;
    let ask = waiting(&served).await;
    let message = told["params"]["message"].as_str().expect("words");
    assert!(message.ends_with(&format!("loket approvals yes {}", &ask.id[ask.id.len() - 8..])), "{message}");
    yes(&served, &ask).await;
    let rest = events.rest().await;
    assert!(rest.iter().all(|event| event.message["method"] != "elicitation/create"), "{rest:?}");
    assert_eq!(words(&rest.last().expect("an answer").message), "42");
    // The newest.
    let asked = {
        let client = client.clone();
        tokio::spawn(async move { client.ask("tools/call", able(call("6*7"))).await })
    };
    yes(&served, &waiting(&served).await).await;
    let answer = asked.await.expect("it is answered");
    assert_eq!(words(&answer), "42", "{answer}");
    assert_eq!(last_answer(&served).await, ("owner".to_owned(), "once".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_ends_a_call_that_waits_between_two_requests() {
    let served = Served::new().await;
    let client = client(&served, "desktop", true).await;
    let asked = client.ask("tools/call", able(call("6*7"))).await;
    assert_eq!(served.house.host.running.count(), 1);
    let name = loket_gateways::desk::TokenName { name: "desktop".into() };
    served.house.host.token_revoke(name).await.expect("it is revoked");
    let begun = std::time::Instant::now();
    while served.house.host.running.count() > 0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "the call goes on without its token");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(client.whole("tools/call", answered(call("6*7"), &asked, "accept")).await.status, 401);
}
