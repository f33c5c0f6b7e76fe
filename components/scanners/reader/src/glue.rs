//! The border: the contract's values in, plain types out, and findings back.

use crate::subject::{Document, Subject};
use crate::{Severity, finding};
use bindings::loket::scan::subject::{self, Version};

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

/// Reads the subject, has it inspected, and answers within the bounds of the contract.
pub fn run(inspect: fn(&Subject) -> Vec<finding::Finding>, replaced: bool) -> Vec<Finding> {
    let Some(mut subject) = read(Version::Candidate) else { return Vec::new() };
    if replaced {
        subject.replaced = read(Version::Replaced).map(Box::new);
    }
    finding::bounded(inspect(&subject)).into_iter().map(told).collect()
}

/// Nothing can be done where the host does not answer: the trap says so, and the host lets nothing pass.
fn read(version: Version) -> Option<Subject> {
    let profile = subject::profile(version)?;
    let mut bytes = Vec::with_capacity(usize::try_from(profile.size).unwrap_or_default());
    loop {
        let piece = subject::read(version, bytes.len() as u64, PIECE).expect("the host shows what it announced");
        if piece.is_empty() {
            break;
        }
        bytes.extend_from_slice(&piece);
    }
    let mut documents: Vec<Document> = subject::documents(version)
        .expect("the host shows what it announced")
        .into_iter()
        .map(|document| Document { name: document.name, text: document.text })
        .collect();
    let wit = subject::wit(version).expect("the host shows what it announced");
    documents.push(Document { name: "wit".into(), text: wit });
    Some(Subject { name: profile.name, role: profile.role, bytes, documents, replaced: None })
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
