//! What is sent to us: forms, at most so big and so slow, and only from pages that we made for this very session.
//!
//! Files: this one forms of fields, [`upload`] one with a file.

pub(crate) mod upload;

use crate::app::App;
use crate::entry::Me;
use crate::fault::Fault;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::response::Response;
use loket_gateways::desk::Problem;
use loket_gateways::http::{is_of, whole};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;

/// The biggest form, in bytes.
const BYTES: usize = 1024 * 1024;
/// How long one may take to arrive.
const TIME: Duration = Duration::from_secs(10);

/// What the forms of a session bring along: another site cannot know it, whatever the browser sends with its requests.
pub(crate) fn csrf(session: &str) -> String {
    blake3::Hash::from_bytes(blake3::derive_key("loket 2026 forms of a session", session.as_bytes()))
        .to_hex()
        .to_string()
}

/// The fields of a form of whoever is in.
pub(crate) struct Form<T>(pub(crate) T, pub(crate) Me);

impl<T: DeserializeOwned + Send> FromRequest<Arc<App>> for Form<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, _: &Arc<App>) -> Result<Self, Fault> {
        let Some(me) = request.extensions().get::<Me>().cloned() else {
            return Err(Problem::denied("your session is over").hint("log in again").into());
        };
        let bytes = bytes(request).await?;
        let Token { token } = fields(&bytes)?;
        if !constant_time_eq::constant_time_eq(token.as_bytes(), me.csrf.as_bytes()) {
            let problem = Problem::denied("this form was made for another session");
            return Err(problem.hint("open the page again, and send it from there").into());
        }
        Ok(Form(fields(&bytes)?, me))
    }
}

/// The fields of a form of somebody who is not in yet.
pub(crate) struct OpenForm<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequest<Arc<App>> for OpenForm<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Response> {
        match async { fields(&bytes(request).await?) }.await {
            Ok(sent) => Ok(OpenForm(sent)),
            Err(fault) => Err(Fault::respond(fault, app, None).await),
        }
    }
}

/// The query of a page.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<App>> for Query<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Fault> {
        serde_urlencoded::from_str(parts.uri.query().unwrap_or_default()).map(Query).map_err(|error| {
            let problem = Problem::invalid(format!("the address of this page cannot be read: {error}"));
            problem.hint("open the page from the menu").into()
        })
    }
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

async fn bytes(request: Request) -> Result<axum::body::Bytes, Fault> {
    is_of(&request, "application/x-www-form-urlencoded", "only a form is read here")?;
    Ok(whole(request, BYTES, TIME).await?)
}

fn fields<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    serde_urlencoded::from_bytes(bytes).map_err(|error| {
        Problem::invalid(format!("the form is not the one of this page: {error}")).hint("open the page again").into()
    })
}

#[cfg(test)]
mod tests {
    use super::csrf;

    #[test]
    fn each_session_has_forms_of_its_own_and_they_do_not_tell_the_session() {
        assert_ne!(csrf("a"), csrf("b"));
        assert_eq!(csrf("a"), csrf("a"));
        assert!(!csrf("abcdef").contains("abcdef"));
    }
}
