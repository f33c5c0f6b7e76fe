//! The scanner `loket:scan-reach`: which export can reach which sensitive import.
//!
//! `host/docs/scanners/reach.md` says what it finds and what it cannot see.

use loket_scan_reader::graph::{Graph, Reached, by_export};
use loket_scan_reader::linking::Linked;
use loket_scan_reader::power::{Power, power};
use loket_scan_reader::text::shown;
use loket_scan_reader::wasm::Step;
use loket_scan_reader::{Finding, Severity, Subject, Wasm};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

loket_scan_reader::scanner!(crate::inspect);

/// So many exports are looked at one by one.
const MOST_EXPORTS: usize = 200;
/// So many names are listed in a line.
const MOST_LISTED: usize = 12;

/// Looks at a subject.
pub fn inspect(subject: &Subject) -> Vec<Finding> {
    let wasm = Wasm::read(&subject.bytes);
    let linked = Linked::of(&wasm);
    let graph = Graph::of(&wasm, &linked);
    let reached = by_export(&graph, &linked, MOST_EXPORTS);
    let places = places(&wasm);
    let mut findings = Vec::new();
    findings.extend(sensitive(&linked, &reached, &places));
    findings.extend(both(&linked, &reached, &places));
    findings.extend(at_start(&linked, &graph, &places));
    let unknown = reached.values().any(|reached| reached.unknown);
    if linked.incomplete || unknown || linked.exports.len() > MOST_EXPORTS {
        findings.push(Finding::new(
            "reach/incomplete",
            Severity::Low,
            "not every way through it could be followed",
            "It is linked, or calls, in a way that this scanner does not know. What is told of it may not be all.",
            "count everything that it imports as reached by everything that it exports",
        ));
    }
    findings
}

/// Where each import is named.
fn places(wasm: &Wasm<'_>) -> BTreeMap<String, Range<u64>> {
    let steps = wasm.root().into_iter().flat_map(|root| &root.steps);
    let imports = steps.filter_map(|(offset, step)| match step {
        Step::Import(import) => {
            let name = import.name.name;
            Some((name.to_owned(), *offset..*offset + name.len() as u64 + 2))
        }
        _ => None,
    });
    imports.collect()
}

/// The sensitive interfaces, each with the exports that reach it.
fn sensitive(
    linked: &Linked,
    reached: &BTreeMap<String, Reached>,
    places: &BTreeMap<String, Range<u64>>,
) -> Vec<Finding> {
    let mut by_interface: BTreeMap<&str, (BTreeSet<&str>, BTreeSet<&str>)> = BTreeMap::new();
    for (export, reached) in reached {
        for import in &reached.possible {
            let interface = linked.imports[*import].0.as_str();
            if power(interface) == Power::Harmless {
                continue;
            }
            let (certain, possible) = by_interface.entry(interface).or_default();
            if reached.certain.contains(import) {
                certain.insert(export);
                possible.remove(export.as_str());
            } else if !certain.contains(export.as_str()) {
                possible.insert(export);
            }
        }
    }
    let told = by_interface.into_iter().map(|(interface, (certain, possible))| {
        let mut message = String::new();
        if !certain.is_empty() {
            message.push_str(&format!("By direct calls from {}. ", listed(&certain)));
        }
        if !possible.is_empty() {
            message.push_str(&format!("Possibly, by calls through tables, from {}.", listed(&possible)));
        }
        let finding = Finding::new(
            "reach/sensitive",
            Severity::Info,
            format!(
                "`{}` is reached from {} of its functions",
                shown(interface.as_bytes()),
                certain.len() + possible.len()
            ),
            message.trim_end(),
            "grant an agent only those of its functions that need no more than they say",
        );
        placed(finding, interface, places)
    });
    told.collect()
}

/// Functions that reach private data and a way out.
fn both(
    linked: &Linked,
    reached: &BTreeMap<String, Reached>,
    places: &BTreeMap<String, Range<u64>>,
) -> Option<Finding> {
    let of = |reached: &Reached, wanted: Power| {
        let mut names = reached.possible.iter().map(|at| linked.imports[*at].0.as_str());
        names.find(|name| {
            power(name) == wanted
                && !name.starts_with("loket:secrets/")
                && !name.starts_with("wasi:cli/")
                && !name.starts_with("wasi:filesystem/types")
        })
    };
    let mut functions: BTreeSet<&str> = BTreeSet::new();
    let mut pair = None;
    for (export, reached) in reached {
        if let (Some(private), Some(out)) = (of(reached, Power::Private), of(reached, Power::Out)) {
            functions.insert(export);
            pair.get_or_insert((private, out));
        }
    }
    let (private, out) = pair?;
    let finding = Finding::new(
        "reach/private-and-out",
        Severity::Medium,
        format!("one call can read private data and send it out: {}", listed(&functions)),
        format!("From there `{}` and `{}` can both be reached.", shown(private.as_bytes()), shown(out.as_bytes())),
        "grant only the folders and hosts that it needs",
    );
    Some(placed(placed(finding, private, places), out, places))
}

/// What is reached before anybody calls.
fn at_start(linked: &Linked, graph: &Graph<'_, '_>, places: &BTreeMap<String, Range<u64>>) -> Option<Finding> {
    let reached = graph.reach(&linked.starts);
    let mut names = reached.possible.iter().map(|at| linked.imports[*at].0.as_str());
    let first = names.find(|name| power(name) != Power::Harmless && !name.starts_with("wasi:cli/"))?;
    let finding = Finding::new(
        "reach/start",
        Severity::High,
        format!("`{}` can be reached while it is instantiated", shown(first.as_bytes())),
        "Whatever it is called for, it may do this first.",
        "ask its author why that is not done by a function with a name",
    );
    Some(placed(finding, first, places))
}

fn placed(finding: Finding, interface: &str, places: &BTreeMap<String, Range<u64>>) -> Finding {
    match places.get(interface) {
        Some(range) => finding.at(range.clone(), &shown(interface.as_bytes())),
        None => finding,
    }
}

fn listed(names: &BTreeSet<&str>) -> String {
    let mut all: Vec<String> =
        names.iter().take(MOST_LISTED).map(|name| format!("`{}`", shown(name.as_bytes()))).collect();
    if names.len() > MOST_LISTED {
        all.push(format!("{} more", names.len() - MOST_LISTED));
    }
    all.join(", ")
}
