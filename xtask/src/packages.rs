//! The WIT packages of the checkout: the shared contract, its dependencies, and those of one guest.

use crate::guest::Guest;
use crate::workspace;
use anyhow::{Context as _, Result};
use std::path::Path;
use wit_parser::{PackageId, PackageName, Resolve, UnresolvedPackageGroup};

/// The shared contract: every package in `wit/`, with the WASI packages in `wit/deps/`.
pub(crate) fn contract() -> Result<(Resolve, Vec<PackageId>)> {
    let groups = shared()?;
    let names: Vec<PackageName> = groups.iter().map(|group| group.main.name.clone()).collect();
    let resolve = resolve(groups)?;
    let ours = names.iter().filter(|name| name.namespace == "loket").filter_map(|name| find(&resolve, name)).collect();
    Ok((resolve, ours))
}

/// All that a guest may have been written against, and its own package: that of its `wit/` folder, or else `otherwise`.
pub(crate) fn of_guest(guest: &Guest, otherwise: Option<&PackageName>) -> Result<Option<(Resolve, PackageId)>> {
    let own = guest.dir.join("wit");
    let mut groups = Vec::new();
    let mut main = otherwise.cloned();
    if own.is_dir() {
        let group = UnresolvedPackageGroup::parse_dir(&own)?;
        main = Some(group.main.name.clone());
        groups.push(group);
        groups.extend(parse(&own.join("deps"))?);
    }
    groups.extend(shared()?);
    let resolve = resolve(groups)?;
    let package = main.and_then(|name| find(&resolve, &name));
    Ok(package.map(|package| (resolve, package)))
}

fn shared() -> Result<Vec<UnresolvedPackageGroup>> {
    let wit = workspace::root().join("wit");
    let mut groups = Vec::new();
    for folder in workspace::folders(&wit).iter().filter(|folder| !folder.ends_with("deps")) {
        groups.push(UnresolvedPackageGroup::parse_dir(folder)?);
    }
    groups.extend(parse(&wit.join("deps"))?);
    Ok(groups)
}

/// The packages in a `deps` folder: each a folder, or a file of its own.
fn parse(deps: &Path) -> Result<Vec<UnresolvedPackageGroup>> {
    let mut groups = Vec::new();
    for folder in workspace::folders(deps) {
        groups.push(UnresolvedPackageGroup::parse_dir(&folder)?);
    }
    for file in std::fs::read_dir(deps).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if file.extension().is_some_and(|extension| extension == "wit") {
            let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read `{}`", file.display()))?;
            let parsed = UnresolvedPackageGroup::parse(&file, &text);
            groups.push(parsed.map_err(|(sources, error)| anyhow::anyhow!("{}", error.render(&sources)))?);
        }
    }
    Ok(groups)
}

/// Resolves packages that name each other; of two with one name, the first counts.
fn resolve(groups: Vec<UnresolvedPackageGroup>) -> Result<Resolve> {
    let mut unique: Vec<UnresolvedPackageGroup> = Vec::new();
    for group in groups {
        if !unique.iter().any(|other| other.main.name == group.main.name) {
            unique.push(group);
        }
    }
    let mut resolve = Resolve::default();
    let mut unique = unique.into_iter();
    if let Some(main) = unique.next() {
        let pushed = resolve.push_groups(main, unique.collect()).map_err(anyhow::Error::from);
        pushed.map_err(|error| anyhow::anyhow!("{}", resolve.render_error(&error)))?;
    }
    Ok(resolve)
}

fn find(resolve: &Resolve, name: &PackageName) -> Option<PackageId> {
    resolve.package_names.get(name).copied()
}
