//! What stands behind the MCP server: everything is asked in somebody's name, and answered with what that one may.

use super::model::{
    CallToolResult, GetPromptResult, InputRequest, JsonObject, Prompt, Resource, ResourceContents, ResourceTemplate,
    Tool,
};
use crate::desk::{AskInfo, AskRef, Caller, Problem};
use async_trait::async_trait;
use serde_json::Value as Json;
use std::sync::Arc;
use tokio::sync::{broadcast, mpsc};

/// What stands behind the server.
///
/// Where a problem is answered, the request made no sense (`not-found`, `invalid`) or could not be taken up; what went wrong in a tool, a
/// refusal included, is a result that says so. Dropping a future cancels the turn that it waits for.
#[async_trait]
pub trait Behind: Send + Sync + 'static {
    /// The tools of somebody, in a stable order.
    async fn tools(&self, who: &Caller) -> Result<Vec<Tool>, Problem>;
    /// Use one.
    async fn call(&self, who: &Caller, call: &Use, told: Arc<dyn Hear>) -> Result<Came<CallToolResult>, Problem>;
    /// Whether a name is of a plain function that is granted to somebody, with no question to the owner.
    fn is_plain(&self, who: &Caller, tool: &str) -> bool;
    /// What somebody can read, in a stable order: one page, from where an earlier one ended. None for a cursor that no page gave.
    async fn resources(&self, who: &Caller, cursor: Option<&str>) -> Result<Option<Page<Resource>>, Problem>;
    /// The forms of uris that they can read besides.
    async fn templates(&self, who: &Caller) -> Result<Vec<ResourceTemplate>, Problem>;
    /// Read one, which may be in several pieces; none where there is none of that uri.
    async fn read(&self, who: &Caller, uri: &str) -> Result<Option<Vec<ResourceContents>>, Problem>;
    /// That somebody may be told when a resource changes.
    ///
    /// # Errors
    /// Where it is known by its uri that they may not read it.
    fn may_watch(&self, who: &Caller, uri: &str) -> Result<(), Problem>;
    /// The prompts of somebody, in a stable order.
    async fn prompts(&self, who: &Caller) -> Result<Vec<Prompt>, Problem>;
    /// Write one out.
    async fn render(&self, who: &Caller, prompt: &Use, told: Arc<dyn Hear>) -> Result<Came<GetPromptResult>, Problem>;
    /// How a value could go on.
    async fn complete(
        &self,
        who: &Caller,
        subject: Subject,
        parameter: &str,
        value: &str,
    ) -> Result<Vec<String>, Problem>;
    /// Answer what a call of theirs asks, with the word of whoever sits before the client: yes or no, to this one call.
    ///
    /// # Errors
    /// Where they may not answer, it is no call of theirs, or it waits no more.
    async fn answer(&self, who: &Caller, ask: AskRef, yes: bool) -> Result<(), Problem>;
    /// A print of what somebody is offered, as far as that is known without asking any component.
    fn print(&self, who: &Caller) -> u64;
    /// Whether somebody is offered what a component tells of at run time.
    fn is_offered(&self, who: &Caller, component: &str) -> bool;
    /// What changes from now on.
    fn news(&self) -> broadcast::Receiver<News>;
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next one begins; none after the last.
    pub next: Option<String>,
}

/// A tool, or a prompt, and what it is given.
#[derive(Debug, Clone, PartialEq)]
pub struct Use {
    /// Its name.
    pub name: String,
    /// Its arguments.
    pub arguments: JsonObject,
    /// Answers to what it asked before.
    pub answers: Option<Answers>,
}

/// Answers to questions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answers {
    /// What came with the questions.
    pub state: Option<String>,
    /// By the questions' names: objects, as the protocol has answers.
    pub answers: Vec<(String, Json)>,
}

/// What a call came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Came<T> {
    /// It is done.
    Done(T),
    /// It needs answers first.
    Paused(Pause),
}

/// What is asked before a call goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct Pause {
    /// The questions, by name.
    pub questions: Vec<(String, InputRequest)>,
    /// What is wanted back with the answers.
    pub state: Option<String>,
}

/// What is told while a call runs.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are named after what they hold")]
pub enum Told {
    /// More of the answer's text.
    Text(String),
    /// What is happening now.
    Status(String),
    /// A tool is being called.
    Tool(String),
    /// How far something is.
    Progress { what: String, done: u64, total: Option<u64> },
    /// A call waits for a yes, and with it all of this.
    Asks(Box<AskInfo>),
}

/// Whoever hears what a call tells. They hear it in the middle of the call, and wait for nothing; what is too much for them they lose.
pub trait Hear: Send + Sync {
    /// Something is told.
    fn hear(&self, told: Told);
}

impl Hear for mpsc::Sender<Told> {
    fn hear(&self, told: Told) {
        let _ = self.try_send(told);
    }
}

/// What is being filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A prompt, by its name.
    Prompt(String),
    /// A template, by its form.
    Template(String),
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// What is here, or what somebody is granted.
    Anything,
    /// A list of a component, which said so.
    List(String, List),
    /// A resource of a component, by its uri.
    Resource(String, String),
    /// What the host itself has under a uri: each resource whose uri begins so, and the list of them.
    Under(String),
}

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are named after what they list")]
pub enum List {
    Tools,
    Resources,
    Prompts,
}
