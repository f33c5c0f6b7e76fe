//! The WASI that a world names, past `componentize-py --stub-wasi`.
//!
//! That flag puts traps in place of the WASI that the interpreter imports, which nobody asked for; and it knows that WASI by nothing but the
//! names, so it takes away what the world names as well. Therefore the tool is shown a world with another namespace, and the component that
//! it made of it gets the right one back.

use super::BuildError;
use crate::component::ComponentError;
use crate::wit::Said;
use wasmparser::{Parser, Payload};
use wit_component::WitPrinter;
use wit_parser::{PackageId, WorldKey};

const NAMESPACE: &str = "wasi";
/// Of the same length, so that the component's sections keep theirs.
const DISGUISE: &str = "w4si";

/// What the tool is shown instead of the project's WIT, where that names anything of WASI.
pub(super) fn disguised(said: &Said) -> Result<Option<String>, BuildError> {
    let mut resolve = said.resolve.clone();
    let world = &resolve.worlds[resolve.packages[said.id].worlds[&said.world]];
    let mut packages = world.imports.keys().chain(world.exports.keys()).filter_map(|key| match key {
        WorldKey::Interface(id) => resolve.interfaces[*id].package,
        WorldKey::Name(_) => None,
    });
    if !packages.any(|id| resolve.packages[id].name.namespace == NAMESPACE) {
        return Ok(None);
    }
    for (_, package) in resolve.packages.iter_mut().filter(|(_, package)| package.name.namespace == NAMESPACE) {
        package.name.namespace = DISGUISE.to_owned();
    }
    let others: Vec<PackageId> = resolve.packages.iter().map(|(id, _)| id).filter(|id| *id != said.id).collect();
    let mut printer = WitPrinter::default();
    printer.print(&resolve, said.id, &others).map_err(BuildError::Bindings)?;
    Ok(Some(String::from(printer.output)))
}

/// The component with the names that its world has.
pub(super) fn restored(mut component: Vec<u8>) -> Result<Vec<u8>, ComponentError> {
    let places = places(&component).map_err(|error| ComponentError::Encode(error.into()))?;
    for place in places {
        component[place..place + NAMESPACE.len()].copy_from_slice(NAMESPACE.as_bytes());
    }
    Ok(component)
}

/// Where the disguise stands in the names of a component's own imports and exports.
fn places(component: &[u8]) -> wasmparser::Result<Vec<usize>> {
    let disguised = |name: &str| name.strip_prefix(DISGUISE).is_some_and(|rest| rest.starts_with(':'));
    let (mut depth, mut found) = (0u32, Vec::new());
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section.into_iter_with_offsets() {
                    let (at, import) = import?;
                    found.extend(disguised(import.name.name).then_some(at));
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section.into_iter_with_offsets() {
                    let (at, export) = export?;
                    found.extend(disguised(export.name.name).then_some(at));
                }
            }
            _ => {}
        }
    }
    // Before the name itself stand what sort of name it is, and its length.
    let name = |at: u64| {
        let at = usize::try_from(at).ok()?;
        let begun = component.get(at..)?.windows(DISGUISE.len()).position(|bytes| bytes == DISGUISE.as_bytes())?;
        Some(at + begun)
    };
    Ok(found.into_iter().filter_map(name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{ComponentBuilder, ComponentExportKind, ComponentTypeRef, InstanceType};

    fn shown(text: &str) -> Option<String> {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("world.wit"), text).expect("written");
        crate::wit::complete(folder.path()).expect("what it names is known");
        disguised(&crate::wit::read(folder.path()).expect("it is read")).expect("it is printed")
    }

    #[test]
    fn a_world_that_names_wasi_is_shown_without_that_name() {
        let shown = shown(
            "package a:b@0.1.0;\n/// Not wasi: a comment.\nworld w {\n    import wasi:random/random@0.2.12;\n    export f: func(wasi: u8);\n}\n",
        );
        let shown = shown.expect("it names WASI");
        assert!(shown.contains("import w4si:random/random@0.2.12;"), "{shown}");
        assert!(shown.contains("package w4si:random@0.2.12") && !shown.contains("package wasi:"), "{shown}");
        assert!(shown.contains("func(wasi: u8)"), "only the namespace is another: {shown}");
    }

    #[test]
    fn a_world_that_names_no_wasi_is_shown_as_it_is() {
        assert_eq!(shown("package a:b@0.1.0;\nworld w {\n    import loket:types/types@0.1.0;\n}\n"), None);
    }

    #[test]
    fn a_components_own_imports_and_exports_get_their_names_back() {
        let inner = |name: &str| {
            let mut component = ComponentBuilder::default();
            let ty = component.type_instance(None, &InstanceType::new());
            component.import(name, ComponentTypeRef::Instance(ty));
            component
        };
        let component = |namespace: &str| {
            let mut component = ComponentBuilder::default();
            component.component(None, inner("w4si:within/is-left@0.1.0"));
            let ty = component.type_instance(None, &InstanceType::new());
            let imported = component.import(format!("{namespace}:a/b@0.2.0"), ComponentTypeRef::Instance(ty));
            component.import("w4sile:a/b@0.2.0", ComponentTypeRef::Instance(ty));
            component.export(format!("{namespace}:c/d@0.2.0"), ComponentExportKind::Instance, imported, None);
            component.finish()
        };
        assert_eq!(restored(component("w4si")).expect("it is a component"), component("wasi"));
        assert!(restored(b"\0asm and nothing".to_vec()).is_err());
    }
}
