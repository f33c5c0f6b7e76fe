//! Where a request goes: scheme, host and port, each in the one form in which they are compared.

use std::fmt;
use std::net::IpAddr;
use url::Url;

/// The longest address, in bytes.
pub const LONGEST_URL: usize = 8 << 10;
/// The longest name of a host.
const LONGEST_NAME: usize = 253;
/// The longest part of a name between two dots.
const LONGEST_LABEL: usize = 63;

/// How a request travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// Encrypted.
    Https,
}

impl Scheme {
    /// The port that is meant when none is named.
    pub fn port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }

    /// `http` or `https`.
    pub fn name(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }
}

/// A host, however it was spelt.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Host {
    /// A name: ASCII, lower case, without a dot at its end.
    Name(String),
    /// An address. One of IPv4 is never dressed up as one of IPv6.
    Address(IpAddr),
}

impl Host {
    /// Reads a host as browsers do (WHATWG): `0x7f.1` is `127.0.0.1`, `BÜCHER.example` is `xn--bcher-kva.example`.
    ///
    /// # Errors
    /// Why it is no host, in a few words.
    pub fn parse(text: &str) -> Result<Host, String> {
        let no_host = |why: &str| format!("`{}` is no host: {why}", text.escape_default());
        if text.len() > LONGEST_URL {
            return Err("a host of more than 8 KiB is none".to_owned());
        }
        if text.contains('%') && !text.starts_with('[') {
            // Two spellings of one host are one too many for whoever reads a grant.
            return Err(no_host("it has a `%`; write it without escapes"));
        }
        match url::Host::parse(text) {
            Ok(host) => Host::canonical(host).map_err(|why| no_host(&why)),
            Err(error) => Err(no_host(&error.to_string())),
        }
    }

    fn canonical<S: AsRef<str>>(host: url::Host<S>) -> Result<Host, String> {
        match host {
            url::Host::Ipv4(address) => Ok(Host::Address(address.into())),
            url::Host::Ipv6(address) => Ok(Host::Address(IpAddr::from(address).to_canonical())),
            url::Host::Domain(name) => {
                let name = name.as_ref();
                let name = name.strip_suffix('.').unwrap_or(name);
                if name.len() > LONGEST_NAME {
                    return Err(format!("a name has {LONGEST_NAME} characters at most"));
                }
                name.split('.').try_for_each(label)?;
                Ok(Host::Name(name.to_owned()))
            }
        }
    }
}

/// One part of a name.
fn label(label: &str) -> Result<(), String> {
    let plain = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    match label {
        "" => Err("there is nothing between two dots".to_owned()),
        _ if label.len() > LONGEST_LABEL => Err(format!("a part of it has more than {LONGEST_LABEL} characters")),
        _ if !label.bytes().all(plain) => Err("a name has letters, digits, hyphens and dots".to_owned()),
        _ => Ok(()),
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::Address(IpAddr::V4(address)) => write!(f, "{address}"),
            Host::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// How.
    pub scheme: Scheme,
    /// To whom.
    pub host: Host,
    /// To which port.
    pub port: u16,
}

impl Target {
    /// Where this address leads.
    ///
    /// # Errors
    /// Why it leads nowhere that HTTP reaches.
    pub fn of(url: &Url) -> Result<Target, String> {
        let scheme = match url.scheme() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            other => return Err(format!("`{}` is neither `http` nor `https`", other.escape_default())),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err("an address with a user's name or password in it: put them into a header".to_owned());
        }
        let host = url.host().ok_or("an address without a host")?;
        let host = Host::canonical(host)
            .map_err(|why| format!("`{}` is no host: {why}", url.host_str().unwrap_or_default()))?;
        Ok(Target { scheme, host, port: url.port_or_known_default().unwrap_or(scheme.port()) })
    }

    /// The host and the port as a request's `host` header has them.
    pub fn authority(&self) -> String {
        match self.port == self.scheme.port() {
            true => self.host.to_string(),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.name(), self.authority())
    }
}

/// Reads the address of a request.
///
/// # Errors
/// Why it is none.
pub fn address(text: &str) -> Result<(Url, Target), String> {
    if text.len() > LONGEST_URL {
        return Err(format!("an address has {LONGEST_URL} bytes at most, this one has {}", text.len()));
    }
    // A browser drops these silently. Whoever sends them means something else than they say.
    if text.bytes().any(|b| b.is_ascii_control()) {
        return Err(format!("`{}` has control characters, which no address has", text.escape_default()));
    }
    let mut url = Url::parse(text).map_err(|e| format!("`{}` is no address: {e}", text.escape_default()))?;
    let target = Target::of(&url)?;
    url.set_fragment(None);
    Ok((url, target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn leads(text: &str, to: &str) {
        let (_, target) = address(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(target.to_string(), to, "{text}");
    }

    #[track_caller]
    fn refused(text: &str, word: &str) {
        let error = address(text).map(|(_, target)| target.to_string()).expect_err(text);
        assert!(error.contains(word), "{text}: {error}");
    }

    #[test]
    fn an_address_of_ipv4_is_the_same_in_every_spelling() {
        for text in [
            "127.0.0.1",
            "127.1",
            "127.0.1",
            "2130706433",
            "0x7f000001",
            "0x7F.1",
            "0177.0.0.1",
            "017700000001",
            "127.0.0.1.",
            "%31%32%37.0.0.1",
            "１２７.0.0.1",
            "127。0。0。1",
            "①②⑦.0.0.1",
            "[::ffff:127.0.0.1]",
            "[::FFFF:7f00:1]",
            "[0:0:0:0:0:ffff:127.0.0.1]",
        ] {
            leads(&format!("http://{text}/"), "http://127.0.0.1");
        }
    }

    #[test]
    fn a_name_is_the_same_in_every_spelling() {
        for text in ["example.org", "EXAMPLE.org", "example.org.", "ex%61mple.org", "ｅxample.org", "example。org"] {
            leads(&format!("https://{text}:443/path?query#fragment"), "https://example.org");
        }
        leads("https://BÜCHER.example/", "https://xn--bcher-kva.example");
        leads("http://localhost:8080", "http://localhost:8080");
        leads("http://[0:0::1]:8080", "http://[::1]:8080");
        leads("https:example.org", "https://example.org");
        leads(r"https:\\example.org\path", "https://example.org");
    }

    #[test]
    fn what_leads_nowhere_is_refused() {
        refused("", "no address");
        refused("example.org", "no address");
        refused("ftp://example.org", "neither");
        refused("file:///etc/passwd", "neither");
        refused("data:text/plain,hello", "neither");
        refused("http://", "no address");
        refused("http://1.2.3.4.5/", "no address");
        refused("http://256.0.0.1/", "no address");
        refused("http://0x7f.0.0.0x100/", "no address");
        refused("http://[::1%25eth0]/", "no address");
        refused("http://[fe80::1%eth0]/", "no address");
        refused("http://[::1/", "no address");
        refused("http://exa mple.org/", "no address");
        refused("http://example..org/", "between two dots");
        refused("http://example.org../", "between two dots");
        refused("http://ex*mple.org/", "letters");
        refused("http://example.org:65536/", "no address");
        refused("http://user@example.org/", "header");
        refused("http://user:word@example.org/", "header");
        refused("http://exa\nmple.org/", "control");
        refused("http://example.org/\r\nhost: other", "control");
        refused(&format!("http://{}.org/", "a".repeat(64)), "63");
        refused(&format!("http://example.org/{}", "a".repeat(LONGEST_URL)), "8192");
    }

    #[test]
    fn what_looks_like_another_host_is_the_one_that_it_is() {
        leads("http://example.org\\@127.0.0.1/", "http://example.org");
        leads("http://example.org#@127.0.0.1/", "http://example.org");
        leads("http://example.org/@127.0.0.1/", "http://example.org");
        refused("http://example.org:80@127.0.0.1/", "header");
    }
}
