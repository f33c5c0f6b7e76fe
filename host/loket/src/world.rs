//! What runs, and what does not and why.

use crate::roster::Entry;
use crate::stock::Item;
use crate::waiting::Waiting;
use loket_guardian::report::Report;
use loket_kernel::{Capability, Limits, Unit};
use loket_providers::brain::Keep;
use loket_providers::setup::Thinking;
use loket_registry::PackageRef;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What runs, and what does not and why.
#[derive(Default, Clone)]
pub struct World {
    /// Packages, by name and version.
    pub packages: BTreeMap<PackageRef, Package>,
    /// Agents, by name.
    pub agents: BTreeMap<String, Agent>,
}

/// A component in the place that admission gave it.
#[derive(Clone)]
pub struct Placed {
    /// It, linked.
    pub unit: Arc<Unit>,
    /// Who of the other packages answers its imports.
    pub links: Vec<Capability>,
}

/// A package version in this home.
#[derive(Clone)]
pub struct Package {
    /// What it was admitted, or judged, as.
    pub item: Item,
    /// Its place, or why it may not run. An agent's package has none here, unless it waits: it is run by its agents, and is judged for each of
    /// them.
    pub place: Option<Result<Placed, Report>>,
    /// Why what came in its place may not run, while it goes on itself.
    pub newcomer: Option<Report>,
    /// Whether it, or what came in its place, waits for the owner.
    pub waits: Option<Waiting>,
    /// Why it would not be loaded again, by what scanners say now, while it goes on.
    pub against: Option<Report>,
}

impl Package {
    /// Why it may not run, if it may not.
    pub fn refused(&self) -> Option<&Report> {
        self.place.as_ref()?.as_ref().err()
    }

    /// Its place, if it has one.
    pub(crate) fn placed(&self) -> Option<&Placed> {
        self.place.as_ref()?.as_ref().ok()
    }

    /// Whether others answer some of its imports.
    pub(crate) fn is_answered_by_others(&self) -> bool {
        matches!(&self.place, Some(Ok(placed)) if !placed.links.is_empty())
    }

    /// `ready`, or why it may not run.
    pub fn state(&self) -> String {
        self.refused().map_or_else(|| ready(self.newcomer.as_ref(), self.against.as_ref()), ToString::to_string)
    }
}

/// An agent in this home.
#[derive(Clone)]
pub struct Agent {
    /// Its folder, as it was read last.
    pub read: Result<Arc<Entry>, Report>,
    /// Its folder, as it was when it got its place.
    pub entry: Result<Arc<Entry>, Report>,
    /// The package it runs, with its version where it is there.
    pub package: String,
    /// The digest of that.
    pub digest: String,
    /// The model it thinks with.
    pub model: String,
    /// All that it thinks with, that first, and what it may cost.
    pub thinking: Thinking,
    /// How its brain is kept.
    pub keep: Keep,
    /// Its place, or why it may not run.
    pub place: Result<Placed, Report>,
    /// Why what came in its place may not run, while it goes on itself.
    pub newcomer: Option<Report>,
    /// Why it would not be loaded again, by what scanners say now, while it goes on.
    pub against: Option<Report>,
}

impl Agent {
    /// `ready`, or why it may not run.
    pub fn state(&self) -> String {
        self.place.as_ref().map_or_else(ToString::to_string, |_| ready(self.newcomer.as_ref(), self.against.as_ref()))
    }
}

fn ready(newcomer: Option<&Report>, against: Option<&Report>) -> String {
    match (newcomer, against) {
        (Some(report), _) => format!("ready, as it was before: {report}"),
        (None, Some(report)) => format!("ready, for now: {report}"),
        (None, None) => "ready".to_owned(),
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
