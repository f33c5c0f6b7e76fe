//! One client's requests, answered with what its token allows.

#![expect(deprecated, reason = "revisions are served that have what later ones have not")]

use super::approving;
use super::behind::{Behind, Page, Subject};
use super::calling::{Sent, run};
use super::news::Listener;
use super::parked::Waiting;
use super::session::Session;
use super::telling::{Level, Route, Telling, Way};
use crate::access::Visitor;
use crate::desk::Problem;
use rmcp::RoleServer;
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ClientCapabilities, CompleteRequestParams, CompleteResult,
    CompletionInfo, ConstString as _, ErrorCode, ErrorData, GetPromptRequestParams, GetPromptResponse, GetPromptResult,
    Implementation, InitializeRequestParams, InitializeResult, InitializeResultMethod, JsonObject, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams, ProgressToken,
    ProtocolVersion, ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, Reference, RequestId,
    RequestStateCodec, SamplingCapability, ServerCapabilities, ServerConfig, SubscriptionFilter,
};
use rmcp::model::{
    LoggingLevel, SetLevelRequestMethod, SetLevelRequestParams, SubscribeRequestParams, UnsubscribeRequestParams,
};
use rmcp::service::{RequestContext, SubscriptionContext};
use serde_json::json;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use tokio_util::task::AbortOnDropHandle;

/// How many entries a page has.
const PAGE: usize = 200;
/// The most resources that one session watches, and the longest uri of one, in bytes.
const MOST_WATCHED: usize = 256;
const LONGEST_URI: usize = 2_048;
/// From this revision on there are no sessions, and nobody is asked in the middle of a request.
pub(super) const STATELESS: ProtocolVersion = ProtocolVersion::V_2026_07_28;

/// What all clients' handlers share.
pub(super) struct Shared {
    pub(super) behind: Arc<dyn Behind>,
    pub(super) seal: RequestStateCodec,
    /// Calls that wait between two requests.
    pub(super) waiting: Waiting,
}

/// The server, as one client meets it.
#[derive(Clone)]
pub(crate) struct Handler {
    pub(super) shared: Arc<Shared>,
    pub(super) visitor: Visitor,
    state: Arc<State>,
}

/// What is known of a client with a session.
#[derive(Default)]
struct State {
    session: OnceLock<Weak<Session>>,
    /// What it said of itself when it began, as far as that matters.
    client: OnceLock<Box<InitializeRequestParams>>,
    remembered: Mutex<Remembered>,
}

/// What a session remembers.
#[derive(Default)]
struct Remembered {
    level: Option<LoggingLevel>,
    watched: HashSet<String>,
    listens: Option<AbortOnDropHandle<()>>,
}

impl Handler {
    pub(super) fn new(shared: Arc<Shared>, visitor: Visitor) -> Handler {
        Handler { shared, visitor, state: Arc::default() }
    }

    fn behind(&self) -> &dyn Behind {
        &*self.shared.behind
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.state.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers the client of a session.
    pub(super) fn is_for(&self, session: &Arc<Session>) {
        let _ = self.state.session.set(Arc::downgrade(session));
    }

    /// What the client of a session said of itself.
    pub(super) fn client(&self) -> Option<InitializeRequestParams> {
        self.state.client.get().map(|client| (**client).clone())
    }

    /// What the client of a session can do.
    pub(super) fn capabilities(&self) -> Option<&ClientCapabilities> {
        self.state.client.get().map(|client| &client.capabilities)
    }

    /// Tells a session from now on what changes for its client.
    pub(super) fn listen_for(&self, session: &Arc<Session>) {
        let (session, state) = (Arc::downgrade(session), Arc::downgrade(&self.state));
        let mut listener = Listener::new(self.shared.behind.clone(), self.visitor.clone());
        let listens = tokio::spawn(async move {
            while let Some(changes) = listener.next().await {
                let (Some(session), Some(state)) = (session.upgrade(), state.upgrade()) else { return };
                let watched = &state.remembered.lock().unwrap_or_else(PoisonError::into_inner).watched;
                changes.iter().flat_map(|change| change.notes(watched.iter())).for_each(|note| session.say(note));
            }
        });
        self.remembered().listens = Some(AbortOnDropHandle::new(listens));
    }

    /// The session is over.
    pub(super) fn forget(&self) {
        *self.remembered() = Remembered::default();
    }

    /// Waits for work, unless whoever asked does not wait any more: then it is dropped, which ends its turn.
    pub(super) async fn until_gone<T>(
        &self,
        context: &RequestContext<RoleServer>,
        work: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, ErrorData> {
        tokio::select! {
            biased;
            () = context.ct.cancelled() => Err(ErrorData::internal_error("the request was cancelled", None)),
            () = self.visitor.gone() => Err(gone()),
            done = work => done.map_err(|problem| error(&problem)),
        }
    }

    /// What a call tells its client.
    pub(super) fn telling(&self, context: &RequestContext<RoleServer>, name: &str) -> Telling {
        let level = match is_stateless(context) {
            true => context.meta.log_level(),
            false => self.level(),
        };
        let way = match self.state.session.get().and_then(Weak::upgrade) {
            Some(session) => Way::Session(session),
            None => Way::Peer(context.peer.clone()),
        };
        let (request, token) = (context.id.clone(), context.meta.get_progress_token());
        Telling::new(Route { way, request, token, level, name: name.to_owned() })
    }

    /// The same in a session, where rmcp's loop knows nothing of the call.
    pub(super) fn telling_in(
        &self,
        session: &Arc<Session>,
        request: RequestId,
        token: Option<ProgressToken>,
        name: &str,
    ) -> Telling {
        let way = Way::Session(session.clone());
        Telling::new(Route { way, request, token, level: self.level(), name: name.to_owned() })
    }

    /// The least serious note that the client of a session wants.
    fn level(&self) -> Level {
        Some(self.remembered().level.unwrap_or(LoggingLevel::Info))
    }

    /// Whether its user is asked when one of its calls waits for a yes.
    pub(super) fn is_asked(&self, context: &RequestContext<RoleServer>) -> bool {
        self.visitor.caller.scopes.approve
            && context.client_capabilities().is_some_and(|can| approving::can_show_forms(&can))
    }
}

/// Whoever asked may do so no more.
pub(super) fn gone() -> ErrorData {
    ErrorData::invalid_request("the token was revoked, or has expired", None)
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_tool_list_changed()
            .enable_prompts()
            .enable_prompts_list_changed()
            .enable_resources()
            .enable_resources_list_changed()
            .enable_resources_subscribe()
            .enable_completions()
            .enable_logging()
            .build();
        let server = Implementation::new("loket", env!("CARGO_PKG_VERSION")).with_title("Loket");
        ServerConfig::new(capabilities).with_server_info(server).with_instructions(
            "Tools named `ask_…` put a message to an agent that has a memory of its own; give the conversation that it answered \
             with to go on with it. The others are functions. What is refused says which command of the owner's would allow it.",
        )
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        if is_stateless(&context) {
            return Err(ErrorData::method_not_found::<InitializeResultMethod>());
        }
        let result = self.negotiate_initialize(&request)?;
        // Of what it said of itself only this is looked at later; whatever else is as long as it likes.
        let mut client = InitializeRequestParams::default();
        client.protocol_version = result.protocol_version.clone();
        client.capabilities.elicitation = request.capabilities.elicitation.clone();
        client.capabilities.sampling = request.capabilities.sampling.as_ref().map(|own| {
            let mut sampling = SamplingCapability::default();
            sampling.tools = own.tools.as_ref().map(|_| JsonObject::new());
            sampling.context = own.context.as_ref().map(|_| JsonObject::new());
            sampling
        });
        client.capabilities.roots = request.capabilities.roots.clone();
        context.peer.set_peer_info(request);
        let _ = self.state.client.set(Box::new(client));
        Ok(result)
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        let mut accepted = requested.clone();
        if let Some(uris) = &mut accepted.resource_subscriptions {
            let may = |uri: &str| self.behind().may_watch(&self.visitor.caller, uri).is_ok();
            uris.retain(|uri| uri.len() <= LONGEST_URI && may(uri));
            uris.truncate(MOST_WATCHED);
        }
        Some(accepted)
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let mut listener = Listener::new(self.shared.behind.clone(), self.visitor.clone());
        let sink = context.sink();
        let watched = context.accepted().resource_subscriptions.clone().unwrap_or_default();
        loop {
            let changes = tokio::select! {
                () = context.cancelled() => return Ok(()),
                () = self.visitor.gone() => return Ok(()),
                changes = listener.next() => changes,
            };
            let Some(changes) = changes else { return Ok(()) };
            for note in changes.iter().flat_map(|change| change.notes(watched.iter())) {
                // What was not asked for is refused there, and not told.
                let _ = sink.send(note).await;
            }
        }
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let all = self.until_gone(&context, self.behind().tools(&self.visitor.caller)).await?;
        let (page, next) = page(all, request)?;
        let mut result = ListToolsResult::with_all_items(page);
        result.next_cursor = next;
        Ok(result)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let CallToolRequestParams { name, arguments, input_responses, request_state, .. } = request;
        let sent = Sent::new(name.into_owned(), arguments, input_responses, request_state);
        run::<CallToolResult, _>(self, &context, sent).await
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let cursor = request.and_then(|request| request.cursor);
        let work = self.behind().resources(&self.visitor.caller, cursor.as_deref());
        let Some(Page { items, next }) = self.until_gone(&context, work).await? else { return Err(no_cursor()) };
        let mut result = ListResourcesResult::with_all_items(items);
        result.next_cursor = next;
        Ok(result)
    }

    async fn list_resource_templates(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let all = self.until_gone(&context, self.behind().templates(&self.visitor.caller)).await?;
        let (page, next) = page(all, request)?;
        let mut result = ListResourceTemplatesResult::with_all_items(page);
        result.next_cursor = next;
        Ok(result)
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let work = self.behind().read(&self.visitor.caller, &request.uri);
        match self.until_gone(&context, work).await? {
            Some(contents) => Ok(ReadResourceResult::new(contents).into()),
            None => {
                Err(ErrorData::resource_not_found("there is no such resource", Some(json!({ "uri": request.uri }))))
            }
        }
    }

    async fn list_prompts(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let all = self.until_gone(&context, self.behind().prompts(&self.visitor.caller)).await?;
        let (page, next) = page(all, request)?;
        let mut result = ListPromptsResult::with_all_items(page);
        result.next_cursor = next;
        Ok(result)
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let GetPromptRequestParams { name, arguments, input_responses, request_state, .. } = request;
        let sent = Sent::new(name, arguments, input_responses, request_state);
        run::<GetPromptResult, _>(self, &context, sent).await
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let subject = match request.r#ref {
            Reference::Prompt(prompt) => Subject::Prompt(prompt.name),
            Reference::Resource(template) => Subject::Template(template.uri),
            _ => return Err(ErrorData::invalid_params("only prompts and templates are completed", None)),
        };
        let argument = request.argument;
        let work = self.behind().complete(&self.visitor.caller, subject, &argument.name, &argument.value);
        let mut values = self.until_gone(&context, work).await?;
        values.truncate(CompletionInfo::MAX_VALUES);
        let info = CompletionInfo::new(values).map_err(|e| ErrorData::internal_error(e, None))?;
        Ok(CompleteResult::new(info))
    }

    async fn set_level(
        &self,
        request: SetLevelRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        if is_stateless(&context) {
            return Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, SetLevelRequestMethod::VALUE, None));
        }
        self.remembered().level = Some(request.level);
        Ok(())
    }

    async fn subscribe(&self, request: SubscribeRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.behind().may_watch(&self.visitor.caller, &request.uri).map_err(|problem| error(&problem))?;
        let watched = &mut self.remembered().watched;
        if request.uri.len() > LONGEST_URI || watched.len() >= MOST_WATCHED {
            let message = format!("a session watches {MOST_WATCHED} uris of at most {LONGEST_URI} bytes");
            return Err(ErrorData::invalid_params(message, None));
        }
        watched.insert(request.uri);
        Ok(())
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.remembered().watched.remove(&request.uri);
        Ok(())
    }
}

pub(super) fn is_stateless(context: &RequestContext<RoleServer>) -> bool {
    context.protocol_version().is_some_and(|version| version.as_str() >= STATELESS.as_str())
}

/// One page of a list, and where the next begins.
fn page<T>(all: Vec<T>, request: Option<PaginatedRequestParams>) -> Result<(Vec<T>, Option<String>), ErrorData> {
    let from = match request.and_then(|request| request.cursor) {
        None => 0,
        Some(cursor) => cursor.parse::<usize>().ok().filter(|from| *from < all.len().max(1)).ok_or_else(no_cursor)?,
    };
    let next = from + PAGE;
    let more = (next < all.len()).then(|| next.to_string());
    Ok((all.into_iter().skip(from).take(PAGE).collect(), more))
}

fn no_cursor() -> ErrorData {
    ErrorData::invalid_params("the cursor is none that this list gave", None)
}

/// A problem in the protocol's words, with what to do next.
pub(super) fn error(problem: &Problem) -> ErrorData {
    let code = match problem.code.as_str() {
        "invalid" | "not-found" => ErrorCode::INVALID_PARAMS,
        "denied" | "needs-approval" => ErrorCode::INVALID_REQUEST,
        _ => ErrorCode::INTERNAL_ERROR,
    };
    ErrorData::new(code, problem.message.clone(), Some(json!({ "code": problem.code, "hint": problem.hint })))
}
