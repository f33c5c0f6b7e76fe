//! Answers that a program has already: each has an `ETag`, and where the request's `If-None-Match` names it, its body is not sent again
//! ([RFC 9110, 8.8.3 and 13.1.2](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)).

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;

/// The layer behind the gate: for whatever is read, and has JSON.
pub(crate) async fn pass(request: Request, next: Next) -> Response {
    if request.method() != Method::GET {
        return next.run(request).await;
    }
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let (mut parts, body) = next.run(request).await.into_parts();
    let is_json = parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if !is_json || parts.status != StatusCode::OK {
        return Response::from_parts(parts, body);
    }
    // It was made as a whole, and fails in no way.
    let Ok(body) = body.collect().await.map(|body| body.to_bytes()) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let digest = blake3::hash(&body).to_hex();
    let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", &digest[..32])) else {
        return Response::from_parts(parts, Body::from(body));
    };
    let is_known = known.is_some_and(|known| names(&known, &tag));
    parts.headers.insert(header::ETAG, tag);
    if is_known {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_TYPE);
        parts.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(body))
}

/// Whether a list of tags has this one. They are compared weakly, as the standard wants it here.
fn names(known: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(known), Ok(tag)) = (known.to_str(), tag.to_str()) else { return false };
    known.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}
