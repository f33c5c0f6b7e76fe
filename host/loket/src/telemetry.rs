//! What monitoring is told of a host that serves: counts for whoever asks at `/metrics`, and spans for the collector that the owner named.
//!
//! Both follow the ledger, each for itself. A collector that is slow or gone holds nothing up but its own spans.

use crate::host::Host;
use async_trait::async_trait;
use http::{Request, Response};
use loket_guardian::telemetry::Telemetry as Settings;
use loket_kernel::Terms;
use loket_ledger::Ledger;
use loket_providers::http::client::{Ask, Behalf, Client};
use loket_providers::http::headers::Header;
use loket_providers::http::secret::placeholder;
use loket_providers::http::target::address;
use loket_telemetry::{Exporter, Metrics, Pairs, export};
use opentelemetry_http::{Bytes, HttpClient, HttpError};
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The version that monitoring is told.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// How long a request to a collector may take.
const WHOLE: Duration = Duration::from_secs(10);
/// The longest answer of a collector that is read, in bytes.
const LONGEST: usize = 64 << 10;
/// How much is read at once.
const PIECE: usize = 16 << 10;
/// How long the last spans may take to leave when the host ends.
const LAST: Duration = Duration::from_secs(2);

/// What monitoring is told.
pub(crate) struct Telemetry {
    client: Arc<Client>,
    ledger: Ledger,
    /// Nothing in a host that does not serve.
    metrics: OnceLock<Arc<Metrics>>,
    stop: CancellationToken,
    sending: Mutex<Option<Sending>>,
}

/// A collector that is told.
struct Sending {
    settings: Settings,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Telemetry {
    /// Tells nobody anything yet.
    pub(crate) fn new(client: Client, ledger: Ledger) -> Telemetry {
        Telemetry {
            client: Arc::new(client),
            ledger,
            metrics: OnceLock::new(),
            stop: CancellationToken::new(),
            sending: Mutex::default(),
        }
    }

    /// What is counted, in a host that serves.
    pub(crate) fn metrics(&self) -> Option<&Arc<Metrics>> {
        self.metrics.get()
    }

    /// Counts from now on. Called within tokio.
    fn count(&self) {
        let metrics = self.metrics.get_or_init(|| Arc::new(Metrics::new(VERSION))).clone();
        let (mut lines, stop) = (self.ledger.follow(), self.stop.clone());
        tokio::spawn(async move {
            let mut pairs = Pairs::new();
            loop {
                let entry = tokio::select! {
                    () = stop.cancelled() => return,
                    entry = lines.next() => entry,
                };
                match entry {
                    Some(entry) => pairs.hear(&entry).iter().for_each(|done| metrics.count(done)),
                    None => return,
                }
            }
        });
    }

    /// Tells the collector of the settings, and no other any more. Nobody is told by a host that does not serve. Called within tokio.
    pub(crate) fn line_up(&self, settings: Option<&Settings>) {
        let mut sending = self.sending.lock().unwrap_or_else(PoisonError::into_inner);
        if self.metrics().is_none() || sending.as_ref().map(|now| &now.settings) == settings {
            return;
        }
        if let Some(before) = sending.take() {
            before.stop.cancel();
        }
        *sending = settings.and_then(|settings| {
            let client = Collector::new(self.client.clone(), settings);
            let exporter = client.and_then(|client| Exporter::new(&settings.otlp, client, VERSION));
            let exporter = exporter.inspect_err(|why| tracing::error!(why, "loket.telemetry: nobody is told")).ok()?;
            let stop = self.stop.child_token();
            let every = Duration::from_secs(settings.seconds.into());
            let task = tokio::spawn(export(self.ledger.follow(), exporter, every, stop.clone()));
            Some(Sending { settings: settings.clone(), stop, task })
        });
    }

    /// Tells what is left, and nothing more.
    pub(crate) async fn close(&self) {
        self.stop.cancel();
        let sending = self.sending.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(sending) = sending {
            // A collector that is gone does not keep the host from ending.
            let _ = tokio::time::timeout(LAST, sending.task).await;
        }
    }
}

impl Host {
    /// Counts, and tells the collector that the settings name, from now on until it is closed.
    pub fn measure(&self) {
        self.telemetry.count();
        self.telemetry.line_up(self.settings.live().telemetry.as_ref());
    }
}

/// The way to a collector: the host's own way out, with the secret that the owner named.
struct Collector {
    client: Arc<Client>,
    terms: [Terms; 1],
    shown: Option<Header>,
}

impl Collector {
    fn new(client: Arc<Client>, settings: &Settings) -> Result<Collector, String> {
        let (_, target) = address(&settings.otlp)?;
        // The owner wrote this host, so it may be one of a private network.
        let host = format!("{}:{}", target.host, target.port);
        let named = settings.secret.iter().map(|secret| ("secret", secret.as_str()));
        let terms = [Terms::new([("host", host.as_str())].into_iter().chain(named))];
        let shown = settings.secret.as_deref().map(|secret| {
            let bearer = settings.header.eq_ignore_ascii_case("authorization");
            let value = if bearer { format!("Bearer {}", placeholder(secret)) } else { placeholder(secret) };
            Header { name: settings.header.clone(), value }
        });
        Ok(Collector { client, terms, shown })
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector").field("terms", &self.terms).finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let mut headers: Vec<Header> = self.shown.iter().cloned().collect();
        for (name, value) in &parts.headers {
            headers.push(Header { name: name.as_str().to_owned(), value: value.to_str()?.to_owned() });
        }
        let ask = Ask {
            method: parts.method.as_str().to_owned(),
            url: parts.uri.to_string(),
            headers,
            body: body.to_vec().into(),
            timeout: None,
            retry: None,
        };
        let behalf = Behalf { grants: &self.terms, asker: "host:telemetry".into(), deadline: Instant::now() + WHOLE };
        let (head, mut body) = self.client.send(ask, behalf).await?;
        let mut read = Vec::new();
        while !body.is_over() && read.len() < LONGEST {
            read.extend_from_slice(&body.read(PIECE).await?);
        }
        Ok(Response::builder().status(head.status).body(read.into())?)
    }
}
