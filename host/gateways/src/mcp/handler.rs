//! One client's requests, answered with what its token allows.

#![expect(deprecated, reason = "revisions are served that have what later ones have not")]

use super::behind::{Behind, Came, Page, Subject, Told, Use};
use super::calling::{Act, Ended, run};
use super::news::{Change, Listener};
use super::parked::Waiting;
use super::telling::Level;
use crate::access::Visitor;
use crate::desk::Problem;
use rmcp::RoleServer;
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, CompleteRequestParams, CompleteResult, CompletionInfo,
    ConstString as _, ErrorCode, ErrorData, GetPromptRequestParams, GetPromptResponse, GetPromptResult, Implementation,
    InitializeRequestParams, InitializeResult, InitializeResultMethod, ListPromptsResult, ListResourceTemplatesResult,
    ListResourcesResult, ListToolsResult, PaginatedRequestParams, ProtocolVersion, ReadResourceRequestParams,
    ReadResourceResponse, ReadResourceResult, Reference, RequestStateCodec, ResourceUpdatedNotificationParam,
    ServerCapabilities, ServerConfig, SubscriptionFilter,
};
use rmcp::model::{
    LoggingLevel, SetLevelRequestMethod, SetLevelRequestParams, SubscribeRequestParams, UnsubscribeRequestParams,
};
use rmcp::service::{NotificationContext, RequestContext, SubscriptionContext};
use serde_json::json;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

/// How many entries a page has.
const PAGE: usize = 200;
/// The most resources that one session watches, and the longest uri of one, in bytes.
const MOST_WATCHED: usize = 256;
const LONGEST_URI: usize = 2_048;
/// From this revision on there are no sessions, and nobody is asked in the middle of a request.
const STATELESS: ProtocolVersion = ProtocolVersion::V_2026_07_28;

/// The server, as one client meets it.
#[derive(Clone)]
pub(crate) struct Handler {
    pub(super) behind: Arc<dyn Behind>,
    pub(super) visitor: Visitor,
    pub(super) seal: Arc<RequestStateCodec>,
    /// Calls that wait between two requests, of all clients.
    pub(super) waiting: Arc<Waiting>,
    session: Arc<Mutex<Session>>,
}

/// What a session remembers.
#[derive(Default)]
struct Session {
    level: Option<LoggingLevel>,
    watched: HashSet<String>,
    listens: Option<AbortOnDropHandle<()>>,
}

impl Handler {
    pub(super) fn new(
        behind: Arc<dyn Behind>,
        visitor: Visitor,
        seal: Arc<RequestStateCodec>,
        waiting: Arc<Waiting>,
    ) -> Handler {
        Handler { behind, visitor, seal, waiting, session: Arc::default() }
    }

    fn session(&self) -> std::sync::MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
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
            () = self.visitor.gone() => Err(ErrorData::invalid_request("the token was revoked, or has expired", None)),
            done = work => done.map_err(|problem| error(&problem)),
        }
    }

    /// What binds the state of a call to it: whose it is, and all that it is given.
    pub(super) fn print(&self, method: &str, wanted: &Use) -> String {
        let arguments = serde_json::to_string(&wanted.arguments).unwrap_or_default();
        format!("{}\n{method}\n{}\n{arguments}", self.visitor.caller.name, wanted.name)
    }

    /// Does what is called, in the task of its request.
    pub(super) async fn behind_act<T: Act>(&self, wanted: Use, tell: mpsc::Sender<Told>) -> Result<Came<T>, Problem> {
        T::act(self.behind.clone(), self.visitor.caller.clone(), wanted, tell).await
    }

    pub(super) fn level(&self, context: &RequestContext<RoleServer>) -> Level {
        match is_stateless(context) {
            true => context.meta.log_level(),
            false => Some(self.session().level.unwrap_or(LoggingLevel::Info)),
        }
    }
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
        context.peer.set_peer_info(request.clone());
        self.negotiate_initialize(&request)
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        let (peer, session) = (context.peer, Arc::downgrade(&self.session));
        let mut listener = Listener::new(self.behind.clone(), self.visitor.clone());
        let listens = tokio::spawn(async move {
            while let Some(changes) = listener.next().await {
                for change in changes {
                    let watched = |is_meant: &dyn Fn(&String) -> bool| -> Vec<String> {
                        let Some(session) = session.upgrade() else { return Vec::new() };
                        let session = session.lock().unwrap_or_else(PoisonError::into_inner);
                        session.watched.iter().filter(|uri| is_meant(uri)).cloned().collect()
                    };
                    let uris = match &change {
                        Change::List(_) => Vec::new(),
                        Change::Resource(uri) => watched(&|own| own == uri),
                        Change::Under(uri) => watched(&|own| own.starts_with(uri.as_str())),
                    };
                    for uri in uris {
                        if peer.notify_resource_updated(ResourceUpdatedNotificationParam::new(uri)).await.is_err() {
                            return;
                        }
                    }
                    let told = match change {
                        Change::List(super::behind::List::Tools) => peer.notify_tool_list_changed().await,
                        Change::List(super::behind::List::Prompts) => peer.notify_prompt_list_changed().await,
                        Change::List(super::behind::List::Resources) => peer.notify_resource_list_changed().await,
                        Change::Resource(_) | Change::Under(_) => Ok(()),
                    };
                    if told.is_err() {
                        return;
                    }
                }
            }
        });
        self.session().listens = Some(AbortOnDropHandle::new(listens));
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        let mut accepted = requested.clone();
        if let Some(uris) = &mut accepted.resource_subscriptions {
            let may = |uri: &str| self.behind.may_watch(&self.visitor.caller, uri).is_ok();
            uris.retain(|uri| uri.len() <= LONGEST_URI && may(uri));
            uris.truncate(MOST_WATCHED);
        }
        Some(accepted)
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let mut listener = Listener::new(self.behind.clone(), self.visitor.clone());
        let sink = context.sink();
        let watched = context.accepted().resource_subscriptions.clone().unwrap_or_default();
        loop {
            let changes = tokio::select! {
                () = context.cancelled() => return Ok(()),
                () = self.visitor.gone() => return Ok(()),
                changes = listener.next() => changes,
            };
            let Some(changes) = changes else { return Ok(()) };
            for change in changes {
                // What was not asked for is refused there, and not told.
                let _ = match change {
                    Change::List(super::behind::List::Tools) => sink.notify_tool_list_changed().await,
                    Change::List(super::behind::List::Prompts) => sink.notify_prompt_list_changed().await,
                    Change::List(super::behind::List::Resources) => sink.notify_resource_list_changed().await,
                    Change::Resource(uri) => sink.notify_resource_updated(uri).await,
                    Change::Under(uri) => {
                        for own in watched.iter().filter(|own| own.starts_with(uri.as_str())) {
                            let _ = sink.notify_resource_updated(own.clone()).await;
                        }
                        Ok(())
                    }
                };
            }
        }
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let all = self.until_gone(&context, self.behind.tools(&self.visitor.caller)).await?;
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
        let wanted =
            Use { name: request.name.to_string(), arguments: request.arguments.unwrap_or_default(), answers: None };
        let ended =
            run::<CallToolResult>(self, &context, wanted, request.input_responses, request.request_state).await?;
        Ok(match ended {
            Ended::Done(done) => CallToolResponse::from(done),
            Ended::Later(questions) => CallToolResponse::from(questions),
        })
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let cursor = request.and_then(|request| request.cursor);
        let work = self.behind.resources(&self.visitor.caller, cursor.as_deref());
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
        let all = self.until_gone(&context, self.behind.templates(&self.visitor.caller)).await?;
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
        let work = self.behind.read(&self.visitor.caller, &request.uri);
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
        let all = self.until_gone(&context, self.behind.prompts(&self.visitor.caller)).await?;
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
        let wanted =
            Use { name: request.name.to_string(), arguments: request.arguments.unwrap_or_default(), answers: None };
        let ended =
            run::<GetPromptResult>(self, &context, wanted, request.input_responses, request.request_state).await?;
        Ok(match ended {
            Ended::Done(done) => GetPromptResponse::from(done),
            Ended::Later(questions) => GetPromptResponse::from(questions),
        })
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
        let work = self.behind.complete(&self.visitor.caller, subject, &argument.name, &argument.value);
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
        self.session().level = Some(request.level);
        Ok(())
    }

    async fn subscribe(&self, request: SubscribeRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.behind.may_watch(&self.visitor.caller, &request.uri).map_err(|problem| error(&problem))?;
        let watched = &mut self.session().watched;
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
        self.session().watched.remove(&request.uri);
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
