//! The link rule: what each import of a component is linked to, or why the component is not admitted.
//!
//! The rule is a pure function of the component's surface and of three things that the host knows: what it answers
//! itself, what the owner granted, and what the packages of the registry export.

use crate::baseline::{Standing, standing};
use crate::capability::Grantee;
use crate::native::{self, Family};
use crate::refusal::{Misfit, Reason, Refusal, SUBJECT};
use crate::report::Report;
use crate::role::Role;
use loket_registry::{PackageName, PackageRef};
use loket_values::{Interface, InterfaceName, Surface};
use std::collections::BTreeSet;

/// What the owner said about a grantee and a capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantState {
    /// Yes.
    Allow,
    /// Yes, and each call is asked about.
    Ask,
    /// No.
    Deny,
    /// Nothing.
    Missing,
}

/// Who answers, where a grant names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provider {
    /// The host itself.
    Host,
    /// A package, whatever its version.
    Package(PackageName),
}

/// What the grants of a grantee say about an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// What the owner said.
    pub state: GrantState,
    /// Who answers; `None` where the grant leaves it open: then the host, or the only package that can.
    pub provider: Option<Provider>,
    /// What the owner would type to turn a no into a yes; `None` where granting the interface does.
    pub remedy: Option<String>,
}

impl From<GrantState> for Held {
    fn from(state: GrantState) -> Self {
        Held { state, provider: None, remedy: None }
    }
}

/// Whether an interface of the host needs a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Every component has it.
    BuiltIn,
    /// It needs a grant.
    Granted,
}

/// An interface that the host itself answers.
#[derive(Debug, Clone)]
pub struct HostInterface {
    /// The interface.
    pub interface: Interface,
    /// Whether it needs a grant.
    pub access: Access,
}

/// A package that exports some version of an interface.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The package.
    pub package: PackageRef,
    /// The interface as it exports it.
    pub interface: Interface,
    /// Whether that version was taken back: another is preferred.
    pub yanked: bool,
}

/// What the verdict is about.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// Who is to be admitted.
    pub grantee: &'a Grantee,
    /// The package that it runs.
    pub package: &'a PackageRef,
    /// What that imports and exports.
    pub surface: &'a Surface,
    /// What the host answers.
    pub host: &'a [HostInterface],
    /// The versions of the role interfaces that the host calls.
    pub roles: &'a [InterfaceName],
    /// What the grants say about an interface.
    pub grants: &'a dyn Fn(&InterfaceName) -> Held,
    /// The packages that export an interface of that name, in whatever version.
    pub exports: &'a dyn Fn(&InterfaceName) -> Vec<Candidate>,
}

/// Whether a component is admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// It is, and its imports are linked like this.
    Admit(Plan),
    /// It is not, for all of these reasons.
    Refuse(Vec<Refusal>),
}

/// What every import of an admitted component is linked to. Only [`judge`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    links: Vec<Link>,
}

/// What one import is linked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The import.
    pub import: InterfaceName,
    /// What answers it.
    pub source: Source,
    /// Whether each call is asked about.
    pub ask: bool,
}

/// What answers an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The sealed WASI baseline.
    Sealed,
    /// The host, for everyone.
    BuiltIn,
    /// The host, by a grant.
    Host,
    /// The host, by a grant: linked natively, with whatever else of its package is imported.
    Native(&'static Family),
    /// Another component, by a grant.
    Package {
        /// The package, in the newest version that fits and was not taken back.
        package: PackageRef,
        /// The interface as it exports it.
        interface: InterfaceName,
    },
}

impl Plan {
    /// The links, in the order of the imports.
    pub fn links(&self) -> &[Link] {
        &self.links
    }
}

impl Link {
    /// As inspections show it: `sealed`, `built in`, `granted` or `ask`.
    pub fn state(&self) -> &'static str {
        match (&self.source, self.ask) {
            (Source::Sealed, _) => "sealed",
            (Source::BuiltIn, _) => "built in",
            (_, true) => "ask",
            (_, false) => "granted",
        }
    }
}

impl Verdict {
    /// The refusals as the owner reads them; `None` for a component that is admitted.
    pub fn report(&self, grantee: &Grantee) -> Option<Report> {
        let Verdict::Refuse(refusals) = self else { return None };
        let report = Report::new(format!("{} cannot be admitted", grantee.in_words()));
        Some(refusals.iter().fold(report, |report, refusal| report.because(refusal.why(), Some(refusal.next(grantee)))))
    }
}

/// Judges a component: all its imports, and the interface that makes its role.
pub fn judge(question: &Question<'_>) -> Verdict {
    let (mut links, mut refusals) = (Vec::new(), Vec::new());
    refusals.extend(judge_role(question));
    for import in &question.surface.imports {
        match judge_import(question, import) {
            Ok(link) => links.push(link),
            // One grant is for all interfaces of a package that is linked natively: one reason tells of all.
            Err(refusal) if refusals.iter().any(|told: &Refusal| told.same_family(&refusal)) => {}
            Err(refusal) => refusals.push(refusal),
        }
    }
    if refusals.is_empty() { Verdict::Admit(Plan { links }) } else { Verdict::Refuse(refusals) }
}

/// Judges one import, as an inspection does that shows them one by one.
///
/// # Errors
/// Why it cannot be linked.
pub fn judge_import(question: &Question<'_>, import: &Interface) -> Result<Link, Refusal> {
    let Some(name) = import.name.as_ref().filter(|name| !name.is_local()) else {
        return Err(Refusal { import: import.name.clone(), reason: Reason::NoPackage });
    };
    // What looks at hostile bytes before anybody else must have no power at all.
    let is_subject = format!("{}/{}", name.package, name.interface) == SUBJECT;
    if !is_subject && Role::of(question.surface) == Role::Scanner {
        return Err(Refusal { import: Some(name.clone()), reason: Reason::Scanner });
    }
    judge_named(question, import, name).map_err(|reason| Refusal { import: Some(name.clone()), reason })
}

fn judge_named(question: &Question<'_>, import: &Interface, name: &InterfaceName) -> Result<Link, Reason> {
    let link = |source, ask| Link { import: name.clone(), source, ask };
    let standing = standing(name);
    if matches!(standing, Standing::Sealed | Standing::More)
        && let Some(family) = native::family(&name.package)
    {
        let (source, ask) = judge_native(question, name, family, standing)?;
        return Ok(link(source, ask));
    }
    let wasi = match standing {
        Standing::Sealed => return Ok(link(Source::Sealed, false)),
        Standing::Asynchronous => return Err(Reason::Asynchronous),
        Standing::OtherVersion => return Err(Reason::WasiVersion),
        Standing::More => true,
        Standing::Foreign => false,
    };
    let held = (question.grants)(name);
    let host: Vec<_> = question
        .host
        .iter()
        .filter(|host| host.interface.name.as_ref().is_some_and(|own| own.same_interface(name)))
        .collect();
    if !host.is_empty() && !matches!(held.provider, Some(Provider::Package(_))) {
        let access = judge_host(&host, import, name, wasi)?;
        if access == Access::BuiltIn {
            return Ok(link(Source::BuiltIn, false));
        }
        return Ok(link(Source::Host, asks(&held, None)?));
    }
    if wasi {
        return Err(Reason::Nobody);
    }
    if let Some(culprit) = &import.unsupported {
        return Err(Reason::Resources(culprit.clone()));
    }
    let (best, ask) = judge_packages(question, import, name, &held)?;
    let interface = best.interface.name.unwrap_or_else(|| name.clone());
    Ok(link(Source::Package { package: best.package, interface }, ask))
}

/// What an interface of a package that can be linked natively is linked to.
fn judge_native(
    question: &Question<'_>,
    name: &InterfaceName,
    family: &'static Family,
    standing: Standing,
) -> Result<(Source, bool), Reason> {
    let of_family =
        |host: &HostInterface| host.interface.name.as_ref().is_some_and(|own| own.same_interface(&family.name()));
    let answered = question.host.iter().any(of_family);
    if standing == Standing::Sealed && !answered {
        return Ok((Source::Sealed, false));
    }
    if !answered || !family.has(name) {
        return Err(Reason::Nobody);
    }
    if !family.speaks(name) {
        return Err(Reason::NativeVersion(family));
    }
    let held = (question.grants)(&family.name());
    match asks(&held, None) {
        Ok(ask) => Ok((Source::Native(family), ask)),
        Err(_) if family.is_free(name) => Ok((Source::Sealed, false)),
        Err(refused) => Err(refused),
    }
}

/// Whether the host answers the import as the component knows it.
fn judge_host(host: &[&HostInterface], import: &Interface, name: &InterfaceName, wasi: bool) -> Result<Access, Reason> {
    let own = |host: &HostInterface| host.interface.name.clone();
    let Some(serving) = host.iter().find(|host| own(host).is_some_and(|own| own.serves(name))) else {
        return Err(Reason::HostVersion(host.iter().copied().filter_map(own).collect()));
    };
    // WASI with resources is linked by its own typed code: there the engine checks the types.
    if !wasi || (serving.interface.unsupported.is_none() && import.unsupported.is_none()) {
        serving.interface.satisfies(import).map_err(|mismatch| Reason::HostDiffers(mismatch.into()))?;
    }
    Ok(serving.access)
}

/// The package that answers, and whether each call is asked about.
fn judge_packages(
    question: &Question<'_>,
    import: &Interface,
    name: &InterfaceName,
    held: &Held,
) -> Result<(Candidate, bool), Reason> {
    let mut candidates = (question.exports)(name);
    // A component that imports what it exports stands before another one; it does not stand before itself.
    candidates.retain(|candidate| candidate.package.name != question.package.name);
    match &held.provider {
        Some(Provider::Host) => return Err(Reason::ProviderGone("the host".into())),
        Some(Provider::Package(named)) => {
            candidates.retain(|candidate| candidate.package.name == *named);
            if candidates.is_empty() {
                return Err(Reason::ProviderGone(format!("`{named}`")));
            }
        }
        None if candidates.is_empty() => return Err(Reason::Nobody),
        None => {}
    }
    let (mut fitting, mut misfits) = (Vec::new(), Vec::new());
    for candidate in candidates {
        match misfit(&candidate, import, name) {
            None => fitting.push(candidate),
            Some(misfit) => misfits.push((candidate.package, misfit)),
        }
    }
    if fitting.is_empty() {
        misfits.sort_by(|a, b| b.0.cmp(&a.0));
        return Err(Reason::Misfits(misfits));
    }
    let packages: BTreeSet<_> = fitting.iter().map(|candidate| candidate.package.name.clone()).collect();
    if packages.len() > 1 && held.state != GrantState::Deny {
        return Err(Reason::Ambiguous(packages.into_iter().collect()));
    }
    let ask = asks(held, packages.into_iter().next())?;
    // The newest; one that was taken back, and a pre-release, only where there is nothing else.
    let rank = |candidate: &Candidate| {
        (!candidate.yanked, candidate.package.version.pre.is_empty(), candidate.package.version.clone())
    };
    fitting.into_iter().max_by_key(rank).map(|best| (best, ask)).ok_or(Reason::Nobody)
}

fn misfit(candidate: &Candidate, import: &Interface, name: &InterfaceName) -> Option<Misfit> {
    let serves = candidate.interface.name.as_ref().is_some_and(|own| own.serves(name));
    if !serves {
        return Some(Misfit::Version(candidate.interface.name.clone()));
    }
    candidate.interface.satisfies(import).err().map(Misfit::Type)
}

/// Whether each call is asked about, where it is granted at all.
fn asks(held: &Held, provider: Option<PackageName>) -> Result<bool, Reason> {
    match held.state {
        GrantState::Allow => Ok(false),
        GrantState::Ask => Ok(true),
        GrantState::Deny => Err(Reason::Denied(held.remedy.clone())),
        GrantState::Missing => Err(Reason::NotGranted(provider.map(Box::new))),
    }
}

/// An agent that was built for another contract must not be called by this one.
fn judge_role(question: &Question<'_>) -> Option<Refusal> {
    let (role, export) = Role::with_interface(question.surface)?;
    let spoken: Vec<_> = question.roles.iter().filter(|own| own.same_interface(export)).cloned().collect();
    // Roles that this host has no use for yet are none of its business. One that was built for an older version of the
    // contract is called by what that had: the contract only grows.
    if spoken.is_empty() || spoken.iter().any(|own| export.compatible(own)) {
        return None;
    }
    Some(Refusal { import: Some(export.clone()), reason: Reason::RoleVersion(role, spoken) })
}
