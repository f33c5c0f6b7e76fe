//! Random types, and random values of a type.

use loket_values::{Case, Docs, Field, Type, Value};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;

const NAMES: [&str; 8] = ["a", "ok", "b-c", "long-name", "x1", "err", "null", "some"];

/// Any type, up to four levels deep.
pub(crate) fn ty() -> impl Strategy<Value = Type> {
    let names = || subsequence(NAMES.to_vec(), 1..=NAMES.len());
    let plain = move || names().prop_map(|names| names.into_iter().map(|name| case(name, None)).collect::<Vec<_>>());
    let leaf = prop_oneof![
        8 => prop::sample::select(vec![
            Type::Bool, Type::S8, Type::U8, Type::S16, Type::U16, Type::S32, Type::U32, Type::S64, Type::U64, Type::F32,
            Type::F64, Type::Char, Type::String, Type::List(Box::new(Type::U8)),
        ]),
        1 => plain().prop_map(Type::Enum),
        1 => plain().prop_map(Type::Flags),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let some = prop::option::of(inner.clone());
        prop_oneof![
            inner.clone().prop_map(|ty| Type::List(Box::new(ty))),
            inner.clone().prop_map(|ty| Type::Option(Box::new(ty))),
            inner.clone().prop_map(|ty| Type::Option(Box::new(Type::Option(Box::new(ty))))),
            vec(inner.clone(), 1..4).prop_map(Type::Tuple),
            (some.clone(), some.clone())
                .prop_map(|(ok, err)| Type::Result { ok: ok.map(Box::new), err: err.map(Box::new) }),
            (names(), vec(inner.clone(), NAMES.len())).prop_map(|(names, types)| {
                let field = |(name, ty): (&str, Type)| Field { name: name.to_owned(), ty, docs: Docs::default() };
                Type::Record(names.into_iter().zip(types).map(field).collect())
            }),
            (names(), vec(some, NAMES.len())).prop_map(|(names, types)| {
                Type::Variant(names.into_iter().zip(types).map(|(name, ty)| case(name, ty)).collect())
            }),
        ]
    })
}

fn case(name: &str, ty: Option<Type>) -> Case {
    Case { name: name.to_owned(), ty, docs: Docs::default() }
}

/// Any value of the type, edges included.
pub(crate) fn value(ty: &Type) -> BoxedStrategy<Value> {
    match ty {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::S8 => edges(i8::MIN, i8::MAX).prop_map(Value::S8).boxed(),
        Type::U8 => edges(u8::MIN, u8::MAX).prop_map(Value::U8).boxed(),
        Type::S16 => edges(i16::MIN, i16::MAX).prop_map(Value::S16).boxed(),
        Type::U16 => edges(u16::MIN, u16::MAX).prop_map(Value::U16).boxed(),
        Type::S32 => edges(i32::MIN, i32::MAX).prop_map(Value::S32).boxed(),
        Type::U32 => edges(u32::MIN, u32::MAX).prop_map(Value::U32).boxed(),
        Type::S64 => edges(i64::MIN, i64::MAX).prop_map(Value::S64).boxed(),
        Type::U64 => edges(u64::MIN, u64::MAX).prop_map(Value::U64).boxed(),
        // The component model has one NaN.
        Type::F32 => {
            let edge = prop::sample::select(vec![
                0.0,
                -0.0,
                0.1,
                f32::MAX,
                f32::MIN_POSITIVE,
                f32::INFINITY,
                f32::NEG_INFINITY,
            ]);
            let any = any::<u32>().prop_map(f32::from_bits).prop_map(|v| if v.is_nan() { f32::NAN } else { v });
            prop_oneof![edge, any, Just(f32::NAN)].prop_map(Value::F32).boxed()
        }
        Type::F64 => {
            let edge = prop::sample::select(vec![
                0.0,
                -0.0,
                0.1,
                f64::MAX,
                5e-324,
                f64::INFINITY,
                f64::NEG_INFINITY,
                1e15,
                -3.0,
            ]);
            let any = any::<u64>().prop_map(f64::from_bits).prop_map(|v| if v.is_nan() { f64::NAN } else { v });
            prop_oneof![edge, any, Just(f64::NAN)].prop_map(Value::F64).boxed()
        }
        Type::Char => any::<char>().prop_map(Value::Char).boxed(),
        Type::String => prop_oneof![Just(String::new()), "\\PC{0,8}", Just("\0\u{202e}\"\\".to_owned())]
            .prop_map(Value::String)
            .boxed(),
        Type::List(item) if **item == Type::U8 => vec(any::<u8>(), 0..8).prop_map(Value::Bytes).boxed(),
        Type::List(item) => vec(value(item), 0..4).prop_map(Value::List).boxed(),
        Type::Tuple(items) => items.iter().map(value).collect::<Vec<_>>().prop_map(Value::Tuple).boxed(),
        Type::Record(fields) => {
            let names: Vec<String> = fields.iter().map(|field| field.name.clone()).collect();
            let values: Vec<_> = fields.iter().map(|field| value(&field.ty)).collect();
            values.prop_map(move |values| Value::Record(names.iter().cloned().zip(values).collect())).boxed()
        }
        Type::Variant(cases) => prop::sample::select(cases.clone())
            .prop_flat_map(|case| payload(case.ty.as_ref()).prop_map(move |v| Value::Variant(case.name.clone(), v)))
            .boxed(),
        Type::Enum(cases) => prop::sample::select(cases.clone()).prop_map(|case| Value::Enum(case.name)).boxed(),
        Type::Flags(cases) => subsequence(cases.clone(), 0..=cases.len())
            .prop_map(|set| Value::Flags(set.into_iter().map(|case| case.name).collect()))
            .boxed(),
        Type::Option(inner) => prop::option::of(value(inner)).prop_map(|v| Value::Option(v.map(Box::new))).boxed(),
        Type::Result { ok, err } => prop_oneof![
            payload(ok.as_deref()).prop_map(|v| Value::Result(Ok(v))),
            payload(err.as_deref()).prop_map(|v| Value::Result(Err(v))),
        ]
        .boxed(),
    }
}

fn payload(ty: Option<&Type>) -> BoxedStrategy<Option<Box<Value>>> {
    match ty {
        Some(ty) => value(ty).prop_map(|v| Some(Box::new(v))).boxed(),
        None => Just(None).boxed(),
    }
}

fn edges<T: Arbitrary + Copy + std::fmt::Debug + 'static>(least: T, most: T) -> impl Strategy<Value = T> {
    prop_oneof![1 => Just(least), 1 => Just(most), 4 => any::<T>()]
}

/// A type with a value of it.
pub(crate) fn typed() -> impl Strategy<Value = (Type, Value)> {
    ty().prop_flat_map(|ty| {
        let values = value(&ty);
        (Just(ty), values)
    })
}
