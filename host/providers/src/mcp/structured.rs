//! The structured result of a tool as a value of the type that its schema came to.

use super::letters::visible;
use super::schema::{Property, Shape};
use loket_values::{Type, Value};
use serde_json::Value as Json;

/// The value of a result; the error says where it does not fit, in words that go on after the tool's name.
pub(super) fn value(json: &Json, ty: &Type, shape: &Shape) -> Result<Value, String> {
    read(json, ty, shape, "")
}

fn read(json: &Json, ty: &Type, shape: &Shape, place: &str) -> Result<Value, String> {
    let wrong = || {
        let place = if place.is_empty() { "its result".to_owned() } else { format!("`{}`", place.escape_default()) };
        format!("answered something else than its schema says: {place} is no `{ty}`")
    };
    Ok(match (shape, ty) {
        (Shape::Nullable(_), Type::Option(_)) if json.is_null() => Value::Option(None),
        (Shape::Nullable(shape), Type::Option(ty)) => Value::Option(Some(Box::new(read(json, ty, shape, place)?))),
        // What may be left out, and is there.
        (shape, Type::Option(ty)) => Value::Option(Some(Box::new(read(json, ty, shape, place)?))),
        (Shape::Json, Type::String) => Value::String(visible(&json.to_string()).into_owned()),
        (Shape::List(shape), Type::List(ty)) => {
            let items = json.as_array().ok_or_else(wrong)?;
            Value::List(items.iter().map(|item| read(item, ty, shape, place)).collect::<Result<_, _>>()?)
        }
        (Shape::Record(properties), Type::Record(fields)) => {
            let map = json.as_object().ok_or_else(wrong)?;
            let read = |(property, field): (&Property, &loket_values::types::Field)| {
                let value = match (map.get(&property.name), &field.ty) {
                    (None, Type::Option(_)) => Value::Option(None),
                    (None, _) => return Err(format!("answered without `{}`", property.name.escape_default())),
                    (Some(json), ty) => read(json, ty, &property.shape, &property.name)?,
                };
                Ok((field.name.clone(), value))
            };
            Value::Record(properties.iter().zip(fields).map(read).collect::<Result<_, _>>()?)
        }
        (Shape::Choice(cases), Type::Enum(_)) => {
            let text = json.as_str().ok_or_else(wrong)?;
            let (name, _) = cases.iter().find(|(_, own)| own == text).ok_or_else(wrong)?;
            Value::Enum(name.clone())
        }
        (_, Type::String) => Value::String(visible(json.as_str().ok_or_else(wrong)?).into_owned()),
        (_, Type::Bool) => Value::Bool(json.as_bool().ok_or_else(wrong)?),
        (_, Type::F64) => Value::F64(json.as_f64().ok_or_else(wrong)?),
        (_, Type::S64) => Value::S64(whole(json).ok_or_else(wrong)?),
        _ => return Err(wrong()),
    })
}

/// A whole number, also where it is written as `3.0`.
fn whole(json: &Json) -> Option<i64> {
    let float = || json.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0);
    #[expect(clippy::cast_possible_truncation, reason = "it is whole, and small enough")]
    json.as_i64().or_else(|| float().map(|number| number as i64))
}

#[cfg(test)]
mod tests {
    use super::super::schema::returns;
    use super::*;
    use loket_values::json::to_json;
    use serde_json::json;

    fn schema() -> Json {
        json!({
            "type": "object",
            "properties": {
                "timeZone": { "type": "string" },
                "mode": { "enum": ["A b", "c"] },
                "many": { "type": "array", "items": { "type": "object", "properties": { "n": { "type": "integer" } },
                                                      "required": ["n"] } },
                "maybe": { "type": ["number", "null"] },
                "free": {},
            },
            "required": ["timeZone", "mode", "maybe", "many"],
        })
    }

    #[test]
    fn a_result_is_a_value_of_its_schemas_type() {
        let (ty, shape) = returns(&schema()).expect("it has a type");
        let result = json!({ "timeZone": "UTC\u{1b}", "mode": "A b", "many": [{ "n": 3.0 }, { "n": 4 }], "maybe": null, "free": [1] });
        let read = to_json(&value(&result, &ty, &shape).expect("it fits"));
        assert_eq!(
            read,
            json!({ "time-zone": "UTC\\u{1b}", "mode": "a-b", "many": [{ "n": 3 }, { "n": 4 }],
                                 "maybe": null, "free": "[1]" })
        );
    }

    #[test]
    fn what_does_not_fit_is_told_where() {
        let (ty, shape) = returns(&schema()).expect("it has a type");
        let good = json!({ "timeZone": "x", "mode": "c", "many": [], "maybe": 1 });
        assert!(value(&good, &ty, &shape).is_ok());
        for (key, bad) in [("timeZone", json!(1)), ("mode", json!("d")), ("many", json!([{}])), ("maybe", json!("x"))] {
            let mut result = good.clone();
            result[key] = bad;
            assert!(value(&result, &ty, &shape).is_err(), "{key}");
        }
        assert!(value(&json!({}), &ty, &shape).expect_err("empty").contains("without `timeZone`"));
        assert_eq!(returns(&json!({ "type": "array" })), None);
        assert_eq!(returns(&json!({ "type": "object" })), None);
    }
}
