//! Where this host itself listens: no request goes there, whoever asks.

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, PoisonError, RwLock};

/// The addresses at which this host listens. Copies are the same list.
#[derive(Debug, Clone, Default)]
pub struct Own(Arc<RwLock<Vec<SocketAddr>>>);

impl Own {
    /// The host listens there from now on.
    pub fn add(&self, listens: SocketAddr) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).push(listens);
    }

    /// Where it does, in the order in which it began to.
    pub fn list(&self) -> Vec<SocketAddr> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a connection to this address would end at this host. Its port on any address of this machine alone counts as its own, and on
    /// every address of this machine where it listens at all of them.
    pub fn is(&self, address: SocketAddr) -> bool {
        let to = address.ip().to_canonical();
        let local = to.is_loopback() || to.is_unspecified();
        let own = |at: &SocketAddr| {
            let at_ip = at.ip().to_canonical();
            at.port() == address.port() && (local || at_ip == to || at_ip.is_unspecified() && is_here(address))
        };
        self.0.read().unwrap_or_else(PoisonError::into_inner).iter().any(own)
    }

    /// Whether a connection that stands ends at this host after all: its two ends have one address, and the port is ours.
    pub fn is_loop(&self, here: SocketAddr, there: SocketAddr) -> bool {
        let same = here.ip().to_canonical() == there.ip().to_canonical();
        self.is(there) || same && self.is((std::net::Ipv4Addr::LOCALHOST, there.port()).into())
    }
}

/// Whether an address is one of this machine's: no other can be bound. Where that cannot be told, it counts as one.
fn is_here(mut address: SocketAddr) -> bool {
    address.set_ip(address.ip().to_canonical());
    address.set_port(0);
    !matches!(UdpSocket::bind(address), Err(error) if error.kind() == ErrorKind::AddrNotAvailable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_own_port_is_its_own_under_every_address_of_this_machine() {
        let own = Own::default();
        own.add("127.0.0.1:1987".parse().expect("an address"));
        for (address, is) in [
            ("127.0.0.1:1987", true),
            ("127.0.0.2:1987", true),
            ("[::1]:1987", true),
            ("[::ffff:127.0.0.1]:1987", true),
            ("0.0.0.0:1987", true),
            ("127.0.0.1:1988", false),
            ("192.168.1.1:1987", false),
        ] {
            assert_eq!(own.is(address.parse().expect(address)), is, "{address}");
        }
        let (here, there) = ("192.168.1.1:40000", "192.168.1.1:1987");
        assert!(own.is_loop(here.parse().expect(here), there.parse().expect(there)));
        let everywhere = Own::default();
        everywhere.add("0.0.0.0:8443".parse().expect("an address"));
        for (address, is) in [("127.0.0.1:8443", true), ("192.0.2.7:8443", false)] {
            assert_eq!(everywhere.is(address.parse().expect(address)), is, "{address}");
        }
        // Where this machine has an address in a network; nothing is sent.
        let socket = UdpSocket::bind("0.0.0.0:0").expect("a socket");
        if socket.connect("192.0.2.7:9").is_ok() {
            let here = socket.local_addr().expect("an address").ip();
            assert!(everywhere.is((here, 8443).into()) && !everywhere.is((here, 8444).into()), "{here}");
        }
    }
}
