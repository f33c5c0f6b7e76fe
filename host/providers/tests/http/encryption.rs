//! Encryption: a host is whoever proves to be it, wherever its name led.

use crate::ground::{Ground, Plan, error};
use crate::servers::Server;
use loket_providers::http::tls::Trust;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// An authority of the test's.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Authority(CertifiedIssuer::self_signed(params, key).expect("a certificate"))
    }

    fn certificate(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    /// What a server of these names needs.
    fn server(&self, names: &[&str], expired: bool) -> TlsAcceptor {
        let mut params =
            CertificateParams::new(names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>()).expect("names");
        if expired {
            (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
        }
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("protocols")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a server");
        TlsAcceptor::from(Arc::new(config))
    }

    /// A ground that believes this authority alone.
    fn ground(&self) -> Ground {
        let ground = Ground::with(Plan { trust: Trust::Only(vec![self.certificate()]), ..Plan::default() });
        for name in ["site.test", "other.test"] {
            ground.names.say(name, &[&["127.0.0.1"]]);
        }
        ground
    }
}

async fn server(tls: TlsAcceptor) -> Server {
    Server::encrypted(tls, |asked| (200, vec![], asked.header("host").unwrap_or_default().as_bytes().to_vec())).await
}

#[tokio::test]
async fn a_host_is_believed_by_its_certificate() {
    let authority = Authority::new();
    let server = server(authority.server(&["site.test", "127.0.0.1"], false)).await;
    let ground = authority.ground();
    let port = server.port();
    let hosts = [format!("site.test:{port}"), format!("127.0.0.1:{port}"), format!("other.test:{port}")];
    let terms: Vec<_> = hosts.iter().map(|host| ("host", host.as_str())).collect();
    let guest = ground.guest(&terms);
    for host in &hosts[..2] {
        assert_eq!(guest.body(&format!("https://{host}/")).await.expect("it proves who it is"), *host);
    }
    assert_eq!(guest.body(&format!("https://SITE.test.:{port}/")).await.expect("the same host"), hosts[0]);
    error(guest.get(&format!("https://{}/", hosts[2])).await, "unavailable", "in confidence");
    assert_eq!(server.asked().len(), 3, "whoever does not prove it is told nothing");
}

#[tokio::test]
async fn a_certificate_must_be_current_and_of_a_known_authority() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    for tls in [authority.server(&["site.test"], true), stranger.server(&["site.test"], false)] {
        let server = server(tls).await;
        let host = format!("site.test:{}", server.port());
        let ground = authority.ground();
        error(ground.guest(&[("host", &host)]).get(&format!("https://{host}/")).await, "unavailable", "certificate");
        assert_eq!(server.asked().len(), 0);
    }
    let server = server(authority.server(&["site.test"], false)).await;
    let host = format!("site.test:{}", server.port());
    let ground = Ground::new();
    ground.names.say("site.test", &[&["127.0.0.1"]]);
    error(ground.guest(&[("host", &host)]).get(&format!("https://{host}/")).await, "unavailable", "certificate");
}

#[tokio::test]
async fn nobody_is_talked_to_in_the_clear_who_was_asked_over_https() {
    let plain = Server::saying("hello").await;
    let ground = Authority::new().ground();
    let host = format!("site.test:{}", plain.port());
    error(ground.guest(&[("host", &host)]).get(&format!("https://{host}/")).await, "unavailable", "in confidence");
    assert_eq!(plain.asked().len(), 0);
}

#[tokio::test]
async fn a_secret_goes_to_whoever_proves_to_be_its_host() {
    let authority = Authority::new();
    let server = server(authority.server(&["site.test"], false)).await;
    let host = format!("site.test:{}", server.port());
    let plan = Plan {
        trust: Trust::Only(vec![authority.certificate()]),
        secrets: vec![("token", "tok3n-tok3n", vec![host.clone()])],
        ..Plan::default()
    };
    let ground = Ground::with(plan);
    ground.names.say("site.test", &[&["127.0.0.1"]]);
    let guest = ground.guest(&[("host", &host), ("secret", "token")]);
    guest.get_with(&format!("https://{host}/"), "x-key", "{{secret:token}}").await.expect("granted works");
    assert_eq!(server.asked()[0].header("x-key"), Some("tok3n-tok3n"));
}
