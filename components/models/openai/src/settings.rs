//! Which server, which model and which secret: what the owner wrote in `loket.toml`, under `[models.NAME]`.

use crate::Error;
use crate::client::Header;

/// How the model is offered tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tools {
    /// As the server has it: for models that were trained to call tools.
    Native,
    /// By a JSON Schema that the answer must fit: for models that were not, on servers that can enforce one.
    JsonSchema,
    /// Not at all.
    None,
}

/// One model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What the owner calls it.
    pub name: String,
    /// Where the server's interface begins: `http://127.0.0.1:8080/v1`.
    pub url: String,
    /// What the server calls it.
    pub model: String,
    /// The secret with the key, for servers that want one.
    pub key: Option<String>,
    /// The header that carries the key.
    pub header: String,
    /// How it is offered tools.
    pub tools: Tools,
}

impl Settings {
    /// Reads the settings of the model `wanted`, or of the only one.
    ///
    /// # Errors
    /// `not-found` and `invalid`, with what to write where.
    pub fn read(pairs: &[(String, String)], wanted: Option<&str>) -> Result<Settings, Error> {
        let mut names: Vec<&str> = pairs
            .iter()
            .filter_map(|(key, _)| key.strip_prefix("models.")?.rsplit_once('.').map(|(name, _)| name))
            .collect();
        names.sort_unstable();
        names.dedup();
        let name = match (wanted, names.as_slice()) {
            (Some(wanted), _) if names.contains(&wanted) => wanted,
            (None, [only]) => only,
            (_, []) => {
                return Err(Error::NotFound(format!(
                    "`loket.toml` has no model for this adapter: write a table there, for example {EXAMPLE}, \
                     then start the host anew"
                )));
            }
            (Some(wanted), _) => {
                return Err(Error::NotFound(format!(
                    "`loket.toml` has no `[models.{}]` for this adapter; it has {}",
                    wanted.escape_debug(),
                    listed(&names)
                )));
            }
            (None, _) => {
                return Err(Error::Invalid(format!(
                    "this adapter serves {}: name one of them as `model` in the agent's `agent.toml`",
                    listed(&names)
                )));
            }
        };
        let get = |key: &str| {
            let value = pairs.iter().find(|(full, _)| {
                full.strip_prefix("models.").and_then(|rest| rest.strip_prefix(name)?.strip_prefix('.')) == Some(key)
            });
            value.map(|(_, value)| value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let missing = |key: &str, example: &str| {
            Error::Invalid(format!("`[models.{name}]` in `loket.toml` has no `{key}`: write `{key} = \"{example}\"`"))
        };
        let url = get("url").ok_or_else(|| missing("url", "http://127.0.0.1:8080/v1"))?;
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(Error::Invalid(format!(
                "`url` of `[models.{name}]` in `loket.toml` is `{}`, which is no address: write `http://` or `https://`, \
                 the host, and mostly `/v1`",
                url.escape_debug()
            )));
        }
        let tools = match get("tools").as_deref() {
            None | Some("native") => Tools::Native,
            Some("json-schema") => Tools::JsonSchema,
            Some("none") => Tools::None,
            Some(other) => {
                return Err(Error::Invalid(format!(
                    "`tools` of `[models.{name}]` in `loket.toml` is `{}`: it is `native`, `json-schema` or `none`",
                    other.escape_debug()
                )));
            }
        };
        Ok(Settings {
            name: name.to_owned(),
            url: url.trim_end_matches('/').to_owned(),
            model: get("model").ok_or_else(|| missing("model", "smollm2"))?,
            key: get("key"),
            header: get("header").unwrap_or_else(|| "authorization".to_owned()),
            tools,
        })
    }

    /// The server's host, with its port where it has one.
    pub fn host(&self) -> &str {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority.rsplit_once('@').map_or(authority, |(_, host)| host)
    }

    /// The headers of a request.
    pub fn headers(&self) -> Vec<Header> {
        let header = |name: &str, value: String| Header { name: name.to_owned(), value };
        let mut headers = vec![
            header("content-type", "application/json".into()),
            header("accept", "text/event-stream, application/json".into()),
        ];
        if let Some(key) = &self.key {
            // The host puts the value in; it never comes here.
            let bearer = if self.header.eq_ignore_ascii_case("authorization") { "Bearer " } else { "" };
            headers.push(header(&self.header, format!("{bearer}{{{{secret:{key}}}}}")));
        }
        headers
    }

    /// The command that lets this adapter reach its server.
    pub fn grant(&self) -> String {
        let secret = self.key.as_ref().map(|key| format!(" --secret {key}")).unwrap_or_default();
        format!("loket grant loket:openai loket:http/client --host {}{secret}", self.host())
    }
}

const EXAMPLE: &str = "`[models.local]` with `adapter = \"loket:openai\"`, `url = \"http://127.0.0.1:8080/v1\"` and `model = \"smollm2\"`";

fn listed(names: &[&str]) -> String {
    names.iter().take(20).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        text.lines().filter_map(|line| line.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
    }

    const TWO: &str = "models.a.url=http://127.0.0.1:8080/v1/\nmodels.a.model=small\nmodels.b.url=https://b.example/v1\n\
                       models.b.model=large\nmodels.b.key=b-key\nmodels.b.tools=json-schema";

    #[test]
    fn a_model_is_read_by_its_name() {
        let a = Settings::read(&pairs(TWO), Some("a")).expect("it is there");
        assert_eq!((a.url.as_str(), a.host(), a.tools), ("http://127.0.0.1:8080/v1", "127.0.0.1:8080", Tools::Native));
        assert_eq!(a.headers().len(), 2, "no key, no header for one");
        let b = Settings::read(&pairs(TWO), Some("b")).expect("it is there");
        assert_eq!((b.model.as_str(), b.tools), ("large", Tools::JsonSchema));
        assert!(b.headers().iter().any(|h| h.name == "authorization" && h.value == "Bearer {{secret:b-key}}"));
        assert_eq!(b.grant(), "loket grant loket:openai loket:http/client --host b.example --secret b-key");
    }

    #[test]
    fn a_key_may_have_a_header_of_its_own() {
        let text = "models.a.url=https://a.example\nmodels.a.model=m\nmodels.a.key=k\nmodels.a.header=api-key";
        let a = Settings::read(&pairs(text), None).expect("it is the only one");
        assert!(a.headers().iter().any(|h| h.name == "api-key" && h.value == "{{secret:k}}"));
    }

    #[track_caller]
    fn refuse(text: &str, wanted: Option<&str>, expect: &str) {
        let error = format!("{:?}", Settings::read(&pairs(text), wanted).expect_err(text));
        assert!(error.contains(expect), "{error}");
    }

    #[test]
    fn what_is_missing_is_told_with_what_to_write() {
        refuse("", None, "has no model for this adapter: write a table there, for example `[models.local]`");
        refuse(TWO, Some("c"), "has no `[models.c]` for this adapter; it has `a`, `b`");
        refuse(TWO, None, "this adapter serves `a`, `b`: name one of them");
        refuse("models.a.model=m", None, "has no `url`");
        refuse("models.a.url=http://a", None, "has no `model`");
        refuse("models.a.url=a.example\nmodels.a.model=m", None, "is `a.example`, which is no address");
        refuse(
            "models.a.url=http://a\nmodels.a.model=m\nmodels.a.tools=x",
            None,
            "it is `native`, `json-schema` or `none`",
        );
    }
}
