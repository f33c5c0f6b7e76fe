//! What is told while a call runs: progress, to whoever gave a token for it, and notes, to whoever wants them.
//!
//! Nothing is set up for a call that tells nothing. In a session what is told goes straight to the stream of its request; without one it goes
//! by rmcp's loop, where a slow reader holds it up: there it waits for that, up to a bound.

#![expect(deprecated, reason = "revisions are served that have what later ones have not")]

use super::approving::waits;
use super::behind::{Hear, Told};
use super::session::Session;
use rmcp::RoleServer;
use rmcp::model::{
    LoggingLevel, LoggingMessageNotification, LoggingMessageNotificationParam, ProgressNotification,
    ProgressNotificationParam, ProgressToken, RequestId, ServerNotification,
};
use rmcp::service::{OriginatingRequestId, Peer};
use serde_json::{Value as Json, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio_util::task::AbortOnDropHandle;

/// What waits for a slow reader; more is dropped, and the result is whole anyway.
const WAITING: usize = 256;
/// The same in bytes.
const MOST_BYTES: usize = 256 << 10;
/// How long the last of it may take.
const LAST: Duration = Duration::from_secs(2);
/// How much of the text that streams one note has, in bytes, where more waits already.
const PIECE: usize = 2_048;
/// The most that one note says, in bytes; the rest is left out, and the result is whole anyway.
const LONGEST: usize = 8_192;

/// The least serious note that a client wants.
pub(super) type Level = Option<LoggingLevel>;

/// By which way a client is told something.
#[derive(Clone)]
pub(super) enum Way {
    /// To the stream of a request in a session.
    Session(Arc<Session>),
    Peer(Peer<RoleServer>),
}

/// What a call tells, on its way to its client.
pub(super) struct Telling(Arc<Inner>);

/// For whom it is.
pub(super) struct Route {
    pub(super) way: Way,
    /// The request that the call answers.
    pub(super) request: RequestId,
    pub(super) token: Option<ProgressToken>,
    pub(super) level: Level,
    pub(super) name: String,
}

struct Inner {
    itself: Weak<Inner>,
    route: Route,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Progress only ever goes up.
    step: f64,
    /// Nothing is told any more.
    over: bool,
    waiting: VecDeque<Told>,
    bytes: usize,
    /// Whether what waits is told on.
    is_told_on: bool,
    runs: Option<AbortOnDropHandle<()>>,
}

impl Telling {
    pub(super) fn new(route: Route) -> Telling {
        Telling(Arc::new_cyclic(|itself| Inner { itself: itself.clone(), route, state: Mutex::default() }))
    }

    /// Whom the call tells.
    pub(super) fn hearer(&self) -> Arc<dyn Hear> {
        self.0.clone()
    }

    /// Tells something besides.
    pub(super) fn hear(&self, told: Told) {
        self.0.hear(told);
    }

    /// Waits until all of it is told, but not for long; what comes later is told no more.
    pub(super) async fn end(self) {
        let runs = {
            let mut state = self.0.state();
            state.over = true;
            state.runs.take()
        };
        if let Some(runs) = runs {
            let _ = tokio::time::timeout(LAST, runs).await;
        }
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.over = true;
        state.waiting.clear();
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hear for Inner {
    fn hear(&self, told: Told) {
        let Some(told) = self.route.wanted(told) else { return };
        let mut state = self.state();
        if state.over {
            return;
        }
        let peer = match &self.route.way {
            Way::Session(session) => {
                // Under the lock: what is told first is told first.
                self.route.notes(told, &mut state.step, |note| session.say(note));
                return;
            }
            Way::Peer(peer) => peer,
        };
        if let (Some(Told::Text(last)), Told::Text(more)) = (state.waiting.back_mut(), &told)
            && last.len() + more.len() <= PIECE
        {
            last.push_str(more);
            state.bytes += more.len();
            return;
        }
        let size = size(&told);
        if state.waiting.len() >= WAITING || state.bytes + size > MOST_BYTES {
            return;
        }
        state.bytes += size;
        state.waiting.push_back(told);
        if !state.is_told_on
            && let Some(inner) = self.itself.upgrade()
        {
            state.is_told_on = true;
            state.runs = Some(AbortOnDropHandle::new(tokio::spawn(inner.tell_on(peer.clone()))));
        }
    }
}

impl Inner {
    /// Tells on what waits, until nothing does.
    async fn tell_on(self: Arc<Inner>, peer: Peer<RoleServer>) {
        loop {
            let mut notes = Vec::new();
            {
                let mut state = self.state();
                // Found empty under the lock: who puts in something later, begins another.
                let Some(told) = state.waiting.pop_front() else {
                    state.is_told_on = false;
                    return;
                };
                state.bytes -= size(&told);
                self.route.notes(told, &mut state.step, |note| notes.push(note));
            }
            for note in notes {
                let _ = peer.send_notification(note).await;
            }
        }
    }
}

impl Route {
    /// What is told of this, shortened to what one note says; nothing where nobody wants it.
    fn wanted(&self, told: Told) -> Option<Told> {
        let notes = self.wants_notes();
        if self.token.is_none() && !(notes && matches!(told, Told::Status(_) | Told::Asks(_))) {
            return None;
        }
        Some(match told {
            Told::Text(text) => Told::Text(shortened(text)),
            Told::Status(text) => Told::Status(shortened(text)),
            Told::Tool(name) => Told::Tool(shortened(name)),
            Told::Progress { what, done, total } => Told::Progress { what: shortened(what), done, total },
            asks @ Told::Asks(_) => asks,
        })
    }

    /// Whether notes are wanted: all that are told are of the level `info`.
    fn wants_notes(&self) -> bool {
        self.level.is_some_and(|level| matches!(level, LoggingLevel::Debug | LoggingLevel::Info))
    }

    /// The notifications that tell it.
    fn notes(&self, told: Told, step: &mut f64, mut tell: impl FnMut(ServerNotification)) {
        match told {
            Told::Text(text) => self.step(step, text, &mut tell),
            Told::Status(words) => {
                self.note(json!(words), &mut tell);
                if self.level.is_none() {
                    self.step(step, words, &mut tell);
                }
            }
            Told::Tool(tool) => self.step(step, format!("calls {tool}"), &mut tell),
            Told::Asks(ask) => {
                let words = shortened(waits(&ask));
                self.note(json!(words), &mut tell);
                self.step(step, words, &mut tell);
            }
            #[expect(clippy::cast_precision_loss, reason = "the protocol counts in doubles")]
            Told::Progress { what, done, total } => {
                let Some(token) = self.token.clone() else { return };
                let mut progress = ProgressNotificationParam::new(token, done as f64);
                if let Some(total) = total {
                    progress = progress.with_total(total as f64);
                }
                if !what.is_empty() {
                    progress = progress.with_message(what);
                }
                *step = step.max(done as f64);
                tell(ServerNotification::ProgressNotification(self.marked(ProgressNotification::new(progress))));
            }
        }
    }

    /// Something goes on, and nobody knows how far it is.
    fn step(&self, step: &mut f64, message: String, tell: &mut impl FnMut(ServerNotification)) {
        let Some(token) = self.token.clone() else { return };
        *step += 1.0;
        let progress = ProgressNotificationParam::new(token, *step).with_message(message);
        tell(ServerNotification::ProgressNotification(self.marked(ProgressNotification::new(progress))));
    }

    fn note(&self, data: Json, tell: &mut impl FnMut(ServerNotification)) {
        if self.wants_notes() {
            let note = LoggingMessageNotificationParam::new(LoggingLevel::Info, data).with_logger(self.name.clone());
            let note = self.marked(LoggingMessageNotification::new(note));
            tell(ServerNotification::LoggingMessageNotification(note));
        }
    }

    /// The same, marked with the request whose stream it belongs to. The mark stays here.
    fn marked<M, P>(&self, mut note: rmcp::model::Notification<M, P>) -> rmcp::model::Notification<M, P> {
        note.extensions.insert(OriginatingRequestId(self.request.clone()));
        note
    }
}

fn size(told: &Told) -> usize {
    match told {
        Told::Text(text) | Told::Status(text) | Told::Tool(text) => text.len(),
        Told::Progress { what, .. } => what.len(),
        // No more of it is told than of others.
        Told::Asks(_) => LONGEST,
    }
}

/// No more than one note says.
fn shortened(mut text: String) -> String {
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.push('…');
    }
    text
}
