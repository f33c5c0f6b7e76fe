//! What there is under `/api/v1`: one table, from which the router is built and by which the tests walk it.

use super::answer::{Asked, Refusal, Sent, Uploaded};
use super::gate::{self, Gate};
use super::stream;
use crate::desk::{
    AnswerRequest, AskEnd, AskName, BackupRequest, CallRequest, Caller, CommandRequest, DecisionRequest, Desk,
    GarbageRequest, GrantRequest, KeyName, KeyRequest, LeaveRequest, LedgerQuery, ModelAddRequest, ModelUseRequest,
    PackageVersion, ProbeRequest, Problem, PublishRequest, ReplayRequest, RevokeRequest, SealRequest, SecretName,
    SecretRequest, ServerAcceptRequest, ServerAddRequest, ServerName, StatementRequest, StopRequest, TokenName,
    TokenRequest,
};
use crate::mcp;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post};
use axum::{Json, Router, middleware};
use serde::Deserialize;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// The one path that asks for no token.
pub(crate) const HEALTH: &str = "/api/v1/health";
/// A client's question, and the answer that only a holder of the token has.
pub(crate) const NONCE: HeaderName = HeaderName::from_static("loket-nonce");
pub(crate) const PROOF: HeaderName = HeaderName::from_static("loket-proof");
/// In every answer of a host that lets in nothing new.
pub(crate) const SAFE_MODE: HeaderName = HeaderName::from_static("loket-safe-mode");

/// What the routes share.
pub(crate) struct App {
    pub(crate) desk: Arc<dyn Desk>,
    pub(crate) gate: Gate,
    pub(crate) in_flight: Arc<Semaphore>,
    pub(crate) uploads: Arc<Semaphore>,
    /// Nothing where nothing stands behind it.
    pub(crate) mcp: Option<mcp::Service>,
}

type Shared = State<Arc<App>>;
type Answer<T> = Result<Json<T>, Refusal>;

/// The service over a desk, behind a gate.
pub fn router(desk: Arc<dyn Desk>, gate: Gate) -> Router {
    let in_flight = Arc::new(Semaphore::new(gate.limits().in_flight));
    let uploads = Arc::new(Semaphore::new(gate.limits().uploads));
    let mcp = desk.clone().behind().map(|behind| mcp::Service::new(behind, gate.limits().body));
    let app = Arc::new(App { desk, gate, in_flight, uploads, mcp });
    table()
        .into_iter()
        .fold(Router::new(), |router, (_, path, handler)| router.route(path, handler))
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(app.clone(), gate::pass))
        .with_state(app)
}

/// Every route, as method and path.
#[must_use]
pub fn list() -> Vec<(Method, &'static str)> {
    table().into_iter().map(|(method, path, _)| (method, path)).collect()
}

fn table() -> Vec<(Method, &'static str, MethodRouter<Arc<App>>)> {
    vec![
        (Method::GET, HEALTH, get(health)),
        (Method::POST, "/api/v1/chat", post(stream::chat)),
        (Method::POST, "/api/v1/chat/stop", post(stop)),
        (Method::GET, "/api/v1/commands", get(commands)),
        (Method::POST, "/api/v1/commands/run", post(command_run)),
        (Method::POST, "/api/v1/commands/complete", post(command_complete)),
        (Method::POST, "/api/v1/call", post(call)),
        (Method::GET, "/api/v1/inspect", get(inspect)),
        (Method::GET, "/api/v1/agents", get(agents)),
        (Method::GET, "/api/v1/packages", get(packages)),
        (Method::POST, "/api/v1/packages", post(publish)),
        (Method::POST, "/api/v1/packages/yank", post(yank)),
        (Method::POST, "/api/v1/packages/unyank", post(unyank)),
        (Method::POST, "/api/v1/packages/gc", post(garbage)),
        (Method::POST, "/api/v1/packages/approve", post(approve)),
        (Method::POST, "/api/v1/packages/reject", post(reject)),
        (Method::GET, "/api/v1/asks", get(asks)),
        (Method::GET, "/api/v1/asks/show", get(ask)),
        (Method::POST, "/api/v1/asks/answer", post(answer)),
        (Method::POST, "/api/v1/asks/suspend", post(suspend)),
        (Method::GET, "/api/v1/keys", get(keys)),
        (Method::POST, "/api/v1/keys", post(key_trust)),
        (Method::POST, "/api/v1/keys/revoke", post(key_revoke)),
        (Method::POST, "/api/v1/keys/remove", post(key_remove)),
        (Method::GET, "/api/v1/guardian", get(guardian)),
        (Method::POST, "/api/v1/guardian/verify", post(guardian_verify)),
        (Method::POST, "/api/v1/guardian/statement", post(guardian_statement)),
        (Method::POST, "/api/v1/guardian/seal", post(guardian_seal)),
        (Method::POST, "/api/v1/guardian/leave", post(guardian_leave)),
        (Method::GET, "/api/v1/grants", get(grants)),
        (Method::POST, "/api/v1/grants", post(grant)),
        (Method::POST, "/api/v1/grants/revoke", post(revoke)),
        (Method::GET, "/api/v1/models", get(models)),
        (Method::POST, "/api/v1/models", post(model_add)),
        (Method::POST, "/api/v1/models/use", post(model_use)),
        (Method::POST, "/api/v1/models/probe", post(models_probe)),
        (Method::GET, "/api/v1/mcp", get(tool_servers)),
        (Method::GET, "/api/v1/mcp/show", get(tool_server)),
        (Method::POST, "/api/v1/mcp", post(tool_server_add)),
        (Method::POST, "/api/v1/mcp/accept", post(tool_server_accept)),
        (Method::POST, "/api/v1/mcp/remove", post(tool_server_remove)),
        (Method::GET, "/api/v1/secrets", get(secrets)),
        (Method::POST, "/api/v1/secrets", post(secret_set)),
        (Method::POST, "/api/v1/secrets/remove", post(secret_remove)),
        (Method::GET, "/api/v1/tokens", get(tokens)),
        (Method::POST, "/api/v1/tokens", post(token_create)),
        (Method::POST, "/api/v1/tokens/revoke", post(token_revoke)),
        (Method::GET, "/api/v1/ledger", get(ledger)),
        (Method::GET, "/api/v1/ledger/follow", get(stream::follow)),
        (Method::GET, "/api/v1/ledger/verify", get(verify)),
        (Method::POST, "/api/v1/replay", post(replay)),
        (Method::POST, "/api/v1/backup", post(backup)),
        (Method::GET, "/api/v1/doctor", get(doctor)),
        (Method::POST, mcp::PATH, post(mcp::post)),
        (Method::GET, mcp::PATH, get(mcp::get)),
        (Method::DELETE, mcp::PATH, delete(mcp::delete)),
    ]
}

/// Whether a request is an act of the owner's, which takes the scope `approve`: all that changes something but for talking and calling.
pub(crate) fn is_owners_act(method: &Method, path: &str) -> bool {
    *method != Method::GET && !["/api/v1/chat", "/api/v1/call", mcp::PATH].contains(&path)
}

async fn health(State(app): Shared, headers: HeaderMap) -> Response {
    let mut response = Json(app.desk.health().await).into_response();
    let nonce = headers.get(NONCE).and_then(|value| value.to_str().ok()).filter(|nonce| nonce.len() <= 128);
    if let Some(proof) = nonce.and_then(|nonce| HeaderValue::from_str(&app.gate.proof(nonce)).ok()) {
        response.headers_mut().insert(PROOF, proof);
    }
    response
}

async fn stop(State(app): Shared, Sent(request): Sent<StopRequest>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.stop(request).await?))
}

#[derive(Deserialize)]
struct OfAgent {
    agent: String,
}

async fn commands(State(app): Shared, Asked(query): Asked<OfAgent>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.commands(&query.agent).await?))
}

async fn command_run(State(app): Shared, Sent(request): Sent<CommandRequest>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.command_run(request).await?))
}

async fn command_complete(State(app): Shared, Sent(request): Sent<CommandRequest>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.command_complete(request).await?))
}

async fn call(State(app): Shared, Sent(request): Sent<CallRequest>) -> Answer<serde_json::Value> {
    Ok(Json(app.desk.call(request).await?))
}

#[derive(Deserialize)]
struct Subject {
    subject: String,
}

async fn inspect(State(app): Shared, Asked(query): Asked<Subject>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.inspect(&query.subject).await?))
}

async fn agents(State(app): Shared) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.agents().await?))
}

async fn packages(State(app): Shared) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.packages().await?))
}

async fn publish(
    State(app): Shared,
    Asked(request): Asked<PublishRequest>,
    Uploaded(component, _held): Uploaded,
) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.publish(request, component.into()).await?))
}

async fn yank(State(app): Shared, Sent(request): Sent<PackageVersion>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.yank(request).await?))
}

async fn unyank(State(app): Shared, Sent(request): Sent<PackageVersion>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.unyank(request).await?))
}

async fn garbage(State(app): Shared, Sent(request): Sent<GarbageRequest>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.garbage(request).await?))
}

async fn approve(State(app): Shared, Sent(request): Sent<DecisionRequest>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.approve(request).await?))
}

async fn reject(State(app): Shared, Sent(request): Sent<DecisionRequest>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.reject(request).await?))
}

async fn asks(State(app): Shared) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.asks().await?))
}

async fn ask(State(app): Shared, Asked(name): Asked<AskName>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.ask(&name.id).await?))
}

async fn answer(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Sent(request): Sent<AnswerRequest>,
) -> Answer<impl serde::Serialize> {
    let mut answered = app.desk.answer(request, &caller).await?;
    for turn in &answered.goes_on {
        let (desk, turn) = (app.desk.clone(), turn.clone());
        // A task of its own: it comes to its end also when whoever answered has gone away.
        let ended = tokio::spawn(async move { desk.go_on(&turn).await }).await;
        let broken = |error| AskEnd { outcome: format!("failed: the turn broke off: {error}"), reply: None };
        answered.ended.push(ended.unwrap_or_else(broken));
    }
    Ok(Json(answered))
}

async fn suspend(State(app): Shared) -> Answer<impl serde::Serialize> {
    app.desk.suspend().await;
    Ok(Json(()))
}

async fn keys(State(app): Shared) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.keys().await?))
}

async fn key_trust(State(app): Shared, Sent(request): Sent<KeyRequest>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.key_trust(request).await?))
}

async fn key_revoke(State(app): Shared, Sent(request): Sent<KeyName>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.key_revoke(request).await?))
}

async fn key_remove(State(app): Shared, Sent(request): Sent<KeyName>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.key_remove(request).await?))
}

async fn guardian(State(app): Shared) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.guardian().await?))
}

async fn guardian_verify(State(app): Shared) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.guardian_verify().await?))
}

async fn guardian_statement(
    State(app): Shared,
    Sent(request): Sent<StatementRequest>,
) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.guardian_statement(request).await?))
}

async fn guardian_seal(State(app): Shared, Sent(request): Sent<SealRequest>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.guardian_seal(request).await?))
}

async fn guardian_leave(State(app): Shared, Sent(request): Sent<LeaveRequest>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.guardian_leave(request).await?))
}

#[derive(Deserialize)]
struct Grantee {
    grantee: Option<String>,
}

async fn grants(State(app): Shared, Asked(query): Asked<Grantee>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.grants(query.grantee.as_deref()).await?))
}

async fn grant(State(app): Shared, Sent(request): Sent<GrantRequest>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.grant(request).await?))
}

async fn revoke(State(app): Shared, Sent(request): Sent<RevokeRequest>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.revoke(request).await?))
}

async fn models(State(app): Shared) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.models().await?))
}

async fn models_probe(State(app): Shared, Sent(request): Sent<ProbeRequest>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.models_probe(request).await?))
}

async fn model_add(State(app): Shared, Sent(request): Sent<ModelAddRequest>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.model_add(request).await?))
}

async fn model_use(State(app): Shared, Sent(request): Sent<ModelUseRequest>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.model_use(request).await?))
}

async fn tool_servers(State(app): Shared) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.tool_servers().await?))
}

async fn tool_server(State(app): Shared, Asked(of): Asked<ServerName>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.tool_server(&of.name).await?))
}

async fn tool_server_add(State(app): Shared, Sent(request): Sent<ServerAddRequest>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.tool_server_add(request).await?))
}

async fn tool_server_accept(
    State(app): Shared,
    Sent(request): Sent<ServerAcceptRequest>,
) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.tool_server_accept(request).await?))
}

async fn tool_server_remove(State(app): Shared, Sent(request): Sent<ServerName>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.tool_server_remove(request).await?))
}

async fn secrets(State(app): Shared) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.secrets().await?))
}

async fn secret_set(State(app): Shared, Sent(request): Sent<SecretRequest>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.secret_set(request).await?))
}

async fn secret_remove(State(app): Shared, Sent(request): Sent<SecretName>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.secret_remove(request).await?))
}

async fn tokens(State(app): Shared) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.tokens().await?))
}

async fn token_create(State(app): Shared, Sent(request): Sent<TokenRequest>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.token_create(request).await?))
}

async fn token_revoke(State(app): Shared, Sent(request): Sent<TokenName>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.token_revoke(request).await?))
}

async fn ledger(State(app): Shared, Asked(query): Asked<LedgerQuery>) -> Answer<impl serde::Serialize> {
    if let Some(limit) = query.limit.filter(|limit| !(1..=1000).contains(limit)) {
        return Err(Problem::invalid(format!("`limit` is {limit}, and may be 1 to 1000"))
            .hint("read page by page with `from`")
            .into());
    }
    Ok(Json(app.desk.ledger(query).await?))
}

async fn verify(State(app): Shared) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.verify().await?))
}

async fn replay(State(app): Shared, Sent(request): Sent<ReplayRequest>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.replay(request).await?))
}

async fn backup(State(app): Shared, Sent(request): Sent<BackupRequest>) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.backup(request).await?))
}

async fn doctor(State(app): Shared) -> Answer<impl serde::Serialize> {
    Ok(Json(app.desk.doctor().await?))
}

async fn unknown(uri: Uri) -> Refusal {
    Problem::not_found(format!("there is nothing at `{}`", uri.path().escape_debug()))
        .hint(
            "MCP is at /mcp, and the API under /api/v1: health, chat, commands, call, inspect, agents, packages, asks, keys, guardian, grants, models, secrets, tokens, ledger, replay, backup, doctor",
        )
        .into()
}

async fn wrong_method(method: Method, uri: Uri) -> Refusal {
    let allowed = list().into_iter().filter(|(_, path)| *path == uri.path());
    let allowed = allowed.map(|(method, _)| method.to_string()).collect::<Vec<_>>().join(" or ");
    Refusal::new(
        StatusCode::METHOD_NOT_ALLOWED,
        Problem::invalid(format!("`{}` does not take `{method}`", uri.path())).hint(format!("use {allowed}")),
    )
}
