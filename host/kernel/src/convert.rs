//! The engine's values and ours. Towards the engine strings and names move; from it they are copied once.

use loket_values::{Type, Value};
use wasmtime::component::Val;

/// A value of the engine that no type of ours describes: a handle, a stream.
#[derive(Debug, thiserror::Error)]
#[error("a value of a kind that cannot pass the counter (a handle, future, stream or map)")]
pub struct Unsupported;

/// Reads an engine's value. The type tells an empty `list<u8>` from another empty list.
///
/// # Errors
/// [`Unsupported`] for handles and streams; admission refuses components that would pass any.
pub fn from_val(val: &Val, ty: &Type) -> Result<Value, Unsupported> {
    let inner = |ty: Option<&Type>, val: &Option<Box<Val>>| match (val, ty) {
        (None, _) => Ok(None),
        (Some(val), Some(ty)) => from_val(val, ty).map(|v| Some(Box::new(v))),
        (Some(_), None) => Err(Unsupported),
    };
    Ok(match (val, ty) {
        (Val::Bool(v), _) => Value::Bool(*v),
        (Val::S8(v), _) => Value::S8(*v),
        (Val::U8(v), _) => Value::U8(*v),
        (Val::S16(v), _) => Value::S16(*v),
        (Val::U16(v), _) => Value::U16(*v),
        (Val::S32(v), _) => Value::S32(*v),
        (Val::U32(v), _) => Value::U32(*v),
        (Val::S64(v), _) => Value::S64(*v),
        (Val::U64(v), _) => Value::U64(*v),
        (Val::Float32(v), _) => Value::F32(*v),
        (Val::Float64(v), _) => Value::F64(*v),
        (Val::Char(v), _) => Value::Char(*v),
        (Val::String(v), _) => Value::String(v.clone()),
        (Val::Enum(v), _) => Value::Enum(v.clone()),
        (Val::Flags(v), _) => Value::Flags(v.clone()),
        (Val::List(items), Type::List(item)) if **item == Type::U8 => Value::Bytes(
            items
                .iter()
                .map(|v| if let Val::U8(b) = v { Ok(*b) } else { Err(Unsupported) })
                .collect::<Result<_, _>>()?,
        ),
        (Val::List(items), Type::List(item)) => {
            Value::List(items.iter().map(|v| from_val(v, item)).collect::<Result<_, _>>()?)
        }
        (Val::Record(values), Type::Record(fields)) => Value::Record(
            values
                .iter()
                .zip(fields)
                .map(|((name, v), f)| Ok((name.clone(), from_val(v, &f.ty)?)))
                .collect::<Result<_, Unsupported>>()?,
        ),
        (Val::Tuple(values), Type::Tuple(types)) => {
            Value::Tuple(values.iter().zip(types).map(|(v, ty)| from_val(v, ty)).collect::<Result<_, _>>()?)
        }
        (Val::Variant(case, payload), Type::Variant(cases)) => {
            let ty = cases.iter().find(|c| c.name == *case).and_then(|c| c.ty.as_ref());
            Value::Variant(case.clone(), inner(ty, payload)?)
        }
        (Val::Option(payload), Type::Option(ty)) => Value::Option(inner(Some(ty), payload)?),
        (Val::Result(Ok(payload)), Type::Result { ok, .. }) => Value::Result(Ok(inner(ok.as_deref(), payload)?)),
        (Val::Result(Err(payload)), Type::Result { err, .. }) => Value::Result(Err(inner(err.as_deref(), payload)?)),
        _ => return Err(Unsupported),
    })
}

/// Hands a value to the engine, which checks it against the function's type.
pub fn to_val(value: Value) -> Val {
    let inner = |value: Option<Box<Value>>| value.map(|v| Box::new(to_val(*v)));
    match value {
        Value::Bool(v) => Val::Bool(v),
        Value::S8(v) => Val::S8(v),
        Value::U8(v) => Val::U8(v),
        Value::S16(v) => Val::S16(v),
        Value::U16(v) => Val::U16(v),
        Value::S32(v) => Val::S32(v),
        Value::U32(v) => Val::U32(v),
        Value::S64(v) => Val::S64(v),
        Value::U64(v) => Val::U64(v),
        Value::F32(v) => Val::Float32(v),
        Value::F64(v) => Val::Float64(v),
        Value::Char(v) => Val::Char(v),
        Value::String(v) => Val::String(v),
        Value::Bytes(v) => Val::List(v.into_iter().map(Val::U8).collect()),
        Value::List(v) => Val::List(v.into_iter().map(to_val).collect()),
        Value::Record(v) => Val::Record(v.into_iter().map(|(name, v)| (name, to_val(v))).collect()),
        Value::Tuple(v) => Val::Tuple(v.into_iter().map(to_val).collect()),
        Value::Variant(case, v) => Val::Variant(case, inner(v)),
        Value::Enum(v) => Val::Enum(v),
        Value::Option(v) => Val::Option(inner(v)),
        Value::Result(Ok(v)) => Val::Result(Ok(inner(v))),
        Value::Result(Err(v)) => Val::Result(Err(inner(v))),
        Value::Flags(v) => Val::Flags(v),
    }
}
