//! The ledger's chain looked through, from its first line to its last.

use crate::app::App;
use crate::fault::Fault;
use crate::form::Form;
use crate::frame::{Here, Page};
use crate::pages::login::Nothing;
use crate::parts;
use crate::plain::plain;
use crate::texts::{t, tf};
use axum::extract::State;
use axum::response::Html;
use maud::html;
use std::sync::Arc;

/// `POST /ledger/verify`
pub(crate) async fn verify(
    State(app): State<Arc<App>>,
    Form(Nothing {}, me): Form<Nothing>,
) -> Result<Html<String>, Fault> {
    let report = app.clean(app.desk.verify().await?);
    let numbers = [("lines", report.lines.to_string()), ("erased", report.erased.to_string())];
    let numbers: Vec<(&str, &str)> = numbers.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let body = html! {
        p { a href="/ledger" { (t("turn.back")) } }
        (parts::head(t("verify.title"), None))
        section.card.verdict .good[report.sound] .alarm[!report.sound] {
            h2 { @if report.sound { (t("verify.sound")) } @else { (t("verify.broken")) } }
            p { (tf("verify.lines", &numbers)) }
            dl.facts { dt { (t("verify.head")) } dd { code.long { (plain(&report.head)) } } }
            @if !report.faults.is_empty() { ul { @for fault in &report.faults { li { (parts::code_in(fault)) } } } }
        }
    };
    Ok(Page { title: t("verify.title"), here: Here::Ledger, body }.framed(&app, &me).await)
}
