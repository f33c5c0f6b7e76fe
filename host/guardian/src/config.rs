//! The host's `loket.toml`: where it listens, where packages lie, and what one turn may use at most.

use crate::manifest::{AgentLimits, CALLS, MEMORY_MIB, ROUNDS, SECONDS};
use crate::memory::HostMemory;
use crate::models::{self, ModelEntry, ModelName, Settings};
use crate::reader::{Problems, Section, read};
use crate::report::Report;
use crate::scan::ScanPolicy;
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostConfig {
    /// Where the gateways listen. Any address may be written; they refuse one that other machines can reach.
    pub listen: SocketAddr,
    /// The folders of packages as they were written: see [`HostConfig::registries`].
    pub registry: Vec<PathBuf>,
    /// What a call and a turn may use at most.
    pub limits: HostLimits,
    /// How agents' memories are kept.
    pub memory: HostMemory,
    /// The models that agents can name: see [`crate::models`].
    pub models: BTreeMap<ModelName, ModelEntry>,
    /// What packages are told of themselves, without the models: see [`HostConfig::settings`].
    pub config: Settings,
    /// Where a new key for the secrets is put.
    pub secrets_key: SecretsKey,
    /// What follows from what scanners find.
    pub scan: ScanPolicy,
    /// Seconds from one look of the guardian at everything to the next.
    pub guard_seconds: u32,
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

/// What a call and a turn may use at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostLimits {
    /// Rounds of thinking and tool calls in one turn.
    pub rounds: u32,
    /// Seconds that one turn may take, waiting included.
    pub seconds: u32,
    /// Seconds that one call may use a processor.
    pub cpu_seconds: u32,
    /// MiB of memory of one instance.
    pub memory_mib: u32,
    /// Elements of one instance's tables, together.
    pub table_elements: u32,
    /// Core instances that one component may be made of.
    pub instances: u32,
    /// Principals in a chain.
    pub depth: u32,
    /// Calls in one turn.
    pub calls: u32,
    /// KiB of one call's arguments.
    pub argument_kib: u32,
    /// KiB of one call's result.
    pub result_kib: u32,
    /// KiB of events that one turn may emit.
    pub events_kib: u32,
    /// Turns that run at once, of all agents together.
    pub turns: u32,
    /// Turns of one agent that run at once.
    pub agent_turns: u32,
    /// Turns of one agent that wait until they may run.
    pub agent_waiting: u32,
    /// Turns that one agent may begin in a minute.
    pub agent_turns_a_minute: u32,
    /// MiB of memory of all instances together.
    pub total_memory_mib: u32,
    /// Seconds that running turns have to come to their end when the host is told to stop.
    pub stop_seconds: u32,
}

/// What an agent's turn may use: the host's limits, lowered where the agent asks for less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TurnLimits {
    /// Rounds of thinking and tool calls.
    pub rounds: u32,
    /// Seconds, waiting included.
    pub seconds: u32,
    /// MiB of memory of the agent's instance.
    pub memory_mib: u32,
    /// Calls.
    pub calls: u32,
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
                &["listen", "registry", "limits", "memory", "models", "config", "secrets", "scan", "guardian"],
            );
            let mut config = HostConfig::default();
            if let Some(listen) = listen(problems, root) {
                config.listen = listen;
            }
            if let Some(registry) = registry(problems, root) {
                config.registry = registry;
            }
            if let Some(section) = root.section(problems, "limits") {
                config.limits = limits(problems, section);
            }
            if let Some(section) = root.section(problems, "memory") {
                config.memory = HostMemory::read(problems, section);
            }
            config.models = models::models(problems, root);
            config.config = models::config(problems, root);
            if let Some(section) = root.section(problems, "secrets") {
                config.secrets_key = secrets_key(problems, section);
            }
            if let Some(section) = root.section(problems, "scan") {
                config.scan = ScanPolicy::read(problems, section);
            }
            if let Some(section) = root.section(problems, "guardian") {
                section.known(problems, &["seconds"]);
                if let Some(seconds) = section.number(problems, "seconds", 1..=86_400) {
                    config.guard_seconds = seconds;
                }
            }
            Some(config)
        })
    }

    /// The folders of packages, for a host with this home. Packages are published into the first.
    pub fn registries(&self, home: &Path) -> Vec<PathBuf> {
        self.registry.iter().map(|folder| home.join(folder)).collect()
    }

    /// What decides about what may be let in, in a form of its own: what is sealed. The same settings, written otherwise, are the same policy.
    pub fn policy(&self) -> String {
        let ScanPolicy { critical, high, medium, low, info, accept } = &self.scan;
        let mut lines = vec![format!("guardian {}", self.guard_seconds)];
        lines.extend(self.registry.iter().map(|folder| format!("registry {:?}", folder.display().to_string())));
        let severities = [("critical", critical), ("high", high), ("medium", medium), ("low", low), ("info", info)];
        lines.extend(severities.map(|(severity, action)| format!("scan {severity} {}", action.as_str())));
        lines.extend(accept.iter().map(|digest| format!("scan accept {digest:?}")));
        lines.join("\n")
    }

    /// What each package is told of itself: its `[config]`, and for an adapter the models that it serves.
    pub fn settings(&self) -> Settings {
        models::settings(&self.models, &self.config)
    }
}

impl Default for HostConfig {
    fn default() -> Self {
        HostConfig {
            listen: (Ipv4Addr::LOCALHOST, DEFAULT_PORT).into(),
            registry: vec!["registry".into()],
            limits: HostLimits::default(),
            memory: HostMemory::default(),
            models: BTreeMap::new(),
            config: Settings::new(),
            secrets_key: SecretsKey::default(),
            scan: ScanPolicy::default(),
            guard_seconds: 600,
        }
    }
}

impl Default for HostLimits {
    fn default() -> Self {
        HostLimits {
            rounds: 16,
            seconds: 60,
            cpu_seconds: 10,
            memory_mib: 64,
            table_elements: 20_000,
            instances: 200,
            depth: 12,
            calls: 10_000,
            argument_kib: 2048,
            result_kib: 2048,
            events_kib: 4096,
            turns: 512,
            agent_turns: 8,
            agent_waiting: 64,
            agent_turns_a_minute: 6000,
            total_memory_mib: 2048,
            stop_seconds: 20,
        }
    }
}

impl HostLimits {
    /// The limits of an agent's turn. A manifest can only lower what the owner allows: a folder that someone drops
    /// raises nothing.
    pub fn narrowed(&self, agent: &AgentLimits) -> TurnLimits {
        let lower = |most: u32, wish: Option<u32>| wish.map_or(most, |wish| wish.min(most));
        TurnLimits {
            rounds: lower(self.rounds, agent.rounds),
            seconds: lower(self.seconds, agent.seconds),
            memory_mib: lower(self.memory_mib, agent.memory_mib),
            calls: lower(self.calls, agent.calls),
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

fn limits(problems: &mut Problems<'_>, section: Section<'_>) -> HostLimits {
    let mut limits = HostLimits::default();
    let fields = [
        ("rounds", ROUNDS, &mut limits.rounds),
        ("seconds", SECONDS, &mut limits.seconds),
        ("cpu_seconds", SECONDS, &mut limits.cpu_seconds),
        ("memory_mib", MEMORY_MIB, &mut limits.memory_mib),
        ("table_elements", 1..=10_000_000, &mut limits.table_elements),
        ("instances", 1..=1000, &mut limits.instances),
        ("depth", 2..=64, &mut limits.depth),
        ("calls", CALLS, &mut limits.calls),
        ("argument_kib", 1..=65_536, &mut limits.argument_kib),
        ("result_kib", 1..=65_536, &mut limits.result_kib),
        ("events_kib", 1..=65_536, &mut limits.events_kib),
        ("turns", 1..=10_000, &mut limits.turns),
        ("agent_turns", 1..=10_000, &mut limits.agent_turns),
        ("agent_waiting", 1..=10_000, &mut limits.agent_waiting),
        ("agent_turns_a_minute", 1..=1_000_000, &mut limits.agent_turns_a_minute),
        ("total_memory_mib", 16..=1_048_576, &mut limits.total_memory_mib),
        ("stop_seconds", 0..=3600, &mut limits.stop_seconds),
    ];
    section.known(problems, &fields.each_ref().map(|(key, ..)| *key));
    for (key, bounds, field) in fields {
        if let Some(number) = section.number(problems, key, bounds) {
            *field = number;
        }
    }
    limits
}
