//! Scanners: components that look at a component before it may run.
//!
//! Each look is a turn of its own: the host asks at the counter, and the scanner asks for its subject there. `cache` keeps what was found,
//! `references` are what the owner laid out for scanners to be asked about, `admit` is where admission asks, [`alone`] looks at a file
//! without a home.

mod admit;
pub mod alone;
mod cache;
mod references;

pub(crate) use admit::only_scans;
pub(crate) use cache::Cache;
use futures::future::join_all;
use loket_guardian::scan::{Finding, Outcome, bounded};
use loket_kernel::counter::now;
use loket_kernel::unit::{UnitProvider, plain_name};
use loket_kernel::{Call, Capability, Chain, Counter, Labels, Principal, Turn, Unit};
use loket_providers::scan::{Inspected, Part, Signature, Subjects};
use loket_registry::{PackageRef, Standing};
use loket_values::Surface;
pub(crate) use references::{ADVISORIES, References};
use serde_json::json;
use std::sync::{Arc, PoisonError, RwLock};

/// What scanners found, in the home's state.
pub(crate) const SCANS: &str = "scans";
/// The interface by which scanners are asked, and its function.
const INSPECTOR: &str = "loket:roles/inspector";
const INSPECT: &str = "inspect";

/// A scanner that can be asked.
#[derive(Debug, Clone)]
pub(crate) struct Scanner {
    reference: PackageRef,
    digest: String,
    capability: Capability,
}

/// The scanners of a host.
#[derive(Clone)]
pub(crate) struct Scanners {
    counter: Arc<Counter>,
    subjects: Subjects,
    cache: Arc<Cache>,
    pub(crate) references: Arc<References>,
    all: Arc<RwLock<Arc<[Scanner]>>>,
}

impl Scanners {
    /// None so far. What they find is kept in `cache`; what they are shown goes through `subjects`, and what they may ask about besides is
    /// in `references`.
    pub(crate) fn new(counter: Arc<Counter>, subjects: Subjects, cache: Cache, references: References) -> Scanners {
        let all = Arc::new(RwLock::new(Arc::from([])));
        Scanners { counter, subjects, cache: Arc::new(cache), references: Arc::new(references), all }
    }

    /// Says who is asked from now on, and puts them behind the counter.
    pub(crate) fn set(&self, scanners: Vec<(PackageRef, String, Arc<Unit>)>) {
        let mut all = Vec::with_capacity(scanners.len());
        for (reference, digest, unit) in scanners {
            let name = reference.name.to_string();
            let inspects = unit.surface.exports.iter().any(|export| plain_name(export) == INSPECTOR);
            if !inspects {
                continue;
            }
            self.counter.serve(UnitProvider::all(&unit, &name, "", &self.counter));
            all.push(Scanner { reference, digest, capability: Capability::of(&name, INSPECTOR) });
        }
        *self.all.write().unwrap_or_else(PoisonError::into_inner) = all.into();
    }

    /// Who is asked.
    fn all(&self) -> Arc<[Scanner]> {
        self.all.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The digests of those who are asked.
    pub(crate) fn digests(&self) -> Vec<String> {
        self.all().iter().map(|scanner| scanner.digest.clone()).collect()
    }

    /// What all scanners say of a subject: as they said before, where it is the same subject and the same scanner.
    pub(crate) async fn scan(&self, subject: Inspected) -> Vec<Outcome> {
        let scanners = self.all();
        let key = cache::key(&subject);
        let mut known = self.cache.read(&key);
        let subject = Arc::new(subject);
        let news = scanners.iter().filter(|scanner| !known.contains_key(&scanner.digest)).cloned();
        let asked = news.map(|scanner| {
            let (scanners, subject) = (self.clone(), subject.clone());
            tokio::spawn(async move {
                let found = scanners.ask(&scanner, subject).await;
                (scanner, found)
            })
        });
        let mut failed = Vec::new();
        let mut is_news = false;
        for answer in join_all(asked.collect::<Vec<_>>()).await {
            match answer {
                Ok((scanner, Ok(found))) => {
                    is_news = true;
                    known.insert(scanner.digest, found);
                }
                Ok((scanner, Err(why))) => failed.push((scanner.digest, why)),
                Err(error) => tracing::error!(%error, "loket.scan.broken"),
            }
        }
        if is_news {
            known.retain(|digest, _| scanners.iter().any(|scanner| scanner.digest == *digest));
            self.cache.write(&key, &known);
        }
        let outcome = |scanner: &Scanner| {
            let why = || failed.iter().find(|(digest, _)| *digest == scanner.digest).map(|(_, why)| why.clone());
            let found = known.get(&scanner.digest).cloned();
            Outcome {
                scanner: scanner.reference.to_string(),
                found: found.ok_or_else(|| why().unwrap_or_else(|| "the host broke off".into())),
            }
        };
        scanners.iter().map(outcome).collect()
    }

    /// Lets go of the record of their turns, where nobody else has it.
    async fn end(self) {
        if let Err(error) = self.counter.ledger.close().await {
            tracing::debug!(%error, "loket.scan.end");
        }
    }

    /// What the scanners said of a subject before, as far as they did.
    pub(crate) fn known(&self, subject: &Inspected) -> Vec<Outcome> {
        let known = self.cache.read(&cache::key(subject));
        let said = |scanner: &Scanner| {
            let found = known.get(&scanner.digest)?.clone();
            Some(Outcome { scanner: scanner.reference.to_string(), found: Ok(found) })
        };
        self.all().iter().filter_map(said).collect()
    }

    /// One scanner's look: a turn of its own.
    async fn ask(&self, scanner: &Scanner, subject: Arc<Inspected>) -> Result<Vec<Finding>, String> {
        let counter = &self.counter;
        // No chance in it: the same subject gets the same findings.
        let turn = Arc::new(Turn::new(None, now(), 0, &counter.limits(), Labels::NONE, None));
        let inputs = json!({
            "seed": "0",
            "clock": turn.started,
            "labels": [],
            "package": scanner.reference.to_string(),
            "digest": scanner.digest,
            "subject": subject.candidate.digest,
            "replaced": subject.replaced.as_ref().map(|part| &part.digest),
        });
        let _shown = self.subjects.show(turn.id, subject);
        counter.begin(&turn, inputs.to_string());
        let call = Call {
            chain: Chain::new(Principal::Owner),
            capability: scanner.capability.clone(),
            function: INSPECT.into(),
            args: Vec::new(),
            turn: turn.clone(),
            parent: 0,
            terms: Default::default(),
            held: Default::default(),
            number: 0,
        };
        let answer = counter.call(call).await;
        let found = match answer {
            Ok(Some(value)) => loket_values::json::decode::<Vec<Finding>>(&value)
                .map_err(|error| format!("its answer is not what the contract says: {error}"))
                .and_then(|found| bounded(&found).map(|()| found)),
            Ok(None) => Err("it answered nothing".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        counter.abandon(&turn, found.as_ref().map_or_else(|why| why.as_str(), |_| "done"));
        found
    }
}

/// What a signature comes to, as scanners see it.
pub(crate) fn signature(standing: &Standing) -> Signature {
    match standing {
        Standing::Unsigned => Signature::Unsigned,
        Standing::Signed { name, key } => Signature::Trusted { name: name.clone(), key: key.id() },
        Standing::Unknown { id } => Signature::Unknown(id.clone()),
        Standing::Revoked { name, .. } => Signature::Revoked(name.clone()),
        Standing::Broken(error) => Signature::Broken(error.to_string()),
    }
}

/// A component as scanners see it, without a signature.
pub(crate) fn part(
    name: Option<String>,
    digest: &str,
    bytes: &Arc<[u8]>,
    surface: Option<&Arc<Surface>>,
    documents: &[(String, String)],
) -> Part {
    Part {
        name,
        digest: digest.to_owned(),
        bytes: bytes.clone(),
        role: surface.map_or("library", |surface| loket_guardian::Role::of(surface).as_str()),
        surface: surface.cloned(),
        documents: documents.to_vec(),
        signature: None,
    }
}
