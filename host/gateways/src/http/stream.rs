//! Answers that go on: a turn while it runs, the ledger while it grows. As server-sent events.
//!
//! A stream ends when its reader goes away or the service goes down, and what feeds it ends with it.

use super::answer::{Problems, Refusal, Sent};
use super::gate::Peer;
use super::routes::App;
use crate::desk::{ChatEvent, ChatReply, ChatRequest, Desk, LedgerLine, LedgerQuery, Problem};
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName};
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
/// By what a reader that comes back says what it has.
const LAST_EVENT: HeaderName = HeaderName::from_static("last-event-id");
/// How many lines of the ledger are read at once, and how many are made up for.
const PAGE: u32 = 1000;
const MOST_MISSED: usize = 20_000;
/// How often a silent stream says that it is alive.
const ALIVE: Duration = Duration::from_secs(15);

/// Say something to an agent: one turn.
///
/// Answers with server-sent events: `text`, `status`, `tool`, `progress` and `ask` as they happen, each with its shape of `ChatEvent`; and at
/// the end `reply` with a `ChatReply`, or `problem` with a `Problem`.
#[utoipa::path(post, path = "/api/v1/chat", tag = "talk", request_body = ChatRequest, responses((status = 200, content_type = "text/event-stream", body = ChatEvent), Problems))]
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

/// Follow the ledger while it grows.
///
/// Server-sent events, one `line` for each new line, whose number is the event's id. A reader that comes back sends `Last-Event-ID`, and gets
/// what it missed first.
#[utoipa::path(get, path = "/api/v1/ledger/follow", tag = "ledger", responses((status = 200, content_type = "text/event-stream", body = LedgerLine), Problems))]
pub(crate) async fn follow(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    // What comes from now on is waited for first, so that nothing is missed in between.
    let coming = app.desk.follow().await?;
    let missed = match after(&headers)? {
        Some(after) => missed(app.desk.clone(), after).await?,
        None => Vec::new(),
    };
    let last = missed.last().map_or(0, |line| line.seq);
    let coming = coming.filter(move |line| std::future::ready(line.seq > last));
    let lines = stream::iter(missed).chain(coming).map(|line| Ok(event("line", &line).id(line.seq.to_string())));
    Ok(sse(lines.take_until(peer.shutdown.cancelled_owned())))
}

/// The number of the last line that a reader has who comes back.
fn after(headers: &HeaderMap) -> Result<Option<u64>, Refusal> {
    let Some(id) = headers.get(LAST_EVENT) else { return Ok(None) };
    let number = id.to_str().ok().and_then(|id| id.trim().parse().ok());
    let wrong = || Problem::invalid(format!("`Last-Event-ID` is {id:?}, and is the number of a line"));
    Ok(Some(number.ok_or_else(|| wrong().hint("send the id of the last event that you have, or leave it out"))?))
}

/// The lines that came after this one.
async fn missed(desk: Arc<dyn Desk>, after: u64) -> Result<Vec<LedgerLine>, Problem> {
    let mut lines: Vec<LedgerLine> = Vec::new();
    loop {
        let from = lines.last().map_or(after, |line| line.seq).saturating_add(1);
        let page = desk.ledger(LedgerQuery { from: Some(from), turn: None, limit: Some(PAGE) }).await?;
        let is_last = page.len() < PAGE as usize;
        lines.extend(page);
        if is_last {
            return Ok(lines);
        }
        if lines.len() > MOST_MISSED {
            return Err(Problem::exhausted(format!("more than {MOST_MISSED} lines came since line {after}"))
                .hint("read them page by page: GET /api/v1/ledger?from="));
        }
    }
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
