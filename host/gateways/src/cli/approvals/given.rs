//! Values for the fields of what a server asks, as they are typed: each by the kind of its field.

use crate::cli::failure::{Failure, Outcome};
use crate::desk::{AskField, AskForm, AskInfo, Problem};
use serde_json::{Map, Value as Json};

/// The values of `FIELD=VALUE`.
pub(super) fn values(ask: &AskInfo, typed: &[String]) -> Outcome<Json> {
    let wrong = |message: String| Failure::from(Problem::invalid(message).hint("loket approvals yes --help"));
    let Some(form) = &ask.form else {
        return Err(wrong(
            "this asks for a yes alone, and has no fields: other arguments are given by `--args`".into(),
        ));
    };
    let mut values = Map::new();
    for text in typed {
        let (name, value) = text.split_once('=').ok_or_else(|| wrong(format!("`{text}` is no FIELD=VALUE")))?;
        let field = field(form, name).ok_or_else(|| {
            let known: Vec<_> = form.fields.iter().map(|field| format!("`{}`", field.name)).collect();
            wrong(format!("there is no field `{name}`; there are: {}", known.join(", ")))
        })?;
        values.insert(name.to_owned(), value_of(field, value));
    }
    Ok(Json::Object(values))
}

fn field<'f>(form: &'f AskForm, name: &str) -> Option<&'f AskField> {
    form.fields.iter().find(|field| field.name == name)
}

/// What was typed, as a value of the field's kind; what cannot be one is a text, and is told as wrong where it is checked.
pub(super) fn value_of(field: &AskField, typed: &str) -> Json {
    let text = || Json::String(typed.to_owned());
    match field.kind.as_str() {
        "number" => serde_json::from_str(typed).ok().filter(Json::is_number).unwrap_or_else(text),
        "flag" => match typed {
            "true" | "yes" | "y" => Json::Bool(true),
            "false" | "no" | "n" => Json::Bool(false),
            _ => text(),
        },
        "choices" => {
            let picked = typed.split(',').map(str::trim).filter(|pick| !pick.is_empty());
            Json::Array(picked.map(|pick| Json::String(pick.to_owned())).collect())
        }
        _ => text(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_typed_is_read_by_the_kind_of_its_field() {
        let read = |kind: &str, typed: &str| {
            let field = AskField {
                name: "x".into(),
                kind: kind.into(),
                takes: String::new(),
                about: String::new(),
                required: false,
                usual: None,
            };
            value_of(&field, typed)
        };
        assert_eq!([read("number", "7"), read("number", "many")], [json!(7), json!("many")]);
        assert_eq!(
            [read("flag", "yes"), read("flag", "false"), read("flag", "?")],
            [json!(true), json!(false), json!("?")]
        );
        assert_eq!([read("text", "7"), read("choices", "a, b")], [json!("7"), json!(["a", "b"])]);
    }
}
