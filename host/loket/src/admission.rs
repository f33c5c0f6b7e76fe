//! Who may run: the one way from a package's bytes to a linked unit.
//!
//! The bytes that were digested are the ones that are judged and compiled. Nothing of a component runs before it is admitted.

use crate::host::Host;
use crate::scope::principal;
use crate::stock::{Item, report};
use crate::typed_tools::{is_a_servers, is_of_a_server};
use crate::world::Placed;
use loket_guardian::capability::Grantee;
use loket_guardian::mcp::NAMESPACE;
use loket_guardian::report::Report;
use loket_guardian::verdict::{
    Access, Candidate, GrantState, Held, HostInterface, Plan, Provider, Question, Source, Verdict, judge,
};
use loket_kernel::cache::Code;
use loket_kernel::grants::{Scope, Specificity, Table, Verdict as Granted};
use loket_kernel::link::Import;
use loket_kernel::unit::{Parts, plain_name};
use loket_kernel::{Capability, Principal, Space, Unit};
use loket_registry::PackageRef;
use loket_values::{Interface, InterfaceName, Surface};
use std::cmp::Reverse;
use std::sync::Arc;

/// The interfaces of the contract that every component may import without a grant: what it tells about its own call, what is left of
/// its own turn, what the owner wrote for it alone, and, in a turn that the host begins for it, what it is to inspect.
pub(crate) const BUILT_IN: [&str; 4] =
    ["loket:events/emit", "loket:agent/turn", "wasi:config/store", "loket:scan/subject"];
/// The role interfaces that this host calls.
const ROLES: [&str; 4] = [
    "loket:roles/handler@0.1.0",
    "loket:model/chat@0.1.0",
    "loket:roles/inspector@0.1.0",
    "loket:roles/commander@0.1.0",
];

impl Host {
    /// Admits a package for a grantee, with the texts that come along with it: has it scanned, judges it, compiles it, links it. Blocks
    /// while it is scanned and compiled.
    ///
    /// # Errors
    /// The report for the owner: what stands in the way, and what to do next.
    pub(crate) fn admit(
        &self,
        grantee: &Grantee,
        item: &Item,
        space: Space,
        documents: &[(String, String)],
    ) -> Result<Placed, Report> {
        let what = format!("{} cannot be admitted", grantee.in_words());
        let surface = item.surface.as_ref().map_err(|e| report(&what, e, "build the component again"))?;
        if item.reference.name.namespace() == NAMESPACE {
            let why = format!("the namespace `{NAMESPACE}` is for the servers of tools that `loket.toml` names");
            return Err(report(&what, why, "publish it under another namespace"));
        }
        self.scanned(&what, item, documents)?;
        let plan = match self.judged(grantee, &item.reference, surface, judge) {
            Verdict::Admit(plan) => plan,
            refused @ Verdict::Refuse(_) => {
                return Err(refused.report(grantee).unwrap_or_else(|| Report::new(&what)));
            }
        };
        let imports = self.imports(&plan, surface);
        let sealed = plan.links().iter().any(|link| link.source == Source::Sealed);
        let code = self.code(item).map_err(|why| report(&what, why, "build the component for this host's engine"))?;
        let parts = Parts {
            principal: principal(grantee),
            package: item.reference.to_string().into(),
            surface: surface.clone(),
            code: &code,
            imports: &imports,
            sealed,
            natives: self.natives.links(&plan),
            space,
        };
        let unit = Unit::new(self.engines.clone(), parts).map_err(|e| report(&what, e.to_string(), "loket doctor"))?;
        Ok(Placed { unit: Arc::new(unit), links: of_others(imports) })
    }

    /// Who answers the imports of a plan at the counter.
    fn imports(&self, plan: &Plan, surface: &Surface) -> Vec<Import> {
        let found = plan.links().iter().filter_map(|link| {
            let interface = surface.import(&link.import)?;
            let capability = match &link.source {
                Source::Sealed | Source::Native(_) => return None,
                Source::BuiltIn | Source::Host => Capability::host(&plain_name(interface)),
                Source::Package { .. } if is_of_a_server(interface) => return self.import_of_server(interface),
                Source::Package { package, .. } => self.address_of(package, interface),
            };
            Some(Import::of(interface.clone(), capability))
        });
        found.collect()
    }

    /// Whether those who would answer a component's imports now are those who do.
    pub(crate) fn is_still_linked(&self, grantee: &Grantee, item: &Item, placed: &Placed) -> bool {
        let (false, Ok(surface)) = (placed.links.is_empty(), &item.surface) else { return true };
        match self.judged(grantee, &item.reference, surface, judge) {
            Verdict::Admit(plan) => of_others(self.imports(&plan, surface)) == placed.links,
            Verdict::Refuse(_) => true,
        }
    }

    /// Asks the guardian's rules about a component, with what this home knows.
    pub(crate) fn judged<T>(
        &self,
        grantee: &Grantee,
        package: &PackageRef,
        surface: &Surface,
        rule: impl FnOnce(&Question<'_>) -> T,
    ) -> T {
        let table = self.counter.grants.now();
        let stock = self.stock();
        let host = self.host_interfaces();
        let roles: Vec<InterfaceName> = ROLES.iter().filter_map(|name| name.parse().ok()).collect();
        let native = |name: &InterfaceName| self.natives.interfaces().find(|own| own.name.as_ref() == Some(name));
        let grants = |name: &InterfaceName| match surface.import(name).or_else(|| native(name)) {
            Some(import) => held(&table, grantee, &self.as_granted(import), &|package, interface| {
                stock.exports(package, interface) || (package == interface.package && is_a_servers(interface))
            }),
            None => GrantState::Missing.into(),
        };
        let exports = |name: &InterfaceName| -> Vec<Candidate> {
            stock.exporting(name).into_iter().chain(self.server_exporting(name)).collect()
        };
        rule(&Question { grantee, package, surface, host: &host, roles: &roles, grants: &grants, exports: &exports })
    }

    fn host_interfaces(&self) -> Vec<HostInterface> {
        let answered = self.contract.interfaces().filter(|i| self.answers(&plain_name(i)));
        let answered = answered.chain(self.natives.interfaces());
        answered
            .map(|interface| HostInterface {
                interface: interface.clone(),
                access: if BUILT_IN.contains(&plain_name(interface).as_str()) {
                    Access::BuiltIn
                } else {
                    Access::Granted
                },
            })
            .collect()
    }

    /// Where calls to a package's interface go: to its newest version where that is the one that was chosen.
    fn address_of(&self, package: &PackageRef, interface: &Interface) -> Capability {
        let capability = Capability::of(&package.name.to_string(), &plain_name(interface));
        let newest = self.stock().newest(&package.name).is_some_and(|newest| newest.reference == *package);
        if newest { capability } else { capability.at_version(&package.version.to_string()) }
    }

    pub(crate) fn code(&self, item: &Item) -> Result<Code, String> {
        if let Some(code) = self.codes().get(&item.digest) {
            return Ok(code.clone());
        }
        let code = self.cache.load(&self.engines, &item.bytes, &item.digest).map_err(|e| e.to_string())?;
        if !code.cached {
            tracing::info!(package = %item.reference, pooled = code.pooled, "compiled");
        }
        self.codes().insert(item.digest.clone(), code.clone());
        Ok(code)
    }
}

/// Of those who answer imports, the other packages.
fn of_others(imports: Vec<Import>) -> Vec<Capability> {
    imports.into_iter().map(|import| import.capability).filter(|capability| !capability.is_host()).collect()
}

/// What the grants of a grantee say about an import. Where they name several providers, one that is not denied answers; of these the one
/// that is named most specifically, and of these the newest.
fn held(table: &Table, grantee: &Grantee, import: &Interface, exports: &dyn Fn(&str, &InterfaceName) -> bool) -> Held {
    let (who, plain) = (principal(grantee), plain_name(import));
    let names = |scope: &Scope| match &scope.interface {
        Some(interface) => **interface == *plain,
        None => import.name.as_ref().is_some_and(|name| exports(&scope.provider, name)),
    };
    let named = table.of(&who).iter().rev().filter(|grant| names(&grant.scope));
    let said = named.filter_map(|grant| word(table, &who, &Capability::of(&grant.scope.provider, &plain), import));
    let best = said.min_by_key(|(specificity, held)| {
        let no = !matches!(held.state, GrantState::Allow | GrantState::Ask);
        (no, Reverse(*specificity), held.state == GrantState::Ask)
    });
    best.map_or_else(|| GrantState::Missing.into(), |(_, held)| held)
}

/// What the counter would say to calls of an import's functions if this capability answered them, and how specifically. One function that
/// may be called is enough to link it: each call is checked again.
fn word(table: &Table, who: &Principal, capability: &Capability, import: &Interface) -> Option<(Specificity, Held)> {
    let functions = import.functions.iter().map(|f| f.name.as_str());
    // Those of an interface that values cannot carry are not known: only all of it can be granted.
    let functions = functions.chain(import.functions.is_empty().then_some(""));
    let said: Vec<_> = functions.map(|function| table.decide(who, capability, function)).collect();
    let best = said.iter().flatten().min_by_key(|decision| decision.verdict)?;
    let state = match best.verdict {
        Granted::Allow => GrantState::Allow,
        Granted::Ask => GrantState::Ask,
        Granted::Deny if said.iter().any(Option::is_none) => GrantState::Missing,
        Granted::Deny => GrantState::Deny,
    };
    let provider = match &*capability.provider {
        Capability::HOST => Some(Provider::Host),
        package => package.parse().ok().map(Provider::Package),
    };
    let remedy = (state == GrantState::Deny).then(|| best.remedy(capability));
    Some((best.specificity, Held { state, provider, remedy }))
}
