//! What was said before: an agent keeps each exchange in its memory, so its conversations are read from there.

use super::exchange::Exchange;
use crate::app::App;
use loket_gateways::desk::{CallRequest, Problem};
use serde::Deserialize;
use serde_json::json;

/// Memories that are read at once, and the most that are read for a page.
const PIECE: usize = 100;
const PIECES: usize = 5;
/// The most conversations that are listed.
const TALKS: usize = 60;
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

#[derive(Debug, Deserialize, serde::Serialize)]
struct Entry {
    text: String,
    tags: Vec<String>,
    conversation: Option<String>,
    written: u64,
    /// Who wrote it, and in which turn.
    source: Source,
}

#[derive(Debug, Deserialize, serde::Serialize)]
struct Source {
    turn: String,
}

#[derive(Debug, Deserialize)]
struct Memories {
    items: Vec<Entry>,
    cursor: Option<String>,
}

impl History {
    /// Reads an agent's newest episodes; more of them where a conversation is meant that is older.
    pub(crate) async fn read(app: &App, agent: &str, conversation: Option<&str>) -> Result<History, Problem> {
        let (mut history, mut cursor) = (History::default(), None);
        for _ in 0..PIECES {
            let page = page(app, agent, cursor).await?;
            for entry in app.clean(page.items) {
                history.take(entry, conversation);
            }
            cursor = page.cursor;
            if cursor.is_none() || conversation.is_none() {
                break;
            }
        }
        history.talks.truncate(TALKS);
        history.exchanges.reverse();
        Ok(history)
    }

    /// Takes an episode in, the newest first.
    fn take(&mut self, entry: Entry, conversation: Option<&str>) {
        let Entry { text, tags, conversation: of, written, source } = entry;
        let Some(of) = of.filter(|_| !tags.iter().any(|tag| tag == COMPACTION)) else { return };
        let Some((asked, answered)) = halves(&text) else { return };
        match self.talks.iter_mut().find(|talk| talk.conversation == of) {
            Some(talk) => asked.clone_into(&mut talk.title),
            None => self.talks.push(Talk { conversation: of.clone(), title: asked.to_owned(), written }),
        }
        if conversation == Some(of.as_str()) {
            let (asked, answered) = (asked.to_owned(), answered.to_owned());
            self.exchanges.push(Exchange {
                asked,
                answered,
                turn: source.turn,
                conversation: of,
                ..Exchange::default()
            });
        }
    }
}

async fn page(app: &App, agent: &str, cursor: Option<String>) -> Result<Memories, Problem> {
    let request = CallRequest {
        capability: "loket:brain/memory".to_owned(),
        package: None,
        function: "list".to_owned(),
        arguments: json!({ "kinds": ["episode"], "cursor": cursor, "limit": PIECE }),
        agent: Some(agent.to_owned()),
    };
    let answer = app.desk.call(request).await?;
    let unreadable =
        || Problem::failed("what this agent remembers cannot be read").hint(format!("loket brain {agent} list"));
    let well = answer.get("ok").cloned().ok_or_else(unreadable)?;
    serde_json::from_value(well).map_err(|_| unreadable())
}

/// What was asked and what was answered.
fn halves(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix(ASKED)?.split_once(ANSWERED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(conversation: &str, text: &str, written: u64) -> Entry {
        let (tags, source) = (vec![], Source { turn: "1".into() });
        Entry { text: text.into(), tags, conversation: Some(conversation.into()), written, source }
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
            history.take(entry, Some("a"));
        }
        let talks: Vec<_> =
            history.talks.iter().map(|t| (t.conversation.as_str(), t.title.as_str(), t.written)).collect();
        assert_eq!(talks, [("a", "first", 3), ("b", "second", 2)]);
        let said: Vec<_> = history.exchanges.iter().map(|e| e.asked.as_str()).collect();
        assert_eq!(said, ["third", "first"]);
    }

    #[test]
    fn what_puts_a_conversation_in_short_is_no_exchange() {
        let mut history = History::default();
        let short = Entry { tags: vec![COMPACTION.into()], ..entry("a", "asked: x\nanswered: y", 1) };
        history.take(short, Some("a"));
        assert!(history.talks.is_empty() && history.exchanges.is_empty());
    }
}
