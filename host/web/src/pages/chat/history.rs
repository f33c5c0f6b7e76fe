//! What was said before: an agent keeps each exchange in its memory, so its conversations are read from there.
//!
//! What is read here stands in the ledger like every answer, so no more is read than is shown: the newest exchanges for the list of
//! conversations, and those of one conversation piece by piece.

use super::exchange::Exchange;
use crate::app::App;
use crate::brain::{Entry, Hit, Memories, Of, ask, query};
use loket_gateways::desk::Problem;
use serde_json::json;

/// Exchanges that are read for the list of conversations, and of one conversation at once.
const LISTED: usize = 40;
const PIECE: usize = 40;
/// How an episode is written (`agents/assistant/src/history.rs`).
const ASKED: &str = "asked: ";
const ANSWERED: &str = "\nanswered: ";
/// The tag of a memory that puts the older part of a conversation in short.
const COMPACTION: &str = "compaction";

/// The conversations of an agent, and what was said in one of them.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// The newest first.
    pub(crate) talks: Vec<Talk>,
    /// The oldest first.
    pub(crate) exchanges: Vec<Exchange>,
    /// Before when more was said in it, in milliseconds since 1970.
    pub(crate) earlier: Option<u64>,
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Talk {
    pub(crate) conversation: String,
    /// How it began, as far as that was read.
    pub(crate) title: String,
    /// When something was last said in it, in milliseconds since 1970.
    pub(crate) written: u64,
}

impl History {
    /// Reads an agent's newest exchanges, and those of a conversation, before a moment where one is said.
    pub(crate) async fn read(
        app: &App,
        agent: &str,
        conversation: Option<&str>,
        before: Option<u64>,
    ) -> Result<History, Problem> {
        let mut history = History::default();
        let arguments = json!({ "kinds": ["episode"], "cursor": null, "limit": LISTED });
        let newest: Memories = ask(app, agent, Of::Memory, "list", arguments).await?;
        for entry in app.clean(newest.items) {
            history.list(&entry);
        }
        if conversation.is_some() {
            let query = query("", &["episode"], conversation, before, PIECE);
            let hits: Vec<Hit> = ask(app, agent, Of::Memory, "recall", query).await?;
            let mut entries: Vec<Entry> = app.clean(hits).into_iter().map(|hit| hit.entry).collect();
            entries.sort_unstable_by(|a, b| (a.written, &a.id).cmp(&(b.written, &b.id)));
            history.earlier = entries.first().filter(|_| entries.len() >= PIECE).map(|oldest| oldest.written);
            history.exchanges = entries.into_iter().filter_map(exchange).collect();
        }
        Ok(history)
    }

    /// Takes an episode into the list of conversations, the newest first.
    fn list(&mut self, entry: &Entry) {
        let Some((of, asked, _)) = said(entry) else { return };
        match self.talks.iter_mut().find(|talk| talk.conversation == *of) {
            Some(talk) => asked.clone_into(&mut talk.title),
            None => {
                let (conversation, title) = (of.clone(), asked.to_owned());
                self.talks.push(Talk { conversation, title, written: entry.written });
            }
        }
    }
}

/// An episode that is an exchange: its conversation, what was asked, and what was answered.
pub(super) fn said(entry: &Entry) -> Option<(&String, &str, &str)> {
    let of = entry.conversation.as_ref().filter(|_| !entry.tags.iter().any(|tag| tag == COMPACTION))?;
    let (asked, answered) = halves(&entry.text)?;
    Some((of, asked, answered))
}

fn exchange(entry: Entry) -> Option<Exchange> {
    let (conversation, asked, answered) = said(&entry)?;
    let (conversation, asked, answered) = (conversation.clone(), asked.to_owned(), answered.to_owned());
    Some(Exchange { asked, answered, turn: entry.source.turn, conversation, ..Exchange::default() })
}

/// What was asked and what was answered.
fn halves(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix(ASKED)?.split_once(ANSWERED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brain::{Source, Standing};

    fn entry(conversation: &str, text: &str, written: u64) -> Entry {
        Entry {
            id: written.to_string(),
            kind: "episode".into(),
            text: text.into(),
            tags: vec![],
            conversation: Some(conversation.into()),
            written,
            source: Source { turn: "1".into(), chain: "owner".into(), package: None },
            also: vec![],
            labels: vec![],
            corrects: None,
            standing: Standing::Current,
            strength: 1,
            pinned: false,
            used: 0,
            last_used: None,
            faded: 0,
            lesson: None,
            steps: vec![],
        }
    }

    #[test]
    fn a_conversation_is_called_as_it_began_and_stands_where_it_went_on_last() {
        let mut history = History::default();
        for entry in [
            entry("a", "asked: third\nanswered: 3", 3),
            entry("b", "asked: second\nanswered: 2", 2),
            entry("a", "asked: first\nanswered: 1", 1),
            entry("a", "no episode", 0),
        ] {
            history.list(&entry);
        }
        let talks: Vec<_> =
            history.talks.iter().map(|t| (t.conversation.as_str(), t.title.as_str(), t.written)).collect();
        assert_eq!(talks, [("a", "first", 3), ("b", "second", 2)]);
        let one = exchange(entry("a", "asked: x\nanswered: y", 1)).expect("it is one");
        assert_eq!((one.asked.as_str(), one.answered.as_str()), ("x", "y"));
    }

    #[test]
    fn what_puts_a_conversation_in_short_is_no_exchange() {
        let short = Entry { tags: vec![COMPACTION.into()], ..entry("a", "asked: x\nanswered: y", 1) };
        assert!(said(&short).is_none() && exchange(short).is_none());
    }
}
