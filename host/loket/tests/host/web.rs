//! The bundled tool for the web, in a real host: it reads the pages of the hosts that were granted to it, and reaches no other.

use crate::house::House;
use crate::servers::{Server, page, path};
use loket_gateways::desk::{Desk as _, GrantRequest};
use serde_json::{Value as Json, json};

const TOOL: &str = "loket:fetch";
const HTTP: &str = "loket:http/client";
const PAGE: &str = "<!doctype html><html><head><title>Trees</title></head><body><article><h1>Trees</h1>\
    <p>The oak grows slowly and lives long.</p><p>The elm grows fast.</p></article></body></html>";

/// A server with a page, and a document.
fn server() -> Server {
    Server::answering(|path| match path {
        "/trees.json" => page("application/json", br#"{ "trees": ["oak", "elm"] }"#),
        _ => page("text/html; charset=utf-8", PAGE.as_bytes()),
    })
}

impl House {
    /// Calls the tool as the owner.
    async fn web(&self, function: &str, arguments: Json) -> Json {
        let answer = self.call("loket:fetch/web", function, arguments).await;
        answer.unwrap_or_else(|problem| panic!("`{function}` answers: {problem:?}"))
    }

    /// Whether a page is read, and has its words; else why not.
    async fn read(&self, server: &Server) -> Result<String, Json> {
        let url = server.url("/trees");
        let arguments = json!({ "url": url, "part": null, "start": null, "max-chars": null });
        let mut answer = self.web("get-text", arguments).await;
        match answer["ok"]["text"].as_str() {
            Some(text) => Ok(text.to_owned()),
            None => Err(answer["err"].take()),
        }
    }

    /// The kinds of the newest lines about requests that the tool sent by this chain, after so many.
    async fn sent(&self, chain: &str, after: usize) -> Vec<String> {
        let lines = self.lines(HTTP, "send").await.into_iter().filter(|line| line.chain == chain);
        lines.skip(after).map(|line| line.kind).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_read_from_a_host_that_was_granted_and_from_no_other() {
    let (granted, other) = (server(), server());
    let house = House::new().await;
    let state = house.state(TOOL).await;
    assert!(state.contains("loket grant loket:fetch loket:http/client"), "nothing is granted by default: {state}");
    let without = GrantRequest {
        grantee: TOOL.into(),
        capability: HTTP.into(),
        terms: [("host".to_owned(), vec!["127.0.0.1".to_owned()])].into(),
        ..GrantRequest::default()
    };
    let problem = house.host.grant(without).await.expect_err("this machine is granted with its port only");
    assert!(problem.code == "invalid" && problem.message.contains("name the port too"), "{problem:?}");
    house.grant_on(TOOL, HTTP, "host", &[&granted.host()]).await;
    assert_eq!(house.state(TOOL).await, "ready");
    let text = house.read(&granted).await.expect("granted works");
    assert!(text.contains("The oak grows slowly") && !text.contains('<'), "{text}");
    let document = house.web("get-json", json!({ "url": granted.url("/trees.json"), "pointer": "/trees/1" })).await;
    assert_eq!(document["ok"]["value"], "\"elm\"", "{document}");
    let asked: Vec<String> = granted.heard().iter().map(|said| path(said).to_owned()).collect();
    assert_eq!(asked, ["/trees", "/trees.json"]);
    let chain = "owner > package:loket:fetch";
    assert_eq!(house.sent(chain, 0).await, ["intent", "outcome", "intent", "outcome"]);

    let why = house.read(&other).await.expect_err("it was not granted");
    let (reason, remedy) = (&why["denied"]["reason"], why["denied"]["remedy"].as_str().unwrap_or_default());
    assert!(reason.as_str().is_some_and(|reason| reason.contains("no grant names the host")), "{why}");
    assert_eq!(house.sent(chain, 4).await, ["intent", "refused"]);
    assert_eq!(other.connections(), 0, "not granted never gets there");
    // Whoever does what the refusal hints at sees the page.
    house.obey(remedy).await;
    assert_eq!(house.read(&other).await.as_ref(), Ok(&text));
    assert_eq!(house.read(&granted).await.as_ref(), Ok(&text), "what was granted before still is");

    house.revoke(TOOL, HTTP).await;
    let why = house.read(&granted).await.expect_err("it was taken back");
    assert!(why["denied"]["remedy"].as_str().is_some_and(|remedy| remedy.starts_with("loket grant")), "{why}");
    assert_eq!((granted.connections(), other.connections()), (3, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_reads_a_page_through_the_tool_when_both_are_granted_and_not_otherwise() {
    let (server, house) = (server(), House::new().await);
    house.grant_on(TOOL, HTTP, "host", &[&server.host()]).await;
    let url = server.url("/trees");
    let ask = async || {
        let words = json!({ "url": url });
        house.say("assistant", &format!("/fetch_get-text {words}")).await.expect("it answers").text
    };
    let told = ask().await;
    assert!(!told.contains("The oak") && server.connections() == 0, "the agent was not granted the tool: {told}");
    let grant = house.grant("assistant", TOOL).await;
    assert!(grant.delegates.iter().any(|told| told.contains(HTTP)), "{:?}", grant.delegates);
    let told = ask().await;
    assert!(told.contains("The oak grows slowly") && server.connections() == 1, "{told}");
    let chain = "owner > agent:assistant > package:loket:fetch";
    assert_eq!(house.sent(chain, 0).await, ["intent", "outcome"]);

    house.revoke(TOOL, HTTP).await;
    let told = ask().await;
    assert!(!told.contains("The oak") && server.connections() == 1, "what was taken back is gone at once: {told}");
    assert_eq!(house.sent(chain, 2).await, ["refused"]);
}
