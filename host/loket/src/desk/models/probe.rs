//! Model servers on this machine: the usual ports are asked, once each and all at the same time, when the owner wants it. No other machine
//! is asked, and nothing else.

use super::fetch;
use crate::desk::wrong;
use crate::host::Host;
use futures::future::join_all;
use loket_gateways::desk::{FoundServer, ProbeRequest, Problem};
use serde::Deserialize;
use std::time::Duration;

/// Who listens where, as a rule.
const USUAL: [(u16, &str); 4] = [(11_434, "Ollama"), (1234, "LM Studio"), (8080, "llama.cpp"), (8000, "vLLM")];
/// What is said of a server that says nothing of itself.
const UNKNOWN: &str = "a model server";
/// How many ports may be asked.
const MOST_PORTS: usize = 16;
/// How long each may take.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// How many names of models are told of a server, and how long each may be, in bytes.
pub(super) const MOST_MODELS: usize = 200;
const LONGEST_NAME: usize = 200;
/// What speaks to all of them.
pub(super) const ADAPTER: &str = "loket:openai";

/// The list of an OpenAI-compatible server.
#[derive(Deserialize)]
struct Page {
    data: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    id: String,
    #[serde(default)]
    owned_by: Option<String>,
}

pub(in crate::desk) async fn probe(host: &Host, request: ProbeRequest) -> Result<Vec<FoundServer>, Problem> {
    let mut ports = request.ports;
    ports.dedup();
    if ports.len() > MOST_PORTS || ports.contains(&0) {
        let message = format!("{MOST_PORTS} ports can be asked at once, each from 1 to 65535");
        return Err(wrong("invalid", message, "loket models --probe --port 8081"));
    }
    if ports.is_empty() {
        ports = USUAL.map(|(port, _)| port).to_vec();
    }
    let found = join_all(ports.into_iter().map(|port| at(host, port))).await;
    Ok(found.into_iter().flatten().collect())
}

/// The server at a port of this machine, if one is there.
async fn at(host: &Host, port: u16) -> Option<FoundServer> {
    let url = format!("http://127.0.0.1:{port}/v1");
    let (status, page) = fetch::get(host, &format!("{url}/models"), PATIENCE).await.ok()?;
    // What listens there and answers otherwise may be anybody.
    let (models, by) = read(&page).filter(|_| status == 200)?;
    let usual = USUAL.iter().find(|(usual, _)| *usual == port).map(|(_, kind)| *kind);
    let kind = match by.as_deref() {
        Some("library") => "Ollama",
        Some("organization_owner") => "LM Studio",
        Some("llamacpp") => "llama.cpp",
        Some("vllm") => "vLLM",
        _ => usual.unwrap_or(UNKNOWN),
    };
    let live = host.settings.live();
    let here = [format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!("[::1]:{port}")];
    let known = live.models.iter().find(|(_, entry)| entry.host().is_some_and(|at| here.iter().any(|here| here == at)));
    let known = known.map(|(name, _)| name.to_string());
    Some(FoundServer { kind: kind.to_owned(), url, models, known, adapter: ADAPTER.to_owned() })
}

/// The names in a server's list, and who it says that made the first of them; none when it is no such list.
pub(super) fn read(page: &[u8]) -> Option<(Vec<String>, Option<String>)> {
    let Page { data } = serde_json::from_slice(page).ok()?;
    let by = data.first().and_then(|entry| entry.owned_by.clone());
    let fits = |id: &String| !id.is_empty() && id.len() <= LONGEST_NAME && !id.contains(char::is_control);
    Some((data.into_iter().map(|entry| entry.id).filter(fits).take(MOST_MODELS).collect(), by))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_list_is_read_within_bounds() {
        let names = |page: &str| read(page.as_bytes()).map(|(names, _)| names);
        let page = r#"{"object":"list","data":[{"id":"llama3.2","object":"model","owned_by":"library"},{"id":"a\u001bb"},{"id":""}]}"#;
        assert_eq!(names(page), Some(vec!["llama3.2".to_owned()]));
        assert_eq!(read(page.as_bytes()).and_then(|(_, by)| by).as_deref(), Some("library"));
        for page in ["", "<html>", "[]", "{}", r#"{"data":7}"#, r#"{"data":[7]}"#] {
            assert_eq!(names(page), None, "{page}");
        }
        let many: Vec<_> = (0..1_000).map(|number| serde_json::json!({ "id": number.to_string() })).collect();
        let page = serde_json::json!({ "data": many }).to_string();
        assert_eq!(names(&page).map(|names| names.len()), Some(MOST_MODELS));
    }
}
