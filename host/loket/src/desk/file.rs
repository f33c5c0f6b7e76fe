//! A `.wasm` file that is in no registry: what the host can say of it before anybody puts it there.

use super::inspect::of;
use super::wrong;
use crate::host::Host;
use crate::stock::Item;
use loket_gateways::desk::{Inspection, Problem};
use loket_guardian::capability::Grantee;
use loket_guardian::refusal::REGISTRY;
use loket_guardian::verdict::judge;
use loket_kernel::program::callable;
use loket_registry::digest::Digest;
use loket_registry::layout::{EXTENSION, version_of};
use loket_registry::read::MAX_PACKAGE_BYTES;
use loket_registry::{PackageName, PackageRef, Standing};
use loket_values::describe;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// The namespace of a file that does not lie as a package does.
pub(crate) const NAMESPACE: &str = "local";

/// Whether a subject is a file, and no agent or package: no name of those ends so.
pub(super) fn is_file(subject: &str) -> bool {
    subject.ends_with(EXTENSION)
}

/// Looks into a file. The grants that count are those of the package that it would be.
pub(super) fn inspect(host: &Host, subject: &str) -> Result<Inspection, Problem> {
    let path = Path::new(subject);
    if !path.is_absolute() {
        let message = format!("`{}` is not the whole path of a file", subject.escape_default());
        return Err(wrong("invalid", message, "name the file from the root folder on"));
    }
    let bytes: Arc<[u8]> = read(path)
        .map_err(|why| {
            wrong("not-found", format!("`{}` cannot be read: {why}", subject.escape_default()), "check the path")
        })?
        .into();
    let digest = Digest::of(&bytes).hex();
    let stock = host.stock();
    if let Some(known) = stock.items.values().find(|item| item.digest == digest) {
        let mut inspection = super::inspect::inspect(host, &known.reference.to_string())?;
        inspection.notes.push(format!("the registry has it as `{}`", known.reference));
        return Ok(inspection);
    }
    let Some(reference) = would_be(path) else {
        let message = format!("`{}` has no name that a package could have", subject.escape_default());
        return Err(wrong("invalid", message, "rename the file in lower-case kebab case, such as `my-tool.wasm`"));
    };
    let surface = describe(&bytes).map(|surface| Arc::new(callable(surface))).map_err(|e| e.to_string());
    let item = Item { reference, digest, bytes, surface, signature: None, standing: Standing::Unsigned, file: None };
    let grantee = Grantee::Package(item.reference.name.clone());
    let refused = item
        .surface
        .as_ref()
        .ok()
        .and_then(|surface| host.judged(&grantee, &item.reference, surface, judge).report(&grantee));
    let state = refused.map_or_else(|| "it is not in the registry".to_owned(), |report| report.to_string());
    let mut inspection = of(host, &grantee, &item, state)?;
    inspection.package = subject.to_owned();
    inspection
        .notes
        .push(format!("it was looked at as the package `{}`; to have it, put it into {REGISTRY}", item.reference.name));
    Ok(inspection)
}

/// The bytes of a file, as many as a package may have.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, String> {
    // Looked at before it is opened: to open a pipe is to wait for whoever writes into it.
    if !std::fs::metadata(path).map_err(|e| e.to_string())?.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    let file = File::open(path).map_err(|e| e.to_string())?;
    let mut bytes = Vec::new();
    match file.take(MAX_PACKAGE_BYTES + 1).read_to_end(&mut bytes) {
        Ok(read) if read as u64 > MAX_PACKAGE_BYTES => Err(format!("it has more than {MAX_PACKAGE_BYTES} bytes")),
        Ok(_) => Ok(bytes),
        Err(error) => Err(error.to_string()),
    }
}

/// The package that a file is where it lies as packages do, else one of its own name.
pub(crate) fn would_be(path: &Path) -> Option<PackageRef> {
    let name = |at: Option<&Path>| at?.file_name()?.to_str().map(str::to_owned);
    let file = name(Some(path))?;
    if let Some(version) = version_of(&file) {
        let folder = path.parent();
        let package = PackageName::new(&name(folder.and_then(Path::parent))?, &name(folder)?);
        return package.ok().map(|package| package.at(version));
    }
    let stem = file.strip_suffix(EXTENSION)?.to_lowercase().replace(['_', ' ', '.'], "-");
    format!("{NAMESPACE}:{stem}@0.0.0").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_the_package_that_its_place_says_or_one_of_its_own_name() {
        let named = |path: &str| would_be(Path::new(path)).map(|reference| reference.to_string());
        assert_eq!(named("/r/acme/calc/1.2.0.wasm").as_deref(), Some("acme:calc@1.2.0"));
        assert_eq!(named("/build/my_Tool.wasm").as_deref(), Some("local:my-tool@0.0.0"));
        assert_eq!(named("/1.2.0.wasm"), None);
        assert_eq!(named("/build/---.wasm"), None);
    }
}
