//! The owner's entrance: what is done there, each of it in the ledger.

use super::{problem, time_text, wrong};
use crate::entrance::{Held, Passphrase, Row, State, fits, random};
use crate::guard::Kept;
use crate::host::Host;
use async_trait::async_trait;
use loket_gateways::desk::{Problem, SecretValue};
use loket_gateways::entrance::{Entered, Entrance, Invitation, Session, SessionInfo};
use loket_kernel::counter::now;
use loket_kernel::{CallError, Principal};
use std::time::Instant;

/// What to do about a passphrase that is gone.
const LINK: &str = "`loket web link` prints a link by which another one is set";

#[async_trait]
impl Entrance for Host {
    fn is_owned(&self) -> bool {
        self.entrance.state().passphrase.is_some()
    }

    fn invite(&self) -> Result<Invitation, Problem> {
        let mut state = self.entrance.state();
        let key = state.keys.make(Instant::now()).map_err(|e| wrong("failed", e, "try again in a moment"))?;
        // It opens the whole home, and ends the one before.
        self.act("link made", &Principal::Owner, &[]);
        let seconds = crate::entrance::KEY_GOOD.as_secs();
        let listens = self.own.list().iter().map(ToString::to_string).collect();
        Ok(Invitation { key: SecretValue::new(key.into()), seconds, owned: state.passphrase.is_some(), listens })
    }

    fn is_invited(&self, key: &str) -> bool {
        self.entrance.state().keys.is_good(key, Instant::now())
    }

    async fn settle(&self, key: &str, passphrase: SecretValue, browser: &str) -> Result<Entered, Problem> {
        let stale = || wrong("denied", "this link was used already, is too old, or is not of this host", LINK);
        if !self.is_invited(key) {
            return Err(stale());
        }
        let kept = self.made(passphrase).await?;
        let _acts = self.acts.lock().await;
        let (entered, row) = {
            let mut state = self.entrance.state();
            if !state.keys.is_good(key, Instant::now()) {
                return Err(stale());
            }
            let before = state.passphrase.replace(kept);
            if let Err(problem) = self.keep_state(&state) {
                // What was told to have failed is not in force; the link may be tried again.
                state.passphrase = before;
                return Err(problem);
            }
            state.keys.take(key, Instant::now());
            state.patience.right();
            state.sessions.end_others("");
            begin(&mut state, browser)?
        };
        self.keep_entrance()?;
        self.entrance_act("passphrase set", &[("by", "a link".to_owned())]).await?;
        self.began(&row).await?;
        Ok(entered)
    }

    async fn log_in(&self, passphrase: SecretValue, browser: &str, before: Option<&str>) -> Result<Entered, Problem> {
        self.check(passphrase).await?;
        let _acts = self.acts.lock().await;
        let (entered, row) = {
            let mut state = self.entrance.state();
            let before = before.and_then(|before| state.sessions.shown(before, now()));
            if let Some((held, _)) = before {
                state.sessions.end(&held.row.id);
            }
            begin(&mut state, browser)?
        };
        self.keep_entrance()?;
        self.began(&row).await?;
        Ok(entered)
    }

    async fn change(&self, old: SecretValue, new: SecretValue, session: &str) -> Result<(), Problem> {
        self.check(old).await?;
        let kept = self.made(new).await?;
        let _acts = self.acts.lock().await;
        {
            let mut state = self.entrance.state();
            let before = state.passphrase.replace(kept);
            if let Err(problem) = self.keep_state(&state) {
                state.passphrase = before;
                return Err(problem);
            }
            state.sessions.end_others(session);
        }
        self.keep_entrance()?;
        self.entrance_act("passphrase set", &[("by", "the one before".to_owned())]).await
    }

    async fn session(&self, shown: &str) -> Option<Session> {
        let (held, stale): (Held, bool) = self.entrance.state().sessions.shown(shown, now())?;
        if stale {
            let _acts = self.acts.lock().await;
            if let Err(problem) = self.keep_entrance() {
                // It is good all the same; after the next start it seems to be unused for longer.
                tracing::warn!(%problem, "loket.entrance.keep");
            }
        }
        Some(Session { id: held.row.id.clone(), visitor: held.visitor(now()) })
    }

    fn sessions(&self) -> Vec<SessionInfo> {
        let now = now();
        let mut rows = self.entrance.state().sessions.rows();
        rows.retain(|row| row.until() > now);
        rows.sort_by_key(|row| std::cmp::Reverse(row.seen));
        let told = |row: Row| SessionInfo {
            since: time_text(row.since),
            seen: time_text(row.seen),
            expires: time_text(row.until()),
            id: row.id,
            browser: row.browser,
        };
        rows.into_iter().map(told).collect()
    }

    async fn end(&self, id: &str) -> Result<(), Problem> {
        let _acts = self.acts.lock().await;
        let ended = self.entrance.state().sessions.end(id);
        // Also when it had ended already: it may be that it could not be written then.
        self.keep_entrance()?;
        if !ended {
            return Ok(());
        }
        self.entrance_act("session ended", &[("session", id.to_owned())]).await
    }

    async fn end_others(&self, id: &str) -> Result<usize, Problem> {
        let _acts = self.acts.lock().await;
        let ended = self.entrance.state().sessions.end_others(id);
        self.keep_entrance()?;
        if ended > 0 {
            self.entrance_act("sessions ended", &[("all but", id.to_owned())]).await?;
        }
        Ok(ended)
    }
}

impl Host {
    /// What is kept of a new passphrase.
    async fn made(&self, passphrase: SecretValue) -> Result<Passphrase, Problem> {
        let passphrase = passphrase.into_inner();
        fits(&passphrase).map_err(|why| wrong("invalid", why, "take some words that only you put together"))?;
        self.let_in("no passphrase is set")?;
        let one = self.entrance.at_work.clone().lock_owned().await;
        let made = tokio::task::spawn_blocking(move || {
            let _one = one;
            Passphrase::new(&passphrase)
        })
        .await;
        made.map_err(|e| e.to_string()).flatten().map_err(|e| wrong("failed", e, "try again in a moment"))
    }

    /// That this is the passphrase; where it is not, whoever tries next waits.
    async fn check(&self, passphrase: SecretValue) -> Result<(), Problem> {
        // In a row: who asks many times at once learns no more than by asking once.
        let one = self.entrance.at_work.clone().lock_owned().await;
        let (kept, count) = {
            let mut state = self.entrance.state();
            if let Some(left) = state.patience.left(Instant::now()) {
                let seconds = left.as_secs() + 1;
                let message = format!("there were too many wrong passphrases: nobody may try for {seconds} s");
                return Err(wrong("exhausted", message, format!("wait, or let yourself in: {LINK}")));
            }
            let Some(kept) = state.passphrase.clone() else {
                return Err(wrong("not-found", "this home has no passphrase yet", LINK));
            };
            // Counted before it is known: whoever goes away while it is looked at has tried, too.
            (kept, state.patience.wrong(Instant::now()))
        };
        let passphrase = passphrase.into_inner();
        let matches = tokio::task::spawn_blocking(move || {
            let _one = one;
            kept.matches(&passphrase)
        });
        if matches.await.is_ok_and(|matches| matches) {
            self.entrance.state().patience.right();
            return Ok(());
        }
        self.entrance_act("passphrase refused", &[("in a row", count.to_string())]).await?;
        Err(wrong("denied", "this is not the passphrase", format!("try again; {LINK}")))
    }

    fn keep_entrance(&self) -> Result<(), Problem> {
        let state = self.entrance.state();
        self.keep_state(&state)
    }

    fn keep_state(&self, state: &State) -> Result<(), Problem> {
        let kept = state.text().and_then(|text| self.guard.keep(Kept::Entrance, &text));
        kept.map_err(|e| wrong("failed", format!("who is in cannot be kept: {e}"), "free some space, then try again"))
    }

    async fn began(&self, row: &Row) -> Result<(), Problem> {
        let about = [("session", row.id.clone()), ("browser", row.browser.clone())];
        self.entrance_act("session began", &about).await
    }

    async fn entrance_act(&self, what: &str, about: &[(&str, String)]) -> Result<(), Problem> {
        let seq = self.act(what, &Principal::Owner, about);
        self.counter.ledger.settle(seq).await.map_err(|e| problem(CallError::Failed(e.to_string())))
    }
}

/// Begins a session.
fn begin(state: &mut State, browser: &str) -> Result<(Entered, Row), Problem> {
    let shown = random().map_err(|e| wrong("failed", e, "try again in a moment"))?;
    let row = state.sessions.begin(&shown, browser, now());
    let seconds = crate::entrance::LASTS / 1000;
    Ok((Entered { secret: SecretValue::new(shown.into()), seconds }, row))
}
