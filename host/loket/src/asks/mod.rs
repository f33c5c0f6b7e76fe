//! Asks: calls whose grant says `ask` wait here for the owner's answer.
//!
//! A call that waits costs its turn nothing: the turn's clock stands still, and its place among those that run is another's meanwhile. What
//! is asked is durable in the turn's page before anybody sees it, and so is each answer before the call goes on. So an ask outlives its host:
//! the page stays open, and the turn goes on from it when it has all its answers.
//!
//! Files: [`question`] what is asked, [`table`] what waits and what was answered, [`answer`] what the owner says, [`form`] what servers of
//! tools ask while they answer a call, [`kept`] what outlives the host; here, the wait at the counter.

pub(crate) mod answer;
pub(crate) mod form;
pub(crate) mod kept;
pub(crate) mod question;
mod table;

use crate::lanes::Place;
use answer::excerpt;
use async_trait::async_trait;
use loket_kernel::counter::now;
use loket_kernel::fault::Refusal;
use loket_kernel::{Approver, Ask, Call, CallError, Counter, Turn};
use loket_ledger::TurnId;
use loket_providers::mcp::form::Form;
use loket_values::Value;
use loket_values::json::arguments;
use question::{Kind, Question, by_parameter, message, print_of};
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
pub(crate) use table::Given;
use table::{Frame, MOST_WAITING, Table, Waiting, no};
use tokio::sync::oneshot;

/// The longest arguments that are asked about, as JSON in bytes: nobody reads more.
const MOST_ARGUMENTS: usize = 1 << 20;
/// How much of the message that began a turn is shown.
const MOST_MESSAGE: usize = 500;
/// How often whoever waits looks again while somebody answers just now.
const MOMENT: Duration = Duration::from_millis(20);

/// The asks of a host.
pub(crate) struct Asks {
    table: Mutex<Table>,
    /// How long an ask waits, in seconds.
    seconds: AtomicU64,
    /// The turns that wait, for the next start.
    file: PathBuf,
    /// Held by whoever writes it.
    writing: Mutex<()>,
}

/// A turn that may ask, until this is dropped.
#[must_use]
pub(crate) struct Entered<'a>(&'a Asks, TurnId);

/// An ask that waits, until this is dropped.
struct Open<'a> {
    asks: &'a Asks,
    question: Arc<Question>,
    turn: Arc<Turn>,
}

/// What came of waiting.
enum Wait {
    /// The owner answered.
    Given(Given),
    /// Nobody did within so many seconds.
    Late(u64),
    /// A turn of the host's own, such as a scanner's: nobody could say in which matter it asks.
    Nobody,
}

impl Asks {
    /// Without any. The turns that wait are kept in `file`.
    pub(crate) fn new(file: PathBuf, seconds: u32) -> Asks {
        Asks { table: Mutex::default(), seconds: AtomicU64::new(seconds.into()), file, writing: Mutex::default() }
    }

    /// Says how long an ask waits from now on.
    pub(crate) fn set_patience(&self, seconds: u32) {
        self.seconds.store(seconds.into(), Ordering::Relaxed);
    }

    /// A turn begins: the place that it leaves while it waits, and what it was given.
    pub(crate) fn enter(&self, turn: &Arc<Turn>, place: Place, args: &[Value]) -> Entered<'_> {
        let (conversation, message) = message(args).unzip();
        let message = message.map(|text| excerpt(&text, MOST_MESSAGE));
        let frame = Frame {
            turn: turn.clone(),
            place: Arc::new(place),
            conversation,
            message,
            asked: 0,
            refused: Default::default(),
            silenced: Default::default(),
        };
        let went_on = {
            let mut table = self.table();
            table.frames.insert(turn.id.0, frame);
            !table.owed.is_empty() && table.owed.remove(&turn.id.to_string())
        };
        if went_on {
            self.keep();
        }
        Entered(self, turn.id)
    }

    /// How many turns wait in this process for their owner.
    pub(crate) fn turns_that_wait(&self) -> usize {
        self.table().turns_that_wait().len()
    }

    /// Leaves the turns that wait as they are: they go on from their pages when they have their answers.
    pub(crate) fn suspend(&self) {
        let table = self.table();
        let waiting: Vec<u128> =
            table.turns_that_wait().into_iter().filter_map(|turn| turn.parse::<TurnId>().ok()).map(|id| id.0).collect();
        for frame in waiting.into_iter().filter_map(|turn| table.frames.get(&turn)) {
            frame.turn.suspend.cancel();
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is asked, as its page is going to have it.
    fn question(&self, call: &Call, arguments: Json, form: Option<Form>) -> Question {
        let asked = now();
        let (conversation, message) = match self.table().frames.get(&call.turn.id.0) {
            Some(frame) => (frame.conversation.clone(), frame.message.clone()),
            None => (None, None),
        };
        let mut question = Question {
            ask: TurnId::new(asked).to_string(),
            digest: String::new(),
            turn: call.turn.id.to_string(),
            call: call.number,
            parent: call.parent,
            whom: call.chain.last().to_string(),
            chain: call.chain.text().to_string(),
            provider: call.capability.provider.to_string(),
            interface: call.capability.interface.to_string(),
            version: call.capability.version.to_string(),
            function: call.function.to_string(),
            arguments,
            form,
            agent: call.turn.agent.as_deref().map(str::to_owned),
            conversation,
            message,
            labels: call.turn.labels.get().names(),
            asked,
            expires: asked.saturating_add(self.seconds.load(Ordering::Relaxed).saturating_mul(1_000)),
        };
        question.digest = question.bound();
        question
    }

    /// What was said to a call already: by an answer while nobody waited, or for the rest of its conversation. Or why it is not asked about.
    fn known(&self, refusal: &Refusal, turn: TurnId, kind: &Kind, print: &str) -> Option<Result<Given, CallError>> {
        let mut table = self.table();
        if let Some(given) = table.given.get_mut(print).and_then(std::collections::VecDeque::pop_front) {
            return Some(Ok(given));
        }
        if let Some(conversation) = table.frames.get(&turn.0).and_then(|frame| frame.conversation.clone())
            && table.conversations.contains(&(conversation, kind.clone()))
        {
            return Some(Ok(Given::Yes(None)));
        }
        if let Some(why) = table.silenced(turn.0, kind) {
            return Some(Err(no(refusal, why)));
        }
        if table.waiting.len() >= MOST_WAITING {
            return Some(Err(CallError::NeedsApproval(Refusal {
                reason: format!("{MOST_WAITING} calls wait for the owner already, and no more can"),
                remedy: "loket approvals".into(),
                ..refusal.clone()
            })));
        }
        None
    }
}

#[async_trait]
impl Approver for Asks {
    async fn ask(&self, counter: &Counter, ask: Ask<'_>) -> Result<Option<Vec<Value>>, CallError> {
        let Ask { call, function, refusal } = ask;
        let arguments = by_parameter(function, &call.args);
        let (kind, turn) = (Kind::of(call), call.turn.id);
        if let Some(known) = self.known(refusal, turn, &kind, &print_of(call, &arguments)) {
            return self.told(ask, kind, known?);
        }
        let size = arguments.to_string().len();
        if size > MOST_ARGUMENTS {
            return Err(CallError::exhausted(
                "ask-size",
                format!("the owner is asked about arguments of {MOST_ARGUMENTS} bytes at most, these have {size}"),
            ));
        }
        match self.wait(counter, call, kind.clone(), arguments, None).await? {
            Wait::Given(given) => self.told(ask, kind, given),
            Wait::Nobody => Err(CallError::NeedsApproval(refusal.clone())),
            Wait::Late(seconds) => Err(CallError::NeedsApproval(Refusal {
                reason: format!("the owner did not answer within {seconds} s"),
                ..refusal.clone()
            })),
        }
    }
}

impl Asks {
    /// Puts a question to the owner, and waits for the answer: the turn's clock stands still, and its place is another's meanwhile.
    ///
    /// # Errors
    /// `failed` when it cannot be written down.
    async fn wait(
        &self,
        counter: &Counter,
        call: &Call,
        kind: Kind,
        arguments: Json,
        form: Option<Form>,
    ) -> Result<Wait, CallError> {
        let turn = call.turn.id;
        let Some(place) = self.table().frames.get(&turn.0).map(|frame| frame.place.clone()) else {
            return Ok(Wait::Nobody);
        };
        let question = Arc::new(self.question(call, arguments, form));
        let asked = counter.note(call, noted("asked", &json!(&*question)));
        counter.ledger.settle(asked).await.map_err(|e| CallError::Failed(e.to_string()))?;
        let _open = self.open(&question, &call.turn);
        let (tell, mut told) = oneshot::channel();
        {
            let mut table = self.table();
            if let Some(frame) = table.frames.get_mut(&turn.0) {
                frame.asked += 1;
            }
            let waiting = Waiting { question: question.clone(), tell: Some(tell), claimed: false };
            table.waiting.insert(question.ask.clone(), waiting);
        }
        self.keep();
        // Nobody who could answer may be watching; then it is found in the list.
        let event = Value::String(serde_json::to_string(&self.info(&question)).unwrap_or_default());
        let _ = call.turn.emit(Value::Variant("ask".into(), Some(Box::new(event))));
        let (_stands_still, _place) = (call.turn.end.pause(), place.away());
        let mut end = Duration::from_millis(question.expires.saturating_sub(now()));
        loop {
            tokio::select! {
                biased;
                given = &mut told => match given {
                    Ok(given) => return Ok(Wait::Given(given)),
                    Err(_) => break,
                },
                () = tokio::time::sleep(end) => {
                    // Who answers just now is let come to an end with it.
                    match self.table().waiting.get(&question.ask) {
                        Some(waiting) if waiting.claimed => end = MOMENT,
                        _ => break,
                    }
                }
            }
        }
        let answered = noted("answered", &json!({ "ask": question.ask, "digest": question.digest, "answer": "none" }));
        counter.note(call, answered);
        let mut table = self.table();
        table.remember(&question, "none", now());
        table.refuse(turn.0, kind, false);
        Ok(Wait::Late(question.expires.saturating_sub(question.asked) / 1_000))
    }

    /// Whether the owner is not asked again about this kind, or too much waits already.
    fn is_silent(&self, turn: TurnId, kind: &Kind) -> bool {
        let table = self.table();
        table.silenced(turn.0, kind).is_some() || table.waiting.len() >= MOST_WAITING
    }

    /// What an answer means for whoever asked.
    fn told(&self, ask: Ask<'_>, kind: Kind, given: Given) -> Result<Option<Vec<Value>>, CallError> {
        match given {
            Given::Yes(None) => Ok(None),
            Given::Yes(Some(json)) => arguments(&json, ask.function)
                .map(Some)
                .map_err(|e| CallError::Invalid(format!("the arguments that the owner gave do not fit any more: {e}"))),
            Given::No { for_the_turn } => {
                self.table().refuse(ask.call.turn.id.0, kind, for_the_turn);
                let reason = match for_the_turn {
                    true => "the owner said no to this call, and to others like it in this turn",
                    false => "the owner said no to this call",
                };
                Err(no(ask.refusal, reason.into()))
            }
        }
    }

    fn open(&self, question: &Arc<Question>, turn: &Arc<Turn>) -> Open<'_> {
        Open { asks: self, question: question.clone(), turn: turn.clone() }
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        {
            let mut table = self.asks.table();
            // What a server asks in the middle of a call is over with that call.
            let goes_on = self.turn.suspend.is_cancelled() && self.question.form.is_none();
            match table.waiting.get_mut(&self.question.ask) {
                // It goes on waiting; whoever answers finds nobody here.
                Some(waiting) if goes_on => waiting.tell = None,
                _ => drop(table.waiting.remove(&self.question.ask)),
            }
        }
        self.asks.keep();
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.0.table().frames.remove(&self.1.0);
    }
}

/// An act as a turn's page has it.
fn noted(what: &str, about: &Json) -> String {
    let mut noted = json!({ "act": what });
    if let (Some(noted), Json::Object(about)) = (noted.as_object_mut(), about) {
        noted.extend(about.clone());
    }
    noted.to_string()
}
