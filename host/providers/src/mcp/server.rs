//! A server of the settings: connected when it is first needed, and again when the connection broke, with ever longer rests between.

use super::asked::Asked;
use super::child::{self, Ground};
use super::lines::Watch;
use super::pins::Said;
use super::session::{Heard, Session};
use super::{Inner, remote};
use loket_guardian::mcp::{McpEntry, McpName, Way};
use loket_kernel::CallError;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, mpsc};

/// How long a server rests after its first failure; twice as long after each further one.
const REST: Duration = Duration::from_secs(1);
/// How long at most.
const LONGEST_REST: Duration = Duration::from_secs(300);
/// How many calls in a row may be left without an answer.
const MOST_LATE: u32 = 3;
/// How long a server that was said to have other tools is left before it is asked.
const SETTLE: Duration = Duration::from_millis(500);

/// A server, as the settings have it.
pub(super) struct Server {
    pub(super) name: McpName,
    pub(super) entry: McpEntry,
    /// The connection, also one that has ended.
    session: RwLock<Option<Arc<Session>>>,
    /// What it said of its tools last, also before it ended.
    said: Heard,
    /// Held while a connection is made.
    link: Mutex<Link>,
    /// Whether it is only spoken to in the older way.
    older: AtomicBool,
    /// How many calls in a row it did not answer.
    late: AtomicU32,
    inner: Weak<Inner>,
}

#[derive(Default)]
struct Link {
    failures: u32,
    rests: Option<(Instant, String)>,
    /// Whether its settings are gone.
    closed: bool,
}

impl Server {
    pub(super) fn new(name: McpName, entry: McpEntry, inner: Weak<Inner>) -> Server {
        let (session, said, link) = (RwLock::default(), Heard::default(), Mutex::default());
        Server { name, entry, session, said, link, older: AtomicBool::new(false), late: AtomicU32::new(0), inner }
    }

    /// The connection, if there is one.
    pub(super) fn open(&self) -> Option<Arc<Session>> {
        let session = self.session.read().unwrap_or_else(PoisonError::into_inner);
        session.clone().filter(|session| session.is_open())
    }

    /// What it said of its tools last, if it was ever asked.
    pub(super) fn said(&self) -> Option<Arc<Said>> {
        self.said.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn replace(&self, session: Option<Arc<Session>>) -> Option<Arc<Session>> {
        std::mem::replace(&mut *self.session.write().unwrap_or_else(PoisonError::into_inner), session)
    }

    /// The connection; one is made where there is none.
    ///
    /// # Errors
    /// `unavailable` while it rests, or when it cannot be connected.
    pub(super) async fn session(&self) -> Result<Arc<Session>, CallError> {
        if let Some(session) = self.open() {
            return Ok(session);
        }
        let mut link = self.link.lock().await;
        // Somebody else may have connected it meanwhile.
        if let Some(session) = self.open() {
            return Ok(session);
        }
        if let Some(ended) = self.replace(None) {
            // It began, and did not stay.
            link.fail(ended.why());
        }
        let older = self.older.load(Ordering::Relaxed);
        let unavailable = |why: &str| CallError::Unavailable(why.to_owned());
        if link.closed {
            return Err(unavailable("it was taken out of `loket.toml`"));
        }
        if let Some((until, why)) = &link.rests {
            let left = until.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                return Err(unavailable(&format!("it rests for {} s, because {why}", left.as_secs() + 1)));
            }
        }
        let mut connected = self.connect().await;
        if connected.is_err() && self.older.load(Ordering::Relaxed) && !older {
            connected = self.connect().await;
        }
        match connected {
            Ok(session) => {
                let session = Arc::new(session);
                self.replace(Some(session.clone()));
                let (revision, about) = session.about();
                tracing::info!(server = self.name.as_str(), revision, about, "loket.mcp.connected");
                drop(link);
                if let Some(inner) = self.inner.upgrade() {
                    inner.serve(&self.name);
                }
                Ok(session)
            }
            Err(why) => {
                tracing::warn!(server = self.name.as_str(), why, "loket.mcp.unavailable");
                link.fail(why.clone());
                Err(unavailable(&why))
            }
        }
    }

    /// It did what it was asked, or the owner asks: it need not rest, and the next failure is a first one.
    pub(super) async fn wake(&self) {
        self.late.store(0, Ordering::Relaxed);
        let mut link = self.link.lock().await;
        (link.failures, link.rests) = (0, None);
    }

    /// It did not answer in time. Where that is usual, it is ended, and begun anew at the next call.
    pub(super) async fn was_late(&self) {
        if self.late.fetch_add(1, Ordering::Relaxed) + 1 >= MOST_LATE {
            self.late.store(0, Ordering::Relaxed);
            self.link.lock().await.fail(format!("it did not answer {MOST_LATE} calls in a row"));
            self.hang_up().await;
        }
    }

    /// Ends the connection for good: its settings are gone.
    pub(super) async fn end(&self) {
        self.link.lock().await.closed = true;
        self.hang_up().await;
    }

    async fn hang_up(&self) {
        if let Some(session) = self.replace(None) {
            session.end().await;
        }
    }

    async fn connect(&self) -> Result<Session, String> {
        let inner = self.inner.upgrade().ok_or("the host is shutting down")?;
        let watch = Arc::new(Watch::default());
        let (changed, told) = mpsc::channel(1);
        let roots: Vec<PathBuf> = match &self.entry.way {
            Way::Child(child) => child.folders.iter().map(|folder| folder.path.clone()).collect(),
            Way::Remote { .. } => Vec::new(),
        };
        let asked = Asked { name: self.name.to_string(), roots, changed };
        let session = match &self.entry.way {
            Way::Child(child) => {
                let place = inner.parts.place.join(self.name.as_str());
                let launcher = inner.parts.launch.now();
                let ground = Ground {
                    launcher: &launcher,
                    folders: &inner.parts.folders,
                    secrets: &*inner.parts.secrets,
                    place: &place,
                };
                let started = child::start(&self.name, &self.entry, child, ground, &watch).await?;
                let transport = (started.output, started.input);
                Session::begin(transport, asked, watch, self.said.clone(), &self.older, Some(started.attendant)).await?
            }
            Way::Remote { url, secret } => {
                let transport = remote::transport(&self.name, url, secret.as_deref(), &inner.parts.client)?;
                Session::begin(transport, asked, watch, self.said.clone(), &self.older, None).await?
            }
        };
        tokio::spawn(listen(self.inner.clone(), self.name.clone(), told));
        Ok(session)
    }
}

impl Link {
    fn fail(&mut self, why: String) {
        let rest = REST.saturating_mul(1 << self.failures.min(16)).min(LONGEST_REST);
        self.failures = self.failures.saturating_add(1);
        self.rests = Some((Instant::now() + rest, why));
    }
}

/// Asks a server for its tools whenever it says that they are others, until the connection ends.
async fn listen(inner: Weak<Inner>, name: McpName, mut told: mpsc::Receiver<()>) {
    while told.recv().await.is_some() {
        // One that says so all the time is asked twice a second.
        tokio::time::sleep(SETTLE).await;
        let Some(inner) = inner.upgrade() else { return };
        let Some(session) = inner.server(&name).and_then(|server| server.open()) else { return };
        if let Err(why) = session.list().await {
            tracing::warn!(server = name.as_str(), why, "loket.mcp.unlisted");
        }
        inner.serve(&name);
    }
}
