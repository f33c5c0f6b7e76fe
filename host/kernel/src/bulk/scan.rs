//! Which of two components a scanner reads, as `loket:scan/subject.read` has it: what it answers is bytes.

use super::native::Native;
use loket_values::{Case, Docs, Type, Value};
use wasmtime::component::{ComponentType, Lift, Lower};

/// Which of the two.
#[derive(ComponentType, Lift, Lower, Clone, Copy)]
#[component(enum)]
#[repr(u8)]
pub(super) enum Version {
    #[component(name = "candidate")]
    Candidate,
    #[component(name = "replaced")]
    Replaced,
}

const NAMES: [(&str, Version); 2] = [("candidate", Version::Candidate), ("replaced", Version::Replaced)];

impl Native for Version {
    fn ty() -> Type {
        let case = |(name, _): (&str, Version)| Case { name: name.into(), ty: None, docs: Docs::default() };
        Type::Enum(NAMES.map(case).into())
    }

    fn into_value(self) -> Value {
        Value::Enum(NAMES[self as usize].0.to_owned())
    }

    fn from_value(value: Value) -> Option<Self> {
        let Value::Enum(name) = value else { return None };
        NAMES.iter().find(|(own, _)| *own == name).map(|(_, version)| *version)
    }
}
