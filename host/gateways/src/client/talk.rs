//! A turn over a [`Client`]: heard until its end, also where the connection breaks in between, and stopped where nobody waits for it any more.

use super::{Client, Event, NONE, read, streamed, target};
use crate::desk::{ChatEvent, ChatReply, ChatRequest, Problem, StopRequest};
use crate::http::LAST_EVENT;
use crate::http::talk::STREAM;
use axum::http::{HeaderValue, Method};
use futures::stream::{self, BoxStream, StreamExt};
use std::sync::PoisonError;
use std::time::Duration;

/// How often a connection that broke is made again, and how long it is waited before, each time twice as long.
const TRIES: u32 = 3;
const WAIT: Duration = Duration::from_millis(500);
/// How long a turn that nobody waits for may take to be stopped.
const STOPPING: Duration = Duration::from_secs(2);

type Events = BoxStream<'static, Result<Event, Problem>>;

impl Client {
    /// Say something to an agent, and hear what happens until the answer is whole.
    ///
    /// Dropping the future stops the turn: see [`Client::settled`].
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn chat(&self, request: &ChatRequest, mut on: impl FnMut(ChatEvent)) -> Result<ChatReply, Problem> {
        let path = target("chat", ())?;
        let response = self.send(self.request(Method::POST, &path, Some(request))?).await?;
        let stream = response.headers().get(STREAM).and_then(|id| id.to_str().ok()).map(str::to_owned);
        // Before its first event it can be read on, too: from the beginning.
        let begin = stream.as_ref().map(|stream| format!("{stream}.0")).unwrap_or_default();
        let mut waiting = Waiting { client: self, agent: &request.agent, stream };
        let outcome = self.heard(streamed(&path, response)?, begin, &mut on).await;
        // What is lost goes on without us, and is stopped: but for what has ended, or is not known there any more.
        let is_lost = outcome.as_ref().is_err_and(|lost| lost.code != "not-found");
        if !is_lost {
            waiting.stream = None;
        }
        outcome?
    }

    /// How a turn ended, as it was told.
    ///
    /// # Errors
    /// Why that was not heard.
    async fn heard(
        &self,
        mut events: Events,
        mut last: String,
        on: &mut impl FnMut(ChatEvent),
    ) -> Result<Result<ChatReply, Problem>, Problem> {
        let mut tries = 0;
        loop {
            let broken = match events.next().await {
                Some(Ok(event)) => {
                    match event.name.as_str() {
                        "reply" => return Ok(read(event.data.as_bytes())),
                        "problem" => return Ok(read(event.data.as_bytes()).and_then(Err)),
                        // A service that is newer may tell of more than is known here.
                        _ => drop(serde_json::from_str(&event.data).map(&mut *on)),
                    }
                    (last, tries) = (event.id, 0);
                    continue;
                }
                Some(Err(problem)) => problem,
                None => Problem::unavailable("the connection ended before the answer")
                    .hint("`loket ledger` shows what became of the turn"),
            };
            if last.is_empty() || tries >= TRIES || broken.code != "unavailable" {
                return Err(broken);
            }
            tokio::time::sleep(WAIT * 2_u32.pow(tries)).await;
            tries += 1;
            events = match self.resumed(&last).await {
                Ok(events) => events,
                Err(problem) => stream::iter([Err(problem)]).boxed(),
            };
        }
    }

    /// What came after an event.
    async fn resumed(&self, last: &str) -> Result<Events, Problem> {
        let path = target("chat/events", ())?;
        let mut request = self.request(Method::GET, &path, NONE)?;
        let last = HeaderValue::from_str(last).map_err(|_| {
            Problem::failed("an event had an id that is none")
                .hint("is the service a loket of another version? stop it, and start this one")
        })?;
        request.headers_mut().insert(LAST_EVENT, last);
        streamed(&path, self.send(request).await?)
    }

    /// Waits until the turns are stopped whose futures were dropped, for a moment at most.
    pub async fn settled(&self) {
        let mut stops = std::mem::take(&mut *self.0.stops.lock().unwrap_or_else(PoisonError::into_inner));
        // One that cannot be stopped comes to its end by its limits.
        let _ = tokio::time::timeout(STOPPING, async { while stops.join_next().await.is_some() {} }).await;
    }
}

/// Somebody who waits for a turn. Where they do not any more, it is stopped.
struct Waiting<'w> {
    client: &'w Client,
    agent: &'w str,
    stream: Option<String>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let Some(stream) = self.stream.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (client, agent) = (self.client.clone(), self.agent.to_owned());
        let request = StopRequest { agent, conversation: None, stream: Some(stream) };
        let mut stops = self.client.0.stops.lock().unwrap_or_else(PoisonError::into_inner);
        while stops.try_join_next().is_some() {}
        let stop = async move { drop(client.stop(&request).await) };
        stops.spawn_on(stop, &runtime);
    }
}
