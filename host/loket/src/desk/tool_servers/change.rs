//! A server brought in, accepted or taken out: a few lines in the owner's own file, whose remarks stay where they are, and what is kept of
//! its tools. Each acceptance is in the ledger before it counts.

use super::shown::NEEDS_LOGIN;
use super::{login, named, record, servers, shown, survey};
use crate::desk::models::change::{document, keep, unusable};
use crate::desk::{permit, wrong};
use crate::host::Host;
use crate::refresh::Look;
use loket_gateways::desk::{
    GrantInfo, GrantRequest, Problem, ServerAcceptRequest, ServerAddRequest, ServerChange, ServerName,
};
use loket_guardian::HostConfig;
use loket_guardian::config::CONFIG_FILE;
use loket_guardian::mcp::{McpName, McpNameError};
use loket_guardian::scan::Action;
use loket_providers::mcp::Survey;
use loket_providers::mcp::offer::Offer;
use loket_providers::mcp::tools::INTERFACE;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value};

/// The code of a problem that scanners have with what a server says.
const FOUND: &str = "needs-approval";
/// The longest text that a server's settings may have, in bytes.
const LONGEST: usize = 4_096;

pub(in crate::desk) async fn add(host: &Host, request: ServerAddRequest) -> Result<ServerChange, Problem> {
    host.let_in("no server of tools is brought in")?;
    let name: McpName = request.name.parse().map_err(|e: McpNameError| invalid(e.to_string()))?;
    if let Some(agent) = request.to.as_ref().filter(|agent| !host.knows_agent(agent)) {
        return Err(wrong("not-found", format!("there is no agent `{}`", agent.escape_default()), "loket agents"));
    }
    let table = table(&request)?;
    let changed = edit(host, |document| enter(document, name.as_str(), table)).await?;
    let asked = survey(host, &name).await.map_err(|problem| problem.message);
    let mut todo = Vec::new();
    let granted = match &asked {
        // What scanners find is for the owner to look at first.
        Ok(survey) => match (accepted(host, &name, survey, false).await, &request.to) {
            (Err(problem), _) if problem.code == FOUND => {
                todo.push(format!("loket mcp accept {name}"));
                Vec::new()
            }
            (Err(problem), _) => return Err(problem),
            (Ok(()), Some(agent)) => grant(host, &name, survey, agent).await?,
            (Ok(()), None) => {
                todo.push(format!("loket grant AGENT {}/{INTERFACE}", name.package()));
                Vec::new()
            }
        },
        Err(_) => Vec::new(),
    };
    let is_unheard = asked.is_err();
    let server = shown::of(host, &name, asked).await?;
    match is_unheard {
        true if server.state == NEEDS_LOGIN => {
            todo.extend([format!("loket mcp login {name}"), format!("loket mcp accept {name}")]);
        }
        true => todo.push(format!("mend `[mcp.{name}]` in `loket.toml`, then: loket mcp accept {name}")),
        false => {}
    }
    Ok(ServerChange { changed, server: Some(server), granted, todo })
}

pub(in crate::desk) async fn accept(host: &Host, request: ServerAcceptRequest) -> Result<ServerChange, Problem> {
    host.let_in("nothing of a server of tools is accepted")?;
    let name = named(host, &request.name)?;
    let survey = survey(host, &name).await?;
    let digest = survey.said.digest();
    if let Some(wanted) = request.digest.as_ref().filter(|wanted| **wanted != digest) {
        let message = format!(
            "`{name}` offers something else than what was looked at: not `{}`, but `{digest}`",
            wanted.escape_default()
        );
        return Err(wrong("invalid", message, format!("loket mcp show {name}")));
    }
    accepted(host, &name, &survey, request.digest.is_some()).await?;
    let granted = match &request.to {
        Some(agent) => grant(host, &name, &survey, agent).await?,
        None => Vec::new(),
    };
    Ok(ServerChange {
        changed: false,
        server: Some(shown::of(host, &name, Ok(survey)).await?),
        granted,
        todo: Vec::new(),
    })
}

pub(in crate::desk) async fn remove(host: &Host, request: ServerName) -> Result<ServerChange, Problem> {
    let name: McpName = request.name.parse().map_err(|e: McpNameError| invalid(e.to_string()))?;
    if let Some(Some(_)) = servers(host)?.states().get(&name).map(|state| state.login.as_ref()) {
        login::out(host, ServerName { name: name.to_string() }).await?;
    }
    let changed = edit(host, |document| {
        if let Some(servers) = document.get_mut("mcp").and_then(Item::as_table_like_mut) {
            servers.remove(name.as_str());
            if servers.is_empty() {
                document.remove("mcp");
            }
        }
        Ok(())
    })
    .await?;
    record(host, "server forgotten", &name, &[]).await?;
    servers(host)?.forget(&name).map_err(|e| unkept(&e))?;
    Ok(ServerChange { changed, server: None, granted: Vec::new(), todo: Vec::new() })
}

/// Accepts what was seen: in the ledger first. What scanners ask about must have been looked at; what they block is not accepted.
async fn accepted(host: &Host, name: &McpName, survey: &Survey, is_looked_at: bool) -> Result<(), Problem> {
    let judgement = shown::judged(host, name, &survey.said).await;
    if judgement.action == Action::Block || (judgement.action == Action::Ask && !is_looked_at) {
        let found: Vec<&str> = judgement.against().map(|(_, _, finding)| finding.title.as_str()).collect();
        let message = format!("scanners find something in what `{name}` says of its tools: {}", found.join("; "));
        let hint = match judgement.action {
            Action::Block => format!("leave it out: loket mcp remove {name}"),
            _ => format!("look at it with `loket mcp show {name}`, then: loket mcp accept {name}"),
        };
        return Err(wrong(FOUND, message, hint));
    }
    let tools: Vec<String> =
        survey.said.offers.values().map(|offer| format!("{} {}", offer.name, offer.digest())).collect();
    let about = [("digest", survey.said.digest()), ("tools", tools.join(", "))];
    record(host, "server accepted", name, &about).await?;
    servers(host)?.accept(name, &survey.said).map_err(|e| unkept(&e))?;
    // Whoever imports these tools is linked to what they are now.
    tokio::task::block_in_place(|| host.relink());
    Ok(())
}

/// Grants an agent the tools of a server: those that are said to change nothing, and the others when the owner says yes to each call.
async fn grant(host: &Host, name: &McpName, survey: &Survey, agent: &str) -> Result<Vec<GrantInfo>, Problem> {
    let (reading, changing): (Vec<&Offer>, Vec<&Offer>) =
        survey.said.offers.values().partition(|offer| offer.read_only);
    let mut granted = Vec::new();
    for (offers, verdict) in [(reading, "allow"), (changing, "ask")] {
        if offers.is_empty() {
            continue;
        }
        let request = GrantRequest {
            grantee: agent.to_owned(),
            capability: format!("{}/{INTERFACE}", name.package()),
            verdict: Some(verdict.to_owned()),
            functions: offers.iter().map(|offer| offer.name.clone()).collect(),
            ..GrantRequest::default()
        };
        granted.push(permit::grant(host, request).await?);
    }
    Ok(granted)
}

/// Edits `loket.toml`, and takes up what it says then; answers whether it is another than before. In a sealed home that is for whoever has the
/// owner's key.
async fn edit(host: &Host, work: impl FnOnce(&mut DocumentMut) -> Result<(), Problem>) -> Result<bool, Problem> {
    if crate::desk::guardian::status(host).sealed.is_some() {
        let message = "this home is sealed, and which servers of tools it has is a part of what is sealed";
        return Err(wrong(
            "denied",
            message,
            "write `[mcp.NAME]` into `loket.toml` yourself, then: loket guardian seal",
        ));
    }
    let changed = {
        let _one_after_the_other = host.acts.lock().await;
        let path = host.home.root().join(CONFIG_FILE);
        let (before, mut document) = document(&path, CONFIG_FILE)?;
        work(&mut document)?;
        let after = document.to_string();
        HostConfig::parse(CONFIG_FILE, &after).map_err(|report| unusable(&report))?;
        keep(&path, &before, &after)?
    };
    tokio::task::block_in_place(|| host.refresh(&Look { settings: true, ..Look::default() }));
    Ok(changed)
}

/// Writes `[mcp.NAME]` as the last of its kind.
fn enter(document: &mut DocumentMut, name: &str, own: Table) -> Result<(), Problem> {
    let servers = document.as_table_mut().entry("mcp").or_insert_with(|| {
        let mut table = Table::new();
        // `[mcp.files]` needs no `[mcp]` above it.
        table.set_implicit(true);
        Item::Table(table)
    });
    let other = || invalid("`mcp` in `loket.toml` is no table, and is left as it is".to_owned());
    let servers = servers.as_table_like_mut().ok_or_else(other)?;
    let says = |item: &Item| item.to_string().split_whitespace().collect::<String>();
    match servers.get(name) {
        None => drop(servers.insert(name, Item::Table(own))),
        // The same once more is no error; what the owner wrote besides stays.
        Some(there) if own.iter().all(|(key, item)| there.get(key).is_some_and(|there| says(there) == says(item))) => {}
        Some(_) => {
            return Err(wrong(
                "invalid",
                format!("there is a server `{name}` already, and it is another"),
                format!("choose another name, or change `[mcp.{name}]` in `loket.toml`"),
            ));
        }
    }
    Ok(())
}

/// What is written of a server.
fn table(request: &ServerAddRequest) -> Result<Table, Problem> {
    let ServerAddRequest { command, url, secret, env, secrets, folders, read, .. } = request;
    let pairs = env.iter().chain(secrets).flat_map(|(name, value)| [name, value]);
    let all = command.iter().chain(url).chain(secret).chain(folders).chain(read).chain(pairs);
    if let Some(text) = all.into_iter().find(|text| text.len() > LONGEST || text.contains(char::is_control)) {
        let shown: String = text.chars().take(60).flat_map(char::escape_debug).collect();
        return Err(invalid(format!(
            "`{shown}` cannot be written: a server's settings are single lines of at most {LONGEST} bytes"
        )));
    }
    let list = |texts: &[String]| texts.iter().collect::<Array>();
    let map = |pairs: &std::collections::BTreeMap<String, String>| pairs.iter().collect::<InlineTable>();
    let mut own = Table::new();
    let mut set = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            own.insert(key, Item::Value(value));
        }
    };
    set("command", (!command.is_empty()).then(|| list(command).into()));
    set("url", url.as_deref().map(Value::from));
    set("secret", secret.as_deref().map(Value::from));
    set("env", (!env.is_empty()).then(|| map(env).into()));
    set("secrets", (!secrets.is_empty()).then(|| map(secrets).into()));
    set("folders", (!folders.is_empty()).then(|| list(folders).into()));
    set("read", (!read.is_empty()).then(|| list(read).into()));
    set("network", request.network.then(|| "allow".into()));
    set("elicitation", request.elicitation.then(|| "allow".into()));
    set("trust", request.full_trust.then(|| "full".into()));
    Ok(own)
}

fn unkept(error: &std::io::Error) -> Problem {
    wrong("failed", format!("what was accepted cannot be kept: {error}"), "free some space, then try again")
}

fn invalid(message: String) -> Problem {
    wrong("invalid", message, "loket mcp add --help")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(text: &str, request: &ServerAddRequest) -> Result<String, Problem> {
        let mut document: DocumentMut = text.parse().expect("it is TOML");
        enter(&mut document, &request.name, table(request)?)?;
        Ok(document.to_string())
    }

    #[test]
    fn a_server_comes_behind_the_others_and_remarks_stay() {
        let text = "# mine\nlisten = \"127.0.0.1:1\" # here\n\n[mcp.far] # dear\nurl = \"https://a.example\"\n";
        let request = ServerAddRequest {
            name: "files".into(),
            command: vec!["npx".into(), "a \"b\"".into()],
            env: [("LANG".to_owned(), "C".to_owned())].into(),
            folders: vec!["/notes:ro".into()],
            ..ServerAddRequest::default()
        };
        let after = added(text, &request).expect("it is added");
        assert!(after.starts_with(text), "{after}");
        let servers = HostConfig::parse("loket.toml", &after).expect("it can be read").live.mcp;
        assert_eq!(servers.keys().map(McpName::as_str).collect::<Vec<_>>(), ["far", "files"]);
        assert_eq!(added(&after, &request).expect("the same once more"), after);
        let other = ServerAddRequest { command: vec!["x".into()], ..request.clone() };
        assert!(added(&after, &other).expect_err("it is another").message.contains("already"));
        assert!(added("mcp = 7\n", &request).is_err());
        let line = ServerAddRequest { command: vec!["a\nb".into()], ..request };
        assert!(added("", &line).is_err(), "two lines");
    }
}
