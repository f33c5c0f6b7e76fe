//! A service that other machines can reach: encrypted, under its names, and nothing else is understood.

use super::fake::{Fake, LISTEN};
use super::stand::Stand;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{Method, StatusCode};
use loket_gateways::http::tls::OWN_CERTIFICATE;
use loket_gateways::http::{Gate, OwnerToken, Peer, Tls, router, serve_over};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_util::sync::CancellationToken;

const NAME: &str = "loket.home.arpa";

/// A service that encrypts, by a certificate of its own.
struct Encrypted {
    desk: Arc<Fake>,
    at: SocketAddr,
    token: OwnerToken,
    state: TempDir,
    shutdown: CancellationToken,
}

impl Encrypted {
    async fn new() -> Encrypted {
        let state = tempfile::tempdir().expect("a folder");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("an address");
        let (desk, token) = (Arc::new(Fake::default()), OwnerToken::random().expect("randomness"));
        let tls = Tls::own(state.path(), &[NAME.to_owned()]).unwrap_or_else(|p| panic!("{p:?}"));
        let router = router(desk.clone(), Gate::new(at, token.clone()).encrypted(&[NAME.to_owned()]));
        let shutdown = CancellationToken::new();
        tokio::spawn(serve_over(listener, Some(tls), router, shutdown.clone(), std::future::ready(())));
        Encrypted { desk, at, token, state, shutdown }
    }

    /// A client that trusts the certificate which is kept in the home, and nothing else.
    async fn connect(&self) -> impl AsyncRead + AsyncWrite + Unpin {
        let kept = CertificateDer::from_pem_file(self.state.path().join(OWN_CERTIFICATE)).expect("it is kept");
        let mut roots = RootCertStore::empty();
        roots.add(kept).expect("a certificate");
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().expect("versions").with_root_certificates(roots);
        let connector = TlsConnector::from(Arc::new(config.with_no_client_auth()));
        let stream = TcpStream::connect(self.at).await.expect("a connection");
        connector.connect(ServerName::try_from(NAME).expect("a name"), stream).await.expect("they agree")
    }

    fn request(&self, host: &str, more: &str) -> String {
        let token = self.token.bearer();
        let token = token.to_str().expect("text");
        format!(
            "GET /api/v1/agents HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\n{more}Connection: close\r\n\r\n"
        )
    }

    /// How a request is answered: its first line.
    async fn ask(&self, host: &str, more: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(self.request(host, more).as_bytes()).await.expect("sent");
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard).await;
        String::from_utf8_lossy(&heard).lines().next().unwrap_or_default().to_owned()
    }
}

impl Drop for Encrypted {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

#[tokio::test]
async fn who_trusts_its_certificate_is_answered_under_its_names_and_from_its_own_pages() {
    let service = Encrypted::new().await;
    let port = service.at.port();
    let origin = |scheme: &str| format!("Origin: {scheme}://{NAME}:{port}\r\n");
    for (host, more, status) in [
        (format!("{NAME}:{port}"), String::new(), "HTTP/1.1 200"),
        (service.at.to_string(), String::new(), "HTTP/1.1 200"),
        (format!("{NAME}:{port}"), origin("https"), "HTTP/1.1 200"),
        (format!("{NAME}:{port}"), origin("http"), "HTTP/1.1 403"),
        (NAME.to_owned(), String::new(), "HTTP/1.1 403"),
        (format!("evil.example:{port}"), String::new(), "HTTP/1.1 403"),
    ] {
        let first = service.ask(&host, &more).await;
        assert!(first.starts_with(status), "{host} {more}: {first}");
    }
}

#[tokio::test]
async fn what_is_not_encrypted_is_not_understood() {
    let service = Encrypted::new().await;
    let mut stream = TcpStream::connect(service.at).await.expect("a connection");
    stream.write_all(service.request(&service.at.to_string(), "").as_bytes()).await.expect("sent");
    let mut heard = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut heard)).await.expect("it is cut off");
    assert!(!String::from_utf8_lossy(&heard).contains("HTTP/1.1"), "{heard:?}");
    assert_eq!(service.desk.asked(), 0);
}

#[tokio::test]
async fn who_is_silent_holds_nobody_up() {
    let service = Encrypted::new().await;
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(TcpStream::connect(service.at).await.expect("a connection"));
    }
    let at = service.at.to_string();
    let asked = service.ask(&at, "");
    let first = tokio::time::timeout(Duration::from_secs(5), asked).await.expect("long before they are cut off");
    assert!(first.starts_with("HTTP/1.1 200"), "{first}");
}

#[tokio::test]
async fn who_does_not_agree_in_time_is_cut_off() {
    let service = Encrypted::new().await;
    let begin = Instant::now();
    let mut silent = TcpStream::connect(service.at).await.expect("a connection");
    let mut heard = Vec::new();
    let _ = silent.read_to_end(&mut heard).await;
    assert!((9..13).contains(&begin.elapsed().as_secs()), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn other_machines_come_in_where_it_is_encrypted_and_nowhere_else() {
    let mut stand = Stand::new();
    let gate = Gate::new(LISTEN.parse().expect("an address"), stand.token.clone());
    for (gate, scheme, status) in
        [(gate.clone(), "http", StatusCode::FORBIDDEN), (gate.encrypted(&[NAME.to_owned()]), "https", StatusCode::OK)]
    {
        stand.router = router(stand.desk.clone(), gate);
        let mut request = stand.request(&Method::GET, "/api/v1/agents");
        let address = "192.0.2.7".parse().expect("an address");
        request.extensions_mut().insert(Peer { address, ..Peer::in_process() });
        request.headers_mut().insert(HOST, LISTEN.parse().expect("a host"));
        request.headers_mut().insert(ORIGIN, format!("{scheme}://{LISTEN}").parse().expect("an origin"));
        assert_eq!(stand.ask(request).await.status(), status, "{scheme}");
    }
}
