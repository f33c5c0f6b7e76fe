//! A turn's record is complete: run again from it, the very bytes that ran make the same calls and give the same answer. What would have been
//! refused without a grant can be told from it too.

use crate::house::House;
use loket_gateways::desk::{Desk as _, GrantRequest, Problem, ReplayReport, ReplayRequest};
use loket_kernel::page::{Kept, Recorded};
use loket_kernel::{Capability, Labels, Page};
use loket_ledger::{Payload, Stored, TurnId};
use loket_values::Value;
use serde_json::json;

async fn replay(house: &House, turn: &str) -> Result<ReplayReport, Problem> {
    house.host.replay(ReplayRequest { turn: turn.into(), ..ReplayRequest::default() }).await
}

async fn without(house: &House, turn: &str, capability: &str, of: Option<&str>) -> Result<ReplayReport, Problem> {
    let (without, of) = (Some(capability.to_owned()), of.map(str::to_owned));
    house.host.replay(ReplayRequest { turn: turn.into(), without, of }).await
}

/// A turn's page, to be changed.
async fn page(house: &House, turn: &str) -> Page {
    let id: TurnId = turn.parse().expect("a turn");
    house.host.counter.ledger.flush().await.expect("it is written");
    Page::read(&house.host.counter.ledger, id).expect("the page reads")
}

/// The number of a call that the agent itself made.
fn call_of<'p>(page: &'p mut Page, function: &str) -> &'p mut Recorded {
    let mut calls = page.calls.values_mut();
    calls.find(|call| call.parent == 1 && *call.function == *function).expect("it was made")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_turn_makes_the_same_calls_and_gives_the_same_answer() {
    let house = House::new().await;
    for text in ["my server is at 10.0.0.5", "where is my server?", "/calc 6 * 7", "/nothing here"] {
        let said = house.say("assistant", text).await.expect("it answers");
        let lines = house.ledger().await.len();
        let report = replay(&house, &said.turn).await.expect("it runs again");
        assert_eq!((report.verdict.as_str(), &report.divergence), ("equal", &None), "{text}");
        assert!(report.calls >= 3 && !report.cut_off, "{report:?}");
        assert_eq!(report.answer.expect("it answers again")["ok"]["ok"]["text"], said.text, "{text}");
        assert_eq!(house.ledger().await.len(), lines, "nothing was called, nothing written");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_in_which_a_tool_showed_something_runs_again_with_the_same_bytes() {
    let house = House::new().await;
    house.grant("assistant", "test:everything").await;
    let turn = house.say("assistant", "/test_image_content {}").await.expect("it answers").turn;
    let report = replay(&house, &turn).await.expect("it runs again");
    assert_eq!((report.verdict.as_str(), &report.divergence), ("equal", &None));
    // The model was shown it: with another picture, it would be asked something else.
    let mut page = page(&house, &turn).await;
    let seen = call_of(&mut page, "see-all");
    let Some(Kept::Whole(Ok(Some(Value::List(answers))))) = &mut seen.end else { panic!("{seen:?}") };
    let [Value::Result(Ok(Some(answer)))] = &mut answers[..] else { panic!("{answers:?}") };
    let Value::Record(fields) = &mut **answer else { panic!("{answer:?}") };
    let Value::List(pictures) = &mut fields[1].1 else { panic!("{fields:?}") };
    let [Value::Record(picture)] = &mut pictures[..] else { panic!("one picture: {pictures:?}") };
    assert_eq!(picture[0].1, Value::String("image/png".into()));
    let Value::Bytes(bytes) = &mut picture[1].1 else { panic!("{picture:?}") };
    assert!(bytes.starts_with(b"\x89PNG") && bytes.len() == 70, "{bytes:?}");
    bytes[69] ^= 1;
    let (_, replayed) = house.host.replay_page(page).await.expect("it runs again");
    let diverged = replayed.diverged.expect("it shows something else");
    assert!(diverged.to_string().contains("chat#complete"), "{diverged}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_by_the_owner_runs_again_and_what_the_host_answers_does_not() {
    let house = House::new().await;
    let newest = async || house.ledger().await.last().expect("a line").turn.clone();
    house.call("loket:calc/arithmetic", "evaluate", json!({ "expression": "1 / 0" })).await.expect("it answers");
    let report = replay(&house, &newest().await).await.expect("it runs again");
    assert_eq!((report.verdict.as_str(), report.package.as_deref()), ("equal", Some("loket:calc@0.1.0")));
    house.call("loket:tools/catalog", "list", json!({})).await.expect("it answers");
    let told = replay(&house, &newest().await).await.expect_err("no component ran");
    assert!(told.code == "invalid" && told.message.contains("answered by the host itself"), "{told:?}");
    let told = replay(&house, "01ARZ3NDEKTSV4RRFFQ69G5FAV").await.expect_err("there is none");
    assert_eq!(told.code, "not-found", "{told:?}");
    assert_eq!(replay(&house, "yesterday").await.expect_err("it is no turn").code, "invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_event_for_an_agent_sets_the_turns_clock() {
    let house = House::new().await;
    let request = json!({ "messages": [], "tools": [], "now": 7 });
    let _ = house.call("loket:model/chat", "complete", json!({ "request": request })).await;
    let lines = house.lines("loket:model/chat", "complete").await;
    let intent = lines.iter().find(|l| l.kind == "intent").expect("the call was made");
    let asked = intent.payload.as_ref().expect("it has arguments").to_string();
    assert!(asked.contains("\"now\":7"), "its first argument says when it is: {asked}");
    let page = house.host.counter.ledger.turn(intent.turn.parse().expect("a turn")).expect("the page reads");
    let Stored::Present(Payload::Json(inputs)) = &page[0].payload else { panic!("the page begins with its inputs") };
    let inputs: serde_json::Value = serde_json::from_str(inputs).expect("the inputs are JSON");
    let clock = inputs["clock"].as_u64().expect("a moment");
    assert!(page[0].time.abs_diff(clock) < 60_000, "the clock says {clock}, and it is {}", page[0].time);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_runs_again_has_seen_what_it_once_saw() {
    let house = House::new().await;
    house.grant("assistant", "test:echo").await;
    house.stranger(&Capability::of("test:echo", "test:echo/acts"));
    let turn = house.say("assistant", "/echo_echo hello").await.expect("it answers").turn;
    let page = page(&house, &turn).await;
    let (_, replayed) = house.host.replay_page(page).await.unwrap_or_else(|p| panic!("it runs again: {p:?}"));
    assert_eq!(replayed.diverged, None);
    assert_eq!(replayed.turn.labels.get(), Labels::UNTRUSTED);
    assert_eq!(replayed.turn.agent.as_deref(), Some("assistant"), "it is the same agent's turn");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_lacks_a_call_or_has_one_more_is_noticed() {
    let house = House::new().await;
    let turn = house.say("assistant", "my server is at 10.0.0.5").await.expect("it answers").turn;
    let whole = page(&house, &turn).await;
    let last = whole.made_by(1).last().expect("it made calls").number;
    let mut fewer = whole.clone();
    fewer.calls.remove(&last);
    let (_, replayed) = house.host.replay_page(fewer).await.expect("it runs again");
    let diverged = replayed.diverged.expect("it asked more");
    assert!(diverged.call == 0 && diverged.to_string().contains("nothing more"), "{diverged}");
    let mut more = whole.clone();
    let call = whole.calls[&last].clone();
    more.calls.insert(last + 1, Recorded { number: last + 1, ..call });
    let (_, replayed) = house.host.replay_page(more).await.expect("it runs again");
    let diverged = replayed.diverged.expect("it asked less");
    assert!(diverged.call == last + 1 && diverged.to_string().contains("ended"), "{diverged}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_forgotten_cannot_be_run_again() {
    let house = House::new().await;
    let turn = house.say("assistant", "my server is at 10.0.0.5").await.expect("it answers").turn;
    let whole = page(&house, &turn).await;
    let mut erased = whole.clone();
    call_of(&mut erased, "recall").end = Some(Kept::Erased);
    let told = house.host.replay_page(erased).await.expect_err("an answer is gone");
    assert!(told.message.contains("the answer of call") && told.message.contains("forgotten"), "{told:?}");
    let mut elsewhere = whole.clone();
    call_of(&mut elsewhere, "recall").end = Some(Kept::Digest);
    let told = house.host.replay_page(elsewhere).await.expect_err("an answer is elsewhere");
    assert!(told.message.contains("the digest only"), "{told:?}");
    // And in the ledger itself.
    let recall = whole.made_by(1).find(|call| *call.function == *"recall").expect("it recalled").number;
    let ledger = house.host.counter.ledger.clone();
    let line = ledger.turn(turn.parse().expect("a turn")).expect("it reads").into_iter().find(|l| l.call == recall);
    let seq = line.expect("it has a line").seq;
    let erased = tokio::task::spawn_blocking(move || ledger.erase(seq)).await.expect("no panic");
    assert!(erased.expect("it can be erased"));
    let told = replay(&house, &turn).await.expect_err("the arguments are gone");
    assert!(told.code == "invalid" && told.message.contains("the arguments of call"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_difference_is_shown_where_it_is() {
    let house = House::new().await;
    let turn = house.say("assistant", "/calc 6 * 7").await.expect("it answers").turn;
    let mut page = page(&house, &turn).await;
    let call = call_of(&mut page, "see-all");
    let number = call.number;
    let Kept::Whole(args) = &mut call.args else { panic!("they are there") };
    let Some(Value::List(calls)) = args.first_mut() else { panic!("a batch: {args:?}") };
    let Some(Value::Record(fields)) = calls.first_mut() else { panic!("a call: {calls:?}") };
    fields[1].1 = Value::String(r#"{"expression":"6 * 8"}"#.into());
    let (_, replayed) = house.host.replay_page(page).await.expect("it runs again");
    let diverged = replayed.diverged.expect("it asked something else");
    assert!(diverged.call == number && diverged.to_string().contains("other arguments"), "{diverged}");
    let asked = format!("{:?} {:?}", diverged.asked, diverged.recorded);
    assert!(asked.contains("6 * 7") && asked.contains("6 * 8"), "{asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_gone_are_named() {
    let house = House::new().await;
    let turn = house.say("assistant", "hello").await.expect("it answers").turn;
    let mut page = page(&house, &turn).await;
    let digest = "ab".repeat(32);
    page.digest = Some(digest.clone());
    let told = house.host.replay_page(page).await.expect_err("nobody has them");
    assert!(told.code == "not-found" && told.message.contains(&digest), "{told:?}");
    assert!(told.message.contains("loket:assistant@0.1.0") && told.hint.expect("a hint").contains("loket publish"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_runs_again_after_its_grants_were_taken_back() {
    let house = House::new().await;
    let turn = house.say("assistant", "/calc 6 * 7").await.expect("it answers").turn;
    house.revoke("assistant", "loket:calc").await;
    house.revoke("assistant", "loket:brain/memory").await;
    assert_eq!(replay(&house, &turn).await.expect("it runs again").verdict, "equal");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_grant_the_first_call_that_would_be_refused_is_told() {
    let house = House::new().await;
    let turn = house.say("assistant", "/calc 6 * 7").await.expect("it answers").turn;
    let report = without(&house, &turn, "loket:calc", None).await.expect("it can be told");
    assert_eq!((report.verdict.as_str(), &report.refused_anyway), ("refused", &None));
    let refused = report.refused.expect("which one");
    assert_eq!((refused.capability.as_str(), refused.function.as_str()), ("loket:calc/arithmetic", "evaluate"));
    assert_eq!((refused.code.as_str(), refused.chain.as_str()), ("denied", "owner > agent:assistant"));
    assert!(refused.reason.contains("`agent:assistant` has no grant"), "{refused:?}");
    assert_eq!(refused.remedy.as_deref(), Some("loket grant assistant loket:calc/arithmetic"));
    assert!(refused.arguments.expect("they are there").to_string().contains("6 * 7"));
    assert!(report.calls > 0, "some went before it");

    let report = without(&house, &turn, "loket:text", None).await.expect("it can be told");
    assert_eq!((report.verdict.as_str(), &report.refused), ("unaffected", &None), "it used no such tool");
    let told = without(&house, &turn, "loket:http/client", None).await.expect_err("there is no such grant");
    assert_eq!(told.code, "not-found", "{told:?}");
    house.say("assistant", "/calc 1 + 1").await.expect("the grants are as they were");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_tools_did_within_is_held_against_the_grants_too() {
    let house = House::new().await;
    for capability in ["loket:brain/memory", "loket:model/chat", "loket:tools/catalog", "test:echo"] {
        house.grant("test:asker", capability).await;
    }
    house
        .grant_as(GrantRequest {
            grantee: "assistant".into(),
            capability: "test:asker".into(),
            ..GrantRequest::default()
        })
        .await;
    let turn = house.say("assistant", r#"/asker_echo {"text": "hello"}"#).await.expect("it answers").turn;
    let report = without(&house, &turn, "test:echo", Some("test:asker")).await.expect("it can be told");
    let refused = report.refused.expect("the tool would have been refused");
    assert_eq!(refused.chain, "owner > agent:assistant > package:test:asker");
    assert_eq!(refused.capability, "test:echo/acts");
    let report = without(&house, &turn, "test:asker", None).await.expect("it can be told");
    let refused = report.refused.expect("the agent would have been refused the tool");
    assert_eq!((refused.chain.as_str(), refused.capability.as_str()), ("owner > agent:assistant", "test:asker/acts"));
    // A grant that was taken back since is not the one that is left out.
    house.revoke("test:asker", "test:echo").await;
    let report = without(&house, &turn, "loket:calc", None).await.expect("it can be told");
    assert_eq!(report.verdict, "unaffected");
    assert_eq!(report.refused_anyway.expect("it would be refused now").capability, "test:echo/acts");
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(unix)]
async fn the_command_line_has_an_exit_code_for_each_answer() {
    use crate::process::loket;
    let house = House::new().await;
    let turn = house.say("assistant", "/calc 6 * 7").await.expect("it answers").turn;
    let folder = house.close().await;
    let ran = |line: &[&str]| {
        let output = loket(folder.path(), &[&["--json", "replay", &turn], line].concat());
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (output.status.code(), report["verdict"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(ran(&[]), (Some(0), "equal".to_owned()));
    assert_eq!(ran(&["--without", "loket:calc"]), (Some(3), "refused".to_owned()));
    assert_eq!(ran(&["--without", "loket:text"]), (Some(0), "unaffected".to_owned()));
    assert_eq!(ran(&["--without", "loket:nothing"]).0, Some(1), "there is no such grant");
    assert_eq!(ran(&["--of", "assistant"]).0, Some(2), "it says whose, and not which");
}
