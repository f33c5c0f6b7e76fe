//! Where one logs in: found by the SDK, from what the server says of itself, and held to what the specification and the owner say.

use super::wire::{Wire, is_local};
use super::{Login, named};
use crate::http::target::{Scheme, address};
use crate::mcp::letters::excerpt;
use rmcp::transport::auth::{AuthError, AuthorizationManager, AuthorizationMetadata, AuthorizationMetadataSource};
use std::error::Error as _;
use std::sync::Arc;

/// An authorization server, and what it can.
pub(super) struct Place {
    pub(super) wire: Arc<Wire>,
    pub(super) manager: AuthorizationManager,
    pub(super) metadata: AuthorizationMetadata,
    pub(super) issuer: String,
    /// What tokens are asked for.
    pub(super) resource: String,
}

impl Place {
    /// Finds the authorization server of a server of tools, from its challenge where it sent one.
    ///
    /// # Errors
    /// Why there is none that may be used.
    pub(super) async fn find(login: &Login, challenge: Option<&str>) -> Result<Place, String> {
        let owner = &login.settings;
        let named_hosts = named([&owner.issuer, &owner.identity_issuer]);
        let wire = Arc::new(Wire::new(&login.client, login.target.clone(), named_hosts, &login.name.package()));
        wire.looks_out(&address(&login.url)?.0, challenge);
        let manager = AuthorizationManager::new_with_oauth_http_client(login.url.as_str(), wire.clone()).await;
        let mut manager = manager.map_err(|e| told(&e))?;
        let found = manager.resolve_metadata_from_challenge(challenge).await.map_err(|e| told(&e))?;
        if found.source == AuthorizationMetadataSource::LegacyEndpointFallback {
            return Err("it says nowhere at which authorization server one logs in; if you have a token for it, name it as its `secret`".into());
        }
        let metadata = found.metadata;
        let issuer = metadata.issuer.clone().ok_or("its authorization server does not say who it is (`issuer`)")?;
        if let Some(wanted) = owner.issuer.as_ref().filter(|wanted| !is_same(wanted, &issuer)) {
            return Err(format!(
                "it leads to the authorization server `{}`, and its `oauth` names `{wanted}`",
                excerpt(&issuer, 200)
            ));
        }
        checked(&metadata.token_endpoint)?;
        manager.set_metadata(metadata.clone());
        let resource = wire.resource().unwrap_or_else(|| login.url.clone());
        Ok(Place { wire, manager, metadata, issuer, resource })
    }

    /// A list of words in its metadata; none where it says nothing.
    pub(super) fn list(&self, key: &str) -> Vec<String> {
        let all = self.metadata.additional_fields.get(key).and_then(|value| value.as_array());
        all.into_iter().flatten().filter_map(|word| word.as_str()).map(str::to_owned).collect()
    }

    /// Whether its metadata says yes to something.
    pub(super) fn says(&self, key: &str) -> bool {
        self.metadata.additional_fields.get(key).and_then(|value| value.as_bool()).unwrap_or(false)
    }

    /// The scopes with which one begins: those of the challenge, else those of the server's document, else none.
    pub(super) async fn scopes(&self) -> Vec<String> {
        self.manager.select_initial_scopes(&[]).await
    }
}

/// Whether two names of an issuer are the same one.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
}

/// An address to which secrets are sent: https, or on this machine.
pub(super) fn checked(endpoint: &str) -> Result<(), String> {
    let (_, target) = address(endpoint)?;
    match target.scheme == Scheme::Https || is_local(&target.host) {
        true => Ok(()),
        false => Err(format!("its authorization server is asked in the clear, at `{}`", excerpt(endpoint, 200))),
    }
}

/// An error of the SDK in one line, with what it was caused by.
pub(super) fn told(error: &AuthError) -> String {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    excerpt(&format!("{error}{cause}"), 500)
}
