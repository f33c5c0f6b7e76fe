//! Whether a server of the older revision is heard: what it asks back may come on a stream of its own, which is opened beside the requests. A
//! request that arrives before that stream is open lets the server ask where nobody listens, and waits for an answer in vain.

use futures::StreamExt as _;
use futures::stream::{BoxStream, unfold};
use sse_stream::{Error as SseError, Sse};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// How long a request waits for the stream. A server on the other side of the world has answered by then; one that answers only when it has
/// something to say does not delay more than the first request.
const OPENING: Duration = Duration::from_millis(500);
/// After how long the SDK opens a stream again that its server ended, where that does not say it itself.
const AGAIN: Duration = Duration::from_secs(1);
/// How long a server that says itself when its stream is opened again is waited for, at most.
const LONGEST: Duration = Duration::from_secs(3);
/// A server that ends its streams sooner than that keeps none open: it asks nothing on them.
const SHORT: Duration = Duration::from_secs(5);

/// What is known of the stream of a server. Copies are the same one.
#[derive(Clone)]
pub(super) struct Listening(Arc<watch::Sender<Line>>);

#[derive(Default)]
struct Line {
    session: Option<Arc<str>>,
    /// Until when it is worth waiting for; nothing when it is open, or when there will be none.
    awaited: Option<Instant>,
}

impl Listening {
    /// Of a server that nobody has spoken to yet.
    pub(super) fn new() -> Listening {
        Listening(Arc::new(watch::Sender::default()))
    }

    /// A session has begun: its stream is about to be opened.
    pub(super) fn begins(&self, session: &Arc<str>) {
        let awaited = Some(Instant::now() + OPENING);
        self.0.send_replace(Line { session: Some(session.clone()), awaited });
    }

    /// The server answered the request for the stream of a session: it is open, or there is none.
    pub(super) fn answered(&self, session: &str) {
        self.is(session, None);
    }

    fn is(&self, session: &str, awaited: Option<Instant>) {
        self.0.send_if_modified(|line| {
            let is_new = line.session.as_deref() == Some(session) && line.awaited != awaited;
            if is_new {
                line.awaited = awaited;
            }
            is_new
        });
    }

    /// Waits until the stream of this session was answered, and no longer than that is worth.
    pub(super) async fn ready(&self, session: &str) {
        let mut changes = self.0.subscribe();
        loop {
            let awaited = {
                let line = changes.borrow_and_update();
                line.awaited.filter(|_| line.session.as_deref() == Some(session))
            };
            let Some(awaited) = awaited.filter(|until| *until > Instant::now()) else { return };
            tokio::select! {
                Ok(()) = changes.changed() => {}
                () = tokio::time::sleep_until(awaited) => return,
            }
        }
    }

    /// The stream of a session, which is open: where it breaks, the next requests wait until it is open again. One whose events have names is
    /// taken up where it broke, and nothing that is asked meanwhile is lost.
    pub(super) fn over(&self, session: Arc<str>, stream: Events) -> Events {
        self.since(Instant::now(), session, stream)
    }

    fn since(&self, since: Instant, session: Arc<str>, stream: Events) -> Events {
        let open = Open { stream, listening: self.clone(), session, since, again: AGAIN, named: false };
        unfold(open, |mut open| async move {
            let event = open.stream.next().await;
            match &event {
                Some(Ok(event)) => {
                    open.named |= event.id.is_some();
                    open.again = event.retry.map_or(open.again, |wait| Duration::from_millis(wait).min(LONGEST));
                }
                Some(Err(_)) => open.broke(Duration::ZERO),
                None => open.broke(open.again),
            }
            Some((event?, open))
        })
        .boxed()
    }
}

/// The events of an answer.
pub(super) type Events = BoxStream<'static, Result<Sse, SseError>>;

/// A stream that is open.
struct Open {
    stream: Events,
    listening: Listening,
    session: Arc<str>,
    since: Instant,
    /// After how long it is opened again when its server ends it.
    again: Duration,
    /// Whether an event had a name, from which on the next ones can be asked for.
    named: bool,
}

impl Open {
    fn broke(&self, again: Duration) {
        if !self.named && self.since.elapsed() >= SHORT {
            self.listening.is(&self.session, Some(Instant::now() + again + OPENING));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream::iter;

    /// A request waits about so long; a busy machine adds to that.
    #[track_caller]
    fn lasted(waited: Duration, milliseconds: u64) {
        let least = Duration::from_millis(milliseconds);
        assert!(waited >= least && waited < least + Duration::from_millis(190), "{waited:?}, not {least:?}");
    }

    async fn waits(listening: &Listening, session: &str) -> Duration {
        let begun = Instant::now();
        listening.ready(session).await;
        begun.elapsed()
    }

    /// How long one would wait, about.
    fn would_wait(listening: &Listening) -> Option<Duration> {
        let left = listening.0.borrow().awaited?.saturating_duration_since(Instant::now());
        Some(Duration::from_millis(left.as_millis().div_ceil(100) as u64 * 100))
    }

    fn begun() -> (Listening, Arc<str>) {
        let (listening, session) = (Listening::new(), Arc::from("s"));
        listening.begins(&session);
        (listening, session)
    }

    /// A stream that has been open for so long, has this event, and ends.
    async fn ended(listening: &Listening, session: &str, open: Duration, event: Sse) {
        listening.answered("s");
        let since = Instant::now().checked_sub(open).expect("there is no first moment");
        let mut stream = listening.since(since, session.into(), iter([Ok(event)]).boxed());
        while stream.next().await.is_some() {}
    }

    #[tokio::test]
    async fn a_request_waits_until_the_stream_was_answered() {
        let (listening, session) = begun();
        lasted(waits(&listening, "another").await, 0);
        let answers = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            listening.answered("another");
            listening.answered(&session);
        };
        let (waited, ()) = tokio::join!(waits(&listening, &session), answers);
        lasted(waited, 200);
        lasted(waits(&listening, &session).await, 0);
    }

    #[tokio::test]
    async fn a_server_that_does_not_answer_is_not_waited_for_twice() {
        let (listening, session) = begun();
        let first = waits(&listening, &session).await;
        assert!(first > OPENING * 9 / 10 && first < OPENING * 2, "{first:?}");
        lasted(waits(&listening, &session).await, 0);
        // Nobody said that there is a session.
        lasted(waits(&Listening::new(), "s").await, 0);
    }

    #[tokio::test]
    async fn a_stream_that_breaks_is_waited_for_again() {
        let (listening, _) = begun();
        ended(&listening, "s", SHORT, Sse::default()).await;
        assert_eq!(would_wait(&listening), Some(AGAIN + OPENING));
        ended(&listening, "s", SHORT, Sse { retry: Some(2_000), ..Sse::default() }).await;
        assert_eq!(would_wait(&listening), Some(Duration::from_secs(2) + OPENING));
        ended(&listening, "s", SHORT, Sse { retry: Some(u64::MAX), ..Sse::default() }).await;
        assert_eq!(would_wait(&listening), Some(LONGEST + OPENING));
        ended(&listening, "before", SHORT, Sse::default()).await;
        assert_eq!(would_wait(&listening), None, "the stream of a session that is over is none of it");
    }

    #[tokio::test]
    async fn nobody_waits_for_a_stream_from_which_nothing_is_lost_or_that_is_never_kept_open() {
        let (listening, _) = begun();
        ended(&listening, "s", SHORT, Sse { id: Some("1".into()), ..Sse::default() }).await;
        assert_eq!(would_wait(&listening), None);
        ended(&listening, "s", SHORT / 2, Sse::default()).await;
        assert_eq!(would_wait(&listening), None);
    }
}
