//! What runs, looked at again when scanners, the owner's policy or advisories are others than those it was let in by.
//!
//! It goes on whatever they say: it was let in, and turns rely on it. What is said against it is told, and counts when it is loaded the next
//! time: at the next start, or from other bytes.

use super::documents;
use crate::host::Host;
use crate::stock::Stock;
use crate::world::{Agent, Package, Placed, World};
use loket_guardian::capability::Grantee;
use loket_guardian::report::Report;
use loket_guardian::scan::ScanPolicy;
use std::sync::{Arc, PoisonError};

/// By whom, and by which rules, what runs was looked at last.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Judges {
    /// The digests of the scanners.
    scanners: Vec<String>,
    policy: ScanPolicy,
    /// The digest of what scanners may ask about.
    known: String,
}

impl Host {
    /// Looks again at what ran before and goes on, where others would judge it now. Blocks while scanners look.
    pub(super) fn look_again(&self, before: &World) {
        let known = self.scanners.references.now().digest().to_owned();
        let judges = Judges { scanners: self.scanners.digests(), policy: self.settings.live().scan.clone(), known };
        let last = self.judges.lock().unwrap_or_else(PoisonError::into_inner).replace(judges);
        if last == *self.judges.lock().unwrap_or_else(PoisonError::into_inner) {
            return;
        }
        let (stock, mut world) = (self.stock(), World::clone(&self.world()));
        for (reference, package) in &mut world.packages {
            let old = before.packages.get(reference).and_then(Package::placed);
            if goes_on(old, package.placed()) {
                let grantee = Grantee::Package(reference.name.clone());
                let against = self.scanned(&would_not_be(&grantee), &package.item, &[]).err();
                tell(&reference.to_string(), package.against.as_ref(), against.as_ref());
                package.against = against;
            }
        }
        for (name, agent) in &mut world.agents {
            let old = before.agents.get(name).and_then(|agent| agent.place.as_ref().ok());
            if goes_on(old, agent.place.as_ref().ok()) {
                let against = self.against_agent(name, agent, &stock);
                tell(name, agent.against.as_ref(), against.as_ref());
                agent.against = against;
            }
        }
        self.set_world(world);
    }

    fn against_agent(&self, name: &str, agent: &Agent, stock: &Stock) -> Option<Report> {
        let entry = agent.entry.as_ref().ok()?;
        let runs =
            |item: &&crate::stock::Item| item.digest == agent.digest && item.reference.to_string() == agent.package;
        let item = stock.items.values().find(runs)?;
        let grantee = Grantee::Agent(name.parse().ok()?);
        self.scanned(&would_not_be(&grantee), item, &documents(entry)).err()
    }
}

fn would_not_be(grantee: &Grantee) -> String {
    format!("{} runs, and would not be loaded again", grantee.in_words())
}

/// Whether the very same unit runs that ran before: what was linked anew was looked at then.
fn goes_on(before: Option<&Placed>, now: Option<&Placed>) -> bool {
    before.zip(now).is_some_and(|(before, now)| Arc::ptr_eq(&before.unit, &now.unit))
}

fn tell(name: &str, before: Option<&Report>, now: Option<&Report>) {
    match now {
        Some(report) if before != now => tracing::warn!(who = name, why = %report.message(), "loket.scan.against"),
        None if before.is_some() => tracing::info!(who = name, "nothing is said against it any more"),
        _ => {}
    }
}
