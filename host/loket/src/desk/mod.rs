//! What the host answers to gateways.
//!
//! Files: [`chat`] a word to an agent, `attached` files that come with it, `agent` who one is and what it sets itself, `because` why its answer used which memories, [`call`] a call by the owner, [`inspect`] what a package is and may do, [`mod@file`] the same of a
//! file in no registry, [`authority`] the tree of what may be done through whom, [`permit`] grant and revoke, `publish` a new version, `yank` old ones, `approve` packages that wait, `asks` calls that do, `keys`
//! whose signatures count, `mcp` other programs in their own name, `guardian` what the owner sealed, [`lists`] agents and packages, [`record`] the ledger, `replay` a turn of it run again, `models` what agents think with, `schedules` what they are told by themselves, `tool_servers` whose tools they can be granted, `secrets` what is kept for requests, `tokens` by which clients come in, `entrance` by which the owner does,
//! `telemetry` what is counted, [`doctor`] a look at everything; here, the way to each.

mod agent;
mod approve;
mod asks;
mod attached;
pub mod authority;
mod because;
pub mod call;
pub mod chat;
pub mod doctor;
mod entrance;
pub mod file;
mod guardian;
pub mod inspect;
mod keys;
pub mod lists;
mod mcp;
mod models;
pub mod permit;
mod publish;
pub mod record;
mod replay;
mod schedules;
mod secrets;
mod telemetry;
mod terms;
mod tokens;
mod tool_servers;
mod yank;

pub(crate) use mcp::{Listings, brain_uri};

use crate::commands;
use crate::host::Host;
use async_trait::async_trait;
use futures::stream::BoxStream;
use loket_gateways::desk::{
    AgentChange, AgentDetail, AgentInfo, AgentMake, AnswerRequest, Answered, AskEnd, AskInfo, BackupReport,
    BackupRequest, CallRequest, Caller, ChatEvent, ChatReply, ChatRequest, Check, CommandInfo, CommandReply,
    CommandRequest, Completion, Decision, DecisionRequest, Desk, FoundServer, GarbageReport, GarbageRequest, GrantInfo,
    GrantRequest, GuardianStatus, Health, Inspection, Introduced, KeyInfo, KeyName, KeyRequest, LeaveRequest,
    LedgerLine, LedgerQuery, LoggedOut, LoginBegun, LoginProgress, ModelAddRequest, ModelChange, ModelList,
    ModelUseRequest, PackageInfo, PackageVersion, ProbeRequest, Problem, PublishRequest, Published, ReplayReport,
    ReplayRequest, RestoreReport, RestoreRequest, RevokeRequest, ScanFinding, ScheduleInfo, ScheduleName, SealRequest,
    SealStatement, SecretInfo, SecretName, SecretRequest, Secrets, ServerAcceptRequest, ServerAddRequest, ServerChange,
    ServerName, ServerWit, SpendQuery, SpendReport, StatementRequest, StopReport, StopRequest, TokenInfo, TokenIssuer,
    TokenMade, TokenName, TokenRequest, ToolServerInfo, VerifyReport, Visitor, YankReport,
};
use loket_gateways::entrance::Entrance;
use loket_gateways::mcp::Behind;
use loket_kernel::CallError;
use serde_json::Value as Json;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::mpsc;

#[async_trait]
impl Desk for Host {
    async fn health(&self) -> Health {
        lists::health(self)
    }

    async fn chat(&self, request: ChatRequest, events: mpsc::Sender<ChatEvent>) -> Result<ChatReply, Problem> {
        chat::chat(self, request, events).await
    }

    async fn stop(&self, request: StopRequest) -> Result<StopReport, Problem> {
        chat::stop(self, &request)
    }

    async fn commands(&self, agent: &str) -> Result<Vec<CommandInfo>, Problem> {
        commands::list(self, agent).await
    }

    async fn command_run(&self, request: CommandRequest) -> Result<CommandReply, Problem> {
        // Nobody watches: what streams goes nowhere.
        commands::run(self, request, mpsc::channel(1).0).await
    }

    async fn command_complete(&self, request: CommandRequest) -> Result<Completion, Problem> {
        commands::complete(self, request).await
    }

    async fn call(&self, request: CallRequest) -> Result<Json, Problem> {
        call::call(self, request).await
    }

    async fn inspect(&self, subject: &str) -> Result<Inspection, Problem> {
        inspect::inspect(self, subject)
    }

    async fn agents(&self) -> Result<Vec<AgentInfo>, Problem> {
        Ok(lists::agents(self))
    }

    async fn agent(&self, name: &str) -> Result<AgentDetail, Problem> {
        agent::show(self, name)
    }

    async fn agent_change(&self, request: AgentChange) -> Result<AgentDetail, Problem> {
        agent::change(self, request).await
    }

    async fn agent_make(&self, request: AgentMake) -> Result<AgentDetail, Problem> {
        agent::make(self, request).await
    }

    async fn schedules(&self, agent: Option<&str>) -> Result<Vec<ScheduleInfo>, Problem> {
        schedules::list(self, agent)
    }

    async fn schedule_run(self: Arc<Self>, request: ScheduleName) -> Result<ChatReply, Problem> {
        schedules::run(&self, request).await
    }

    async fn findings(&self, subject: &str) -> Result<Vec<ScanFinding>, Problem> {
        inspect::findings(self, subject)
    }

    async fn packages(&self) -> Result<Vec<PackageInfo>, Problem> {
        Ok(lists::packages(self))
    }

    async fn publish(&self, request: PublishRequest, component: Vec<u8>) -> Result<Published, Problem> {
        publish::publish(self, request, component).await
    }

    async fn yank(&self, request: PackageVersion) -> Result<YankReport, Problem> {
        yank::mark(self, request, true).await
    }

    async fn unyank(&self, request: PackageVersion) -> Result<YankReport, Problem> {
        yank::mark(self, request, false).await
    }

    async fn garbage(&self, request: GarbageRequest) -> Result<GarbageReport, Problem> {
        yank::collect(self, request).await
    }

    async fn approve(&self, request: DecisionRequest) -> Result<Decision, Problem> {
        approve::approve(self, request).await
    }

    async fn reject(&self, request: DecisionRequest) -> Result<Decision, Problem> {
        approve::reject(self, request).await
    }

    async fn asks(&self) -> Result<Vec<AskInfo>, Problem> {
        Ok(asks::list(self))
    }

    async fn ask(&self, name: &str) -> Result<AskInfo, Problem> {
        asks::show(self, name).await
    }

    async fn answer(&self, request: AnswerRequest, by: &Caller) -> Result<Answered, Problem> {
        asks::answer(self, request, by).await
    }

    async fn go_on(&self, turn: &str) -> AskEnd {
        asks::go_on(self, turn).await
    }

    async fn suspend(&self) {
        self.asks.suspend();
    }

    async fn keys(&self) -> Result<Vec<KeyInfo>, Problem> {
        Ok(keys::list(self))
    }

    async fn key_trust(&self, request: KeyRequest) -> Result<KeyInfo, Problem> {
        keys::trust(self, request).await
    }

    async fn key_revoke(&self, request: KeyName) -> Result<KeyInfo, Problem> {
        keys::revoke(self, request).await
    }

    async fn key_remove(&self, request: KeyName) -> Result<KeyInfo, Problem> {
        keys::remove(self, request).await
    }

    async fn guardian(&self) -> Result<GuardianStatus, Problem> {
        Ok(guardian::status(self))
    }

    async fn guardian_verify(&self) -> Result<GuardianStatus, Problem> {
        Ok(guardian::verify(self))
    }

    async fn guardian_statement(&self, request: StatementRequest) -> Result<SealStatement, Problem> {
        guardian::statement(self, request)
    }

    async fn guardian_seal(&self, request: SealRequest) -> Result<GuardianStatus, Problem> {
        guardian::seal(self, request).await
    }

    async fn guardian_leave(&self, request: LeaveRequest) -> Result<GuardianStatus, Problem> {
        guardian::leave(self, request).await
    }

    async fn grants(&self, grantee: Option<&str>) -> Result<Vec<GrantInfo>, Problem> {
        permit::list(self, grantee)
    }

    async fn grant(&self, request: GrantRequest) -> Result<GrantInfo, Problem> {
        permit::grant(self, request).await
    }

    async fn grant_preview(&self, request: GrantRequest) -> Result<GrantInfo, Problem> {
        permit::preview(self, request).await
    }

    async fn revoke(&self, request: RevokeRequest) -> Result<Vec<GrantInfo>, Problem> {
        permit::revoke(self, request).await
    }

    async fn models(&self) -> Result<ModelList, Problem> {
        models::list::list(self).await
    }

    async fn models_spend(&self, query: SpendQuery) -> Result<SpendReport, Problem> {
        models::spend::spend(self, &query)
    }

    async fn models_probe(&self, request: ProbeRequest) -> Result<Vec<FoundServer>, Problem> {
        models::probe::probe(self, request).await
    }

    async fn model_add(&self, request: ModelAddRequest) -> Result<ModelChange, Problem> {
        models::change::add(self, request).await
    }

    async fn model_use(&self, request: ModelUseRequest) -> Result<ModelChange, Problem> {
        models::change::choose(self, request).await
    }

    async fn tool_servers(&self) -> Result<Vec<ToolServerInfo>, Problem> {
        tool_servers::shown::list(self)
    }

    async fn tool_server(&self, name: &str) -> Result<ToolServerInfo, Problem> {
        tool_servers::shown::show(self, name).await
    }

    async fn tool_server_wit(&self, name: &str) -> Result<ServerWit, Problem> {
        tool_servers::shown::wit(self, name)
    }

    async fn tool_server_add(&self, request: ServerAddRequest) -> Result<ServerChange, Problem> {
        tool_servers::change::add(self, request).await
    }

    async fn tool_server_accept(&self, request: ServerAcceptRequest) -> Result<ServerChange, Problem> {
        tool_servers::change::accept(self, request).await
    }

    async fn tool_server_remove(&self, request: ServerName) -> Result<ServerChange, Problem> {
        tool_servers::change::remove(self, request).await
    }

    async fn tool_server_login(&self, request: ServerName) -> Result<LoginBegun, Problem> {
        tool_servers::login::begin(self, request).await
    }

    async fn tool_server_login_wait(&self, request: ServerName) -> Result<LoginProgress, Problem> {
        tool_servers::login::wait(self, request).await
    }

    async fn tool_server_logout(&self, request: ServerName) -> Result<LoggedOut, Problem> {
        tool_servers::login::out(self, request).await
    }

    async fn secrets(&self) -> Result<Secrets, Problem> {
        secrets::list(self).await
    }

    async fn secret_set(&self, request: SecretRequest) -> Result<Secrets, Problem> {
        secrets::set(self, request).await
    }

    async fn secret_remove(&self, request: SecretName) -> Result<Option<SecretInfo>, Problem> {
        secrets::remove(self, request).await
    }

    async fn tokens(&self) -> Result<Vec<TokenInfo>, Problem> {
        Ok(tokens::list(self))
    }

    async fn token_create(&self, request: TokenRequest) -> Result<TokenMade, Problem> {
        tokens::create(self, request).await
    }

    async fn token_revoke(&self, request: TokenName) -> Result<TokenInfo, Problem> {
        tokens::revoke(self, request).await
    }

    fn behind(self: Arc<Self>) -> Option<Arc<dyn Behind>> {
        Some(self)
    }

    fn entrance(self: Arc<Self>) -> Option<Arc<dyn Entrance>> {
        Some(self)
    }

    fn visitor(&self, shown: &str) -> Option<Visitor> {
        self.tokens.visitor(shown)
    }

    fn token_issuer(&self) -> Option<TokenIssuer> {
        self.issuer.issuer()
    }

    async fn introduced(&self, shown: &str, audience: &[String]) -> Introduced {
        self.issuer.introduced(shown, audience, &self.tokens).await
    }

    fn hides(&self) -> bool {
        self.counter.hidden().is_some()
    }

    fn redact(&self, shown: &[u8]) -> Option<Vec<u8>> {
        self.counter.hidden()?.bytes(shown)
    }

    async fn ledger(&self, query: LedgerQuery) -> Result<Vec<LedgerLine>, Problem> {
        record::read(self, query).await
    }

    async fn follow(&self) -> Result<BoxStream<'static, LedgerLine>, Problem> {
        Ok(record::follow(self))
    }

    async fn verify(&self) -> Result<VerifyReport, Problem> {
        record::verify(self).await
    }

    async fn replay(&self, request: ReplayRequest) -> Result<ReplayReport, Problem> {
        replay::replay(self, request).await
    }

    async fn backup(&self, request: BackupRequest) -> Result<BackupReport, Problem> {
        crate::backup::backup(self, request).await
    }

    async fn restore(&self, request: RestoreRequest) -> Result<RestoreReport, Problem> {
        crate::backup::beside(self, request).await
    }

    async fn metrics(&self) -> Result<String, Problem> {
        telemetry::metrics(self)
    }

    async fn doctor(&self) -> Result<Vec<Check>, Problem> {
        Ok(doctor::look(self).await)
    }

    fn is_in_safe_mode(&self) -> bool {
        self.guard.is_closed()
    }

    fn listens(&self, address: SocketAddr) {
        self.own.add(address);
    }

    async fn drain(&self) {
        Host::drain(self).await;
    }

    async fn close(&self) {
        Host::close(self).await;
    }
}

/// An error at the counter, as gateways give it.
pub(crate) fn problem(error: CallError) -> Problem {
    Problem { code: error.code().to_owned(), hint: error.remedy().map(str::to_owned), message: error.to_string() }
}

/// A problem of a given code.
pub(crate) fn wrong(code: &str, message: impl Into<String>, hint: impl Into<String>) -> Problem {
    Problem { code: code.to_owned(), message: message.into(), hint: Some(hint.into()) }
}

/// A moment as RFC 3339 with milliseconds, in UTC.
pub(crate) fn time_text(milliseconds: u64) -> String {
    i64::try_from(milliseconds)
        .ok()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok())
        .map_or_else(|| format!("{milliseconds} ms"), |t| format!("{t:.3}"))
}

/// Runs reading that blocks where it holds nobody up.
pub(crate) async fn reading<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, loket_ledger::LedgerError> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(|e| wrong("failed", e.to_string(), "loket doctor")),
        Err(e) => Err(wrong("failed", format!("reading the ledger broke off: {e}"), "try again")),
    }
}
