//! What agents remember, as resources: for a client whose token names that agent's brain, and for no other.

use crate::served::{Client, Served, begin, chunk, head, made, text};
use crate::session::Session;
use loket_gateways::desk::TokenRequest;
use serde_json::{Value as Json, json};
use std::time::Duration;

/// A client that may read these brains.
async fn reader(served: &Served, name: &str, brains: &[&str]) -> Client {
    let request = TokenRequest {
        name: name.into(),
        tools: vec!["loket:calc".into()],
        brains: brains.iter().map(|agent| (*agent).to_owned()).collect(),
        ..TokenRequest::default()
    };
    Client::with(served.address, &text(made(&served.house, request).await))
}

/// Something that an agent remembers from now on; its id.
async fn remember(served: &Served, agent: &str, words: &str) -> String {
    let draft = json!({ "draft": { "kind": "fact", "text": words, "tags": ["t"], "conversation": null, "steps": [] } });
    let id = served.house.call_for(agent, "loket:brain/memory", "remember", draft).await.expect("it is remembered");
    id["ok"].as_str().unwrap_or_else(|| panic!("an id: {id}")).to_owned()
}

async fn read(client: &Client, uri: &str) -> Json {
    client.ask("resources/read", json!({ "uri": uri })).await
}

fn texts(answer: &Json) -> Vec<&str> {
    let pieces = answer["result"]["contents"].as_array().unwrap_or_else(|| panic!("contents: {answer}"));
    pieces.iter().map(|piece| piece["text"].as_str().expect("text")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_reads_the_brain_that_its_token_names_and_each_read_is_a_call_of_its_own() {
    let served = Served::new().await;
    let id = remember(&served, "assistant", "The door code is 4711.").await;
    remember(&served, "assistant", "Tea is at four.").await;
    let client = reader(&served, "desktop", &["assistant"]).await;
    let templates = client.ask("resources/templates/list", json!({})).await;
    let forms = templates["result"]["resourceTemplates"].as_array().expect("a list");
    let forms: Vec<&str> = forms.iter().filter_map(|form| form["uriTemplate"].as_str()).collect();
    assert_eq!(forms, ["loket://brain/{agent}/search/{question}", "loket://brain/{agent}/memory/{id}"]);
    let listed = client.ask("resources/list", json!({})).await;
    let first = &listed["result"]["resources"][0];
    assert_eq!((&first["name"], &first["mimeType"]), (&json!("Tea is at four."), &json!("text/plain")), "{listed}");
    let memory = read(&client, &format!("loket://brain/assistant/memory/{id}")).await;
    assert_eq!(texts(&memory), ["The door code is 4711."]);
    let known = &memory["result"]["contents"][0]["_meta"]["loket/memory"];
    assert_eq!((&known["kind"], &known["tags"]), (&json!("fact"), &json!(["t"])), "{memory}");
    let found = read(&client, "loket://brain/assistant/search/what%20is%20the%20door%20code%3F").await;
    assert_eq!(texts(&found)[0], "The door code is 4711.");
    assert_eq!(found["result"]["contents"][0]["uri"], format!("loket://brain/assistant/memory/{id}"));
    for function in ["list", "get", "recall"] {
        let lines = served.house.lines("loket:brain/memory", function).await;
        let own = lines.iter().filter(|line| line.chain == "client:desktop" && line.kind == "outcome");
        assert_eq!(own.count(), 1, "{function}: {lines:?}");
    }
    // Reading leaves no trace in what is read.
    let again = read(&client, &format!("loket://brain/assistant/memory/{id}")).await;
    assert_eq!(again["result"]["contents"][0]["_meta"]["loket/memory"]["used"], 0, "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_granted_is_not_there_and_is_refused_by_uri() {
    let served = Served::new().await;
    let id = remember(&served, "assistant", "The door code is 4711.").await;
    let (memory, search) =
        (format!("loket://brain/assistant/memory/{id}"), "loket://brain/assistant/search/door".to_owned());
    let none = served.token("none", &["assistant"], &["loket:calc"]).await;
    let other = reader(&served, "other", &["bob"]).await;
    for client in [&none, &other] {
        let listed = client.ask("resources/list", json!({})).await;
        assert_eq!(listed["result"]["resources"], json!([]), "{listed}");
        for uri in [&memory, &search] {
            let refused = read(client, uri).await;
            assert_eq!(refused["error"]["data"]["code"], "denied", "{refused}");
            let hint = refused["error"]["data"]["hint"].as_str().expect("what would allow it");
            assert!(hint.contains("loket:brain/memory"), "{refused}");
        }
        let session = Session::begin(client, json!({})).await;
        let refused = session.ask("resources/subscribe", json!({ "uri": memory })).await;
        assert_eq!(refused["error"]["data"]["code"], "denied", "{refused}");
    }
    assert_eq!(none.ask("resources/templates/list", json!({})).await["result"]["resourceTemplates"], json!([]));
    // The hint is true: then it may.
    let hint = read(&other, &memory).await["error"]["data"]["hint"].as_str().expect("a hint").to_owned();
    assert_eq!(hint, "loket grant client:other loket:brain/memory --term brain=assistant --term brain=bob");
    for verb in ["remember", "forget", "correct"] {
        assert!(served.house.lines("loket:brain/memory", verb).await.iter().all(|l| l.chain == "owner"), "{verb}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_is_taken_back_bites_at_the_next_read() {
    let served = Served::new().await;
    let id = remember(&served, "assistant", "The door code is 4711.").await;
    let uri = format!("loket://brain/assistant/memory/{id}");
    let client = reader(&served, "desktop", &["assistant"]).await;
    assert_eq!(texts(&read(&client, &uri).await).len(), 1);
    served.house.revoke("client:desktop", "loket:brain/memory").await;
    assert_eq!(read(&client, &uri).await["error"]["data"]["code"], "denied");
    // One that names no brain is for none.
    served.house.grant("client:desktop", "loket:brain/memory").await;
    assert_eq!(read(&client, &uri).await["error"]["data"]["code"], "denied");
    served.house.grant_on("client:desktop", "loket:brain/memory", "brain", &["assistant"]).await;
    assert_eq!(texts(&read(&client, &uri).await).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_comes_in_pages_each_memory_once_and_one_brain_after_the_other() {
    let served = Served::new().await;
    for number in 0..205 {
        remember(&served, "assistant", &format!("Shelf {number} holds item {}.", number * 7)).await;
    }
    remember(&served, "bob", "Bob likes tea.").await;
    let client = reader(&served, "desktop", &["assistant", "bob"]).await;
    let (mut uris, mut cursor, mut pages) = (Vec::new(), None::<String>, 0);
    loop {
        let params = cursor.as_ref().map_or(json!({}), |cursor| json!({ "cursor": cursor }));
        let page = client.ask("resources/list", params).await;
        let items = page["result"]["resources"].as_array().unwrap_or_else(|| panic!("a list: {page}"));
        assert!(items.len() <= 100);
        uris.extend(items.iter().map(|item| item["uri"].as_str().expect("a uri").to_owned()));
        pages += 1;
        cursor = page["result"]["nextCursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!((uris.len(), pages), (206, 4));
    // One brain after the other, and of each the newest memory first.
    let of = |agent: &str| uris.iter().filter(|uri| uri.starts_with(&format!("loket://brain/{agent}/"))).count();
    assert_eq!((of("assistant"), of("bob")), (205, 1));
    assert!(uris[205].starts_with("loket://brain/bob/"), "{}", uris[205]);
    let read = read(&client, &uris[0]).await;
    assert_eq!(texts(&read), ["Shelf 204 holds item 1428."]);
    let each: std::collections::BTreeSet<&String> = uris.iter().collect();
    assert_eq!(each.len(), 206, "each once");
    for wrong in ["x", "nobody/", "assistant/x", "/", "assistant/../bob", "99999999999999999999"] {
        let refused = client.ask("resources/list", json!({ "cursor": wrong })).await;
        assert_eq!(refused["error"]["code"], -32602, "{wrong}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn uris_that_make_no_sense_are_of_nothing() {
    let served = Served::new().await;
    let client = reader(&served, "desktop", &["assistant"]).await;
    let long = format!("loket://brain/assistant/search/{}", "x".repeat(9_000));
    for uri in [
        "loket://brain/",
        "loket://brain/assistant",
        "loket://brain/assistant/memory/",
        "loket://brain/assistant/memory/01A",
        "loket://brain/assistant/memory/../../bob/memory/01A",
        "loket://brain/assistant/search/",
        "loket://brain/assistant/search/%zz",
        "loket://brain/nobody/search/x",
        "loket://brain/../search/x",
        "loket://other/assistant",
        &long,
    ] {
        let answer = read(&client, uri).await;
        assert_eq!(answer["error"]["code"], -32602, "{uri:.60}: {answer}");
    }
    let wanted = json!({
        "ref": { "type": "ref/resource", "uri": "loket://brain/{agent}/search/{question}" },
        "argument": { "name": "agent", "value": "a" },
    });
    let completed = client.ask("completion/complete", wanted).await;
    assert_eq!(completed["result"]["completion"]["values"], json!(["assistant"]), "{completed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_subscribes_hears_of_changes_of_that_brain_and_of_no_other() {
    let served = Served::new().await;
    let id = remember(&served, "assistant", "The door code is 4711.").await;
    let client = reader(&served, "desktop", &["assistant"]).await;
    let session = Session::begin(&client, json!({})).await;
    let uri = format!("loket://brain/assistant/memory/{id}");
    assert!(session.ask("resources/subscribe", json!({ "uri": uri })).await["result"].is_object());
    let mut events = session.follow(None).await;
    // With the first one the stream only begins.
    let _ = events.next().await;
    remember(&served, "bob", "Bob likes tea.").await;
    served.house.call("loket:brain/memory", "forget", json!({ "id": id })).await.expect("it is forgotten");
    // Of the other brain nothing comes before it, and nothing after.
    let told = events.next().await.expect("it goes on").message;
    assert_eq!((&told["method"], &told["params"]["uri"]), (&json!("notifications/resources/updated"), &json!(uri)));
    let next = events.next().await.expect("it goes on").message;
    assert_eq!(next["method"], "notifications/resources/list_changed", "{next}");
    // What nobody watches any more is not told; the list is.
    assert!(session.ask("resources/unsubscribe", json!({ "uri": uri })).await["result"].is_object());
    remember(&served, "assistant", "Tea is at four.").await;
    let next = events.next().await.expect("it goes on");
    assert_eq!(next.message["method"], "notifications/resources/list_changed", "{next:?}");
    let more = tokio::time::timeout(Duration::from_millis(300), events.next()).await;
    assert!(more.is_err(), "{more:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_listens_without_a_session_hears_the_same() {
    let served = Served::new().await;
    remember(&served, "assistant", "The door code is 4711.").await;
    let client = reader(&served, "desktop", &["assistant"]).await;
    let uri = "loket://brain/assistant/search/tea";
    let body = json!({
        "jsonrpc": "2.0",
        "id": "listen",
        "method": "subscriptions/listen",
        "params": {
            "notifications": { "resourceSubscriptions": [uri, "loket://brain/bob/search/tea"] },
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    });
    let headers = [
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "subscriptions/listen"),
    ];
    let mut stream = begin(served.address, "POST", "/mcp", &client.token, &headers, &body.to_string()).await;
    assert_eq!(head(&mut stream).await.0, 200);
    let mut next = async || {
        let event = async {
            loop {
                let text = String::from_utf8(chunk(&mut stream).await.expect("it goes on")).expect("text");
                if let Some(data) = text.lines().find_map(|line| line.strip_prefix("data:")) {
                    break serde_json::from_str::<Json>(data.trim()).unwrap_or_default();
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), event).await.expect("something is told")
    };
    let accepted = next().await;
    let uris = &accepted["params"]["notifications"]["resourceSubscriptions"];
    assert_eq!(*uris, json!([uri]), "what may not be read is not listened to: {accepted}");
    remember(&served, "bob", "Bob likes tea.").await;
    remember(&served, "assistant", "Tea is at four.").await;
    let told = next().await;
    assert_eq!(
        (&told["method"], &told["params"]["uri"]),
        (&json!("notifications/resources/updated"), &json!(uri)),
        "{told}"
    );
    // The list of resources was not asked for.
    let more = tokio::time::timeout(Duration::from_millis(300), next()).await;
    assert!(more.is_err(), "{more:?}");
}
