//! The tools of a server behind the counter: each accepted one is a function of `mcp:NAME/tools`.

use super::content;
use super::doing::Work;
use super::offer::Offer;
use super::schema::{Arguments, Naming, Shape};
use super::server::Server;
use super::typed::{Typed, TypedTool};
use async_trait::async_trait;
use loket_kernel::fault::Refusal;
use loket_kernel::{Call, CallError, Capability, Effect, Labels, Provider, Reply};
use loket_values::types::Docs;
use loket_values::{Function, Interface, InterfaceName, Type};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The interface in which a server's tools are.
pub const INTERFACE: &str = "tools";

/// The accepted tools of a server: as models call them, or with types.
pub(super) struct Tools {
    capability: Capability,
    interface: Interface,
    server: Arc<Server>,
    known: BTreeMap<String, Known>,
    outcome: Type,
}

/// A tool, and how values go to it and come back.
struct Known {
    offer: Offer,
    arguments: Arguments,
    returns: Option<(Type, Shape)>,
}

impl Tools {
    /// These tools of a server, which answer with outcomes of this type.
    pub(super) fn new(server: Arc<Server>, offers: impl IntoIterator<Item = Offer>, outcome: Type) -> Tools {
        let package = server.name.package();
        let known: BTreeMap<_, _> = offers
            .into_iter()
            .map(|offer| {
                let arguments = Arguments::read(&offer.parameters, Naming::Raw);
                (offer.name.clone(), Known { offer, arguments, returns: None })
            })
            .collect();
        let result = Type::Result { ok: Some(Box::new(outcome.clone())), err: Some(Box::new(CallError::ty().clone())) };
        let function = |Known { offer, arguments, .. }: &Known| Function {
            name: offer.name.clone(),
            params: arguments.params.clone(),
            result: Some(result.clone()),
            docs: Docs(if offer.description.is_empty() { offer.title.clone() } else { offer.description.clone() }),
        };
        let interface = Interface {
            name: Some(InterfaceName { package: package.clone(), interface: INTERFACE.into(), version: None }),
            functions: known.values().map(function).collect(),
            unsupported: None,
            docs: Docs(format!("The tools of the server `{}`.", server.name)),
        };
        let capability = Capability::of(&package, &format!("{package}/{INTERFACE}"));
        Tools { capability, interface, server, known, outcome }
    }

    /// Those of a server's typed tools that are as they were accepted. They are behind the counter beside the others, under a version that
    /// stands for the types: whoever was linked to other types finds nobody.
    pub(super) fn typed(server: Arc<Server>, typed: Typed, is_same: impl Fn(&Offer) -> bool, outcome: Type) -> Tools {
        let package = server.name.package();
        let tools: Vec<_> = typed.tools.into_iter().filter(|tool| is_same(&tool.offer)).collect();
        // The counter has the server's own names.
        let function = |tool: &TypedTool| Function { name: tool.offer.name.clone(), ..tool.function.clone() };
        let interface = Interface { functions: tools.iter().map(function).collect(), ..typed.interface };
        let known = tools.into_iter().map(|TypedTool { offer, arguments, returns, .. }| {
            (offer.name.clone(), Known { offer, arguments, returns })
        });
        let known = known.collect();
        let capability = Capability::of(&package, &format!("{package}/{INTERFACE}")).at_version(&typed.version);
        Tools { capability, interface, server, known, outcome }
    }

    /// Its owner is to log in first.
    fn closed(&self, call: &Call, why: &str) -> CallError {
        let name = &self.server.name;
        CallError::Denied(Refusal {
            capability: call.capability.to_string(),
            function: call.function.to_string(),
            reason: format!("`{name}` does not let this host in: {why}"),
            remedy: format!("loket mcp login {name}"),
        })
    }

    async fn answer(&self, call: &Call) -> Result<Reply, CallError> {
        let name = self.server.name.as_str();
        let Some(Known { offer, arguments, returns }) = self.known.get(&*call.function) else {
            return Err(CallError::NotFound(format!("`{name}` has no tool `{}`", call.function.escape_default())));
        };
        let arguments = arguments.write(&call.args)?;
        let left = call.turn.deadline().saturating_duration_since(Instant::now());
        let time = Duration::from_secs(self.server.entry.seconds.into()).min(left);
        let session = self.server.session().await?;
        // It may have changed since it was accepted, and before anything was noticed.
        if self.server.said().is_none_or(|said| said.offers.get(&offer.name) != Some(offer)) {
            return Err(CallError::Unavailable(format!(
                "`{name}` says something else of its tool `{}` than you accepted: loket mcp show {name}",
                offer.name
            )));
        }
        let work = Work::new(call, &self.server.name, time);
        let result = session.call(&offer.name, arguments, &work).await;
        match &result {
            Ok(_) => self.server.wake().await,
            Err(_) if work.is_late() => self.server.was_late().await,
            Err(_) => {}
        }
        let result = result?;
        let most = (self.server.entry.result_kib as usize) << 10;
        let value = match returns {
            None => content::read(&result, &self.outcome, most)?,
            Some((ty, shape)) => content::read_typed(&result, ty, shape, most)?,
        };
        Ok(Reply { value: Some(value), labels: Labels::UNTRUSTED })
    }
}

#[async_trait]
impl Provider for Tools {
    fn capability(&self) -> &Capability {
        &self.capability
    }

    fn interface(&self) -> &Interface {
        &self.interface
    }

    fn effect(&self, _: &str) -> Effect {
        Effect::Outside
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        let before = self.server.login.as_ref().map(|login| login.times());
        let answer = self.answer(&call).await;
        if answer.is_err() {
            // Also its errors are a stranger's words.
            call.turn.labels.add(Labels::UNTRUSTED);
        }
        answer.map_err(|error| match self.server.needs_login() {
            Some(why) if self.server.login.as_ref().map(|login| login.times()) != before => self.closed(&call, &why),
            _ => named(error, self.server.name.as_str()),
        })
    }
}

/// The same error, that says of whom it speaks.
fn named(error: CallError, name: &str) -> CallError {
    let of = |why: String| if why.starts_with('`') { why } else { format!("`{name}`: {why}") };
    match error {
        CallError::Invalid(why) => CallError::Invalid(of(why)),
        CallError::Failed(why) => CallError::Failed(of(why)),
        CallError::Unavailable(why) => CallError::Unavailable(of(why)),
        other => other,
    }
}
