//! What is told while a call runs: progress, to whoever gave a token for it, and notes, to whoever wants them.

#![expect(deprecated, reason = "revisions are served that have what later ones have not")]

use super::approving::waits;
use super::behind::Told;
use rmcp::RoleServer;
use rmcp::model::{LoggingLevel, LoggingMessageNotificationParam};
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::{Peer, RequestContext};
use serde_json::{Value as Json, json};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

/// What waits for a slow reader; more is dropped, and the result is whole anyway.
const WAITING: usize = 256;
/// How long the last of it may take.
const LAST: Duration = Duration::from_secs(2);
/// How much of the text that streams one note has, in bytes.
const PIECE: usize = 2_048;

/// What a call tells, on its way to its client.
pub(super) struct Telling {
    on: AbortOnDropHandle<()>,
}

/// The least serious note that a client wants.
pub(super) type Level = Option<LoggingLevel>;

impl Telling {
    /// Takes what a call tells to its client.
    pub(super) fn new(context: &RequestContext<RoleServer>, name: &str, level: Level) -> (mpsc::Sender<Told>, Telling) {
        let (tell, told) = mpsc::channel(WAITING);
        let route = Route {
            peer: context.peer.clone(),
            token: context.meta.get_progress_token(),
            level,
            name: name.to_owned(),
            step: 0.0,
        };
        (tell, Telling { on: AbortOnDropHandle::new(tokio::spawn(route.take(told))) })
    }

    /// Waits until all of it is told, but not for long.
    pub(super) async fn end(self) {
        let _ = tokio::time::timeout(LAST, self.on).await;
    }
}

struct Route {
    peer: Peer<RoleServer>,
    token: Option<ProgressToken>,
    level: Level,
    name: String,
    /// Progress only ever goes up.
    step: f64,
}

impl Route {
    async fn take(mut self, mut told: mpsc::Receiver<Told>) {
        let mut text = String::new();
        while let Some(next) = told.recv().await {
            match next {
                Told::Text(more) => {
                    text.push_str(&more);
                    if text.len() >= PIECE || told.is_empty() {
                        self.step(std::mem::take(&mut text)).await;
                    }
                    continue;
                }
                Told::Status(words) => {
                    self.note(json!(words)).await;
                    if self.level.is_none() {
                        self.step(words).await;
                    }
                }
                Told::Tool(tool) => self.step(format!("calls {tool}")).await,
                Told::Asks(ask) => {
                    let words = waits(&ask);
                    self.note(json!(words)).await;
                    self.step(words).await;
                }
                #[expect(clippy::cast_precision_loss, reason = "the protocol counts in doubles")]
                Told::Progress { what, done, total } => {
                    let Some(token) = self.token.clone() else { continue };
                    let mut progress = ProgressNotificationParam::new(token, done as f64);
                    if let Some(total) = total {
                        progress = progress.with_total(total as f64);
                    }
                    if !what.is_empty() {
                        progress = progress.with_message(what);
                    }
                    self.step = self.step.max(done as f64);
                    let _ = self.peer.notify_progress(progress).await;
                }
            }
        }
        if !text.is_empty() {
            self.step(text).await;
        }
    }

    /// Something goes on, and nobody knows how far it is.
    async fn step(&mut self, message: String) {
        let Some(token) = self.token.clone() else { return };
        self.step += 1.0;
        let progress = ProgressNotificationParam::new(token, self.step).with_message(message);
        let _ = self.peer.notify_progress(progress).await;
    }

    async fn note(&self, data: Json) {
        // All that is told are notes of the level `info`.
        let wanted = self.level.is_some_and(|level| matches!(level, LoggingLevel::Debug | LoggingLevel::Info));
        if wanted {
            let note = LoggingMessageNotificationParam::new(LoggingLevel::Info, data).with_logger(self.name.clone());
            let _ = self.peer.notify_logging_message(note).await;
        }
    }
}
