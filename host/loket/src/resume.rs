//! A turn goes on from its page: after the host died, or was told to stop, in the middle of it; or when what it waited for is decided.

use crate::cut_off::CUT_OFF;
use crate::host::Host;
use crate::running::STOPPED;
use crate::turns::{self, HANDLER, conversation, event};
use loket_kernel::resume::Behind;
use loket_kernel::{CallError, Capability, Chain, Limits, Page, PageError, Turn};
use loket_ledger::TurnId;
use loket_values::Value;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::mpsc;

impl Host {
    /// Goes on with a turn whose page did not come to an end of its own, under its name and on its page; answers with what came of it, once
    /// that is in the ledger.
    ///
    /// Its components run from their beginning and are told what they were told: nothing that ended is done again ([`loket_kernel::resume`]
    /// says how each call is met). Seed, clock and labels are those of the page; the time that it may take begins anew. `events` gets what
    /// is emitted from here on; what was told before is not told again. The turn waits for its place among the others like any other.
    ///
    /// # Errors
    /// `not-found` when there is no such turn; `invalid` when it ended or ran no component; `unavailable` when it runs now, or its package
    /// is not here with the very same bytes; `failed` when its page cannot be read, was forgotten in part, or the turn does not go on as it
    /// began, which its page says too; else what the call came to.
    pub async fn resume(&self, turn: TurnId, events: Option<mpsc::Sender<Value>>) -> Result<Option<Value>, CallError> {
        let page = self.page(turn).await.map_err(unread)?;
        if let Some(end) = page.end.as_deref().filter(|end| ![CUT_OFF, STOPPED].contains(end)) {
            return Err(CallError::Invalid(format!("turn `{turn}` ended, and does not go on: {end}")));
        }
        let (first, args) = (page.first().map_err(unread)?, page.first_args().map_err(unread)?);
        // What a slash command may do is less than what the owner may.
        let chain = Chain::beginning(&first.chain).ok_or_else(|| {
            CallError::Invalid(format!("turn `{turn}` was a slash command, and does not go on: type it again"))
        })?;
        let capability = Capability::from_words(&first.capability, &|interface| self.answers(interface));
        let limits = self.limits_of(&page, &capability)?;
        let behind = Arc::new(Behind::of(&page).map_err(unread)?);
        let place = self.lanes.enter(&capability.provider).await?;
        let _busy = page.agent.as_ref().map(|agent| self.quiet.busy(agent));
        let turn = Turn::new(page.agent.clone(), page.started, page.seed, &limits, page.labels, events);
        let conversation = event(&capability, &first.function, &args).and_then(conversation);
        let turn = self.framed(turn.going_on(page.turn, behind), conversation);
        let _running = self.running.enter(&turn)?;
        // Somebody else may have gone on with it since it was read.
        let now = self.page(turn.id).await.map_err(unread)?;
        if (now.last(), &now.end) != (page.last(), &page.end) {
            return Err(CallError::Unavailable(format!("turn `{}` went on meanwhile", turn.id)));
        }
        let _may_ask = self.asks.enter(&turn, place, &args);
        let on = json!({ "resumed": true, "after": page.last() });
        self.counter.begin(&turn, on.to_string());
        let work = self.counter.call(turns::first(turn.clone(), chain, capability, &first.function, args));
        self.see_through(&turn, work).await
    }

    /// Lets the turns go on that had all their answers when the host ended before they did, one after the other. What keeps one from it is
    /// in the log; it is tried again at the next start, until the time of its answers is over.
    pub fn go_on_with_what_was_answered(self: &Arc<Self>) {
        let (weak, owed) = (Arc::downgrade(self), self.asks.owed());
        tokio::spawn(async move {
            for turn in owed {
                let (Some(host), Ok(id)) = (weak.upgrade(), turn.parse()) else { return };
                match host.resume(id, None).await {
                    Ok(_) => tracing::info!(%turn, "loket.resume.answered"),
                    Err(error) => tracing::warn!(%turn, %error, "loket.resume.answered"),
                }
            }
        });
    }

    /// A turn's page.
    ///
    /// # Errors
    /// As [`Page::read`].
    pub(crate) async fn page(&self, turn: TurnId) -> Result<Page, PageError> {
        let ledger = self.counter.ledger.clone();
        // What was done before this moment belongs to it.
        ledger.flush().await?;
        let read = tokio::task::spawn_blocking(move || Page::read(&ledger, turn)).await;
        read.unwrap_or_else(|e| Err(PageError::Unreadable { turn, why: format!("reading broke off: {e}") }))
    }

    /// What a turn may use that goes on, if the very bytes of its page run here.
    fn limits_of(&self, page: &Page, capability: &Capability) -> Result<Limits, CallError> {
        let gone = |what: String| {
            let ran = page.package.as_deref().unwrap_or("a component");
            CallError::Unavailable(format!("turn `{}` cannot go on: it ran `{ran}`, and {what}", page.turn))
        };
        let (digest, limits) = match capability.provider.strip_prefix("agent:") {
            Some(name) if *capability.interface == *HANDLER => {
                let ready = self.agent(name).map_err(|problem| gone(problem.message))?;
                (Some(ready.digest), ready.limits)
            }
            _ => (self.package_of(capability).map(|(_, digest)| digest), Limits::clone(&self.counter.limits())),
        };
        match (&page.digest, digest) {
            (None, _) => Err(CallError::Invalid(format!(
                "turn `{}` cannot go on: `{capability}` was answered by the host itself",
                page.turn
            ))),
            (Some(ran), Some(runs)) if *ran == runs => Ok(limits),
            (Some(ran), Some(runs)) => Err(gone(format!("its bytes were {ran}; those that run now are {runs}"))),
            (Some(_), None) => Err(gone("it does not run here now".into())),
        }
    }

    /// The package that answers a capability by its name, as the record has it: name, version and digest.
    pub(crate) fn package_of(&self, capability: &Capability) -> Option<(String, String)> {
        let stock = self.stock();
        let item = stock.newest(&capability.provider.parse().ok()?)?;
        Some((item.reference.to_string(), item.digest.clone()))
    }
}

fn unread(error: PageError) -> CallError {
    match error {
        PageError::Missing(_) => CallError::NotFound(error.to_string()),
        PageError::NoComponent { .. } => CallError::Invalid(error.to_string()),
        _ => CallError::Failed(error.to_string()),
    }
}
