//! A turn's page, read back from the ledger: what the turn was given, each call that was made in it, and what came of that.
//!
//! [`crate::replay`] runs the turn again from it, [`crate::resume`] goes on with it.

use crate::call::Capability;
use crate::chain::{Chain, Principal};
use crate::fault::CallError;
use crate::labels::Labels;
use crate::native::LINK;
use loket_ledger::{Entry, Kind, Ledger, LedgerError, Payload, Stored, TurnId};
use loket_values::Value;
use loket_values::json::to_json;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The number of a turn's first call: the one for which it was begun.
pub const FIRST: u32 = 1;

/// What the ledger has of something that was said.
#[derive(Debug, Clone, PartialEq)]
pub enum Kept<T> {
    /// All of it.
    Whole(T),
    /// Nothing: what the counter refuses has no arguments in the ledger.
    Unsaid,
    /// Its digest; the bytes are kept elsewhere.
    Digest,
    /// Nothing any more: it was forgotten.
    Erased,
}

/// One call of a turn.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Its number in the turn.
    pub number: u32,
    /// The number of the call that made it; 0 for the first.
    pub parent: u32,
    /// Who asked, through whom, in words.
    pub chain: Arc<str>,
    /// The capability in words.
    pub capability: Arc<str>,
    /// The function.
    pub function: Arc<str>,
    /// What was asked.
    pub args: Kept<Vec<Value>>,
    /// What it asked, as JSON, where the owner was asked about it: the owner may have let it through with other arguments.
    pub before: Option<Vec<serde_json::Value>>,
    /// Whether it was let through.
    pub begun: bool,
    /// What was answered; `None` when it did not end, or was stopped together with its turn.
    pub end: Option<Kept<Result<Option<Value>, CallError>>>,
    /// What the turn had seen when it was answered.
    pub labels: Labels,
}

/// A turn's page.
#[derive(Debug, Clone)]
pub struct Page {
    /// The turn.
    pub turn: TurnId,
    /// The agent whose turn it is, or on whose behalf the owner called.
    pub agent: Option<Arc<str>>,
    /// When the turn began, in milliseconds since 1970.
    pub started: u64,
    /// What its random numbers grow from.
    pub seed: u64,
    /// What was known at the beginning of where its words came from.
    pub labels: Labels,
    /// What ran, as `acme:calc@1.2.0`; absent where the host itself answered.
    pub package: Option<String>,
    /// The SHA-256 of its bytes, in hex.
    pub digest: Option<String>,
    /// Its calls, by number.
    pub calls: BTreeMap<u32, Recorded>,
    /// How it ended; `None` while it runs, or when its host died.
    pub end: Option<String>,
}

/// Why a page cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// There is no such turn.
    #[error("there is no turn `{0}` in the ledger")]
    Missing(TurnId),
    /// It does not begin with what is needed to run it again.
    #[error("the page of turn `{turn}` cannot be read: {why}")]
    Unreadable {
        /// The turn.
        turn: TurnId,
        /// What is wrong with it.
        why: String,
    },
    /// Something of it is gone.
    #[error("turn `{turn}` cannot be run again: {what} {} forgotten, and what was forgotten stays so", .what.verb())]
    Forgotten {
        /// The turn.
        turn: TurnId,
        /// What is gone.
        what: Gone,
    },
    /// Something of it is kept elsewhere, and nobody knows where.
    #[error(
        "turn `{turn}` cannot be run again: of the answer of call {call}, `{asked}`, the ledger has the digest only"
    )]
    Elsewhere {
        /// The turn.
        turn: TurnId,
        /// The call.
        call: u32,
        /// What was asked.
        asked: String,
    },
    /// No component ran.
    #[error("turn `{turn}` ran no component: `{asked}` was answered by the host itself, or refused")]
    NoComponent {
        /// The turn.
        turn: TurnId,
        /// What was asked.
        asked: String,
    },
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// What of a page is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gone {
    /// What the turn was given.
    Inputs,
    /// What a call asked.
    Arguments(u32),
    /// What a call was answered.
    Answer(u32),
}

impl Gone {
    fn verb(&self) -> &'static str {
        match self {
            Gone::Answer(_) => "was",
            Gone::Inputs | Gone::Arguments(_) => "were",
        }
    }
}

impl std::fmt::Display for Gone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Gone::Inputs => f.write_str("its inputs"),
            Gone::Arguments(call) => write!(f, "the arguments of call {call}"),
            Gone::Answer(call) => write!(f, "the answer of call {call}"),
        }
    }
}

/// The inputs as `Host::turn` writes them. What a page has besides is for people.
#[derive(Deserialize)]
struct Inputs {
    seed: String,
    clock: u64,
    #[serde(default)]
    labels: Vec<String>,
    package: Option<String>,
    digest: Option<String>,
}

/// An act in the page of a turn: that the owner was asked about a call, whose arguments are there by parameter.
#[derive(Deserialize)]
struct Asked {
    act: String,
    #[serde(default)]
    arguments: serde_json::Map<String, serde_json::Value>,
}

impl Page {
    /// Reads a turn's page. Blocks.
    ///
    /// # Errors
    /// When there is none, or it does not begin with its inputs.
    pub fn read(ledger: &Ledger, turn: TurnId) -> Result<Page, PageError> {
        Page::of(turn, &ledger.turn(turn)?)
    }

    /// A page from its lines, in the ledger's order.
    ///
    /// # Errors
    /// As [`Page::read`].
    pub fn of(turn: TurnId, lines: &[Entry]) -> Result<Page, PageError> {
        let unreadable = |why: String| PageError::Unreadable { turn, why };
        let (first, lines) = lines.split_first().ok_or(PageError::Missing(turn))?;
        let inputs: Inputs = match (first.kind, &first.payload) {
            (Kind::Turn, Stored::Present(Payload::Json(inputs))) => {
                serde_json::from_str(inputs).map_err(|e| unreadable(format!("its inputs are of another form: {e}")))?
            }
            (Kind::Turn, Stored::Erased) => return Err(PageError::Forgotten { turn, what: Gone::Inputs }),
            _ => return Err(unreadable("it does not begin with a turn's inputs".into())),
        };
        let seed = inputs.seed.parse().map_err(|_| unreadable(format!("its seed is `{}`", inputs.seed)))?;
        let mut page = Page {
            turn,
            agent: (!first.chain.is_empty()).then(|| first.chain.clone()),
            started: inputs.clock,
            seed,
            labels: Labels::from_names(inputs.labels.iter().map(String::as_str)),
            package: inputs.package,
            digest: inputs.digest,
            calls: BTreeMap::new(),
            end: None,
        };
        for line in lines {
            match (line.kind, &line.payload) {
                // A turn that goes on says so in a second such line.
                (Kind::Turn, _) => page.end = None,
                (Kind::End, Stored::Present(Payload::Text(outcome))) => page.end = Some(outcome.clone()),
                (Kind::End, _) => page.end = Some(String::new()),
                _ if line.call == 0 => {}
                _ => {
                    page.calls.entry(line.call).or_insert_with(|| Recorded::new(line)).read(line).map_err(unreadable)?
                }
            }
        }
        Ok(page)
    }

    /// The call for which the turn was begun.
    ///
    /// # Errors
    /// When the ledger has none: the turn ended before it, or its line was lost with its host.
    pub fn first(&self) -> Result<&Recorded, PageError> {
        self.calls.get(&FIRST).filter(|call| call.begun).ok_or_else(|| PageError::Unreadable {
            turn: self.turn,
            why: "it has no first call that was let through".into(),
        })
    }

    /// What the first call asked.
    ///
    /// # Errors
    /// As [`Page::first`], and when it was forgotten.
    pub fn first_args(&self) -> Result<Vec<Value>, PageError> {
        match &self.first()?.args {
            Kept::Whole(args) => Ok(args.clone()),
            _ => Err(PageError::Forgotten { turn: self.turn, what: Gone::Arguments(FIRST) }),
        }
    }

    /// The calls that one call made, in order.
    pub fn made_by(&self, call: u32) -> impl Iterator<Item = &Recorded> {
        self.calls.values().filter(move |made| made.parent == call && made.number != call)
    }

    /// Whether a call's component was linked to files, networks or a store natively: what it did there, the ledger does not have.
    pub fn linked_natively(&self, call: u32) -> Option<&Recorded> {
        self.made_by(call).find(|made| *made.function == *LINK && made.capability.starts_with("wasi:") && made.begun)
    }

    /// Holds that all is there of what a call's component was answered.
    ///
    /// # Errors
    /// What is missing.
    pub fn is_whole(&self, call: u32) -> Result<(), PageError> {
        let turn = self.turn;
        for made in self.made_by(call) {
            if made.args == Kept::Erased {
                return Err(PageError::Forgotten { turn, what: Gone::Arguments(made.number) });
            }
            match &made.end {
                Some(Kept::Erased) => {
                    return Err(PageError::Forgotten { turn, what: Gone::Answer(made.number) });
                }
                Some(Kept::Digest) => {
                    let asked = format!("{}#{}", made.capability, made.function);
                    return Err(PageError::Elsewhere { turn, call: made.number, asked });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// All that the turn had seen when the page was written.
    pub fn seen(&self) -> Labels {
        self.calls.values().fold(self.labels, |all, call| all.join(call.labels))
    }

    /// The greatest number that a call has; 0 where none was made.
    pub fn last(&self) -> u32 {
        self.calls.keys().next_back().copied().unwrap_or(0)
    }

    /// Who asked, through whom, as the counter had it. `is_host` says of an interface whether the host itself answers it.
    ///
    /// `None` where the page does not have the calls that led there.
    pub fn chain_of(&self, call: &Recorded, is_host: &dyn Fn(&str) -> bool) -> Option<Chain> {
        let mut names = call.chain.split(" > ");
        let first = Chain::new(Principal::parse(names.next()?)?);
        // From the last principal back: the call that ran it is the nearest one above that was asked by those before it.
        let (mut runs, mut above) = (Vec::new(), call.parent);
        let mut length = call.chain.split(" > ").count();
        while length > 1 {
            // Who calls came before: a page that says otherwise leads nowhere.
            let by = self.calls.get(&above).filter(|by| by.parent < above)?;
            if by.chain.split(" > ").count() < length {
                runs.push(by);
                length -= 1;
            }
            above = by.parent;
        }
        names.zip(runs.into_iter().rev()).try_fold(first, |chain, (name, by)| {
            let via = Capability::from_words(&by.capability, is_host);
            Some(chain.then(via, by.function.clone(), Principal::parse(name)?))
        })
    }
}

impl Recorded {
    fn new(line: &Entry) -> Recorded {
        Recorded {
            number: line.call,
            parent: line.parent,
            chain: line.chain.clone(),
            capability: line.capability.clone(),
            function: line.function.clone(),
            args: Kept::Unsaid,
            before: None,
            begun: false,
            end: None,
            labels: Labels::NONE,
        }
    }

    /// One more line about it.
    fn read(&mut self, line: &Entry) -> Result<(), String> {
        self.labels = self.labels.join(Labels::from_bits(line.labels));
        match line.kind {
            Kind::Intent => {
                self.begun = true;
                self.args = match values(line) {
                    Kept::Whole(args) => Kept::Whole(args),
                    _ => Kept::Erased,
                };
                self.end = None;
            }
            Kind::Outcome => {
                self.end = Some(match values(line) {
                    Kept::Whole(mut answer) => Kept::Whole(Ok(answer.pop())),
                    Kept::Digest => Kept::Digest,
                    Kept::Erased | Kept::Unsaid => Kept::Erased,
                });
            }
            Kind::Refused | Kind::Failed => {
                self.end = Some(match values(line) {
                    Kept::Whole(why) => match why.first().and_then(CallError::from_value) {
                        Some(error) => Kept::Whole(Err(error)),
                        None => return Err(format!("line {} does not say why call {} ended", line.seq, line.call)),
                    },
                    _ => Kept::Erased,
                });
            }
            // The owner was asked about it.
            Kind::Act => {
                if let Stored::Present(Payload::Json(act)) = &line.payload
                    && let Ok(Asked { act, arguments }) = serde_json::from_str(act)
                    && act == "asked"
                {
                    self.before = Some(arguments.into_iter().map(|(_, value)| value).collect());
                }
            }
            Kind::Turn | Kind::End => {}
        }
        Ok(())
    }

    /// The arguments with which the owner let it pass, where those are others than were asked.
    pub(crate) fn changed(&self) -> Option<Vec<Value>> {
        match (&self.before, &self.args) {
            (Some(before), Kept::Whole(args)) if !args.iter().map(to_json).eq(before.iter().cloned()) => {
                Some(args.clone())
            }
            _ => None,
        }
    }

    /// What it asked, as `loket:brain/memory#recall`.
    pub fn asked(&self) -> String {
        format!("{}#{}", self.capability, self.function)
    }

    /// Whether its turn was cut off or stopped while it ran: it came to no end of its own.
    pub fn was_cut_off(&self) -> bool {
        match &self.end {
            None => true,
            Some(Kept::Whole(Err(CallError::Exhausted(e)))) => {
                matches!(e.limit.as_str(), "cancelled" | "wall-time" | "cpu" | "total-memory" | "instances")
            }
            Some(_) => false,
        }
    }
}

/// What went with a line.
fn values(line: &Entry) -> Kept<Vec<Value>> {
    match &line.payload {
        Stored::None | Stored::Present(Payload::None) => Kept::Whole(Vec::new()),
        Stored::Present(Payload::Values(values)) => Kept::Whole(values.clone()),
        Stored::Present(Payload::Json(_) | Payload::Text(_)) => Kept::Digest,
        Stored::Erased => Kept::Erased,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loket_ledger::{Hash, Seq};

    fn line(call: u32, parent: u32, kind: Kind, chain: &str, what: &str, payload: Stored) -> Entry {
        let (capability, function) = what.split_once('#').unwrap_or_default();
        Entry {
            seq: Seq(1),
            turn: TurnId(7),
            call,
            parent,
            kind,
            time: 1,
            chain: chain.into(),
            capability: capability.into(),
            function: function.into(),
            labels: 0,
            payload,
            prev: Hash([0; 32]),
            hash: Hash([0; 32]),
        }
    }

    fn begin() -> Entry {
        let inputs = r#"{"seed": "7", "clock": 5, "labels": ["private"], "package": null, "digest": null}"#;
        line(0, 0, Kind::Turn, "ann", "", Stored::Present(Payload::Json(inputs.into())))
    }

    const AGENT: &str = "loket:roles/handler of agent:ann#handle";

    fn values(values: &[Value]) -> Stored {
        Stored::Present(Payload::Values(values.to_vec()))
    }

    #[test]
    fn a_page_says_what_each_call_asked_and_was_answered() {
        let seven = || values(&[Value::U8(7)]);
        let no = || values(&[CallError::NotFound("no".into()).to_value()]);
        let lines = [
            begin(),
            line(1, 0, Kind::Intent, "owner", AGENT, seven()),
            line(2, 1, Kind::Intent, "owner > agent:ann", "loket:brain/memory#recall", Stored::None),
            line(3, 1, Kind::Refused, "owner > agent:ann", "loket:http/client#send", no()),
            line(2, 1, Kind::Outcome, "owner > agent:ann", "loket:brain/memory#recall", seven()),
            line(4, 1, Kind::Intent, "owner > agent:ann", "loket:http/client#send", Stored::Erased),
        ];
        let page = Page::of(TurnId(7), &lines).expect("it reads");
        assert_eq!((page.seed, page.started, page.labels, page.last()), (7, 5, Labels::PRIVATE, 4));
        assert_eq!(page.first_args().expect("they are there"), [Value::U8(7)]);
        let made: Vec<_> = page.made_by(1).collect();
        assert_eq!(made.iter().map(|call| call.number).collect::<Vec<_>>(), [2, 3, 4]);
        assert_eq!(made[0].end, Some(Kept::Whole(Ok(Some(Value::U8(7))))));
        assert_eq!((&made[1].args, made[1].begun), (&Kept::Unsaid, false));
        assert_eq!(made[1].end, Some(Kept::Whole(Err(CallError::NotFound("no".into())))));
        assert!(made[2].begun && made[2].was_cut_off());
        let error = page.is_whole(1).expect_err("call 4 was forgotten").to_string();
        assert!(error.contains("the arguments of call 4 were forgotten"), "{error}");
    }

    #[test]
    fn what_was_asked_is_known_where_the_owner_let_something_else_through() {
        let asked = r#"{"act": "asked", "arguments": {"text": "hello", "times": 2}}"#;
        let lines = [
            begin(),
            line(
                2,
                1,
                Kind::Act,
                "owner > agent:ann",
                "acme:mail/send#send",
                Stored::Present(Payload::Json(asked.into())),
            ),
        ];
        let call = Page::of(TurnId(7), &lines).expect("it reads").calls.remove(&2).expect("it is there");
        assert_eq!(call.before, Some(vec!["hello".into(), 2.into()]));
        assert!(!call.begun && call.end.is_none(), "it waits");
    }

    #[test]
    fn a_turn_that_went_on_ends_where_it_ended_last() {
        let end = |why: &str| line(0, 0, Kind::End, "ann", "", Stored::Present(Payload::Text(why.into())));
        let again = || line(0, 0, Kind::Turn, "ann", "", Stored::Present(Payload::Json("{}".into())));
        let page = |lines: &[Entry]| Page::of(TurnId(7), lines).expect("it reads").end;
        assert_eq!(page(&[begin()]), None);
        assert_eq!(page(&[begin(), end("cut off")]), Some("cut off".into()));
        assert_eq!(page(&[begin(), end("cut off"), again()]), None);
        assert_eq!(page(&[begin(), end("cut off"), again(), end("done")]), Some("done".into()));
    }

    #[test]
    fn the_chain_of_a_nested_call_is_put_together_from_those_above_it() {
        let intent = |call, parent, chain, what| line(call, parent, Kind::Intent, chain, what, Stored::None);
        let lines = [
            begin(),
            intent(1, 0, "owner", AGENT),
            intent(2, 1, "owner > agent:ann", "loket:tools/catalog#call-all"),
            // The catalog calls on in the name of whoever asked it.
            intent(3, 2, "owner > agent:ann", "acme:web/reader#read"),
            intent(4, 3, "owner > agent:ann > package:acme:web", "loket:http/client#send"),
        ];
        let page = Page::of(TurnId(7), &lines).expect("it reads");
        let is_host = |interface: &str| interface.starts_with("loket:");
        let chain = page.chain_of(&page.calls[&4], &is_host).expect("all of it is there");
        assert_eq!(&**chain.text(), "owner > agent:ann > package:acme:web");
        let via: Vec<_> =
            chain.backwards().filter_map(|link| link.via.clone()).map(|(c, f)| format!("{c}#{f}")).collect();
        assert_eq!(via, ["acme:web/reader#read", AGENT]);
        assert!(Page::of(TurnId(7), &[]).is_err() && Page::of(TurnId(7), &lines[1..]).is_err());
    }
}
