//! What changes in the home: the calls that wait, the agents, the packages, and safe mode. It is looked once for all who follow, and not at
//! all while nobody does.

use crate::desk::{AskInfo, Desk};
use futures::FutureExt;
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use utoipa::ToSchema;

/// How often it is looked.
const LOOK: Duration = Duration::from_secs(1);
/// How many changes are kept for who comes back, and how many bytes of them. What came first goes first.
const KEPT: usize = 1024;
const BYTES: usize = 1 << 20;

/// How things are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Now {
    /// The names of the calls that wait for the owner, the oldest first.
    pub asks: Vec<String>,
    /// The agents, each with `ready`, or why it cannot run.
    pub agents: BTreeMap<String, String>,
    /// The package versions, as `namespace:name@version`, each with `ready`, or why it may not run.
    pub packages: BTreeMap<String, String>,
    /// Whether nothing new is let in.
    pub safe_mode: bool,
}

/// Something that is other than it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case", tag = "event")]
#[expect(missing_docs, reason = "the fields are named after what they hold")]
pub enum Change {
    /// A call waits for the owner.
    AskOpened { ask: Box<AskInfo> },
    /// One waits no more: it was answered, or its time was up.
    AskClosed { id: String },
    /// An agent is there, or is in another state; without one where it is gone.
    Agent { name: String, state: Option<String> },
    /// A package version is there, or is in another state; without one where it is gone.
    Package { package: String, state: Option<String> },
    /// Nothing new is let in, or everything is again.
    SafeMode { on: bool },
}

impl Change {
    /// What it is called in a stream.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::AskOpened { .. } => "ask-opened",
            Self::AskClosed { .. } => "ask-closed",
            Self::Agent { .. } => "agent",
            Self::Package { .. } => "package",
            Self::SafeMode { .. } => "safe-mode",
        }
    }
}

/// What a watcher is told.
#[derive(Debug, Clone)]
pub enum News {
    /// How everything is: at the beginning, and where changes were missed.
    Now(Arc<Now>),
    /// One change.
    Change(Arc<Change>),
}

/// Where changes are heard of. A clone is the same place; pages find it in the extensions of each request.
#[derive(Clone)]
pub struct Newsroom(Arc<Inner>);

struct Inner {
    desk: Arc<dyn Desk>,
    /// Ids of another start begin with something else.
    start: String,
    board: Mutex<Board>,
    /// How many changes there were. Whoever follows holds a receiver: without any it is not looked.
    count: watch::Sender<u64>,
}

#[derive(Default)]
struct Board {
    now: Arc<Now>,
    /// The changes that are kept, each with its size; those before are gone.
    changes: VecDeque<(Arc<Change>, usize)>,
    gone: u64,
    bytes: usize,
    /// While somebody looks: whether they have looked once.
    looked: Option<watch::Receiver<bool>>,
}

impl Board {
    /// How many changes there were.
    fn count(&self) -> u64 {
        self.gone + self.changes.len() as u64
    }

    fn put(&mut self, change: Change) {
        let size = serde_json::to_vec(&change).map_or(0, |json| json.len());
        self.bytes += size;
        self.changes.push_back((Arc::new(change), size));
        while self.changes.len() > 1 && (self.bytes > BYTES || self.changes.len() > KEPT) {
            self.bytes -= self.changes.pop_front().map_or(0, |(_, size)| size);
            self.gone += 1;
        }
    }
}

impl Newsroom {
    /// Of a desk. It is not looked before somebody follows.
    pub(crate) fn new(desk: Arc<dyn Desk>) -> Self {
        let start = format!("{:08x}", rand::random::<u32>());
        Self(Arc::new(Inner { desk, start, board: Mutex::default(), count: watch::Sender::default() }))
    }

    /// Hears of changes from now on; or from after an event on, where what came since is still known.
    pub async fn watch(&self, last: Option<&str>) -> Watcher {
        let count = self.0.count.subscribe();
        let mut looked = self.0.looked();
        // Before the first look nobody knows how things are. It is done whether whoever came first still waits or not.
        let _ = looked.wait_for(|looked| *looked).await;
        let board = self.0.board();
        let told = board.count();
        let number = last.and_then(|id| id.split_once('.')).filter(|(start, _)| *start == self.0.start);
        let number = number.and_then(|(_, number)| number.parse().ok());
        let after = number.filter(|number| (board.gone..=told).contains(number));
        drop(board);
        Watcher { room: self.0.clone(), after, count }
    }
}

impl std::fmt::Debug for Newsroom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Newsroom").finish_non_exhaustive()
    }
}

async fn keep_looking(room: Arc<Inner>, first: watch::Sender<bool>) {
    loop {
        // A fault of the host's own spoils this look, and none after it.
        match AssertUnwindSafe(room.look()).catch_unwind().await {
            Ok(()) => {
                first.send_replace(true);
            }
            Err(_) => tracing::error!("loket.gate.look"),
        }
        tokio::time::sleep(LOOK).await;
        let mut board = room.board();
        if room.count.receiver_count() == 0 {
            board.looked = None;
            return;
        }
    }
}

impl Inner {
    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sees to it that somebody looks; ends in `true` once they have looked.
    fn looked(self: &Arc<Self>) -> watch::Receiver<bool> {
        let begin = || {
            let (first, looked) = watch::channel(false);
            // It ends by itself, a moment after the last who follows.
            tokio::spawn(keep_looking(self.clone(), first));
            looked
        };
        self.board().looked.get_or_insert_with(begin).clone()
    }

    /// Looks once, and tells what is other than before. What cannot be read is as it was.
    async fn look(&self) {
        let before = self.board().now.clone();
        let asks = self.desk.asks().await;
        let agents =
            self.desk.agents().await.map(|all| all.into_iter().map(|agent| (agent.name, agent.state)).collect());
        let packages = self.desk.packages().await.map(|all| {
            all.into_iter().map(|package| (format!("{}@{}", package.name, package.version), package.state)).collect()
        });
        let now = Now {
            asks: asks
                .as_ref()
                .map_or_else(|_| before.asks.clone(), |all| all.iter().map(|ask| ask.id.clone()).collect()),
            agents: agents.unwrap_or_else(|_| before.agents.clone()),
            packages: packages.unwrap_or_else(|_| before.packages.clone()),
            safe_mode: self.desk.is_in_safe_mode(),
        };
        let changes = changes(&before, &now, asks.unwrap_or_default());
        if changes.is_empty() {
            return;
        }
        let mut board = self.board();
        board.now = Arc::new(now);
        changes.into_iter().for_each(|change| board.put(change));
        let count = board.count();
        drop(board);
        self.count.send_replace(count);
    }
}

/// What is other now.
fn changes(before: &Now, now: &Now, asks: Vec<AskInfo>) -> Vec<Change> {
    let mut changes = Vec::new();
    for ask in asks {
        if !before.asks.contains(&ask.id) {
            changes.push(Change::AskOpened { ask: Box::new(ask) });
        }
    }
    for id in before.asks.iter().filter(|id| !now.asks.contains(id)) {
        changes.push(Change::AskClosed { id: id.clone() });
    }
    let agents = differing(&before.agents, &now.agents);
    changes.extend(agents.map(|(name, state)| Change::Agent { name, state }));
    let packages = differing(&before.packages, &now.packages);
    changes.extend(packages.map(|(package, state)| Change::Package { package, state }));
    if before.safe_mode != now.safe_mode {
        changes.push(Change::SafeMode { on: now.safe_mode });
    }
    changes
}

/// What has another state, or is new, or is gone.
fn differing<'a>(
    before: &'a BTreeMap<String, String>,
    now: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = (String, Option<String>)> + 'a {
    let other = now.iter().filter(|(name, state)| before.get(*name) != Some(state));
    let gone = before.keys().filter(|name| !now.contains_key(*name));
    other.map(|(name, state)| (name.clone(), Some(state.clone()))).chain(gone.map(|name| (name.clone(), None)))
}

/// Somebody who follows.
pub struct Watcher {
    room: Arc<Inner>,
    /// The number of the last change that it has; nothing before it was told how everything is.
    after: Option<u64>,
    count: watch::Receiver<u64>,
}

impl Watcher {
    /// What is told next, with its id, once there is something.
    pub async fn next(&mut self) -> Option<(String, News)> {
        loop {
            self.count.borrow_and_update();
            if let Some(told) = self.at_once() {
                return Some(told);
            }
            self.count.changed().await.ok()?;
        }
    }

    /// How everything is now, as far as it was looked.
    #[must_use]
    pub fn now(&self) -> Arc<Now> {
        self.room.board().now.clone()
    }

    fn at_once(&mut self) -> Option<(String, News)> {
        let board = self.room.board();
        let (number, news) = match self.after.filter(|after| *after >= board.gone) {
            Some(after) => {
                let at = usize::try_from(after - board.gone).ok()?;
                (after + 1, News::Change(board.changes.get(at)?.0.clone()))
            }
            None => (board.count(), News::Now(board.now.clone())),
        };
        drop(board);
        self.after = Some(number);
        Some((format!("{}.{number}", self.room.start), news))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, state)| ((*name).to_owned(), (*state).to_owned())).collect()
    }

    #[test]
    fn what_is_kept_is_bounded_by_its_size_too() {
        let mut board = Board::default();
        let change = |name: &str| Change::AskClosed { id: name.repeat(300 << 10) };
        ["a", "b", "c", "d", "e"].into_iter().for_each(|name| board.put(change(name)));
        assert_eq!((board.changes.len(), board.gone, board.count()), (3, 2, 5));
        assert!(board.bytes <= BYTES && *board.changes[0].0 == change("c"));
        (0..2 * KEPT).for_each(|at| board.put(Change::SafeMode { on: at < KEPT }));
        assert_eq!((board.changes.len(), board.count()), (KEPT, 5 + 2 * KEPT as u64));
        assert_eq!(board.bytes, board.changes.iter().map(|(_, size)| size).sum::<usize>());
    }

    #[test]
    fn what_is_other_is_told_and_nothing_else() {
        let before = Now {
            asks: vec!["a".into(), "b".into()],
            agents: states(&[("ann", "ready"), ("bob", "ready")]),
            packages: states(&[("acme:calc@1.0.0", "waits")]),
            safe_mode: false,
        };
        assert_eq!(changes(&before, &before, vec![]), []);
        let now = Now {
            asks: vec!["b".into()],
            agents: states(&[("ann", "broken"), ("cid", "ready")]),
            packages: states(&[("acme:calc@1.0.0", "ready")]),
            safe_mode: true,
        };
        let agent = |name: &str, state: Option<&str>| Change::Agent { name: name.into(), state: state.map(Into::into) };
        assert_eq!(
            changes(&before, &now, vec![]),
            [
                Change::AskClosed { id: "a".into() },
                agent("ann", Some("broken")),
                agent("cid", Some("ready")),
                agent("bob", None),
                Change::Package { package: "acme:calc@1.0.0".into(), state: Some("ready".into()) },
                Change::SafeMode { on: true },
            ]
        );
    }
}
