//! Who writes a memory, and what is known of where its words came from: the host says so, never the one who remembers.

use arc_swap::ArcSwap;
use loket_brain::{Entry, Origin, Source};
use loket_kernel::counter::now;
use loket_kernel::{Call, Capability, Labels};
use std::collections::HashMap;
use std::sync::Arc;

/// Which component serves under an address, by provider and version as its capability has them: its package with the version, and the
/// digest of its bytes.
pub type Builds = Arc<ArcSwap<HashMap<(Arc<str>, Arc<str>), Arc<str>>>>;

/// A component's package and the digest of its bytes, in the words of a memory's source.
pub fn build(package: &str, digest: &str) -> Arc<str> {
    format!("{package} sha256:{digest}").into()
}

/// Who writes, in which turn, with what the turn has seen.
pub(crate) fn origin(call: &Call, builds: &Builds) -> Origin {
    let seen = call.turn.labels.get();
    let labels = PAIRS.iter().filter(|(_, ours)| seen.contains(*ours));
    let labels = labels.fold(loket_brain::Labels::NONE, |labels, (theirs, _)| labels.join(*theirs));
    Origin { source: source(call, builds), labels, time: now() }
}

/// Who asks, in which turn.
pub(crate) fn source(call: &Call, builds: &Builds) -> Source {
    Source {
        agent: call.turn.agent.as_deref().unwrap_or_default().to_owned(),
        turn: call.turn.id.to_string(),
        chain: call.chain.text().to_string(),
        package: package(call, builds),
    }
}

/// The component that asks; none when the owner does. It is the one by whose address the last of the chain was reached.
fn package(call: &Call, builds: &Builds) -> Option<String> {
    let Capability { provider, version, .. } = &call.chain.backwards().next()?.via.as_ref()?.0;
    builds.load().get(&(provider.clone(), version.clone())).map(|build| build.to_string())
}

/// The brain's labels and the counter's.
const PAIRS: [(loket_brain::Labels, Labels); 2] =
    [(loket_brain::Labels::PRIVATE, Labels::PRIVATE), (loket_brain::Labels::UNTRUSTED, Labels::UNTRUSTED)];

/// What a turn has seen once it has read something that bears these labels.
pub(crate) fn seen(labels: loket_brain::Labels) -> Labels {
    let known = PAIRS.iter().filter(|(theirs, _)| labels.contains(*theirs));
    known.fold(Labels::NONE, |labels, (_, ours)| labels.join(*ours))
}

/// The same for memories.
pub(crate) fn seen_in<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> Labels {
    seen(entries.into_iter().fold(loket_brain::Labels::NONE, |all, entry| all.join(entry.labels)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use loket_kernel::{Chain, Limits, Principal, Turn};

    fn call(chain: Chain) -> Call {
        let turn = Turn::new(Some("ann".into()), 7, 0, &Limits::default(), Labels::UNTRUSTED, None);
        Call {
            chain,
            capability: Capability::host("loket:brain/memory"),
            function: "remember".into(),
            args: Vec::new(),
            turn: Arc::new(turn),
            parent: 0,
            terms: Default::default(),
            held: Default::default(),
            number: 1,
        }
    }

    #[test]
    fn a_memory_names_the_component_at_the_end_of_the_chain_and_none_when_the_owner_writes() {
        let builds = Builds::default();
        let known = [("agent:ann", ""), ("acme:notes", ""), ("acme:notes", "1.0.0")];
        let known = known.map(|(provider, version)| {
            ((provider.into(), version.into()), build(&format!("{provider}@{version}"), "00ff"))
        });
        builds.store(Arc::new(known.into()));
        let owner = Chain::new(Principal::Owner);
        let agent = Capability::of("agent:ann", "loket:roles/handler");
        let agent = owner.then(agent, "handle".into(), Principal::Agent("ann".into()));
        let tool = |version: &str| {
            let tool = Capability::of("acme:notes", "acme:notes/acts").at_version(version);
            agent.then(tool, "note".into(), Principal::Package("acme:notes".into()))
        };
        for (chain, expect) in [
            (owner.clone(), None),
            (agent.clone(), Some("agent:ann@ sha256:00ff")),
            (tool(""), Some("acme:notes@ sha256:00ff")),
            (tool("1.0.0"), Some("acme:notes@1.0.0 sha256:00ff")),
            (tool("2.0.0"), None),
        ] {
            let origin = origin(&call(chain.clone()), &builds);
            assert_eq!(origin.source.package.as_deref(), expect, "{}", chain.text());
            assert_eq!(origin.labels, loket_brain::Labels::UNTRUSTED);
        }
    }
}
