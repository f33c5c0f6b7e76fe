//! Answers that go on: a turn while it runs, the ledger while it grows, the home while it changes. As server-sent events, whose readers
//! may come back.
//!
//! A stream ends when its reader goes away or the service goes down.

use super::answer::{Problems, Refusal, Sent};
use super::gate::Peer;
use super::news::{Change, News};
use super::routes::App;
use super::talk::{Follower, Happened, LAST_EVENT, MISSED, STREAM};
use crate::desk::{Caller, ChatEvent, ChatRequest, Desk, LedgerLine, LedgerQuery, Problem, Visitor};
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::{self, Stream, StreamExt};
use serde::Serialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// How many lines of the ledger are read at once, and how many are made up for.
const PAGE: u32 = 1000;
const MOST_MISSED: usize = 20_000;
/// How often a silent stream says that it is alive.
const ALIVE: Duration = Duration::from_secs(15);

/// Say something to an agent: one turn.
///
/// Answers with server-sent events: `text`, `status`, `tool`, `progress` and `ask` as they happen, each with its shape of `ChatEvent`; and at
/// the end `reply` with a `ChatReply`, or `problem` with a `Problem`. Each has an id. The turn goes on when its reader goes away: who comes
/// back reads on at `/api/v1/chat/events`, and who does not mean to stops it.
#[utoipa::path(post, path = "/api/v1/chat", tag = "talk", request_body = ChatRequest, responses((status = 200, content_type = "text/event-stream", body = ChatEvent), Problems))]
pub(crate) async fn chat(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    Extension(visitor): Extension<Visitor>,
    Sent(request): Sent<ChatRequest>,
) -> Result<Response, Refusal> {
    let talk = app.talks.begin(app.desk.clone(), request, &visitor, peer.cut)?;
    Ok(told(talk.follow(0)))
}

/// Read on in a turn whose connection broke.
///
/// `Last-Event-ID` names the last event that the reader has; those after it follow, as the turn's own stream has them. They are kept while the
/// turn runs and five minutes longer, of the last 64 turns, up to 1 MiB of each; a `status` says so where some are not kept any more.
#[utoipa::path(get, path = "/api/v1/chat/events", tag = "talk", params(("Last-Event-ID" = String, Header, description = "The id of the last event that the reader has.")), responses((status = 200, content_type = "text/event-stream", body = ChatEvent), Problems))]
pub(crate) async fn resume(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (talk, after) = app.talks.resumed(&caller.name, &headers)?;
    Ok(told(talk.follow(after)))
}

fn told(follower: Follower) -> Response {
    let id = HeaderValue::from_str(follower.talk().id());
    let mut response = sse(stream::unfold(follower, |mut follower| async move {
        let (number, happened) = follower.next().await?;
        let event = match &*happened {
            Happened::Event(happened) => event(name(happened), happened),
            Happened::Missed => event("status", &ChatEvent::Status { text: MISSED.to_owned() }),
            Happened::Reply(reply) => event("reply", reply),
            Happened::Problem(problem) => event("problem", problem),
        };
        let id = format!("{}.{number}", follower.talk().id());
        Some((Ok(event.id(id)), follower))
    }));
    response.headers_mut().extend(id.ok().map(|id| (STREAM, id)));
    response
}

/// Follow what changes in the home.
///
/// Server-sent events. The first is `now`, with how everything is, in the shape of `Now`; then come `ask-opened`, `ask-closed`, `agent`,
/// `package` and `safe-mode`, each with its shape of `Change`. A reader that comes back sends `Last-Event-ID`, and gets what it missed, or
/// `now` where that is too much.
#[utoipa::path(get, path = "/api/v1/events", tag = "host", responses((status = 200, content_type = "text/event-stream", body = Change), Problems))]
pub(crate) async fn changes(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    let last = headers.get(LAST_EVENT).and_then(|id| id.to_str().ok()).map(str::to_owned);
    let watcher = app.news.watch(last.as_deref()).await;
    let told = stream::unfold(watcher, |mut watcher| async move {
        let (id, news) = watcher.next().await?;
        let event = match &news {
            News::Now(now) => event("now", &**now),
            News::Change(change) => event(change.name(), &**change),
        };
        Some((Ok(event.id(id)), watcher))
    });
    sse(told.take_until(peer.shutdown.cancelled_owned()))
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
