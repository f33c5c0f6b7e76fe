//! The desk: what a gateway may ask of the host, and the shapes in which the host answers.
//!
//! The shapes are the JSON of `/api/v1` and of `loket --json`; they are the same on both ways.

pub use crate::access::{Introduced, TokenInfo, TokenIssuer, TokenMade, TokenName, TokenRequest, Visitor};
pub use crate::agent::{AgentChange, AgentDetail, AgentLimitsInfo, AgentMake};
pub use crate::ask::{
    AnswerRequest, Answered, AskEnd, AskField, AskForm, AskInfo, AskName, AskRef, Caller, EarlierAnswer, Scopes,
};
pub use crate::backup::{BackupReport, BackupRequest, RestoreReport, RestoreRequest};
pub use crate::chat::{AttachedFile, ChatEvent, ChatReply, ChatRequest, Citation};
pub use crate::command::{
    CandidateInfo, CommandInfo, CommandReply, CommandRequest, Completion, ParameterInfo, StopReport, StopRequest,
};
use crate::entrance::Entrance;
pub use crate::entrance::Invitation;
pub use crate::grant::{GrantInfo, GrantRequest, RevokeRequest};
pub use crate::guardian::{
    GuardianFault, GuardianStatus, LeaveRequest, SafeModeInfo, SealRequest, SealStatement, SealedPart, StatementRequest,
};
pub use crate::inspection::{Authority, ExportInfo, ImportInfo, Inspection};
pub use crate::key::{KeyInfo, KeyName, KeyRequest};
pub use crate::login::{LoggedOut, LoginBegun, LoginInfo, LoginProgress};
use crate::mcp::Behind;
pub use crate::model::{
    AgentSpent, BudgetInfo, FoundServer, ModelAddRequest, ModelChange, ModelInfo, ModelList, ModelUseRequest,
    PriceInfo, ProbeRequest, SpentToday, UseInfo,
};
pub use crate::package::{
    Decision, DecisionRequest, GarbageInfo, GarbageReport, GarbageRequest, MOST_PACKAGE_BYTES, PackageVersion,
    PublishRequest, Published, SignatureInfo, YankReport,
};
pub use crate::record::{LedgerLine, LedgerQuery, VerifyReport};
pub use crate::replay::{DivergenceInfo, RefusedInfo, ReplayReport, ReplayRequest};
pub use crate::scan::{ScanEvidence, ScanFinding};
pub use crate::schedule::{ScheduleEntry, ScheduleInfo, ScheduleLast, ScheduleName};
pub use crate::secret::{SecretInfo, SecretName, SecretRequest, SecretValue, Secrets};
pub use crate::spend::{
    AgentUse, CostInfo, MOST_SPEND_DAYS, ModelUse, SpendDay, SpendQuery, SpendReport, USUAL_SPEND_DAYS,
};
pub use crate::tool_server::{
    ServerAcceptRequest, ServerAddRequest, ServerChange, ServerName, ServerToolInfo, ServerWit, ToolServerInfo,
};
use async_trait::async_trait;
use futures::stream::BoxStream;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::mpsc;
use utoipa::ToSchema;

/// What the host answers to gateways.
///
/// Everything that touches a capability goes through the counter as the owner's call; the owner's own acts (grant, revoke)
/// are written in the ledger.
#[async_trait]
pub trait Desk: Send + Sync + 'static {
    /// Whether the host is well, and which one it is.
    async fn health(&self) -> Health;
    /// Say something to an agent: one turn. Events are sent while it runs; a full or closed channel never holds the turn up.
    ///
    /// A line that is a slash command is run instead. Dropping the future cancels the turn.
    async fn chat(&self, request: ChatRequest, events: mpsc::Sender<ChatEvent>) -> Result<ChatReply, Problem>;
    /// Stop what an agent is answering now; whoever waits for the answer is told so. Stopping nothing is no error.
    async fn stop(&self, request: StopRequest) -> Result<StopReport, Problem>;
    /// The slash commands that the conversations of an agent have, and those that they could have.
    async fn commands(&self, agent: &str) -> Result<Vec<CommandInfo>, Problem>;
    /// Run a line as a slash command.
    async fn command_run(&self, request: CommandRequest) -> Result<CommandReply, Problem>;
    /// What could be meant at the end of a line that begins as a slash command.
    async fn command_complete(&self, request: CommandRequest) -> Result<Completion, Problem>;
    /// Call a function as the owner, optionally on behalf of an agent (its brain, for example).
    async fn call(&self, request: CallRequest) -> Result<Json, Problem>;
    /// Look into a package, an agent or a `.wasm` file (by its absolute path): role, imports, exports, authority.
    async fn inspect(&self, subject: &str) -> Result<Inspection, Problem>;
    /// The agents of this home.
    async fn agents(&self) -> Result<Vec<AgentInfo>, Problem>;
    /// One agent, with all that its folder says.
    async fn agent(&self, name: &str) -> Result<AgentDetail, Problem> {
        Err(Problem::unavailable(format!("nothing more is known here of `{name}`")))
    }
    /// Change who an agent is, what it thinks with, and the limits that it sets itself; answers with it as it is then.
    async fn agent_change(&self, request: AgentChange) -> Result<AgentDetail, Problem> {
        Err(Problem::unavailable(format!("`{}` cannot be changed here", request.name)))
    }
    /// Make an agent. It is granted nothing.
    async fn agent_make(&self, request: AgentMake) -> Result<AgentDetail, Problem> {
        Err(Problem::unavailable(format!("`{}` cannot be made here", request.name)))
    }
    /// What agents are told by themselves, one of them or all.
    async fn schedules(&self, _agent: Option<&str>) -> Result<Vec<ScheduleInfo>, Problem> {
        Err(Problem::unavailable("nobody is told anything by itself here".to_owned()))
    }
    /// Tell an agent now what one of its schedules says: one turn, which goes on when nobody waits for it any more.
    async fn schedule_run(self: Arc<Self>, request: ScheduleName) -> Result<ChatReply, Problem> {
        Err(Problem::unavailable(format!("`{}` cannot be told anything here", request.agent)))
    }
    /// What scanners found in a package, or in an agent with its persona, when they looked last: the strictest first.
    async fn findings(&self, subject: &str) -> Result<Vec<ScanFinding>, Problem> {
        Err(Problem::unavailable(format!("nobody looked at `{subject}` here")))
    }
    /// The packages of the registry, admitted or not.
    async fn packages(&self) -> Result<Vec<PackageInfo>, Problem>;
    /// Put a component into the home's registry as a version of a package; a version that is there with other bytes stays as it is.
    async fn publish(&self, request: PublishRequest, component: Vec<u8>) -> Result<Published, Problem>;
    /// Take a version back: it is chosen for nobody new, and who uses it goes on.
    async fn yank(&self, request: PackageVersion) -> Result<YankReport, Problem>;
    /// Take a version into use again.
    async fn unyank(&self, request: PackageVersion) -> Result<YankReport, Problem>;
    /// Remove the versions that nobody needs, or say which those are.
    async fn garbage(&self, request: GarbageRequest) -> Result<GarbageReport, Problem>;
    /// Let a package run that waits for the owner.
    async fn approve(&self, request: DecisionRequest) -> Result<Decision, Problem>;
    /// Take a package away that waits for the owner; what ran before in its place is put back.
    async fn reject(&self, request: DecisionRequest) -> Result<Decision, Problem>;
    /// The calls that wait for the owner's answer, the oldest first.
    async fn asks(&self) -> Result<Vec<AskInfo>, Problem>;
    /// One of them, by its name or the end of that; also one that was answered lately.
    async fn ask(&self, name: &str) -> Result<AskInfo, Problem>;
    /// Answer asks. Each answer is used once, and is for what has the digest that it names.
    async fn answer(&self, request: AnswerRequest, by: &Caller) -> Result<Answered, Problem>;
    /// Go on with a turn that has all its answers, from its page in the ledger; answers when it has ended.
    async fn go_on(&self, turn: &str) -> AskEnd;
    /// Leave turns that wait for the owner as they are: each goes on when it has its answers. Whoever waits for them is told so.
    async fn suspend(&self) {}
    /// The keys whose signatures count, and those that were revoked.
    async fn keys(&self) -> Result<Vec<KeyInfo>, Problem>;
    /// Trust a key from now on; answers with it.
    async fn key_trust(&self, request: KeyRequest) -> Result<KeyInfo, Problem>;
    /// Trust a key no longer, whenever it signed; answers with it.
    async fn key_revoke(&self, request: KeyName) -> Result<KeyInfo, Problem>;
    /// Forget a key; answers with what it was.
    async fn key_remove(&self, request: KeyName) -> Result<KeyInfo, Problem>;
    /// How the guardian finds the home.
    async fn guardian(&self) -> Result<GuardianStatus, Problem>;
    /// Look at everything that is sealed, byte for byte.
    async fn guardian_verify(&self) -> Result<GuardianStatus, Problem>;
    /// What the owner signs to seal the home as it is now.
    async fn guardian_statement(&self, request: StatementRequest) -> Result<SealStatement, Problem>;
    /// Seal the home; ends safe mode.
    async fn guardian_seal(&self, request: SealRequest) -> Result<GuardianStatus, Problem>;
    /// End safe mode, where all is as it was sealed.
    async fn guardian_leave(&self, request: LeaveRequest) -> Result<GuardianStatus, Problem>;
    /// The grants, of one grantee or of all.
    async fn grants(&self, grantee: Option<&str>) -> Result<Vec<GrantInfo>, Problem>;
    /// Grant a capability; answers with the grant and, in plain view, what it delegates.
    async fn grant(&self, request: GrantRequest) -> Result<GrantInfo, Problem>;
    /// The grant that such a request would be, with what it would delegate. Nothing is granted.
    async fn grant_preview(&self, request: GrantRequest) -> Result<GrantInfo, Problem> {
        Err(Problem::unavailable(format!("nothing can be said here of `{}`", request.capability)))
    }
    /// Take grants back; answers with those that were taken back. None is no error.
    async fn revoke(&self, request: RevokeRequest) -> Result<Vec<GrantInfo>, Problem>;
    /// The models, how they are, and what was used of them today.
    async fn models(&self) -> Result<ModelList, Problem>;
    /// What models took, day by day.
    async fn models_spend(&self, query: SpendQuery) -> Result<SpendReport, Problem>;
    /// Look for model servers on this machine. Nowhere else, and only when asked.
    async fn models_probe(&self, request: ProbeRequest) -> Result<Vec<FoundServer>, Problem>;
    /// Write a model into `loket.toml`; the owner's remarks there stay.
    async fn model_add(&self, request: ModelAddRequest) -> Result<ModelChange, Problem>;
    /// Let an agent think with a model.
    async fn model_use(&self, request: ModelUseRequest) -> Result<ModelChange, Problem>;
    /// The servers of tools, without asking them.
    async fn tool_servers(&self) -> Result<Vec<ToolServerInfo>, Problem>;
    /// One of them, and what it offers now.
    async fn tool_server(&self, name: &str) -> Result<ToolServerInfo, Problem>;
    /// The WIT of what was accepted of one.
    async fn tool_server_wit(&self, name: &str) -> Result<ServerWit, Problem>;
    /// Write a server into `loket.toml`, ask it what it offers, and accept that; the owner's remarks in the file stay.
    async fn tool_server_add(&self, request: ServerAddRequest) -> Result<ServerChange, Problem>;
    /// Accept what a server offers now.
    async fn tool_server_accept(&self, request: ServerAcceptRequest) -> Result<ServerChange, Problem>;
    /// Take a server out of `loket.toml`, and forget what was accepted of it.
    async fn tool_server_remove(&self, request: ServerName) -> Result<ServerChange, Problem>;
    /// Begin to log in at a server: answers with what a browser is to open.
    async fn tool_server_login(&self, request: ServerName) -> Result<LoginBegun, Problem>;
    /// How far a login is, once it has come to an end or half a minute has passed.
    async fn tool_server_login_wait(&self, request: ServerName) -> Result<LoginProgress, Problem>;
    /// Forget a login. None is no error.
    async fn tool_server_logout(&self, request: ServerName) -> Result<LoggedOut, Problem>;
    /// The secrets, as far as they may be told: never their values.
    async fn secrets(&self) -> Result<Secrets, Problem>;
    /// Keep a secret; answers with that one alone.
    async fn secret_set(&self, request: SecretRequest) -> Result<Secrets, Problem>;
    /// Take a secret away; answers with what it was. None is no error.
    async fn secret_remove(&self, request: SecretName) -> Result<Option<SecretInfo>, Problem>;
    /// The tokens by which clients come in, with what each is granted.
    async fn tokens(&self) -> Result<Vec<TokenInfo>, Problem>;
    /// Make a token, and grant its holder what is named, in one act; answers with the token itself, which is never told again.
    async fn token_create(&self, request: TokenRequest) -> Result<TokenMade, Problem>;
    /// Take a token back together with what its holder was granted; answers with what it was.
    async fn token_revoke(&self, request: TokenName) -> Result<TokenInfo, Problem>;
    /// Whose this text is, if it is a client's token that is good now.
    fn visitor(&self, _shown: &str) -> Option<Visitor> {
        None
    }
    /// How the owner comes into the control room; nothing where nobody can.
    fn entrance(self: Arc<Self>) -> Option<Arc<dyn Entrance>> {
        None
    }
    /// Where programs get tokens that open `/mcp` besides those of this home; nowhere where nothing is set.
    fn token_issuer(&self) -> Option<TokenIssuer> {
        None
    }
    /// Whose a token of such a server's is, if it is for one of these audiences.
    async fn introduced(&self, _shown: &str, _audience: &[String]) -> Introduced {
        Introduced::Nobody("no authorization server is known".to_owned())
    }
    /// What stands behind the MCP server; nothing where there is none.
    fn behind(self: Arc<Self>) -> Option<Arc<dyn Behind>> {
        None
    }
    /// Read the ledger, oldest first.
    async fn ledger(&self, query: LedgerQuery) -> Result<Vec<LedgerLine>, Problem>;
    /// New ledger lines as they are written.
    async fn follow(&self) -> Result<BoxStream<'static, LedgerLine>, Problem>;
    /// Check the ledger's chain from its first line to its last.
    async fn verify(&self) -> Result<VerifyReport, Problem>;
    /// Run a recorded turn again, or hold it against the grants without one of them; nothing is called and nothing written.
    async fn replay(&self, request: ReplayRequest) -> Result<ReplayReport, Problem>;
    /// Put the whole home, as it is at one moment, into one file of this machine; it goes on meanwhile.
    async fn backup(&self, request: BackupRequest) -> Result<BackupReport, Problem>;
    /// Make a home of a backup, in an empty folder of this machine; the home that is in use stays as it is.
    async fn restore(&self, request: RestoreRequest) -> Result<RestoreReport, Problem>;
    /// What is counted of the host, in the OpenMetrics text format.
    async fn metrics(&self) -> Result<String, Problem> {
        Err(Problem::unavailable("nothing is counted here").hint("loket serve"))
    }
    /// Look the whole host over.
    async fn doctor(&self) -> Result<Vec<Check>, Problem>;
    /// Whether nothing new is let in: each gateway shows it.
    fn is_in_safe_mode(&self) -> bool {
        false
    }
    /// A gateway listens there from now on: no component may reach it.
    fn listens(&self, _address: SocketAddr) {}
    /// Begin no turn any more, and let those that run come to their end; stop those that take longer than the home's settings allow.
    /// Answers when no turn runs.
    async fn drain(&self) {}
    /// What is to be shown without the values of secrets; nothing when there is none of them in it. The one gate that answers pass asks
    /// for each, as does whatever notes something.
    fn redact(&self, _shown: &[u8]) -> Option<Vec<u8>> {
        None
    }
    /// Whether there is anything that [`Desk::redact`] looks for.
    fn hides(&self) -> bool {
        false
    }
    /// Stop what is still running, write what is not yet written, and let the home go. Called once, at the end.
    async fn close(&self) {}
}

/// An error as people and programs meet it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `denied`, `needs-approval`, `invalid`, `not-found`, `exhausted`, `unavailable`, `failed` or `other`.
    pub code: String,
    /// What went wrong, and why, with the value that was wrong: lower case, no final dot. `detail` in the service's answers.
    #[serde(alias = "detail")]
    pub message: String,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hint: Option<String>,
}

/// Whether the host is well.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// Always `ok` when there is an answer.
    pub status: String,
    /// The host's version.
    pub version: String,
    /// The home folder that this host serves.
    pub home: String,
    /// How many agents are ready.
    pub agents: usize,
    /// How many packages are admitted.
    pub packages: usize,
    /// Seconds since the start.
    pub uptime: u64,
    /// Why nothing new is let in, while nothing is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub safe_mode: Option<String>,
}

/// A call by the owner.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CallRequest {
    /// `loket:calc/arithmetic` (an interface that one package exports), `loket:brain/memory` (the host's own), or
    /// `acme:abacus` for the functions at a package's root.
    pub capability: String,
    /// The package that should answer, when several export the capability.
    #[serde(default)]
    pub package: Option<String>,
    /// The function, in kebab case.
    pub function: String,
    /// The arguments: an object by parameter name, or an array by position.
    #[serde(default)]
    pub arguments: Json,
    /// The agent on whose behalf: needed where a provider keeps something for each agent, such as a brain.
    #[serde(default)]
    pub agent: Option<String>,
}

/// One agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AgentInfo {
    /// Its name.
    pub name: String,
    /// The package it runs.
    pub package: String,
    /// The model it thinks with.
    pub model: String,
    /// `ready`, or why it cannot run.
    pub state: String,
    /// How many memories it holds; absent while the brain is not open.
    pub memories: Option<u64>,
}

/// One package version.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PackageInfo {
    /// `namespace:name`
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its role.
    pub role: String,
    /// `ready`, or why it may not run.
    pub state: String,
    /// The SHA-256 of its bytes, in hex.
    pub digest: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Whose signature it has.
    pub signature: SignatureInfo,
    /// Whether it was taken back.
    #[serde(default)]
    pub yanked: bool,
    /// The digest of what waits under this name and version for the owner, in hex: it itself, or what came in its place.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waits: Option<String>,
}

/// One thing that the doctor looked at.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Check {
    /// What was looked at.
    pub name: String,
    /// `ok`, `warning` or `fault`.
    pub state: String,
    /// What was found.
    pub detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hint: Option<String>,
}
