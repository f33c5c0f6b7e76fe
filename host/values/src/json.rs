//! Values ⇄ JSON: the one form for people, programs and models.
//!
//! Writing needs no type, reading does.
//!
//! | WIT | JSON | remarks |
//! |---|---|---|
//! | `bool` | `true` | |
//! | `u8` … `s64` | `42` | read also from `42.0`; 64 bits also from `"42"`, for readers that only have doubles |
//! | `f32`, `f64` | `1.5`, `"NaN"`, `"Infinity"`, `"-Infinity"` | `-0.0` keeps its sign |
//! | `char` | `"x"` | one character |
//! | `string` | `"text"` | |
//! | `list<u8>` | `"aGk="` | standard base64, padded |
//! | `list<t>` | `[1, 2]` | |
//! | `tuple<t, u>` | `[1, "a"]` | |
//! | `record` | `{"a-field": 1}` | read also without the fields of `option` type, which are then `none` |
//! | `variant` | `"case"`, `{"case": 1}` | without and with a payload |
//! | `enum` | `"case"` | |
//! | `flags` | `["a", "b"]` | those that are set; read in any order |
//! | `option<t>` | `null`, `1` | |
//! | `option<option<t>>` | `null`, `[null]`, `[1]` | an option in an option stands in brackets, so that `some(none)` differs from `none` |
//! | `result<t, e>` | `{"ok": 1}`, `{"err": 2}` | `null` where there is no payload |
//!
//! ```
//! use loket_values::{Type, Value, json};
//! use serde_json::json;
//!
//! let ty = Type::Result { ok: Some(Box::new(Type::List(Box::new(Type::U8)))), err: None };
//! let value = Value::Result(Ok(Some(Box::new(Value::Bytes(b"hi".to_vec())))));
//! assert_eq!(json::to_json(&value), json!({ "ok": "aGk=" }));
//! assert_eq!(json::from_json(&json!({ "ok": "aGk=" }), &ty)?, value);
//!
//! let error = json::from_json(&json!({ "ok": 7 }), &ty).unwrap_err();
//! assert_eq!(error.to_string(), "at `$.ok`: expected bytes as a base64 string, found `7`");
//! # Ok::<(), json::JsonError>(())
//! ```
//!
//! [`to_json`] and [`result_to_json`] are here; `json/read.rs` has [`from_json`] and [`arguments`], `json/native.rs` the
//! bridge to serde types for providers written in Rust.

mod error;
mod native;
mod read;

pub use error::JsonError;
pub use native::{NativeError, decode, decode_args, encode};
pub use read::{arguments, arguments_by_name, from_json};

use crate::value::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value as Json};

/// A value as JSON, by the rules of this module.
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Bool(v) => Json::Bool(*v),
        Value::S8(v) => Json::from(*v),
        Value::U8(v) => Json::from(*v),
        Value::S16(v) => Json::from(*v),
        Value::U16(v) => Json::from(*v),
        Value::S32(v) => Json::from(*v),
        Value::U32(v) => Json::from(*v),
        Value::S64(v) => Json::from(*v),
        Value::U64(v) => Json::from(*v),
        Value::F32(v) => float(short(*v)),
        Value::F64(v) => float(*v),
        Value::Char(v) => Json::String(v.to_string()),
        Value::String(v) | Value::Enum(v) => Json::String(v.clone()),
        Value::Bytes(v) => Json::String(STANDARD.encode(v)),
        Value::List(items) | Value::Tuple(items) => Json::Array(items.iter().map(to_json).collect()),
        Value::Record(fields) => Json::Object(fields.iter().map(|(name, v)| (name.clone(), to_json(v))).collect()),
        Value::Variant(case, None) => Json::String(case.clone()),
        Value::Variant(case, Some(payload)) => single(case, to_json(payload)),
        Value::Option(None) => Json::Null,
        Value::Option(Some(inner)) => match **inner {
            Value::Option(_) => Json::Array(vec![to_json(inner)]),
            _ => to_json(inner),
        },
        Value::Result(Ok(payload)) => single("ok", payload_to_json(payload.as_deref())),
        Value::Result(Err(payload)) => single("err", payload_to_json(payload.as_deref())),
        Value::Flags(names) => Json::Array(names.iter().cloned().map(Json::String).collect()),
    }
}

/// What a function answered, as JSON: `null` when it answers nothing.
pub fn result_to_json(results: &[Value]) -> Json {
    payload_to_json(results.first())
}

fn payload_to_json(payload: Option<&Value>) -> Json {
    payload.map_or(Json::Null, to_json)
}

fn single(key: &str, value: Json) -> Json {
    Json::Object(Map::from_iter([(key.to_owned(), value)]))
}

fn float(value: f64) -> Json {
    Number::from_f64(value).map_or_else(
        || {
            Json::from(if value.is_nan() {
                "NaN"
            } else if value > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            })
        },
        Json::Number,
    )
}

/// The double with the fewest digits that reads back as this `f32`: `0.1`, not `0.10000000149011612`.
/// The greatest `f32` would be rounded up and out of range, so it keeps all its digits.
fn short(value: f32) -> f64 {
    let exact = f64::from(value);
    match value.to_string().parse::<f64>() {
        Ok(short) if (short as f32).to_bits() == value.to_bits() && short.abs() <= f64::from(f32::MAX) => short,
        _ => exact,
    }
}
