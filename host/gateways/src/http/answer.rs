//! Bodies and problems: what is read from a request, and how an error is answered (RFC 9457).

use super::routes::App;
use crate::desk::Problem;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use utoipa::openapi::{Content, RefOr, Response as Described};
use utoipa::{IntoResponses, PartialSchema, ToSchema};

/// A problem with the status under which it is answered.
#[derive(Debug)]
pub struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// The problem.
    pub problem: Problem,
    /// Where a token is got that would do.
    pub(crate) challenge: Option<HeaderValue>,
    /// After how many seconds it may be asked again.
    pub retry: Option<NonZeroU32>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, problem: Problem) -> Self {
        Self { status, problem, challenge: None, retry: None }
    }

    /// The same, which says where a token is got that would do.
    pub(crate) fn with_challenge(self, challenge: Option<HeaderValue>) -> Self {
        Self { challenge, ..self }
    }

    /// The same, which says after how many seconds it may be asked again.
    pub(crate) fn with_retry(self, seconds: NonZeroU32) -> Self {
        Self { retry: Some(seconds), ..self }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::new(status(&problem.code), problem)
    }
}

/// The status of a problem's code.
#[must_use]
pub fn status(code: &str) -> StatusCode {
    match code {
        "invalid" => StatusCode::BAD_REQUEST,
        "denied" | "needs-approval" => StatusCode::FORBIDDEN,
        "not-found" => StatusCode::NOT_FOUND,
        "exhausted" => StatusCode::TOO_MANY_REQUESTS,
        "unavailable" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// In the API's description: any request may be answered with a problem.
pub(crate) struct Problems;

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        let shape = Content::new(Some(ProblemDetails::schema()));
        let described = Described::builder().description("Why it is not done, and what to do next (RFC 9457).");
        [("default".to_owned(), described.content("application/problem+json", shape).build().into())].into()
    }
}

/// An error as the service answers it: [problem details](https://www.rfc-editor.org/rfc/rfc9457), with the code and the hint of a `Problem`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemDetails {
    /// Always `about:blank`: `code` says which problem it is.
    r#type: &'static str,
    /// What the status means.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What went wrong, and why, with the value that was wrong.
    detail: String,
    /// `denied`, `needs-approval`, `invalid`, `not-found`, `exhausted`, `unavailable`, `failed` or `other`.
    code: String,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Problem { code, message, hint } = self.problem;
        let (title, status) = (self.status.canonical_reason().unwrap_or_default(), self.status.as_u16());
        let shown = ProblemDetails { r#type: "about:blank", title, status, detail: message, code, hint };
        // A record of strings and a number always has a JSON form.
        let text = serde_json::to_vec(&shown).unwrap_or_default();
        let mut response = (self.status, Body::from(text)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        let usual =
            || (self.status == StatusCode::UNAUTHORIZED).then_some(HeaderValue::from_static("Bearer realm=\"loket\""));
        if let Some(challenge) = self.challenge.or_else(usual) {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        headers.extend(self.retry.map(|seconds| (header::RETRY_AFTER, HeaderValue::from(seconds.get()))));
        response
    }
}

/// The JSON body of a request: at most so big, at most so slow.
pub(crate) struct Sent<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Sent<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Refusal> {
        is_of(&request, "application/json", "only JSON is read")?;
        let limits = app.gate.limits();
        let bytes = whole(request, limits.body, limits.body_time).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            Problem::invalid(format!("the body is not the JSON that this path takes: {error}"))
                .hint("compare it with the shapes in the API's description")
                .into()
        })
    }
}

/// A component as the body of a request. So many are taken in at once, until this is dropped: each is held as a whole.
pub(crate) struct Uploaded(pub(crate) Bytes, pub(crate) OwnedSemaphorePermit);

impl FromRequest<Arc<App>> for Uploaded {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Refusal> {
        is_of(&request, "application/wasm", "only a component is taken here")?;
        let limits = app.gate.limits();
        let Ok(permit) = app.uploads.clone().try_acquire_owned() else {
            let problem = Problem::unavailable(format!("{} components are being taken in already", limits.uploads));
            return Err(problem.hint("try again in a moment").into());
        };
        Ok(Self(whole(request, limits.upload, limits.upload_time).await?, permit))
    }
}

/// That the body says that it is of this type.
///
/// # Errors
/// 415, and why, where it is not.
pub fn is_of(request: &Request, wanted: &str, why: &str) -> Result<(), Refusal> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(wanted) {
        return Ok(());
    }
    let problem = Problem::invalid(format!("the body's content type is `{kind}`, and {why}"));
    let problem = problem.hint(format!("send the header `Content-Type: {wanted}`"));
    Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, problem))
}

/// A body: at most so many bytes, in at most so much time.
///
/// # Errors
/// 413, 408, or 400 where it broke off.
pub async fn whole(request: Request, most: usize, time: Duration) -> Result<Bytes, Refusal> {
    match tokio::time::timeout(time, Limited::new(request.into_body(), most).collect()).await {
        Err(_) => {
            let problem = Problem::invalid(format!("the body took longer than {} s", time.as_secs()));
            Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, problem.hint("send the request again")))
        }
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let problem = Problem::invalid(format!("the body is longer than {most} bytes"));
            Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, problem.hint("send less, in several requests")))
        }
        Ok(Err(error)) => Err(Problem::invalid(format!("the body could not be read: {error}")).into()),
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
    }
}

/// The query of a request.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        serde_urlencoded::from_str(parts.uri.query().unwrap_or_default()).map(Self).map_err(|error| {
            Problem::invalid(format!("the query of `{}` cannot be read: {error}", parts.uri.path())).into()
        })
    }
}
