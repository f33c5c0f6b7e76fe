//! An agent's manifest and the host's settings, as anyone may drop them into a home: read, or refused with a report; and what was read
//! keeps to its bounds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loket_guardian::config::HostConfig;
use loket_guardian::manifest::AgentManifest;

fuzz_target!(|text: &str| {
    if let Err(report) = AgentManifest::parse("agents/fuzz/agent.toml", text) {
        assert!(!report.to_string().is_empty(), "a refusal says why");
    }
    match HostConfig::parse("loket.toml", text) {
        Ok(config) => assert!(config.live.limits.depth <= 64, "limits are bounded"),
        Err(report) => assert!(!report.to_string().is_empty(), "a refusal says why"),
    }
});
