//! JSON read by type.

use super::error::{JsonError, Path, listed, shortened, shown};
use crate::types::{Case, Field, Function, Type};
use crate::value::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json};

/// Reads JSON as a value of the type, by the rules of [`super`].
///
/// # Errors
/// Says where the JSON does not fit, what would fit there, and what was found.
pub fn from_json(json: &Json, ty: &Type) -> Result<Value, JsonError> {
    read(json, ty, &Path::Root)
}

/// Reads the arguments of a function: an object by parameter name, a list by position, or `null` for none.
///
/// As in a record, parameters of `option` type may be left out of an object.
///
/// # Errors
/// As [`from_json`].
pub fn arguments(json: &Json, function: &Function) -> Result<Vec<Value>, JsonError> {
    let root = Path::Root;
    match json {
        Json::Null => arguments_by_name(&Map::new(), function),
        Json::Object(object) => arguments_by_name(object, function),
        Json::Array(items) => positions(items, function.params.iter().map(|param| &param.ty), "parameter", &root),
        other => Err(root.unfit("an object with the parameters by name, or a list of them in order", other)),
    }
}

/// The same of an object by parameter name.
///
/// # Errors
/// As [`from_json`].
pub fn arguments_by_name(object: &Map<String, Json>, function: &Function) -> Result<Vec<Value>, JsonError> {
    fields(object, &function.params, "parameter", &Path::Root).map(values)
}

fn values(fields: Vec<(String, Value)>) -> Vec<Value> {
    fields.into_iter().map(|(_, value)| value).collect()
}

fn read(json: &Json, ty: &Type, at: &Path<'_>) -> Result<Value, JsonError> {
    match ty {
        Type::Bool => json.as_bool().map(Value::Bool).ok_or_else(|| at.unfit("`true` or `false`", json)),
        Type::S8 => integer(json, at, false).map(Value::S8),
        Type::U8 => integer(json, at, false).map(Value::U8),
        Type::S16 => integer(json, at, false).map(Value::S16),
        Type::U16 => integer(json, at, false).map(Value::U16),
        Type::S32 => integer(json, at, false).map(Value::S32),
        Type::U32 => integer(json, at, false).map(Value::U32),
        Type::S64 => integer(json, at, true).map(Value::S64),
        Type::U64 => integer(json, at, true).map(Value::U64),
        Type::F32 => float(json, at, f64::from(f32::MAX)).map(|v| Value::F32(v as f32)),
        Type::F64 => float(json, at, f64::MAX).map(Value::F64),
        Type::Char => character(json, at),
        Type::String => match json {
            Json::String(text) => Ok(Value::String(text.clone())),
            other => Err(at.unfit("a string", other)),
        },
        Type::List(item) if **item == Type::U8 => bytes(json, at),
        Type::List(item) => match json {
            Json::Array(items) => {
                let one = |(index, json)| read(json, item, &Path::Index(at, index));
                items.iter().enumerate().map(one).collect::<Result<_, _>>().map(Value::List)
            }
            other => Err(at.unfit("a list", other)),
        },
        Type::Tuple(types) => match json {
            Json::Array(items) => positions(items, types.iter(), "item", at).map(Value::Tuple),
            other => Err(at.unfit(format!("a list of {} items", types.len()), other)),
        },
        Type::Record(known) => match json {
            Json::Object(object) => fields(object, known, "field", at).map(Value::Record),
            other => {
                let names = listed(known.iter().map(|field| field.name.as_str()));
                Err(at.unfit(format!("an object with the fields {names}"), other))
            }
        },
        Type::Variant(cases) => variant(json, cases, at),
        Type::Enum(cases) => match json {
            Json::String(name) if cases.iter().any(|case| case.name == *name) => Ok(Value::Enum(name.clone())),
            other => Err(at.unfit(format!("one of {}", names(cases)), other)),
        },
        Type::Flags(known) => flags(json, known, at),
        Type::Option(inner) => match (json, &**inner) {
            (Json::Null, _) => Ok(Value::Option(None)),
            (Json::Array(items), Type::Option(_)) if items.len() == 1 => some(&items[0], inner, &Path::Index(at, 0)),
            (other, Type::Option(_)) => Err(at.unfit("`null`, or a list of one item (an option in an option)", other)),
            (json, _) => some(json, inner, at),
        },
        Type::Result { ok, err } => outcome(json, ok.as_deref(), err.as_deref(), at),
    }
}

fn some(json: &Json, inner: &Type, at: &Path<'_>) -> Result<Value, JsonError> {
    read(json, inner, at).map(|value| Value::Option(Some(Box::new(value))))
}

/// An integer of its range; JSON's `3.0` is one too, and a decimal string where the type has 64 bits.
fn integer<T: TryFrom<i128> + Bounds>(json: &Json, at: &Path<'_>, wide: bool) -> Result<T, JsonError> {
    let number = match json {
        Json::Number(number) => number
            .as_u64()
            .map(i128::from)
            .or_else(|| number.as_i64().map(i128::from))
            // A double that is out of the range of `i128` saturates, and is then out of every range here.
            .or_else(|| number.as_f64().filter(|float| float.fract() == 0.0).map(|float| float as i128)),
        Json::String(text) if wide && is_decimal(text, T::LEAST < 0) => text.parse().ok(),
        _ => None,
    };
    number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| {
        let also = if wide { ", or the same as a decimal string" } else { "" };
        at.unfit(format!("an integer from {} to {}{also}", T::LEAST, T::MOST), json)
    })
}

/// Digits, with a minus where the type has one: what the schema's pattern accepts, and no `+1` or ` 1`.
fn is_decimal(text: &str, signed: bool) -> bool {
    let digits = text.strip_prefix('-').filter(|_| signed).unwrap_or(text);
    (1..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

trait Bounds {
    const LEAST: i128;
    const MOST: i128;
}

macro_rules! bounds {
    ($($int:ty),*) => { $(impl Bounds for $int {
        const LEAST: i128 = <$int>::MIN as i128;
        const MOST: i128 = <$int>::MAX as i128;
    })* };
}
bounds!(i8, u8, i16, u16, i32, u32, i64, u64);

fn float(json: &Json, at: &Path<'_>, most: f64) -> Result<f64, JsonError> {
    let value = match json {
        Json::Number(number) => number.as_f64().filter(|value| value.abs() <= most),
        Json::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    };
    let range = if most < f64::MAX { " of 32 bits" } else { "" };
    value.ok_or_else(|| at.unfit(format!("a number{range}, or `NaN`, `Infinity` or `-Infinity` as a string"), json))
}

fn character(json: &Json, at: &Path<'_>) -> Result<Value, JsonError> {
    let mut chars = json.as_str().unwrap_or_default().chars();
    match (chars.next(), chars.next()) {
        (Some(one), None) => Ok(Value::Char(one)),
        _ => Err(at.unfit("a string of one character", json)),
    }
}

fn bytes(json: &Json, at: &Path<'_>) -> Result<Value, JsonError> {
    let expected = "bytes as a base64 string";
    let text = json.as_str().ok_or_else(|| at.unfit(expected, json))?;
    STANDARD.decode(text).map(Value::Bytes).map_err(|error| at.error(expected, format!("{} ({error})", shown(json))))
}

/// The fields of a record in their order, or the parameters of a function: `what` they are called.
fn fields(
    object: &Map<String, Json>,
    known: &[Field],
    what: &str,
    at: &Path<'_>,
) -> Result<Vec<(String, Value)>, JsonError> {
    if let Some(unknown) = object.keys().find(|name| !known.iter().any(|field| field.name == **name)) {
        let names = known.iter().map(|field| field.name.as_str());
        let expected = match known.len() {
            0 => format!("no {what}s"),
            1 => format!("only the {what} {}", listed(names)),
            _ => format!("only the {what}s {}", listed(names)),
        };
        return Err(at.error(expected, format!("the unknown {what} `{}`", shortened(unknown))));
    }
    let mut fields = Vec::with_capacity(known.len());
    for field in known {
        let value = match (object.get(&field.name), &field.ty) {
            (Some(json), ty) => read(json, ty, &Path::Field(at, &field.name))?,
            (None, Type::Option(_)) => Value::Option(None),
            (None, ty) => return Err(at.error(format!("the {what} `{}: {ty}`", field.name), "none of that name")),
        };
        fields.push((field.name.clone(), value));
    }
    Ok(fields)
}

fn positions<'t>(
    items: &[Json],
    types: impl ExactSizeIterator<Item = &'t Type>,
    what: &str,
    at: &Path<'_>,
) -> Result<Vec<Value>, JsonError> {
    if items.len() != types.len() {
        let plural = if types.len() == 1 { "" } else { "s" };
        let expected = format!("a list of {} {what}{plural}", types.len());
        return Err(at.error(expected, items.len().to_string()));
    }
    let one = |(index, (json, ty))| read(json, ty, &Path::Index(at, index));
    items.iter().zip(types).enumerate().map(one).collect()
}

fn variant(json: &Json, cases: &[Case], at: &Path<'_>) -> Result<Value, JsonError> {
    let find = |name: &str| cases.iter().find(|case| case.name == name);
    let found = match json {
        Json::String(name) => find(name).map(|case| (case, None)),
        Json::Object(object) if object.len() == 1 => {
            object.iter().next().and_then(|(name, payload)| Some((find(name)?, Some(payload))))
        }
        _ => None,
    };
    match found {
        Some((Case { name, ty: None, .. }, None)) => Ok(Value::Variant(name.clone(), None)),
        Some((Case { name, ty: Some(ty), .. }, Some(payload))) => {
            let payload = read(payload, ty, &Path::Field(at, name))?;
            Ok(Value::Variant(name.clone(), Some(Box::new(payload))))
        }
        Some((Case { name, ty: Some(ty), .. }, None)) => {
            Err(at.unfit(format!("`{{\"{name}\": …}}` with a payload of type `{ty}`"), json))
        }
        Some((Case { name, ty: None, .. }, Some(_))) => {
            Err(at.unfit(format!("`\"{name}\"`, which has no payload"), json))
        }
        None => {
            let form = |case: &Case| match case.ty {
                Some(_) => format!("`{{\"{}\": …}}`", case.name),
                None => format!("`\"{}\"`", case.name),
            };
            let forms = cases.iter().map(form).collect::<Vec<_>>().join(", ");
            Err(at.unfit(format!("one of {forms}"), json))
        }
    }
}

fn flags(json: &Json, known: &[Case], at: &Path<'_>) -> Result<Value, JsonError> {
    let Json::Array(items) = json else {
        return Err(at.unfit(format!("a list of the flags {}", names(known)), json));
    };
    let mut set = vec![false; known.len()];
    for (index, item) in items.iter().enumerate() {
        let at = Path::Index(at, index);
        match item.as_str().and_then(|name| known.iter().position(|flag| flag.name == name)) {
            Some(flag) if set[flag] => return Err(at.error("each flag once", format!("{} again", shown(item)))),
            Some(flag) => set[flag] = true,
            None => return Err(at.unfit(format!("one of the flags {}", names(known)), item)),
        }
    }
    let names = known.iter().zip(set).filter(|(_, set)| *set).map(|(flag, _)| flag.name.clone());
    Ok(Value::Flags(names.collect()))
}

fn outcome(json: &Json, ok: Option<&Type>, err: Option<&Type>, at: &Path<'_>) -> Result<Value, JsonError> {
    let single = json.as_object().filter(|object| object.len() == 1).and_then(|object| object.iter().next());
    let payload = |json: &Json, ty: Option<&Type>, key: &str| {
        let at = Path::Field(at, key);
        match ty {
            Some(ty) => read(json, ty, &at).map(|value| Some(Box::new(value))),
            None if json.is_null() => Ok(None),
            None => Err(at.unfit("`null`, as there is no payload", json)),
        }
    };
    match single.map(|(key, json)| (key.as_str(), json)) {
        Some(("ok", json)) => Ok(Value::Result(Ok(payload(json, ok, "ok")?))),
        Some(("err", json)) => Ok(Value::Result(Err(payload(json, err, "err")?))),
        _ => Err(at.unfit("`{\"ok\": …}` or `{\"err\": …}`", json)),
    }
}

fn names(cases: &[Case]) -> String {
    listed(cases.iter().map(|case| case.name.as_str()))
}
