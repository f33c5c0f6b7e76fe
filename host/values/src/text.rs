//! Types and functions written as WIT.

use crate::types::{Case, Function, Type};
use std::fmt;

impl fmt::Display for Type {
    /// WIT, with the named types written in place: `record { a: u32, b: option<string> }`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Bool => f.write_str("bool"),
            Type::S8 => f.write_str("s8"),
            Type::U8 => f.write_str("u8"),
            Type::S16 => f.write_str("s16"),
            Type::U16 => f.write_str("u16"),
            Type::S32 => f.write_str("s32"),
            Type::U32 => f.write_str("u32"),
            Type::S64 => f.write_str("s64"),
            Type::U64 => f.write_str("u64"),
            Type::F32 => f.write_str("f32"),
            Type::F64 => f.write_str("f64"),
            Type::Char => f.write_str("char"),
            Type::String => f.write_str("string"),
            Type::List(item) => write!(f, "list<{item}>"),
            Type::Option(inner) => write!(f, "option<{inner}>"),
            Type::Tuple(items) => {
                f.write_str("tuple<")?;
                separated(f, items, |f, item| write!(f, "{item}"))?;
                f.write_str(">")
            }
            Type::Record(fields) => {
                f.write_str("record { ")?;
                separated(f, fields, |f, field| write!(f, "{}: {}", field.name, field.ty))?;
                f.write_str(" }")
            }
            Type::Variant(cases) => braces(f, "variant", cases),
            Type::Enum(cases) => braces(f, "enum", cases),
            Type::Flags(cases) => braces(f, "flags", cases),
            Type::Result { ok, err } => match (ok, err) {
                (None, None) => f.write_str("result"),
                (Some(ok), None) => write!(f, "result<{ok}>"),
                (None, Some(err)) => write!(f, "result<_, {err}>"),
                (Some(ok), Some(err)) => write!(f, "result<{ok}, {err}>"),
            },
        }
    }
}

impl Function {
    /// Its signature as WIT: `evaluate: func(expression: string) -> result<string, string>`.
    pub fn signature(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Function {
    /// The [signature](Function::signature).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: func(", self.name)?;
        separated(f, &self.params, |f, param| write!(f, "{}: {}", param.name, param.ty))?;
        f.write_str(")")?;
        match &self.result {
            Some(ty) => write!(f, " -> {ty}"),
            None => Ok(()),
        }
    }
}

fn braces(f: &mut fmt::Formatter<'_>, word: &str, cases: &[Case]) -> fmt::Result {
    write!(f, "{word} {{ ")?;
    separated(f, cases, |f, case| match &case.ty {
        Some(ty) => write!(f, "{}({ty})", case.name),
        None => f.write_str(&case.name),
    })?;
    f.write_str(" }")
}

fn separated<T>(
    f: &mut fmt::Formatter<'_>,
    items: &[T],
    one: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        one(f, item)?;
    }
    Ok(())
}
