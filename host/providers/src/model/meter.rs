//! Every model behind the counter, metered: whoever asks it, by whatever way, it is asked only while there is budget left, and what it took
//! is counted.

use super::attempt::is_words;
use super::router::CHAT;
use super::spending::{Spending, Whom};
use crate::setup::Setups;
use async_trait::async_trait;
use loket_guardian::{Currency, Price, Tokens};
use loket_kernel::counter::now;
use loket_kernel::{Call, CallError, Capability, Effect, Keeps, Provider, Reply, Terms, Turn, Watch};
use loket_values::{Interface, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The function that thinks.
const COMPLETE: &str = "complete";
/// About so many bytes are one token, where nobody has counted them.
const BYTES_A_TOKEN: u64 = 4;

/// A model, metered.
pub struct Metered {
    model: Arc<dyn Provider>,
    spending: Arc<Spending>,
    setups: Setups,
}

/// Counts the words that a model says, and passes them on.
#[derive(Debug)]
struct Ear {
    turn: Arc<Turn>,
    bytes: AtomicU64,
}

/// A call that runs. Whatever becomes of it, it is counted once.
struct Meter {
    spending: Arc<Spending>,
    agent: Option<Arc<str>>,
    package: Option<Arc<str>>,
    address: String,
    price: Option<Price>,
    currency: Currency,
    /// Bytes of words in the request.
    asked: u64,
    ear: Arc<Ear>,
    is_counted: bool,
}

impl Metered {
    /// Meters a provider, if it is a model.
    pub fn over(provider: Arc<dyn Provider>, spending: &Arc<Spending>, setups: &Setups) -> Arc<dyn Provider> {
        match *provider.capability().interface == *CHAT {
            true => Arc::new(Metered { model: provider, spending: spending.clone(), setups: setups.clone() }),
            false => provider,
        }
    }

    /// What begins now, if it may.
    fn begin(&self, call: &Call) -> Result<Meter, CallError> {
        let package = &*call.capability.provider;
        self.setups.in_turn(&call.turn, |setup| {
            // Only names that the owner gave are counted apart: anything can stand in a request.
            let named = model(&call.args).map(|model| format!("{package}/{model}"));
            let address =
                named.filter(|address| setup.models.contains_key(address)).unwrap_or_else(|| package.to_owned());
            let price = setup.models.get(&address).and_then(|about| about.price);
            self.spending.within(setup, call.turn.agent.as_deref(), price.as_ref(), now())?;
            Ok(Meter {
                spending: self.spending.clone(),
                agent: call.turn.agent.clone(),
                package: Whom::of(call).package.map(Arc::from),
                address,
                price,
                currency: setup.budget.currency.clone(),
                asked: call.args.iter().map(words).sum(),
                ear: Arc::new(Ear { turn: call.turn.clone(), bytes: AtomicU64::new(0) }),
                is_counted: false,
            })
        })
    }
}

#[async_trait]
impl Provider for Metered {
    fn capability(&self) -> &Capability {
        self.model.capability()
    }

    fn interface(&self) -> &Interface {
        self.model.interface()
    }

    fn effect(&self, function: &str) -> Effect {
        self.model.effect(function)
    }

    fn keeps(&self, function: &str) -> Keeps {
        self.model.keeps(function)
    }

    fn is_transparent(&self, function: &str) -> bool {
        self.model.is_transparent(function)
    }

    fn term_keys(&self) -> &'static [&'static str] {
        self.model.term_keys()
    }

    fn terms(&self, terms: &Terms) -> Result<Terms, String> {
        self.model.terms(terms)
    }

    async fn call(&self, mut call: Call) -> Result<Reply, CallError> {
        if &*call.function != COMPLETE {
            return self.model.call(call).await;
        }
        let mut meter = self.begin(&call)?;
        call.turn = Arc::new(call.turn.branch(meter.ear.clone()));
        let answer = self.model.call(call).await;
        meter.end(&answer);
        answer
    }
}

impl Watch for Ear {
    fn hear(&self, event: Value) {
        if is_words(&event)
            && let Value::Variant(_, Some(said)) = &event
        {
            self.bytes.fetch_add(words(said), Ordering::Relaxed);
        }
        self.turn.tell(event);
    }
}

impl Meter {
    /// Counts what the model says that it took; of one that failed, what it had said until then.
    fn end(&mut self, answer: &Result<Reply, CallError>) {
        let value = answer.as_ref().ok().and_then(|reply| reply.value.as_ref());
        match value.and_then(usage) {
            Some(tokens) => self.count(tokens),
            // What was never begun cost nothing.
            None if self.ear.bytes.load(Ordering::Relaxed) == 0 => self.is_counted = true,
            None => self.count(self.about()),
        }
    }

    fn count(&mut self, tokens: Tokens) {
        if !std::mem::replace(&mut self.is_counted, true) {
            let whom = Whom { agent: self.agent.as_deref(), package: self.package.as_deref() };
            self.spending.count(whom, &self.address, tokens, self.price.as_ref(), &self.currency, now());
        }
    }

    /// What it took, as far as that can be told from the words.
    fn about(&self) -> Tokens {
        let tokens = |bytes: u64| bytes.div_ceil(BYTES_A_TOKEN);
        Tokens { input: tokens(self.asked), output: tokens(self.ear.bytes.load(Ordering::Relaxed)), cached: 0 }
    }
}

impl Drop for Meter {
    /// A call that was stopped in the middle: its server had read the request, and will want to be paid for it.
    fn drop(&mut self) {
        self.count(self.about());
    }
}

/// The model's own name in a request.
fn model(args: &[Value]) -> Option<&str> {
    match field(args.first()?, "model")? {
        Value::Option(Some(name)) => match &**name {
            Value::String(name) => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// What a reply says that it took.
fn usage(answer: &Value) -> Option<Tokens> {
    let Value::Result(Ok(Some(reply))) = answer else { return None };
    let usage = field(reply, "usage")?;
    let number = |name: &str| match field(usage, name) {
        Some(Value::U64(number)) => *number,
        Some(Value::Option(Some(number))) => match **number {
            Value::U64(number) => number,
            _ => 0,
        },
        _ => 0,
    };
    Some(Tokens { input: number("input"), output: number("output"), cached: number("cached") })
}

fn field<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    match value {
        Value::Record(fields) => fields.iter().find(|(field, _)| field == name).map(|(_, value)| value),
        _ => None,
    }
}

/// Bytes of text in a value. It was within the counter's limits before it came here, its depth by its type.
fn words(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.len() as u64,
        Value::List(items) | Value::Tuple(items) => items.iter().map(words).sum(),
        Value::Record(fields) => fields.iter().map(|(_, value)| words(value)).sum(),
        Value::Variant(_, value) | Value::Option(value) => value.as_deref().map_or(0, words),
        Value::Result(Ok(value) | Err(value)) => value.as_deref().map_or(0, words),
        _ => 0,
    }
}
