//! What pages share: the desk, the entrance, and how an answer of either is asked for.

use loket_gateways::desk::Desk;
use loket_gateways::entrance::Entrance;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::net::SocketAddr;
use std::sync::Arc;

/// What pages share.
pub(crate) struct App {
    pub(crate) desk: Arc<dyn Desk>,
    pub(crate) entrance: Arc<dyn Entrance>,
    /// The name of the cookie. Cookies know no ports, so it has ours: two homes on one machine do not take each other's away.
    pub(crate) cookie: String,
}

impl App {
    /// Over a desk whose service listens there; nothing where nobody can come in.
    pub(crate) fn new(desk: Arc<dyn Desk>, listen: SocketAddr) -> Option<App> {
        let entrance = desk.clone().entrance()?;
        Some(App { desk, entrance, cookie: format!("loket-{}", listen.port()) })
    }

    /// What is to be shown, without the values of secrets. In a page their letters can be written in ways that nobody looks for, so they
    /// are taken out before.
    pub(crate) fn clean<T: Serialize + DeserializeOwned>(&self, shown: T) -> T {
        if !self.desk.hides() {
            return shown;
        }
        let clean = serde_json::to_vec(&shown).ok().and_then(|text| self.desk.redact(&text));
        // A secret's mark has no quotes and no backslashes, so JSON stays JSON.
        clean.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or(shown)
    }
}
