//! JSON for a WIT type, both chosen by the fuzzer: read as a value that is written as JSON of the same value, or refused.
#![no_main]

use arbitrary::{Arbitrary as _, Unstructured};
use libfuzzer_sys::fuzz_target;
use loket_values::json::{from_json, to_json};
use loket_values::{Case, Docs, Field, Type, schema};
use serde_json::Value as Json;

/// How deep types go here.
const DEPTH: u32 = 5;

fuzz_target!(|data: &[u8]| {
    let mut bytes = Unstructured::new(data);
    let Ok(ty) = any_type(&mut bytes, DEPTH) else { return };
    let _ = schema::of(&ty);
    let Ok(json) = serde_json::from_slice::<Json>(bytes.take_rest()) else { return };
    let Ok(value) = from_json(&json, &ty) else { return };
    let again = from_json(&to_json(&value), &ty).expect("what was written can be read");
    assert_eq!(again, value);
});

fn any_type(bytes: &mut Unstructured<'_>, depth: u32) -> arbitrary::Result<Type> {
    let leaves = [
        Type::Bool,
        Type::S8,
        Type::U8,
        Type::S16,
        Type::U16,
        Type::S32,
        Type::U32,
        Type::S64,
        Type::U64,
        Type::F32,
        Type::F64,
        Type::Char,
        Type::String,
    ];
    let kind = bytes.int_in_range(0..=if depth == 0 { leaves.len() - 1 } else { leaves.len() + 6 })?;
    if let Some(leaf) = leaves.get(kind) {
        return Ok(leaf.clone());
    }
    let names = ["a", "b-c", "ok", "x1"];
    let count = bytes.int_in_range(1..=names.len())?;
    let names = names.iter().take(count).map(|name| (*name).to_owned());
    Ok(match kind - leaves.len() {
        0 => Type::List(Box::new(any_type(bytes, depth - 1)?)),
        1 => Type::Option(Box::new(any_type(bytes, depth - 1)?)),
        2 => Type::Result { ok: maybe(bytes, depth)?, err: maybe(bytes, depth)? },
        3 => Type::Tuple((0..count).map(|_| any_type(bytes, depth - 1)).collect::<Result<_, _>>()?),
        4 => Type::Enum(names.map(|name| Case { name, ty: None, docs: Docs::default() }).collect()),
        5 => Type::Record(
            names
                .map(|name| Ok(Field { name, ty: any_type(bytes, depth - 1)?, docs: Docs::default() }))
                .collect::<arbitrary::Result<_>>()?,
        ),
        _ => Type::Variant(
            names
                .map(|name| Ok(Case { name, ty: maybe(bytes, depth)?.map(|ty| *ty), docs: Docs::default() }))
                .collect::<arbitrary::Result<_>>()?,
        ),
    })
}

fn maybe(bytes: &mut Unstructured<'_>, depth: u32) -> arbitrary::Result<Option<Box<Type>>> {
    if bool::arbitrary(bytes)? { any_type(bytes, depth - 1).map(|ty| Some(Box::new(ty))) } else { Ok(None) }
}
