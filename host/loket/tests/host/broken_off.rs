//! What is broken off is told in the next turn with what is known of its words: nothing of it is lost, and nothing of it is laundered.

use super::hot_load::until;
use super::house::House;
use async_trait::async_trait;
use loket_gateways::desk::{AttachedFile, ChatReply, ChatRequest, Desk as _, Problem, StopRequest};
use loket_kernel::{Call, CallError, Capability, Provider, Reply};
use loket_values::Interface;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::sync::mpsc;

/// A model that thinks for ever, the first times that it is asked.
struct Stuck {
    model: Arc<dyn Provider>,
    asked: AtomicUsize,
    times: usize,
}

#[async_trait]
impl Provider for Stuck {
    fn capability(&self) -> &Capability {
        self.model.capability()
    }

    fn interface(&self) -> &Interface {
        self.model.interface()
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        if self.asked.fetch_add(1, Ordering::SeqCst) < self.times {
            std::future::pending::<()>().await;
        }
        self.model.call(call).await
    }
}

/// A home in which one turn runs at once, and whose model is stuck the first times.
struct Scene {
    house: House,
    model: Arc<Stuck>,
}

impl Scene {
    async fn stuck(times: usize) -> Scene {
        let house = House::with("[limits]\nagent_turns = 1\nseconds = 120\n").await;
        let model = house.host.counter.provider(&Capability::host("loket:model/chat")).expect("it is served");
        let model = Arc::new(Stuck { model, asked: AtomicUsize::new(0), times });
        house.host.counter.serve([model.clone() as Arc<dyn Provider>]);
        Scene { house, model }
    }

    async fn say(&self, conversation: &str, text: &str, files: &[&str]) -> Result<ChatReply, Problem> {
        let file = |text: &&str| AttachedFile { name: "notes.md".to_owned(), text: (*text).to_owned() };
        let (agent, conversation) = ("assistant".to_owned(), Some(conversation.to_owned()));
        let request =
            ChatRequest { agent, conversation, text: text.to_owned(), files: files.iter().map(file).collect() };
        let (events, _) = mpsc::channel(16);
        self.house.host.chat(request, events).await
    }

    /// Says something, and stops it as soon as something holds.
    async fn say_and_stop(&self, conversation: &str, text: &str, files: &[&str], when: impl AsyncFnMut() -> bool) {
        let stopping = async {
            until("it can be stopped", when).await;
            let (agent, conversation) = ("assistant".to_owned(), Some(conversation.to_owned()));
            let stop = StopRequest { agent, conversation, stream: None };
            assert_eq!(self.house.host.stop(stop).await.expect("it is there").stopped, 1);
        };
        let (answer, ()) = tokio::join!(self.say(conversation, text, files), stopping);
        let problem = answer.expect_err("it was stopped");
        assert!(problem.message.contains("the turn was stopped"), "{problem:?}");
    }

    fn thoughts(&self) -> usize {
        self.model.asked.load(Ordering::SeqCst)
    }

    /// The labels with which a turn began.
    async fn labels(&self, turn: &str) -> Vec<String> {
        let lines = self.house.ledger().await;
        lines.into_iter().find(|line| line.turn == turn && line.kind == "turn").expect("its page begins").labels
    }

    /// The episode in which these words are.
    async fn episode(&self, words: &str) -> Json {
        let wanted = json!({ "kinds": ["episode"], "limit": 10 });
        let all = self.house.call("loket:brain/memory", "list", wanted).await.expect("it lists");
        let mut items = all["ok"]["items"].as_array().into_iter().flatten();
        let found = items.find(|item| item["text"].as_str().is_some_and(|text| text.contains(words)));
        found.cloned().unwrap_or_else(|| panic!("no episode with {words:?}: {all}"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_came_with_it_stays_private_and_a_strangers() {
    let scene = Scene::stuck(1).await;
    scene.say_and_stop("test", "what is due?", &["the roof, in May"], async || scene.thoughts() == 1).await;
    let reply = scene.say("test", "go on", &[]).await.expect("it answers");
    assert_eq!(scene.labels(&reply.turn).await, ["private", "untrusted"], "the turn that is told of it");
    let told = scene.episode("the roof, in May").await;
    assert_eq!(told["labels"], json!(["private", "untrusted"]), "{told}");
    let reply = scene.say("elsewhere", "hello", &[]).await.expect("it answers");
    assert!(scene.labels(&reply.turn).await.is_empty(), "and no other conversation's");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_turn_had_read_by_then_is_known_of_it() {
    let scene = Scene::stuck(1).await;
    scene.house.stranger(&Capability::host("loket:brain/memory"));
    scene.say_and_stop("test", "what do strangers say?", &[], async || scene.thoughts() == 1).await;
    let reply = scene.say("test", "go on", &[]).await.expect("it answers");
    assert_eq!(scene.labels(&reply.turn).await, ["untrusted"], "from its beginning");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stopped_while_it_waits_for_its_place_takes_nothing_away() {
    let scene = Scene::stuck(2).await;
    scene.say_and_stop("test", "what is one?", &[], async || scene.thoughts() == 1).await;
    let second = AtomicBool::new(false);
    let occupied = scene.say_and_stop("other", "what is else?", &[], async || second.load(Ordering::SeqCst));
    let waiting = async {
        until("the place is taken", async || scene.thoughts() == 2).await;
        scene.say_and_stop("test", "what is two?", &[], async || scene.house.host.lanes.load().1 == 1).await;
        second.store(true, Ordering::SeqCst);
    };
    tokio::join!(occupied, waiting);
    scene.say("test", "what is three?", &[]).await.expect("it answers");
    let told = scene.episode("what is one?").await;
    assert!(told["text"].as_str().is_some_and(|text| text.contains("what is two?")), "{told}");
}
