//! `wasi:sockets`: TCP connections to granted addresses.
//!
//! Nothing listens, and there is no UDP: neither can be granted. Files: here what is linked, [`gate`] what a grant permits, `lookup` names.

pub mod gate;
mod lookup;

use crate::names::{Served, no_such};
use async_trait::async_trait;
use gate::{ADDRESS, Gate, addresses};
use loket_kernel::native::{Equipment, Native};
use loket_kernel::state::State;
use loket_kernel::{Call, CallError, Capability, Effect, Labels, Provider, Reply, Terms};
use loket_providers::http::own::Own;
use loket_providers::http::resolve::Resolver;
use loket_values::{Interface, InterfaceName};
use std::sync::Arc;
use wasmtime::component::Linker;
use wasmtime_wasi::WasiView as _;
use wasmtime_wasi::p2::bindings::sockets;
use wasmtime_wasi::sockets::{SocketAddrUse, WasiSockets, WasiSocketsCtxView};

/// Sockets for components.
pub struct Sockets {
    served: Served,
    own: Own,
    resolver: Arc<dyn Resolver>,
}

impl Sockets {
    /// No grant reaches the host's `own` addresses; names are looked up with the resolver.
    pub fn new(own: Own, resolver: Arc<dyn Resolver>) -> Sockets {
        Sockets { served: Served::new("wasi:sockets", "network"), own, resolver }
    }
}

/// What an instance finds in its store: a gate that lets nothing through, when nothing was granted.
#[derive(Default, Clone)]
struct Network {
    gate: Arc<Gate>,
    resolver: Option<Arc<dyn Resolver>>,
}

#[async_trait]
impl Provider for Sockets {
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
        &[ADDRESS]
    }

    fn terms(&self, terms: &Terms) -> Result<Terms, String> {
        let forms: Vec<String> = addresses(terms)?.iter().map(ToString::to_string).collect();
        Ok(Terms::new(forms.iter().map(|form| (ADDRESS, form.as_str()))))
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        let gate = Gate::new(&call.terms).map_err(CallError::Invalid)?;
        let granted = Network { gate: Arc::new(gate), resolver: Some(self.resolver.clone()) };
        call.held.with(|network: &mut Network| *network = granted);
        Ok(Reply { value: None, labels: Labels::UNTRUSTED })
    }
}

impl Native for Sockets {
    fn link(&self, interface: &InterfaceName, linker: &mut Linker<State>) -> wasmtime::Result<()> {
        type W = WasiSockets;
        match &*interface.interface {
            "network" => sockets::network::add_to_linker::<State, W>(linker, &Default::default(), view),
            "instance-network" => sockets::instance_network::add_to_linker::<State, W>(linker, view),
            "tcp" => sockets::tcp::add_to_linker::<State, W>(linker, view),
            "tcp-create-socket" => sockets::tcp_create_socket::add_to_linker::<State, W>(linker, view),
            "udp" => sockets::udp::add_to_linker::<State, W>(linker, view),
            "udp-create-socket" => sockets::udp_create_socket::add_to_linker::<State, W>(linker, view),
            "ip-name-lookup" => lookup::link(linker),
            _ => Err(no_such(interface)),
        }
    }

    fn equip(&self, instance: &mut Equipment<'_>) -> Result<(), CallError> {
        let network = instance.held.with(|network: &mut Network| network.clone());
        let (gate, own) = (network.gate.clone(), self.own.clone());
        instance.own.put(network);
        instance.wasi.allow_tcp(true).allow_udp(false).allow_ip_name_lookup(false);
        instance.wasi.socket_addr_check(move |address, use_| {
            let permitted = match use_ {
                SocketAddrUse::TcpConnect => gate.connects(address) && !own.is(address),
                // Before it connects, a socket is bound to a port that the system chooses.
                SocketAddrUse::TcpBind => address.ip().is_unspecified() && address.port() == 0,
                _ => false,
            };
            Box::pin(std::future::ready(permitted))
        });
        Ok(())
    }
}

fn view(state: &mut State) -> WasiSocketsCtxView<'_> {
    let wasi = state.ctx();
    WasiSocketsCtxView { ctx: wasi.ctx.sockets(), table: wasi.table }
}
