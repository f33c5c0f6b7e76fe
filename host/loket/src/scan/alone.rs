//! A look at a file without a home: the scanners of the home's registries where there is one, else those in the program itself.
//!
//! Nothing of a home is written but what is derived, compiled code. The turns have a ledger of their own, which goes when the look is over.

use super::{ADVISORIES, Cache, References, Scanners, only_scans, part, signature};
use crate::admission::BUILT_IN;
use crate::bundle;
use crate::desk::{file, wrong};
use crate::home::bounded_text;
use crate::settings;
use crate::stock::{Item, Stock};
use crate::trusted::{self, TRUSTED};
use loket_gateways::desk::Problem;
use loket_gateways::scan::{ScanEvidence, ScanFinding, ScanReport, ScanRequest};
use loket_guardian::config::{Fixed, HostConfig};
use loket_guardian::refusal::SUBJECT;
use loket_guardian::scan::{Action, Evidence, Finding, Outcome, ScanPolicy, Severity, judge};
use loket_kernel::cache::CodeCache;
use loket_kernel::link::Import;
use loket_kernel::unit::{Parts, plain_name};
use loket_kernel::{Capability, Counter, Engines, Principal, Provider, Space, Unit};
use loket_ledger::{Ledger, RedbStorage};
use loket_providers::contract::Contract;
use loket_providers::scan::{Inspected, Part, Signature, Subject, Subjects};
use loket_registry::layout::SIGNATURE;
use loket_registry::signature::{MAX_SIGNATURE_BYTES, Signature as Signed};
use loket_registry::{Digest, Package, PackageRef, Registry, SignatureError, Standing, TrustedKeys};
use loket_values::{SurfaceError, describe};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// The host itself, as far as it finds something.
const HOST: &str = "loket";

/// Has the scanners look at a file.
///
/// # Errors
/// When the file cannot be read, or there is no scanner.
pub async fn scan(request: ScanRequest) -> Result<ScanReport, Problem> {
    let file = request.file.display().to_string();
    let opened = tokio::task::spawn_blocking(move || {
        let keys = trusted::read(&request.home.join("state").join(TRUSTED));
        let keys = keys.map_err(|e| wrong("failed", e.to_string(), "loket doctor"))?;
        let candidate = read(&request.file, &keys)?;
        let replaced = request.against.as_deref().map(|file| read(file, &keys)).transpose()?;
        let advisories = request.advisories.as_deref();
        if let Some(folder) = advisories.filter(|folder| !folder.is_dir()) {
            let why = format!("`{}` is no folder of advisories", folder.display().to_string().escape_default());
            return Err(wrong(
                "not-found",
                why,
                "name a folder in the layout of the RustSec database, with `crates/` in it",
            ));
        }
        Ok::<_, Problem>((candidate, replaced, Alone::open(&request.home, advisories, None)?))
    });
    let failed = |e: &dyn std::fmt::Display| wrong("failed", format!("scanning broke off: {e}"), "loket doctor");
    let (candidate, replaced, alone) = opened.await.map_err(|e| failed(&e))??;
    let report = alone.look(&file, candidate, replaced).await;
    alone.end().await;
    Ok(report)
}

/// What is shown to scanners, and what the host itself says of it.
#[derive(Debug, Clone)]
pub struct Candidate {
    part: Part,
    /// What the host finds, or why it cannot be read.
    own: Result<Vec<Finding>, String>,
}

impl Candidate {
    /// These bytes, as the package that they would be, with the texts that come along. It is read to its end, which takes a while.
    pub fn new(name: Option<String>, bytes: &Arc<[u8]>, documents: &[(String, String)]) -> Candidate {
        let (surface, own) = match describe(bytes) {
            Ok(surface) => (Some(Arc::new(surface)), Ok(Vec::new())),
            Err(error @ SurfaceError::CoreModule) => (None, Ok(vec![no_component(&error)])),
            Err(error) => (None, Err(error.to_string())),
        };
        Candidate { part: part(name, &Digest::of(bytes).hex(), bytes, surface.as_ref(), documents), own }
    }

    /// The same, with what its signature comes to.
    #[must_use]
    pub fn signed(mut self, signature: Signature) -> Candidate {
        self.part.signature = Some(signature);
        self
    }
}

/// Scanners that are ready to look at one component after another.
pub struct Alone {
    policy: ScanPolicy,
    scanners: Scanners,
    names: Vec<String>,
    /// Where the ledger lies.
    folder: tempfile::TempDir,
}

impl Alone {
    /// The scanners of a home that need not exist. What they may ask about besides is in the folder `advisories`, else in that of the home;
    /// what they find is kept in the folder `kept`, if one is named. Blocks.
    ///
    /// # Errors
    /// When there is no scanner, or one cannot be used.
    pub fn open(home: &Path, advisories: Option<&Path>, kept: Option<&Path>) -> Result<Alone, Problem> {
        let failed = |e: &dyn std::fmt::Display| wrong("failed", e.to_string(), "loket doctor");
        let HostConfig { fixed, live } = settings::read(home)?.config;
        let there = there(home, &fixed)?;
        if there.is_empty() {
            return Err(wrong(
                "unavailable",
                format!("there is no scanner: neither in the registries of `{}` nor in this program", home.display()),
                "in a checkout: `cargo xtask build`, and name its home with `--home`",
            ));
        }
        let folder = tempfile::tempdir().map_err(|e| failed(&e))?;
        let space = settings::space(&fixed.space);
        let engines = Arc::new(Engines::new(&space).map_err(|e| failed(&e))?);
        let compiled = home.join("state/compiled");
        let compiled = if compiled.is_dir() { compiled } else { folder.path().join("compiled") };
        let code = CodeCache::open(compiled).map_err(|e| failed(&e))?;
        let storage = RedbStorage::open(folder.path().join("ledger.redb")).map_err(|e| failed(&e))?;
        let ledger = Ledger::open(storage).map_err(|e| failed(&e))?;
        let counter = Arc::new(Counter::new(ledger, settings::limits(&live), BUILT_IN.map(Capability::host)));
        let contract = Contract::read().map_err(|e| failed(&e))?;
        let subjects = Subjects::default();
        let subject = contract.interface(SUBJECT).ok_or_else(|| failed(&"the contract has no scanners"))?;
        counter.serve([Arc::new(Subject::new(subject, subjects.clone())) as Arc<dyn Provider>]);
        let mut units = Vec::with_capacity(there.len());
        for item in &there {
            let unit = unit(item, &engines, &code, space).map_err(|why| {
                wrong("failed", format!("the scanner `{}` cannot be used: {why}", item.reference), "build it again")
            })?;
            units.push((item.reference.clone(), item.digest.clone(), Arc::new(unit)));
        }
        let names = there.iter().map(|item| item.reference.to_string()).collect();
        let cache = kept.map(|folder| Cache::open(folder.to_owned())).transpose().map_err(|e| failed(&e))?;
        let references = References::new(advisories.map_or_else(|| home.join(ADVISORIES), Path::to_owned));
        references.now();
        let scanners = Scanners::new(counter, subjects, cache.unwrap_or_default(), references);
        scanners.set(units);
        Ok(Alone { policy: live.scan, scanners, names, folder })
    }

    /// Has them look, and judges what they say by the policy of the home. `file` is what the report calls it.
    pub async fn look(&self, file: &str, candidate: Candidate, replaced: Option<Candidate>) -> ScanReport {
        let Candidate { part, own } = candidate;
        let (digest, bytes) = (part.digest.clone(), part.bytes.len() as u64);
        let own = match own {
            Ok(own) => own,
            Err(why) => return unreadable(file, digest, bytes, why),
        };
        let replaced = replaced.map(|replaced| replaced.part);
        let known = self.scanners.references.now();
        let mut outcomes = self.scanners.scan(Inspected { candidate: part, replaced, known }).await;
        outcomes.push(Outcome { scanner: HOST.into(), found: Ok(own) });
        let judgement = judge(&self.policy, &digest, &outcomes);
        let findings = judgement.told.into_iter().map(|(scanner, action, finding)| ScanFinding {
            scanner,
            id: finding.id,
            severity: finding.severity.as_str().into(),
            action: action.as_str().into(),
            title: finding.title,
            message: finding.message,
            evidence: finding.evidence.into_iter().map(shown).collect(),
            remedy: finding.remedy,
        });
        let (file, action) = (file.to_owned(), judgement.action.as_str().into());
        ScanReport { file, digest, bytes, action, scanners: self.names.clone(), findings: findings.collect() }
    }

    /// Lets go of the record of their turns.
    pub async fn end(self) {
        self.scanners.end().await;
        drop(self.folder);
    }
}

/// A file as scanners see it: with what its signature comes to by these keys, where it lies as a package does and one lies beside it.
fn read(path: &Path, keys: &TrustedKeys) -> Result<Candidate, Problem> {
    let shown = path.display().to_string().escape_default().to_string();
    let bytes: Arc<[u8]> = file::read(path)
        .map_err(|why| wrong("not-found", format!("`{shown}` cannot be read: {why}"), "check the path"))?
        .into();
    let reference = file::would_be(path).filter(|reference| reference.name.namespace() != file::NAMESPACE);
    let candidate = Candidate::new(reference.as_ref().map(|reference| reference.name.to_string()), &bytes, &[]);
    let signed = reference.and_then(|reference| {
        let mut beside = path.as_os_str().to_owned();
        beside.push(SIGNATURE);
        let beside = Some(Path::new(&beside)).filter(|beside| beside.is_file())?;
        let text = bounded_text(beside, MAX_SIGNATURE_BYTES).transpose()?;
        let read = text.map_err(|_| SignatureError::Form).and_then(|text| Signed::parse(&text));
        Some(signature(&keys.standing(&Package::new(reference, bytes.clone()), Some(&read))))
    });
    Ok(match signed {
        Some(signature) => candidate.signed(signature),
        None => candidate,
    })
}

/// The report on what cannot be read as WebAssembly: it is shown to no scanner, and blocks whatever the policy says.
fn unreadable(file: &str, digest: String, bytes: u64, why: String) -> ScanReport {
    let finding = ScanFinding {
        scanner: HOST.into(),
        id: "host/unreadable".into(),
        severity: Severity::Critical.as_str().into(),
        action: Action::Block.as_str().into(),
        title: "this cannot be read as a component".into(),
        message: why,
        evidence: Vec::new(),
        remedy: "name the file of a component; if it should be one, build it again".into(),
    };
    let action = finding.action.clone();
    ScanReport { file: file.to_owned(), digest, bytes, action, scanners: Vec::new(), findings: vec![finding] }
}

fn no_component(error: &SurfaceError) -> Finding {
    Finding {
        id: "host/core-module".into(),
        severity: Severity::Info,
        title: "this is a core module and no component".into(),
        message: error.to_string(),
        evidence: vec![Evidence { place: "component".into(), offset: 0, length: 8, text: "the header".into() }],
        remedy: String::new(),
    }
}

/// The newest version of each scanner.
fn there(home: &Path, fixed: &Fixed) -> Result<Vec<Item>, Problem> {
    let mut newest: BTreeMap<String, Item> = BTreeMap::new();
    let mut add = |item: Item| {
        let rank = |item: &Item| (item.reference.version.pre.is_empty(), item.reference.version.clone());
        let name = item.reference.name.to_string();
        if only_scans(&item) && newest.get(&name).is_none_or(|other| rank(other) < rank(&item)) {
            newest.insert(name, item);
        }
    };
    // Opening a registry makes its first folder, and a look makes nothing.
    let folders: Vec<_> = fixed.registries(home).into_iter().filter(|folder| folder.is_dir()).collect();
    if !folders.is_empty() {
        let registry =
            Registry::open(folders).map_err(|e| wrong("failed", e.to_string(), "check `registry` in loket.toml"))?;
        Stock::read(&registry, &TrustedKeys::default()).items.into_values().for_each(&mut add);
    }
    for (reference, bytes) in bundle::packages() {
        add(bundled(reference, &bytes));
    }
    Ok(newest.into_values().collect())
}

fn bundled(reference: PackageRef, bytes: &[u8]) -> Item {
    let surface = describe(bytes).map(Arc::new).map_err(|e| e.to_string());
    let (digest, bytes) = (Digest::of(bytes).hex(), bytes.into());
    Item { reference, digest, bytes, surface, signature: None, standing: Standing::Unsigned, file: None }
}

/// A scanner, linked to its subject and to nothing else.
fn unit(item: &Item, engines: &Arc<Engines>, cache: &CodeCache, space: Space) -> Result<Unit, String> {
    let surface = item.surface.as_ref().map_err(Clone::clone)?;
    let mut imports = Vec::new();
    for interface in &surface.imports {
        let name = plain_name(interface);
        if name != SUBJECT {
            return Err(format!("it imports `{name}`, and a scanner may import nothing but `{SUBJECT}`"));
        }
        imports.push(Import::of(interface.clone(), Capability::host(SUBJECT)));
    }
    let code = cache.load(engines, &item.bytes, &item.digest).map_err(|e| e.to_string())?;
    let parts = Parts {
        principal: Principal::Package(item.reference.name.to_string().into()),
        package: item.reference.to_string().into(),
        surface: surface.clone(),
        code: &code,
        imports: &imports,
        sealed: false,
        natives: Vec::new(),
        space,
    };
    Unit::new(engines.clone(), parts).map_err(|e| e.to_string())
}

fn shown(evidence: Evidence) -> ScanEvidence {
    let Evidence { place, offset, length, text } = evidence;
    ScanEvidence { place, offset, length, text }
}
