//! The desk's own shapes over a [`Client`]: one method for each route, built on [`Client::get`]'s path.

use super::{Client, NONE, read, target, whole};
use crate::desk::{
    AgentInfo, AnswerRequest, Answered, AskInfo, BackupReport, BackupRequest, CallRequest, ChatReply, Check,
    CommandInfo, CommandReply, CommandRequest, Completion, Decision, DecisionRequest, FoundServer, GarbageReport,
    GarbageRequest, GrantInfo, GrantRequest, GuardianStatus, Health, Inspection, Invitation, KeyInfo, KeyName,
    KeyRequest, LeaveRequest, LedgerLine, LedgerQuery, LoggedOut, LoginBegun, LoginProgress, ModelAddRequest,
    ModelChange, ModelList, ModelUseRequest, PackageInfo, PackageVersion, ProbeRequest, Problem, PublishRequest,
    Published, ReplayReport, ReplayRequest, RevokeRequest, ScheduleInfo, ScheduleName, SealRequest, SealStatement,
    SecretInfo, SecretName, SecretRequest, Secrets, ServerAcceptRequest, ServerAddRequest, ServerChange, ServerName,
    ServerWit, SpendQuery, SpendReport, StatementRequest, StopReport, StopRequest, TokenInfo, TokenMade, TokenName,
    TokenRequest, ToolServerInfo, VerifyReport, YankReport,
};
use crate::http::page::{MOST, Page};
use axum::http::Method;
use futures::stream::{BoxStream, StreamExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

impl Client {
    /// Whether the host is well.
    ///
    /// # Errors
    /// As [`Client::call`], like all that follow.
    pub async fn health(&self) -> Result<Health, Problem> {
        self.ask("health", ()).await
    }

    /// A way into the control room for whoever sits at the terminal.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn web_link(&self) -> Result<Invitation, Problem> {
        self.submit("web/link", &()).await
    }

    /// Stop what an agent is answering now.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn stop(&self, request: &StopRequest) -> Result<StopReport, Problem> {
        self.submit("chat/stop", request).await
    }

    /// The slash commands of an agent's conversations.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn commands(&self, agent: &str) -> Result<Vec<CommandInfo>, Problem> {
        self.list("commands", &[("agent", agent)]).await
    }

    /// Run a line as a slash command.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn command_run(&self, request: &CommandRequest) -> Result<CommandReply, Problem> {
        self.submit("commands/run", request).await
    }

    /// What could be meant at the end of a line.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn command_complete(&self, request: &CommandRequest) -> Result<Completion, Problem> {
        self.submit("commands/complete", request).await
    }

    /// Call a function as the owner.
    ///
    /// # Errors
    /// What the host answered; `unavailable` when it did not.
    pub async fn call(&self, request: &CallRequest) -> Result<Json, Problem> {
        self.submit("call", request).await
    }

    /// Look into a package or an agent.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn inspect(&self, subject: &str) -> Result<Inspection, Problem> {
        self.ask("inspect", [("subject", subject)]).await
    }

    /// The agents.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn agents(&self) -> Result<Vec<AgentInfo>, Problem> {
        self.list("agents", &[]).await
    }

    /// What agents are told by themselves, one of them or all.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn schedules(&self, agent: Option<&str>) -> Result<Vec<ScheduleInfo>, Problem> {
        match agent {
            Some(agent) => self.list("schedules", &[("agent", agent)]).await,
            None => self.list("schedules", &[]).await,
        }
    }

    /// Tell an agent now what one of its schedules says.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn schedule_run(&self, request: &ScheduleName) -> Result<ChatReply, Problem> {
        self.submit("schedules/run", request).await
    }

    /// The packages.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn packages(&self) -> Result<Vec<PackageInfo>, Problem> {
        self.list("packages", &[]).await
    }

    /// Publish a component.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn publish(&self, request: &PublishRequest, component: Vec<u8>) -> Result<Published, Problem> {
        whole(self.send(self.upload(&target("packages", request)?, component)?).await?).await
    }

    /// Take a version back.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn yank(&self, request: &PackageVersion) -> Result<YankReport, Problem> {
        self.submit("packages/yank", request).await
    }

    /// Take a version into use again.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn unyank(&self, request: &PackageVersion) -> Result<YankReport, Problem> {
        self.submit("packages/unyank", request).await
    }

    /// Remove what nobody needs, or ask what that is.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn garbage(&self, request: &GarbageRequest) -> Result<GarbageReport, Problem> {
        self.submit("packages/gc", request).await
    }

    /// How the guardian finds the home.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn guardian(&self) -> Result<GuardianStatus, Problem> {
        self.ask("guardian", ()).await
    }

    /// Look at everything that is sealed.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn guardian_verify(&self) -> Result<GuardianStatus, Problem> {
        self.submit("guardian/verify", &()).await
    }

    /// What the owner signs to seal the home.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn guardian_statement(&self, request: &StatementRequest) -> Result<SealStatement, Problem> {
        self.submit("guardian/statement", request).await
    }

    /// Seal the home.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn guardian_seal(&self, request: &SealRequest) -> Result<GuardianStatus, Problem> {
        self.submit("guardian/seal", request).await
    }

    /// End safe mode.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn guardian_leave(&self, request: &LeaveRequest) -> Result<GuardianStatus, Problem> {
        self.submit("guardian/leave", request).await
    }

    /// Let a package run that waits.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn approve(&self, request: &DecisionRequest) -> Result<Decision, Problem> {
        self.submit("packages/approve", request).await
    }

    /// Take a package away that waits.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn reject(&self, request: &DecisionRequest) -> Result<Decision, Problem> {
        self.submit("packages/reject", request).await
    }

    /// The calls that wait for the owner.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn asks(&self) -> Result<Vec<AskInfo>, Problem> {
        self.list("asks", &[]).await
    }

    /// One of them, by its name or the end of that.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn ask_of(&self, name: &str) -> Result<AskInfo, Problem> {
        self.ask("asks/show", [("id", name)]).await
    }

    /// Answer asks.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn answer(&self, request: &AnswerRequest) -> Result<Answered, Problem> {
        self.submit("asks/answer", request).await
    }

    /// Leave the turns that wait as they are.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn suspend(&self) -> Result<(), Problem> {
        self.submit("asks/suspend", &()).await
    }

    /// The keys whose signatures count, and those that were revoked.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn keys(&self) -> Result<Vec<KeyInfo>, Problem> {
        self.list("keys", &[]).await
    }

    /// Trust a key.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn key_trust(&self, request: &KeyRequest) -> Result<KeyInfo, Problem> {
        self.submit("keys", request).await
    }

    /// Trust a key no longer.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn key_revoke(&self, request: &KeyName) -> Result<KeyInfo, Problem> {
        self.submit("keys/revoke", request).await
    }

    /// Forget a key.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn key_remove(&self, request: &KeyName) -> Result<KeyInfo, Problem> {
        self.submit("keys/remove", request).await
    }

    /// The tokens by which clients come in.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn tokens(&self) -> Result<Vec<TokenInfo>, Problem> {
        self.list("tokens", &[]).await
    }

    /// Make a token.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn token_create(&self, request: &TokenRequest) -> Result<TokenMade, Problem> {
        self.submit("tokens", request).await
    }

    /// Take a token back.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn token_revoke(&self, request: &TokenName) -> Result<TokenInfo, Problem> {
        self.submit("tokens/revoke", request).await
    }

    /// The grants, of one grantee or of all.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn grants(&self, grantee: Option<&str>) -> Result<Vec<GrantInfo>, Problem> {
        let narrowed = grantee.map(|grantee| ("grantee", grantee));
        self.list("grants", narrowed.as_slice()).await
    }

    /// Grant a capability.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn grant(&self, request: &GrantRequest) -> Result<GrantInfo, Problem> {
        self.submit("grants", request).await
    }

    /// Take grants back.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn revoke(&self, request: &RevokeRequest) -> Result<Vec<GrantInfo>, Problem> {
        self.submit("grants/revoke", request).await
    }

    /// The models, and what was used of them.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn models(&self) -> Result<ModelList, Problem> {
        self.ask("models", ()).await
    }

    /// What models took, day by day.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn models_spend(&self, query: &SpendQuery) -> Result<SpendReport, Problem> {
        self.ask("models/spend", query).await
    }

    /// Look for model servers on the host's machine.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn models_probe(&self, request: &ProbeRequest) -> Result<Vec<FoundServer>, Problem> {
        self.submit("models/probe", request).await
    }

    /// Bring a model in.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn model_add(&self, request: &ModelAddRequest) -> Result<ModelChange, Problem> {
        self.submit("models", request).await
    }

    /// Let an agent think with a model.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn model_use(&self, request: &ModelUseRequest) -> Result<ModelChange, Problem> {
        self.submit("models/use", request).await
    }

    /// The servers of tools.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn tool_servers(&self) -> Result<Vec<ToolServerInfo>, Problem> {
        self.list("mcp", &[]).await
    }

    /// One of them, and what it offers now.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn tool_server(&self, name: &str) -> Result<ToolServerInfo, Problem> {
        self.ask("mcp/show", [("name", name)]).await
    }

    /// What was accepted of one, as WIT.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn tool_server_wit(&self, name: &str) -> Result<ServerWit, Problem> {
        self.ask("mcp/wit", [("name", name)]).await
    }

    /// Bring a server in.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn tool_server_add(&self, request: &ServerAddRequest) -> Result<ServerChange, Problem> {
        self.submit("mcp", request).await
    }

    /// Accept what a server offers.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn tool_server_accept(&self, request: &ServerAcceptRequest) -> Result<ServerChange, Problem> {
        self.submit("mcp/accept", request).await
    }

    /// Take a server out.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn tool_server_remove(&self, request: &ServerName) -> Result<ServerChange, Problem> {
        self.submit("mcp/remove", request).await
    }

    /// Begin to log in at a server.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn tool_server_login(&self, request: &ServerName) -> Result<LoginBegun, Problem> {
        self.submit("mcp/login", request).await
    }

    /// How far that is.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn tool_server_login_wait(&self, request: &ServerName) -> Result<LoginProgress, Problem> {
        self.submit("mcp/login/wait", request).await
    }

    /// Forget a login.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn tool_server_logout(&self, request: &ServerName) -> Result<LoggedOut, Problem> {
        self.submit("mcp/logout", request).await
    }

    /// The secrets, without their values.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn secrets(&self) -> Result<Secrets, Problem> {
        self.ask("secrets", ()).await
    }

    /// Keep a secret.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn secret_set(&self, request: &SecretRequest) -> Result<Secrets, Problem> {
        self.submit("secrets", request).await
    }

    /// Take a secret away; nothing when there was none.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn secret_remove(&self, request: &SecretName) -> Result<Option<SecretInfo>, Problem> {
        self.submit("secrets/remove", request).await
    }

    /// Read the ledger.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn ledger(&self, query: &LedgerQuery) -> Result<Vec<LedgerLine>, Problem> {
        Ok(self.ask::<Page<_>>("ledger", query).await?.items)
    }

    /// New ledger lines as they are written, until the service goes down.
    ///
    /// # Errors
    /// As [`Client::call`]; also each item.
    pub async fn follow(&self) -> Result<BoxStream<'static, Result<LedgerLine, Problem>>, Problem> {
        let events = self.stream(Method::GET, &target("ledger/follow", ())?, NONE).await?;
        let lines = events.filter_map(|event| async {
            match event {
                Ok(event) if event.name == "line" => Some(read(event.data.as_bytes())),
                Ok(_) => None,
                Err(problem) => Some(Err(problem)),
            }
        });
        Ok(lines.boxed())
    }

    /// Check the ledger's chain.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn verify(&self) -> Result<VerifyReport, Problem> {
        self.ask("ledger/verify", ()).await
    }

    /// Run a recorded turn again.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn replay(&self, request: &ReplayRequest) -> Result<ReplayReport, Problem> {
        self.submit("replay", request).await
    }

    /// Put the home into one file.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn backup(&self, request: &BackupRequest) -> Result<BackupReport, Problem> {
        self.submit("backup", request).await
    }

    /// Look the whole host over.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn doctor(&self) -> Result<Vec<Check>, Problem> {
        self.ask("doctor", ()).await
    }

    /// All of a list, page by page.
    async fn list<T: DeserializeOwned>(&self, path: &str, narrowed: &[(&str, &str)]) -> Result<Vec<T>, Problem> {
        let (mut all, mut next) = (Vec::new(), None);
        loop {
            let most = MOST.to_string();
            let mut query = narrowed.to_vec();
            query.push(("limit", &most));
            query.extend(next.as_deref().map(|cursor| ("cursor", cursor)));
            let page: Page<T> = self.ask(path, &query).await?;
            all.extend(page.items);
            next = page.next;
            if next.is_none() {
                return Ok(all);
            }
        }
    }

    async fn ask<T: DeserializeOwned>(&self, path: &str, query: impl Serialize) -> Result<T, Problem> {
        whole(self.send(self.request(Method::GET, &target(path, query)?, NONE)?).await?).await
    }

    async fn submit<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Problem> {
        whole(self.send(self.request(Method::POST, &target(path, ())?, Some(body))?).await?).await
    }
}
