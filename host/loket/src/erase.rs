//! What was forgotten is gone from what the host itself keeps: the ledger's payloads, and the lines that were typed at the prompt.

use crate::home::{Home, write_whole};
use async_trait::async_trait;
use loket_kernel::CallError;
use loket_ledger::Ledger;
use loket_providers::brain::Erase;
use std::io;
use std::path::{Path, PathBuf};

/// The file in which the prompt keeps what was typed.
const HISTORY: &str = "history";

/// What the host keeps of words.
pub(crate) struct Record {
    ledger: Ledger,
    history: PathBuf,
}

impl Record {
    /// Of a home.
    pub(crate) fn of(home: &Home, ledger: &Ledger) -> Record {
        Record { ledger: ledger.clone(), history: home.state(HISTORY) }
    }
}

#[async_trait]
impl Erase for Record {
    async fn erase(&self, needles: Vec<Vec<u8>>) -> Result<u64, CallError> {
        let (ledger, history) = (self.ledger.clone(), self.history.clone());
        let work = tokio::task::spawn_blocking(move || {
            let failed =
                |what: String| CallError::Failed(format!("what was forgotten is not erased everywhere: {what}"));
            forget_lines(&history, &needles).map_err(|e| failed(format!("`{}`: {e}", history.display())))?;
            let scrubbed = ledger.scrub(&needles, |_| {}).map_err(|e| failed(e.to_string()))?;
            for fault in &scrubbed.faults {
                tracing::warn!(%fault, "loket.erase.damaged");
            }
            Ok(scrubbed.erased)
        });
        work.await.unwrap_or_else(|e| Err(CallError::Failed(format!("erasing broke off: {e}; purge again"))))
    }
}

/// Takes the lines out of a file that have any of these; a file that is not there has none.
fn forget_lines(file: &Path, needles: &[Vec<u8>]) -> io::Result<()> {
    let text = match std::fs::read(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        text => text?,
    };
    let has = |line: &[u8]| needles.iter().any(|needle| line.windows(needle.len().max(1)).any(|part| part == needle));
    let kept: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').filter(|line| !has(line)).collect();
    let kept = kept.concat();
    if kept.len() < text.len() { write_whole(file, &kept) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_have_what_was_forgotten_go_and_others_stay() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join(HISTORY);
        forget_lines(&file, &[b"tea".to_vec()]).expect("where nothing is, nothing is to be done");
        std::fs::write(&file, "#V2\nmy server is at 10.0.0.5\nwhere is my server?\n").expect("it can be written");
        forget_lines(&file, &[b"server is at 10.0.0.5".to_vec()]).expect("it can be written");
        assert_eq!(std::fs::read_to_string(&file).expect("it reads"), "#V2\nwhere is my server?\n");
    }
}
