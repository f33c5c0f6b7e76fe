//! Turns, and whoever hears them. What happens in a turn is kept while it runs and a while longer, so that a reader whose connection broke
//! goes on where it was. A turn is not its reader's: it goes on when nobody listens, until it ends, somebody stops it, or whoever began it may
//! come in no more.

use crate::desk::{Caller, ChatEvent, ChatReply, ChatRequest, Desk, Problem, Visitor};
use axum::http::{HeaderMap, HeaderName};
use futures::FutureExt;
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// By what a reader that comes back says what it has.
pub(crate) const LAST_EVENT: HeaderName = HeaderName::from_static("last-event-id");
/// In the answer that is a turn: what the ids of its events begin with.
pub const STREAM: HeaderName = HeaderName::from_static("loket-stream");

/// Events that wait until they are kept; more are dropped, and the reply has the whole text anyway.
const WAITING: usize = 256;
/// How many turns run at once that were begun here, each with its whole task; and how many of them may be of one who is not the owner.
const MOST: usize = 256;
const MOST_OF_ONE: usize = MOST / 2;
/// Of how many that have ended it is still known what happened, and for how long.
const MOST_ENDED: usize = 64;
const KEPT: Duration = Duration::from_secs(300);
/// How much is kept of one turn: bytes of words, and events. What came first goes first.
const BYTES: usize = 1 << 20;
const EVENTS: usize = 8192;
/// What an event counts for beside its words.
const EVENT: usize = 64;
/// What is said in place of [`Happened::Missed`].
pub const MISSED: &str = "earlier words are not kept; the reply has all of them";

/// Something that happened in a turn. The last is its reply, or why there is none.
#[derive(Debug)]
pub enum Happened {
    /// While it ran.
    Event(ChatEvent),
    /// What comes between is not kept any more: told to a reader that comes late, or is slow.
    Missed,
    /// It ended well.
    Reply(ChatReply),
    /// It did not.
    Problem(Problem),
}

/// The turns that were begun here. A clone has the same ones.
#[derive(Debug, Clone, Default)]
pub struct Talks(Arc<Mutex<All>>);

#[derive(Debug, Default)]
struct All {
    talks: VecDeque<Arc<Talk>>,
    /// Whether somebody waits until what has ended may go.
    tidied: bool,
}

impl All {
    /// Lets go of what ended too long ago, and of what ended first where that is too much; says when the next one may go.
    fn let_go(&mut self) -> Option<Instant> {
        let mut ended: Vec<Instant> = self.talks.iter().filter_map(|talk| talk.ended()).collect();
        ended.sort_unstable();
        let kept = ended.split_off(ended.len().saturating_sub(MOST_ENDED));
        let first = kept.into_iter().find(|at| at.elapsed() < KEPT);
        // What ends meanwhile is later than all of them.
        let stays = |at: Instant| at.elapsed() < KEPT && first.is_none_or(|first| at >= first);
        self.talks.retain(|talk| talk.ended().is_none_or(stays));
        first.map(|at| at + KEPT)
    }
}

impl Talks {
    /// Begins a turn in a visitor's name. It ends at the latest with `cut`, and when the visitor is gone.
    ///
    /// # Errors
    /// `unavailable` while too many run.
    pub fn begin(
        &self,
        desk: Arc<dyn Desk>,
        request: ChatRequest,
        visitor: &Visitor,
        cut: CancellationToken,
    ) -> Result<Arc<Talk>, Problem> {
        let who = &visitor.caller.name;
        let talk = Arc::new(Talk {
            id: format!("{:032x}", rand::random::<u128>()),
            who: who.clone(),
            agent: request.agent.clone(),
            said: request.text.clone(),
            heard: Mutex::default(),
            count: watch::Sender::default(),
            stop: CancellationToken::new(),
        });
        {
            let mut all = self.lock();
            all.let_go();
            let running = || all.talks.iter().filter(|talk| talk.ended().is_none());
            let full = |most: usize, whose: &str, by: &str| {
                let problem = Problem::unavailable(format!("{most} turns{whose} run already that were begun here"));
                problem.hint(format!("wait until one has ended, or stop one: POST /api/v1/chat/stop with its {by}"))
            };
            if running().count() >= MOST {
                return Err(full(MOST, "", "`agent`"));
            }
            if *who != Caller::owner().name && running().filter(|talk| talk.who == *who).count() >= MOST_OF_ONE {
                return Err(full(MOST_OF_ONE, &format!(" of `{who}`"), "`agent` and `stream`"));
            }
            all.talks.push_back(talk.clone());
        }
        let (talks, begun, visitor) = (self.clone(), talk.clone(), visitor.clone());
        // It ends by itself, by `cut`, with its visitor, or when it is stopped; and is forgotten a while after.
        tokio::spawn(async move {
            begun.run(desk, request, visitor, cut).await;
            talks.tidy().await;
        });
        Ok(talk)
    }

    /// Lets go of what has ended, each when its time has come. One at a time does that, for all.
    async fn tidy(self) {
        {
            let mut all = self.lock();
            all.let_go();
            if std::mem::replace(&mut all.tidied, true) {
                return;
            }
        }
        loop {
            let next = {
                let mut all = self.lock();
                let next = all.let_go();
                all.tidied = next.is_some();
                next
            };
            let Some(next) = next else { return };
            tokio::time::sleep_until(next.into()).await;
        }
    }

    /// A turn that was begun in somebody's name, and is still known.
    #[must_use]
    pub fn find(&self, who: &str, id: &str) -> Option<Arc<Talk>> {
        let mut all = self.lock();
        all.let_go();
        all.talks.iter().find(|talk| talk.id == id && talk.who == who).cloned()
    }

    /// The rest of a turn for a reader who comes back: after the event that its `Last-Event-ID` names.
    ///
    /// # Errors
    /// `invalid` where that names no event, `not-found` where the turn is not known any more, or is another's.
    pub fn resumed(&self, who: &str, headers: &HeaderMap) -> Result<(Arc<Talk>, u64), Problem> {
        let shown = headers.get(LAST_EVENT).and_then(|id| id.to_str().ok()).unwrap_or_default();
        let parts = shown.split_once('.').and_then(|(id, number)| Some((id, number.parse::<u64>().ok()?)));
        let (id, number) = parts.ok_or_else(|| {
            Problem::invalid(format!(
                "`Last-Event-ID` is `{}`, and is the id of an event of a turn",
                shown.escape_debug()
            ))
            .hint("send the id of the last event that you have")
        })?;
        let talk = self.find(who, id).ok_or_else(|| {
            Problem::not_found("the turn of this event is not known any more, or is another's").hint(format!(
                "what happened is kept for {} s after the end, of the last {MOST_ENDED} turns; the answer is in the conversation, and in `loket ledger`",
                KEPT.as_secs()
            ))
        })?;
        if number > talk.lock().count() {
            return Err(Problem::invalid(format!("the turn has no event {number} yet"))
                .hint("send the id of the last event that you have"));
        }
        Ok((talk, number))
    }

    fn lock(&self) -> MutexGuard<'_, All> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A turn that was begun here.
#[derive(Debug)]
pub struct Talk {
    id: String,
    /// In whose name.
    who: String,
    agent: String,
    /// What was said, without the files that came along.
    said: String,
    heard: Mutex<Heard>,
    /// How many events there were, for whoever waits for the next.
    count: watch::Sender<u64>,
    stop: CancellationToken,
}

#[derive(Debug, Default)]
struct Heard {
    /// The events that are kept, each with its size; those before are gone.
    events: VecDeque<(Arc<Happened>, usize)>,
    gone: u64,
    bytes: usize,
    ended: Option<Instant>,
}

impl Heard {
    fn count(&self) -> u64 {
        self.gone + self.events.len() as u64
    }
}

impl Talk {
    /// What the ids of its events begin with.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// To whom something was said, and what.
    #[must_use]
    pub fn asked(&self) -> (&str, &str) {
        (&self.agent, &self.said)
    }

    /// Ends it, as if whoever asked had never waited. Ending what has ended is no error.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Hears it from after an event on; from the beginning after 0.
    #[must_use]
    pub fn follow(self: &Arc<Self>, after: u64) -> Follower {
        Follower { talk: self.clone(), after, count: self.count.subscribe() }
    }

    /// How it ends, once it has.
    ///
    /// # Errors
    /// Why there is no reply.
    pub async fn outcome(self: &Arc<Self>) -> Result<ChatReply, Problem> {
        let mut follower = self.follow(0);
        while let Some((_, happened)) = follower.next().await {
            match &*happened {
                Happened::Reply(reply) => return Ok(reply.clone()),
                Happened::Problem(problem) => return Err(problem.clone()),
                Happened::Event(_) | Happened::Missed => {}
            }
        }
        // The last event is always one of the two.
        Err(Problem::failed("the turn ended without a word"))
    }

    /// When it ended, if it has.
    fn ended(&self) -> Option<Instant> {
        self.lock().ended
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(self: Arc<Self>, desk: Arc<dyn Desk>, request: ChatRequest, visitor: Visitor, cut: CancellationToken) {
        let (sender, mut events) = mpsc::channel(WAITING);
        let outcome = {
            let mut gone = std::pin::pin!(visitor.gone());
            let mut turn = std::pin::pin!(AssertUnwindSafe(desk.chat(request, sender)).catch_unwind());
            loop {
                tokio::select! {
                    biased;
                    () = cut.cancelled() => {
                        let problem = Problem::unavailable("the host is going down, and the turn was cancelled");
                        break Err(problem.hint("say it again when the host is back"));
                    }
                    () = &mut gone => {
                        let problem = Problem::denied("your session is over, and the turn was cancelled");
                        break Err(problem.hint("log in again, or come with a token that is good, and say it again"));
                    }
                    () = self.stop.cancelled() => {
                        break Err(Problem::exhausted("the turn was stopped").hint("say it again, if it was meant"));
                    }
                    Some(happened) = events.recv() => self.tell(Happened::Event(happened)),
                    outcome = &mut turn => break outcome.unwrap_or_else(|_| {
                        tracing::error!("loket.gate.turn");
                        let problem = Problem::failed("the host met a fault of its own, and the turn ended");
                        Err(problem.hint("`loket doctor` looks the host over"))
                    }),
                }
            }
        };
        // What was sent before the end is told before the end.
        while let Ok(happened) = events.try_recv() {
            self.tell(Happened::Event(happened));
        }
        self.tell(match outcome {
            Ok(reply) => Happened::Reply(reply),
            Err(problem) => Happened::Problem(problem),
        });
    }

    fn tell(&self, happened: Happened) {
        let mut heard = self.lock();
        if !matches!(happened, Happened::Event(_)) {
            heard.ended = Some(Instant::now());
        }
        let size = size(&happened);
        heard.bytes += size;
        heard.events.push_back((Arc::new(happened), size));
        while heard.events.len() > 1 && (heard.bytes > BYTES || heard.events.len() > EVENTS) {
            let gone = heard.events.pop_front();
            heard.bytes -= gone.map_or(0, |(_, size)| size);
            heard.gone += 1;
        }
        let count = heard.count();
        drop(heard);
        self.count.send_replace(count);
    }
}

/// What is counted of an event.
fn size(happened: &Happened) -> usize {
    let words = match happened {
        Happened::Event(ChatEvent::Text { text } | ChatEvent::Status { text }) => text.len(),
        Happened::Event(ChatEvent::Tool { name: words } | ChatEvent::Progress { what: words, .. }) => words.len(),
        Happened::Event(ChatEvent::Ask { ask }) => ask.arguments.to_string().len(),
        // The last is kept, however long it is.
        Happened::Missed | Happened::Reply(_) | Happened::Problem(_) => 0,
    };
    words + EVENT
}

/// A reader of a turn, as slow as it likes: what it misses it can do without, and is told of.
#[derive(Debug)]
pub struct Follower {
    talk: Arc<Talk>,
    after: u64,
    count: watch::Receiver<u64>,
}

impl Follower {
    /// The next event with its number, once it is there; nothing after the last.
    pub async fn next(&mut self) -> Option<(u64, Arc<Happened>)> {
        loop {
            self.count.borrow_and_update();
            {
                let heard = self.talk.lock();
                if self.after < heard.gone {
                    self.after = heard.gone;
                    return Some((self.after, Arc::new(Happened::Missed)));
                }
                let at = usize::try_from(self.after - heard.gone).ok()?;
                if let Some((happened, _)) = heard.events.get(at) {
                    self.after += 1;
                    return Some((self.after, happened.clone()));
                }
                if heard.ended.is_some() {
                    return None;
                }
            }
            self.count.changed().await.ok()?;
        }
    }

    /// The turn.
    #[must_use]
    pub fn talk(&self) -> &Talk {
        &self.talk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talk(id: &str) -> Talk {
        Talk {
            id: id.to_owned(),
            who: "owner".to_owned(),
            agent: "a".to_owned(),
            said: "hello".to_owned(),
            heard: Mutex::default(),
            count: watch::Sender::default(),
            stop: CancellationToken::new(),
        }
    }

    #[test]
    fn of_what_has_ended_the_newest_are_kept_whenever_they_began() {
        let (mut all, begun) = (All::default(), Instant::now());
        // The first one that began ends last, and one runs still.
        let ends = std::iter::once(1_000).chain(0..MOST_ENDED as u64 + 2);
        for (number, after) in ends.enumerate() {
            let talk = talk(&number.to_string());
            talk.heard.lock().expect("nobody broke it").ended = Some(begun + Duration::from_millis(after));
            all.talks.push_back(Arc::new(talk));
        }
        all.talks.push_back(Arc::new(talk("running")));
        assert!(all.let_go().is_some());
        let kept: Vec<_> = all.talks.iter().map(|talk| talk.id.as_str()).collect();
        assert_eq!((kept.len(), kept[0], kept[1], kept[MOST_ENDED]), (MOST_ENDED + 1, "0", "4", "running"));
    }

    #[tokio::test]
    async fn who_missed_something_is_told_so_once_and_goes_on() {
        let talk = Arc::new(talk("t"));
        for _ in 0..EVENTS + 5 {
            talk.tell(Happened::Event(ChatEvent::Status { text: String::new() }));
        }
        let mut late = talk.follow(2);
        let (number, happened) = late.next().await.expect("it is told");
        assert!(number == 5 && matches!(*happened, Happened::Missed), "{number} {happened:?}");
        for mut follower in [late, talk.follow(5)] {
            let (number, happened) = follower.next().await.expect("it is told");
            assert!(number == 6 && matches!(*happened, Happened::Event(_)), "{number} {happened:?}");
        }
    }
}
