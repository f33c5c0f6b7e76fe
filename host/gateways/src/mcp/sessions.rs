//! Sessions, for the revisions that have them: a bounded number, each of whoever began it, and gone with the token by which they came.

use super::serve::VISITOR;
use crate::access::Visitor;
use futures::Stream;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::streamable_http_server::session::local::{
    LocalSessionManager, LocalSessionManagerError, SessionConfig,
};
use rmcp::transport::streamable_http_server::session::{ServerSseMessage, SessionId, SessionManager};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio_util::task::AbortOnDropHandle;

/// The most sessions, and the most of one client.
const MOST: usize = 1_024;
const MOST_OF_ONE: usize = 768;
/// How long nobody may use one.
const IDLE: Duration = Duration::from_secs(30 * 60);
/// How long what came to its end is kept for whoever asks for it again.
const KEPT: Duration = Duration::from_secs(30);

/// The sessions.
pub(crate) struct Sessions {
    all: LocalSessionManager,
    held: Mutex<HashMap<SessionId, Held>>,
    itself: Weak<Sessions>,
}

/// Whose a session is.
struct Held {
    who: String,
    /// Ends the session when its visitor is gone.
    _leave: AbortOnDropHandle<()>,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoSession {
    #[error("there are {0} sessions already: end some, or try again later")]
    TooMany(usize),
    #[error(transparent)]
    Local(#[from] LocalSessionManagerError),
}

impl Sessions {
    pub(crate) fn new() -> Arc<Sessions> {
        let mut all = LocalSessionManager::default();
        let mut config = SessionConfig::default();
        config.keep_alive = Some(IDLE);
        config.completed_cache_ttl = KEPT;
        all.session_config = config;
        Arc::new_cyclic(|itself| Sessions { all, held: Mutex::default(), itself: itself.clone() })
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

    fn hold(&self, id: SessionId, visitor: Visitor) {
        let (sessions, leaving) = (self.itself.clone(), id.clone());
        let who = visitor.caller.name.clone();
        let leave = tokio::spawn(async move {
            visitor.gone().await;
            if let Some(sessions) = sessions.upgrade() {
                // Not in this task: closing it drops the handle of this one.
                tokio::spawn(async move { sessions.close_session(&leaving).await });
            }
        });
        self.lock().insert(id, Held { who, _leave: AbortOnDropHandle::new(leave) });
    }

    /// Whether whoever asks in this task may use a session; what the server itself does, it may.
    fn is_for(&self, id: &SessionId) -> bool {
        let asks = VISITOR.try_with(|visitor| visitor.caller.name.clone());
        asks.map_or(true, |who| self.lock().get(id).is_some_and(|held| held.who == who))
    }

    fn checked(&self, id: &SessionId) -> Result<(), NoSession> {
        match self.is_for(id) {
            true => Ok(()),
            false => Err(LocalSessionManagerError::SessionNotFound(id.clone()).into()),
        }
    }
}

impl SessionManager for Sessions {
    type Error = NoSession;
    type Transport = <LocalSessionManager as SessionManager>::Transport;

    async fn create_session(&self) -> Result<(SessionId, Self::Transport), NoSession> {
        let visitor = VISITOR.try_with(Clone::clone).unwrap_or_else(|_| Visitor::owner());
        if let Some(full) = self.full(&visitor.caller.name) {
            return Err(full);
        }
        let (id, transport) = self.all.create_session().await?;
        self.hold(id.clone(), visitor);
        Ok((id, transport))
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, NoSession> {
        Ok(self.all.initialize_session(id, message).await?)
    }

    async fn has_session(&self, id: &SessionId) -> Result<bool, NoSession> {
        Ok(self.is_for(id) && self.all.has_session(id).await?)
    }

    async fn close_session(&self, id: &SessionId) -> Result<(), NoSession> {
        self.checked(id)?;
        let held = self.lock().remove(id);
        let closed = self.all.close_session(id).await;
        drop(held);
        Ok(closed?)
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, NoSession> {
        self.checked(id)?;
        Ok(self.all.create_stream(id, message).await?)
    }

    async fn accept_message(&self, id: &SessionId, message: ClientJsonRpcMessage) -> Result<(), NoSession> {
        self.checked(id)?;
        Ok(self.all.accept_message(id, message).await?)
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, NoSession> {
        self.checked(id)?;
        Ok(self.all.create_standalone_stream(id).await?)
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, NoSession> {
        self.checked(id)?;
        Ok(self.all.resume(id, last_event_id).await?)
    }
}
