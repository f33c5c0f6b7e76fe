//! Keys: those that packages are signed with, and the owner's, which seals the home.

use crate::cli::{Made, Sealing, Signing};
use crate::desk::{GuardianFault, GuardianStatus, KeyInfo, Problem, SafeModeInfo, SealStatement, SealedPart};
use zeroize::Zeroizing;

/// A secret key, encrypted under [`PASSPHRASE`].
pub(in crate::cli) const SECRET_KEY: &str = "encrypted secret key\n";
/// The passphrase of that.
pub(in crate::cli) const PASSPHRASE: &str = "correct horse";
/// Its public key.
pub(in crate::cli) const PUBLIC_KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

/// The file of an owner's key.
const OWNER_KEY: &str = "owner's key\n";

/// Signs as this file says.
pub(in crate::cli) const SIGNING: Signing = Signing {
    named: |component, name, version| {
        let said = String::from_utf8_lossy(component);
        let (own, its) = said.trim().split_once('@').unwrap_or(("", ""));
        match (name.unwrap_or(own), version.unwrap_or(its)) {
            ("", _) | (_, "") => Err(Problem::invalid("the component does not say which package it is")
                .hint("say it with `--name` and `--version`")),
            (name, version) => Ok(format!("{name}@{version}")),
        }
    },
    make: |passphrase| {
        Ok(Made {
            secret: Zeroizing::new(passphrase.map_or_else(|| "secret key\n".to_owned(), |_| SECRET_KEY.to_owned())),
            file: format!("untrusted comment: minisign public key 1\n{PUBLIC_KEY}\n"),
            public: PUBLIC_KEY.to_owned(),
            id: "E7620F1842B4E81F".to_owned(),
        })
    },
    is_encrypted: |secret| secret.starts_with("encrypted"),
    sealing: Sealing {
        make: |_| Ok(OWNER_KEY.to_owned()),
        public: |_| Ok(PUBLIC_KEY.to_owned()),
        sign: |key, passphrase, text, comment| match (key, passphrase) {
            (OWNER_KEY, PASSPHRASE) => Ok(format!("{} bytes, {comment}", text.len())),
            _ => Err(Problem::invalid("this is not the passphrase of the owner's key").hint("type it again")),
        },
        check: |key, _, _| Err(Problem::denied(format!("the seal is not one of {key}"))),
    },
    sign: |secret, passphrase, package, component| match (secret, passphrase) {
        (SECRET_KEY, Some(PASSPHRASE)) => Ok(format!("{} bytes of {package}", component.len())),
        (SECRET_KEY, _) => Err(Problem::invalid("this is not the passphrase of the secret key").hint("type it again")),
        _ => Err(Problem::invalid("this is no secret key of minisign").hint("put back a copy of it")),
    },
};

pub(super) fn key(name: &str, revoked: Option<&str>) -> KeyInfo {
    KeyInfo {
        name: name.to_owned(),
        id: "E7620F1842B4E81F".to_owned(),
        public: PUBLIC_KEY.to_owned(),
        since: "2026-11-23T12:00:00Z".to_owned(),
        revoked: revoked.map(str::to_owned),
        waits_for_seal: false,
    }
}

/// Of a home in safe mode.
pub(super) fn in_safe_mode() -> GuardianStatus {
    GuardianStatus {
        state: "safe-mode".to_owned(),
        sealed: Some("2026-11-22T12:00:00Z".to_owned()),
        key: Some(PUBLIC_KEY.to_owned()),
        checked: Some("2026-11-23T12:00:00Z".to_owned()),
        safe_mode: Some(SafeModeInfo {
            since: "2026-11-23T11:00:00Z".to_owned(),
            why: vec!["the lock is not as it was".to_owned()],
            farewell: "leave safe mode\n".to_owned(),
            comment: "end of safe mode".to_owned(),
        }),
        faults: vec![GuardianFault {
            what: "program".to_owned(),
            file: "/usr/bin/lo\x1b[2Jket".to_owned(),
            expected: Some("sha256:aa".to_owned()),
            found: None,
            why: "the program (`/usr/bin/lo\x1b[2Jket`) is gone, or cannot be read; it was sha256:aa".to_owned(),
        }],
    }
}

pub(super) fn statement(key: Option<String>) -> SealStatement {
    let (what, file) = ("program".to_owned(), "/usr/bin/loket".to_owned());
    SealStatement {
        statement: format!("key {}\n", key.unwrap_or_default()),
        comment: "seal".to_owned(),
        parts: vec![SealedPart { what, file, digest: Some("sha256:aa".to_owned()) }],
    }
}
