//! What of the asks outlives the host: the names of the turns that wait. Everything else of them is in their pages, which the ledger's chain
//! protects: a file that somebody changed can name turns, and answer nothing.

use super::Asks;
use super::question::Question;
use super::table::{Given, Waiting};
use crate::cut_off;
use crate::home::write_whole;
use loket_kernel::counter::now;
use loket_ledger::{Entry, Kind, Ledger, LedgerError, Payload, Stored, TurnId};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, PoisonError};

/// The file's form.
const FORMAT: u32 = 1;
/// More turns than can wait are not looked for.
const MOST_TURNS: usize = 1_024;
/// How the page of a turn ends whose asks nobody answered in time.
const UNANSWERED: &str = "needs-approval: nobody answered in time what this turn waited for";

/// How one ends that had all its answers, and for which it is too late: nobody expects that it goes on now.
const NOT_GONE_ON: &str =
    "stopped: the host ended before this turn could go on with the answers that it had, and their time is over";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    turns: BTreeSet<String>,
}

/// A page that waits.
struct Open {
    waiting: Vec<Question>,
    /// What was answered, and not yet acted upon.
    given: Vec<(String, Given)>,
    /// Whether what was answered waited until a time that has come.
    late: bool,
    agent: Arc<str>,
}

impl Asks {
    /// Keeps the names of the turns that wait.
    pub(super) fn keep(&self) {
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let turns = {
            let table = self.table();
            let waiting = table.waiting.values().map(|waiting| &waiting.question.turn);
            waiting.chain(&table.owed).cloned().collect()
        };
        let kept = serde_json::to_vec(&File { format: FORMAT, turns })
            .map_err(std::io::Error::from)
            .and_then(|text| write_whole(&self.file, &text));
        if let Err(error) = kept {
            // It can be answered all the same; only a restart would not find it.
            tracing::error!(%error, "loket.asks.kept");
        }
    }

    /// Takes up the asks that waited when the host ended, and ends the pages of those that nobody can answer any more. Answers with the turns
    /// that go on: those that wait, and those that have their answers. Blocks.
    pub(crate) fn take_up(&self, ledger: &Ledger) -> Result<HashSet<TurnId>, LedgerError> {
        let text = std::fs::read(&self.file).unwrap_or_default();
        let file: Option<File> = serde_json::from_slice(&text).ok().filter(|file: &File| file.format == FORMAT);
        let turns = file.map(|file| file.turns).unwrap_or_default();
        let (mut going_on, mut last) = (HashSet::new(), None);
        for turn in turns.iter().take(MOST_TURNS).filter_map(|turn| turn.parse::<TurnId>().ok()) {
            let Some(open) = open_page(turn, &ledger.turn(turn)?) else { continue };
            if open.waiting.is_empty() && (open.given.is_empty() || open.late) {
                let why = if open.given.is_empty() { UNANSWERED } else { NOT_GONE_ON };
                last = Some(ledger.append(cut_off::end(turn, open.agent, why)));
                continue;
            }
            going_on.insert(turn);
            let mut table = self.table();
            if open.waiting.is_empty() {
                table.owed.insert(turn.to_string());
            }
            for (print, given) in open.given {
                table.given.entry(print).or_default().push_back(given);
            }
            for question in open.waiting {
                let waits = Waiting { question: Arc::new(question), tell: None, claimed: false };
                table.waiting.insert(waits.question.ask.clone(), waits);
            }
        }
        if let Some(last) = last {
            ledger.settle_blocking(last)?;
        }
        if !turns.is_empty() {
            self.keep();
        }
        Ok(going_on)
    }

    /// The turns that have all their answers, and have not gone on yet.
    pub(crate) fn owed(&self) -> Vec<String> {
        self.table().owed.iter().cloned().collect()
    }

    /// Ends the pages of turns that go on later and whose time is over.
    pub(crate) fn let_go(&self, ledger: &Ledger) {
        let mut gone = HashMap::new();
        {
            let mut table = self.table();
            let now = now();
            let late = |waits: &Waiting| waits.tell.is_none() && !waits.claimed && waits.question.expires <= now;
            let turns: HashSet<String> =
                table.waiting.values().filter(|waits| late(waits)).map(|waits| waits.question.turn.clone()).collect();
            // All of the turn: it cannot go on any more.
            for turn in turns {
                let asks: Vec<String> = table
                    .waiting
                    .iter()
                    .filter(|(_, waits)| waits.question.turn == turn)
                    .map(|(id, _)| id.clone())
                    .collect();
                for id in asks {
                    if let Some(waits) = table.waiting.remove(&id) {
                        table.remember(&waits.question, "none", now);
                        gone.insert(turn.clone(), waits.question.agent.clone());
                    }
                }
            }
        }
        if gone.is_empty() {
            return;
        }
        for (turn, agent) in gone {
            if let Ok(turn) = turn.parse() {
                ledger.append(cut_off::end(turn, agent.unwrap_or_default().into(), UNANSWERED));
            }
        }
        self.keep();
    }
}

/// What a page that has not ended waits for; nothing when it has.
fn open_page(turn: TurnId, lines: &[Entry]) -> Option<Open> {
    let begun = lines.first().filter(|line| line.kind == Kind::Turn)?;
    let last = lines.iter().rev().find(|line| matches!(line.kind, Kind::Turn | Kind::End))?;
    if last.kind == Kind::End {
        return None;
    }
    let mut asked: Vec<Question> = Vec::new();
    let mut answered: HashMap<String, Json> = HashMap::new();
    for (line, about) in lines.iter().filter_map(|line| Some((line, act(line)?))) {
        match about["act"].as_str() {
            Some("asked") => asked.extend(
                serde_json::from_value::<Question>(about)
                    .ok()
                    .filter(|q| q.turn == turn.to_string() && q.call == line.call && q.digest == q.bound()),
            ),
            Some("answered") => {
                let ask = about["ask"].as_str().unwrap_or_default().to_owned();
                answered.insert(ask, about);
            }
            _ => {}
        }
    }
    let went_on = |call: u32| lines.iter().any(|line| line.call == call && line.kind != Kind::Act);
    let now = now();
    let (mut waiting, mut given, mut late) = (Vec::new(), Vec::new(), false);
    for question in asked {
        match answered.get(&question.ask) {
            // What a server asked in the middle of a call was over with that.
            _ if question.form.is_some() => {}
            None if question.expires > now => waiting.push(question),
            // One that is too late holds up the whole turn: it is as if nothing waited.
            None => return Some(Open { waiting: Vec::new(), given: Vec::new(), late, agent: begun.chain.clone() }),
            Some(_) if went_on(question.call) => {}
            Some(about) => {
                let said = match about["answer"].as_str() {
                    Some("once" | "conversation" | "always") => Given::Yes(about.get("arguments").cloned()),
                    Some("not-again") => Given::No { for_the_turn: true },
                    _ => Given::No { for_the_turn: false },
                };
                late |= question.expires <= now;
                given.push((question.print(), said));
            }
        }
    }
    Some(Open { waiting, given, late, agent: begun.chain.clone() })
}

/// The act that a line of a page has.
fn act(line: &Entry) -> Option<Json> {
    match (line.kind, &line.payload) {
        (Kind::Act, Stored::Present(Payload::Json(text))) => serde_json::from_str(text).ok(),
        _ => None,
    }
}
