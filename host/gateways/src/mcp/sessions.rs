//! Sessions, for the revisions that have them: a bounded number, each of whoever began it, and gone with the token by which they came.

use super::serve::SENDER;
use super::session::{NotTaken, Session, Wire};
use crate::desk::Caller;
use futures::{Stream, stream};
use rand::Rng as _;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::streamable_http_server::session::{EventStream, ServerSseMessage, SessionId, SessionManager};
use std::collections::hash_map::{Entry, HashMap};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;
use tokio_util::task::AbortOnDropHandle;

/// The most sessions, and the most of one client.
const MOST: usize = 1_024;
const MOST_OF_ONE: usize = 768;
/// How long nobody may use one.
const IDLE: Duration = Duration::from_secs(30 * 60);
/// How long one may take to begin.
const BEGIN: Duration = Duration::from_secs(60);
/// How often what was told and answered is looked through, and forgotten when it is old.
const SWEEP: Duration = Duration::from_secs(10);

/// The sessions.
pub(crate) struct Sessions {
    held: Mutex<All>,
    itself: Weak<Sessions>,
    sweeper: OnceLock<AbortOnDropHandle<()>>,
}

#[derive(Default)]
struct All {
    by_id: HashMap<SessionId, Held>,
    /// How many each client has.
    own: HashMap<Arc<str>, usize>,
}

/// A session.
struct Held {
    who: Arc<str>,
    session: Arc<Session>,
    /// Ends the session when its visitor is gone.
    _leave: AbortOnDropHandle<()>,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoSession {
    #[error("there are {0} sessions already: end some, or try again later")]
    TooMany(usize),
    #[error("there is no session `{0}`")]
    Unknown(SessionId),
    #[error(transparent)]
    NotTaken(#[from] NotTaken),
    #[error("the session has nobody who would answer it: {0}")]
    Unanswered(io::Error),
}

impl Sessions {
    pub(crate) fn new() -> Arc<Sessions> {
        Arc::new_cyclic(|itself| Sessions { held: Mutex::default(), itself: itself.clone(), sweeper: OnceLock::new() })
    }

    /// Why somebody cannot begin another one, if they cannot.
    pub(crate) fn full(&self, who: &str) -> Option<NoSession> {
        let all = self.lock();
        let own = all.own.get(who).copied().unwrap_or_default();
        let full = [(all.by_id.len(), MOST), (own, MOST_OF_ONE)].into_iter().find(|(number, most)| number >= most);
        full.map(|(number, _)| NoSession::TooMany(number))
    }

    fn lock(&self) -> MutexGuard<'_, All> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hold(&self, id: SessionId, session: Arc<Session>) {
        let (sessions, leaving) = (self.itself.clone(), id.clone());
        let visitor = session.handler.visitor.clone();
        let who: Arc<str> = visitor.caller.name.as_str().into();
        let leave = tokio::spawn(async move {
            visitor.gone().await;
            if let Some(sessions) = sessions.upgrade() {
                // Not in this task: closing it drops the handle of this one.
                tokio::spawn(async move { sessions.end(&leaving) });
            }
        });
        let held = Held { who: who.clone(), session, _leave: AbortOnDropHandle::new(leave) };
        let mut all = self.lock();
        *all.own.entry(who).or_default() += 1;
        all.by_id.insert(id, held);
        drop(all);
        self.sweeper.get_or_init(|| AbortOnDropHandle::new(tokio::spawn(sweep(self.itself.clone()))));
    }

    /// Ends a session.
    fn end(&self, id: &SessionId) {
        let mut all = self.lock();
        let Some(held) = all.by_id.remove(id) else { return };
        if let Entry::Occupied(mut own) = all.own.entry(held.who.clone()) {
            *own.get_mut() -= 1;
            if *own.get() == 0 {
                own.remove();
            }
        }
        drop(all);
        held.session.close();
    }

    /// A session of somebody.
    pub(super) fn named(&self, id: &str, who: &Caller) -> Option<Arc<Session>> {
        self.lock().by_id.get(id).filter(|held| *held.who == who.name).map(|held| held.session.clone())
    }

    /// A session, for whoever asks in this task; what the server itself does, it may.
    fn of(&self, id: &SessionId) -> Result<Arc<Session>, NoSession> {
        let all = self.lock();
        let is_theirs = |who: &str| SENDER.try_with(|sender| sender.visitor.caller.name == *who).unwrap_or(true);
        let own = all.by_id.get(id).filter(|held| is_theirs(&held.who));
        own.map(|held| held.session.clone()).ok_or_else(|| NoSession::Unknown(id.clone()))
    }
}

/// Forgets, from time to time, what nobody fetched, and ends what nobody uses.
async fn sweep(sessions: Weak<Sessions>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let Some(sessions) = sessions.upgrade() else { return };
        let all: Vec<(SessionId, Arc<Session>)> =
            sessions.lock().by_id.iter().map(|(id, held)| (id.clone(), held.session.clone())).collect();
        for (id, session) in all {
            let (idle, has_begun) = session.sweep();
            let most = if has_begun { IDLE } else { BEGIN };
            if idle.is_some_and(|idle| idle >= most) {
                sessions.end(&id);
            }
        }
    }
}

impl SessionManager for Sessions {
    type Error = NoSession;
    type Transport = Wire;

    async fn create_session(&self) -> Result<(SessionId, Wire), NoSession> {
        // The handler that rmcp has made for it in this task.
        let handler = SENDER.try_with(Clone::clone).map_err(|e| NoSession::Unanswered(io::Error::other(e)))?;
        if let Some(full) = self.full(&handler.visitor.caller.name) {
            return Err(full);
        }
        let mut id = [0_u8; 16];
        rand::rng().fill_bytes(&mut id);
        let (id, session) = (SessionId::from(hex::encode(id)), Session::new(handler));
        self.hold(id.clone(), session.clone());
        Ok((id, Wire::new(session)))
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, NoSession> {
        Ok(self.of(id)?.begin(message).await?)
    }

    async fn has_session(&self, id: &SessionId) -> Result<bool, NoSession> {
        Ok(self.of(id).is_ok())
    }

    async fn close_session(&self, id: &SessionId) -> Result<(), NoSession> {
        let session = self.of(id);
        if SENDER.try_with(|_| ()).is_ok() {
            session.map(|_| self.end(id))
        } else {
            // A loop of rmcp's has ended: so has a session that never began, and no other.
            if session.is_ok_and(|session| !session.has_begun()) {
                self.end(id);
            }
            Ok(())
        }
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, NoSession> {
        Ok(self.of(id)?.request(message)?)
    }

    async fn accept_message(&self, id: &SessionId, message: ClientJsonRpcMessage) -> Result<(), NoSession> {
        Ok(self.of(id)?.accept(message)?)
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, NoSession> {
        Ok(self.of(id)?.follow())
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, NoSession> {
        // With an error a client would ask again and again.
        let none = || -> EventStream { Box::pin(stream::empty()) };
        Ok(self.of(id)?.resume(&last_event_id).unwrap_or_else(none))
    }
}
