//! Values ⇄ Rust types with serde, for providers written in Rust.
//!
//! Straight from value to type and back, with no JSON between: 64-bit integers, `NaN`, bytes and options in options stay what
//! they are. The Rust side follows serde's defaults, with names in kebab case:
//!
//! | WIT | Rust |
//! |---|---|
//! | parameters, `record` | `#[derive(Deserialize)] #[serde(rename_all = "kebab-case")] struct`; parameters also as a tuple |
//! | `variant`, `enum` | `#[serde(rename_all = "kebab-case")] enum`, a payload as a newtype variant |
//! | `flags` | a list or set of `String`, or of such an enum |
//! | `result<t, e>` | `Result<T, E>`; `()` where there is no payload |
//! | `list<u8>` | `Vec<u8>`, or a type with `serde_bytes` |
//!
//! ```
//! use loket_values::{Function, Type, Value, json, types::{Docs, Field}};
//! use serde::Deserialize;
//!
//! #[derive(Deserialize)]
//! #[serde(rename_all = "kebab-case")]
//! struct Recall { query: String, at_most: Option<u32> }
//!
//! let field = |name: &str, ty| Field { name: name.into(), ty, docs: Docs::default() };
//! let recall = Function {
//!     name: "recall".into(),
//!     params: vec![field("query", Type::String), field("at-most", Type::Option(Box::new(Type::U32)))],
//!     result: Some(Type::Result { ok: Some(Box::new(Type::U32)), err: Some(Box::new(Type::String)) }),
//!     docs: Docs::default(),
//! };
//! let args: Recall = json::decode_args(&[Value::String("tea".into()), Value::Option(None)], &recall)?;
//! assert_eq!((args.query.as_str(), args.at_most), ("tea", None));
//!
//! let answer = json::encode(&Ok::<u32, String>(7), recall.result.as_ref().expect("it has one"))?;
//! assert_eq!(answer, Value::Result(Ok(Some(Box::new(Value::U32(7))))));
//! # Ok::<(), json::NativeError>(())
//! ```

mod de;
mod ser;

use crate::types::{Function, Type};
use crate::value::Value;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use thiserror::Error;

/// A value and a Rust type that do not go together: a bug of the provider, or of its caller.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("at `${path}`: {message}")]
pub struct NativeError {
    path: String,
    message: String,
}

impl NativeError {
    fn new(message: impl Into<String>) -> Self {
        NativeError { path: String::new(), message: message.into() }
    }

    /// The same error, seen from the record that has the field.
    fn in_field(mut self, name: &str) -> Self {
        self.path.insert_str(0, &format!(".{name}"));
        self
    }

    /// The same error, seen from the list that has the item.
    fn in_item(mut self, index: usize) -> Self {
        self.path.insert_str(0, &format!("[{index}]"));
        self
    }
}

impl serde::de::Error for NativeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        NativeError::new(message.to_string())
    }
}

impl serde::ser::Error for NativeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        NativeError::new(message.to_string())
    }
}

/// The arguments of a call as a Rust type: a struct by parameter name, or a tuple by position.
///
/// # Errors
/// When their number is not the function's, or they do not fit `T`.
pub fn decode_args<T: DeserializeOwned>(args: &[Value], function: &Function) -> Result<T, NativeError> {
    if args.len() != function.params.len() {
        let message = format!("{} arguments for `{}`", args.len(), function.signature());
        return Err(NativeError::new(message));
    }
    T::deserialize(de::Arguments { args, params: &function.params })
}

/// One value as a Rust type.
///
/// # Errors
/// When it does not fit `T`.
pub fn decode<T: DeserializeOwned>(value: &Value) -> Result<T, NativeError> {
    T::deserialize(de::Reader(value))
}

/// A Rust value as a value of the type.
///
/// # Errors
/// Says where `value` does not fit the type.
pub fn encode<T: Serialize + ?Sized>(value: &T, ty: &Type) -> Result<Value, NativeError> {
    value.serialize(ser::Writer(ty))
}
