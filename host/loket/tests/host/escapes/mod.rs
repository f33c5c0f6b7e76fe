//! Every way out that is known, tried by a component in a whole host: each is refused and has its line in the ledger, and beside it stands
//! its granted twin, which works.
//!
//! Files in reading order: here, how an attempt and its twin are looked at; [`hosts`] where requests go, [`answers`] what they carry and what
//! comes back, [`files`] paths and what lies behind them, `races` what changes while a path is used.

mod answers;
mod files;
mod hosts;
#[cfg(unix)]
mod races;

use crate::house::House;
use loket_gateways::desk::{Desk as _, LedgerLine, LedgerQuery};
use serde_json::{Value as Json, json};

const TOOL: &str = "test:escaper";
const CHAIN: &str = "owner > package:test:escaper";
const HTTP: &str = "loket:http/client";
const FOLDERS: &str = "loket:files/folders";
const SECRETS: &str = "loket:secrets/secrets";

/// What the component asks for.
#[derive(Debug, Clone)]
struct Attempt {
    /// The capability that it uses for that.
    capability: &'static str,
    /// The component's own function.
    act: &'static str,
    arguments: Json,
}

/// How it ends: the last line about it in the ledger, and what the component is told.
#[derive(Debug, Clone, Copy)]
struct End<'a> {
    /// The line's kind.
    kind: &'static str,
    /// The function of the capability that did not go through.
    function: &'a str,
    /// The error's case.
    code: &'static str,
    /// A word of the error.
    word: &'a str,
}

/// The grants do not permit it.
fn refused<'a>(function: &'a str, word: &'a str) -> End<'a> {
    End { kind: "refused", function, code: "denied", word }
}

/// It was permitted, and does not go through all the same.
fn failed<'a>(function: &'a str, code: &'static str, word: &'a str) -> End<'a> {
    End { kind: "failed", function, code, word }
}

/// Sends a request and reads its answer.
fn get(url: &str) -> Attempt {
    request("GET", url, &[])
}

fn request(method: &str, url: &str, headers: &[(&str, &str)]) -> Attempt {
    let headers: Vec<_> = headers.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    let arguments = json!({ "method": method, "url": url, "headers": headers });
    Attempt { capability: HTTP, act: "fetch", arguments }
}

/// Does something with a path.
fn file(deed: &str, path: &str, other: &str) -> Attempt {
    Attempt { capability: FOLDERS, act: "file", arguments: json!({ "deed": deed, "path": path, "other": other }) }
}

impl House {
    /// A house in which the component may ask for all that it imports, and was granted nothing of it.
    async fn of_escaper() -> House {
        let house = House::new().await;
        for capability in [HTTP, FOLDERS, SECRETS] {
            house.grant(TOOL, capability).await;
        }
        assert_eq!(house.state(TOOL).await, "ready");
        house
    }

    /// Lets the component try; answers with what it says, and the new lines about what it used.
    async fn attempt(&self, attempt: &Attempt) -> (Json, Vec<LedgerLine>) {
        let newest = LedgerQuery { limit: Some(1), ..LedgerQuery::default() };
        let newest = self.host.ledger(newest).await.expect("the ledger reads").pop().expect("there is a line");
        let answer = self.call(&format!("{TOOL}/acts"), attempt.act, attempt.arguments.clone()).await;
        let answer = answer.unwrap_or_else(|problem| panic!("{attempt:?}: the component answers: {problem:?}"));
        let new = LedgerQuery { from: Some(newest.seq + 1), limit: Some(1_000), ..LedgerQuery::default() };
        let mut lines = self.host.ledger(new).await.expect("the ledger reads");
        lines.retain(|line| line.capability == attempt.capability && line.chain == CHAIN);
        (answer, lines)
    }

    /// It ends so, and has its line in the ledger.
    async fn refuses(&self, attempt: &Attempt, end: End<'_>) {
        let (answer, lines) = self.attempt(attempt).await;
        let told = answer["err"].as_str().unwrap_or_else(|| panic!("{attempt:?} comes to {end:?}: {answer}"));
        assert!(told.starts_with(&format!("{}: ", end.code)) && told.contains(end.word), "{attempt:?}: {told}");
        let ended: Vec<_> = lines.iter().filter(|line| !matches!(line.kind.as_str(), "intent" | "outcome")).collect();
        let [line] = ended[..] else { panic!("{attempt:?} has one line that it did not go through: {lines:?}") };
        assert_eq!((line.kind.as_str(), line.function.as_str()), (end.kind, end.function), "{attempt:?}: {line:?}");
        let why = line.payload.as_ref().map(|error| error[end.code].to_string()).unwrap_or_default();
        assert!(why.contains(end.word), "{attempt:?}: {line:?}");
    }

    /// It works, and has its lines in the ledger; answers with what the component says.
    async fn permits(&self, attempt: &Attempt) -> Json {
        let (mut answer, lines) = self.attempt(attempt).await;
        assert!(answer.get("ok").is_some(), "{attempt:?} works: {answer}");
        let kinds: Vec<_> = lines.iter().map(|line| line.kind.as_str()).collect();
        let whole = kinds.chunks(2).all(|pair| pair == ["intent", "outcome"]);
        assert!(!kinds.is_empty() && whole, "{attempt:?}: {lines:?}");
        answer["ok"].take()
    }
}
