//! Settings: who is in, the passphrase, secrets, the tokens of other programs, a backup, and a home made of one.
//!
//! Files: this one the page, sessions and passphrase, [`secrets`], [`tokens`], [`backup`], [`restore`].

pub(crate) mod backup;
pub(crate) mod restore;
pub(crate) mod secrets;
pub(crate) mod tokens;

use crate::app::App;
use crate::entry::{Me, see};
use crate::fault::Fault;
use crate::form::{Form, Query};
use crate::frame::{Here, Page};
use crate::pages::login::Nothing;
use crate::parts;
use crate::plain::{excerpt, plain};
use crate::texts::t;
use axum::Extension;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use loket_gateways::desk::{Problem, SecretValue};
use loket_gateways::entrance::{SHORTEST_PASSPHRASE, SessionInfo};
use loket_gateways::http::status;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// What was done before.
#[derive(Debug, Deserialize)]
pub(crate) struct Done {
    done: Option<String>,
}

/// `GET /settings`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(me): Extension<Me>,
    Query(Done { done }): Query<Done>,
) -> Response {
    let done = match done.as_deref() {
        Some("passphrase") => Some(t("settings.passphrase-done")),
        Some("session") => Some(t("settings.session-done")),
        Some("sessions") => Some(t("settings.sessions-done")),
        Some("secret") => Some(t("secrets.done")),
        Some("token") => Some(t("tokens.done")),
        _ => None,
    };
    page(&app, &me, done, None).await.into_response()
}

/// What is typed.
#[derive(Deserialize)]
pub(crate) struct Passphrases {
    old: SecretValue,
    new: SecretValue,
    again: SecretValue,
}

/// `POST /settings/passphrase`
pub(crate) async fn passphrase(State(app): State<Arc<App>>, Form(typed, me): Form<Passphrases>) -> Response {
    let Passphrases { old, new, again } = typed;
    let changed = if *new.clone().into_inner() == *again.into_inner() {
        app.entrance.change(old, new, &me.session).await
    } else {
        Err(Problem::invalid(t("welcome.not-same")))
    };
    match changed {
        Ok(()) => see("/settings?done=passphrase"),
        Err(problem) => (status(&problem.code), page(&app, &me, None, Some(&problem)).await).into_response(),
    }
}

#[derive(Deserialize)]
pub(crate) struct Which {
    session: String,
}

/// `POST /settings/sessions/end`
pub(crate) async fn end(
    State(app): State<Arc<App>>,
    Form(Which { session }, me): Form<Which>,
) -> Result<Response, Fault> {
    app.entrance.end(&session).await?;
    Ok(see(if session == me.session { "/login" } else { "/settings?done=session" }))
}

/// `POST /settings/sessions/end-others`
pub(crate) async fn end_others(
    State(app): State<Arc<App>>,
    Form(Nothing {}, me): Form<Nothing>,
) -> Result<Response, Fault> {
    app.entrance.end_others(&me.session).await?;
    Ok(see("/settings?done=sessions"))
}

async fn page(app: &App, me: &Me, done: Option<&str>, problem: Option<&Problem>) -> Html<String> {
    let sessions = app.entrance.sessions();
    let tokens = app.desk.tokens().await.map(|tokens| app.clean(tokens));
    let secrets = app.desk.secrets().await.map(|secrets| app.clean(secrets));
    let body = html! {
        (parts::head(t("settings.title"), Some(t("settings.what"))))
        @if let Some(done) = done { (parts::done(done)) }
        @if let Some(problem) = problem { (parts::problem(problem)) }
        section.list {
            h2 { (t("settings.sessions")) }
            p.note { (t("settings.sessions-what")) }
            ul.rows { @for session in &sessions { (session_row(session, me)) } }
            @if sessions.len() > 1 {
                form method="post" action="/settings/sessions/end-others" {
                    input type="hidden" name="token" value=(me.csrf);
                    button type="submit" { (t("settings.end-others")) }
                }
            }
        }
        section.list {
            h2 { (t("settings.passphrase")) }
            p.note { (t("settings.passphrase-what")) }
            form.stack.narrow method="post" action="/settings/passphrase" {
                input type="hidden" name="token" value=(me.csrf);
                label for="old" { (t("settings.old")) }
                input #old type="password" name="old" autocomplete="current-password" required;
                label for="new" { (t("settings.new")) }
                input #new type="password" name="new" autocomplete="new-password" required minlength=(SHORTEST_PASSPHRASE);
                label for="again" { (t("settings.again")) }
                input #again type="password" name="again" autocomplete="new-password" required;
                button type="submit" { (t("settings.change")) }
            }
        }
        (secrets::section(&secrets, me))
        (tokens::section(&tokens, me))
        (backup::section(me))
        (restore::section(me))
    };
    Page { title: t("settings.title"), here: Here::Settings, body }.framed(app, me).await
}

fn session_row(session: &SessionInfo, me: &Me) -> Markup {
    let own = session.id == me.session;
    html! {
        li {
            div {
                strong title=(plain(&session.browser)) { (browser(&session.browser)) }
                @if own { " " span.state.good { (t("settings.this-one")) } }
                p.note {
                    (t("settings.since")) " " (parts::moment(&session.since)) " · "
                    (t("settings.seen")) " " (parts::moment(&session.seen)) " · "
                    (t("settings.until")) " " (parts::moment(&session.expires))
                }
            }
            form method="post" action="/settings/sessions/end" {
                input type="hidden" name="token" value=(me.csrf);
                input type="hidden" name="session" value=(session.id);
                button.quiet type="submit" { (if own { t("nav.out") } else { t("settings.end") }) }
            }
        }
    }
}

/// A browser's name and system, out of the much that it says of itself.
fn browser(said: &str) -> String {
    let names =
        [("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];
    let systems = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ];
    let find = |list: &[(&str, &'static str)]| list.iter().find(|(mark, _)| said.contains(mark)).map(|(_, name)| *name);
    match (find(&names), find(&systems)) {
        (Some(name), Some(system)) => format!("{name}, {system}"),
        (Some(name), None) => name.to_owned(),
        _ if said.is_empty() => t("settings.no-browser").to_owned(),
        _ => excerpt(said, 40),
    }
}
