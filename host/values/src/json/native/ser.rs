//! A serde serializer that writes values of a given type.

use super::NativeError;
use crate::types::{Case, Field, Type};
use crate::value::Value;
use serde::Serialize;
use serde::ser::{self, Serializer};

/// Writes a value of the type.
pub(super) struct Writer<'t>(pub(super) &'t Type);

impl<'t> Writer<'t> {
    fn unfit(&self, what: &str) -> NativeError {
        NativeError::new(format!("{what} does not fit `{}`", self.0))
    }

    fn integer(self, number: i128) -> Result<Value, NativeError> {
        let written = match self.0 {
            Type::S8 => number.try_into().ok().map(Value::S8),
            Type::U8 => number.try_into().ok().map(Value::U8),
            Type::S16 => number.try_into().ok().map(Value::S16),
            Type::U16 => number.try_into().ok().map(Value::U16),
            Type::S32 => number.try_into().ok().map(Value::S32),
            Type::U32 => number.try_into().ok().map(Value::U32),
            Type::S64 => number.try_into().ok().map(Value::S64),
            Type::U64 => number.try_into().ok().map(Value::U64),
            _ => None,
        };
        written.ok_or_else(|| self.unfit(&format!("the integer {number}")))
    }

    fn unit_case(self, name: &str) -> Result<Value, NativeError> {
        match self.0 {
            Type::Enum(cases) if cases.iter().any(|case| case.name == name) => Ok(Value::Enum(name.to_owned())),
            Type::Variant(cases) if find(cases, name).is_some_and(|case| case.ty.is_none()) => {
                Ok(Value::Variant(name.to_owned(), None))
            }
            _ => Err(self.unfit(&format!("the case `{name}`"))),
        }
    }

    /// The payload's type, and how its value becomes the whole.
    fn case(self, name: &'static str) -> Result<(Option<&'t Type>, Wrap), NativeError> {
        match (self.0, name) {
            (Type::Variant(cases), _) => match find(cases, name) {
                Some(Case { ty: Some(ty), .. }) => Ok((Some(ty), Wrap::Case(name))),
                _ => Err(self.unfit(&format!("the case `{name}` with a payload"))),
            },
            (Type::Result { ok, .. }, "Ok" | "ok") => Ok((ok.as_deref(), Wrap::Ok)),
            (Type::Result { err, .. }, "Err" | "err") => Ok((err.as_deref(), Wrap::Err)),
            _ => Err(self.unfit(&format!("the case `{name}`"))),
        }
    }

    fn items(self, wrap: Wrap) -> Result<Items<'t>, NativeError> {
        match self.0 {
            Type::List(_) | Type::Tuple(_) | Type::Flags(_) => {
                Ok(Items { ty: self.0, items: Vec::new(), bytes: Vec::new(), wrap })
            }
            _ => Err(self.unfit("a list")),
        }
    }

    fn fields(self, wrap: Wrap) -> Result<Fields<'t>, NativeError> {
        match self.0 {
            Type::Record(known) => Ok(Fields { known, values: vec![None; known.len()], key: None, wrap }),
            _ => Err(self.unfit("a record")),
        }
    }
}

fn find<'c>(cases: &'c [Case], name: &str) -> Option<&'c Case> {
    cases.iter().find(|case| case.name == name)
}

/// What a value becomes part of.
pub(super) enum Wrap {
    Nothing,
    Case(&'static str),
    Ok,
    Err,
}

impl Wrap {
    fn around(self, value: Value) -> Value {
        match self {
            Wrap::Nothing => value,
            Wrap::Case(name) => Value::Variant(name.to_owned(), Some(Box::new(value))),
            Wrap::Ok => Value::Result(Ok(Some(Box::new(value)))),
            Wrap::Err => Value::Result(Err(Some(Box::new(value)))),
        }
    }
}

macro_rules! integers {
    ($($method:ident: $int:ty),*) => {
        $(fn $method(self, v: $int) -> Result<Value, NativeError> { self.integer(i128::from(v)) })*
    };
}

impl<'t> Serializer for Writer<'t> {
    type Ok = Value;
    type Error = NativeError;
    type SerializeSeq = Items<'t>;
    type SerializeTuple = Items<'t>;
    type SerializeTupleStruct = Items<'t>;
    type SerializeTupleVariant = Items<'t>;
    type SerializeMap = Fields<'t>;
    type SerializeStruct = Fields<'t>;
    type SerializeStructVariant = Fields<'t>;

    integers!(serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64);

    fn serialize_bool(self, v: bool) -> Result<Value, NativeError> {
        match self.0 {
            Type::Bool => Ok(Value::Bool(v)),
            _ => Err(self.unfit("a boolean")),
        }
    }

    fn serialize_f32(self, v: f32) -> Result<Value, NativeError> {
        match self.0 {
            Type::F32 => Ok(Value::F32(v)),
            Type::F64 => Ok(Value::F64(f64::from(v))),
            _ => Err(self.unfit("a float")),
        }
    }

    fn serialize_f64(self, v: f64) -> Result<Value, NativeError> {
        match self.0 {
            Type::F32 => Ok(Value::F32(v as f32)),
            Type::F64 => Ok(Value::F64(v)),
            _ => Err(self.unfit("a float")),
        }
    }

    fn serialize_char(self, v: char) -> Result<Value, NativeError> {
        match self.0 {
            Type::Char => Ok(Value::Char(v)),
            Type::String => Ok(Value::String(v.to_string())),
            _ => Err(self.unfit("a character")),
        }
    }

    fn serialize_str(self, v: &str) -> Result<Value, NativeError> {
        match self.0 {
            Type::String => Ok(Value::String(v.to_owned())),
            Type::Enum(_) | Type::Variant(_) => self.unit_case(v),
            _ => Err(self.unfit("a string")),
        }
    }

    fn serialize_bytes(self, v: &[u8]) -> Result<Value, NativeError> {
        match self.0 {
            Type::List(item) if **item == Type::U8 => Ok(Value::Bytes(v.to_vec())),
            _ => Err(self.unfit("a byte string")),
        }
    }

    fn serialize_none(self) -> Result<Value, NativeError> {
        match self.0 {
            Type::Option(_) => Ok(Value::Option(None)),
            _ => Err(self.unfit("`None`")),
        }
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, NativeError> {
        match self.0 {
            Type::Option(inner) => Ok(Value::Option(Some(Box::new(value.serialize(Writer(inner))?)))),
            _ => Err(self.unfit("an option")),
        }
    }

    fn serialize_unit(self) -> Result<Value, NativeError> {
        Err(self.unfit("nothing"))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, NativeError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, case: &'static str) -> Result<Value, NativeError> {
        self.unit_case(case)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Value, NativeError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        case: &'static str,
        value: &T,
    ) -> Result<Value, NativeError> {
        match self.case(case)? {
            (Some(ty), wrap) => {
                value.serialize(Writer(ty)).map(|value| wrap.around(value)).map_err(|error| error.in_field(case))
            }
            // A result without a payload: whatever stands there, usually `()`, is not carried.
            (None, Wrap::Err) => Ok(Value::Result(Err(None))),
            (None, _) => Ok(Value::Result(Ok(None))),
        }
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'t>, NativeError> {
        self.items(Wrap::Nothing)
    }

    fn serialize_tuple(self, _: usize) -> Result<Items<'t>, NativeError> {
        self.items(Wrap::Nothing)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Items<'t>, NativeError> {
        self.items(Wrap::Nothing)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        case: &'static str,
        _: usize,
    ) -> Result<Items<'t>, NativeError> {
        match self.case(case)? {
            (Some(ty), wrap) => Writer(ty).items(wrap),
            (None, _) => Err(NativeError::new(format!("the case `{case}` has no payload"))),
        }
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Fields<'t>, NativeError> {
        self.fields(Wrap::Nothing)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields<'t>, NativeError> {
        self.fields(Wrap::Nothing)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        case: &'static str,
        _: usize,
    ) -> Result<Fields<'t>, NativeError> {
        match self.case(case)? {
            (Some(ty), wrap) => Writer(ty).fields(wrap),
            (None, _) => Err(NativeError::new(format!("the case `{case}` has no payload"))),
        }
    }
}

/// A list, a tuple or flags on the way.
pub(super) struct Items<'t> {
    ty: &'t Type,
    items: Vec<Value>,
    bytes: Vec<u8>,
    wrap: Wrap,
}

impl Items<'_> {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NativeError> {
        let index = self.items.len().max(self.bytes.len());
        let write = |ty: &Type| value.serialize(Writer(ty)).map_err(|error| error.in_item(index));
        let item = match self.ty {
            Type::List(item) => write(item)?,
            // A flag is written like a case of an enum.
            Type::Flags(flags) => write(&Type::Enum(flags.clone()))?,
            Type::Tuple(types) => match types.get(index) {
                Some(ty) => write(ty)?,
                None => return Err(self.length()),
            },
            _ => return Err(self.length()),
        };
        match (self.ty, item) {
            (Type::List(_), Value::U8(byte)) => self.bytes.push(byte),
            (_, item) => self.items.push(item),
        }
        Ok(())
    }

    fn length(&self) -> NativeError {
        NativeError::new(format!("another number of items than `{}` has", self.ty))
    }

    fn finish(self) -> Result<Value, NativeError> {
        let value = match self.ty {
            Type::List(item) if **item == Type::U8 => Value::Bytes(self.bytes),
            Type::Tuple(types) if types.len() != self.items.len() => return Err(self.length()),
            Type::Tuple(_) => Value::Tuple(self.items),
            Type::Flags(flags) => {
                let set = |flag: &&Case| {
                    self.items.iter().any(|item| matches!(item, Value::Enum(name) if *name == flag.name))
                };
                Value::Flags(flags.iter().filter(set).map(|flag| flag.name.clone()).collect())
            }
            _ => Value::List(self.items),
        };
        Ok(self.wrap.around(value))
    }
}

/// A record on the way: its fields may come in any order, those of `option` type may be missing.
pub(super) struct Fields<'t> {
    known: &'t [Field],
    values: Vec<Option<Value>>,
    key: Option<String>,
    wrap: Wrap,
}

impl Fields<'_> {
    fn set<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), NativeError> {
        let Some(index) = self.known.iter().position(|field| field.name == name) else {
            let known: Vec<_> = self.known.iter().map(|field| format!("`{}`", field.name)).collect();
            return Err(NativeError::new(format!("no field `{name}`, only {}", known.join(", "))));
        };
        let value = value.serialize(Writer(&self.known[index].ty)).map_err(|error| error.in_field(name))?;
        self.values[index] = Some(value);
        Ok(())
    }

    fn finish(self) -> Result<Value, NativeError> {
        let whole = self.known.iter().zip(self.values).map(|(field, value)| match (value, &field.ty) {
            (Some(value), _) => Ok((field.name.clone(), value)),
            (None, Type::Option(_)) => Ok((field.name.clone(), Value::Option(None))),
            (None, ty) => Err(NativeError::new(format!("the field `{}: {ty}` is missing", field.name))),
        });
        Ok(self.wrap.around(Value::Record(whole.collect::<Result<_, _>>()?)))
    }
}

macro_rules! items {
    ($($trait:ident $method:ident),*) => { $(impl ser::$trait for Items<'_> {
        type Ok = Value;
        type Error = NativeError;
        fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NativeError> {
            self.push(value)
        }
        fn end(self) -> Result<Value, NativeError> {
            self.finish()
        }
    })* };
}
items!(SerializeSeq serialize_element, SerializeTuple serialize_element, SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field);

macro_rules! fields {
    ($($trait:ident),*) => { $(impl ser::$trait for Fields<'_> {
        type Ok = Value;
        type Error = NativeError;
        fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), NativeError> {
            self.set(key, value)
        }
        fn end(self) -> Result<Value, NativeError> {
            self.finish()
        }
    })* };
}
fields!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Fields<'_> {
    type Ok = Value;
    type Error = NativeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NativeError> {
        match key.serialize(Writer(&Type::String))? {
            Value::String(name) => self.key = Some(name),
            _ => return Err(NativeError::new("a key that is not a string")),
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NativeError> {
        let name = self.key.take().unwrap_or_default();
        self.set(&name, value)
    }

    fn end(self) -> Result<Value, NativeError> {
        self.finish()
    }
}
