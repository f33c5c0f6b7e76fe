//! Connections that idle until they are needed again.

use super::connect::Line;
use super::gate::Checked;
use super::target::Target;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The most connections that idle.
const MOST: usize = 64;
/// How long one idles at most.
const LONGEST: Duration = Duration::from_secs(30);

/// What a connection may serve: only what would have led to the very same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) target: Target,
    /// The address that was checked.
    pub(super) address: SocketAddr,
    /// Who asked. What one asker did to a connection, and how it stands with the other side, is nothing to another.
    pub(super) asker: Arc<str>,
}

/// Connections that idle, the oldest first.
#[derive(Default)]
pub(super) struct Pool(Mutex<Vec<(Line, Instant)>>);

impl Pool {
    /// A connection to one of the checked addresses, if one idles.
    pub(super) fn take(&self, checked: &Checked, asker: &Arc<str>) -> Option<Line> {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tidy(&mut idle);
        let fits = |key: &Key| {
            key.asker == *asker && key.target == *checked.target() && checked.addresses().contains(&key.address)
        };
        let at = idle.iter().rposition(|(line, _)| fits(line.key()))?;
        Some(idle.remove(at).0)
    }

    /// Keeps a connection.
    pub(super) fn put(&self, line: Line) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tidy(&mut idle);
        if idle.len() == MOST {
            idle.remove(0);
        }
        idle.push((line, Instant::now()));
    }
}

/// Lets go of what is closed, or has idled for long.
fn tidy(idle: &mut Vec<(Line, Instant)>) {
    idle.retain(|(line, since)| !line.is_closed() && since.elapsed() < LONGEST);
}
