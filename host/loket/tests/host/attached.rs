//! Files that come with a message: the agent gets their words, and the turn knows that they are not its owner's.

use super::house::House;
use loket_gateways::desk::{AttachedFile, ChatReply, ChatRequest, Desk as _, Problem};
use serde_json::json;
use tokio::sync::mpsc;

async fn say(house: &House, text: &str, words: &str) -> Result<ChatReply, Problem> {
    let files = vec![AttachedFile { name: "notes.md".to_owned(), text: words.to_owned() }];
    let (agent, conversation) = ("assistant".to_owned(), Some("test".to_owned()));
    let (events, _) = mpsc::channel(16);
    house.host.chat(ChatRequest { agent, conversation, text: text.to_owned(), files }, events).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_in_the_message_and_its_words_count_as_a_strangers() {
    let house = House::new().await;
    let reply = say(&house, "what is due?", "the roof, in May").await.expect("it answers");
    let lines = house.ledger().await;
    let end = lines.iter().find(|line| line.turn == reply.turn && line.kind == "end").expect("the page has an end");
    assert_eq!(end.labels, ["private", "untrusted"]);
    let episodes = json!({ "kinds": ["episode"], "limit": 10 });
    let episodes = house.call("loket:brain/memory", "list", episodes).await.expect("it lists").to_string();
    assert!(episodes.contains("what is due?") && episodes.contains("the roof, in May"), "{episodes}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_takes_no_file_and_a_message_only_so_much() {
    let house = House::new().await;
    for (text, words, why) in [
        ("/help", "a", "a command takes no files"),
        (" /remember tea is at four", "a", "`/remember` was not run"),
        ("read", &*"a".repeat(300_000), "may have 262144 bytes"),
    ] {
        let problem = say(&house, text, words).await.expect_err("it is refused");
        assert_eq!(problem.code, "invalid");
        assert!(problem.message.contains(why), "{problem:?}");
    }
    let facts = house.call("loket:brain/memory", "list", json!({ "kinds": ["fact"], "limit": 10 })).await;
    assert_eq!(facts.expect("it lists")["ok"]["items"], json!([]), "nothing was run");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_at_the_beginning_is_no_command_and_has_its_file() {
    let house = House::new().await;
    let reply = say(&house, "/etc/hosts looks wrong", "127.0.0.1 home").await.expect("it answers");
    let lines = house.ledger().await;
    let end = lines.iter().find(|line| line.turn == reply.turn && line.kind == "end").expect("the page has an end");
    assert_eq!(end.labels, ["private", "untrusted"]);
}
