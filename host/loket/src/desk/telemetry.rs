//! What is counted, with how it is now.

use super::{lists, wrong};
use crate::host::Host;
use loket_gateways::desk::Problem;
use loket_kernel::counter::now;
use loket_telemetry::Gauges;

pub(super) fn metrics(host: &Host) -> Result<String, Problem> {
    let Some(metrics) = host.telemetry.metrics() else {
        return Err(wrong("unavailable", "only a host that serves counts", "loket serve"));
    };
    let health = lists::health(host);
    let gauges = Gauges {
        agents: health.agents as u64,
        packages: health.packages as u64,
        running: host.running.count() as u64,
        waiting: host.asks.turns_that_wait() as u64,
        safe_mode: health.safe_mode.is_some(),
        ledger: host.counter.ledger.head().seq.0,
        since: now() as f64 / 1_000.0 - host.started.elapsed().as_secs_f64(),
        memory: resident(),
    };
    metrics.text(gauges).map_err(|error| wrong("failed", error.to_string(), "loket doctor"))
}

/// The resident memory of this process, in bytes; 0 where the system does not say.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: Option<u64> = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kib.unwrap_or_default() << 10
}
