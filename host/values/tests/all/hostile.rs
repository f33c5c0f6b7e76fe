//! Bytes by someone who means harm: an error, never a panic, and never out of bounds.

use crate::fixture;
use loket_values::describe::{MAX_DEPTH, MAX_FUNCTIONS, MAX_PARTS, SurfaceError, describe};
use proptest::prelude::*;
use wasm_encoder::{
    Component, ComponentImportSection, ComponentTypeRef, ComponentTypeSection, ComponentValType, PrimitiveValType,
};

/// A component that imports `count` functions that take type number `levels`, each type made of the one before it.
fn chain(levels: u32, count: u32, next: impl Fn(&mut ComponentTypeSection, ComponentValType)) -> Vec<u8> {
    let mut types = ComponentTypeSection::new();
    types.defined_type().list(PrimitiveValType::U8);
    for level in 0..levels {
        next(&mut types, ComponentValType::Type(level));
    }
    types.function().params([("a", ComponentValType::Type(levels))]).result(None);
    let mut imports = ComponentImportSection::new();
    for index in 0..count {
        imports.import(format!("f{index}").as_str(), ComponentTypeRef::Func(levels + 1));
    }
    let mut component = Component::new();
    component.section(&types).section(&imports);
    component.finish()
}

#[track_caller]
fn too_large(component: &[u8], limit: usize) {
    match describe(component) {
        Err(SurfaceError::TooLarge { limit: found, .. }) => assert_eq!(found, limit),
        other => panic!("{other:?}"),
    }
}

#[test]
fn types_nest_to_a_limit() {
    let nested = |levels| {
        chain(levels, 1, |types, ty| {
            types.defined_type().option(ty);
        })
    };
    assert!(describe(&nested(MAX_DEPTH as u32 - 1)).is_ok());
    too_large(&nested(MAX_DEPTH as u32), MAX_DEPTH);
    // The validator has a limit of its own, further out.
    assert!(matches!(describe(&nested(50_000)), Err(SurfaceError::Invalid { .. })));
}

#[test]
fn types_that_double_at_each_level_end_at_a_limit() {
    let doubled = chain(18, 1, |types, ty| {
        types.defined_type().tuple([ty, ty]);
    });
    too_large(&doubled, MAX_PARTS);
}

#[test]
fn functions_are_counted() {
    let many = |count| chain(0, count, |_, _| {});
    assert_eq!(describe(&many(MAX_FUNCTIONS as u32)).expect("just enough").imports[0].functions.len(), MAX_FUNCTIONS);
    too_large(&many(MAX_FUNCTIONS as u32 + 1), MAX_FUNCTIONS);
}

#[test]
fn a_component_of_more_than_64_mib_is_not_read() {
    let mut component = fixture::calc().to_vec();
    component.resize(loket_values::describe::MAX_BYTES + 1, 0);
    too_large(&component, loket_values::describe::MAX_BYTES);
}

#[test]
fn a_truncated_component_is_an_error_or_a_smaller_component() {
    let component = fixture::documented();
    for end in (0..component.len()).step_by(7) {
        // Between two sections the rest is a whole component; docs and names at the end may be missing unnoticed.
        if let Err(error) = describe(&component[..end]) {
            assert!(!error.to_string().is_empty());
        }
    }
    assert!(describe(&component[..fixture::calc().len() / 2]).is_err());
}

proptest! {
    #[test]
    fn mutated_components_never_panic(edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8), cut in any::<Option<prop::sample::Index>>()) {
        let mut bytes = fixture::documented();
        for (index, byte) in edits {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(surface) = describe(&bytes) {
            prop_assert!(surface.imports.len() + surface.exports.len() < 100);
        }
    }

    #[test]
    fn garbage_is_an_error(tail in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(describe(&tail).is_err());
        let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
        bytes.extend(tail);
        let _ = describe(&bytes);
    }
}
