//! The requests of a login: all of them through the host's own way out.
//!
//! Where they go is said by a stranger, the server of tools. So its word alone leads to public hosts at their usual ports, and to its own. A
//! host of this machine or of a private network is asked only where the owner named it, as the server or as the issuer; where the server is on
//! this machine, others on this machine may be, too.

use super::sign::{SigningKey, possession};
use crate::http::body::Body;
use crate::http::client::{Ask, Behalf, Client, Head};
use crate::http::headers::Header;
use crate::http::limits::Limits;
use crate::http::target::{Host, Scheme, Target, address};
use crate::mcp::letters::excerpt;
use loket_kernel::Terms;
use loket_kernel::counter::now;
use rmcp::transport::auth::{OAuthHttpClient, OAuthHttpClientError, OAuthHttpClientFuture, OAuthHttpRequest};
use serde_json::Value as Json;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The largest document or answer, in bytes.
const LONGEST: usize = 1 << 20;
/// How long one request may take as a whole.
const WHOLE: Duration = Duration::from_secs(30);
/// How much is read at once.
const PIECE: usize = 64 << 10;

/// The way to whoever has a part in a login.
pub(crate) struct Wire {
    client: Client,
    server: Target,
    /// The hosts that the owner named besides.
    named: Vec<Target>,
    asker: Arc<str>,
    /// The resource that the server's document is about.
    resource: Mutex<Option<String>>,
    /// The key to which tokens are to be bound, and the address at which they are given.
    proof: Mutex<Option<(Arc<SigningKey>, String)>>,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
}

impl Wire {
    /// On behalf of a server's package.
    pub(crate) fn new(client: &Client, server: Target, named: Vec<Target>, asker: &str) -> Wire {
        // A redirect is an answer like any other: whoever asked decides whether to follow.
        let limits = Limits { redirects: 0, body: LONGEST as u64, total: WHOLE, head: WHOLE, ..Limits::default() };
        let client = client.without_secrets(limits);
        Wire { client, server, named, asker: asker.into(), resource: Mutex::default(), proof: Mutex::default() }
    }

    /// The resource, as the server's own document calls it.
    pub(super) fn resource(&self) -> Option<String> {
        self.resource.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Binds the tokens that are given at this address to a key.
    pub(super) fn bind(&self, key: Arc<SigningKey>, endpoint: &str) {
        *self.proof.lock().unwrap_or_else(PoisonError::into_inner) = Some((key, endpoint.to_owned()));
    }

    /// Whether an address may be asked at all, and by which words it is permitted.
    fn terms(&self, target: &Target) -> Result<Terms, String> {
        let exact = format!("{}:{}", target.host, target.port);
        let is_named = *target == self.server || self.named.contains(target);
        let beside = is_local(&self.server.host) && is_local(&target.host);
        if target.scheme == Scheme::Http && !is_local(&target.host) {
            return Err(format!("`{target}` would be asked in the clear, and what is said there is secret"));
        }
        match is_named || beside {
            true => Ok(Terms::new([("host", exact.as_str())])),
            false if target.port != target.scheme.port() => Err(format!(
                "the server leads to `{target}`, at a port of its own; name it as `issuer` of the server's `oauth` if that is right"
            )),
            false => Ok(Terms::new([("host", target.host.to_string().as_str())])),
        }
    }

    /// Sends a request, and reads the answer.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) async fn send(
        &self,
        method: &str,
        url: &str,
        headers: Vec<Header>,
        body: Vec<u8>,
    ) -> Result<Answer, String> {
        let mut nonce: Option<String> = None;
        loop {
            let mut headers = headers.clone();
            let bound = self.proof.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let key = bound.filter(|(_, endpoint)| method == "POST" && endpoint == url).map(|(key, _)| key);
            if let Some(key) = &key {
                let value = possession(key, method, url, None, nonce.as_deref(), now() / 1_000)?;
                headers.push(Header { name: "dpop".into(), value });
            }
            let answer = self.once(method, url, headers, body.clone()).await?;
            // Asked for with a nonce, it is asked again, once.
            let wanted = header(&answer.head, "dpop-nonce").filter(|_| key.is_some() && nonce.is_none());
            match wanted {
                Some(wanted) if answer.head.status == 400 || answer.head.status == 401 => {
                    nonce = Some(wanted.to_owned());
                }
                _ => return Ok(answer),
            }
        }
    }

    async fn once(&self, method: &str, url: &str, headers: Vec<Header>, body: Vec<u8>) -> Result<Answer, String> {
        let (_, target) = address(url)?;
        let terms = [self.terms(&target)?];
        let ask =
            Ask { method: method.into(), url: url.into(), headers, body: body.into(), timeout: None, retry: None };
        let behalf = Behalf { grants: &terms, asker: self.asker.clone(), deadline: Instant::now() + WHOLE };
        let (head, mut body) = self.client.send(ask, behalf).await.map_err(|e| e.to_string())?;
        let body = whole(&mut body).await?;
        if method == "GET" && head.status == 200 {
            self.read(&body);
        }
        Ok(Answer { head, body })
    }

    /// Notes which resource a server's document is about. The SDK has checked it before anything comes of it, and does not tell.
    fn read(&self, body: &[u8]) {
        let Ok(document) = serde_json::from_slice::<Json>(body) else { return };
        if let (Some(resource), Some(_)) = (document["resource"].as_str(), document["authorization_servers"].as_array())
        {
            *self.resource.lock().unwrap_or_else(PoisonError::into_inner) = Some(resource.to_owned());
        }
    }
}

impl OAuthHttpClient for Wire {
    fn execute(&self, request: OAuthHttpRequest) -> OAuthHttpClientFuture<'_> {
        Box::pin(async move {
            let (parts, body) = request.request.into_parts();
            let mut headers = Vec::new();
            for (name, value) in &parts.headers {
                let value = value.to_str()?.to_owned();
                headers.push(Header { name: name.as_str().to_owned(), value });
            }
            let url = parts.uri.to_string();
            let answer = self.send(parts.method.as_str(), &url, headers, body).await?;
            let mut response = hyper::Response::builder().status(answer.head.status);
            for Header { name, value } in &answer.head.headers {
                response = response.header(name, value);
            }
            response.body(answer.body).map_err(OAuthHttpClientError::from)
        })
    }
}

/// The value of a header.
pub(super) fn header<'h>(head: &'h Head, name: &str) -> Option<&'h str> {
    head.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value.as_str())
}

/// Whether a host is this machine, as it is written.
pub(super) fn is_local(host: &Host) -> bool {
    match host {
        Host::Address(address) => address.is_loopback(),
        Host::Name(name) => name == "localhost" || name.ends_with(".localhost"),
    }
}

async fn whole(body: &mut Body) -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    while !body.is_over() {
        let piece = body.read(PIECE).await.map_err(|e| e.to_string())?;
        text.extend_from_slice(&piece);
        if text.len() > LONGEST {
            return Err(format!("an answer of a login has {LONGEST} bytes at most, and this one has more"));
        }
    }
    Ok(text)
}

/// What an authorization server says went wrong, in one line.
pub(super) fn said(body: &[u8], status: u16) -> String {
    let said: Json = serde_json::from_slice(body).unwrap_or_default();
    match (said["error"].as_str(), said["error_description"].as_str()) {
        (Some(error), Some(why)) => format!("{}: {}", excerpt(error, 80), excerpt(why, 300)),
        (Some(error), None) => excerpt(error, 80),
        _ => format!("it answered with {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::connect::Connector;
    use crate::http::gate::Gate;
    use crate::http::own::Own;
    use crate::http::resolve::System;
    use crate::http::tls::Trust;
    use crate::secrets::source::NoSecrets;

    fn wire(server: &str, named: &[&str]) -> Wire {
        let target = |text: &str| address(text).expect("an address").1;
        let limits = Limits::default();
        let gate =
            Gate::new(Arc::new(System::default()), Own::default(), Connector::new(Trust::System, limits.connect));
        let client = Client::new(gate, Arc::new(NoSecrets), limits);
        Wire::new(&client, target(server), named.iter().map(|text| target(text)).collect(), "mcp:far")
    }

    #[track_caller]
    fn permits(wire: &Wire, url: &str, words: Option<&str>) {
        let terms = wire.terms(&address(url).expect("an address").1);
        match words {
            Some(words) => assert_eq!(terms.expect(url).values("host").collect::<Vec<_>>(), [words], "{url}"),
            None => assert!(terms.is_err(), "{url}: {terms:?}"),
        }
    }

    #[test]
    fn a_servers_word_leads_to_public_hosts_and_to_its_own_and_nowhere_else() {
        let far = wire("https://mcp.example.org:8443/mcp", &[]);
        permits(&far, "https://mcp.example.org:8443/x", Some("mcp.example.org:8443"));
        // Without a port, a name that leads to a private network is refused by the gate.
        permits(&far, "https://login.example.org/x", Some("login.example.org"));
        permits(&far, "https://login.example.org:9443/x", None);
        permits(&far, "http://login.example.org/x", None);
        permits(&far, "http://127.0.0.1:8080/x", None);
        permits(&far, "http://localhost:1987/x", None);
        permits(&far, "https://10.0.0.1:8443/x", None);
    }

    #[test]
    fn what_the_owner_named_is_asked_and_what_is_beside_a_server_of_this_machine() {
        let far = wire("https://mcp.example.org/mcp", &["https://10.0.0.1:8443/"]);
        permits(&far, "https://10.0.0.1:8443/token", Some("10.0.0.1:8443"));
        permits(&far, "https://10.0.0.2:8443/token", None);
        let near = wire("http://localhost:8080/mcp", &[]);
        permits(&near, "http://127.0.0.1:9090/token", Some("127.0.0.1:9090"));
        permits(&near, "https://login.example.org/token", Some("login.example.org"));
        permits(&near, "http://10.0.0.1:80/token", None);
    }
}
