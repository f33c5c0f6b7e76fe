//! Hosts as a grant names them: `example.org`, `*.example.org`, `example.org:8443`, `127.0.0.1:8080`, `[::1]:8080`.
//!
//! Without a port, 443 is meant over https and 80 over http. What is on this machine or in a private network is meant only by its very
//! name or address, with its port.

use super::address::Class;
use super::target::{Host, Target};
use std::fmt;
use std::str::FromStr;

/// A host, or the hosts below one, as a grant names them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostPattern {
    host: Which,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Which {
    /// This one.
    One(Host),
    /// All below this name, and not the name itself.
    Below(String),
}

/// Why a text names no hosts, and what would.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PatternError(String);

impl HostPattern {
    /// Reads a pattern; whatever spelling it has, it is kept in one.
    ///
    /// ```
    /// use loket_providers::http::pattern::HostPattern;
    /// let pattern = HostPattern::parse("BÜCHER.example:8443")?;
    /// assert_eq!(pattern.to_string(), "xn--bcher-kva.example:8443");
    /// # Ok::<(), loket_providers::http::pattern::PatternError>(())
    /// ```
    ///
    /// # Errors
    /// What is wrong with it, and what would be right.
    pub fn parse(text: &str) -> Result<HostPattern, PatternError> {
        let shown: String = text.chars().take(100).flat_map(char::escape_default).collect();
        let wrong = |why: &str| PatternError(format!("`{shown}` names no host: {why}"));
        if let Some((scheme, _)) = text.split_once("://") {
            let why = format!("leave out `{}://`; a host may be asked over http and https", scheme.escape_default());
            return Err(wrong(&why));
        }
        if text.contains(['/', '?', '#', '\\']) {
            return Err(wrong("it has a path; a grant is for a whole host"));
        }
        if text.contains('@') {
            return Err(wrong("it has a user's name; put that into a header"));
        }
        let (name, port) = split(text);
        let port =
            port.map(|digits| number(digits).ok_or_else(|| wrong("a port is a number from 1 to 65535"))).transpose()?;
        if matches!(name, "" | "*") {
            return Err(wrong("name one, such as `example.org`, or the hosts below one, such as `*.example.org`"));
        }
        let host = match name.strip_prefix("*.") {
            Some(rest) => match Host::parse(rest).map_err(PatternError)? {
                Host::Name(name) if name.contains('.') => Which::Below(name),
                Host::Name(_) => {
                    return Err(wrong(
                        "too many hosts are below that; name at least two parts, such as `*.example.org`",
                    ));
                }
                Host::Address(_) => return Err(wrong("there is nothing below an address")),
            },
            None if name.contains('*') => {
                return Err(wrong("a `*` stands only at the beginning, for all hosts below a name"));
            }
            None => Which::One(Host::parse(name).map_err(PatternError)?),
        };
        HostPattern { host, port }.possible().map_err(|why| wrong(&why))
    }

    /// Whether a request could ever be sent there.
    fn possible(self) -> Result<HostPattern, String> {
        let class = match &self.host {
            Which::One(Host::Address(address)) => Class::of(*address),
            Which::One(Host::Name(name)) if is_local(name) => Class::Private,
            _ => Class::Public,
        };
        match (class, self.port) {
            (Class::Never, _) => Err("no single host has that address".to_owned()),
            (Class::Private | Class::Metadata, None) => Err(format!(
                "it is on this machine or in a private network, so name the port too, such as `{self}:8080`"
            )),
            _ => Ok(self),
        }
    }

    /// Whether it means this target.
    pub fn covers(&self, target: &Target) -> bool {
        let host = match &self.host {
            Which::One(host) => *host == target.host,
            Which::Below(above) => match &target.host {
                Host::Name(name) => {
                    name.strip_suffix(above.as_str()).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
                }
                Host::Address(_) => false,
            },
        };
        host && self.port.unwrap_or(target.scheme.port()) == target.port
    }

    /// The port, where it names one.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether it names one host with its port: the only way to what is private.
    pub fn is_exact(&self) -> bool {
        matches!(self.host, Which::One(_)) && self.port.is_some()
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Which::One(host) => write!(f, "{host}")?,
            Which::Below(name) => write!(f, "*.{name}")?,
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl FromStr for HostPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        HostPattern::parse(text)
    }
}

/// Whether a name means this machine wherever it is asked for (RFC 6761).
pub(super) fn is_local(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// The host and what stands behind its colon.
fn split(text: &str) -> (&str, Option<&str>) {
    match text.rfind(']') {
        Some(end) => match text[end + 1..].strip_prefix(':') {
            Some(port) => (&text[..=end], Some(port)),
            None => (text, None),
        },
        None => text.rsplit_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    }
}

fn number(digits: &str) -> Option<u16> {
    let plain = (1..=5).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|port| plain && *port != 0)
}

#[cfg(test)]
mod tests {
    use super::super::target::address;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_pattern_is_kept_in_one_spelling() {
        for (text, kept) in [
            ("example.org", "example.org"),
            ("Example.ORG.", "example.org"),
            ("*.Example.org", "*.example.org"),
            ("*.example.org:8443", "*.example.org:8443"),
            ("example.org:08443", "example.org:8443"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("0x7f.1:80", "127.0.0.1:80"),
            ("2130706433:80", "127.0.0.1:80"),
            ("[::ffff:10.0.0.1]:80", "10.0.0.1:80"),
            ("[0:0::1]:8080", "[::1]:8080"),
            ("localhost:11434", "localhost:11434"),
            ("1.1.1.1", "1.1.1.1"),
            ("[2606:4700::1111]", "[2606:4700::1111]"),
            ("nas:5000", "nas:5000"),
            ("_dmarc.example.org", "_dmarc.example.org"),
        ] {
            let pattern = HostPattern::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(pattern.to_string(), kept, "{text}");
        }
    }

    #[test]
    fn what_names_no_host_is_refused_and_told_what_would() {
        for (text, word) in [
            ("", "such as"),
            ("*", "such as"),
            ("*.org", "two parts"),
            ("*.", "no host"),
            ("*.*.org", "no host"),
            ("a*.example.org", "beginning"),
            ("*.127.0.0.1", "below an address"),
            ("https://example.org", "leave out `https://`"),
            ("example.org/path", "path"),
            ("me@example.org", "header"),
            ("example.org:", "port"),
            ("example.org:0", "port"),
            ("example.org:65536", "port"),
            ("example.org:+80", "port"),
            ("example.org:80:80", "no host"),
            ("::1", "no host"),
            ("exa mple.org", "no host"),
            ("ex%61mple.org", "%"),
            ("[::1%eth0]:80", "no host"),
            ("localhost", "port"),
            ("db.localhost", "port"),
            ("127.0.0.1", "port"),
            ("10.0.0.1", "port"),
            ("169.254.169.254", "port"),
            ("[::1]", "port"),
            ("[fd00::1]", "port"),
            ("0.0.0.0:80", "no single host"),
            ("[::]:80", "no single host"),
            ("224.0.0.1:80", "no single host"),
            ("255.255.255.255:80", "no single host"),
        ] {
            let error = HostPattern::parse(text).map(|p| p.to_string()).expect_err(text).to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
    }

    #[test]
    fn a_pattern_means_its_hosts_and_no_others() {
        for (pattern, url, covered) in [
            ("example.org", "https://example.org/", true),
            ("example.org", "http://example.org/", true),
            ("example.org", "https://EXAMPLE.org./", true),
            ("example.org", "https://example.org:8443/", false),
            ("example.org", "https://example.org:80/", false),
            ("example.org", "http://example.org:443/", false),
            ("example.org", "https://www.example.org/", false),
            ("example.org", "https://example.org.evil.test/", false),
            ("example.org", "https://notexample.org/", false),
            ("example.org", "https://example.org@evil.test/", false),
            ("example.org:8443", "https://example.org:8443/", true),
            ("example.org:8443", "http://example.org:8443/", true),
            ("example.org:8443", "https://example.org/", false),
            ("*.example.org", "https://www.example.org/", true),
            ("*.example.org", "https://a.b.example.org/", true),
            ("*.example.org", "https://example.org/", false),
            ("*.example.org", "https://notexample.org/", false),
            ("*.example.org", "https://www.example.org:8443/", false),
            ("127.0.0.1:8080", "http://127.0.0.1:8080/", true),
            ("127.0.0.1:8080", "http://0x7f.1:8080/", true),
            ("127.0.0.1:8080", "http://[::ffff:127.0.0.1]:8080/", true),
            ("127.0.0.1:8080", "http://localhost:8080/", false),
            ("127.0.0.1:8080", "http://127.0.0.1:8081/", false),
            ("127.0.0.1:8080", "http://127.0.0.2:8080/", false),
            ("[::1]:8080", "http://[::1]:8080/", true),
            ("localhost:8080", "http://127.0.0.1:8080/", false),
        ] {
            let target = address(url).map(|(_, target)| target);
            let pattern = HostPattern::parse(pattern).expect(pattern);
            assert_eq!(target.is_ok_and(|t| pattern.covers(&t)), covered, "{pattern} {url}");
        }
    }

    proptest! {
        #[test]
        fn what_is_kept_reads_as_the_same_again(text in r"(\*\.)?([a-zA-Z0-9äöß_-]{1,8}\.){0,3}[a-z]{1,5}\.?(:[0-9]{1,5})?") {
            if let Ok(pattern) = HostPattern::parse(&text) {
                prop_assert_eq!(HostPattern::parse(&pattern.to_string()), Ok(pattern));
            }
        }

        #[test]
        fn an_address_that_is_kept_reads_as_the_same_again(bits in any::<u128>(), four in any::<bool>(), port in 1..=u16::MAX) {
            let address: std::net::IpAddr = match four {
                true => std::net::Ipv4Addr::from(bits as u32).into(),
                false => std::net::Ipv6Addr::from(bits).into(),
            };
            let text = std::net::SocketAddr::new(address, port).to_string();
            if let Ok(pattern) = HostPattern::parse(&text) {
                prop_assert_eq!(HostPattern::parse(&pattern.to_string()), Ok(pattern));
            }
        }

        #[test]
        fn nothing_at_all_breaks_it(text in "\\PC*") {
            if let Ok(pattern) = HostPattern::parse(&text) {
                prop_assert_eq!(HostPattern::parse(&pattern.to_string()), Ok(pattern));
            }
        }
    }
}
