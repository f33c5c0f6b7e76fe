//! A turn run again: the component gets the answers that the counter once gave, and must ask the same.
//!
//! Nothing outside is touched and nothing is written: the instance's imports lead to a [`Recording`], not to the counter. Only the turn's
//! first component runs; the tools that it called are not run, they have answered already.

use crate::call::Call;
use crate::chain::Chain;
use crate::counter::measured;
use crate::fault::CallError;
use crate::limits::Limits;
use crate::native::LINK;
use crate::page::{FIRST, Kept, Page, PageError, Recorded};
use crate::redact::{self, Redact};
use crate::state::Door;
use crate::turn::Turn;
use crate::unit::{Unit, Work};
use loket_values::Value;
use loket_values::json::to_json;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Where the component asked something else than it once did.
#[derive(Debug, Clone, PartialEq)]
pub struct Divergence {
    /// The number of the call that the page has in its place; 0 past the page's end.
    pub call: u32,
    /// What it asked; `None` where it asked nothing more.
    pub asked: Option<Asked>,
    /// What it once asked; `None` where it asked nothing more.
    pub recorded: Option<Asked>,
}

/// One call, as it was asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The capability in words.
    pub capability: String,
    /// The function.
    pub function: String,
    /// The arguments; `None` where they are not known: a refused call has none in the ledger.
    pub args: Option<Vec<Value>>,
}

impl Asked {
    fn of(call: &Call) -> Asked {
        Asked {
            capability: call.capability.to_string(),
            function: call.function.to_string(),
            args: Some(call.args.clone()),
        }
    }

    fn recorded(call: &Recorded) -> Asked {
        let args = match &call.args {
            Kept::Whole(args) => Some(args.clone()),
            _ => None,
        };
        Asked { capability: call.capability.to_string(), function: call.function.to_string(), args }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}#{}`", self.capability, self.function)
    }
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.asked, &self.recorded) {
            (Some(asked), None) => write!(f, "the component asked {asked}, where it once asked nothing more"),
            (None, Some(recorded)) => write!(f, "the component ended, where it once asked {recorded}"),
            (Some(asked), Some(recorded)) if asked.to_string() == recorded.to_string() => {
                write!(f, "the component asked {asked} with other arguments than it once did")
            }
            (Some(asked), Some(recorded)) => {
                write!(f, "the component asked {asked}, where it once asked {recorded}")
            }
            (None, None) => f.write_str("the component did something else than it once did"),
        }
    }
}

/// What the counter once answered one component, in order.
pub struct Recording {
    tape: Mutex<Tape>,
    /// The turn was cut off: its record may end before its component does.
    cut_off: bool,
    hidden: Option<Arc<dyn Redact>>,
}

struct Tape {
    left: VecDeque<Recorded>,
    /// Calls that were answered.
    answered: u32,
    /// Why no more calls are answered.
    stopped: Option<Stop>,
    /// What a turn is told that has made all the calls it may: those after the first have no line.
    spent: Option<CallError>,
}

#[derive(Clone)]
enum Stop {
    Diverged(Divergence),
    /// The record ends here.
    Ended,
}

impl Stop {
    fn error(&self) -> CallError {
        CallError::Failed(match self {
            Stop::Diverged(divergence) => format!("the turn does not run as it did: {divergence}"),
            Stop::Ended => "the record of the turn ends here".to_owned(),
        })
    }
}

impl Recording {
    /// The calls that the component made which a call of this page ran.
    pub fn of(page: &Page, call: u32, hidden: Option<Arc<dyn Redact>>) -> Recording {
        let tape = Tape {
            left: page.made_by(call).cloned().collect(),
            answered: 0,
            stopped: None,
            spent: page.calls.values().find_map(spent).cloned(),
        };
        let cut_off = page.calls.get(&call).is_none_or(Recorded::was_cut_off);
        Recording { tape: Mutex::new(tape), cut_off, hidden }
    }

    /// Answers a call as it was once answered.
    pub(crate) fn call(&self, mut call: Call) -> Result<Option<Value>, CallError> {
        let mut tape = self.tape.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(stopped) = &tape.stopped {
            return Err(stopped.error());
        }
        let Some(step) = tape.left.pop_front() else {
            if let Some(spent) = &tape.spent {
                return Err(spent.clone());
            }
            let past = Divergence { call: 0, asked: Some(Asked::of(&call)), recorded: None };
            return Err(tape.stop(if self.cut_off { Stop::Ended } else { Stop::Diverged(past) }));
        };
        if !fits(&step, &call) {
            // The ledger never had what must not pass.
            if let Some(hidden) = &self.hidden {
                redact::values(&**hidden, &mut call.args);
            }
            if !fits(&step, &call) {
                return Err(tape.stop(Stop::Diverged(Divergence {
                    call: step.number,
                    asked: Some(Asked::of(&call)),
                    recorded: Some(Asked::recorded(&step)),
                })));
            }
        }
        match step.end {
            Some(Kept::Whole(answer)) => {
                call.turn.labels.add(step.labels);
                tape.answered += 1;
                answer
            }
            // Whoever runs a turn again has looked whether all is there.
            Some(_) | None => Err(tape.stop(Stop::Ended)),
        }
    }

    /// Whether the instance was linked to files, networks or a store natively.
    pub(crate) fn is_linked_natively(&self) -> bool {
        let tape = self.tape.lock().unwrap_or_else(PoisonError::into_inner);
        tape.left.front().is_some_and(|step| *step.function == *LINK && step.capability.starts_with("wasi:"))
    }

    fn result(&self) -> (u32, bool, Option<Divergence>) {
        let tape = self.tape.lock().unwrap_or_else(PoisonError::into_inner);
        match (&tape.stopped, tape.left.front()) {
            (Some(Stop::Diverged(divergence)), _) => (tape.answered, true, Some(divergence.clone())),
            (Some(Stop::Ended), _) => (tape.answered, false, None),
            (None, Some(next)) => {
                let recorded = Some(Asked::recorded(next));
                (tape.answered, true, Some(Divergence { call: next.number, asked: None, recorded }))
            }
            (None, None) => (tape.answered, true, None),
        }
    }
}

impl Tape {
    fn stop(&mut self, why: Stop) -> CallError {
        let error = why.error();
        self.stopped = Some(why);
        error
    }
}

/// What a turn was told that had made all the calls it may.
pub(crate) fn spent(call: &Recorded) -> Option<&CallError> {
    match &call.end {
        Some(Kept::Whole(Err(error @ CallError::Exhausted(e)))) if !call.begun && e.limit == "calls" => Some(error),
        _ => None,
    }
}

/// Whether a call asks what was once asked; of arguments that are not known, nothing can be said.
pub(crate) fn fits(step: &Recorded, call: &Call) -> bool {
    *step.function == *call.function
        && *step.capability == *call.capability.to_string()
        && match (&step.before, &step.args) {
            (Some(before), _) => before.iter().eq(call.args.iter().map(to_json).collect::<Vec<_>>().iter()),
            (None, Kept::Whole(args)) => same(args, &call.args),
            (None, _) => true,
        }
}

/// Equal as far as the ledger can tell: a NaN equals itself.
pub fn same(a: &[Value], b: &[Value]) -> bool {
    a == b || a.iter().map(to_json).eq(b.iter().map(to_json))
}

/// What running a turn again came to.
#[derive(Debug)]
pub struct Replayed {
    /// The component's answer, without what must not pass.
    pub answer: Result<Option<Value>, CallError>,
    /// How many of its calls were answered as they once were.
    pub calls: u32,
    /// Whether it ran to its end: the record of a turn that was cut off may end before.
    pub ended: bool,
    /// Where it asked something else than it once did, or asked too little.
    pub diverged: Option<Divergence>,
    /// The turn as it was run again: whose it is, and what it has seen.
    pub turn: Arc<Turn>,
}

/// Runs a page's first component again on what it was once given. `chain` is that of its asker and itself, `interface` what it was called by,
/// without its version. `hidden` is what must not pass: the ledger never had it.
///
/// # Errors
/// When something that it would need is no more in the ledger, or never was.
pub async fn replay(
    unit: &Unit,
    chain: Chain,
    interface: &str,
    page: &Page,
    limits: &Limits,
    hidden: Option<Arc<dyn Redact>>,
) -> Result<Replayed, PageError> {
    let (first, args) = (page.first()?, page.first_args()?);
    page.is_whole(FIRST)?;
    let recording = Arc::new(Recording::of(page, FIRST, hidden.clone()));
    let turn = Arc::new(Turn::new(page.agent.clone(), page.started, page.seed, limits, page.labels, None));
    let work = Work { turn: turn.clone(), number: FIRST, interface, function: &first.function, args };
    let ran = unit.run(Door::Recording(recording.clone()), chain, work);
    let answer = tokio::time::timeout(limits.wall, ran).await.unwrap_or_else(|_| {
        Err(CallError::exhausted("wall-time", format!("a turn may take {} s to run again", limits.wall.as_secs())))
    });
    let answer = answer.and_then(|value| Ok(measured(value.into(), limits)?.value));
    let answer = match (answer, hidden) {
        (Ok(mut value), Some(hidden)) => {
            redact::values(&*hidden, value.as_mut());
            Ok(value)
        }
        (Err(error), Some(hidden)) => Err(redact::error(&*hidden, error)),
        (answer, None) => answer,
    };
    let (calls, ended, diverged) = recording.result();
    Ok(Replayed { answer, calls, ended, diverged, turn })
}
