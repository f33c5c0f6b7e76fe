//! JSON Schema (2020-12) of types, arguments and results: what [`crate::json::from_json`] reads.
//!
//! One thing a schema does not say: the range of a 64-bit integer that is given as a decimal string.

use crate::types::{Case, Field, Function, Type};
use serde_json::{Map, Value as Json, json};

/// The schema of a type.
pub fn of(ty: &Type) -> Json {
    Json::Object(object(ty))
}

/// The schema of a function's arguments by name, described by the function's and the fields' docs.
///
/// ```
/// use loket_values::{Function, Type, schema, types::{Docs, Field}};
///
/// let expression = Field { name: "expression".into(), ty: Type::String, docs: Docs::default() };
/// let evaluate = Function { name: "evaluate".into(), params: vec![expression], result: None, docs: Docs::default() };
/// assert_eq!(schema::arguments(&evaluate), serde_json::json!({
///     "type": "object",
///     "properties": { "expression": { "type": "string" } },
///     "required": ["expression"],
///     "additionalProperties": false,
/// }));
/// ```
pub fn arguments(function: &Function) -> Json {
    Json::Object(fields(&function.params))
}

/// The schema of what a function answers; `None` when it answers nothing.
pub fn result(function: &Function) -> Option<Json> {
    function.result.as_ref().map(of)
}

fn object(ty: &Type) -> Map<String, Json> {
    let schema = match ty {
        Type::Bool => json!({ "type": "boolean" }),
        Type::S8 => integer(i8::MIN, i8::MAX),
        Type::U8 => integer(u8::MIN, u8::MAX),
        Type::S16 => integer(i16::MIN, i16::MAX),
        Type::U16 => integer(u16::MIN, u16::MAX),
        Type::S32 => integer(i32::MIN, i32::MAX),
        Type::U32 => integer(u32::MIN, u32::MAX),
        Type::S64 => {
            json!({ "anyOf": [integer(i64::MIN, i64::MAX), { "type": "string", "pattern": "^-?[0-9]{1,20}$" }] })
        }
        Type::U64 => {
            json!({ "anyOf": [integer(u64::MIN, u64::MAX), { "type": "string", "pattern": "^[0-9]{1,20}$" }] })
        }
        Type::F32 => float(json!({ "type": "number", "minimum": f64::from(f32::MIN), "maximum": f64::from(f32::MAX) })),
        Type::F64 => float(json!({ "type": "number" })),
        Type::Char => json!({ "type": "string", "minLength": 1, "maxLength": 1 }),
        Type::String => json!({ "type": "string" }),
        // The last character before the padding carries bits that must be zero.
        Type::List(item) if **item == Type::U8 => json!({
            "type": "string",
            "contentEncoding": "base64",
            "pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$",
        }),
        Type::List(item) => json!({ "type": "array", "items": of(item) }),
        Type::Tuple(items) => json!({
            "type": "array",
            "prefixItems": items.iter().map(of).collect::<Vec<_>>(),
            "items": false,
            "minItems": items.len(),
        }),
        Type::Record(known) => Json::Object(fields(known)),
        Type::Variant(cases) => json!({ "oneOf": cases.iter().map(variant_case).collect::<Vec<_>>() }),
        Type::Enum(cases) => described(json!({ "type": "string", "enum": names(cases) }), &list_of_docs(cases)),
        Type::Flags(cases) => described(
            json!({ "type": "array", "items": { "type": "string", "enum": names(cases) }, "uniqueItems": true }),
            &list_of_docs(cases),
        ),
        Type::Option(inner) => match &**inner {
            Type::Option(_) => json!({ "anyOf": [
                { "type": "null" },
                { "type": "array", "items": of(inner), "minItems": 1, "maxItems": 1 },
            ] }),
            inner => json!({ "anyOf": [of(inner), { "type": "null" }] }),
        },
        Type::Result { ok, err } => json!({ "oneOf": [
            single("ok", payload(ok.as_deref())),
            single("err", payload(err.as_deref())),
        ] }),
    };
    match schema {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}

fn integer<T: Into<Json>>(least: T, most: T) -> Json {
    json!({ "type": "integer", "minimum": least.into(), "maximum": most.into() })
}

fn float(number: Json) -> Json {
    json!({ "anyOf": [number, { "enum": ["NaN", "Infinity", "-Infinity"] }] })
}

fn payload(ty: Option<&Type>) -> Json {
    ty.map_or_else(|| json!({ "type": "null" }), of)
}

fn single(name: &str, schema: Json) -> Json {
    json!({ "type": "object", "properties": { name: schema }, "required": [name], "additionalProperties": false })
}

fn variant_case(case: &Case) -> Json {
    let schema = match &case.ty {
        None => json!({ "const": case.name }),
        Some(ty) => single(&case.name, of(ty)),
    };
    described(schema, &case.docs.0)
}

/// The fields of a record, or the parameters of a function.
fn fields(known: &[Field]) -> Map<String, Json> {
    let property = |field: &Field| (field.name.clone(), described(of(&field.ty), &field.docs.0));
    let required: Vec<&str> =
        known.iter().filter(|field| !matches!(field.ty, Type::Option(_))).map(|field| field.name.as_str()).collect();
    let mut map = Map::new();
    map.insert("type".to_owned(), json!("object"));
    map.insert("properties".to_owned(), Json::Object(known.iter().map(property).collect()));
    if !required.is_empty() {
        map.insert("required".to_owned(), json!(required));
    }
    map.insert("additionalProperties".to_owned(), json!(false));
    map
}

fn names(cases: &[Case]) -> Vec<&str> {
    cases.iter().map(|case| case.name.as_str()).collect()
}

/// A line for each case that has docs: an `enum` has no place of its own for them.
fn list_of_docs(cases: &[Case]) -> String {
    let documented = cases.iter().filter(|case| !case.docs.0.trim().is_empty());
    documented.map(|case| format!("`{}`: {}", case.name, case.docs.0.trim())).collect::<Vec<_>>().join("\n")
}

/// Docs of the place stand before docs of its type.
fn described(mut schema: Json, docs: &str) -> Json {
    let docs = docs.trim();
    if let (false, Some(map)) = (docs.is_empty(), schema.as_object_mut()) {
        let text = match map.get("description").and_then(Json::as_str) {
            Some(more) => format!("{docs}\n{more}"),
            None => docs.to_owned(),
        };
        map.insert("description".to_owned(), Json::String(text));
    }
    schema
}
