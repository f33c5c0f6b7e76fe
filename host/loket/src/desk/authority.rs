//! What a principal may really do, and through whom: a tree.
//!
//! Its branches are what the counter would let through: under a provider stand only those of its own grants that were delegated to
//! whoever calls it.

use crate::host::Host;
use loket_gateways::desk::Authority;
use loket_kernel::grants::{Delegation, Grant, Table, Verdict};
use loket_kernel::{Capability, Principal};

/// How deep the tree is shown. Chains are no longer than the counter's own limit.
const DEPTH: usize = 8;

/// The tree of one principal.
pub(super) fn tree(host: &Host, who: &Principal) -> Vec<Authority> {
    let table = host.counter.grants.now();
    table.of(who).iter().map(|grant| branch(&table, grant, None, DEPTH)).collect()
}

/// A grant, as it may be used when everything before it delegates `allowed` (`None`: no one stands before it).
fn branch(table: &Table, grant: &Grant, allowed: Option<&[Delegation]>, depth: usize) -> Authority {
    let holder = Principal::Package(grant.scope.provider.clone());
    let passes = |inner: &Grant| {
        let delegated = |all: &[Delegation]| all.iter().any(|d| d.holder == holder && d.scope == inner.scope);
        delegated(&grant.delegates) && allowed.is_none_or(delegated)
    };
    let through = match (&*grant.scope.provider, depth) {
        (Capability::HOST, _) | (_, 0) => Vec::new(),
        _ => table
            .of(&holder)
            .iter()
            .filter(|inner| passes(inner))
            .map(|inner| branch(table, inner, Some(allowed.unwrap_or(&grant.delegates)), depth - 1))
            .collect(),
    };
    Authority {
        capability: grant.scope.name(),
        provider: grant.scope.provider.to_string(),
        verdict: grant.verdict.name().to_owned(),
        limits: limits(grant),
        through: if grant.verdict == Verdict::Deny { Vec::new() } else { through },
    }
}

fn limits(grant: &Grant) -> String {
    let mut words = Vec::new();
    if !grant.scope.functions.is_empty() {
        words.push(format!("only {}", grant.scope.functions.join(", ")));
    }
    if !grant.terms.is_empty() {
        words.push(grant.terms.to_string());
    }
    words.extend(grant.per_turn.map(|n| format!("{n} calls a turn")));
    words.extend(grant.per_day.map(|n| format!("{n} calls a day")));
    words.join("; ")
}
