//! One session: what its client sends, on its way to whoever serves it; and what is told back, each to the stream where it belongs.
//!
//! rmcp's loop serves it only as long as there is something to do. An idle one is a few hundred bytes, and nothing runs for it.

use super::handler::Handler;
use super::kept::Kept;
use futures::stream;
use rmcp::RoleServer;
use rmcp::model::{
    ClientJsonRpcMessage, ClientNotification, ErrorData, GetExtensions as _, GetMeta as _, JsonRpcMessage,
    ProgressToken, RequestId, ServerJsonRpcMessage, ServerNotification,
};
use rmcp::service::{OriginatingRequestId, serve_directly};
use rmcp::transport::Transport;
use rmcp::transport::streamable_http_server::session::{EventStream, ServerSseMessage};
use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, oneshot};
use tokio_util::sync::CancellationToken;

/// Messages that wait to be served; who sends more is refused.
const MOST_WAITING: usize = 256;
/// The most requests at once.
const AT_ONCE: usize = 100;
/// After how long a client that was cut off may come back.
pub(super) const RETRY: Duration = Duration::from_secs(3);

/// A session.
pub(super) struct Session {
    inner: Mutex<Inner>,
    arrived: Notify,
    pub(super) kept: Arc<Kept>,
    /// What answers its client.
    pub(super) handler: Handler,
}

#[derive(Default)]
struct Inner {
    waiting: VecDeque<ClientJsonRpcMessage>,
    closed: bool,
    /// Waits for the answer by which it begins.
    begins: Option<oneshot::Sender<ServerJsonRpcMessage>>,
    has_begun: bool,
    /// Whether rmcp's loop serves it now.
    is_served: bool,
    /// How often the client was asked something: each loop counts from 0, and no question of a session has another's number.
    asked: i64,
    /// The requests in work.
    requests: HashMap<RequestId, InWork>,
    used: Option<Instant>,
}

/// A request in work.
struct InWork {
    /// Where what belongs to it is told.
    stream: u64,
    progress: Option<ProgressToken>,
    /// Ends one that rmcp's loop knows nothing of.
    cancel: Option<CancellationToken>,
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
    #[error("a request with the id `{0}` is in work: take another id")]
    SameId(RequestId),
    #[error("a request with this progress token is in work: take another token")]
    SameProgress,
}

impl NotTaken {
    /// The answer to a request that is not taken.
    pub(super) fn answer(&self, id: RequestId) -> ServerJsonRpcMessage {
        let why = self.to_string();
        let error = match self {
            NotTaken::SameId(_) | NotTaken::SameProgress => ErrorData::invalid_request(why, None),
            NotTaken::Ended | NotTaken::Full | NotTaken::Busy => ErrorData::internal_error(why, None),
        };
        ServerJsonRpcMessage::error(error, Some(id))
    }
}

impl Session {
    /// One that rmcp's loop is about to serve, until it has begun.
    pub(super) fn new(handler: Handler) -> Arc<Session> {
        let inner = Inner { used: Some(Instant::now()), is_served: true, ..Inner::default() };
        let session =
            Arc::new(Session { inner: Mutex::new(inner), arrived: Notify::new(), kept: Kept::new(), handler });
        session.handler.is_for(&session);
        session
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(self: &Arc<Session>, inner: &mut Inner, message: ClientJsonRpcMessage) -> Result<(), NotTaken> {
        if inner.closed {
            return Err(NotTaken::Ended);
        }
        if inner.waiting.len() >= MOST_WAITING {
            return Err(NotTaken::Full);
        }
        inner.waiting.push_back(message);
        inner.used = Some(Instant::now());
        if std::mem::replace(&mut inner.is_served, true) {
            self.arrived.notify_one();
        } else {
            // It ends by itself when nothing is left to do.
            let wire = Wire { session: self.clone(), base: inner.asked };
            let service = serve_directly(self.handler.clone(), wire, self.handler.client());
            tokio::spawn(service.waiting());
        }
        Ok(())
    }

    /// Begins: takes the first request, and waits for its answer.
    pub(super) async fn begin(
        self: &Arc<Session>,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, NotTaken> {
        let (tell, told) = oneshot::channel();
        {
            let mut inner = self.inner();
            inner.begins = Some(tell);
            self.push(&mut inner, message)?;
        }
        told.await.map_err(|_| NotTaken::Ended)
    }

    /// Takes a message that has no answer.
    pub(super) fn accept(self: &Arc<Session>, message: ClientJsonRpcMessage) -> Result<(), NotTaken> {
        if let JsonRpcMessage::Notification(note) = &message
            && let ClientNotification::InitializedNotification(_) = &note.notification
        {
            self.handler.listen_for(self);
        }
        let mut inner = self.inner();
        if let JsonRpcMessage::Notification(note) = &message
            && let ClientNotification::CancelledNotification(cancelled) = &note.notification
            && let Some(gone) = cancelled.params.request_id.as_ref().and_then(|id| inner.requests.remove(id))
        {
            self.kept.end(gone.stream);
            if let Some(cancel) = gone.cancel {
                cancel.cancel();
                return Ok(());
            }
        }
        inner.used = Some(Instant::now());
        // Where no request is in work, nobody waits for it.
        match inner.is_served || inner.closed {
            true => self.push(&mut inner, message),
            false => Ok(()),
        }
    }

    /// Takes a request among those in work; answers with its stream.
    ///
    /// # Errors
    /// Where one with its id, or its progress token, is in work, or too many are: those are not disturbed.
    pub(super) fn enter(
        &self,
        id: &RequestId,
        progress: Option<ProgressToken>,
        cancel: Option<CancellationToken>,
    ) -> Result<u64, NotTaken> {
        self.take(&mut self.inner(), id, progress, cancel)
    }

    fn take(
        &self,
        inner: &mut Inner,
        id: &RequestId,
        progress: Option<ProgressToken>,
        cancel: Option<CancellationToken>,
    ) -> Result<u64, NotTaken> {
        if inner.closed {
            return Err(NotTaken::Ended);
        }
        if inner.requests.contains_key(id) {
            return Err(NotTaken::SameId(id.clone()));
        }
        if progress.is_some() && inner.requests.values().any(|other| other.progress == progress) {
            return Err(NotTaken::SameProgress);
        }
        if inner.requests.len() >= AT_ONCE {
            return Err(NotTaken::Busy);
        }
        let stream = self.kept.begin();
        inner.used = Some(Instant::now());
        inner.requests.insert(id.clone(), InWork { stream, progress, cancel });
        Ok(stream)
    }

    /// Takes a request; answers with what is told to it, and the answer at the end.
    ///
    /// # Errors
    /// Where the session has ended. What else keeps it from being taken is the answer.
    pub(super) fn request(self: &Arc<Session>, message: ClientJsonRpcMessage) -> Result<EventStream, NotTaken> {
        let JsonRpcMessage::Request(request) = &message else { return Err(NotTaken::Ended) };
        let (id, progress) = (request.id.clone(), request.request.get_meta().get_progress_token());
        let mut inner = self.inner();
        let taken = self.take(&mut inner, &id, progress, None).and_then(|stream| {
            let events = self.kept.tell(stream, Some(0));
            self.kept.keep(stream, ServerSseMessage::retry(RETRY));
            self.push(&mut inner, message).inspect_err(|_| {
                inner.requests.remove(&id);
                self.kept.end(stream);
            })?;
            Ok(events)
        });
        match taken {
            Err(why) if !matches!(why, NotTaken::Ended) => {
                let answer = ServerSseMessage::from_message(why.answer(id));
                Ok(Box::pin(stream::once(std::future::ready(answer))))
            }
            taken => taken,
        }
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
        inner.requests.values().filter_map(|request| request.cancel.as_ref()).for_each(CancellationToken::cancel);
        drop(inner);
        self.handler.forget();
        self.arrived.notify_one();
        self.kept.close();
    }

    /// Whether it has begun, so that only its client, its time or its token ends it.
    pub(super) fn has_begun(&self) -> bool {
        self.inner().has_begun
    }

    /// Forgets what had its answer long ago; answers with how long nobody has used it, if it waits for nothing and nobody follows it; and
    /// whether it has begun.
    pub(super) fn sweep(&self) -> (Option<Duration>, bool) {
        self.kept.sweep();
        let mut inner = self.inner();
        if self.kept.is_followed() {
            inner.used = Some(Instant::now());
        }
        let idle = inner.used.filter(|_| inner.requests.is_empty()).map(|used| used.elapsed());
        (idle, inner.has_begun)
    }

    /// Tells a notification to the stream of the request that it is marked with, or outside of requests.
    pub(super) fn say(&self, note: ServerNotification) {
        self.tell(JsonRpcMessage::notification(note));
    }

    /// Tells a message to the stream where it belongs.
    pub(super) fn tell(&self, message: ServerJsonRpcMessage) {
        let mut inner = self.inner();
        let answered = match &message {
            JsonRpcMessage::Response(response) => Some(response.id.clone()),
            JsonRpcMessage::Error(error) => error.id.clone(),
            _ => None,
        };
        let stream = if let Some(id) = answered {
            if let Some(begins) = inner.begins.take() {
                inner.has_begun = matches!(message, JsonRpcMessage::Response(_));
                drop(begins.send(message));
                return;
            }
            // One that was cancelled is answered no more.
            let Some(request) = inner.requests.remove(&id) else { return };
            inner.used = Some(Instant::now());
            request.stream
        } else {
            let mark = match &message {
                JsonRpcMessage::Request(request) => request.request.extensions().get::<OriginatingRequestId>(),
                JsonRpcMessage::Notification(note) => note.notification.extensions().get::<OriginatingRequestId>(),
                _ => None,
            };
            match mark {
                None => 0,
                Some(of) => match inner.requests.get(&of.0) {
                    Some(request) => request.stream,
                    // What is told of a request that is over is told to nobody; a question is, since somebody waits for its answer.
                    None if matches!(message, JsonRpcMessage::Notification(_)) => return,
                    None => 0,
                },
            }
        };
        drop(inner);
        self.kept.keep(stream, ServerSseMessage::from_message(message));
    }
}

impl Inner {
    /// Whether there is nothing to do until its client sends something.
    fn is_quiet(&self) -> bool {
        // An answer to a question of the server's is for a request in work.
        self.has_begun && self.waiting.is_empty() && self.requests.values().all(|request| request.cancel.is_some())
    }
}

/// A session, as rmcp's loop meets it: at its end the loop ends, and begins anew with the next message.
pub(crate) struct Wire {
    session: Arc<Session>,
    /// The number of the loop's first question in the session.
    base: i64,
}

impl Wire {
    /// For the loop with which a session begins.
    pub(super) fn new(session: Arc<Session>) -> Wire {
        Wire { session, base: 0 }
    }

    /// The number that the loop knows of a question that the client answered.
    fn own(&self, id: &RequestId) -> RequestId {
        let number = match id {
            RequestId::Number(number) => Some(*number),
            RequestId::String(text) => text.parse().ok(),
        };
        number.map_or_else(|| id.clone(), |number| RequestId::Number(number.saturating_sub(self.base)))
    }
}

impl Transport<RoleServer> for Wire {
    type Error = Infallible;

    fn send(
        &mut self,
        mut message: ServerJsonRpcMessage,
    ) -> impl Future<Output = Result<(), Infallible>> + Send + 'static {
        if let JsonRpcMessage::Request(request) = &mut message
            && let RequestId::Number(number) = &mut request.id
        {
            *number += self.base;
            let mut inner = self.session.inner();
            inner.asked = inner.asked.max(*number + 1);
        }
        self.session.tell(message);
        std::future::ready(Ok(()))
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        loop {
            {
                let mut inner = self.session.inner();
                if inner.closed {
                    return None;
                }
                if let Some(mut message) = inner.waiting.pop_front() {
                    match &mut message {
                        JsonRpcMessage::Response(response) => response.id = self.own(&response.id),
                        JsonRpcMessage::Error(error) => error.id = error.id.as_ref().map(|id| self.own(id)),
                        _ => {}
                    }
                    return Some(message);
                }
                if inner.is_quiet() {
                    inner.is_served = false;
                    inner.waiting = VecDeque::new();
                    inner.requests.shrink_to_fit();
                    return None;
                }
            }
            self.session.arrived.notified().await;
        }
    }

    /// The loop has ended, the session has not.
    async fn close(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mcp::nothing::handler;
    use futures::StreamExt as _;

    const MOMENT: Duration = Duration::from_millis(40);

    async fn idle_after_a_moment(session: &Session) -> Duration {
        tokio::time::sleep(MOMENT).await;
        session.sweep().0.expect("no request is in work")
    }

    #[tokio::test]
    async fn a_session_that_somebody_follows_is_used() {
        let session = Session::new(handler());
        assert!(idle_after_a_moment(&session).await >= MOMENT);
        let follower = session.follow();
        assert!(idle_after_a_moment(&session).await < MOMENT);
        drop(follower);
        assert!(idle_after_a_moment(&session).await >= MOMENT);
    }

    #[tokio::test]
    async fn an_id_or_a_progress_token_in_work_is_taken_by_nobody_else_until_it_is_answered() {
        let session = Session::new(handler());
        let (id, token) = (RequestId::Number(1), Some(ProgressToken(RequestId::Number(7))));
        session.enter(&id, token.clone(), None).expect("the first");
        assert!(matches!(session.enter(&id, None, None), Err(NotTaken::SameId(_))));
        assert!(matches!(session.enter(&RequestId::Number(2), token.clone(), None), Err(NotTaken::SameProgress)));
        session.tell(NotTaken::Busy.answer(id.clone()));
        session.enter(&id, token, None).expect("it is free again");
    }

    #[tokio::test]
    async fn what_a_call_tells_comes_on_its_own_stream_no_longer_than_a_note_may_be() {
        use crate::mcp::behind::Told;
        let session = Session::new(handler());
        let id = RequestId::Number(1);
        let stream = session.enter(&id, None, None).expect("the first");
        let mut events = session.kept.tell(stream, Some(0));
        let telling = session.handler.telling_in(&session, id.clone(), None, "tool");
        telling.hear(Told::Status("ß".repeat(100_000)));
        telling.hear(Told::Text("nobody gave a token for progress".to_owned()));
        telling.end().await;
        session.tell(NotTaken::Busy.answer(id));
        let note = events.next().await.and_then(|event| event.message).expect("a note");
        let written = serde_json::to_string(&*note).expect("JSON");
        assert!(written.contains("notifications/message") && written.len() < 9_000, "{}", written.len());
        assert_eq!(events.count().await, 1, "the answer");
    }
}
