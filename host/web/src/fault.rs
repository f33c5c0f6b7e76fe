//! What went wrong, as a page: what, why, and what to do next.

use crate::app::App;
use crate::entry::Me;
use crate::frame::{Here, Page};
use crate::parts;
use crate::texts::t;
use axum::Extension;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use loket_gateways::desk::Problem;
use loket_gateways::http::{Refusal, status};
use maud::html;
use std::sync::Arc;

/// A problem, with the status under which it is shown.
#[derive(Debug)]
pub(crate) struct Fault {
    status: StatusCode,
    problem: Problem,
}

impl Fault {
    pub(crate) fn new(status: StatusCode, problem: Problem) -> Fault {
        Fault { status, problem }
    }

    /// As a page; in its frame for whoever is in.
    pub(crate) async fn respond(self, app: &App, me: Option<&Me>) -> Response {
        let body = html! {
            (parts::head(t("fault.title"), None))
            (parts::problem(&app.clean(self.problem)))
            p { a href="/" { (t("fault.back")) } }
        };
        let page = Page { title: t("fault.title"), here: Here::Nowhere, body };
        let shown = match me {
            Some(me) => page.framed(app, me).await,
            None => page.alone(app),
        };
        (self.status, shown).into_response()
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Fault {
        Fault { status: status(&problem.code), problem }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Fault {
        Fault { status: refusal.status, problem: refusal.problem }
    }
}

/// In words alone, for scripts.
impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let Problem { message, hint, .. } = self.problem;
        let words = hint.map_or_else(|| message.clone(), |hint| format!("{message}; {hint}"));
        (self.status, words).into_response()
    }
}

/// Where there is no page.
pub(crate) async fn unknown(State(app): State<Arc<App>>, me: Option<Extension<Me>>, uri: Uri) -> Response {
    let path = crate::plain::plain(uri.path());
    let fault = Fault::from(Problem::not_found(format!("there is no page `{path}`, or none that takes this")));
    fault.respond(&app, me.as_deref()).await
}
