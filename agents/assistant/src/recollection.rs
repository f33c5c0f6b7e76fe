//! Recall before thinking: what the agent knows that may matter, and what was said last.

use crate::bounds;
use crate::outside::{Document, Kind, Memory, Message, Outside, Part, Query, Role, Trouble};

/// How an episode begins: what was asked.
const ASKED: &str = "asked: ";
/// How the second half of an episode begins: what was answered.
const ANSWERED: &str = "\nanswered: ";
/// The tag by which an episode names a memory that its answer used.
const USED: &str = "used:";

/// What was recalled for a turn; it grows when the model recalls more.
#[derive(Debug, Default)]
pub struct Recollection {
    /// Memories that fit: lessons first, then by how well they fit.
    pub fitting: Vec<Memory>,
    /// The last exchanges of the conversation, oldest first.
    pub exchanges: Vec<Memory>,
    /// The first trouble with the memory, if there was any.
    pub trouble: Option<Trouble>,
}

impl Recollection {
    /// Recall for `text`: lessons first, then all kinds, then what the last answer used, then the conversation's last exchanges.
    pub fn gather(outside: &mut impl Outside, text: &str, conversation: Option<&str>) -> Self {
        let mut found = Self::default();
        let words = bounds::cut(text, bounds::QUERY);
        found.ask(
            outside,
            Query { text: words.into(), kinds: vec![Kind::Lesson], limit: bounds::LESSONS, conversation: None },
        );
        found.ask(outside, Query { text: words.into(), kinds: vec![], limit: bounds::MEMORIES, conversation: None });
        if let Some(conversation) = conversation {
            let query = Query {
                text: String::new(),
                kinds: vec![Kind::Episode],
                conversation: Some(conversation.into()),
                limit: bounds::EXCHANGES,
            };
            let mut episodes = found.note(outside.recall(query)).unwrap_or_default();
            // "No, it is at …" names nothing: what the last answer used has to be at hand.
            for id in episodes.first().map(used_in).unwrap_or_default() {
                found.fetch(outside, &id);
            }
            episodes.reverse();
            found.fitting.retain(|memory| episodes.iter().all(|episode| episode.id != memory.id));
            found.exchanges = episodes;
        }
        found
    }

    /// The memory of this id, when it is at hand.
    pub fn known(&self, id: &str) -> Option<&Memory> {
        self.fitting.iter().chain(&self.exchanges).find(|memory| memory.id == id)
    }

    /// Add memories that came up later in the turn.
    pub fn add(&mut self, memories: impl IntoIterator<Item = Memory>) {
        for memory in memories {
            if memory.superseded.is_none() && self.known(&memory.id).is_none() {
                self.fitting.push(memory);
            }
        }
    }

    /// Drop a memory that no longer counts.
    pub fn drop(&mut self, id: &str) {
        self.fitting.retain(|memory| memory.id != id);
        self.exchanges.retain(|memory| memory.id != id);
    }

    /// The documents for the model, within their bounds.
    pub fn documents(&self) -> Vec<Part> {
        let mut room = bounds::DOCUMENTS;
        let mut documents = Vec::new();
        let (lessons, rest): (Vec<_>, Vec<_>) = self.fitting.iter().partition(|memory| memory.kind == Kind::Lesson);
        for memory in lessons.into_iter().chain(rest) {
            let text = bounds::shorten(&memory.text, bounds::DOCUMENT);
            if text.len() > room {
                break;
            }
            room -= text.len();
            documents.push(Part::Document(Document {
                uri: format!("memory:{}", memory.id),
                kind: memory.kind.name(),
                written: memory.written,
                text,
            }));
        }
        documents
    }

    /// The conversation's last exchanges as messages.
    pub fn history(&self) -> Vec<Message> {
        let mut messages = Vec::new();
        for episode in &self.exchanges {
            let Some((asked, answered)) = halves(&episode.text) else { continue };
            messages.push(Message { role: Role::User, parts: vec![Part::Text(asked.into())] });
            messages.push(Message { role: Role::Assistant, parts: vec![Part::Text(answered.into())] });
        }
        messages
    }

    fn ask(&mut self, outside: &mut impl Outside, query: Query) {
        if let Some(memories) = self.note(outside.recall(query)) {
            self.add(memories);
        }
    }

    fn fetch(&mut self, outside: &mut impl Outside, id: &str) {
        let Some(Some(memory)) = self.note(outside.get(id)) else { return };
        match memory.superseded.clone() {
            None => self.add([memory]),
            Some(successor) => {
                if let Some(Some(memory)) = self.note(outside.get(&successor)) {
                    self.add([memory]);
                }
            }
        }
    }

    /// Keep the first trouble; the turn goes on without what it was after.
    fn note<T>(&mut self, result: Result<T, Trouble>) -> Option<T> {
        result.map_err(|trouble| self.trouble.get_or_insert(trouble)).ok()
    }
}

/// The words of an episode.
pub fn episode(asked: &str, answered: &str) -> String {
    let asked = bounds::shorten(asked, bounds::EPISODE);
    let answered = bounds::shorten(answered, bounds::EPISODE);
    format!("{ASKED}{asked}{ANSWERED}{answered}")
}

/// The tags of an episode whose answer used these memories.
pub fn episode_tags<'a>(used: impl Iterator<Item = &'a str>) -> Vec<String> {
    used.take(3).map(|id| format!("{USED}{id}")).collect()
}

fn used_in(episode: &Memory) -> Vec<String> {
    episode.tags.iter().filter_map(|tag| tag.strip_prefix(USED)).take(3).map(str::to_owned).collect()
}

fn halves(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix(ASKED)?.split_once(ANSWERED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_episode_reads_back_as_an_exchange() {
        assert_eq!(halves(&episode("where?", "there\nor so")), Some(("where?", "there\nor so")));
        assert_eq!(halves("written by another hand"), None);
    }

    #[test]
    fn lessons_come_first_among_the_documents() {
        let memory = |id: &str, kind| Memory {
            id: id.into(),
            kind,
            text: "words".into(),
            tags: vec![],
            written: 0,
            corrects: None,
            superseded: None,
        };
        let mut found = Recollection::default();
        found.add([memory("a", Kind::Fact), memory("b", Kind::Lesson), memory("a", Kind::Fact)]);
        let uris: Vec<_> = found
            .documents()
            .into_iter()
            .filter_map(|part| if let Part::Document(document) = part { Some(document.uri) } else { None })
            .collect();
        assert_eq!(uris, ["memory:b", "memory:a"]);
    }
}
