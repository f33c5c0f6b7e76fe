//! How the host logs in at a server of tools that wants it: `[mcp.NAME.oauth]` of `loket.toml`.
//!
//! Most servers need none of it: they say where one logs in, and clients register there themselves. What is said here is held to: an issuer
//! that is named is the only one that is spoken to.

use crate::reader::{Problems, Section, Text};
use loket_registry::name::shown;

/// How many scopes may be named.
const MAX_SCOPES: usize = 64;
/// How many characters a name, a scope or an address may have.
const MAX_TEXT: usize = 2_048;

/// How the host comes to a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Grant {
    /// A person logs in with a browser: `loket mcp login`.
    #[default]
    Login,
    /// The client's own secret or key opens the server; no person is there.
    Credentials,
    /// A token of the machine's own, which another issuer made (RFC 7523).
    Assertion,
    /// A company's identity provider vouches for its employee (SEP-990).
    Identity,
}

/// What is said of logging in at a server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OAuth {
    /// How the host comes to a token.
    pub grant: Grant,
    /// The name by which the authorization server knows this client, where it was registered there by hand.
    pub client_id: Option<String>,
    /// The name of the secret that goes with it.
    pub secret: Option<String>,
    /// The name of the secret that is its private key, in PKCS #8.
    pub key: Option<String>,
    /// The address of a document that describes this client, for authorization servers that read one.
    pub document: Option<String>,
    /// What is asked for; what the server says that it needs where it is empty.
    pub scopes: Vec<String>,
    /// The authorization server; the one that the server names where it is absent.
    pub issuer: Option<String>,
    /// The port of this machine to which the browser comes back; any that is free where it is absent.
    pub port: Option<u16>,
    /// The name of the secret that is the token to show: of [`Grant::Assertion`] and [`Grant::Identity`].
    pub token: Option<String>,
    /// The identity provider's issuer.
    pub identity_issuer: Option<String>,
    /// The name by which the identity provider knows this client.
    pub identity_client: Option<String>,
}

const KEYS: [&str; 11] = [
    "grant",
    "client_id",
    "secret",
    "key",
    "document",
    "scopes",
    "issuer",
    "port",
    "token",
    "identity_issuer",
    "identity_client",
];

/// Reads the section.
pub(crate) fn oauth(problems: &mut Problems<'_>, section: Section<'_>) -> OAuth {
    section.known(problems, &KEYS);
    let grant = match section.string(problems, "grant") {
        None => Grant::Login,
        Some(Text { value: "login", .. }) => Grant::Login,
        Some(Text { value: "client-credentials", .. }) => Grant::Credentials,
        Some(Text { value: "assertion", .. }) => Grant::Assertion,
        Some(Text { value: "identity", .. }) => Grant::Identity,
        Some(other) => {
            let why = format!("`grant` cannot be `{}`", shown(other.value));
            problems.tell(other.line, why, "write `login`, `client-credentials`, `assertion` or `identity`");
            Grant::Login
        }
    };
    let mut text = |key: &str| section.string(problems, key).and_then(|text| plain(problems, key, text));
    let (client_id, secret, key, token) = (text("client_id"), text("secret"), text("key"), text("token"));
    let identity_client = text("identity_client");
    let document = address(problems, section, "document", &["https://"]);
    let issuer = address(problems, section, "issuer", &["https://", "http://"]);
    let identity_issuer = address(problems, section, "identity_issuer", &["https://", "http://"]);
    let scopes = section.strings(problems, "scopes", MAX_SCOPES, false).unwrap_or_default();
    let scopes = scopes.into_iter().filter_map(|text| plain(problems, "scopes", text)).collect();
    let port = section.number(problems, "port", 1_024..=65_535).and_then(|port| u16::try_from(port).ok());
    let own = OAuth {
        grant,
        client_id,
        secret,
        key,
        document,
        scopes,
        issuer,
        port,
        token,
        identity_issuer,
        identity_client,
    };
    if let Some((why, next)) = own.lacks() {
        problems.tell(section.line, why, next);
    }
    own
}

impl OAuth {
    /// What does not go together, and what would.
    fn lacks(&self) -> Option<(&'static str, &'static str)> {
        let opens = self.secret.is_some() || self.key.is_some();
        match self.grant {
            _ if self.secret.is_some() && self.key.is_some() => {
                Some(("`oauth` has both `secret` and `key`", "leave one of them out"))
            }
            _ if opens && self.client_id.is_none() => {
                Some(("`oauth` has a secret and no `client_id`", "write `client_id = \"…\"`, whose secret it is"))
            }
            Grant::Credentials if !opens => Some((
                "`grant = \"client-credentials\"` needs `client_id`, and `secret` or `key`",
                "write the name of the client, and the name of its secret",
            )),
            Grant::Assertion if self.token.is_none() || self.client_id.is_none() => Some((
                "`grant = \"assertion\"` needs `client_id` and `token`",
                "write the name of the client, and the name of the secret that is its token",
            )),
            Grant::Identity
                if !opens
                    || self.token.is_none()
                    || self.identity_issuer.is_none()
                    || self.identity_client.is_none() =>
            {
                Some((
                    "`grant = \"identity\"` needs `client_id` with its `secret` or `key`, `token`, `identity_issuer` and `identity_client`",
                    "write them all, as your identity provider and the authorization server gave them to you",
                ))
            }
            _ => None,
        }
    }
}

/// A text of one line without spaces.
fn plain(problems: &mut Problems<'_>, key: &str, text: Text<'_>) -> Option<String> {
    let fits =
        |value: &str| !value.is_empty() && value.len() <= MAX_TEXT && value.bytes().all(|b| b.is_ascii_graphic());
    if fits(text.value) {
        return Some(text.value.to_owned());
    }
    let why = format!("`{key}` cannot be `{}`", shown(text.value));
    problems.tell(text.line, why, format!("write 1 to {MAX_TEXT} plain characters without spaces"));
    None
}

fn address(problems: &mut Problems<'_>, section: Section<'_>, key: &str, schemes: &[&str]) -> Option<String> {
    let text = section.string(problems, key)?;
    let value = plain(problems, key, text)?;
    if schemes.iter().any(|scheme| value.starts_with(scheme)) {
        return Some(value);
    }
    let why = format!("`{key}` cannot be `{}`", shown(&value));
    problems.tell(text.line, why, format!("write an address, such as `{key} = \"https://login.example.org\"`"));
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::HostConfig;

    fn parse(text: &str) -> Result<Option<OAuth>, String> {
        let text = format!("[mcp.a]\nurl = \"https://a.example/mcp\"\n{text}");
        let config = HostConfig::parse("loket.toml", &text).map_err(|report| report.to_string())?;
        Ok(config.live.mcp["a"].oauth.clone())
    }

    #[test]
    fn what_is_said_of_a_login_is_read() {
        assert_eq!(parse("").expect("nothing is fine"), None);
        assert_eq!(parse("[mcp.a.oauth]\n").expect("an empty one is fine"), Some(OAuth::default()));
        let own = parse(
            "[mcp.a.oauth]\nclient_id = \"me\"\nsecret = \"mine\"\nscopes = [\"read\", \"write\"]\nport = 8765\n\
             issuer = \"https://login.example.org\"\ngrant = \"client-credentials\"\n",
        );
        let own = own.expect("it can be read").expect("it is there");
        assert_eq!((own.grant, own.client_id.as_deref(), own.port), (Grant::Credentials, Some("me"), Some(8765)));
        assert_eq!((own.scopes.len(), own.issuer.as_deref()), (2, Some("https://login.example.org")));
    }

    #[test]
    fn what_cannot_be_meant_is_told() {
        for (text, word) in [
            ("oauth = 7\n", "a table"),
            ("[mcp.a.oauth]\nclientid = \"x\"\n", "did you mean `client_id`"),
            ("[mcp.a.oauth]\ngrant = \"password\"\n", "client-credentials"),
            ("[mcp.a.oauth]\nsecret = \"x\"\n", "no `client_id`"),
            ("[mcp.a.oauth]\ngrant = \"client-credentials\"\nclient_id = \"x\"\n", "`secret` or `key`"),
            ("[mcp.a.oauth]\ngrant = \"assertion\"\nclient_id = \"x\"\n", "`token`"),
            ("[mcp.a.oauth]\ngrant = \"identity\"\n", "identity_issuer"),
            ("[mcp.a.oauth]\ndocument = \"http://a.example/x\"\n", "cannot be"),
            ("[mcp.a.oauth]\nscopes = [\"a b\"]\n", "without spaces"),
            ("[mcp.a.oauth]\nport = 80\n", "1024"),
            ("secret = \"x\"\n[mcp.a.oauth]\n", "both `secret` and `oauth`"),
        ] {
            let told = parse(text).expect_err(text);
            assert!(told.contains(word), "{text}: {told}");
        }
    }
}
