//! Generated components and grants: a call reaches whoever answers it where the grants say so, and nowhere else. Counted at the providers.

use async_trait::async_trait;
use loket_kernel::cache::CodeCache;
use loket_kernel::counter::now;
use loket_kernel::grants::{Delegation, Grant, Scope, Table, Verdict};
use loket_kernel::link::Import;
use loket_kernel::program::callable;
use loket_kernel::unit::{Parts, UnitProvider, plain_name};
use loket_kernel::{
    Call, CallError, Capability, Chain, Counter, Engines, Labels, Limits, Principal, Provider, Reply, Space, Terms,
    Turn, Unit,
};
use loket_ledger::{Ledger, RedbStorage};
use loket_values::{Interface, describe};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Packages, with the interfaces that each answers. Each of those has the functions `f0` and `f1`.
const PROVIDERS: [(&str, &[&str]); 3] =
    [("host", &["loket:one/a"]), ("acme:two", &["acme:two/a", "acme:two/b"]), ("acme:three", &["acme:three/a"])];
const FUNCTIONS: [&str; 2] = ["f0", "f1"];
const CALLER: &str = "acme:caller";
const ACTS: &str = "acme:caller/acts";
const COMPONENTS: u64 = 50;
/// How many tables of grants each component is tried with.
const TABLES: usize = 200;

/// What can be called: who answers, the interface, the function.
type Deed = (&'static str, &'static str, &'static str);

fn deeds() -> Vec<Deed> {
    let each = |(provider, interfaces): &(&'static str, &'static [&'static str])| {
        let (provider, interfaces) = (*provider, *interfaces);
        interfaces.iter().flat_map(move |interface| FUNCTIONS.map(|function| (provider, *interface, function)))
    };
    PROVIDERS.iter().flat_map(each).collect()
}

fn export((_, interface, function): Deed) -> String {
    format!("{}-{function}", interface.replace([':', '/'], "-"))
}

/// A component that imports these functions, and exports one for each that calls it.
fn component(deeds: &BTreeSet<Deed>) -> Vec<u8> {
    let mut interfaces: BTreeMap<&str, Vec<Deed>> = BTreeMap::new();
    for deed in deeds {
        interfaces.entry(deed.1).or_default().push(*deed);
    }
    let (mut text, mut module, mut with, mut lifted, mut out) =
        ("(component\n".to_owned(), String::new(), String::new(), String::new(), String::new());
    for (number, (interface, deeds)) in interfaces.iter().enumerate() {
        let functions: String = deeds.iter().map(|(.., function)| format!("(export \"{function}\" (func))")).collect();
        writeln!(text, "(import \"{interface}@1.0.0\" (instance $i{number} {functions}))").expect("text");
        for deed in deeds {
            let name = export(*deed);
            writeln!(text, "(core func ${name} (canon lower (func $i{number} \"{}\")))", deed.2).expect("text");
            write!(module, "(import \"h\" \"{name}\" (func ${name})) ").expect("text");
            write!(with, "(export \"{name}\" (func ${name})) ").expect("text");
            writeln!(lifted, "(func $l-{name} (canon lift (core func $m \"{name}\")))").expect("text");
            write!(out, "(export \"{name}\" (func $l-{name})) ").expect("text");
        }
    }
    let calls: String =
        deeds.iter().map(|deed| export(*deed)).map(|n| format!("(func (export \"{n}\") call ${n}) ")).collect();
    write!(
        text,
        "(core module $c {module} {calls})
        (core instance $m (instantiate $c (with \"h\" (instance {with}))))
        {lifted} (instance $acts {out}) (export \"{ACTS}@1.0.0\" (instance $acts)))"
    )
    .expect("text");
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Who answers one interface, and counts.
struct Counting {
    capability: Capability,
    interface: Interface,
    reached: Arc<Mutex<Vec<(String, String)>>>,
}

#[async_trait]
impl Provider for Counting {
    fn capability(&self) -> &Capability {
        &self.capability
    }

    fn interface(&self) -> &Interface {
        &self.interface
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        let reached = (self.capability.to_string(), call.function.to_string());
        self.reached.lock().unwrap_or_else(PoisonError::into_inner).push(reached);
        Ok(Reply { value: None, labels: Labels::NONE })
    }
}

fn scope(random: &mut StdRng) -> Scope {
    let (provider, interfaces) = PROVIDERS.choose(random).expect("there are some");
    let interface = random.random_bool(0.7).then(|| (*interfaces.choose(random).expect("there are some")).into());
    let functions = FUNCTIONS.into_iter().filter(|_| random.random_bool(0.3)).map(Into::into).collect();
    Scope { provider: (*provider).into(), interface, functions }
}

fn grant(id: u64, grantee: Principal, scope: Scope, verdict: Verdict, delegates: Vec<Delegation>) -> Grant {
    Grant { id, grantee, scope, terms: Terms::default(), verdict, per_turn: None, per_day: None, delegates, since: 0 }
}

fn verdict(random: &mut StdRng) -> Verdict {
    *[Verdict::Allow, Verdict::Allow, Verdict::Allow, Verdict::Ask, Verdict::Deny].choose(random).expect("some")
}

/// The oracle's view of a scope.
fn names(scope: &Scope, (provider, interface, function): Deed) -> bool {
    &*scope.provider == provider
        && scope.interface.as_deref().is_none_or(|own| own == interface)
        && (scope.functions.is_empty() || scope.functions.iter().any(|own| &**own == function))
}

/// The oracle: nothing that names a deed may deny it; of the rest those count that say most exactly what they mean, and all of these must
/// allow it. Whoever began must have let the caller do it besides.
fn may(own: &[(Scope, Verdict)], lets: Option<&[Scope]>, deed: Deed) -> bool {
    let exact = |scope: &Scope| 2 * u8::from(!scope.functions.is_empty()) + u8::from(scope.interface.is_some());
    let naming: Vec<_> = own.iter().filter(|(scope, _)| names(scope, deed)).collect();
    let most = naming.iter().map(|(scope, _)| exact(scope)).max();
    let decisive = naming.iter().filter(|(scope, _)| Some(exact(scope)) == most);
    let denied = naming.iter().any(|(_, verdict)| *verdict == Verdict::Deny);
    let allowed = !denied && most.is_some() && decisive.into_iter().all(|(_, verdict)| *verdict == Verdict::Allow);
    allowed && lets.is_none_or(|lets| lets.iter().any(|scope| names(scope, deed)))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_call_of_ten_thousand_generated_pairs_reaches_whom_it_was_not_granted() {
    let folder = tempfile::tempdir().expect("a folder");
    let limits = Limits { calls: u32::MAX, wall: Duration::from_secs(600), ..Limits::default() };
    let engines = Arc::new(Engines::new(&Space::default()).expect("engines"));
    let cache = CodeCache::open(folder.path().join("compiled")).expect("a cache");
    let storage = RedbStorage::open(folder.path().join("ledger.redb")).expect("a storage");
    let ledger = Ledger::open(storage).expect("a ledger");
    let counter = Arc::new(Counter::new(ledger, limits.clone(), []));
    let reached: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
    let (ann, caller) = (Principal::Agent("ann".into()), Principal::Package(CALLER.into()));
    let (mut pairs, mut calls, mut passed) = (0_u64, 0_u64, 0_u64);
    for seed in 0..COMPONENTS {
        let random = &mut StdRng::seed_from_u64(seed);
        let imported: BTreeSet<Deed> = loop {
            let some: BTreeSet<Deed> = deeds().into_iter().filter(|_| random.random_bool(0.4)).collect();
            if !some.is_empty() {
                break some;
            }
        };
        let bytes = component(&imported);
        let surface = Arc::new(callable(describe(&bytes).expect("a component")));
        let answers = |import: &Interface| {
            let plain = plain_name(import);
            let provider = PROVIDERS.iter().find(|(_, interfaces)| interfaces.contains(&&*plain)).expect("one answers");
            Capability::of(provider.0, &plain)
        };
        let imports: Vec<Import> = surface.imports.iter().map(|i| Import::of(i.clone(), answers(i))).collect();
        counter.serve(imports.iter().map(|Import { interface, capability, .. }| {
            let (capability, interface, reached) = (capability.clone(), interface.clone(), reached.clone());
            Arc::new(Counting { capability, interface, reached }) as Arc<dyn Provider>
        }));
        let parts = Parts {
            principal: caller.clone(),
            package: format!("{CALLER}@1.0.0").into(),
            surface,
            code: &cache.load(&engines, &bytes, &format!("component-{seed}")).expect("it compiles"),
            imports: &imports,
            sealed: false,
            natives: Vec::new(),
            space: Space::default(),
        };
        let unit = Arc::new(Unit::new(engines.clone(), parts).expect("it links"));
        counter.serve(UnitProvider::all(&unit, CALLER, "", &counter));
        for _ in 0..TABLES {
            let own: Vec<(Scope, Verdict)> =
                (0..random.random_range(0..5)).map(|_| (scope(random), verdict(random))).collect();
            let lets: Option<Vec<Scope>> =
                random.random_bool(0.5).then(|| (0..random.random_range(0..4)).map(|_| scope(random)).collect());
            let mut grants: Vec<Grant> =
                (1..).zip(&own).map(|(id, (scope, v))| grant(id, caller.clone(), scope.clone(), *v, vec![])).collect();
            let all = Scope { provider: CALLER.into(), interface: None, functions: Vec::new() };
            let delegate =
                |scope: &Scope| Delegation { holder: caller.clone(), scope: scope.clone(), terms: Terms::default() };
            let delegates = lets.iter().flatten().map(delegate).collect();
            grants.push(grant(100, ann.clone(), all, Verdict::Allow, delegates));
            counter.grants.replace(Table::new(grants));
            let turn = Arc::new(Turn::new(None, now(), 0, &limits, Labels::NONE, None));
            counter.begin(&turn, "{}".into());
            for deed in &imported {
                reached.lock().unwrap_or_else(PoisonError::into_inner).clear();
                let call = Call {
                    chain: Chain::new(if lets.is_some() { ann.clone() } else { Principal::Owner }),
                    capability: Capability::of(CALLER, ACTS),
                    function: export(*deed).into(),
                    args: vec![],
                    turn: turn.clone(),
                    parent: 0,
                    terms: Default::default(),
                    held: Arc::default(),
                    number: 0,
                };
                let answer = counter.call(call).await;
                let found = std::mem::take(&mut *reached.lock().unwrap_or_else(PoisonError::into_inner));
                let expect = may(&own, lets.as_deref(), *deed);
                let whom = (Capability::of(deed.0, deed.1).to_string(), deed.2.to_owned());
                assert_eq!(found, if expect { vec![whom] } else { vec![] }, "{deed:?}: {own:?}, {lets:?}");
                assert_eq!(answer.is_ok(), expect, "{deed:?}: {answer:?}");
                calls += 1;
                passed += u64::from(expect);
            }
            counter.abandon(&turn, "done");
            pairs += 1;
        }
    }
    assert!(pairs >= 10_000 && passed > calls / 20 && passed < calls / 2, "{pairs} pairs, {passed} of {calls} passed");
}
