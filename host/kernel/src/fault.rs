//! How a call ends badly: the error variant of `loket:types/types`, in Rust.

use loket_values::{Case, Docs, Field, Type, Value};
use std::fmt;
use std::sync::LazyLock;
use wasmtime::component::{ComponentType, Lift, Lower};

/// Why the counter said no, and what would make it say yes.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(record)]
pub struct Refusal {
    /// The capability that was asked for.
    pub capability: String,
    /// The function that was called.
    pub function: String,
    /// Who lacks what, in one sentence.
    pub reason: String,
    /// The command by which the owner could allow it.
    pub remedy: String,
}

/// A limit that was reached.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(record)]
pub struct Exhaustion {
    /// The limit's name.
    pub limit: String,
    /// What the limit is, and by how much it was passed.
    pub detail: String,
    /// When it renews, in milliseconds since 1970.
    pub renews: Option<u64>,
}

/// How a call ends badly.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(variant)]
#[expect(missing_docs, reason = "the cases are documented in wit/types/types.wit")]
pub enum CallError {
    #[component(name = "denied")]
    Denied(Refusal),
    #[component(name = "needs-approval")]
    NeedsApproval(Refusal),
    #[component(name = "invalid")]
    Invalid(String),
    #[component(name = "not-found")]
    NotFound(String),
    #[component(name = "exhausted")]
    Exhausted(Exhaustion),
    #[component(name = "unavailable")]
    Unavailable(String),
    #[component(name = "failed")]
    Failed(String),
    #[component(name = "other")]
    Other(String),
}

impl CallError {
    /// A limit was reached.
    pub fn exhausted(limit: &str, detail: impl Into<String>) -> CallError {
        CallError::Exhausted(Exhaustion { limit: limit.into(), detail: detail.into(), renews: None })
    }

    /// The case's name, as in WIT.
    pub fn code(&self) -> &'static str {
        match self {
            CallError::Denied(_) => "denied",
            CallError::NeedsApproval(_) => "needs-approval",
            CallError::Invalid(_) => "invalid",
            CallError::NotFound(_) => "not-found",
            CallError::Exhausted(_) => "exhausted",
            CallError::Unavailable(_) => "unavailable",
            CallError::Failed(_) => "failed",
            CallError::Other(_) => "other",
        }
    }

    /// Whether the counter refused, as opposed to a provider that tried.
    pub fn is_refusal(&self) -> bool {
        matches!(self, CallError::Denied(_) | CallError::NeedsApproval(_))
    }

    /// What to do about it, where that is known.
    pub fn remedy(&self) -> Option<&str> {
        match self {
            CallError::Denied(r) | CallError::NeedsApproval(r) if !r.remedy.is_empty() => Some(&r.remedy),
            _ => None,
        }
    }

    /// The WIT type: `loket:types/types.error`.
    pub fn ty() -> &'static Type {
        &ERROR
    }

    /// The error as a component value.
    pub fn to_value(&self) -> Value {
        let text = |s: &str| Value::String(s.to_owned());
        let payload = match self {
            CallError::Denied(r) | CallError::NeedsApproval(r) => Value::Record(vec![
                ("capability".into(), text(&r.capability)),
                ("function".into(), text(&r.function)),
                ("reason".into(), text(&r.reason)),
                ("remedy".into(), text(&r.remedy)),
            ]),
            CallError::Exhausted(e) => Value::Record(vec![
                ("limit".into(), text(&e.limit)),
                ("detail".into(), text(&e.detail)),
                ("renews".into(), Value::Option(e.renews.map(|t| Box::new(Value::U64(t))))),
            ]),
            CallError::Invalid(m)
            | CallError::NotFound(m)
            | CallError::Unavailable(m)
            | CallError::Failed(m)
            | CallError::Other(m) => text(m),
        };
        Value::Variant(self.code().to_owned(), Some(Box::new(payload)))
    }

    /// Reads the component value back; `None` when it is of another shape.
    pub fn from_value(value: &Value) -> Option<CallError> {
        let Value::Variant(code, Some(payload)) = value else { return None };
        let field = |name: &str| match &**payload {
            Value::Record(fields) => fields.iter().find(|(n, _)| n == name).map(|(_, v)| v),
            _ => None,
        };
        let words = |name: &str| match field(name) {
            Some(Value::String(s)) => Some(s.clone()),
            _ => None,
        };
        let refusal = || {
            Some(Refusal {
                capability: words("capability")?,
                function: words("function")?,
                reason: words("reason")?,
                remedy: words("remedy")?,
            })
        };
        let message = || match &**payload {
            Value::String(s) => Some(s.clone()),
            _ => None,
        };
        Some(match code.as_str() {
            "denied" => CallError::Denied(refusal()?),
            "needs-approval" => CallError::NeedsApproval(refusal()?),
            "invalid" => CallError::Invalid(message()?),
            "not-found" => CallError::NotFound(message()?),
            "exhausted" => CallError::Exhausted(Exhaustion {
                limit: words("limit")?,
                detail: words("detail")?,
                renews: match field("renews") {
                    Some(Value::Option(Some(t))) => match **t {
                        Value::U64(t) => Some(t),
                        _ => None,
                    },
                    _ => None,
                },
            }),
            "unavailable" => CallError::Unavailable(message()?),
            "failed" => CallError::Failed(message()?),
            "other" => CallError::Other(message()?),
            _ => return None,
        })
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallError::Denied(r) | CallError::NeedsApproval(r) => f.write_str(&r.reason),
            CallError::Exhausted(e) => write!(f, "the limit `{}` was reached: {}", e.limit, e.detail),
            CallError::NotFound(m) => write!(f, "not found: {m}"),
            CallError::Unavailable(m) => write!(f, "unavailable: {m}"),
            CallError::Invalid(m) | CallError::Failed(m) | CallError::Other(m) => f.write_str(m),
        }
    }
}

impl std::error::Error for CallError {}

static ERROR: LazyLock<Type> = LazyLock::new(|| {
    let field = |name: &str, ty: Type| Field { name: name.into(), ty, docs: Docs::default() };
    let case = |name: &str, ty: Type| Case { name: name.into(), ty: Some(ty), docs: Docs::default() };
    let refusal = Type::Record(["capability", "function", "reason", "remedy"].map(|n| field(n, Type::String)).into());
    let exhaustion = Type::Record(vec![
        field("limit", Type::String),
        field("detail", Type::String),
        field("renews", Type::Option(Box::new(Type::U64))),
    ]);
    Type::Variant(vec![
        case("denied", refusal.clone()),
        case("needs-approval", refusal),
        case("invalid", Type::String),
        case("not-found", Type::String),
        case("exhausted", exhaustion),
        case("unavailable", Type::String),
        case("failed", Type::String),
        case("other", Type::String),
    ])
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_survives_the_way_through_a_value() {
        let refusal =
            Refusal { capability: "a:b/c".into(), function: "f".into(), reason: "no".into(), remedy: "ask".into() };
        for error in [
            CallError::Denied(refusal.clone()),
            CallError::NeedsApproval(refusal),
            CallError::Invalid("i".into()),
            CallError::NotFound("n".into()),
            CallError::Exhausted(Exhaustion { limit: "cpu".into(), detail: "5 s".into(), renews: Some(7) }),
            CallError::exhausted("depth", "8"),
            CallError::Unavailable("u".into()),
            CallError::Failed("f".into()),
            CallError::Other("o".into()),
        ] {
            assert_eq!(CallError::from_value(&error.to_value()), Some(error));
        }
        assert_eq!(CallError::from_value(&Value::Bool(true)), None);
    }
}
