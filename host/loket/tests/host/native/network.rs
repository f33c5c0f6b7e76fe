//! `wasi:http` and `wasi:sockets`: the examples of a library that others wrote, and servers that must not be reached.

use crate::house::House;
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const HTTP: &str = "wasi:http/outgoing-handler";
const SOCKETS: &str = "wasi:sockets/network";

/// A server that says this to each who connects and has said something, and counts them.
fn server(says: &'static str) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let count = Arc::new(AtomicUsize::new(0));
    let counter = count.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            counter.fetch_add(1, Ordering::SeqCst);
            let mut heard = [0; 4096];
            let _ = stream.read(&mut heard);
            let _ = stream.write_all(says.as_bytes());
        }
    });
    (address, count)
}

const PAGE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello";

#[tokio::test(flavor = "multi_thread")]
async fn a_program_for_plain_wasi_reaches_the_host_that_it_was_granted_and_no_other() {
    let (granted, asked) = server(PAGE);
    let (other, untouched) = server(PAGE);
    let house = House::new().await;
    let refused = house.state("foreign:http-client").await;
    assert!(refused.contains("loket grant foreign:http-client wasi:http --host HOST"), "{refused}");
    house.grant_on("foreign:http-client", HTTP, "host", &[&granted.to_string()]).await;
    assert_eq!(house.state("foreign:http-client").await, "ready");

    let (code, output, errors) =
        house.run("foreign:http-client", &[&format!("http://{granted}/")]).await.expect("it runs");
    assert_eq!((code, asked.load(Ordering::SeqCst)), (0, 1), "{output} {errors}");
    assert!(output.contains("hello"), "{output} {errors}");
    for url in [format!("http://{other}/"), format!("http://localhost:{}/", other.port()), "http://10.0.0.1/".into()] {
        let answer = house.run("foreign:http-client", &[&url]).await;
        assert!(answer.as_ref().map_or(true, |(code, ..)| *code != 0), "{url}: {answer:?}");
    }
    assert_eq!(untouched.load(Ordering::SeqCst), 0, "nobody connected");
    let chain = "owner > package:foreign:http-client";
    assert!(house.lines(HTTP, "link").await.iter().any(|line| line.kind == "outcome" && line.chain == chain));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_connects_to_the_address_that_it_was_granted_and_no_other() {
    let (granted, asked) = server("pong");
    let (other, untouched) = server("pong");
    let house = House::new().await;
    house.grant_on("foreign:tcp-client", SOCKETS, "address", &[&granted.to_string()]).await;
    let (code, output, errors) = house.run("foreign:tcp-client", &[&granted.to_string()]).await.expect("it runs");
    assert_eq!((code, asked.load(Ordering::SeqCst)), (0, 1), "it says `ping`, and reads the answer: {output} {errors}");
    let answer = house.run("foreign:tcp-client", &[&other.to_string()]).await;
    assert!(answer.as_ref().map_or(true, |(code, ..)| *code != 0), "{answer:?}");
    assert_eq!(untouched.load(Ordering::SeqCst), 0, "nobody connected");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_listens_nothing_sends_datagrams_and_no_other_name_is_looked_up() {
    let (granted, _) = server("pong");
    let house = House::new().await;
    let port = granted.port();
    let addresses = [granted.to_string(), format!("localhost:{port}")];
    house.grant_on("test:socket-reach", SOCKETS, "address", &[&addresses[0], &addresses[1]]).await;
    let reach = async |function: &str, arguments| {
        house.call("test:socket-reach/acts", function, arguments).await.expect("it answers")
    };
    assert!(reach("connect", json!([granted.to_string()])).await["ok"].is_string(), "its granted twin");
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
    let (door, knocked) = server(PAGE);
    let house = House::new().await;
    loket_gateways::desk::Desk::listens(&*house.host, door);
    house.grant_on("foreign:http-client", HTTP, "host", &[&door.to_string()]).await;
    house.grant_on("foreign:tcp-client", SOCKETS, "address", &[&door.to_string()]).await;
    let page = house.run("foreign:http-client", &[&format!("http://{door}/")]).await;
    assert!(page.as_ref().map_or(true, |(code, ..)| *code != 0), "{page:?}");
    let line = house.run("foreign:tcp-client", &[&door.to_string()]).await;
    assert!(line.as_ref().map_or(true, |(code, ..)| *code != 0), "{line:?}");
    assert_eq!(knocked.load(Ordering::SeqCst), 0);
}
