//! Servers that speak the Model Context Protocol, as programs of their own: what they offer is granted and called like any other tool, and
//! nothing that they do hurts anyone.
//!
//! Files: [`asking`] what they ask of their owner, [`thinking`] what they ask of a model, [`typed`] components that import their tools,
//! [`granted`] grants, asks and what is kept of them, [`changing`] what a server says of its tools, [`unkind`] a server that does what
//! it should not, [`reach`] what a server can reach, [`real`] those that others publish, [`remote`] one that is asked over HTTP, [`conformance`] the official
//! suite and [`conformance_auth`] what of it is about logins, [`login`] what a login is and is not.

mod asking;
mod changing;
mod conformance;
mod conformance_auth;
mod granted;
mod login;
mod reach;
mod real;
mod remote;
mod thinking;
mod typed;
mod unkind;

use crate::house::{House, lay_out};
use loket_gateways::desk::{Desk as _, ServerAcceptRequest, ServerChange, ToolServerInfo};
use loket_providers::run::launcher::Launcher;
use serde_json::Value as Json;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// The capability of the unkind server's tools.
const TOOLS: &str = "mcp:odd/tools";

/// A house with servers of tools, and a folder that the unkind one works on.
struct Ground {
    house: House,
    folder: TempDir,
}

impl Ground {
    /// With the unkind server alone, of which nothing is accepted yet.
    async fn new() -> Ground {
        Ground::with("").await
    }

    /// The same with further lines of its settings.
    async fn with(more: &str) -> Ground {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let settings = unkind(folder.path(), more);
        Ground { house: open(&settings).await, folder }
    }

    /// With what it offers accepted, and granted to the assistant.
    async fn granted(more: &str) -> Ground {
        let ground = Ground::with(more).await;
        ground.accept().await;
        ground.house.grant("assistant", TOOLS).await;
        ground
    }

    async fn accept(&self) -> ServerChange {
        accept(&self.house, "odd").await
    }

    async fn show(&self) -> ToolServerInfo {
        self.house.host.tool_server("odd").await.unwrap_or_else(|p| panic!("it is shown: {p:?}"))
    }

    fn mood(&self, mood: &str) {
        fs::write(self.folder.path().join("mood"), mood).expect("it can be written");
    }

    /// Has the assistant call a tool; what it says of it.
    async fn ask(&self, tool: &str, what: &str) -> String {
        let line = format!("/odd_{tool} {}", serde_json::json!({ "what": what }));
        self.house
            .say("assistant", &line)
            .await
            .map_or_else(|p| format!("{}: {}", p.code, p.message), |reply| reply.text)
    }

    /// Calls `look` as the owner.
    async fn call(&self, arguments: Json) -> Result<Json, String> {
        self.house.call(TOOLS, "look", arguments).await.map_err(|p| p.message)
    }

    /// The text of what `look` answers to the owner.
    async fn look(&self, what: &str) -> Result<String, String> {
        let answer = self.call(serde_json::json!({ "what": what })).await?;
        match answer["ok"]["content"][0]["text"].as_str() {
            Some(text) => Ok(text.to_owned()),
            None => Err(answer.to_string()),
        }
    }

    async fn kinds(&self, tool: &str) -> Vec<String> {
        self.house.lines(TOOLS, tool).await.into_iter().map(|line| line.kind).collect()
    }
}

/// The settings of the unkind server.
fn unkind(folder: &Path, more: &str) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/host/tool_servers/unkind.py");
    let (folder, script) = (folder.canonicalize().expect("it is there"), script.canonicalize().expect("it is there"));
    format!(
        "[mcp.odd]\ncommand = [\"/usr/bin/python3\", {script:?}, {folder:?}]\nfolders = [{folder:?}]\nread = [{script:?}]\n{more}\n"
    )
}

/// A house with these settings, whose servers are started by the program that is tested.
async fn open(settings: &str) -> House {
    let home = Arc::new(tempfile::tempdir().expect("a temporary folder"));
    lay_out(home.path(), settings);
    let house = House::open(home).await;
    house.host.launch.set(Launcher::of(env!("CARGO_BIN_EXE_loket")));
    house
}

async fn accept(house: &House, name: &str) -> ServerChange {
    let request = ServerAcceptRequest { name: name.into(), ..ServerAcceptRequest::default() };
    house.host.tool_server_accept(request).await.unwrap_or_else(|p| panic!("it is accepted: {p:?}"))
}

/// The state of each of a server's tools, by name.
fn states(server: &ToolServerInfo) -> Vec<(&str, &str)> {
    server.tools.iter().map(|tool| (tool.name.as_str(), tool.state.as_str())).collect()
}

/// Where the build put the servers that others publish.
fn peers() -> PathBuf {
    crate::house::built("LOKET_PEERS").join("mcp")
}
