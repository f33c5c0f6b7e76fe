//! What was written is read again, bit for bit.

use crate::any::typed;
use loket_values::json::{arguments, from_json, result_to_json, to_json};
use loket_values::{Docs, Field, Function, Type, Value};
use proptest::prelude::*;

/// The binary form tells apart what `==` does not, and finds equal what it does not: `-0.0` and `NaN`.
fn bits(value: &Value) -> Vec<u8> {
    postcard::to_stdvec(value).expect("values have a binary form")
}

proptest! {
    #[test]
    fn values_survive_json_text((ty, value) in typed()) {
        let text = to_json(&value).to_string();
        let json = serde_json::from_str(&text).expect("it is JSON");
        let read = from_json(&json, &ty).map_err(|error| TestCaseError::fail(format!("{error} in {text} for {ty}")))?;
        prop_assert_eq!(bits(&read), bits(&value), "{} as {}", text, ty);
    }

    #[test]
    fn values_survive_the_binary_form((_, value) in typed()) {
        let read: Value = postcard::from_bytes(&bits(&value)).expect("it is read");
        prop_assert_eq!(bits(&read), bits(&value));
    }

    #[test]
    fn types_survive_the_binary_form((ty, _) in typed()) {
        let read: Type = postcard::from_bytes(&postcard::to_stdvec(&ty).expect("a form")).expect("it is read");
        prop_assert_eq!(read, ty);
    }

    #[test]
    fn arguments_are_read_by_name_and_by_position(typed in prop::collection::vec(typed(), 0..4)) {
        let (types, values): (Vec<Type>, Vec<Value>) = typed.into_iter().unzip();
        let params = types.into_iter().enumerate().map(|(i, ty)| Field { name: format!("p{i}"), ty, docs: Docs::default() });
        let function = Function { name: "f".into(), params: params.collect(), result: None, docs: Docs::default() };
        let list = to_json(&Value::Tuple(values.clone()));
        let fields = values.iter().cloned().enumerate().map(|(i, value)| (format!("p{i}"), value));
        let object = to_json(&Value::Record(fields.collect()));
        for json in [list, object] {
            let read = arguments(&json, &function).expect("they fit");
            prop_assert_eq!(bits(&Value::Tuple(read)), bits(&Value::Tuple(values.clone())));
        }
    }
}

#[test]
fn a_function_without_an_answer_answers_null() {
    assert_eq!(result_to_json(&[]), serde_json::Value::Null);
    assert_eq!(result_to_json(&[Value::U8(7)]), serde_json::json!(7));
}
