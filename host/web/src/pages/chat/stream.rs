//! A message, and its answer while it comes: as server-sent events, whose words are HTML already.
//!
//! `text` the answer so far, `status`, `tool` and `progress` what happens meanwhile, `ask` a call that waits for the owner; at the end `reply`
//! or `problem`. The turn ends with its stream: whoever goes away cancels it.

use super::exchange::Exchange;
use super::say::Said;
use crate::app::App;
use crate::entry::{Me, query};
use crate::form::Form;
use crate::live::event;
use crate::markdown::markdown;
use crate::pages::approvals::card;
use crate::parts;
use crate::plain::{excerpt, plain};
use axum::Extension;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use loket_gateways::desk::{ChatEvent, ChatReply, Problem};
use loket_gateways::http::Peer;
use serde_json::json;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// Events that wait for a slow reader; more are dropped, and the reply has the whole text anyway.
const WAITING: usize = 256;
/// How often a silent stream says that it is alive.
const ALIVE: Duration = Duration::from_secs(15);
/// How long words are gathered before they are shown: all of them are made HTML each time.
const GATHER: Duration = Duration::from_millis(60);
/// From so many bytes on, an answer is shown again only when it is whole.
const LONG: usize = 64 << 10;

/// `POST /chat/stream`
pub(crate) async fn stream(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    Form(said, me): Form<Said>,
) -> Response {
    let (sender, events) = mpsc::channel(WAITING);
    let (agent, asked, desk) = (said.agent.clone(), said.text.clone(), app.desk.clone());
    let request = said.request();
    // A task of its own, so that a slow reader never holds the turn up; it ends with the stream.
    let turn = AbortOnDropHandle::new(tokio::spawn(async move { desk.chat(request, sender).await }));
    let running = Running {
        app,
        me,
        agent,
        asked,
        events,
        turn,
        cut: peer.cut,
        said: String::new(),
        gathered: None,
        over: false,
    };
    let told = stream::unfold(running, |mut running| async move {
        running.next().await.map(|event| (Ok::<_, Infallible>(event), running))
    });
    Sse::new(told).keep_alive(KeepAlive::new().interval(ALIVE)).into_response()
}

/// A turn that is running.
struct Running {
    app: Arc<App>,
    me: Me,
    agent: String,
    asked: String,
    events: mpsc::Receiver<ChatEvent>,
    turn: AbortOnDropHandle<Result<ChatReply, Problem>>,
    cut: CancellationToken,
    /// The answer so far.
    said: String,
    /// Since when words are gathered that are not shown yet.
    gathered: Option<Instant>,
    over: bool,
}

impl Running {
    async fn next(&mut self) -> Option<Event> {
        while !self.over {
            let shown = self.gathered.map(|since| since + GATHER);
            let due = async {
                match shown {
                    Some(at) => tokio::time::sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = self.cut.cancelled() => {
                    let problem = Problem::unavailable("the host is going down, and the turn was cancelled");
                    return Some(self.end(Err(problem.hint("say it again when the host is back"))));
                }
                () = self.me.visitor.gone() => {
                    let problem = Problem::denied("your session is over, and the turn was cancelled");
                    return Some(self.end(Err(problem.hint("log in again"))));
                }
                () = due => return Some(self.words()),
                Some(happened) = self.events.recv() => {
                    if let Some(event) = self.told(happened) {
                        return Some(event);
                    }
                }
                outcome = &mut self.turn => {
                    let outcome = outcome.unwrap_or_else(|error| {
                        tracing::error!(%error, "loket.web.turn");
                        let problem = Problem::failed("the host met a fault of its own, and the turn ended");
                        Err(problem.hint("`loket doctor` looks the host over"))
                    });
                    return Some(self.end(outcome));
                }
            }
        }
        None
    }

    /// What is told of something that happened; words are gathered first.
    fn told(&mut self, happened: ChatEvent) -> Option<Event> {
        match self.app.clean(happened) {
            ChatEvent::Text { text } => {
                self.said.push_str(&text);
                if self.said.len() <= LONG {
                    self.gathered.get_or_insert_with(Instant::now);
                }
                None
            }
            ChatEvent::Status { text } => Some(event("status", &json!({ "text": excerpt(&text, 200) }))),
            ChatEvent::Tool { name } => Some(event("tool", &json!({ "text": plain(&name) }))),
            ChatEvent::Progress { what, done, total } => {
                let of = total.map(|total| format!("/{total}")).unwrap_or_default();
                Some(event("status", &json!({ "text": format!("{} {done}{of}", excerpt(&what, 200)) })))
            }
            ChatEvent::Ask { ask } => {
                Some(event("ask", &json!({ "id": ask.id, "html": card::inline(&ask, &self.me).into_string() })))
            }
        }
    }

    fn words(&mut self) -> Event {
        self.gathered = None;
        event("text", &json!({ "html": markdown(&self.said).into_string() }))
    }

    fn end(&mut self, outcome: Result<ChatReply, Problem>) -> Event {
        self.over = true;
        match outcome {
            Ok(reply) => {
                let exchange = Exchange::of(std::mem::take(&mut self.asked), self.app.clean(reply));
                let html = exchange.answer(&self.me, &self.agent).into_string();
                let place = [("agent", self.agent.as_str()), ("conversation", &exchange.conversation)];
                event(
                    "reply",
                    &json!({ "html": html, "conversation": exchange.conversation, "place": format!("/?{}", query(&place)) }),
                )
            }
            Err(problem) => {
                event("problem", &json!({ "html": parts::problem(&self.app.clean(problem)).into_string() }))
            }
        }
    }
}
