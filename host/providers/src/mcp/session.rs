//! One connection to a server, from its beginning to its end.

use super::asked::{Asked, May};
use super::child::Attendant;
use super::doing::Work;
use super::letters::excerpt;
use super::lines::Watch;
use super::offer::MOST_TOOLS;
use super::pins::Said;
use loket_kernel::CallError;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, PaginatedRequestParams, ProtocolVersion, Tool,
};
use rmcp::service::{
    ClientInitializeError, ClientLifecycleMode, ClientServiceExt as _, RoleClient, RunningService, ServiceError,
};
use rmcp::transport::IntoTransport;
use serde_json::{Map, Value as Json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// How long a server may take until it is ready: the first start of some fetches them.
const BEGINNING: Duration = Duration::from_secs(60);
/// How long it may take to list its tools.
const LISTING: Duration = Duration::from_secs(30);
/// How long a child may take to end.
const ENDING: Duration = Duration::from_secs(8);
/// The revision that is spoken with whoever does not know the newest.
pub(super) const OLDER: ProtocolVersion = ProtocolVersion::V_2025_11_25;
/// How many pages a list may have.
const MOST_PAGES: usize = 64;
/// How often a server may put a call off until it has what it asks for.
const MOST_ROUNDS: u32 = 10;
/// How long one is left that puts a call off and asks for nothing; twice as long each further time.
const PUT_OFF: Duration = Duration::from_millis(50);

/// What a server said of its tools last.
pub(super) type Heard = Arc<RwLock<Option<Arc<Said>>>>;

/// A connection.
pub(super) struct Session {
    service: RunningService<RoleClient, Asked>,
    watch: Arc<Watch>,
    attendant: Mutex<Option<Attendant>>,
    said: Heard,
    /// Held during a call, where the server would not say for which of several it asks.
    alone: tokio::sync::Mutex<()>,
}

impl Session {
    /// Begins to speak with a server: by the newest revision, or by the one before where it does not know that. Lists its tools. Where it is
    /// found out only by failing that it is an `older` one, that is noted.
    pub(super) async fn begin<T, E, A>(
        transport: T,
        asked: Asked,
        watch: Arc<Watch>,
        said: Heard,
        older: &AtomicBool,
        attendant: Option<Attendant>,
    ) -> Result<Session, String>
    where
        T: IntoTransport<RoleClient, E, A>,
        E: std::error::Error + Send + Sync + 'static,
    {
        let lifecycle = match older.load(Ordering::Relaxed) {
            true => ClientLifecycleMode::Initialize,
            false => ClientLifecycleMode::Auto {
                preferred_versions: vec![ProtocolVersion::V_2026_07_28],
                legacy_version: Some(OLDER),
            },
        };
        let begun = tokio::time::timeout(BEGINNING, asked.serve_with_lifecycle(transport, lifecycle)).await;
        let told = |why: String| {
            let why = watch.broken().map_or(why, str::to_owned);
            let last = attendant.as_ref().map(Attendant::last_words).filter(|last| !last.is_empty());
            last.map_or_else(|| why.clone(), |last| format!("{why}; it said last: {last}"))
        };
        let service = match begun {
            Ok(Ok(service)) => service,
            Ok(Err(error)) => {
                // It answers what it does not know, and not with an error: only the older way is left.
                older.fetch_or(matches!(error, ClientInitializeError::ExpectedInitResult(_)), Ordering::Relaxed);
                // What it wrote of errors may be on its way still.
                tokio::time::sleep(Duration::from_millis(100)).await;
                return Err(told(excerpt(&error.to_string(), 500)));
            }
            Err(_) => return Err(told(format!("it was not ready within {} s", BEGINNING.as_secs()))),
        };
        let (attendant, alone) = (Mutex::new(attendant), tokio::sync::Mutex::default());
        let session = Session { service, watch, attendant, said, alone };
        match session.list().await {
            Ok(_) => Ok(session),
            Err(why) => {
                session.end().await;
                Err(why)
            }
        }
    }

    /// Asks for the tools again.
    pub(super) async fn list(&self) -> Result<Arc<Said>, String> {
        self.watch.asked();
        let listed = tokio::time::timeout(LISTING, self.pages()).await;
        let tools =
            listed.unwrap_or_else(|_| Err(format!("it did not list its tools within {} s", LISTING.as_secs())))?;
        let said = Arc::new(Said::read(&tools));
        *self.said.write().unwrap_or_else(PoisonError::into_inner) = Some(said.clone());
        Ok(said)
    }

    async fn pages(&self) -> Result<Vec<Tool>, String> {
        let (mut tools, mut cursor) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let params = PaginatedRequestParams::default().with_cursor(cursor);
            let page = self.service.list_tools(Some(params)).await;
            let page = page.map_err(|e| format!("it does not list its tools: {}", self.words(&e)))?;
            tools.extend(page.tools);
            cursor = page.next_cursor;
            if cursor.is_none() || tools.len() > MOST_TOOLS {
                return Ok(tools);
            }
        }
        Err(format!("its list of tools has more than {MOST_PAGES} pages"))
    }

    /// Which revision is spoken, and what the server calls itself.
    pub(super) fn about(&self) -> (String, String) {
        let Some(info) = self.service.peer_info() else { return Default::default() };
        let server = info.server_info.as_ref().map(|server| format!("{} {}", server.name, server.version));
        (excerpt(info.protocol_version.as_str(), 40), excerpt(&server.unwrap_or_default(), 120))
    }

    /// Whether it goes on.
    pub(super) fn is_open(&self) -> bool {
        !self.service.is_transport_closed() && !self.service.is_closed() && self.watch.broken().is_none()
    }

    /// What the server was told that it may ask for.
    pub(super) fn may(&self) -> May {
        self.service.service().may
    }

    /// Whether it answers a call now.
    pub(super) fn is_busy(&self) -> bool {
        self.service.service().doing.is_busy()
    }

    /// Calls a tool, and answers what the server asks meanwhile.
    pub(super) async fn call(
        &self,
        tool: &str,
        arguments: Map<String, Json>,
        work: &Arc<Work>,
    ) -> Result<CallToolResult, CallError> {
        let begun = Instant::now();
        // Given up, it is told so.
        tokio::select! {
            biased;
            called = self.rounds(tool, arguments, work) => called,
            () = work.clock.passed() => {
                work.ran_out();
                let detail =
                    format!("it did not answer within {} s, and the call was given up", begun.elapsed().as_secs().max(1));
                Err(CallError::exhausted("seconds", detail))
            }
        }
    }

    async fn rounds(
        &self,
        tool: &str,
        arguments: Map<String, Json>,
        work: &Arc<Work>,
    ) -> Result<CallToolResult, CallError> {
        let asked = self.service.service();
        // By the older revision what is asked says nothing of the call for which it is asked.
        let _alone = match (asked.may.think || asked.may.elicit) && self.is_older() {
            true => {
                // The server was not asked yet.
                let _stands_still = work.clock.pause();
                Some(self.alone.lock().await)
            }
            false => None,
        };
        let _doing = asked.doing.enter(work);
        let mut params = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        for round in 0..MOST_ROUNDS {
            self.watch.asked();
            let wants = match self.service.call_tool_once(params.clone()).await.map_err(|error| self.failed(&error))? {
                CallToolResponse::Complete(result) => return Ok(result),
                CallToolResponse::InputRequired(wants) => wants,
                _ => return Err(CallError::Failed("it does something else than to answer".into())),
            };
            let requests = wants.input_requests.unwrap_or_default();
            if requests.is_empty() {
                tokio::time::sleep(PUT_OFF * (1 << round.min(4))).await;
            }
            let answers = asked.answers(work, requests).await.map_err(|error| match error {
                // It is no fault of the arguments.
                CallError::Invalid(why) => CallError::Failed(why),
                error => error,
            })?;
            params.input_responses = (!answers.is_empty()).then_some(answers);
            params.request_state = wants.request_state;
        }
        Err(CallError::Failed(format!("it put the call off {MOST_ROUNDS} times")))
    }

    fn is_older(&self) -> bool {
        self.service.peer_info().is_none_or(|info| info.protocol_version != ProtocolVersion::V_2026_07_28)
    }

    fn failed(&self, error: &ServiceError) -> CallError {
        match error {
            ServiceError::McpError(said) if said.code.0 == -32602 => CallError::Invalid(self.words(error)),
            ServiceError::McpError(_) | ServiceError::UnexpectedResponse => CallError::Failed(self.words(error)),
            _ => CallError::Unavailable(self.words(error)),
        }
    }

    fn words(&self, error: &ServiceError) -> String {
        match error {
            _ if self.watch.broken().is_some() => self.why(),
            ServiceError::McpError(said) => format!("it says: {}", excerpt(&said.message, 2_000)),
            ServiceError::TransportClosed => self.why(),
            other => excerpt(&other.to_string(), 500),
        }
    }

    /// Why it ended, as far as that is known.
    pub(super) fn why(&self) -> String {
        if let Some(broken) = self.watch.broken() {
            return broken.to_owned();
        }
        let attendant = self.attendant.lock().unwrap_or_else(PoisonError::into_inner);
        let last = attendant.as_ref().map(Attendant::last_words).filter(|last| !last.is_empty());
        last.map_or_else(|| "it ended".to_owned(), |last| format!("it ended; it said last: {last}"))
    }

    /// Ends it, with all calls that are being made, and waits until a child has ended.
    pub(super) async fn end(&self) {
        self.service.cancellation_token().cancel();
        let attendant = self.attendant.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(attendant) = attendant {
            attendant.end(ENDING).await;
        }
    }
}
