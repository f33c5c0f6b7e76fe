//! What models took, kept: today in `state/spent.json`, the days before in `state/spent-days.json`.
//!
//! Today is written as soon as a call was counted, beside what goes on: calls that are counted while it is being written are in the next one.
//! So a crash loses what ended within the time of one small write. The days before are written when one comes to them, and before today is:
//! whenever it ends in between, the day that is over is in one file or in both, where it is the same day and not added up. What cannot be read
//! counts as nothing, and is said in the log.

use crate::home::write_whole;
use loket_kernel::counter::now;
use loket_providers::model::day::Day;
use loket_providers::model::days::{Days, MOST_BYTES};
use loket_providers::model::spending::Spending;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Its name in the home's state.
pub(crate) const SPENT: &str = "spent.json";
/// The name of what is kept of the days before.
pub(crate) const SPENT_DAYS: &str = "spent-days.json";
/// What is read of today at most: it is ours, and small.
const MOST: u64 = 16 << 20;

/// What models took, as it is on disk.
pub(crate) struct Spent {
    today: PathBuf,
    before: PathBuf,
    spending: Arc<Spending>,
    writing: Mutex<Writing>,
    /// Held by whoever writes the files: as often had a day come to those before when they were written last.
    written: Mutex<u64>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Writing {
    /// Nobody writes.
    #[default]
    None,
    /// Somebody does.
    Now,
    /// Somebody does, and has to once more.
    Again,
}

impl Spent {
    /// Goes on with what was kept, and keeps what is counted from now on.
    pub(crate) fn open(state: &Path, spending: Arc<Spending>) -> Arc<Spent> {
        let spent = Arc::new(Spent::taken_up(state, spending));
        let weak = Arc::downgrade(&spent);
        spent.spending.tell(move || {
            if let Some(spent) = weak.upgrade() {
                spent.changed();
            }
        });
        spent
    }

    fn taken_up(state: &Path, spending: Arc<Spending>) -> Spent {
        let (today, before) = (state.join(SPENT), state.join(SPENT_DAYS));
        let anew = |path: &Path, why| {
            tracing::warn!(file = %path.display(), why, "what models took cannot be read, and is counted anew");
        };
        let day = read(&today, MOST, |text| serde_json::from_slice::<Day>(text)).unwrap_or_else(|why| {
            anew(&today, why);
            Day::default()
        });
        let days = read(&before, MOST_BYTES as u64, Days::parse).unwrap_or_else(|why| {
            anew(&before, why);
            Days::default()
        });
        spending.restore(day, days);
        Spent { today, before, spending, writing: Mutex::default(), written: Mutex::default() }
    }

    /// Something was counted.
    fn changed(self: Arc<Spent>) {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        match *writing {
            Writing::None => {
                *writing = Writing::Now;
                drop(writing);
                tokio::task::spawn_blocking(move || {
                    loop {
                        self.write(now());
                        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
                        if *writing == Writing::Now {
                            *writing = Writing::None;
                            return;
                        }
                        *writing = Writing::Now;
                    }
                });
            }
            Writing::Now | Writing::Again => *writing = Writing::Again,
        }
    }

    /// Writes what was counted last, when nobody counts any more.
    pub(crate) fn close(&self) {
        self.write(now());
    }

    fn write(&self, now: u64) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let (today, turns) = self.spending.today(now);
        if turns != *written {
            let (before, turns) = self.spending.before();
            let kept = before.to_text().map_err(std::io::Error::from);
            match kept.and_then(|text| write_whole(&self.before, &text)) {
                Ok(()) => *written = turns,
                // With the next call once more. Today is written all the same: budgets go by it.
                Err(error) => {
                    tracing::error!(file = %self.before.display(), %error, "what models took on the days before cannot be kept: a restart would forget the last of them");
                }
            }
        }
        let kept = serde_json::to_vec(&today).map_err(std::io::Error::from);
        if let Err(error) = kept.and_then(|text| write_whole(&self.today, &text)) {
            tracing::error!(file = %self.today.display(), %error, "what models took today cannot be kept: a restart would forget it");
        }
    }
}

/// What a file holds; where there is none, nothing.
fn read<T: Default, E: std::fmt::Display>(
    path: &Path,
    most: u64,
    parse: impl FnOnce(&[u8]) -> Result<T, E>,
) -> Result<T, String> {
    let about = match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(T::default()),
        about => about.map_err(|e| e.to_string())?,
    };
    if about.len() > most {
        return Err(format!("it has {} bytes, and may have {most}", about.len()));
    }
    let text = std::fs::read(path).map_err(|e| e.to_string())?;
    parse(&text).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use loket_guardian::{Currency, Tokens};
    use loket_providers::model::days::MOST_DAYS;

    const DAY: u64 = 86_400_000;
    const NOON: u64 = 20_000 * DAY + DAY / 2;

    fn count(spending: &Spending, now: u64) {
        let tokens = Tokens { input: 3, output: 4, cached: 1 };
        spending.count(Some("ann"), "a:b/c", tokens, None, &Currency::default(), now);
    }

    /// What a home's files hold, taken up by a host that nobody closes: its clock is the test's.
    fn taken_up(folder: &Path) -> Spent {
        Spent::taken_up(folder, Arc::default())
    }

    /// The calls of the last days, as the next start tells them.
    fn calls(folder: &Path, now: u64, many: u64) -> Vec<u64> {
        taken_up(folder).spending.days(now, many).iter().map(|day| day.of(None).calls).collect()
    }

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder")
    }

    #[tokio::test]
    async fn what_was_counted_is_there_after_the_next_start() {
        let folder = folder();
        let first = Arc::new(Spending::default());
        let spent = Spent::open(folder.path(), first.clone());
        (0..20).for_each(|_| count(&first, now()));
        // What is being written is written soon; nobody closes after a crash.
        let begun = std::time::Instant::now();
        while calls(folder.path(), now(), 2).iter().sum::<u64>() < 20 {
            assert!(begun.elapsed().as_secs() < 10, "it is kept by itself");
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let days = taken_up(folder.path()).spending.days(now(), 2);
        let used = days.iter().map(|day| day.of(Some("ann"))).reduce(|all, one| all.plus(one)).expect("two days");
        assert_eq!((used.calls, used.input, used.output, used.cached), (20, 60, 80, 20));
        spent.close();
    }

    #[test]
    fn each_day_is_kept_when_it_ends_and_today_grows_by_no_day() {
        let folder = folder();
        let mut sizes = Vec::new();
        for day in 0..4 {
            // Another start each day: what a host has in memory is not what is asked for.
            let spent = taken_up(folder.path());
            for _ in 0..=day {
                count(&spent.spending, NOON + day * DAY);
                spent.write(NOON + day * DAY);
            }
            sizes.push(std::fs::metadata(folder.path().join(SPENT)).expect("it is there").len());
            assert_eq!(folder.path().join(SPENT_DAYS).exists(), day > 0, "there is no day before the first");
        }
        assert_eq!(calls(folder.path(), NOON + 3 * DAY, 5), [0, 1, 2, 3, 4]);
        assert_eq!(calls(folder.path(), NOON + 5 * DAY, 5), [2, 3, 4, 0, 0], "nobody wrote since");
        // Its numbers have a digit more by then, and that is all.
        assert!(sizes.iter().max() < sizes.iter().min().map(|least| least + 8).as_ref(), "{sizes:?}");
    }

    #[test]
    fn within_one_run_a_day_ends_at_midnight() {
        let folder = folder();
        let spent = taken_up(folder.path());
        let midnight = 20_001 * DAY;
        for now in [NOON, midnight - 1, midnight, midnight + 1, midnight + 2] {
            count(&spent.spending, now);
            spent.write(now);
        }
        assert_eq!(calls(folder.path(), midnight, 2), [2, 3]);
        let days = std::fs::read(folder.path().join(SPENT_DAYS)).expect("it is there");
        count(&spent.spending, midnight + 3);
        spent.write(midnight + 3);
        let after = std::fs::read(folder.path().join(SPENT_DAYS)).expect("it is there");
        assert_eq!(days, after, "a call of the same day writes today alone");
        spent.write(midnight + DAY);
        assert_eq!(calls(folder.path(), midnight + DAY, 3), [2, 4, 0], "also where nobody asks a model after it");
    }

    #[test]
    fn a_crash_between_the_two_files_loses_and_doubles_nothing() {
        let (today, before) = (SPENT, SPENT_DAYS);
        // What lies there after the crash: both files as before, the days alone as after, or both as after.
        for (renewed, expect) in [(&[][..], [2, 0]), (&[before][..], [3, 0]), (&[before, today][..], [3, 1])] {
            let (folder, after) = (folder(), folder());
            let spent = taken_up(folder.path());
            count(&spent.spending, NOON);
            count(&spent.spending, NOON);
            spent.write(NOON);
            // One more that was not written by itself any more, and the first of the next day.
            count(&spent.spending, NOON);
            count(&spent.spending, NOON + DAY);
            let there = std::fs::read(folder.path().join(today)).expect("it is there");
            std::fs::write(after.path().join(today), there).expect("it can be written");
            spent.write(NOON + DAY);
            for name in renewed {
                std::fs::copy(folder.path().join(name), after.path().join(name)).expect("it can be copied");
            }
            for _ in 0..3 {
                assert_eq!(calls(after.path(), NOON + DAY, 2), expect, "{renewed:?}");
                // Once more the same way: it comes to the same.
                taken_up(after.path()).write(NOON + DAY);
            }
        }
    }

    #[test]
    fn only_so_many_days_are_kept() {
        let folder = folder();
        let spent = taken_up(folder.path());
        let many = MOST_DAYS as u64 + 20;
        for day in 0..many {
            count(&spent.spending, NOON + day * DAY);
            spent.write(NOON + day * DAY);
        }
        let again = taken_up(folder.path());
        let (before, _) = again.spending.before();
        assert_eq!((before.count(), before.on(20_000 + 18), before.on(20_000 + 19).is_some()), (MOST_DAYS, None, true));
    }

    #[test]
    fn what_cannot_be_read_begins_anew_and_takes_nothing_else_along() {
        let long = " ".repeat(MOST_BYTES + 1);
        for text in ["", "{", "{\"day\":-1}", "[1]", "[{}]", long.as_str()] {
            for (name, expect) in [(SPENT, [1, 0]), (SPENT_DAYS, [0, 1])] {
                let folder = folder();
                let spent = taken_up(folder.path());
                for now in [NOON, NOON + DAY] {
                    count(&spent.spending, now);
                    spent.write(now);
                }
                std::fs::write(folder.path().join(name), text).expect("it can be written");
                assert_eq!(calls(folder.path(), NOON + DAY, 2), expect, "{name}: {text:.9}");
                let again = taken_up(folder.path());
                count(&again.spending, NOON + 2 * DAY);
                again.write(NOON + 2 * DAY);
                assert_eq!(calls(folder.path(), NOON + 2 * DAY, 3), [expect[0], expect[1], 1], "{name}: {text:.9}");
            }
        }
    }

    #[test]
    fn what_a_host_of_before_wrote_is_read() {
        let folder = folder();
        let old = r#"{"day":20000,"currency":"USD","used":{"ann":{"a:b/c":{"calls":2,"input":3,"output":4}}}}"#;
        std::fs::write(folder.path().join(SPENT), old).expect("it can be written");
        assert_eq!(calls(folder.path(), NOON + DAY, 2), [2, 0]);
    }
}
