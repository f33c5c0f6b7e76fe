//! Sessions, for the revisions that have them: a bounded number, each of whoever began it, and gone with the token by which they came.

use super::serve::VISITOR;
use super::session::{NotTaken, Session, Wire};
use crate::access::Visitor;
use futures::{Stream, stream};
use rand::Rng as _;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::streamable_http_server::session::{EventStream, ServerSseMessage, SessionId, SessionManager};
use std::collections::HashMap;
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
    held: Mutex<HashMap<SessionId, Held>>,
    itself: Weak<Sessions>,
    sweeper: OnceLock<AbortOnDropHandle<()>>,
}

/// A session.
struct Held {
    who: String,
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
}

impl Sessions {
    pub(crate) fn new() -> Arc<Sessions> {
        Arc::new_cyclic(|itself| Sessions { held: Mutex::default(), itself: itself.clone(), sweeper: OnceLock::new() })
    }

    /// Why somebody cannot begin another one, if they cannot.
    pub(crate) fn full(&self, who: &str) -> Option<NoSession> {
        let held = self.lock();
        let own = held.values().filter(|held| held.who == who).count();
        let full = [(held.len(), MOST), (own, MOST_OF_ONE)].into_iter().find(|(number, most)| number >= most);
        full.map(|(number, _)| NoSession::TooMany(number))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hold(&self, id: SessionId, session: Arc<Session>, visitor: Visitor) {
        let (sessions, leaving) = (self.itself.clone(), id.clone());
        let who = visitor.caller.name.clone();
        let leave = tokio::spawn(async move {
            visitor.gone().await;
            if let Some(sessions) = sessions.upgrade() {
                // Not in this task: closing it drops the handle of this one.
                tokio::spawn(async move { sessions.close_session(&leaving).await });
            }
        });
        self.lock().insert(id, Held { who, session, _leave: AbortOnDropHandle::new(leave) });
        self.sweeper.get_or_init(|| AbortOnDropHandle::new(tokio::spawn(sweep(self.itself.clone()))));
    }

    /// A session, for whoever asks in this task; what the server itself does, it may.
    fn of(&self, id: &SessionId) -> Result<Arc<Session>, NoSession> {
        let asks = VISITOR.try_with(|visitor| visitor.caller.name.clone()).ok();
        let held = self.lock();
        let own = held.get(id).filter(|held| asks.is_none_or(|who| held.who == who));
        own.map(|held| held.session.clone()).ok_or_else(|| NoSession::Unknown(id.clone()))
    }
}

/// Forgets, from time to time, what nobody fetched, and ends what nobody uses.
async fn sweep(sessions: Weak<Sessions>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let Some(sessions) = sessions.upgrade() else { return };
        let all: Vec<(SessionId, Arc<Session>)> =
            sessions.lock().iter().map(|(id, held)| (id.clone(), held.session.clone())).collect();
        for (id, session) in all {
            let (idle, has_begun) = session.sweep();
            let most = if has_begun { IDLE } else { BEGIN };
            if idle.is_some_and(|idle| idle >= most) {
                let _ = sessions.close_session(&id).await;
            }
        }
    }
}

impl SessionManager for Sessions {
    type Error = NoSession;
    type Transport = Wire;

    async fn create_session(&self) -> Result<(SessionId, Wire), NoSession> {
        let visitor = VISITOR.try_with(Clone::clone).unwrap_or_else(|_| Visitor::owner());
        if let Some(full) = self.full(&visitor.caller.name) {
            return Err(full);
        }
        let mut id = [0_u8; 16];
        rand::rng().fill_bytes(&mut id);
        let (id, session) = (SessionId::from(hex::encode(id)), Session::new());
        self.hold(id.clone(), session.clone(), visitor);
        Ok((id, Wire(session)))
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
        let session = match self.of(id) {
            Ok(session) => session,
            // The server tidies up behind one that its client has ended.
            Err(_) if VISITOR.try_with(|_| ()).is_err() => return Ok(()),
            Err(error) => return Err(error),
        };
        let held = self.lock().remove(id);
        session.close();
        drop(held);
        Ok(())
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
