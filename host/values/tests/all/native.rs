//! Values as Rust types and back.

use loket_values::json::{decode, decode_args, encode};
use loket_values::{Case, Docs, Field, Function, Type, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

fn field(name: &str, ty: Type) -> Field {
    Field { name: name.into(), ty, docs: Docs::default() }
}

fn case(name: &str, ty: Option<Type>) -> Case {
    Case { name: name.into(), ty, docs: Docs::default() }
}

fn option(ty: Type) -> Type {
    Type::Option(Box::new(ty))
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Trouble {
    NotFound(String),
    Syntax { line: u32, why: Option<String> },
    TimedOut,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Right {
    ReadAll,
    Write,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Everything {
    max_u64: u64,
    min_s64: i64,
    score: f32,
    mark: char,
    bytes: Vec<u8>,
    nested: Option<Option<u8>>,
    pair: (u8, String),
    rights: BTreeSet<Right>,
    outcome: Result<(), Trouble>,
    troubles: Vec<Trouble>,
}

fn trouble() -> Type {
    let syntax = Type::Record(vec![field("line", Type::U32), field("why", option(Type::String))]);
    Type::Variant(vec![case("not-found", Some(Type::String)), case("syntax", Some(syntax)), case("timed-out", None)])
}

fn everything() -> Type {
    Type::Record(vec![
        field("max-u64", Type::U64),
        field("min-s64", Type::S64),
        field("score", Type::F32),
        field("mark", Type::Char),
        field("bytes", Type::List(Box::new(Type::U8))),
        field("nested", option(option(Type::U8))),
        field("pair", Type::Tuple(vec![Type::U8, Type::String])),
        field("rights", Type::Flags(vec![case("write", None), case("read-all", None)])),
        field("outcome", Type::Result { ok: None, err: Some(Box::new(trouble())) }),
        field("troubles", Type::List(Box::new(trouble()))),
    ])
}

#[test]
fn rust_types_survive_the_way_through_values() {
    let outcomes = [Ok(()), Err(Trouble::TimedOut)];
    for (nested, outcome) in [None, Some(None), Some(Some(3))].into_iter().zip(outcomes.into_iter().chain([Ok(())])) {
        let there = Everything {
            max_u64: u64::MAX,
            min_s64: i64::MIN,
            score: f32::INFINITY,
            mark: 'é',
            bytes: vec![0, 255],
            nested,
            pair: (7, String::new()),
            rights: [Right::ReadAll, Right::Write].into(),
            outcome,
            troubles: vec![Trouble::NotFound("x".into()), Trouble::Syntax { line: 3, why: None }, Trouble::TimedOut],
        };
        let value = encode(&there, &everything()).expect("it fits");
        let json = loket_values::json::to_json(&value);
        assert_eq!(loket_values::json::from_json(&json, &everything()).as_ref(), Ok(&value), "it has the type's form");
        assert_eq!(decode::<Everything>(&value).expect("it fits back"), there);
    }
}

#[test]
fn flags_come_in_the_order_of_the_type() {
    let flags = Type::Flags(vec![case("write", None), case("read-all", None)]);
    let value = encode(&[Right::ReadAll, Right::Write], &flags).expect("they fit");
    assert_eq!(value, Value::Flags(vec!["write".into(), "read-all".into()]));
}

fn function(params: Vec<Field>) -> Function {
    Function { name: "f".into(), params, result: None, docs: Docs::default() }
}

#[test]
fn arguments_are_a_struct_or_a_tuple() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct Args {
        at_most: u32,
        key: String,
    }
    let f = function(vec![field("key", Type::String), field("at-most", Type::U32)]);
    let args = [Value::String("k".into()), Value::U32(5)];
    assert_eq!(decode_args::<Args>(&args, &f), Ok(Args { at_most: 5, key: "k".into() }));
    assert_eq!(decode_args::<(String, u32)>(&args, &f), Ok(("k".into(), 5)));
    assert_eq!(decode_args::<()>(&[], &function(Vec::new())), Ok(()));
    let error = decode_args::<Args>(&args[..1], &f).expect_err("one is missing");
    assert_eq!(error.to_string(), "at `$`: 1 arguments for `f: func(key: string, at-most: u32)`");
    let error = decode_args::<(u8, u32)>(&args, &f).expect_err("another type");
    assert_eq!(error.to_string(), "at `$[0]`: invalid type: string \"k\", expected u8");
}

#[track_caller]
fn refused<T: Serialize + ?Sized>(value: &T, ty: &Type, message: &str) {
    assert_eq!(encode(value, ty).expect_err("it does not fit").to_string(), message);
}

#[test]
fn what_does_not_fit_is_named_with_its_place() {
    refused(&300, &Type::U8, "at `$`: the integer 300 does not fit `u8`");
    refused("x", &Type::U8, "at `$`: a string does not fit `u8`");
    refused(&vec![1, 2, 300], &Type::List(Box::new(Type::U8)), "at `$[2]`: the integer 300 does not fit `u8`");
    refused(&(1, 2), &Type::Tuple(vec![Type::U8]), "at `$`: another number of items than `tuple<u8>` has");
    refused("purple", &Type::Enum(vec![case("red", None)]), "at `$`: the case `purple` does not fit `enum { red }`");
    let record = Type::Record(vec![field("line", Type::U32)]);
    refused(&serde_json::json!({ "row": 1 }), &record, "at `$`: no field `row`, only `line`");
    refused(&serde_json::json!({}), &record, "at `$`: the field `line: u32` is missing");
    refused(&Trouble::TimedOut, &record, "at `$`: the case `timed-out` does not fit `record { line: u32 }`");
}
