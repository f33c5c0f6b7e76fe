//! What a server may ask of the host while it answers a call: which folders it works on; a model's words, where it was granted them; something
//! of the owner, where the settings let it ask. All else is refused in so many words.
#![expect(
    deprecated,
    reason = "the newest revision drops roots, sampling and logging; servers of the others still use them"
)]

use super::doing::{Doing, Work};
use super::form::{Answer, Form};
use super::letters::excerpt;
use super::session::OLDER;
use super::{Inner, thinking};
use loket_guardian::mcp::McpName;
use loket_kernel::{CallError, Counter};
use loket_values::Value;
use rmcp::model::{
    ClientCapabilities, ClientConfig, CreateMessageRequestParams, CreateMessageResult, ElicitRequestParams,
    ElicitResult, ElicitationAction, ElicitationCapability, ErrorCode, FormElicitationCapability, Implementation,
    InputRequest, InputRequests, InputResponses, ListRootsResult, LoggingMessageNotificationParam, Root,
    RootsCapabilities, SamplingCapability, UrlElicitationCapability,
};
use rmcp::service::{NotificationContext, RequestContext, RoleClient};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use tokio::sync::mpsc;
use url::Url;

/// What the protocol's errors call a wish that was refused by the person in front.
const REFUSED: ErrorCode = ErrorCode(-1);

/// What a server is told that it may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct May {
    /// A model's words.
    pub(super) think: bool,
    /// Something of the owner.
    pub(super) elicit: bool,
}

/// The host's side of a connection.
pub(super) struct Asked {
    pub(super) name: McpName,
    /// The folders that the owner named for it.
    pub(super) roots: Vec<PathBuf>,
    /// Told when the server says that its tools are others.
    pub(super) changed: mpsc::Sender<()>,
    pub(super) may: May,
    /// The calls that it answers now.
    pub(super) doing: Doing,
    pub(super) inner: Weak<Inner>,
}

impl Asked {
    /// The answers to all that a server wants before it goes on with a call, one after the other.
    ///
    /// # Errors
    /// Why one of them is not answered.
    pub(super) async fn answers(&self, work: &Work, wanted: InputRequests) -> Result<InputResponses, CallError> {
        let mut answers = InputResponses::new();
        for (name, wanted) in wanted {
            let answer = match wanted {
                InputRequest::CreateMessage(request) => json(&self.think(work, &request.params).await?),
                InputRequest::Elicitation(request) => json(&self.elicit(work, &request.params).await?),
                InputRequest::ListRoots(_) => {
                    work.count()?;
                    json(&self.folders())
                }
                _ => return Err(CallError::Failed("it asks for something that this host does not know".into())),
            };
            answers.insert(name, answer?);
        }
        Ok(answers)
    }

    async fn think(&self, work: &Work, params: &CreateMessageRequestParams) -> Result<CreateMessageResult, CallError> {
        let (_, counter) = self.host()?;
        let answer = thinking::ask(&counter, work, params).await;
        if let Err(error) = &answer {
            let remedy = error.remedy().map(|remedy| format!(": {remedy}")).unwrap_or_default();
            self.tell(work, &format!("asked for a model's words, and had none ({}){remedy}", error.code()));
        }
        answer
    }

    async fn elicit(&self, work: &Work, params: &ElicitRequestParams) -> Result<ElicitResult, CallError> {
        let (inner, counter) = self.host()?;
        work.count()?;
        if !self.may.elicit {
            self.tell(
                work,
                &format!("wanted to ask you something: `elicitation = \"allow\"` in `[mcp.{}]`", self.name),
            );
            return Err(CallError::Invalid("nobody is asked here: this host did not say that it can".into()));
        }
        let form = match Form::read(params) {
            Ok(form) => form,
            Err(why) => {
                self.tell(work, &format!("wanted to ask you something, which it may not: {why}"));
                return Err(CallError::Invalid(why));
            }
        };
        let _stands_still = work.clock.pause();
        Ok(match inner.parts.person.ask(&counter, &work.call, &work.chain, &form).await {
            Answer::Accept(Some(values)) => ElicitResult::new(ElicitationAction::Accept).with_content(values),
            Answer::Accept(None) => ElicitResult::new(ElicitationAction::Accept),
            Answer::Decline => ElicitResult::new(ElicitationAction::Decline),
            Answer::Cancel => ElicitResult::new(ElicitationAction::Cancel),
        })
    }

    fn folders(&self) -> ListRootsResult {
        let uri = |path: &PathBuf| Url::from_file_path(path).ok().map(|url| Root::new(url.to_string()));
        ListRootsResult::new(self.roots.iter().filter_map(uri).collect())
    }

    fn host(&self) -> Result<(Arc<Inner>, Arc<Counter>), CallError> {
        let gone = || CallError::Unavailable("the host is shutting down".into());
        let inner = self.inner.upgrade().ok_or_else(gone)?;
        let counter = inner.counter.upgrade().ok_or_else(gone)?;
        Ok((inner, counter))
    }

    /// The call for which a server asks that does not say for which.
    fn work(&self) -> Result<Arc<Work>, rmcp::ErrorData> {
        let none = || rmcp::ErrorData::invalid_request("nothing is asked outside of one call of a tool", None);
        self.doing.only().ok_or_else(none)
    }

    /// Tells whoever watches the turn.
    fn tell(&self, work: &Work, what: &str) {
        tracing::info!(server = self.name.as_str(), what, "loket.mcp.asked");
        let words = Value::String(format!("`{}` {what}", self.name));
        work.call.turn.tell(Value::Variant("status".into(), Some(Box::new(words))));
    }
}

impl rmcp::ClientHandler for Asked {
    fn get_info(&self) -> ClientConfig {
        let mut capabilities = ClientCapabilities::default();
        capabilities.roots = Some(RootsCapabilities::default());
        capabilities.sampling = self.may.think.then(SamplingCapability::default);
        let forms = FormElicitationCapability::new().with_schema_validation(true);
        let elicitation = ElicitationCapability::new().with_form(forms).with_url(UrlElicitationCapability::new());
        capabilities.elicitation = self.may.elicit.then_some(elicitation);
        ClientConfig::new(capabilities, Implementation::new("loket", env!("CARGO_PKG_VERSION")))
            .with_protocol_version(OLDER)
    }

    async fn list_roots(&self, _: RequestContext<RoleClient>) -> Result<ListRootsResult, rmcp::ErrorData> {
        Ok(self.folders())
    }

    async fn create_message(
        &self,
        params: CreateMessageRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<CreateMessageResult, rmcp::ErrorData> {
        let work = self.work()?;
        while_it_lasts(&work, self.think(&work, &params)).await.map_err(|error| told(&error))
    }

    async fn create_elicitation(
        &self,
        params: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, rmcp::ErrorData> {
        let work = self.work()?;
        while_it_lasts(&work, self.elicit(&work, &params)).await.map_err(|error| told(&error))
    }

    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        // Once is enough: whoever hears it asks for all of them.
        let _ = self.changed.try_send(());
    }

    async fn on_logging_message(&self, message: LoggingMessageNotificationParam, _: NotificationContext<RoleClient>) {
        let text = excerpt(&message.data.to_string(), 500);
        tracing::debug!(server = self.name.as_str(), text, "loket.mcp.log");
    }
}

/// What is asked for a call is over with it.
async fn while_it_lasts<T>(work: &Work, answer: impl Future<Output = Result<T, CallError>>) -> Result<T, CallError> {
    tokio::select! {
        biased;
        () = work.over.cancelled() => Err(CallError::Unavailable("the call is over".into())),
        answer = answer => answer,
    }
}

fn json(answer: &impl Serialize) -> Result<serde_json::Value, CallError> {
    serde_json::to_value(answer).map_err(|e| CallError::Failed(e.to_string()))
}

/// What a server is told of why it gets no answer: what is granted here, and to whom, is none of its business.
fn told(error: &CallError) -> rmcp::ErrorData {
    match error {
        CallError::Denied(_) | CallError::NeedsApproval(_) => {
            rmcp::ErrorData::new(REFUSED, "the owner of this host does not allow it", None)
        }
        CallError::Invalid(why) => rmcp::ErrorData::invalid_params(why.clone(), None),
        CallError::Exhausted(limit) => {
            rmcp::ErrorData::internal_error(format!("the limit `{}` is reached", limit.limit), None)
        }
        other => rmcp::ErrorData::internal_error(format!("there is no answer: {}", other.code()), None),
    }
}
