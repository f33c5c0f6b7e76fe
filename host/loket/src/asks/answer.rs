//! What the owner is shown, and what the owner says to it. An answer names the digest of what was shown, and is used once.

use super::question::Question;
use super::table::{Given, Waiting};
use super::{Asks, form, noted};
use crate::desk::{time_text, wrong};
use loket_gateways::desk::{AskInfo, AskRef, EarlierAnswer, Problem};
use loket_kernel::Labels;
use loket_kernel::counter::now;
use loket_ledger::{Kind as LineKind, Line, Payload, TurnId};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The longest text among arguments that is shown whole, in bytes; and how many items of a list, how deep.
const MOST_SHOWN: usize = 4_096;
const MOST_ITEMS: usize = 100;
const DEEPEST: usize = 16;
/// Of how many earlier answers is told.
const EARLIER: usize = 5;
/// So much of an ask's name tells it from others.
const SHORTEST: usize = 4;

/// Asks that somebody answers just now: nobody else does, and their time does not run out meanwhile.
pub(crate) struct Claim<'a> {
    asks: &'a Asks,
    pub(crate) questions: Vec<Arc<Question>>,
}

impl Asks {
    /// The asks that wait, the oldest first.
    pub(crate) fn list(&self) -> Vec<AskInfo> {
        let waiting: Vec<_> = self.table().waiting.values().map(|waiting| waiting.question.clone()).collect();
        waiting.iter().map(|question| self.info(question)).collect()
    }

    /// One of them by its name or the end of that, or one that was answered lately.
    pub(crate) fn find(&self, name: &str) -> Result<(Arc<Question>, Option<&'static str>), Problem> {
        let wanted = name.to_ascii_uppercase();
        let fits = |question: &Question| {
            question.ask == wanted || (wanted.len() >= SHORTEST && question.ask.ends_with(&wanted))
        };
        let table = self.table();
        let waiting = table.waiting.values().map(|waiting| (&waiting.question, None));
        let answered = table.answered.iter().rev().map(|answered| (&answered.question, Some(answered.answer)));
        let mut found: Vec<_> = waiting.filter(|(question, _)| fits(question)).collect();
        if found.is_empty() {
            found = answered.filter(|(question, _)| fits(question)).collect();
        }
        match &found[..] {
            [(question, answer)] => Ok((Arc::clone(question), *answer)),
            [] => Err(unknown(name)),
            many => Err(wrong(
                "invalid",
                format!("{} asks end in `{}`", many.len(), name.escape_default()),
                "write more of its name: `loket approvals` shows it",
            )),
        }
    }

    /// What is shown of one.
    pub(crate) fn info(&self, question: &Question) -> AskInfo {
        let kind = question.kind();
        let table = self.table();
        let earlier = table.answered.iter().rev().filter(|answered| answered.question.kind() == kind);
        let earlier = earlier
            .take(EARLIER)
            .map(|answered| EarlierAnswer { answer: answered.answer.to_owned(), at: time_text(answered.at) })
            .collect();
        let mut shortened = false;
        let arguments = shown(&question.arguments, 0, &mut shortened);
        AskInfo {
            id: question.ask.clone(),
            digest: question.digest.clone(),
            who: question.whom.clone(),
            chain: question.chain.clone(),
            capability: question.capability().to_string(),
            function: question.function.clone(),
            arguments,
            shortened,
            form: question.form.as_ref().map(form::shown),
            agent: question.agent.clone(),
            conversation: question.conversation.clone(),
            message: question.message.clone(),
            turn: question.turn.clone(),
            labels: question.labels.clone(),
            earlier,
            asked: time_text(question.asked),
            expires: time_text(question.expires),
            state: "waits".to_owned(),
            ended: None,
        }
    }

    /// Takes hold of asks that wait, by their names and digests: all of them or none.
    ///
    /// # Errors
    /// When one does not wait, is another than was shown, or is being answered.
    pub(crate) fn claim(&self, wanted: &[AskRef]) -> Result<Claim<'_>, Problem> {
        let mut table = self.table();
        let now = now();
        let mut names = BTreeSet::new();
        for AskRef { id, digest } in wanted {
            let Some(Waiting { question, claimed, .. }) = table.waiting.get(id) else {
                let before = table.answered.iter().rev().find(|answered| answered.question.ask == *id);
                return Err(before.map_or_else(
                    || unknown(id),
                    |before| {
                        let message = format!("the ask `{id}` was answered already: `{}`", before.answer);
                        wrong("not-found", message, "an answer is used once; `loket approvals` shows what waits")
                    },
                ));
            };
            if question.digest != *digest {
                let message =
                    format!("the ask `{id}` has the digest {}, and not {}", question.digest, digest.escape_default());
                return Err(wrong("invalid", message, format!("look at it again: loket approvals show {id}")));
            }
            if question.expires <= now {
                let message = format!("the ask `{id}` waited until {}", time_text(question.expires));
                return Err(wrong("not-found", message, "[approvals] in loket.toml says how long asks wait"));
            }
            if *claimed || !names.insert(id.clone()) {
                return Err(wrong("unavailable", format!("the ask `{id}` is being answered"), "loket approvals"));
            }
        }
        let questions = names.iter().filter_map(|name| {
            let waiting = table.waiting.get_mut(name)?;
            waiting.claimed = true;
            Some(waiting.question.clone())
        });
        Ok(Claim { asks: self, questions: questions.collect() })
    }
}

impl Claim<'_> {
    /// Gives the answer to all of them. Answers with the turns that nobody in this process waits with and that have all their answers now.
    pub(crate) fn give(self, answer: &'static str, given: &Given) -> BTreeSet<String> {
        let mut table = self.asks.table();
        let (now, mut touched) = (now(), BTreeSet::new());
        for question in &self.questions {
            let Some(waiting) = table.waiting.remove(&question.ask) else { continue };
            table.remember(question, answer, now);
            if let (true, Some(conversation)) = (answer == "conversation", &question.conversation) {
                table.conversations.insert((conversation.clone(), question.kind()));
            }
            let told = match waiting.tell {
                Some(tell) => tell.send(given.clone()).is_ok(),
                None => false,
            };
            if !told && question.form.is_none() {
                table.given.entry(question.print()).or_default().push_back(given.clone());
                touched.insert(question.turn.clone());
            }
        }
        touched.retain(|turn| table.waiting.values().all(|waiting| waiting.question.turn != *turn));
        table.owed.extend(touched.iter().cloned());
        drop(table);
        self.asks.keep();
        touched
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut table = self.asks.table();
        for question in &self.questions {
            if let Some(waiting) = table.waiting.get_mut(&question.ask) {
                waiting.claimed = false;
            }
        }
    }
}

/// The line of an answer, beside the lines of the call that it is about.
pub(crate) fn line(question: &Question, by: &str, answer: &str, arguments: Option<&Json>) -> Line {
    let mut about = json!({ "ask": question.ask, "digest": question.digest, "answer": answer, "by": by });
    if let (Some(arguments), Some(about)) = (arguments, about.as_object_mut()) {
        about.insert("arguments".into(), arguments.clone());
    }
    Line {
        turn: question.turn.parse().unwrap_or(TurnId(0)),
        call: question.call,
        parent: question.parent,
        kind: LineKind::Act,
        time: now(),
        chain: question.chain.as_str().into(),
        capability: question.capability().to_string().into(),
        function: question.function.as_str().into(),
        labels: Labels::from_names(question.labels.iter().map(String::as_str)).bits(),
        payload: Payload::Json(noted("answered", &about)),
    }
}

fn unknown(name: &str) -> Problem {
    let message = format!("no ask `{}` waits", name.escape_default());
    wrong("not-found", message, "`loket approvals` shows what waits")
}

/// A text's beginning, at most so many bytes of it.
pub(crate) fn excerpt(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    format!("{}… ({} bytes in all)", &text[..end], text.len())
}

/// Arguments as they are shown: what is long is cut, and says so.
fn shown(json: &Json, depth: usize, shortened: &mut bool) -> Json {
    match json {
        Json::String(text) if text.len() > MOST_SHOWN => {
            *shortened = true;
            Json::String(excerpt(text, MOST_SHOWN))
        }
        Json::Array(_) | Json::Object(_) if depth >= DEEPEST => {
            *shortened = true;
            Json::String("…".to_owned())
        }
        Json::Array(items) => {
            let mut cut: Vec<Json> =
                items.iter().take(MOST_ITEMS).map(|item| shown(item, depth + 1, shortened)).collect();
            if items.len() > MOST_ITEMS {
                *shortened = true;
                cut.push(Json::String(format!("… ({} in all)", items.len())));
            }
            Json::Array(cut)
        }
        Json::Object(fields) => {
            let some = fields.iter().take(MOST_ITEMS);
            let mut cut: Map<String, Json> = some
                .map(|(name, value)| {
                    *shortened |= name.len() > MOST_SHOWN;
                    (excerpt(name, MOST_SHOWN), shown(value, depth + 1, shortened))
                })
                .collect();
            if fields.len() > MOST_ITEMS {
                *shortened = true;
                cut.insert("…".to_owned(), Json::String(format!("({} in all)", fields.len())));
            }
            Json::Object(cut)
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_is_cut_for_show_and_says_so() {
        let mut shortened = false;
        let short = json!({ "to": "bob", "list": [1, 2, 3] });
        assert_eq!(shown(&short, 0, &mut shortened), short);
        assert!(!shortened);
        let long = shown(&json!({ "text": "ü".repeat(5_000), "list": vec![0; 500] }), 0, &mut shortened);
        assert!(shortened && long.to_string().len() < 6_000, "{long}");
        assert!(long["text"].as_str().is_some_and(|text| text.ends_with("… (10000 bytes in all)")), "{long}");
        assert_eq!(long["list"][100], "… (500 in all)");
        let mut shortened = false;
        let many: Map<_, _> = (0..500).map(|at| (format!("{at:03}"), json!(at))).collect();
        let many = shown(&Json::Object(many), 0, &mut shortened);
        assert_eq!((shortened, many.as_object().map(Map::len)), (true, Some(101)), "{many}");
        assert_eq!((&many["099"], &many["…"]), (&json!(99), &json!("(500 in all)")), "{many}");
        let mut shortened = false;
        let named = shown(&json!({ "x".repeat(10_000): 1 }), 0, &mut shortened);
        assert!(shortened && named.to_string().len() < 5_000, "{named}");
    }
}
