//! Which server: what the owner wrote in `loket.toml`, under `[config."loket:search"]`.

use crate::Error;

/// What to write.
const EXAMPLE: &str = "`[config.\"loket:search\"]` with `url = \"https://searx.example.org\"`";

/// The server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where it is, without a slash at its end: what is asked is its `search`.
    pub url: String,
    /// A header with its value, for a server that lets in only whoever has a key; `{{secret:NAME}}` stands for a secret.
    pub header: Option<(String, String)>,
}

impl Settings {
    /// Reads the settings.
    ///
    /// # Errors
    /// `not-found` and `invalid`, with what to write.
    pub fn read(pairs: &[(String, String)]) -> Result<Settings, Error> {
        let get = |name: &str| {
            let value = pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim());
            value.filter(|value| !value.is_empty())
        };
        let Some(url) = get("url") else {
            return Err(Error::NotFound(format!(
                "the owner has named no server to search with: write {EXAMPLE} in `loket.toml`, then `loket grant loket:search \
                 loket:http/client --host searx.example.org`"
            )));
        };
        let wrong = |why: &str| Error::Invalid(format!("`url` of `[config.\"loket:search\"]` {why}: write {EXAMPLE}"));
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let plain = |sign: char| sign.is_ascii_graphic() && !matches!(sign, '?' | '#' | '\\' | '@');
        if rest.is_none_or(|rest| rest.is_empty() || rest.starts_with('/') || !rest.chars().all(plain)) {
            return Err(wrong("is no address of a server"));
        }
        let url = url.trim_end_matches('/').to_owned();
        let header = match get("header").map(|header| header.split_once(':')) {
            None => None,
            Some(Some((name, value))) => Some((name.trim().to_owned(), value.trim().to_owned())),
            Some(None) => {
                return Err(Error::Invalid(
                    "`header` of `[config.\"loket:search\"]` is no header: write `header = \"Authorization: Bearer {{secret:searx}}\"`".into(),
                ));
            }
        };
        Ok(Settings { url, header })
    }

    /// The server's name, as an error tells it.
    pub fn server(&self) -> &str {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        rest.split('/').next().unwrap_or_default()
    }
}
