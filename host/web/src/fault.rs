//! What went wrong, as a page: what, why, and what to do next.
//!
//! Whatever a page asks for with `?` may end in a [`Fault`]; the layer before every page, which knows who is in, shows it in place of that.

use crate::app::App;
use crate::entry::Me;
use crate::frame::{Here, Page};
use crate::parts;
use crate::texts::t;
use axum::Extension;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use loket_gateways::desk::Problem;
use loket_gateways::http::{Refusal, status};
use maud::html;

/// A problem, with the status under which it is shown.
#[derive(Debug, Clone)]
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

    /// In words alone, for scripts.
    pub(crate) fn in_words(self) -> Response {
        let Problem { message, hint, .. } = self.problem;
        let words = hint.map_or_else(|| message.clone(), |hint| format!("{message}; {hint}"));
        (self.status, words).into_response()
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

/// Along with an answer without words, where [`shown`] finds it.
impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        (self.status, Extension(self)).into_response()
    }
}

/// An answer as it is, or the page that says what went wrong in place of it.
pub(crate) async fn shown(mut answer: Response, app: &App, me: Option<&Me>) -> Response {
    match answer.extensions_mut().remove::<Fault>() {
        Some(fault) => fault.respond(app, me).await,
        None => answer,
    }
}

/// Where there is no page.
pub(crate) async fn unknown(uri: Uri) -> Fault {
    let path = crate::plain::plain(uri.path());
    Problem::not_found(format!("there is no page `{path}`, or none that takes this")).into()
}
