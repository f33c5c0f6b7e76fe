//! Logging in at a server of tools, and out: what is begun is in the ledger before the server is asked, and what comes of it when it does.

use super::{named, record, servers};
use crate::desk::{problem, time_text, wrong};
use crate::host::Host;
use loket_gateways::desk::{LoggedOut, LoginBegun, LoginInfo, LoginProgress, Problem, ServerName};
use loket_guardian::mcp::McpName;
use loket_kernel::CallError;
use loket_providers::mcp::login::{PATIENCE, Progress, Standing};
use std::time::Duration;

/// How long is waited for a login to come to its end before it is told that it did not yet.
const WAIT: Duration = Duration::from_secs(30);

pub(in crate::desk) async fn begin(host: &Host, request: ServerName) -> Result<LoginBegun, Problem> {
    host.let_in("nobody logs in anywhere")?;
    let name = named(host, &request.name)?;
    record(host, "server login begun", &name, &[]).await?;
    let begun = servers(host)?.log_in(&name).await.map_err(|error| told(&name, error))?;
    Ok(LoginBegun { name: name.to_string(), url: begun.url, seconds: PATIENCE.as_secs() })
}

pub(in crate::desk) async fn wait(host: &Host, request: ServerName) -> Result<LoginProgress, Problem> {
    let name = named(host, &request.name)?;
    let progress = servers(host)?.log_in_progress(&name, WAIT).await.map_err(|error| told(&name, error))?;
    let (state, problem) = match progress {
        Progress::None => ("none", None),
        Progress::Waits => ("waits", None),
        Progress::Done => ("done", None),
        Progress::Failed(why) => ("failed", Some(why)),
    };
    let states = servers(host)?.states();
    let login = states.get(&name).and_then(|state| info(state.login.as_ref()?));
    Ok(LoginProgress { state: state.to_owned(), problem, login })
}

pub(in crate::desk) async fn out(host: &Host, request: ServerName) -> Result<LoggedOut, Problem> {
    let name = named(host, &request.name)?;
    let was = servers(host)?.log_out(&name).await.map_err(|error| told(&name, error))?;
    if was {
        record(host, "server logout", &name, &[]).await?;
    }
    Ok(LoggedOut { name: name.to_string(), was })
}

/// A login, as far as it may be told; nothing where none was ever asked for.
pub(super) fn info(standing: &Standing) -> Option<LoginInfo> {
    let info = |needed| LoginInfo { needed, issuer: None, scopes: Vec::new(), until: None, renewed: false };
    match standing {
        Standing::None => None,
        Standing::Needed(why) => Some(info(Some(why.clone()))),
        Standing::In { issuer, scopes, until, renewed } => Some(LoginInfo {
            issuer: Some(issuer.clone()),
            scopes: scopes.clone(),
            until: until.map(time_text),
            renewed: *renewed,
            ..info(None)
        }),
    }
}

fn told(name: &McpName, error: CallError) -> Problem {
    match error {
        CallError::Failed(why) => wrong("failed", why, format!("loket mcp show {name}")),
        CallError::Invalid(why) => wrong("invalid", why, "loket mcp list"),
        other => problem(other),
    }
}
