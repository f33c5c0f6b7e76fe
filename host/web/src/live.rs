//! What changes while a page is open: how many calls wait, and whether the home is in safe mode.

use crate::app::App;
use crate::entry::Me;
use axum::Extension;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::{self, Stream, StreamExt};
use loket_gateways::http::Peer;
use serde::Serialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// How often it is looked.
const LOOK: Duration = Duration::from_secs(1);
/// How often a silent stream says that it is alive.
const ALIVE: Duration = Duration::from_secs(15);

/// How things are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Now {
    /// The calls that wait, each by its name.
    asks: Vec<String>,
    safe_mode: bool,
}

/// `GET /live`: an event `now` at the beginning, and for each change.
pub(crate) async fn live(
    State(app): State<Arc<App>>,
    Extension(me): Extension<Me>,
    Extension(peer): Extension<Peer>,
) -> Response {
    let told = stream::unfold((app, None), |(app, before)| async move {
        loop {
            if before.is_some() {
                tokio::time::sleep(LOOK).await;
            }
            let asks = app.desk.asks().await.unwrap_or_default();
            let now = Now { asks: asks.into_iter().map(|ask| ask.id).collect(), safe_mode: app.desk.is_in_safe_mode() };
            if before.as_ref() != Some(&now) {
                let event = event("now", &now);
                return Some((Ok(event), (app, Some(now))));
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
