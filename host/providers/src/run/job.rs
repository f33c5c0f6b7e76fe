//! One attendant, followed to its end.

use super::Outcome;
use super::launcher::Launcher;
use super::order::{LONGEST, Order, Report, WORD};
use loket_kernel::fault::Refusal;
use loket_kernel::{Call, CallError, Counter};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout};

/// How long an attendant may take beyond its command's time, to end all that this started.
const GRACE: Duration = Duration::from_secs(10);

/// A command that runs. Whoever drops it ends the command: the attendant's input is closed then.
pub(super) struct Job {
    attendant: Child,
    open: ChildStdin,
    report: ChildStdout,
}

impl Job {
    /// Starts an attendant with an order.
    pub(super) async fn begin(launcher: &Launcher, order: &Order) -> Result<Job, CallError> {
        if cfg!(not(target_os = "linux")) {
            return Err(CallError::Unavailable("commands are run on Linux only".into()));
        }
        let failed = |e: std::io::Error| CallError::Failed(format!("no command can be started: {e}"));
        let mut attendant = launcher.command(WORD).stderr(Stdio::null()).spawn().map_err(failed)?;
        let (Some(mut open), Some(report)) = (attendant.stdin.take(), attendant.stdout.take()) else {
            return Err(CallError::Failed("the attendant of a command has no input or output".into()));
        };
        let mut line = serde_json::to_vec(order).map_err(|e| CallError::Failed(e.to_string()))?;
        line.push(b'\n');
        open.write_all(&line).await.map_err(failed)?;
        open.flush().await.map_err(failed)?;
        Ok(Job { attendant, open, report })
    }

    /// Waits until it has ended; ends it when a grant that it runs by is changed, and when its time is over.
    pub(super) async fn end(
        self,
        counter: Option<Arc<Counter>>,
        call: &Call,
        time: Duration,
    ) -> Result<Result<Outcome, String>, CallError> {
        let Job { mut attendant, open, report } = self;
        let mut text = Vec::new();
        let mut report = report.take(LONGEST);
        let read = report.read_to_end(&mut text);
        let stopped = tokio::select! {
            read = read => {
                read.map_err(|e| CallError::Failed(format!("the attendant of a command broke off: {e}")))?;
                None
            }
            why = changed(counter, call) => Some(why),
            // It keeps the time itself; this is for one that does not.
            () = tokio::time::sleep(time + GRACE) => {
                Some(CallError::exhausted("wall-time", "the command's time is over, and it could not be ended in order"))
            }
        };
        drop(open);
        // Only when it has ended, all that it attended to has.
        if tokio::time::timeout(GRACE, attendant.wait()).await.is_err() {
            let _ = attendant.kill().await;
        }
        if let Some(why) = stopped {
            return Err(why);
        }
        match serde_json::from_slice(&text) {
            Ok(Report::Ended { ending, stdout, stderr }) => Ok(Ok(Outcome { ending, stdout, stderr })),
            Ok(Report::Not(why)) => Ok(Err(why)),
            Err(_) => Ok(Err("its attendant ended without a word".into())),
        }
    }
}

/// Waits until the grants along the chain say something else than they did; answers why the command must end.
async fn changed(counter: Option<Arc<Counter>>, call: &Call) -> CallError {
    let Some(counter) = counter else { return std::future::pending().await };
    let mut changes = counter.grants.changes();
    loop {
        match counter.grants.check(call) {
            Err(error) => return error,
            Ok(passed) if passed.terms != call.terms => {
                return CallError::Denied(Refusal {
                    capability: call.capability.to_string(),
                    function: call.function.to_string(),
                    reason: "the owner changed which commands may be run while one of them ran, and it was ended"
                        .into(),
                    remedy: "call it again".into(),
                });
            }
            Ok(_) => {}
        }
        if changes.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
