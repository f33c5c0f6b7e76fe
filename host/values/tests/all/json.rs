//! The rules of the JSON form one by one, and what is said about JSON that breaks them.

use loket_values::json::{arguments, from_json, to_json};
use loket_values::{Case, Docs, Field, Function, Type, Value};
use serde_json::{Value as Json, json};

fn boxed(ty: Type) -> Box<Type> {
    Box::new(ty)
}

fn option(ty: Type) -> Type {
    Type::Option(boxed(ty))
}

fn field(name: &str, ty: Type) -> Field {
    Field { name: name.into(), ty, docs: Docs::default() }
}

fn case(name: &str, ty: Option<Type>) -> Case {
    Case { name: name.into(), ty, docs: Docs::default() }
}

fn order() -> Type {
    let item = Type::Record(vec![field("name", Type::String), field("note", option(Type::String))]);
    Type::Record(vec![field("items", Type::List(boxed(item)))])
}

fn shape() -> Type {
    Type::Variant(vec![case("dot", None), case("circle", Some(Type::F32))])
}

fn rights() -> Type {
    Type::Flags(vec![case("read", None), case("write", None)])
}

#[track_caller]
fn reads(ty: Type, json: Json, value: Value) {
    assert_eq!(from_json(&json, &ty).expect("it fits"), value);
}

#[track_caller]
fn refuses(ty: Type, json: Json, message: &str) {
    assert_eq!(from_json(&json, &ty).expect_err("it does not fit").to_string(), message);
}

#[test]
fn integers_are_also_read_from_whole_floats() {
    reads(Type::U8, json!(3.0), Value::U8(3));
    reads(Type::S32, json!(-0.0), Value::S32(0));
    refuses(Type::U8, json!(3.5), "at `$`: expected an integer from 0 to 255, found `3.5`");
    refuses(Type::U8, json!(256), "at `$`: expected an integer from 0 to 255, found `256`");
    refuses(Type::S8, json!("1"), "at `$`: expected an integer from -128 to 127, found `\"1\"`");
    refuses(Type::S32, json!(1e300), "at `$`: expected an integer from -2147483648 to 2147483647, found `1e+300`");
}

#[test]
fn sixty_four_bits_are_also_read_from_decimal_strings() {
    reads(Type::U64, json!("18446744073709551615"), Value::U64(u64::MAX));
    reads(Type::S64, json!("-9223372036854775808"), Value::S64(i64::MIN));
    let range = "expected an integer from 0 to 18446744073709551615, or the same as a decimal string";
    for text in ["18446744073709551616", "+1", " 1", "", "-", "0x1", "1e3"] {
        refuses(Type::U64, json!(text), &format!("at `$`: {range}, found `\"{text}\"`"));
    }
    refuses(Type::U64, json!(1.8446744073709552e19), &format!("at `$`: {range}, found `1.8446744073709552e+19`"));
}

#[test]
fn floats_have_words_for_what_json_cannot_say() {
    reads(Type::F64, json!("-Infinity"), Value::F64(f64::NEG_INFINITY));
    reads(Type::F64, json!(3), Value::F64(3.0));
    assert_eq!(to_json(&Value::F32(0.1)), json!(0.1));
    assert_eq!(to_json(&Value::F64(-0.0)).to_string(), "-0.0");
    assert_eq!(to_json(&Value::F32(f32::NAN)), json!("NaN"));
    let or = "or `NaN`, `Infinity` or `-Infinity` as a string";
    refuses(Type::F32, json!(1e39), &format!("at `$`: expected a number of 32 bits, {or}, found `1e+39`"));
    refuses(Type::F64, json!("nan"), &format!("at `$`: expected a number, {or}, found `\"nan\"`"));
}

#[test]
fn nested_options_stand_in_brackets() {
    let nested = || option(option(Type::U8));
    let some = |value| Value::Option(Some(Box::new(value)));
    reads(nested(), json!(null), Value::Option(None));
    reads(nested(), json!([null]), some(Value::Option(None)));
    reads(nested(), json!([1]), some(some(Value::U8(1))));
    assert_eq!(to_json(&some(some(Value::Option(None)))), json!([[null]]));
    reads(option(nested()), json!([[null]]), some(some(Value::Option(None))));
    refuses(nested(), json!(1), "at `$`: expected `null`, or a list of one item (an option in an option), found `1`");
    refuses(nested(), json!(["x"]), "at `$[0]`: expected an integer from 0 to 255, found `\"x\"`");
}

#[test]
fn errors_say_where() {
    refuses(
        order(),
        json!({ "items": [{ "name": "a" }, { "name": "b", "note": null }, { "name": 7 }] }),
        "at `$.items[2].name`: expected a string, found `7`",
    );
    refuses(
        order(),
        json!({ "items": [{}] }),
        "at `$.items[0]`: expected the field `name: string`, found none of that name",
    );
    refuses(
        order(),
        json!({ "items": [{ "name": "a", "colour": 1 }] }),
        "at `$.items[0]`: expected only the fields `name`, `note`, found the unknown field `colour`",
    );
    refuses(order(), json!([]), "at `$`: expected an object with the fields `items`, found a list of 0 items");
    refuses(order(), json!({ "items": {} }), "at `$.items`: expected a list, found an empty object");
}

#[test]
fn what_was_found_is_shortened() {
    let long = "x".repeat(1000);
    refuses(Type::Bool, json!(long), &format!("at `$`: expected `true` or `false`, found `\"{}…\"`", "x".repeat(40)));
    refuses(Type::Bool, json!("\u{1b}[31m"), "at `$`: expected `true` or `false`, found `\"\\u001b[31m\"`");
    refuses(
        Type::String,
        json!({ "a": 1, "b": 2 }),
        "at `$`: expected a string, found an object with 2 fields, the first is `a`",
    );
}

#[test]
fn missing_options_are_none() {
    let none = Value::Record(vec![("name".into(), Value::String("a".into())), ("note".into(), Value::Option(None))]);
    reads(
        order(),
        json!({ "items": [{ "name": "a" }] }),
        Value::Record(vec![("items".into(), Value::List(vec![none]))]),
    );
}

#[test]
fn bytes_are_base64() {
    let bytes = || Type::List(boxed(Type::U8));
    reads(bytes(), json!(""), Value::Bytes(Vec::new()));
    reads(bytes(), json!("aGk="), Value::Bytes(b"hi".to_vec()));
    refuses(bytes(), json!([1, 2]), "at `$`: expected bytes as a base64 string, found a list of 2 items");
    for text in ["aGk", "aGl=", "a", "a-_="] {
        let error = from_json(&json!(text), &bytes()).expect_err(text).to_string();
        assert!(error.starts_with("at `$`: expected bytes as a base64 string, found `"), "{error}");
    }
}

#[test]
fn characters_are_strings_of_one() {
    reads(Type::Char, json!("é"), Value::Char('é'));
    refuses(Type::Char, json!(""), "at `$`: expected a string of one character, found `\"\"`");
    refuses(Type::Char, json!("ab"), "at `$`: expected a string of one character, found `\"ab\"`");
    refuses(Type::Char, json!(7), "at `$`: expected a string of one character, found `7`");
}

#[test]
fn variants_have_their_payload_or_none() {
    reads(shape(), json!("dot"), Value::Variant("dot".into(), None));
    reads(shape(), json!({ "circle": 2 }), Value::Variant("circle".into(), Some(Box::new(Value::F32(2.0)))));
    refuses(shape(), json!("square"), "at `$`: expected one of `\"dot\"`, `{\"circle\": …}`, found `\"square\"`");
    refuses(
        shape(),
        json!("circle"),
        "at `$`: expected `{\"circle\": …}` with a payload of type `f32`, found `\"circle\"`",
    );
    refuses(
        shape(),
        json!({ "dot": null }),
        "at `$`: expected `\"dot\"`, which has no payload, found an object with the field `dot`",
    );
    refuses(
        shape(),
        json!({ "circle": true }),
        "at `$.circle`: expected a number of 32 bits, or `NaN`, `Infinity` or `-Infinity` as a string, found `true`",
    );
}

#[test]
fn enums_and_flags_know_their_names() {
    let hue = Type::Enum(vec![case("red", None), case("blue", None)]);
    refuses(hue, json!("green"), "at `$`: expected one of `red`, `blue`, found `\"green\"`");
    reads(rights(), json!(["write", "read"]), Value::Flags(vec!["read".into(), "write".into()]));
    refuses(rights(), json!(["run"]), "at `$[0]`: expected one of the flags `read`, `write`, found `\"run\"`");
    refuses(rights(), json!(["read", "read"]), "at `$[1]`: expected each flag once, found `\"read\"` again");
    refuses(rights(), json!("read"), "at `$`: expected a list of the flags `read`, `write`, found `\"read\"`");
}

#[test]
fn tuples_have_their_length() {
    let pair = || Type::Tuple(vec![Type::U8, Type::Bool]);
    reads(pair(), json!([1, true]), Value::Tuple(vec![Value::U8(1), Value::Bool(true)]));
    refuses(pair(), json!([1]), "at `$`: expected a list of 2 items, found 1");
    refuses(pair(), json!([1, 2]), "at `$[1]`: expected `true` or `false`, found `2`");
}

#[test]
fn results_are_ok_or_err() {
    let ty = || Type::Result { ok: Some(boxed(Type::U8)), err: None };
    reads(ty(), json!({ "err": null }), Value::Result(Err(None)));
    refuses(ty(), json!({ "ok": null }), "at `$.ok`: expected an integer from 0 to 255, found `null`");
    refuses(ty(), json!({ "err": 1 }), "at `$.err`: expected `null`, as there is no payload, found `1`");
    refuses(
        ty(),
        json!({ "Ok": 1 }),
        "at `$`: expected `{\"ok\": …}` or `{\"err\": …}`, found an object with the field `Ok`",
    );
}

#[test]
fn arguments_come_by_name_by_position_or_not_at_all() {
    let function = |params| Function { name: "f".into(), params, result: None, docs: Docs::default() };
    let refuses = |function: &Function, json: Json, message: &str| {
        assert_eq!(arguments(&json, function).expect_err("they do not fit").to_string(), message);
    };
    let none = function(Vec::new());
    for json in [json!(null), json!({}), json!([])] {
        assert_eq!(arguments(&json, &none), Ok(Vec::new()));
    }
    refuses(&none, json!({ "a": 1 }), "at `$`: expected no parameters, found the unknown parameter `a`");
    let two = function(vec![field("a", Type::U8), field("b", option(Type::U8))]);
    let values = vec![Value::U8(1), Value::Option(None)];
    for json in [json!({ "a": 1 }), json!({ "b": null, "a": 1 }), json!([1, null])] {
        assert_eq!(arguments(&json, &two), Ok(values.clone()));
    }
    refuses(&two, json!(null), "at `$`: expected the parameter `a: u8`, found none of that name");
    refuses(&two, json!([1]), "at `$`: expected a list of 2 parameters, found 1");
    refuses(
        &two,
        json!("a"),
        "at `$`: expected an object with the parameters by name, or a list of them in order, found `\"a\"`",
    );
    refuses(
        &two,
        json!({ "a": 1, "c": 1 }),
        "at `$`: expected only the parameters `a`, `b`, found the unknown parameter `c`",
    );
}
