//! What a service tells the program that started it: systemd asks to be told when a service of type `notify` is ready, that it
//! is alive, and that it ends. Where nobody asked, nothing is told.

use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The service can be reached at `listen`; it is alive until `shutdown`.
#[cfg(target_os = "linux")]
pub(super) fn ready(listen: &str, shutdown: CancellationToken) {
    use sd_notify::NotifyState;
    tell(&[NotifyState::Ready, NotifyState::Status(&format!("listens at {listen}"))]);
    let every = sd_notify::watchdog_enabled();
    // Lives as long as the process: it only tells.
    tokio::spawn(async move {
        let mut ending = false;
        loop {
            let next = async {
                match every {
                    // Twice as often as asked: one that comes late is no end.
                    Some(every) => tokio::time::sleep((every / 2).max(Duration::from_millis(100))).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                // It lives while turns come to their end, too.
                () = next => tell(&[NotifyState::Watchdog]),
                () = shutdown.cancelled(), if !ending => {
                    ending = true;
                    tell(&[NotifyState::Stopping, NotifyState::Status("running turns come to their end")]);
                }
            }
        }
    });
}

/// A service cannot do more about a supervisor that does not listen than note it.
#[cfg(target_os = "linux")]
fn tell(states: &[sd_notify::NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "loket.serve.notify");
    }
}

/// Supervisors elsewhere see whether the process lives, and need no word.
#[cfg(not(target_os = "linux"))]
pub(super) fn ready(_listen: &str, _shutdown: CancellationToken) {
    let _ = Duration::ZERO;
}
