//! `/mcp` as a resource that an authorization server protects (RFC 9728): where programs get tokens for it, and how they are told.
//!
//! This is public, and says nothing that a program could not guess. It is behind the gate like all else: for this host, and no foreign page.

use super::answer::Refusal;
use super::routes::App;
use crate::desk::Problem;
use crate::mcp;
use axum::Json;
use axum::extract::State;
use axum::http::header::HOST;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Where the document is: for the host as a whole, and for `/mcp`.
pub(crate) const DOCUMENT: &str = "/.well-known/oauth-protected-resource";
pub(crate) const DOCUMENT_OF_MCP: &str = "/.well-known/oauth-protected-resource/mcp";

/// The address of `/mcp` at a host that the gate knows.
pub(super) fn resource(scheme: &str, host: &str) -> String {
    format!("{scheme}://{host}{}", mcp::PATH)
}

/// `GET` of the document.
pub(crate) async fn document(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let Some(own) = app.desk.token_issuer() else {
        let problem = Problem::not_found("no authorization server gives tokens for this service");
        return Refusal::from(problem.hint("the owner makes a token: loket token create NAME")).into_response();
    };
    // The gate let no other host through.
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let document = serde_json::json!({
        "resource": resource(app.gate.scheme(), &host.to_ascii_lowercase()),
        "authorization_servers": [own.issuer],
        "scopes_supported": own.scopes,
        "bearer_methods_supported": ["header"],
        "resource_name": "Loket",
    });
    Json(document).into_response()
}

/// What a refusal at `/mcp` says of where tokens are got: after a token that was not good, what was wrong with it (RFC 6750).
pub(super) fn challenge(scheme: &str, host: &str, scopes: &[String], error: Option<&str>) -> Option<HeaderValue> {
    let mut text = format!("Bearer resource_metadata=\"{scheme}://{host}{DOCUMENT_OF_MCP}\"");
    if !scopes.is_empty() {
        text += &format!(", scope=\"{}\"", scopes.join(" "));
    }
    if let Some(error) = error {
        text += &format!(", error=\"{error}\"");
    }
    HeaderValue::from_str(&text).ok()
}
