//! A server asks for a model's words while it answers a call: that is one more call at the counter, in its own name and on its own grant.

use super::Ground;
use loket_gateways::desk::Desk as _;
use serde_json::{Value as Json, json};

const SERVER: &str = "mcp:odd";
const CHAT: &str = "loket:model/chat";

impl Ground {
    /// What the server got when it asked for words.
    async fn words(&self, path: &str) -> Json {
        let answer = self.look_with(json!({ "what": "sampling", "path": path })).await;
        serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{answer}"))
    }

    async fn look_with(&self, arguments: Json) -> String {
        let answer = self.call(arguments).await.expect("it goes on");
        answer["ok"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// Lets it ask the model of whoever has chosen none.
    async fn let_think(&self) {
        self.house.grant(SERVER, CHAT).await;
        self.house.grant(SERVER, "loket:offline").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_grant_it_is_refused_and_the_ledger_says_what_would_allow_it() {
    let ground = Ground::granted("").await;
    let told = ground.words("hello").await;
    assert_eq!(told["error"]["code"], -1, "{told}");
    assert!(!told.to_string().contains("loket grant"), "what is granted here is none of its business: {told}");
    let lines = ground.house.lines(CHAT, "complete").await;
    let [refused] = &lines[..] else { panic!("one line: {lines:?}") };
    assert_eq!((refused.kind.as_str(), refused.chain.as_str()), ("refused", "owner > package:mcp:odd"));
    let payload = refused.payload.clone().unwrap_or_default().to_string();
    assert!(payload.contains("loket grant mcp:odd loket:model/chat"), "{payload}");
    assert!(!ground.look_with(json!({ "what": "capabilities" })).await.contains("sampling"));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_grant_it_gets_words_and_is_told_that_it_can_ask() {
    let ground = Ground::granted("").await;
    assert!(!ground.look_with(json!({ "what": "capabilities" })).await.contains("sampling"));
    ground.let_think().await;
    assert!(ground.look_with(json!({ "what": "capabilities" })).await.contains("sampling"), "it is connected anew");
    let told = ground.words("hello").await;
    let (result, words) = (&told["result"], told["result"]["content"]["text"].as_str().unwrap_or_default());
    assert!(!words.is_empty() && result["role"] == "assistant" && result["model"].is_string(), "{told}");
    let lines = ground.house.lines(CHAT, "complete").await;
    let kinds: Vec<_> = lines.iter().map(|line| line.kind.as_str()).collect();
    assert_eq!(kinds, ["intent", "outcome"]);
    assert!(lines.iter().all(|line| line.labels.iter().any(|label| label == "untrusted")), "{lines:?}");
    ground.house.revoke(SERVER, CHAT).await;
    assert_eq!(ground.words("hello").await["error"]["code"], -1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_was_not_granted_what_the_server_would_do_for_it_gains_nothing() {
    let ground = Ground::granted("").await;
    ground.let_think().await;
    let told = ground.ask("look", "sampling").await;
    assert!(told.contains("-1"), "the agent's grant is older than the server's: {told}");
    ground.house.grant("assistant", super::TOOLS).await;
    let told = ground.ask("look", "sampling").await;
    assert!(told.contains("assistant"), "what the server may is passed on since: {told}");
    let lines = ground.house.lines(CHAT, "complete").await;
    let own = |line: &&loket_gateways::desk::LedgerLine| line.chain.ends_with("agent:assistant > package:mcp:odd");
    assert_eq!(
        lines.iter().filter(own).map(|line| line.kind.as_str()).collect::<Vec<_>>(),
        ["refused", "intent", "outcome"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_may_use_in_a_day_is_its_own_and_ends() {
    let ground = Ground::granted("").await;
    ground.let_think().await;
    ground.house.grant_on(SERVER, CHAT, "tokens_a_day", &["1"]).await;
    assert!(ground.words("hello").await["result"].is_object());
    let told = ground.words("hello").await;
    assert!(told["error"]["message"].as_str().is_some_and(|why| why.contains("tokens-a-day")), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_for_the_model_are_refused_and_so_is_asking_without_an_end() {
    let ground = Ground::granted("").await;
    ground.let_think().await;
    let told = ground.words("tools").await;
    assert_eq!(told["error"]["code"], -32602, "{told}");
    let told: Vec<String> = serde_json::from_str(&ground.look_with(json!({ "what": "nag" })).await).expect("JSON");
    let had = told.iter().filter(|told| *told == "result").count();
    assert_eq!((told.len(), had), (40, 16));
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_newest_revision_it_gets_words_by_the_same_grant() {
    let ground = Ground::with("").await;
    ground.mood("newest");
    ground.accept().await;
    let why = ground.call(json!({ "what": "more", "path": "words" })).await.expect_err("nothing is granted");
    assert!(why.contains("mcp:odd") && why.contains(CHAT), "{why}");
    ground.let_think().await;
    let told = ground.look_with(json!({ "what": "more", "path": "words" })).await;
    assert!(told.contains("assistant") && told.contains("s1"), "{told}");
    assert_eq!(ground.house.host.asks().await.expect("listed").len(), 0);
}
