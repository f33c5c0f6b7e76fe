//! As whom a registry is asked: as its owner says at the command line, else as `docker login` left it, else as nobody.

use crate::error::{OciError, shown};
use docker_credential::{CredentialRetrievalError, DockerCredential};
use oci_client::secrets::RegistryAuth;
use std::fmt;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// What Docker's own registry is called, and what its credentials are kept under.
const DOCKER: (&str, &str) = ("docker.io", "https://index.docker.io/v1/");

/// As whom a registry is asked.
#[derive(Default)]
pub enum Login {
    /// With what Docker's configuration has for this registry, in `$DOCKER_CONFIG` or `~/.docker`; as nobody where it has nothing.
    #[default]
    Kept,
    /// As this user, with this password or token.
    Given(String, Zeroizing<String>),
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Login::Kept => f.write_str("Kept"),
            Login::Given(user, _) => f.debug_tuple("Given").field(user).finish_non_exhaustive(),
        }
    }
}

impl Login {
    /// What is shown to a registry. Programs that keep passwords are asked, which may take a moment.
    pub(crate) async fn of(self, registry: &str) -> Result<RegistryAuth, OciError> {
        let asked = registry.to_owned();
        match self {
            Login::Given(user, password) => Ok(RegistryAuth::Basic(user, password.to_string())),
            Login::Kept => {
                let kept = tokio::task::spawn_blocking(move || kept(&asked)).await;
                let wrong = |why: String| OciError::Credentials { registry: registry.to_owned(), why };
                kept.map_err(|e| wrong(e.to_string()))?.map_err(wrong)
            }
        }
    }
}

fn kept(registry: &str) -> Result<RegistryAuth, String> {
    let names = match registry == DOCKER.0 {
        true => vec![DOCKER.1.to_owned()],
        false => vec![registry.to_owned(), format!("https://{registry}")],
    };
    for name in names {
        match docker_credential::get_credential(&name) {
            Ok(DockerCredential::UsernamePassword(user, password)) => return Ok(RegistryAuth::Basic(user, password)),
            Ok(DockerCredential::IdentityToken(_)) => {
                return Err("there is an identity token, and those are not exchanged here".to_owned());
            }
            // No such file is the same to the library as one that cannot be read.
            Err(CredentialRetrievalError::ConfigReadError) if !is_there() => {}
            // Nothing is kept for it. A program that keeps passwords says so by failing.
            Err(
                CredentialRetrievalError::ConfigNotFound
                | CredentialRetrievalError::NoCredentialConfigured
                | CredentialRetrievalError::HelperFailure { .. },
            ) => {}
            Err(error) => return Err(shown(&error.to_string())),
        }
    }
    Ok(RegistryAuth::Anonymous)
}

/// Whether Docker's configuration is there, where the library looks for it.
fn is_there() -> bool {
    let own = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".docker"));
    let folder = std::env::var_os("DOCKER_CONFIG").map(PathBuf::from).or_else(own);
    folder.is_some_and(|folder| folder.join("config.json").exists())
}
