//! What of today's budgets was used before a restart: counted again from the ledger.

use crate::host::Host;
use loket_kernel::counter::now;
use loket_kernel::grants::{Grant, Scope};
use loket_ledger::{Entry, Kind, Ledger, Seq};
use std::sync::Arc;

const DAY: u64 = 86_400_000;

impl Host {
    /// Counts today's calls under grants that have a limit a day. Blocks; reads only as far back as midnight (UTC).
    pub(crate) fn restore_tally(&self) {
        let limited: Vec<Arc<Grant>> =
            self.counter.grants.now().list(None).into_iter().filter(|g| g.per_day.is_some()).collect();
        if limited.is_empty() {
            return;
        }
        let now = now();
        let mut counts = vec![0u32; limited.len()];
        for entry in since(&self.counter.ledger, now - now % DAY) {
            for (grant, count) in limited.iter().zip(&mut counts) {
                if entry.kind == Kind::Intent && counts_for(grant, &entry) {
                    *count += 1;
                }
            }
        }
        for (grant, count) in limited.iter().zip(counts) {
            self.counter.today.restore(grant.id, now, count);
        }
    }
}

fn counts_for(grant: &Grant, entry: &Entry) -> bool {
    let caller = entry.chain.rsplit(" > ").next().unwrap_or_default();
    let functions = &grant.scope.functions;
    entry.time >= grant.since
        && caller == grant.grantee.to_string()
        && names(&grant.scope, &entry.capability)
        && (functions.is_empty() || functions.iter().any(|f| **f == *entry.function))
}

/// Whether the ledger's words for a capability name something in a scope.
fn names(scope: &Scope, capability: &str) -> bool {
    match &scope.interface {
        Some(_) => scope.name() == capability,
        None => {
            let provider = &*scope.provider;
            capability == provider
                || capability.strip_prefix(provider).is_some_and(|rest| rest.starts_with('/'))
                || capability.strip_suffix(provider).is_some_and(|rest| rest.ends_with(" of "))
        }
    }
}

/// All lines since a moment, oldest first.
fn since(ledger: &Ledger, moment: u64) -> Vec<Entry> {
    let mut lines: Vec<Entry> = Vec::new();
    let mut end = ledger.head().seq.0 + 1;
    while end > 1 {
        let start = end.saturating_sub(1_000).max(1);
        let Ok(chunk) = ledger.read(Seq(start), (end - start) as usize) else { break };
        let old = chunk.iter().any(|e| e.time < moment);
        lines.splice(0..0, chunk.into_iter().filter(|e| e.time >= moment));
        if old {
            break;
        }
        end = start;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ledgers_words_are_matched_to_the_grants_scope() {
        let scope = |provider: &str, interface: Option<&str>| Scope {
            provider: provider.into(),
            interface: interface.map(Into::into),
            functions: vec![],
        };
        for (scope, capability, expect) in [
            (scope("host", Some("loket:brain/memory")), "loket:brain/memory", true),
            (scope("acme:calc", None), "acme:calc/math", true),
            (scope("acme:calc", None), "acme:calculator/math", false),
            (scope("acme:abacus", None), "acme:calc/math of acme:abacus", true),
            (scope("acme:abacus", Some("acme:calc/math")), "acme:calc/math of acme:abacus", true),
            (scope("acme:abacus", Some("acme:calc/math")), "acme:calc/math", false),
        ] {
            assert_eq!(names(&scope, capability), expect, "{scope:?} {capability}");
        }
    }
}
