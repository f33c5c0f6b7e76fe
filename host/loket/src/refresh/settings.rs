//! The settings, taken up again when `loket.toml` changed.

use crate::host::Host;
use crate::lanes::Width;
use crate::settings::{self, FileState, Written};
use loket_guardian::config::CONFIG_FILE;
use loket_kernel::Principal;

impl Host {
    /// Takes up what `loket.toml` says now: the one way by which settings change while a host serves. What holds from the next turn holds
    /// when this returns, but for what follows from it for packages and agents, which are brought in line next. What cannot be used leaves
    /// everything as it was.
    pub(super) fn take_up_settings(&self) {
        let before = self.settings.file();
        let Written { config, digest } = match settings::read(self.home.root()) {
            Ok(written) => written,
            Err(problem) => {
                if before.broken.as_ref() != Some(&problem) {
                    tracing::warn!(
                        why = %problem.message, next = problem.hint.as_deref().unwrap_or_default(),
                        "`{CONFIG_FILE}` cannot be taken up: the settings before it hold"
                    );
                }
                self.settings.set_file(FileState { broken: Some(problem), ..before });
                return;
            }
        };
        if digest == before.digest {
            self.settings.set_file(FileState { broken: None, ..before });
            return;
        }
        let at_next_start = self.settings.fixed.changes(&config.fixed);
        let now = self.settings.live().changes(&config.live);
        let about = [
            ("before", before.digest),
            ("after", digest.clone()),
            ("changed", now.join(", ")),
            ("at-next-start", at_next_start.join(", ")),
        ];
        // Before it holds: no turn is held to settings that the ledger knows nothing of.
        self.act("settings", &Principal::Owner, &about);
        self.counter.set_limits(settings::limits(&config.live));
        self.asks.set_patience(config.live.approvals.seconds);
        self.lanes.set_width(Width::from(&config.live.limits));
        self.settings.set_live(config.live);
        if !now.is_empty() {
            tracing::info!(changed = now.join(", "), "`{CONFIG_FILE}` was taken up: it holds from the next turn");
        }
        if !at_next_start.is_empty() {
            tracing::warn!(
                changed = at_next_start.join(", "),
                "what `{CONFIG_FILE}` says of these takes effect at the next start of the host"
            );
        }
        self.settings.set_file(FileState { digest, broken: None, at_next_start });
    }
}
