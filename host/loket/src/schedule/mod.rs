//! Schedules: at its moments, which its manifest has, an agent is told something as its owner would tell it, through the same door.
//!
//! Files: this one the clock, and what happens when a moment has come; [`kept`] which moments are done with. That is on disk before anything
//! is told: a host that dies in between has missed that moment, and tells nothing twice.

mod kept;
#[cfg(test)]
mod tests;

use crate::desk::{chat, time_text, wrong};
use crate::host::Host;
use kept::{Book, Due, There};
pub(crate) use kept::{Last, SCHEDULES};
use loket_gateways::desk::{ChatReply, ChatRequest, Problem};
use loket_gateways::mcp::behind::News;
use loket_guardian::Schedule;
use loket_kernel::Principal;
use loket_kernel::counter::now;
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The longest time between two looks: by then it is seen that a clock was put forward, or that the machine was asleep.
const LONGEST: Duration = Duration::from_secs(30);
/// How long it is waited at the end for turns that were stopped.
const MOMENT: Duration = Duration::from_secs(2);
/// The longest outcome that is kept, in characters.
const OUTCOME: usize = 500;
const RUNNING: &str = "running";
const DONE: &str = "done";
const AWAY: &str = "stopped: nobody waits for it any more";

/// The schedules of a host's agents.
pub(crate) struct Schedules {
    file: PathBuf,
    state: Mutex<State>,
    clock: Mutex<Option<Clock>>,
    /// The turns that run: they are nobody else's.
    turns: TaskTracker,
}

struct State {
    book: Book,
    /// Who is being told something now: the agent, and the schedule's name.
    running: HashSet<(String, String)>,
}

/// Looks whose moment has come, until it is ended.
struct Clock {
    cancel: CancellationToken,
    task: JoinHandle<()>,
}

/// An agent that is being told something by a schedule, until this is dropped.
#[must_use]
struct Telling<'s> {
    schedules: &'s Schedules,
    whose: (String, String),
    outcome: String,
    turn: Option<String>,
}

impl Schedules {
    /// As a host before this one kept them.
    pub(crate) fn open(file: PathBuf) -> Schedules {
        let state = State { book: Book::read(&file), running: HashSet::new() };
        Schedules { file, state: Mutex::new(state), clock: Mutex::default(), turns: TaskTracker::new() }
    }

    /// When something is due next, and how it went last.
    pub(crate) fn outlook(&self, agent: &str, schedule: &Schedule) -> (Option<u64>, Option<Last>) {
        self.state().book.outlook(agent, schedule, now())
    }

    /// Begins nothing any more. What runs is a turn like others.
    pub(crate) fn cancel(&self) {
        if let Some(clock) = &*self.clock.lock().unwrap_or_else(PoisonError::into_inner) {
            clock.cancel.cancel();
        }
    }

    /// Waits a moment for the turns that were stopped.
    pub(crate) async fn end(&self) {
        let clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.turns.close();
        let ended = async {
            if let Some(Clock { cancel, task }) = clock {
                cancel.cancel();
                let _ = task.await;
            }
            self.turns.wait().await;
        };
        let _ = tokio::time::timeout(MOMENT, ended).await;
    }

    /// Does something that goes on also when nobody waits for it.
    pub(crate) fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.turns.spawn(work)
    }

    /// What is due at a moment, and when to look again. It is done with on disk before it is answered; where that cannot be, nothing is due.
    fn due(&self, there: &There<'_>, moment: u64) -> (Vec<Due>, Option<u64>) {
        let mut state = self.state();
        let mut book = state.book.clone();
        let heeded = book.heed(there, moment);
        if book != state.book {
            if let Err(error) = book.write(&self.file) {
                tracing::error!(%error, "loket.schedule.unwritten");
                return (Vec::new(), None);
            }
            state.book = book;
        }
        (heeded.due, heeded.next)
    }

    /// Begins to tell an agent something, unless the same schedule is at it.
    fn enter(&self, agent: &str, schedule: &Schedule) -> Option<Telling<'_>> {
        let whose = (agent.to_owned(), schedule.name.clone());
        let mut state = self.state();
        if !state.running.insert(whose.clone()) {
            return None;
        }
        let began = now();
        let last = Last { began, ended: None, outcome: RUNNING.to_owned(), turn: None };
        state.book.kept(agent, schedule, began).last = Some(last);
        self.note(&state);
        drop(state);
        Some(Telling { schedules: self, whose, outcome: AWAY.to_owned(), turn: None })
    }

    /// Keeps how things went. Nothing hangs on it.
    fn note(&self, state: &State) {
        if let Err(error) = state.book.write(&self.file) {
            tracing::warn!(%error, "loket.schedule.unwritten");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        let mut state = self.schedules.state();
        state.running.remove(&self.whose);
        // Its manifest may have it no more.
        if let Some(last) = state.book.get_mut(&self.whose.0, &self.whose.1).and_then(|kept| kept.last.as_mut()) {
            last.ended = Some(now());
            last.outcome = std::mem::take(&mut self.outcome);
            last.turn = self.turn.take();
            self.schedules.note(&state);
        }
    }
}

impl Host {
    /// Heeds the schedules of all agents, from now on until it is closed.
    pub fn schedule(self: &Arc<Self>) {
        let (cancel, weak) = (CancellationToken::new(), Arc::downgrade(self));
        let (ended, mut news) = (cancel.clone(), self.news.subscribe());
        let task = tokio::spawn(async move {
            loop {
                let Some(host) = weak.upgrade() else { break };
                let (_, next) = host.begin_what_is_due(now());
                drop(host);
                let pause = next.map_or(LONGEST, |next| Duration::from_millis(next.saturating_sub(now())).min(LONGEST));
                tokio::select! {
                    () = ended.cancelled() => break,
                    () = tokio::time::sleep(pause) => {}
                    () = changed(&mut news) => {}
                }
            }
        });
        *self.schedules.clock.lock().unwrap_or_else(PoisonError::into_inner) = Some(Clock { cancel, task });
    }

    /// Does what is due at a moment, in milliseconds, and waits until it is done; says when something is due next.
    pub async fn do_what_is_due(self: &Arc<Self>, moment: u64) -> Option<u64> {
        let (turns, next) = self.begin_what_is_due(moment);
        for turn in turns {
            let _ = turn.await;
        }
        next
    }

    fn begin_what_is_due(self: &Arc<Self>, moment: u64) -> (Vec<JoinHandle<()>>, Option<u64>) {
        let world = self.world();
        let there = world.agents.iter().map(|(name, agent)| {
            let entry = agent.entry.as_ref().ok();
            (name.as_str(), entry.map(|entry| entry.manifest.schedules.as_slice()))
        });
        let (due, next) = self.schedules.due(&there.collect(), moment);
        let begin = |Due { agent, schedule, moment }| {
            let host = self.clone();
            self.schedules.spawn(async move {
                if let Err(problem) = host.tell(&agent, &schedule, Some(moment)).await {
                    tracing::warn!(agent, schedule = schedule.name, problem.message, "loket.schedule");
                }
            })
        };
        (due.into_iter().map(begin).collect(), next)
    }

    /// Tells an agent what a schedule says, in a conversation of the schedule's own: one turn. `moment` is when it was due; none when its
    /// owner wants it now. That it was told, was not, or failed, is in the ledger.
    ///
    /// # Errors
    /// `unavailable` when it is being told that already, else as a chat.
    pub(crate) async fn tell(
        &self,
        agent: &str,
        schedule: &Schedule,
        moment: Option<u64>,
    ) -> Result<ChatReply, Problem> {
        let whom = Principal::Agent(agent.into());
        let about = |more: Option<(&'static str, String)>| {
            let due = moment.map(|moment| ("due", time_text(moment)));
            [Some(("schedule", schedule.name.clone())), due, more].into_iter().flatten().collect::<Vec<_>>()
        };
        let Some(mut telling) = self.schedules.enter(agent, schedule) else {
            let why = format!("the last turn of the schedule `{}` of `{agent}` still runs", schedule.name);
            self.act("schedule skipped", &whom, &about(Some(("why", why.clone()))));
            return Err(wrong("unavailable", why, "wait for it, or stop it in the control room"));
        };
        let what = if moment.is_some() { "schedule due" } else { "schedule run" };
        self.act(what, &whom, &about(None));
        let request = ChatRequest {
            agent: agent.to_owned(),
            conversation: Some(format!("schedule-{}", schedule.name)),
            text: schedule.say.clone(),
            files: Vec::new(),
        };
        // Nobody watches: what streams goes nowhere.
        let answer = chat::chat(self, request, mpsc::channel(1).0).await;
        match &answer {
            Ok(reply) => (telling.outcome, telling.turn) = (DONE.to_owned(), Some(reply.turn.clone())),
            Err(problem) => {
                telling.outcome = problem.message.chars().take(OUTCOME).collect();
                self.act("schedule failed", &whom, &about(Some(("why", telling.outcome.clone()))));
            }
        }
        answer
    }
}

/// Ends when something changed of what there is.
async fn changed(news: &mut broadcast::Receiver<News>) {
    loop {
        match news.recv().await {
            Ok(News::Anything) | Err(RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(RecvError::Closed) => return std::future::pending().await,
        }
    }
}
