//! Every path in one table, from which the router is built and by which the tests walk it.

use crate::app::App;
use crate::form::upload;
use crate::pages::{
    agents, api, approvals, authority, brain, chat, guardian, ledger, login, models, packages, servers, settings,
    welcome,
};
use crate::{assets, entry, fault, headers, live};
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::routing::{MethodRouter, get, post};
use axum::{Router, middleware};
use loket_gateways::desk::Desk;
use std::net::SocketAddr;
use std::sync::Arc;

type Row = (Method, &'static str, MethodRouter<Arc<App>>);

/// The pages of a desk whose service listens there; every path that they do not know is answered, too. Nothing where nobody can come in.
pub fn pages(desk: Arc<dyn Desk>, listen: SocketAddr) -> Router {
    let Some(app) = App::new(desk, listen).map(Arc::new) else { return Router::new() };
    table()
        .into_iter()
        .fold(Router::new(), |router, (_, path, handler)| router.route(path, handler))
        .fallback(fault::unknown)
        .method_not_allowed_fallback(fault::unknown)
        .layer(middleware::from_fn_with_state(app.clone(), entry::enter))
        .layer(middleware::from_fn(headers::say))
        .with_state(app)
}

/// Every route, as method and path.
#[must_use]
pub fn list() -> Vec<(Method, &'static str)> {
    table().into_iter().map(|(method, path, _)| (method, path)).collect()
}

/// What can be reached without a session.
#[must_use]
pub fn is_open(path: &str) -> bool {
    matches!(path, "/login" | "/welcome") || path.starts_with(assets::PATH)
}

fn table() -> Vec<Row> {
    vec![
        (Method::GET, "/assets/{name}", get(assets::asset)),
        (Method::GET, "/login", get(login::show)),
        (Method::POST, "/login", post(login::log_in)),
        (Method::POST, "/logout", post(login::log_out)),
        (Method::GET, "/welcome", get(welcome::passphrase::show)),
        (Method::POST, "/welcome", post(welcome::passphrase::set)),
        (Method::GET, "/welcome/model", get(welcome::model::show)),
        (Method::POST, "/welcome/model", post(welcome::model::choose)),
        (Method::GET, "/welcome/hello", get(welcome::hello::show)),
        (Method::POST, "/welcome/hello", post(welcome::hello::say)),
        (Method::GET, "/welcome/tool", get(welcome::tool::show)),
        (Method::POST, "/welcome/tool", post(welcome::tool::grant)),
        (Method::GET, "/", get(chat::show)),
        (Method::POST, "/chat", post(chat::say::say)),
        (Method::POST, "/chat/stream", post(chat::stream::stream)),
        (Method::GET, "/chat/stream", get(chat::stream::resume)),
        (Method::POST, "/chat/stop", post(chat::say::stop)),
        (Method::POST, "/chat/complete", post(chat::say::complete)),
        (Method::POST, "/chat/correct", post(chat::correct::correct)),
        (Method::GET, "/chat/search", get(chat::search::show)),
        (Method::GET, "/approvals", get(approvals::show)),
        (Method::POST, "/approvals/answer", post(approvals::answer::answer)),
        (Method::GET, "/agents", get(agents::show)),
        (Method::GET, "/agents/new", get(agents::edit::blank)),
        (Method::POST, "/agents/new", post(agents::edit::make)),
        (Method::GET, "/agents/agent", get(agents::one::show)),
        (Method::POST, "/agents/agent", post(agents::edit::change)),
        (Method::POST, "/agents/schedule", post(agents::schedules::run)),
        (Method::GET, "/brain", get(brain::show)),
        (Method::GET, "/brain/memory", get(brain::memory::show)),
        (Method::POST, "/brain/memory", post(brain::memory::act)),
        (Method::POST, "/brain/forget", post(brain::forget::forget)),
        (Method::GET, "/brain/care", get(brain::care::show)),
        (Method::POST, "/brain/care", post(brain::care::act)),
        (Method::GET, "/authority", get(authority::show)),
        (Method::POST, "/authority", post(authority::edit::act)),
        (Method::GET, "/packages", get(packages::show)),
        (Method::GET, "/packages/package", get(packages::one::show)),
        (Method::POST, "/packages/package", post(packages::one::act)),
        (
            Method::POST,
            "/packages/install",
            post(packages::install::install).layer(DefaultBodyLimit::max(upload::MOST)),
        ),
        (Method::GET, "/servers", get(servers::show)),
        (Method::POST, "/servers", post(servers::add::add)),
        (Method::GET, "/servers/server", get(servers::one::show)),
        (Method::POST, "/servers/server", post(servers::one::act)),
        (Method::GET, "/models", get(models::show)),
        (Method::POST, "/models", post(models::choose)),
        (Method::GET, "/ledger", get(ledger::show)),
        (Method::GET, "/ledger/turn", get(ledger::turn::show)),
        (Method::POST, "/ledger/turn", post(ledger::turn::replay)),
        (Method::POST, "/ledger/verify", post(ledger::verify::verify)),
        (Method::GET, "/ledger/live", get(ledger::follow)),
        (Method::GET, "/guardian", get(guardian::show)),
        (Method::POST, "/guardian/verify", post(guardian::verify)),
        (Method::GET, "/settings", get(settings::show)),
        (Method::POST, "/settings/passphrase", post(settings::passphrase)),
        (Method::POST, "/settings/sessions/end", post(settings::end)),
        (Method::POST, "/settings/sessions/end-others", post(settings::end_others)),
        (Method::POST, "/settings/secrets", post(settings::secrets::act)),
        (Method::POST, "/settings/tokens", post(settings::tokens::act)),
        (Method::POST, "/settings/backup", post(settings::backup::download)),
        (Method::POST, "/settings/restore", post(settings::restore::restore)),
        (Method::GET, "/api", get(api::show)),
        (Method::GET, "/live", get(live::live)),
    ]
}
