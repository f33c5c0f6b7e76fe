//! A server asks its owner something while it answers a call: it waits like any ask, and what is answered fits, or is not sent.

use super::{Ground, TOOLS};
use loket_gateways::desk::{AnswerRequest, AskInfo, AskRef, Caller, Desk as _, LedgerLine, Problem};
use serde_json::{Value as Json, json};
use std::time::{Duration, Instant};

const MAY_ASK: &str = "elicitation = \"allow\"\n";

impl Ground {
    /// The only ask that waits, once it does.
    async fn asked(&self) -> AskInfo {
        let begun = Instant::now();
        loop {
            if let [ask] = &self.house.host.asks().await.expect("they are listed")[..] {
                return ask.clone();
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "somebody asks");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn answer(&self, ask: &AskInfo, answer: &str, values: Option<Json>) -> Result<(), Problem> {
        let request = AnswerRequest { asks: vec![AskRef::from(ask)], answer: answer.into(), arguments: values };
        self.house.host.answer(request, &Caller::owner()).await.map(drop)
    }

    /// What the server was answered, in the older revision.
    async fn told(&self, arguments: Json) -> Json {
        let answer = self.call(arguments).await.expect("it goes on");
        let text = answer["ok"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}"));
        serde_json::from_str(text).expect("JSON")
    }

    async fn acts(&self) -> Vec<LedgerLine> {
        self.house.lines(TOOLS, "look").await.into_iter().filter(|line| line.kind == "act").collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_is_shown_who_asks_what_and_the_server_gets_values_that_fit() {
    let ground = Ground::granted(MAY_ASK).await;
    let answering = async {
        let ask = ground.asked().await;
        let form = ask.form.clone().expect("it has a form");
        assert_eq!((ask.who.as_str(), ask.chain.as_str()), ("package:mcp:odd", "owner > package:mcp:odd"));
        assert_eq!((ask.capability.as_str(), ask.function.as_str()), (TOOLS, "look"));
        assert_eq!(form.message, "Who are you?\\u{1b}[2J", "its words steer no terminal");
        let fields: Vec<_> = form.fields.iter().map(|f| (f.name.as_str(), f.kind.as_str(), f.required)).collect();
        assert_eq!(fields, [("name", "text", true), ("age", "number", false), ("kind", "choice", false)]);
        assert_eq!(ask.arguments, json!({ "age": 36, "kind": "oak" }), "what is usual");
        for (wrong, word) in [
            (None, "`name` must be given"),
            (Some(json!({ "name": "A" })), "`name` cannot be"),
            (Some(json!({ "name": "Anna", "age": "old" })), "`age` cannot be"),
            (Some(json!({ "name": "Anna", "kind": "ash" })), "`kind` cannot be"),
            (Some(json!({ "name": "Anna", "more": 1 })), "there is no field `more`"),
        ] {
            let problem = ground.answer(&ask, "once", wrong).await.expect_err(word);
            assert!(problem.code == "invalid" && problem.message.contains(word), "{problem:?}");
        }
        for answer in ["always", "conversation"] {
            let problem = ground.answer(&ask, answer, Some(json!({ "name": "Anna" }))).await.expect_err(answer);
            assert_eq!(problem.code, "invalid", "nothing is answered by itself: {problem:?}");
        }
        ground.answer(&ask, "once", Some(json!({ "name": "Anna" }))).await.expect("it fits");
    };
    let (told, ()) = tokio::join!(ground.told(json!({ "what": "form", "path": "Who are you?" })), answering);
    let content = json!({ "name": "Anna", "age": 36, "kind": "oak" });
    assert_eq!(told["result"], json!({ "action": "accept", "content": content }));
    let acts: Vec<Json> = ground.acts().await.into_iter().filter_map(|line| line.payload).collect();
    let [asked, answered] = &acts[..] else { panic!("asked and answered: {acts:?}") };
    assert_eq!((&asked["act"], &asked["form"]["message"]), (&json!("asked"), &json!("Who are you?\\u{1b}[2J")));
    assert_eq!(
        (&answered["answer"], &answered["arguments"], &answered["by"]),
        (&json!("once"), &content, &json!("owner"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_is_a_no_and_silence_is_neither() {
    let ground = Ground::granted(&format!("{MAY_ASK}[approvals]\nseconds = 1\n")).await;
    let form = json!({ "what": "form", "path": "Who?" });
    let no = async { ground.answer(&ground.asked().await, "no", None).await.expect("it is answered") };
    let (told, ()) = tokio::join!(ground.told(form.clone()), no);
    assert_eq!(told["result"], json!({ "action": "decline" }));
    assert_eq!(ground.told(form).await["result"], json!({ "action": "cancel" }), "nobody answers");
    let answers: Vec<Json> =
        ground.acts().await.iter().filter_map(|line| line.payload.as_ref()?.get("answer").cloned()).collect();
    assert_eq!(answers, ["no", "none"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_is_over_with_its_call() {
    let ground = Ground::granted(MAY_ASK).await;
    let calling = ground.told(json!({ "what": "form", "path": "Who?" }));
    let ask = tokio::select! {
        told = calling => panic!("it waits for its owner: {told}"),
        ask = ground.asked() => ask,
    };
    // Whoever called has gone.
    let begun = Instant::now();
    while !ground.house.host.asks().await.expect("listed").is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(20), "nobody waits for it any more");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(ground.answer(&ask, "once", Some(json!({ "name": "Anna" }))).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_not_let_ask_asks_nobody() {
    let ground = Ground::granted("").await;
    let told = ground.told(json!({ "what": "form", "path": "Who?" })).await;
    assert_eq!(told["error"]["code"], -32602, "{told}");
    assert_eq!(ground.told(json!({ "what": "capabilities" })).await.get("elicitation"), None);
    assert_eq!((ground.acts().await.len(), ground.house.host.asks().await.expect("listed").len()), (0, 0));
    let ground = Ground::granted(MAY_ASK).await;
    assert!(ground.told(json!({ "what": "capabilities" })).await["elicitation"]["url"].is_object());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_for_a_password() {
    let ground = Ground::granted(MAY_ASK).await;
    let told = ground.told(json!({ "what": "secret" })).await;
    assert!(told["error"]["message"].as_str().is_some_and(|why| why.contains("secret")), "{told}");
    assert!(ground.acts().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_shown_with_its_host_and_opened_by_nobody_but_its_owner() {
    let ground = Ground::granted(MAY_ASK).await;
    let answering = async {
        let ask = ground.asked().await;
        let form = ask.form.clone().expect("it has a form");
        assert_eq!(
            (form.host.as_deref(), form.url.as_deref()),
            (Some("pay.example.org"), Some("https://pay.example.org/x"))
        );
        ground.answer(&ask, "once", None).await.expect("it is answered");
    };
    let (told, ()) =
        tokio::join!(ground.told(json!({ "what": "page", "path": "https://pay.example.org/x" })), answering);
    assert_eq!(told["result"], json!({ "action": "accept" }));
    let told = ground.told(json!({ "what": "page", "path": "https://bank.example@evil.example/" })).await;
    assert_eq!(told["error"]["code"], -32602, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_newest_revision_the_call_is_made_again_with_the_answers() {
    let ground = Ground::with(MAY_ASK).await;
    ground.mood("newest");
    ground.accept().await;
    let yes = async {
        ground.answer(&ground.asked().await, "once", Some(json!({ "name": "Anna", "age": 7 }))).await.expect("it fits");
    };
    let (told, ()) = tokio::join!(ground.told(json!({ "what": "more" })), yes);
    assert_eq!(told["state"], "s1");
    let content = json!({ "name": "Anna", "age": 7, "kind": "oak" });
    assert_eq!(told["answers"]["who"], json!({ "action": "accept", "content": content }));
    let root = told["answers"]["where"]["roots"][0]["uri"].as_str().expect("a root").to_owned();
    assert!(root.starts_with("file:///"), "{root}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_waits_for_its_turn_at_a_server_that_may_ask_has_its_whole_time() {
    let ground = Ground::granted(&format!("seconds = 1\n{MAY_ASK}")).await;
    assert_eq!(ground.look("hello").await.as_deref(), Ok("hello"));
    let (one, two, three) = tokio::join!(ground.look("slow"), ground.look("slow"), ground.look("slow"));
    assert_eq!([one, two, three], ["slow"; 3].map(|text| Ok(text.to_owned())));
    let late = ground.look("silent").await.expect_err("it has its second, and no more");
    assert!(late.contains("did not answer within 1 s"), "{late}");
}
