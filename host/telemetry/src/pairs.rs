//! How two lines become a call that is over, and a page's first and last line a turn.

use crate::done::{Done, Outcome};
use crate::usage::Usage;
use loket_ledger::{Entry, Kind, Payload, Stored, TurnId};
use loket_values::Value;
use lru::LruCache;
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// How many turns may be open at once; of more, the one that was heard of least lately is not measured.
const MOST_TURNS: NonZeroUsize = NonZeroUsize::new(8_192).expect("it is not zero");
/// How many calls of one turn may be open at once; more are not measured.
const MOST_CALLS: usize = 1_024;
/// The most characters that are kept of an error's code.
const LONGEST_CODE: usize = 40;

/// The turns and calls that are open.
pub struct Pairs(LruCache<TurnId, Open>);

struct Open {
    agent: Arc<str>,
    begun: u64,
    calls: HashMap<u32, u64>,
}

impl Default for Pairs {
    fn default() -> Pairs {
        Pairs(LruCache::new(MOST_TURNS))
    }
}

impl Pairs {
    /// None is open.
    pub fn new() -> Pairs {
        Pairs::default()
    }

    /// Hears a line; answers with what is over by it.
    pub fn hear(&mut self, entry: &Entry) -> Option<Done> {
        if entry.turn == TurnId(0) {
            return None;
        }
        match entry.kind {
            Kind::Turn => {
                // One that waited for its owner goes on: it began when it began.
                if self.0.get(&entry.turn).is_none() {
                    let open = Open { agent: entry.chain.clone(), begun: entry.time, calls: HashMap::new() };
                    self.0.put(entry.turn, open);
                }
                None
            }
            Kind::Intent => {
                let open = self.0.get_mut(&entry.turn)?;
                if open.calls.len() < MOST_CALLS {
                    open.calls.insert(entry.call, entry.time);
                }
                None
            }
            Kind::Outcome => self.over(entry, Outcome::Done),
            Kind::Refused => self.over(entry, Outcome::Refused(code(entry))),
            Kind::Failed => self.over(entry, Outcome::Failed(code(entry))),
            Kind::End => {
                let open = self.0.pop(&entry.turn)?;
                let outcome = match &entry.payload {
                    Stored::Present(Payload::Text(said)) if said != "done" => Outcome::Failed(of_a_turn(said)),
                    _ => Outcome::Done,
                };
                let (agent, begun) = (open.agent, open.begun);
                let nothing: Arc<str> = Arc::from("");
                Some(Done { agent, begun, outcome, usage: None, chain: nothing, ..Done::of(entry) })
            }
            Kind::Act => None,
        }
    }

    fn over(&mut self, entry: &Entry, outcome: Outcome) -> Option<Done> {
        let open = self.0.get_mut(&entry.turn);
        // What is refused never began.
        let begun = match open {
            Some(open) => (open.agent.clone(), open.calls.remove(&entry.call).unwrap_or(entry.time)),
            None => (Arc::from(""), entry.time),
        };
        let usage = match &entry.payload {
            Stored::Present(Payload::Values(values)) if entry.capability.starts_with("loket:model/chat") => {
                values.first().and_then(Usage::of)
            }
            _ => None,
        };
        Some(Done { agent: begun.0, begun: begun.1, outcome, usage, ..Done::of(entry) })
    }
}

impl Done {
    /// What the last line alone says.
    fn of(entry: &Entry) -> Done {
        Done {
            turn: entry.turn,
            call: entry.call,
            parent: entry.parent,
            agent: Arc::from(""),
            chain: entry.chain.clone(),
            capability: entry.capability.clone(),
            function: entry.function.clone(),
            begun: entry.time,
            ended: entry.time,
            outcome: Outcome::Done,
            usage: None,
        }
    }
}

/// The code of an error, as it stands in a line: the case of `loket:types/types.error`.
fn code(entry: &Entry) -> String {
    match &entry.payload {
        Stored::Present(Payload::Values(values)) => match values.first() {
            Some(Value::Variant(case, _)) => case.clone(),
            _ => "other".to_owned(),
        },
        _ => "other".to_owned(),
    }
}

/// The same of a turn, whose last line says `CODE: what was wrong`, or in words why nobody waited for it.
fn of_a_turn(said: &str) -> String {
    match said.split_once(": ") {
        Some((code, _)) if code.len() <= LONGEST_CODE && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') => {
            code.to_owned()
        }
        _ => "stopped".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loket_ledger::{Hash, Seq};

    fn entry(turn: u128, call: u32, kind: Kind, time: u64, capability: &str, payload: Stored) -> Entry {
        let chain = if call == 0 { "ann" } else { "owner > agent:ann" };
        Entry {
            seq: Seq(1),
            turn: TurnId(turn),
            call,
            parent: call.saturating_sub(1),
            kind,
            time,
            chain: chain.into(),
            capability: capability.into(),
            function: "complete".into(),
            labels: 0,
            payload,
            prev: Hash([0; 32]),
            hash: Hash([0; 32]),
        }
    }

    fn text(said: &str) -> Stored {
        Stored::Present(Payload::Text(said.into()))
    }

    fn values(value: Value) -> Stored {
        Stored::Present(Payload::Values(vec![value]))
    }

    #[test]
    fn calls_end_with_their_own_line_and_a_turn_with_its_last() {
        let mut pairs = Pairs::new();
        assert_eq!(pairs.hear(&entry(7, 0, Kind::Turn, 100, "", Stored::None)), None);
        assert_eq!(pairs.hear(&entry(7, 1, Kind::Intent, 101, "a:b/c", Stored::None)), None);
        assert_eq!(pairs.hear(&entry(7, 2, Kind::Intent, 102, "a:b/d", Stored::None)), None);
        let done = pairs.hear(&entry(7, 2, Kind::Outcome, 107, "a:b/d", Stored::None)).expect("it is over");
        assert_eq!((done.call, done.parent, done.took(), &*done.agent), (2, 1, 5, "ann"));
        let no = values(Value::Variant("denied".into(), None));
        let refused = pairs.hear(&entry(7, 3, Kind::Refused, 108, "a:b/e", no)).expect("it is over");
        assert_eq!((refused.outcome, refused.begun), (Outcome::Refused("denied".into()), 108));
        let end = pairs.hear(&entry(7, 0, Kind::End, 120, "", text("done"))).expect("it is over");
        assert!(end.is_turn() && end.outcome == Outcome::Done && end.took() == 20, "{end:?}");
        assert_eq!(pairs.hear(&entry(7, 0, Kind::End, 121, "", text("done"))), None, "it was over");
    }

    #[test]
    fn how_a_turn_failed_is_its_code_and_never_its_words() {
        for (said, code) in [
            ("exhausted: the turn's time is over, my password is 1234", "exhausted"),
            ("whoever asked went away", "stopped"),
            ("Not A Code: x", "stopped"),
        ] {
            let mut pairs = Pairs::new();
            pairs.hear(&entry(7, 0, Kind::Turn, 100, "", Stored::None));
            let end = pairs.hear(&entry(7, 0, Kind::End, 101, "", text(said))).expect("it is over");
            assert_eq!(end.outcome, Outcome::Failed(code.into()), "{said}");
        }
    }

    #[test]
    fn a_turn_that_goes_on_after_its_owner_answered_began_when_it_began() {
        let mut pairs = Pairs::new();
        pairs.hear(&entry(7, 0, Kind::Turn, 100, "", Stored::None));
        pairs.hear(&entry(7, 0, Kind::Turn, 500, "", Stored::None));
        let end = pairs.hear(&entry(7, 0, Kind::End, 600, "", text("done"))).expect("it is over");
        assert_eq!(end.took(), 500);
    }

    #[test]
    fn a_reply_tells_what_it_took_and_anything_else_tells_nothing() {
        let usage = Value::Record(vec![
            ("input".into(), Value::U64(40)),
            ("cached".into(), Value::U64(8)),
            ("output".into(), Value::U64(2)),
        ]);
        let reply = Value::Record(vec![
            ("text".into(), Value::String("secret words".into())),
            ("stop".into(), Value::Variant("finished".into(), None)),
            ("usage".into(), usage),
            ("model".into(), Value::String("m\u{1b}-1".into())),
        ]);
        let expect = Usage { model: "m-1".into(), input: 40, cached: 8, output: 2, stop: "finished".into() };
        let result = Value::Result(Ok(Some(Box::new(reply.clone()))));
        for payload in [values(reply), values(result)] {
            let mut pairs = Pairs::new();
            let done = pairs.hear(&entry(7, 2, Kind::Outcome, 1, "loket:model/chat of loket:openai", payload));
            assert_eq!(done.expect("it is over").usage.as_ref(), Some(&expect));
        }
        for payload in [values(Value::Bool(true)), Stored::Erased, text("x"), Stored::None] {
            let done = Pairs::new().hear(&entry(7, 2, Kind::Outcome, 1, "loket:model/chat of loket:openai", payload));
            assert_eq!(done.expect("it is over").usage, None);
        }
    }

    #[test]
    fn turns_that_never_end_are_forgotten_after_a_while_and_take_no_memory_for_ever() {
        let mut pairs = Pairs::new();
        for turn in 1..=MOST_TURNS.get() as u128 + 1 {
            pairs.hear(&entry(turn, 0, Kind::Turn, 1, "", Stored::None));
        }
        assert_eq!(pairs.hear(&entry(1, 0, Kind::End, 2, "", text("done"))), None);
        assert!(pairs.hear(&entry(2, 0, Kind::End, 2, "", text("done"))).is_some());
    }
}
