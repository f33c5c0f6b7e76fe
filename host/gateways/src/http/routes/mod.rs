//! What there is under `/api/v1`: each file has the routes of one subject, and says with each what the API's description says of it.
//! The router, the description, and the list that tests walk come from the same.

mod agents;
mod asks;
mod commands;
mod description;
mod grants;
mod guardian;
mod host;
mod keys;
mod ledger;
mod models;
mod packages;
mod schedules;
mod secrets;
mod servers;
mod talk;
mod tokens;
mod web;

use super::answer::Refusal;
use super::gate::{self, Gate};
use super::news::Newsroom;
use super::once::{self, Answers};
use super::pace::Pace;
use super::places::{Clients, Places};
use super::talk::Talks;
use super::{protected, stream, unchanged};
use crate::desk::{Desk, Problem};
use crate::mcp;
use axum::extract::{Request, State};
use axum::http::{HeaderName, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
pub use description::described;
use std::collections::HashSet;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};
use tokio::sync::Semaphore;
use tower::ServiceExt;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The path that tells that a service is there: it asks for no token.
pub(crate) const HEALTH: &str = "/api/v1/health";
/// The path that tells whether turns are begun: it asks for no token.
pub(crate) const READY: &str = "/api/v1/ready";
/// The path of what is counted, where those who collect such things look for it.
pub(crate) const METRICS: &str = "/metrics";
/// A client's question, and the answer that only a holder of the token has.
pub(crate) const NONCE: HeaderName = HeaderName::from_static("loket-nonce");
pub(crate) const PROOF: HeaderName = HeaderName::from_static("loket-proof");
/// In every answer of a host that lets in nothing new.
pub(crate) const SAFE_MODE: HeaderName = HeaderName::from_static("loket-safe-mode");

/// What is behind every gate of a service, however many ways lead to it: what was begun, kept and counted by one is known by the others.
pub(crate) struct Shared {
    pub(crate) desk: Arc<dyn Desk>,
    /// The part of all places that clients may have.
    pub(crate) clients: Clients,
    pub(crate) uploads: Arc<Semaphore>,
    /// Nothing where nothing stands behind it.
    pub(crate) mcp: Option<mcp::Service>,
    /// What was answered to requests that may be sent again.
    pub(crate) answers: Answers,
    /// How much everybody may still ask.
    pub(crate) pace: Pace,
    /// The turns that were begun here.
    pub(crate) talks: Talks,
    /// What changes.
    pub(crate) news: Newsroom,
}

impl Shared {
    /// Over a desk, for gates with the limits and the pace of this one.
    pub(crate) fn new(desk: Arc<dyn Desk>, gate: &Gate) -> Arc<Self> {
        let limits = gate.limits();
        let mcp = desk.clone().behind().map(|behind| mcp::Service::new(behind, limits.body));
        Arc::new(Self {
            clients: Clients::new(limits.in_flight, limits.streams),
            uploads: Arc::new(Semaphore::new(limits.uploads)),
            mcp,
            answers: Answers::new(),
            pace: Pace::new(gate.rates()),
            talks: Talks::default(),
            news: Newsroom::new(desk.clone()),
            desk,
        })
    }
}

/// What the routes behind one gate share.
pub(crate) struct App {
    shared: Arc<Shared>,
    pub(crate) gate: Gate,
    /// Of each gate for itself: who fills the places of one leaves those of the others.
    pub(crate) in_flight: Places,
    pub(crate) streams: Places,
    /// The pages; nothing where there are none.
    pub(crate) pages: Option<Router>,
    /// Every route, as method and path.
    routes: Vec<(Method, String)>,
}

/// So that a route need not know what is shared with whom.
impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

type Answer<T> = Result<Json<T>, Refusal>;

/// The service over a desk, behind a gate.
pub fn router(desk: Arc<dyn Desk>, gate: Gate) -> Router {
    router_with(desk, gate, None)
}

/// The same with pages, which have every path that is not the API's. They are behind the same gate, and look themselves whether whoever
/// comes has a session.
pub fn router_with(desk: Arc<dyn Desk>, gate: Gate, pages: Option<Router>) -> Router {
    router_over(Shared::new(desk, &gate), gate, pages)
}

/// The same over what other gates lead to as well.
pub(crate) fn router_over(shared: Arc<Shared>, gate: Gate, pages: Option<Router>) -> Router {
    let in_flight = Places::new("requests", gate.limits().in_flight);
    let streams = Places::new("streams", gate.limits().streams);
    let (router, description) = all().split_for_parts();
    let routes = description::listed(&description);
    let app = Arc::new(App { shared, gate, in_flight, streams, pages, routes });
    router
        .route(protected::DOCUMENT, get(protected::document))
        .route(protected::DOCUMENT_OF_MCP, get(protected::document))
        .fallback(elsewhere)
        .layer(middleware::from_fn(unchanged::pass))
        .layer(middleware::from_fn_with_state(app.clone(), once::pass))
        // Neither means anything there, and each request would pay for them.
        .route(mcp::PATH, post(mcp::post).get(mcp::get).delete(mcp::delete))
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(app.clone(), gate::pass))
        .with_state(app)
}

/// Every route, as method and path.
#[must_use]
pub fn list() -> Vec<(Method, String)> {
    description::listed(&described())
}

/// All that the description describes.
fn all() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(description::head())
        .merge(host::all())
        .merge(talk::all())
        .routes(routes!(stream::chat))
        .routes(routes!(stream::resume))
        .routes(routes!(stream::changes))
        .merge(commands::all())
        .merge(agents::all())
        .merge(schedules::all())
        .merge(packages::all())
        .merge(asks::all())
        .merge(keys::all())
        .merge(guardian::all())
        .merge(grants::all())
        .merge(models::all())
        .merge(servers::all())
        .merge(secrets::all())
        .merge(tokens::all())
        .merge(web::all())
        .merge(ledger::all())
        .routes(routes!(stream::follow))
        .routes(routes!(description::description))
}

/// Whether a path asks for no token: it says that a service is there, or where a token for it is got.
pub(crate) fn is_public(path: &str) -> bool {
    [HEALTH, READY, protected::DOCUMENT, protected::DOCUMENT_OF_MCP].contains(&path)
}

/// Whether a request is an act of the owner's, which takes the scope `approve`: all that changes something but for talking and calling.
/// Whoever begins a turn stops it, too; another's is looked at where turns are stopped.
pub(crate) fn is_owners_act(method: &Method, path: &str) -> bool {
    *method != Method::GET && !["/api/v1/chat", "/api/v1/chat/stop", "/api/v1/call", mcp::PATH].contains(&path)
}

/// Whether a request may be what stops a program gone wild, so that it must not wait until that program holds still.
pub(crate) fn is_brake(method: &Method, path: &str) -> bool {
    const BRAKES: [&str; 4] =
        ["/api/v1/grants/revoke", "/api/v1/tokens/revoke", "/api/v1/chat/stop", "/api/v1/asks/answer"];
    *method == Method::POST && (BRAKES.contains(&path) || path.starts_with("/api/v1/guardian/"))
}

/// Whether a path is the API's, or MCP's: no page is there. `/api` alone is one: about the API.
pub(crate) fn is_of_programs(path: &str) -> bool {
    static PATHS: LazyLock<HashSet<String>> = LazyLock::new(|| list().into_iter().map(|(_, path)| path).collect());
    path.starts_with("/api/") || path.starts_with("/mcp/") || PATHS.contains(path)
}

/// What is no route here: a page, or nothing.
async fn elsewhere(State(app): State<Arc<App>>, mut request: Request) -> Response {
    match &app.pages {
        Some(pages) if !is_of_programs(request.uri().path()) => {
            // What pages share with the API.
            request.extensions_mut().insert(app.pace.clone());
            request.extensions_mut().insert(app.talks.clone());
            request.extensions_mut().insert(app.news.clone());
            match pages.clone().oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        }
        _ => unknown(&app, request.uri()).into_response(),
    }
}

fn unknown(app: &App, uri: &Uri) -> Refusal {
    let mut places: Vec<&str> = app.routes.iter().filter_map(|(_, path)| path.strip_prefix("/api/v1/")).collect();
    places.iter_mut().for_each(|path| *path = path.split('/').next().unwrap_or_default());
    places.dedup();
    Problem::not_found(format!("there is nothing at `{}`", uri.path().escape_debug()))
        .hint(format!("MCP is at {}, and the API under /api/v1: {}", mcp::PATH, places.join(", ")))
        .into()
}

async fn wrong_method(State(app): State<Arc<App>>, method: Method, uri: Uri) -> Refusal {
    let allowed = app.routes.iter().filter(|(_, path)| path == uri.path());
    let allowed = allowed.map(|(method, _)| method.to_string()).collect::<Vec<_>>().join(" or ");
    Refusal::new(
        StatusCode::METHOD_NOT_ALLOWED,
        Problem::invalid(format!("`{}` does not take `{method}`", uri.path())).hint(format!("use {allowed}")),
    )
}
