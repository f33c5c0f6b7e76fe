//! Where requests go: hosts, addresses in every spelling, names and what they lead to, redirects.
//!
//! The test's server is on this machine, which is private: so under a grant that names it with its port it is the granted twin of all that
//! is private, and no request of a test leaves the machine.

use super::{HTTP, TOOL, get, refused};
use crate::house::House;
use crate::servers::{Server, page};
use async_trait::async_trait;
use loket_gateways::desk::Desk as _;
use loket_kernel::Provider;
use loket_providers::contract::Contract;
use loket_providers::http::Http;
use loket_providers::http::client::Client;
use loket_providers::http::connect::Connector;
use loket_providers::http::gate::Gate;
use loket_providers::http::limits::Limits;
use loket_providers::http::resolve::Resolver;
use loket_providers::http::tls::Trust;
use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Says of names what a test says: each time the next of several addresses, the last one for ever.
#[derive(Default)]
pub(super) struct Names {
    addresses: Mutex<HashMap<String, VecDeque<String>>>,
    asked: AtomicUsize,
}

impl Names {
    fn say(&self, name: &str, addresses: &[&str]) {
        let addresses = addresses.iter().map(|address| (*address).to_owned()).collect();
        self.addresses.lock().expect("nobody panics with it").insert(name.to_owned(), addresses);
    }
}

#[async_trait]
impl Resolver for Names {
    async fn resolve(&self, name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut all = self.addresses.lock().expect("nobody panics with it");
        let addresses = all.get_mut(name).ok_or_else(|| io::Error::other("no such name"))?;
        let address = if addresses.len() > 1 { addresses.pop_front() } else { addresses.front().cloned() };
        let address = address.and_then(|address| address.parse().ok()).map(|address| SocketAddr::new(address, port));
        Ok(address.into_iter().collect())
    }
}

impl House {
    /// From now on its requests have these limits, and names lead where the test says.
    pub(super) fn rewire(&self, limits: Limits) -> Arc<Names> {
        let names = Arc::new(Names::default());
        let connector = Connector::new(Trust::System, limits.connect);
        let client =
            Client::new(Gate::new(names.clone(), self.host.own.clone(), connector), self.host.secrets.clone(), limits);
        let contract = Contract::read().expect("the contract reads");
        let interface = contract.interface(HTTP).expect("it has HTTP");
        self.host.counter.serve([Arc::new(Http::new(interface, client)) as Arc<dyn Provider>]);
        names
    }

    pub(super) async fn grant_hosts(&self, hosts: &[&str]) {
        self.grant_on(TOOL, HTTP, "host", hosts).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_was_not_granted_is_not_reached_and_granted_it_is() {
    let (granted, other) = (Server::showing("hello"), Server::showing("hello, too"));
    let house = House::of_escaper().await;
    house.refuses(&get(&granted.url("/")), refused("send", "no grant names the host")).await;
    house.grant_hosts(&[&granted.host()]).await;
    assert_eq!(house.permits(&get(&granted.url("/"))).await, 5);

    house.refuses(&get(&other.url("/")), refused("send", "no grant names the host")).await;
    assert_eq!(other.connections(), 0, "not granted never gets there");
    house.grant_hosts(&[&granted.host(), &other.host()]).await;
    assert_eq!(house.permits(&get(&other.url("/"))).await, 10);
    house.revoke(TOOL, HTTP).await;
    house.refuses(&get(&other.url("/")), refused("send", "loket grant test:escaper loket:http/client")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_the_same_in_every_spelling() {
    let server = Server::showing("hello");
    let house = House::of_escaper().await;
    house.rewire(Limits::default());
    let spellings = [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7F.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "①②⑦.0.0.1",
        "１２７.0.0.1",
        "127。0。0。1",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:FFFF:7F00:0001]",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "ｌocalhost",
    ];
    let attempts = spellings.map(|host| get(&format!("http://{host}:{}/", server.port())));
    house.grant_hosts(&["example.test", "*.example.test", "127.0.0.2:80"]).await;
    for attempt in &attempts {
        house.refuses(attempt, refused("send", "no grant names the host")).await;
    }
    assert_eq!(server.connections(), 0);
    house.grant_hosts(&[&server.host(), &format!("localhost:{}", server.port())]).await;
    for attempt in &attempts {
        assert_eq!(house.permits(attempt).await, 5, "{attempt:?}");
    }
    // One name is not the other's.
    for (granted, asked) in [("127.0.0.1", "localhost"), ("localhost", "127.0.0.1")] {
        let (granted, asked): (String, String) =
            [granted, asked].map(|host| format!("{host}:{}", server.port())).into();
        house.grant_hosts(&[&granted]).await;
        house.refuses(&get(&format!("http://{asked}/")), refused("send", "no grant names the host")).await;
        house.permits(&get(&format!("http://{granted}/"))).await;
    }
}

/// Addresses that are private, or nobody's; and the word by which each is refused.
const INSIDE: [(&str, &str); 19] = [
    ("127.0.0.1", "private network"),
    ("127.8.8.8", "private network"),
    ("::1", "private network"),
    ("::ffff:127.0.0.1", "private network"),
    ("169.254.1.1", "private network"),
    ("fe80::1", "private network"),
    ("10.0.0.1", "private network"),
    ("172.16.0.1", "private network"),
    ("192.168.1.1", "private network"),
    ("100.64.0.1", "private network"),
    ("fd00::1", "private network"),
    ("64:ff9b::10.0.0.1", "private network"),
    ("2002:a00:1::1", "private network"),
    ("169.254.169.254", "credentials"),
    ("fd00:ec2::254", "credentials"),
    ("0.0.0.0", "no single host"),
    ("::", "no single host"),
    ("224.0.0.1", "no single host"),
    ("255.255.255.255", "no single host"),
];

#[tokio::test(flavor = "multi_thread")]
async fn no_name_and_no_literal_leads_into_a_private_network() {
    let server = Server::showing("hello");
    let house = House::of_escaper().await;
    let names = house.rewire(Limits::default());
    let (all, one) = (format!("*.intranet.test:{}", server.port()), format!("db.intranet.test:{}", server.port()));
    let by_name = get(&format!("http://{one}/"));
    // All below a name are granted, and with that what is public of them.
    house.grant_hosts(&[&all]).await;
    for (inside, word) in INSIDE {
        names.say("db.intranet.test", &[inside]);
        house.refuses(&by_name, refused("send", word)).await;
        let literal = if inside.contains(':') { format!("[{inside}]") } else { inside.to_owned() };
        let literal = get(&format!("http://{literal}:{}/", server.port()));
        house.refuses(&literal, refused("send", "no grant names the host")).await;
    }
    assert_eq!(server.connections(), 0);
    // What is nobody's is for nobody; metadata is not asked for by a name.
    house.grant_hosts(&[&one]).await;
    for (inside, word) in INSIDE.into_iter().filter(|(_, word)| *word != "private network") {
        names.say("db.intranet.test", &[inside]);
        house.refuses(&by_name, refused("send", word)).await;
    }
    assert_eq!(server.connections(), 0);
    // The twin: named with its port, by its name and by its address.
    names.say("db.intranet.test", &["127.0.0.1"]);
    assert_eq!(house.permits(&by_name).await, 5);
    house.grant_hosts(&[&server.host()]).await;
    assert_eq!(house.permits(&get(&server.url("/"))).await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_leads_nowhere_that_was_not_granted() {
    let there = Server::showing("there");
    let port = there.port();
    let house = House::of_escaper().await;
    let names = house.rewire(Limits::default());
    house.host.listens("127.0.0.1:1".parse().expect("an address"));
    let (db, cloud) = (format!("db.intranet.test:{port}"), format!("cloud.test:{port}"));
    let below = format!("*.intranet.test:{port}");
    // Where it is sent, what is granted besides, where names lead, the word; and what must be granted for the twin, whose names lead to this
    // machine. Where there is none, one of the rows above is its like.
    for (status, to, granted, leads, word, twin) in [
        (302, there.url("/"), "example.test", "1.1.1.1", "no grant names the host", Some(there.host())),
        (301, format!("http://0x7f.1:{port}/"), "example.test", "1.1.1.1", "no grant names", Some(there.host())),
        (303, format!("http://[::ffff:7f00:1]:{port}/"), "example.test", "1.1.1.1", "no grant", Some(there.host())),
        (307, format!("//localhost:{port}/"), &there.host(), "1.1.1.1", "no grant", Some(format!("localhost:{port}"))),
        (308, format!("http://{db}/"), &below, "127.0.0.1", "private network", Some(db.clone())),
        (302, format!("http://{db}/"), &below, "10.0.0.1", "private network", Some(db.clone())),
        (302, format!("http://{db}/"), &below, "fe80::1", "private network", Some(db.clone())),
        (302, format!("http://{cloud}/"), &cloud, "169.254.169.254", "credentials", Some(cloud.clone())),
        (302, "http://169.254.169.254/latest/meta-data/".into(), &cloud, "127.0.0.1", "no grant names", None),
        (302, "http://127.0.0.1:1/".into(), "127.0.0.1:1", "127.0.0.1", "where this host itself listens", None),
    ] {
        let lead = |to| ["db.intranet.test", "cloud.test"].into_iter().for_each(|name| names.say(name, &[to]));
        let here = Server::redirecting(status, &to);
        let reached = there.connections();
        house.grant_hosts(&[&here.host(), granted]).await;
        lead(leads);
        for word in [word, "redirects elsewhere"] {
            house.refuses(&get(&here.url("/")), refused("send", word)).await;
        }
        assert_eq!((here.connections(), there.connections()), (2, reached), "{to}");
        let Some(twin) = twin else { continue };
        house.grant_hosts(&[&here.host(), &twin]).await;
        lead("127.0.0.1");
        assert_eq!(house.permits(&get(&here.url("/"))).await, 5, "{to}");
        assert_eq!(there.connections(), reached + 1, "{to}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_changes_its_address_leads_only_where_it_was_checked() {
    let server = Server::showing("hello");
    let house = House::of_escaper().await;
    let names = house.rewire(Limits::default());
    let host = format!("rebind.test:{}", server.port());
    let attempt = get(&format!("http://{host}/"));
    house.grant_hosts(&[&host]).await;
    // It changes between the check and the connection: whoever asked again would not arrive.
    names.say("rebind.test", &["127.0.0.1", "169.254.169.254"]);
    assert_eq!(house.permits(&attempt).await, 5);
    assert_eq!(names.asked.load(Ordering::SeqCst), 1, "a name is resolved once for a connection");
    // It has changed since the last request.
    house.refuses(&attempt, refused("send", "credentials")).await;
    // It would be harmless again: but what was checked is not what it says next.
    names.say("rebind.test", &["169.254.169.254", "127.0.0.1"]);
    house.refuses(&attempt, refused("send", "credentials")).await;
    assert_eq!(server.connections(), 1);
    assert_eq!(house.permits(&attempt).await, 5);

    // It changes between a request and where its answer sends it on, which is the same name.
    let turning = Server::answering(|path| match path {
        "/" => b"HTTP/1.1 302 Found\r\nlocation: /further\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_vec(),
        _ => page("text/plain", b"further"),
    });
    let host = format!("rebind.test:{}", turning.port());
    let attempt = get(&format!("http://{host}/"));
    house.grant_hosts(&[&host]).await;
    names.say("rebind.test", &["127.0.0.1", "169.254.169.254"]);
    house.refuses(&attempt, refused("send", "credentials")).await;
    assert_eq!(turning.connections(), 1);
    names.say("rebind.test", &["127.0.0.1"]);
    assert_eq!(house.permits(&attempt).await, 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hosts_own_listener_is_for_nobody_and_another_is_for_whom_it_was_granted() {
    let (door, other) = (Server::showing("hello"), Server::showing("hello"));
    let house = House::of_escaper().await;
    let names = house.rewire(Limits::default());
    names.say("me.test", &["127.0.0.1"]);
    let hosts = |server: &Server| ["127.0.0.1", "localhost", "me.test"].map(|h| format!("{h}:{}", server.port()));
    let all = [hosts(&door), hosts(&other)].concat();
    house.grant_hosts(&all.iter().map(String::as_str).collect::<Vec<_>>()).await;
    for host in &all {
        assert_eq!(house.permits(&get(&format!("http://{host}/"))).await, 5, "it is not the host's own yet");
    }
    house.host.listens(door.address);
    let reached = door.connections();
    for host in hosts(&door).into_iter().chain([format!("0x7f.1:{}", door.port())]) {
        house.refuses(&get(&format!("http://{host}/")), refused("send", "where this host itself listens")).await;
    }
    assert_eq!(door.connections(), reached);
    for host in hosts(&other) {
        house.permits(&get(&format!("http://{host}/"))).await;
    }
}
