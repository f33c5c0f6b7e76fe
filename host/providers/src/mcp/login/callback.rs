//! Where a browser comes back to after a login: a port of this machine, open for that login alone, for a while, and for one answer.

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use url::Url;

/// The path.
const PATH: &str = "/callback";
/// How many connections are open at once.
const MOST: usize = 16;
/// How long one may be open.
const OPEN: Duration = Duration::from_secs(10);
/// The largest head of a request, in bytes.
const LONGEST_HEAD: usize = 32 << 10;
/// The longest code, in bytes.
const LONGEST_CODE: usize = 8 << 10;

/// An open port.
pub(super) struct Door {
    listener: TcpListener,
    port: u16,
}

/// What a browser brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Brought {
    /// A code, and who says that it is theirs.
    Code { code: String, issuer: Option<String> },
    /// The login was refused there.
    Refused { why: String, issuer: Option<String> },
}

impl Door {
    /// Opens a port of this machine: this one, or any.
    ///
    /// # Errors
    /// When it is somebody else's.
    pub(super) async fn open(port: Option<u16>) -> Result<Door, String> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0))).await;
        let failed = |e: std::io::Error| match port {
            Some(port) => format!("the port {port}, to which the browser is to come back, cannot be opened: {e}"),
            None => format!("no port can be opened to which the browser could come back: {e}"),
        };
        let listener = listener.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        Ok(Door { listener, port })
    }

    /// Its address, as the authorization server is told it.
    pub(super) fn redirect(&self) -> String {
        format!("http://127.0.0.1:{}{PATH}", self.port)
    }

    /// Waits for the browser that brings this state back, once.
    pub(super) async fn wait(self, state: String) -> Brought {
        let (told, mut brought) = oneshot::channel();
        let asked = Arc::new(Asked { state, port: self.port, told: Mutex::new(Some(told)) });
        let mut connections = JoinSet::new();
        loop {
            while connections.try_join_next().is_some() {}
            tokio::select! {
                Ok(brought) = &mut brought => {
                    // The page that says so is on its way.
                    let rest = async { while connections.join_next().await.is_some() {} };
                    let _ = tokio::time::timeout(Duration::from_millis(500), rest).await;
                    return brought;
                }
                accepted = self.listener.accept(), if connections.len() < MOST => {
                    let Ok((stream, _)) = accepted else {
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        continue;
                    };
                    let asked = asked.clone();
                    let service = service_fn(move |request| {
                        let answer = asked.answer(&request);
                        async move { Ok::<_, Infallible>(answer) }
                    });
                    let connection = hyper::server::conn::http1::Builder::new()
                        .timer(TokioTimer::new())
                        .header_read_timeout(OPEN)
                        .keep_alive(false)
                        .max_buf_size(LONGEST_HEAD)
                        .serve_connection(TokioIo::new(stream), service);
                    connections.spawn(async move { drop(tokio::time::timeout(OPEN, connection).await) });
                }
                _ = connections.join_next(), if connections.len() >= MOST => {}
            }
        }
    }
}

/// What is waited for.
struct Asked {
    state: String,
    port: u16,
    told: Mutex<Option<oneshot::Sender<Brought>>>,
}

impl Asked {
    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let ours = ["127.0.0.1", "localhost"].iter().any(|name| host == format!("{name}:{}", self.port));
        let read = match (ours, request.method() == Method::GET, request.uri().path() == PATH) {
            (true, true, true) => self.read(request.uri().query().unwrap_or_default()),
            _ => None,
        };
        let told = read.and_then(|brought| {
            let told = self.told.lock().unwrap_or_else(PoisonError::into_inner).take()?;
            told.send(brought.clone()).ok().map(|()| brought)
        });
        match told {
            Some(Brought::Code { .. }) => page(StatusCode::OK, "Loket has what it needs. You may close this window."),
            Some(Brought::Refused { .. }) => page(StatusCode::OK, "The login was refused. You may close this window."),
            None => page(StatusCode::NOT_FOUND, "This is no answer that Loket waits for."),
        }
    }

    /// What a query brings, if it has the state.
    fn read(&self, query: &str) -> Option<Brought> {
        let (mut code, mut state, mut issuer, mut error) = (None, None, None, None);
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let place = match &*name {
                "code" => &mut code,
                "state" => &mut state,
                "iss" => &mut issuer,
                "error" => &mut error,
                _ => continue,
            };
            // What is said twice is said by two.
            if place.replace(value.into_owned()).is_some() {
                return None;
            }
        }
        let state = state?;
        if !constant_time_eq::constant_time_eq(state.as_bytes(), self.state.as_bytes()) {
            return None;
        }
        match (code, error) {
            (_, Some(why)) => Some(Brought::Refused { why, issuer }),
            (Some(code), None) if code.len() <= LONGEST_CODE => Some(Brought::Code { code, issuer }),
            _ => None,
        }
    }
}

fn page(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    let body = format!("<!doctype html><meta charset=utf-8><title>Loket</title><p>{text}</p>\n");
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let fixed = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
    ];
    for (name, value) in fixed {
        response.headers_mut().insert(name, header::HeaderValue::from_static(value));
    }
    response
}

/// The value of a parameter in an address.
pub(super) fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    async fn get(port: u16, host: &str, path: &str) -> String {
        let mut stream = tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.expect("it is open");
        let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("it is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("it is answered");
        answer.lines().next().unwrap_or_default().to_owned()
    }

    #[tokio::test]
    async fn only_the_answer_with_the_state_is_taken_and_only_once() {
        let door = Door::open(None).await.expect("a port");
        let port = door.port;
        let own = format!("127.0.0.1:{port}");
        let waiting = tokio::spawn(door.wait("right".into()));
        for (host, path) in [
            (own.as_str(), "/callback?code=c&state=wrong"),
            (&own, "/callback?code=c"),
            (&own, "/callback?code=c&state=right&state=right"),
            (&own, "/other?code=c&state=right"),
            ("evil.example", "/callback?code=c&state=right"),
        ] {
            assert!(get(port, host, path).await.contains("404"), "{host} {path}");
        }
        assert!(get(port, &own, "/callback?code=c%20d&state=right&iss=https://a.example").await.contains("200"));
        let brought = Brought::Code { code: "c d".into(), issuer: Some("https://a.example".into()) };
        assert_eq!(waiting.await.expect("it ends"), brought);
        assert!(tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err(), "the port is closed");
    }

    #[tokio::test]
    async fn a_refusal_is_an_answer_too() {
        let door = Door::open(None).await.expect("a port");
        let port = door.port;
        let waiting = tokio::spawn(door.wait("s".into()));
        get(port, &format!("localhost:{port}"), "/callback?error=access_denied&state=s").await;
        let refused = Brought::Refused { why: "access_denied".into(), issuer: None };
        assert_eq!(waiting.await.expect("it ends"), refused);
    }
}
