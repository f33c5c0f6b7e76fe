//! Whether JSON fits a schema: what servers promise to enforce, looked at again, because not all of them do.
//!
//! Of JSON Schema, the part that says what is there and of which kind. What is not known here, is not held against an answer.

use serde_json::Value;
use std::cell::Cell;

/// How deep is looked.
const DEEPEST: usize = 32;
/// How many rules are looked at: schemas that refer to themselves in several places have more than anyone can count.
const MOST: u32 = 100_000;
/// How much of a value is shown, in characters.
const SHOWN: usize = 80;

/// Whether a value fits a schema.
///
/// # Errors
/// What does not fit, where, in words for the model.
pub fn fits(value: &Value, schema: &Value) -> Result<(), String> {
    look(value, schema, &Root { schema, left: Cell::new(MOST) }, "the answer", DEEPEST)
}

/// The whole schema, and how many rules are still looked at.
struct Root<'s> {
    schema: &'s Value,
    left: Cell<u32>,
}

fn look(value: &Value, schema: &Value, root: &Root<'_>, place: &str, depth: usize) -> Result<(), String> {
    let Some(depth) = depth.checked_sub(1) else { return Ok(()) };
    let Some(left) = root.left.get().checked_sub(1) else { return Ok(()) };
    root.left.set(left);
    if schema == &Value::Bool(false) {
        return Err(format!("{place} must not be there"));
    }
    let Value::Object(rules) = schema else { return Ok(()) };
    let within = |path: &str| root.schema.pointer(path.strip_prefix('#')?);
    if let Some(schema) = rules.get("$ref").and_then(Value::as_str).and_then(within) {
        look(value, schema, root, place, depth)?;
    }
    let kinds: Vec<&str> = match rules.get("type") {
        Some(Value::String(kind)) => vec![kind.as_str()],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !kinds.is_empty() && !kinds.iter().any(|kind| is_a(value, kind)) {
        return Err(format!("{place} must be of the type {}, and it is {}", kinds.join(" or "), shown(value)));
    }
    if let Some(only) = rules.get("const").filter(|only| *only != value) {
        return Err(format!("{place} must be {only}, and it is {}", shown(value)));
    }
    if let Some(Value::Array(some)) = rules.get("enum")
        && !some.contains(value)
    {
        return Err(format!(
            "{place} must be one of {}, and it is {}",
            shown(&Value::Array(some.clone())),
            shown(value)
        ));
    }
    for key in ["anyOf", "oneOf"] {
        if let Some(Value::Array(forms)) = rules.get(key) {
            let mut why = forms.iter().map(|form| look(value, form, root, place, depth));
            if !forms.is_empty() && why.all(|fit| fit.is_err()) {
                return Err(format!("{place} fits none of its {} forms", forms.len()));
            }
        }
    }
    if let Some(Value::Array(all)) = rules.get("allOf") {
        all.iter().try_for_each(|form| look(value, form, root, place, depth))?;
    }
    match value {
        Value::Object(fields) => {
            let required = rules.get("required").and_then(Value::as_array).into_iter().flatten();
            if let Some(missing) = required.filter_map(Value::as_str).find(|name| !fields.contains_key(*name)) {
                return Err(format!("{place} has no `{missing}`"));
            }
            let known = rules.get("properties").and_then(Value::as_object);
            for (name, value) in fields {
                let place = || format!("`{}` of {place}", name.chars().take(SHOWN).collect::<String>());
                match known.and_then(|known| known.get(name)) {
                    Some(schema) => look(value, schema, root, &place(), depth)?,
                    None => {
                        if let Some(others) = rules.get("additionalProperties") {
                            look(value, others, root, &place(), depth)?;
                        }
                    }
                }
            }
            Ok(())
        }
        Value::Array(items) => match rules.get("items") {
            Some(schema) => items
                .iter()
                .enumerate()
                .try_for_each(|(at, item)| look(item, schema, root, &format!("item {} of {place}", at + 1), depth)),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

fn is_a(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        // 3.0 is a whole number too.
        "integer" => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => true,
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= SHOWN { text } else { text.chars().take(SHOWN).chain("…".chars()).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(schema: Value, value: Value, expect: Result<(), &str>) {
        match (fits(&value, &schema), expect) {
            (Ok(()), Ok(())) => {}
            (Err(why), Err(word)) => assert!(why.contains(word), "{why}"),
            (found, expect) => panic!("{value} and {schema}: {found:?}, not {expect:?}"),
        }
    }

    #[test]
    fn what_fits_fits_and_what_does_not_is_named() {
        let person = json!({
            "type": "object",
            "properties": { "name": { "type": "string" }, "age": { "type": ["integer", "null"] }, "tags": { "type": "array", "items": { "enum": ["a", "b"] } } },
            "required": ["name"],
            "additionalProperties": false,
        });
        check(person.clone(), json!({ "name": "Ann", "age": 3.0, "tags": ["a"] }), Ok(()));
        check(person.clone(), json!({ "name": "Ann", "age": null }), Ok(()));
        check(person.clone(), json!({ "age": 3 }), Err("the answer has no `name`"));
        check(
            person.clone(),
            json!({ "name": 7 }),
            Err("`name` of the answer must be of the type string, and it is 7"),
        );
        check(person.clone(), json!({ "name": "Ann", "age": 0.5 }), Err("integer or null"));
        check(
            person.clone(),
            json!({ "name": "Ann", "tags": ["a", "c"] }),
            Err("item 2 of `tags` of the answer must be one of"),
        );
        check(person.clone(), json!({ "name": "Ann", "more": 1 }), Err("`more` of the answer must not be there"));
        check(person, json!([]), Err("must be of the type object"));
    }

    #[test]
    fn forms_and_references_are_followed_as_deep_as_is_sane() {
        let either =
            json!({ "anyOf": [{ "const": 1 }, { "$ref": "#/$defs/word" }], "$defs": { "word": { "type": "string" } } });
        check(either.clone(), json!("x"), Ok(()));
        check(either, json!(2), Err("fits none of its 2 forms"));
        check(json!({ "allOf": [{ "type": "number" }, { "const": 1 }] }), json!(2), Err("must be 1"));
        check(json!({ "$ref": "#" }), json!(1), Ok(()));
        check(json!({ "allOf": [{ "$ref": "#" }, { "$ref": "#" }, { "$ref": "#" }] }), json!(1), Ok(()));
        check(json!({ "$ref": "#/nowhere" }), json!(1), Ok(()));
        check(json!({ "type": "unheard" }), json!(1), Ok(()));
    }
}
