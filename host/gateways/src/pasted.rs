//! What other programs keep of their servers: JSON with `mcpServers`, each by its name, as what this home is asked for.

use crate::desk::{Problem, ServerAddRequest};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Parts of a variable's name by which its value is taken for a secret.
const SECRET_WORDS: [&str; 6] = ["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL"];

#[derive(Debug, Deserialize)]
struct File {
    #[serde(rename = "mcpServers")]
    servers: BTreeMap<String, Entry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entry {
    command: Option<String>,
    args: Vec<String>,
    env: BTreeMap<String, String>,
    url: Option<String>,
    headers: BTreeMap<String, String>,
}

/// A server as somebody else has it.
#[derive(Debug, Clone)]
pub struct Pasted {
    /// What it is called there.
    pub called: String,
    /// What is asked for.
    pub request: ServerAddRequest,
    /// The commands that are left to type for its secrets: no value of one is taken over.
    pub todo: Vec<String>,
}

/// The servers of a text, by name. Their tools are granted to the agent `to`, if one is named.
///
/// # Errors
/// When it is no such JSON.
pub fn read(text: &str, to: Option<&str>, network: bool) -> Result<Vec<Pasted>, Problem> {
    let file: File = serde_json::from_str(text).map_err(|e| {
        Problem::invalid(e.to_string()).hint("it is a JSON object with `mcpServers`, each with a `command` or a `url`")
    })?;
    let pasted = |(called, entry): (String, Entry)| {
        let (request, todo) = request(&called, entry, to.map(str::to_owned), network);
        Pasted { called, request, todo }
    };
    Ok(file.servers.into_iter().map(pasted).collect())
}

/// What to bring in, and what is left to do for it.
fn request(name: &str, entry: Entry, to: Option<String>, network: bool) -> (ServerAddRequest, Vec<String>) {
    let own = kebab(name);
    let Entry { command, args, env, url, headers } = entry;
    let mut notes = Vec::new();
    let is_secret = |variable: &String| SECRET_WORDS.iter().any(|word| variable.to_uppercase().contains(word));
    let (secrets, env): (BTreeMap<_, _>, BTreeMap<_, _>) =
        env.into_iter().partition(|(variable, _)| is_secret(variable));
    let secrets: BTreeMap<String, String> =
        secrets.into_keys().map(|variable| (variable.clone(), format!("{own}-{}", kebab(&variable)))).collect();
    notes.extend(secrets.values().map(|secret| format!("loket secret set {secret} --host HOST")));
    let bearer = headers.keys().any(|header| header.eq_ignore_ascii_case("authorization")) && url.is_some();
    if bearer {
        notes.push(format!("loket secret set {own} --host HOST"));
    }
    let request = ServerAddRequest {
        command: command.into_iter().chain(args).collect(),
        secret: bearer.then(|| own.clone()),
        name: own,
        network: network && url.is_none(),
        url,
        env,
        secrets,
        to,
        ..ServerAddRequest::default()
    };
    (request, notes)
}

/// A name as this home has them.
fn kebab(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let text: String = name.chars().map(plain).collect();
    let words: Vec<&str> = text.split('-').filter(|word| !word.is_empty()).collect();
    let joined = words.join("-");
    match joined.starts_with(|c: char| c.is_ascii_lowercase()) {
        true => joined,
        false => format!("mcp-{joined}").trim_end_matches('-').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_others_keep_becomes_what_is_asked_for_and_no_secret_is_taken_over() {
        let text = json!({ "mcpServers": {
            "My Files": { "command": "npx", "args": ["-y", "x"], "env": { "LANG": "C", "GITHUB_TOKEN": "ghp_1" } },
            "far": { "type": "http", "url": "https://a.example", "headers": { "Authorization": "Bearer x" } },
        } });
        let mut all = read(&text.to_string(), None, true).expect("it can be read").into_iter();
        let Pasted { request: files, todo: notes, .. } = all.next().expect("two");
        assert_eq!((files.name.as_str(), &files.command[..]), ("my-files", &["npx", "-y", "x"].map(str::to_owned)[..]));
        assert_eq!(files.env.keys().collect::<Vec<_>>(), ["LANG"]);
        assert_eq!(files.secrets["GITHUB_TOKEN"], "my-files-github-token");
        assert_eq!(notes, ["loket secret set my-files-github-token --host HOST"]);
        let Pasted { request: far, todo: notes, .. } = all.next().expect("two");
        assert_eq!((far.secret.as_deref(), far.network, notes.len()), (Some("far"), false, 1));
    }
}
