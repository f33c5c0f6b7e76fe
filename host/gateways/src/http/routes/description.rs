//! The API's description: an [OpenAPI 3.1](https://spec.openapis.org/oas/v3.1.0) document, made from the handlers.

use crate::desk::{ChatReply, Problem};
use crate::http::answer::Problems;
use crate::http::news::Now;
use crate::http::protected;
use crate::mcp;
use axum::Json;
use axum::http::Method;
use std::sync::OnceLock;
use utoipa::Modify;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};

/// What stands above all routes.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Loket",
        description = "All that the command line does, over HTTP. Each request but that for the health shows the owner's token, which is in `state/token` of the home."
    ),
    components(schemas(ChatReply, Now, Problem)),
    modifiers(&Token),
    security(("token" = []))
)]
struct Head;

struct Token;

impl Modify for Token {
    fn modify(&self, description: &mut OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        description.components.get_or_insert_default().add_security_scheme("token", scheme);
    }
}

pub(super) fn head() -> OpenApi {
    Head::openapi()
}

/// The description of all that is under `/api/v1`.
///
/// ```
/// let description = loket_gateways::http::routes::described();
/// assert!(description.paths.paths.contains_key("/api/v1/chat"));
/// ```
#[must_use]
pub fn described() -> OpenApi {
    super::all().into_openapi()
}

/// What a description describes, and beside it MCP and where tokens for it are got, as method and path.
pub(super) fn listed(description: &OpenApi) -> Vec<(Method, String)> {
    let mut all = Vec::new();
    for (path, item) in &description.paths.paths {
        let of = [
            (Method::GET, &item.get),
            (Method::POST, &item.post),
            (Method::PUT, &item.put),
            (Method::PATCH, &item.patch),
            (Method::DELETE, &item.delete),
        ];
        all.extend(
            of.into_iter().filter(|(_, described)| described.is_some()).map(|(method, _)| (method, path.clone())),
        );
    }
    all.extend([Method::POST, Method::GET, Method::DELETE].map(|method| (method, mcp::PATH.to_owned())));
    all.extend([protected::DOCUMENT, protected::DOCUMENT_OF_MCP].map(|path| (Method::GET, path.to_owned())));
    all
}

/// This description.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "host", responses((status = 200, body = serde_json::Value), Problems))]
pub(super) async fn description() -> Json<&'static OpenApi> {
    static DESCRIBED: OnceLock<OpenApi> = OnceLock::new();
    Json(DESCRIBED.get_or_init(described))
}
