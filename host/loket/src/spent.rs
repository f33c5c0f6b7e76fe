//! What models took today, kept: `state/spent.json`.
//!
//! It is written as soon as a call was counted, beside what goes on: calls that are counted while it is being written are in the next one.
//! So a crash loses what ended within the time of one small write. What cannot be read counts as nothing, and is said in the log.

use crate::home::write_whole;
use loket_kernel::counter::now;
use loket_providers::model::spending::{Day, Spending};
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Its name in the home's state.
pub(crate) const SPENT: &str = "spent.json";
/// What is read of it at most: it is ours, and small.
const MOST: u64 = 16 << 20;

/// What models took, as it is on disk.
pub(crate) struct Spent {
    path: PathBuf,
    spending: Arc<Spending>,
    writing: Mutex<Writing>,
    /// Held by whoever writes the file.
    file: Mutex<()>,
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
    pub(crate) fn open(path: PathBuf, spending: Arc<Spending>) -> Arc<Spent> {
        match read(&path) {
            Ok(day) => spending.restore(day),
            Err(why) => {
                tracing::warn!(file = %path.display(), why, "what models took today cannot be read, and begins anew")
            }
        }
        let spent =
            Arc::new(Spent { path, spending: spending.clone(), writing: Mutex::default(), file: Mutex::default() });
        let weak = Arc::downgrade(&spent);
        spending.tell(move || {
            if let Some(spent) = weak.upgrade() {
                spent.changed();
            }
        });
        spent
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
                        self.write();
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
        if self.spending.on(now()) != Day::default() {
            self.write();
        }
    }

    fn write(&self) {
        let _one_at_a_time = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = serde_json::to_vec(&self.spending.on(now())).map_err(std::io::Error::from);
        if let Err(error) = kept.and_then(|text| write_whole(&self.path, &text)) {
            tracing::error!(file = %self.path.display(), %error, "what models took today cannot be kept: a restart would forget it");
        }
    }
}

fn read(path: &PathBuf) -> Result<Day, String> {
    let about = match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Day::default()),
        about => about.map_err(|e| e.to_string())?,
    };
    if about.len() > MOST {
        return Err(format!("it has {} bytes", about.len()));
    }
    let text = std::fs::read(path).map_err(|e| e.to_string())?;
    serde_json::from_slice(&text).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use loket_guardian::{Currency, Tokens};

    fn count(spending: &Spending) {
        let tokens = Tokens { input: 3, output: 4, cached: 1 };
        spending.count(Some("ann"), "a:b/c", tokens, None, &Currency::default(), now());
    }

    #[tokio::test]
    async fn what_was_counted_is_there_after_the_next_start() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(SPENT);
        let first = Arc::new(Spending::default());
        let spent = Spent::open(path.clone(), first.clone());
        (0..20).for_each(|_| count(&first));
        // What is being written is written soon; nobody closes after a crash.
        let begun = std::time::Instant::now();
        while read(&path).map_or(0, |day| day.of(None).calls) < 20 {
            assert!(begun.elapsed().as_secs() < 10, "it is kept by itself");
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let again = Arc::new(Spending::default());
        let _spent = Spent::open(path, again.clone());
        let used = again.on(now()).of(Some("ann"));
        assert_eq!((used.calls, used.input, used.output, used.cached), (20, 60, 80, 20));
        spent.close();
    }

    #[tokio::test]
    async fn what_cannot_be_read_begins_anew() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(SPENT);
        for text in ["", "{", "{\"day\":-1}", "[]"] {
            std::fs::write(&path, text).expect("it can be written");
            let spending = Arc::new(Spending::default());
            let _spent = Spent::open(path.clone(), spending.clone());
            assert_eq!(spending.on(now()).of(None).calls, 0, "{text}");
        }
    }
}
