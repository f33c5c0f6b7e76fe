//! What is granted in a scratch home: what the component asks for, and its use.

use super::Scratch;
use crate::client::Client;
use crate::desk::{GrantRequest, Problem};
use crate::workshop::BuildReport;
use std::path::Path;
use std::time::Duration;

/// The agent that uses tools, where there is one.
const ASSISTANT: &str = "assistant";
/// How long a new agent may take to be seen.
const PATIENCE: Duration = Duration::from_secs(30);

/// Grants what is missing; answers with it, in words.
pub(super) async fn grant(
    client: &Client,
    scratch: &Scratch,
    project: &Path,
    (built, reference): (&BuildReport, &str),
) -> Result<Vec<String>, Problem> {
    let mut granted = Vec::new();
    let name = built.package.split_once(':').map_or(built.package.as_str(), |(_, name)| name);
    match built.role.as_str() {
        "agent" => {
            // This very version: one that is for trying is not what a manifest means that names none.
            let manifest = read(&project.join("agent.toml")).unwrap_or_default();
            let others = manifest.lines().filter(|line| !line.trim_start().starts_with("package"));
            let runs = format!("package = \"{}\"", reference.replace('@', "@="));
            let manifest = others.fold(runs, |text, line| format!("{text}\n{line}")) + "\n";
            let persona = read(&project.join("persona.md"));
            let files = [("persona.md", persona.as_deref()), ("agent.toml", Some(&*manifest))];
            agent(client, scratch, name, files, Some(reference)).await?;
            imports(client, name, name, &mut granted).await?;
        }
        "model" => {
            imports(client, &built.package, &built.package, &mut granted).await?;
            if client.packages().await?.iter().any(|package| package.name == "loket:assistant") {
                let manifest = format!("package = \"loket:assistant\"\nmodel = \"{}\"\n", built.package);
                agent(client, scratch, name, [("persona.md", None), ("agent.toml", Some(&manifest))], None).await?;
                imports(client, name, name, &mut granted).await?;
                one(client, name, &built.package, &mut granted).await?;
            }
        }
        role => {
            imports(client, &built.package, &built.package, &mut granted).await?;
            let is_used = matches!(role, "tool" | "command");
            if is_used && client.agents().await?.iter().any(|agent| agent.name == ASSISTANT) {
                one(client, ASSISTANT, &built.package, &mut granted).await?;
            }
        }
    }
    Ok(granted)
}

/// Grants what a package or an agent asks for and lacks.
async fn imports(client: &Client, subject: &str, grantee: &str, granted: &mut Vec<String>) -> Result<(), Problem> {
    for import in client.inspect(subject).await?.imports {
        if import.state == "missing" {
            let capability = import.capability.split('@').next().unwrap_or_default();
            one(client, grantee, capability, granted).await?;
        }
    }
    Ok(())
}

/// Grants one thing, unless it is granted already.
async fn one(client: &Client, grantee: &str, capability: &str, granted: &mut Vec<String>) -> Result<(), Problem> {
    if client.grants(Some(grantee)).await?.iter().any(|grant| grant.capability == capability) {
        return Ok(());
    }
    let request =
        GrantRequest { grantee: grantee.to_owned(), capability: capability.to_owned(), ..GrantRequest::default() };
    client.grant(&request).await?;
    granted.push(format!("{grantee} may use {capability}"));
    Ok(())
}

/// Lays an agent's folder into the home, and waits until it is seen, and runs the package that is named.
async fn agent(
    client: &Client,
    scratch: &Scratch,
    name: &str,
    files: [(&str, Option<&str>); 2],
    package: Option<&str>,
) -> Result<(), Problem> {
    let folder = scratch.home.join("agents").join(name);
    let failed = |error: std::io::Error| {
        Problem::failed(format!("`{}` cannot be written: {error}", folder.display())).hint("check who may write there")
    };
    std::fs::create_dir_all(&folder).map_err(failed)?;
    // The manifest last: it makes an agent of the folder.
    for (file, text) in files {
        let (path, Some(text)) = (folder.join(file), text) else { continue };
        if read(&path).as_deref() != Some(text) {
            std::fs::write(&path, text).map_err(failed)?;
        }
    }
    let seen = async {
        while !client
            .agents()
            .await?
            .iter()
            .any(|agent| agent.name == name && package.is_none_or(|it| it == agent.package))
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, seen).await.unwrap_or_else(|_| {
        Err(Problem::failed(format!("the agent `{name}` is in the home, and was not taken up")).hint("loket agents"))
    })
}

/// A small text file, where there is one.
fn read(path: &Path) -> Option<String> {
    let small = std::fs::metadata(path).is_ok_and(|found| found.len() < 1 << 20);
    small.then(|| std::fs::read_to_string(path).ok()).flatten()
}
