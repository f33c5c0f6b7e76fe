//! A desk that counts what it is asked, and says what a test tells it to; otherwise it has one of everything, which [`samples`] makes.

pub(crate) mod samples;

use super::door::Door;
use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt};
use loket_gateways::desk::{
    AgentChange, AgentDetail, AgentInfo, AgentMake, AnswerRequest, Answered, AskEnd, AskInfo, BackupReport,
    BackupRequest, CallRequest, Caller, ChatEvent, ChatReply, ChatRequest, Check, Citation, CommandInfo, CommandReply,
    CommandRequest, Completion, Decision, DecisionRequest, Desk, FoundServer, GarbageReport, GarbageRequest, GrantInfo,
    GrantRequest, GuardianStatus, Health, Inspection, KeyInfo, KeyName, KeyRequest, LeaveRequest, LedgerLine,
    LedgerQuery, LoggedOut, LoginBegun, LoginProgress, ModelAddRequest, ModelChange, ModelList, ModelUseRequest,
    PackageInfo, PackageVersion, ProbeRequest, Problem, PublishRequest, Published, ReplayReport, ReplayRequest,
    RestoreReport, RestoreRequest, RevokeRequest, ScanFinding, ScheduleInfo, ScheduleName, Scopes, SealRequest,
    SealStatement, SecretInfo, SecretName, SecretRequest, SecretValue, Secrets, ServerAcceptRequest, ServerAddRequest,
    ServerChange, ServerName, ServerWit, SignatureInfo, SpendQuery, SpendReport, StatementRequest, StopReport,
    StopRequest, TokenInfo, TokenMade, TokenName, TokenRequest, ToolServerInfo, VerifyReport, Visitor, YankReport,
};
use loket_gateways::entrance::Entrance;
use samples::{asked, grant, key, line, models, restored, sealed, server, spend, token};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};

/// Where the service would listen.
pub(crate) const LISTEN: &str = "127.0.0.1:1987";

/// Counts every question; `wait` never ends, `panic` panics, and a code as subject is answered with that problem.
#[derive(Default)]
pub(crate) struct Fake {
    pub(crate) calls: AtomicUsize,
    pub(crate) cancelled: Arc<Notify>,
    pub(crate) begun: Arc<Notify>,
    /// The value of the secret that was set last.
    pub(crate) hidden: Mutex<Option<String>>,
    /// Its agents.
    pub(crate) agents: Mutex<Vec<AgentInfo>>,
    /// Whether it lets in nothing new.
    pub(crate) safe_mode: AtomicBool,
    /// By which its owner comes in.
    pub(crate) door: Arc<Door>,
    /// How long its turns take to come to their end, in milliseconds.
    pub(crate) draining: AtomicU64,
    /// What it answers instead, by the method, or by the function of a call.
    pub(crate) said: Mutex<HashMap<&'static str, Json>>,
}

/// Tells when a turn's future is dropped before its end.
struct Turn(Arc<Notify>);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl Fake {
    pub(crate) fn asked(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    fn said<T: DeserializeOwned>(&self, what: &str) -> Option<T> {
        let said = self.said.lock().expect("not poisoned").get(what).cloned()?;
        Some(serde_json::from_value(said).unwrap_or_else(|error| panic!("`{what}` has its shape: {error}")))
    }

    fn count(&self) {
        self.calls.fetch_add(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Desk for Fake {
    fn entrance(self: Arc<Self>) -> Option<Arc<dyn Entrance>> {
        self.count();
        Some(self.door.clone())
    }

    async fn health(&self) -> Health {
        self.count();
        let (status, version, home) = ("ok".to_owned(), "0.1.0".to_owned(), "/home".to_owned());
        Health { status, version, home, agents: 1, packages: 2, uptime: 3, safe_mode: None }
    }

    async fn chat(&self, request: ChatRequest, events: mpsc::Sender<ChatEvent>) -> Result<ChatReply, Problem> {
        self.count();
        let _ = events.send(ChatEvent::Status { text: "thinking".to_owned() }).await;
        let _ = events.send(ChatEvent::Tool { name: "loket:calc/arithmetic".to_owned() }).await;
        let _ = events.send(ChatEvent::Text { text: "line one\nline two: größer".to_owned() }).await;
        match request.text.as_str() {
            "wait" => {
                let _turn = Turn(self.cancelled.clone());
                self.begun.notify_one();
                std::future::pending().await
            }
            "fail" => Err(Problem::new("exhausted", "the turn used its budget").hint("ask for less")),
            text => Ok(ChatReply {
                turn: "t1".to_owned(),
                conversation: request.conversation.unwrap_or_default(),
                text: text.to_owned(),
                used: vec![Citation { id: "m1".to_owned(), excerpt: "once".to_owned(), written: 7, why: None }],
                learned: vec![],
            }),
        }
    }

    async fn stop(&self, request: StopRequest) -> Result<StopReport, Problem> {
        self.count();
        Ok(StopReport { stopped: usize::from(request.conversation.is_some()) })
    }

    async fn commands(&self, agent: &str) -> Result<Vec<CommandInfo>, Problem> {
        self.count();
        Ok(vec![CommandInfo {
            call: "/help".to_owned(),
            package: "loket:commands".to_owned(),
            summary: format!("What {agent} can be told."),
            takes: String::new(),
            parameters: vec![],
            state: "ready".to_owned(),
            remedy: None,
        }])
    }

    async fn command_run(&self, request: CommandRequest) -> Result<CommandReply, Problem> {
        self.count();
        let conversation = request.conversation.unwrap_or_default();
        Ok(CommandReply { turn: "t1".to_owned(), conversation, text: request.text })
    }

    async fn command_complete(&self, request: CommandRequest) -> Result<Completion, Problem> {
        self.count();
        Ok(Completion { at: request.text.len(), candidates: vec![] })
    }

    async fn call(&self, request: CallRequest) -> Result<Json, Problem> {
        self.count();
        if let Some(said) = self.said(&request.function) {
            return Ok(said);
        }
        if request.function == "fail" {
            return Err(Problem::unavailable("it is not there now"));
        }
        if request.function == "wait" {
            self.begun.notify_one();
            std::future::pending::<()>().await;
        }
        Ok(json!({ "function": request.function, "big": u64::MAX, "arguments": request.arguments }))
    }

    async fn inspect(&self, subject: &str) -> Result<Inspection, Problem> {
        self.count();
        if let Some(said) = self.said("inspect") {
            return Ok(said);
        }
        assert_ne!(subject, "panic", "this fake panics when it is asked to");
        Err(Problem::new(subject, format!("`{subject}` was asked for")))
    }

    async fn agents(&self) -> Result<Vec<AgentInfo>, Problem> {
        self.count();
        Ok(self.said("agents").unwrap_or_else(|| self.agents.lock().expect("nobody broke it").clone()))
    }

    async fn agent(&self, name: &str) -> Result<AgentDetail, Problem> {
        self.count();
        self.said("agent").ok_or_else(|| Problem::not_found(format!("there is no agent `{name}`")))
    }

    async fn agent_change(&self, request: AgentChange) -> Result<AgentDetail, Problem> {
        self.agent(&request.name).await
    }

    async fn agent_make(&self, request: AgentMake) -> Result<AgentDetail, Problem> {
        self.agent(&request.name).await
    }

    async fn schedules(&self, _: Option<&str>) -> Result<Vec<ScheduleInfo>, Problem> {
        self.count();
        Ok(self.said("schedules").unwrap_or_default())
    }

    async fn schedule_run(self: Arc<Self>, request: ScheduleName) -> Result<ChatReply, Problem> {
        self.count();
        let (turn, conversation) = ("t1".to_owned(), format!("schedule-{}", request.name));
        Ok(ChatReply { turn, conversation, text: request.agent, used: vec![], learned: vec![] })
    }

    async fn findings(&self, _: &str) -> Result<Vec<ScanFinding>, Problem> {
        self.count();
        Ok(self.said("findings").unwrap_or_default())
    }

    async fn grant_preview(&self, request: GrantRequest) -> Result<GrantInfo, Problem> {
        self.grant(request).await
    }

    async fn packages(&self) -> Result<Vec<PackageInfo>, Problem> {
        self.count();
        Ok(self.said("packages").unwrap_or_default())
    }

    async fn publish(&self, request: PublishRequest, component: Vec<u8>) -> Result<Published, Problem> {
        self.count();
        if component == b"wait" {
            self.begun.notify_one();
            std::future::pending::<()>().await;
        }
        let words = request.signature.unwrap_or_default();
        let signature = SignatureInfo { state: "unknown".to_owned(), by: None, words };
        let digest = format!("{} bytes", component.len());
        Ok(Published { package: request.package, digest, signature, state: "ready".to_owned() })
    }

    async fn yank(&self, request: PackageVersion) -> Result<YankReport, Problem> {
        self.count();
        Ok(YankReport { package: request.package, yanked: true, changed: true })
    }

    async fn unyank(&self, request: PackageVersion) -> Result<YankReport, Problem> {
        self.count();
        Ok(YankReport { package: request.package, yanked: false, changed: true })
    }

    async fn garbage(&self, request: GarbageRequest) -> Result<GarbageReport, Problem> {
        self.count();
        Ok(GarbageReport { removed: vec![], bytes: 0, dry_run: request.dry_run, left: vec![] })
    }

    async fn approve(&self, request: DecisionRequest) -> Result<Decision, Problem> {
        self.count();
        let (digest, state) = (request.digest.unwrap_or_default(), "ready".to_owned());
        Ok(Decision { package: request.package, digest, approved: true, state })
    }

    async fn reject(&self, request: DecisionRequest) -> Result<Decision, Problem> {
        self.count();
        let (digest, state) = (request.digest.unwrap_or_default(), "removed".to_owned());
        Ok(Decision { package: request.package, digest, approved: false, state })
    }

    async fn asks(&self) -> Result<Vec<AskInfo>, Problem> {
        self.count();
        Ok(vec![asked("01JDC5Z7E0AAAAAAAA5WXVNQ2B")])
    }

    async fn ask(&self, name: &str) -> Result<AskInfo, Problem> {
        self.count();
        Ok(asked(name))
    }

    async fn answer(&self, request: AnswerRequest, by: &Caller) -> Result<Answered, Problem> {
        self.count();
        let asks: Vec<String> = request.asks.into_iter().map(|ask| ask.id).collect();
        let goes_on = asks.iter().filter(|ask| *ask == "suspended").cloned().collect();
        Ok(Answered { asks, answer: format!("{} by {}", request.answer, by.name), goes_on, ended: vec![] })
    }

    async fn go_on(&self, turn: &str) -> AskEnd {
        AskEnd { outcome: "done".to_owned(), reply: Some(format!("{turn} went on")) }
    }

    async fn suspend(&self) {
        self.count();
    }

    async fn keys(&self) -> Result<Vec<KeyInfo>, Problem> {
        self.count();
        Ok(vec![key("anna")])
    }

    async fn key_trust(&self, request: KeyRequest) -> Result<KeyInfo, Problem> {
        self.count();
        Ok(KeyInfo { public: request.public, ..key(&request.name) })
    }

    async fn key_revoke(&self, request: KeyName) -> Result<KeyInfo, Problem> {
        self.count();
        Ok(key(&request.name))
    }

    async fn key_remove(&self, request: KeyName) -> Result<KeyInfo, Problem> {
        self.count();
        Ok(key(&request.name))
    }

    async fn tokens(&self) -> Result<Vec<TokenInfo>, Problem> {
        self.count();
        Ok(self.said("tokens").unwrap_or_else(|| vec![token("desktop")]))
    }

    async fn token_create(&self, request: TokenRequest) -> Result<TokenMade, Problem> {
        self.count();
        Ok(TokenMade { secret: SecretValue::new("loket_00".to_owned().into()), token: token(&request.name) })
    }

    async fn token_revoke(&self, request: TokenName) -> Result<TokenInfo, Problem> {
        self.count();
        Ok(token(&request.name))
    }

    fn visitor(&self, shown: &str) -> Option<Visitor> {
        let metrics = shown == "loket_for_metrics";
        let caller = Caller { name: "client:desktop".to_owned(), scopes: Scopes { approve: true, metrics } };
        (metrics || shown == "loket_of_a_client").then(|| Visitor { caller, ..Visitor::owner() })
    }

    async fn guardian(&self) -> Result<GuardianStatus, Problem> {
        self.count();
        Ok(sealed())
    }

    async fn guardian_verify(&self) -> Result<GuardianStatus, Problem> {
        self.count();
        Ok(sealed())
    }

    async fn guardian_statement(&self, request: StatementRequest) -> Result<SealStatement, Problem> {
        self.count();
        let (statement, comment) = (request.key.unwrap_or_default(), "seal".to_owned());
        Ok(SealStatement { statement, comment, parts: Vec::new() })
    }

    async fn guardian_seal(&self, _request: SealRequest) -> Result<GuardianStatus, Problem> {
        self.count();
        Ok(sealed())
    }

    async fn guardian_leave(&self, _request: LeaveRequest) -> Result<GuardianStatus, Problem> {
        self.count();
        Ok(sealed())
    }

    async fn grants(&self, grantee: Option<&str>) -> Result<Vec<GrantInfo>, Problem> {
        self.count();
        Ok(self.said("grants").unwrap_or_else(|| vec![grant(grantee.unwrap_or("all"), "loket:brain/memory")]))
    }

    async fn grant(&self, request: GrantRequest) -> Result<GrantInfo, Problem> {
        self.count();
        Ok(grant(&request.grantee, &request.capability))
    }

    async fn revoke(&self, request: RevokeRequest) -> Result<Vec<GrantInfo>, Problem> {
        self.count();
        Ok(vec![grant(&request.grantee, "loket:calc")])
    }

    async fn models(&self) -> Result<ModelList, Problem> {
        self.count();
        Ok(self.said("models").unwrap_or_else(models))
    }

    async fn models_spend(&self, query: SpendQuery) -> Result<SpendReport, Problem> {
        self.count();
        let many = query.many()?;
        Ok(self.said("models_spend").unwrap_or_else(|| spend(many, query.agent)))
    }

    async fn models_probe(&self, _: ProbeRequest) -> Result<Vec<FoundServer>, Problem> {
        self.count();
        Ok(vec![])
    }

    async fn model_add(&self, _: ModelAddRequest) -> Result<ModelChange, Problem> {
        self.count();
        Ok(ModelChange { file: "loket.toml".to_owned(), changed: true, granted: vec![], todo: vec![] })
    }

    async fn model_use(&self, request: ModelUseRequest) -> Result<ModelChange, Problem> {
        self.count();
        let file = format!("agents/{}/agent.toml", request.agent.unwrap_or_default());
        Ok(ModelChange { file, changed: true, granted: vec![], todo: vec![] })
    }

    async fn tool_servers(&self) -> Result<Vec<ToolServerInfo>, Problem> {
        self.count();
        Ok(self.said("tool_servers").unwrap_or_default())
    }

    async fn tool_server(&self, name: &str) -> Result<ToolServerInfo, Problem> {
        self.count();
        Ok(self.said("tool_server").unwrap_or_else(|| server(name)))
    }

    async fn tool_server_wit(&self, name: &str) -> Result<ServerWit, Problem> {
        self.count();
        Ok(ServerWit { package: format!("mcp:{name}"), text: String::new() })
    }

    async fn tool_server_add(&self, _: ServerAddRequest) -> Result<ServerChange, Problem> {
        self.count();
        Ok(ServerChange { changed: true, server: None, granted: vec![], todo: vec![] })
    }

    async fn tool_server_accept(&self, _: ServerAcceptRequest) -> Result<ServerChange, Problem> {
        self.count();
        Ok(ServerChange { changed: false, server: None, granted: vec![], todo: vec![] })
    }

    async fn tool_server_remove(&self, _: ServerName) -> Result<ServerChange, Problem> {
        self.count();
        Ok(ServerChange { changed: true, server: None, granted: vec![], todo: vec![] })
    }

    async fn tool_server_login(&self, request: ServerName) -> Result<LoginBegun, Problem> {
        self.count();
        Ok(LoginBegun { name: request.name, url: Some("https://login.example.org/".to_owned()), seconds: 600 })
    }

    async fn tool_server_login_wait(&self, _: ServerName) -> Result<LoginProgress, Problem> {
        self.count();
        Ok(LoginProgress { state: "waits".to_owned(), problem: None, login: None })
    }

    async fn tool_server_logout(&self, request: ServerName) -> Result<LoggedOut, Problem> {
        self.count();
        Ok(LoggedOut { name: request.name, was: true })
    }

    async fn secrets(&self) -> Result<Secrets, Problem> {
        self.count();
        Ok(self.said("secrets").unwrap_or(Secrets { key: None, secrets: vec![] }))
    }

    async fn secret_set(&self, request: SecretRequest) -> Result<Secrets, Problem> {
        self.count();
        let secret = SecretInfo { name: request.name, hosts: request.hosts, set: "2026-01-01T00:00:00Z".to_owned() };
        *self.hidden.lock().expect("not poisoned") = Some(request.value.into_inner().to_string());
        Ok(Secrets { key: None, secrets: vec![secret] })
    }

    async fn secret_remove(&self, _: SecretName) -> Result<Option<SecretInfo>, Problem> {
        self.count();
        Ok(None)
    }

    fn hides(&self) -> bool {
        self.hidden.lock().expect("not poisoned").is_some()
    }

    fn redact(&self, shown: &[u8]) -> Option<Vec<u8>> {
        let hidden = self.hidden.lock().expect("not poisoned").clone()?;
        let text = String::from_utf8(shown.to_vec()).ok()?;
        text.contains(&hidden).then(|| text.replace(&hidden, "[secret]").into_bytes())
    }

    async fn ledger(&self, query: LedgerQuery) -> Result<Vec<LedgerLine>, Problem> {
        self.count();
        let lines = || vec![line(query.from.unwrap_or(1)), line(u64::from(query.limit.unwrap_or(50)))];
        Ok(self.said("ledger").unwrap_or_else(lines))
    }

    async fn follow(&self) -> Result<BoxStream<'static, LedgerLine>, Problem> {
        self.count();
        Ok(stream::iter([line(1), line(2)]).chain(stream::pending()).boxed())
    }

    async fn verify(&self) -> Result<VerifyReport, Problem> {
        self.count();
        Ok(VerifyReport { sound: true, lines: 2, erased: 0, head: "ab".to_owned(), faults: vec![] })
    }

    async fn replay(&self, request: ReplayRequest) -> Result<ReplayReport, Problem> {
        self.count();
        Ok(ReplayReport { turn: request.turn, verdict: "equal".to_owned(), calls: 3, ..ReplayReport::default() })
    }

    async fn backup(&self, request: BackupRequest) -> Result<BackupReport, Problem> {
        self.count();
        let key = if request.with_key { "the key is in it" } else { "the key is not in it" }.to_owned();
        let left_out = vec!["agents/a/workspace/pipe: it is neither a file nor a folder".to_owned()];
        Ok(BackupReport { file: request.file, files: 12, bytes: 2_048_000, packed: 524_288, key, left_out })
    }

    async fn restore(&self, request: RestoreRequest) -> Result<RestoreReport, Problem> {
        self.count();
        Ok(self.said("restore").unwrap_or_else(|| restored(&request)))
    }

    async fn metrics(&self) -> Result<String, Problem> {
        self.count();
        Ok("# EOF\n".to_owned())
    }

    async fn doctor(&self) -> Result<Vec<Check>, Problem> {
        self.count();
        let (name, state, detail) = ("disk".to_owned(), "ok".to_owned(), "there is room".to_owned());
        Ok(vec![Check { name, state, detail, hint: None }])
    }

    fn is_in_safe_mode(&self) -> bool {
        self.safe_mode.load(Ordering::SeqCst)
    }

    async fn drain(&self) {
        tokio::time::sleep(Duration::from_millis(self.draining.load(Ordering::SeqCst))).await;
    }
}
