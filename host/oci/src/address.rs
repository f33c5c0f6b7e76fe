//! Where an image is: `oci://REGISTRY/REPOSITORY[:TAG][@DIGEST]`.

use crate::error::{OciError, shown};
use oci_client::Reference;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// How an address begins.
const SCHEME: &str = "oci://";
/// How many bytes an address may have.
const MAX_ADDRESS: usize = 1024;

/// Where an image is, or shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub(crate) reference: Reference,
    tagged: bool,
}

impl Address {
    /// The registry: a host, and its port where one is named.
    pub fn registry(&self) -> &str {
        self.reference.registry()
    }

    /// Whether the way there is not encrypted: it does not leave this machine.
    pub(crate) fn is_plain(&self) -> bool {
        is_loopback(self.registry())
    }

    /// The package that is expected there: the last two parts of the repository, as the tools of the Bytecode Alliance have it.
    pub fn package(&self) -> Option<String> {
        let (before, name) = self.reference.repository().rsplit_once('/')?;
        let namespace = before.rsplit_once('/').map_or(before, |(_, namespace)| namespace);
        Some(format!("{namespace}:{name}"))
    }

    /// The version that is expected there: the tag, if one was given.
    pub fn version(&self) -> Option<String> {
        self.tagged.then(|| self.reference.tag().map(version_of)).flatten()
    }

    /// The same place under the tag of a version, where none was given.
    ///
    /// # Errors
    /// When it names an image by its digest: what is pushed there would have another.
    pub fn for_version(self, version: &str) -> Result<Address, OciError> {
        if self.reference.digest().is_some() {
            let why = "what is pushed has a digest of its own: leave out what begins with `@`";
            return Err(OciError::Address { text: self.to_string(), why });
        }
        if self.tagged {
            return Ok(self);
        }
        let (registry, repository) = (self.reference.registry().to_owned(), self.reference.repository().to_owned());
        Ok(Address { reference: Reference::with_tag(registry, repository, tag_of(version)), tagged: true })
    }

    /// The image that it names by a tag, named by its digest too.
    #[must_use]
    pub fn pinned(&self, digest: &str) -> String {
        match self.reference.digest() {
            Some(_) => self.to_string(),
            None => format!("{self}@{digest}"),
        }
    }
}

/// The tag of a version. A tag may have no `+`; what others use in its place is in no version.
pub fn tag_of(version: &str) -> String {
    version.replace('+', "_")
}

fn version_of(tag: &str) -> String {
    tag.replace('_', "+")
}

/// Whether a registry is on this machine, by what it is called.
fn is_loopback(registry: &str) -> bool {
    let host = match registry.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => registry.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl FromStr for Address {
    type Err = OciError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |why| OciError::Address { text: shown(text), why };
        let rest = text.strip_prefix(SCHEME).ok_or_else(|| wrong("it does not begin with `oci://`"))?;
        if text.len() > MAX_ADDRESS {
            return Err(wrong("it is too long"));
        }
        let (registry, path) = rest.split_once('/').ok_or_else(|| wrong("it names no repository"))?;
        // Others take what has no dot for a part of the repository, at a registry that nobody named.
        if registry != "localhost" && !registry.contains(['.', ':']) {
            return Err(wrong("what comes first is the name of no registry"));
        }
        if registry.contains('@') {
            return Err(wrong("a user's name does not belong into it: give it with `--user`"));
        }
        let reference: Reference = rest.parse().map_err(|_| wrong("it is written otherwise"))?;
        let path = path.split('@').next().unwrap_or_default();
        Ok(Address { reference, tagged: path.contains(':') })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", self.reference)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, package: Option<&str>, version: Option<&str>, plain: bool) {
        let address: Address = text.parse().expect(text);
        let expect = (package.map(str::to_owned), version.map(str::to_owned), plain);
        assert_eq!((address.package(), address.version(), address.is_plain()), expect, "{text}");
    }

    #[test]
    fn an_address_says_which_package_is_expected_there() {
        check("oci://127.0.0.1:5000/acme/calc:1.2.0", Some("acme:calc"), Some("1.2.0"), true);
        check("oci://ghcr.io/anna/tools/acme/calc:1.2.0_b7", Some("acme:calc"), Some("1.2.0+b7"), false);
        check("oci://ghcr.io/acme/calc", Some("acme:calc"), None, false);
        check("oci://ghcr.io/calc:latest", None, Some("latest"), false);
        let digest = format!("sha256:{}", "0".repeat(64));
        check(&format!("oci://ghcr.io/acme/calc:1.2.0@{digest}"), Some("acme:calc"), Some("1.2.0"), false);
        check(&format!("oci://ghcr.io/acme/calc@{digest}"), Some("acme:calc"), None, false);
    }

    #[test]
    fn only_the_way_to_this_machine_is_not_encrypted() {
        for (registry, plain) in [
            ("localhost", true),
            ("localhost:5000", true),
            ("127.8.0.1:5000", true),
            ("127.0.0.1.example.org", false),
            ("localhost.example.org", false),
            ("0.0.0.0:5000", false),
            ("10.0.0.1:5000", false),
            ("registry:5000", false),
            ("[::1]:5000", true),
        ] {
            assert_eq!(is_loopback(registry), plain, "{registry}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_a_reason() {
        for (text, why) in [
            ("127.0.0.1:5000/acme/calc", "does not begin"),
            ("https://ghcr.io/acme/calc", "does not begin"),
            ("oci://ghcr.io", "no repository"),
            ("oci://acme/calc:1.2.0", "no registry"),
            ("oci://anna@ghcr.io/acme/calc", "user's name"),
            ("oci://ghcr.io/Acme/calc", "otherwise"),
            ("oci://ghcr.io/../calc", "otherwise"),
            ("oci://ghcr.io/acme/calc?x", "otherwise"),
            ("oci://ghcr.io/acme/calc@sha256:00", "otherwise"),
            ("oci://ghcr.io/acme/calc\u{1b}[2J", "otherwise"),
        ] {
            let error = text.parse::<Address>().expect_err(text).to_string();
            assert!(error.contains(why) && !error.contains('\u{1b}'), "{text}: {error}");
        }
        assert!(format!("oci://ghcr.io/{}", "a".repeat(2000)).parse::<Address>().is_err());
    }

    #[test]
    fn a_version_without_a_tag_gets_the_tag_of_its_own() {
        let at = |text: &str| text.parse::<Address>().expect(text).for_version("1.2.0+b7").map(|a| a.to_string());
        assert_eq!(at("oci://ghcr.io/acme/calc").expect("no tag"), "oci://ghcr.io/acme/calc:1.2.0_b7");
        assert_eq!(at("oci://ghcr.io/acme/calc:latest").expect("a tag"), "oci://ghcr.io/acme/calc:latest");
        at(&format!("oci://ghcr.io/acme/calc@sha256:{}", "0".repeat(64))).expect_err("a digest");
    }
}
