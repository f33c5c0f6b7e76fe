//! Bytes as one block: `list<u8>` in its common shapes, linked and called by type; and text to text, as most tools have it.
//!
//! Through dynamic values a list of bytes costs a boxed value a byte (48 ns each, measured), and counts against the engine's fuel for
//! host calls; text costs some half a microsecond each way. The functions below move either as one copy, into the same
//! [`Counter::call`](crate::Counter::call). A shape that is not in the list works all the same; where it moves bytes it is slow, and
//! `inspect` says so.

mod http;
mod native;
mod scan;

use crate::fault::CallError;
use crate::link::Target;
use crate::state::State;
use futures::future::BoxFuture;
use loket_values::{Function, Type, Value};
use native::Values;
use std::sync::{Arc, LazyLock};
use wasmtime::Store;
use wasmtime::component::{Func, LinkerInstance};

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
        (u32, u32) => (Result<Bytes, CallError>,);
        (String, u64, u32) => (Result<Bytes, CallError>,);
        (scan::Version, u64, u32) => (Result<Bytes, CallError>,);
        (String, Bytes) => (Result<(), CallError>,);
        (http::Request,) => (Result<http::Response, CallError>,);
        (Bytes, Bytes) => (Bytes,), (Result<Bytes, String>,);
        (Bytes, String) => (Bytes,), (String,), (Result<Bytes, String>,), (Result<String, String>,);
    }
});
