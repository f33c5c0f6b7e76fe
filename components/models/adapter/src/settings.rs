//! Which server, which model and which secret: what the owner wrote in `loket.toml`, under `[models.NAME]`.

use crate::Error;
use crate::client::{Header, Retry};
use std::collections::BTreeSet;

/// How long a busy server is tried again, in seconds, where the owner does not say.
const PATIENCE: u32 = 20;
/// The longest that it may be, in seconds.
const MOST_PATIENCE: u32 = 120;
/// How often a busy server is tried again at most.
const TRIES: u32 = 5;

/// What is particular to an adapter.
#[derive(Debug)]
pub struct About {
    /// The package: `loket:openai`.
    pub package: &'static str,
    /// An address of such a server, as an example.
    pub url: &'static str,
    /// A model of such a server, as an example.
    pub model: &'static str,
    /// The header that carries the key, where the owner does not say.
    pub header: &'static str,
    /// What `api` may be; the first when absent. Nothing for a server that has only one.
    pub apis: &'static [&'static str],
    /// Whether such servers can hold an answer to a schema, so that `tools = "json-schema"` works.
    pub forms: bool,
}

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
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whose they are.
    pub about: &'static About,
    /// What the owner calls it.
    pub name: String,
    /// Where the server's interface begins: `http://127.0.0.1:8080/v1`.
    pub url: String,
    /// What the server calls it; empty where the owner did not say.
    pub model: String,
    /// What the server calls the model that makes vectors, where that is another one.
    pub embed: Option<String>,
    /// The secret with the key, for servers that want one.
    pub key: Option<String>,
    /// The header that carries the key.
    pub header: String,
    /// Which of the server's interfaces is spoken; empty where it has only one.
    pub api: String,
    /// How it is offered tools.
    pub tools: Tools,
    /// Whether it is sent pictures.
    pub pictures: bool,
    /// How many tokens it holds at once, where the owner says.
    pub context: Option<u32>,
    /// How many tokens an answer may have, where whoever asks does not say.
    pub tokens: Option<u32>,
    /// How long a busy server is tried again, in seconds.
    pub patience: u32,
}

impl Settings {
    /// Reads the settings of the model `wanted`, or of the only one.
    ///
    /// # Errors
    /// `not-found` and `invalid`, with what to write where.
    pub fn read(about: &'static About, pairs: &[(String, String)], wanted: Option<&str>) -> Result<Settings, Error> {
        let name = chosen(about, pairs, wanted)?;
        let own = Own { name, pairs };
        let url = own.get("url").ok_or_else(|| own.missing("url", about.url))?;
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(own.wrong("url", &url, "no address", "`http://` or `https://`, the host, and mostly `/v1`"));
        }
        let tools = match own.get("tools").as_deref() {
            None | Some("native") => Tools::Native,
            Some("json-schema") if about.forms => Tools::JsonSchema,
            Some("none") => Tools::None,
            Some(other) if about.forms => {
                return Err(own.wrong("tools", other, "unknown", "`native`, `json-schema` or `none`"));
            }
            Some(other) => return Err(own.wrong("tools", other, "not for this adapter", "`native` or `none`")),
        };
        let pictures = match own.get("pictures").as_deref() {
            None | Some("sent") => true,
            Some("none") => false,
            Some(other) => return Err(own.wrong("pictures", other, "unknown", "`sent` or `none`")),
        };
        let api = own.get("api").unwrap_or_default();
        let api = match (about.apis, api.as_str()) {
            ([], "") => String::new(),
            ([], other) => return Err(own.wrong("api", other, "not for this adapter", "no `api`")),
            ([first, ..], "") => (*first).to_owned(),
            (known, other) if known.contains(&other) => other.to_owned(),
            (known, other) => return Err(own.wrong("api", other, "unknown", &listed(known))),
        };
        Ok(Settings {
            about,
            url: url.trim_end_matches('/').to_owned(),
            model: own.get("model").unwrap_or_default(),
            embed: own.get("embed"),
            key: own.get("key"),
            header: own.get("header").unwrap_or_else(|| about.header.to_owned()),
            api,
            tools,
            pictures,
            context: own.number("context")?,
            tokens: own.number("tokens")?,
            patience: own.number("patience")?.unwrap_or(PATIENCE).min(MOST_PATIENCE),
            name: name.to_owned(),
        })
    }

    /// What the server calls the model.
    ///
    /// # Errors
    /// `invalid` where the owner did not say.
    pub fn model(&self) -> Result<&str, Error> {
        let own = Own { name: &self.name, pairs: &[] };
        if self.model.is_empty() { Err(own.missing("model", self.about.model)) } else { Ok(&self.model) }
    }

    /// The server's host, with its port where it has one.
    pub fn host(&self) -> &str {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority.rsplit_once('@').map_or(authority, |(_, host)| host)
    }

    /// Whether the server is of a domain, at whatever port.
    pub fn is_of(&self, domain: &str) -> bool {
        let name = self.host().split(':').next().unwrap_or_default().to_ascii_lowercase();
        name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }

    /// The headers of a request.
    pub fn headers(&self) -> Vec<Header> {
        let header = |name: &str, value: String| Header { name: name.to_owned(), value };
        let mut headers = vec![
            header("content-type", "application/json".into()),
            header("accept", "text/event-stream, application/x-ndjson, application/json".into()),
        ];
        if let Some(key) = &self.key {
            // The host puts the value in; it never comes here.
            let bearer = if self.header.eq_ignore_ascii_case("authorization") { "Bearer " } else { "" };
            headers.push(header(&self.header, format!("{bearer}{{{{secret:{key}}}}}")));
        }
        headers
    }

    /// How often a busy server is tried again: the host waits, a component cannot.
    pub fn retry(&self) -> Option<Retry> {
        (self.patience > 0).then_some(Retry { times: TRIES, within: self.patience.saturating_mul(1000) })
    }

    /// The command that lets this adapter reach its server.
    pub fn grant(&self) -> String {
        let secret = self.key.as_ref().map(|key| format!(" --secret {key}")).unwrap_or_default();
        format!("loket grant {} loket:http/client --host {}{secret}", self.about.package, self.host())
    }
}

/// Which model's settings: the wanted one's, or the only one's.
fn chosen<'p>(about: &About, pairs: &'p [(String, String)], wanted: Option<&'p str>) -> Result<&'p str, Error> {
    let names = pairs.iter().filter_map(|(key, _)| key.strip_prefix("models.")?.rsplit_once('.').map(|(name, _)| name));
    let names: Vec<&str> = names.collect::<BTreeSet<_>>().into_iter().collect();
    match (wanted, names.as_slice()) {
        (Some(wanted), names) if names.contains(&wanted) => Ok(wanted),
        (None, [only]) => Ok(only),
        (_, []) => Err(Error::NotFound(format!(
            "`loket.toml` has no model for this adapter: write a table there, for example `[models.local]` with \
             `adapter = \"{}\"`, `url = \"{}\"` and `model = \"{}\"`",
            about.package, about.url, about.model
        ))),
        (Some(wanted), names) => Err(Error::NotFound(format!(
            "`loket.toml` has no `[models.{}]` for this adapter; it has {}",
            wanted.escape_debug(),
            listed(names)
        ))),
        (None, names) => Err(Error::Invalid(format!(
            "this adapter serves {}: name one of them as `model` in the agent's `agent.toml`",
            listed(names)
        ))),
    }
}

/// The settings of one model.
struct Own<'p> {
    name: &'p str,
    pairs: &'p [(String, String)],
}

impl Own<'_> {
    fn get(&self, key: &str) -> Option<String> {
        let value = self.pairs.iter().find(|(full, _)| {
            full.strip_prefix("models.").and_then(|rest| rest.strip_prefix(self.name)?.strip_prefix('.')) == Some(key)
        });
        value.map(|(_, value)| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    fn number(&self, key: &str) -> Result<Option<u32>, Error> {
        let Some(text) = self.get(key) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| self.wrong(key, &text, "no number", "a whole number, without quotes"))
    }

    fn missing(&self, key: &str, example: &str) -> Error {
        Error::Invalid(format!(
            "`[models.{}]` in `loket.toml` has no `{key}`: write `{key} = \"{example}\"`",
            self.name
        ))
    }

    fn wrong(&self, key: &str, value: &str, what: &str, write: &str) -> Error {
        Error::Invalid(format!(
            "`{key}` of `[models.{}]` in `loket.toml` is `{}`, which is {what}: write {write}",
            self.name,
            value.escape_debug()
        ))
    }
}

fn listed(names: &[&str]) -> String {
    names.iter().take(20).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    static ABOUT: About = About {
        package: "loket:openai",
        url: "http://127.0.0.1:8080/v1",
        model: "smollm2",
        header: "authorization",
        apis: &["chat", "responses"],
        forms: true,
    };
    static PLAIN: About = About { package: "loket:plain", header: "x-api-key", apis: &[], forms: false, ..ABOUT };

    fn pairs(text: &str) -> Vec<(String, String)> {
        text.lines().filter_map(|line| line.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
    }

    const TWO: &str = "models.a.url=http://127.0.0.1:8080/v1/\nmodels.a.model=small\nmodels.b.url=https://b.example/v1\n\
                       models.b.model=large\nmodels.b.key=b-key\nmodels.b.tools=json-schema\nmodels.b.api=responses\n\
                       models.b.context=8192\nmodels.b.patience=0";

    #[test]
    fn a_model_is_read_by_its_name() {
        let a = Settings::read(&ABOUT, &pairs(TWO), Some("a")).expect("it is there");
        assert_eq!((a.url.as_str(), a.host(), a.tools), ("http://127.0.0.1:8080/v1", "127.0.0.1:8080", Tools::Native));
        assert_eq!((a.api.as_str(), a.retry().map(|retry| retry.within)), ("chat", Some(20_000)));
        assert_eq!(a.headers().len(), 2, "no key, no header for one");
        let b = Settings::read(&ABOUT, &pairs(TWO), Some("b")).expect("it is there");
        assert_eq!((b.model.as_str(), b.tools, b.api.as_str()), ("large", Tools::JsonSchema, "responses"));
        assert_eq!((b.context, b.retry()), (Some(8192), None));
        assert!(b.headers().iter().any(|h| h.name == "authorization" && h.value == "Bearer {{secret:b-key}}"));
        assert_eq!(b.grant(), "loket grant loket:openai loket:http/client --host b.example --secret b-key");
    }

    #[test]
    fn a_key_may_have_a_header_of_its_own() {
        let text = "models.a.url=https://a.example\nmodels.a.model=m\nmodels.a.key=k\nmodels.a.header=api-key";
        let a = Settings::read(&ABOUT, &pairs(text), None).expect("it is the only one");
        assert!(a.headers().iter().any(|h| h.name == "api-key" && h.value == "{{secret:k}}"));
        let text = "models.a.url=https://a.example\nmodels.a.key=k";
        let a = Settings::read(&PLAIN, &pairs(text), None).expect("it is the only one");
        assert!(a.headers().iter().any(|h| h.name == "x-api-key" && h.value == "{{secret:k}}"));
    }

    #[track_caller]
    fn refuse(about: &'static About, text: &str, wanted: Option<&str>, expect: &str) {
        let read = Settings::read(about, &pairs(text), wanted).and_then(|settings| Ok(settings.model()?.to_owned()));
        let error = format!("{:?}", read.expect_err(text));
        assert!(error.contains(expect), "{error}");
    }

    #[test]
    fn what_is_missing_or_wrong_is_told_with_what_to_write() {
        let wrong = |key: &str, value: &str| format!("models.a.url=http://a\nmodels.a.model=m\nmodels.a.{key}={value}");
        refuse(&ABOUT, "", None, "has no model for this adapter: write a table there, for example `[models.local]`");
        refuse(&ABOUT, TWO, Some("c"), "has no `[models.c]` for this adapter; it has `a`, `b`");
        refuse(&ABOUT, TWO, None, "this adapter serves `a`, `b`: name one of them");
        refuse(&ABOUT, "models.a.model=m", None, "has no `url`");
        refuse(&ABOUT, "models.a.url=http://a", None, "has no `model`");
        refuse(&ABOUT, "models.a.url=a.example\nmodels.a.model=m", None, "is `a.example`, which is no address");
        refuse(&ABOUT, &wrong("tools", "x"), None, "`native`, `json-schema` or `none`");
        refuse(&ABOUT, &wrong("pictures", "false"), None, "is `false`, which is unknown: write `sent` or `none`");
        refuse(&ABOUT, &wrong("api", "x"), None, "write `chat`, `responses`");
        refuse(&ABOUT, &wrong("context", "many"), None, "is `many`, which is no number");
        refuse(&PLAIN, &wrong("tools", "json-schema"), None, "not for this adapter: write `native` or `none`");
        refuse(&PLAIN, &wrong("api", "chat"), None, "not for this adapter: write no `api`");
    }
}
