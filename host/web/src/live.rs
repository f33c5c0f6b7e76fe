//! What changes while a page is open: how many calls wait, and whether the home is in safe mode.

use crate::entry::Me;
use axum::Extension;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::{self, Stream, StreamExt};
use loket_gateways::http::Peer;
use loket_gateways::http::news::Newsroom;
use serde::Serialize;
use std::convert::Infallible;
use std::time::Duration;

/// How often a silent stream says that it is alive.
const ALIVE: Duration = Duration::from_secs(15);

/// How things are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Now {
    /// The calls that wait, each by its name.
    asks: Vec<String>,
    safe_mode: bool,
}

/// `GET /live`: an event `now` at the beginning, and for each change. All who follow share one look.
pub(crate) async fn live(
    Extension(news): Extension<Newsroom>,
    Extension(me): Extension<Me>,
    Extension(peer): Extension<Peer>,
) -> Response {
    let told = stream::unfold((news.watch(None).await, None), |(mut watcher, before)| async move {
        loop {
            watcher.next().await?;
            let now = watcher.now();
            let now = Now { asks: now.asks.clone(), safe_mode: now.safe_mode };
            if before.as_ref() != Some(&now) {
                let event = event("now", &now);
                return Some((Ok(event), (watcher, Some(now))));
            }
        }
    });
    sse(told, me, peer)
}

/// A stream that ends with the session, and when the service goes down.
pub(crate) fn sse(
    events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static,
    me: Me,
    peer: Peer,
) -> Response {
    let end = async move {
        tokio::select! {
            () = me.visitor.gone() => {}
            () = peer.shutdown.cancelled() => {}
        }
    };
    Sse::new(events.take_until(Box::pin(end))).keep_alive(KeepAlive::new().interval(ALIVE)).into_response()
}

/// An event with data.
pub(crate) fn event(name: &str, data: &impl Serialize) -> Event {
    // Our own shapes always have a JSON form; should one not, an empty event is better than a panic.
    Event::default().event(name).json_data(data).unwrap_or_default()
}
