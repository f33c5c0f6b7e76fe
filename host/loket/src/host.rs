//! A host: one home, opened.

use crate::admission::BUILT_IN;
use crate::admitted::Admissions;
use crate::asks::Asks;
use crate::bundle;
use crate::commands::Known;
use crate::cut_off::CutOff;
use crate::desk::{Listings, wrong};
use crate::dreams::Dreams;
use crate::entrance::Entrance;
use crate::grants_file;
use crate::guard::{Guard, Kept};
use crate::home::Home;
use crate::issuer::Introducer;
use crate::lanes::{Lanes, Width};
use crate::natives::Natives;
use crate::pins::Pins;
use crate::quiet::Quiet;
use crate::refresh::Judges;
use crate::running::Running;
use crate::scan::{ADVISORIES, Cache, References, SCANS, Scanners};
use crate::schedule::{SCHEDULES, Schedules};
use crate::served::{self, Parts};
use crate::settings::{self, Settings};
use crate::spent::Spent;
use crate::stock::Stock;
use crate::talks::Talks;
use crate::telemetry::Telemetry;
use crate::tokens::Tokens;
use crate::trusted;
use crate::watch::{Watch, watch};
use crate::world::{Ready, World};
use loket_gateways::desk::Problem;
use loket_gateways::mcp::behind::News;
use loket_guardian::manifest::AgentLimits;
use loket_kernel::cache::{Code, CodeCache};
use loket_kernel::counter::now;
use loket_kernel::grants::Table;
use loket_kernel::{Capability, Counter, Engines, Limits, Principal};
use loket_ledger::{Kind, Ledger, Line, Payload, RedbStorage, TurnId};
use loket_providers::agent::offers::Offers;
use loket_providers::brain::{self, Builds, Keeping, Shelf};
use loket_providers::contract::Contract;
use loket_providers::http::own::Own;
use loket_providers::mcp::Servers;
use loket_providers::model::Models;
use loket_providers::run::launcher::{Launch, Launcher};
use loket_providers::scan::Subjects;
use loket_providers::secrets::store::Store as Secrets;
use loket_providers::setup::Setups;
use loket_registry::{KeyError, PublicKey, Registry, TrustedKeys};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::broadcast;

/// The model of an agent whose manifest names none, and of the owner's own calls.
pub(crate) const OFFLINE: &str = "loket:offline";

/// The file of the turns that wait for their owner.
pub(crate) const ASKS: &str = "asks.json";

/// News that wait for a slow listener; one that missed some looks at everything again.
const NEWS: usize = 64;

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
    /// What waits at the counter for the owner.
    pub(crate) asks: Arc<Asks>,
    /// The turns that a crash had cut off before this start.
    pub cut_off: Vec<CutOff>,
    /// When it was opened.
    pub started: Instant,
    pub(crate) engines: Arc<Engines>,
    pub(crate) cache: CodeCache,
    pub(crate) contract: Contract,
    pub(crate) settings: Settings,
    pub(crate) natives: Natives,
    /// The servers whose tools can be granted.
    pub(crate) mcp: Option<Servers>,
    pub(crate) scanners: Scanners,
    pub(crate) guard: Arc<Guard>,
    /// Where the host itself listens.
    pub own: Own,
    /// How commands are started: by the program that runs now, unless whoever embeds the host says otherwise.
    pub launch: Launch,
    /// The number of the next grant; held while the owner's acts are done, one after the other.
    pub(crate) acts: tokio::sync::Mutex<u64>,
    /// What turns are held to.
    pub(crate) setups: Setups,
    /// What is known of models, and what they took today.
    pub(crate) models: Arc<Models>,
    spent: Arc<Spent>,
    pub(crate) keeping: Keeping,
    pub(crate) builds: Builds,
    /// The slash commands that packages offer.
    pub(crate) offers: Offers,
    /// What packages said of their commands.
    pub(crate) commands: Known,
    /// The conversations in which an agent is answering now.
    pub(crate) talks: Talks,
    /// By which tokens clients come in.
    pub(crate) tokens: Tokens,
    /// How the owner comes into the control room.
    pub(crate) entrance: Entrance,
    /// Whose tokens open `/mcp` besides.
    pub(crate) issuer: Introducer,
    /// What monitoring is told.
    pub(crate) telemetry: Telemetry,
    /// Which functions clients have.
    pub(crate) listings: Listings,
    /// What changes, for clients that listen.
    pub(crate) news: broadcast::Sender<News>,
    /// Since when nobody speaks to whom.
    pub(crate) quiet: Quiet,
    pub(crate) dreams: Mutex<Option<Dreams>>,
    /// What agents are told by themselves.
    pub(crate) schedules: Schedules,
    pub(crate) registry: Registry,
    /// Whose signatures count.
    pub(crate) trusted: RwLock<Arc<TrustedKeys>>,
    /// Held by whoever brings what runs in line with what is there; whether it is too late for that, because the host is closed.
    pub(crate) refreshing: Mutex<bool>,
    /// By whom what runs was looked at last.
    pub(crate) judges: Mutex<Option<Judges>>,
    watch: Mutex<Option<Watch>>,
    pub(crate) admissions: Mutex<Admissions>,
    /// What was let run.
    pub(crate) pins: Mutex<Pins>,
    codes: Mutex<HashMap<String, Code>>,
    stock: RwLock<Arc<Stock>>,
    world: RwLock<Arc<World>>,
}

impl Host {
    /// Opens a home: reads its packages and agents, admits what may run.
    ///
    /// # Errors
    /// When another process has it, or its settings, grants or ledger cannot be read.
    pub async fn open(root: &Path) -> Result<Host, Problem> {
        Host::open_for(root, None).await
    }

    /// [`Host::open`] for the holder of a key, a public one of minisign: a home that nobody sealed with it is opened in safe mode.
    ///
    /// # Errors
    /// As `open`; and when the key is none.
    pub async fn open_for(root: &Path, owner: Option<&str>) -> Result<Host, Problem> {
        let root = root.to_owned();
        let owner: Option<PublicKey> = owner.map(str::parse).transpose().map_err(|e: KeyError| {
            wrong("invalid", format!("the guardian's key: {e}"), "give what `loket guardian status` shows")
        })?;
        let opened = tokio::task::spawn_blocking(move || Host::open_blocking(&root, owner)).await;
        let (host, first) =
            opened.map_err(|e| wrong("failed", format!("opening broke off: {e}"), "loket doctor"))??;
        if first {
            crate::desk::permit::first_start(&host).await?;
        }
        let host = tokio::task::spawn_blocking(move || {
            host.first_admission();
            host
        });
        host.await.map_err(|e| wrong("failed", format!("admission broke off: {e}"), "loket doctor"))
    }

    fn open_blocking(root: &Path, owner: Option<PublicKey>) -> Result<(Host, bool), Problem> {
        let failed = |e: &dyn std::fmt::Display, hint: &str| wrong("failed", e.to_string(), hint);
        let home = Home::open(root).map_err(|e| wrong("unavailable", e.to_string(), e.hint()))?;
        let settings = Settings::new(settings::read(home.root())?);
        let (fixed, live) = (&settings.fixed, settings.live());
        let registry =
            Registry::open(fixed.registries(home.root())).map_err(|e| failed(&e, "check `registry` in loket.toml"))?;
        let storage = RedbStorage::open(home.state("ledger.redb")).map_err(|e| failed(&e, e.hint()))?;
        let ledger = Ledger::open(storage)
            .map_err(|e| failed(&e, "put back a copy of `state/ledger.redb`, or move it away to begin a new one"))?;
        let guard = Guard::open(home.root(), &ledger, owner).map_err(|e| failed(&e, "loket ledger --verify"))?;
        let guard = Arc::new(guard);
        let trusted = guard.sound(Kept::TrustedKeys).map(|path| trusted::read(&path)).transpose();
        let trusted = trusted.map_err(|e| failed(&e, "loket doctor"))?.unwrap_or_default();
        let (lock, owners) = (guard.sound(Kept::Lock), guard.sound(Kept::Owners));
        let pins = Pins::of(lock.as_deref(), owners.as_deref()).map_err(|e| failed(&e, "loket doctor"))?;
        // Of grants that somebody changed, none is in force; a home that has none yet is another thing.
        let saved = match guard.sound(Kept::Grants) {
            Some(path) => grants_file::read(&path).map_err(|e| failed(&e, "loket doctor"))?,
            None => Some(grants_file::Saved::default()),
        };
        // The same of tokens.
        let tokens = guard.sound(Kept::Tokens).map(|path| Tokens::read(&path)).transpose();
        let tokens = tokens.map_err(|e| failed(&e, "loket doctor"))?.unwrap_or_default();
        // Of an entrance that somebody changed, nobody is in force: then there is no passphrase, and nobody is in.
        let entrance = guard.sound(Kept::Entrance).map(|path| Entrance::read(&path)).transpose();
        let entrance = entrance.map_err(|e| failed(&e, "loket doctor"))?.unwrap_or_default();
        let admissions = guard.sound(Kept::Admitted).map(|path| Admissions::read(&path)).unwrap_or_default();
        let limits = settings::limits(&live);
        let engines = Arc::new(Engines::new(&settings::space(&fixed.space)).map_err(|e| {
            failed(&format!("the engine cannot start: {e:#}"), "free some address space (`ulimit -v`)")
        })?);
        let cache = CodeCache::open(home.state("compiled")).map_err(|e| failed(&e, "check the home's permissions"))?;
        let counter = Arc::new(Counter::new(ledger, limits, BUILT_IN.map(Capability::host)));
        let contract = Contract::read().map_err(|e| failed(&e, "this build is broken: build the host again"))?;
        brain::sweep(&home.agents());
        let (keeping, builds) = (Keeping::default(), Builds::default());
        let shelf = Arc::new(Shelf::new(home.agents(), keeping.clone()));
        let news = broadcast::channel(NEWS).0;
        let tell = news.clone();
        shelf.on_change(Box::new(move |agent| drop(tell.send(News::Under(crate::desk::brain_uri(agent))))));
        let secrets = Arc::new(Secrets::open(&home.state(""), served::key_policy(fixed)));
        counter.hide(secrets.clone());
        let (setups, models) = (Setups::default(), Arc::new(Models::default()));
        let spent = Spent::open(&home.state(""), models.spending.clone());
        let own = Own::default();
        let launch = Launch::new(Launcher::here());
        let subjects = Subjects::default();
        let offers = Offers::default();
        let scans = Cache::open(home.state(SCANS)).map_err(|e| failed(&e, "check the home's permissions"))?;
        let schedules = Schedules::open(home.state(SCHEDULES));
        let asks = Arc::new(Asks::new(home.state(ASKS), live.approvals.seconds));
        counter.ask_through(asks.clone());
        let parts = Parts {
            home: &home,
            guard: &guard,
            contract: &contract,
            fixed,
            shelf: &shelf,
            builds: &builds,
            setups: &setups,
            models: &models,
            secrets: &secrets,
            subjects: &subjects,
            offers: &offers,
            own: &own,
            launch: &launch,
            person: asks.clone(),
        };
        let (natives, mcp) = served::serve(&counter, parts).map_err(|e| {
            failed(&e, "move `state/file-labels` away; what is known of where files came from is lost then")
        })?;
        let first = saved.is_none();
        bundle::lay_out(bundle::FILES, &home, &registry, first)
            .map_err(|e| failed(&e, "check the home's permissions and the room on its disk"))?;
        let saved = saved.unwrap_or_default();
        counter.grants.replace(Table::new(saved.grants));
        let references = References::new(home.root().join(ADVISORIES));
        let issuer = Introducer::new(served::client(&secrets, &own));
        let telemetry = Telemetry::new(served::client(&secrets, &own), counter.ledger.clone());
        let mut host = Host {
            home,
            cut_off: Vec::new(),
            natives,
            mcp,
            own,
            launch,
            guard,
            scanners: Scanners::new(counter.clone(), subjects, scans, references),
            counter,
            shelf,
            secrets,
            lanes: Lanes::new(Width::from(&live.limits), engines.room().clone()),
            running: Running::default(),
            asks,
            started: Instant::now(),
            engines,
            cache,
            contract,
            settings,
            acts: tokio::sync::Mutex::new(saved.next.max(1)),
            setups,
            models,
            spent,
            keeping,
            builds,
            offers,
            commands: Known::default(),
            talks: Talks::default(),
            tokens,
            entrance,
            issuer,
            telemetry,
            listings: Listings::default(),
            news,
            quiet: Quiet::new(),
            dreams: Mutex::default(),
            schedules,
            codes: Mutex::default(),
            stock: RwLock::new(Arc::new(Stock::read(&registry, &trusted))),
            registry,
            trusted: RwLock::new(Arc::new(trusted)),
            refreshing: Mutex::default(),
            judges: Mutex::default(),
            watch: Mutex::default(),
            admissions: Mutex::new(admissions),
            pins: Mutex::new(pins),
            world: RwLock::default(),
        };
        host.restore_tally();
        let going_on = host.asks.take_up(&host.counter.ledger).map_err(|e| failed(&e, "loket ledger --verify"))?;
        let cut_off = host.end_what_was_cut_off(&going_on);
        host.cut_off = cut_off.map_err(|e| failed(&e, "loket ledger --verify"))?;
        Ok((host, first))
    }

    /// Takes up what changes in the registries, in `agents/` and in `loket.toml`, from now on until it is closed.
    pub fn watch(self: &Arc<Self>) {
        match watch(self) {
            Ok(watch) => *self.watch.lock().unwrap_or_else(PoisonError::into_inner) = Some(watch),
            Err(error) => tracing::warn!(
                %error,
                "packages, agents and settings cannot be watched: what changes is seen at the next start. On Linux, a higher \
                 `fs.inotify.max_user_watches` may be what is missing"
            ),
        }
    }

    /// Begins no turn any more, and waits for those that run, as long as the settings say.
    pub async fn drain(&self) {
        if let Some(dreams) = &*self.dreams.lock().unwrap_or_else(PoisonError::into_inner) {
            dreams.cancel();
        }
        self.schedules.cancel();
        let grace = Duration::from_secs(self.settings.live().limits.stop_seconds.into());
        let drained = self.running.drain(grace, || self.asks.suspend());
        tokio::select! {
            () = drained => {}
            () = self.suspend_when_all_wait() => {}
        }
    }

    /// Leaves the turns as they are that wait for their owner, as soon as no other runs.
    async fn suspend_when_all_wait(&self) {
        const LOOK: Duration = Duration::from_millis(20);
        loop {
            if self.asks.turns_that_wait() >= self.running.count() {
                self.asks.suspend();
            }
            if self.running.count() == 0 {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Ends: running turns are stopped and recorded, brains and ledger closed.
    pub async fn close(&self) {
        drop(self.watch.lock().unwrap_or_else(PoisonError::into_inner).take());
        let dreams = self.dreams.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(dreams) = &dreams {
            dreams.cancel();
        }
        self.schedules.cancel();
        self.asks.suspend();
        self.running.stop().await;
        self.telemetry.close().await;
        if let Some(dreams) = dreams {
            dreams.end().await;
        }
        self.schedules.end().await;
        // What is being admitted now is let end: it writes in the ledger.
        tokio::task::block_in_place(|| *self.refreshing.lock().unwrap_or_else(PoisonError::into_inner) = true);
        if let Some(mcp) = &self.mcp {
            mcp.close().await;
        }
        let shelf = self.shelf.clone();
        let spent = self.spent.clone();
        let _ = tokio::task::spawn_blocking(move || (shelf.close(), spent.close())).await;
        match self.counter.ledger.close().await {
            Ok(()) => self.home.close(),
            Err(error) => tracing::error!(%error, "the ledger did not close cleanly"),
        }
    }

    /// The memory of all instances together, in bytes: what is taken, and what may be.
    pub fn memory(&self) -> (usize, usize) {
        let room = self.engines.room();
        (room.used(), room.limit())
    }

    /// How many instances there are now.
    pub fn instances(&self) -> usize {
        self.engines.room().instances()
    }

    /// What runs now.
    pub fn world(&self) -> Arc<World> {
        self.world.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The packages that are there.
    pub fn stock(&self) -> Arc<Stock> {
        self.stock.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says what runs from now on.
    pub(crate) fn set_world(&self, world: World) {
        *self.world.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(world);
        // Nobody may be listening.
        let _ = self.news.send(News::Anything);
    }

    /// Says who may do what from the next call on.
    pub(crate) fn set_grants(&self, table: Table) {
        self.counter.grants.replace(table);
        let _ = self.news.send(News::Anything);
    }

    /// Says what is there from now on.
    pub(crate) fn set_stock(&self, stock: Stock) {
        *self.stock.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(stock);
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
            Ok(placed) => {
                let entry = agent.entry.as_ref().ok();
                let (rounds, limits) = self.turn_limits(entry.map(|entry| &entry.manifest.limits));
                Ok(Ready {
                    unit: placed.unit.clone(),
                    digest: agent.digest.clone(),
                    persona: entry.map(|entry| entry.persona.clone()).unwrap_or_default(),
                    rounds,
                    limits,
                })
            }
            Err(report) => Err(Problem {
                code: "unavailable".into(),
                message: report.message(),
                hint: Some(report.next().join("\n")).filter(|h| !h.is_empty()),
            }),
        }
    }

    /// What an agent's turn may use that begins now: rounds of thinking, and all else.
    fn turn_limits(&self, agent: Option<&AgentLimits>) -> (u32, Limits) {
        let live = self.settings.live();
        let narrowed = live.limits.narrowed(agent.unwrap_or(&AgentLimits::default()));
        let wall = Duration::from_secs(narrowed.seconds.into());
        (narrowed.rounds, Limits { wall, calls: narrowed.calls, ..settings::limits(&live) })
    }

    /// Writes an act of the owner or of the host in the ledger.
    pub(crate) fn act(&self, what: &str, whom: &Principal, about: &[(&str, String)]) -> loket_ledger::Seq {
        act(&self.counter, what, whom, about)
    }
}

/// Writes an act of the owner or of the host in the ledger: what, to whom, and what is to be known of it.
pub(crate) fn act(counter: &Counter, what: &str, whom: &Principal, about: &[(&str, String)]) -> loket_ledger::Seq {
    let mut payload = serde_json::Map::new();
    payload.insert("whom".into(), whom.to_string().into());
    payload.extend(about.iter().map(|(key, value)| ((*key).to_owned(), value.clone().into())));
    let payload = serde_json::Value::Object(payload).to_string();
    let payload = counter.hidden().and_then(|hidden| hidden.text(&payload)).unwrap_or(payload);
    counter.ledger.append(Line {
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
