//! `loket:tools/catalog`: the tools granted to whoever asks, and calls to them by name.
//!
//! Files: [`listing`] which plain functions are a principal's tools, [`provided`] what components offer at run time, [`offers`] both; here, the calls. Each call by name is one more call at the counter, in the asker's name.

pub mod listing;
pub mod offers;
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
use provided::{Progress, for_a_model, outcome_for_a_model};
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
                self.answers.ok(&call, answer, Labels::NONE)
            }
            "call-all" => {
                let (invocations,): (Vec<Invocation>,) = self.answers.args(&call)?;
                let names = invocations.iter().map(|invocation| &*invocation.name);
                let listing = Offers::named(&counter, &call, names).await?;
                let answers = invoke_all(&counter, &call, listing, invocations).await;
                let answers = answers.into_iter().map(|answer| match answer {
                    Ok(text) => Value::Result(Ok(Some(Box::new(Value::String(text))))),
                    Err(error) => Value::Result(Err(Some(Box::new(error.to_value())))),
                });
                Ok(Reply { value: Some(Value::List(answers.collect())), labels: Labels::NONE })
            }
            other => Err(CallError::NotFound(format!("the catalog has no function `{other}`"))),
        }
    }
}

/// Runs independent calls at once; the answers are in the order of the calls. Those past the limit are refused, the others run.
async fn invoke_all(
    counter: &Arc<Counter>,
    call: &Call,
    listing: Offers,
    invocations: Vec<Invocation>,
) -> Vec<Result<String, CallError>> {
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

async fn invoke(counter: &Counter, call: &Call, listing: &Offers, invocation: Invocation) -> Result<String, CallError> {
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
    let result = match counter.call_telling(onward, &mut changed).await? {
        // A tool that says `err` has failed, whatever its own type of error is.
        Some(Value::Result(Err(error))) => return Err(failure(tool, error.as_deref())),
        // Pictures and sounds would be nothing but letters to whoever reads this.
        Some(value) if McpName::of_package(&tool.capability.provider).is_some() => {
            outcome_for_a_model(&value).unwrap_or_else(|| to_json(&value))
        }
        Some(value) => to_json(&value),
        None => Json::Null,
    };
    let Some(changed) = changed else { return Ok(result.to_string()) };
    // Whoever asked must not take the answer for one to its own words.
    let names = tool.function.params.iter().map(|param| param.name.clone());
    let arguments: serde_json::Map<_, _> = names.zip(changed.iter().map(to_json)).collect();
    Ok(json!({ "changed-by-owner": arguments, "result": result }).to_string())
}

/// Calls a tool that is known only at run time.
async fn provide(
    counter: &Counter,
    call: &Call,
    at: &Capability,
    name: &str,
    arguments: &Json,
) -> Result<String, CallError> {
    if !arguments.is_object() {
        return Err(CallError::Invalid(format!("the arguments of `{name}` are not a JSON object")));
    }
    let mut changed = None;
    let onward = call.onward(at.clone(), "call", provided::arguments(name, arguments.to_string(), None));
    let answer = counter.call_telling(onward, &mut changed).await?;
    let result = match provided::read(at, answer)? {
        Progress::Done(outcome) => for_a_model(&outcome),
        Progress::InputRequired(pause) => {
            let asked: Vec<_> = pause.questions.iter().take(8).map(|question| format!("`{}`", question.name)).collect();
            return Err(CallError::Failed(format!(
                "`{name}` asks its user for {}, and an agent cannot answer that: ask the user, and use another tool",
                asked.join(", ")
            )));
        }
    };
    match changed.as_deref() {
        Some([_, Value::String(used), ..]) => {
            let used: Json = serde_json::from_str(used).unwrap_or_default();
            Ok(json!({ "changed-by-owner": used, "result": result }).to_string())
        }
        _ => Ok(result.to_string()),
    }
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
