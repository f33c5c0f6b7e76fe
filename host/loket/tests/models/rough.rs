//! Servers that are busy, stumble, break off or garble, and models that cannot be told: each ends well or with a clear word.

use crate::peers::Peer;
use crate::{CHAT, Kind, MESSAGES, OLLAMA, RESPONSES, connected};

const ALL: [Kind; 4] = [CHAT, RESPONSES, MESSAGES, OLLAMA];

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_server_is_asked_again_when_it_says_so() {
    for kind in ALL {
        let peer = Peer::scripted(None);
        let house = connected(kind, &peer.address.to_string(), "").await;
        let begun = std::time::Instant::now();
        let reply = house.chat("come back").await.0.unwrap_or_else(|p| panic!("{kind:?}: {p:?}"));
        assert_eq!(reply.text, "Now there is room.");
        assert!(begun.elapsed() >= std::time::Duration::from_secs(1), "it waited as long as it was asked to");
        assert_eq!(peer.journal().len(), 2);
        let sent = house.lines("loket:http/client", "send").await;
        assert_eq!(sent.len(), 2, "one intent and one outcome: {sent:?}");
        assert_eq!(house.chat("stumble").await.0.expect("it answers").text, "Up again.");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_patience_a_refusal_is_the_answer_at_once() {
    let peer = Peer::scripted(None);
    let house = connected(MESSAGES, &peer.address.to_string(), "patience = 0").await;
    let problem = house.chat("come back").await.0.expect_err("it is busy");
    assert!(problem.message.contains("wait 1 seconds"), "{problem:?}");
    assert_eq!(peer.journal().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_breaks_off_or_is_garbled_is_no_answer() {
    for kind in ALL {
        let peer = Peer::scripted(None);
        let house = connected(kind, &peer.address.to_string(), "patience = 0").await;
        let (reply, _) = house.chat("break off").await;
        let problem = reply.expect_err("it breaks off");
        assert!(problem.message.contains("broke"), "{kind:?}: {problem:?}");
        let problem = house.chat("garble").await.0.expect_err("it is garbled");
        assert!(problem.message.contains("no answer of its kind"), "{kind:?}: {problem:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_cannot_be_used_is_told_to_the_model_once() {
    for kind in ALL {
        let peer = Peer::scripted(None);
        let house = connected(kind, &peer.address.to_string(), "").await;
        let reply = house.chat_in("first", "mend your call").await.0.unwrap_or_else(|p| panic!("{kind:?}: {p:?}"));
        assert_eq!(reply.text, "Then I say it: it is 4.");
        assert_eq!(peer.journal().len(), 2);
        let problem = house.chat_in("second", "never mend it").await.0.expect_err("it never does");
        assert!(
            problem.message.contains("answered twice") && problem.message.contains("counter"),
            "{kind:?}: {problem:?}"
        );
        assert_eq!(peer.journal().len(), 4, "there is no third try");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_calls_tools_for_ever_is_stopped() {
    for kind in [CHAT, MESSAGES] {
        let peer = Peer::scripted(None);
        let house = connected(kind, &peer.address.to_string(), "").await;
        let (reply, _) = house.chat("calculate for ever").await;
        let told = reply.map_or_else(|problem| problem.message, |reply| reply.text);
        assert!(!told.is_empty());
        let asked = peer.journal().len();
        assert!((2..=16).contains(&asked), "its rounds are bounded: {asked}, {told}");
    }
}
