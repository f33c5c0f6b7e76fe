//! The router of one interface of `loket:model`: the way from an agent to the models that its manifest names, in their order.
//!
//! Each model is asked by a call of its own at the counter, with the agent's own grant for it. Another one is asked only where that makes
//! sense: the one before is not there, has no room, or failed. What an owner refuses, what makes no sense and what is too long would come to
//! the same with another. Once words of an answer were shown, nobody begins anew, unless the manifest says so.

use super::attempt::{Attempt, FIRST_TOKEN, ask, in_band, name, status};
use super::choice::{Choice, Chosen, Line};
use super::spending::Whom;
use super::terms::{self, MONEY, TOKENS};
use super::{Models, race};
use crate::native::Answers;
use crate::setup::Setups;
use async_trait::async_trait;
use loket_guardian::{Order, Pin};
use loket_kernel::counter::now;
use loket_kernel::{Call, CallError, Capability, Counter, Provider, Reply, Terms};
use loket_values::{Interface, Value};
use std::sync::{Arc, Weak};

/// The interface in which one model can answer for another. Vectors of different models cannot be compared.
pub const CHAT: &str = "loket:model/chat";
/// How much is told of why a model did not answer, in characters.
const TOLD: usize = 300;

/// The router of one interface.
pub struct Router {
    answers: Answers,
    choice: Choice,
    setups: Setups,
    models: Arc<Models>,
    counter: Weak<Counter>,
}

/// A model that did not answer.
struct Failure<'l> {
    chosen: &'l Chosen,
    error: CallError,
}

impl Router {
    /// Answers `interface` by the models that were chosen.
    pub fn new(
        interface: &Interface,
        choice: Choice,
        setups: Setups,
        models: Arc<Models>,
        counter: &Arc<Counter>,
    ) -> Router {
        Router { answers: Answers::new(interface), choice, setups, models, counter: Arc::downgrade(counter) }
    }

    /// The models of a turn in the order in which they are asked now: the one that answered last first, and none that rests while another
    /// does not.
    fn order(&self, line: &mut Line, place: &str) {
        if let Some(pinned) = self.models.pins.of(place)
            && let Some(at) = line.models.iter().position(|chosen| chosen.address() == pinned)
        {
            let pinned = line.models.remove(at);
            line.models.insert(0, pinned);
            // It won before: the others need not run again.
            line.order = Order::OneByOne;
        }
        let rests = |chosen: &Chosen| self.models.health.rests(&chosen.address()).is_some();
        if line.models.iter().any(|chosen| !rests(chosen)) {
            line.models.retain(|chosen| !rests(chosen));
        }
    }

    /// What is pinned: the turn, or its conversation.
    fn place(&self, call: &Call, pin: Pin) -> String {
        match (pin, Setups::conversation(&call.turn), &call.turn.agent) {
            (Pin::Conversation, Some(conversation), Some(agent)) => format!("{agent} {conversation}"),
            _ => call.turn.id.to_string(),
        }
    }

    async fn fall_back(&self, counter: &Counter, mut call: Call, mut line: Line) -> Result<Option<Value>, CallError> {
        let place = self.place(&call, line.pin);
        self.order(&mut line, &place);
        let args = std::mem::take(&mut call.args);
        let mut failures = Vec::new();
        let mut left: Vec<&Chosen> = line.models.iter().collect();
        if line.order == Order::Race && left.len() > 1 {
            let finish = race::run(counter, &call, &line.models, &args).await;
            for (number, error) in finish.failed {
                self.note(&line.models[number], &error);
                failures.push(Failure { chosen: &line.models[number], error });
            }
            match finish.first {
                Some((number, Attempt { answer: Ok(answer), .. })) => {
                    return Ok(self.answered(&line.models[number], &place, answer));
                }
                Some((number, Attempt { answer: Err(error), .. })) => {
                    // It had won: the others were stopped, and are asked in their order now, if anybody is.
                    self.note(&line.models[number], &error);
                    let goes_on = line.restart && is_worth_another(&error);
                    let failed: Vec<&str> = failures.iter().map(|failure| failure.chosen.name()).collect();
                    left.retain(|chosen| {
                        chosen.name() != line.models[number].name() && !failed.contains(&chosen.name())
                    });
                    failures.insert(0, Failure { chosen: &line.models[number], error });
                    if !goes_on || left.is_empty() {
                        return Err(told(failures));
                    }
                    status(&call.turn, anew(&line.models[number], left[0]));
                }
                None => return Err(told(failures)),
            }
        }
        for (number, &chosen) in left.iter().enumerate() {
            let next = left.get(number + 1);
            let args = args.clone();
            let Attempt { answer, spoke } = ask(counter, &call, chosen, args, next.is_none()).await;
            match answer {
                Ok(answer) => return Ok(self.answered(chosen, &place, answer)),
                Err(error) => {
                    self.note(chosen, &error);
                    let again = is_worth_another(&error) || (!failures.is_empty() && error.is_refusal());
                    let words = match spoke {
                        true => next.map(|next| anew(chosen, next)),
                        false => next.map(|next| instead(chosen, &error, next)),
                    };
                    failures.push(Failure { chosen, error });
                    match words {
                        Some(words) if again && (!spoke || line.restart) => status(&call.turn, words),
                        _ => break,
                    }
                }
            }
        }
        Err(told(failures))
    }

    fn answered(&self, chosen: &Chosen, place: &str, answer: Option<Value>) -> Option<Value> {
        let address = chosen.address();
        self.models.health.well(&address);
        self.models.pins.pin(place, &address);
        answer
    }

    /// A model that is spent, or was refused by the owner, is none that fails.
    fn note(&self, chosen: &Chosen, error: &CallError) {
        let renews = match error {
            CallError::Exhausted(limit) if [TOKENS, MONEY].contains(&limit.limit.as_str()) => return,
            CallError::Exhausted(limit) => limit.renews,
            _ => None,
        };
        if is_worth_another(error) {
            self.models.health.failed(&chosen.address(), renews);
        }
    }
}

#[async_trait]
impl Provider for Router {
    fn capability(&self) -> &Capability {
        &self.answers.capability
    }

    fn interface(&self) -> &Interface {
        &self.answers.interface
    }

    fn term_keys(&self) -> &'static [&'static str] {
        if *self.answers.capability.interface == *CHAT { &terms::KEYS } else { &[] }
    }

    fn terms(&self, terms: &Terms) -> Result<Terms, String> {
        terms::read(terms)
    }

    async fn call(&self, mut call: Call) -> Result<Reply, CallError> {
        let Some(counter) = self.counter.upgrade() else {
            return Err(CallError::Unavailable("the host is shutting down".into()));
        };
        let is_chat = *self.answers.capability.interface == *CHAT;
        if is_chat && let Some(budget) = terms::narrowest(&call.terms) {
            let currency = self.setups.in_turn(&call.turn, |setup| setup.budget.currency.clone());
            self.models.spending.within_grant(Whom::of(&call), budget, &currency, now())?;
        }
        let line = self.choice.line(&call.turn);
        if is_chat && line.models.len() > 1 {
            return self.fall_back(&counter, call, line).await.map(Reply::from);
        }
        let chosen = self.choice.of(&call.turn);
        let mut args = std::mem::take(&mut call.args);
        name(&mut args, &chosen);
        let capability = Capability::of(&chosen.package, &self.answers.capability.interface);
        let onward = call.onward(capability, &call.function, args);
        let answer = in_band(counter.call(onward).await);
        if is_chat {
            match &answer {
                Ok(_) => self.models.health.well(&chosen.address()),
                Err(error) => self.note(&chosen, error),
            }
        }
        answer.map(Reply::from)
    }
}

/// Whether another model could do better.
fn is_worth_another(error: &CallError) -> bool {
    match error {
        CallError::Unavailable(_) | CallError::Failed(_) => true,
        // What its server limits, or what its price does; not what the turn, the grants or the exchange itself do.
        CallError::Exhausted(limit) => {
            ["rate", "quota", "time", "body-size", MONEY, FIRST_TOKEN].contains(&limit.limit.as_str())
        }
        _ => false,
    }
}

fn instead(chosen: &Chosen, error: &CallError, next: &Chosen) -> String {
    format!("`{}` does not answer ({}), asking `{}`", chosen.name(), short(error), next.name())
}

fn anew(chosen: &Chosen, next: &Chosen) -> String {
    format!("`{}` broke off, `{}` begins anew", chosen.name(), next.name())
}

/// The error of the first choice, and behind it what the others said.
fn told(failures: Vec<Failure<'_>>) -> CallError {
    let mut failures = failures.into_iter();
    let Some(first) = failures.next() else {
        return CallError::Unavailable("there is no model to ask".into());
    };
    let others: Vec<String> = failures
        .map(|Failure { chosen, error }| {
            let remedy = error.remedy().map(|remedy| format!(": {remedy}")).unwrap_or_default();
            format!("; `{}`: {}{remedy}", chosen.name(), short(&error))
        })
        .collect();
    let others = others.concat();
    match first.error {
        CallError::Unavailable(why) => CallError::Unavailable(why + &others),
        CallError::Failed(why) => CallError::Failed(why + &others),
        CallError::Exhausted(mut limit) => {
            limit.detail += &others;
            CallError::Exhausted(limit)
        }
        other => other,
    }
}

fn short(error: &CallError) -> String {
    let words = error.to_string();
    match words.char_indices().nth(TOLD) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_model_is_asked_where_that_could_help_and_only_there() {
        let limit = |limit: &str| CallError::exhausted(limit, "");
        for (error, expect) in [
            (CallError::Unavailable("".into()), true),
            (CallError::Failed("".into()), true),
            (limit("rate"), true),
            (limit("quota"), true),
            (limit("first-token"), true),
            (limit("money-a-day"), true),
            (limit("tokens-a-day"), false),
            (limit("context"), false),
            (limit("wall-time"), false),
            (limit("events"), false),
            (CallError::Invalid("".into()), false),
            (CallError::NotFound("".into()), false),
            (CallError::Other("".into()), false),
        ] {
            assert_eq!(is_worth_another(&error), expect, "{error:?}");
        }
    }
}
