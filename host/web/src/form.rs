//! What is sent to us: forms, at most so big and so slow, and only from pages that we made for this very session.

use crate::app::App;
use crate::entry::Me;
use crate::fault::Fault;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};
use loket_gateways::desk::Problem;
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
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Response> {
        let Some(me) = request.extensions().get::<Me>().cloned() else {
            return Err(Fault::from(Problem::denied("your session is over")).into_response());
        };
        let read = async {
            let bytes = bytes(request).await?;
            let Token { token } = fields(&bytes)?;
            if !constant_time_eq::constant_time_eq(token.as_bytes(), me.csrf.as_bytes()) {
                let problem = Problem::denied("this form was made for another session");
                return Err(Fault::from(problem.hint("open the page again, and send it from there")));
            }
            fields(&bytes)
        };
        match read.await {
            Ok(sent) => Ok(Form(sent, me)),
            Err(fault) => Err(fault.respond(app, Some(&me)).await),
        }
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

#[derive(Deserialize)]
struct Token {
    token: String,
}

async fn bytes(request: Request) -> Result<axum::body::Bytes, Fault> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        let problem = Problem::invalid(format!("a form is read here, and no `{}`", kind.escape_debug()));
        return Err(Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, problem));
    }
    match tokio::time::timeout(TIME, Limited::new(request.into_body(), BYTES).collect()).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(_)) => {
            let problem = Problem::invalid(format!("the form is longer than {BYTES} bytes, or broke off"));
            Err(Fault::new(StatusCode::PAYLOAD_TOO_LARGE, problem.hint("send less")))
        }
        Err(_) => {
            let problem = Problem::invalid(format!("the form took longer than {} s", TIME.as_secs()));
            Err(Fault::new(StatusCode::REQUEST_TIMEOUT, problem.hint("send it again")))
        }
    }
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
