//! The servers: installed by `cargo xtask test`, started here on free ports, gone with the test.

use crate::house::built;
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server that runs.
pub(crate) struct Peer {
    child: Child,
    /// One that ends when its input does.
    _input: Option<ChildStdin>,
    pub(crate) address: SocketAddr,
}

/// What tests need of `host/loket/tests/peers/models`.
fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/models").join(name)
}

fn installed(path: &str) -> PathBuf {
    let file = built("LOKET_PEERS").join("models").join(path);
    assert!(file.exists(), "`{}` is not installed: run `cargo xtask test`", file.display());
    file
}

impl Peer {
    /// A model that answers what `scripted.json` says. With a key, it wants that.
    pub(crate) fn scripted(key: Option<&str>) -> Peer {
        let program = installed("node_modules/@copilotkit/aimock/dist/cli.js");
        let mut command = Command::new("node");
        command
            .arg(program)
            .args(["--strict", "--latency", "25", "-h", "127.0.0.1", "-f"])
            .arg(source("scripted.json"));
        command.envs(key.map(|key| ("AIMOCK_API_KEYS", key)));
        Peer::start(command, &["-p"])
    }

    /// A small language model.
    pub(crate) fn real() -> Peer {
        let python = if cfg!(windows) { "python/Scripts/python.exe" } else { "python/bin/python" };
        let mut command = Command::new(installed(python));
        command.arg(source("llama.py"));
        let peer = Peer::start(command, &[]);
        // It listens before it has read its weights.
        let begun = Instant::now();
        while !get(peer.address, "/health").contains("ok") {
            assert!(begun.elapsed() < PATIENCE, "the model at {} does not get ready", peer.address);
            std::thread::sleep(Duration::from_millis(50));
        }
        peer
    }

    fn start(mut command: Command, port: &[&str]) -> Peer {
        let address = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port");
        command.args(port).arg(address.port().to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|e| panic!("`{command:?}` does not start: {e}"));
        let input = child.stdin.take();
        let mut errors = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut peer = Peer { child, _input: input, address };
        // What a server says must be taken away from it, or it stops in the middle of a word.
        let said = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
        let hears = said.clone();
        std::thread::spawn(move || {
            let mut line = String::new();
            while errors.read_line(&mut line).is_ok_and(|read| read > 0) {
                hears.lock().expect("nobody panics with it").push_str(&std::mem::take(&mut line));
            }
        });
        let begun = Instant::now();
        while TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err() {
            let ended = peer.child.try_wait().expect("it can be asked");
            let told = || said.lock().expect("nobody panics with it").clone();
            assert!(ended.is_none(), "the server ended as soon as it was started: {}", told());
            assert!(begun.elapsed() < PATIENCE, "the server does not listen at {address}: {}", told());
            std::thread::sleep(Duration::from_millis(50));
        }
        peer
    }

    /// What a scripted model was asked, in order.
    pub(crate) fn journal(&self) -> Vec<serde_json::Value> {
        let body = get(self.address, "/__aimock/journal");
        serde_json::from_str(&body).unwrap_or_else(|e| panic!("the journal is JSON: {e}: {body}"))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A plain GET, as old as HTTP: the answer ends with the connection.
fn get(address: SocketAddr, path: &str) -> String {
    use std::io::{Read as _, Write as _};
    let mut stream = TcpStream::connect(address).expect("it listens");
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()
}
