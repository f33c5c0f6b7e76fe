//! A host: one home, opened.

use crate::admission::BUILT_IN;
use crate::admitted::{ADMITTED, Admissions};
use crate::bundle;
use crate::cut_off::CutOff;
use crate::desk::wrong;
use crate::grants_file;
use crate::home::Home;
use crate::lanes::{Lanes, Width};
use crate::natives::Natives;
use crate::roster;
use crate::running::Running;
use crate::scope::principal;
use crate::served::{self, Parts};
use crate::settings;
use crate::stock::{Item, Stock, report};
use loket_gateways::desk::Problem;
use loket_guardian::capability::Grantee;
use loket_guardian::config::HostConfig;
use loket_guardian::models::ModelChoice;
use loket_guardian::refusal::REGISTRY;
use loket_guardian::report::Report;
use loket_kernel::cache::{Code, CodeCache};
use loket_kernel::counter::now;
use loket_kernel::grants::Table;
use loket_kernel::unit::UnitProvider;
use loket_kernel::{Capability, Counter, Engines, Limits, Principal, Unit};
use loket_ledger::{Kind, Ledger, Line, Payload, RedbStorage, TurnId};
use loket_providers::brain::shelf::Shelf;
use loket_providers::contract::Contract;
use loket_providers::http::own::Own;
use loket_providers::model::Models;
use loket_providers::secrets::store::Store as Secrets;
use loket_registry::{PackageRef, Registry};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// The model of an agent whose manifest names none, and of the owner's own calls.
pub(crate) const OFFLINE: &str = "loket:offline";

/// One home, opened: its counter, its packages, its agents.
pub struct Host {
    /// The folder.
    pub home: Home,
    /// The one door.
    pub counter: Arc<Counter>,
    /// The open brains.
    pub shelf: Arc<Shelf>,
    /// The secrets.
    pub secrets: Arc<Secrets>,
    /// Who may begin a turn now.
    pub lanes: Lanes,
    /// The turns that run now.
    pub running: Running,
    /// The turns that a crash had cut off before this start.
    pub cut_off: Vec<CutOff>,
    /// When it was opened.
    pub started: Instant,
    pub(crate) engines: Arc<Engines>,
    pub(crate) cache: CodeCache,
    pub(crate) contract: Contract,
    pub(crate) config: HostConfig,
    pub(crate) natives: Natives,
    /// Where the host itself listens.
    pub own: Own,
    /// The number of the next grant; held while the owner's acts are done, one after the other.
    pub(crate) acts: tokio::sync::Mutex<u64>,
    models: Models,
    codes: Mutex<HashMap<String, Code>>,
    stock: RwLock<Arc<Stock>>,
    pub(crate) admissions: Mutex<Admissions>,
    world: RwLock<Arc<World>>,
}

/// What runs, and what does not and why.
#[derive(Default, Clone)]
pub struct World {
    /// Packages, by name and version.
    pub packages: BTreeMap<PackageRef, Package>,
    /// Agents, by name.
    pub agents: BTreeMap<String, Agent>,
}

/// A package version in this home.
#[derive(Clone)]
pub struct Package {
    /// Which.
    pub reference: PackageRef,
    /// The SHA-256 of its bytes, in hex.
    pub digest: String,
    /// Its size.
    pub bytes: u64,
    /// Its role.
    pub role: &'static str,
    /// Why it may not run, if it may not. An agent's package is run by its agents, and is judged for each of them.
    pub refused: Option<Report>,
}

impl Package {
    /// `ready`, or why it may not run.
    pub fn state(&self) -> String {
        self.refused.as_ref().map_or_else(|| "ready".to_owned(), ToString::to_string)
    }
}

/// An agent in this home.
#[derive(Clone)]
pub struct Agent {
    /// The package it runs, with its version where it is there.
    pub package: String,
    /// The digest of that.
    pub digest: String,
    /// The model it thinks with.
    pub model: String,
    /// Who it is.
    pub persona: String,
    /// What its manifest wants.
    pub wants: Vec<String>,
    /// Rounds in one turn.
    pub rounds: u32,
    /// What its turns and instances may use: the host's limits, narrowed by its manifest.
    pub limits: Limits,
    /// Its unit, or why it may not run.
    pub place: Result<Arc<Unit>, Report>,
}

impl Agent {
    /// `ready`, or why it may not run.
    pub fn state(&self) -> String {
        self.place.as_ref().map_or_else(ToString::to_string, |_| "ready".to_owned())
    }
}

/// An agent that can be spoken to.
pub struct Ready {
    /// Its unit.
    pub unit: Arc<Unit>,
    /// The digest of its package.
    pub digest: String,
    /// Who it is.
    pub persona: String,
    /// Rounds in one turn.
    pub rounds: u32,
    /// What a turn may use.
    pub limits: Limits,
}

impl Host {
    /// Opens a home: reads its packages and agents, admits what may run.
    ///
    /// # Errors
    /// When another process has it, or its settings, grants or ledger cannot be read.
    pub async fn open(root: &Path) -> Result<Host, Problem> {
        let root = root.to_owned();
        let opened = tokio::task::spawn_blocking(move || Host::open_blocking(&root)).await;
        let (host, first) =
            opened.map_err(|e| wrong("failed", format!("opening broke off: {e}"), "loket doctor"))??;
        if first {
            crate::desk::permit::first_start(&host).await?;
        }
        let host = tokio::task::spawn_blocking(move || {
            host.admit_all();
            host
        });
        host.await.map_err(|e| wrong("failed", format!("admission broke off: {e}"), "loket doctor"))
    }

    fn open_blocking(root: &Path) -> Result<(Host, bool), Problem> {
        let failed = |e: &dyn std::fmt::Display, hint: &str| wrong("failed", e.to_string(), hint);
        let home = Home::open(root).map_err(|e| wrong("unavailable", e.to_string(), e.hint()))?;
        let config = settings::read(home.root())?;
        let registry =
            Registry::open(config.registries(home.root())).map_err(|e| failed(&e, "check `registry` in loket.toml"))?;
        let storage = RedbStorage::open(home.state("ledger.redb")).map_err(|e| failed(&e, e.hint()))?;
        let ledger = Ledger::open(storage)
            .map_err(|e| failed(&e, "put back a copy of `state/ledger.redb`, or move it away to begin a new one"))?;
        let saved = grants_file::read(&home.state("grants.json")).map_err(|e| failed(&e, "loket doctor"))?;
        let limits = limits(&config);
        let engines = Arc::new(Engines::new(&limits).map_err(|e| {
            failed(&format!("the engine cannot start: {e:#}"), "free some address space (`ulimit -v`)")
        })?);
        let cache = CodeCache::open(home.state("compiled")).map_err(|e| failed(&e, "check the home's permissions"))?;
        let counter = Arc::new(Counter::new(ledger, limits, BUILT_IN.map(Capability::host)));
        let contract = Contract::read().map_err(|e| failed(&e, "this build is broken: build the host again"))?;
        let shelf = Arc::new(Shelf::new(home.agents()));
        let secrets = Arc::new(Secrets::open(&home.state(""), served::key_policy(&config)));
        counter.hide(secrets.clone());
        let models = Models::default();
        let own = Own::default();
        let parts = Parts {
            home: &home,
            contract: &contract,
            config: &config,
            shelf: &shelf,
            models: &models,
            secrets: &secrets,
            own: &own,
        };
        let natives = served::serve(&counter, parts).map_err(|e| {
            failed(
                &e,
                "move `state/file-labels` away; what is known of files is lost then, and they count as untrusted",
            )
        })?;
        let first = saved.is_none();
        bundle::lay_out(bundle::FILES, &home, &registry, first)
            .map_err(|e| failed(&e, "check the home's permissions and the room on its disk"))?;
        let saved = saved.unwrap_or_default();
        counter.grants.replace(Table::new(saved.grants));
        let admissions = Mutex::new(Admissions::read(&home.state(ADMITTED)));
        let mut host = Host {
            home,
            cut_off: Vec::new(),
            natives,
            own,
            counter,
            shelf,
            secrets,
            lanes: Lanes::new(Width::from(&config.limits), engines.room().clone()),
            running: Running::default(),
            started: Instant::now(),
            engines,
            cache,
            contract,
            config,
            acts: tokio::sync::Mutex::new(saved.next.max(1)),
            models,
            codes: Mutex::default(),
            stock: RwLock::new(Arc::new(Stock::read(&registry))),
            admissions,
            world: RwLock::default(),
        };
        host.restore_tally();
        let cut_off = host.end_what_was_cut_off();
        host.cut_off = cut_off.map_err(|e| failed(&e, "loket ledger --verify"))?;
        Ok((host, first))
    }

    /// Begins no turn any more, and waits for those that run, as long as the settings say.
    pub async fn drain(&self) {
        self.running.drain(Duration::from_secs(self.config.limits.stop_seconds.into())).await;
    }

    /// Ends: running turns are stopped and recorded, brains and ledger closed.
    pub async fn close(&self) {
        self.running.stop().await;
        let shelf = self.shelf.clone();
        let _ = tokio::task::spawn_blocking(move || shelf.close()).await;
        match self.counter.ledger.close().await {
            Ok(()) => self.home.close(),
            Err(error) => tracing::error!(%error, "the ledger did not close cleanly"),
        }
    }

    /// What runs now.
    pub fn world(&self) -> Arc<World> {
        self.world.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The packages that are there.
    pub fn stock(&self) -> Arc<Stock> {
        self.stock.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn codes(&self) -> MutexGuard<'_, HashMap<String, Code>> {
        self.codes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the host itself answers an interface, named without its version.
    pub fn answers(&self, interface: &str) -> bool {
        self.counter.provider(&Capability::host(interface)).is_some()
    }

    /// Whether there is an agent of that name, ready or not.
    pub fn knows_agent(&self, name: &str) -> bool {
        self.world().agents.contains_key(name)
    }

    /// An agent that can be spoken to.
    ///
    /// # Errors
    /// When there is none of that name, or it may not run.
    pub fn agent(&self, name: &str) -> Result<Ready, Problem> {
        let world = self.world();
        let Some(agent) = world.agents.get(name) else {
            let known: Vec<_> = world.agents.keys().map(|n| format!("`{n}`")).collect();
            let there = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(wrong(
                "not-found",
                format!("there is no agent `{}`; there are: {there}", name.escape_default()),
                "loket agents",
            ));
        };
        match &agent.place {
            Ok(unit) => Ok(Ready {
                unit: unit.clone(),
                digest: agent.digest.clone(),
                persona: agent.persona.clone(),
                rounds: agent.rounds,
                limits: agent.limits.clone(),
            }),
            Err(report) => Err(Problem {
                code: "unavailable".into(),
                message: report.message(),
                hint: Some(report.next().join("\n")).filter(|h| !h.is_empty()),
            }),
        }
    }

    /// Admits all that may run and does not yet. What runs already goes on as it is. Blocks while it compiles.
    pub(crate) fn admit_all(&self) {
        let stock = self.stock();
        let mut world = World::clone(&self.world());
        for item in stock.items.values() {
            let known = world.packages.get(&item.reference).is_some_and(|p| p.refused.is_none());
            if !known {
                let package = self.admit_package(item, &stock);
                world.packages.insert(item.reference.clone(), package);
            }
        }
        let mut models = HashMap::new();
        for (name, entry) in roster::read(&self.home.agents()) {
            let known = world.agents.get(&name).is_some_and(|a| a.place.is_ok());
            if !known {
                let agent = self.admit_agent(&name, entry, &stock);
                world.agents.insert(name.clone(), agent);
            }
            if let Some(agent) = world.agents.get(&name) {
                models.insert(name, agent.model.clone());
            }
        }
        self.models.store(Arc::new(models));
        *self.world.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(world);
        self.keep_admissions();
    }

    fn admit_package(&self, item: &Item, stock: &Stock) -> Package {
        let name = &item.reference.name;
        let grantee = Grantee::Package(name.clone());
        let refused = match (item.role(), &item.surface) {
            ("agent", Ok(_)) => None,
            _ => match self.admit(&grantee, item, self.counter.limits.clone()) {
                Ok(unit) => {
                    let newest = stock.newest(name).is_some_and(|newest| newest.reference == item.reference);
                    let version = if newest { String::new() } else { item.reference.version.to_string() };
                    self.counter.serve(UnitProvider::all(&unit, &name.to_string(), &version, &self.counter));
                    self.admitted(&principal(&grantee), item);
                    None
                }
                Err(report) => Some(report),
            },
        };
        Package {
            reference: item.reference.clone(),
            digest: item.digest.clone(),
            bytes: item.bytes.len() as u64,
            role: item.role(),
            refused,
        }
    }

    fn admit_agent(&self, name: &str, entry: Result<roster::Entry, Report>, stock: &Stock) -> Agent {
        let limits = self.config.limits;
        let unusable = |report| Agent {
            package: String::new(),
            digest: String::new(),
            model: String::new(),
            persona: String::new(),
            wants: Vec::new(),
            rounds: limits.rounds,
            limits: self.counter.limits.clone(),
            place: Err(report),
        };
        let roster::Entry { manifest, persona } = match entry {
            Ok(entry) => entry,
            Err(report) => return unusable(report),
        };
        let narrowed = limits.narrowed(&manifest.limits);
        let wanted = &manifest.package;
        let fits =
            |item: &&Item| item.reference.name == wanted.name && wanted.versions.matches(&item.reference.version);
        let item = stock.items.values().rev().find(fits);
        let own = Limits {
            memory: (narrowed.memory_mib as usize) << 20,
            wall: Duration::from_secs(narrowed.seconds.into()),
            calls: narrowed.calls,
            ..self.counter.limits.clone()
        };
        let place = match (item, name.parse()) {
            (Some(item), Ok(agent)) => self.admit(&Grantee::Agent(agent), item, own.clone()),
            (None, _) => Err(report(
                format!("agent `{name}` cannot be admitted"),
                format!("its manifest names `{}`, and the registry has none that fits", wanted.name),
                format!("put it into {REGISTRY}; or name another package in `agents/{name}/agent.toml`"),
            )),
            (_, Err(error)) => {
                let error: loket_guardian::manifest::AgentNameError = error;
                Err(report(format!("the folder `{name}` is no agent"), error.to_string(), "rename the folder"))
            }
        };
        let model = self.model(name, &manifest.model);
        let place = model.as_ref().map_err(Report::clone).and(place);
        if let (Ok(unit), Some(item)) = (&place, item) {
            self.counter.serve(UnitProvider::all(unit, &format!("agent:{name}"), "", &self.counter));
            self.admitted(&Principal::Agent(name.into()), item);
        }
        Agent {
            package: item.map_or_else(|| wanted.name.to_string(), |item| item.reference.to_string()),
            digest: item.map(|item| item.digest.clone()).unwrap_or_default(),
            model: model.unwrap_or_else(|_| manifest.model.to_string()),
            persona,
            wants: manifest.wants.iter().map(ToString::to_string).collect(),
            rounds: narrowed.rounds,
            limits: own,
            place,
        }
    }

    /// Where a model is: its adapter, and what that calls it.
    fn model(&self, agent: &str, choice: &ModelChoice) -> Result<String, Report> {
        match choice {
            ModelChoice::Package(package) => Ok(package.name.to_string()),
            ModelChoice::Named(name) => match self.config.models.get(name) {
                Some(entry) => Ok(format!("{}/{name}", entry.adapter)),
                None => Err(report(
                    format!("agent `{agent}` cannot be admitted"),
                    format!("its manifest names the model `{name}`, and `loket.toml` has no `[models.{name}]`"),
                    format!(
                        "write `[models.{name}]` with `adapter`, `url` and `model` in `loket.toml`, or name another model in `agents/{agent}/agent.toml`"
                    ),
                )),
            },
        }
    }

    /// Writes an act of the owner or of the host in the ledger.
    pub(crate) fn act(&self, what: &str, whom: &Principal, about: &[(&str, String)]) -> loket_ledger::Seq {
        let mut payload = serde_json::Map::new();
        payload.insert("whom".into(), whom.to_string().into());
        payload.extend(about.iter().map(|(key, value)| ((*key).to_owned(), value.clone().into())));
        let payload = serde_json::Value::Object(payload).to_string();
        let payload = self.counter.hidden().and_then(|hidden| hidden.text(&payload)).unwrap_or(payload);
        self.counter.ledger.append(Line {
            turn: TurnId(0),
            call: 0,
            parent: 0,
            kind: Kind::Act,
            time: now(),
            chain: Principal::Owner.to_string().into(),
            capability: "".into(),
            function: what.into(),
            labels: 0,
            payload: Payload::Json(payload),
        })
    }
}

fn limits(config: &HostConfig) -> Limits {
    let limits = config.limits;
    Limits {
        memory: (limits.memory_mib as usize) << 20,
        total_memory: (limits.total_memory_mib as usize) << 20,
        table_elements: limits.table_elements as usize,
        instances: limits.instances as usize,
        cpu: Duration::from_secs(limits.cpu_seconds.into()),
        wall: Duration::from_secs(limits.seconds.into()),
        depth: limits.depth as usize,
        argument: (limits.argument_kib as usize) << 10,
        result: (limits.result_kib as usize) << 10,
        calls: limits.calls,
        events: u64::from(limits.events_kib) << 10,
    }
}
