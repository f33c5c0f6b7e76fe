//! A turn that goes on from its page: what ended is not done again, what had begun is not done twice, what waited is done now.

use async_trait::async_trait;
use loket_kernel::counter::now;
use loket_kernel::grants::{Scope, Table};
use loket_kernel::resume::Behind;
use loket_kernel::{
    Call, CallError, Capability, Chain, Counter, Grant, Labels, Limits, Page, Principal, Provider, Reply, Turn, Verdict,
};
use loket_ledger::{Kind, Ledger, Line, Payload, RedbStorage, TurnId};
use loket_values::{Docs, Function, Interface, Type, Value};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;

/// A provider of one function, `act`, which doubles a number.
struct Doubling {
    capability: Capability,
    interface: Interface,
    /// How often it was called.
    calls: AtomicU32,
    /// It does not come to an end.
    hangs: AtomicBool,
}

/// A provider that only calls on: as a component does, one after the other and in its own name, or all at once in the name of its asker.
struct Relay {
    capability: Capability,
    interface: Interface,
    component: bool,
    counter: OnceLock<Weak<Counter>>,
    /// Whom it calls, with which number.
    script: Mutex<Vec<(&'static str, u8)>>,
    /// What it was told.
    told: Mutex<Vec<Result<Option<Value>, CallError>>>,
}

fn interface(name: &str, params: Vec<loket_values::Field>, result: Option<Type>) -> Interface {
    let act = Function { name: "act".into(), params, result, docs: Docs::default() };
    Interface { name: name.parse().ok(), functions: vec![act], unsupported: None, docs: Docs::default() }
}

fn doubling(name: &str) -> Arc<Doubling> {
    Arc::new(Doubling {
        capability: Capability::host(name),
        interface: interface(name, vec![], Some(Type::U8)),
        calls: AtomicU32::new(0),
        hangs: AtomicBool::new(false),
    })
}

fn relay(name: &str, component: bool, script: &[(&'static str, u8)]) -> Arc<Relay> {
    Arc::new(Relay {
        capability: Capability::host(name),
        interface: interface(name, vec![], None),
        component,
        counter: OnceLock::new(),
        script: Mutex::new(script.to_vec()),
        told: Mutex::default(),
    })
}

#[async_trait]
impl Provider for Doubling {
    fn capability(&self) -> &Capability {
        &self.capability
    }

    fn interface(&self) -> &Interface {
        &self.interface
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if self.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        let Some(Value::U8(number)) = call.args.first() else { panic!("it is asked with a number") };
        Ok(Reply { value: Some(Value::U8(number * 2)), labels: Labels::UNTRUSTED })
    }
}

#[async_trait]
impl Provider for Relay {
    fn capability(&self) -> &Capability {
        &self.capability
    }

    fn interface(&self) -> &Interface {
        &self.interface
    }

    fn is_transparent(&self, _: &str) -> bool {
        true
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        let counter = self.counter.get().and_then(Weak::upgrade).expect("the counter is there");
        let script = self.script.lock().expect("nobody panicked").clone();
        let calls = script.iter().map(|(whom, number)| {
            let mut onward = call.onward(Capability::host(whom), "act", vec![Value::U8(*number)]);
            if self.component {
                onward.chain = call.chain.then(self.capability.clone(), "act".into(), Principal::Agent("ann".into()));
            }
            counter.call(onward)
        });
        let told = match self.component {
            true => {
                let mut told = Vec::new();
                for call in calls {
                    told.push(call.await);
                }
                told
            }
            false => futures::future::join_all(calls).await,
        };
        let last = told.last().cloned();
        self.told.lock().expect("nobody panicked").extend(told);
        last.unwrap_or(Ok(None)).map(|value| Reply { value: value.filter(|_| !self.component), labels: Labels::NONE })
    }
}

impl Relay {
    fn told(&self) -> Vec<Result<Option<Value>, CallError>> {
        std::mem::take(&mut self.told.lock().expect("nobody panicked"))
    }
}

/// A counter with an agent that acts by a script, a batch, and three that double.
struct Ground {
    _folder: tempfile::TempDir,
    counter: Arc<Counter>,
    agent: Arc<Relay>,
    batch: Arc<Relay>,
    a: Arc<Doubling>,
    b: Arc<Doubling>,
    c: Arc<Doubling>,
}

const AGENT: &str = "test:resume/agent";
const BATCH: &str = "test:resume/batch";
const A: &str = "test:resume/a";
const B: &str = "test:resume/b";
const C: &str = "test:resume/c";

fn grant(id: u64, interface: &str, per_turn: Option<u32>) -> Grant {
    Grant {
        id,
        grantee: Principal::Agent("ann".into()),
        scope: Scope { provider: "host".into(), interface: Some(interface.into()), functions: vec![] },
        terms: Default::default(),
        verdict: Verdict::Allow,
        per_turn,
        per_day: None,
        delegates: vec![],
        since: 0,
    }
}

impl Ground {
    fn new(script: &[(&'static str, u8)]) -> Ground {
        let folder = tempfile::tempdir().expect("a folder");
        let storage = RedbStorage::open(folder.path().join("ledger.redb")).expect("the ledger opens");
        let ledger = Ledger::open(storage).expect("the ledger opens");
        let counter = Arc::new(Counter::new(ledger, Limits::default(), []));
        let grants = [BATCH, A, B, C].iter().zip(1..).map(|(interface, id)| grant(id, interface, None));
        counter.grants.replace(Table::new(grants));
        let (agent, batch) = (relay(AGENT, true, script), relay(BATCH, false, &[(A, 1), (B, 2), (A, 3)]));
        let (a, b, c) = (doubling(A), doubling(B), doubling(C));
        for relay in [&agent, &batch] {
            relay.counter.set(Arc::downgrade(&counter)).expect("it has one counter");
            counter.serve([Arc::clone(relay) as Arc<dyn Provider>]);
        }
        counter.serve([&a, &b, &c].map(|doubling| Arc::clone(doubling) as Arc<dyn Provider>));
        Ground { _folder: folder, counter, agent, batch, a, b, c }
    }

    fn turn(&self) -> Turn {
        Turn::new(Some("ann".into()), now(), 7, &Limits::default(), Labels::NONE, None)
    }

    async fn run(&self, turn: &Arc<Turn>) -> Result<Option<Value>, CallError> {
        let call = Call {
            chain: Chain::new(Principal::Owner),
            capability: Capability::host(AGENT),
            function: "act".into(),
            args: vec![],
            turn: turn.clone(),
            parent: 0,
            terms: Default::default(),
            held: Arc::default(),
            number: 0,
        };
        self.counter.call(call).await
    }

    /// Begins a turn, and lets its host die when somebody hangs.
    async fn die(&self) -> TurnId {
        let turn = Arc::new(self.turn());
        self.counter.begin(&turn, format!(r#"{{"seed": "7", "clock": {}, "labels": []}}"#, turn.started));
        let ran = tokio::time::timeout(Duration::from_millis(300), self.run(&turn)).await;
        assert!(ran.is_err(), "somebody hangs");
        for one in [&self.a, &self.b, &self.c] {
            one.hangs.store(false, Ordering::SeqCst);
        }
        turn.id
    }

    async fn page(&self, turn: TurnId) -> Page {
        self.counter.ledger.flush().await.expect("it is written");
        Page::read(&self.counter.ledger, turn).expect("the page reads")
    }

    /// Goes on with it.
    async fn resume(&self, id: TurnId) -> (Arc<Turn>, Result<Option<Value>, CallError>) {
        let behind = Behind::of(&self.page(id).await).expect("all is there");
        let turn = Arc::new(self.turn().going_on(id, Arc::new(behind)));
        let answer = self.run(&turn).await;
        (turn, answer)
    }

    /// The calls of each of the three that double.
    fn calls(&self) -> [u32; 3] {
        [&self.a, &self.b, &self.c].map(|one| one.calls.load(Ordering::SeqCst))
    }
}

fn even(number: u8) -> Result<Option<Value>, CallError> {
    Ok(Some(Value::U8(number)))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_is_not_done_again_and_what_had_begun_is_not_done_twice() {
    let ground = Ground::new(&[(A, 1), (B, 2), (C, 3), (A, 4)]);
    ground.c.hangs.store(true, Ordering::SeqCst);
    let id = ground.die().await;
    assert_eq!(ground.calls(), [1, 1, 1]);

    let (turn, answer) = ground.resume(id).await;
    assert_eq!(answer, Ok(None));
    assert_eq!(ground.calls(), [2, 1, 1], "only what is new was done");
    let told = ground.agent.told();
    assert_eq!((&told[0], &told[1], &told[3]), (&even(2), &even(4), &even(8)));
    let Err(CallError::Unavailable(why)) = &told[2] else { panic!("nobody knows whether it was done: {told:?}") };
    assert!(why.contains("may have happened or not"), "{why}");
    assert_eq!(turn.id, id);
    assert!(turn.labels.get().contains(Labels::UNTRUSTED), "it has seen what it saw");

    let page = ground.page(id).await;
    assert_eq!(page.calls.keys().copied().collect::<Vec<_>>(), [1, 2, 3, 4, 5], "numbers go on behind the last");
    assert!(page.calls.values().all(|call| call.end.is_some()), "each call has its end: {page:?}");
    let lines = ground.counter.ledger.turn(id).expect("the page reads");
    assert_eq!(lines.iter().filter(|line| line.kind == Kind::Intent).count(), 5, "none was written twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_calls_on_is_run_again_and_its_calls_are_looked_up() {
    let ground = Ground::new(&[(BATCH, 0), (C, 5)]);
    ground.b.hangs.store(true, Ordering::SeqCst);
    let id = ground.die().await;
    assert_eq!(ground.calls(), [2, 1, 0]);
    ground.batch.told();
    let (_, answer) = ground.resume(id).await;
    assert_eq!(answer, Ok(None));
    assert_eq!(ground.calls(), [2, 1, 1], "two had ended, one had begun, one is new");
    let told = ground.batch.told();
    assert_eq!((&told[0], &told[2]), (&even(2), &even(6)), "each got its own answer");
    assert_eq!(told[1].as_ref().map_err(CallError::code), Err("unavailable"));
    assert_eq!(ground.page(id).await.last(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_for_the_owner_is_done_now_under_its_number() {
    let ground = Ground::new(&[(A, 1), (B, 2)]);
    ground.a.hangs.store(true, Ordering::SeqCst);
    let turn = Arc::new(ground.turn());
    ground.counter.begin(&turn, r#"{"seed": "7", "clock": 5, "labels": []}"#.into());
    let line = |call, parent, kind, chain: &str, capability: &str, payload| Line {
        turn: turn.id,
        call,
        parent,
        kind,
        time: now(),
        chain: chain.into(),
        capability: capability.into(),
        function: "act".into(),
        labels: 0,
        payload,
    };
    let number = |number| Payload::Values(vec![Value::U8(number)]);
    for line in [
        line(1, 0, Kind::Intent, "owner", AGENT, Payload::None),
        line(2, 1, Kind::Intent, "owner > agent:ann", A, number(1)),
        line(2, 1, Kind::Outcome, "owner > agent:ann", A, number(2)),
        // It was asked for, and not let through.
        line(3, 1, Kind::Act, "owner > agent:ann", B, number(2)),
    ] {
        ground.counter.ledger.append(line);
    }
    let (_, answer) = ground.resume(turn.id).await;
    assert_eq!(answer, Ok(None));
    assert_eq!(ground.calls(), [0, 1, 0]);
    assert_eq!(ground.agent.told(), [even(2), even(4)]);
    let page = ground.page(turn.id).await;
    assert_eq!((page.last(), page.calls[&3].begun), (3, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_does_not_go_on_as_it_began_does_nothing_more() {
    let ground = Ground::new(&[(A, 1), (B, 2), (C, 3)]);
    ground.c.hangs.store(true, Ordering::SeqCst);
    let id = ground.die().await;
    ground.agent.told();
    *ground.agent.script.lock().expect("nobody panicked") = vec![(A, 1), (B, 9), (C, 3), (A, 4)];
    let (turn, _) = ground.resume(id).await;
    assert_eq!(ground.calls(), [1, 1, 1], "nothing was done");
    let told = ground.agent.told();
    assert_eq!(told[0], even(2));
    for told in &told[1..] {
        let Err(CallError::Failed(why)) = told else { panic!("it is not let through: {told:?}") };
        assert!(why.contains("does not go on as it began") && why.contains("call 3"), "{why}");
    }
    assert!(turn.behind().expect("it goes on").astray().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoke_holds_and_what_was_used_of_a_grant_stays_used() {
    let ground = Ground::new(&[(A, 1), (C, 2), (A, 3), (B, 4)]);
    let grants = [grant(1, A, Some(1)), grant(2, B, None), grant(3, C, None)];
    ground.counter.grants.replace(Table::new(grants.clone()));
    ground.c.hangs.store(true, Ordering::SeqCst);
    let id = ground.die().await;
    ground.agent.told();
    ground.counter.grants.replace(Table::new(grants.into_iter().filter(|grant| grant.id != 2)));
    let (_, answer) = ground.resume(id).await;
    assert_eq!(answer.map_err(|error| error.code()), Err("denied"), "`b` was taken back meanwhile");
    let told = ground.agent.told();
    assert_eq!(told[2].as_ref().map_err(CallError::code), Err("exhausted"), "one call in a turn was made before");
    assert_eq!(ground.calls(), [1, 0, 1]);
}
