//! What a tool shows reaches the model, in the words of each kind of interface; and where nobody allowed it, or the model sees nothing, it
//! does not.

use crate::house::House;
use crate::peers::Peer;
use crate::{CHAT, Kind, MESSAGES, OLLAMA, RESPONSES, connected};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

/// A component that shows a picture of one pixel.
const COMPONENT: &str = "test:everything";
/// How that picture begins, in base64.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB";
/// For each kind of interface, where a request has what the last tool shows, and what stands there before the bytes.
const PLACES: [(Kind, &str, &str); 4] = [
    (CHAT, "/messages/-/content/1/image_url/url", "data:image/png;base64,"),
    (RESPONSES, "/input/-/content/1/image_url", "data:image/png;base64,"),
    (MESSAGES, "/messages/-/content/0/content/1/source/data", ""),
    (OLLAMA, "/messages/-/images/0", ""),
];

/// What was sent to the model's server, in order, as it was sent.
async fn sent(house: &House) -> Vec<Json> {
    let lines = house.lines("loket:http/client", "send").await;
    let bodies = lines.iter().filter(|line| line.kind == "intent").map(|line| {
        let body = line.payload.as_ref().and_then(|request| request["body"].as_str()).expect("it has a body");
        serde_json::from_slice(&STANDARD.decode(body).expect("bytes")).expect("JSON")
    });
    bodies.collect()
}

/// What a request has in a place, in which `-` is the last of a list.
fn at<'r>(request: &'r Json, place: &str) -> Option<&'r str> {
    let found = place.split('/').skip(1).try_fold(request, |json, step| match step {
        "-" => json.as_array()?.last(),
        step => json.pointer(&format!("/{step}")),
    });
    found?.as_str()
}

async fn ask(house: &House, conversation: &str, text: &str) -> String {
    let (reply, _) = house.chat_in(conversation, text).await;
    reply.unwrap_or_else(|p| panic!("it answers: {p:?}")).text
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_tool_shows_reaches_the_model_when_the_tool_is_granted_and_only_then() {
    for (kind, place, before) in PLACES {
        let peer = Peer::scripted(None);
        let house = connected(kind, &peer.address.to_string(), "").await;
        // The model asks for it, granted or not.
        let text = ask(&house, "first", "what do you see?").await;
        let asked = sent(&house).await;
        assert!(!text.contains("pixel") && asked.len() == 2, "{kind:?}: {text}");
        assert!(asked.iter().all(|request| !request.to_string().contains(PIXEL)), "{kind:?}: {asked:?}");
        let called = || house.lines("loket:tools/provider of test:everything", "call");
        assert!(called().await.is_empty(), "{kind:?}: nobody called it");

        house.grant("assistant", COMPONENT).await;
        assert_eq!(ask(&house, "second", "what do you see?").await, "I see a single pixel.", "{kind:?}");
        let asked = sent(&house).await;
        let last = asked.last().expect("it was asked");
        let shown = at(last, place).unwrap_or_else(|| panic!("{kind:?}: {last}"));
        assert!(shown.strip_prefix(before).is_some_and(|bytes| bytes.starts_with(PIXEL)), "{kind:?}: {shown}");
        assert_eq!(last.to_string().matches(PIXEL).count(), 1, "{kind:?}: once: {last}");
        assert_eq!(called().await.len(), 2, "{kind:?}: an intent and an outcome");

        // It is of this turn alone.
        ask(&house, "second", "hello").await;
        let asked = sent(&house).await;
        assert!(!asked.last().expect("it was asked").to_string().contains(PIXEL), "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_takes_no_pictures_is_told_of_them() {
    for kind in [CHAT, RESPONSES, MESSAGES, OLLAMA] {
        let peer = Peer::scripted(None);
        let house = connected(kind, &peer.address.to_string(), "pictures = \"none\"").await;
        house.grant("assistant", COMPONENT).await;
        let text = ask(&house, "first", "what do you see?").await;
        assert_eq!(text, "There is a picture, and I see none.", "{kind:?}");
        let asked = sent(&house).await;
        let last = asked.last().expect("it was asked").to_string();
        assert!(last.contains("[picture, image/png, 1 KiB: this model takes no pictures]"), "{kind:?}: {last}");
        assert!(!last.contains(PIXEL), "{kind:?}: {last}");
    }
}
