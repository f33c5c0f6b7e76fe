//! The guardian: whether the home is as its owner sealed it, and what is not.

use crate::app::App;
use crate::entry::{Me, see};
use crate::fault::Fault;
use crate::form::Form;
use crate::frame::{Here, Page};
use crate::pages::login::Nothing;
use crate::parts;
use crate::plain::plain;
use crate::texts::t;
use axum::Extension;
use axum::extract::State;
use axum::response::{Html, Response};
use loket_gateways::desk::GuardianStatus;
use maud::{Markup, html};
use std::sync::Arc;

/// `GET /guardian`
pub(crate) async fn show(State(app): State<Arc<App>>, Extension(me): Extension<Me>) -> Result<Html<String>, Fault> {
    let body = body(&app.clean(app.desk.guardian().await?), &me);
    Ok(Page { title: t("guardian.title"), here: Here::Guardian, body }.framed(&app, &me).await)
}

/// `POST /guardian/verify`: looks at everything, byte for byte.
pub(crate) async fn verify(State(app): State<Arc<App>>, Form(Nothing {}, _): Form<Nothing>) -> Result<Response, Fault> {
    app.desk.guardian_verify().await?;
    Ok(see("/guardian"))
}

fn body(status: &GuardianStatus, me: &Me) -> Markup {
    let (title, what) = match status.state.as_str() {
        "sealed" => (t("guardian.sealed"), t("guardian.sealed-what")),
        "safe-mode" => (t("guardian.safe-mode"), t("guardian.safe-mode-what")),
        _ => (t("guardian.unsealed"), t("guardian.unsealed-what")),
    };
    html! {
        (parts::head(t("guardian.title"), Some(t("guardian.what"))))
        section.card.verdict .alarm[status.state == "safe-mode"] .good[status.state == "sealed"] {
            h2 { (title) }
            p { (parts::code_in(what)) }
            @if let Some(safe) = &status.safe_mode {
                p { (t("guardian.since")) " " (parts::moment(&safe.since)) }
                ul { @for why in &safe.why { li { (parts::code_in(why)) } } }
                p { (parts::code_in(t("guardian.leave"))) }
            }
            dl.facts {
                @if let Some(sealed) = &status.sealed { dt { (t("guardian.when")) } dd { (parts::moment(sealed)) } }
                @if let Some(checked) = &status.checked { dt { (t("guardian.checked")) } dd { (parts::moment(checked)) } }
                @if let Some(key) = &status.key { dt { (t("guardian.key")) } dd { code.long { (plain(key)) } } }
            }
            @if status.state != "unsealed" {
                form method="post" action="/guardian/verify" {
                    input type="hidden" name="token" value=(me.csrf);
                    button type="submit" { (t("guardian.verify")) }
                }
            }
        }
        @if !status.faults.is_empty() {
            section.list {
                h2 { (t("guardian.faults")) }
                @for fault in &status.faults {
                    article.card {
                        h3 { (plain(&fault.what)) }
                        p { (parts::code_in(&fault.why)) }
                        dl.facts {
                            dt { (t("guardian.file")) } dd { code { (plain(&fault.file)) } }
                            @if let Some(expected) = &fault.expected { dt { (t("guardian.expected")) } dd { code.long { (plain(expected)) } } }
                            @if let Some(found) = &fault.found { dt { (t("guardian.found")) } dd { code.long { (plain(found)) } } }
                        }
                    }
                }
            }
        }
    }
}
