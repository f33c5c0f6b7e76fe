//! Whatever is said, the rules answer: no panic, arguments that are JSON, and citations only of what was given.

use loket_offline::answer::respond;
use loket_offline::exchange::{Document, Exchange, Outcome, Returned, Speaker, Tool, Turn};
use proptest::prelude::*;

/// Words that the rules turn on, and some that they do not.
const WORDS: &[&str] = &[
    "no",
    "not",
    "no,",
    "i",
    "I'm",
    "need",
    "want",
    "you",
    "you're",
    "to",
    "the",
    "my",
    "server",
    "is",
    "at",
    "it's",
    "10.0.0.5",
    "forget",
    "remember",
    "that",
    "that's",
    "wrong",
    "actually,",
    "instead",
    "of",
    "rather",
    "than",
    "change",
    "from",
    "but",
    "what",
    "what's",
    "when",
    "where",
    "how",
    "who",
    "am",
    "do",
    "don't",
    "can't",
    "tell",
    "me",
    "about",
    "remind",
    "please",
    "thanks",
    "/",
    "/calc",
    "/help",
    "note:",
    "?",
    ".",
    "!",
    ",",
    ":",
    "—",
    "\"",
    "“",
    "'",
    "’",
    "東京都",
    "é",
    "🙂",
    "\n",
    "Ann's",
    "May",
    "4",
    "longer",
    "mean",
    "meant",
    "sorry,",
    "now",
    "{",
    "}",
    "{\"a\":1}",
    "timer",
    "went",
    "off",
];

fn text() -> impl Strategy<Value = String> {
    let soup = proptest::collection::vec(
        prop_oneof![proptest::sample::select(WORDS).prop_map(str::to_owned), "\\PC{0,6}"],
        0..14,
    );
    (soup, prop_oneof![Just(" "), Just("")]).prop_map(|(words, between)| words.join(between))
}

fn tool(name: &str) -> Tool {
    let parameters = r#"{"type":"object","properties":{"x":{"type":"string"}},"required":["x"]}"#;
    Tool { name: name.into(), description: "A calculator.".into(), parameters: parameters.into() }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn every_exchange_is_answered(said in text(), before in text(), known in proptest::collection::vec(text(), 0..4), result in text(), returned in any::<bool>()) {
        let turn = |speaker, text: &str| Turn { speaker, text: text.into(), calls: vec![], results: vec![] };
        let mut turns = vec![turn(Speaker::User, &before), turn(Speaker::Assistant, &known.join(" ")), turn(Speaker::User, &said)];
        if returned {
            let results = vec![Returned { id: "call-1".into(), text: result, outcome: Outcome::Done }];
            turns.push(Turn { results, ..turn(Speaker::Tool, "") });
        }
        let documents: Vec<Document> = known
            .iter()
            .enumerate()
            .map(|(at, text)| Document {
                uri: format!("memory:{at}"),
                kind: ["fact", "lesson", "episode"][at % 3].into(),
                written: Some(u64::MAX >> at),
                text: text.clone(),
            })
            .collect();
        let tools = ["memory_remember", "memory_correct", "memory_recall", "memory_forget", "calc_evaluate"].map(tool).to_vec();
        let answer = respond(&Exchange { turns, documents: documents.clone(), tools, now: 1_763_856_000_000 });
        prop_assert!(!answer.text.is_empty() || !answer.calls.is_empty());
        for call in &answer.calls {
            let arguments: serde_json::Value = serde_json::from_str(&call.arguments).expect("arguments are JSON");
            prop_assert!(arguments.is_object());
        }
        for uri in &answer.used {
            prop_assert!(documents.iter().any(|document| document.uri == *uri));
        }
    }
}
