//! The requests of a login: all of them through the host's own way out.
//!
//! Where they go is said by a stranger, the server of tools. So its word alone leads to public hosts at their usual ports, and to its own. A
//! host of this machine or of a private network is asked only where the owner named it, as the server or as the issuer; where the server is on
//! this machine, others on this machine may be, too. And what is found there is believed for where it stands: see `well_known`.

use super::sign::{SigningKey, possession};
use super::well_known;
use crate::http::body::Body;
use crate::http::client::{Ask, Behalf, Client, Head};
use crate::http::headers::Header;
use crate::http::limits::Limits;
use crate::http::target::{Host, Scheme, Target, address};
use crate::mcp::letters::excerpt;
use loket_kernel::Terms;
use loket_kernel::counter::now;
use rmcp::transport::auth::{
    OAuthHttpClient, OAuthHttpClientError, OAuthHttpClientFuture, OAuthHttpRequest, WWWAuthenticateParams,
};
use serde::Deserialize;
use serde_json::Value as Json;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use url::Url;

/// The largest document or answer, in bytes.
const LONGEST: usize = 1 << 20;
/// How long one request may take as a whole.
const WHOLE: Duration = Duration::from_secs(30);
/// To how many places a server may point at which it describes itself.
const MOST_POINTERS: usize = 8;
/// How much is read at once.
const PIECE: usize = 64 << 10;

/// The way to whoever has a part in a login.
pub(crate) struct Wire {
    client: Client,
    server: Target,
    /// The hosts that the owner named besides.
    named: Vec<Target>,
    asker: Arc<str>,
    /// What a server of tools is to those who give tokens, where that is to be found out.
    resource: Mutex<Option<Resource>>,
    /// Why the last request of the SDK had no answer: it does not always tell.
    failed: Mutex<Option<String>>,
    /// The key to which tokens are to be bound, and the address at which they are given.
    proof: Mutex<Option<(Arc<SigningKey>, String)>>,
}

/// A server of tools, as its own documents describe it.
struct Resource {
    server: Url,
    /// Where those are: at the well-known places, and where it points to.
    places: Vec<Url>,
    said: Option<String>,
}

/// What a document says of who speaks in it. It is read more leniently than by anybody who believes it, so none slips through.
#[derive(Deserialize)]
struct Speaks {
    issuer: Option<String>,
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
        let (resource, failed, proof) = (Mutex::default(), Mutex::default(), Mutex::default());
        Wire { client, server, named, asker: asker.into(), resource, failed, proof }
    }

    /// Looks out for what the server of tools at this address says that it is, also where its challenge points to.
    pub(super) fn looks_out(&self, server: &Url, challenge: Option<&str>) {
        let resource = Resource { server: server.clone(), places: well_known::of_resource(server), said: None };
        *self.resource.lock().unwrap_or_else(PoisonError::into_inner) = Some(resource);
        self.pointed(challenge.into_iter());
    }

    /// The resource, as the server's own document calls it.
    pub(super) fn resource(&self) -> Option<String> {
        self.resource.lock().unwrap_or_else(PoisonError::into_inner).as_ref()?.said.clone()
    }

    /// Why the last request of the SDK had no answer, if it had none; nothing when it is asked for again.
    pub(super) fn failed(&self) -> Option<String> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The server says in these challenges where it describes itself.
    fn pointed<'c>(&self, challenges: impl Iterator<Item = &'c str>) {
        let mut resource = self.resource.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(resource) = resource.as_mut() else { return };
        for challenge in challenges.take(MOST_POINTERS) {
            let to = WWWAuthenticateParams::parse(challenge, &resource.server).resource_metadata_url;
            let is_new = |to: &Url| !resource.places.contains(to) && resource.places.len() < 2 * MOST_POINTERS;
            if let Some(to) = to.filter(is_new) {
                resource.places.push(to);
            }
        }
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
            let wanted = answer.head.header("dpop-nonce").filter(|_| key.is_some() && nonce.is_none());
            match wanted {
                Some(wanted) if answer.head.status == 400 || answer.head.status == 401 => {
                    nonce = Some(wanted.to_owned());
                }
                _ => return Ok(answer),
            }
        }
    }

    async fn once(&self, method: &str, url: &str, headers: Vec<Header>, body: Vec<u8>) -> Result<Answer, String> {
        let (place, target) = address(url)?;
        let terms = [self.terms(&target)?];
        let ask =
            Ask { method: method.into(), url: url.into(), headers, body: body.into(), timeout: None, retry: None };
        let behalf = Behalf { grants: &terms, asker: self.asker.clone(), deadline: Instant::now() + WHOLE };
        let (head, mut body) = self.client.send(ask, behalf).await.map_err(|e| e.to_string())?;
        let body = whole(&mut body).await?;
        match (method, head.status) {
            ("GET", 200) => self.read(&place, &body)?,
            ("GET", 401) => {
                let challenges = head.headers.iter().filter(|h| h.name.eq_ignore_ascii_case("www-authenticate"));
                self.pointed(challenges.map(|challenge| challenge.value.as_str()));
            }
            _ => {}
        }
        Ok(Answer { head, body })
    }

    /// Notes what a server of tools says that it is.
    ///
    /// # Errors
    /// When a document speaks for an issuer that does not describe itself there. Whoever leads here may have put it there; the SDK holds only
    /// those documents to their place that it looked for itself.
    fn read(&self, place: &Url, body: &[u8]) -> Result<(), String> {
        if let Ok(Speaks { issuer: Some(issuer) }) = serde_json::from_slice(body)
            && !well_known::of_issuer(&issuer)?.contains(place)
        {
            let (place, issuer) = (excerpt(place.as_str(), 200), excerpt(&issuer, 200));
            return Err(format!("`{place}` speaks for the issuer `{issuer}`, which does not describe itself there"));
        }
        let mut resource = self.resource.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(resource) = resource.as_mut().filter(|resource| resource.places.contains(place)) else {
            return Ok(());
        };
        let document: Json = serde_json::from_slice(body).unwrap_or_default();
        let said = document["resource"].as_str().filter(|said| well_known::is_resource_of(said, &resource.server));
        resource.said = said.map(str::to_owned).or(resource.said.take());
        Ok(())
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
            let answer = self.send(parts.method.as_str(), &url, headers, body).await;
            *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = answer.as_ref().err().cloned();
            let answer = answer?;
            let mut response = hyper::Response::builder().status(answer.head.status);
            for Header { name, value } in &answer.head.headers {
                response = response.header(name, value);
            }
            response.body(answer.body).map_err(OAuthHttpClientError::from)
        })
    }
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

    #[test]
    fn a_document_speaks_for_an_issuer_only_where_that_describes_itself() {
        let wire = wire("https://mcp.example.org/mcp", &[]);
        let read = |place: &str, issuer: &str| {
            let document = serde_json::json!({ "issuer": issuer, "token_endpoint": "https://evil.example/token" });
            wire.read(&Url::parse(place).expect("an address"), document.to_string().as_bytes())
        };
        for (place, issuer) in [
            ("https://login.example.org/.well-known/oauth-authorization-server", "https://login.example.org"),
            ("https://login.example.org/.well-known/openid-configuration/t", "https://login.example.org/t"),
            ("https://login.example.org/t/.well-known/openid-configuration", "https://login.example.org/t/"),
        ] {
            read(place, issuer).unwrap_or_else(|why| panic!("{why}"));
        }
        for place in [
            "https://evil.example/.well-known/oauth-authorization-server",
            "https://evil.example/x/.well-known/y",
            "https://login.example.org/users/eve/.well-known/oauth-authorization-server",
            "https://login.example.org/.well-known/oauth-authorization-server/t",
            "https://login.example.org:8443/.well-known/oauth-authorization-server",
        ] {
            let why = read(place, "https://login.example.org").expect_err(place);
            assert!(why.contains("does not describe itself there"), "{why}");
        }
        // A number that no other reader takes does not hide the rest.
        let odd = br#"{"issuer":"https://login.example.org","x":1e999}"#;
        wire.read(&Url::parse("https://evil.example/.well-known/x").expect("an address"), odd).expect_err("it speaks");
    }

    #[test]
    fn what_a_server_is_comes_from_its_own_document_and_from_no_other() {
        let server = Url::parse("https://mcp.example.org/mcp").expect("an address");
        let far = wire(server.as_str(), &[]);
        let read = |place: &str, resource: &str| {
            let document = serde_json::json!({ "resource": resource, "authorization_servers": [] }).to_string();
            far.read(&Url::parse(place).expect("an address"), document.as_bytes()).expect("it is read");
            far.resource()
        };
        let own = "https://mcp.example.org/.well-known/oauth-protected-resource/mcp";
        assert_eq!(read(own, "https://mcp.example.org/mcp"), None, "nobody looks out for it");
        far.looks_out(&server, Some(r#"Bearer resource_metadata="https://docs.example.org/mcp.json""#));
        assert_eq!(read("https://login.example.org/.well-known/oauth-authorization-server", server.as_str()), None);
        assert_eq!(read(own, "https://bank.example"), None);
        assert_eq!(read(own, "https://mcp.example.org").as_deref(), Some("https://mcp.example.org"));
        let pointed = read("https://docs.example.org/mcp.json", server.as_str());
        assert_eq!(pointed.as_deref(), Some(server.as_str()));
        let other = read("https://login.example.org/.well-known/oauth-protected-resource", "https://mcp.example.org");
        assert_eq!(other, pointed);
    }
}
