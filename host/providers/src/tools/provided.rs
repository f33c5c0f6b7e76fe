//! What components offer that is known only at run time: `loket:tools/provider`, asked at the counter like anything else.
//!
//! The shapes are those of the interface, read from a value's JSON; nothing of it is trusted beyond that: lists are cut where the interface
//! says that they end, and a tool without a name or a schema that can be used is left out.

use super::pictures::Sight;
use loket_kernel::{Call, CallError, Capability, Chain, Counter};
use loket_values::Value;
use loket_values::json::to_json;
use loket_values::names::MAX_NAME;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

/// The interface.
pub const PROVIDER: &str = "loket:tools/provider";
/// The most tools, prompts or templates of one component.
const MOST: usize = 256;
/// The most resources of one.
const MOST_RESOURCES: usize = 1_000;

/// A tool.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the fields are those of `loket:tools/provider`")]
pub struct Tool {
    pub name: String,
    pub title: Option<String>,
    pub description: String,
    pub parameters: String,
    pub returns: Option<String>,
    pub hints: Vec<String>,
}

impl Tool {
    /// The schema of its arguments: an object.
    pub fn schema(&self) -> Option<Map<String, Json>> {
        object(&self.parameters)
    }
}

/// A JSON object from its text.
pub fn object(text: &str) -> Option<Map<String, Json>> {
    match serde_json::from_str(text) {
        Ok(Json::Object(object)) => Some(object),
        _ => None,
    }
}

/// Bytes with a type.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of `loket:tools/provider`")]
pub struct Blob {
    pub mime: String,
    /// In base64.
    pub data: String,
}

/// What a resource holds.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the cases are those of `loket:tools/provider`")]
pub enum Body {
    Text(String),
    Blob(Blob),
}

/// A resource.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of `loket:tools/provider`")]
pub struct Resource {
    pub uri: String,
    pub name: String,
    pub description: String,
    pub mime: Option<String>,
}

/// A form of uris.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the fields are those of `loket:tools/provider`")]
pub struct Template {
    pub uri_template: String,
    pub name: String,
    pub description: String,
    pub mime: Option<String>,
}

/// A resource with what it holds.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of `loket:tools/provider`")]
pub struct Contents {
    pub resource: Resource,
    pub body: Body,
}

/// A piece of a result.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the cases are those of `loket:tools/provider`")]
pub enum Content {
    Text(String),
    Image(Blob),
    Audio(Blob),
    Embedded(Contents),
    Link(Resource),
    Other(String),
}

/// What a call came to.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of `loket:tools/provider`")]
pub struct Outcome {
    pub content: Vec<Content>,
    pub structured: Option<String>,
}

/// A form to fill in.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of `loket:tools/provider`")]
pub struct Form {
    pub message: String,
    pub schema: String,
}

/// What is asked.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the cases are those of `loket:tools/provider`")]
pub enum Request {
    Form(Form),
    Completion(String),
    Roots,
}

/// A question.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of `loket:tools/provider`")]
pub struct Question {
    pub name: String,
    pub request: Request,
}

/// A call that cannot go on without answers.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of `loket:tools/provider`")]
pub struct Pause {
    pub questions: Vec<Question>,
    pub state: Option<String>,
}

/// How a call goes on.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the cases are those of `loket:tools/provider`")]
pub enum Progress<T> {
    Done(T),
    InputRequired(Pause),
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the cases are those of `loket:tools/provider`")]
pub enum Role {
    User,
    Assistant,
}

/// A piece of a prompt.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of `loket:tools/provider`")]
pub struct Message {
    pub role: Role,
    pub content: Content,
}

/// A prompt.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of `loket:tools/provider`")]
pub struct Prompt {
    pub name: String,
    pub description: String,
    pub parameters: Vec<Parameter>,
}

/// A prompt's parameter.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of `loket:tools/provider`")]
pub struct Parameter {
    pub name: String,
    pub description: String,
    pub need: String,
}

/// The components that offer something at run time to the last principal of a chain, without asking anybody first: one whose lists wait for
/// the owner offers nothing.
pub fn offering(counter: &Counter, chain: &Chain) -> Vec<Capability> {
    let grants = counter.grants.now();
    let providers = counter.providers();
    let own = providers.iter().map(|provider| provider.capability()).filter(|capability| {
        *capability.interface == *PROVIDER
            && capability.version.is_empty()
            && !capability.is_host()
            && !capability.provider.starts_with("agent:")
    });
    own.filter(|capability| grants.check(chain, capability, "tools").is_ok()).cloned().collect()
}

/// What the interface lists.
pub trait Listed: DeserializeOwned + Send {
    /// The function that lists it.
    const FUNCTION: &'static str;
    /// How much of it one component may have.
    const MOST: usize = MOST;

    /// Whether anybody could use it.
    fn is_usable(&self) -> bool {
        true
    }
}

impl Listed for Tool {
    const FUNCTION: &'static str = "tools";

    fn is_usable(&self) -> bool {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let named = !self.name.is_empty() && self.name.len() <= MAX_NAME && self.name.chars().all(plain);
        named && self.schema().is_some() && self.returns.as_deref().is_none_or(|schema| object(schema).is_some())
    }
}

impl Listed for Resource {
    const FUNCTION: &'static str = "resources";
    const MOST: usize = MOST_RESOURCES;
}

impl Listed for Template {
    const FUNCTION: &'static str = "templates";
}

impl Listed for Prompt {
    const FUNCTION: &'static str = "prompts";
}

/// What one component lists, asked for on behalf of a call; what nobody could use is left out.
///
/// # Errors
/// What the call came to.
pub async fn list<T: Listed>(counter: &Counter, call: &Call, of: &Capability) -> Result<Vec<T>, CallError> {
    let asked = call.onward(of.clone(), T::FUNCTION, Vec::new());
    let mut all: Vec<T> = read(of, counter.call(asked).await?)?;
    let told = all.len();
    all.retain(T::is_usable);
    if all.len() < told {
        tracing::warn!(component = %of.provider, list = T::FUNCTION, unusable = told - all.len(), "loket.tools.unusable");
    }
    all.truncate(T::MOST);
    Ok(all)
}

/// Answers to what was asked: the state that came with it, and by each question's name an object, as JSON.
pub type Answers = (Option<String>, Vec<(String, String)>);

/// The arguments of `call` and of `render`.
pub fn arguments(name: &str, arguments: String, answers: Option<Answers>) -> Vec<Value> {
    let some = |value: Value| Value::Option(Some(Box::new(value)));
    let text = |text: String| Value::String(text);
    let answers = answers.map(|(state, answers)| {
        let answers = answers.into_iter().map(|(name, value)| {
            Value::Record(vec![("name".to_owned(), text(name)), ("value".to_owned(), text(value))])
        });
        some(Value::Record(vec![
            ("state".to_owned(), state.map_or(Value::Option(None), |state| some(text(state)))),
            ("answers".to_owned(), Value::List(answers.collect())),
        ]))
    });
    vec![text(name.to_owned()), text(arguments), answers.unwrap_or(Value::Option(None))]
}

/// What a function of the interface answered: the value in its `ok`.
///
/// # Errors
/// What it said in its `err`; `failed` where the component was built for another contract.
pub fn read<T: DeserializeOwned>(of: &Capability, answer: Option<Value>) -> Result<T, CallError> {
    let foreign = |why: &dyn std::fmt::Display| {
        CallError::Failed(format!("`{}` answers otherwise than this host's `{PROVIDER}`: {why}", of.provider))
    };
    match answer {
        Some(Value::Result(Ok(Some(value)))) => serde_json::from_value(to_json(&value)).map_err(|e| foreign(&e)),
        Some(Value::Result(Err(Some(error)))) => {
            Err(CallError::from_value(&error).unwrap_or_else(|| foreign(&"an error of no known kind")))
        }
        _ => Err(foreign(&"there is no result")),
    }
}

/// The outcome of a function that answers with one, as those of servers of tools do; nothing where it is none.
pub(super) fn outcome(value: &Value) -> Option<Outcome> {
    let Value::Result(Ok(Some(outcome))) = value else { return None };
    serde_json::from_value(to_json(outcome)).ok()
}

/// A result for a model that reads JSON: its structured form where there is one, with what is no words beside it; its words where it has
/// nothing else; else its pieces. Bytes are told of; pictures are shown beside as far as can be seen, and all else is left out.
pub(super) fn for_a_model(outcome: &Outcome, sight: &mut Sight) -> Json {
    if let Some(structured) = outcome.structured.as_deref().and_then(|text| serde_json::from_str::<Json>(text).ok()) {
        // Words are the same once more there.
        let besides = outcome.content.iter().filter(|piece| !matches!(piece, Content::Text(_)));
        return match pieces(besides, sight) {
            Json::Array(none) if none.is_empty() => structured,
            besides => serde_json::json!({ "result": structured, "besides": besides }),
        };
    }
    pieces(outcome.content.iter(), sight)
}

fn pieces<'c>(content: impl Iterator<Item = &'c Content>, sight: &mut Sight) -> Json {
    let resource = |resource: &Resource| serde_json::json!({ "kind": "resource", "uri": resource.uri, "name": resource.name, "mime": resource.mime });
    let pieces: Vec<Json> = content
        .map(|piece| match piece {
            Content::Text(text) => Json::String(text.clone()),
            Content::Image(blob) => sight.piece("image", blob),
            Content::Audio(blob) => sight.piece("audio", blob),
            Content::Link(link) => resource(link),
            Content::Embedded(contents) => {
                let mut told = resource(&contents.resource);
                match &contents.body {
                    Body::Text(text) => told["text"] = Json::String(text.clone()),
                    Body::Blob(blob) => told["body"] = sight.piece("bytes", blob),
                }
                told
            }
            Content::Other(text) => serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.clone())),
        })
        .collect();
    match <[Json; 1]>::try_from(pieces) {
        Ok([only]) => only,
        Err(pieces) => Json::Array(pieces),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn outcome(content: Vec<Content>, structured: Option<&str>) -> Json {
        for_a_model(&Outcome { content, structured: structured.map(str::to_owned) }, &mut Sight::none())
    }

    #[test]
    fn a_model_is_told_words_and_structure_and_that_there_are_bytes() {
        let text = || Content::Text("hi".to_owned());
        let image = || Content::Image(Blob { mime: "image/png".to_owned(), data: "AAAA".to_owned() });
        assert_eq!(outcome(vec![text()], None), json!("hi"));
        assert_eq!(outcome(vec![text()], Some("{\"a\":1}")), json!({ "a": 1 }));
        let besides = outcome(vec![text(), image()], Some("1"));
        let picture = json!({ "kind": "image", "mime": "image/png", "bytes": 3, "left-out": true });
        assert_eq!(besides, json!({ "result": 1, "besides": picture }));
        assert_eq!(outcome(vec![], None), json!([]));
        let both = outcome(vec![text(), image()], None);
        assert_eq!(both, json!(["hi", { "kind": "image", "mime": "image/png", "bytes": 3, "left-out": true }]));
    }

    #[test]
    fn a_tool_that_nobody_could_call_is_left_out() {
        let tool = |name: &str, parameters: &str| Tool {
            name: name.to_owned(),
            title: None,
            description: String::new(),
            parameters: parameters.to_owned(),
            returns: None,
            hints: Vec::new(),
        };
        assert!(tool("a-b_C9", "{}").is_usable());
        for (name, schema) in [("", "{}"), ("a b", "{}"), ("a\x1b[2J", "{}"), ("a", "[]"), ("a", "{"), ("a", "true")] {
            assert!(!tool(name, schema).is_usable(), "{name:?} {schema}");
        }
        assert!(!tool(&"a".repeat(65), "{}").is_usable());
    }
}
