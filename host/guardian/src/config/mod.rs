//! The host's `loket.toml`: where it listens, where packages lie, and what one turn may use at most.
//!
//! What it says is of two kinds, in two types: [`Fixed`] is taken at the start and holds until the end, [`Live`] can be another from one turn
//! to the next. `limits` reads `[limits]`, which has something of both; [`changes`] says what is another in one file than in another.

pub mod changes;
mod limits;

pub use limits::{HostLimits, HostSpace, TurnLimits};

use crate::budget::HostBudget;
use crate::issuer::{self, Believed};
use crate::mcp::{self, McpServers};
use crate::memory::HostMemory;
use crate::models::{self, ModelEntry, ModelName, Settings};
use crate::reader::{Problems, Section, read};
use crate::report::Report;
use crate::run::{self, Commands};
use crate::scan::ScanPolicy;
use crate::server::{self, Server};
use crate::telemetry::Telemetry;
use loket_registry::name::shown;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// The name of the configuration's file in the home folder. It may be missing.
pub const CONFIG_FILE: &str = "loket.toml";
/// The port on which a host listens that names none.
pub const DEFAULT_PORT: u16 = 1987;
/// How many folders of packages there may be.
pub const MAX_REGISTRIES: usize = 16;

/// What a `loket.toml` says. All of it may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostConfig {
    /// What holds from a host's start to its end.
    pub fixed: Fixed,
    /// What can change while a host serves: it holds from the next turn.
    pub live: Live,
}

/// What a host takes at its start, and keeps to until its end: it listens there, has opened that, and is made for so much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// Where the gateways listen. Where other machines can reach that, they encrypt.
    pub listen: SocketAddr,
    /// The folders of packages as they were written: see [`Fixed::registries`].
    pub registry: Vec<PathBuf>,
    /// What instances may take of the engines' memory, which is laid out once.
    pub space: HostSpace,
    /// Where a new key for the secrets is put.
    pub secrets_key: SecretsKey,
    /// How requests are taken in: see [`crate::server`].
    pub server: Server,
}

/// What can change while a host serves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Live {
    /// What a call and a turn may use at most.
    pub limits: HostLimits,
    /// How agents' memories are kept.
    pub memory: HostMemory,
    /// The models that agents can name: see [`crate::models`].
    pub models: BTreeMap<ModelName, ModelEntry>,
    /// What thinking may cost in a day.
    pub budget: HostBudget,
    /// What packages are told of themselves, without the models: see [`Live::settings`].
    pub config: Settings,
    /// What follows from what scanners find.
    pub scan: ScanPolicy,
    /// How the guardian looks.
    pub guardian: Guardian,
    /// The commands that can be granted: see [`crate::run`].
    pub run: Commands,
    /// The servers of tools that are spoken to: see [`crate::mcp`].
    pub mcp: McpServers,
    /// How the owner is asked.
    pub approvals: Approvals,
    /// Whose tokens open `/mcp` besides those of this home: see [`crate::issuer`].
    pub issuer: Option<Believed>,
    /// Whom monitoring is told: see [`crate::telemetry`].
    pub telemetry: Option<Telemetry>,
}

/// How the owner is asked about calls whose grant says `ask`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Approvals {
    /// Seconds that such a call waits for an answer.
    pub seconds: u32,
}

/// How the guardian looks at a sealed home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guardian {
    /// Seconds from one look at every byte to the next.
    pub seconds: u32,
}

/// Where a new key for the secrets is put; one that is there stays where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SecretsKey {
    /// Into the operating system's keyring where there is one, else into a file.
    #[default]
    Keyring,
    /// Into a file: what a host needs that runs while nobody is logged in.
    File,
}

impl HostConfig {
    /// Reads a configuration's text; `file` is what messages call it.
    ///
    /// # Errors
    /// With every problem, its line and what to do about it.
    pub fn parse(file: &str, text: &str) -> Result<HostConfig, Report> {
        read(file, text, "the host's configuration", |problems, root| {
            root.known(
                problems,
                &[
                    "listen",
                    "registry",
                    "limits",
                    "memory",
                    "models",
                    "budget",
                    "config",
                    "secrets",
                    "scan",
                    "guardian",
                    "approvals",
                    "run",
                    "mcp",
                    "server",
                    "telemetry",
                ],
            );
            let HostConfig { mut fixed, mut live } = HostConfig::default();
            if let Some(listen) = listen(problems, root) {
                fixed.listen = listen;
            }
            if let Some(registry) = registry(problems, root) {
                fixed.registry = registry;
            }
            if let Some(section) = root.section(problems, "limits") {
                (fixed.space, live.limits) = limits::read(problems, section);
            }
            if let Some(section) = root.section(problems, "memory") {
                live.memory = HostMemory::read(problems, section);
            }
            if let Some(section) = root.section(problems, "budget") {
                live.budget = HostBudget::read(problems, section);
            }
            live.models = models::models(problems, root, &live.budget.currency);
            live.config = models::config(problems, root);
            if let Some(section) = root.section(problems, "secrets") {
                fixed.secrets_key = secrets_key(problems, section);
            }
            if let Some(section) = root.section(problems, "scan") {
                live.scan = ScanPolicy::read(problems, section);
            }
            if let Some(section) = root.section(problems, "guardian") {
                section.known(problems, &["seconds"]);
                if let Some(seconds) = section.number(problems, "seconds", 1..=86_400) {
                    live.guardian.seconds = seconds;
                }
            }
            if let Some(section) = root.section(problems, "approvals") {
                section.known(problems, &["seconds"]);
                if let Some(seconds) = section.number(problems, "seconds", 1..=86_400) {
                    live.approvals.seconds = seconds;
                }
            }
            live.run = run::commands(problems, root);
            live.mcp = mcp::servers(problems, root);
            if let Some(section) = root.section(problems, "server") {
                fixed.server = server::read(problems, section);
                live.issuer = issuer::server(problems, section);
            }
            if let Some(section) = root.section(problems, "telemetry") {
                live.telemetry = Telemetry::read(problems, section);
            }
            Some(HostConfig { fixed, live })
        })
    }
}

impl HostConfig {
    /// What decides about what may be let in, in a form of its own: what is sealed. The same settings, written otherwise, are the same policy.
    pub fn policy(&self) -> String {
        let ScanPolicy { critical, high, medium, low, info, accept } = &self.live.scan;
        let mut lines = vec![format!("guardian {}", self.live.guardian.seconds)];
        lines.extend(self.fixed.registry.iter().map(|folder| format!("registry {:?}", folder.display().to_string())));
        let severities = [("critical", critical), ("high", high), ("medium", medium), ("low", low), ("info", info)];
        lines.extend(severities.map(|(severity, action)| format!("scan {severity} {}", action.as_str())));
        lines.extend(accept.iter().map(|digest| format!("scan accept {digest:?}")));
        lines.extend(self.live.run.iter().map(|(name, command)| format!("run {name} {}", command.policy())));
        lines.extend(self.live.mcp.iter().map(|(name, server)| format!("mcp {name} {}", server.policy())));
        lines.extend(self.live.issuer.iter().map(|issuer| format!("server.oauth {}", issuer.policy())));
        lines.extend(self.live.telemetry.iter().map(|own| format!("telemetry {}", own.policy())));
        lines.join("\n")
    }
}

impl Default for Guardian {
    fn default() -> Self {
        Guardian { seconds: 600 }
    }
}

impl Default for Approvals {
    fn default() -> Self {
        Approvals { seconds: 600 }
    }
}

impl Fixed {
    /// The folders of packages, for a host with this home. Packages are published into the first.
    pub fn registries(&self, home: &Path) -> Vec<PathBuf> {
        self.registry.iter().map(|folder| home.join(folder)).collect()
    }
}

impl Live {
    /// What each package is told of itself: its `[config]`, and for an adapter the models that it serves.
    pub fn settings(&self) -> Settings {
        models::settings(&self.models, &self.config)
    }
}

impl Default for Fixed {
    fn default() -> Self {
        Fixed {
            listen: (Ipv4Addr::LOCALHOST, DEFAULT_PORT).into(),
            registry: vec!["registry".into()],
            space: HostSpace::default(),
            secrets_key: SecretsKey::default(),
            server: Server::default(),
        }
    }
}

fn listen(problems: &mut Problems<'_>, root: Section<'_>) -> Option<SocketAddr> {
    let text = root.string(problems, "listen")?;
    let numeric = match text.value.strip_prefix("localhost:") {
        Some(port) => format!("{}:{port}", Ipv4Addr::LOCALHOST),
        None => text.value.to_owned(),
    };
    match numeric.parse() {
        Ok(address) => Some(address),
        Err(_) => {
            let why = format!("`listen` is `{}`, which is not an address and a port", shown(text.value));
            problems.tell(text.line, why, format!("write for example `listen = \"127.0.0.1:{DEFAULT_PORT}\"`"));
            None
        }
    }
}

fn registry(problems: &mut Problems<'_>, root: Section<'_>) -> Option<Vec<PathBuf>> {
    let texts = root.strings(problems, "registry", MAX_REGISTRIES, true)?;
    let next = "write a folder, such as `registry = \"registry\"`, or a list of different ones";
    if texts.is_empty() {
        problems.tell(root.line, "`registry` names no folder", next);
    }
    let mut folders: Vec<PathBuf> = Vec::new();
    for text in texts {
        let folder = PathBuf::from(text.value);
        if text.value.trim().is_empty() || text.value.contains('\0') {
            problems.tell(text.line, "`registry` names nothing that could be a folder", next);
        } else if folders.contains(&folder) {
            problems.tell(text.line, format!("`registry` names `{}` twice", shown(text.value)), next);
        } else {
            folders.push(folder);
        }
    }
    Some(folders)
}

fn secrets_key(problems: &mut Problems<'_>, section: Section<'_>) -> SecretsKey {
    section.known(problems, &["key"]);
    match section.string(problems, "key") {
        Some(text) if text.value == "file" => SecretsKey::File,
        Some(text) if text.value != "keyring" => {
            let why = format!("`key` is `{}`, which is no place for a key", shown(text.value));
            problems.tell(text.line, why, "write `key = \"keyring\"` or `key = \"file\"`");
            SecretsKey::default()
        }
        _ => SecretsKey::Keyring,
    }
}
