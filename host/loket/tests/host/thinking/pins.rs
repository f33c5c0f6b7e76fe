//! A turn, or a conversation, stays with the model that answered.

use super::server::{Act, Server};
use super::thinking;
use loket_gateways::desk::Desk as _;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_raced_goes_on_with_the_winner_alone() {
    let one = Server::new(&[Act::Silent]).await;
    // It does not win before the other has been asked.
    let two = Server::new(&[Act::Calculate, Act::Say("It is 42.")]).await.thinking_for(Duration::from_millis(700));
    let manifest = "[fallback]\nmodels = [\"two\"]\norder = \"race\"";
    let house = thinking(&[("one", &one), ("two", &two)], "", manifest).await;
    assert!(house.ask().await.contains("It is 42."));
    assert_eq!((one.asked(), two.asked()), (1, 2), "the second round is no race");
    house.ask().await;
    assert_eq!(one.asked(), 2, "the next turn is");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_stays_with_the_model_that_answered_where_the_manifest_says_so() {
    for (pin, expect) in [("conversation", "Two."), ("turn", "One.")] {
        let (one, two) = (Server::new(&[Act::Status(500)]).await, Server::new(&[Act::Say("Two.")]).await);
        let manifest = format!("[fallback]\nmodels = [\"two\"]\npin = \"{pin}\"");
        let house = thinking(&[("one", &one), ("two", &two)], "", &manifest).await;
        let ask = async |conversation| house.ask_in(conversation).await.0.expect("it answers").text;
        assert_eq!(ask("monday").await, "Two.");
        // Seen to be well, it would be asked first again.
        one.now(Act::Say("One."));
        house.host.models().await.expect("they can be listed");
        assert_eq!(ask("monday").await, expect, "{pin}");
        assert_eq!(ask("tuesday").await, "One.", "another conversation begins with the first choice");
    }
}
