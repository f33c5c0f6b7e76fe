//! The first time that somebody talks: when a model server is on this machine, and the agent has no language model yet, one question.
//!
//! It is asked at a prompt only, and once: a no is remembered in the home. Nothing is written before the answer.

use crate::cli::failure::Outcome;
use crate::cli::models;
use crate::cli::screen::DIM;
use crate::cli::session::Session;
use crate::client::discover;
use crate::desk::{FoundServer, ModelAddRequest, ModelUseRequest, ProbeRequest, Problem};
use std::io::ErrorKind;
use std::path::Path;
use tokio::io::AsyncBufReadExt as _;

/// The file in the home's state that remembers a no.
const DECLINED: &str = "no-model-wanted";
/// What the model is called.
const NAME: &str = "local";
/// The model of an agent that was given none.
const OFFLINE: &str = "loket:offline";
/// The longest answer that is read, in bytes.
const ANSWER: u64 = 1024;

/// Offers what was found, where there is anything to offer. Whatever goes wrong here holds nobody up.
pub(in crate::cli) async fn offer(session: &mut Session, agent: &str, ports: &[u16]) -> Outcome {
    let declined = discover::state(&session.home).join(DECLINED);
    if session.screen.is_json() || declined.exists() || !is_bare(session, agent).await {
        return Ok(());
    }
    let request = ProbeRequest { ports: ports.to_vec() };
    match session.client.models_probe(&request).await {
        Ok(found) => ask(session, agent, &found, &declined).await,
        Err(_) => Ok(()),
    }
}

/// The question, and what follows from its answer.
pub(in crate::cli) async fn ask(session: &mut Session, agent: &str, found: &[FoundServer], declined: &Path) -> Outcome {
    let Some((server, model)) =
        found.iter().find_map(|server| Some((server, models::to_talk_to(server).filter(|_| server.known.is_none())?)))
    else {
        return Ok(());
    };
    let words = format!("{} on this machine has the model {model}. Shall `{agent}` think with it?", server.kind);
    session.screen.wrapped(0, &words)?;
    session.screen.stream("[Y/n] ")?;
    let mut answer = String::new();
    let read = tokio::io::AsyncReadExt::take(&mut session.input.lines, ANSWER).read_line(&mut answer).await;
    // The end of the input is no answer.
    if !read.is_ok_and(|read| read > 0) {
        session.screen.text("")?;
        return Ok(());
    }
    match answer.trim().to_lowercase().as_str() {
        "" | "y" | "yes" => take(session, agent, server, model).await,
        _ => {
            remember(declined);
            let words =
                format!("not asked again; later: loket models add {NAME} --url {} --model {model} --grant", server.url);
            Ok(session.screen.wrapped(0, &words)?)
        }
    }
}

/// Whether the agent thinks with nothing but what needs no server, and the home knows of no other model.
async fn is_bare(session: &Session, agent: &str) -> bool {
    let Ok(agents) = session.client.agents().await else { return false };
    if !agents.iter().any(|known| known.name == agent && known.model == OFFLINE) {
        return false;
    }
    session.client.models().await.is_ok_and(|list| list.models.iter().all(|model| model.url.is_none()))
}

async fn take(session: &mut Session, agent: &str, server: &FoundServer, model: &str) -> Outcome {
    let add = ModelAddRequest {
        name: NAME.to_owned(),
        adapter: Some(server.adapter.clone()),
        url: server.url.clone(),
        model: Some(model.to_owned()),
        key: None,
        grant: true,
    };
    let added = session.client.model_add(&add).await?;
    models::told(&mut session.screen, &added)?;
    let choice = ModelUseRequest { name: NAME.to_owned(), agent: Some(agent.to_owned()), grant: true };
    let chosen = session.client.model_use(&choice).await?;
    models::told(&mut session.screen, &chosen)?;
    let words = format!("`{agent}` thinks with {model} now; `loket models` shows it");
    Ok(session.screen.styled(DIM, &words)?)
}

/// A no that cannot be kept is asked for once more; nothing else follows from it.
fn remember(declined: &Path) {
    let kept = std::fs::File::create_new(declined).map(drop);
    if let Err(error) = kept.or_else(|error| if error.kind() == ErrorKind::AlreadyExists { Ok(()) } else { Err(error) })
    {
        let why = Problem::failed(format!("`{}` cannot be written: {error}", declined.display()));
        tracing::debug!(why = why.message, "loket.chat.offer");
    }
}
