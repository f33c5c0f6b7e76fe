//! What was said in a conversation: its older part in short, then exchange by exchange.
//!
//! It only grows at its end, so that a server's cache of the prompt serves for the next turn, too. When it is long, its older part is put
//! in short once ([`crate::compaction`]), and then it grows again.

use crate::bounds;
use crate::outside::{Document, Memory, Message, Part, Role};

/// The tag of a memory that holds a conversation's older part in short.
pub const COMPACTION: &str = "compaction";
/// How the tag begins that names the last exchange that it stands for.
pub const THROUGH: &str = "through:";

/// How an episode begins: what was asked.
const ASKED: &str = "asked: ";
/// How the second half of an episode begins: what was answered.
const ANSWERED: &str = "\nanswered: ";

/// A conversation, as far as it is shown.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Its older part in short.
    pub compaction: Option<Memory>,
    /// The exchanges since, oldest first.
    pub exchanges: Vec<Memory>,
}

impl History {
    /// A conversation's newest episodes, newest first: those that the last compaction stands for are left out.
    pub fn of(episodes: Vec<Memory>) -> Self {
        let is_compaction = |memory: &Memory| memory.tags.iter().any(|tag| tag == COMPACTION);
        let (compactions, mut exchanges): (Vec<_>, Vec<_>) = episodes.into_iter().partition(is_compaction);
        let compaction = compactions.into_iter().next();
        if let Some(through) = compaction.as_ref().and_then(through) {
            exchanges.retain(|exchange| exchange.id.as_str() > through);
        }
        // Where putting it in short did not succeed, the oldest are left out.
        let mut room = bounds::HISTORY as usize;
        let fits = |exchange: &Memory| match room.checked_sub(bounds::tokens(&exchange.text)) {
            Some(left) => {
                room = left;
                true
            }
            None => false,
        };
        let kept = exchanges.iter().map(fits).take_while(|fits| *fits).count();
        exchanges.truncate(kept);
        exchanges.reverse();
        Self { compaction, exchanges }
    }

    /// All memories in it, oldest first.
    pub fn all(&self) -> impl Iterator<Item = &Memory> {
        self.compaction.iter().chain(&self.exchanges)
    }

    /// Drop a memory that no longer counts.
    pub fn drop(&mut self, id: &str) {
        self.compaction.take_if(|memory| memory.id == id);
        self.exchanges.retain(|memory| memory.id != id);
    }

    /// As messages: the short part is a document beside the first of them.
    pub fn messages(&self) -> Vec<Message> {
        let mut messages = Vec::new();
        let mut before: Vec<Part> = self.short().into_iter().collect();
        for exchange in &self.exchanges {
            let Some((asked, answered)) = halves(&exchange.text) else { continue };
            before.push(Part::Text(asked.into()));
            messages.push(Message { role: Role::User, parts: std::mem::take(&mut before) });
            messages.push(Message { role: Role::Assistant, parts: vec![Part::Text(answered.into())] });
        }
        messages
    }

    /// The older part in short, as a document.
    pub fn short(&self) -> Option<Part> {
        self.compaction.as_ref().map(|memory| {
            Part::Document(Document {
                uri: format!("memory:{}", memory.id),
                kind: memory.kind.name(),
                written: memory.written,
                text: bounds::shorten(&memory.text, bounds::COMPACTION + 256),
            })
        })
    }

    /// How many exchanges are old, where the conversation is long; else none.
    pub fn old(&self) -> usize {
        let tokens: Vec<usize> = self.all().map(|memory| bounds::tokens(&memory.text)).collect();
        if tokens.iter().sum::<usize>() < bounds::LONG && self.exchanges.len() < bounds::MANY {
            return 0;
        }
        let mut recent = 0;
        let newest = self.exchanges.iter().rev().take_while(|exchange| {
            recent += bounds::tokens(&exchange.text);
            recent <= bounds::RECENT
        });
        // The newest is shown as it was said, however long it is.
        self.exchanges.len().saturating_sub(newest.count().clamp(1, bounds::MANY / 2))
    }
}

/// The last exchange that a compaction stands for.
fn through(compaction: &Memory) -> Option<&str> {
    compaction.tags.iter().find_map(|tag| tag.strip_prefix(THROUGH))
}

/// The words of an episode.
pub fn episode(asked: &str, answered: &str) -> String {
    let asked = bounds::shorten(asked, bounds::EPISODE);
    let answered = bounds::shorten(answered, bounds::EPISODE);
    format!("{ASKED}{asked}{ANSWERED}{answered}")
}

/// What was asked and what was answered in an episode.
pub fn halves(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix(ASKED)?.split_once(ANSWERED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outside::Kind;

    fn memory(id: &str, text: &str, tags: &[&str]) -> Memory {
        Memory {
            id: id.into(),
            kind: Kind::Episode,
            text: text.into(),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            written: 0,
            corrects: None,
            superseded: None,
            lesson: None,
            steps: vec![],
        }
    }

    #[test]
    fn an_episode_reads_back_as_an_exchange() {
        assert_eq!(halves(&episode("where?", "there\nor so")), Some(("where?", "there\nor so")));
        assert_eq!(halves("written by another hand"), None);
    }

    #[test]
    fn exchanges_that_the_newest_compaction_stands_for_are_left_out() {
        let said = |id: &str| memory(id, &episode(id, "yes"), &[]);
        let history = History::of(vec![
            said("M7"),
            memory("M6", "newer", &[COMPACTION, "through:M3"]),
            said("M5"),
            said("M4"),
            said("M3"),
            memory("M2", "older", &[COMPACTION, "through:M1"]),
            said("M1"),
        ]);
        let ids: Vec<_> = history.all().map(|memory| memory.id.as_str()).collect();
        assert_eq!(ids, ["M6", "M4", "M5", "M7"]);
        let first = &history.messages()[0].parts;
        assert!(
            matches!(&first[..], [Part::Document(short), Part::Text(asked)] if short.text == "newer" && asked == "M4")
        );
    }

    #[test]
    fn what_was_never_put_in_short_is_shown_from_its_newest_end() {
        let episodes = (0..90).rev().map(|at| memory(&format!("M{at:02}"), &"x".repeat(1_000), &[])).collect();
        let history = History::of(episodes);
        assert_eq!(history.exchanges.last().map(|memory| memory.id.as_str()), Some("M89"));
        let tokens: usize = history.all().map(|memory| bounds::tokens(&memory.text)).sum();
        assert!(tokens <= bounds::HISTORY as usize && tokens > bounds::LONG, "{tokens}");
    }

    #[test]
    fn a_conversation_is_long_by_its_words_or_by_its_exchanges_and_keeps_its_newest() {
        let said = |many: usize, bytes: usize| History {
            compaction: None,
            exchanges: (0..many).map(|at| memory(&format!("M{at:03}"), &"x".repeat(bytes), &[])).collect(),
        };
        assert_eq!(said(10, 1_000).old(), 0);
        assert_eq!(said(20, 1_000).old(), 15);
        assert_eq!(said(bounds::MANY, 10).old(), bounds::MANY / 2);
        assert_eq!(said(3, 10_000).old(), 2);
    }
}
