//! The counter: the one door.
//!
//! Every call, from anyone to anyone, passes [`Counter::call`]: who asks and through whom, is it granted, is there budget left, the
//! intent in the ledger, the provider, the outcome in the ledger.

use crate::call::{Call, Capability};
use crate::fault::CallError;
use crate::grants::{Grants, Passed};
use crate::limits::Limits;
use crate::provider::{Effect, Keeps, Provider, Reply};
use crate::redact::{self, Redact};
use crate::tally::Tally;
use crate::turn::Turn;
use arc_swap::ArcSwap;
use loket_ledger::{Kind, Ledger, Line, Payload};
use loket_values::Value;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// The one door. Providers and grants can change while it is open, and the next call sees the change; so can limits, for the next turn.
pub struct Counter {
    /// The owner's yes and no.
    pub grants: Grants,
    /// What was called, by whom, and what came of it.
    pub ledger: Ledger,
    /// How much of each grant is used today.
    pub today: Tally,
    limits: ArcSwap<Limits>,
    providers: ArcSwap<HashMap<Capability, Served>>,
    changing: Mutex<()>,
    hidden: OnceLock<Arc<dyn Redact>>,
}

/// A provider behind the counter.
#[derive(Clone)]
struct Served {
    provider: Arc<dyn Provider>,
    /// Its capability as the ledger has it.
    words: Arc<str>,
}

impl Served {
    fn entry(provider: Arc<dyn Provider>) -> (Capability, Served) {
        let capability = provider.capability().clone();
        (capability.clone(), Served { provider, words: words(&capability) })
    }
}

impl Counter {
    /// A counter with no providers and no grants; what is `open` everyone may call until it is denied.
    pub fn new(ledger: Ledger, limits: Limits, open: impl IntoIterator<Item = Capability>) -> Counter {
        Counter {
            grants: Grants::new(open),
            ledger,
            limits: ArcSwap::from_pointee(limits),
            today: Tally::default(),
            providers: ArcSwap::default(),
            changing: Mutex::new(()),
            hidden: OnceLock::new(),
        }
    }

    /// What a turn may use that begins now, and is told nothing else.
    pub fn limits(&self) -> Arc<Limits> {
        self.limits.load_full()
    }

    /// Says what turns may use that begin from now on.
    pub fn set_limits(&self, limits: Limits) {
        self.limits.store(Arc::new(limits));
    }

    /// Says what must not pass, from the next call on; who says so first decides.
    pub fn hide(&self, what: Arc<dyn Redact>) {
        let _ = self.hidden.set(what);
    }

    /// What knows the words that must not pass, while there are any.
    pub fn hidden(&self) -> Option<&dyn Redact> {
        self.hidden.get().map(|hidden| &**hidden).filter(|hidden| hidden.is_needed())
    }

    /// Puts providers behind the counter, in place of those of the same capability.
    pub fn serve(&self, providers: impl IntoIterator<Item = Arc<dyn Provider>>) {
        self.change(|all| all.extend(providers.into_iter().map(Served::entry)));
    }

    /// Takes away all that these serve, and puts others behind the counter, in one step: no call comes in between.
    pub fn replace(&self, gone: &HashSet<String>, providers: impl IntoIterator<Item = Arc<dyn Provider>>) {
        self.change(|all| {
            all.retain(|capability, _| !gone.contains(&*capability.provider));
            all.extend(providers.into_iter().map(Served::entry));
        });
    }

    /// Who answers a capability, if anyone does.
    pub fn provider(&self, capability: &Capability) -> Option<Arc<dyn Provider>> {
        self.providers.load().get(capability).map(|served| served.provider.clone())
    }

    /// Everything that is served now.
    pub fn providers(&self) -> Vec<Arc<dyn Provider>> {
        let mut all: Vec<_> = self.providers.load().values().map(|served| served.provider.clone()).collect();
        all.sort_by(|a, b| a.capability().cmp(b.capability()));
        all
    }

    fn change(&self, change: impl FnOnce(&mut HashMap<Capability, Served>)) {
        let _one_at_a_time = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = HashMap::clone(&self.providers.load());
        change(&mut all);
        self.providers.store(Arc::new(all));
    }

    /// The one door.
    ///
    /// Dropping the future cancels the call; its intent stays in the ledger without an outcome, and the turn's end says why.
    ///
    /// # Errors
    /// What the counter refuses (`denied`, `needs-approval`, `exhausted`, `not-found`), and what the provider answers.
    pub async fn call(&self, mut call: Call) -> Result<Option<Value>, CallError> {
        call.number = match call.turn.next_call() {
            Ok(number) => number,
            Err((first, error)) => {
                if let Some(number) = first {
                    call.number = number;
                    self.write(Record::of(&call, words(&call.capability)), Kind::Refused, &[error.to_value()]);
                }
                return Err(error);
            }
        };
        if let Some(hidden) = self.hidden() {
            redact::values(hidden, &mut call.args);
        }
        // Refusals are lines, too: whoever only collects them waits like everybody else.
        self.ledger.room().await;
        let Served { provider, words } = match self.admit(&mut call) {
            Ok(served) => served,
            Err(error) => {
                self.write(Record::of(&call, words(&call.capability)), Kind::Refused, &[error.to_value()]);
                return Err(error);
            }
        };
        let record = Record::of(&call, words);
        let intent = self.write(record.clone(), Kind::Intent, &call.args);
        if provider.effect(&call.function) == Effect::Outside {
            self.settle(intent).await?;
        }
        let keeps = provider.keeps(&call.function);
        // The turn's deadline ends its first call, and with that all calls inside: their futures are dropped.
        let answer = match call.parent {
            0 => {
                let turn = call.turn.clone();
                tokio::select! {
                    biased;
                    () = turn.cancel.cancelled() => Err(CallError::exhausted("cancelled", "the turn was stopped")),
                    () = tokio::time::sleep_until(turn.deadline.into()) => Err(CallError::exhausted("wall-time", "the turn's time is over")),
                    answer = provider.call(call) => answer,
                }
            }
            _ => provider.call(call).await,
        };
        match self.cleansed(answer.and_then(|reply| measured(reply, &record.turn.limits))) {
            Ok(reply) => {
                record.turn.labels.add(reply.labels);
                match &reply.value {
                    Some(value) if keeps == Keeps::Digest => {
                        self.ledger.append(Line { payload: digest(value), ..record.line(Kind::Outcome) })
                    }
                    Some(value) => self.write(record, Kind::Outcome, std::slice::from_ref(value)),
                    None => self.ledger.append(record.line(Kind::Outcome)),
                };
                Ok(reply.value)
            }
            Err(error) => {
                let kind = if error.is_refusal() { Kind::Refused } else { Kind::Failed };
                self.write(record, kind, &[error.to_value()]);
                Err(error)
            }
        }
    }

    /// Begins a turn's page in the ledger: all that is needed to run the turn again, as JSON.
    pub fn begin(&self, turn: &Turn, inputs: String) {
        self.ledger.append(page(turn, Kind::Turn, Payload::Json(inputs)));
    }

    /// Ends the page of a turn that nobody waits for any more; durable with the next group.
    pub fn abandon(&self, turn: &Turn, why: &str) {
        self.ledger.append(page(turn, Kind::End, Payload::Text(why.into())));
    }

    /// Ends a turn's page, and waits until it is durable: a reply waits for its page.
    ///
    /// # Errors
    /// `failed` when the ledger cannot be written; the reply must not be given then.
    pub async fn end(&self, turn: &Turn, outcome: String) -> Result<(), CallError> {
        let seq = self.ledger.append(page(turn, Kind::End, Payload::Text(outcome)));
        self.settle(seq).await
    }

    /// The checks before the provider: depth, size, grant, who answers, and budget.
    fn admit(&self, call: &mut Call) -> Result<Served, CallError> {
        let limits = &call.turn.limits;
        if call.chain.len() > limits.depth {
            return Err(CallError::exhausted(
                "depth",
                format!("a chain may have {} links; this one: {}", limits.depth, call.chain.text()),
            ));
        }
        let size: usize = call.args.iter().map(Value::size).sum();
        if size > limits.argument {
            return Err(CallError::exhausted(
                "argument-size",
                format!("arguments may have {} bytes, these have {size}", limits.argument),
            ));
        }
        let Passed { limited, terms } = self.grants.check(call)?;
        let Some(served) = self.providers.load().get(&call.capability).cloned() else {
            return Err(CallError::Unavailable(format!(
                "nobody answers `{}` now; `loket packages` says why",
                call.capability
            )));
        };
        if !served.provider.interface().functions.iter().any(|f| *f.name == *call.function) {
            return Err(CallError::NotFound(format!("`{}` has no function `{}`", call.capability, call.function)));
        }
        // Last, so that only what reaches a provider counts; and neither clock nor lock where nothing is limited.
        if !limited.is_empty() {
            call.turn.tally.count(&self.today, &limited, now())?;
        }
        call.terms = terms;
        Ok(served)
    }

    /// The answer without what must not pass.
    fn cleansed(&self, answer: Result<Reply, CallError>) -> Result<Reply, CallError> {
        let Some(hidden) = self.hidden() else { return answer };
        match answer {
            Ok(mut reply) => {
                redact::values(hidden, reply.value.as_mut());
                Ok(reply)
            }
            Err(error) => Err(redact::error(hidden, error)),
        }
    }

    /// The values are written out from where they are: the provider, or the caller, gets them uncopied.
    fn write(&self, record: Record, kind: Kind, values: &[Value]) -> loket_ledger::Seq {
        self.ledger.append_values(record.line(kind), values)
    }

    async fn settle(&self, seq: loket_ledger::Seq) -> Result<(), CallError> {
        self.ledger.settle(seq).await.map_err(|e| CallError::Failed(e.to_string()))
    }
}

/// The answer, if it is no larger than it may be.
fn measured(reply: Reply, limits: &Limits) -> Result<Reply, CallError> {
    let size = reply.value.as_ref().map_or(0, Value::size);
    if size > limits.result {
        return Err(CallError::exhausted(
            "result-size",
            format!("a result may have {} bytes, this one has {size}", limits.result),
        ));
    }
    Ok(reply)
}

/// A capability as the ledger has it.
fn words(capability: &Capability) -> Arc<str> {
    if capability.is_host() { capability.interface.clone() } else { capability.to_string().into() }
}

/// What stands for an answer whose bytes are kept elsewhere.
fn digest(value: &Value) -> Payload {
    let value = match value {
        Value::Result(Ok(Some(value))) | Value::Option(Some(value)) => value,
        value => value,
    };
    match value {
        Value::Bytes(bytes) => {
            let hash = blake3::hash(bytes).to_hex();
            Payload::Json(format!(r#"{{"bytes":{},"blake3":"{hash}"}}"#, bytes.len()))
        }
        other => Payload::Values(vec![other.clone()]),
    }
}

/// What the ledger keeps of a call besides its payload.
#[derive(Clone)]
struct Record {
    turn: Arc<Turn>,
    number: u32,
    parent: u32,
    chain: Arc<str>,
    capability: Arc<str>,
    function: Arc<str>,
}

impl Record {
    fn of(call: &Call, capability: Arc<str>) -> Record {
        Record {
            turn: call.turn.clone(),
            number: call.number,
            parent: call.parent,
            chain: call.chain.text().clone(),
            capability,
            function: call.function.clone(),
        }
    }

    fn line(self, kind: Kind) -> Line {
        Line {
            turn: self.turn.id,
            call: self.number,
            parent: self.parent,
            kind,
            time: now(),
            chain: self.chain,
            capability: self.capability,
            function: self.function,
            labels: self.turn.labels.get().bits(),
            payload: Payload::None,
        }
    }
}

fn page(turn: &Turn, kind: Kind, payload: Payload) -> Line {
    static NOTHING: LazyLock<Arc<str>> = LazyLock::new(|| "".into());
    Line {
        turn: turn.id,
        call: 0,
        parent: 0,
        kind,
        time: now(),
        chain: turn.agent.clone().unwrap_or_else(|| NOTHING.clone()),
        capability: NOTHING.clone(),
        function: NOTHING.clone(),
        labels: turn.labels.get().bits(),
        payload,
    }
}

/// Now, in milliseconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
}
