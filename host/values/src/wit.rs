//! Interfaces read from WIT text: how native providers know their own types.

use crate::surface::{Interface, InterfaceName};
use crate::types::{Case, Docs, Field, Function, Type};
use wit_parser::{Handle, Resolve, TypeDefKind, TypeId};

/// Why WIT text could not be read.
#[derive(Debug, thiserror::Error)]
pub enum WitError {
    /// It does not parse, or names what is not there.
    #[error("the WIT of `{name}` cannot be read: {cause}")]
    Parse {
        /// Which text.
        name: String,
        /// Where and why.
        cause: String,
    },
    /// It has a type that values cannot carry.
    #[error("`{function}` uses a type that no value has: {culprit}")]
    Unsupported {
        /// The function.
        function: String,
        /// The type.
        culprit: String,
    },
}

/// The words of WIT itself: as a name, one stands behind a `%`
/// ([Wit.md, keywords](https://github.com/WebAssembly/component-model/blob/main/design/mvp/WIT.md#keywords)).
pub const WORDS: &[&str] = &[
    "as",
    "async",
    "bool",
    "borrow",
    "char",
    "constructor",
    "enum",
    "error-context",
    "export",
    "f32",
    "f64",
    "flags",
    "from",
    "func",
    "future",
    "import",
    "include",
    "interface",
    "list",
    "map",
    "option",
    "own",
    "package",
    "record",
    "resource",
    "result",
    "s16",
    "s32",
    "s64",
    "s8",
    "static",
    "stream",
    "string",
    "tuple",
    "type",
    "u16",
    "u32",
    "u64",
    "u8",
    "use",
    "variant",
    "with",
    "world",
];

/// Reads all interfaces of some packages, given as name and whole text; a package comes after those that it uses.
///
/// # Errors
/// When a text does not parse, or an interface has types that values cannot carry.
pub fn interfaces(packages: &[(&str, &str)]) -> Result<Vec<Interface>, WitError> {
    let mut resolve = Resolve::default();
    let mut all = Vec::new();
    for (name, text) in packages {
        let parsed = resolve.push_str(format!("{name}.wit"), text);
        let package = parsed.map_err(|e| WitError::Parse { name: (*name).to_owned(), cause: format!("{e:#}") })?;
        let package = &resolve.packages[package];
        for (interface_name, id) in &package.interfaces {
            let interface = &resolve.interfaces[*id];
            let functions = interface.functions.values().map(|f| function(&resolve, f)).collect::<Result<_, _>>()?;
            all.push(Interface {
                name: Some(InterfaceName {
                    package: format!("{}:{}", package.name.namespace, package.name.name),
                    interface: interface_name.clone(),
                    version: package.name.version.clone(),
                }),
                functions,
                unsupported: None,
                docs: docs(&interface.docs),
            });
        }
    }
    Ok(all)
}

fn docs(docs: &wit_parser::Docs) -> Docs {
    Docs(docs.contents.clone().unwrap_or_default())
}

fn function(resolve: &Resolve, function: &wit_parser::Function) -> Result<Function, WitError> {
    let lower = |ty: &wit_parser::Type| {
        lower(resolve, ty).map_err(|culprit| WitError::Unsupported { function: function.name.clone(), culprit })
    };
    Ok(Function {
        name: function.name.clone(),
        params: function
            .params
            .iter()
            .map(|p| Ok(Field { name: p.name.clone(), ty: lower(&p.ty)?, docs: Docs::default() }))
            .collect::<Result<_, WitError>>()?,
        result: function.result.as_ref().map(lower).transpose()?,
        docs: docs(&function.docs),
    })
}

fn lower(resolve: &Resolve, ty: &wit_parser::Type) -> Result<Type, String> {
    use wit_parser::Type as Wit;
    Ok(match ty {
        Wit::Bool => Type::Bool,
        Wit::S8 => Type::S8,
        Wit::U8 => Type::U8,
        Wit::S16 => Type::S16,
        Wit::U16 => Type::U16,
        Wit::S32 => Type::S32,
        Wit::U32 => Type::U32,
        Wit::S64 => Type::S64,
        Wit::U64 => Type::U64,
        Wit::F32 => Type::F32,
        Wit::F64 => Type::F64,
        Wit::Char => Type::Char,
        Wit::String => Type::String,
        Wit::ErrorContext => return Err("error-context".into()),
        Wit::Id(id) => defined(resolve, *id)?,
    })
}

fn defined(resolve: &Resolve, id: TypeId) -> Result<Type, String> {
    let boxed = |ty: &wit_parser::Type| lower(resolve, ty).map(Box::new);
    let maybe = |ty: &Option<wit_parser::Type>| ty.as_ref().map(boxed).transpose();
    let plain = |name: &str, text: &wit_parser::Docs| Case { name: name.into(), ty: None, docs: docs(text) };
    Ok(match &resolve.types[id].kind {
        TypeDefKind::Type(ty) => lower(resolve, ty)?,
        TypeDefKind::Record(record) => Type::Record(
            record
                .fields
                .iter()
                .map(|f| Ok(Field { name: f.name.clone(), ty: lower(resolve, &f.ty)?, docs: docs(&f.docs) }))
                .collect::<Result<_, String>>()?,
        ),
        TypeDefKind::Tuple(tuple) => {
            Type::Tuple(tuple.types.iter().map(|ty| lower(resolve, ty)).collect::<Result<_, _>>()?)
        }
        TypeDefKind::Variant(variant) => Type::Variant(
            variant
                .cases
                .iter()
                .map(|c| {
                    let ty = c.ty.as_ref().map(|ty| lower(resolve, ty)).transpose()?;
                    Ok(Case { name: c.name.clone(), ty, docs: docs(&c.docs) })
                })
                .collect::<Result<_, String>>()?,
        ),
        TypeDefKind::Enum(cases) => Type::Enum(cases.cases.iter().map(|c| plain(&c.name, &c.docs)).collect()),
        TypeDefKind::Flags(flags) => Type::Flags(flags.flags.iter().map(|f| plain(&f.name, &f.docs)).collect()),
        TypeDefKind::Option(ty) => Type::Option(boxed(ty)?),
        TypeDefKind::Result(result) => Type::Result { ok: maybe(&result.ok)?, err: maybe(&result.err)? },
        TypeDefKind::List(ty) => Type::List(boxed(ty)?),
        TypeDefKind::Handle(Handle::Own(_) | Handle::Borrow(_)) => return Err("a handle".into()),
        other => return Err(other.as_str().to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_is_read_with_its_types_and_docs() {
        let text = "package a:b@1.2.0;\ninterface i {\n/// A point.\nrecord point { x: s32, y: option<s32> }\n/// Move it.\nmove: func(p: point) -> result<point, string>;\n}";
        let all = interfaces(&[("a:b", text)]).expect("it parses");
        assert_eq!(all[0].name.as_ref().map(ToString::to_string).as_deref(), Some("a:b/i@1.2.0"));
        assert_eq!(all[0].functions[0].docs.0, "Move it.");
        assert_eq!(
            all[0].functions[0].signature(),
            "move: func(p: record { x: s32, y: option<s32> }) -> result<record { x: s32, y: option<s32> }, string>"
        );
    }

    #[test]
    fn handles_have_no_place_in_values() {
        let text = "package a:b; interface i { resource r; f: func(x: r); }";
        assert!(matches!(interfaces(&[("a:b", text)]), Err(WitError::Unsupported { .. })));
    }
}
