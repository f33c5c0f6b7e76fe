//! One model asked: by its own call at the counter, with its own grant, and with an ear on what it says meanwhile.

use super::choice::Chosen;
use loket_kernel::{Call, CallError, Capability, Counter, Turn, Watch};
use loket_values::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// What came of asking a model.
pub(super) struct Attempt {
    /// The whole result, or why there is none.
    pub(super) answer: Result<Option<Value>, CallError>,
    /// Whether whoever watches was shown words of it.
    pub(super) spoke: bool,
}

/// Passes on what a model says, and notes that it does.
#[derive(Debug)]
struct Ear {
    turn: Arc<Turn>,
    spoke: AtomicBool,
    first: Notify,
}

impl Watch for Ear {
    fn hear(&self, event: Value) {
        if is_words(&event) && !self.spoke.swap(true, Ordering::AcqRel) {
            self.first.notify_one();
        }
        self.turn.tell(event);
    }
}

/// Asks a model. One that says nothing in time is given up, where somebody else can be asked.
pub(super) async fn ask(counter: &Counter, call: &Call, chosen: &Chosen, args: Vec<Value>, is_last: bool) -> Attempt {
    let ear = Arc::new(Ear { turn: call.turn.clone(), spoke: AtomicBool::new(false), first: Notify::new() });
    let onward = onward(call, chosen, args, ear.clone());
    let asked = counter.call(onward);
    tokio::pin!(asked);
    let answer = if is_last {
        asked.await
    } else {
        tokio::select! {
            biased;
            answer = &mut asked => answer,
            () = ear.first.notified() => asked.await,
            () = tokio::time::sleep(chosen.first_token) => Err(CallError::exhausted(
                FIRST_TOKEN,
                format!("the model `{}` had said nothing after {} seconds", chosen.name(), chosen.first_token.as_secs()),
            )),
        }
    };
    Attempt { answer: in_band(answer), spoke: ear.spoke.load(Ordering::Acquire) }
}

/// The limit that a model reaches that says nothing in time.
pub(super) const FIRST_TOKEN: &str = "first-token";

/// The call of one model, whose events are heard by `ear`.
pub(super) fn onward(call: &Call, chosen: &Chosen, mut args: Vec<Value>, ear: Arc<dyn Watch>) -> Call {
    name(&mut args, chosen);
    let capability = Capability::of(&chosen.package, &call.capability.interface);
    Call { turn: Arc::new(call.turn.branch(ear)), ..call.onward(capability, &call.function, args) }
}

/// Tells the adapter which of its models is meant.
pub(super) fn name(args: &mut [Value], chosen: &Chosen) {
    if let (Some(model), Some(Value::Record(request))) = (&chosen.model, args.first_mut())
        && let Some((_, wanted)) = request.iter_mut().find(|(name, _)| name == "model")
    {
        *wanted = Value::Option(Some(Box::new(Value::String(model.clone()))));
    }
}

/// The error that a component gave as its result, as one of the counter.
pub fn in_band(answer: Result<Option<Value>, CallError>) -> Result<Option<Value>, CallError> {
    match answer {
        Ok(Some(Value::Result(Err(Some(error))))) => Err(CallError::from_value(&error)
            .unwrap_or_else(|| CallError::Failed("the model failed without a reason that can be read".into()))),
        answer => answer,
    }
}

/// Whether an event is text of the answer.
pub(super) fn is_words(event: &Value) -> bool {
    matches!(event, Value::Variant(case, Some(words))
        if case == "text" && matches!(&**words, Value::String(words) if !words.is_empty()))
}

/// Tells whoever watches what happens, in a few words.
pub(super) fn status(turn: &Turn, words: String) {
    turn.tell(Value::Variant("status".into(), Some(Box::new(Value::String(words)))));
}
