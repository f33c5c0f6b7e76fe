//! `wasi:sockets/ip-name-lookup`, for granted names only. (The engine's own can only be switched on or off.)

use super::Network;
use bindings::wasi::sockets::ip_name_lookup::{self, ErrorCode, IpAddress};
use futures::FutureExt as _;
use loket_kernel::state::State;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use tokio::task::{JoinError, JoinHandle};
use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::p2::bindings::sockets::network;
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};

mod bindings {
    wasmtime::component::bindgen!({
        path: ["../../wit/deps/io.wit", "../../wit/deps/clocks.wit", "../../wit/deps/sockets.wit"],
        interfaces: "import wasi:sockets/ip-name-lookup@0.2.12;",
        imports: { default: trappable },
        with: {
            "wasi:io": wasmtime_wasi_io::bindings::wasi::io,
            "wasi:sockets/network": wasmtime_wasi::p2::bindings::sockets::network,
            "wasi:sockets/ip-name-lookup.resolve-address-stream": super::Answers,
        },
    });
}

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    ip_name_lookup::add_to_linker::<_, HasView>(linker, |state| {
        let (own, table) = state.own::<Network>();
        View { network: own, table }
    })
}

struct View<'a> {
    network: &'a Network,
    table: &'a mut ResourceTable,
}

struct HasView;

impl HasData for HasView {
    type Data<'a> = View<'a>;
}

type Found = Result<Vec<IpAddr>, ErrorCode>;

/// The addresses of a name, as they are handed out one by one.
#[expect(unreachable_pub, reason = "generated code exports it once more")]
pub struct Answers {
    /// Until the name is resolved.
    search: Option<JoinHandle<Found>>,
    found: Result<std::vec::IntoIter<IpAddr>, ErrorCode>,
}

impl Drop for Answers {
    fn drop(&mut self) {
        if let Some(search) = &self.search {
            search.abort();
        }
    }
}

impl Answers {
    fn ready(found: Vec<IpAddr>) -> Answers {
        Answers { search: None, found: Ok(found.into_iter()) }
    }

    fn settle(&mut self, found: Result<Found, JoinError>) {
        self.search = None;
        self.found = found.unwrap_or(Err(ErrorCode::Unknown)).map(Vec::into_iter);
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Answers {
    async fn ready(&mut self) {
        if let Some(search) = &mut self.search {
            let found = search.await;
            self.settle(found);
        }
    }
}

impl ip_name_lookup::Host for View<'_> {
    fn resolve_addresses(
        &mut self,
        network: Resource<network::Network>,
        name: String,
    ) -> wasmtime::Result<Result<Resource<Answers>, ErrorCode>> {
        self.table.get(&network)?;
        // An address in the place of a name is no question to anyone.
        if let Ok(ip) = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            return Ok(Ok(self.table.push(Answers::ready(vec![ip]))?));
        }
        let (Some(wanted), Some(resolver)) = (self.network.gate.looks_up(&name), self.network.resolver.clone()) else {
            return Ok(Err(ErrorCode::AccessDenied));
        };
        let gate = self.network.gate.clone();
        let search = tokio::spawn(async move {
            let found: Vec<IpAddr> = match is_local(&wanted) {
                true => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
                false => {
                    let found = resolver.resolve(&wanted, 0).await.map_err(|_| ErrorCode::NameUnresolvable)?;
                    found.into_iter().map(|address| address.ip()).collect()
                }
            };
            Ok(gate.resolved(&wanted, found))
        });
        Ok(Ok(self.table.push(Answers { search: Some(search), found: Ok(Vec::new().into_iter()) })?))
    }
}

/// A name that means this machine, and is asked for nowhere (RFC 6761).
fn is_local(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

impl ip_name_lookup::HostResolveAddressStream for View<'_> {
    fn resolve_next_address(
        &mut self,
        answers: Resource<Answers>,
    ) -> wasmtime::Result<Result<Option<IpAddress>, ErrorCode>> {
        let answers = self.table.get_mut(&answers)?;
        if let Some(search) = &mut answers.search {
            let Some(found) = search.now_or_never() else { return Ok(Err(ErrorCode::WouldBlock)) };
            answers.settle(found);
        }
        Ok(match &mut answers.found {
            Ok(found) => Ok(found.next().map(IpAddress::from)),
            Err(code) => Err(*code),
        })
    }

    fn subscribe(&mut self, answers: Resource<Answers>) -> wasmtime::Result<Resource<DynPollable>> {
        subscribe(self.table, answers)
    }

    fn drop(&mut self, answers: Resource<Answers>) -> wasmtime::Result<()> {
        self.table.delete(answers)?;
        Ok(())
    }
}
