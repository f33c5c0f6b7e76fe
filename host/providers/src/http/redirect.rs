//! Where an answer sends its asker next, as browsers understand it.

use super::error::HttpError;
use super::target::{LONGEST_URL, Target};
use bytes::Bytes;
use hyper::header::{self, HeaderMap};
use hyper::{Method, StatusCode};
use url::Url;

/// One request of the several that redirects may make of one.
#[derive(Debug, Clone)]
pub(super) struct Leg {
    pub(super) url: Url,
    pub(super) target: Target,
    pub(super) method: Method,
    pub(super) body: Bytes,
}

impl Leg {
    /// The request that this answer asks for, if it asks for one. It is not yet permitted.
    pub(super) fn next(&self, status: StatusCode, headers: &HeaderMap) -> Result<Option<Leg>, HttpError> {
        if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let Some(location) = headers.get(header::LOCATION) else { return Ok(None) };
        let shown: String = String::from_utf8_lossy(location.as_bytes()).chars().take(200).collect();
        let lost = |why: &str| {
            HttpError::Broken(format!("`{}` redirects to `{}`: {why}", self.target, shown.escape_default()))
        };
        let text = std::str::from_utf8(location.as_bytes()).map_err(|_| lost("that is no address"))?;
        let mut url = self.url.join(text).map_err(|e| lost(&e.to_string()))?;
        if url.as_str().len() > LONGEST_URL {
            return Err(lost("that is longer than 8 KiB"));
        }
        url.set_fragment(None);
        let target = Target::of(&url).map_err(|why| lost(&why))?;
        let keeps = match status.as_u16() {
            303 => matches!(self.method, Method::GET | Method::HEAD),
            301 | 302 => self.method != Method::POST,
            _ => true,
        };
        let (method, body) = match keeps {
            true => (self.method.clone(), self.body.clone()),
            false => (Method::GET, Bytes::new()),
        };
        Ok(Some(Leg { url, target, method, body }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::target::address;
    use super::*;

    fn leg(method: Method) -> Leg {
        let (url, target) = address("https://example.org/a/b?c").expect("an address");
        Leg { url, target, method, body: Bytes::from_static(b"body") }
    }

    fn next(method: Method, status: u16, location: &str) -> Result<Option<Leg>, HttpError> {
        let mut headers = HeaderMap::new();
        headers.insert(header::LOCATION, location.parse().expect("a value"));
        leg(method).next(StatusCode::from_u16(status).expect("a status"), &headers)
    }

    #[test]
    fn a_redirect_keeps_or_changes_the_method_as_browsers_do() {
        for (status, before, after) in [
            (301, Method::POST, Method::GET),
            (302, Method::POST, Method::GET),
            (301, Method::PUT, Method::PUT),
            (303, Method::PUT, Method::GET),
            (303, Method::HEAD, Method::HEAD),
            (307, Method::POST, Method::POST),
            (308, Method::DELETE, Method::DELETE),
        ] {
            let leg = next(before.clone(), status, "/x").expect("it leads on").expect("it is one");
            assert_eq!(leg.method, after, "{status} {before}");
            assert_eq!(leg.body.is_empty(), after == Method::GET, "{status} {before}");
        }
    }

    #[test]
    fn a_redirect_leads_where_a_browser_would_go() {
        for (location, to) in [
            ("/x", "https://example.org/x"),
            ("x", "https://example.org/a/x"),
            ("?y#z", "https://example.org/a/b?y"),
            ("//other.test/x", "https://other.test/x"),
            ("\\\\other.test", "https://other.test/"),
            ("http:0x7f.1/", "http://127.0.0.1/"),
        ] {
            let leg = next(Method::GET, 302, location).expect(location).expect(location);
            assert_eq!(leg.url.as_str(), to, "{location}");
        }
    }

    #[test]
    fn what_is_no_redirect_is_the_answer() {
        assert!(next(Method::GET, 200, "/x").is_ok_and(|leg| leg.is_none()));
        assert!(next(Method::GET, 304, "/x").is_ok_and(|leg| leg.is_none()));
        assert!(leg(Method::GET).next(StatusCode::FOUND, &HeaderMap::new()).is_ok_and(|leg| leg.is_none()));
    }

    #[test]
    fn a_redirect_to_what_is_no_host_is_refused() {
        for location in
            ["file:///etc/passwd", "javascript:alert(1)", "ftp://example.org", "https://me@example.org", "http://"]
        {
            assert!(matches!(next(Method::GET, 302, location), Err(HttpError::Broken(_))), "{location}");
        }
    }
}
