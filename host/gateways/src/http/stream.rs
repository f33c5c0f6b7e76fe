//! Answers that go on: a turn while it runs, the ledger while it grows. As server-sent events.
//!
//! A stream ends when its reader goes away or the service goes down, and what feeds it ends with it.

use super::answer::{Refusal, Sent};
use super::gate::Peer;
use super::routes::App;
use crate::desk::{ChatEvent, ChatReply, ChatRequest, Problem};
use axum::Extension;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::{self, Stream, StreamExt};
use serde::Serialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// Events that wait for a slow reader; more are dropped, and the reply has the whole text anyway.
const WAITING: usize = 256;
/// How often a silent stream says that it is alive.
const ALIVE: Duration = Duration::from_secs(15);

/// `POST /chat`: the turn's events, then `reply` or `problem`.
pub(crate) async fn chat(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    Sent(request): Sent<ChatRequest>,
) -> Response {
    let (sender, events) = mpsc::channel(WAITING);
    let desk = app.desk.clone();
    // A task of its own, so that a slow reader never holds the turn up; it ends with the stream.
    let turn = AbortOnDropHandle::new(tokio::spawn(async move { desk.chat(request, sender).await }));
    let running = Running { events, turn, cut: peer.cut, last: None, over: false };
    sse(stream::unfold(running, |mut running| async move { running.next().await.map(|event| (Ok(event), running)) }))
}

/// `GET /ledger/follow`: one `line` for each new line.
pub(crate) async fn follow(State(app): State<Arc<App>>, Extension(peer): Extension<Peer>) -> Result<Response, Refusal> {
    let lines = app.desk.follow().await?.map(|line| Ok(event("line", &line).id(line.seq.to_string())));
    Ok(sse(lines.take_until(peer.shutdown.cancelled_owned())))
}

/// A turn that is running.
struct Running {
    events: mpsc::Receiver<ChatEvent>,
    turn: AbortOnDropHandle<Result<ChatReply, Problem>>,
    cut: CancellationToken,
    /// How it ended, while events that came before are still to be sent.
    last: Option<Event>,
    over: bool,
}

impl Running {
    async fn next(&mut self) -> Option<Event> {
        if self.over {
            return None;
        }
        if self.last.is_none() {
            tokio::select! {
                biased;
                () = self.cut.cancelled() => {
                    self.over = true;
                    let problem = Problem::unavailable("the host is going down, and the turn was cancelled");
                    return Some(event("problem", &problem.hint("say it again when the host is back")));
                }
                Some(happened) = self.events.recv() => return Some(event(name(&happened), &happened)),
                outcome = &mut self.turn => self.last = Some(match outcome {
                    Ok(Ok(reply)) => event("reply", &reply),
                    Ok(Err(problem)) => event("problem", &problem),
                    Err(error) => {
                        tracing::error!(%error, "loket.gate.turn");
                        let problem = Problem::failed("the host met a fault of its own, and the turn ended");
                        event("problem", &problem.hint("`loket doctor` looks the host over"))
                    }
                }),
            }
        }
        // What was sent before the end is told before the end.
        if let Ok(happened) = self.events.try_recv() {
            return Some(event(name(&happened), &happened));
        }
        self.over = true;
        self.last.take()
    }
}

fn sse(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    Sse::new(events).keep_alive(KeepAlive::new().interval(ALIVE)).into_response()
}

fn event(name: &str, data: &impl Serialize) -> Event {
    // The desk's shapes always have a JSON form; should one not, an empty event is better than a panic.
    Event::default().event(name).json_data(data).unwrap_or_default()
}

fn name(event: &ChatEvent) -> &'static str {
    match event {
        ChatEvent::Text { .. } => "text",
        ChatEvent::Status { .. } => "status",
        ChatEvent::Tool { .. } => "tool",
        ChatEvent::Progress { .. } => "progress",
        ChatEvent::Ask { .. } => "ask",
    }
}
