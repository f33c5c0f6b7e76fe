//! The counter: the one door.
//!
//! Every call, from anyone to anyone, passes [`Counter::call`]: who asks and through whom, is it granted, does the owner say yes where the
//! grant says `ask`, is there budget left, the intent in the ledger, the provider, the outcome in the ledger.

use crate::approval::{Approver, Ask};
use crate::call::{Call, Capability};
use crate::fault::{CallError, Refusal};
use crate::grants::{Grants, Passed};
use crate::limits::Limits;
use crate::provider::{Effect, Keeps, Provider, Reply};
use crate::redact::{self, Redact};
use crate::resume::{self, Met};
use crate::tally::Tally;
use crate::turn::Turn;
use arc_swap::ArcSwap;
use loket_ledger::{Kind, Ledger, Line, Payload};
use loket_values::Value;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
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
    /// How often who is served has changed.
    edition: AtomicU64,
    hidden: OnceLock<Arc<dyn Redact>>,
    approver: OnceLock<Arc<dyn Approver>>,
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
            edition: AtomicU64::new(0),
            hidden: OnceLock::new(),
            approver: OnceLock::new(),
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

    /// Says who asks the owner, where a grant says `ask`; who says so first decides. Until then such calls are refused.
    pub fn ask_through(&self, approver: Arc<dyn Approver>) {
        let _ = self.approver.set(approver);
    }

    /// What must not pass, to be kept; whether or not there are any such words now.
    pub fn what_is_hidden(&self) -> Option<Arc<dyn Redact>> {
        self.hidden.get().cloned()
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
        self.edition.fetch_add(1, Ordering::Release);
    }

    /// Another number each time that others are served: what was read of them before it was asked for may be old.
    pub fn edition(&self) -> u64 {
        self.edition.load(Ordering::Acquire)
    }

    /// The one door.
    ///
    /// Dropping the future cancels the call; its intent stays in the ledger without an outcome, and the turn's end says why.
    ///
    /// # Errors
    /// What the counter refuses (`denied`, `needs-approval`, `exhausted`, `not-found`), and what the provider answers.
    pub async fn call(&self, call: Call) -> Result<Option<Value>, CallError> {
        self.call_telling(call, &mut None).await
    }

    /// The same. Where the owner let it pass with other arguments than its own, those are told: whoever passes the answer on can say so.
    ///
    /// # Errors
    /// As [`Counter::call`].
    pub async fn call_telling(
        &self,
        mut call: Call,
        changed: &mut Option<Vec<Value>>,
    ) -> Result<Option<Value>, CallError> {
        if let Some(hidden) = self.hidden() {
            redact::values(hidden, &mut call.args);
        }
        let behind = call.turn.behind().cloned();
        let mut begun = false;
        match behind.as_ref().map_or(Met::New, |behind| behind.meet(&call)) {
            Met::New => call.number = self.number(&mut call)?,
            Met::Waited(number) => call.number = number,
            Met::Begun(number) => {
                (call.number, begun) = (number, true);
                // It was let through: if its grant says `ask`, the owner said yes.
                call.turn.approve(number);
            }
            Met::Answered(answer, counts, others) => {
                *changed = others;
                if counts {
                    self.count_again(&call);
                }
                return answer;
            }
            Met::Astray(error) => return Err(error),
        }
        // Refusals are lines, too: whoever only collects them waits like everybody else.
        self.ledger.room().await;
        let Served { provider, words } = match self.admit(&mut call, begun, changed).await {
            Ok(served) => served,
            Err(error) => {
                self.write(Record::of(&call, words(&call.capability)), Kind::Refused, &[error.to_value()]);
                return Err(error);
            }
        };
        if begun && (behind.is_some_and(|b| b.is_linked(call.number)) || !provider.is_transparent(&call.function)) {
            let error = resume::unknown_fate(&call);
            self.write(Record::of(&call, words), Kind::Failed, &[error.to_value()]);
            return Err(error);
        }
        let record = Record::of(&call, words);
        // One that had begun before its host died has its intent.
        if !begun {
            let intent = self.write(record.clone(), Kind::Intent, &call.args);
            if provider.effect(&call.function) == Effect::Outside {
                self.settle(intent).await?;
            }
        }
        let keeps = provider.keeps(&call.function);
        // The turn's deadline ends its first call, and with that all calls inside: their futures are dropped.
        let answer = match call.parent {
            0 => {
                let turn = call.turn.clone();
                tokio::select! {
                    biased;
                    // No line for it: its page goes on later.
                    () = turn.suspend.cancelled() => return Err(suspended(&record)),
                    () = turn.cancel.cancelled() => Err(CallError::exhausted("cancelled", "the turn was stopped")),
                    () = turn.end.passed() => Err(CallError::exhausted("wall-time", "the turn's time is over")),
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

    /// Begins a turn's page in the ledger: all that is needed to run the turn again, as JSON. The same line in a page that is there says that
    /// the turn goes on.
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

    /// The number of a new call; the first that is too many is written down.
    fn number(&self, call: &mut Call) -> Result<u32, CallError> {
        call.turn.next_call().map_err(|(first, error)| {
            if let Some(number) = first {
                call.number = number;
                self.write(Record::of(call, words(&call.capability)), Kind::Refused, &[error.to_value()]);
            }
            error
        })
    }

    /// Writes an act about a call, as JSON, beside that call's own lines in its turn's page.
    pub fn note(&self, call: &Call, about: String) -> loket_ledger::Seq {
        let line = Record::of(call, words(&call.capability)).line(Kind::Act);
        self.ledger.append(Line { payload: Payload::Json(about), ..line })
    }

    /// The checks before the provider; where the owner's yes is missing, that is asked for, and everything is checked again: whatever was
    /// taken back meanwhile is refused.
    async fn admit(
        &self,
        call: &mut Call,
        counted: bool,
        changed: &mut Option<Vec<Value>>,
    ) -> Result<Served, CallError> {
        match self.check(call, counted) {
            Err(CallError::NeedsApproval(refusal)) => {
                *changed = self.ask(call, &refusal).await?;
                if let Some(args) = changed {
                    call.args.clone_from(args);
                }
                self.check(call, counted)
            }
            checked => checked,
        }
    }

    /// Asks the owner about a call; answers with other arguments, where the owner gave any.
    async fn ask(&self, call: &Call, refusal: &Refusal) -> Result<Option<Vec<Value>>, CallError> {
        let Some(approver) = self.approver.get() else { return Err(CallError::NeedsApproval(refusal.clone())) };
        // What is refused whatever the owner says is not asked about.
        self.grants.check_as(call, true)?;
        let provider = self.served(call)?.provider;
        let function = provider.interface().function(&call.function).ok_or_else(|| unknown(call))?;
        let mut args = approver.ask(self, Ask { call, function, refusal }).await?;
        if let (Some(hidden), Some(args)) = (self.hidden(), &mut args) {
            redact::values(hidden, args);
        }
        call.turn.approve(call.number);
        Ok(args)
    }

    /// Depth, size, grant, who answers, and budget, unless it was counted before.
    fn check(&self, call: &mut Call, counted: bool) -> Result<Served, CallError> {
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
        let served = self.served(call)?;
        // Last, so that only what reaches a provider counts; and neither clock nor lock where nothing is limited.
        if counted {
            self.count_again(call);
        } else if !limited.is_empty() {
            call.turn.tally.count(&self.today, &limited, now())?;
        }
        call.terms = terms;
        Ok(served)
    }

    /// Who answers a call.
    fn served(&self, call: &Call) -> Result<Served, CallError> {
        let Some(served) = self.providers.load().get(&call.capability).cloned() else {
            return Err(CallError::Unavailable(format!(
                "nobody answers `{}` now; `loket packages` says why",
                call.capability
            )));
        };
        match served.provider.interface().functions.iter().any(|f| *f.name == *call.function) {
            true => Ok(served),
            false => Err(unknown(call)),
        }
    }

    /// Counts a call of before its host's death for the turn, as it was counted then; the day has it already.
    fn count_again(&self, call: &Call) {
        if let Ok(Passed { limited, .. }) = self.grants.check(call)
            && !limited.is_empty()
        {
            // Where the limit is lower now, the next call is told.
            let _ = call.turn.tally.count(&Tally::default(), &limited, now());
        }
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

fn unknown(call: &Call) -> CallError {
    CallError::NotFound(format!("`{}` has no function `{}`", call.capability, call.function))
}

/// Why a turn has no answer now.
fn suspended(record: &Record) -> CallError {
    CallError::NeedsApproval(Refusal {
        capability: record.capability.to_string(),
        function: record.function.to_string(),
        reason: "the turn waits for its owner's answer, and goes on when it has that".into(),
        remedy: "loket approvals".into(),
    })
}

/// The answer, if it is no larger than it may be.
pub(crate) fn measured(reply: Reply, limits: &Limits) -> Result<Reply, CallError> {
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
