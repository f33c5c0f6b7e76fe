//! The grants on disk: `state/grants.json`, written as a whole at each act of the owner.

use loket_kernel::grants::{Delegation, Grant, Scope, Table, Verdict};
use loket_kernel::{Principal, Terms};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The file's form. A newer one is refused, not guessed at; older ones are brought into this one when the home is opened.
const FORMAT: u32 = 2;
/// The file's name in the home's state.
pub(crate) const FILE: &str = "grants.json";

/// Why grants could not be read or written. Without them nothing may run.
#[derive(Debug, thiserror::Error)]
pub enum GrantsError {
    /// The file cannot be read or written.
    #[error("the grants in `{}` cannot be used: {source}; check the file's permissions and the disk's space", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is not what this host writes.
    #[error("the grants in `{}` are damaged: {what}; put back a copy, or remove the file and grant anew", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    next: u64,
    grants: Vec<Row>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: u64,
    grantee: String,
    scope: ScopeRow,
    verdict: String,
    per_turn: Option<u32>,
    per_day: Option<u32>,
    terms: BTreeMap<String, Vec<String>>,
    delegates: Vec<DelegationRow>,
    since: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScopeRow {
    provider: String,
    interface: Option<String>,
    functions: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DelegationRow {
    holder: String,
    scope: ScopeRow,
    terms: BTreeMap<String, Vec<String>>,
}

/// The grants of a home as they are on disk, and the number of the next one.
#[derive(Debug, Default)]
pub struct Saved {
    /// The grants.
    pub grants: Vec<Grant>,
    /// The number of the next one.
    pub next: u64,
}

/// Reads the grants; `None` when there is no file yet: a home's first start.
///
/// # Errors
/// When there is a file, and it cannot be read or is damaged.
pub fn read(path: &Path) -> Result<Option<Saved>, GrantsError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(GrantsError::Io { path: path.to_owned(), source }),
    };
    let damaged = |what: String| GrantsError::Damaged { path: path.to_owned(), what };
    let file: File = serde_json::from_str(&text).map_err(|e| damaged(e.to_string()))?;
    if file.format != FORMAT {
        return Err(damaged(format!("it has form {}, this host knows {FORMAT}", file.format)));
    }
    let grants = file.grants.into_iter().map(grant).collect::<Result<_, _>>().map_err(damaged)?;
    Ok(Some(Saved { grants, next: file.next }))
}

/// A table, and the number of the next grant, as the file has them.
///
/// # Errors
/// Never for what a host holds.
pub fn text(table: &Table, next: u64) -> io::Result<Vec<u8>> {
    let grants = table.list(None).iter().map(row).collect();
    serde_json::to_vec_pretty(&File { format: FORMAT, next, grants }).map_err(io::Error::from)
}

fn row(grant: &Arc<Grant>) -> Row {
    Row {
        id: grant.id,
        grantee: grant.grantee.to_string(),
        scope: scope_row(&grant.scope),
        verdict: grant.verdict.name().to_owned(),
        per_turn: grant.per_turn,
        per_day: grant.per_day,
        terms: by_key(&grant.terms),
        delegates: grant
            .delegates
            .iter()
            .map(|d| DelegationRow {
                holder: d.holder.to_string(),
                scope: scope_row(&d.scope),
                terms: by_key(&d.terms),
            })
            .collect(),
        since: grant.since,
    }
}

fn scope_row(scope: &Scope) -> ScopeRow {
    ScopeRow {
        provider: scope.provider.to_string(),
        interface: scope.interface.as_ref().map(ToString::to_string),
        functions: scope.functions.iter().map(ToString::to_string).collect(),
    }
}

fn grant(row: Row) -> Result<Grant, String> {
    Ok(Grant {
        id: row.id,
        grantee: principal(&row.grantee)?,
        scope: scope(row.scope),
        verdict: Verdict::parse(&row.verdict)
            .ok_or_else(|| format!("grant {} says `{}`, not allow, ask or deny", row.id, row.verdict))?,
        per_turn: row.per_turn,
        per_day: row.per_day,
        terms: terms(&row.terms),
        delegates: row
            .delegates
            .into_iter()
            .map(|d| Ok(Delegation { holder: principal(&d.holder)?, scope: scope(d.scope), terms: terms(&d.terms) }))
            .collect::<Result<_, String>>()?,
        since: row.since,
    })
}

/// Terms as files and gateways have them.
pub(crate) fn by_key(terms: &Terms) -> BTreeMap<String, Vec<String>> {
    terms.keys().map(|key| (key.to_owned(), terms.values(key).map(str::to_owned).collect())).collect()
}

/// Terms as the kernel has them.
pub(crate) fn terms(by_key: &BTreeMap<String, Vec<String>>) -> Terms {
    Terms::new(by_key.iter().flat_map(|(key, values)| values.iter().map(move |value| (key.as_str(), value.as_str()))))
}

fn scope(row: ScopeRow) -> Scope {
    Scope {
        provider: row.provider.into(),
        interface: row.interface.map(Into::into),
        functions: row.functions.into_iter().map(Into::into).collect(),
    }
}

fn principal(text: &str) -> Result<Principal, String> {
    Principal::parse(text).ok_or_else(|| format!("`{text}` names no agent and no package"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Grant {
        let scope = Scope {
            provider: "host".into(),
            interface: Some("loket:brain/memory".into()),
            functions: vec!["get".into()],
        };
        Grant {
            id: 3,
            grantee: Principal::Agent("ann".into()),
            scope: scope.clone(),
            verdict: Verdict::Ask,
            per_turn: Some(2),
            per_day: None,
            terms: Terms::new([("host", "example.org"), ("host", "example.com"), ("method", "GET")]),
            delegates: vec![Delegation {
                holder: Principal::Package("acme:tool".into()),
                scope,
                terms: Terms::new([("folder", "/notes:ro")]),
            }],
            since: 7,
        }
    }

    #[test]
    fn grants_read_back_as_they_were_written() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("grants.json");
        assert!(read(&path).expect("no file is no error").is_none());
        let text = text(&Table::new([sample()]), 4).expect("it has a form");
        std::fs::write(&path, text).expect("it can be written");
        let saved = read(&path).expect("it can be read").expect("it is there");
        assert_eq!((saved.grants, saved.next), (vec![sample()], 4));
    }

    #[test]
    fn damaged_grants_are_an_error_and_never_an_empty_table() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("grants.json");
        for text in [
            "",
            "{}",
            r#"{"format":3,"next":1,"grants":[]}"#,
            r#"{"format":1,"next":1,"grants":[]}"#,
            r#"{"format":2,"next":1,"grants":[{}]}"#,
        ] {
            std::fs::write(&path, text).expect("it can be written");
            assert!(matches!(read(&path), Err(GrantsError::Damaged { .. })), "{text}");
        }
    }
}
