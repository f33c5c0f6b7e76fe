//! The way out of spans: OTLP over HTTP, in groups.

use crate::done::Done;
use crate::pairs::Pairs;
use crate::spans::span;
use loket_ledger::Follower;
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_http::HttpClient;
use opentelemetry_otlp::{Protocol, RetryPolicy, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanExporter as _};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

/// The name of the scope in which spans are made.
pub const SCOPE: &str = "loket";
/// The most spans of one request.
const GROUP: usize = 512;
/// The most spans that wait for a collector that does not answer. Of more, the oldest are lost, and counted.
const MOST: usize = 8_192;
/// How long one request may take as a whole.
const WHOLE: Duration = Duration::from_secs(10);

/// A collector.
pub struct Exporter {
    inner: SpanExporter,
    scope: InstrumentationScope,
}

impl Exporter {
    /// The collector at `base`, an address to which `/v1/traces` is added, reached through this client; what it is told of the host itself is its
    /// version.
    ///
    /// # Errors
    /// When `base` is no address.
    pub fn new(base: &str, client: impl HttpClient + 'static, version: &str) -> Result<Exporter, String> {
        let built = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", base.trim_end_matches('/')))
            .with_timeout(WHOLE)
            // What was not taken stays here, and is sent with the next group.
            .with_retry_policy(RetryPolicy::disabled())
            .build();
        let mut inner = built.map_err(|error| error.to_string())?;
        let about = [KeyValue::new("service.name", SCOPE), KeyValue::new("service.version", version.to_owned())];
        inner.set_resource(&Resource::builder_empty().with_attributes(about).build());
        let scope = InstrumentationScope::builder(SCOPE).with_version(version.to_owned()).build();
        Ok(Exporter { inner, scope })
    }
}

/// Sends every turn and call that is over from now on, a group each `every`, until `stop`; then what is left, once.
pub async fn export(mut lines: Follower, exporter: Exporter, every: Duration, stop: CancellationToken) {
    let mut pairs = Pairs::new();
    let mut waiting = Waiting::default();
    let mut tick = interval_at(Instant::now() + every, every);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            entry = lines.next() => match entry {
                Some(entry) => {
                    if let Some(done) = pairs.hear(&entry) {
                        waiting.push(&done, &exporter.scope);
                    }
                    if waiting.spans.len() % GROUP != 0 || waiting.spans.is_empty() || waiting.failed.is_some() {
                        continue;
                    }
                }
                None => break,
            },
            _ = tick.tick() => {}
        }
        waiting.send(&exporter).await;
    }
    waiting.send(&exporter).await;
}

/// What is not sent yet.
#[derive(Default)]
struct Waiting {
    spans: VecDeque<SpanData>,
    lost: u64,
    /// Why the last request came to nothing.
    failed: Option<String>,
}

impl Waiting {
    fn push(&mut self, done: &Done, scope: &InstrumentationScope) {
        if self.spans.len() >= MOST {
            self.spans.pop_front();
            self.lost += 1;
        }
        self.spans.push_back(span(done, scope));
    }

    async fn send(&mut self, exporter: &Exporter) {
        while !self.spans.is_empty() {
            let group: Vec<SpanData> = self.spans.iter().take(GROUP).cloned().collect();
            let count = group.len();
            match exporter.inner.export(group).await {
                Ok(()) => {
                    self.spans.drain(..count);
                    if self.failed.take().is_some() {
                        tracing::info!(lost = std::mem::take(&mut self.lost), "loket.telemetry.back");
                    }
                }
                Err(error) => {
                    let error = error.to_string();
                    // Told once, and not every few seconds.
                    if self.failed.as_ref() != Some(&error) {
                        tracing::warn!(error, waiting = self.spans.len(), "loket.telemetry.not-sent");
                        self.failed = Some(error);
                    }
                    return;
                }
            }
        }
    }
}
