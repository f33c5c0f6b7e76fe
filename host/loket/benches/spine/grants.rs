//! The grant check alone: a hundred agents with twenty grants each, and a chain of three.

use crate::Outcome;
use crate::measure::{Table, Target, allocations, quantile, time};
use loket_kernel::grants::{Scope, Table as Grants};
use loket_kernel::{Call, Capability, Chain, Delegation, Labels, Limits, Principal, Turn, Verdict};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

const AGENTS: u64 = 100;
const GRANTS: u64 = 20;
/// Checks that are timed, each on its own.
const CHECKS: usize = 200_000;

pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let grants = loket_kernel::Grants::new([Capability::host("loket:events/emit")]);
    grants.replace(everything());
    let calls: Vec<Call> = (0..AGENTS * GRANTS).map(call).collect();
    for call in &calls {
        grants.check(call)?;
    }
    let mut times = Vec::with_capacity(CHECKS);
    let before = allocations();
    // In an order in which the next one is not the neighbour of the last.
    for call in calls.iter().cycle().step_by(7).take(CHECKS) {
        let begun = Instant::now();
        let verdict = grants.check(black_box(call));
        let took = begun.elapsed();
        let _ = black_box(verdict);
        times.push(took.as_nanos() as f64);
    }
    let allocated = allocations() - before;
    let both = format!("median {}, 95 of 100 below {}", time(quantile(&times, 0.5)), time(quantile(&times, 0.95)));
    table.row(
        "grant check, 100 agents × 20 grants, chain of 3",
        both,
        quantile(&times, 0.95) / 1e3,
        Target::Most(2.0, " µs"),
    );
    table.row(&format!("allocations in {CHECKS} of them"), String::new(), allocated as f64, Target::Most(0.0, ""));
    Ok(())
}

/// Each agent has a package for each of its grants, which passes on what that package holds.
fn everything() -> Grants {
    let mut all = Vec::new();
    for id in 0..AGENTS * GRANTS {
        let (agent, at) = (id / GRANTS, id % GRANTS);
        let scope = Scope { provider: package(at).into(), interface: None, functions: vec![] };
        let mut grant = crate::stage::grant(id, Principal::Agent(format!("agent{agent}").into()), scope);
        let delegation = |at| Delegation {
            holder: Principal::Package(package(at).into()),
            scope: held(at),
            terms: Default::default(),
        };
        grant.delegates = (0..GRANTS).map(delegation).collect();
        grant.verdict = Verdict::Allow;
        all.push(grant);
    }
    for holder in 0..GRANTS {
        let own = |at| crate::stage::grant(AGENTS * GRANTS + at, Principal::Package(package(holder).into()), held(at));
        all.extend((0..GRANTS).map(own));
    }
    Grants::new(all)
}

fn package(at: u64) -> String {
    format!("bench:package{at}")
}

fn held(at: u64) -> Scope {
    Scope { provider: "host".into(), interface: Some(format!("bench:host/part{at}").into()), functions: vec![] }
}

/// What a package asks for an agent of the owner's.
fn call(id: u64) -> Call {
    let (agent, at) = (format!("agent{}", id / GRANTS), package(id % GRANTS));
    let chain = Chain::new(Principal::Owner)
        .then(
            Capability::of(&format!("agent:{agent}"), "loket:roles/handler"),
            "handle".into(),
            Principal::Agent(agent.into()),
        )
        .then(Capability::of(&at, &format!("{at}/acts")), "act".into(), Principal::Package(at.into()));
    Call {
        chain,
        capability: Capability::host(&format!("bench:host/part{}", id % GRANTS)),
        function: "act".into(),
        args: vec![],
        turn: Arc::new(Turn::new(None, 0, 0, &Limits::default(), Labels::NONE, None)),
        parent: 1,
        terms: Default::default(),
        held: Default::default(),
        number: 2,
    }
}
