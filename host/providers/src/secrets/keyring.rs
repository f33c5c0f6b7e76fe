//! The operating system's keyring: the Secret Service on Linux, the Keychain on macOS, the Credential Manager on Windows.
//!
//! The Linux kernel's own keys are not used: they are gone after a restart of the machine, and so would be the secrets.

use std::sync::mpsc;
use std::time::Duration;
use zeroize::Zeroizing;

/// What entries are kept under.
pub(super) const SERVICE: &str = "loket";
/// How long a keyring may take: a locked one asks its user for a passphrase first.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where keys may be kept besides a file.
pub(super) trait Keyring: Send + Sync {
    /// Whether there is one, and why not.
    fn available(&self) -> Result<(), String>;
    /// An entry, if it is there.
    fn get(&self, account: &str) -> Result<Option<Zeroizing<String>>, String>;
    /// Puts an entry there.
    fn set(&self, account: &str, key: &str) -> Result<(), String>;
}

/// The user's own.
#[derive(Debug)]
pub(super) struct System;

impl Keyring for System {
    fn available(&self) -> Result<(), String> {
        patiently(|| match keyring::Entry::store_status() {
            Ok(()) => Ok(()),
            Err(error) => Err(error.to_string()),
        })
    }

    fn get(&self, account: &str) -> Result<Option<Zeroizing<String>>, String> {
        let account = account.to_owned();
        patiently(move || match keyring::Entry::new(SERVICE, &account).and_then(|entry| entry.get_password()) {
            Ok(key) => Ok(Some(Zeroizing::new(key))),
            Err(keyring::Error::NoEntry) => Ok(None),
            // Some of its errors carry the bytes that were read, and would show them.
            Err(keyring::Error::BadEncoding(_) | keyring::Error::BadDataFormat(..)) => {
                Err("what it holds there is not a key".to_owned())
            }
            Err(error) => Err(error.to_string()),
        })
    }

    fn set(&self, account: &str, key: &str) -> Result<(), String> {
        let (account, key) = (account.to_owned(), Zeroizing::new(key.to_owned()));
        patiently(move || {
            let entry = keyring::Entry::new(SERVICE, &account).map_err(|e| e.to_string())?;
            entry.set_password(&key).map_err(|e| e.to_string())
        })
    }
}

/// Asks on a thread of its own: a keyring may wait for its user, and its library brings an executor that must not meet ours.
fn patiently<T: Send + 'static>(ask: impl FnOnce() -> Result<T, String> + Send + 'static) -> Result<T, String> {
    let (tell, told) = mpsc::sync_channel(1);
    let asking = std::thread::Builder::new().name("loket-keyring".to_owned());
    asking.spawn(move || tell.send(ask())).map_err(|e| format!("no thread to ask it: {e}"))?;
    // A thread that waits for ever is left behind; it holds nothing that others need.
    told.recv_timeout(PATIENCE).unwrap_or_else(|e| {
        Err(match e {
            mpsc::RecvTimeoutError::Timeout => format!("it did not answer within {} s", PATIENCE.as_secs()),
            mpsc::RecvTimeoutError::Disconnected => "it broke off".to_owned(),
        })
    })
}
