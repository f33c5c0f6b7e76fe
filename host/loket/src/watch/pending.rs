//! What happened to files, and since when nothing did.

use super::counts;
use crate::refresh::Look;
use loket_registry::lock::LOCK_FILE;
use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind};
use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// For how long nothing must have happened: files that belong together come together.
const QUIET: Duration = Duration::from_millis(15);
/// For how long what happens can put off that it is looked at.
const PATIENCE: Duration = Duration::from_millis(500);
/// After how long a file counts as finished that nobody was seen to close. Where the system tells who closes what, that is only when it
/// forgot to; elsewhere it is all that can be known.
const SILENCE: Duration = Duration::from_millis(if cfg!(target_os = "linux") { 5_000 } else { 500 });
/// After how long is looked once more at what seems to be unfinished.
const AGAIN: Duration = Duration::from_millis(250);
/// What the host itself writes into its home, beside what nobody looks at.
const OWN: [&str; 3] = [LOCK_FILE, "loket.part", "state"];
/// How many unfinished files are kept apart; those beyond are looked at as they are.
const MOST: usize = 1_024;

/// What was seen and not looked at yet.
pub(super) struct Pending {
    /// The folder of the agents.
    top: PathBuf,
    /// The file of the settings.
    file: PathBuf,
    /// Whether something in that folder changed.
    agents: bool,
    /// Whether that file did.
    settings: bool,
    /// When something that counts happened first and last.
    since: Option<(Instant, Instant)>,
    /// Files that are being written, and when they were last.
    unfinished: HashMap<PathBuf, Instant>,
    /// When to look once more at what seemed to be unfinished.
    again: Option<Instant>,
}

impl Pending {
    /// Nothing was seen yet of these agents, and this file of settings.
    pub(super) fn new(agents: PathBuf, settings: PathBuf) -> Pending {
        let (top, file) = (agents, settings);
        Pending { top, file, agents: false, settings: false, since: None, unfinished: HashMap::new(), again: None }
    }

    /// Takes note of what the system tells; whether it counts.
    pub(super) fn hear(&mut self, event: Result<notify::Event, notify::Error>, now: Instant) -> bool {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                tracing::warn!(%error, "loket.watch.missed");
                self.all(now);
                return true;
            }
        };
        if event.need_rescan() {
            self.all(now);
            return true;
        }
        let finished = match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
            // Reading changes nothing, and neither does who may read.
            EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)) => return false,
            EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Any) => false,
            _ => true,
        };
        let mut heard = false;
        for path in event.paths.into_iter().filter(|path| counts(path)) {
            if path.parent() == self.file.parent() && OWN.iter().any(|own| path.ends_with(own)) {
                continue;
            }
            heard = true;
            self.agents |= path.starts_with(&self.top);
            self.settings |= path == self.file;
            // What is being written is looked at when it is closed, and puts off nothing else.
            if finished {
                self.unfinished.remove(&path);
                self.happened(now);
            } else if self.unfinished.len() < MOST || self.unfinished.contains_key(&path) {
                self.unfinished.insert(path, now);
            }
        }
        heard
    }

    /// Everything may have changed.
    pub(super) fn all(&mut self, now: Instant) {
        (self.agents, self.settings) = (true, true);
        self.happened(now);
    }

    fn happened(&mut self, now: Instant) {
        let first = self.since.map_or(now, |(first, _)| first);
        self.since = Some((first, now));
    }

    /// What was looked at seems to be unfinished, though nobody is known to write it.
    pub(super) fn again(&mut self, now: Instant) {
        self.again = Some(now + AGAIN);
    }

    /// When it is time to look; `None` while there is nothing to look at.
    pub(super) fn due(&self) -> Option<Instant> {
        let quiet = self.since.map(|(first, last)| (last + QUIET).min(first + PATIENCE));
        let silent = self.unfinished.values().min().map(|last| *last + SILENCE);
        quiet.or_else(|| silent.into_iter().chain(self.again).min())
    }

    /// The time has come: what is to be looked at.
    pub(super) fn take(&mut self, now: Instant) -> Look {
        (self.since, self.again) = (None, None);
        self.unfinished.retain(|_, last| *last + SILENCE > now);
        let unfinished: Vec<PathBuf> = self.unfinished.keys().cloned().collect();
        // What is left alone now is looked at later.
        let later = unfinished.iter().any(|file| file.starts_with(&self.top));
        let agents = std::mem::replace(&mut self.agents, later);
        let later = self.unfinished.contains_key(&self.file);
        Look { agents, settings: std::mem::replace(&mut self.settings, later), unfinished }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::Event;
    use notify::event::{CreateKind, DataChange, RemoveKind};

    const WRITTEN: EventKind = EventKind::Modify(ModifyKind::Data(DataChange::Any));
    const CLOSED: EventKind = EventKind::Access(AccessKind::Close(AccessMode::Write));

    fn hear(pending: &mut Pending, kind: EventKind, path: &str, now: Instant) -> bool {
        pending.hear(Ok(Event::new(kind).add_path(path.into())), now)
    }

    #[test]
    fn a_file_that_is_being_written_is_left_alone_until_it_is_closed() {
        let (mut pending, now) = (Pending::new("home/agents".into(), "home/loket.toml".into()), Instant::now());
        assert!(hear(&mut pending, EventKind::Create(CreateKind::File), "r/a/b/1.0.0.wasm", now));
        assert!(hear(&mut pending, WRITTEN, "r/a/b/1.0.0.wasm", now));
        assert_eq!(pending.due(), Some(now + QUIET));
        assert_eq!(pending.take(now + QUIET).unfinished, [PathBuf::from("r/a/b/1.0.0.wasm")]);
        let later = now + QUIET * 2;
        assert!(hear(&mut pending, CLOSED, "r/a/b/1.0.0.wasm", later));
        assert_eq!(pending.due(), Some(later + QUIET));
        assert!(pending.take(later + QUIET).unfinished.is_empty());
        assert_eq!(pending.due(), None, "there is nothing to look at any more");
    }

    #[test]
    fn a_file_that_nobody_is_seen_to_close_is_looked_at_when_it_is_silent() {
        let (mut pending, now) = (Pending::new("home/agents".into(), "home/loket.toml".into()), Instant::now());
        hear(&mut pending, WRITTEN, "r/a/b/1.0.0.wasm", now);
        assert_eq!(pending.due(), Some(now + SILENCE), "nobody looks at it before");
        assert_eq!(pending.take(now).unfinished.len(), 1);
        assert_eq!(pending.due(), Some(now + SILENCE));
        assert!(pending.take(now + SILENCE).unfinished.is_empty());
    }

    #[test]
    fn reading_and_what_is_hidden_make_no_difference() {
        let (mut pending, now) = (Pending::new("home/agents".into(), "home/loket.toml".into()), Instant::now());
        let opened = EventKind::Access(AccessKind::Open(AccessMode::Any));
        for (kind, path) in
            [(opened, "r/a/b/1.0.0.wasm"), (WRITTEN, "r/a/b/.publish-1.tmp"), (CLOSED, "home/agents/ann/.x")]
        {
            assert!(!hear(&mut pending, kind, path, now), "{kind:?} {path}");
        }
        assert_eq!(pending.due(), None);
        assert!(hear(&mut pending, EventKind::Remove(RemoveKind::File), "r/a/b/1.0.0.wasm", now));
    }

    #[test]
    fn a_writer_without_end_puts_off_nothing_for_long() {
        let (mut pending, now) = (Pending::new("home/agents".into(), "home/loket.toml".into()), Instant::now());
        for round in 0..1_000 {
            let at = now + Duration::from_millis(round);
            hear(&mut pending, CLOSED, "r/a/b/1.0.0.wasm", at);
            hear(&mut pending, WRITTEN, "r/a/c/1.0.0.wasm", at);
        }
        assert_eq!(pending.due(), Some(now + PATIENCE));
    }

    #[test]
    fn when_the_system_lost_count_everything_is_looked_at() {
        let (mut pending, now) = (Pending::new("home/agents".into(), "home/loket.toml".into()), Instant::now());
        assert!(pending.hear(Err(notify::Error::generic("too many")), now));
        assert_eq!(pending.due(), Some(now + QUIET));
    }

    #[test]
    fn what_the_host_writes_into_its_home_makes_no_difference_and_its_settings_do() {
        let (mut pending, now) = (Pending::new("home/agents".into(), "home/loket.toml".into()), Instant::now());
        for own in ["home/loket.lock", "home/loket.part", "home/state", "home/.loket.toml.swp"] {
            assert!(!hear(&mut pending, CLOSED, own, now), "{own}");
        }
        assert!(hear(&mut pending, WRITTEN, "home/loket.toml", now));
        hear(&mut pending, CLOSED, "r/a/b/1.0.0.wasm", now);
        let look = pending.take(now + QUIET);
        assert!(look.settings && look.unfinished == [PathBuf::from("home/loket.toml")], "it is not read yet: {look:?}");
        hear(&mut pending, CLOSED, "home/loket.toml", now);
        let look = pending.take(now + QUIET);
        assert!(look.settings && look.unfinished.is_empty() && !look.agents, "{look:?}");
        assert!(!pending.take(now + QUIET).settings);
    }

    #[test]
    fn agents_are_looked_at_when_something_of_theirs_changed_and_once_more_when_it_was_unfinished() {
        let (mut pending, now) = (Pending::new("home/agents".into(), "home/loket.toml".into()), Instant::now());
        hear(&mut pending, CLOSED, "r/a/b/1.0.0.wasm", now);
        assert!(!pending.take(now + QUIET).agents);
        hear(&mut pending, WRITTEN, "home/agents/ann/agent.toml", now);
        assert!(pending.take(now + QUIET).agents);
        assert!(pending.take(now + SILENCE).agents, "it was left alone before");
        assert!(!pending.take(now + SILENCE).agents);
    }
}
