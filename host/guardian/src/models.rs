//! Which models there are, and what packages are told of themselves: `[models.NAME]` and `[config."acme:tool"]` of `loket.toml`.
//!
//! A model is an adapter, and what that has to know: where the server is, what the server calls the model, and the secret's name that
//! opens it. The adapter reads this as its own settings, through `wasi:config/store`, under `models.NAME.KEY`.

use crate::money::{Currency, Price};
use crate::reader::{Problems, Section, Text};
use loket_registry::name::shown;
use loket_registry::{PackageName, PackageReq};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::Arc;
use thiserror::Error;

/// How many models, and how many packages with settings, a configuration may name.
pub const MAX_ENTRIES: usize = 100;
/// How many settings a package may have.
pub const MAX_SETTINGS: usize = 200;
/// How many characters a model's name may have.
pub const MAX_MODEL_NAME: usize = 64;
/// What a model's table may say beside its adapter.
const KEYS: [&str; 12] =
    ["adapter", "url", "model", "key", "header", "tools", "pictures", "api", "embed", "context", "tokens", "patience"];
/// Those of them that are numbers, with their bounds: tokens, tokens, seconds.
const NUMBERS: [(&str, RangeInclusive<u32>); 3] =
    [("context", 256..=100_000_000), ("tokens", 1..=10_000_000), ("patience", 0..=120)];
/// What it says to the host itself, and the adapter needs not know.
const HOST_KEYS: [&str; 2] = ["price", "first_token_seconds"];
/// How many seconds a model may be given for its first token.
const FIRST_TOKEN_SECONDS: RangeInclusive<u32> = 1..=3600;

/// Keys with their values, by package.
pub type Settings = BTreeMap<String, BTreeMap<String, String>>;

/// What the owner calls a model: words of lower-case letters and digits, joined by single hyphens.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelName(Arc<str>);

/// A text that is no model's name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{}` is no name for a model: write at most {MAX_MODEL_NAME} lower-case letters and digits in kebab case, such as `local`, beginning with a letter", shown(.0))]
pub struct ModelNameError(String);

/// What an agent thinks with, as its manifest names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelChoice {
    /// A model of `loket.toml`: `local`.
    Named(ModelName),
    /// A model package that needs no settings, or has one model only: `loket:offline`.
    Package(PackageReq),
}

/// A text that names no model.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{}` names no model: write one of `loket.toml`, such as `local`, or a package, such as `loket:offline`", shown(.0))]
pub struct ModelChoiceError(String);

/// A model of `loket.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelEntry {
    /// The package that speaks to it.
    pub adapter: PackageName,
    /// What that has to know: `url`, `model`, `key`, and so on.
    pub settings: BTreeMap<String, String>,
    /// What it costs, where that is known.
    pub price: Option<Price>,
    /// How many seconds its first token may take before the next model of an agent is asked; as usual where it is not said.
    pub first_token_seconds: Option<u32>,
}

impl ModelEntry {
    /// Where its server is.
    pub fn url(&self) -> Option<&str> {
        self.settings.get("url").map(String::as_str)
    }

    /// What its server calls it.
    pub fn model(&self) -> Option<&str> {
        self.settings.get("model").map(String::as_str)
    }

    /// The host of its server, with the port where there is one.
    pub fn host(&self) -> Option<&str> {
        let rest = self.settings.get("url")?.split_once("://")?.1;
        let authority = rest.split(['/', '?', '#']).next()?;
        Some(authority.rsplit_once('@').map_or(authority, |(_, host)| host))
    }

    /// The name of the secret that opens it.
    pub fn key(&self) -> Option<&str> {
        self.settings.get("key").map(String::as_str)
    }
}

/// Reads `[models]`.
pub(crate) fn models(
    problems: &mut Problems<'_>,
    root: Section<'_>,
    currency: &Currency,
) -> BTreeMap<ModelName, ModelEntry> {
    let mut models = BTreeMap::new();
    for (name, section) in root.entries(problems, "models", MAX_ENTRIES) {
        section.known(problems, &[&KEYS[..], &HOST_KEYS].concat());
        section.needs(problems, "adapter", "\"loket:openai\"");
        section.needs(problems, "url", "\"http://127.0.0.1:8080/v1\"");
        let adapter = section.string(problems, "adapter").and_then(|text| text.parse(problems, "adapter"));
        let mut settings = BTreeMap::new();
        for (key, bounds) in NUMBERS {
            if let Some(number) = section.number(problems, key, bounds) {
                settings.insert(key.to_owned(), number.to_string());
            }
        }
        for key in KEYS[1..].iter().filter(|key| NUMBERS.iter().all(|(number, _)| number != *key)) {
            if let Some(text) = section.string(problems, key)
                && check(problems, key, text)
            {
                settings.insert((*key).to_owned(), text.value.to_owned());
            }
        }
        let price = section.section(problems, "price").and_then(|section| price(problems, section, currency));
        let first_token_seconds = section.number(problems, "first_token_seconds", FIRST_TOKEN_SECONDS);
        if let (Some(name), Some(adapter)) = (name.parse::<ModelName>(problems, "models"), adapter) {
            models.insert(name, ModelEntry { adapter, settings, price, first_token_seconds });
        }
    }
    models
}

/// Reads `[models.NAME.price]`. All prices of a home are in one currency: what is in two cannot be added up.
fn price(problems: &mut Problems<'_>, section: Section<'_>, currency: &Currency) -> Option<Price> {
    section.known(problems, &["input", "output", "cached", "currency"]);
    section.needs(problems, "input", "1.25");
    section.needs(problems, "output", "10.00");
    if let Some(text) = section.string(problems, "currency")
        && let Some(own) = text.parse::<Currency>(problems, "currency")
        && own != *currency
    {
        let why = format!("this price is in {own}, and those of this home are in {currency}");
        problems.tell(
            text.line,
            why,
            format!("write the price in {currency}, or `currency = \"{own}\"` in `[budget]`"),
        );
    }
    let [input, output, cached] = ["input", "output", "cached"].map(|key| section.money(problems, key));
    Some(Price { input: input?, output: output?, cached: cached.or(input)? })
}

/// What can be said of a setting without knowing the adapter.
fn check(problems: &mut Problems<'_>, key: &str, text: Text<'_>) -> bool {
    let next = match key {
        "url" if !text.value.starts_with("http://") && !text.value.starts_with("https://") => {
            "write an address, such as `url = \"http://127.0.0.1:8080/v1\"`"
        }
        "tools" if !["native", "json-schema", "none"].contains(&text.value) => {
            "write `tools = \"native\"`, `\"json-schema\"` or `\"none\"`"
        }
        "pictures" if !["sent", "none"].contains(&text.value) => "write `pictures = \"sent\"` or `\"none\"`",
        "api" if !["chat", "responses"].contains(&text.value) => "write `api = \"chat\"` or `\"responses\"`",
        _ if text.value.trim().is_empty() || text.value.contains(char::is_control) => "write one line of text",
        _ => return true,
    };
    problems.tell(text.line, format!("`{key}` cannot be `{}`", shown(text.value)), next);
    false
}

/// Reads `[config]`.
pub(crate) fn config(problems: &mut Problems<'_>, root: Section<'_>) -> Settings {
    let mut config = Settings::new();
    for (name, section) in root.entries(problems, "config", MAX_ENTRIES) {
        let pairs = section.pairs(problems, MAX_SETTINGS);
        if let Some(package) = name.parse::<PackageName>(problems, "config") {
            config.insert(package.to_string(), pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect());
        }
    }
    config
}

/// What each package is told, its models included.
pub(crate) fn settings(models: &BTreeMap<ModelName, ModelEntry>, config: &Settings) -> Settings {
    let mut all = config.clone();
    for (name, entry) in models {
        let own = all.entry(entry.adapter.to_string()).or_default();
        own.extend(entry.settings.iter().map(|(key, value)| (format!("models.{name}.{key}"), value.clone())));
    }
    all
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ModelName {
    type Err = ModelNameError;

    fn from_str(text: &str) -> Result<Self, ModelNameError> {
        let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
        if begins && text.len() <= MAX_MODEL_NAME && text.split('-').all(word) {
            return Ok(ModelName(text.into()));
        }
        Err(ModelNameError(text.to_owned()))
    }
}

impl fmt::Display for ModelChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ModelChoice::Named(name) => name.fmt(f),
            ModelChoice::Package(package) => package.fmt(f),
        }
    }
}

impl FromStr for ModelChoice {
    type Err = ModelChoiceError;

    fn from_str(text: &str) -> Result<Self, ModelChoiceError> {
        let choice = match text.contains(':') {
            true => text.parse().ok().map(ModelChoice::Package),
            false => text.parse().ok().map(ModelChoice::Named),
        };
        choice.ok_or_else(|| ModelChoiceError(text.to_owned()))
    }
}
