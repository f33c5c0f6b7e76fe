//! The agents that are there, each in its place or with the reason why it has none.

use super::Look;
use crate::host::Host;
use crate::roster::{self, Entry, Roster};
use crate::settings::space;
use crate::stock::{Item, Stock, report};
use crate::world::{Agent, Placed, World};
use loket_guardian::capability::Grantee;
use loket_guardian::config::CONFIG_FILE;
use loket_guardian::manifest::AgentManifest;
use loket_guardian::manifest::{AgentNameError, MANIFEST_FILE};
use loket_guardian::memory::{AgentMemory, LanguageTag};
use loket_guardian::models::ModelChoice;
use loket_guardian::refusal::REGISTRY;
use loket_guardian::report::Report;
use loket_kernel::{Principal, Space};
use loket_providers::brain::Keep;
use loket_providers::setup::Thinking;
use semver::{Comparator, Op, VersionReq};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

impl Host {
    /// All of them; those that are not looked at, or are being written, are as they were before.
    pub(super) fn agents(&self, before: &World, look: &Look) -> BTreeMap<String, Agent> {
        let folder = self.home.agents();
        let known = || before.agents.iter().map(|(name, agent)| (name.clone(), agent.read.clone())).collect();
        let roster = match look.agents.then(|| roster::read(&folder)) {
            None => known(),
            Some(Ok(roster)) => roster,
            Some(Err(error)) => {
                tracing::warn!(folder = %folder.display(), %error, "loket.agents.unreadable");
                known()
            }
        };
        let roster = self.without_newcomers(roster, before);
        let stock = self.stock();
        let there: HashSet<String> = stock.items.keys().map(ToString::to_string).collect();
        let mut agents = BTreeMap::new();
        for (name, entry) in roster {
            // An agent whose package is gone does not go on.
            let goes_on = |agent: &&Agent| agent.place.is_ok() && there.contains(&agent.package);
            let known = before.agents.get(&name);
            let agent = match (look.is_unfinished(&folder.join(&name)), known) {
                (false, known) => self.agent_of(&name, entry, known.filter(goes_on), &stock),
                (true, Some(known)) => known.clone(),
                (true, None) => continue,
            };
            agents.insert(name, agent);
        }
        agents
    }

    /// In safe mode, nothing new of agents: who runs is as it was, and a host that begins takes those up that were admitted as they are.
    fn without_newcomers(&self, roster: Roster, before: &World) -> Roster {
        if !self.guard.is_closed() {
            return roster;
        }
        let shut_out = |name: &str| {
            let what = format!("agent `{name}` is not let in");
            self.shut_out(&what).unwrap_or_else(|| Report::new(what))
        };
        let as_before = |(name, entry): (String, Result<Arc<Entry>, Report>)| {
            let entry = match (before.agents.get(&name), entry) {
                (Some(known), _) => known.read.clone(),
                (None, Ok(entry)) if self.was_admitted_as(&Principal::Agent(name.as_str().into()), &entry) => Ok(entry),
                (None, _) => Err(shut_out(&name)),
            };
            (name, entry)
        };
        roster.into_iter().map(as_before).collect()
    }

    /// An agent as its folder has it; where that may not run, as it is `known` to run.
    fn agent_of(&self, name: &str, entry: Result<Arc<Entry>, Report>, known: Option<&Agent>, stock: &Stock) -> Agent {
        let read = entry.clone();
        let agent = match entry {
            Ok(entry) => self.agent_from(name, entry, known, stock),
            Err(report) => Agent {
                read: Err(report.clone()),
                entry: Err(report.clone()),
                package: String::new(),
                digest: String::new(),
                model: String::new(),
                thinking: Thinking::default(),
                keep: self.usual_keep(),
                place: Err(report),
                newcomer: None,
                against: None,
            },
        };
        match (&agent.place, known) {
            (Err(report), Some(known)) => Agent { read, newcomer: Some(report.clone()), ..known.clone() },
            _ => agent,
        }
    }

    /// An agent as its manifest has it: with the newest version of its package that would do and may run.
    fn agent_from(&self, name: &str, entry: Arc<Entry>, known: Option<&Agent>, stock: &Stock) -> Agent {
        let manifest = &entry.manifest;
        let wanted = &manifest.package;
        let fits =
            |item: &&Item| item.reference.name == wanted.name && wanted.versions.matches(&item.reference.version);
        // One that was taken back is for who asks for exactly that, and for who ran it before.
        let (whom, exact) = (Principal::Agent(name.into()), is_exact(&wanted.versions));
        let is_usable = |item: &Item| !item.is_yanked() || exact || self.ran(&whom, &item.reference);
        let (fitting, taken_back): (Vec<&Item>, Vec<&Item>) =
            stock.items.values().rev().filter(fits).partition(|item| is_usable(item));
        let grantee = name.parse().map(Grantee::Agent);
        let (thinking, keep) = (self.thinking(name, manifest), self.keep(name, &manifest.memory));
        if let (Some(known), Some(newest), Ok(grantee)) = (known, fitting.first(), &grantee)
            && let (Ok(thinking), Ok(keep)) = (&thinking, &keep)
            && known.entry.as_ref() == Ok(&entry)
            && known.digest == newest.digest
            && known.package == newest.reference.to_string()
            && known.place.as_ref().is_ok_and(|placed| self.is_still_linked(grantee, newest, placed))
        {
            let (model, thinking) = (first(thinking, manifest), thinking.clone());
            return Agent { read: Ok(entry), model, thinking, keep: *keep, newcomer: None, ..known.clone() };
        }
        let space = space(&self.settings.fixed.space.narrowed(&manifest.limits));
        let sound = thinking.as_ref().map(|_| ()).and(keep.as_ref().map(|_| ())).map_err(Report::clone);
        let chosen = sound.and_then(|()| {
            let grantee = grantee.map_err(|error: AgentNameError| {
                report(format!("the folder `{name}` is no agent"), error.to_string(), "rename the folder")
            })?;
            let documents = documents(&entry);
            self.newest_that_may_run(&grantee, &fitting, space, &documents).map_err(|refusal| {
                refusal.unwrap_or_else(|| {
                    let (why, next) = match taken_back.first() {
                        Some(Item { reference, .. }) => {
                            ("has only versions that were yanked", format!("loket unyank {reference}"))
                        }
                        None => ("has none that fits", format!("put it into {REGISTRY}")),
                    };
                    report(
                        format!("agent `{name}` cannot be admitted"),
                        format!("its manifest names `{}`, and the registry {why}", wanted.name),
                        format!("{next}; or name another package in `agents/{name}/agent.toml`"),
                    )
                })
            })
        });
        let (item, place, newcomer) = match chosen {
            Ok((item, placed, newcomer)) => {
                self.admitted(&Principal::Agent(name.into()), item);
                self.admitted_as(&Principal::Agent(name.into()), &entry);
                self.let_run(item);
                (Some(item), Ok(placed), newcomer)
            }
            Err(report) => (fitting.first().copied(), Err(report), None),
        };
        Agent {
            package: item.map_or_else(|| wanted.name.to_string(), |item| item.reference.to_string()),
            digest: item.map(|item| item.digest.clone()).unwrap_or_default(),
            model: thinking.as_ref().map_or_else(|_| manifest.model.to_string(), |thinking| first(thinking, manifest)),
            thinking: thinking.unwrap_or_default(),
            keep: keep.unwrap_or_else(|_| self.usual_keep()),
            place,
            newcomer,
            against: None,
            read: Ok(entry.clone()),
            entry: Ok(entry),
        }
    }

    /// The first of these that may run, and why one before it may not. Of those that may not, what is told is why the first may not.
    fn newest_that_may_run<'i>(
        &self,
        grantee: &Grantee,
        fitting: &[&'i Item],
        space: Space,
        documents: &[(String, String)],
    ) -> Result<(&'i Item, Placed, Option<Report>), Option<Report>> {
        let mut refusal = None;
        for item in fitting {
            let admitted = match self.waits(item) {
                Some(waits) => Err(waits.report),
                None => self.admit(grantee, item, space, documents),
            };
            match admitted {
                Ok(placed) => return Ok((*item, placed, refusal)),
                Err(report) => drop(refusal.get_or_insert(report)),
            }
        }
        Err(refusal)
    }

    /// How an agent's brain is kept: as its manifest says, within what the settings allow.
    fn keep(&self, agent: &str, wish: &AgentMemory) -> Result<Keep, Report> {
        let memory = self.settings.live().memory.narrowed(wish);
        let language = memory.language.as_ref().map(LanguageTag::as_str);
        let file = if wish.language.is_some() { format!("agents/{agent}/agent.toml") } else { CONFIG_FILE.to_owned() };
        Keep::new(language, memory.max_memories, memory.max_mib).map_err(|why| {
            report(
                format!("agent `{agent}` cannot be admitted"),
                format!("`language` in `[memory]` of `{file}`: {why}"),
                "write one of these, or leave it out: then memories are kept in English",
            )
        })
    }

    /// How the brain of an agent is kept whose folder cannot be used.
    fn usual_keep(&self) -> Keep {
        let live = self.settings.live();
        let memory = &live.memory;
        Keep::new(None, memory.max_memories, memory.max_mib).unwrap_or_default()
    }

    /// All that an agent thinks with, and what that may cost.
    fn thinking(&self, agent: &str, manifest: &AgentManifest) -> Result<Thinking, Report> {
        let fallback = &manifest.fallback;
        let models = std::iter::once(&manifest.model).chain(&fallback.models).map(|choice| self.model(agent, choice));
        Ok(Thinking {
            models: models.collect::<Result<_, _>>()?,
            order: fallback.order,
            pin: fallback.pin,
            restart: fallback.restart,
            budget: manifest.budget,
        })
    }

    /// Where a model is: its adapter, and what that calls it.
    fn model(&self, agent: &str, choice: &ModelChoice) -> Result<String, Report> {
        match choice {
            ModelChoice::Package(package) => Ok(package.name.to_string()),
            ModelChoice::Named(name) => match self.settings.live().models.get(name) {
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
}

/// The model that is asked first.
fn first(thinking: &Thinking, manifest: &AgentManifest) -> String {
    thinking.models.first().cloned().unwrap_or_else(|| manifest.model.to_string())
}

/// Whether one version alone would do.
fn is_exact(versions: &VersionReq) -> bool {
    matches!(&versions.comparators[..], [Comparator { op: Op::Exact, minor: Some(_), patch: Some(_), .. }])
}

/// The texts that come along with an agent, as scanners are shown them: who it is, and what it is told by itself.
pub(crate) fn documents(entry: &Entry) -> Vec<(String, String)> {
    let said: Vec<&str> = entry.manifest.schedules.iter().map(|schedule| schedule.say.as_str()).collect();
    let documents = [("persona.md", entry.persona.clone()), (MANIFEST_FILE, said.join("\n"))];
    let documents = documents.into_iter().filter(|(_, text)| !text.is_empty());
    documents.map(|(file, text)| (file.to_owned(), text)).collect()
}
