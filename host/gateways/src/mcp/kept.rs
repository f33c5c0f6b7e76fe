//! What a session was told, kept for whoever lost the connection on the way: after `Last-Event-ID` all that came since is told, each event
//! once and in its order, and what comes then as it comes, until the answer.
//!
//! The name of an event is `STREAM-NUMBER`, both counted in the session. Stream 0 is what is told outside of requests.

use futures::stream;
use rmcp::model::JsonRpcMessage;
use rmcp::transport::streamable_http_server::session::{EventStream, ServerSseMessage};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// The most events of one stream that are kept: the newest, so the answer is never missing.
const MOST_EVENTS: usize = 256;
/// The most streams that had their answer, and the most of all.
const MOST_DONE: usize = 16;
const MOST: usize = 128;
/// The most bytes of all that is kept. What nobody follows goes first, the oldest before the newer; of a stream that is followed the newest event
/// stays, so the answer is never missing there.
const MOST_BYTES: usize = 1 << 20;
/// How long a stream is kept after its answer.
const KEPT: Duration = Duration::from_secs(30);

/// What one session was told.
pub(super) struct Kept {
    inner: Mutex<Inner>,
    /// Counts what is told; closed with the session.
    told: watch::Sender<u64>,
}

#[derive(Default)]
struct Inner {
    streams: HashMap<u64, Stream>,
    /// Those of requests, in the order in which they began.
    order: VecDeque<u64>,
    next: u64,
    /// How much all events together have, as JSON.
    bytes: usize,
    /// What of stream 0 was told to somebody ends before this event.
    heard: u64,
    closed: bool,
}

#[derive(Default)]
struct Stream {
    events: VecDeque<Event>,
    next: u64,
    /// When it had its answer.
    done: Option<Instant>,
    /// How many follow it now: for them it stays.
    followed: usize,
}

struct Event {
    number: u64,
    bytes: usize,
    message: ServerSseMessage,
}

/// Somebody who follows a stream, until this is dropped.
struct Follower {
    kept: Arc<Kept>,
    stream: u64,
}

impl Drop for Follower {
    fn drop(&mut self) {
        let mut inner = self.kept.inner();
        if let Some(stream) = inner.streams.get_mut(&self.stream) {
            stream.followed -= 1;
        }
        if inner.bytes > MOST_BYTES {
            inner.lighten();
        }
    }
}

impl Kept {
    pub(super) fn new() -> Arc<Kept> {
        let streams = HashMap::from([(0, Stream::default())]);
        let inner = Inner { next: 1, streams, ..Inner::default() };
        Arc::new(Kept { inner: Mutex::new(inner), told: watch::channel(0).0 })
    }

    /// Ends everything: who follows is told no more.
    pub(super) fn close(&self) {
        self.inner().closed = true;
        self.told.send_modify(|told| *told += 1);
    }

    /// Forgets what had its answer long ago, and gives back the room that nothing has any more.
    pub(super) fn sweep(&self) {
        let mut inner = self.inner();
        inner.sweep(Instant::now());
        inner.streams.shrink_to_fit();
        inner.order.shrink_to_fit();
        inner.streams.values_mut().for_each(|stream| stream.events.shrink_to_fit());
    }

    /// Whether somebody follows any stream now.
    pub(super) fn is_followed(&self) -> bool {
        self.inner().streams.values().any(|stream| stream.followed > 0)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new stream, for a request.
    pub(super) fn begin(&self) -> u64 {
        self.inner().begin()
    }

    /// Keeps an event of a stream, and tells it to who follows. An answer ends the stream.
    pub(super) fn keep(&self, stream: u64, event: ServerSseMessage) {
        let bytes = bytes(&event);
        self.inner().keep(stream, event, bytes);
        self.told.send_modify(|told| *told += 1);
    }

    /// Ends a stream that has no answer.
    pub(super) fn end(&self, stream: u64) {
        if let Some(stream) = self.inner().streams.get_mut(&stream) {
            stream.done = Some(Instant::now());
        }
        self.told.send_modify(|told| *told += 1);
    }

    /// The first event of a stream from a number on; without one, the first that nobody heard.
    fn first_from(&self, stream: u64, number: Option<u64>) -> Found {
        let mut inner = self.inner();
        let number = number.unwrap_or(inner.heard);
        let Some(kept) = inner.streams.get(&stream).filter(|_| !inner.closed) else { return Found::Nothing };
        let found = match kept.events.iter().find(|event| event.number >= number) {
            Some(event) => Found::Event(event.number, Box::new(event.message.clone())),
            None if kept.done.is_some() => Found::Nothing,
            None => Found::Later,
        };
        if let (Found::Event(own, _), 0) = (&found, stream) {
            inner.heard = inner.heard.max(own + 1);
        }
        found
    }

    /// What is told outside of requests, from what nobody heard yet on. Where several follow, each event is for one of them.
    pub(super) fn follow(self: &Arc<Kept>) -> EventStream {
        self.tell(0, None)
    }

    /// What was told after an event, and what will be; none for one that is not kept.
    pub(super) fn after(self: &Arc<Kept>, last: &str) -> Option<EventStream> {
        let (stream, last) = last.split_once('-')?;
        let (stream, last): (u64, u64) = (stream.parse().ok()?, last.parse().ok()?);
        self.inner().streams.get(&stream).filter(|kept| kept.next > last)?;
        Some(self.tell(stream, Some(last + 1)))
    }

    /// A stream from an event on, until nothing comes any more.
    pub(super) fn tell(self: &Arc<Kept>, stream: u64, from: Option<u64>) -> EventStream {
        if let Some(stream) = self.inner().streams.get_mut(&stream) {
            stream.followed += 1;
        }
        let (follower, told) = (Follower { kept: self.clone(), stream }, self.told.subscribe());
        let follow = stream::unfold((follower, told, from), move |(follower, mut told, from)| async move {
            loop {
                told.borrow_and_update();
                match follower.kept.first_from(stream, from) {
                    Found::Event(own, event) => return Some((*event, (follower, told, from.map(|_| own + 1)))),
                    Found::Nothing => return None,
                    Found::Later => told.changed().await.ok()?,
                }
            }
        });
        Box::pin(follow)
    }
}

enum Found {
    Event(u64, Box<ServerSseMessage>),
    /// It is not there yet.
    Later,
    /// Nothing comes any more.
    Nothing,
}

/// How much an event has, as JSON.
fn bytes(event: &ServerSseMessage) -> usize {
    let mut count = Count(0);
    if let Some(message) = event.message.as_deref() {
        let _ = serde_json::to_writer(&mut count, message);
    }
    count.0
}

struct Count(usize);

impl io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Inner {
    fn keep(&mut self, number: u64, mut message: ServerSseMessage, bytes: usize) {
        let Some(stream) = self.streams.get_mut(&number) else { return };
        let index = stream.next;
        stream.next += 1;
        message.event_id = Some(format!("{number}-{index}"));
        let is_answer =
            matches!(message.message.as_deref(), Some(JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_)));
        if is_answer && number > 0 {
            stream.done = Some(Instant::now());
        }
        stream.events.push_back(Event { number: index, bytes, message });
        self.bytes += bytes;
        if stream.events.len() > MOST_EVENTS {
            self.bytes -= stream.events.pop_front().map_or(0, |event| event.bytes);
        }
        if self.bytes > MOST_BYTES {
            self.lighten();
        }
    }

    /// Lets go until what is kept has no more bytes than it may: whole streams that had their answers and that nobody follows, then all but the
    /// newest event of each, then that of what is told outside of requests where nobody hears it.
    fn lighten(&mut self) {
        let order: Vec<u64> = self.order.iter().copied().collect();
        for number in &order {
            if self.bytes <= MOST_BYTES {
                return;
            }
            if self.streams.get(number).is_some_and(|stream| stream.done.is_some() && stream.followed == 0) {
                self.forget(*number);
            }
        }
        for number in [0].into_iter().chain(order) {
            let Some(stream) = self.streams.get_mut(&number) else { continue };
            let least = usize::from(number > 0 || stream.followed > 0);
            while self.bytes > MOST_BYTES && stream.events.len() > least {
                self.bytes -= stream.events.pop_front().map_or(0, |event| event.bytes);
            }
        }
    }

    fn forget(&mut self, number: u64) {
        self.order.retain(|own| *own != number);
        if let Some(stream) = self.streams.remove(&number) {
            self.bytes -= stream.events.iter().map(|event| event.bytes).sum::<usize>();
        }
    }

    fn begin(&mut self) -> u64 {
        let number = self.next;
        self.next += 1;
        self.streams.insert(number, Stream::default());
        self.order.push_back(number);
        self.sweep(Instant::now());
        number
    }

    fn sweep(&mut self, now: Instant) {
        let over = |stream: &Stream| stream.done.is_some_and(|done| now.duration_since(done) >= KEPT);
        let mut done =
            self.order.iter().filter(|number| self.streams.get(number).is_some_and(|s| s.done.is_some())).count();
        let mut all = self.order.len();
        let mut gone = Vec::new();
        self.order.retain(|number| {
            let Some(stream) = self.streams.get(number) else { return false };
            let is_done = stream.done.is_some();
            // The oldest are met first. One without an answer goes only where there are too many of these alone: nobody fetches it later.
            let goes = stream.followed == 0
                && (over(stream) || (is_done && (done > MOST_DONE || all > MOST)) || all - done > MOST);
            if goes {
                gone.push(*number);
                done -= usize::from(is_done);
                all -= 1;
            }
            !goes
        });
        for number in gone {
            self.forget(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::{FutureExt as _, StreamExt as _};

    fn note() -> ServerSseMessage {
        ServerSseMessage::retry(Duration::from_secs(1))
    }

    fn answer() -> ServerSseMessage {
        let json = serde_json::json!({ "jsonrpc": "2.0", "id": 1, "result": {} });
        ServerSseMessage::from_message(serde_json::from_value(json).expect("a message"))
    }

    fn after(kept: &Arc<Kept>, id: &str) -> EventStream {
        kept.after(id).unwrap_or_else(|| panic!("{id} is kept"))
    }

    /// Streams that have begun.
    fn begun(streams: usize) -> Arc<Kept> {
        let kept = Kept::new();
        for _ in 0..streams {
            kept.begin();
        }
        kept
    }

    async fn names(mut events: EventStream) -> Vec<String> {
        let mut names = Vec::new();
        // What is there is there at once.
        while let Some(Some(event)) = events.next().now_or_never() {
            names.push(event.event_id.expect("it has a name"));
        }
        names
    }

    #[tokio::test]
    async fn what_came_since_is_told_once_and_in_its_order_and_of_that_stream_alone() {
        let kept = begun(2);
        for stream in [1, 2, 1, 1] {
            kept.keep(stream, note());
        }
        assert_eq!(names(after(&kept, "1-0")).await, ["1-1", "1-2"]);
        assert_eq!(names(after(&kept, "2-0")).await, Vec::<String>::new());
    }

    #[tokio::test]
    async fn whoever_came_back_hears_on_until_the_answer() {
        let kept = begun(1);
        kept.keep(1, note());
        let mut events = after(&kept, "1-0");
        assert!(events.next().now_or_never().is_none(), "it waits");
        kept.keep(1, note());
        kept.keep(1, answer());
        assert_eq!(
            events.by_ref().map(|event| event.event_id).collect::<Vec<_>>().await,
            [Some("1-1".into()), Some("1-2".into())]
        );
        // Also when it is there already.
        assert_eq!(after(&kept, "1-1").count().await, 1);
    }

    #[tokio::test]
    async fn what_names_no_event_is_refused() {
        let kept = begun(1);
        kept.keep(1, note());
        for id in ["", "1", "1-", "-0", "1-1", "2-0", "0-0", "1-99999999999999999999", "x-y"] {
            assert!(kept.after(id).is_none(), "{id}");
        }
    }

    #[tokio::test]
    async fn what_is_kept_is_bounded_and_the_answer_is_never_missing() {
        let kept = begun(1);
        for _ in 0..MOST_EVENTS * 3 {
            kept.keep(1, note());
        }
        kept.keep(1, answer());
        let all = names(after(&kept, "1-0")).await;
        assert_eq!((all.len(), all.last()), (MOST_EVENTS, Some(&format!("1-{}", MOST_EVENTS * 3))));
        for _ in 0..1_000 {
            kept.keep(kept.begin(), answer());
        }
        assert!(kept.inner().streams.len() <= MOST_DONE + 2, "{}", kept.inner().streams.len());
        for _ in 0..1_000 {
            kept.begin();
        }
        assert!(kept.inner().streams.len() <= MOST + MOST_DONE + 2, "{}", kept.inner().streams.len());
    }

    /// A note of so many bytes, and some.
    fn heavy(bytes: usize) -> ServerSseMessage {
        let params = serde_json::json!({ "level": "info", "data": "x".repeat(bytes) });
        let json = serde_json::json!({ "jsonrpc": "2.0", "method": "notifications/message", "params": params });
        ServerSseMessage::from_message(serde_json::from_value(json).expect("a message"))
    }

    /// How many bytes are kept, as they are counted and as they are.
    fn weight(kept: &Kept) -> (usize, usize) {
        let inner = kept.inner();
        let events = inner.streams.values().flat_map(|stream| &stream.events);
        (inner.bytes, events.map(|event| bytes(&event.message)).sum())
    }

    #[tokio::test]
    async fn what_is_kept_is_bounded_in_bytes_and_of_what_is_followed_the_answer_stays() {
        let (kept, piece) = (begun(2), MOST_BYTES / 8);
        let followed = kept.tell(1, Some(0));
        for _ in 0..40 {
            for stream in [0, 1, 2] {
                kept.keep(stream, heavy(piece));
            }
            let (counted, found) = weight(&kept);
            assert!(counted == found && found <= MOST_BYTES, "{counted} {found}");
        }
        kept.keep(1, answer());
        kept.keep(2, answer());
        // What had its answer goes as a whole where nobody follows it, before anything else does.
        for _ in 0..8 {
            kept.keep(0, heavy(piece));
        }
        let (counted, found) = weight(&kept);
        assert!(counted == found && found <= MOST_BYTES, "{counted} {found}");
        assert!(kept.after("2-0").is_none(), "it went");
        let told = names(followed).await;
        assert_eq!(told.last().map(String::as_str), Some("1-40"), "{told:?}");
    }

    #[tokio::test]
    async fn an_answer_that_is_larger_than_all_that_is_kept_reaches_who_follows_it_and_is_kept_for_nobody() {
        let kept = begun(1);
        let json = serde_json::json!({
            "jsonrpc": "2.0", "id": 1,
            "result": { "content": [{ "type": "text", "text": "x".repeat(2 * MOST_BYTES) }] },
        });
        let large = ServerSseMessage::from_message(serde_json::from_value(json).expect("a message"));
        let followed = kept.tell(1, Some(0));
        kept.keep(1, large);
        assert_eq!(names(followed).await, ["1-0"]);
        kept.keep(0, note());
        assert!(kept.after("1-0").is_none() && weight(&kept).0 == 0, "{:?}", weight(&kept));
    }

    #[tokio::test]
    async fn what_is_told_outside_of_requests_waits_for_who_follows_and_is_for_one_of_them() {
        let kept = Kept::new();
        kept.keep(0, note());
        let (mut one, mut two) = (kept.follow(), kept.follow());
        assert!(one.next().now_or_never().is_some() && two.next().now_or_never().is_none());
        drop(one);
        kept.keep(0, note());
        assert_eq!(names(after(&kept, "0-0")).await, ["0-1"]);
        assert!(two.next().now_or_never().is_none(), "it was heard by whoever came back");
        kept.keep(0, note());
        assert_eq!(names(kept.follow()).await, ["0-2"]);
    }

    #[tokio::test]
    async fn whoever_follows_is_told_the_answer_however_many_others_had_theirs_since() {
        let kept = begun(1);
        let events = kept.tell(1, Some(0));
        kept.keep(1, answer());
        for _ in 0..1_000 {
            kept.keep(kept.begin(), answer());
        }
        assert_eq!(events.count().await, 1);
        kept.begin();
        assert!(kept.after("1-0").is_none(), "nobody follows it any more");
    }

    #[tokio::test]
    async fn the_end_of_a_session_is_the_end_of_who_follows() {
        let kept = Kept::new();
        kept.keep(0, note());
        let mut events = after(&kept, "0-0");
        kept.close();
        assert!(events.next().await.is_none());
    }
}
