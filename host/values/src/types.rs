//! What a value may look like: WIT types, compared by structure.

use serde::{Deserialize, Serialize};

/// The type of a [`crate::Value`], with all aliases resolved.
///
/// Two types are equal when their structure and their field and case names are; documentation does not count.
/// Handles (resources), futures and streams have no place here: see [`crate::surface`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the cases are the component model's own value types")]
pub enum Type {
    Bool,
    S8,
    U8,
    S16,
    U16,
    S32,
    U32,
    S64,
    U64,
    F32,
    F64,
    Char,
    String,
    List(Box<Type>),
    Record(Vec<Field>),
    Tuple(Vec<Type>),
    Variant(Vec<Case>),
    Enum(Vec<Case>),
    Option(Box<Type>),
    Result { ok: Option<Box<Type>>, err: Option<Box<Type>> },
    Flags(Vec<Case>),
}

/// A field of a record, or a parameter of a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name, in kebab case.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// What its author wrote about it.
    pub docs: Docs,
}

/// A case of a variant or an enum, or one flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Its name, in kebab case.
    pub name: String,
    /// What it carries; always `None` in enums and flags.
    pub ty: Option<Type>,
    /// What its author wrote about it.
    pub docs: Docs,
}

/// A function of an interface, or one that a component exports by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// Its name, in kebab case.
    pub name: String,
    /// What it takes, in order.
    pub params: Vec<Field>,
    /// What it answers.
    pub result: Option<Type>,
    /// What its author wrote about it.
    pub docs: Docs,
}

/// Documentation: equal to any other, so that types compare by structure alone.
#[derive(Debug, Clone, Default, Eq, Serialize, Deserialize)]
pub struct Docs(pub String);

impl PartialEq for Docs {
    fn eq(&self, _: &Docs) -> bool {
        true
    }
}

impl From<&str> for Docs {
    fn from(text: &str) -> Self {
        Docs(text.to_owned())
    }
}
