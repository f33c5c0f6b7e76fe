//! A value as it passes the counter.

use serde::de::{Deserializer, Error, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A component value, with names but without its type.
///
/// `list<u8>` is always [`Value::Bytes`], never a [`Value::List`] of `U8`: bulk bytes move as one block.
/// The serde form is the ledger's binary form (postcard); the form for people and programs is [`crate::json`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the cases are the component model's own value types")]
pub enum Value {
    Bool(bool),
    S8(i8),
    U8(u8),
    S16(i16),
    U16(u16),
    S32(i32),
    U32(u32),
    S64(i64),
    U64(u64),
    F32(f32),
    F64(f64),
    Char(char),
    String(String),
    /// `list<u8>`
    Bytes(#[serde(serialize_with = "give_bytes", deserialize_with = "take_bytes")] Vec<u8>),
    /// Any other list.
    List(Vec<Value>),
    /// Fields in the order of the type.
    Record(Vec<(String, Value)>),
    Tuple(Vec<Value>),
    Variant(String, Option<Box<Value>>),
    Enum(String),
    Option(Option<Box<Value>>),
    Result(Result<Option<Box<Value>>, Option<Box<Value>>>),
    /// The names of the flags that are set, in the order of the type.
    Flags(Vec<String>),
}

impl Value {
    /// A rough count of the bytes that this value occupies: what the size limits of a call are measured by.
    pub fn size(&self) -> usize {
        const WORD: usize = 8;
        match self {
            Value::String(s) | Value::Enum(s) => WORD + s.len(),
            Value::Bytes(b) => WORD + b.len(),
            Value::List(items) | Value::Tuple(items) => WORD + items.iter().map(Value::size).sum::<usize>(),
            Value::Record(fields) => WORD + fields.iter().map(|(_, v)| v.size()).sum::<usize>(),
            Value::Variant(_, payload) | Value::Option(payload) => WORD + payload.as_ref().map_or(0, |v| v.size()),
            Value::Result(Ok(payload) | Err(payload)) => WORD + payload.as_ref().map_or(0, |v| v.size()),
            Value::Flags(names) => WORD + names.len(),
            _ => WORD,
        }
    }
}

/// Bytes as one block instead of one by one; in postcard both are the same form.
fn give_bytes<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

fn take_bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    struct Block;
    impl Visitor<'_> for Block {
        type Value = Vec<u8>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("bytes")
        }
        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
            Ok(bytes.to_vec())
        }
        fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
            Ok(bytes)
        }
    }
    deserializer.deserialize_byte_buf(Block)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_of_bytes_has_the_form_of_a_sequence() {
        let bytes = vec![0, 127, 128, 255];
        let block = postcard::to_allocvec(&Value::Bytes(bytes.clone())).expect("it can be written");
        let (case, sequence) = block.split_first().expect("it is not empty");
        assert_eq!(*case, 13, "the order of the cases is part of the ledger's form");
        assert_eq!(sequence, postcard::to_allocvec(&bytes).expect("it can be written"));
        assert_eq!(postcard::from_bytes(&block), Ok(Value::Bytes(bytes)));
    }
}
