//! Who may come in: the one layer before every page, also before those that do not exist.
//!
//! The gate has looked at the peer, the host and the origin. Here: nothing is done for another site, and without a session there is the
//! login and nothing else. Other programs on this machine may serve pages, too, at other ports: for browsers those are the same site, so
//! that cookies come along from there. What they ask for is refused by what the browser says of where a request comes from.

use crate::app::App;
use crate::fault::{self, Fault};
use crate::form::csrf;
use crate::routes;
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, COOKIE, HeaderName, LOCATION, ORIGIN, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use loket_gateways::desk::Problem;
use loket_gateways::http::{Pace, Peer, Refusal};
use std::sync::Arc;

/// From where a request comes, as the browser says: `same-origin`, `same-site`, `cross-site`, or `none` where a person typed it.
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Who is in, for pages that ask.
#[derive(Debug, Clone)]
pub(crate) struct Me {
    /// The session's name in the list.
    pub(crate) session: String,
    /// What forms must bring along.
    pub(crate) csrf: String,
    pub(crate) visitor: loket_gateways::desk::Visitor,
}

/// The layer itself. What goes wrong behind it is shown here.
pub(crate) async fn enter(
    State(app): State<Arc<App>>,
    Extension(pace): Extension<Pace>,
    Extension(peer): Extension<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Err(fault) = comes_from_us(request.method(), request.headers()) {
        // In a measure of its own: another site's page does not keep the owner from the login.
        return match pace.refused(peer.address) {
            Err(refusal) => too_often(refusal),
            Ok(()) => fault.respond(&app, None).await,
        };
    }
    let shown = cookie(request.headers(), &app.cookie).map(str::to_owned);
    if let Some(shown) = shown
        && let Some(session) = app.entrance.session(&shown).await
    {
        if let Err(refusal) = pace.known(&format!("session:{}", session.id)) {
            return too_often(refusal);
        }
        let me = Me { session: session.id, csrf: csrf(&shown), visitor: session.visitor };
        request.extensions_mut().insert(me.visitor.caller.clone());
        request.extensions_mut().insert(me.clone());
        return fault::shown(next.run(request).await, &app, Some(&me)).await;
    }
    if let Err(refusal) = pace.stranger(peer.address) {
        return too_often(refusal);
    }
    if routes::is_open(request.uri().path()) {
        return fault::shown(next.run(request).await, &app, None).await;
    }
    let headers = request.headers();
    let navigates = headers.get(&MODE).is_some_and(|mode| mode == "navigate");
    let reads = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|a| a.contains("text/html"));
    if !navigates && !reads {
        let problem = Problem::denied("your session is over").hint("log in again");
        return Fault::new(StatusCode::UNAUTHORIZED, problem).in_words();
    }
    let to = (*request.method() == Method::GET).then(|| request.uri().path_and_query()).flatten();
    see(&match to {
        Some(to) if to.as_str() != "/" => format!("/login?{}", query(&[("to", to.as_str())])),
        _ => "/login".to_owned(),
    })
}

/// In words alone: a page would ask the desk for more.
fn too_often(refusal: Refusal) -> Response {
    let retry = refusal.retry.map(|seconds| (RETRY_AFTER, HeaderValue::from(seconds.get())));
    let mut response = Fault::from(refusal).in_words();
    response.headers_mut().extend(retry);
    response
}

/// That a request is made by one of our own pages, or by a person who only wants to see something.
fn comes_from_us(method: &Method, headers: &HeaderMap) -> Result<(), Fault> {
    let site = headers.get(&SITE).map(HeaderValue::as_bytes);
    let ours = match (method, site) {
        // Old browsers do not say it; then the origin, which the gate has looked at, must be there for what changes something.
        (&Method::GET | &Method::HEAD, None) => true,
        (_, None) => headers.contains_key(ORIGIN),
        (_, Some(b"same-origin")) => true,
        // A link elsewhere may lead here: the cookie does not come along, and nothing but a page is shown.
        (&Method::GET | &Method::HEAD, Some(_)) => headers.get(&MODE).is_none_or(|mode| mode == "navigate"),
        _ => false,
    };
    let refused = || Fault::new(StatusCode::FORBIDDEN, Problem::denied("another page asked for this, not one of ours"));
    if ours { Ok(()) } else { Err(refused()) }
}

/// The value of a cookie that is there exactly once.
pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let pairs = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(';'));
    let mut values = pairs.filter_map(|pair| pair.trim().split_once('=')).filter(|(key, _)| *key == name);
    let (_, value) = values.next()?;
    values.next().is_none().then_some(value)
}

/// See another page.
pub(crate) fn see(place: &str) -> Response {
    // A place of ours is made of paths and of queries that are encoded.
    let place = HeaderValue::from_str(place).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, place)]).into_response()
}

/// A query.
pub(crate) fn query(pairs: &[(&str, &str)]) -> String {
    serde_urlencoded::to_string(pairs).unwrap_or_default()
}

/// Where to go after the login: a page of ours, and never another site.
pub(crate) fn ours(to: Option<&str>) -> &str {
    to.filter(|to| to.starts_with('/') && !to.starts_with("//") && !to.contains(|c: char| c == '\\' || c.is_control()))
        .unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_str(v).expect("a value"))).collect()
    }

    #[test]
    fn what_changes_something_comes_from_our_own_pages_alone() {
        let origin = ("origin", "http://127.0.0.1:1987");
        for (pairs, ours) in [
            (vec![("sec-fetch-site", "same-origin")], true),
            (vec![origin], true),
            (vec![], false),
            (vec![("sec-fetch-site", "same-site"), origin], false),
            (vec![("sec-fetch-site", "cross-site")], false),
            (vec![("sec-fetch-site", "none")], false),
            (vec![("sec-fetch-site", "Same-Origin")], false),
        ] {
            assert_eq!(comes_from_us(&Method::POST, &with(&pairs)).is_ok(), ours, "{pairs:?}");
        }
    }

    #[test]
    fn what_another_page_only_embeds_is_not_shown() {
        for (site, mode, ours) in [
            ("none", "navigate", true),
            ("cross-site", "navigate", true),
            ("same-origin", "cors", true),
            ("same-site", "no-cors", false),
            ("cross-site", "no-cors", false),
            ("same-site", "cors", false),
        ] {
            let headers = with(&[("sec-fetch-site", site), ("sec-fetch-mode", mode)]);
            assert_eq!(comes_from_us(&Method::GET, &headers).is_ok(), ours, "{site} {mode}");
        }
    }

    #[test]
    fn a_cookie_that_is_there_twice_is_none() {
        let read = |text: &str| cookie(&with(&[("cookie", text)]), "loket-1").map(str::to_owned);
        assert_eq!(read("a=b; loket-1=x; c=d").as_deref(), Some("x"));
        for text in ["", "loket-1", "loket-12=x", "xloket-1=x", "loket-1=x; loket-1=y"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_login_leads_to_our_own_pages_alone() {
        for (to, place) in [
            (Some("/ledger?turn=1"), "/ledger?turn=1"),
            (Some("//evil.example"), "/"),
            (Some("/\\evil.example"), "/"),
            (Some("http://evil.example"), "/"),
            (Some("/a\r\nx: y"), "/"),
            (Some("/\t/evil.example"), "/"),
            (None, "/"),
        ] {
            assert_eq!(ours(to), place, "{to:?}");
        }
    }
}
