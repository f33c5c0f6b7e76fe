//! What a package or an agent is: role, imports, exports, the sealed baseline, and what it may really do.

use super::call::NO_APPS;
use super::publish::signature_info;
use super::{authority, file, wrong};
use crate::admission::BUILT_IN;
use crate::host::Host;
use crate::natives;
use crate::refresh::documents;
use crate::scope::principal;
use crate::stock::{Item, Stock};
use loket_gateways::desk::{ExportInfo, ImportInfo, Inspection, Problem, ScanEvidence, ScanFinding};
use loket_guardian::capability::Grantee;
use loket_guardian::report::Report;
use loket_guardian::scan::{Action, Finding};
use loket_guardian::verdict::{Source, judge_import};
use loket_kernel::Capability;
use loket_kernel::bulk::is_slow;
use loket_kernel::grants::Scope;
use loket_kernel::unit::plain_name;
use loket_registry::{PackageName, PackageRef};

pub(super) fn inspect(host: &Host, subject: &str) -> Result<Inspection, Problem> {
    let world = host.world();
    let stock = host.stock();
    if let Some(agent) = world.agents.get(subject) {
        let item = stock.items.values().find(|item| item.reference.to_string() == agent.package);
        let Some(item) = item else {
            let report = agent.place.as_ref().err().map(Report::message).unwrap_or_default();
            return Err(wrong(
                "not-found",
                format!("the agent `{subject}` has no package: {report}"),
                "loket packages",
            ));
        };
        let grantee = subject.parse().map(Grantee::Agent).map_err(|e: loket_guardian::manifest::AgentNameError| {
            wrong("invalid", e.to_string(), "rename the folder")
        })?;
        let mut inspection = of(host, &grantee, item, agent.state())?;
        let table = host.counter.grants.now();
        let granted: Vec<String> = table.of(&principal(&grantee)).iter().map(|g| g.scope.name()).collect();
        let has = |want: &String| granted.contains(want) || BUILT_IN.contains(&want.as_str());
        let wants = agent.entry.iter().flat_map(|entry| &entry.manifest.wants).map(ToString::to_string);
        for want in wants.filter(|want| !has(want)) {
            inspection
                .notes
                .push(format!("its manifest wants `{want}`, which is not granted: loket grant {subject} {want}"));
        }
        let documents = agent.entry.as_ref().map(|entry| documents(entry)).unwrap_or_default();
        inspection.notes.extend(host.findings(item, &documents));
        return Ok(inspection);
    }
    if file::is_file(subject) {
        return file::inspect(host, subject);
    }
    let item = package(&stock, subject)?;
    let state =
        world.packages.get(&item.reference).map_or_else(|| "not admitted".to_owned(), |package| package.state());
    let mut inspection = of(host, &Grantee::Package(item.reference.name.clone()), item, state)?;
    if let Some((before, beyond)) = host.beyond_before(item) {
        inspection.notes.extend(beyond.lines().map(|line| format!("beside `{before}`: {line}")));
    }
    inspection.notes.extend(host.findings(item, &[]));
    Ok(inspection)
}

/// What scanners found in a package, or in an agent with its persona, when they looked last.
pub(super) fn findings(host: &Host, subject: &str) -> Result<Vec<ScanFinding>, Problem> {
    let (world, stock) = (host.world(), host.stock());
    let (item, texts) = match world.agents.get(subject) {
        Some(agent) => {
            let texts = agent.entry.as_ref().map(|entry| documents(entry)).unwrap_or_default();
            (package(&stock, &agent.package)?, texts)
        }
        None => (package(&stock, subject)?, Vec::new()),
    };
    let told = host.told(item, &texts).into_iter();
    let finding = |(scanner, action, found): (String, Action, Finding)| ScanFinding {
        scanner,
        id: found.id,
        severity: found.severity.to_string(),
        action: action.as_str().to_owned(),
        title: found.title,
        message: found.message,
        evidence: found
            .evidence
            .into_iter()
            .map(|at| ScanEvidence { place: at.place, offset: at.offset, length: at.length, text: at.text })
            .collect(),
        remedy: found.remedy,
    };
    Ok(told.map(finding).collect())
}

/// A package by its name, or one version of it.
fn package<'s>(stock: &'s Stock, subject: &str) -> Result<&'s Item, Problem> {
    let item = match subject.parse::<PackageRef>() {
        Ok(reference) => stock.items.get(&reference),
        Err(_) => subject.parse::<PackageName>().ok().and_then(|name| stock.newest(&name)),
    };
    item.ok_or_else(|| {
        wrong(
            "not-found",
            format!("there is no agent and no package `{}`", subject.escape_default()),
            "`loket agents` and `loket packages` list what there is; a file's name ends with `.wasm`",
        )
    })
}

/// What there is to know of a component, for whoever it would be to the grants.
pub(super) fn of(host: &Host, grantee: &Grantee, item: &Item, state: String) -> Result<Inspection, Problem> {
    let surface = item
        .surface
        .as_ref()
        .map_err(|e| wrong("invalid", format!("`{}` cannot be read: {e}", item.reference), "build it again"))?;
    let (mut imports, mut sealed) = (Vec::new(), Vec::new());
    host.judged(grantee, &item.reference, surface, |question| {
        for import in &surface.imports {
            let capability = import.name.as_ref().map_or_else(|| "(root)".to_owned(), ToString::to_string);
            let functions = import.functions.iter().map(|f| f.name.clone()).collect();
            let info = match judge_import(question, import) {
                Ok(link) => {
                    let (provider, answers) = match &link.source {
                        Source::Sealed => {
                            sealed.push(capability);
                            continue;
                        }
                        Source::BuiltIn | Source::Host => ("host".to_owned(), Capability::host(&plain_name(import))),
                        Source::Native(family) => ("host".to_owned(), natives::capability(family)),
                        Source::Package { package, .. } => {
                            (package.to_string(), Capability::of(&package.name.to_string(), &plain_name(import)))
                        }
                    };
                    ImportInfo {
                        capability,
                        functions,
                        state: link.state().to_owned(),
                        provider: Some(provider),
                        terms: terms(host, grantee, &answers),
                        remedy: None,
                    }
                }
                Err(refusal) => {
                    let state = refusal.state().to_owned();
                    ImportInfo {
                        capability,
                        functions,
                        state,
                        provider: None,
                        terms: String::new(),
                        remedy: Some(refusal.next(grantee)),
                    }
                }
            };
            imports.push(info);
        }
    });
    let mut notes = Vec::new();
    if item.is_yanked() {
        notes.push(format!("it was yanked, and is chosen for nobody new: loket unyank {}", item.reference));
    }
    if item.role() == "app" {
        notes.push(NO_APPS.to_owned());
    }
    let exports = surface
        .exports
        .iter()
        .map(|export| {
            let capability = if export.name.is_some() { plain_name(export) } else { item.reference.name.to_string() };
            if let Some(culprit) = &export.unsupported {
                notes.push(format!("`{capability}` cannot be called across components: it uses {culprit}"));
            }
            for function in &export.functions {
                if is_slow(function) {
                    notes.push(format!(
                        "`{}` moves bytes in a shape that costs about 50 ns a byte; a plain `list<u8>` is fast",
                        function.name
                    ));
                }
                if item.role() == "tool" && function.docs.0.is_empty() {
                    notes.push(format!("`{}` is undocumented: a model is told its name only", function.name));
                }
            }
            ExportInfo {
                capability,
                functions: export.functions.iter().map(|f| f.signature()).collect(),
                docs: export.docs.0.clone(),
            }
        })
        .collect();
    Ok(Inspection {
        package: item.reference.to_string(),
        digest: item.digest.clone(),
        bytes: item.bytes.len() as u64,
        signature: item.file.is_some().then(|| signature_info(&item.standing)),
        role: item.role().to_owned(),
        state,
        imports,
        sealed,
        exports,
        authority: authority::tree(host, &principal(grantee)),
        notes,
    })
}

/// What the grants for a capability say in its provider's own words.
fn terms(host: &Host, grantee: &Grantee, capability: &Capability) -> String {
    let table = host.counter.grants.now();
    let about = |scope: &Scope| Scope { functions: Vec::new(), ..scope.clone() }.covers(capability, "");
    let grants = table.of(&principal(grantee)).iter().filter(|grant| about(&grant.scope) && !grant.terms.is_empty());
    grants.map(|grant| grant.terms.to_string()).collect::<Vec<_>>().join("; ")
}
