//! A turn that goes on from its page: what was answered is answered again from the page, and the counter goes on behind that.
//!
//! The turn's components run from their beginning, with the seed, the clock and the labels of the page, under the numbers that their calls
//! have there. [`Counter::call`](crate::Counter::call) looks here first:
//!
//! * A call that **ended** is answered as it was. Nobody is asked again, nothing is written, and what was told (events) is not told twice.
//! * A call that was **let through and did not end** had begun when the host died, and what it does outside may have happened or not. It is
//!   not made a second time: it ends as `unavailable`, and its asker is told why. Where its provider does nothing but make further calls
//!   ([`Provider::is_transparent`](crate::Provider::is_transparent): a component, the catalog), it is run again under its number, and those
//!   calls are looked up here in turn.
//! * A call that was **not let through** yet, because it waited for the owner, is made again under its number: as if it had just been asked.
//! * All others are **new**: their numbers go on after the last of the page.
//!
//! A component asks one thing after the other, so its calls must come in the order of the page; else the turn has gone astray, and nothing
//! that it asks from then on is let through. What a provider of the host asks at once for others comes in any order.

use crate::call::Call;
use crate::fault::CallError;
use crate::labels::Labels;
use crate::page::{FIRST, Kept, Page, PageError, Recorded};
use crate::replay::{Asked, Divergence, fits, spent};
use loket_values::Value;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// What a turn that goes on has behind it.
pub struct Behind {
    last: u32,
    labels: Labels,
    /// Who asked, in words, by the number of the call.
    chains: HashMap<u32, Arc<str>>,
    /// Calls that were linked to files, networks or a store natively: what was done there is not in the page.
    linked: Vec<u32>,
    state: Mutex<State>,
}

struct State {
    /// What is not yet come by again, by the call that made it.
    left: BTreeMap<u32, VecDeque<Recorded>>,
    spent: Option<CallError>,
    astray: Option<CallError>,
}

/// What the page has of a call that is made now.
pub(crate) enum Met {
    /// Nothing: it is new.
    New,
    /// What it was answered; whether it counts against its grants; with which arguments, where the owner gave others.
    Answered(Result<Option<Value>, CallError>, bool, Option<Vec<Value>>),
    /// It had been asked under this number, and was not let through yet.
    Waited(u32),
    /// It was let through under this number, and did not end.
    Begun(u32),
    /// The turn does not go on as it began.
    Astray(CallError),
}

impl Behind {
    /// All of a page. The first call goes on, whether its host died or was told to stop.
    ///
    /// # Errors
    /// When something that was answered is no more in the ledger, or never was.
    pub fn of(page: &Page) -> Result<Behind, PageError> {
        let first = page.first()?;
        page.first_args()?;
        let mut left: BTreeMap<u32, VecDeque<Recorded>> = BTreeMap::new();
        let open = |call: &Recorded| call.number == FIRST || call.end.is_none();
        for call in page.calls.values() {
            if open(call) {
                page.is_whole(call.number)?;
            }
            let mut call = call.clone();
            if call.number == FIRST {
                call.end = None;
            }
            left.entry(call.parent).or_default().push_back(call);
        }
        let chains = page.calls.values().map(|call| (call.number, call.chain.clone())).collect();
        let linked = page.calls.keys().copied().filter(|call| page.linked_natively(*call).is_some()).collect();
        let spent = page.calls.values().find_map(spent).cloned();
        tracing::debug!(turn = %page.turn, asked = first.asked(), calls = page.last(), "loket.turn.resume");
        let state = State { left, spent, astray: None };
        Ok(Behind { last: page.last(), labels: page.seen(), chains, linked, state: Mutex::new(state) })
    }

    /// The greatest number that a call has in the page.
    pub fn last(&self) -> u32 {
        self.last
    }

    /// What the turn had seen.
    pub fn labels(&self) -> Labels {
        self.labels
    }

    /// Why the turn does not go on as it began, if it does not.
    pub fn astray(&self) -> Option<CallError> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).astray.clone()
    }

    /// Whether what a call did goes beyond its page.
    pub(crate) fn is_linked(&self, call: u32) -> bool {
        self.linked.contains(&call)
    }

    /// What the page has of a call.
    pub(crate) fn meet(&self, call: &Call) -> Met {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(astray) = &state.astray {
            return Met::Astray(astray.clone());
        }
        let by_component = self.chains.get(&call.parent).is_none_or(|by| **by != **call.chain.text());
        let State { left, spent, .. } = &mut *state;
        let Some(left) = left.get_mut(&call.parent).filter(|left| !left.is_empty()) else {
            return match spent {
                Some(spent) => Met::Answered(Err(spent.clone()), false, None),
                None => Met::New,
            };
        };
        // What is not known fits last.
        let exact =
            |step: &Recorded| fits(step, call) && (step.before.is_some() || matches!(step.args, Kept::Whole(_)));
        let at = match by_component {
            true => fits(&left[0], call).then_some(0),
            false => left.iter().position(exact).or_else(|| left.iter().position(|step| fits(step, call))),
        };
        let Some(step) = at.and_then(|at| left.remove(at)) else {
            if !by_component {
                return Met::New;
            }
            let step = &left[0];
            let what = Divergence {
                call: step.number,
                asked: Some(Asked {
                    capability: call.capability.to_string(),
                    function: call.function.to_string(),
                    args: None,
                }),
                recorded: Some(Asked {
                    capability: step.capability.to_string(),
                    function: step.function.to_string(),
                    args: None,
                }),
            };
            let why = format!("the turn does not go on as it began: at call {}, {what}", step.number);
            let astray = CallError::Failed(why);
            state.astray = Some(astray.clone());
            return Met::Astray(astray);
        };
        let changed = step.changed();
        match step.end {
            Some(Kept::Whole(answer)) => {
                call.turn.labels.add(step.labels);
                Met::Answered(answer, step.begun, changed)
            }
            // It ended, and nobody knows with what; who asks for it is run again all the same.
            Some(_) => Met::Answered(
                Err(CallError::Unavailable(format!("what call {} was answered is gone", step.number))),
                step.begun,
                None,
            ),
            None if step.begun => Met::Begun(step.number),
            None => Met::Waited(step.number),
        }
    }
}

impl fmt::Debug for Behind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Behind").field("last", &self.last).finish_non_exhaustive()
    }
}

/// What an asker is told whose call had begun when the host died.
pub(crate) fn unknown_fate(call: &Call) -> CallError {
    CallError::Unavailable(format!(
        "the host stopped while `{}#{}` ran: it may have happened or not, and is not done twice; look before you ask again",
        call.capability, call.function
    ))
}
