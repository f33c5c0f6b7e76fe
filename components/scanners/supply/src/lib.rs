//! The scanner `loket:scan-supply`: what a component is made of, held against the owner's advisories; and who signed it.
//!
//! [`sbom`] is the list of dependencies that `cargo auditable` puts in, [`made`] the tools that made it, [`advice`] what the advisories say of
//! both, [`parts`] the digests of all that it is put together from. `host/docs/scanners/supply.md` says what it finds and what it cannot see.

pub mod advice;
pub mod made;
pub mod parts;
pub mod sbom;

use loket_scan_reader::known::Signature;
use loket_scan_reader::text::shown;
use loket_scan_reader::{Finding, Severity, Subject, Wasm};

loket_scan_reader::scanner!(crate::inspect, with known);

/// Looks at a subject.
pub fn inspect(subject: &Subject) -> Vec<Finding> {
    let wasm = Wasm::read(&subject.bytes);
    let mut findings: Vec<Finding> = subject.signature.as_ref().and_then(signature).into_iter().collect();
    let listed = sbom::read(&wasm);
    findings.extend(listed.faults.iter().cloned());
    let Some(known) = &subject.known else { return findings };
    findings.extend(parts::known_bad(&wasm, &subject.bytes, &**known));
    findings.extend(advice::inspect(&listed, &made::read(&wasm), &**known));
    findings
}

/// What its signature comes to, unless it is by somebody whom the owner trusts.
fn signature(signature: &Signature) -> Option<Finding> {
    let finding =
        |id, severity, title: String, message, remedy| Some(Finding::new(id, severity, title, message, remedy));
    let named = |text: &str| shown(text.as_bytes());
    match signature {
        Signature::Trusted(_) => None,
        Signature::Unsigned => finding(
            "supply/unsigned",
            Severity::Info,
            "it is not signed".to_owned(),
            "Nothing says whose it is. Where its namespace is nobody's, that is allowed.",
            "where it has an author, ask for a signature: `loket publish --sign` makes one",
        ),
        Signature::Unknown(id) => finding(
            "supply/unknown-signer",
            Severity::Medium,
            format!("it is signed by the key {}, which you have not trusted", named(id)),
            "A signature by a stranger says as much as none: anybody can make one.",
            "ask its author for their public key by another way than this package came, and `loket keys trust` it",
        ),
        Signature::Revoked(name) => finding(
            "supply/revoked-signer",
            Severity::High,
            format!("it is signed by `{}`, whose key you revoked", named(name)),
            "Whoever has that key now could have made it.",
            "ask its author to sign it again with their new key",
        ),
        Signature::Broken(why) => finding(
            "supply/broken-signature",
            Severity::High,
            "it has a signature that does not hold".to_owned(),
            "Nobody makes that by mistake: the package or its signature was changed on the way.",
            "fetch it again from its author, and look whether it is the same",
        )
        .map(|finding| Finding { message: format!("{} What is wrong: {}.", finding.message, named(why)), ..finding }),
    }
}
