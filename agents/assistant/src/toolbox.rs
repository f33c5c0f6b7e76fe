//! Run what the model asked for: granted tools at once, the agent's own directly; nothing that fails is repeated for ever.

use crate::bounds;
use crate::lessons::Lessons;
use crate::memory_tools;
use crate::outside::{Answer, Call, Outcome, Outside, Part, Picture, Returned, Sign, Step, Tool, Trouble};
use crate::recollection::Recollection;
use crate::results::{self, CONTINUE, Results};
use serde_json::Value;

/// What a call came to: how it ended, its words, and what it shows.
type Slot = (Outcome, String, Vec<Picture>);

/// The tools of a turn, and what has come of them so far.
#[derive(Debug, Default)]
pub struct Toolbox {
    granted: Vec<Tool>,
    /// Failing calls: name, arguments, how often.
    failures: Vec<(String, Value, u32)>,
    /// Calls that worked, each once, in their order: the newest of many.
    worked: Vec<Step>,
    /// Bytes of results so far.
    spent: usize,
    /// Results that were too long to be shown.
    results: Results,
    /// Calls that were run.
    pub ran: usize,
    /// Whether something was forgotten in this turn.
    pub forgot: bool,
    /// The ids of memories that the model had written.
    pub learned: Vec<String>,
}

impl Toolbox {
    /// A toolbox with these granted tools; the agent's own tools cannot be replaced by them.
    pub fn new(mut granted: Vec<Tool>) -> Self {
        granted.retain(|tool| !is_own(&tool.name));
        granted.truncate(bounds::TOOLS - own().count());
        Self { granted, ..Self::default() }
    }

    /// What is offered to the model: the agent's own tools, then the granted ones, in the same order each time.
    pub fn specs(&self) -> Vec<Tool> {
        own().chain(self.granted.iter().cloned()).collect()
    }

    /// Run one round's calls; the results are in the order of the calls, each with what it shows behind it.
    pub fn run(
        &mut self,
        outside: &mut impl Outside,
        recollection: &mut Recollection,
        lessons: &mut Lessons,
        conversation: Option<&str>,
        calls: &[Call],
    ) -> Vec<Part> {
        let mut slots: Vec<Option<Slot>> = vec![None; calls.len()];
        let mut batch: Vec<(usize, Value)> = Vec::new();
        for (at, (call, slot)) in calls.iter().zip(&mut slots).enumerate() {
            let arguments = match self.check(call, batch.len()) {
                Ok(arguments) => arguments,
                Err(why) => {
                    *slot = Some((Outcome::Failed, why, vec![]));
                    continue;
                }
            };
            let _ = outside.tell(Sign::Tool(call.name.clone()));
            self.ran += 1;
            if call.name == CONTINUE {
                let page = self.results.read(&arguments, self.room());
                *slot = Some(match page {
                    Ok(page) => (Outcome::Done, page, vec![]),
                    Err(trouble) => {
                        self.failed(&call.name, arguments);
                        (Outcome::Failed, trouble.to_string(), vec![])
                    }
                });
            } else if memory_tools::is_own(&call.name) {
                let worked = &self.worked;
                let deed = memory_tools::run(outside, recollection, conversation, worked, &call.name, &arguments);
                *slot = Some(match deed {
                    Ok(deed) => {
                        self.forgot |= deed.forgotten;
                        self.learned.extend(deed.learned);
                        (Outcome::Done, deed.answer, vec![])
                    }
                    Err(trouble) => {
                        self.failed(&call.name, arguments);
                        (outcome(&trouble), trouble.to_string(), vec![])
                    }
                });
            } else {
                batch.push((at, arguments));
            }
        }
        self.run_batch(outside, lessons, calls, &mut slots, batch);
        let mut results = Vec::with_capacity(calls.len());
        for (call, slot) in calls.iter().zip(slots) {
            let none = || (Outcome::Failed, "the tool gave no answer".into(), vec![]);
            let (outcome, text, pictures) = slot.unwrap_or_else(none);
            // A page of a long result has its note already.
            let text = if call.name == CONTINUE { text } else { self.results.show(text, self.room()) };
            self.spent += text.len();
            results.push(Part::Returned(Returned { id: call.id.clone(), text, outcome }));
            results.extend(pictures.into_iter().map(Part::Picture));
        }
        results
    }

    /// Bytes that a result may take now.
    fn room(&self) -> usize {
        if self.spent < bounds::RESULTS { bounds::RESULT } else { bounds::LATE_RESULT }
    }

    fn run_batch(
        &mut self,
        outside: &mut impl Outside,
        lessons: &mut Lessons,
        calls: &[Call],
        slots: &mut [Option<Slot>],
        batch: Vec<(usize, Value)>,
    ) {
        if batch.is_empty() {
            return;
        }
        let asked = batch.iter().map(|(at, arguments)| (calls[*at].name.clone(), arguments.to_string())).collect();
        let mut answers = outside.see_all(asked).into_iter();
        for (at, arguments) in batch {
            let name = &calls[at].name;
            slots[at] = answers.next().map(|answer| match answer {
                Ok(Answer { text, pictures }) => match refused_in_band(&text) {
                    None => {
                        self.worked(name, &arguments, &text);
                        (Outcome::Done, text, pictures)
                    }
                    Some(words) => {
                        lessons.tool_failed(outside, name, &arguments, &Trouble::Failed(words));
                        self.failed(name, arguments);
                        (Outcome::Failed, text, vec![])
                    }
                },
                Err(trouble) => {
                    lessons.tool_failed(outside, name, &arguments, &trouble);
                    self.failed(name, arguments);
                    (outcome(&trouble), trouble.to_string(), vec![])
                }
            });
        }
    }

    /// The arguments of a call that may run; else why it may not.
    fn check(&self, call: &Call, batched: usize) -> Result<Value, String> {
        if batched >= bounds::CALLS {
            return Err(format!("more than {} calls at once: ask again for this one", bounds::CALLS));
        }
        if call.arguments.len() > bounds::ARGUMENTS {
            return Err(format!("the arguments have more than {} bytes", bounds::ARGUMENTS));
        }
        if !is_own(&call.name) && self.granted.iter().all(|tool| tool.name != call.name) {
            let names: Vec<_> = self.specs().into_iter().map(|tool| tool.name).collect();
            return Err(format!(
                "no tool is called `{}`; there are: {}",
                bounds::shorten(&call.name, 64),
                names.join(", ")
            ));
        }
        let words = if call.arguments.trim().is_empty() { "{}" } else { &call.arguments };
        let arguments: Value =
            serde_json::from_str(words).map_err(|error| format!("the arguments are not JSON: {error}"))?;
        if !arguments.is_object() {
            return Err("the arguments are not a JSON object".into());
        }
        match self.failures.iter().find(|(name, with, _)| *name == call.name && *with == arguments) {
            Some((_, _, times)) if *times >= bounds::TRIES => Err(format!(
                "this very call has failed {times} times in this turn and was not tried again; do something else"
            )),
            _ => Ok(arguments),
        }
    }

    fn worked(&mut self, name: &str, arguments: &Value, text: &str) {
        let arguments = bounds::shorten(&arguments.to_string(), bounds::STEP);
        if self.worked.iter().any(|step| step.tool == name && step.arguments == arguments) {
            return;
        }
        if self.worked.len() == bounds::STEPS {
            self.worked.remove(0);
        }
        let outcome = bounds::shorten(text, bounds::OUTCOME);
        self.worked.push(Step { tool: name.to_owned(), arguments, outcome });
    }

    fn failed(&mut self, name: &str, arguments: Value) {
        match self.failures.iter_mut().find(|(known, with, _)| known == name && *with == arguments) {
            Some((_, _, times)) => *times += 1,
            None => self.failures.push((name.to_owned(), arguments, 1)),
        }
    }
}

/// The agent's own tools.
fn own() -> impl Iterator<Item = Tool> {
    memory_tools::specs().into_iter().chain([results::spec()])
}

/// Whether a tool of this name is the agent's own.
fn is_own(name: &str) -> bool {
    memory_tools::is_own(name) || name == CONTINUE
}

fn outcome(trouble: &Trouble) -> Outcome {
    if trouble.refused() { Outcome::Refused } else { Outcome::Failed }
}

/// The words of a tool that answered `{"err": …}`: a `result` whose error case is the tool's own.
fn refused_in_band(text: &str) -> Option<String> {
    let Value::Object(fields) = serde_json::from_str(text).ok()? else { return None };
    let error = fields.get("err").filter(|_| fields.len() == 1)?;
    Some(error.as_str().map_or_else(|| error.to_string(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_results_error_case_is_a_failure() {
        assert_eq!(refused_in_band(r#"{"err":"division by zero"}"#).as_deref(), Some("division by zero"));
        assert_eq!(refused_in_band(r#"{"err":{"code":3}}"#).as_deref(), Some(r#"{"code":3}"#));
        assert_eq!(refused_in_band(r#"{"ok":"4"}"#), None);
        assert_eq!(refused_in_band(r#"{"err":1,"ok":2}"#), None);
        assert_eq!(refused_in_band("plain words"), None);
    }
}
