//! The contract and the host: every function of every interface that is served is answered.

use crate::house::House;
use loket_gateways::desk::Desk as _;
use loket_providers::contract::Contract;
use loket_values::{Type, Value};

/// The interfaces of the contract that this host does not answer; a component that imports one is refused at admission. What the last two
/// have is asked of an adapter itself.
const NOT: [&str; 3] = ["loket:tools/provider", "loket:model/library", "loket:model/models"];

#[tokio::test(flavor = "multi_thread")]
async fn every_function_of_every_interface_is_answered() {
    let house = House::new().await;
    let contract = Contract::read().expect("the contract reads");
    for interface in contract.interfaces() {
        let name = interface.name.as_ref().map(|n| format!("{}/{}", n.package, n.interface)).expect("it has a name");
        assert_eq!(house.host.answers(&name), !NOT.contains(&name.as_str()), "{name}");
        if !house.host.answers(&name) {
            continue;
        }
        for function in &interface.functions {
            let arguments: Vec<_> =
                function.params.iter().map(|p| loket_values::json::to_json(&least(&p.ty))).collect();
            let answer = house.call(&name, &function.name, arguments.into()).await;
            // Whatever it says of the least of all arguments, it is the function that says it.
            if let Err(problem) = answer {
                assert!(!problem.message.contains("has no function"), "{name}#{}: {problem:?}", function.name);
            }
            let lines = house.lines(&name, &function.name).await;
            assert!(lines.iter().any(|l| l.kind == "intent"), "{name}#{} was called at the counter", function.name);
        }
    }
}

/// The least value of a type.
pub(crate) fn least(ty: &Type) -> Value {
    match ty {
        Type::Bool => Value::Bool(false),
        Type::S8 => Value::S8(0),
        Type::U8 => Value::U8(0),
        Type::S16 => Value::S16(0),
        Type::U16 => Value::U16(0),
        Type::S32 => Value::S32(0),
        Type::U32 => Value::U32(0),
        Type::S64 => Value::S64(0),
        Type::U64 => Value::U64(0),
        Type::F32 => Value::F32(0.0),
        Type::F64 => Value::F64(0.0),
        Type::Char => Value::Char('a'),
        Type::String => Value::String(String::new()),
        Type::List(item) if **item == Type::U8 => Value::Bytes(vec![]),
        Type::List(_) => Value::List(vec![]),
        Type::Record(fields) => Value::Record(fields.iter().map(|f| (f.name.clone(), least(&f.ty))).collect()),
        Type::Tuple(types) => Value::Tuple(types.iter().map(least).collect()),
        Type::Variant(cases) => {
            Value::Variant(cases[0].name.clone(), cases[0].ty.as_ref().map(|ty| Box::new(least(ty))))
        }
        Type::Enum(cases) => Value::Enum(cases[0].name.clone()),
        Type::Option(_) => Value::Option(None),
        Type::Result { ok, .. } => Value::Result(Ok(ok.as_ref().map(|ty| Box::new(least(ty))))),
        Type::Flags(_) => Value::Flags(vec![]),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_from_the_owner_gets_a_clear_error() {
    let house = House::new().await;
    for (capability, function, arguments, code, word) in [
        ("loket:calc/arithmetic", "evaluate", serde_json::json!({}), "invalid", "expression"),
        ("loket:calc/arithmetic", "evaluate", serde_json::json!({"expression": 7}), "invalid", "string"),
        ("loket:calc/arithmetic", "no-such", serde_json::json!({}), "not-found", "evaluate"),
        ("loket:nothing/here", "f", serde_json::json!({}), "not-found", "loket:nothing/here"),
        ("", "f", serde_json::json!({}), "not-found", ""),
    ] {
        let problem = house.call(capability, function, arguments).await.expect_err("it is wrong");
        assert_eq!(problem.code, code, "{problem:?}");
        assert!(problem.message.contains(word) && problem.hint.is_some(), "{problem:?}");
    }
    let problem = house
        .call_for("nobody", "loket:brain/memory", "list", serde_json::json!([[], null, 1]))
        .await
        .expect_err("there is none");
    assert!(problem.message.contains("`nobody`"), "{problem:?}");
    for text in ["", " \n "] {
        assert_eq!(house.say("assistant", text).await.expect_err("nothing is said").code, "invalid");
    }
    assert_eq!(house.say("nobody", "hello").await.expect_err("there is none").code, "not-found");
    assert_eq!(house.host.inspect("../../etc/passwd").await.expect_err("there is none").code, "not-found");
}
