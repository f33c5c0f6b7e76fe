//! Bytes as one block: `list<u8>` in its common shapes, linked and called by type; and text to text, as most tools have it.
//!
//! Through dynamic values a list of bytes costs a boxed value a byte (48 ns each, measured), and counts against the engine's fuel for
//! host calls; text costs some half a microsecond each way. The functions below move either as one copy, into the same
//! [`Counter::call`](crate::Counter::call). A shape that is not in the list works all the same; where it moves bytes it is slow, and
//! `inspect` says so.

use crate::link::Target;
use crate::state::State;
use futures::future::BoxFuture;
use loket_values::{Function, Type, Value};
use std::sync::{Arc, LazyLock};
use wasmtime::Store;
use wasmtime::component::{ComponentNamedList, Func, Lift, LinkerInstance, Lower};

/// Whether a function moves bytes through dynamic values, because its shape is not one of those here.
pub fn is_slow(function: &Function) -> bool {
    fn has_bytes(ty: &Type) -> bool {
        match ty {
            Type::List(item) => **item == Type::U8 || has_bytes(item),
            Type::Option(item) => has_bytes(item),
            Type::Record(fields) => fields.iter().any(|f| has_bytes(&f.ty)),
            Type::Tuple(types) => types.iter().any(has_bytes),
            Type::Variant(cases) => cases.iter().filter_map(|c| c.ty.as_ref()).any(has_bytes),
            Type::Result { ok, err } => [ok, err].into_iter().flatten().any(|ty| has_bytes(ty)),
            _ => false,
        }
    }
    shape(function).is_none()
        && (function.params.iter().any(|f| has_bytes(&f.ty)) || function.result.as_ref().is_some_and(has_bytes))
}

/// The shape of a function, when it is one of those here.
pub(crate) fn shape(function: &Function) -> Option<&'static Shape> {
    SHAPES.iter().find(|s| s.result == function.result && s.params.iter().eq(function.params.iter().map(|f| &f.ty)))
}

/// A function type that is known when the host is compiled.
pub(crate) struct Shape {
    params: Vec<Type>,
    result: Option<Type>,
    link: fn(&mut LinkerInstance<'_, State>, &str, Arc<Target>) -> wasmtime::Result<()>,
    call: for<'a> fn(&'a mut Store<State>, Func, Vec<Value>) -> Answer<'a>,
}

type Answer<'a> = BoxFuture<'a, wasmtime::Result<Option<Value>>>;

impl Shape {
    fn of<P: Values, R: Values>() -> Shape {
        Shape {
            params: P::types(),
            result: R::types().pop(),
            link: link::<P, R>,
            call: |store, func, args| Box::pin(call::<P, R>(store, func, args)),
        }
    }

    /// Links an import of this shape to the counter.
    pub(crate) fn link(
        &self,
        place: &mut LinkerInstance<'_, State>,
        name: &str,
        target: Arc<Target>,
    ) -> wasmtime::Result<()> {
        (self.link)(place, name, target)
    }

    /// Calls an export of this shape.
    pub(crate) fn call<'a>(&self, store: &'a mut Store<State>, func: Func, args: Vec<Value>) -> Answer<'a> {
        (self.call)(store, func, args)
    }
}

fn link<P: Values, R: Values>(
    place: &mut LinkerInstance<'_, State>,
    name: &str,
    target: Arc<Target>,
) -> wasmtime::Result<()> {
    place.func_wrap_async(name, move |mut store, params: P| {
        let target = target.clone();
        Box::new(async move {
            let answer = target.ask(&mut store, params.into_values()).await?;
            R::from_values(answer.into_iter().collect()).ok_or_else(mismatch)
        })
    })
}

async fn call<P: Values, R: Values>(
    store: &mut Store<State>,
    func: Func,
    args: Vec<Value>,
) -> wasmtime::Result<Option<Value>> {
    let func = func.typed::<P, R>(&*store)?;
    let params = P::from_values(args).ok_or_else(mismatch)?;
    Ok(func.call_async(store, params).await?.into_values().pop())
}

fn mismatch() -> wasmtime::Error {
    wasmtime::Error::msg("a value is not of the function's type")
}

/// Parameters, or a result.
trait Values: ComponentNamedList + Lift + Lower + Send + Sync + 'static {
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

/// A Rust type that is one of WIT's.
trait Native: Sized {
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

type Bytes = Vec<u8>;

macro_rules! shapes {
    ($($params:ty => $($result:ty),*;)*) => {
        vec![$($(Shape::of::<$params, $result>()),*),*]
    };
}

static SHAPES: LazyLock<Vec<Shape>> = LazyLock::new(|| {
    shapes! {
        () => (Bytes,), (Option<Bytes>,), (Result<Bytes, String>,);
        (String,) => (String,), (Result<String, String>,), (Bytes,), (Option<Bytes>,), (Result<Bytes, String>,);
        (u32,) => (Bytes,), (Option<Bytes>,), (Result<Bytes, String>,);
        (Bytes,) => (), (Bytes,), (String,), (u32,), (Option<Bytes>,), (Result<Bytes, String>,), (Result<String, String>,), (Result<u32, String>,);
        (Option<Bytes>,) => (), (Bytes,), (u32,), (Option<Bytes>,), (Result<Bytes, String>,);
        (String, Bytes) => (), (Bytes,), (u32,), (Result<Bytes, String>,), (Result<u32, String>,);
        (Bytes, Bytes) => (Bytes,), (Result<Bytes, String>,);
        (Bytes, String) => (Bytes,), (String,), (Result<Bytes, String>,), (Result<String, String>,);
    }
});
