//! The passphrase: whoever has the link from the terminal sets it.

use super::steps;
use crate::app::App;
use crate::form::{OpenForm, Query};
use crate::frame::{Here, Page};
use crate::pages::login::{browser, enter};
use crate::parts;
use crate::plain::plain;
use crate::texts::{t, tf};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use loket_gateways::desk::{Problem, SecretValue};
use loket_gateways::entrance::{LONGEST_PASSPHRASE, SHORTEST_PASSPHRASE};
use loket_gateways::http::status;
use maud::html;
use serde::Deserialize;
use std::sync::Arc;

/// The key of the link.
#[derive(Debug, Deserialize)]
pub(crate) struct Key {
    #[serde(default)]
    key: String,
}

/// What is typed.
#[derive(Deserialize)]
pub(crate) struct Typed {
    key: String,
    passphrase: SecretValue,
    again: SecretValue,
}

/// `GET /welcome?key=…`: looking does not use the key up, so that no preview of the link does.
pub(crate) async fn show(State(app): State<Arc<App>>, Query(Key { key }): Query<Key>) -> Response {
    if app.entrance.is_invited(&key) {
        return form(&app, &key, None).into_response();
    }
    let body = html! {
        (parts::head(t("welcome.stale"), Some(t("welcome.stale-what"))))
        pre.command { code { "loket web link" } }
        p { a href="/login" { (t("welcome.to-login")) } }
    };
    let page = Page { title: t("welcome.stale"), here: Here::Nowhere, body }.alone(&app);
    (StatusCode::FORBIDDEN, page).into_response()
}

/// `POST /welcome`
pub(crate) async fn set(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    OpenForm(Typed { key, passphrase, again }): OpenForm<Typed>,
) -> Response {
    let first = !app.entrance.is_owned();
    if *passphrase.clone().into_inner() != *again.into_inner() {
        let problem = Problem::invalid(t("welcome.not-same"));
        return (StatusCode::BAD_REQUEST, form(&app, &key, Some(&problem))).into_response();
    }
    match app.entrance.settle(&key, passphrase, browser(&headers)).await {
        Ok(entered) => enter(&app, entered, if first { "/welcome/model" } else { "/" }),
        Err(problem) => (status(&problem.code), form(&app, &key, Some(&problem))).into_response(),
    }
}

fn form(app: &App, key: &str, problem: Option<&Problem>) -> Html<String> {
    let owned = app.entrance.is_owned();
    let (title, what) =
        if owned { (t("welcome.anew"), t("welcome.anew-what")) } else { (t("welcome.title"), t("welcome.what")) };
    let rule = tf("welcome.rule", &[("n", &SHORTEST_PASSPHRASE.to_string())]);
    let body = html! {
        @if !owned { (steps(0)) }
        (parts::head(title, Some(what)))
        @if let Some(problem) = problem { (parts::problem(problem)) }
        form.stack method="post" action="/welcome" {
            input type="hidden" name="key" value=(plain(key));
            // Programs that keep passphrases want to know whose it is.
            input.unseen type="text" name="username" value="owner" autocomplete="username" tabindex="-1" aria-hidden="true" readonly;
            label for="passphrase" { (t("welcome.passphrase")) }
            input #passphrase type="password" name="passphrase" autocomplete="new-password" required autofocus
                minlength=(SHORTEST_PASSPHRASE) maxlength=(LONGEST_PASSPHRASE) aria-describedby="rule";
            p.note #rule { (rule) }
            label for="again" { (t("welcome.again")) }
            input #again type="password" name="again" autocomplete="new-password" required maxlength=(LONGEST_PASSPHRASE);
            button.primary type="submit" { (t("welcome.set")) }
        }
    };
    Page { title, here: Here::Nowhere, body }.alone(app)
}
