//! The scanner `loket:scan-drift`: what changed against the version that a component replaces.
//!
//! `host/docs/scanners/drift.md` says what it finds and what it cannot see.

use loket_scan_reader::graph::{Graph, by_export};
use loket_scan_reader::linking::Linked;
use loket_scan_reader::power::{Power, power};
use loket_scan_reader::text::shown;
use loket_scan_reader::wasm::Step;
use loket_scan_reader::{Finding, Severity, Subject, Wasm};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

loket_scan_reader::scanner!(crate::inspect, with replaced);

/// So many functions are looked at one by one.
const MOST_EXPORTS: usize = 200;
/// A new version is seldom so many times as large.
const GROWN: usize = 4;

/// What of a component is compared.
struct Seen {
    imports: BTreeMap<String, Range<u64>>,
    exports: BTreeSet<String>,
    /// The sensitive interfaces that a function can reach.
    reach: BTreeMap<String, BTreeSet<String>>,
    starts: bool,
    bytes: usize,
    role: String,
    docs: BTreeMap<String, String>,
}

/// Looks at a subject, and at what it would replace.
pub fn inspect(subject: &Subject) -> Vec<Finding> {
    let Some(replaced) = &subject.replaced else { return Vec::new() };
    let (new, old) = (seen(subject), seen(replaced));
    let mut findings = Vec::new();
    findings.extend(imports(&new, &old));
    findings.extend(reach(&new, &old));
    findings.extend(exports(&new, &old));
    findings.extend(docs(&new, &old));
    findings.extend(shape(&new, &old));
    findings
}

fn seen(subject: &Subject) -> Seen {
    let wasm = Wasm::read(&subject.bytes);
    let linked = Linked::of(&wasm);
    let graph = Graph::of(&wasm, &linked);
    let steps = wasm.root().into_iter().flat_map(|root| &root.steps);
    let imports = steps.filter_map(|(offset, step)| match step {
        Step::Import(import) => {
            let name = import.name.name;
            Some((plain(name), *offset..*offset + name.len() as u64 + 2))
        }
        _ => None,
    });
    let reach = by_export(&graph, &linked, MOST_EXPORTS).into_iter().map(|(export, reached)| {
        let names = reached.possible.iter().map(|at| linked.imports[*at].0.as_str());
        (plain(&export), names.filter(|name| power(name) != Power::Harmless).map(plain).collect())
    });
    Seen {
        imports: imports.collect(),
        reach: reach.collect(),
        exports: linked.exports.iter().map(|(name, _)| plain(name)).collect(),
        starts: !linked.starts.is_empty(),
        bytes: subject.bytes.len(),
        role: subject.role.clone(),
        docs: docs_of(subject),
    }
}

/// Without the versions, which a new version may change.
fn plain(name: &str) -> String {
    match name.split_once('@') {
        Some((name, version)) => match version.split_once('#') {
            Some((_, function)) => format!("{name}#{function}"),
            None => name.to_owned(),
        },
        None => name.to_owned(),
    }
}

fn imports(new: &Seen, old: &Seen) -> Vec<Finding> {
    let more = new.imports.iter().filter(|(name, _)| !old.imports.contains_key(*name) && name.contains('/'));
    let told = more.map(|(name, range)| {
        let (severity, why) = match power(name) {
            Power::Harmless => (Severity::Low, "The version before did without."),
            _ => (Severity::Medium, "The version before did without, and was trusted as that."),
        };
        Finding::new(
            "drift/import",
            severity,
            format!("it asks for `{}`, which the version before did not", shown(name.as_bytes())),
            why,
            "look whether what is new about it needs that; what is not granted it cannot use",
        )
        .at(range.clone(), &shown(name.as_bytes()))
    });
    told.collect()
}

/// Functions that were there before, and now reach more.
fn reach(new: &Seen, old: &Seen) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (function, now) in &new.reach {
        let Some(before) = old.reach.get(function) else { continue };
        for interface in now.difference(before) {
            let mut finding = Finding::new(
                "drift/reach",
                Severity::Medium,
                format!("`{}` can now reach `{}`", shown(function.as_bytes()), shown(interface.as_bytes())),
                "A function of the same name does, or may do, more than it did.",
                "look what the author says of the change",
            );
            if let Some(range) = new.imports.get(interface) {
                finding = finding.at(range.clone(), &shown(interface.as_bytes()));
            }
            findings.push(finding);
            if findings.len() == 50 {
                return findings;
            }
        }
    }
    findings
}

fn exports(new: &Seen, old: &Seen) -> Vec<Finding> {
    let list = |names: Vec<&String>| {
        names.iter().take(12).map(|name| format!("`{}`", shown(name.as_bytes()))).collect::<Vec<_>>().join(", ")
    };
    let more: Vec<&String> = new.exports.difference(&old.exports).collect();
    let fewer: Vec<&String> = old.exports.difference(&new.exports).collect();
    let mut findings = Vec::new();
    if !more.is_empty() {
        findings.push(Finding::new(
            "drift/new-functions",
            Severity::Info,
            format!("{} functions are new", more.len()),
            list(more),
            "a grant for all of the package covers them; one that names functions does not",
        ));
    }
    if !fewer.is_empty() {
        findings.push(Finding::new(
            "drift/gone-functions",
            Severity::Low,
            format!("{} functions are gone", fewer.len()),
            list(fewer),
            "whoever called them is refused from now on",
        ));
    }
    findings
}

/// What a model reads about a function that was there before.
fn docs(new: &Seen, old: &Seen) -> Option<Finding> {
    let changed: Vec<&String> = new
        .docs
        .iter()
        .filter(|(name, text)| old.docs.get(*name).is_some_and(|before| before != *text))
        .map(|(name, _)| name)
        .collect();
    let first = changed.first()?;
    let text = new.docs.get(*first).map(|text| shown(text.as_bytes())).unwrap_or_default();
    Some(
        Finding::new(
            "drift/description",
            Severity::Low,
            format!("what it says about {} of its functions is new", changed.len()),
            format!("`{}` now says: {text}", shown(first.as_bytes())),
            "read it: a model will",
        )
        .within("wit", 0..0, &text),
    )
}

fn shape(new: &Seen, old: &Seen) -> Vec<Finding> {
    let mut findings = Vec::new();
    if new.starts && !old.starts {
        findings.push(Finding::new(
            "drift/start",
            Severity::Medium,
            "code now runs while it is instantiated",
            "The version before ran nothing before it was called.",
            "look what `reach` says of it",
        ));
    }
    if new.role != old.role {
        findings.push(Finding::new(
            "drift/role",
            Severity::Medium,
            format!("it was a {}, and is a {}", shown(old.role.as_bytes()), shown(new.role.as_bytes())),
            "What it is used for is something else than before.",
            "look whether it still is what you granted",
        ));
    }
    if new.bytes > 100_000 && new.bytes > old.bytes.saturating_mul(GROWN) {
        findings.push(Finding::new(
            "drift/size",
            Severity::Low,
            format!("it has {} KiB, and had {}", new.bytes >> 10, old.bytes >> 10),
            "Something large is new in it.",
            "look what `structure` says of it",
        ));
    }
    findings
}

/// What is written about each function, from the border as WIT.
fn docs_of(subject: &Subject) -> BTreeMap<String, String> {
    let Some(wit) = subject.documents.iter().find(|document| document.name == "wit") else { return BTreeMap::new() };
    let (mut docs, mut place, mut text) = (BTreeMap::new(), String::new(), String::new());
    for line in wit.text.lines() {
        let line = line.trim();
        if let Some(words) = line.strip_prefix("///") {
            text.push_str(words);
        } else if let Some(name) = line.strip_suffix('{') {
            place = plain(name.trim());
            text.clear();
        } else if let Some((function, _)) = line.split_once(": func(") {
            docs.insert(format!("{place}#{function}"), std::mem::take(&mut text));
        }
    }
    docs
}
