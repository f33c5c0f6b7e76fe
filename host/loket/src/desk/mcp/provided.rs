//! What components tell of at run time: their tools, resources and prompts, called through the counter like anything else.
//!
//! A uri, or a prompt's name, is its component's who was asked first: they are asked in the order of their names.

use super::{Teller, content, failed, labels};
use crate::desk::{problem, wrong};
use crate::host::Host;
use crate::turns::Task;
use loket_gateways::desk::Problem;
use loket_gateways::mcp::behind::{Came, Hear, Subject, Use};
use loket_gateways::mcp::model::{
    CallToolResult, ContentBlock, GetPromptResult, Prompt, Resource, ResourceContents, ResourceTemplate,
};
use loket_kernel::{CallError, Capability, Chain};
use loket_providers::tools::provided::{
    self, Contents, Listed, Message, Outcome, Progress, arguments, list, offering, read as answered,
};
use loket_values::Value;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Calls a tool.
pub(super) async fn call(
    host: &Host,
    chain: Chain,
    at: &Capability,
    name: &str,
    call: &Use,
    told: Arc<dyn Hear>,
) -> Result<Came<CallToolResult>, Problem> {
    let mut changed = None;
    let answer = go(host, chain, at, "call", (name, call), told, &mut changed).await;
    let progress: Progress<Outcome> = match answer {
        Ok(progress) => progress,
        Err(error) => return Ok(Came::Done(failed(&problem(error)))),
    };
    match progress {
        Progress::Done(outcome) => {
            let mut result = content::result(outcome);
            if let Some([_, Value::String(used), ..]) = changed.as_deref() {
                let words = format!("the owner let it pass with other arguments: {used}");
                result.content.push(ContentBlock::text(words));
            }
            Ok(Came::Done(result))
        }
        Progress::InputRequired(pause) => match content::pause(pause, &at.provider) {
            Ok(pause) => Ok(Came::Paused(pause)),
            Err(problem) => Ok(Came::Done(failed(&problem))),
        },
    }
}

/// Writes a prompt out.
pub(super) async fn render(
    host: &Host,
    chain: Chain,
    prompt: &Use,
    told: Arc<dyn Hear>,
) -> Result<Came<GetPromptResult>, Problem> {
    let name = &prompt.name;
    let found = whose(host, &chain, name).await?;
    let Some(at) = found else {
        let message = format!("there is no prompt `{}`", name.escape_default());
        return Err(wrong("not-found", message, "list the prompts again"));
    };
    let progress: Progress<Vec<Message>> =
        go(host, chain, &at, "render", (name, prompt), told, &mut None).await.map_err(problem)?;
    match progress {
        Progress::Done(messages) => Ok(Came::Done(content::written(messages))),
        Progress::InputRequired(pause) => content::pause(pause, &at.provider).map(Came::Paused),
    }
}

/// One call of `call` or of `render`, in a turn of its own.
async fn go<T: DeserializeOwned>(
    host: &Host,
    chain: Chain,
    at: &Capability,
    function: &str,
    (name, given): (&str, &Use),
    told: Arc<dyn Hear>,
    changed: &mut Option<Vec<Value>>,
) -> Result<T, CallError> {
    let answers = given.answers.as_ref().map(|given| {
        let answers = given.answers.iter().map(|(name, answer)| (name.clone(), answer.to_string()));
        (given.state.clone(), answers.collect())
    });
    let written = serde_json::to_string(&given.arguments).unwrap_or_default();
    let task = Task {
        agent: None,
        capability: at.clone(),
        function: function.to_owned(),
        args: arguments(name, written, answers),
        limits: None,
        labels: labels(&chain),
        events: Some(Teller::of(host, &at.provider, told)),
        package: host.package_of(at),
    };
    let (_, value) = host.turn_telling(chain, task, changed, |_| {}).await?;
    answered(at, value)
}

/// What can be read.
pub(super) async fn resources(host: &Host, chain: &Chain) -> Result<Vec<Resource>, Problem> {
    let mut seen = BTreeSet::new();
    let all = each::<provided::Resource>(host, chain).await?;
    Ok(all.into_iter().filter(|own| seen.insert(own.uri.clone())).map(content::resource).collect())
}

/// The forms of what can be read besides.
pub(super) async fn templates(host: &Host, chain: &Chain) -> Result<Vec<ResourceTemplate>, Problem> {
    Ok(each::<provided::Template>(host, chain).await?.into_iter().map(content::template).collect())
}

/// The prompts.
pub(super) async fn prompts(host: &Host, chain: &Chain) -> Result<Vec<Prompt>, Problem> {
    let mut seen = BTreeSet::new();
    let all = each::<provided::Prompt>(host, chain).await?;
    Ok(all.into_iter().filter(|own| seen.insert(own.name.clone())).map(content::prompt).collect())
}

/// Reads what is at a uri.
pub(super) async fn read(host: &Host, chain: &Chain, uri: &str) -> Result<Option<ResourceContents>, Problem> {
    let args = vec![Value::String(uri.to_owned())];
    let found = first_of(host, chain, "read", args, |found: Option<Contents>| found).await?;
    Ok(found.map(content::contents))
}

/// How a value could go on.
pub(super) async fn complete(
    host: &Host,
    chain: &Chain,
    subject: &Subject,
    parameter: &str,
    value: &str,
) -> Result<Vec<String>, Problem> {
    let (case, name) = match subject {
        Subject::Prompt(name) => ("prompt", name),
        Subject::Template(form) => ("template", form),
    };
    let text = |text: &str| Value::String(text.to_owned());
    let subject = Value::Variant(case.to_owned(), Some(Box::new(text(name))));
    let some = |values: Vec<String>| Some(values).filter(|values| !values.is_empty());
    let found = first_of(host, chain, "complete", vec![subject, text(parameter), text(value)], some).await?;
    Ok(found.unwrap_or_default())
}

/// The component that has a prompt.
async fn whose(host: &Host, chain: &Chain, prompt: &str) -> Result<Option<Capability>, Problem> {
    let components = offering(&host.counter, chain);
    if components.is_empty() {
        return Ok(None);
    }
    let look = host.begin_look(chain).await?;
    let work = async {
        for at in components {
            let prompts = or_none(&at, list::<provided::Prompt>(&host.counter, &look.call, &at).await)?;
            if prompts.iter().any(|own| own.name == prompt) {
                return Ok(Some(at));
            }
        }
        Ok(None)
    };
    look.end(work).await
}

/// What all components list, one after the other.
async fn each<T: Listed>(host: &Host, chain: &Chain) -> Result<Vec<T>, Problem> {
    let components = offering(&host.counter, chain);
    if components.is_empty() {
        return Ok(Vec::new());
    }
    let look = host.begin_look(chain).await?;
    let work = async {
        let mut all = Vec::new();
        for at in &components {
            all.extend(or_none(at, list::<T>(&host.counter, &look.call, at).await)?);
        }
        Ok(all)
    };
    look.end(work).await
}

/// What the first component answers that has an answer.
async fn first_of<A: DeserializeOwned + Default + Send, T: Send>(
    host: &Host,
    chain: &Chain,
    function: &str,
    args: Vec<Value>,
    keep: impl Fn(A) -> Option<T> + Send + Sync,
) -> Result<Option<T>, Problem> {
    let components = offering(&host.counter, chain);
    if components.is_empty() {
        return Ok(None);
    }
    let look = host.begin_look(chain).await?;
    let work = async {
        for at in &components {
            let asked = look.call.onward(at.clone(), function, args.clone());
            let answer = host.counter.call(asked).await.and_then(|answer| answered(at, answer));
            if let Some(found) = keep(or_none(at, answer)?) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    };
    look.end(work).await
}

/// A component that does not answer has nothing; only the end of the turn ends the others too.
fn or_none<T: Default>(at: &Capability, answer: Result<T, CallError>) -> Result<T, CallError> {
    match answer {
        Err(error @ CallError::Exhausted(_)) => Err(error),
        Err(error) => {
            tracing::warn!(component = %at.provider, %error, "loket.mcp.list");
            Ok(T::default())
        }
        fine => fine,
    }
}
