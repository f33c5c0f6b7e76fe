//! Secrets: what is told of them, and the one value.

use crate::desk::{Problem, SecretInfo, SecretRequest, Secrets};

/// The value of a secret that this desk has.
pub(in crate::cli) const HIDDEN: &str = "hunter22-and-more";

pub(super) fn all() -> Secrets {
    let second = SecretInfo { name: "local".to_owned(), hosts: vec!["127.0.0.1:8080".to_owned()], ..secret("news") };
    Secrets { secrets: vec![secret("github"), second], ..kept(vec![]) }
}

pub(super) fn set(request: SecretRequest) -> Result<Secrets, Problem> {
    if *request.value.clone().into_inner() != HIDDEN {
        return Err(Problem::invalid("this value cannot be a secret: it is not the one that the test gave"));
    }
    if request.name == "github" && !request.replace {
        return Err(
            Problem::invalid("there is a secret `github` already").hint("`--replace` puts the new value in its place")
        );
    }
    Ok(kept(vec![SecretInfo { hosts: request.hosts, ..secret(&request.name) }]))
}

pub(super) fn secret(name: &str) -> SecretInfo {
    let hosts = vec!["api.github.com".to_owned(), "*.githubusercontent.com".to_owned()];
    SecretInfo { name: name.to_owned(), hosts, set: "2026-11-23T12:00:00Z".to_owned() }
}

fn kept(secrets: Vec<SecretInfo>) -> Secrets {
    Secrets { key: Some("the file `/home/state/secrets.key`".to_owned()), secrets }
}
