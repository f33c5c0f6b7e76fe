//! Counts and times, as Prometheus reads them: the OpenMetrics text format, version 1.0.0.
//!
//! Names come from packages and from agents' manifests, so how many there are is bounded: what comes after that is counted together, as `other`.

use crate::done::Done;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabel as _, EncodeLabelSet, LabelSetEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::collections::HashSet;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// The content type of [`Metrics::text`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// How many different agents are counted apart.
const MOST_AGENTS: usize = 1_000;
/// How many different capabilities are counted apart.
const MOST_CAPABILITIES: usize = 500;
/// How many different models are counted apart.
const MOST_MODELS: usize = 100;
/// The name under which the rest is counted.
const OTHER: &str = "other";

/// Where a turn's times are cut, in seconds: from an answer out of a cache to a long piece of work.
const TURN_SECONDS: [f64; 12] = [0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0, 600.0];
/// The same for a call, of which most stay within the machine.
const CALL_SECONDS: [f64; 10] = [0.001, 0.0025, 0.01, 0.05, 0.25, 1.0, 2.5, 10.0, 60.0, 600.0];

/// Names and values.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Labels<const N: usize>([(&'static str, Arc<str>); N]);

impl<const N: usize> EncodeLabelSet for Labels<N> {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), fmt::Error> {
        self.0.iter().try_for_each(|(name, value)| (*name, &**value).encode(encoder.encode_label()))
    }
}

/// What the host says of itself at the moment when it is asked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Gauges {
    /// The agents that are ready.
    pub agents: u64,
    /// The packages that serve.
    pub packages: u64,
    /// The turns that run.
    pub running: u64,
    /// What waits at the counter for its owner.
    pub waiting: u64,
    /// Whether the host is in safe mode.
    pub safe_mode: bool,
    /// The place of the newest line of the ledger.
    pub ledger: u64,
    /// When the process began, in seconds since 1970.
    pub since: f64,
    /// The memory that is resident, in bytes; 0 where the system does not say.
    pub memory: u64,
}

/// All that is counted since the host began.
pub struct Metrics {
    registry: Registry,
    turns: Family<Labels<3>, Counter>,
    turn_seconds: Family<Labels<1>, Histogram, fn() -> Histogram>,
    calls: Family<Labels<2>, Counter>,
    call_seconds: Family<Labels<1>, Histogram, fn() -> Histogram>,
    tokens: Family<Labels<3>, Counter>,
    agents: Names,
    capabilities: Names,
    models: Names,
    now: Now,
}

#[derive(Default)]
struct Now {
    agents: Gauge,
    packages: Gauge,
    running: Gauge,
    waiting: Gauge,
    safe_mode: Gauge,
    ledger: Gauge,
    since: Gauge<f64, std::sync::atomic::AtomicU64>,
    memory: Gauge,
}

/// The names that are counted apart.
struct Names {
    most: usize,
    known: Mutex<HashSet<Arc<str>>>,
}

impl Names {
    fn new(most: usize) -> Names {
        Names { most, known: Mutex::default() }
    }

    fn name(&self, name: &Arc<str>) -> Arc<str> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains(name) {
            if known.len() >= self.most {
                return OTHER.into();
            }
            known.insert(name.clone());
        }
        name.clone()
    }
}

impl Metrics {
    /// Nothing is counted yet. `version` is the host's.
    pub fn new(version: &str) -> Metrics {
        let turn_seconds: fn() -> Histogram = || Histogram::new(TURN_SECONDS);
        let call_seconds: fn() -> Histogram = || Histogram::new(CALL_SECONDS);
        let mut metrics = Metrics {
            registry: Registry::default(),
            turns: Family::default(),
            turn_seconds: Family::new_with_constructor(turn_seconds),
            calls: Family::default(),
            call_seconds: Family::new_with_constructor(call_seconds),
            tokens: Family::default(),
            agents: Names::new(MOST_AGENTS),
            capabilities: Names::new(MOST_CAPABILITIES),
            models: Names::new(MOST_MODELS),
            now: Now::default(),
        };
        let build = Family::<Labels<1>, Gauge>::default();
        build.get_or_create(&Labels([("version", version.into())])).set(1);
        let own = metrics.registry.sub_registry_with_prefix("loket");
        own.register("build_info", "The version of the host; always 1", build);
        own.register("turns", "Turns that are over", metrics.turns.clone());
        own.register("turn_seconds", "How long turns took, in seconds", metrics.turn_seconds.clone());
        own.register("calls", "Calls at the counter that are over, refused ones included", metrics.calls.clone());
        own.register("call_seconds", "How long calls at the counter took, in seconds", metrics.call_seconds.clone());
        own.register("model_tokens", "Tokens, as models count them", metrics.tokens.clone());
        let now = &metrics.now;
        own.register("agents", "Agents that are ready", now.agents.clone());
        own.register("packages", "Packages that serve", now.packages.clone());
        own.register("turns_running", "Turns that run now", now.running.clone());
        own.register("approvals_waiting", "Calls that wait for the owner's answer now", now.waiting.clone());
        own.register("safe_mode", "1 while the host is in safe mode", now.safe_mode.clone());
        own.register("ledger_lines", "The lines of the ledger", now.ledger.clone());
        let process = metrics.registry.sub_registry_with_prefix("process");
        process.register("start_time_seconds", "When the process began, in seconds since 1970", now.since.clone());
        process.register("resident_memory_bytes", "Resident memory, in bytes", now.memory.clone());
        metrics
    }

    /// Counts what is over.
    pub fn count(&self, done: &Done) {
        let outcome: Arc<str> = done.outcome.word().into();
        let seconds = done.took() as f64 / 1_000.0;
        if done.is_turn() {
            let agent = self.agents.name(&done.agent);
            let code: Arc<str> = done.outcome.code().unwrap_or_default().into();
            let labels = Labels([("agent", agent), ("outcome", outcome.clone()), ("code", code)]);
            self.turns.get_or_create(&labels).inc();
            self.turn_seconds.get_or_create(&Labels([("outcome", outcome)])).observe(seconds);
            return;
        }
        let capability = self.capabilities.name(&done.capability);
        self.calls.get_or_create(&Labels([("capability", capability.clone()), ("outcome", outcome)])).inc();
        self.call_seconds.get_or_create(&Labels([("capability", capability)])).observe(seconds);
        if let (Some(package), Some(usage)) = (done.model_package(), &done.usage) {
            let model = self.models.name(&usage.model.as_str().into());
            let package: Arc<str> = self.capabilities.name(&package.into());
            for (kind, tokens) in [("input", usage.input), ("cached", usage.cached), ("output", usage.output)] {
                let labels = Labels([("package", package.clone()), ("model", model.clone()), ("kind", kind.into())]);
                self.tokens.get_or_create(&labels).inc_by(tokens);
            }
        }
    }

    /// All of it as text, with what the host says of itself now.
    ///
    /// # Errors
    /// Never, as it is written into memory; the library cannot know that.
    pub fn text(&self, now: Gauges) -> Result<String, fmt::Error> {
        let own = &self.now;
        let all = [
            (&own.agents, now.agents),
            (&own.packages, now.packages),
            (&own.running, now.running),
            (&own.waiting, now.waiting),
            (&own.safe_mode, now.safe_mode.into()),
            (&own.ledger, now.ledger),
            (&own.memory, now.memory),
        ];
        for (gauge, value) in all {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        }
        own.since.set(now.since);
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::done::Outcome;
    use crate::usage::Usage;
    use loket_ledger::TurnId;

    fn done(call: u32, agent: &str, capability: &str, outcome: Outcome) -> Done {
        Done {
            turn: TurnId(7),
            call,
            parent: 0,
            agent: agent.into(),
            chain: "".into(),
            capability: capability.into(),
            function: "complete".into(),
            begun: 1_000,
            ended: 1_020,
            outcome,
            usage: None,
        }
    }

    #[test]
    fn what_is_over_is_counted_once_by_its_end_and_a_models_tokens_by_the_model() {
        let metrics = Metrics::new("1.2.3");
        metrics.count(&done(0, "ann", "", Outcome::Done));
        metrics.count(&done(0, "ann", "", Outcome::Failed("exhausted".into())));
        metrics.count(&done(1, "ann", "loket:http/client", Outcome::Refused("denied".into())));
        let usage = Some(Usage { model: "m-1".into(), input: 40, cached: 8, output: 2, stop: "finished".into() });
        // The router's own call has the model's in it: its tokens are not counted twice.
        for capability in ["loket:model/chat", "loket:model/chat of loket:openai"] {
            metrics.count(&Done { usage: usage.clone(), ..done(2, "ann", capability, Outcome::Done) });
        }
        let text = metrics.text(Gauges { agents: 3, safe_mode: true, ..Gauges::default() }).expect("it is written");
        for line in [
            r#"loket_build_info{version="1.2.3"} 1"#,
            r#"loket_turns_total{agent="ann",outcome="done",code=""} 1"#,
            r#"loket_turns_total{agent="ann",outcome="failed",code="exhausted"} 1"#,
            r#"loket_turn_seconds_bucket{le="0.025",outcome="done"} 1"#,
            r#"loket_turn_seconds_bucket{le="0.005",outcome="done"} 0"#,
            r#"loket_calls_total{capability="loket:http/client",outcome="refused"} 1"#,
            r#"loket_model_tokens_total{package="loket:openai",model="m-1",kind="input"} 40"#,
            "loket_agents 3",
            "loket_safe_mode 1",
            "# EOF",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in:\n{text}");
        }
    }

    #[test]
    fn names_without_end_are_counted_together() {
        let metrics = Metrics::new("1");
        for number in 0..MOST_AGENTS + 5 {
            metrics.count(&done(0, &format!("agent-{number}"), "", Outcome::Done));
        }
        let text = metrics.text(Gauges::default()).expect("it is written");
        let turns = text.lines().filter(|line| line.starts_with("loket_turns_total")).count();
        assert_eq!(turns, MOST_AGENTS + 1);
        assert!(text.contains(r#"loket_turns_total{agent="other",outcome="done",code=""} 5"#), "{text}");
    }

    #[test]
    fn a_name_with_quotes_and_line_ends_stays_within_its_line() {
        let metrics = Metrics::new("1");
        metrics.count(&done(1, "", "a\"b\\c\nd 7\n", Outcome::Done));
        let text = metrics.text(Gauges::default()).expect("it is written");
        assert!(text.contains(r#"capability="a\"b\\c\nd 7\n""#), "{text}");
    }
}
