//! Which agents and packages there are, and how they are.

use super::publish::signature_info;
use crate::host::Host;
use loket_gateways::desk::{AgentInfo, Health, PackageInfo};

pub(super) fn health(host: &Host) -> Health {
    let world = host.world();
    Health {
        status: "ok".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        home: host.home.root().display().to_string(),
        agents: world.agents.values().filter(|a| a.place.is_ok()).count(),
        packages: world.packages.values().filter(|p| p.refused().is_none()).count(),
        uptime: host.started.elapsed().as_secs(),
        safe_mode: host.guard.is_closed().then(|| host.guard.reason()),
    }
}

pub(super) fn agents(host: &Host) -> Vec<AgentInfo> {
    let world = host.world();
    world
        .agents
        .iter()
        .map(|(name, agent)| AgentInfo {
            name: name.clone(),
            package: agent.package.clone(),
            model: agent.model.clone(),
            state: agent.state(),
            memories: host.shelf.count(name),
        })
        .collect()
}

pub(super) fn packages(host: &Host) -> Vec<PackageInfo> {
    let world = host.world();
    world
        .packages
        .values()
        .map(|package| PackageInfo {
            name: package.item.reference.name.to_string(),
            version: package.item.reference.version.to_string(),
            role: package.item.role().to_owned(),
            state: package.state(),
            digest: package.item.digest.clone(),
            bytes: package.item.bytes.len() as u64,
            signature: signature_info(&package.item.standing),
            yanked: package.item.is_yanked(),
            waits: package.waits.as_ref().map(|waits| waits.digest.clone()),
        })
        .collect()
}
