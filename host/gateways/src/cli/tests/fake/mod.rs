//! A desk that always answers the same; some of it is hostile.
//!
//! Files: this one says what is said in a line or two, and asks the others for the rest: [`chat`] turns and slash commands, [`asks`] calls
//! that wait, [`brain`] memories, [`packages`], [`signing`] keys and the seal, [`grants`] and tokens, [`models`], [`servers`] of tools,
//! [`secrets`], [`schedules`], [`ledger`] its lines and what is run again.

mod asks;
mod brain;
mod chat;
mod grants;
mod ledger;
mod models;
mod packages;
mod schedules;
mod secrets;
mod servers;
mod signing;

pub(in crate::cli) use secrets::HIDDEN;
pub(in crate::cli) use signing::{PASSPHRASE, PUBLIC_KEY, SECRET_KEY, SIGNING};

use crate::desk::{
    AgentInfo, AnswerRequest, Answered, AskEnd, AskInfo, BackupReport, BackupRequest, CallRequest, Caller, ChatEvent,
    ChatReply, ChatRequest, Check, CommandInfo, CommandReply, CommandRequest, Completion, Decision, DecisionRequest,
    Desk, FoundServer, GarbageReport, GarbageRequest, GrantInfo, GrantRequest, GuardianStatus, Health, Inspection,
    KeyInfo, KeyName, KeyRequest, LeaveRequest, LedgerLine, LedgerQuery, LoggedOut, LoginBegun, LoginProgress,
    ModelAddRequest, ModelChange, ModelList, ModelUseRequest, PackageInfo, PackageVersion, ProbeRequest, Problem,
    PublishRequest, Published, ReplayReport, ReplayRequest, RestoreReport, RestoreRequest, RevokeRequest, ScheduleInfo,
    ScheduleName, SealRequest, SealStatement, SecretInfo, SecretName, SecretRequest, SecretValue, Secrets,
    ServerAcceptRequest, ServerAddRequest, ServerChange, ServerName, ServerWit, SpendQuery, SpendReport,
    StatementRequest, StopReport, StopRequest, TokenInfo, TokenMade, TokenName, TokenRequest, ToolServerInfo,
    VerifyReport, YankReport,
};
use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use tokio::sync::mpsc;

/// The desk.
pub(in crate::cli) struct Fake;

#[async_trait]
impl Desk for Fake {
    async fn health(&self) -> Health {
        let (status, version, home) = ("ok".to_owned(), "0.1.0".to_owned(), "/home".to_owned());
        Health { status, version, home, agents: 1, packages: 2, uptime: 3, safe_mode: None }
    }

    async fn chat(&self, request: ChatRequest, events: mpsc::Sender<ChatEvent>) -> Result<ChatReply, Problem> {
        chat::turn(request, events).await
    }

    async fn stop(&self, _request: StopRequest) -> Result<StopReport, Problem> {
        Ok(StopReport { stopped: 1 })
    }

    async fn commands(&self, agent: &str) -> Result<Vec<CommandInfo>, Problem> {
        chat::commands(agent)
    }

    async fn command_run(&self, request: CommandRequest) -> Result<CommandReply, Problem> {
        let conversation = request.conversation.unwrap_or_else(|| "C1".to_owned());
        Ok(CommandReply { turn: "T1".to_owned(), conversation, text: format!("ran `{}`", request.text) })
    }

    async fn command_complete(&self, request: CommandRequest) -> Result<Completion, Problem> {
        Ok(chat::completion(&request.text))
    }

    async fn asks(&self) -> Result<Vec<AskInfo>, Problem> {
        Ok(asks::all())
    }

    async fn ask(&self, name: &str) -> Result<AskInfo, Problem> {
        asks::one(name)
    }

    async fn answer(&self, request: AnswerRequest, by: &Caller) -> Result<Answered, Problem> {
        asks::answered(request, by)
    }

    async fn go_on(&self, _: &str) -> AskEnd {
        AskEnd { outcome: "done".to_owned(), reply: Some("it is sent".to_owned()) }
    }

    async fn call(&self, request: CallRequest) -> Result<Json, Problem> {
        if let Some(answer) = brain::called(&request) {
            return Ok(answer);
        }
        Ok(match request.function.as_str() {
            "refuse" => return Err(Problem::denied("the owner may not either")),
            "fail" => json!({ "err": "division by zero" }),
            "text" => json!({ "ok": "two\nlines\x1b[2J" }),
            "nothing" => Json::Null,
            "echo" => json!({ "ok": { "header": format!("Bearer {HIDDEN}") } }),
            _ => json!({ "ok": { "capability": request.capability, "arguments": request.arguments } }),
        })
    }

    async fn inspect(&self, subject: &str) -> Result<Inspection, Problem> {
        Ok(packages::inspected(subject))
    }

    async fn agents(&self) -> Result<Vec<AgentInfo>, Problem> {
        let agent = |name: &str, state: &str, memories| AgentInfo {
            name: name.to_owned(),
            package: "loket:assistant@0.1.0".to_owned(),
            model: "loket:offline".to_owned(),
            state: state.to_owned(),
            memories,
        };
        let missing = "it imports `wasi:http/outgoing-handler@0.2.6`, and its grants do not name it";
        Ok(vec![agent("assistant", "ready", Some(1204)), agent("scout\x1b[2J", missing, None)])
    }

    async fn schedules(&self, agent: Option<&str>) -> Result<Vec<ScheduleInfo>, Problem> {
        Ok(schedules::of(agent))
    }

    async fn schedule_run(self: Arc<Self>, request: ScheduleName) -> Result<ChatReply, Problem> {
        schedules::told(request)
    }

    async fn packages(&self) -> Result<Vec<PackageInfo>, Problem> {
        Ok(packages::all())
    }

    async fn publish(&self, request: PublishRequest, component: Vec<u8>) -> Result<Published, Problem> {
        Ok(packages::published(request, &component))
    }

    async fn yank(&self, request: PackageVersion) -> Result<YankReport, Problem> {
        let changed = !request.package.contains("yanked");
        Ok(YankReport { package: request.package, yanked: true, changed })
    }

    async fn unyank(&self, request: PackageVersion) -> Result<YankReport, Problem> {
        let changed = request.package.contains("yanked");
        Ok(YankReport { package: request.package, yanked: false, changed })
    }

    async fn garbage(&self, request: GarbageRequest) -> Result<GarbageReport, Problem> {
        Ok(packages::garbage(request.dry_run))
    }

    async fn approve(&self, request: DecisionRequest) -> Result<Decision, Problem> {
        packages::approved(request)
    }

    async fn reject(&self, request: DecisionRequest) -> Result<Decision, Problem> {
        let digest = "0123456789abcdef".repeat(4);
        Ok(Decision { package: request.package, digest, approved: false, state: "removed".to_owned() })
    }

    async fn keys(&self) -> Result<Vec<KeyInfo>, Problem> {
        Ok(vec![signing::key("anna", None), signing::key("ben\x1b[2J", Some("2026-11-24T12:00:00Z"))])
    }

    async fn key_trust(&self, request: KeyRequest) -> Result<KeyInfo, Problem> {
        assert_eq!(request.public, PUBLIC_KEY, "nothing but the key is sent");
        Ok(signing::key(&request.name, None))
    }

    async fn key_revoke(&self, request: KeyName) -> Result<KeyInfo, Problem> {
        Ok(signing::key(&request.name, Some("2026-11-24T12:00:00Z")))
    }

    async fn key_remove(&self, request: KeyName) -> Result<KeyInfo, Problem> {
        match request.name.as_str() {
            "nobody" => Err(Problem::not_found("there is no key `nobody`; there are: `anna`").hint("loket keys list")),
            name => Ok(signing::key(name, None)),
        }
    }

    async fn tokens(&self) -> Result<Vec<TokenInfo>, Problem> {
        Ok(vec![grants::token("desktop", None), grants::token("editor\x1b[2J", Some("2026-11-24T12:00:00Z"))])
    }

    async fn token_create(&self, request: TokenRequest) -> Result<TokenMade, Problem> {
        let secret = SecretValue::new(format!("loket_{}", "0".repeat(64)).into());
        let expires = request.expires_in.map(|_| "2026-12-24T12:00:00Z");
        Ok(TokenMade { secret, token: TokenInfo { expired: false, ..grants::token(&request.name, expires) } })
    }

    async fn token_revoke(&self, request: TokenName) -> Result<TokenInfo, Problem> {
        match request.name.as_str() {
            "nobody" => Err(Problem::not_found("there is no token `nobody`").hint("loket token list")),
            name => Ok(grants::token(name, None)),
        }
    }

    async fn guardian(&self) -> Result<GuardianStatus, Problem> {
        Ok(signing::in_safe_mode())
    }

    async fn guardian_verify(&self) -> Result<GuardianStatus, Problem> {
        let sealed = self.guardian().await?;
        Ok(GuardianStatus { state: "sealed".to_owned(), safe_mode: None, faults: Vec::new(), ..sealed })
    }

    async fn guardian_statement(&self, request: StatementRequest) -> Result<SealStatement, Problem> {
        Ok(signing::statement(request.key))
    }

    async fn guardian_seal(&self, _request: SealRequest) -> Result<GuardianStatus, Problem> {
        self.guardian_verify().await
    }

    async fn guardian_leave(&self, request: LeaveRequest) -> Result<GuardianStatus, Problem> {
        assert_eq!(request.signature, "16 bytes, end of safe mode");
        self.guardian_verify().await
    }

    async fn grants(&self, grantee: Option<&str>) -> Result<Vec<GrantInfo>, Problem> {
        Ok(grants::all(grantee))
    }

    async fn grant(&self, request: GrantRequest) -> Result<GrantInfo, Problem> {
        Ok(grants::granted(&request))
    }

    async fn revoke(&self, request: RevokeRequest) -> Result<Vec<GrantInfo>, Problem> {
        let grants = grants::all(Some(&request.grantee));
        Ok(grants.into_iter().filter(|grant| grant.grantee.ends_with(&request.grantee)).collect())
    }

    async fn models(&self) -> Result<ModelList, Problem> {
        Ok(models::all())
    }

    async fn models_spend(&self, query: SpendQuery) -> Result<SpendReport, Problem> {
        models::spent(&query)
    }

    async fn models_probe(&self, request: ProbeRequest) -> Result<Vec<FoundServer>, Problem> {
        Ok(models::found(&request.ports))
    }

    async fn model_add(&self, request: ModelAddRequest) -> Result<ModelChange, Problem> {
        models::added(request)
    }

    async fn model_use(&self, request: ModelUseRequest) -> Result<ModelChange, Problem> {
        Ok(models::used(request))
    }

    async fn tool_servers(&self) -> Result<Vec<ToolServerInfo>, Problem> {
        Ok(servers::all())
    }

    async fn tool_server(&self, name: &str) -> Result<ToolServerInfo, Problem> {
        servers::one(name)
    }

    async fn tool_server_wit(&self, name: &str) -> Result<ServerWit, Problem> {
        Ok(ServerWit { package: format!("mcp:{name}"), text: format!("package mcp:{name};\n") })
    }

    async fn tool_server_add(&self, request: ServerAddRequest) -> Result<ServerChange, Problem> {
        let server = Some(servers::tool_server(&request.name, "connected"));
        let todo = vec![format!("loket grant AGENT mcp:{}/tools", request.name)];
        Ok(ServerChange { changed: true, server, granted: vec![], todo })
    }

    async fn tool_server_accept(&self, request: ServerAcceptRequest) -> Result<ServerChange, Problem> {
        let server = Some(servers::tool_server(&request.name, "connected"));
        Ok(ServerChange { changed: false, server, granted: vec![], todo: vec![] })
    }

    async fn tool_server_remove(&self, request: ServerName) -> Result<ServerChange, Problem> {
        Ok(ServerChange { changed: request.name == "files", server: None, granted: vec![], todo: vec![] })
    }

    async fn tool_server_login(&self, request: ServerName) -> Result<LoginBegun, Problem> {
        let url = "https://login.example.org/authorize?client_id=loket&state=\u{1b}[8m1".to_owned();
        let url = (request.name != "machine").then_some(url);
        Ok(LoginBegun { name: request.name, url, seconds: 600 })
    }

    async fn tool_server_login_wait(&self, request: ServerName) -> Result<LoginProgress, Problem> {
        Ok(servers::progress(&request.name))
    }

    async fn tool_server_logout(&self, request: ServerName) -> Result<LoggedOut, Problem> {
        Ok(LoggedOut { was: request.name == "open", name: request.name })
    }

    async fn secrets(&self) -> Result<Secrets, Problem> {
        Ok(secrets::all())
    }

    async fn secret_set(&self, request: SecretRequest) -> Result<Secrets, Problem> {
        secrets::set(request)
    }

    async fn secret_remove(&self, request: SecretName) -> Result<Option<SecretInfo>, Problem> {
        Ok((request.name == "github").then(|| secrets::secret("github")))
    }

    fn hides(&self) -> bool {
        true
    }

    fn redact(&self, shown: &[u8]) -> Option<Vec<u8>> {
        let text = String::from_utf8(shown.to_vec()).ok()?;
        text.contains(HIDDEN).then(|| text.replace(HIDDEN, "[secret github]").into_bytes())
    }

    async fn ledger(&self, query: LedgerQuery) -> Result<Vec<LedgerLine>, Problem> {
        if query.turn.as_deref() == Some("none") {
            return Ok(vec![]);
        }
        Ok(ledger::lines())
    }

    async fn follow(&self) -> Result<BoxStream<'static, LedgerLine>, Problem> {
        Ok(stream::iter(ledger::lines()).boxed())
    }

    async fn verify(&self) -> Result<VerifyReport, Problem> {
        let faults = vec!["line 3: its hash is not the one that line 4 names".to_owned()];
        Ok(VerifyReport { sound: false, lines: 4, erased: 1, head: "ab".repeat(32), faults })
    }

    async fn replay(&self, request: ReplayRequest) -> Result<ReplayReport, Problem> {
        Ok(ledger::replayed(&request))
    }

    async fn backup(&self, request: BackupRequest) -> Result<BackupReport, Problem> {
        let key = if request.with_key { "the key is in it" } else { "the key is not in it" }.to_owned();
        let left_out = vec!["agents/a/workspace/pipe: it is neither a file nor a folder".to_owned()];
        Ok(BackupReport { file: request.file, files: 12, bytes: 2_048_000, packed: 524_288, key, left_out })
    }

    async fn restore(&self, request: RestoreRequest) -> Result<RestoreReport, Problem> {
        unreachable!("the command line restores `{}` itself", request.file)
    }

    async fn doctor(&self) -> Result<Vec<Check>, Problem> {
        let check = |name: &str, state: &str, detail: &str, hint: Option<&str>| Check {
            name: name.to_owned(),
            state: state.to_owned(),
            detail: detail.to_owned(),
            hint: hint.map(str::to_owned),
        };
        Ok(vec![
            check("ledger", "ok", "12 lines, the chain holds", None),
            check("disk", "warning", "less than 1 GiB is free", Some("make room")),
            check("agent `scout`", "fault", "its package `acme:scout` is not in the registry", Some("loket packages")),
        ])
    }
}
