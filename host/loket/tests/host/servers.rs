//! Servers on this machine, kind and unkind ones.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// A server; it goes on until the tests end.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    connections: Arc<AtomicUsize>,
    /// What each who connected said first.
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Does with each connection, and what was said on it first, as it is told to; then hangs up.
    pub(crate) fn doing(talk: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let connections: Arc<AtomicUsize> = Arc::default();
        let (count, hears, talk) = (connections.clone(), heard.clone(), Arc::new(talk));
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::SeqCst);
                let (hears, talk) = (hears.clone(), talk.clone());
                std::thread::spawn(move || {
                    let mut bytes = [0; 16 << 10];
                    let read = stream.read(&mut bytes).unwrap_or(0);
                    let said = String::from_utf8_lossy(&bytes[..read]).into_owned();
                    hears.lock().expect("nobody panics with it").push(said.clone());
                    talk(&said, &mut stream);
                });
            }
        });
        Server { address, connections, heard }
    }

    /// Answers each request for a path as it is told to.
    pub(crate) fn answering(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Server {
        Server::doing(move |said, stream| {
            // Whoever asked may have hung up.
            let _ = stream.write_all(&answer(path(said)));
        })
    }

    /// Says the same to everyone.
    pub(crate) fn saying(text: impl Into<Vec<u8>>) -> Server {
        let text = text.into();
        Server::answering(move |_| text.clone())
    }

    /// Shows everyone the same page.
    pub(crate) fn showing(body: &str) -> Server {
        Server::saying(page("text/html", body.as_bytes()))
    }

    /// Sends everyone elsewhere.
    pub(crate) fn redirecting(status: u16, to: &str) -> Server {
        Server::saying(format!(
            "HTTP/1.1 {status} Elsewhere\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        ))
    }

    /// An address on it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Its host and port, as a grant names them.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// What was said to it so far, a text for each who said something.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("nobody panics with it").clone()
    }

    /// How many have connected.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// The path that a request asks for.
pub(crate) fn path(said: &str) -> &str {
    said.split(' ').nth(1).unwrap_or_default()
}

/// An answer of HTTP, whole.
pub(crate) fn page(kind: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}
