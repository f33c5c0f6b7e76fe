//! Servers of tools, which speak the Model Context Protocol.

use super::{Answer, App};
use crate::desk::{
    LoggedOut, LoginBegun, LoginProgress, ServerAcceptRequest, ServerAddRequest, ServerChange, ServerName, ServerWit,
    ToolServerInfo,
};
use crate::http::answer::{Asked, Problems, Sent};
use crate::http::page::{self, Page, Which};
use axum::Json;
use axum::extract::State;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn all() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(tool_servers, tool_server_add))
        .routes(routes!(tool_server))
        .routes(routes!(tool_server_wit))
        .routes(routes!(tool_server_accept))
        .routes(routes!(tool_server_remove))
        .routes(routes!(tool_server_login))
        .routes(routes!(tool_server_login_wait))
        .routes(routes!(tool_server_logout))
}

/// The servers of tools, without asking them.
#[utoipa::path(get, path = "/api/v1/mcp", tag = "mcp", params(Which), responses((status = 200, body = Page<ToolServerInfo>), Problems))]
async fn tool_servers(State(app): State<Arc<App>>, Asked(which): Asked<Which>) -> Answer<Page<ToolServerInfo>> {
    let all = app.desk.tool_servers().await?;
    Ok(Json(page::of(&app, "tool_servers", &which, all, |server| server.name.clone())?))
}

/// One of them, and what it offers now.
#[utoipa::path(get, path = "/api/v1/mcp/show", tag = "mcp", params(ServerName), responses((status = 200, body = ToolServerInfo), Problems))]
async fn tool_server(State(app): State<Arc<App>>, Asked(of): Asked<ServerName>) -> Answer<ToolServerInfo> {
    Ok(Json(app.desk.tool_server(&of.name).await?))
}

/// The WIT of what was accepted of one.
#[utoipa::path(get, path = "/api/v1/mcp/wit", tag = "mcp", params(ServerName), responses((status = 200, body = ServerWit), Problems))]
async fn tool_server_wit(State(app): State<Arc<App>>, Asked(of): Asked<ServerName>) -> Answer<ServerWit> {
    Ok(Json(app.desk.tool_server_wit(&of.name).await?))
}

/// Write a server into `loket.toml`, ask it what it offers, and accept that; the owner's remarks in the file stay.
#[utoipa::path(post, path = "/api/v1/mcp", tag = "mcp", request_body = ServerAddRequest, responses((status = 200, body = ServerChange), Problems))]
async fn tool_server_add(State(app): State<Arc<App>>, Sent(request): Sent<ServerAddRequest>) -> Answer<ServerChange> {
    Ok(Json(app.desk.tool_server_add(request).await?))
}

/// Accept what a server offers now.
#[utoipa::path(post, path = "/api/v1/mcp/accept", tag = "mcp", request_body = ServerAcceptRequest, responses((status = 200, body = ServerChange), Problems))]
async fn tool_server_accept(
    State(app): State<Arc<App>>,
    Sent(request): Sent<ServerAcceptRequest>,
) -> Answer<ServerChange> {
    Ok(Json(app.desk.tool_server_accept(request).await?))
}

/// Take a server out of `loket.toml`, and forget what was accepted of it.
#[utoipa::path(post, path = "/api/v1/mcp/remove", tag = "mcp", request_body = ServerName, responses((status = 200, body = ServerChange), Problems))]
async fn tool_server_remove(State(app): State<Arc<App>>, Sent(request): Sent<ServerName>) -> Answer<ServerChange> {
    Ok(Json(app.desk.tool_server_remove(request).await?))
}

/// Begin to log in at a server: answers with what a browser is to open.
#[utoipa::path(post, path = "/api/v1/mcp/login", tag = "mcp", request_body = ServerName, responses((status = 200, body = LoginBegun), Problems))]
async fn tool_server_login(State(app): State<Arc<App>>, Sent(request): Sent<ServerName>) -> Answer<LoginBegun> {
    Ok(Json(app.desk.tool_server_login(request).await?))
}

/// How far a login is, once it has come to an end or half a minute has passed.
#[utoipa::path(post, path = "/api/v1/mcp/login/wait", tag = "mcp", request_body = ServerName, responses((status = 200, body = LoginProgress), Problems))]
async fn tool_server_login_wait(State(app): State<Arc<App>>, Sent(request): Sent<ServerName>) -> Answer<LoginProgress> {
    Ok(Json(app.desk.tool_server_login_wait(request).await?))
}

/// Forget a login. None is no error.
#[utoipa::path(post, path = "/api/v1/mcp/logout", tag = "mcp", request_body = ServerName, responses((status = 200, body = LoggedOut), Problems))]
async fn tool_server_logout(State(app): State<Arc<App>>, Sent(request): Sent<ServerName>) -> Answer<LoggedOut> {
    Ok(Json(app.desk.tool_server_logout(request).await?))
}
