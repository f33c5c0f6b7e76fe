//! What runs, brought in line with what is there: what is new or changed is admitted, what is gone is withdrawn.
//!
//! Where something new may not run, what ran in its place goes on. A turn that runs keeps what it has called already; what it calls next
//! is what is there then. `settings` takes up what `loket.toml` says, `packages` and `agents` say what is in its place and what is not, `again`
//! looks once more at what goes on; here, the change from the one to the other.

mod again;
mod agents;
mod packages;
mod settings;

pub(crate) use again::Judges;
pub(crate) use agents::documents;

use crate::guard::Depth;
use crate::host::Host;
use crate::stock::Item;
use crate::world::{Agent, Placed, World};
use loket_guardian::config::CONFIG_FILE;
use loket_kernel::Principal;
use loket_kernel::unit::UnitProvider;
use loket_providers::brain::origin::build;
use loket_providers::model::Metered;
use loket_providers::setup::{About, Setup};
use loket_registry::PackageName;
use semver::Version;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// What is to be looked at again besides the registries.
#[derive(Debug, Default)]
pub struct Look {
    /// Whether the agents' folders are, too. Else they are taken to be as they were.
    pub agents: bool,
    /// Whether `loket.toml` is, too. Else what it said holds on.
    pub settings: bool,
    /// Files that are being written, which are taken to be as they were.
    pub unfinished: Vec<PathBuf>,
}

impl Look {
    /// Whether something there is being written.
    fn is_unfinished(&self, path: &Path) -> bool {
        self.unfinished.iter().any(|file| file.starts_with(path))
    }
}

impl Host {
    /// Looks at what is there, and brings what runs in line with it. Blocks while it compiles. Answers with files that seem to be unfinished,
    /// and must be looked at again.
    pub fn refresh(&self, look: &Look) -> Vec<PathBuf> {
        let closed = self.refreshing.lock().unwrap_or_else(PoisonError::into_inner);
        if *closed {
            return Vec::new();
        }
        // In safe mode, settings are nothing new either.
        let closed = self.look_out(Depth::Touched);
        if look.settings && !closed && !look.is_unfinished(&self.home.root().join(CONFIG_FILE)) {
            self.take_up_settings();
        }
        self.set_stock(self.stock().again(&self.registry, &self.trusted(), &|path| look.is_unfinished(path)));
        self.line_up_with(look);
        self.stock().unfinished.clone()
    }

    /// Admits what is there when the host begins. Blocks while it compiles.
    pub(crate) fn first_admission(&self) {
        let _one_at_a_time = self.refreshing.lock().unwrap_or_else(PoisonError::into_inner);
        self.look_out(Depth::Bytes);
        self.line_up_with(&Look { agents: true, ..Look::default() });
    }

    /// Admits what waited for a grant, should anything. Blocks while it compiles.
    pub(crate) fn readmit(&self) {
        let closed = self.refreshing.lock().unwrap_or_else(PoisonError::into_inner);
        // Asked here and not before: what is being taken up now was judged by the grants as they were.
        let world = self.world();
        let waiting = world.packages.values().any(|p| p.refused().is_some() || p.newcomer.is_some())
            || world.agents.values().any(|a| a.place.is_err() || a.newcomer.is_some());
        if waiting && !*closed {
            self.look_out(Depth::Touched);
            // What came in another's place is not in the stock, where that goes on: it is read again.
            if world.packages.values().any(|p| p.newcomer.is_some()) {
                self.set_stock(self.stock().again(&self.registry, &self.trusted(), &|_| false));
            }
            self.line_up_with(&Look::default());
        }
    }

    /// Looks at all signatures again, after it changed whose count. Blocks while it compiles.
    pub(crate) fn restand(&self) {
        let closed = self.refreshing.lock().unwrap_or_else(PoisonError::into_inner);
        if !*closed {
            self.look_out(Depth::Touched);
            self.set_stock(self.stock().standing(&self.trusted()));
            self.line_up_with(&Look::default());
        }
    }

    /// Looks again at what everything is linked to, after it changed what is there to be linked to besides packages. Blocks while it compiles.
    pub(crate) fn relink(&self) {
        let closed = self.refreshing.lock().unwrap_or_else(PoisonError::into_inner);
        if !*closed {
            self.look_out(Depth::Touched);
            self.line_up_with(&Look::default());
        }
    }

    fn line_up_with(&self, look: &Look) {
        let before = self.world();
        let packages = self.packages(&before);
        let agents = self.agents(&before, look);
        let after = World { packages, agents };
        let thinking = after.agents.iter().map(|(name, agent)| (name.clone(), agent.thinking.clone()));
        let live = self.settings.live();
        let models = live.models.iter().map(|(name, entry)| {
            let first_token = entry.first_token_seconds.map(|seconds| Duration::from_secs(seconds.into()));
            (format!("{}/{name}", entry.adapter), About { price: entry.price, first_token })
        });
        let (thinking, models) = (thinking.collect(), models.collect());
        let (settings, commands) = (live.settings(), Arc::new(live.run.clone()));
        self.setups.set(Setup { thinking, models, budget: live.budget.clone(), settings, commands });
        if let Some(mcp) = &self.mcp {
            mcp.line_up(&live.mcp);
        }
        self.issuer.line_up(live.issuer.as_ref());
        self.telemetry.line_up(live.telemetry.as_ref());
        let keeping = after.agents.iter().map(|(name, agent)| (name.clone(), agent.keep));
        self.keeping.store(Arc::new(keeping.collect()));
        self.builds.store(Arc::new(builds(&after)));
        self.serve(&before, &after);
        self.set_world(after);
        self.let_go(&before, &self.world());
        self.keep_admissions();
        self.keep_pins(&self.stock());
        // Last: what came need not wait for it.
        self.look_again(&before);
    }

    /// Puts what came behind the counter and takes away what went, in one step.
    fn serve(&self, before: &World, after: &World) {
        let (old, new) = (served(before), served(after));
        let changed = |name: &&String| old.get(*name) != new.get(*name);
        let changed: HashSet<String> = old.keys().chain(new.keys()).filter(changed).cloned().collect();
        let providers = changed.iter().filter_map(|name| Some((name, new.get(name)?)));
        let providers = providers.flat_map(|(name, units)| {
            units.iter().flat_map(move |served| UnitProvider::all(&served.0.unit, name, &served.1, &self.counter))
        });
        // Whoever asks a model, and by whatever way, is metered.
        let providers = providers.map(|provider| Metered::over(provider, &self.models.spending, &self.setups));
        self.counter.replace(&changed, providers.collect::<Vec<_>>());
    }

    /// Lets go of what is kept for those who are gone, and writes that they went.
    fn let_go(&self, before: &World, after: &World) {
        let gone = before.packages.iter().filter(|(reference, _)| !after.packages.contains_key(reference));
        for (reference, _) in gone.filter(|(_, package)| matches!(package.place, Some(Ok(_)))) {
            self.withdrawn(&Principal::Package(reference.name.to_string().into()), &reference.to_string());
        }
        for (name, agent) in &before.agents {
            let now = after.agents.get(name);
            let folder = |agent: &Agent| agent.entry.as_ref().ok().and_then(|entry| entry.folder);
            // A folder that took another's place has a brain of its own; one that is kept in another way is opened anew.
            if now.is_none_or(|now| folder(now) != folder(agent) || now.keep != agent.keep) {
                self.shelf.shut(name);
            }
            let runs = now.is_some_and(|now| now.place.is_ok() && now.package == agent.package);
            if agent.place.is_ok() && !runs {
                self.withdrawn(&Principal::Agent(name.as_str().into()), &agent.package);
            }
        }
        let stock = self.stock();
        let mut used: HashSet<&str> = stock.items.values().map(|item| item.digest.as_str()).collect();
        used.extend(after.agents.values().map(|agent| agent.digest.as_str()));
        self.codes().retain(|digest, _| used.contains(digest.as_str()));
    }
}

/// A unit, the version under which it is asked for, and the digest of its bytes.
struct Served<'w>(&'w Placed, String, &'w str);

impl PartialEq for Served<'_> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0.unit, &other.0.unit) && self.1 == other.1
    }
}

/// Which component serves under each address.
fn builds(world: &World) -> HashMap<(Arc<str>, Arc<str>), Arc<str>> {
    let units =
        served(world).into_iter().flat_map(|(name, units)| units.into_iter().map(move |unit| (name.clone(), unit)));
    let build = |Served(placed, version, digest): Served<'_>| (version.into(), build(&placed.unit.package, digest));
    let builds = units.map(|(name, unit)| (name, build(unit)));
    builds.map(|(name, (version, build))| ((name.into(), version), build)).collect()
}

/// Who serves under which name. A package's newest version that may run and was not taken back is asked for without a version.
fn served(world: &World) -> BTreeMap<String, Vec<Served<'_>>> {
    let mut versions: BTreeMap<&PackageName, Vec<(&Version, &Placed, &Item)>> = BTreeMap::new();
    for (reference, package) in &world.packages {
        if let Some(Ok(placed)) = &package.place {
            let version = (&reference.version, placed, &package.item);
            versions.entry(&reference.name).or_default().push(version);
        }
    }
    let packages = versions.into_iter().map(|(name, versions)| {
        let rank = |(version, _, item): &(&Version, &Placed, &Item)| {
            (!item.is_yanked(), version.pre.is_empty(), Version::clone(version))
        };
        let newest = versions.iter().max_by_key(|version| rank(version)).map(|(version, ..)| *version);
        let under = |version: &Version| if newest == Some(version) { String::new() } else { version.to_string() };
        let units = versions.iter().map(|(version, placed, item)| Served(placed, under(version), &item.digest));
        (name.to_string(), units.collect())
    });
    let agents = world.agents.iter().filter_map(|(name, agent)| {
        let placed = agent.place.as_ref().ok()?;
        Some((format!("agent:{name}"), vec![Served(placed, String::new(), &agent.digest)]))
    });
    packages.chain(agents).collect()
}
