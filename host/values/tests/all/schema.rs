//! The schemas say what is read, neither more nor less.

use crate::any::{ty, typed};
use crate::fixture;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use loket_values::json::{from_json, to_json};
use loket_values::{Type, describe, schema};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

#[test]
fn a_function_of_all_types_has_this_schema() {
    let surface = describe(&fixture::documented()).expect("it is a component");
    let everything = surface.import(&"acme:calc/everything@1.2.0".parse().expect("a name")).expect("imported");
    let all = everything.function("all").expect("there");
    insta::assert_json_snapshot!("arguments", schema::arguments(all));
    insta::assert_json_snapshot!("result", schema::result(all));
}

/// The keywords that our schemas use; another one is a mistake of the test.
fn valid(json: &Json, schema: &Json) -> bool {
    let Some(schema) = schema.as_object() else { return schema.as_bool().expect("a schema") };
    let number = |v: &Json| v.as_f64().expect("a number");
    let all = |v: &Json| v.as_array().expect("schemas").iter().filter(|one| valid(json, one)).count();
    schema.iter().all(|(keyword, v)| match keyword.as_str() {
        "type" => match v.as_str().expect("a type") {
            "integer" => json.as_f64().is_some_and(|n| n.fract() == 0.0),
            "number" => json.is_number(),
            "string" => json.is_string(),
            "boolean" => json.is_boolean(),
            "null" => json.is_null(),
            "array" => json.is_array(),
            "object" => json.is_object(),
            other => panic!("type {other}"),
        },
        "minimum" => {
            !json.is_number() || integer(json).zip(integer(v)).map_or(number(json) >= number(v), |(a, b)| a >= b)
        }
        "maximum" => {
            !json.is_number() || integer(json).zip(integer(v)).map_or(number(json) <= number(v), |(a, b)| a <= b)
        }
        "minLength" => json.as_str().is_none_or(|s| s.chars().count() as f64 >= number(v)),
        "maxLength" => json.as_str().is_none_or(|s| s.chars().count() as f64 <= number(v)),
        "pattern" => json.as_str().is_none_or(|s| match v.as_str() {
            Some("^-?[0-9]{1,20}$") => s.parse::<i128>().is_ok() && !s.starts_with('+'),
            Some("^[0-9]{1,20}$") => s.parse::<u128>().is_ok() && !s.starts_with('+'),
            Some(base64) if base64.contains("AEIMQUYcgkosw048") => STANDARD.decode(s).is_ok(),
            other => panic!("pattern {other:?}"),
        }),
        "enum" => v.as_array().expect("values").contains(json),
        "const" => v == json,
        "anyOf" => all(v) >= 1,
        "oneOf" => all(v) == 1,
        "prefixItems" => json.as_array().is_none_or(|items| {
            items.iter().zip(v.as_array().expect("schemas")).all(|(item, schema)| valid(item, schema))
        }),
        "items" => json.as_array().is_none_or(|items| {
            let before = schema.get("prefixItems").and_then(Json::as_array).map_or(0, Vec::len);
            items.iter().skip(before).all(|item| valid(item, v))
        }),
        "minItems" => json.as_array().is_none_or(|items| items.len() as f64 >= number(v)),
        "maxItems" => json.as_array().is_none_or(|items| items.len() as f64 <= number(v)),
        "uniqueItems" => {
            json.as_array().is_none_or(|items| items.iter().enumerate().all(|(i, a)| !items[..i].contains(a)))
        }
        "properties" => json.as_object().is_none_or(|object| {
            object.iter().all(|(name, item)| v.get(name).is_none_or(|schema| valid(item, schema)))
        }),
        "additionalProperties" => json.as_object().is_none_or(|object| {
            object.keys().all(|name| schema.get("properties").is_some_and(|known| known.get(name).is_some()))
        }),
        "required" => json.as_object().is_none_or(|object| {
            v.as_array().expect("names").iter().all(|name| object.contains_key(name.as_str().expect("a name")))
        }),
        "contentEncoding" | "description" => true,
        other => panic!("keyword {other}"),
    })
}

fn integer(json: &Json) -> Option<i128> {
    let exact = json.as_i64().map(i128::from).or_else(|| json.as_u64().map(i128::from));
    let fits = |float: &f64| float.fract() == 0.0 && float.abs() < i128::MAX as f64;
    exact.or_else(|| json.as_f64().filter(fits).map(|float| float as i128))
}

/// Any JSON, with words that occur in types.
fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Json::from),
        prop::sample::select(vec![
            json!(0),
            json!(-1),
            json!(255),
            json!(256),
            json!(3.0),
            json!(0.5),
            json!(1e39),
            json!(u64::MAX)
        ]),
        prop::sample::select(vec!["", "a", "ok", "err", "b-c", "NaN", "-7", "aGk=", "aGl=", "é"]).prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let name = prop::sample::select(vec!["a", "ok", "err", "b-c", "x1", "other"]).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Json::Array),
            prop::collection::vec((name, inner), 0..3).prop_map(|fields| Json::Object(fields.into_iter().collect())),
        ]
    })
}

fn agrees(json: &Json, ty: &Type) -> Result<(), TestCaseError> {
    let schema = schema::of(ty);
    let read = from_json(json, ty);
    prop_assert_eq!(valid(json, &schema), read.is_ok(), "{} against {}: {:?}", json, schema, read);
    Ok(())
}

proptest! {
    #[test]
    fn what_is_written_is_valid((ty, value) in typed()) {
        prop_assert!(valid(&to_json(&value), &schema::of(&ty)), "{} against {}", to_json(&value), schema::of(&ty));
    }

    #[test]
    fn what_is_valid_is_read_and_the_rest_is_not(ty in ty(), json in any_json()) {
        agrees(&json, &ty)?;
    }

    #[test]
    fn a_changed_value_is_valid_when_it_is_read((ty, value) in typed(), other in any_json(), at in any::<prop::sample::Index>()) {
        let mut json = to_json(&value);
        let index = at.index(8);
        match &mut json {
            Json::Array(items) if !items.is_empty() => {
                let index = index % items.len();
                items[index] = other;
            }
            Json::Object(fields) if !fields.is_empty() => {
                let index = index % fields.len();
                if let Some(field) = fields.values_mut().nth(index) {
                    *field = other;
                }
            }
            whole => *whole = other,
        }
        agrees(&json, &ty)?;
    }
}
