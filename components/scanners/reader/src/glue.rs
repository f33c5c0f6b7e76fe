//! The border: the contract's values in, plain types out, and findings back.

use crate::known::{Advisory, Ingredient, Kind, Knows, Rating, Signature};
use crate::subject::{Document, Subject};
use crate::{Severity, finding};
use bindings::loket::scan::subject::{self, Version};
use std::rc::Rc;

pub use bindings::exports::loket::roles::inspector::{Finding, Guest};

/// What the contract's `scanner` world looks like in Rust.
#[allow(missing_docs, unsafe_code, unreachable_pub, clippy::all, reason = "generated from the contract")]
pub mod bindings {
    wit_bindgen::generate!({
        path: [
            "../../../wit/types",
            "../../../wit/brain",
            "../../../wit/model",
            "../../../wit/events",
            "../../../wit/tools",
            "../../../wit/http",
            "../../../wit/secrets",
            "../../../wit/scan",
            "../../../wit/agent",
            "../../../wit/roles",
        ],
        world: "loket:roles/scanner",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_scanner",
        default_bindings_module: "loket_scan_reader::glue::bindings",
    });
}

/// How much is read at once.
const PIECE: u32 = 1 << 20;

/// Nothing can be done where the host does not answer: the trap says so, and the host lets nothing pass.
const ANSWERS: &str = "the host shows what it announced";

/// Reads the subject, has it inspected, and answers within the bounds of the contract. `add` reads what this scanner sees besides: what it
/// does not ask for, it does not import.
pub fn run(inspect: fn(&Subject) -> Vec<finding::Finding>, add: fn(&mut Subject)) -> Vec<Finding> {
    let Some(mut subject) = read(Version::Candidate) else { return Vec::new() };
    add(&mut subject);
    finding::bounded(inspect(&subject)).into_iter().map(told).collect()
}

/// Most scanners see no more.
pub fn add_nothing(_: &mut Subject) {}

/// The component that the subject would replace.
pub fn add_replaced(subject: &mut Subject) {
    subject.replaced = read(Version::Replaced).map(Box::new);
}

/// What its signature comes to, and whom to ask.
pub fn add_known(subject: &mut Subject) {
    let signature = subject::signature(Version::Candidate).expect(ANSWERS);
    subject.signature = signature.and_then(|signature| {
        Some(match signature {
            subject::Standing::Unsigned => Signature::Unsigned,
            subject::Standing::Trusted(signer) => Signature::Trusted(signer.name),
            subject::Standing::Unknown(id) => Signature::Unknown(id),
            subject::Standing::Revoked(name) => Signature::Revoked(name),
            subject::Standing::Broken(why) => Signature::Broken(why),
            subject::Standing::Other(_) => return None,
        })
    });
    subject.known = Some(Rc::new(Host));
}

/// The host, as who can be asked.
#[derive(Debug)]
struct Host;

impl Knows for Host {
    fn advisories(&self, ingredients: &[Ingredient]) -> Option<Vec<Advisory>> {
        let ingredient = |Ingredient { collection, name, version }: &Ingredient| subject::Ingredient {
            collection: (*collection).to_owned(),
            name: name.clone(),
            version: version.clone(),
        };
        let ingredients: Vec<_> = ingredients.iter().map(ingredient).collect();
        let told = subject::advisories(&ingredients).expect(ANSWERS)?;
        Some(told.into_iter().map(advisory).collect())
    }

    fn known_bad(&self, digests: &[String]) -> Vec<(usize, String)> {
        let bad = subject::known_bad(digests).expect(ANSWERS);
        bad.into_iter().map(|bad| (bad.about as usize, bad.why)).collect()
    }
}

fn advisory(told: subject::Advisory) -> Advisory {
    Advisory {
        about: told.about as usize,
        id: told.id,
        title: told.title,
        kind: match told.kind {
            subject::AdvisoryKind::Vulnerability => Kind::Vulnerability,
            subject::AdvisoryKind::Unsound => Kind::Unsound,
            subject::AdvisoryKind::Unmaintained => Kind::Unmaintained,
            subject::AdvisoryKind::Notice | subject::AdvisoryKind::Other => Kind::Notice,
        },
        rating: told.rating.map(|rating| match rating {
            subject::Rating::None => Rating::None,
            subject::Rating::Low => Rating::Low,
            subject::Rating::Medium => Rating::Medium,
            subject::Rating::High => Rating::High,
            subject::Rating::Critical => Rating::Critical,
        }),
        mended: told.mended,
    }
}

fn read(version: Version) -> Option<Subject> {
    let profile = subject::profile(version)?;
    let mut bytes = Vec::with_capacity(usize::try_from(profile.size).unwrap_or_default());
    loop {
        let piece = subject::read(version, bytes.len() as u64, PIECE).expect(ANSWERS);
        if piece.is_empty() {
            break;
        }
        bytes.extend_from_slice(&piece);
    }
    let mut documents: Vec<Document> = subject::documents(version)
        .expect(ANSWERS)
        .into_iter()
        .map(|document| Document { name: document.name, text: document.text })
        .collect();
    let wit = subject::wit(version).expect(ANSWERS);
    documents.push(Document { name: "wit".into(), text: wit });
    Some(Subject { name: profile.name, role: profile.role, bytes, documents, ..Subject::default() })
}

fn told(finding: finding::Finding) -> Finding {
    use bindings::exports::loket::roles::inspector as contract;
    Finding {
        id: finding.id,
        severity: match finding.severity {
            Severity::Info => contract::Severity::Info,
            Severity::Low => contract::Severity::Low,
            Severity::Medium => contract::Severity::Medium,
            Severity::High => contract::Severity::High,
            Severity::Critical => contract::Severity::Critical,
        },
        title: finding.title,
        message: finding.message,
        evidence: finding
            .evidence
            .into_iter()
            .map(|e| contract::Evidence { place: e.place, offset: e.offset, length: e.length, text: e.text })
            .collect(),
        remedy: finding.remedy,
    }
}
