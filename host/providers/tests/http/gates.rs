//! Who may send what where: for each way around a grant, side by side, that it is refused and that its granted twin works.

use crate::ground::{Ground, error, granted, refusal};
use crate::servers::Server;
use hyper::Method;
use loket_kernel::{Provider, Terms};
use loket_providers::http::connect::Connector;
use loket_providers::http::gate::{Gate, permit};
use loket_providers::http::own::Own;
use loket_providers::http::target::address;
use loket_providers::http::tls::Trust;
use serde_json::json;
use std::time::Duration;

/// What a name's addresses come to under a grant, without connecting to any.
async fn checked(grant: &str, url: &str, answers: &[&[&str]]) -> Result<Vec<String>, String> {
    let ground = Ground::new();
    let (_, target) = address(url).expect("an address");
    ground.names.say(&target.host.to_string(), answers);
    let gate = Gate::new(ground.names.clone(), Own::default(), Connector::new(Trust::System, Duration::from_secs(1)));
    let permitted = permit(&[Terms::new([("host", grant)])], &target, &Method::GET).map_err(|e| e.to_string())?;
    let checked = gate.check(permitted).await.map_err(|e| e.to_string())?;
    assert_eq!(ground.names.asked(), 1, "a name is resolved once");
    Ok(checked.addresses().iter().map(|address| address.ip().to_string()).collect())
}

#[tokio::test]
async fn a_host_must_be_granted() {
    let (server, other) = (Server::saying("hello").await, Server::saying("hello").await);
    let ground = Ground::new();
    let guest = ground.guest(&[("host", &granted(&server))]);
    assert_eq!(guest.body(&server.url("/")).await.expect("granted works"), "hello");

    let refused = refusal(guest.get(&other.url("/")).await, "no grant names the host");
    assert_eq!(
        refused.remedy,
        format!("loket grant acme:tool loket:http/client --host {} --host {}", server.address, other.address),
        "the command makes the same grant with one host more"
    );
    assert_eq!(other.connections(), 0, "not granted never gets there");
}

#[tokio::test]
async fn a_grant_that_names_no_host_permits_nothing() {
    let server = Server::saying("hello").await;
    let ground = Ground::new();
    for terms in [&[][..], &[("method", "GET")], &[("host", "not a host")], &[("host", "*")]] {
        refusal(ground.guest(terms).get(&server.url("/")).await, "no grant names the host");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn every_grant_along_the_chain_must_permit_it() {
    let server = Server::saying("hello").await;
    let host = granted(&server);
    let (wide, narrow) = ([("host", host.as_str())], [("host", "example.org")]);
    let ground = Ground::new();
    ground.chained(&[&wide, &wide]).get(&server.url("/")).await.expect("granted works");

    let refused = refusal(ground.chained(&[&narrow, &wide]).get(&server.url("/")).await, "no grant names");
    assert!(refused.remedy.starts_with("loket grant acme:tool loket:http/client --host example.org"), "{refused:?}");
    let refused = refusal(ground.chained(&[&wide, &narrow]).get(&server.url("/")).await, "no grant names");
    assert_eq!(refused.remedy, format!("loket grant ann acme:tool/acts --host example.org --host {host}"));
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_method_must_be_granted_once_any_is_named() {
    let server = Server::saying("hello").await;
    let ground = Ground::new();
    let host = granted(&server);
    let send = async |terms: &[(&str, &str)], method: &str| {
        ground.guest(terms).request(json!({ "url": server.url("/"), "method": method })).await
    };
    send(&[("host", &host)], "DELETE").await.expect("none named, all granted");
    send(&[("host", &host), ("method", "GET"), ("method", "PUT")], "PUT").await.expect("granted works");
    let refused = refusal(send(&[("host", &host), ("method", "GET")], "PUT").await, "the method `PUT`");
    assert!(refused.remedy.ends_with("--method GET --method PUT"), "{refused:?}");
    for wrong in ["get", "CONNECT", "TRACE", "", "GET / HTTP/1.1\r\n", "G\u{e9}T"] {
        error(send(&[("host", &host)], wrong).await, "invalid", "");
    }
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn no_spelling_of_an_address_is_another_address() {
    let server = Server::saying("hello").await;
    let ground = Ground::new();
    let port = server.port();
    let guest = ground.guest(&[("host", &granted(&server))]);
    let stranger = ground.guest(&[("host", "example.org"), ("host", "*.example.org")]);
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7F.1",
        "0177.0.0.1",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "①②⑦.0.0.1",
        "127。0。0。1",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:FFFF:7F00:0001]",
    ] {
        let url = format!("http://{host}:{port}/");
        assert_eq!(guest.body(&url).await.unwrap_or_else(|e| panic!("{url}: {e}")), "hello");
        refusal(stranger.get(&url).await, "no grant names the host `127.0.0.1");
    }
    for host in
        ["[::1%25lo]", "[::1%lo]", "127.0.0.1%00.example.org", "example.org%2f@127.0.0.1", "256.0.0.1", "1.2.3.4.5"]
    {
        error(stranger.get(&format!("http://{host}:{port}/")).await, "invalid", "");
    }
    let count = server.connections();
    error(guest.get(&format!("http://user:word@127.0.0.1:{port}/")).await, "invalid", "header");
    error(guest.get(&format!("ftp://127.0.0.1:{port}/")).await, "invalid", "neither");
    error(guest.get("").await, "invalid", "no address");
    assert_eq!(server.connections(), count);
}

#[tokio::test]
async fn a_name_is_no_way_into_a_private_network() {
    for inside in [
        "127.0.0.1",
        "127.8.8.8",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.1.1",
        "100.64.0.1",
        "198.18.0.1",
        "::1",
        "fd00::1",
        "fe80::1",
        "::ffff:10.0.0.1",
        "64:ff9b::10.0.0.1",
        "2002:a00:1::1",
        "2001:0:101:101:0:0:f5ff:fffe",
    ] {
        for (grant, url) in [
            ("intranet.test", "http://intranet.test/"),
            ("*.test", "http://intranet.test/"),
            ("*.intranet.test", "http://db.intranet.test/"),
            ("*.intranet.test:8080", "http://db.intranet.test:8080/"),
        ] {
            let refused = checked(grant, url, &[&[inside]]).await.expect_err(inside);
            assert!(refused.contains("private network") || refused.contains("no grant names"), "{inside}: {refused}");
        }
        let twin = checked("intranet.test:8080", "http://intranet.test:8080/", &[&[inside]]).await.expect(inside);
        assert_eq!(twin.len(), 1, "granted with its port, it is reached");
    }
    let public = checked("example.test", "http://example.test/", &[&["1.1.1.1", "2606:4700::1111"]]).await;
    assert_eq!(public.expect("granted works"), ["1.1.1.1", "2606:4700::1111"]);
}

#[tokio::test]
async fn of_a_names_addresses_only_those_that_are_allowed_are_connected_to() {
    let mixed: &[&str] = &["127.0.0.1", "1.1.1.1", "::1", "10.0.0.1"];
    assert_eq!(checked("example.test", "http://example.test/", &[mixed]).await.expect("one is left"), ["1.1.1.1"]);
    checked("example.test", "http://example.test/", &[&["127.0.0.1", "::1"]]).await.expect_err("none is left");
}

#[tokio::test]
async fn no_grant_leads_to_what_is_no_single_host() {
    for nowhere in ["0.0.0.0", "::", "224.0.0.1", "255.255.255.255", "ff02::1", "240.0.0.1", "192.0.2.1"] {
        let refused = checked("example.test:80", "http://example.test/", &[&[nowhere]]).await.expect_err(nowhere);
        assert!(refused.contains("no single host"), "{refused}");
    }
    let ground = Ground::new();
    for url in ["http://0.0.0.0:80/", "http://0:80/", "http://[::]:80/", "http://255.255.255.255/"] {
        refusal(ground.owner().get(url).await, "no single host");
    }
}

#[tokio::test]
async fn what_tells_a_machine_its_credentials_is_asked_for_by_its_address_alone() {
    for metadata in ["169.254.169.254", "fd00:ec2::254", "168.63.129.16", "::ffff:169.254.169.254"] {
        let refused = checked("cloud.test:80", "http://cloud.test/", &[&[metadata]]).await.expect_err(metadata);
        assert!(refused.contains("credentials"), "{refused}");
    }
    let (_, target) = address("http://169.254.169.254/").expect("an address");
    let ground = Ground::new();
    let gate = Gate::new(ground.names.clone(), Own::default(), Connector::new(Trust::System, Duration::from_secs(1)));
    let grants = [Terms::new([("host", "169.254.169.254:80")])];
    let permitted = permit(&grants, &target, &Method::GET).expect("granted");
    let _ = gate.check(permitted).await.expect("granted by its address, it is reached");
}

#[tokio::test]
async fn localhost_is_this_machine_whatever_a_resolver_says() {
    let server = Server::saying("hello").await;
    let ground = Ground::new();
    ground.names.say("localhost", &[&["1.1.1.1"]]);
    let host = format!("localhost:{}", server.port());
    assert_eq!(
        ground.guest(&[("host", &host)]).body(&format!("http://{host}/")).await.expect("granted works"),
        "hello"
    );
    assert_eq!(ground.names.asked(), 0);
    refusal(ground.guest(&[("host", "localhost")]).get("http://localhost/").await, "no grant names");
}

#[tokio::test]
async fn a_name_that_changes_its_address_is_connected_to_at_the_one_that_was_checked() {
    let server = Server::saying("the first").await;
    let ground = Ground::new();
    // Whoever asked a second time before connecting would get an address at which nobody answers.
    ground.names.say("rebind.test", &[&["127.0.0.1"], &["127.0.0.9"]]);
    let host = format!("rebind.test:{}", server.port());
    let guest = ground.guest(&[("host", &host)]);
    assert_eq!(guest.body(&format!("http://{host}/")).await.expect("granted works"), "the first");
    assert_eq!(ground.names.asked(), 1, "a name is resolved once for a connection");
}

#[tokio::test]
async fn a_name_that_was_public_and_is_private_now_is_refused() {
    let ground = Ground::new();
    ground.names.say("rebind.test", &[&["1.1.1.1"], &["127.0.0.1"]]);
    let (_, target) = address("http://rebind.test/").expect("an address");
    let gate = Gate::new(ground.names.clone(), Own::default(), Connector::new(Trust::System, Duration::from_secs(1)));
    let permitted = || permit(&[Terms::new([("host", "rebind.test")])], &target, &Method::GET).expect("granted");
    let first = gate.check(permitted()).await.expect("it is public");
    assert_eq!(first.addresses().iter().map(|a| a.ip().to_string()).collect::<Vec<_>>(), ["1.1.1.1"]);
    gate.check(permitted()).await.expect_err("it is private now");
    refusal(ground.guest(&[("host", "rebind.test")]).get("http://rebind.test/").await, "private network");
}

#[tokio::test]
async fn the_hosts_own_listener_is_for_nobody() {
    let server = Server::saying("the owner's service").await;
    let ground = Ground::new();
    let port = server.port();
    ground.names.say("me.test", &[&["127.0.0.1"]]);
    let hosts = [format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!("me.test:{port}")];
    let terms: Vec<_> = hosts.iter().map(|host| ("host", host.as_str())).collect();
    let guest = ground.guest(&terms);
    for host in &hosts {
        guest.get(&format!("http://{host}/")).await.expect("as long as it is not the host's own, granted works");
    }
    let before = server.connections();
    ground.own.add(server.address);
    for host in
        hosts.iter().map(String::as_str).chain([&*format!("0x7f.1:{port}"), &format!("[::ffff:127.0.0.1]:{port}")])
    {
        let url = format!("http://{host}/");
        for asker in [&guest, &ground.owner()] {
            let refused = refusal(asker.get(&url).await, "where this host itself listens");
            assert_eq!(refused.remedy, "", "nothing would change that");
        }
    }
    assert_eq!(server.connections(), before);
}

#[tokio::test]
async fn the_owner_may_ask_any_host() {
    let server = Server::saying("hello").await;
    let ground = Ground::new();
    assert_eq!(ground.owner().body(&server.url("/")).await.expect("the owner may"), "hello");
}

#[tokio::test]
async fn a_name_or_a_host_that_is_not_there_is_unavailable() {
    let ground = Ground::new();
    error(ground.owner().get("http://nowhere.test/").await, "unavailable", "nowhere.test");
    ground.names.say("empty.test", &[&[]]);
    error(ground.owner().get("http://empty.test/").await, "unavailable", "no address");
    let server = Server::saying("hello").await;
    let url = server.url("/");
    drop(server);
    error(ground.owner().get(&url).await, "unavailable", "cannot be reached");
}

#[test]
fn nothing_of_http_moves_bytes_one_by_one() {
    let ground = Ground::new();
    for function in &ground.http.interface().functions {
        assert!(!loket_kernel::bulk::is_slow(function), "{}", function.name);
    }
}

#[test]
fn what_can_be_felt_outside_is_declared() {
    use loket_kernel::Effect;
    let ground = Ground::new();
    assert_eq!(ground.http.effect("send"), Effect::Outside);
    assert_eq!(ground.http.effect("read"), Effect::Inside);
}
