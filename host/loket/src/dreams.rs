//! Agents dream while nobody speaks to them: at most once a day, and only when their brain changed since. A dream is the owner's call on the
//! agent's behalf, and stands in the ledger like any other; so does the purge after it, when something is left of what was forgotten.

use crate::home::write_whole;
use crate::host::Host;
use crate::turns::Task;
use loket_kernel::counter::now;
use loket_kernel::{CallError, Capability, Labels, Limits};
use loket_values::Value;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant, UNIX_EPOCH};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// What is called.
pub(crate) const UPKEEP: &str = "loket:brain/upkeep";
/// How long upkeep may take: a brain of a million memories is copied, or looked through, in less.
const PATIENCE: Duration = Duration::from_secs(3600);
/// How often it is looked whose time has come: a tenth of the time that it takes, within these bounds.
const LOOKS: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(60));
/// How long an agent does not dream again, in milliseconds.
const DAY: u64 = 86_400_000;
/// When each agent dreamt last, in the home's `state/`.
const DREAMT: &str = "dreams.json";
/// How long it is waited at the end for what a dream still does.
const MOMENT: Duration = Duration::from_secs(2);

/// Looks now and then, until it is ended.
pub(crate) struct Dreams {
    cancel: CancellationToken,
    task: JoinHandle<()>,
}

impl Dreams {
    /// Begins no dream any more. One that runs is a turn like others.
    pub(crate) fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Waits a moment until nothing is done any more.
    pub(crate) async fn end(self) {
        self.cancel.cancel();
        let abort = self.task.abort_handle();
        if tokio::time::timeout(MOMENT, self.task).await.is_err() {
            abort.abort();
        }
    }
}

/// The limits of a turn in which a brain is looked after.
pub(crate) fn patient(limits: &Limits) -> Limits {
    Limits { wall: PATIENCE.max(limits.wall), ..limits.clone() }
}

/// Looks from now on. Whether anybody dreams, and after how long, is what the settings say at each look.
pub(crate) fn begin(host: &Arc<Host>) -> Dreams {
    let mut after = quiet_for(host);
    let (cancel, weak) = (CancellationToken::new(), Arc::downgrade(host));
    let ended = cancel.clone();
    let task = tokio::spawn(async move {
        loop {
            tokio::select! {
                () = ended.cancelled() => return,
                () = tokio::time::sleep(after.map_or(LOOKS.1, |after| (after / 10).clamp(LOOKS.0, LOOKS.1))) => {}
            }
            let Some(host) = weak.upgrade() else { return };
            host.dream_where_quiet(Instant::now(), &ended).await;
            after = quiet_for(&host);
        }
    });
    Dreams { cancel, task }
}

fn quiet_for(host: &Host) -> Option<Duration> {
    let minutes = host.settings.live().memory.dream_after_minutes;
    (minutes > 0).then(|| Duration::from_secs(60 * u64::from(minutes)))
}

impl Host {
    /// Lets agents dream while nobody speaks to them, from now on until it is closed.
    pub fn dream(self: &Arc<Self>) {
        *self.dreams.lock().unwrap_or_else(PoisonError::into_inner) = Some(begin(self));
    }

    /// Lets those agents dream, one after the other, that have been quiet for long enough at a moment.
    pub async fn dream_where_quiet(&self, moment: Instant, ended: &CancellationToken) {
        let Some(after) = quiet_for(self) else { return };
        let world = self.world();
        let ready = world.agents.iter().filter(|(_, agent)| agent.place.is_ok()).map(|(name, _)| name);
        let quiet: Vec<&String> = ready.filter(|name| self.quiet.time(name, moment) >= after).collect();
        if quiet.is_empty() {
            return;
        }
        let mut dreamt = self.dreamt();
        let due: Vec<&String> =
            quiet.into_iter().filter(|name| self.is_due(name, dreamt.get(*name).copied())).collect();
        let new = !due.is_empty();
        for name in due {
            if ended.is_cancelled() {
                break;
            }
            if let Err(error) = self.dream_of(name).await {
                tracing::warn!(agent = %name, %error, "loket.dream");
            }
            dreamt.insert(name.clone(), now());
        }
        dreamt.retain(|name, _| world.agents.contains_key(name));
        if new && let Err(error) = self.keep_dreamt(&dreamt) {
            tracing::warn!(%error, "loket.dream.noted");
        }
    }

    /// One agent's dream, and the purge after it when there is anything to purge.
    async fn dream_of(&self, agent: &str) -> Result<(), CallError> {
        self.upkeep(agent, "dream", "apply").await?;
        let (shelf, name) = (self.shelf.clone(), Arc::from(agent));
        let stale = tokio::task::spawn_blocking(move || shelf.is_stale(&name)).await;
        match stale.unwrap_or_else(|e| Err(CallError::Failed(e.to_string())))? {
            true => self.upkeep(agent, "purge", "keep").await,
            false => Ok(()),
        }
    }

    async fn upkeep(&self, agent: &str, function: &str, how: &str) -> Result<(), CallError> {
        let task = Task {
            agent: Some(agent.into()),
            capability: Capability::host(UPKEEP),
            function: function.to_owned(),
            args: vec![Value::Enum(how.to_owned())],
            limits: Some(patient(&self.counter.limits())),
            labels: Labels::NONE,
            events: None,
            package: None,
        };
        self.turn(task).await.map(drop)
    }

    /// Whether an agent has anything to dream of: it has not dreamt for a day, and its brain changed since.
    fn is_due(&self, agent: &str, last: Option<u64>) -> bool {
        let brain = self.home.agents().join(agent).join("brain/brain.redb");
        let changed = std::fs::metadata(brain).and_then(|about| about.modified()).ok();
        let changed = changed.and_then(|at| at.duration_since(UNIX_EPOCH).ok()).map(|at| at.as_millis());
        match (changed, last) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(changed), Some(last)) => changed > u128::from(last) && now().saturating_sub(last) >= DAY,
        }
    }

    fn dreamt(&self) -> BTreeMap<String, u64> {
        // What cannot be read is as nothing: somebody dreams once more.
        let text = std::fs::read(self.home.state(DREAMT)).ok();
        text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    fn keep_dreamt(&self, dreamt: &BTreeMap<String, u64>) -> io::Result<()> {
        write_whole(&self.home.state(DREAMT), &serde_json::to_vec(dreamt).map_err(io::Error::from)?)
    }
}
