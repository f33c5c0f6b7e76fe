//! Secrets, as providers use them: by name, for the hosts to which each is tied.

use super::redact::Redactor;
use crate::http::pattern::HostPattern;
use crate::http::target::Target;
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Where a provider finds secrets.
pub trait SecretSource: Send + Sync {
    /// The secret of that name, if there is one.
    fn get(&self, name: &str) -> Option<Arc<Secret>>;

    /// What takes the values of all secrets out of what others get to see.
    fn redactor(&self) -> Arc<Redactor>;
}

/// No secrets at all.
pub(crate) struct NoSecrets;

impl SecretSource for NoSecrets {
    fn get(&self, _: &str) -> Option<Arc<Secret>> {
        None
    }

    fn redactor(&self) -> Arc<Redactor> {
        Arc::default()
    }
}

/// A secret. Its value is overwritten in memory when it is dropped.
pub struct Secret {
    name: String,
    value: Zeroizing<String>,
    hosts: Vec<HostPattern>,
}

impl Secret {
    /// A secret that may be sent to these hosts.
    pub fn new(name: &str, value: Zeroizing<String>, hosts: Vec<HostPattern>) -> Secret {
        Secret { name: name.to_owned(), value, hosts }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The hosts to which it is tied.
    pub fn hosts(&self) -> &[HostPattern] {
        &self.hosts
    }

    /// Whether it is tied to this target.
    pub fn covers(&self, target: &Target) -> bool {
        self.hosts.iter().any(|host| host.covers(target))
    }

    /// Its value, for whoever puts it into a request.
    pub(crate) fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("name", &self.name).field("hosts", &self.hosts).finish_non_exhaustive()
    }
}
