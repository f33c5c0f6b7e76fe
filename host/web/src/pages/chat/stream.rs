//! A message, and its answer while it comes: as server-sent events, whose words are HTML already.
//!
//! `text` the answer so far, `status`, `tool` and `progress` what happens meanwhile, `ask` a call that waits for the owner; at the end `reply`
//! or `problem`. Each has an id. The turn goes on when its page is gone; a page whose connection broke reads on where it was. It ends with the
//! session in which it began; in another one that hears it, only the hearing does.

use super::exchange::Exchange;
use super::say::Said;
use crate::app::App;
use crate::entry::{Me, query};
use crate::fault::Fault;
use crate::form::Form;
use crate::live::event;
use crate::markdown::markdown;
use crate::pages::approvals::card;
use crate::parts;
use crate::plain::{excerpt, plain};
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use loket_gateways::desk::{ChatEvent, ChatReply, Problem};
use loket_gateways::http::Peer;
use loket_gateways::http::talk::{Follower, Happened, MISSED, STREAM, Talk, Talks};
use serde_json::json;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

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
    Extension(talks): Extension<Talks>,
    Form(said, me): Form<Said>,
) -> Response {
    match said.request().and_then(|request| talks.begin(app.desk.clone(), request, &me.visitor, peer.cut)) {
        Ok(talk) => heard(app, me, &talk, 0),
        Err(problem) => Fault::from(problem).in_words(),
    }
}

/// `GET /chat/stream`: what came after the event of `Last-Event-ID`.
pub(crate) async fn resume(
    State(app): State<Arc<App>>,
    Extension(talks): Extension<Talks>,
    Extension(me): Extension<Me>,
    headers: HeaderMap,
) -> Response {
    match talks.resumed(&me.visitor.caller.name, &headers) {
        Ok((talk, after)) => heard(app, me, &talk, after),
        Err(problem) => Fault::from(problem).in_words(),
    }
}

fn heard(app: Arc<App>, me: Me, talk: &Arc<Talk>, after: u64) -> Response {
    // The words so far are needed also of what was told before.
    let (follower, said) = (talk.follow(0), String::new());
    let hearing = Hearing { app, me, follower, after, number: after, said, whole: true, gathered: None, over: false };
    let told = stream::unfold(hearing, |mut hearing| async move {
        let event = hearing.next().await?;
        let id = format!("{}.{}", hearing.follower.talk().id(), hearing.number);
        Some((Ok::<_, Infallible>(event.id(id)), hearing))
    });
    let mut response = Sse::new(told).keep_alive(KeepAlive::new().interval(ALIVE)).into_response();
    // By it the page reads on also where not one event came.
    response.headers_mut().extend(HeaderValue::from_str(talk.id()).ok().map(|id| (STREAM, id)));
    response
}

/// A turn that is heard.
struct Hearing {
    app: Arc<App>,
    me: Me,
    follower: Follower,
    /// What was told already.
    after: u64,
    /// The event that was heard last, of those that were not told already.
    number: u64,
    /// The answer so far; and whether that is all of it.
    said: String,
    whole: bool,
    /// Since when words are gathered that are not shown yet.
    gathered: Option<Instant>,
    over: bool,
}

impl Hearing {
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
                () = self.me.visitor.gone() => {
                    // The turn, where it is this session's, ends by itself.
                    let problem = Problem::denied("your session is over");
                    return Some(self.end(Err(problem.hint("log in again"))));
                }
                () = due => return Some(self.words()),
                happened = self.follower.next() => {
                    let (number, happened) = happened?;
                    self.number = self.number.max(number);
                    match &*happened {
                        Happened::Reply(reply) => return Some(self.end(Ok(reply.clone()))),
                        Happened::Problem(problem) => return Some(self.end(Err(problem.clone()))),
                        Happened::Event(happened) => {
                            let told = self.told(happened.clone());
                            if told.is_some() && number > self.after {
                                return told;
                            }
                        }
                        Happened::Missed => {
                            // What has a gap is not shown before the whole is there.
                            (self.whole, self.gathered) = (false, None);
                            return Some(event("status", &json!({ "text": MISSED })));
                        }
                    }
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
                if self.whole && self.said.len() <= LONG {
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
                let (agent, said) = self.follower.talk().asked();
                let exchange = Exchange::of(said.to_owned(), self.app.clean(reply));
                let html = exchange.answer(&self.me, agent).into_string();
                let place = [("agent", agent), ("conversation", &exchange.conversation)];
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
