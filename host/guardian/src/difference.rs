//! What a version of a package asks for that the one before it did not: computed from the two binaries, and from those of the packages
//! that answer their imports.
//!
//! A package asks for the functions that it imports, and by way of each package that answers an import for what that one asks for. Who
//! asks is part of it, as grants are given to packages one by one: what was reached through another package and is imported now is new.
//! The version of an interface is no part of it, as grants have none.

use crate::baseline::{Standing, standing};
use crate::native::family;
use loket_registry::PackageName;
use loket_values::types::Function;
use loket_values::{Interface, InterfaceName, Surface};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// So many packages are looked through; what reaches more counts as asking for more.
const MOST_PACKAGES: usize = 1000;

/// Something that can be asked for at the counter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Want {
    /// Who asks: the package itself, or one that answers it, also by way of others.
    pub by: PackageName,
    /// The interface, without its version: `loket:http/client`. Empty for functions that belong to none.
    pub interface: String,
    /// The function; `None` for an interface that values cannot carry, which is asked for as a whole.
    pub function: Option<String>,
}

/// All that a package asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wants {
    /// Each with the signatures that it is imported with: several where an interface is imported in several versions.
    all: BTreeMap<Want, Vec<Function>>,
    /// Whether all packages were looked through.
    whole: bool,
}

/// A package that answers an import.
pub struct Answerer<'a> {
    /// Its name.
    pub package: PackageName,
    /// What it imports and exports.
    pub surface: &'a Surface,
}

/// What is known of the home that a package would run in.
pub struct Surroundings<'s, 'a> {
    /// Whether an interface of the host is there for everyone, without a grant.
    pub is_free: &'s dyn Fn(&InterfaceName) -> bool,
    /// The package that answers an import of a package; `None` where the host does, or nobody.
    pub answerer: &'s dyn Fn(&PackageName, &Interface) -> Option<Answerer<'a>>,
}

/// How what is asked for changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It was not asked for before.
    New(Want),
    /// It was, with other parameters or another result.
    Altered {
        /// What.
        want: Want,
        /// With which signature now.
        now: String,
    },
    /// It is not asked for any more.
    Gone(Want),
}

/// What changed from one version to another, the more first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    package: PackageName,
    changes: Vec<Change>,
    /// Whether all packages were looked through.
    whole: bool,
}

impl Wants {
    /// What a package asks for, with that surface, in a home.
    pub fn of(package: &PackageName, surface: &Surface, home: &Surroundings<'_, '_>) -> Wants {
        let mut wants = Wants { all: BTreeMap::new(), whole: true };
        let mut known = BTreeSet::from([package.clone()]);
        let mut next = VecDeque::from([Answerer { package: package.clone(), surface }]);
        while let Some(Answerer { package: by, surface }) = next.pop_front() {
            for import in surface.imports.iter().filter(|import| counts(import, home)) {
                wants.add(&by, import);
                let Some(other) = (home.answerer)(&by, import) else { continue };
                if known.len() == MOST_PACKAGES {
                    wants.whole = false;
                } else if known.insert(other.package.clone()) {
                    next.push_back(other);
                }
            }
        }
        wants
    }

    fn add(&mut self, by: &PackageName, import: &Interface) {
        let interface = import.name.as_ref().map_or_else(String::new, |n| format!("{}/{}", n.package, n.interface));
        let want = |function: Option<&Function>| Want {
            by: by.clone(),
            interface: interface.clone(),
            function: function.map(|function| function.name.clone()),
        };
        if import.functions.is_empty() {
            self.all.entry(want(None)).or_default();
        }
        for function in &import.functions {
            let signatures = self.all.entry(want(Some(function))).or_default();
            if !signatures.contains(function) {
                signatures.push(function.clone());
            }
        }
    }
}

/// Whether an import gives anything that a grant is about. The sealed baseline does not, nor what is there for everyone.
fn counts(import: &Interface, home: &Surroundings<'_, '_>) -> bool {
    let Some(name) = &import.name else { return true };
    match family(&name.package) {
        // Where the power of the family lies, and what does something only by its grant.
        Some(family) => !family.is_free(name) || name.interface == family.capability,
        None => standing(name) != Standing::Sealed && !(home.is_free)(name),
    }
}

impl Difference {
    /// What changed from one version of a package to another, both in the same home.
    pub fn between(package: &PackageName, before: &Wants, now: &Wants) -> Difference {
        let mut changes = Vec::new();
        for (want, signatures) in &now.all {
            match before.all.get(want) {
                None => changes.push(Change::New(want.clone())),
                Some(known) => {
                    let other = signatures.iter().find(|signature| !known.contains(signature));
                    changes.extend(
                        other.map(|function| Change::Altered { want: want.clone(), now: function.signature() }),
                    );
                }
            }
        }
        let gone = before.all.keys().filter(|want| !now.all.contains_key(want));
        changes.extend(gone.cloned().map(Change::Gone));
        Difference { package: package.clone(), changes, whole: before.whole && now.whole }
    }

    /// Whether the later version asks for anything that the earlier did not.
    pub fn asks_for_more(&self) -> bool {
        !self.whole || self.changes.iter().any(|change| !matches!(change, Change::Gone(_)))
    }

    /// What changed.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// What changed as people read it, a line for each interface: `+ loket:http/client read, send`, `- …` for what is gone, `~ …` for a
    /// function with another signature; with the package that asks, where it is another.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.told().into_iter().map(|(sign, told)| format!("{sign} {told}"))
    }

    /// What is asked for that was not before, in the same words.
    pub fn more(&self) -> impl Iterator<Item = String> {
        self.told().into_iter().filter(|(sign, _)| *sign != '-').map(|(_, told)| told)
    }

    fn told(&self) -> Vec<(char, String)> {
        let cut = (!self.whole).then(|| ('?', format!("it reaches more than {MOST_PACKAGES} packages")));
        let mut told: Vec<(char, String)> = cut.into_iter().collect();
        let kind = |change: &Change| match change {
            Change::New(want) => ('+', want.clone()),
            Change::Altered { want, .. } => ('~', want.clone()),
            Change::Gone(want) => ('-', want.clone()),
        };
        let alike = |a: &Change, b: &Change| {
            let ((sign, a), (other, b)) = (kind(a), kind(b));
            sign == other && sign != '~' && (&a.by, &a.interface) == (&b.by, &b.interface)
        };
        let mut changes: Vec<&Change> = self.changes.iter().collect();
        changes.sort_by_key(|change| "+~-?".find(kind(change).0));
        for group in changes.chunk_by(|a, b| alike(a, b)) {
            let (sign, Want { by, interface, .. }) = kind(group[0]);
            let functions = group.iter().map(|change| kind(change).1.function.unwrap_or_else(|| "*".to_owned()));
            let functions = functions.collect::<Vec<_>>().join(", ");
            let mut line = if interface.is_empty() { functions } else { format!("{interface} {functions}") };
            if let Change::Altered { now, .. } = group[0] {
                line.push_str(&format!(", now {now}"));
            }
            if by != self.package {
                line.push_str(&format!(" (through `{by}`)"));
            }
            told.push((sign, line));
        }
        told
    }
}
