//! The secrets of a home: `state/secrets.age`, opened once and held in memory.
//!
//! What cannot be read is left as it is: then there are no secrets, every act says why, and the next act looks again.

use super::error::SecretsError;
use super::file::{self, Row};
use super::key::{self, Found, Key, KeyPlace, KeyPolicy};
use super::keyring::{Keyring, System};
use super::redact::Redactor;
use super::rules;
use super::source::{Secret, SecretSource};
use arc_swap::ArcSwap;
use loket_kernel::Redact;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// So many values that were taken away or replaced are looked for until the host ends: what was sent with them may still be answered.
const RETIRED: usize = 16;

/// The secrets of a home.
pub struct Store {
    file: PathBuf,
    key_file: PathBuf,
    policy: KeyPolicy,
    keyring: Box<dyn Keyring>,
    /// One change at a time; and what was taken away or replaced.
    changing: Mutex<Vec<Arc<Secret>>>,
    now: ArcSwap<Now>,
}

/// The secrets at one moment.
struct Now {
    rows: Rows,
    /// The key, once there is one.
    key: Option<Arc<Key>>,
    /// Why there are none, when they cannot be read.
    fault: Option<Fault>,
    redactor: Arc<Redactor>,
}

/// The secrets by name.
type Rows = BTreeMap<String, Entry>;

/// One secret, and when it was set.
#[derive(Clone)]
struct Entry {
    secret: Arc<Secret>,
    set: u64,
}

/// Why the secrets cannot be read.
#[derive(Debug, Clone)]
pub struct Fault {
    /// What is wrong.
    pub message: String,
    /// What to do next.
    pub hint: &'static str,
}

/// What may be told of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// The hosts that it is tied to.
    pub hosts: Vec<String>,
    /// When it was set, in milliseconds since 1970.
    pub set: u64,
}

impl Store {
    /// The secrets of the home whose `state/` folder this is. Blocks; a keyring is asked only when there are secrets to read.
    pub fn open(state: &Path, policy: KeyPolicy) -> Store {
        Store::with(state, policy, Box::new(System))
    }

    fn with(state: &Path, policy: KeyPolicy, keyring: Box<dyn Keyring>) -> Store {
        let empty = Now { rows: BTreeMap::new(), key: None, fault: None, redactor: Arc::default() };
        let store = Store {
            file: state.join("secrets.age"),
            key_file: state.join("secrets.key"),
            policy,
            keyring,
            changing: Mutex::default(),
            now: ArcSwap::from_pointee(empty),
        };
        if let Err(error) = store.read() {
            tracing::error!(%error, hint = error.hint(), "there are no secrets");
        }
        store
    }

    /// Reads the file, and takes what it holds for the truth.
    fn read(&self) -> Result<(), SecretsError> {
        let read = self.rows();
        let (rows, key, fault) = match &read {
            Ok((rows, key)) => (rows.clone(), key.clone(), None),
            Err(error) => (BTreeMap::new(), None, Some(Fault { message: error.to_string(), hint: error.hint() })),
        };
        self.hold(rows, key, fault, &[]);
        read.map(|_| ())
    }

    fn rows(&self) -> Result<(Rows, Option<Arc<Key>>), SecretsError> {
        let Some(bytes) = file::bytes(&self.file)? else { return Ok((BTreeMap::new(), None)) };
        let no_key = |place: &KeyPlace| SecretsError::NoKey { path: self.file.clone(), key: place.to_string() };
        let key = match key::find(&self.key_file, &*self.keyring)? {
            Found::Key(key) => key,
            Found::Lost(place) => return Err(no_key(&place)),
            Found::Nothing => return Err(no_key(&KeyPlace::File(self.key_file.clone()))),
        };
        let mut rows = BTreeMap::new();
        for row in file::open(&self.file, &bytes, &key)? {
            let entry =
                entry(row).map_err(|e| SecretsError::Damaged { path: self.file.clone(), what: e.to_string() })?;
            rows.insert(entry.secret.name().to_owned(), entry);
        }
        Ok((rows, Some(Arc::new(key))))
    }

    fn hold(&self, rows: Rows, key: Option<Arc<Key>>, fault: Option<Fault>, retired: &[Arc<Secret>]) {
        let values = rows.values().map(|entry| &entry.secret).chain(retired);
        let redactor = Arc::new(Redactor::new(values.map(|secret| (secret.name(), secret.value()))));
        self.now.store(Arc::new(Now { rows, key, fault, redactor }));
    }

    /// Why the secrets cannot be read, if they cannot.
    pub fn fault(&self) -> Option<Fault> {
        self.now.load().fault.clone()
    }

    /// Where the key is, once there is one.
    pub fn key(&self) -> Option<KeyPlace> {
        self.now.load().key.as_ref().map(|key| key.place.clone())
    }

    /// What may be told of each secret, by name, as it is in memory; none when they cannot be read.
    pub fn known(&self) -> Vec<Known> {
        self.now.load().rows.values().map(known).collect()
    }

    /// The same for the owner. Blocks when they could not be read before: then it looks again.
    ///
    /// # Errors
    /// When the secrets cannot be read.
    pub fn list(&self) -> Result<Vec<Known>, SecretsError> {
        let _one = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(self.readable()?.rows.values().map(known).collect())
    }

    /// Sets a secret; says what may be told of it, and whether it replaced another. Durable when it returns. Blocks.
    ///
    /// # Errors
    /// When name, value or hosts are none, when there is one of that name and `replace` is not said, when it cannot be kept.
    pub fn set(
        &self,
        name: &str,
        value: Zeroizing<String>,
        hosts: &[String],
        replace: bool,
        time: u64,
    ) -> Result<(Known, bool), SecretsError> {
        rules::name(name)?;
        rules::value(&value)?;
        let hosts = rules::hosts(hosts)?;
        let mut retired = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.readable()?;
        let replaced = now.rows.contains_key(name);
        if replaced && !replace {
            return Err(SecretsError::Exists(name.to_owned()));
        }
        let others = now.rows.iter().filter(|(other, _)| **other != *name);
        let bytes = others.clone().map(|(_, entry)| entry.secret.value().len()).sum::<usize>() + value.len();
        if others.count() >= rules::MOST_SECRETS || bytes > rules::MOST_VALUES {
            return Err(SecretsError::Full { secrets: rules::MOST_SECRETS, bytes: rules::MOST_VALUES });
        }
        let key = match &now.key {
            Some(key) => key.clone(),
            None => Arc::new(self.first_key()?),
        };
        let entry = Entry { secret: Arc::new(Secret::new(name, value, hosts)), set: time };
        let known = known(&entry);
        let mut rows = now.rows.clone();
        if let Some(old) = rows.insert(name.to_owned(), entry) {
            retire(&mut retired, old);
        }
        self.keep(rows, key, &retired)?;
        Ok((known, replaced))
    }

    /// Puts several secrets in place, also of others, and takes others away, as one change. Durable when it returns. Blocks.
    ///
    /// # Errors
    /// When a name, value or host is none, or when they cannot be kept; then all is as it was.
    pub(crate) fn swap(&self, put: Vec<Secret>, gone: &[String], time: u64) -> Result<(), SecretsError> {
        for secret in &put {
            rules::name(secret.name())?;
            rules::value(secret.value())?;
        }
        let mut retired = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.readable()?;
        let mut rows = now.rows.clone();
        gone.iter().filter_map(|name| rows.remove(name)).for_each(|old| retire(&mut retired, old));
        for secret in put {
            let entry = Entry { secret: Arc::new(secret), set: time };
            if let Some(old) = rows.insert(entry.secret.name().to_owned(), entry) {
                retire(&mut retired, old);
            }
        }
        let bytes = rows.values().map(|entry| entry.secret.value().len()).sum::<usize>();
        if rows.len() > rules::MOST_SECRETS || bytes > rules::MOST_VALUES {
            return Err(SecretsError::Full { secrets: rules::MOST_SECRETS, bytes: rules::MOST_VALUES });
        }
        let key = match &now.key {
            Some(key) => key.clone(),
            None if rows.is_empty() => return Ok(()),
            None => Arc::new(self.first_key()?),
        };
        self.keep(rows, key, &retired)
    }

    /// Takes a secret away; says what it was, and nothing when there was none. Durable when it returns. Blocks.
    ///
    /// # Errors
    /// When the secrets cannot be read or kept.
    pub fn remove(&self, name: &str) -> Result<Option<Known>, SecretsError> {
        rules::name(name)?;
        let mut retired = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.readable()?;
        let mut rows = now.rows.clone();
        let (Some(old), Some(key)) = (rows.remove(name), now.key.clone()) else { return Ok(None) };
        let known = known(&old);
        retire(&mut retired, old);
        self.keep(rows, key, &retired)?;
        Ok(Some(known))
    }

    /// The secrets as they are; read again where that failed before.
    fn readable(&self) -> Result<Arc<Now>, SecretsError> {
        if self.now.load().fault.is_some() {
            self.read()?;
        }
        Ok(self.now.load_full())
    }

    /// The key for the first secret of a home: one that is there already, or a new one.
    fn first_key(&self) -> Result<Key, SecretsError> {
        match key::find(&self.key_file, &*self.keyring)? {
            Found::Key(key) => Ok(key),
            // There is nothing that was encrypted for it.
            Found::Nothing | Found::Lost(_) => key::make(&self.key_file, self.policy, &*self.keyring),
        }
    }

    /// On the disk first, then in memory: what is used is what is kept.
    fn keep(&self, rows: BTreeMap<String, Entry>, key: Arc<Key>, retired: &[Arc<Secret>]) -> Result<(), SecretsError> {
        file::write(&self.file, rows.values().map(row).collect(), &key)?;
        self.hold(rows, Some(key), None, retired);
        Ok(())
    }
}

impl SecretSource for Store {
    fn get(&self, name: &str) -> Option<Arc<Secret>> {
        self.now.load().rows.get(name).map(|entry| entry.secret.clone())
    }

    fn redactor(&self) -> Arc<Redactor> {
        self.now.load().redactor.clone()
    }
}

impl Redact for Store {
    fn is_needed(&self) -> bool {
        !self.now.load().redactor.is_empty()
    }

    fn text(&self, text: &str) -> Option<String> {
        self.now.load().redactor.text(text)
    }

    fn bytes(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.now.load().redactor.bytes(bytes)
    }
}

fn entry(row: Row) -> Result<Entry, SecretsError> {
    rules::name(&row.name)?;
    rules::value(&row.value)?;
    let secret = Arc::new(Secret::new(&row.name, row.value, rules::hosts(&row.hosts)?));
    Ok(Entry { secret, set: row.set })
}

fn row(entry: &Entry) -> Row {
    let Known { name, hosts, set } = known(entry);
    Row { name, value: Zeroizing::new(entry.secret.value().to_owned()), hosts, set }
}

fn known(entry: &Entry) -> Known {
    let secret = &entry.secret;
    Known {
        name: secret.name().to_owned(),
        hosts: secret.hosts().iter().map(ToString::to_string).collect(),
        set: entry.set,
    }
}

fn retire(retired: &mut Vec<Arc<Secret>>, old: Entry) {
    if retired.len() == RETIRED {
        retired.remove(0);
    }
    retired.push(old.secret);
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
