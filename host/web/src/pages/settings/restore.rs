//! A home made of a backup that lies on the host's machine, in a folder there. The home that is shown stays as it is.

use crate::app::App;
use crate::entry::Me;
use crate::fault::Fault;
use crate::form::Form;
use crate::frame::{Here, Page};
use crate::parts;
use crate::plain::plain;
use crate::texts::{count, t};
use axum::extract::State;
use axum::response::Html;
use loket_gateways::desk::{RestoreReport, RestoreRequest};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// What is typed.
#[derive(Debug, Deserialize)]
pub(crate) struct Typed {
    file: String,
    home: String,
}

/// `POST /settings/restore`
pub(crate) async fn restore(
    State(app): State<Arc<App>>,
    Form(Typed { file, home }, me): Form<Typed>,
) -> Result<Html<String>, Fault> {
    let request = RestoreRequest { file: file.trim().to_owned(), home: home.trim().to_owned() };
    let body = shown(&app.clean(app.desk.restore(request).await?));
    Ok(Page { title: t("restore.made"), here: Here::Settings, body }.framed(&app, &me).await)
}

fn shown(made: &RestoreReport) -> Markup {
    html! {
        (parts::head(t("restore.made"), Some(t("restore.stays"))))
        article.card {
            dl.facts {
                dt { (t("restore.home")) } dd { code.long { (plain(&made.home)) } }
                dt { (t("restore.kept")) } dd { (parts::moment(&made.made)) " · loket " (plain(&made.by)) }
                dt { (t("restore.files")) } dd { (made.files) " · " (parts::bytes(made.bytes)) }
                dt { (t("nav.ledger")) } dd { (count(made.lines, "restore.line", "restore.lines")) }
            }
            p { (t("restore.next")) }
            pre.command tabindex="0" { (plain(&made.next)) }
            @if !made.notes.is_empty() {
                h2 { (t("restore.notes")) }
                ul { @for note in &made.notes { li { (parts::code_in(note)) } } }
            }
            p { a.button href="/settings" { (t("restore.back")) } }
        }
    }
}

/// Where one is asked for.
pub(super) fn section(me: &Me) -> Markup {
    html! {
        section.list #restore {
            h2 { (t("restore.title")) }
            p.note { (parts::code_in(t("restore.what"))) }
            details {
                summary { (t("restore.open")) }
                form.stack.narrow method="post" action="/settings/restore" {
                    (parts::token(me))
                    label { span { (t("restore.file")) } input type="text" name="file" required maxlength="4096" autocomplete="off" spellcheck="false" placeholder="/mnt/disk/loket.tar.gz"; }
                    label { span { (t("restore.folder")) } input type="text" name="home" required maxlength="4096" autocomplete="off" spellcheck="false" placeholder="/srv/loket"; }
                    button type="submit" { (t("restore.do")) }
                }
            }
        }
    }
}
