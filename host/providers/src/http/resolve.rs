//! From a host's name to its addresses.

use async_trait::async_trait;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// The most addresses of one name that are looked at.
pub(super) const MOST_ADDRESSES: usize = 16;
/// The most names that the system is asked for at once: each holds a thread until the system gives up.
const AT_ONCE: usize = 32;

/// Knows the addresses of names.
#[async_trait]
pub trait Resolver: Send + Sync {
    /// The addresses of a name, the best first. It is asked once for each connection, and only these addresses are connected to.
    async fn resolve(&self, name: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// Asks the operating system.
pub struct System(Arc<Semaphore>);

impl Default for System {
    fn default() -> Self {
        System(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

#[async_trait]
impl Resolver for System {
    async fn resolve(&self, name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let turn = self.0.clone().acquire_owned().await.map_err(io::Error::other)?;
        let name = name.to_owned();
        let asking = tokio::task::spawn_blocking(move || {
            // Held until the system has answered, also when nobody waits for it any more.
            let _turn = turn;
            (name.as_str(), port).to_socket_addrs().map(|all| all.take(MOST_ADDRESSES).collect())
        });
        asking.await.map_err(io::Error::other)?
    }
}

/// The addresses of `localhost`, which is never asked for elsewhere (RFC 6761).
pub(super) fn local(port: u16) -> Vec<SocketAddr> {
    vec![(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()]
}
