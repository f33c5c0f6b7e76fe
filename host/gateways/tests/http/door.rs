//! An entrance that keeps nothing: one passphrase, one key, and sessions as long as it lives.

use async_trait::async_trait;
use loket_gateways::desk::{Invitation, Problem, SecretValue, Visitor};
use loket_gateways::entrance::{Entered, Entrance, Session, SessionInfo};
use std::sync::{Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;

/// The key that is good.
pub(crate) const KEY: &str = "k";

/// The entrance.
#[derive(Debug, Default)]
pub(crate) struct Door {
    passphrase: Mutex<Option<String>>,
    /// What is shown, and what ends with it.
    sessions: Mutex<Vec<(String, CancellationToken)>>,
}

impl Door {
    fn sessions(&self) -> MutexGuard<'_, Vec<(String, CancellationToken)>> {
        self.sessions.lock().expect("nobody broke it")
    }

    /// Lets somebody in.
    pub(crate) fn enter(&self) -> String {
        let mut sessions = self.sessions();
        let shown = format!("{:064}", sessions.len() + 1);
        sessions.push((shown.clone(), CancellationToken::new()));
        shown
    }

    /// Ends every session.
    pub(crate) fn end_all(&self) {
        for (shown, gone) in self.sessions().iter_mut() {
            shown.clear();
            gone.cancel();
        }
    }

    fn entered(&self) -> Entered {
        Entered { secret: SecretValue::new(self.enter().into()), seconds: 60 }
    }
}

#[async_trait]
impl Entrance for Door {
    fn is_owned(&self) -> bool {
        self.passphrase.lock().expect("nobody broke it").is_some()
    }

    fn invite(&self) -> Result<Invitation, Problem> {
        let key = SecretValue::new(KEY.to_owned().into());
        Ok(Invitation { key, seconds: 60, owned: self.is_owned(), listens: vec![] })
    }

    fn is_invited(&self, key: &str) -> bool {
        key == KEY
    }

    async fn settle(&self, key: &str, passphrase: SecretValue, _: &str) -> Result<Entered, Problem> {
        if !self.is_invited(key) {
            return Err(Problem::denied("another key"));
        }
        *self.passphrase.lock().expect("nobody broke it") = Some(passphrase.into_inner().to_string());
        Ok(self.entered())
    }

    async fn log_in(&self, passphrase: SecretValue, _: &str, _: Option<&str>) -> Result<Entered, Problem> {
        let right = self.passphrase.lock().expect("nobody broke it").clone();
        let typed = passphrase.into_inner();
        if right.is_some_and(|right| right == *typed) {
            Ok(self.entered())
        } else {
            Err(Problem::denied("this is not the passphrase"))
        }
    }

    async fn change(&self, _: SecretValue, _: SecretValue, _: &str) -> Result<(), Problem> {
        Ok(())
    }

    async fn session(&self, shown: &str) -> Option<Session> {
        let sessions = self.sessions();
        let at = sessions.iter().position(|(text, _)| text == shown && !shown.is_empty())?;
        let visitor = Visitor { revoked: sessions[at].1.clone(), ..Visitor::owner() };
        Some(Session { id: at.to_string(), visitor })
    }

    fn sessions(&self) -> Vec<SessionInfo> {
        let now = "2026-11-30T00:00:00Z".to_owned();
        let told = |(at, _)| SessionInfo {
            id: at,
            browser: "Firefox/1 <b>".to_owned(),
            since: now.clone(),
            seen: now.clone(),
            expires: now.clone(),
        };
        Door::sessions(self).iter().enumerate().map(|(at, (text, _))| (at.to_string(), text)).map(told).collect()
    }

    async fn end(&self, id: &str) -> Result<(), Problem> {
        if let Some((shown, gone)) = id
            .parse::<usize>()
            .ok()
            .and_then(|at| self.sessions().get_mut(at).map(|s| (std::mem::take(&mut s.0), s.1.clone())))
        {
            drop(shown);
            gone.cancel();
        }
        Ok(())
    }

    async fn end_others(&self, _: &str) -> Result<usize, Problem> {
        Ok(0)
    }
}
