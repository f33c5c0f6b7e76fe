//! `wasi:http` and `wasi:sockets`: the examples of a library that others wrote, and servers that must not be reached.

use crate::house::House;
use crate::servers::Server;
use serde_json::json;

const HTTP: &str = "wasi:http/outgoing-handler";
const SOCKETS: &str = "wasi:sockets/network";

impl House {
    /// Runs a program that is not let through, and says so.
    async fn fails(&self, package: &str, argument: &str, word: &str) {
        let (code, output, errors) = self.run(package, &[argument]).await.expect("it runs");
        assert!(code != 0 && output.is_empty() && errors.contains(word), "{argument}: {code} {output} {errors}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_for_plain_wasi_reaches_the_host_that_it_was_granted_and_no_other() {
    let (granted, other) = (Server::showing("hello"), Server::showing("hello"));
    let house = House::new().await;
    let refused = house.state("foreign:http-client").await;
    assert!(refused.contains("loket grant foreign:http-client wasi:http --host HOST"), "{refused}");
    house.grant_on("foreign:http-client", HTTP, "host", &[&granted.host()]).await;
    assert_eq!(house.state("foreign:http-client").await, "ready");

    let (code, output, errors) = house.run("foreign:http-client", &[&granted.url("/")]).await.expect("it runs");
    assert_eq!((code, output.as_str(), granted.connections()), (0, "hello", 1), "{errors}");
    for url in [other.url("/"), format!("http://localhost:{}/", granted.port()), "http://10.0.0.1/".into()] {
        house.fails("foreign:http-client", &url, "no grant names the host").await;
    }
    assert_eq!((granted.connections(), other.connections()), (1, 0), "nobody connected");
    let chain = "owner > package:foreign:http-client";
    assert!(house.lines(HTTP, "link").await.iter().any(|line| line.kind == "outcome" && line.chain == chain));
    house.grant_on("foreign:http-client", HTTP, "host", &[&other.host()]).await;
    let (code, output, errors) = house.run("foreign:http-client", &[&other.url("/")]).await.expect("it runs");
    assert_eq!((code, output.as_str(), other.connections()), (0, "hello", 1), "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_connects_to_the_address_that_it_was_granted_and_no_other() {
    let (granted, other) = (Server::saying("pong"), Server::saying("pong"));
    let house = House::new().await;
    let run = async |server: &Server| house.run("foreign:tcp-client", &[&server.host()]).await.expect("it runs");
    house.grant_on("foreign:tcp-client", SOCKETS, "address", &[&granted.host()]).await;
    let (code, output, errors) = run(&granted).await;
    assert_eq!((code, granted.heard()), (0, vec!["ping\n".to_owned()]), "{output} {errors}");
    house.fails("foreign:tcp-client", &other.host(), "PermissionDenied").await;
    assert_eq!(other.connections(), 0, "nobody connected");
    house.grant_on("foreign:tcp-client", SOCKETS, "address", &[&other.host()]).await;
    let (code, output, errors) = run(&other).await;
    assert_eq!((code, other.connections()), (0, 1), "{output} {errors}");
    house.fails("foreign:tcp-client", &granted.host(), "PermissionDenied").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_listens_nothing_sends_datagrams_and_no_other_name_is_looked_up() {
    let granted = Server::saying("pong");
    let house = House::new().await;
    let addresses = [granted.host(), format!("localhost:{}", granted.port())];
    house.grant_on("test:socket-reach", SOCKETS, "address", &[&addresses[0], &addresses[1]]).await;
    let reach = async |function: &str, arguments| {
        house.call("test:socket-reach/acts", function, arguments).await.expect("it answers")
    };
    assert!(reach("connect", json!([granted.host()])).await["ok"].is_string(), "its granted twin");
    for address in ["127.0.0.1:1", "169.254.169.254:80", "[::1]:1", "10.0.0.1:80"] {
        assert!(reach("connect", json!([address])).await["err"].is_string(), "{address}");
    }
    assert!(reach("listen", json!(["127.0.0.1:0"])).await["err"].is_string());
    assert!(reach("listen", json!(["0.0.0.0:0"])).await["err"].is_string());
    assert!(reach("datagrams", json!([])).await["err"].is_string());
    assert!(reach("lookup", json!(["localhost"])).await["ok"].is_array(), "its granted twin");
    assert!(reach("lookup", json!(["example.org"])).await["err"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hosts_own_door_is_closed_whatever_was_granted() {
    let door = Server::showing("hello");
    let house = House::new().await;
    house.grant_on("foreign:http-client", HTTP, "host", &[&door.host()]).await;
    house.grant_on("foreign:tcp-client", SOCKETS, "address", &[&door.host()]).await;
    for (package, argument) in [("foreign:http-client", door.url("/")), ("foreign:tcp-client", door.host())] {
        let (code, _, errors) = house.run(package, &[&argument]).await.expect("it runs");
        assert_eq!(code, 0, "as long as it is another's door, it is open: {errors}");
    }
    assert_eq!(door.connections(), 2);
    loket_gateways::desk::Desk::listens(&*house.host, door.address);
    house.fails("foreign:http-client", &door.url("/"), "where this host itself listens").await;
    house.fails("foreign:tcp-client", &door.host(), "PermissionDenied").await;
    assert_eq!(door.connections(), 2, "nobody connected");
}
