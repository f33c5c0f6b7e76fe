//! `loket:tools/catalog`: the tools granted to whoever asks, and calls to them by name.
//!
//! Files: [`listing`] which plain functions are a principal's tools, [`provided`] what components offer at run time, [`offers`] both,
//! `pictures` what of results can be seen; here, the calls. Each call by name is one more call at the counter, in the asker's name.

pub mod listing;
pub mod offers;
mod pictures;
pub mod provided;

use crate::native::Answers;
use async_trait::async_trait;
use futures::future::join_all;
use listing::{Listing, Tool};
use loket_guardian::mcp::McpName;
use loket_kernel::{Call, CallError, Capability, Counter, Labels, Provider, Reply};
use loket_values::json::{arguments, to_json};
use loket_values::{Interface, Value};
use offers::{Offer, Offers};
use pictures::{Picture, Sight};
use provided::{Outcome, Progress, for_a_model};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::sync::{Arc, Weak};

/// The most calls in one batch.
const BATCH: usize = 64;
/// The longest arguments of one call, in bytes.
const ARGUMENTS: usize = 1 << 20;

/// The catalog.
pub struct Catalog {
    answers: Answers,
    counter: Weak<Counter>,
}

#[derive(Serialize)]
struct Spec {
    name: String,
    description: String,
    parameters: String,
    origin: String,
}

#[derive(Deserialize)]
struct Invocation {
    name: String,
    arguments: String,
}

impl Catalog {
    /// Answers `interface` with what is behind a counter.
    pub fn new(interface: &Interface, counter: &Arc<Counter>) -> Catalog {
        Catalog { answers: Answers::new(interface), counter: Arc::downgrade(counter) }
    }

    fn counter(&self) -> Result<Arc<Counter>, CallError> {
        self.counter.upgrade().ok_or_else(|| CallError::Unavailable("the host is shutting down".into()))
    }
}

#[async_trait]
impl Provider for Catalog {
    fn capability(&self) -> &Capability {
        &self.answers.capability
    }

    fn interface(&self) -> &Interface {
        &self.answers.interface
    }

    /// It lists, and calls on.
    fn is_transparent(&self, _: &str) -> bool {
        true
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        let counter = self.counter()?;
        match &*call.function {
            "list" => {
                let specs: Vec<Spec> = Offers::of(&counter, &call)
                    .await?
                    .all()
                    .into_iter()
                    .map(|(name, tool)| Spec {
                        name: name.to_owned(),
                        description: tool.description(),
                        parameters: tool.parameters(),
                        origin: tool.origin(),
                    })
                    .collect();
                self.answers.ok(&call, specs, Labels::NONE)
            }
            "call" => {
                let (invocation,): (Invocation,) = self.answers.args(&call)?;
                let listing = Offers::named(&counter, &call, std::iter::once(&*invocation.name)).await?;
                let answer = invoke(&counter, &call, &listing, invocation).await?;
                self.answers.ok(&call, answer.text(&mut Sight::none()), Labels::NONE)
            }
            "call-all" | "see-all" => {
                let (invocations,): (Vec<Invocation>,) = self.answers.args(&call)?;
                let names = invocations.iter().map(|invocation| &*invocation.name);
                let listing = Offers::named(&counter, &call, names).await?;
                let answers = invoke_all(&counter, &call, listing, invocations).await;
                let value = match &*call.function {
                    "call-all" => told(&answers),
                    _ => Some(shown(&answers, Sight::of_a_batch()))
                        .filter(|value| value.size() <= call.turn.limits.result)
                        .unwrap_or_else(|| shown(&answers, Sight::taken_by_words())),
                };
                Ok(Reply { value: Some(value), labels: Labels::NONE })
            }
            other => Err(CallError::NotFound(format!("the catalog has no function `{other}`"))),
        }
    }
}

/// What a tool answered, before it is known how much of it can be seen.
enum Answer {
    /// JSON.
    Json(Json),
    /// Pieces.
    Outcome(Outcome),
    /// The answer to other arguments, which the owner let pass in the place of those that were asked for.
    Changed(Json, Box<Answer>),
}

impl Answer {
    fn json(&self, sight: &mut Sight) -> Json {
        match self {
            Answer::Json(json) => json.clone(),
            Answer::Outcome(outcome) => for_a_model(outcome, sight),
            // Whoever asked must not take the answer for one to its own words.
            Answer::Changed(used, answer) => json!({ "changed-by-owner": used, "result": answer.json(sight) }),
        }
    }

    fn text(&self, sight: &mut Sight) -> String {
        match self {
            Answer::Json(json) => json.to_string(),
            answer => answer.json(sight).to_string(),
        }
    }

    /// The same, where the owner changed the arguments to these.
    fn after(self, changed: Option<Json>) -> Answer {
        match changed {
            Some(used) => Answer::Changed(used, Box::new(self)),
            None => self,
        }
    }
}

/// The answers of a batch in words.
fn told(answers: &[Result<Answer, CallError>]) -> Value {
    each(answers, |answer| Value::String(answer.text(&mut Sight::none())))
}

/// The answers of a batch with their pictures.
fn shown(answers: &[Result<Answer, CallError>], mut sight: Sight) -> Value {
    let picture = |Picture { mime, data }| {
        let mime = Value::String(mime.to_owned());
        Value::Record(vec![("mime".to_owned(), mime), ("data".to_owned(), Value::Bytes(data))])
    };
    each(answers, |answer| {
        let text = Value::String(answer.text(&mut sight));
        let pictures = Value::List(sight.take().into_iter().map(picture).collect());
        Value::Record(vec![("text".to_owned(), text), ("pictures".to_owned(), pictures)])
    })
}

fn each(answers: &[Result<Answer, CallError>], mut ok: impl FnMut(&Answer) -> Value) -> Value {
    let answers = answers.iter().map(|answer| match answer {
        Ok(answer) => Value::Result(Ok(Some(Box::new(ok(answer))))),
        Err(error) => Value::Result(Err(Some(Box::new(error.to_value())))),
    });
    Value::List(answers.collect())
}

/// Runs independent calls at once; the answers are in the order of the calls. Those past the limit are refused, the others run.
async fn invoke_all(
    counter: &Arc<Counter>,
    call: &Call,
    listing: Offers,
    invocations: Vec<Invocation>,
) -> Vec<Result<Answer, CallError>> {
    let listing = Arc::new(listing);
    let mut tasks = tokio::task::JoinSet::new();
    let handles: Vec<_> = invocations
        .into_iter()
        .enumerate()
        .map(|(place, invocation)| {
            let (counter, call, listing) = (counter.clone(), call.clone(), listing.clone());
            let (tell, told) = tokio::sync::oneshot::channel();
            tasks.spawn(async move {
                let answer = match place < BATCH {
                    true => invoke(&counter, &call, &listing, invocation).await,
                    false => Err(CallError::exhausted(
                        "batch",
                        format!("a batch may have {BATCH} calls; make the others in a next one"),
                    )),
                };
                // Nobody listens when the turn was stopped.
                let _ = tell.send(answer);
            });
            told
        })
        .collect();
    // The tasks end with this future: dropping the set aborts them.
    let answers = join_all(handles).await;
    answers.into_iter().map(|a| a.unwrap_or_else(|_| Err(CallError::Failed("the call broke off".into())))).collect()
}

async fn invoke(counter: &Counter, call: &Call, listing: &Offers, invocation: Invocation) -> Result<Answer, CallError> {
    let Invocation { name, arguments: text } = invocation;
    // A tool that is there and not granted is asked for all the same: the counter refuses it, and says what would allow it.
    let others = if listing.get(&name).is_none() { Listing::everything(counter).ok() } else { None };
    let Some(tool) = listing.get(&name).or_else(|| Some(Offer::Function(others.as_ref()?.tool(&name)?))) else {
        return Err(CallError::NotFound(format!(
            "there is no tool `{}` here; there are: {}",
            name.escape_default(),
            listing.names()
        )));
    };
    if text.len() > ARGUMENTS {
        return Err(CallError::exhausted(
            "argument-size",
            format!("a tool's arguments may have {ARGUMENTS} bytes, these have {}", text.len()),
        ));
    }
    let json: Json = serde_json::from_str(&text)
        .map_err(|e| CallError::Invalid(format!("the arguments of `{name}` are not JSON: {e}")))?;
    let tool = match tool {
        Offer::Function(tool) => tool,
        Offer::Provided(at, tool) => return provide(counter, call, at, &tool.name, &json).await,
    };
    let args = arguments(&json, &tool.function)
        .map_err(|e| CallError::Invalid(format!("the arguments of `{name}` do not fit: {e}")))?;
    let mut changed = None;
    let onward = call.onward(tool.capability.clone(), &tool.function.name, args);
    let answer = match counter.call_telling(onward, &mut changed).await? {
        // A tool that says `err` has failed, whatever its own type of error is.
        Some(Value::Result(Err(error))) => return Err(failure(tool, error.as_deref())),
        // Pictures and sounds would be nothing but letters to whoever reads this.
        Some(value) if McpName::of_package(&tool.capability.provider).is_some() => {
            provided::outcome(&value).map_or_else(|| Answer::Json(to_json(&value)), Answer::Outcome)
        }
        Some(value) => Answer::Json(to_json(&value)),
        None => Answer::Json(Json::Null),
    };
    let used = changed.map(|changed| {
        let names = tool.function.params.iter().map(|param| param.name.clone());
        Json::Object(names.zip(changed.iter().map(to_json)).collect())
    });
    Ok(answer.after(used))
}

/// Calls a tool that is known only at run time.
async fn provide(
    counter: &Counter,
    call: &Call,
    at: &Capability,
    name: &str,
    arguments: &Json,
) -> Result<Answer, CallError> {
    if !arguments.is_object() {
        return Err(CallError::Invalid(format!("the arguments of `{name}` are not a JSON object")));
    }
    let mut changed = None;
    let onward = call.onward(at.clone(), "call", provided::arguments(name, arguments.to_string(), None));
    let answer = counter.call_telling(onward, &mut changed).await?;
    let outcome = match provided::read(at, answer)? {
        Progress::Done(outcome) => outcome,
        Progress::InputRequired(pause) => {
            let asked: Vec<_> = pause.questions.iter().take(8).map(|question| format!("`{}`", question.name)).collect();
            return Err(CallError::Failed(format!(
                "`{name}` asks its user for {}, and an agent cannot answer that: ask the user, and use another tool",
                asked.join(", ")
            )));
        }
    };
    let used = match changed.as_deref() {
        Some([_, Value::String(used), ..]) => Some(serde_json::from_str(used).unwrap_or_default()),
        _ => None,
    };
    Ok(Answer::Outcome(outcome).after(used))
}

fn failure(tool: &Tool, error: Option<&Value>) -> CallError {
    match error {
        Some(value) => CallError::from_value(value).unwrap_or_else(|| match value {
            Value::String(text) => CallError::Failed(text.clone()),
            other => CallError::Failed(to_json(other).to_string()),
        }),
        None => CallError::Failed(format!("`{}` failed without saying why", tool.origin())),
    }
}
