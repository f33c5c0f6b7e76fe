//! Where the rest of the host asks the guardian.

use super::check::Setting;
use super::measure::Depth;
use crate::desk::wrong;
use crate::host::Host;
use crate::stock::report;
use loket_gateways::desk::Problem;
use loket_guardian::report::Report;
use std::sync::Arc;
use std::time::Duration;

/// What to do about safe mode.
const NEXT: &str = "loket guardian status";

impl Host {
    /// Looks whether everything is as it was sealed; whether nothing new may be let in. Blocks.
    pub(crate) fn look_out(&self, depth: Depth) -> bool {
        if self.guard.is_on_duty() {
            let lock = self.pins().lock.clone();
            self.guard.check(depth, &self.setting(lock));
        }
        self.guard.is_closed()
    }

    pub(super) fn setting(&self, lock: loket_registry::Lock) -> Setting<'_> {
        Setting { policy: self.policy(), lock, registry: &self.registry }
    }

    /// The policy as the settings on the disk have it now.
    pub(super) fn policy(&self) -> Option<String> {
        crate::settings::read(self.home.root()).ok().map(|written| written.config.policy())
    }

    /// Lets an act of the owner's go on that lets something in or allows more.
    ///
    /// # Errors
    /// In safe mode.
    pub(crate) fn let_in(&self, act: &str) -> Result<(), Problem> {
        if !tokio::task::block_in_place(|| self.look_out(Depth::Touched)) {
            return Ok(());
        }
        let message = format!("this home is in safe mode, so {act}: {}", self.guard.reason());
        Err(wrong("unavailable", message, NEXT))
    }

    /// Why something is not let in, while nothing is.
    pub(crate) fn shut_out(&self, what: impl Into<String>) -> Option<Report> {
        let closed = self.guard.is_closed();
        closed.then(|| {
            report(what, format!("this home is in safe mode, and lets in nothing new: {}", self.guard.reason()), NEXT)
        })
    }

    /// Looks at everything again and again, as long as the host is there.
    pub fn keep_watch(self: &Arc<Self>) {
        let host = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                let Some(seconds) = host.upgrade().map(|host| host.settings.live().guardian.seconds) else { return };
                tokio::time::sleep(Duration::from_secs(seconds.into())).await;
                let Some(host) = host.upgrade() else { return };
                let looked = tokio::task::spawn_blocking(move || host.look_out(Depth::Bytes)).await;
                if let Err(error) = looked {
                    tracing::error!(%error, "loket.guardian.look");
                }
            }
        });
    }
}
