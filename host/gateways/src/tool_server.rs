//! Servers of tools at the desk: which there are, what they offer, and how one is brought in, accepted and taken out.

use crate::desk::GrantInfo;
use crate::login::LoginInfo;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// A server of tools: one that speaks the Model Context Protocol.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ToolServerInfo {
    /// Its name: what it offers is granted as `mcp:NAME/tools`.
    pub name: String,
    /// The program with its arguments, or the address.
    pub place: String,
    /// How far it is kept from the rest of the machine: `confined`, `full trust`, or `unavailable` where nothing could confine it; absent for
    /// one that is elsewhere.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub confinement: Option<String>,
    /// What it may reach, in words.
    pub reach: Vec<String>,
    /// `connected`, `idle` (it is connected when it is first needed), `waits` (for you to accept its tools), `needs login` or `unreachable`.
    pub state: String,
    /// How it stands with a login there; absent where nobody ever asked for one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub login: Option<LoginInfo>,
    /// Why it cannot be reached.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub problem: Option<String>,
    /// Which revision of the protocol it speaks, where it was asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub revision: Option<String>,
    /// What it calls itself, where it was asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub about: Option<String>,
    /// What scanners find in what it says of its tools, a line each, where it was asked.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub findings: Vec<String>,
    /// Its tools, by name.
    pub tools: Vec<ServerToolInfo>,
    /// The SHA-256 of what it offers now, in hex, where it was asked: what an acceptance names.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub digest: Option<String>,
}

/// A tool of a server.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ServerToolInfo {
    /// Its name.
    pub name: String,
    /// `accepted`, `new`, `changed`, `gone` or `refused`. Only what is accepted is served.
    pub state: String,
    /// Whether it is said to change nothing.
    #[serde(default)]
    pub read_only: bool,
    /// What it does, as the server describes it now.
    #[serde(default)]
    pub description: String,
    /// Why it cannot be accepted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<String>,
    /// What is another than was accepted: the lines that went (`- `) and those that came (`+ `).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub difference: Vec<String>,
}

/// A server to bring in: it has a command or an address.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct ServerAddRequest {
    /// What it is to be called: lower-case words in kebab case.
    pub name: String,
    /// The program and its arguments.
    #[serde(default)]
    pub command: Vec<String>,
    /// Its address.
    #[serde(default)]
    pub url: Option<String>,
    /// The name of the secret that opens its address.
    #[serde(default)]
    pub secret: Option<String>,
    /// Its environment.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Variables that hold secrets, with the names of those.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// The folders that it works on; `:ro` behind one that it only reads.
    #[serde(default)]
    pub folders: Vec<String>,
    /// Files and folders that it may read besides.
    #[serde(default)]
    pub read: Vec<String>,
    /// Whether it may use the network.
    #[serde(default)]
    pub network: bool,
    /// Whether it is started also where nothing can confine it.
    #[serde(default)]
    pub full_trust: bool,
    /// Whether it may ask its owner something while it answers a call.
    #[serde(default)]
    pub elicitation: bool,
    /// The agent that is granted its tools: those that change nothing as `allow`, the others as `ask`.
    #[serde(default)]
    pub to: Option<String>,
}

/// What to accept.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct ServerAcceptRequest {
    /// The server.
    pub name: String,
    /// Only if this is what it offers: the SHA-256 of it, in hex.
    #[serde(default)]
    pub digest: Option<String>,
    /// The agent that is granted its tools.
    #[serde(default)]
    pub to: Option<String>,
}

/// A server, by its name.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ServerName {
    /// The name.
    pub name: String,
}

/// What was accepted of a server's tools, as WIT.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ServerWit {
    /// The package: `mcp:NAME`.
    pub package: String,
    /// Its text, which stands alone.
    pub text: String,
}

/// What came of bringing a server in, of accepting it or of taking it out.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ServerChange {
    /// Whether `loket.toml` is another than before.
    pub changed: bool,
    /// The server as it is now; absent when it was taken out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub server: Option<ToolServerInfo>,
    /// What was granted.
    pub granted: Vec<GrantInfo>,
    /// The commands that are left to type.
    pub todo: Vec<String>,
}
