//! In and out.

use crate::app::App;
use crate::entry::{Me, cookie, ours, see};
use crate::fault::Fault;
use crate::form::{Form, OpenForm, Query};
use crate::frame::{Here, Page};
use crate::parts;
use crate::texts::t;
use axum::Extension;
use axum::extract::State;
use axum::http::header::{SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use loket_gateways::desk::{Problem, SecretValue};
use loket_gateways::entrance::Entered;
use loket_gateways::http::status;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct To {
    to: Option<String>,
}

/// What is typed.
#[derive(Deserialize)]
pub(crate) struct Typed {
    passphrase: SecretValue,
    #[serde(default)]
    to: Option<String>,
}

/// `GET /login`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    me: Option<Extension<Me>>,
    Query(To { to }): Query<To>,
) -> Response {
    if me.is_some() {
        return see(ours(to.as_deref()));
    }
    page(&app, to.as_deref(), None).into_response()
}

/// `POST /login`
pub(crate) async fn log_in(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    OpenForm(Typed { passphrase, to }): OpenForm<Typed>,
) -> Response {
    let before = cookie(&headers, &app.cookie);
    match app.entrance.log_in(passphrase, browser(&headers), before).await {
        Ok(entered) => enter(&app, entered, ours(to.as_deref())),
        Err(problem) => (status(&problem.code), page(&app, to.as_deref(), Some(&problem))).into_response(),
    }
}

#[derive(Deserialize)]
pub(crate) struct Nothing {}

/// `POST /logout`
pub(crate) async fn log_out(
    State(app): State<Arc<App>>,
    Form(Nothing {}, me): Form<Nothing>,
) -> Result<Response, Fault> {
    app.entrance.end(&me.session).await?;
    let mut response = see("/login");
    set(&mut response, &format!("{}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0", app.cookie));
    Ok(response)
}

/// Goes on as whoever was let in.
pub(crate) fn enter(app: &App, entered: Entered, place: &str) -> Response {
    let mut response = see(place);
    let secret = entered.secret.into_inner();
    let cookie = format!("{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}", app.cookie, &*secret, entered.seconds);
    set(&mut response, &cookie);
    response
}

fn set(response: &mut Response, cookie: &str) {
    if let Ok(mut value) = HeaderValue::from_str(cookie) {
        value.set_sensitive(true);
        response.headers_mut().insert(SET_COOKIE, value);
    }
}

/// What a browser says of itself.
pub(crate) fn browser(headers: &HeaderMap) -> &str {
    headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn page(app: &App, to: Option<&str>, problem: Option<&Problem>) -> axum::response::Html<String> {
    let body = if app.entrance.is_owned() { form(to, problem) } else { nobody() };
    Page { title: t("login.title"), here: Here::Nowhere, body }.alone(app)
}

fn form(to: Option<&str>, problem: Option<&Problem>) -> Markup {
    html! {
        (parts::head(t("login.title"), Some(t("login.what"))))
        @if let Some(problem) = problem { (parts::problem(problem)) }
        form.stack method="post" action="/login" {
            @if let Some(to) = to { input type="hidden" name="to" value=(to); }
            label for="passphrase" { (t("login.passphrase")) }
            input #passphrase type="password" name="passphrase" autocomplete="current-password" required autofocus;
            button.primary type="submit" { (t("login.in")) }
        }
        details.aside {
            summary { (t("login.forgotten")) }
            p { (parts::code_in(t("login.link"))) }
        }
    }
}

/// Nobody is the owner yet.
fn nobody() -> Markup {
    html! {
        (parts::head(t("login.nobody"), Some(t("login.nobody-what"))))
        p { (parts::code_in(t("login.nobody-link"))) }
        pre.command { code { "loket web link" } }
    }
}
