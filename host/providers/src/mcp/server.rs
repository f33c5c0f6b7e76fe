//! A server of the settings: connected when it is first needed, and again when the connection broke, with ever longer rests between.

use super::asked::{Asked, May};
use super::child::{self, Ground};
use super::doing::Doing;
use super::lines::Watch;
use super::login::Login;
use super::pins::Said;
use super::remote::Opens;
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
    /// How one logs in, where it is asked over HTTP and no secret opens it.
    pub(super) login: Option<Arc<Login>>,
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
    pub(super) fn new(name: McpName, entry: McpEntry, login: Option<Arc<Login>>, inner: Weak<Inner>) -> Server {
        let (session, said, link) = (RwLock::default(), Heard::default(), Mutex::default());
        let (older, late) = (AtomicBool::new(false), AtomicU32::new(0));
        Server { name, entry, login, session, said, link, older, late, inner }
    }

    /// Why it wants its owner to log in, if that is what it waits for.
    pub(super) fn needs_login(&self) -> Option<String> {
        self.login.as_ref().and_then(|login| login.needs())
    }

    /// What it may ask for now.
    fn may(&self) -> May {
        let inner = self.inner.upgrade();
        inner.map_or(May { think: false, elicit: false }, |inner| inner.may(&self.name, &self.entry))
    }

    /// The connection, if there is one that was told what the server may ask for now: what it is told holds as long as it is connected.
    fn apt(&self) -> Option<Arc<Session>> {
        self.open().filter(|session| session.is_busy() || session.may() == self.may())
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
        if let Some(session) = self.apt() {
            return Ok(session);
        }
        let mut link = self.link.lock().await;
        // Somebody else may have connected it meanwhile.
        if let Some(session) = self.apt() {
            return Ok(session);
        }
        match self.replace(None) {
            Some(other) if other.is_open() => other.end().await,
            // It began, and did not stay.
            Some(ended) => link.fail(ended.why()),
            None => {}
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
                // Whoever is to log in need not wait for it besides.
                if self.needs_login().is_none() {
                    link.fail(why.clone());
                }
                Err(unavailable(&why))
            }
        }
    }

    /// It did what it was asked, or the owner asks: it need not rest, and the next failure is a first one.
    pub(super) async fn wake(&self) {
        self.late.store(0, Ordering::Relaxed);
        if let Some(login) = &self.login {
            login.ask_anew();
        }
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

    /// Ends the connection; the next call makes another.
    pub(super) async fn hang_up(&self) {
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
        let (may, doing) = (self.may(), Doing::default());
        let asked = Asked { name: self.name.clone(), roots, changed, may, doing, inner: self.inner.clone() };
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
                let opens = match (secret, &self.login) {
                    (Some(secret), _) => Opens::Secret(secret.as_str().into()),
                    (None, Some(login)) => Opens::Login(login.clone()),
                    (None, None) => return Err("its address cannot be used".into()),
                };
                let transport = remote::transport(&self.name, url, opens, &inner.parts.client)?;
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
