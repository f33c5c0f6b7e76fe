//! One session: what its client sends, on its way to whoever serves it; and what is told back, each to the stream where it belongs.
//!
//! An idle one is a few hundred bytes: nothing runs for it here.

use super::kept::Kept;
use rmcp::RoleServer;
use rmcp::model::{
    ClientJsonRpcMessage, ClientNotification, GetExtensions as _, GetMeta as _, JsonRpcMessage, ProgressToken,
    RequestId, ServerJsonRpcMessage, ServerNotification,
};
use rmcp::service::OriginatingRequestId;
use rmcp::transport::Transport;
use rmcp::transport::streamable_http_server::session::{EventStream, ServerSseMessage};
use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, oneshot};

/// Messages that wait to be served; who sends more is refused.
const MOST_WAITING: usize = 256;
/// The most requests at once.
const AT_ONCE: usize = 100;
/// After how long a client that was cut off may come back.
const RETRY: Duration = Duration::from_secs(3);

/// A session.
pub(super) struct Session {
    inner: Mutex<Inner>,
    arrived: Notify,
    kept: Arc<Kept>,
}

#[derive(Default)]
struct Inner {
    waiting: VecDeque<ClientJsonRpcMessage>,
    closed: bool,
    /// Waits for the answer by which it begins.
    begins: Option<oneshot::Sender<ServerJsonRpcMessage>>,
    has_begun: bool,
    /// Where what belongs to a request is told.
    requests: HashMap<RequestId, u64>,
    progress: HashMap<ProgressToken, u64>,
    used: Option<Instant>,
}

/// Why a message is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTaken {
    #[error("the session has ended")]
    Ended,
    #[error("{MOST_WAITING} messages wait already")]
    Full,
    #[error("{AT_ONCE} requests run already")]
    Busy,
}

impl Session {
    pub(super) fn new() -> Arc<Session> {
        let inner = Inner { used: Some(Instant::now()), ..Inner::default() };
        Arc::new(Session { inner: Mutex::new(inner), arrived: Notify::new(), kept: Kept::new() })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, inner: &mut Inner, message: ClientJsonRpcMessage) -> Result<(), NotTaken> {
        if inner.closed {
            return Err(NotTaken::Ended);
        }
        if inner.waiting.len() >= MOST_WAITING {
            return Err(NotTaken::Full);
        }
        inner.waiting.push_back(message);
        inner.used = Some(Instant::now());
        self.arrived.notify_one();
        Ok(())
    }

    /// Begins: takes the first request, and waits for its answer.
    pub(super) async fn begin(&self, message: ClientJsonRpcMessage) -> Result<ServerJsonRpcMessage, NotTaken> {
        let (tell, told) = oneshot::channel();
        {
            let mut inner = self.inner();
            inner.begins = Some(tell);
            self.push(&mut inner, message)?;
        }
        told.await.map_err(|_| NotTaken::Ended)
    }

    /// Takes a message that has no answer.
    pub(super) fn accept(&self, message: ClientJsonRpcMessage) -> Result<(), NotTaken> {
        let mut inner = self.inner();
        if let JsonRpcMessage::Notification(note) = &message
            && let ClientNotification::CancelledNotification(cancelled) = &note.notification
            && let Some(stream) = cancelled.params.request_id.as_ref().and_then(|id| inner.requests.remove(id))
        {
            inner.progress.retain(|_, own| *own != stream);
            self.kept.end(stream);
        }
        self.push(&mut inner, message)
    }

    /// Takes a request; answers with what is told to it, and the answer at the end.
    pub(super) fn request(&self, message: ClientJsonRpcMessage) -> Result<EventStream, NotTaken> {
        let mut inner = self.inner();
        if inner.requests.len() >= AT_ONCE {
            return Err(NotTaken::Busy);
        }
        let stream = self.kept.begin();
        if let JsonRpcMessage::Request(request) = &message {
            inner.requests.insert(request.id.clone(), stream);
            if let Some(token) = request.request.get_meta().get_progress_token() {
                inner.progress.insert(token, stream);
            }
        }
        let events = self.kept.tell(stream, Some(0));
        self.kept.keep(stream, ServerSseMessage::retry(RETRY));
        if let Err(error) = self.push(&mut inner, message) {
            inner.requests.retain(|_, own| *own != stream);
            inner.progress.retain(|_, own| *own != stream);
            self.kept.end(stream);
            return Err(error);
        }
        Ok(events)
    }

    /// What is told outside of requests.
    pub(super) fn follow(&self) -> EventStream {
        self.inner().used = Some(Instant::now());
        self.kept.follow()
    }

    /// What was told after an event, and what will be; none for one that is not kept.
    pub(super) fn resume(&self, last: &str) -> Option<EventStream> {
        self.inner().used = Some(Instant::now());
        self.kept.after(last)
    }

    /// Ends it.
    pub(super) fn close(&self) {
        let mut inner = self.inner();
        inner.closed = true;
        inner.begins = None;
        drop(inner);
        self.arrived.notify_one();
        self.kept.close();
    }

    /// Forgets what had its answer long ago; answers with how long nobody has used it, if it waits for nothing; and whether it has begun.
    pub(super) fn sweep(&self) -> (Option<Duration>, bool) {
        self.kept.sweep();
        let inner = self.inner();
        let idle = inner.used.filter(|_| inner.requests.is_empty()).map(|used| used.elapsed());
        (idle, inner.has_begun)
    }

    /// Tells a message to the stream where it belongs.
    fn tell(&self, message: ServerJsonRpcMessage) {
        let mut inner = self.inner();
        let stream = match &message {
            JsonRpcMessage::Response(response) => Some(response.id.clone()),
            JsonRpcMessage::Error(error) => error.id.clone(),
            _ => None,
        };
        let stream = match (stream, &message) {
            (Some(id), _) => {
                if !inner.has_begun {
                    inner.has_begun = true;
                    if let Some(begins) = inner.begins.take() {
                        drop(begins.send(message));
                        return;
                    }
                }
                // One that was cancelled is answered no more.
                let Some(stream) = inner.requests.remove(&id) else { return };
                inner.progress.retain(|_, own| *own != stream);
                inner.used = Some(Instant::now());
                stream
            }
            (None, JsonRpcMessage::Request(request)) => {
                let of = request.request.extensions().get::<OriginatingRequestId>();
                of.and_then(|of| inner.requests.get(&of.0)).copied().unwrap_or_default()
            }
            (None, JsonRpcMessage::Notification(note)) => match &note.notification {
                ServerNotification::ProgressNotification(progress) => {
                    inner.progress.get(&progress.params.progress_token).copied().unwrap_or_default()
                }
                _ => 0,
            },
            _ => 0,
        };
        drop(inner);
        self.kept.keep(stream, ServerSseMessage::from_message(message));
    }
}

/// A session, as whoever serves it meets it.
pub(crate) struct Wire(pub(super) Arc<Session>);

impl Transport<RoleServer> for Wire {
    type Error = Infallible;

    fn send(&mut self, message: ServerJsonRpcMessage) -> impl Future<Output = Result<(), Infallible>> + Send + 'static {
        self.0.tell(message);
        std::future::ready(Ok(()))
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        loop {
            {
                let mut inner = self.0.inner();
                if inner.closed {
                    return None;
                }
                if let Some(message) = inner.waiting.pop_front() {
                    return Some(message);
                }
            }
            self.0.arrived.notified().await;
        }
    }

    async fn close(&mut self) -> Result<(), Infallible> {
        self.0.close();
        Ok(())
    }
}
