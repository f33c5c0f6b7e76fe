//! Homes for tests: a folder of their own, the bundled packages, the fixtures, and a host that serves them.

use async_trait::async_trait;
use loket::Host;
use loket_gateways::desk::{
    CallRequest, ChatReply, ChatRequest, Desk, GrantInfo, GrantRequest, LedgerLine, LedgerQuery, Problem, RevokeRequest,
};
use loket_kernel::{Call, CallError, Capability, Labels, Provider, Reply};
use loket_values::Interface;
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::mpsc;

/// A home and its host. The folder goes when the house does.
pub(crate) struct House {
    pub(crate) host: Arc<Host>,
    pub(crate) folder: Arc<TempDir>,
}

/// A provider whose answers are marked as a stranger's words.
struct Stranger(Arc<dyn Provider>);

#[async_trait]
impl Provider for Stranger {
    fn capability(&self) -> &Capability {
        self.0.capability()
    }

    fn interface(&self) -> &Interface {
        self.0.interface()
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        self.0.call(call).await.map(|reply| Reply { labels: Labels::UNTRUSTED, ..reply })
    }
}

/// Where the build put the components.
pub(crate) fn built(variable: &str) -> PathBuf {
    let folder =
        std::env::var_os(variable).unwrap_or_else(|| panic!("`{variable}` is not set: run `cargo xtask test`"));
    let folder = PathBuf::from(folder);
    assert!(folder.is_dir(), "`{variable}` names `{}`, which is no folder: run `cargo xtask test`", folder.display());
    folder
}

/// Lays a home out: both registries, the assistant as it is bundled, and a second agent of the same package.
pub(crate) fn lay_out(home: &Path, settings: &str) {
    let registries = [built("LOKET_REGISTRY"), built("LOKET_FIXTURES")];
    let registries: Vec<_> = registries.iter().map(|r| format!("{:?}", r.to_str().expect("a plain path"))).collect();
    std::fs::write(
        home.join("loket.toml"),
        format!("registry = [\"registry\", {}]\n{settings}", registries.join(", ")),
    )
    .expect("it can be written");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../agents/assistant");
    for agent in ["assistant", "bob"] {
        let folder = home.join("agents").join(agent);
        std::fs::create_dir_all(&folder).expect("it can be made");
        for file in ["agent.toml", "persona.md"] {
            std::fs::copy(source.join(file), folder.join(file)).expect("the assistant has it");
        }
    }
    share(home);
}

/// Compiled code and what scanners found are shared by all homes: they do not depend on the home.
pub(crate) fn share(home: &Path) {
    std::fs::create_dir_all(home.join("state")).expect("it can be made");
    for (folder, name) in [("loket-test-compiled", "compiled"), ("loket-test-scans", "scans")] {
        let shared = std::env::temp_dir().join(folder);
        std::fs::create_dir_all(&shared).expect("it can be made");
        #[cfg(unix)]
        std::os::unix::fs::symlink(shared, home.join("state").join(name)).expect("it can be linked");
    }
}

impl House {
    /// A new home.
    pub(crate) async fn new() -> House {
        House::with("").await
    }

    /// A new home with settings of its own in `loket.toml`.
    pub(crate) async fn with(settings: &str) -> House {
        let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
        lay_out(folder.path(), settings);
        House::open(folder).await
    }

    /// The host of a home that is there.
    pub(crate) async fn open(folder: Arc<TempDir>) -> House {
        let host = Host::open(folder.path()).await.unwrap_or_else(|p| panic!("the home opens: {p:?}"));
        House { host: Arc::new(host), folder }
    }

    /// Stops this host and starts another on the same home.
    pub(crate) async fn restart(self) -> House {
        House::open(self.close().await).await
    }

    /// Stops this host; the home is nobody's then.
    pub(crate) async fn close(self) -> Arc<TempDir> {
        self.host.close().await;
        // What the watch was looking at lets go of the host in a moment.
        let begun = Instant::now();
        while Arc::strong_count(&self.host) > 1 && begun.elapsed() < Duration::from_secs(5) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.folder
    }

    /// Says something to an agent, in a conversation of the test's.
    pub(crate) async fn say(&self, agent: &str, text: &str) -> Result<ChatReply, Problem> {
        let (events, _) = mpsc::channel(16);
        let request =
            ChatRequest { agent: agent.into(), conversation: Some("test".into()), text: text.into(), files: vec![] };
        self.host.chat(request, events).await
    }

    /// Calls a function as the owner, on the assistant's behalf.
    pub(crate) async fn call(&self, capability: &str, function: &str, arguments: Json) -> Result<Json, Problem> {
        self.call_for("assistant", capability, function, arguments).await
    }

    /// Calls a function as the owner, on an agent's behalf.
    pub(crate) async fn call_for(
        &self,
        agent: &str,
        capability: &str,
        function: &str,
        arguments: Json,
    ) -> Result<Json, Problem> {
        let (capability, function) = (capability.into(), function.into());
        self.host.call(CallRequest { capability, package: None, function, arguments, agent: Some(agent.into()) }).await
    }

    /// Grants without further conditions.
    pub(crate) async fn grant(&self, grantee: &str, capability: &str) -> GrantInfo {
        self.grant_as(GrantRequest {
            grantee: grantee.into(),
            capability: capability.into(),
            ..GrantRequest::default()
        })
        .await
    }

    /// Grants as the request says.
    pub(crate) async fn grant_as(&self, request: GrantRequest) -> GrantInfo {
        self.host.grant(request).await.unwrap_or_else(|p| panic!("it can be granted: {p:?}"))
    }

    /// Grants on terms: these values of one key.
    pub(crate) async fn grant_on(&self, grantee: &str, capability: &str, key: &str, values: &[&str]) {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        let (grantee, capability) = (grantee.to_owned(), capability.to_owned());
        let terms = [(key.to_owned(), values)].into();
        self.grant_as(GrantRequest { grantee, capability, terms, ..GrantRequest::default() }).await;
    }

    /// Does what a refusal hints at: `loket grant …`, several of them joined by `&&`.
    pub(crate) async fn obey(&self, hint: &str) {
        for command in hint.split(" && ") {
            let mut words = command.split(' ');
            assert_eq!((words.next(), words.next()), (Some("loket"), Some("grant")), "{command}");
            let mut next = || words.next().map(str::to_owned);
            let (grantee, capability) = next().zip(next()).expect("it says who and what");
            let mut request = GrantRequest { grantee, capability, ..GrantRequest::default() };
            while let Some((option, value)) = next().map(|option| (option, next().expect("it has a value"))) {
                match option.as_str() {
                    "--function" => request.functions.push(value),
                    "--provider" => request.provider = Some(value),
                    "--per-turn" => request.per_turn = value.parse().ok(),
                    "--per-day" => request.per_day = value.parse().ok(),
                    "--host" => request.terms.entry("host".to_owned()).or_default().push(value),
                    _ => panic!("{command}"),
                }
            }
            self.grant_as(request).await;
        }
    }

    /// Takes a grant back.
    pub(crate) async fn revoke(&self, grantee: &str, capability: &str) {
        let request = RevokeRequest { grantee: grantee.into(), capability: Some(capability.into()) };
        let gone = self.host.revoke(request).await.unwrap_or_else(|p| panic!("it can be revoked: {p:?}"));
        assert_eq!(gone.len(), 1, "one grant is taken back");
    }

    /// From now on, what a provider answers are a stranger's words.
    pub(crate) fn stranger(&self, capability: &Capability) {
        let inner = self.host.counter.provider(capability).unwrap_or_else(|| panic!("`{capability}` is served"));
        self.host.counter.serve([Arc::new(Stranger(inner)) as Arc<dyn Provider>]);
    }

    /// The newest lines of the ledger.
    pub(crate) async fn ledger(&self) -> Vec<LedgerLine> {
        self.host.ledger(LedgerQuery { limit: Some(1_000), ..LedgerQuery::default() }).await.expect("the ledger reads")
    }

    /// The newest lines about a function.
    pub(crate) async fn lines(&self, capability: &str, function: &str) -> Vec<LedgerLine> {
        let lines = self.ledger().await;
        lines.into_iter().filter(|l| l.capability == capability && l.function == function).collect()
    }

    /// Whether a package runs, or why it does not.
    pub(crate) async fn state(&self, package: &str) -> String {
        let packages = self.host.packages().await.expect("they can be listed");
        packages.into_iter().find(|p| p.name == package).unwrap_or_else(|| panic!("`{package}` is there")).state
    }
}
