//! What a provider says of its calls holds for the whole turn: where an answer came from, and that a call is felt outside the host.

use async_trait::async_trait;
use loket_kernel::counter::now;
use loket_kernel::{
    Call, CallError, Capability, Chain, Counter, Effect, Labels, Limits, Principal, Provider, Reply, Turn,
};
use loket_ledger::storage::{Row, Start};
use loket_ledger::{Entry, Kind, Ledger, RedbStorage, Storage, StorageError};
use loket_values::{Docs, Function, Interface};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;

/// A storage whose commits take a while: what was not waited for is not there yet. While the second says so, nothing is committed.
struct Slow(RedbStorage, Arc<AtomicBool>);

impl Storage for Slow {
    fn start(&self) -> Result<Start, StorageError> {
        self.0.start()
    }

    fn commit(&self, rows: &[(Row, Vec<u128>)]) -> Result<(), StorageError> {
        std::thread::sleep(Duration::from_millis(50));
        while self.1.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.0.commit(rows)
    }

    fn at_or_before(&self, seq: u64) -> Result<Option<Row>, StorageError> {
        self.0.at_or_before(seq)
    }

    fn after(&self, seq: u64) -> Result<Option<Row>, StorageError> {
        self.0.after(seq)
    }

    fn turn(&self, turn: u128) -> Result<Vec<u64>, StorageError> {
        self.0.turn(turn)
    }

    fn replace_payloads(&self, first: u64, payloads: &[u8], gone: &[u8; 32]) -> Result<(), StorageError> {
        self.0.replace_payloads(first, payloads, gone)
    }
}

/// A provider of one function, `act`, which notes what it sees of its turn.
struct Acting {
    capability: Capability,
    interface: Interface,
    /// What it says of its answers.
    labels: Labels,
    /// What it says of its calls.
    effect: Effect,
    /// Whom it calls before it answers.
    onward: Option<Capability>,
    counter: OnceLock<Weak<Counter>>,
    /// For each of its calls: the turn's labels, and which of its lines were durable.
    seen: Mutex<Vec<(Labels, Vec<Kind>)>>,
}

fn acting(name: &str, labels: Labels, effect: Effect, onward: Option<&str>) -> Arc<Acting> {
    let act = Function { name: "act".into(), params: vec![], result: None, docs: Docs::default() };
    Arc::new(Acting {
        capability: Capability::host(name),
        interface: Interface {
            name: name.parse().ok(),
            functions: vec![act],
            unsupported: None,
            docs: Docs::default(),
        },
        labels,
        effect,
        onward: onward.map(Capability::host),
        counter: OnceLock::new(),
        seen: Mutex::default(),
    })
}

impl Acting {
    /// What it saw in its only call.
    fn saw(&self) -> (Labels, Vec<Kind>) {
        let seen = self.seen.lock().expect("nobody panicked");
        assert_eq!(seen.len(), 1, "it was called once");
        seen[0].clone()
    }
}

#[async_trait]
impl Provider for Acting {
    fn capability(&self) -> &Capability {
        &self.capability
    }

    fn interface(&self) -> &Interface {
        &self.interface
    }

    fn effect(&self, _function: &str) -> Effect {
        self.effect
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        let counter = self.counter.get().and_then(Weak::upgrade).expect("the counter is there");
        if let Some(onward) = &self.onward {
            counter.call(call.onward(onward.clone(), "act", vec![])).await?;
        }
        let page = counter.ledger.turn(call.turn.id).expect("the page reads");
        let own = page.iter().filter(|e| e.call == call.number).map(|e| e.kind).collect();
        self.seen.lock().expect("nobody panicked").push((call.turn.labels.get(), own));
        Ok(Reply { value: None, labels: self.labels })
    }
}

/// A counter with these behind it, on a ledger in a folder.
fn counter(folder: &tempfile::TempDir, providers: &[&Arc<Acting>]) -> Arc<Counter> {
    held_by(&Arc::default(), folder, providers)
}

/// The same, with a disk that stands still while `hold` says so.
fn held_by(hold: &Arc<AtomicBool>, folder: &tempfile::TempDir, providers: &[&Arc<Acting>]) -> Arc<Counter> {
    let storage = RedbStorage::open(folder.path().join("ledger.redb")).expect("the ledger opens");
    let ledger = Ledger::open(Slow(storage, hold.clone())).expect("the ledger opens");
    let counter = Arc::new(Counter::new(ledger, Limits::default(), []));
    for provider in providers {
        provider.counter.set(Arc::downgrade(&counter)).expect("it has one counter");
        counter.serve([Arc::clone(provider) as Arc<dyn Provider>]);
    }
    counter
}

fn act(who: Principal, provider: &Acting, turn: &Arc<Turn>) -> Call {
    Call {
        chain: Chain::new(who),
        capability: provider.capability.clone(),
        function: "act".into(),
        args: vec![],
        turn: turn.clone(),
        parent: 0,
        terms: Default::default(),
        held: Arc::default(),
        number: 0,
    }
}

/// Calls providers one after the other in one turn of the owner's; the turn's labels at the end, and its page.
async fn turn(counter: &Counter, providers: &[&Arc<Acting>]) -> (Labels, Vec<Entry>) {
    let turn = Arc::new(Turn::new(None, now(), 0, &Limits::default(), Labels::NONE, None));
    counter.begin(&turn, "{}".into());
    for provider in providers {
        counter.call(act(Principal::Owner, provider, &turn)).await.expect("it answers");
    }
    counter.end(&turn, "done".into()).await.expect("the page is durable");
    (turn.labels.get(), counter.ledger.turn(turn.id).expect("the page reads"))
}

/// The labels of a page's lines about one capability.
fn labels(page: &[Entry], of: &Acting) -> Vec<(Kind, Labels)> {
    let own = page.iter().filter(|e| *e.capability == *of.capability.interface);
    own.map(|e| (e.kind, Labels::from_bits(e.labels))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_set_at_its_source_stays_with_the_turn_and_with_its_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let before = acting("test:flow/before", Labels::NONE, Effect::Inside, None);
    let source = acting("test:flow/source", Labels::UNTRUSTED, Effect::Inside, None);
    let relay = acting("test:flow/relay", Labels::PRIVATE, Effect::Inside, Some("test:flow/source"));
    let after = acting("test:flow/after", Labels::NONE, Effect::Inside, None);
    let counter = counter(&folder, &[&before, &source, &relay, &after]);
    let (seen, page) = turn(&counter, &[&before, &relay, &after]).await;

    let both = Labels::UNTRUSTED.join(Labels::PRIVATE);
    assert_eq!(seen, both);
    assert_eq!(before.saw().0, Labels::NONE, "what came earlier has seen nothing");
    assert_eq!(relay.saw().0, Labels::UNTRUSTED, "who asked the source has met what it brought");
    assert_eq!(after.saw().0, both, "and so has whoever is called later");
    assert_eq!(labels(&page, &before), [(Kind::Intent, Labels::NONE), (Kind::Outcome, Labels::NONE)]);
    assert_eq!(labels(&page, &source), [(Kind::Intent, Labels::NONE), (Kind::Outcome, Labels::UNTRUSTED)]);
    assert_eq!(labels(&page, &relay), [(Kind::Intent, Labels::NONE), (Kind::Outcome, both)]);
    assert_eq!(labels(&page, &after), [(Kind::Intent, both), (Kind::Outcome, both)]);

    let (seen, _) = turn(&counter, &[&source]).await;
    assert_eq!(seen, Labels::UNTRUSTED, "another turn begins with nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intent_is_durable_before_what_is_felt_outside() {
    let folder = tempfile::tempdir().expect("a folder");
    let inside = acting("test:flow/inside", Labels::NONE, Effect::Inside, None);
    let outside = acting("test:flow/outside", Labels::NONE, Effect::Outside, None);
    let counter = counter(&folder, &[&inside, &outside]);
    turn(&counter, &[&inside]).await;
    turn(&counter, &[&outside]).await;
    assert_eq!(inside.saw().1, [], "nobody waits for a disk before a call that stays inside");
    assert_eq!(outside.saw().1, [Kind::Intent], "the provider finds the intent of its own call in the ledger");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_only_collects_refusals_waits_for_a_slow_disk_like_everybody_else() {
    let (folder, hold) = (tempfile::tempdir().expect("a folder"), Arc::new(AtomicBool::new(true)));
    let inside = acting("test:flow/inside", Labels::NONE, Effect::Inside, None);
    let counter = held_by(&hold, &folder, &[&inside]);
    let stranger = Principal::Package("acme:nobody".into());
    let turn = Arc::new(Turn::new(None, now(), 0, &Limits::default(), Labels::NONE, None));
    // As many words as may be on their way to the disk, and more.
    for _ in 0..70 {
        counter.abandon(&turn, &"x".repeat(1 << 20));
    }
    let refused = tokio::spawn({
        let (counter, call) = (counter.clone(), act(stranger, &inside, &turn));
        async move { counter.call(call).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let waits = !refused.is_finished();
    hold.store(false, Ordering::SeqCst);
    assert!(waits, "its line would be one more");
    let refused = refused.await.expect("it ends").expect_err("it was granted nothing");
    assert_eq!(refused.code(), "denied");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_calls_beyond_a_turns_limit_the_first_has_a_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let inside = acting("test:flow/inside", Labels::NONE, Effect::Inside, None);
    let counter = counter(&folder, &[&inside]);
    let limits = Limits { calls: 2, ..Limits::default() };
    let turn = Arc::new(Turn::new(None, now(), 0, &limits, Labels::NONE, None));
    for number in 1..=5 {
        let answer = counter.call(act(Principal::Owner, &inside, &turn)).await;
        assert_eq!(answer.err().map(|error| error.code()), (number > 2).then_some("exhausted"), "call {number}");
    }
    counter.end(&turn, "done".into()).await.expect("the page is durable");
    let page = counter.ledger.turn(turn.id).expect("the page reads");
    let refused: Vec<_> = page.iter().filter(|entry| entry.kind == Kind::Refused).map(|entry| entry.call).collect();
    assert_eq!(refused, [3]);
}
