//! For each power, side by side: granted works, not granted never reaches the provider. The provider counts its own calls.

use crate::house::House;
use crate::servers::Server;
use async_trait::async_trait;
use loket_gateways::desk::{Desk as _, GrantRequest, RevokeRequest};
use loket_kernel::{Call, CallError, Capability, Provider, Reply};
use loket_values::Interface;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

/// All that the asking fixture imports.
const IMPORTS: [&str; 4] = ["loket:brain/memory", "loket:model/chat", "loket:tools/catalog", "test:echo"];

/// A provider that counts the calls that reach it.
struct Counting {
    inner: Arc<dyn Provider>,
    calls: Arc<AtomicUsize>,
}

#[async_trait]
impl Provider for Counting {
    fn capability(&self) -> &Capability {
        self.inner.capability()
    }

    fn interface(&self) -> &Interface {
        self.inner.interface()
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.inner.call(call).await
    }
}

fn counted(house: &House, capability: &Capability) -> Arc<AtomicUsize> {
    let inner = house.host.counter.provider(capability).unwrap_or_else(|| panic!("`{capability}` is served"));
    let calls = Arc::new(AtomicUsize::new(0));
    house.host.counter.serve([Arc::new(Counting { inner, calls: calls.clone() }) as Arc<dyn Provider>]);
    calls
}

async fn asking_house() -> House {
    // Nobody answers what is asked here.
    let house = House::with("[approvals]\nseconds = 1\n").await;
    for capability in IMPORTS {
        house.grant("test:asker", capability).await;
    }
    assert_eq!(house.state("test:asker").await, "ready");
    house
}

/// The escaping fixture, which is granted all that it imports: a server, a folder, and whatever secret is called `token`.
async fn escaping_house() -> (House, Server, TempDir) {
    let (house, server) = (House::new().await, Server::showing("hello"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let notes = folder.path().join("notes");
    std::fs::create_dir(&notes).expect("a folder");
    for (capability, key, value) in [
        ("loket:http/client", "host", server.host().as_str()),
        ("loket:files/folders", "folder", notes.to_str().expect("UTF-8")),
        ("loket:secrets/secrets", "secret", "token"),
    ] {
        house.grant_on("test:escaper", capability, key, &[value]).await;
    }
    assert_eq!(house.state("test:escaper").await, "ready");
    (house, server, folder)
}

/// Runs what is asynchronous.
#[track_caller]
fn run(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime").block_on(work);
}

/// Granted: the asker's call reaches the provider. Revoked: it does not, and the caller is told so.
#[track_caller]
fn pair(capability: Capability, granted: &'static str, function: &'static str, arguments: Json) {
    run(async { pair_in(&asking_house().await, "test:asker", capability, granted, function, arguments).await });
}

/// The same for another component, in a house where it was granted all that it imports.
async fn pair_in(house: &House, package: &str, capability: Capability, granted: &str, function: &str, arguments: Json) {
    let (acts, calls) = (format!("{package}/acts"), counted(house, &capability));
    let answer = house.call(&acts, function, arguments.clone()).await.expect("the component answers");
    assert!(answer.get("ok").is_some(), "granted works: {answer}");
    let before = calls.swap(0, Ordering::SeqCst);
    assert!(before > 0, "granted reaches the provider");

    house.revoke(package, granted).await;
    let answer = house.call(&acts, function, arguments).await;
    assert_eq!(calls.load(Ordering::SeqCst), 0, "not granted never reaches the provider: {answer:?}");
    let refused = answer.map_or(true, |answer| answer.get("err").is_some());
    assert!(refused, "the caller is told");
    let lines = house.ledger().await;
    assert!(
        lines.iter().any(|l| l.kind == "refused" && l.capability == capability.to_string()),
        "the refusal is in the ledger"
    );
}

/// The pair for a capability of the host that the escaping fixture imports.
#[track_caller]
fn pair_of_escaper(capability: &str, function: &str, arguments: impl FnOnce(&Server) -> Json) {
    run(async {
        let (house, server, _folder) = escaping_house().await;
        let arguments = arguments(&server);
        pair_in(&house, "test:escaper", Capability::host(capability), capability, function, arguments).await;
    });
}

#[test]
fn remembering_needs_a_grant() {
    pair(Capability::host("loket:brain/memory"), "loket:brain/memory", "remember", json!({"text": "tea at four"}));
}

#[test]
fn recalling_needs_a_grant() {
    pair(Capability::host("loket:brain/memory"), "loket:brain/memory", "recall", json!({"text": "tea"}));
}

#[test]
fn correcting_needs_a_grant() {
    pair(
        Capability::host("loket:brain/memory"),
        "loket:brain/memory",
        "correct",
        json!({"wrong": "tea at four", "right": "tea at five"}),
    );
}

#[test]
fn forgetting_needs_a_grant() {
    pair(
        Capability::host("loket:brain/memory"),
        "loket:brain/memory",
        "forget",
        json!({"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}),
    );
}

#[test]
fn reading_a_memory_needs_a_grant() {
    pair(
        Capability::host("loket:brain/memory"),
        "loket:brain/memory",
        "get",
        json!({"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}),
    );
}

#[test]
fn listing_memories_needs_a_grant() {
    pair(Capability::host("loket:brain/memory"), "loket:brain/memory", "memories", json!({}));
}

#[test]
fn listing_tools_needs_a_grant() {
    pair(Capability::host("loket:tools/catalog"), "loket:tools/catalog", "tools", json!({}));
}

#[test]
fn calling_a_tool_by_name_needs_a_grant_for_the_catalog() {
    pair(
        Capability::host("loket:tools/catalog"),
        "loket:tools/catalog",
        "call",
        json!({"tool": "echo_echo", "arguments": "{\"text\":\"a\"}"}),
    );
}

#[test]
fn calling_a_tool_by_name_needs_a_grant_for_the_tool() {
    pair(
        Capability::of("test:echo", "test:echo/acts"),
        "test:echo",
        "call",
        json!({"tool": "echo_echo", "arguments": "{\"text\":\"a\"}"}),
    );
}

#[test]
fn calling_a_component_needs_a_grant() {
    pair(Capability::of("test:echo", "test:echo/acts"), "test:echo", "echo", json!({"text": "a"}));
}

#[test]
fn sending_a_request_needs_a_grant() {
    pair_of_escaper(
        "loket:http/client",
        "fetch",
        |server| json!({ "method": "GET", "url": server.url("/"), "headers": [] }),
    );
}

#[test]
fn reading_files_needs_a_grant() {
    for deed in ["list", "watch"] {
        pair_of_escaper("loket:files/folders", "file", |_| json!({ "deed": deed, "path": "notes", "other": "" }));
    }
}

#[test]
fn changing_files_needs_a_grant() {
    for deed in ["replace", "remove"] {
        pair_of_escaper("loket:files/folders", "file", |_| json!({ "deed": deed, "path": "notes/a", "other": "a" }));
    }
}

#[test]
fn listing_secrets_needs_a_grant() {
    pair_of_escaper("loket:secrets/secrets", "secrets", |_| json!({}));
}

#[tokio::test(flavor = "multi_thread")]
async fn thinking_needs_a_grant_for_the_router_and_one_for_the_model() {
    let house = asking_house().await;
    let (router, model) = (Capability::host("loket:model/chat"), Capability::of("loket:offline", "loket:model/chat"));
    let (asked, thought) = (counted(&house, &router), counted(&house, &model));
    let ask = || house.call("test:asker/acts", "complete", json!({"text": "hello"}));

    let answer = ask().await.expect("the asker answers");
    assert!(answer["err"].is_string(), "the model itself was not granted: {answer}");
    assert_eq!((asked.swap(0, Ordering::SeqCst), thought.load(Ordering::SeqCst)), (1, 0));

    house.grant("test:asker", "loket:offline").await;
    let answer = ask().await.expect("the asker answers");
    assert!(answer["ok"].is_string(), "{answer}");
    assert_eq!((asked.swap(0, Ordering::SeqCst), thought.swap(0, Ordering::SeqCst)), (1, 1));

    house.revoke("test:asker", "loket:model/chat").await;
    let answer = ask().await.expect("the asker answers");
    assert!(answer["err"].is_string(), "{answer}");
    assert_eq!((asked.load(Ordering::SeqCst), thought.load(Ordering::SeqCst)), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn emitting_is_for_all_until_it_is_denied() {
    let house = asking_house().await;
    let calls = counted(&house, &Capability::host("loket:events/emit"));
    let emit = || house.call("test:asker/acts", "emit", json!({"status": "working"}));
    assert!(emit().await.expect("the asker answers").get("ok").is_some());
    assert_eq!(calls.swap(0, Ordering::SeqCst), 1);
    let (grantee, capability, verdict) = ("test:asker".into(), "loket:events/emit".into(), Some("deny".into()));
    house.grant_as(GrantRequest { grantee, capability, verdict, ..GrantRequest::default() }).await;
    assert!(emit().await.expect("the asker answers").get("err").is_some());
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn emitting_needs_no_delegation_where_it_was_granted() {
    let house = asking_house().await;
    house.grant("test:asker", "loket:events/emit").await;
    let bare = GrantRequest {
        grantee: "assistant".into(),
        capability: "test:asker".into(),
        no_delegation: true,
        ..GrantRequest::default()
    };
    house.grant_as(bare).await;
    let turn = house.say("assistant", "/asker_emit working").await.expect("it answers").turn;
    let lines = house.lines("loket:events/emit", "emit").await;
    let chain = "owner > agent:assistant > package:test:asker";
    let kinds: Vec<_> = lines.iter().filter(|l| l.turn == turn && l.chain == chain).map(|l| l.kind.as_str()).collect();
    assert_eq!(kinds, ["intent", "outcome"]);
}

/// A grant of the asker's for the echo.
fn to_echo(capability: &str, verdict: &str, functions: &[&str]) -> GrantRequest {
    GrantRequest {
        grantee: "test:asker".into(),
        capability: capability.into(),
        verdict: Some(verdict.into()),
        functions: functions.iter().map(|f| (*f).to_owned()).collect(),
        ..GrantRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_what_a_refusal_hints_at_sees_the_call_pass() {
    let house = asking_house().await;
    let echo = || house.call("test:asker/acts", "echo", json!({"text": "a"}));
    for (grants, code, hint) in [
        (&[("test:echo", "ask", &[][..])][..], "needs-approval", "loket grant test:asker test:echo/acts"),
        (&[("test:echo/acts", "ask", &[])], "needs-approval", "loket grant test:asker test:echo/acts"),
        (
            &[("test:echo/acts", "ask", &["echo"])],
            "needs-approval",
            "loket grant test:asker test:echo/acts --function echo",
        ),
        (&[("test:echo", "deny", &[]), ("test:echo/acts", "allow", &[])], "denied", "loket grant test:asker test:echo"),
        (&[], "denied", "loket grant test:asker test:echo/acts"),
    ] {
        let all = RevokeRequest { grantee: "test:asker".into(), capability: None };
        house.host.revoke(all).await.expect("it can be revoked");
        for (capability, verdict, functions) in grants {
            house.grant_as(to_echo(capability, verdict, functions)).await;
        }
        let refused = echo().await.expect_err("it is refused");
        assert_eq!((refused.code.as_str(), refused.hint.as_deref()), (code, Some(hint)), "{refused:?}");
        house.obey(hint).await;
        assert!(echo().await.is_ok_and(|answer| answer.get("ok").is_some()), "{hint}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn admission_goes_by_the_same_rule_as_calls() {
    let house = House::new().await;
    for capability in &IMPORTS[..3] {
        house.grant("test:asker", capability).await;
    }
    house.grant_as(to_echo("test:echo", "deny", &[])).await;
    house.grant_as(to_echo("test:echo/acts", "allow", &[])).await;
    let state = house.state("test:asker").await;
    assert!(state.contains("the owner denied it"), "a deny is final: {state}");
    let hint = state.lines().find_map(|line| line.split_once("hint: ")).expect("it hints").1;
    assert_eq!(hint, "loket grant test:asker test:echo");
    house.obey(hint).await;
    assert_eq!(house.state("test:asker").await, "ready");

    // One function that is denied keeps nobody from the others.
    let house = House::new().await;
    for capability in &IMPORTS {
        house.grant("test:asker", capability).await;
    }
    let forget = GrantRequest {
        capability: "loket:brain/memory".into(),
        functions: vec!["forget".into()],
        ..to_echo("", "deny", &[])
    };
    house.grant_as(forget).await;
    let house = house.restart().await;
    assert_eq!(house.state("test:asker").await, "ready");
    let recalled = house.call("test:asker/acts", "recall", json!({"text": "tea"})).await.expect("the asker answers");
    assert!(recalled.get("ok").is_some(), "{recalled}");
    let forgotten = house.call("test:asker/acts", "forget", json!({"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"})).await;
    assert!(forgotten.expect("the asker answers").get("err").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_never_granted_is_not_even_linked() {
    let house = House::new().await;
    let calls = counted(&house, &Capability::host("loket:brain/memory"));
    let state = house.state("test:asker").await;
    assert!(
        state.contains("loket:brain/memory") && state.contains("loket grant test:asker loket:brain/memory"),
        "{state}"
    );
    let problem = house.call("test:asker/acts", "recall", json!({"text": "tea"})).await.expect_err("nobody answers");
    assert_eq!(problem.code, "not-found");
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

/// Revokes a grant as soon as the first call under it is through: between two calls of one running turn.
struct RevokesItself {
    inner: Arc<dyn Provider>,
    host: std::sync::Weak<loket::Host>,
    calls: AtomicUsize,
}

#[async_trait]
impl Provider for RevokesItself {
    fn capability(&self) -> &Capability {
        self.inner.capability()
    }

    fn interface(&self) -> &Interface {
        self.inner.interface()
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let reply = self.inner.call(call).await;
        let host = self.host.upgrade().expect("the host lives");
        let request = RevokeRequest { grantee: "test:asker".into(), capability: Some("test:echo".into()) };
        host.revoke(request).await.expect("it can be revoked");
        reply
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoke_between_two_calls_of_a_running_turn_stops_the_second() {
    let house = asking_house().await;
    let twice = || house.call("test:asker/acts", "twice", json!({}));
    let answer = twice().await.expect("the asker answers");
    assert!(answer.get("ok").is_some(), "granted, both calls work: {answer}");

    let capability = Capability::of("test:echo", "test:echo/acts");
    let inner = house.host.counter.provider(&capability).expect("it is served");
    let provider = Arc::new(RevokesItself { inner, host: Arc::downgrade(&house.host), calls: AtomicUsize::new(0) });
    house.host.counter.serve([provider.clone() as Arc<dyn Provider>]);
    let answer = twice().await;
    assert!(answer.as_ref().map_or(true, |a| a.get("ok").is_none()), "the second call is stopped: {answer:?}");
    assert_eq!(provider.calls.load(Ordering::SeqCst), 1, "only the first call came through");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_without_a_grant_gains_nothing_by_calling_a_tool_that_has_it() {
    let house = House::new().await;
    house.grant("test:proxy", "loket:brain/memory").await;
    house
        .call(
            "loket:brain/memory",
            "remember",
            json!({"draft": {"kind": "fact", "text": "the vault opens at noon", "tags": [], "steps": []}}),
        )
        .await
        .expect("it remembers");
    let calls = counted(&house, &Capability::host("loket:brain/memory"));
    let through_the_proxy = async || {
        calls.store(0, Ordering::SeqCst);
        let turn = house.say("assistant", "/proxy_peek vault").await.expect("it answers").turn;
        let lines = house.ledger().await;
        let inner = "owner > agent:assistant > package:test:proxy";
        let kinds: Vec<_> =
            lines.iter().filter(|l| l.turn == turn && l.chain == inner).map(|l| l.kind.clone()).collect();
        kinds
    };

    let without = GrantRequest {
        grantee: "assistant".into(),
        capability: "test:proxy".into(),
        no_delegation: true,
        ..GrantRequest::default()
    };
    let grant = house.grant_as(without).await;
    assert_eq!(grant.delegates, Vec::<String>::new());
    assert_eq!(through_the_proxy().await, ["refused"], "the tool's own grant is not the agent's");

    let grant = house.grant("assistant", "test:proxy").await;
    assert_eq!(
        grant.delegates,
        ["loket:brain/memory by package:test:proxy"],
        "what is delegated is said in the same act"
    );
    assert_eq!(through_the_proxy().await, ["intent", "outcome"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_cannot_be_granted_and_the_nearest_names_are_told() {
    let house = House::new().await;
    let grant = async |capability: &str| {
        let request =
            GrantRequest { grantee: "assistant".into(), capability: capability.into(), ..GrantRequest::default() };
        house.host.grant(request).await
    };
    for (capability, hint) in [
        ("nope:nope", "`loket packages`"),
        ("nope:nope/x", "`loket packages`"),
        ("loket:calk", "did you mean `loket:calc`"),
        ("loket:calc/aritmetic", "did you mean `loket:calc/arithmetic`"),
        ("loket:brain", "did you mean `loket:brain/memory`"),
    ] {
        let problem = grant(capability).await.expect_err(capability);
        assert_eq!(problem.code, "not-found", "{problem:?}");
        assert!(problem.hint.as_deref().is_some_and(|told| told.contains(hint)), "{problem:?}");
    }
    for capability in ["loket:brain/memory", "loket:offline", "loket:calc/arithmetic", "wasi:http/outgoing-handler"] {
        grant(capability).await.unwrap_or_else(|p| panic!("`{capability}` can be granted: {p:?}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_can_still_be_revoked() {
    let house = House::new().await;
    house.grant("assistant", "test:echo").await;
    let file = house.folder.path().join("state/grants.json");
    let text = std::fs::read_to_string(&file).expect("it reads");
    std::fs::write(&file, text.replace("test:echo", "gone:gone")).expect("it can be written");
    let house = house.restart().await;
    house.revoke("assistant", "gone:gone").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_act_of_the_owner_is_in_the_ledger() {
    let house = House::new().await;
    house.grant("assistant", "test:echo").await;
    house.revoke("assistant", "test:echo").await;
    let acts: Vec<_> = house.ledger().await.into_iter().filter(|l| l.kind == "act").collect();
    let about = |what: &str, capability: &str| {
        acts.iter().any(|l| {
            l.function == what
                && l.payload.as_ref().is_some_and(|p| p["capability"] == capability && p["whom"] == "agent:assistant")
        })
    };
    assert!(about("granted", "test:echo") && about("revoked", "test:echo"));
    for default in
        ["loket:brain/memory", "loket:model/chat", "loket:offline", "loket:tools/catalog", "loket:calc", "loket:text"]
    {
        assert!(about("granted by default", default), "{default}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_survives_a_restart_and_so_does_a_revoke() {
    let house = House::new().await;
    house.grant("assistant", "test:echo").await;
    house.revoke("assistant", "loket:calc").await;
    let house = house.restart().await;
    let grants = house.host.grants(Some("assistant")).await.expect("they can be listed");
    let names: Vec<_> = grants.iter().map(|g| g.capability.as_str()).collect();
    assert!(names.contains(&"test:echo") && !names.contains(&"loket:calc"), "{names:?}");
}
