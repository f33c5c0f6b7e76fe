//! Imports to the counter: every import that is not the sealed baseline is linked here, by a function that makes a [`Call`].

use crate::bulk;
use crate::call::{Call, Capability};
use crate::convert::{from_val, to_val};
use crate::fault::CallError;
use crate::state::{Door, State};
use loket_values::{Function, Interface, Type, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use wasmtime::StoreContextMut;
use wasmtime::component::Linker;

/// An import, and who answers it.
#[derive(Debug, Clone)]
pub struct Import {
    /// The interface as the component imports it.
    pub interface: Interface,
    /// Whom its calls are addressed to.
    pub capability: Capability,
    /// The names that the counter has for its functions, where these are not the import's own.
    pub names: BTreeMap<String, String>,
}

impl Import {
    /// An import whose functions have their own names at the counter.
    pub fn of(interface: Interface, capability: Capability) -> Import {
        Import { interface, capability, names: BTreeMap::new() }
    }
}

/// One imported function, as the linked closure keeps it.
pub(crate) struct Target {
    capability: Capability,
    function: Arc<str>,
    signature: Function,
    failure: Failure,
}

/// How a function can say that a call went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    /// It answers `result<_, error>` of `loket:types`.
    Error,
    /// It answers `result<_, string>`.
    Text,
    /// It cannot: the caller ends there, with the same error.
    Trap,
}

impl Failure {
    fn of(function: &Function) -> Failure {
        match &function.result {
            Some(Type::Result { err: Some(err), .. }) if **err == *CallError::ty() => Failure::Error,
            Some(Type::Result { err: Some(err), .. }) if **err == Type::String => Failure::Text,
            _ => Failure::Trap,
        }
    }

    fn answer(self, error: CallError) -> wasmtime::Result<Option<Value>> {
        let payload = match self {
            Failure::Error => error.to_value(),
            Failure::Text => Value::String(error.to_string()),
            Failure::Trap => return Err(wasmtime::Error::new(error)),
        };
        Ok(Some(Value::Result(Err(Some(Box::new(payload))))))
    }
}

impl Door {
    /// Asks: at the counter, or of the recording.
    pub(crate) async fn call(&self, call: Call) -> Result<Option<Value>, CallError> {
        match self {
            Door::Counter(counter) => counter.call(call).await,
            Door::Recording(recording) => recording.call(call),
        }
    }
}

impl Target {
    /// Makes the call in the name of the instance whose store this is.
    pub(crate) async fn ask(
        &self,
        store: &mut StoreContextMut<'_, State>,
        args: Vec<Value>,
    ) -> wasmtime::Result<Option<Value>> {
        let state = store.data();
        let door = state.door.clone();
        let call = Call {
            chain: state.chain.clone(),
            capability: self.capability.clone(),
            function: self.function.clone(),
            args,
            turn: state.turn.clone(),
            parent: state.call,
            terms: smallvec::SmallVec::new(),
            held: state.held.clone(),
            number: 0,
        };
        match door.call(call).await {
            Ok(value) => Ok(value),
            Err(error) => self.failure.answer(error),
        }
    }
}

/// Links imports to the counter.
///
/// # Errors
/// When the linker already has one of the names.
pub fn link(linker: &mut Linker<State>, imports: &[Import]) -> wasmtime::Result<()> {
    for import in imports {
        let mut place = match &import.interface.name {
            Some(name) => linker.instance(&name.to_string())?,
            None => linker.root(),
        };
        for function in &import.interface.functions {
            let target = Arc::new(Target {
                capability: import.capability.clone(),
                function: import.names.get(&function.name).unwrap_or(&function.name).as_str().into(),
                signature: function.clone(),
                failure: Failure::of(function),
            });
            if let Some(shape) = bulk::shape(function) {
                shape.link(&mut place, &function.name, target)?;
                continue;
            }
            place.func_new_async(&function.name, move |mut store, _, params, results| {
                let target = target.clone();
                Box::new(async move {
                    let args = params
                        .iter()
                        .zip(&target.signature.params)
                        .map(|(val, field)| from_val(val, &field.ty))
                        .collect::<Result<Vec<_>, _>>()?;
                    let answer = target.ask(&mut store, args).await?;
                    match (results, answer) {
                        ([], _) => Ok(()),
                        ([place], Some(value)) => {
                            *place = to_val(value);
                            Ok(())
                        }
                        _ => Err(wasmtime::Error::new(CallError::Failed(format!(
                            "`{}` answered without a value",
                            target.function
                        )))),
                    }
                })
            })?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_an_answer_wherever_the_function_can_carry_one() {
        let function = |result| Function { name: "f".into(), params: vec![], result, docs: Default::default() };
        let result = |err: Option<Type>| Some(Type::Result { ok: None, err: err.map(Box::new) });
        for (signature, failure) in [
            (result(Some(CallError::ty().clone())), Failure::Error),
            (result(Some(Type::String)), Failure::Text),
            (result(Some(Type::U32)), Failure::Trap),
            (result(None), Failure::Trap),
            (Some(Type::U32), Failure::Trap),
            (None, Failure::Trap),
        ] {
            assert_eq!(Failure::of(&function(signature)), failure);
        }
        assert!(Failure::Trap.answer(CallError::Failed("no".into())).is_err());
    }
}
