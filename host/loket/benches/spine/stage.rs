//! A counter with its ledger on disk, and units behind it: the kernel as the host wires it, without a home around it.

use crate::Outcome;
use loket_kernel::cache::CodeCache;
use loket_kernel::counter::now;
use loket_kernel::grants::{Scope, Table};
use loket_kernel::link::Import;
use loket_kernel::unit::{Parts, UnitProvider};
use loket_kernel::{
    Call, Capability, Chain, Counter, Engines, Grant, Labels, Limits, Principal, Space, Turn, Unit, Verdict,
};
use loket_ledger::{Ledger, RedbStorage};
use loket_values::{Value, describe};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A counter, and what it needs.
pub(crate) struct Stage {
    pub(crate) counter: Arc<Counter>,
    pub(crate) runtime: Runtime,
    engines: Arc<Engines>,
    cache: CodeCache,
    // Last: the ledger in it is closed before.
    _folder: TempDir,
}

impl Stage {
    pub(crate) fn new() -> Outcome<Stage> {
        let folder = tempfile::tempdir()?;
        let limits = Limits { calls: u32::MAX, ..Limits::default() };
        let engines = Arc::new(Engines::new(&Space::default())?);
        let ledger = Ledger::open(RedbStorage::open(folder.path().join("ledger.redb"))?)?;
        let counter = Arc::new(Counter::new(ledger, limits, []));
        let cache = CodeCache::open(folder.path().join("compiled"))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Stage { counter, runtime, engines, cache, _folder: folder })
    }

    /// Puts a package behind the counter: its imports go to `provider`, and its exports are served under the principal's name.
    pub(crate) fn serve(&self, package: &str, principal: Principal, provider: &str) -> Outcome<()> {
        let bytes = component(package)?;
        let surface = Arc::new(describe(&bytes)?);
        let address =
            |interface: &loket_values::Interface| Capability::of(provider, &loket_kernel::unit::plain_name(interface));
        let imports: Vec<Import> = surface.imports.iter().map(|i| Import::of(i.clone(), address(i))).collect();
        let code = self.cache.load(&self.engines, &bytes, &package.replace(':', "-"))?;
        let name = match &principal {
            Principal::Package(name) => name.to_string(),
            other => other.to_string(),
        };
        let parts = Parts {
            principal,
            package: package.into(),
            surface,
            code: &code,
            imports: &imports,
            sealed: false,
            natives: Vec::new(),
            space: Space::default(),
        };
        let unit = Arc::new(Unit::new(self.engines.clone(), parts)?);
        self.counter.serve(UnitProvider::all(&unit, &name, "", &self.counter));
        Ok(())
    }

    /// Calls by the owner, one after the other in one turn, which is durable when this is over. Answers with what each came to.
    pub(crate) fn turn(
        &self,
        capability: &Capability,
        function: &str,
        calls: Vec<Vec<Value>>,
    ) -> Outcome<Vec<Option<Value>>> {
        let turn = Arc::new(Turn::new(None, now(), 0, &self.counter.limits(), Labels::NONE, None));
        let (chain, function) = (Chain::new(Principal::Owner), Arc::<str>::from(function));
        let call = |args| Call {
            chain: chain.clone(),
            capability: capability.clone(),
            function: function.clone(),
            args,
            turn: turn.clone(),
            parent: 0,
            terms: Default::default(),
            held: Default::default(),
            number: 0,
        };
        self.runtime.block_on(async {
            self.counter.begin(&turn, "{}".to_owned());
            let mut answers = Vec::with_capacity(calls.len());
            for args in calls {
                answers.push(self.counter.call(call(args)).await?);
            }
            self.counter.end(&turn, "done".to_owned()).await?;
            Ok(answers)
        })
    }
}

/// The bytes of a component that the build made for tests.
pub(crate) fn component(package: &str) -> Outcome<Vec<u8>> {
    let (namespace, name) = package.split_once(':').ok_or("a package is `namespace:name`")?;
    let folder = folder("LOKET_FIXTURES")?.join(namespace).join(name);
    let path =
        std::fs::read_dir(&folder)?.flatten().next().ok_or_else(|| format!("`{}` is empty", folder.display()))?;
    Ok(std::fs::read(path.path())?)
}

/// A folder that `cargo xtask bench` names.
pub(crate) fn folder(variable: &str) -> Outcome<PathBuf> {
    Ok(std::env::var_os(variable).ok_or_else(|| format!("`{variable}` is not set: run `cargo xtask bench`"))?.into())
}

/// A table of a hundred agents with twenty grants each; agent 7 is `ann`, and is granted all that `providers` offer.
pub(crate) fn grants(providers: &[&str]) -> Table {
    let mut all = Vec::new();
    for agent in 0..100_u64 {
        for at in 0..20_u64 {
            let id = agent * 20 + at;
            let mut scope = Scope {
                provider: "host".into(),
                interface: Some(format!("bench:host/part{at}").into()),
                functions: vec![],
            };
            let name = if agent == 7 { "ann".to_owned() } else { format!("agent{agent}") };
            // The last ones: those before them are looked at first.
            if let Some(provider) = (agent == 7).then(|| providers.get(19 - at as usize)).flatten() {
                scope = Scope { provider: (*provider).into(), interface: None, functions: vec![] };
            }
            all.push(grant(id, Principal::Agent(name.into()), scope));
        }
    }
    Table::new(all)
}

/// A plain yes.
pub(crate) fn grant(id: u64, grantee: Principal, scope: Scope) -> Grant {
    Grant {
        id,
        grantee,
        scope,
        terms: Default::default(),
        verdict: Verdict::Allow,
        per_turn: None,
        per_day: None,
        delegates: vec![],
        since: 0,
    }
}
