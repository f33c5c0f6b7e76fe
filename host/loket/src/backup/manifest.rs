//! What a backup holds: its first entry, by which all others are checked.

use super::ArchiveError;
use crate::entrance::ENTRANCE;
use crate::pins::OWNERS;
use crate::schedule::SCHEDULES;
use crate::served::MCP_TOOLS;
use crate::spent::{SPENT, SPENT_DAYS};
use crate::tokens::TOKENS;
use crate::trusted::TRUSTED;
use loket_registry::lock::LOCK_FILE;
use serde::{Deserialize, Serialize};
use std::path::{Component, Path};

/// The name of the manifest's entry.
pub(super) const NAME: &str = "manifest.json";
/// The form of the archive. A newer one is refused, not guessed at. In form 1, the home had no number of its own; up to form 2, whose
/// signatures count and what was let run were not in it; up to form 3, no seal was; up to form 4, not what models took.
pub(super) const FORM: u32 = 5;
/// The longest manifest, in bytes.
pub(super) const LONGEST: u64 = 256 << 20;
/// The longest path, in bytes.
const LONGEST_PATH: usize = 4096;
/// What of `state/` goes along. The rest belongs to a process, can be made anew, or lets somebody in.
pub(super) const STATE: [&str; 26] = [
    "form.toml",
    "grants.json",
    TRUSTED,
    OWNERS,
    "admitted.json",
    // Digests: whoever holds a token may come in, and nobody learns one from it.
    TOKENS,
    MCP_TOOLS,
    // The same: what is kept of the passphrase and of sessions.
    ENTRANCE,
    "seal.toml",
    "seal.toml.minisig",
    "owner.key",
    "kept/grants.json",
    "kept/loket.lock",
    "kept/owners.toml",
    "kept/admitted.json",
    "kept/tokens.json",
    "kept/mcp-tools.json",
    "kept/entrance.json",
    "kept/trusted-keys.toml",
    SCHEDULES,
    "file-labels",
    // So that no budget is spent twice in a day. In this order: a day that ends meanwhile is in both rather than in none.
    SPENT,
    SPENT_DAYS,
    "secrets.age",
    "keyvalue.redb",
    "ledger.redb",
];
/// The file of the secrets' key. It goes along when it only says where the key is, or when the owner asks for it.
pub(super) const KEY: &str = "secrets.key";

/// What a backup holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) form: u32,
    /// The version of the host that wrote it.
    pub(super) loket: String,
    /// When, RFC 3339.
    pub(super) made: String,
    /// Where the home was.
    pub(super) home: String,
    /// The folders of packages that lay outside of the home; what was in them is in `registry/`.
    pub(super) outside: Vec<String>,
    /// All other entries, in their order.
    pub(super) files: Vec<Part>,
}

/// One file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    /// Where it belongs in the home, with `/` between names.
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) blake3: String,
}

#[derive(Deserialize)]
struct Form {
    form: u32,
}

impl Manifest {
    /// Reads a manifest; every path in it is one that belongs into a home.
    pub(super) fn parse(text: &[u8]) -> Result<Manifest, ArchiveError> {
        let damaged = |what: String| ArchiveError::Damaged { part: NAME.to_owned(), what };
        let Form { form } = serde_json::from_slice(text).map_err(|e| damaged(e.to_string()))?;
        if !(1..=FORM).contains(&form) {
            return Err(ArchiveError::Newer { form });
        }
        let manifest: Manifest = serde_json::from_slice(text).map_err(|e| damaged(e.to_string()))?;
        match manifest.files.iter().find(|part| !belongs(&part.path)) {
            Some(part) => {
                Err(damaged(format!("it names `{}`, which does not belong into a home", part.path.escape_debug())))
            }
            None => Ok(manifest),
        }
    }

    /// The bytes of all files.
    pub(super) fn bytes(&self) -> u64 {
        self.files.iter().fold(0, |all, part| all.saturating_add(part.bytes))
    }
}

/// Whether a path stays in the home, and is one of those that a backup holds.
pub(super) fn belongs(path: &str) -> bool {
    let names: Vec<&str> = path.split('/').collect();
    let normal = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
        // What the system takes apart is what is written: no `a//b`, and no other separator.
        && Path::new(path).components().count() == names.len();
    let known = match names.as_slice() {
        ["loket.toml" | LOCK_FILE] => true,
        ["state", rest @ ..] => STATE.contains(&rest.join("/").as_str()) || rest == [KEY],
        ["agents" | "registry", _, ..] => true,
        _ => false,
    };
    normal && known && path.len() <= LONGEST_PATH && !path.contains('\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_belongs_into_a_home_is_taken() {
        for path in [
            "loket.toml",
            "loket.lock",
            "state/ledger.redb",
            "state/spent.json",
            "state/spent-days.json",
            "agents/a/agent.toml",
            "agents/a/workspace/x y",
            "registry/b",
        ] {
            assert!(belongs(path), "{path}");
        }
        for path in [
            "",
            "/",
            "/etc/passwd",
            "..",
            "../x",
            "agents/../../x",
            "agents/./x",
            "agents//x",
            "agents/",
            "agents",
            "state/token",
            "state/lock",
            "state/x/y",
            "state",
            "loket.toml/x",
            "other",
            "registry/\0",
        ] {
            assert!(!belongs(path), "{path:?}");
        }
    }

    #[test]
    fn a_manifest_of_another_form_or_with_a_strange_path_is_refused() {
        let text = |form: u32, path: &str| {
            let part = serde_json::json!({ "path": path, "bytes": 1, "blake3": "" });
            let fields = serde_json::json!({ "form": form, "loket": "", "made": "", "home": "", "outside": [], "files": [part] });
            fields.to_string().into_bytes()
        };
        assert!(Manifest::parse(&text(FORM, "loket.toml")).is_ok());
        assert!(matches!(Manifest::parse(&text(FORM + 1, "loket.toml")), Err(ArchiveError::Newer { .. })));
        assert!(matches!(Manifest::parse(&text(FORM, "../x")), Err(ArchiveError::Damaged { .. })));
        assert!(matches!(Manifest::parse(b"{}"), Err(ArchiveError::Damaged { .. })));
    }
}
