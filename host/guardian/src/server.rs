//! How the service takes requests in: `[server]` of `loket.toml`, but for `[server.oauth]` (see [`crate::issuer`]).

use crate::reader::{Problems, Section};
use loket_registry::name::shown;
use std::net::Ipv6Addr;
use std::num::{NonZeroU16, NonZeroU32};
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// How many names a service may have.
const MAX_NAMES: usize = 64;
/// How many characters one of them may have.
const MAX_NAME: usize = 253;
/// How many requests a minute may be let in.
const A_MINUTE: RangeInclusive<u32> = 1..=10_000_000;

/// How the service takes requests in. It holds from a start to an end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Server {
    /// How many requests of one token or session may come in a minute; as usual, if absent.
    pub requests_a_minute: Option<NonZeroU32>,
    /// The same of all strangers at one address.
    pub strangers_a_minute: Option<NonZeroU32>,
    /// The names under which other machines ask for it.
    pub hosts: Vec<String>,
    /// By what it encrypts.
    pub tls: Option<Tls>,
}

/// By what the service encrypts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// A certificate that it makes itself, and keeps.
    Own,
    /// A certificate of the owner's, in PEM. Paths are as they were written: beside the home's `loket.toml`, unless they are absolute.
    Files {
        /// The certificate, and those behind it.
        certificate: PathBuf,
        /// Its key.
        key: PathBuf,
    },
}

/// Reads `[server]`.
pub(crate) fn read(problems: &mut Problems<'_>, section: Section<'_>) -> Server {
    section.known(problems, &["requests_a_minute", "strangers_a_minute", "hosts", "tls", "oauth"]);
    let mut rate = |key: &str| section.number(problems, key, A_MINUTE).and_then(NonZeroU32::new);
    let (requests_a_minute, strangers_a_minute) = (rate("requests_a_minute"), rate("strangers_a_minute"));
    let mut hosts = Vec::new();
    for name in section.strings(problems, "hosts", MAX_NAMES, true).unwrap_or_default() {
        let Some(host) = host(name.value) else {
            let why = format!("`hosts` cannot have `{}`", shown(name.value));
            let next = "write names, such as `hosts = [\"loket.home.arpa\"]`, with a port where it is another, and addresses of version 6 in brackets";
            problems.tell(name.line, why, next);
            continue;
        };
        hosts.push(host);
    }
    let tls = section.section(problems, "tls").and_then(|own| tls(problems, own));
    Server { requests_a_minute, strangers_a_minute, hosts, tls }
}

/// A name or an address as browsers write it after `https://`, with or without a port; nothing where it is none.
fn host(text: &str) -> Option<String> {
    let (name, port) = match text.strip_prefix('[') {
        Some(address) => {
            let (address, after) = address.split_once(']')?;
            let port = if after.is_empty() { None } else { Some(after.strip_prefix(':')?) };
            (format!("[{}]", address.parse::<Ipv6Addr>().ok()?), port)
        }
        None => {
            let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
            let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
            let is_name = name.split('.').all(|part| !part.is_empty() && part.chars().all(fits));
            (is_name.then(|| name.to_ascii_lowercase())?, port)
        }
    };
    // A number alone may have a sign before it.
    let number = |port: &str| port.parse::<NonZeroU16>().ok().filter(|_| port.bytes().all(|b| b.is_ascii_digit()));
    let host = match port {
        Some(port) => format!("{name}:{}", number(port)?),
        None => name,
    };
    (host.len() <= MAX_NAME).then_some(host)
}

fn tls(problems: &mut Problems<'_>, own: Section<'_>) -> Option<Tls> {
    own.known(problems, &["own", "certificate", "key"]);
    let mut file = |key: &str| {
        let text = own.string(problems, key)?;
        let fits = !text.value.trim().is_empty() && !text.value.contains('\0');
        if !fits {
            problems.tell(text.line, format!("`{key}` names no file"), format!("write `{key} = \"{key}.pem\"`"));
        }
        Some(PathBuf::from(text.value))
    };
    let (certificate, key) = (file("certificate"), file("key"));
    match (own.truth(problems, "own").unwrap_or_default(), certificate, key) {
        (true, None, None) => Some(Tls::Own),
        (false, Some(certificate), Some(key)) => Some(Tls::Files { certificate, key }),
        _ => {
            let next = "name both files, or write `own = true` for a certificate that Loket makes itself";
            problems.tell(own.line, "`[server.tls]` needs a `certificate` and its `key`, or `own` alone", next);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::HostConfig;

    fn parse(text: &str) -> Result<Server, String> {
        HostConfig::parse("loket.toml", text).map(|config| config.fixed.server).map_err(|report| report.to_string())
    }

    #[test]
    fn how_requests_are_taken_in_is_read() {
        let text = "[server]\nrequests_a_minute = 30\nhosts = [\"Loket.home.arpa\", \"10.0.0.5:8443\"]\n\
                    [server.tls]\ncertificate = \"/srv/cert.pem\"\nkey = \"key.pem\"\n";
        let server = parse(text).expect("it can be read");
        assert_eq!((server.requests_a_minute, server.strangers_a_minute), (NonZeroU32::new(30), None));
        assert_eq!(server.hosts, ["loket.home.arpa", "10.0.0.5:8443"]);
        assert_eq!(server.tls, Some(Tls::Files { certificate: "/srv/cert.pem".into(), key: "key.pem".into() }));
        assert_eq!(parse("[server.tls]\nown = true\n").expect("it can be read").tls, Some(Tls::Own));
        assert_eq!(parse("").expect("nothing is fine"), Server::default());
    }

    #[test]
    fn hosts_are_names_and_addresses_as_browsers_write_them() {
        for (text, expect) in [
            ("Loket.home.arpa", Some("loket.home.arpa")),
            ("loket:443", Some("loket:443")),
            ("10.0.0.5:8443", Some("10.0.0.5:8443")),
            ("[2001:DB8:0::1]", Some("[2001:db8::1]")),
            ("[2001:db8::1]:8443", Some("[2001:db8::1]:8443")),
            ("2001:db8::1", None),
            ("[10.0.0.5]", None),
            ("[::1]x", None),
            ("[::1", None),
            ("loket:", None),
            ("loket:0", None),
            ("loket:65536", None),
            ("loket:+80", None),
            ("loket..arpa", None),
            ("owner@loket", None),
            ("https://loket", None),
            ("*.home.arpa", None),
        ] {
            assert_eq!(host(text).as_deref(), expect, "{text}");
        }
        assert_eq!(host(&"a".repeat(MAX_NAME + 1)), None);
    }

    #[test]
    fn what_cannot_be_meant_is_told() {
        for (text, word) in [
            ("[server]\nrequests_a_minute = 0\n", "out of its bounds"),
            ("[server]\nstrangers_a_minute = \"few\"\n", "whole number"),
            ("[server]\nhosts = [\"a b\"]\n", "cannot have `a b`"),
            ("[server]\nhosts = [\"\"]\n", "cannot have"),
            ("[server]\nhosts = [\"2001:db8::1\"]\n", "cannot have"),
            ("[server.tls]\ncertificate = \"a.pem\"\n", "needs a `certificate` and its `key`"),
            ("[server.tls]\nown = false\n", "needs a `certificate` and its `key`"),
            ("[server.tls]\nown = true\nkey = \"b.pem\"\n", "or `own` alone"),
            ("[server.tls]\ncertificate = \"\"\nkey = \"b.pem\"\n", "names no file"),
        ] {
            let told = parse(text).expect_err(text);
            assert!(told.contains(word), "{text}: {told}");
        }
    }
}
