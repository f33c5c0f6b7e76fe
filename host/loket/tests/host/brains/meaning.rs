//! Recall by meaning: where an agent was granted the vectors of a model, and never on its account where it was not.

use super::UPKEEP;
use crate::house::House;
use serde_json::{Value as Json, json};

const EMBEDDINGS: &str = "loket:model/embeddings";
const THINKER: &str = "loket:model/embeddings of test:thinker";
const QUESTION: &str = "where does my pet rest?";

async fn house_with(grants: &[&str]) -> House {
    let house = House::with_bob("", "package = \"loket:assistant\"\nmodel = \"test:thinker\"\n").await;
    for capability in grants {
        house.grant("bob", capability).await;
    }
    for text in ["the kitten sleeps on the sofa", "the automobile is red", "tea is at four"] {
        house.remember("bob", text).await;
    }
    house
}

/// The texts that were embedded at a time.
async fn embedded(house: &House) -> Vec<usize> {
    let lines = house.lines(THINKER, "embed").await;
    let texts = lines.iter().filter(|line| line.kind == "intent").filter_map(|line| line.payload.as_ref());
    texts.map(|passages| passages["texts"].as_array().map_or(0, Vec::len)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_means_the_same_is_found_where_it_was_granted() {
    let house = house_with(&[EMBEDDINGS, "test:thinker"]).await;
    let found = house.recall("bob", QUESTION).await;
    let first = found.first().expect("something is near");
    assert_eq!(first["entry"]["text"], "the kitten sleeps on the sofa");
    assert_eq!((&first["why"]["meaning"], &first["why"]["matched"]), (&json!(1), &json!([])));
    assert_eq!(embedded(&house).await, [1, 3], "the question, and then the memories that had no vector");
    // The same question again costs nothing; another one is a vector, and no memory lacks any.
    house.recall("bob", QUESTION).await;
    let found = house.recall("bob", "is the vehicle clean?").await;
    assert_eq!(found.first().expect("something is near")["entry"]["text"], "the automobile is red");
    assert_eq!(embedded(&house).await, [1, 3, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_grant_words_alone_are_looked_for_and_nothing_is_refused() {
    for grants in [&[][..], &[EMBEDDINGS], &["test:thinker"]] {
        let house = house_with(grants).await;
        assert!(house.recall("bob", QUESTION).await.is_empty(), "{grants:?}");
        assert_eq!(house.recall("bob", "kitten").await.len(), 1);
        let lines = house.ledger().await;
        assert!(lines.iter().all(|line| line.kind != "refused" && line.function != "embed"), "{grants:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_model_is_chosen_by_the_agent_and_one_that_makes_no_vectors_is_not_asked() {
    // The assistant thinks with the built-in responder.
    let house = house_with(&[]).await;
    house.grant("assistant", EMBEDDINGS).await;
    house.grant("assistant", "test:thinker").await;
    house.remember("assistant", "the kitten sleeps on the sofa").await;
    assert!(house.recall("assistant", QUESTION).await.is_empty());
    assert!(house.ledger().await.iter().all(|line| line.kind != "refused" && line.function != "embed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_memories_at_a_time_get_a_vector() {
    let house = house_with(&[EMBEDDINGS, "test:thinker"]).await;
    let lines: Vec<String> =
        (0..100).map(|number| json!({ "text": format!("number {number} is remembered") }).to_string()).collect();
    house.brain("bob", UPKEEP, "import", json!({ "lines": lines })).await.expect("the owner may");
    for question in ["a pet?", "a vehicle?", "a lawn?"] {
        house.recall("bob", question).await;
    }
    assert_eq!(embedded(&house).await, [1, 64, 40, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_fails_takes_nothing_away() {
    let house = house_with(&[EMBEDDINGS, "test:thinker"]).await;
    house.host.counter.serve([failing(&house)]);
    assert_eq!(house.recall("bob", "kitten").await.len(), 1);
    assert_eq!(house.recall("bob", "automobile").await.len(), 1);
    assert_eq!(embedded(&house).await, [1], "and is left alone for a while");
}

/// A model that answers nothing of use.
fn failing(house: &House) -> std::sync::Arc<dyn loket_kernel::Provider> {
    use async_trait::async_trait;
    use loket_kernel::{Call, CallError, Capability, Provider, Reply};
    use loket_values::Interface;

    struct Failing(std::sync::Arc<dyn Provider>);

    #[async_trait]
    impl Provider for Failing {
        fn capability(&self) -> &Capability {
            self.0.capability()
        }

        fn interface(&self) -> &Interface {
            self.0.interface()
        }

        async fn call(&self, _: Call) -> Result<Reply, CallError> {
            Err(CallError::Unavailable("the server is down".into()))
        }
    }
    let capability = Capability::of("test:thinker", EMBEDDINGS);
    std::sync::Arc::new(Failing(house.host.counter.provider(&capability).expect("it is served")))
}

#[tokio::test(flavor = "multi_thread")]
async fn in_its_own_turn_an_agent_recalls_by_meaning_too() {
    let house =
        house_with(&[EMBEDDINGS, "test:thinker", "loket:brain/memory", "loket:model/chat", "loket:tools/catalog"])
            .await;
    let turn = house.say("bob", QUESTION).await.expect("it answers").turn;
    let lines = house.lines(super::MEMORY, "recall").await;
    let answers = lines.iter().filter(|line| line.turn == turn && line.kind == "outcome");
    let found = answers.filter_map(|line| line.payload.as_ref()).any(|hits: &Json| hits.to_string().contains("kitten"));
    assert!(found, "{lines:?}");
    assert_eq!(embedded(&house).await, [1, 3], "once, though the agent recalls more than once");
}
