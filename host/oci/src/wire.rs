//! The way to a registry. The library speaks the protocol; what it would read to an end that never comes is read here.

use crate::Login;
use crate::address::Address;
use crate::error::{OciError, shown};
use crate::image::{MAX_MANIFEST, digest};
use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::errors::{DigestError, OciDistributionError};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, RegistryOperation};
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use serde::Deserialize;
use std::time::Duration;

/// What kinds of manifests are asked for: those that are refused too, so that it can be said what is there.
const KINDS: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json";
/// What registries are told of who asks.
const AGENT: &str = concat!("loket/", env!("CARGO_PKG_VERSION"));
const CONNECT: Duration = Duration::from_secs(10);
/// How long a registry may say nothing.
const SILENCE: Duration = Duration::from_secs(30);
/// How long anything small may take.
const SMALL: Duration = Duration::from_secs(60);
/// How long a component may take.
pub(crate) const LARGE: Duration = Duration::from_secs(1800);
/// How much of an answer that is an error is read.
const MAX_ERROR: u64 = 16 << 10;

/// A registry that let us in, for one image.
pub(crate) struct Wire<'a> {
    pub(crate) client: Client,
    address: &'a Address,
    auth: RegistryAuth,
    http: reqwest::Client,
    token: Option<String>,
}

/// How a registry names what went wrong.
#[derive(Deserialize)]
struct Errors {
    errors: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

impl<'a> Wire<'a> {
    /// Asks a registry to be let in.
    pub(crate) async fn open(
        address: &'a Address,
        login: Login,
        operation: RegistryOperation,
    ) -> Result<Wire<'a>, OciError> {
        encryption()?;
        let auth = login.of(address.registry()).await?;
        let protocol = if address.is_plain() { ClientProtocol::Http } else { ClientProtocol::Https };
        let (connect_timeout, read_timeout) = (Some(CONNECT), Some(SILENCE));
        let config = ClientConfig {
            protocol,
            connect_timeout,
            read_timeout,
            user_agent: AGENT,
            platform_resolver: None,
            ..ClientConfig::default()
        };
        let unreachable = |why: String| OciError::Unreachable { registry: address.registry().to_owned(), why };
        let client = Client::try_from(config).map_err(|e| unreachable(root(&e)))?;
        let http = reqwest::Client::builder().user_agent(AGENT).connect_timeout(CONNECT).read_timeout(SILENCE);
        let http = http.build().map_err(|e| unreachable(root(&e)))?;
        let mut wire = Wire { client, address, auth, http, token: None };
        let asked = wire.client.auth(&address.reference, &wire.auth, operation);
        wire.token = wire.within(asked).await?;
        Ok(wire)
    }

    /// The manifest of the image, and its digest, which is the one that the address names if it names one.
    pub(crate) async fn manifest(&self) -> Result<(Vec<u8>, String), OciError> {
        let reference = &self.address.reference;
        let scheme = if self.address.is_plain() { "http" } else { "https" };
        let name = reference.digest().or(reference.tag()).unwrap_or("latest");
        let (registry, repository) = (reference.resolve_registry(), reference.repository());
        let mut request = self.http.get(format!("{scheme}://{registry}/v2/{repository}/manifests/{name}"));
        request = match (&self.token, &self.auth) {
            (Some(token), _) => request.bearer_auth(token),
            (None, RegistryAuth::Basic(user, password)) => request.basic_auth(user, Some(password)),
            (None, _) => request,
        };
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(KINDS))]);
        let bytes = self.within(async {
            let response = request.headers(headers).send().await?;
            let status = response.status();
            let most = if status.is_success() { MAX_MANIFEST } else { MAX_ERROR };
            Ok((status, bounded(response, most).await?))
        });
        let (status, bytes) = bytes.await?;
        if !status.is_success() {
            return Err(self.answered(status, &bytes.unwrap_or_default()));
        }
        let address = || self.address.to_string();
        let odd = |why: String| OciError::Manifest { address: address(), why };
        let bytes = bytes.ok_or_else(|| odd(format!("it has more than {MAX_MANIFEST} bytes")))?;
        let found = digest(&bytes);
        match reference.digest() {
            Some(named) if !named.starts_with("sha256:") => Err(odd("its digest is no SHA-256".to_owned())),
            Some(named) if named != found => {
                let why = format!("the digest of its manifest is {found}");
                Err(OciError::Changed { address: address(), why })
            }
            _ => Ok((bytes, found)),
        }
    }

    /// What comes of a small thing, in time.
    pub(crate) async fn within<T>(
        &self,
        work: impl Future<Output = Result<T, OciDistributionError>>,
    ) -> Result<T, OciError> {
        self.in_time(SMALL, "it should have answered within a minute", work).await
    }

    /// What comes of something, in time.
    pub(crate) async fn in_time<T>(
        &self,
        time: Duration,
        what: &'static str,
        work: impl Future<Output = Result<T, OciDistributionError>>,
    ) -> Result<T, OciError> {
        match tokio::time::timeout(time, work).await {
            Ok(done) => done.map_err(|error| self.failed(error)),
            Err(_) => Err(OciError::Slow { registry: self.registry(), what }),
        }
    }

    fn registry(&self) -> String {
        self.address.registry().to_owned()
    }

    /// An answer that is no success.
    fn answered(&self, status: StatusCode, body: &[u8]) -> OciError {
        let first = serde_json::from_slice::<Errors>(body).ok().and_then(|all| all.errors.into_iter().next());
        let why = first.map(|error| if error.message.is_empty() { error.code } else { error.message });
        let why = shown(&why.unwrap_or_default());
        match status {
            StatusCode::NOT_FOUND => OciError::NotFound(self.address.to_string()),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => self.refused(why),
            other => OciError::Answer { registry: self.registry(), code: other.as_u16(), why },
        }
    }

    fn refused(&self, why: String) -> OciError {
        let who = match &self.auth {
            RegistryAuth::Basic(user, _) => format!("`{}`", shown(user)),
            _ => "somebody without a name".to_owned(),
        };
        OciError::Refused { registry: self.registry(), who, why }
    }

    /// What the library says, in our words.
    pub(crate) fn failed(&self, error: OciDistributionError) -> OciError {
        use OciDistributionError as E;
        match error {
            E::UnauthorizedError { .. } => self.refused(String::new()),
            E::AuthenticationFailure(why) => self.refused(shown(&why)),
            E::ServerError { code, message, .. } => {
                self.answered(StatusCode::from_u16(code).unwrap_or_default(), message.as_bytes())
            }
            E::RegistryError { envelope, .. } => {
                let why = envelope.errors.first().map(|error| shown(&error.message)).unwrap_or_default();
                OciError::Answer { registry: self.registry(), code: 400, why }
            }
            E::DigestError(error) => self.changed(shown(&error.to_string())),
            // What it notices while it reads comes as an error of reading.
            E::IoError(error) if error.get_ref().is_some_and(|inner| inner.is::<DigestError>()) => {
                self.changed(shown(&error.to_string()))
            }
            error @ (E::RequestError(_) | E::IoError(_)) => {
                OciError::Unreachable { registry: self.registry(), why: root(&error) }
            }
            other => OciError::Answer { registry: self.registry(), code: 200, why: shown(&other.to_string()) },
        }
    }

    /// What is there is not what was meant.
    pub(crate) fn changed(&self, why: String) -> OciError {
        OciError::Changed { address: self.address.to_string(), why }
    }
}

/// A body of at most so many bytes; `None` when there is more.
async fn bounded(mut response: reqwest::Response, most: u64) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await? {
        if bytes.len() as u64 + piece.len() as u64 > most {
            return Ok(None);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(Some(bytes))
}

/// Sets up encryption, once: the same as everywhere in this program, and nothing that needs a compiler for another.
fn encryption() -> Result<(), OciError> {
    // It fails where somebody was faster.
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    // The library ends the program where there are none.
    match cfg!(all(unix, not(target_vendor = "apple"))) && rustls_native_certs::load_native_certs().certs.is_empty() {
        true => Err(OciError::Authorities),
        false => Ok(()),
    }
}

/// The innermost reason, which is the one that tells something.
fn root(error: &dyn std::error::Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    shown(&inner.to_string())
}
