//! What a grant for HTTP says: `host`, `method`, `secret`.

use super::pattern::HostPattern;
use super::secret::is_name;
use hyper::Method;
use loket_kernel::Terms;

/// The keys.
pub const KEYS: [&str; 3] = ["host", "method", "secret"];

/// Reads the terms of a grant that is being made, and gives them back in one spelling.
///
/// # Errors
/// What is wrong with them, and what would be right.
pub fn read(terms: &Terms) -> Result<Terms, String> {
    let mut kept: Vec<(&str, String)> = Vec::new();
    for (key, value) in terms.pairs() {
        let value = match key {
            "host" => HostPattern::parse(value).map_err(|e| e.to_string())?.to_string(),
            "method" => method(&value.to_ascii_uppercase())?.to_string(),
            "secret" if is_name(value) => value.to_owned(),
            "secret" => {
                return Err(format!("`{}` names no secret; `loket secret list` shows them", value.escape_default()));
            }
            other => {
                let other = other.escape_default();
                return Err(format!("HTTP knows no `{other}`; it knows `host`, `method` and `secret`"));
            }
        };
        kept.push((key, value));
    }
    if !kept.is_empty() && !kept.iter().any(|(key, _)| *key == "host") {
        return Err(
            "this grant names no host, so it would permit nothing; name one with `--host example.org`".to_owned()
        );
    }
    Ok(Terms::new(kept.iter().map(|(key, value)| (*key, value.as_str()))))
}

/// Reads a method, which is in capitals.
///
/// # Errors
/// When it is none, or one that makes a tunnel or a mirror of the server.
pub fn method(text: &str) -> Result<Method, String> {
    let shown: String = text.chars().take(40).flat_map(char::escape_default).collect();
    if matches!(text, "CONNECT" | "TRACE" | "TRACK") {
        return Err(format!("`{shown}` is not sent: it asks for no document"));
    }
    if text.is_empty() || text.len() > 40 || !text.bytes().all(|b| b.is_ascii_uppercase() || b == b'-') {
        return Err(format!("`{shown}` is no method; write one in capitals, such as `GET`"));
    }
    Method::from_bytes(text.as_bytes()).map_err(|_| format!("`{shown}` is no method"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_kept_in_one_spelling() {
        let given =
            Terms::new([("host", "Example.ORG."), ("host", "example.org"), ("method", "get"), ("secret", "token")]);
        let kept = Terms::new([("host", "example.org"), ("method", "GET"), ("secret", "token")]);
        assert_eq!(read(&given).as_ref(), Ok(&kept));
        assert_eq!(read(&kept).as_ref(), Ok(&kept));
        assert_eq!(read(&Terms::default()), Ok(Terms::default()));
    }

    #[test]
    fn what_permits_nothing_is_refused_and_told_what_would() {
        for (key, value, word) in [
            ("host", "10.0.0.1", "port"),
            ("folder", "/tmp", "`host`, `method` and `secret`"),
            ("method", "GET", "--host"),
            ("method", "CONNECT", "not sent"),
            ("method", "G T", "capitals"),
            ("secret", "Not A Name", "loket secret list"),
        ] {
            let error = read(&Terms::new([(key, value)])).expect_err(value);
            assert!(error.contains(word), "{key} {value}: {error}");
        }
    }
}
