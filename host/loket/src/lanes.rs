//! Who may begin a turn now: so many at once in all, so many at once and a minute of each agent, and the others wait in line.
//!
//! Lanes are served in rotation: an agent with a hundred turns in line holds up another agent's only turn by one place, not by a hundred.
//! How many that are can change at any time: it counts for whoever comes, or is served, from then on. A line has an end; what comes after it is told so at once (`exhausted`), which costs nothing.

use loket_guardian::config::HostLimits;
use loket_kernel::CallError;
use loket_kernel::counter::now as now_in_milliseconds;
use loket_kernel::fault::Exhaustion;
use loket_kernel::room::Room;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// What the limit on turns in a minute counts over.
const MINUTE: Duration = Duration::from_secs(60);

/// How many turns may run and wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Width {
    /// Turns that run at once, of all agents together.
    pub turns: u32,
    /// Turns of one agent that run at once.
    pub each: u32,
    /// Turns of one agent that wait.
    pub waiting: u32,
    /// Turns of one agent that begin in a minute.
    pub a_minute: u32,
    /// How long a turn waits.
    pub patience: Duration,
}

impl From<&HostLimits> for Width {
    fn from(limits: &HostLimits) -> Width {
        Width {
            turns: limits.turns,
            each: limits.agent_turns,
            waiting: limits.agent_waiting,
            a_minute: limits.agent_turns_a_minute,
            patience: Duration::from_secs(limits.seconds.into()),
        }
    }
}

/// The lanes of a host: one for each agent that has something to do, and for the owner's own calls one for each provider that is called.
#[derive(Clone)]
pub struct Lanes(Arc<Inner>);

struct Inner {
    room: Arc<Room>,
    state: Mutex<State>,
}

struct State {
    width: Width,
    running: u32,
    lanes: HashMap<Arc<str>, Lane>,
    /// The lanes in which someone waits, the next to be served first.
    rotation: VecDeque<Arc<str>>,
}

struct Lane {
    running: u32,
    line: VecDeque<oneshot::Sender<Place>>,
    /// Whether it is in the rotation.
    queued: bool,
    /// When all turns that began so far would have begun, had they come evenly (GCRA, ITU-T I.371).
    even: Instant,
}

/// The right to run a turn; the next in line gets it when this is dropped.
pub struct Place {
    lanes: Arc<Inner>,
    agent: Arc<str>,
    taken: bool,
    /// How many calls of the turn wait for its owner; changed under the lanes' lock.
    away: AtomicU32,
}

/// A place that others have meanwhile: its turn waits for its owner. When this is dropped the turn goes on beside those that run then, so
/// that it is not held up a second time.
#[must_use]
pub struct Away(Arc<Place>);

impl Lanes {
    /// Empty lanes. Beside what runs, nothing begins while the room for instances' memory is not ample.
    pub fn new(width: Width, room: Arc<Room>) -> Lanes {
        let state = State { width, running: 0, lanes: HashMap::new(), rotation: VecDeque::new() };
        Lanes(Arc::new(Inner { room, state: Mutex::new(state) }))
    }

    /// Says how many turns may run and wait from now on. What runs or waits already, beyond that, goes on.
    pub fn set_width(&self, width: Width) {
        let mut state = self.0.lock();
        state.width = width;
        self.0.serve(&mut state);
    }

    /// Waits for a place. Dropping the future leaves the line.
    ///
    /// # Errors
    /// `exhausted` when the agent begins too many turns a minute, its line is full, or nothing became free in time.
    pub async fn enter(&self, agent: &Arc<str>) -> Result<Place, CallError> {
        let patience = self.0.lock().width.patience;
        let served = self.0.line_up(agent)?;
        match tokio::time::timeout(patience, served).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(CallError::exhausted(
                "waiting",
                format!(
                    "nothing became free within {} s: the host is at its limit; try again later",
                    patience.as_secs()
                ),
            )),
        }
    }

    /// Turns that run, and turns that wait.
    pub fn load(&self) -> (usize, usize) {
        let state = self.0.lock();
        let waits = |lane: &Lane| lane.line.iter().filter(|serve| !serve.is_closed()).count();
        (state.running as usize, state.lanes.values().map(waits).sum())
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line_up(self: &Arc<Self>, agent: &Arc<str>) -> Result<oneshot::Receiver<Place>, CallError> {
        let now = Instant::now();
        let mut state = self.lock();
        let Width { waiting, a_minute, .. } = state.width;
        if !state.lanes.contains_key(agent) {
            state.lanes.retain(|_, lane| !lane.is_idle(now));
        }
        let lane = state.lanes.entry(agent.clone()).or_insert_with(|| Lane::new(now));
        // Those who went away while they waited leave their places in the line.
        lane.line.retain(|serve| !serve.is_closed());
        if lane.line.len() >= waiting as usize {
            return Err(CallError::exhausted(
                "waiting",
                format!("{waiting} turns of this agent wait already; try again when some have ended"),
            ));
        }
        lane.begin(now, a_minute).map_err(|wait| {
            let wait = wait.as_secs() + 1;
            CallError::Exhausted(Exhaustion {
                limit: "turns-a-minute".into(),
                detail: format!("an agent may begin {a_minute} turns a minute; try again in {wait} s"),
                renews: Some(now_in_milliseconds() + wait * 1_000),
            })
        })?;
        let (serve, served) = oneshot::channel();
        lane.line.push_back(serve);
        if !std::mem::replace(&mut lane.queued, true) {
            state.rotation.push_back(agent.clone());
        }
        self.serve(&mut state);
        Ok(served)
    }

    /// Gives free places to those who wait: one to each lane in rotation, as long as there are any.
    fn serve(self: &Arc<Self>, state: &mut State) {
        let (mut full, width) = (0, state.width);
        let more = |running| running == 0 || (running < width.turns && self.room.is_ample());
        while more(state.running) && full < state.rotation.len() {
            let Some(agent) = state.rotation.pop_front() else { return };
            let Some(lane) = state.lanes.get_mut(&agent) else { continue };
            if lane.running >= width.each {
                state.rotation.push_back(agent);
                full += 1;
                continue;
            }
            full = 0;
            while let Some(next) = lane.line.pop_front() {
                match next.send(Place::new(self.clone(), agent.clone())) {
                    Ok(()) => {
                        lane.running += 1;
                        state.running += 1;
                        break;
                    }
                    Err(mut refused) => refused.taken = false,
                }
            }
            lane.queued = !lane.line.is_empty();
            if lane.queued {
                state.rotation.push_back(agent);
            }
        }
    }
}

impl Lane {
    fn new(now: Instant) -> Lane {
        Lane { running: 0, line: VecDeque::new(), queued: false, even: now }
    }

    /// Counts a turn that begins; answers how long to wait when there were too many.
    fn begin(&mut self, now: Instant, a_minute: u32) -> Result<(), Duration> {
        let even = self.even.max(now) + MINUTE / a_minute.max(1);
        match even.checked_duration_since(now + MINUTE) {
            Some(early) if !early.is_zero() => Err(early),
            _ => {
                self.even = even;
                Ok(())
            }
        }
    }

    /// Whether forgetting it changes nothing.
    fn is_idle(&self, now: Instant) -> bool {
        self.running == 0 && !self.queued && self.even <= now
    }
}

impl Place {
    fn new(lanes: Arc<Inner>, agent: Arc<str>) -> Place {
        Place { lanes, agent, taken: true, away: AtomicU32::new(0) }
    }

    /// Leaves it to others for as long as the turn waits for its owner.
    pub fn away(self: &Arc<Self>) -> Away {
        let mut state = self.lanes.lock();
        if self.away.fetch_add(1, Ordering::Relaxed) == 0 {
            self.leave(&mut state);
        }
        Away(self.clone())
    }

    fn leave(&self, state: &mut State) {
        state.running -= 1;
        if let Some(lane) = state.lanes.get_mut(&self.agent) {
            lane.running -= 1;
        }
        self.lanes.serve(state);
    }
}

impl Drop for Away {
    fn drop(&mut self) {
        let Place { lanes, agent, away, .. } = &*self.0;
        let mut state = lanes.lock();
        if away.fetch_sub(1, Ordering::Relaxed) == 1 {
            state.running += 1;
            // A lane in which nothing happened meanwhile was forgotten.
            state.lanes.entry(agent.clone()).or_insert_with(|| Lane::new(Instant::now())).running += 1;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.taken {
            let mut state = self.lanes.lock();
            self.leave(&mut state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: Width = Width { turns: 100, each: 100, waiting: 100, a_minute: 6000, patience: Duration::from_secs(5) };

    fn lanes(width: Width) -> Lanes {
        Lanes::new(width, Room::new(1000))
    }

    fn agent(name: &str) -> Arc<str> {
        name.into()
    }

    fn limit(entered: Result<Place, CallError>) -> String {
        match entered {
            Err(CallError::Exhausted(exhaustion)) => exhaustion.limit,
            Err(other) => panic!("{other:?}"),
            Ok(_) => "none".to_owned(),
        }
    }

    #[tokio::test]
    async fn an_agent_runs_no_more_turns_at_once_than_it_may_and_others_go_on() {
        let lanes = lanes(Width { each: 1, waiting: 1, patience: Duration::from_millis(50), ..WIDE });
        let first = lanes.enter(&agent("ann")).await.expect("there is room");
        assert_eq!(limit(lanes.enter(&agent("ann")).await), "waiting");
        lanes.enter(&agent("bob")).await.expect("another agent's lane is free");
        drop(first);
        lanes.enter(&agent("ann")).await.expect("there is room again");
    }

    #[tokio::test]
    async fn another_width_counts_at_once_for_who_waits_and_for_who_comes() {
        let lanes = lanes(Width { each: 1, waiting: 2, ..WIDE });
        let first = lanes.enter(&agent("ann")).await.expect("there is room");
        let waits = lanes.0.line_up(&agent("ann")).expect("the line has room");
        lanes.set_width(Width { each: 2, waiting: 2, ..WIDE });
        let second = waits.await.expect("it is served as soon as it may");
        lanes.set_width(Width { each: 1, waiting: 0, ..WIDE });
        drop(first);
        assert_eq!(
            limit(lanes.enter(&agent("ann")).await),
            "waiting",
            "the second goes on, and none comes in beside it"
        );
        assert_eq!(lanes.load(), (1, 0));
        drop(second);
    }

    #[tokio::test]
    async fn a_full_line_refuses_at_once() {
        let lanes = lanes(Width { turns: 1, waiting: 1, ..WIDE });
        let _runs = lanes.enter(&agent("ann")).await.expect("there is room");
        let _waits = lanes.0.line_up(&agent("ann")).expect("the line has room");
        let began = Instant::now();
        assert_eq!(limit(lanes.enter(&agent("ann")).await), "waiting");
        assert!(began.elapsed() < Duration::from_secs(1));
    }

    #[tokio::test]
    async fn lanes_take_turns_however_long_the_line_of_one_is() {
        let lanes = lanes(Width { turns: 1, ..WIDE });
        let running = lanes.enter(&agent("ann")).await.expect("there is room");
        let mut line: Vec<_> = (0..50).map(|_| lanes.0.line_up(&agent("ann")).expect("it has room")).collect();
        let mut other = lanes.0.line_up(&agent("bob")).expect("it has room");
        drop(running);
        let next = line.remove(0).await.expect("the first in line is served");
        drop(next);
        assert!(other.try_recv().is_ok(), "bob comes after one turn of ann's, not after fifty");
    }

    #[tokio::test]
    async fn who_leaves_the_line_holds_up_nobody() {
        let lanes = lanes(Width { turns: 1, waiting: 2, ..WIDE });
        let running = lanes.enter(&agent("ann")).await.expect("there is room");
        drop(lanes.0.line_up(&agent("ann")).expect("it has room"));
        drop(lanes.0.line_up(&agent("bob")).expect("it has room"));
        let waits = lanes.0.line_up(&agent("ann")).expect("it has room");
        drop(running);
        let place = waits.await.expect("it is served");
        assert_eq!(lanes.load(), (1, 0));
        drop(place);
        assert_eq!(lanes.load(), (0, 0));
    }

    #[tokio::test]
    async fn an_agent_begins_no_more_turns_a_minute_than_it_may() {
        let lanes = lanes(Width { a_minute: 3, ..WIDE });
        for _ in 0..3 {
            drop(lanes.enter(&agent("ann")).await.expect("the first three may begin at once"));
        }
        assert_eq!(limit(lanes.enter(&agent("ann")).await), "turns-a-minute");
        drop(lanes.enter(&agent("bob")).await.expect("another agent has a minute of its own"));
    }

    #[tokio::test]
    async fn a_turn_that_waits_for_its_owner_holds_up_nobody_and_goes_on_at_once() {
        let lanes = lanes(Width { turns: 1, ..WIDE });
        let asks = Arc::new(lanes.enter(&agent("ann")).await.expect("there is room"));
        let mut waits = lanes.0.line_up(&agent("ann")).expect("the line has room");
        assert!(waits.try_recv().is_err(), "one turn at a time");
        let (one, two) = (asks.away(), asks.away());
        let other = waits.await.expect("its place is free meanwhile");
        drop(one);
        assert_eq!(lanes.load(), (1, 0), "another call of it waits still");
        drop(two);
        assert_eq!(lanes.load(), (2, 0), "it goes on beside the other");
        drop((other, asks));
        assert_eq!(lanes.load(), (0, 0));
    }

    #[tokio::test]
    async fn nothing_begins_beside_others_while_memory_is_short() {
        let room = Room::new(1000);
        let lanes = Lanes::new(WIDE, room.clone());
        let running = lanes.enter(&agent("ann")).await.expect("there is room");
        let mut share = loket_kernel::room::Share::of(&room);
        assert!(share.take(800));
        let waits = lanes.0.line_up(&agent("bob")).expect("the line has room");
        assert_eq!(lanes.load(), (1, 1));
        drop(running);
        waits.await.expect("with nothing else running, it is served");
    }

    #[test]
    fn lanes_in_which_nothing_happens_are_forgotten() {
        let now = Instant::now();
        let mut lane = Lane::new(now);
        lane.begin(now, 60).expect("the first may begin");
        assert!(!lane.is_idle(now), "it began a turn just now");
        assert!(lane.is_idle(now + Duration::from_secs(1)));
        assert!((0..1000).filter(|_| lane.begin(now, 60).is_ok()).count() == 59);
    }
}
