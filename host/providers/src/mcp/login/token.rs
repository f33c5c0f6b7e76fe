//! Tokens asked for by one request, without a person: renewed ones, and those that a client's own secret, key or assertion opens.

use super::kept::scopes;
use super::sign::{SigningKey, assertion};
use super::wire::{Wire, said};
use crate::http::headers::Header;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use loket_kernel::counter::now;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use url::form_urlencoded::{Serializer, byte_serialize};
use zeroize::Zeroizing;

/// The longest token, in bytes: a secret has no more.
const LONGEST: usize = 16 << 10;
/// How long before its end a token is made anew, at most, in milliseconds.
const EARLY: u64 = 60_000;
/// How long a token may be said to be good, in seconds.
const LONGEST_LIFE: u64 = 366 * 24 * 3_600;

/// How a client proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Means {
    /// It does not: it only says its name.
    Nothing,
    /// By its secret, in a header.
    Basic,
    /// By its secret, in the request.
    Post,
    /// By what it signs.
    Key,
}

/// A client, as an authorization server knows it.
pub(super) struct Known {
    pub(super) client: String,
    pub(super) means: Means,
    /// Its secret, or its key.
    pub(super) secret: Option<Zeroizing<String>>,
    /// For whom a proof is signed.
    pub(super) issuer: String,
}

/// What was given.
pub(super) struct Given {
    pub(super) access: Zeroizing<String>,
    pub(super) refresh: Option<Zeroizing<String>>,
    /// What it is good for, where that was said.
    pub(super) scopes: Option<Vec<String>>,
    /// Until when it is good, and from when on it is to be made anew.
    pub(super) until: Option<u64>,
    pub(super) renew: Option<u64>,
    /// Whether it is bound to a key.
    pub(super) is_bound: bool,
    /// What kind it was said to be, where it is not for a server.
    pub(super) kind: Option<String>,
}

/// Why nothing was given.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotGiven {
    /// What was shown is good for nothing any more, and would not be if it was shown again.
    #[error("{0}")]
    Refused(String),
    /// It may be given another time.
    #[error("{0}")]
    Failed(String),
}

impl Means {
    /// What a server understands of what a client with a secret could do; where it says nothing, what all of them understand.
    pub(super) fn of(methods: &[String]) -> Means {
        let has = |method: &str| methods.iter().any(|known| known == method);
        match has("client_secret_post") && !has("client_secret_basic") {
            true => Means::Post,
            false => Means::Basic,
        }
    }
}

/// Asks for a token.
///
/// # Errors
/// Why none was given.
pub(super) async fn ask(wire: &Wire, endpoint: &str, known: &Known, form: &[(&str, &str)]) -> Result<Given, NotGiven> {
    let failed = |why: String| NotGiven::Failed(why);
    let (headers, body) = written(known, form)?;
    let answer = wire.send("POST", endpoint, headers, body).await.map_err(failed)?;
    match answer.head.status {
        200..=299 => read(&answer.body).map_err(failed),
        status => {
            let why = said(&answer.body, status);
            Err(if ends(&answer.body) { NotGiven::Refused(why) } else { NotGiven::Failed(why) })
        }
    }
}

/// Whether an error says that what was shown is good for nothing any more: only in these words (RFC 6749, 5.2). A server that has a bad day
/// answers with anything else, and whoever was logged in should be so still when that is over.
fn ends(body: &[u8]) -> bool {
    let said: Json = serde_json::from_slice(body).unwrap_or_default();
    matches!(said["error"].as_str(), Some("invalid_grant" | "unauthorized_client"))
}

/// The headers and the body of a request by a client, which proves in one of them who it is.
fn written(known: &Known, form: &[(&str, &str)]) -> Result<(Vec<Header>, Vec<u8>), NotGiven> {
    let failed = |why: String| NotGiven::Failed(why);
    let mut body = Serializer::new(String::new());
    for (name, value) in form {
        body.append_pair(name, value);
    }
    let header = |name: &str, value: &str| Header { name: name.to_owned(), value: value.to_owned() };
    let mut headers =
        vec![header("content-type", "application/x-www-form-urlencoded"), header("accept", "application/json")];
    match (known.means, known.secret.as_ref()) {
        (Means::Nothing, _) => drop(body.append_pair("client_id", &known.client)),
        (Means::Post, Some(secret)) => {
            body.append_pair("client_id", &known.client).append_pair("client_secret", secret);
        }
        (Means::Basic, Some(secret)) => {
            let escaped = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
            let pair = Zeroizing::new(format!("{}:{}", escaped(&known.client), escaped(secret)));
            headers.push(header("authorization", &format!("Basic {}", STANDARD.encode(pair.as_bytes()))));
        }
        (Means::Key, Some(key)) => {
            let key = SigningKey::read(key).map_err(failed)?;
            let proof = assertion(&key, &known.client, &known.issuer, now() / 1_000).map_err(failed)?;
            body.append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
            body.append_pair("client_assertion", &proof);
        }
        (_, None) => {
            return Err(failed(format!("the secret of the client `{}` is not there", known.client)));
        }
    }
    Ok((headers, body.finish().into_bytes()))
}

/// Reads what was given.
///
/// # Errors
/// When it is no token that could be kept and shown.
pub(super) fn read(body: &[u8]) -> Result<Given, String> {
    let said: Json = serde_json::from_slice(body).map_err(|_| "its answer is no JSON".to_owned())?;
    let text = |key: &str| said[key].as_str().filter(|text| !text.is_empty());
    let token = |text: &str| -> Result<Zeroizing<String>, String> {
        match text.len() <= LONGEST && text.bytes().all(|b| b.is_ascii_graphic()) {
            true => Ok(Zeroizing::new(text.to_owned())),
            false => Err(format!("its token is no word of at most {LONGEST} plain characters")),
        }
    };
    let access = token(text("access_token").ok_or("its answer has no `access_token`")?)?;
    let refresh = text("refresh_token").map(token).transpose()?;
    let kind = text("token_type").unwrap_or("bearer").to_ascii_lowercase();
    let issued = text("issued_token_type").map(str::to_owned);
    if !matches!(kind.as_str(), "bearer" | "dpop") && issued.is_none() {
        return Err("its token is of a type that is not known: neither Bearer nor DPoP".to_owned());
    }
    // Some say the number as a text.
    let life = said["expires_in"].as_u64().or_else(|| text("expires_in")?.parse().ok());
    let life = life.map(|seconds| seconds.min(LONGEST_LIFE) * 1_000);
    let now = now();
    Ok(Given {
        access,
        refresh,
        scopes: text("scope").map(|scope| scopes(scope.split(' '))),
        until: life.map(|life| now + life),
        renew: life.map(|life| now + life - EARLY.min(life / 2)),
        is_bound: kind == "dpop",
        kind: issued,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_is_read_with_its_time_and_its_scopes() {
        let given = read(br#"{"access_token":"abc","token_type":"Bearer","expires_in":3600,"scope":"a b a"}"#);
        let given = given.expect("it can be read");
        assert_eq!(
            (given.access.as_str(), given.scopes.as_deref()),
            ("abc", Some(&["a".to_owned(), "b".to_owned()][..]))
        );
        let (until, renew) = (given.until.expect("a time"), given.renew.expect("a time"));
        assert!(until - renew == EARLY && !given.is_bound && given.refresh.is_none());
        let short = read(br#"{"access_token":"abc","token_type":"DPoP","expires_in":"10"}"#).expect("it can be read");
        assert!(short.is_bound && short.until.zip(short.renew).is_some_and(|(until, renew)| until - renew == 5_000));
    }

    #[test]
    fn what_is_no_token_is_told_and_not_shown() {
        for (text, word) in [
            (&b"<html>"[..], "no JSON"),
            (b"{}", "access_token"),
            (br#"{"access_token":"a\nbcdefgh","token_type":"bearer"}"#, "plain characters"),
            (br#"{"access_token":"abcdefgh","token_type":"mac"}"#, "not known"),
        ] {
            let why = read(text).err().expect("it is none");
            assert!(why.contains(word) && !why.contains("bcdefgh"), "{why}");
        }
    }

    #[test]
    fn only_what_says_so_ends_a_login() {
        for (body, is) in [
            (&br#"{"error":"invalid_grant","error_description":"revoked"}"#[..], true),
            (br#"{"error":"unauthorized_client"}"#, true),
            (br#"{"error":"invalid_client"}"#, false),
            (br#"{"error":"temporarily_unavailable"}"#, false),
            (br#"{"error":["invalid_grant"]}"#, false),
            (b"invalid_grant", false),
            (b"", false),
        ] {
            assert_eq!(ends(body), is, "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn a_secret_is_shown_as_the_server_understands_it() {
        let of = |methods: &[&str]| Means::of(&methods.iter().map(|m| (*m).to_owned()).collect::<Vec<_>>());
        assert_eq!((of(&[]), of(&["client_secret_post"])), (Means::Basic, Means::Post));
        assert_eq!((of(&["client_secret_post", "client_secret_basic"]), of(&["none"])), (Means::Basic, Means::Basic));
    }
}
