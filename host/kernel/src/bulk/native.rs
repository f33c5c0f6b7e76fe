//! Rust types that are WIT's, to and from values.

use crate::fault::CallError;
use loket_values::{Type, Value};
use wasmtime::component::{ComponentNamedList, Lift, Lower};

/// Parameters, or a result.
pub(super) trait Values: ComponentNamedList + Lift + Lower + Send + Sync + 'static {
    fn types() -> Vec<Type>;
    fn into_values(self) -> Vec<Value>;
    fn from_values(values: Vec<Value>) -> Option<Self>;
}

macro_rules! values {
    ($count:literal $($name:ident)*) => {
        impl<$($name: Native),*> Values for ($($name,)*)
        where
            ($($name,)*): ComponentNamedList + Lift + Lower + Send + Sync + 'static,
        {
            fn types() -> Vec<Type> {
                vec![$($name::ty()),*]
            }

            #[allow(non_snake_case, clippy::allow_attributes, reason = "the type's name serves as the variable's")]
            fn into_values(self) -> Vec<Value> {
                let ($($name,)*) = self;
                vec![$($name.into_value()),*]
            }

            #[allow(non_snake_case, unused_mut, unused_variables, clippy::allow_attributes, reason = "the same; and the empty list uses neither")]
            fn from_values(values: Vec<Value>) -> Option<Self> {
                if values.len() != $count {
                    return None;
                }
                let mut values = values.into_iter();
                $(let $name = $name::from_value(values.next()?)?;)*
                Some(($($name,)*))
            }
        }
    };
}
values!(0);
values!(1 A);
values!(2 A B);
values!(3 A B C);

/// A Rust type that is one of WIT's.
pub(super) trait Native: Sized {
    fn ty() -> Type;
    fn into_value(self) -> Value;
    fn from_value(value: Value) -> Option<Self>;
}

macro_rules! native {
    ($rust:ty, $ty:expr, $case:ident) => {
        impl Native for $rust {
            fn ty() -> Type {
                $ty
            }
            fn into_value(self) -> Value {
                Value::$case(self)
            }
            fn from_value(value: Value) -> Option<Self> {
                match value {
                    Value::$case(v) => Some(v),
                    _ => None,
                }
            }
        }
    };
}
native!(Vec<u8>, Type::List(Box::new(Type::U8)), Bytes);
native!(String, Type::String, String);
native!(u32, Type::U32, U32);
native!(u64, Type::U64, U64);

impl<T: Native> Native for Option<T> {
    fn ty() -> Type {
        Type::Option(Box::new(T::ty()))
    }
    fn into_value(self) -> Value {
        Value::Option(self.map(|v| Box::new(v.into_value())))
    }
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Option(None) => Some(None),
            Value::Option(Some(v)) => T::from_value(*v).map(Some),
            _ => None,
        }
    }
}

impl<T: Native> Native for Result<T, String> {
    fn ty() -> Type {
        Type::Result { ok: Some(Box::new(T::ty())), err: Some(Box::new(Type::String)) }
    }
    fn into_value(self) -> Value {
        Value::Result(match self {
            Ok(v) => Ok(Some(Box::new(v.into_value()))),
            Err(e) => Err(Some(Box::new(Value::String(e)))),
        })
    }
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Result(Ok(Some(v))) => T::from_value(*v).map(Ok),
            Value::Result(Err(Some(e))) => String::from_value(*e).map(Err),
            _ => None,
        }
    }
}

impl Native for Result<Vec<u8>, CallError> {
    fn ty() -> Type {
        Type::Result { ok: Some(Box::new(Vec::<u8>::ty())), err: Some(Box::new(CallError::ty().clone())) }
    }
    fn into_value(self) -> Value {
        Value::Result(match self {
            Ok(bytes) => Ok(Some(Box::new(Value::Bytes(bytes)))),
            Err(error) => Err(Some(Box::new(error.to_value()))),
        })
    }
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Result(Ok(Some(bytes))) => Vec::from_value(*bytes).map(Ok),
            Value::Result(Err(Some(error))) => CallError::from_value(&error).map(Err),
            _ => None,
        }
    }
}

impl Native for Result<(), CallError> {
    fn ty() -> Type {
        Type::Result { ok: None, err: Some(Box::new(CallError::ty().clone())) }
    }
    fn into_value(self) -> Value {
        Value::Result(match self {
            Ok(()) => Ok(None),
            Err(error) => Err(Some(Box::new(error.to_value()))),
        })
    }
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Result(Ok(None)) => Some(Ok(())),
            Value::Result(Err(Some(error))) => CallError::from_value(&error).map(Err),
            _ => None,
        }
    }
}
