//! The scanner `loket:scan-imports`: what a component asks for, against what it uses, and what is dangerous together.
//!
//! `host/docs/scanners/imports.md` says what it finds and what it cannot see.

use loket_scan_reader::graph::{Graph, by_anyone};
use loket_scan_reader::linking::Linked;
use loket_scan_reader::power::{Power, is_baseline, power};
use loket_scan_reader::text::shown;
use loket_scan_reader::wasm::Step;
use loket_scan_reader::{Finding, Severity, Subject, Wasm};
use std::collections::BTreeSet;
use std::ops::Range;

loket_scan_reader::scanner!(crate::inspect);

/// An interface that is imported, and where it says so.
struct Asked<'a> {
    name: &'a str,
    place: Range<u64>,
}

/// Looks at a subject.
pub fn inspect(subject: &Subject) -> Vec<Finding> {
    let wasm = Wasm::read(&subject.bytes);
    let asked: Vec<Asked<'_>> = wasm.root().map_or_else(Vec::new, |root| {
        let imports = root.steps.iter().filter_map(|(offset, step)| match step {
            Step::Import(import) => {
                let name = import.name.name;
                Some(Asked { name, place: *offset..offset + name.len() as u64 + 2 })
            }
            _ => None,
        });
        imports.filter(|asked| asked.name.contains('/')).collect()
    });
    let mut findings = Vec::new();
    findings.extend(unused(&wasm, &asked));
    findings.extend(together(&asked));
    findings.extend(ambient(&asked));
    findings.extend(sockets(&asked));
    findings.extend(subject_of_others(subject, &asked));
    findings
}

/// What is asked for, and no export can reach.
fn unused(wasm: &Wasm<'_>, asked: &[Asked<'_>]) -> Option<Finding> {
    let linked = Linked::of(wasm);
    let reached = by_anyone(&Graph::of(wasm, &linked), &linked);
    if linked.incomplete || reached.unknown {
        return None;
    }
    let used: BTreeSet<&str> = reached.possible.iter().map(|at| linked.imports[*at].0.as_str()).collect();
    // Interfaces that only carry types or handles have no calls; those of the baseline come with a standard library.
    let idle = asked.iter().filter(|asked| {
        let lowered = linked.imports.iter().any(|(interface, _)| interface == asked.name);
        let is_ours = asked.name.starts_with("loket:") && power(asked.name) != Power::Harmless;
        (lowered || is_ours) && !used.contains(asked.name) && !is_baseline(asked.name)
    });
    let mut idle = idle.peekable();
    let worst = idle.peek()?;
    let finding = Finding::new(
        "imports/unused",
        Severity::Low,
        format!("it asks for `{}`, and no export can reach it", shown(worst.name.as_bytes())),
        "What is granted and not used is there for whoever takes the component over. It may also be that the way there could not be seen.",
        "ask its author to build it without; until then, grant it nothing that it does not use",
    );
    Some(idle.fold(finding, |finding, asked| finding.at(asked.place.clone(), &shown(asked.name.as_bytes()))))
}

/// Private data and a way out.
fn together(asked: &[Asked<'_>]) -> Option<Finding> {
    let all = |wanted| asked.iter().filter(move |asked| power(asked.name) == wanted && !is_sealed(asked.name));
    let private = all(Power::Private).find(|asked| !asked.name.starts_with("loket:secrets/"))?;
    let out = all(Power::Out).next()?;
    let title = format!(
        "it asks for private data (`{}`) and for a way out (`{}`)",
        shown(private.name.as_bytes()),
        shown(out.name.as_bytes())
    );
    let finding = Finding::new(
        "imports/private-and-out",
        Severity::Medium,
        title,
        "Whatever it reads it could send away. Some components are for just that; then their grants say how far.",
        "grant only the folders and hosts that it needs, or look for one that needs only one of the two",
    );
    Some(
        [private, out]
            .iter()
            .fold(finding, |finding, asked| finding.at(asked.place.clone(), &shown(asked.name.as_bytes()))),
    )
}

/// What of the private is sealed unless it is granted.
fn is_sealed(name: &str) -> bool {
    name.starts_with("wasi:cli/") || name.starts_with("wasi:filesystem/types")
}

/// WASI that standard libraries bring along.
fn ambient(asked: &[Asked<'_>]) -> Option<Finding> {
    let mut ambient =
        asked.iter().filter(|asked| is_baseline(asked.name) && !asked.name.starts_with("wasi:config/")).peekable();
    ambient.peek()?;
    let finding = Finding::new(
        "imports/ambient",
        Severity::Info,
        "it asks for WASI that a standard library brings along",
        "The host links it sealed: nothing is behind it. A component that needs none of it says more exactly what it can do.",
        "build it for `wasm32-unknown-unknown` where it needs no files, clock or standard output of its own",
    );
    Some(ambient.fold(finding, |finding, asked| finding.at(asked.place.clone(), &shown(asked.name.as_bytes()))))
}

/// Sockets reach more than requests do.
fn sockets(asked: &[Asked<'_>]) -> Option<Finding> {
    let socket = asked.iter().find(|asked| asked.name.starts_with("wasi:sockets/"))?;
    let finding = Finding::new(
        "imports/sockets",
        Severity::Medium,
        "it asks for sockets",
        "What passes through a socket is not seen by the host: no host header, no redaction, no record of what was said.",
        "look for a component that uses `loket:http/client` or `wasi:http`; grant sockets to exact addresses only",
    );
    Some(finding.at(socket.place.clone(), &shown(socket.name.as_bytes())))
}

/// Only scanners have a use for it.
fn subject_of_others(subject: &Subject, asked: &[Asked<'_>]) -> Option<Finding> {
    let asked = asked.iter().find(|asked| asked.name.starts_with("loket:scan/"))?;
    if subject.role == "scanner" || subject.role.is_empty() {
        return None;
    }
    let finding = Finding::new(
        "imports/scan-subject",
        Severity::Low,
        "it asks for what scanners inspect, and is no scanner",
        "Outside of an inspection it is told that there is nothing to see.",
        "ask its author what that is for",
    );
    Some(finding.at(asked.place.clone(), &shown(asked.name.as_bytes())))
}
