//! What is another in one `loket.toml` than in another, by the names that the owner wrote.

use super::{Fixed, HostConfig, Live};
use std::collections::BTreeSet;

/// What changed from one configuration to another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// What holds from the next turn: `limits.seconds`, `models.local`.
    pub now: Vec<String>,
    /// What holds from the next start: `listen`, `limits.memory_mib`.
    pub at_next_start: Vec<String>,
}

impl HostConfig {
    /// What is another in `newer`.
    pub fn changes(&self, newer: &HostConfig) -> Changes {
        Changes { now: self.live.changes(&newer.live), at_next_start: self.fixed.changes(&newer.fixed) }
    }
}

impl Fixed {
    /// The names of what is another in `newer`.
    pub fn changes(&self, newer: &Fixed) -> Vec<String> {
        // Taken apart, so that a field that comes cannot be forgotten here.
        let Fixed { listen, registry, space, secrets_key, server } = self;
        let mut names = Vec::new();
        let mut compare = |name: &str, differs: bool| names.extend(differs.then(|| name.to_owned()));
        compare("listen", *listen != newer.listen);
        compare("registry", *registry != newer.registry);
        compare("secrets.key", *secrets_key != newer.secrets_key);
        compare("server", *server != newer.server);
        let (mut old, mut new) = (*space, newer.space);
        for ((key, _, old), (_, _, new)) in old.fields().into_iter().zip(new.fields()) {
            compare(&format!("limits.{key}"), old != new);
        }
        names
    }
}

impl Live {
    /// The names of what is another in `newer`.
    pub fn changes(&self, newer: &Live) -> Vec<String> {
        let Live { limits, memory, models, budget, config, scan, guardian, approvals, run, mcp, issuer, telemetry } =
            self;
        let mut names = Vec::new();
        let (mut old, mut new) = (*limits, newer.limits);
        for ((key, _, old), (_, _, new)) in old.fields().into_iter().zip(new.fields()) {
            if old != new {
                names.push(format!("limits.{key}"));
            }
        }
        let mut compare = |name: String, differs: bool| names.extend(differs.then_some(name));
        compare("memory".into(), *memory != newer.memory);
        compare("budget".into(), *budget != newer.budget);
        for name in models.keys().chain(newer.models.keys()).collect::<BTreeSet<_>>() {
            compare(format!("models.{name}"), models.get(name) != newer.models.get(name));
        }
        for name in config.keys().chain(newer.config.keys()).collect::<BTreeSet<_>>() {
            compare(format!("config.{name}"), config.get(name) != newer.config.get(name));
        }
        compare("scan".into(), *scan != newer.scan);
        compare("guardian".into(), *guardian != newer.guardian);
        compare("approvals".into(), *approvals != newer.approvals);
        compare("server.oauth".into(), *issuer != newer.issuer);
        compare("telemetry".into(), *telemetry != newer.telemetry);
        for name in run.keys().chain(newer.run.keys()).collect::<BTreeSet<_>>() {
            compare(format!("run.{name}"), run.get(name) != newer.run.get(name));
        }
        for name in mcp.keys().chain(newer.mcp.keys()).collect::<BTreeSet<_>>() {
            compare(format!("mcp.{name}"), mcp.get(name) != newer.mcp.get(name));
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> HostConfig {
        HostConfig::parse("loket.toml", text).unwrap_or_else(|report| panic!("{report}"))
    }

    #[track_caller]
    fn check(newer: &str, now: &[&str], at_next_start: &[&str]) {
        let older = parse(
            "[limits]\nseconds = 30\n[models.local]\nadapter = \"loket:openai\"\nurl = \"http://127.0.0.1:1/v1\"\n\
             [config.\"acme:tool\"]\nunits = \"metric\"\n",
        );
        let changes = older.changes(&parse(newer));
        assert_eq!((changes.now, changes.at_next_start), (owned(now), owned(at_next_start)));
    }

    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn what_changed_is_named_as_it_was_written() {
        let commands = "[run.git]\nprogram = \"/usr/bin/git\"\n[run.ls]\nprogram = \"/bin/ls\"\n";
        check(commands, &["limits.seconds", "models.local", "config.acme:tool", "run.git", "run.ls"], &[]);
        check("", &["limits.seconds", "models.local", "config.acme:tool"], &[]);
        let models = "[models.local]\nadapter = \"loket:openai\"\nurl = \"http://127.0.0.1:1/v1\"\n";
        let config = "[config.\"acme:tool\"]\nunits = \"metric\"\n";
        check(&format!("# the same\n{models}{config}[limits]\nseconds = 30\n"), &[], &[]);
        check(
            &format!(
                "listen = \"127.0.0.1:1\"\nregistry = \"packages\"\n[limits]\nseconds = 30\nmemory_mib = 8\n\
                 total_memory_mib = 64\ntable_elements = 7\n{models}{config}[secrets]\nkey = \"file\"\n"
            ),
            &[],
            &[
                "listen",
                "registry",
                "secrets.key",
                "limits.memory_mib",
                "limits.table_elements",
                "limits.total_memory_mib",
            ],
        );
        check(
            &format!(
                "[limits]\nseconds = 30\ndepth = 3\n{models}model = \"x\"\n[models.large]\nadapter = \"loket:openai\"\n\
                 url = \"http://127.0.0.1:2/v1\"\n{config}[scan]\nhigh = \"block\"\n[memory]\nmax_mib = 1\n"
            ),
            &["limits.depth", "memory", "models.large", "models.local", "scan"],
            &[],
        );
    }
}
