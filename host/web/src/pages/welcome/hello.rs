//! A first word to the assistant.

use super::{ASSISTANT, steps};
use crate::app::App;
use crate::entry::Me;
use crate::fault::Fault;
use crate::form::Form;
use crate::frame::{Here, Page};
use crate::markdown::markdown;
use crate::parts;
use crate::texts::t;
use axum::Extension;
use axum::extract::State;
use axum::response::Html;
use loket_gateways::desk::ChatRequest;
use loket_gateways::http::Peer;
use loket_gateways::http::talk::Talks;
use maud::html;
use serde::Deserialize;
use std::sync::Arc;

/// What is said.
#[derive(Debug, Deserialize)]
pub(crate) struct Said {
    text: String,
}

/// `GET /welcome/hello`
pub(crate) async fn show(State(app): State<Arc<App>>, Extension(me): Extension<Me>) -> Html<String> {
    page(&app, &me, None)
}

/// `POST /welcome/hello`
pub(crate) async fn say(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    Extension(talks): Extension<Talks>,
    Form(Said { text }, me): Form<Said>,
) -> Result<Html<String>, Fault> {
    let request = ChatRequest { agent: ASSISTANT.to_owned(), conversation: None, text: text.clone(), files: vec![] };
    let reply = talks.begin(app.desk.clone(), request, &me.visitor, peer.cut)?.outcome().await?;
    Ok(page(&app, &me, Some((text, app.clean(reply).text))))
}

fn page(app: &App, me: &Me, answered: Option<(String, String)>) -> Html<String> {
    let body = html! {
        (steps(2))
        (parts::head(t("welcome.hello"), Some(t("welcome.hello-what"))))
        @if let Some((said, answer)) = &answered {
            div.exchange {
                p.said dir="auto" { (said) }
                div.answer dir="auto" { (markdown(answer)) }
            }
            a.button.primary href="/welcome/tool" { (t("welcome.on")) }
        }
        form.stack method="post" action="/welcome/hello" {
            input type="hidden" name="token" value=(me.csrf);
            label for="text" { (t("welcome.say")) }
            input #text type="text" name="text" required maxlength="2000" value=(if answered.is_none() { t("welcome.first-words") } else { "" });
            button .primary[answered.is_none()] type="submit" { (t("chat.send")) }
        }
        @if answered.is_none() { p { a href="/welcome/tool" { (t("welcome.skip")) } } }
    };
    Page { title: t("welcome.hello"), here: Here::Nowhere, body }.alone(app)
}
