//! Which addresses are where: in the public internet, in private networks, or nowhere that a request may go.
//!
//! An address of IPv6 that carries one of IPv4 leads to that one, so it is judged as that one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Anyone can reach it.
    Public,
    /// On this machine or in a network that is not everyone's: only where a grant names host and port.
    Private,
    /// What tells cloud machines their credentials: only where a grant names the very address and port.
    Metadata,
    /// No single host: nobody.
    Never,
}

impl Class {
    /// Where an address is.
    pub fn of(address: IpAddr) -> Class {
        match address.to_canonical() {
            IpAddr::V4(four) => of_four(four),
            IpAddr::V6(six) => of_six(six),
        }
    }
}

/// Where cloud machines find their metadata, if not in one of the ranges below.
const METADATA: [IpAddr; 6] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    // Amazon's containers.
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    // Alibaba.
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    // Oracle.
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    // Azure's, in the midst of public addresses.
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

/// The special ranges of IPv4 (IANA's registry), with their length in bits; the first that fits counts.
const FOUR: [([u8; 4], u32, Class); 17] = [
    ([0, 0, 0, 0], 8, Class::Never),         // this host, unspecified
    ([10, 0, 0, 0], 8, Class::Private),      // private use
    ([100, 64, 0, 0], 10, Class::Private),   // behind a carrier's NAT
    ([127, 0, 0, 0], 8, Class::Private),     // loopback
    ([169, 254, 0, 0], 16, Class::Private),  // link-local
    ([172, 16, 0, 0], 12, Class::Private),   // private use
    ([192, 0, 0, 0], 24, Class::Private),    // protocol assignments
    ([192, 0, 2, 0], 24, Class::Never),      // documentation
    ([192, 31, 196, 0], 24, Class::Private), // AS112
    ([192, 52, 193, 0], 24, Class::Private), // AMT
    ([192, 88, 99, 0], 24, Class::Private),  // 6to4 relays, given up
    ([192, 168, 0, 0], 16, Class::Private),  // private use
    ([192, 175, 48, 0], 24, Class::Private), // AS112
    ([198, 18, 0, 0], 15, Class::Private),   // benchmarks
    ([198, 51, 100, 0], 24, Class::Never),   // documentation
    ([203, 0, 113, 0], 24, Class::Never),    // documentation
    ([224, 0, 0, 0], 3, Class::Never),       // multicast, reserved, broadcast
];

/// The special ranges of IPv6 that are no private networks.
const SIX: [([u16; 8], u32, Class); 6] = [
    ([0; 8], 128, Class::Never),                           // unspecified
    ([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, Class::Never),      // multicast
    ([0x100, 0, 0, 0, 0, 0, 0, 0], 64, Class::Never),      // discarded
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, Class::Never), // documentation
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, Class::Never),     // documentation
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, Class::Private),   // protocol assignments, Teredo among them
];

fn of_four(address: Ipv4Addr) -> Class {
    if METADATA.contains(&address.into()) {
        return Class::Metadata;
    }
    let within = |range: [u8; 4], bits: u32| (address.to_bits() ^ u32::from_be_bytes(range)) >> (32 - bits) == 0;
    FOUR.iter().find(|(range, bits, _)| within(*range, *bits)).map_or(Class::Public, |(_, _, class)| *class)
}

fn of_six(address: Ipv6Addr) -> Class {
    if METADATA.contains(&address.into()) {
        return Class::Metadata;
    }
    let within =
        |range: [u16; 8], bits: u32| (address.to_bits() ^ Ipv6Addr::from(range).to_bits()) >> (128 - bits) == 0;
    let special = SIX.iter().find(|(range, bits, _)| within(*range, *bits)).map(|(_, _, class)| *class);
    let inside = carried(address).into_iter().flatten().map(of_four).max();
    // All that is routed for everyone is in 2000::/3; and NAT64's prefix leads to what it carries.
    let global = within([0x2000, 0, 0, 0, 0, 0, 0, 0], 3) || within([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96);
    let own = special.unwrap_or(if global { Class::Public } else { Class::Private });
    inside.map_or(own, |inside| own.max(inside))
}

/// The addresses of IPv4 to which one of IPv6 may lead.
fn carried(address: Ipv6Addr) -> [Option<Ipv4Addr>; 2] {
    let s = address.segments();
    let four = |high: u16, low: u16| Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    match s {
        // Unspecified and loopback are what they are.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => [None, None],
        // IPv4-compatible, and translated (SIIT).
        [0, 0, 0, 0, 0, 0, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => [four(high, low), None],
        // NAT64.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => [four(high, low), None],
        // 6to4.
        [0x2002, high, low, ..] => [four(high, low), None],
        // Teredo: the server, and the client whose bits are turned over.
        [0x2001, 0, server_high, server_low, _, _, high, low] => [four(server_high, server_low), four(!high, !low)],
        // ISATAP.
        [_, _, _, _, 0 | 0x200, 0x5efe, high, low] => [four(high, low), None],
        _ => [None, None],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(class: Class, addresses: &[&str]) {
        for text in addresses {
            let address: IpAddr = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(Class::of(address), class, "{text}");
        }
    }

    #[test]
    fn what_anyone_can_reach_is_public() {
        check(Class::Public, &["1.1.1.1", "8.8.8.8", "93.184.215.14", "100.63.255.255", "100.128.0.1", "172.15.0.1"]);
        check(
            Class::Public,
            &["172.32.0.1", "192.167.1.1", "198.17.0.1", "198.20.0.1", "223.255.255.255", "9.255.255.255"],
        );
        check(Class::Public, &["2606:4700:4700::1111", "2a00:1450:4001:80e::200e", "::ffff:1.1.1.1"]);
        check(Class::Public, &["64:ff9b::1.1.1.1", "2002:101:101::1"]);
    }

    #[test]
    fn what_is_here_or_in_a_private_network_is_private() {
        check(
            Class::Private,
            &["127.0.0.1", "127.255.255.255", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"],
        );
        check(
            Class::Private,
            &["100.64.0.1", "100.127.255.255", "169.254.1.1", "192.0.0.8", "198.18.0.1", "198.19.255.255"],
        );
        check(
            Class::Private,
            &["::1", "fc00::1", "fd12:3456::1", "fe80::1", "febf::1", "fec0::1", "64:ff9b:1::1", "5f00::1"],
        );
        check(Class::Private, &["4000::1", "2001:1::1", "2001:20::1"]);
    }

    #[test]
    fn an_address_that_carries_a_private_one_is_private() {
        check(Class::Private, &["::ffff:127.0.0.1", "::127.0.0.1", "::ffff:0:10.0.0.1"]);
        check(
            Class::Private,
            &["64:ff9b::127.0.0.1", "64:ff9b::192.168.1.1", "2002:7f00:1::1", "2002:a00:1::", "2002:c0a8:101::1"],
        );
        // Teredo, whose client is 127.0.0.1; and ISATAP.
        check(
            Class::Private,
            &["2001:0:101:101:0:0:80ff:fffe", "2a00:1450::5efe:10.0.0.1", "2a00:1450::200:5efe:10.0.0.1"],
        );
    }

    #[test]
    fn what_tells_a_machine_its_credentials_is_apart() {
        check(
            Class::Metadata,
            &["169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16"],
        );
        check(
            Class::Metadata,
            &["fd00:ec2::254", "::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "2002:a9fe:a9fe::"],
        );
    }

    #[test]
    fn what_is_no_single_host_is_for_nobody() {
        check(Class::Never, &["0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"]);
        check(Class::Never, &["192.0.2.1", "198.51.100.1", "203.0.113.1"]);
        check(
            Class::Never,
            &["::", "ff02::1", "100::1", "2001:db8::1", "3fff::1", "::ffff:0.0.0.0", "64:ff9b::0.0.0.0"],
        );
    }
}
