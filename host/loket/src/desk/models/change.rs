//! A model brought in, and an agent that is to think with one: a few lines in the owner's own files, whose remarks stay where they are.

use super::needs::Needs;
use super::probe::ADAPTER;
use crate::desk::{permit, wrong};
use crate::home::write_whole;
use crate::host::Host;
use crate::refresh::Look;
use loket_gateways::desk::{ModelAddRequest, ModelChange, ModelUseRequest, Problem};
use loket_guardian::config::CONFIG_FILE;
use loket_guardian::manifest::MANIFEST_FILE;
use loket_guardian::models::{ModelChoice, ModelName};
use loket_guardian::{AgentManifest, HostConfig, Report};
use loket_kernel::Principal;
use loket_registry::PackageName;
use std::io::ErrorKind;
use std::path::Path;
use toml_edit::{DocumentMut, Item, Table, Value};

/// The agent that is meant where none is named.
const AGENT: &str = "assistant";
/// The longest text that a model's settings may have, in bytes.
const LONGEST: usize = 2048;

pub(in crate::desk) async fn add(host: &Host, request: ModelAddRequest) -> Result<ModelChange, Problem> {
    let ModelAddRequest { name, adapter, url, model, key, grant } = request;
    host.let_in("no model is brought in")?;
    let name: ModelName = name.parse().map_err(|e: loket_guardian::models::ModelNameError| invalid(e.to_string()))?;
    let adapter = adapter.unwrap_or_else(|| ADAPTER.to_owned());
    let package: PackageName = adapter.parse().map_err(|e: loket_registry::NameError| invalid(e.to_string()))?;
    if host.stock().newest(&package).is_none() {
        return Err(wrong("not-found", format!("there is no package `{package}` in the registry"), "loket packages"));
    }
    let settings =
        [("adapter", Some(adapter)), ("url", Some(url)), ("model", model), ("key", key)].map(|(k, v)| Some((k, v?)));
    if settings.iter().flatten().any(|(_, value)| value.len() > LONGEST || value.contains(char::is_control)) {
        return Err(invalid(format!("a model's settings are single lines of at most {LONGEST} bytes")));
    }
    let changed = {
        let _one_after_the_other = host.acts.lock().await;
        let path = host.home.root().join(CONFIG_FILE);
        let (before, mut document) = document(&path, CONFIG_FILE)?;
        enter(&mut document, &name.to_string(), settings.into_iter().flatten())?;
        let after = document.to_string();
        HostConfig::parse(CONFIG_FILE, &after).map_err(|report| unusable(&report))?;
        keep(&path, &before, &after)?
    };
    tokio::task::block_in_place(|| host.refresh(&Look { settings: true, ..Look::default() }));
    report(host, CONFIG_FILE.to_owned(), changed, &ModelChoice::Named(name), grant).await
}

pub(in crate::desk) async fn choose(host: &Host, request: ModelUseRequest) -> Result<ModelChange, Problem> {
    let ModelUseRequest { name, agent, grant } = request;
    let agent = agent.unwrap_or_else(|| AGENT.to_owned());
    host.let_in("no agent is given another model")?;
    let choice: ModelChoice =
        name.parse().map_err(|e: loket_guardian::models::ModelChoiceError| invalid(e.to_string()))?;
    if !host.knows_agent(&agent) {
        return Err(wrong("not-found", format!("there is no agent `{}`", agent.escape_default()), "loket agents"));
    }
    let known = match &choice {
        ModelChoice::Named(name) => host.settings.live().models.contains_key(name),
        ModelChoice::Package(package) => host.stock().newest(&package.name).is_some(),
    };
    if !known {
        return Err(wrong("not-found", format!("there is no model `{choice}`"), "loket models"));
    }
    let file = format!("agents/{agent}/{MANIFEST_FILE}");
    let changed = {
        let _one_after_the_other = host.acts.lock().await;
        let path = host.home.agents().join(&agent).join(MANIFEST_FILE);
        let (before, mut document) = document(&path, &file)?;
        set(document.as_table_mut(), "model", &choice.to_string());
        let after = document.to_string();
        AgentManifest::parse(&file, &after).map_err(|report| unusable(&report))?;
        if before != after {
            let about = [("model", choice.to_string())];
            let seq = host.act("model", &Principal::Agent(agent.as_str().into()), &about);
            let settled = host.counter.ledger.settle(seq).await;
            settled.map_err(|e| wrong("failed", e.to_string(), "loket doctor"))?;
        }
        keep(&path, &before, &after)?
    };
    tokio::task::block_in_place(|| host.refresh(&Look { agents: true, ..Look::default() }));
    report(host, file, changed, &choice, grant).await
}

/// What was written, with what is to be granted still; or with what was.
async fn report(
    host: &Host,
    file: String,
    changed: bool,
    choice: &ModelChoice,
    grant: bool,
) -> Result<ModelChange, Problem> {
    let mut granted = Vec::new();
    let needs = || match choice {
        ModelChoice::Named(name) => {
            let live = host.settings.live();
            let entry = live.models.get(name)?;
            Some(Needs::of(host, &name.to_string(), entry, entry.host()?))
        }
        // A package that needs no settings: the doctor and `loket inspect` say what an agent lacks for it.
        ModelChoice::Package(_) => None,
    };
    let mut todo = Vec::new();
    if grant {
        todo.extend(needs().and_then(|needs| needs.secret().map(str::to_owned)));
        // One after the other: what an agent may exercise is what the adapter was granted just now.
        for request in needs().into_iter().flat_map(Needs::grants) {
            granted.push(permit::grant(host, request).await?);
        }
    }
    todo.extend(needs().map(|needs| needs.commands()).unwrap_or_default());
    todo.dedup();
    Ok(ModelChange { file, changed, granted, todo })
}

/// A file's text, and the same taken apart; nothing where there is no file.
pub(in crate::desk) fn document(path: &Path, file: &str) -> Result<(String, DocumentMut), Problem> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(wrong("failed", format!("`{file}` cannot be read: {error}"), "loket doctor")),
    };
    let document = text.parse().map_err(|error: toml_edit::TomlError| {
        let message = format!("`{file}` is not valid TOML, and is left as it is: {}", error.message());
        wrong("invalid", message, "loket doctor")
    })?;
    Ok((text, document))
}

/// Writes `[models.NAME]` as the last of its kind.
fn enter<'k>(
    document: &mut DocumentMut,
    name: &str,
    settings: impl Iterator<Item = (&'k str, String)>,
) -> Result<(), Problem> {
    let other = || invalid("`models` in `loket.toml` is no table, and is left as it is".to_owned());
    let models = document.as_table_mut().entry("models").or_insert_with(|| {
        let mut table = Table::new();
        // `[models.local]` needs no `[models]` above it.
        table.set_implicit(true);
        Item::Table(table)
    });
    let models = models.as_table_like_mut().ok_or_else(other)?;
    let mut own = Table::new();
    for (key, value) in settings {
        own.insert(key, toml_edit::value(value));
    }
    match models.get(name) {
        None => drop(models.insert(name, Item::Table(own))),
        // The same once more is no error; what the owner wrote besides stays.
        Some(there) if own.iter().all(|(key, value)| there.get(key).and_then(Item::as_str) == value.as_str()) => {}
        Some(_) => {
            return Err(wrong(
                "invalid",
                format!("there is a model `{name}` already, and it is another"),
                format!("choose another name, or change `[models.{name}]` in `loket.toml`"),
            ));
        }
    }
    Ok(())
}

/// Sets a key to a text, and leaves what stands around it.
fn set(table: &mut Table, key: &str, text: &str) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(value) if value.as_str() == Some(text) => {}
        Some(value) => {
            let around = value.decor().clone();
            *value = Value::from(text);
            *value.decor_mut() = around;
        }
        None => drop(table.insert(key, toml_edit::value(text))),
    }
}

/// Writes a file, where it is another than before; answers whether it is.
pub(in crate::desk) fn keep(path: &Path, before: &str, after: &str) -> Result<bool, Problem> {
    if before == after {
        return Ok(false);
    }
    let kept = write_whole(path, after.as_bytes());
    kept.map_err(|e| wrong("failed", format!("`{}` cannot be written: {e}", path.display()), "loket doctor"))?;
    Ok(true)
}

/// A file that says something without a meaning.
pub(in crate::desk) fn unusable(report: &Report) -> Problem {
    wrong("invalid", report.message(), report.next().join("\n"))
}

fn invalid(message: String) -> Problem {
    wrong("invalid", message, "loket models add --help")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(text: &str, name: &str) -> Result<String, Problem> {
        let mut document: DocumentMut = text.parse().expect("it is TOML");
        let settings = [("adapter", "loket:openai"), ("url", "http://127.0.0.1:1/v1")];
        enter(&mut document, name, settings.into_iter().map(|(key, value)| (key, value.to_owned())))?;
        Ok(document.to_string())
    }

    #[test]
    fn a_model_comes_behind_the_others_and_remarks_stay() {
        let text = "# mine\nlisten = \"127.0.0.1:1\" # here\n\n[models.large] # dear\nadapter = \"loket:openai\"\nurl = \"https://a.example\"\n";
        let after = added(text, "local").expect("it is added");
        let own = "\n[models.local]\nadapter = \"loket:openai\"\nurl = \"http://127.0.0.1:1/v1\"\n";
        assert_eq!(after, format!("{text}{own}"));
        assert_eq!(added(&after, "local").expect("the same once more"), after);
        assert!(added(text, "large").expect_err("it is another").message.contains("already"));
        assert_eq!(added("", "local").expect("into nothing").trim(), own.trim());
        assert!(added("models = 7\n", "local").is_err());
    }

    #[test]
    fn an_agents_model_is_another_and_what_stands_around_it_is_not() {
        let text = "package = \"loket:assistant\"\nmodel = \"loket:offline\"  # for now\n\n[limits]\nrounds = 8\n";
        let mut document: DocumentMut = text.parse().expect("it is TOML");
        set(document.as_table_mut(), "model", "local");
        assert_eq!(document.to_string(), text.replace("loket:offline", "local"));
        let mut document: DocumentMut = "package = \"a:b\"\n[limits]\nrounds = 8\n".parse().expect("it is TOML");
        set(document.as_table_mut(), "model", "local");
        assert_eq!(document.to_string(), "package = \"a:b\"\nmodel = \"local\"\n[limits]\nrounds = 8\n");
    }
}
