//! Why an import cannot be linked, in words that name the import and the way out.

use crate::baseline;
use crate::capability::Grantee;
use crate::native::{self, Family};
use crate::role::Role;
use loket_registry::{PackageName, PackageRef};
use loket_values::InterfaceName;
use loket_values::surface::Mismatch;

/// How a package gets in.
pub const REGISTRY: &str = "the registry as `NAMESPACE/NAME/VERSION.wasm`";
/// All that a scanner may import.
pub const SUBJECT: &str = "loket:scan/subject";
/// How many packages a sentence lists.
const MAX_LISTED: usize = 5;

/// Why a component is not admitted: one import, or the export that makes its role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The interface; `None` for functions at the component's root.
    pub import: Option<InterfaceName>,
    /// What is the matter with it.
    pub reason: Reason,
}

/// What is the matter with an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It could be linked, and is not granted. Who would answer: a package, or else the host.
    NotGranted(Option<Box<PackageName>>),
    /// The owner said no. What to type instead of a grant for the interface, where that would not change it.
    Denied(Option<String>),
    /// Several packages could answer, and no grant names one.
    Ambiguous(Vec<PackageName>),
    /// Nothing on this host answers it.
    Nobody,
    /// What the grant names as the provider is not there, or does not have it.
    ProviderGone(String),
    /// Packages export it, and none of them fits.
    Misfits(Vec<(PackageRef, Misfit)>),
    /// The host answers it in other versions.
    HostVersion(Vec<InterfaceName>),
    /// The host links it natively, in other versions.
    NativeVersion(&'static Family),
    /// The host answers it with other types.
    HostDiffers(Box<Mismatch>),
    /// Values cannot carry it between components. Names the culprit.
    Resources(String),
    /// It is WASI 0.3.
    Asynchronous,
    /// It is a part of the WASI baseline in a version that the host has not.
    WasiVersion,
    /// It belongs to no package, so no package can answer it.
    NoPackage,
    /// The component plays its role by a contract that the host does not speak. The host's own versions.
    RoleVersion(Role, Vec<InterfaceName>),
    /// It is a scanner, and those may ask for nothing but their subject.
    Scanner,
}

/// Why a package that exports an interface does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// It exports another version.
    Version(Option<InterfaceName>),
    /// It has other types.
    Type(Mismatch),
}

impl Refusal {
    /// As inspections show it: `missing` or `denied`.
    pub fn state(&self) -> &'static str {
        if matches!(self.reason, Reason::Denied(_)) { "denied" } else { "missing" }
    }

    fn family(&self) -> Option<&'static Family> {
        self.import.as_ref().and_then(|name| native::family(&name.package))
    }

    /// Whether both say the same of two interfaces of one package that is linked natively.
    pub(crate) fn same_family(&self, other: &Refusal) -> bool {
        self.family().is_some() && self.family() == other.family() && self.reason == other.reason
    }

    /// The import, and what is the matter with it.
    pub fn why(&self) -> String {
        let Some(name) = &self.import else {
            return "it imports functions at its root, and those belong to no package that could answer them".into();
        };
        match &self.reason {
            Reason::NotGranted(_) => format!("it imports `{name}`, and its grants do not name it"),
            Reason::Denied(_) => format!("it imports `{name}`, and the owner denied it"),
            Reason::Ambiguous(packages) => format!(
                "it imports `{name}`, several packages export it ({}), and no grant says which one answers",
                listed(packages)
            ),
            Reason::Nobody => {
                format!("it imports `{name}`, and neither this host nor a package in its registry provides it")
            }
            Reason::ProviderGone(provider) => {
                format!(
                    "it imports `{name}`, its grant says that {provider} answers, and {provider} does not export it"
                )
            }
            Reason::Misfits(misfits) => {
                let misfits: Vec<_> = misfits.iter().map(|(package, misfit)| tell_misfit(package, misfit)).collect();
                let more = misfits.len().saturating_sub(MAX_LISTED);
                let told = misfits.into_iter().take(MAX_LISTED).collect::<Vec<_>>().join("; ");
                let more = if more > 0 { format!("; and {more} more") } else { String::new() };
                format!("it imports `{name}`, and no package that exports it fits: {told}{more}")
            }
            Reason::HostVersion(own) => {
                format!("it imports `{name}`, and this host has {}", listed(own))
            }
            Reason::NativeVersion(family) => {
                format!("it imports `{name}`, and this host has only its version {}", family.versions())
            }
            Reason::HostDiffers(mismatch) => format!("it imports `{name}`, and this host has it otherwise: {mismatch}"),
            Reason::Resources(culprit) => {
                format!("it imports `{name}`, which uses {culprit}, and only values pass from one component to another")
            }
            Reason::Asynchronous => format!("it imports `{name}`, which is WASI 0.3, and this host runs WASI 0.2"),
            Reason::WasiVersion => format!("it imports `{name}`, and this host has only its version 0.2"),
            Reason::NoPackage => format!("it imports `{name}`, which belongs to no package that could answer it"),
            Reason::Scanner => {
                format!("it is a scanner and imports `{name}`, and a scanner may import nothing but `{SUBJECT}`")
            }
            Reason::RoleVersion(role, own) => {
                format!("it exports `{name}` to be {}, and this host calls {}", article(*role), listed(own))
            }
        }
    }

    /// What to do about it: the command where there is one.
    pub fn next(&self, grantee: &Grantee) -> String {
        let capability = self.import.as_ref().map(unversioned).unwrap_or_default();
        match &self.reason {
            Reason::Denied(Some(remedy)) => remedy.clone(),
            Reason::NotGranted(_) | Reason::Denied(None) => match self.family() {
                Some(family) => family.remedy(grantee),
                None => format!("loket grant {grantee} {capability}"),
            },
            Reason::Ambiguous(packages) => {
                format!("loket grant {grantee} {capability} --provider PACKAGE, with one of {}", listed(packages))
            }
            Reason::Nobody => match self.import.as_ref().and_then(baseline::alternative) {
                Some(other) => format!("build the component against `{other}` instead"),
                None => format!("put a package that exports `{capability}` into {REGISTRY}"),
            },
            Reason::ProviderGone(_) => {
                format!(
                    "put that package into {REGISTRY}; or name another one: loket grant {grantee} {capability} --provider PACKAGE"
                )
            }
            Reason::Misfits(_) => {
                format!(
                    "put a package that exports `{capability}` as it is imported into {REGISTRY}; or build the importer against one that is there"
                )
            }
            Reason::HostVersion(_) | Reason::HostDiffers(_) | Reason::RoleVersion(..) => {
                "build the component against this host's own WIT, which lies in its folder `wit/`".into()
            }
            Reason::Resources(_) => {
                "use an interface of records, variants and lists, with numbers in the place of handles".into()
            }
            Reason::NativeVersion(family) if family.versions() != "0.2" => {
                format!("build the component with bindings of `{}@{}`", family.package, family.versions())
            }
            Reason::Asynchronous | Reason::WasiVersion | Reason::NativeVersion(_) => {
                "build the component for `wasm32-wasip2`, with bindings of WASI 0.2".into()
            }
            Reason::Scanner => {
                "build the scanner for `wasm32-unknown-unknown`, in the world `scanner` of `wit/roles`".into()
            }
            Reason::NoPackage => {
                "declare the interface in a WIT package with a name, such as `acme:calc`, and import it from there"
                    .into()
            }
        }
    }
}

fn tell_misfit(package: &PackageRef, misfit: &Misfit) -> String {
    match misfit {
        Misfit::Version(Some(name)) => format!("`{package}` has `{name}`"),
        Misfit::Version(None) => format!("`{package}` has it without a name"),
        Misfit::Type(mismatch) => format!("of `{package}`, {mismatch}"),
    }
}

/// As a grant names it: without its version.
fn unversioned(name: &InterfaceName) -> String {
    InterfaceName { version: None, ..name.clone() }.to_string()
}

fn listed<T: ToString>(items: &[T]) -> String {
    let mut listed: Vec<_> = items.iter().take(MAX_LISTED).map(|item| format!("`{}`", item.to_string())).collect();
    if items.len() > MAX_LISTED {
        listed.push(format!("{} more", items.len() - MAX_LISTED));
    }
    listed.join(", ")
}

fn article(role: Role) -> String {
    let article = if matches!(role, Role::Agent | Role::App) { "an" } else { "a" };
    format!("{article} {role}")
}
