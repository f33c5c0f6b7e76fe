//! A model that cannot answer, and the next one, which can.

use super::server::{Act, Server};
use super::{thinking, words};
use loket_gateways::desk::Desk as _;

const FALLBACK: &str = "[fallback]\nmodels = [\"two\"]";

/// What the assistant answers, what was shown, and what was told of models, when the first server does this.
async fn with_first(
    act: Act,
    settings: &str,
    manifest: &str,
) -> (Result<String, String>, String, Vec<String>, [usize; 2]) {
    let (one, two) = (Server::new(&[act]).await, Server::new(&[Act::Say("Two it is.")]).await);
    let house = thinking(&[("one", &one), ("two", &two)], settings, manifest).await;
    let (reply, events) = house.ask_in("test").await;
    let (shown, told) = words(&events);
    let told = told.into_iter().map(str::to_owned).collect();
    (reply.map(|reply| reply.text).map_err(|problem| problem.message), shown, told, [one.asked(), two.asked()])
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_model_answers_for_one_that_fails_and_whoever_watches_is_told() {
    for act in [Act::Status(500), Act::Malformed] {
        let (reply, shown, told, asked) = with_first(act.clone(), "", FALLBACK).await;
        assert_eq!((reply.as_deref(), shown.as_str()), (Ok("Two it is."), "Two it is."), "{act:?}");
        assert!(
            told.len() == 1 && told[0].starts_with("`one` does not answer") && told[0].ends_with("asking `two`"),
            "{told:?}"
        );
        assert_eq!(asked[1], 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_model_answers_for_a_server_that_is_not_there() {
    let (one, two) = (Server::new(&[]).await, Server::new(&[Act::Say("Two it is.")]).await);
    let house = thinking(&[("one", &one), ("two", &two)], "", FALLBACK).await;
    drop(one);
    assert_eq!(house.ask().await, "Two it is.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_says_nothing_in_time_is_given_up() {
    let settings = "";
    let (one, two) = (Server::new(&[Act::Silent]).await, Server::new(&[Act::Say("Two it is.")]).await);
    let folder = super::folder(&[("one", &one), ("two", &two)], settings, FALLBACK);
    let path = folder.path().join("loket.toml");
    let text = std::fs::read_to_string(&path).expect("it is there");
    std::fs::write(&path, text.replace("model = \"m-one\"", "model = \"m-one\"\nfirst_token_seconds = 1"))
        .expect("it can be written");
    let house = crate::house::House::open(folder).await;
    house.connect(&[("one", &one), ("two", &two)]).await;
    let (reply, events) = house.ask_in("test").await;
    assert_eq!(reply.expect("it answers").text, "Two it is.");
    let (_, told) = words(&events);
    assert!(told[0].contains("had said nothing after 1 seconds"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_begins_anew_once_words_were_shown() {
    let (reply, shown, told, asked) = with_first(Act::Break("One is "), "", FALLBACK).await;
    assert!(reply.is_err_and(|why| why.contains("broke off")), "the turn says so");
    assert_eq!((shown.as_str(), told.len(), asked[1]), ("One is ", 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_begins_anew_where_the_manifest_says_so_and_the_answer_is_its_alone() {
    let (reply, shown, told, _) = with_first(Act::Break("One is "), "", &format!("{FALLBACK}\nrestart = true")).await;
    assert_eq!(reply.as_deref(), Ok("Two it is."));
    assert_eq!((shown.as_str(), told), ("One is Two it is.", vec!["`one` broke off, `two` begins anew".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_to_one_model_is_asked_of_no_other() {
    for status in [400, 404] {
        let (reply, _, told, asked) = with_first(Act::Status(status), "", FALLBACK).await;
        assert!(reply.is_err() && told.is_empty() && asked == [1, 0], "{status}: {reply:?} {asked:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_all_fail_each_says_why() {
    let (one, two) = (Server::new(&[Act::Status(500)]).await, Server::new(&[Act::Status(503)]).await);
    let house = thinking(&[("one", &one), ("two", &two)], "", FALLBACK).await;
    let problem = house.refused().await;
    assert!(
        problem.message.contains("500") && problem.message.contains("`two`: ") && problem.message.contains("503"),
        "{problem:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fallback_that_was_granted_answers() {
    let one = Server::new(&[Act::Status(500)]).await;
    let house = thinking(&[("one", &one)], "", "[fallback]\nmodels = [\"loket:offline\"]").await;
    house.ask().await;
    let lines = house.lines("loket:model/chat of loket:offline", "complete").await;
    assert!(lines.iter().any(|line| line.kind == "outcome"), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fallback_that_was_not_granted_is_refused_and_the_command_is_told() {
    let one = Server::new(&[Act::Status(500)]).await;
    let house = thinking(&[("one", &one)], "", "[fallback]\nmodels = [\"loket:offline\"]").await;
    house.revoke("assistant", "loket:offline").await;
    let problem = house.refused().await;
    assert!(
        problem.message.contains("500")
            && problem.message.contains("loket grant assistant loket:model/chat --provider loket:offline"),
        "{problem:?}"
    );
    let lines = house.lines("loket:model/chat of loket:offline", "complete").await;
    assert!(!lines.is_empty() && lines.iter().all(|line| line.kind == "refused"), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_choice_that_was_not_granted_is_answered_for_by_nobody() {
    let (one, two) = (Server::new(&[Act::Say("One.")]).await, Server::new(&[Act::Say("Two.")]).await);
    let house = thinking(&[("one", &one), ("two", &two)], "", "[fallback]\nmodels = [\"loket:offline\"]").await;
    house.revoke("assistant", "loket:openai").await;
    let problem = house.refused().await;
    assert_eq!(problem.code, "denied", "{problem:?}");
    assert!(house.lines("loket:model/chat of loket:offline", "complete").await.is_empty(), "no is no");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_failed_is_left_alone_until_its_rest_is_over_or_its_owner_sees_it_well() {
    let one = Server::new(&[Act::Status(500)]).await;
    let two = Server::new(&[Act::Say("Two it is.")]).await;
    let house = thinking(&[("one", &one), ("two", &two)], "", FALLBACK).await;
    assert_eq!(house.ask().await, "Two it is.");
    one.now(Act::Say("One again."));
    let asked = one.asked();
    assert_eq!(house.ask().await, "Two it is.");
    assert_eq!(one.asked(), asked, "it rests");
    let models = house.host.models().await.expect("they can be listed").models;
    assert_eq!((models[0].name.as_str(), models[0].state.as_str(), models[0].rests), ("one", "ready", None));
    assert_eq!(house.ask().await, "One again.", "its owner saw that it is there");
}
