//! Who is believed to be the host that a certificate names.

use super::error::HttpError;
use super::target::{Host, Target};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Whose certificates count.
#[derive(Debug, Clone, Default)]
pub enum Trust {
    /// Those of the authorities that browsers trust, and of those that this machine trusts besides.
    #[default]
    System,
    /// Those of these authorities alone.
    Only(Vec<CertificateDer<'static>>),
}

impl Trust {
    /// The authorities. Reads files when they are the system's.
    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        match self {
            Trust::Only(certificates) => {
                roots.add_parsable_certificates(certificates.iter().cloned());
            }
            Trust::System => {
                roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
                let native = rustls_native_certs::load_native_certs();
                for error in &native.errors {
                    tracing::debug!(%error, "loket.http.certificates");
                }
                roots.add_parsable_certificates(native.certs);
            }
        }
        roots
    }

    fn config(&self) -> Result<Arc<ClientConfig>, HttpError> {
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder
            .with_safe_default_protocol_versions()
            .map_err(|e| HttpError::Unreachable(format!("this host cannot encrypt: {e}")))?;
        let mut config = builder.with_root_certificates(self.roots()).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

/// Encrypts connections.
pub(super) struct Tls {
    trust: Trust,
    // Made when it is first needed: most hosts start without needing it.
    config: OnceCell<Arc<ClientConfig>>,
}

impl Tls {
    pub(super) fn new(trust: Trust) -> Tls {
        Tls { trust, config: OnceCell::new() }
    }

    /// Encrypts a connection to whoever proves to be the target's host, whatever address it was found at.
    pub(super) async fn wrap(&self, target: &Target, stream: TcpStream) -> Result<TlsStream<TcpStream>, HttpError> {
        let name = match &target.host {
            Host::Address(address) => ServerName::IpAddress((*address).into()),
            Host::Name(name) => ServerName::try_from(name.clone())
                .map_err(|_| HttpError::Invalid(format!("`{name}` is no name that a certificate could have")))?,
        };
        let config = self.config.get_or_try_init(|| async {
            let trust = self.trust.clone();
            let made = tokio::task::spawn_blocking(move || trust.config()).await;
            made.unwrap_or_else(|e| Err(HttpError::Unreachable(format!("this host cannot encrypt: {e}"))))
        });
        let connector = TlsConnector::from(config.await?.clone());
        connector
            .connect(name, stream)
            .await
            .map_err(|e| HttpError::Unreachable(format!("`{target}` cannot be asked in confidence: {e}")))
    }
}
