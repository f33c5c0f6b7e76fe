//! A serde deserializer that reads values.

use super::NativeError;
use crate::types::Field;
use crate::value::Value;
use serde::de::value::{StrDeserializer, UnitDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

/// Reads one value.
pub(super) struct Reader<'v>(pub(super) &'v Value);

/// Reads the arguments of a call.
pub(super) struct Arguments<'v> {
    pub(super) args: &'v [Value],
    pub(super) params: &'v [Field],
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = NativeError;

    /// What asks for no particular kind sees the JSON shape, with native numbers.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NativeError> {
        match self.0 {
            Value::Bool(v) => visitor.visit_bool(*v),
            Value::S8(v) => visitor.visit_i8(*v),
            Value::U8(v) => visitor.visit_u8(*v),
            Value::S16(v) => visitor.visit_i16(*v),
            Value::U16(v) => visitor.visit_u16(*v),
            Value::S32(v) => visitor.visit_i32(*v),
            Value::U32(v) => visitor.visit_u32(*v),
            Value::S64(v) => visitor.visit_i64(*v),
            Value::U64(v) => visitor.visit_u64(*v),
            Value::F32(v) => visitor.visit_f32(*v),
            Value::F64(v) => visitor.visit_f64(*v),
            Value::Char(v) => visitor.visit_char(*v),
            Value::String(v) | Value::Enum(v) | Value::Variant(v, None) => visitor.visit_str(v),
            Value::Bytes(bytes) => visitor.visit_seq(Items { rest: bytes.iter(), index: 0, read: byte }),
            Value::List(items) | Value::Tuple(items) => {
                visitor.visit_seq(Items { rest: items.iter(), index: 0, read: Reader })
            }
            Value::Flags(names) => {
                visitor.visit_seq(Items { rest: names.iter().map(String::as_str), index: 0, read: name })
            }
            Value::Record(fields) => visitor.visit_map(Fields {
                rest: fields.iter().map(|(name, value)| (name.as_str(), Some(value))),
                next: None,
            }),
            Value::Variant(case, Some(payload)) => visitor.visit_map(Fields::one(case, Some(payload))),
            Value::Option(None) => visitor.visit_none(),
            Value::Option(Some(inner)) => visitor.visit_some(Reader(inner)),
            Value::Result(Ok(payload)) => visitor.visit_map(Fields::one("ok", payload.as_deref())),
            Value::Result(Err(payload)) => visitor.visit_map(Fields::one("err", payload.as_deref())),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NativeError> {
        match self.0 {
            Value::Option(None) => visitor.visit_none(),
            Value::Option(Some(inner)) => visitor.visit_some(Reader(inner)),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NativeError> {
        match self.0 {
            Value::Bytes(bytes) => visitor.visit_bytes(bytes),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NativeError> {
        match self.0 {
            Value::Bytes(bytes) => visitor.visit_byte_buf(bytes.clone()),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, NativeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, NativeError> {
        // Rust's own `Result` says `Ok`, an enum of the provider may say `ok`.
        let named = |rust: &'static str, wit: &'static str| if variants.contains(&rust) { rust } else { wit };
        let (case, payload) = match self.0 {
            Value::Enum(case) | Value::String(case) => (case.as_str(), None),
            Value::Variant(case, payload) => (case.as_str(), payload.as_deref()),
            Value::Result(Ok(payload)) => (named("Ok", "ok"), payload.as_deref()),
            Value::Result(Err(payload)) => (named("Err", "err"), payload.as_deref()),
            _ => return self.deserialize_any(visitor),
        };
        visitor.visit_enum(Choice { case, payload })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string unit unit_struct seq tuple tuple_struct
        map struct identifier ignored_any
    }
}

impl<'de> Deserializer<'de> for Arguments<'_> {
    type Error = NativeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NativeError> {
        let named = self.params.iter().zip(self.args).map(|(param, value)| (param.name.as_str(), Some(value)));
        visitor.visit_map(Fields { rest: named, next: None })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NativeError> {
        visitor.visit_seq(Items { rest: self.args.iter(), index: 0, read: Reader })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, NativeError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, NativeError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NativeError> {
        if self.args.is_empty() { visitor.visit_unit() } else { self.deserialize_any(visitor) }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, NativeError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, NativeError> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option map struct enum
        identifier ignored_any
    }
}

fn byte(byte: &u8) -> serde::de::value::U8Deserializer<NativeError> {
    (*byte).into_deserializer()
}

fn name(name: &str) -> StrDeserializer<'_, NativeError> {
    name.into_deserializer()
}

/// The items of a list, each read by `read`.
struct Items<I, F> {
    rest: I,
    index: usize,
    read: F,
}

impl<'de, I, D, F> SeqAccess<'de> for Items<I, F>
where
    I: ExactSizeIterator,
    F: Fn(I::Item) -> D,
    D: Deserializer<'de, Error = NativeError>,
{
    type Error = NativeError;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, NativeError> {
        let Some(item) = self.rest.next() else { return Ok(None) };
        let index = self.index;
        self.index += 1;
        seed.deserialize((self.read)(item)).map(Some).map_err(|error| error.in_item(index))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// Named values; `None` is a missing payload.
struct Fields<'v, I> {
    rest: I,
    next: Option<(&'v str, Option<&'v Value>)>,
}

impl<'v> Fields<'v, std::iter::Once<(&'v str, Option<&'v Value>)>> {
    fn one(name: &'v str, value: Option<&'v Value>) -> Self {
        Fields { rest: std::iter::once((name, value)), next: None }
    }
}

impl<'de, 'v, I: Iterator<Item = (&'v str, Option<&'v Value>)>> MapAccess<'de> for Fields<'v, I> {
    type Error = NativeError;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, NativeError> {
        self.next = self.rest.next();
        let Some((name, _)) = self.next else { return Ok(None) };
        let key: StrDeserializer<'_, NativeError> = name.into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, NativeError> {
        match self.next.take() {
            Some((name, Some(value))) => seed.deserialize(Reader(value)).map_err(|error| error.in_field(name)),
            Some((_, None)) => seed.deserialize(UnitDeserializer::new()),
            None => Err(NativeError::custom("a value was asked for before its key")),
        }
    }
}

/// A case with its payload.
struct Choice<'v> {
    case: &'v str,
    payload: Option<&'v Value>,
}

impl<'de> EnumAccess<'de> for Choice<'_> {
    type Error = NativeError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), NativeError> {
        let case: StrDeserializer<'_, NativeError> = self.case.into_deserializer();
        Ok((seed.deserialize(case)?, self))
    }
}

impl<'de> VariantAccess<'de> for Choice<'_> {
    type Error = NativeError;

    fn unit_variant(self) -> Result<(), NativeError> {
        match self.payload {
            None => Ok(()),
            Some(_) => Err(NativeError::new(format!("the case `{}` has a payload", self.case))),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, NativeError> {
        match self.payload {
            Some(payload) => seed.deserialize(Reader(payload)).map_err(|error| error.in_field(self.case)),
            None => seed.deserialize(UnitDeserializer::new()),
        }
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, NativeError> {
        self.struct_variant(&[], visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, NativeError> {
        match self.payload {
            Some(payload) => Reader(payload).deserialize_any(visitor).map_err(|error| error.in_field(self.case)),
            None => Err(NativeError::new(format!("the case `{}` has no payload", self.case))),
        }
    }
}
