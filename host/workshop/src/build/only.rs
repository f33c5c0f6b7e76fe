//! No interfaces but those of the world.
//!
//! `componentize-py` leaves one in what it makes, by which it filled the interpreter before it was done. Nobody is meant to call it after
//! that, and whoever looks at the component would take it for something that is offered.

use crate::component::ComponentError;
use crate::wit::Said;
use wasm_encoder::{ComponentInstanceSection, ComponentSection as _, ComponentSectionId, RawSection};
use wasmparser::{ComponentExternalKind, Parser, Payload};

/// The component without the interfaces that it exports and its world does not. Each leaves an empty one behind that is exported nowhere,
/// so that whatever is counted after it keeps its number.
///
/// # Errors
/// When these are not the bytes of a component.
pub(super) fn of_its_world(component: &[u8], said: &Said) -> Result<Vec<u8>, ComponentError> {
    let resolve = &said.resolve;
    let world = &resolve.worlds[resolve.packages[said.id].worlds[&said.world]];
    let named: Vec<String> = world.exports.keys().map(|key| resolve.name_world_key(key)).collect();
    without(component, |name| !named.iter().any(|export| export == name))
        .map_err(|error| ComponentError::Encode(error.into()))
}

fn without(component: &[u8], is_surplus: impl Fn(&str) -> bool) -> wasmparser::Result<Vec<u8>> {
    let mut kept = Vec::with_capacity(component.len());
    // Up to where it is copied, and where the section before ended.
    let (mut copied, mut end, mut depth) = (0, 0, 0u32);
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload?;
        let begins = end;
        match &payload {
            Payload::Version { range, .. } if depth == 0 => end = place(range.end),
            Payload::ModuleSection { unchecked_range: range, .. }
            | Payload::ComponentSection { unchecked_range: range, .. } => {
                if depth == 0 {
                    end = place(range.end);
                }
                depth += 1;
            }
            Payload::End(_) => depth = depth.saturating_sub(1),
            _ => {
                let range = payload.as_section().map(|(_, range)| range).filter(|_| depth == 0);
                end = range.map_or(end, |range| place(range.end));
            }
        }
        let Payload::ComponentExportSection(section) = payload else { continue };
        let exports = section.into_iter_with_offsets().collect::<wasmparser::Result<Vec<_>>>()?;
        let surplus = |export: &wasmparser::ComponentExport<'_>| {
            export.kind == ComponentExternalKind::Instance && is_surplus(export.name.name)
        };
        if depth > 0 || !exports.iter().any(|(_, export)| surplus(export)) {
            continue;
        }
        kept.extend(&component[copied..begins]);
        copied = end;
        let ends = exports.iter().skip(1).map(|(at, _)| place(*at)).chain([end]);
        for ((at, export), ends) in exports.iter().zip(ends) {
            if surplus(export) {
                ComponentInstanceSection::new()
                    .export_items(Vec::<(&str, wasm_encoder::ComponentExportKind, u32)>::new())
                    .append_to_component(&mut kept);
            } else {
                let data = [&[1], &component[place(*at)..ends]].concat();
                RawSection { id: ComponentSectionId::Export.into(), data: &data }.append_to_component(&mut kept);
            }
        }
    }
    kept.extend(&component[copied..]);
    Ok(kept)
}

/// An offset in bytes that are all in memory.
fn place(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{ComponentBuilder, ComponentExportKind, ComponentTypeRef, InstanceType};

    /// A component that offers what is named: an instance of each is exported, and the last is exported again by its number.
    fn offering(names: &[&str]) -> Vec<u8> {
        let mut component = ComponentBuilder::default();
        let ty = component.type_instance(None, &InstanceType::new());
        let mut last = component.import("a:b/given@0.1.0", ComponentTypeRef::Instance(ty));
        for name in names {
            last = component.export(*name, ComponentExportKind::Instance, last, None);
        }
        component.export("a:b/again@0.1.0", ComponentExportKind::Instance, last, None);
        component.finish()
    }

    fn exports(component: &[u8]) -> Vec<String> {
        wasmparser::Validator::new().validate_all(component).expect("it is valid");
        let mut names = Vec::new();
        for payload in Parser::new(0).parse_all(component) {
            if let Payload::ComponentExportSection(section) = payload.expect("it is read") {
                names.extend(section.into_iter().map(|export| export.expect("it is read").name.name.to_owned()));
            }
        }
        names
    }

    #[test]
    fn what_the_world_does_not_name_is_exported_no_more_and_the_rest_is_valid() {
        let kept = |names: &[&str]| exports(&without(&offering(names), |name| name == "exports").expect("it is read"));
        assert_eq!(kept(&["exports", "a:b/c@0.1.0"]), ["a:b/c@0.1.0", "a:b/again@0.1.0"]);
        assert_eq!(kept(&["a:b/c@0.1.0", "exports"]), ["a:b/c@0.1.0", "a:b/again@0.1.0"]);
        assert_eq!(kept(&["exports"]), ["a:b/again@0.1.0"]);
    }

    #[test]
    fn a_component_that_offers_what_it_should_stays_as_it_is() {
        let component = offering(&["a:b/c@0.1.0"]);
        assert_eq!(without(&component, |name| name == "exports").expect("it is read"), component);
    }

    #[test]
    fn bytes_that_are_no_component_are_refused() {
        assert!(without(b"\0asm\x0d\0\x01\0\x0b\xff", |_| true).is_err());
        assert!(without(b"nothing", |_| true).is_err());
    }
}
