//! `wasi:http`: requests by the rules, the limits and the secrets of `loket:http/client`, whose gate they go through.
//!
//! A request's body is collected before it is sent, an answer's body streams. What was refused is an `internal-error` whose text says why,
//! and what would change it: `HTTP-request-denied` could say neither. Files: here what is linked, `send` one request.

mod send;

use crate::names::{Served, no_such};
use async_trait::async_trait;
use loket_kernel::native::{Equipment, Native};
use loket_kernel::state::State;
use loket_kernel::{Call, CallError, Capability, Effect, Labels, Provider, Reply, Terms};
use loket_providers::http::client::Client;
use loket_providers::http::terms;
use loket_values::{Interface, InterfaceName};
use send::Hooks;
use std::sync::Arc;
use wasmtime::component::Linker;
use wasmtime_wasi_http::p2::bindings::http;
use wasmtime_wasi_http::{WasiHttp, WasiHttpCtx, WasiHttpCtxView};

/// The most bytes that the headers of one message have, in the host's memory.
const MOST_FIELDS: usize = 64 << 10;

/// Requests from components.
pub struct Http {
    served: Served,
    client: Arc<Client>,
}

impl Http {
    /// Sends them with this client, which should follow no redirect: whoever speaks `wasi:http` does that itself.
    pub fn new(client: Client) -> Http {
        Http { served: Served::new("wasi:http", "outgoing-handler"), client: Arc::new(client) }
    }
}

/// What the counter's yes leaves for an instance.
#[derive(Default)]
struct Leave(Option<Call>);

#[async_trait]
impl Provider for Http {
    fn capability(&self) -> &Capability {
        &self.served.capability
    }

    fn interface(&self) -> &Interface {
        &self.served.interface
    }

    /// Whoever is linked to it can be felt outside.
    fn effect(&self, _function: &str) -> Effect {
        Effect::Outside
    }

    fn term_keys(&self) -> &'static [&'static str] {
        &terms::KEYS
    }

    fn terms(&self, terms: &Terms) -> Result<Terms, String> {
        terms::read(terms)
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        let held = call.held.clone();
        // What is kept of it must not keep itself.
        let kept = Call { held: Arc::default(), ..call };
        held.with(|leave: &mut Leave| leave.0 = Some(kept));
        Ok(Reply { value: None, labels: Labels::UNTRUSTED })
    }
}

impl Native for Http {
    fn link(&self, interface: &InterfaceName, linker: &mut Linker<State>) -> wasmtime::Result<()> {
        match &*interface.interface {
            "types" => http::types::add_to_linker::<State, WasiHttp>(linker, &Default::default(), view),
            "outgoing-handler" => http::outgoing_handler::add_to_linker::<State, WasiHttp>(linker, view),
            _ => Err(no_such(interface)),
        }
    }

    fn equip(&self, instance: &mut Equipment<'_>) -> Result<(), CallError> {
        if let Some(call) = instance.held.with(|leave: &mut Leave| leave.0.take()) {
            instance.own.put(Mine { context: context(), hooks: Hooks::new(self.client.clone(), call) });
        }
        Ok(())
    }
}

/// What an instance has of it: hooks that send nothing, where nothing was granted.
struct Mine {
    context: WasiHttpCtx,
    hooks: Hooks,
}

impl Default for Mine {
    fn default() -> Self {
        Mine { context: context(), hooks: Hooks::default() }
    }
}

fn context() -> WasiHttpCtx {
    let mut context = WasiHttpCtx::new();
    context.set_field_size_limit(MOST_FIELDS);
    context
}

fn view(state: &mut State) -> WasiHttpCtxView<'_> {
    let (mine, table) = state.own::<Mine>();
    WasiHttpCtxView { ctx: &mut mine.context, table, hooks: &mut mine.hooks }
}
