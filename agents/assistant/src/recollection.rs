//! Recall before thinking: what the agent knows that may matter, and what was said last.

use crate::bounds;
use crate::history::History;
use crate::outside::{Document, Hit, Kind, Memory, Outside, Part, Query, Trouble};

/// The tag by which an episode names a memory that its answer used.
const USED: &str = "used:";

/// What was recalled for a turn; it grows when the model recalls more.
#[derive(Debug, Default)]
pub struct Recollection {
    /// Memories that fit: lessons first, then by how well they fit.
    pub fitting: Vec<Memory>,
    /// What was said right before those and after them, when they were written.
    pub beside: Vec<Memory>,
    /// What was said in the conversation before.
    pub history: History,
    /// The first trouble with the memory, if there was any.
    pub trouble: Option<Trouble>,
}

impl Recollection {
    /// Recall for `text`: lessons first, then all kinds, then what the last answer used, then the conversation's last exchanges.
    pub fn gather(outside: &mut impl Outside, text: &str, conversation: Option<&str>) -> Self {
        let mut found = Self::default();
        let words = bounds::cut(text, bounds::QUERY);
        let about = Query { text: words.into(), tokens: Some(bounds::TOKENS), ..Query::default() };
        found.ask(outside, Query { kinds: vec![Kind::Lesson], limit: bounds::LESSONS, ..about.clone() });
        found.ask(outside, Query { limit: bounds::MEMORIES, around: bounds::AROUND, ..about });
        if let Some(conversation) = conversation {
            let query = Query {
                kinds: vec![Kind::Episode],
                conversation: Some(conversation.into()),
                tokens: Some(bounds::HISTORY),
                limit: bounds::EXCHANGES,
                ..Query::default()
            };
            let episodes = found.note(outside.recall(query)).unwrap_or_default().into_iter();
            let history = History::of(episodes.map(|hit| hit.memory).collect());
            // "No, it is at …" names nothing: what the last answer used has to be at hand.
            for id in history.exchanges.last().map(used_in).unwrap_or_default() {
                found.fetch(outside, &id);
            }
            let elsewhere = |memory: &Memory| history.all().all(|episode| episode.id != memory.id);
            found.fitting.retain(elsewhere);
            found.beside.retain(elsewhere);
            found.history = history;
        }
        found
    }

    /// The memory of this id, when it is at hand.
    pub fn known(&self, id: &str) -> Option<&Memory> {
        self.fitting.iter().chain(&self.beside).chain(self.history.all()).find(|memory| memory.id == id)
    }

    /// Add memories that came up later in the turn.
    pub fn add(&mut self, memories: impl IntoIterator<Item = Memory>) {
        for memory in memories {
            let has = self.fitting.iter().chain(self.history.all()).any(|known| known.id == memory.id);
            if memory.superseded.is_none() && !has {
                // What was beside another memory fits by itself.
                self.beside.retain(|known| known.id != memory.id);
                self.fitting.push(memory);
            }
        }
    }

    /// Add what was recalled, with what stands beside it.
    pub fn add_hits(&mut self, hits: Vec<Hit>) {
        let (memories, beside): (Vec<_>, Vec<_>) = hits.into_iter().map(|hit| (hit.memory, hit.beside)).unzip();
        self.add(memories);
        for memory in beside.into_iter().flatten() {
            if memory.superseded.is_none() && self.known(&memory.id).is_none() {
                self.beside.push(memory);
            }
        }
    }

    /// Drop a memory that no longer counts.
    pub fn drop(&mut self, id: &str) {
        for memories in [&mut self.fitting, &mut self.beside] {
            memories.retain(|memory| memory.id != id);
        }
        self.history.drop(id);
    }

    /// The documents for the model, within their bounds: lessons, then what fits, then what stands beside that.
    pub fn documents(&self) -> Vec<Part> {
        let mut room = bounds::DOCUMENTS;
        let mut documents = Vec::new();
        let (lessons, rest): (Vec<_>, Vec<_>) = self.fitting.iter().partition(|memory| memory.kind == Kind::Lesson);
        for memory in lessons.into_iter().chain(rest).chain(&self.beside) {
            let text = bounds::shorten(&words(memory), bounds::DOCUMENT);
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

    fn ask(&mut self, outside: &mut impl Outside, query: Query) {
        if let Some(hits) = self.note(outside.recall(query)) {
            self.add_hits(hits);
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

/// What a memory says to the model: of a skill, also how it was done.
fn words(memory: &Memory) -> String {
    let steps = memory.steps.iter().enumerate().map(|(at, step)| {
        let outcome = bounds::shorten(&step.outcome, bounds::EXCERPT);
        format!("\n{}. {} {} → {outcome}", at + 1, step.tool, step.arguments)
    });
    steps.fold(memory.text.clone(), |words, step| words + &step)
}

/// The tags of an episode whose answer used these memories.
pub fn episode_tags<'a>(used: impl Iterator<Item = &'a str>) -> Vec<String> {
    used.take(3).map(|id| format!("{USED}{id}")).collect()
}

fn used_in(episode: &Memory) -> Vec<String> {
    episode.tags.iter().filter_map(|tag| tag.strip_prefix(USED)).take(3).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outside::Step;

    fn memory(id: &str, kind: Kind) -> Memory {
        Memory {
            id: id.into(),
            kind,
            text: "words".into(),
            tags: vec![],
            written: 0,
            corrects: None,
            superseded: None,
            lesson: None,
            steps: vec![],
        }
    }

    fn documents(found: &Recollection) -> Vec<Document> {
        let parts = found.documents().into_iter();
        parts.filter_map(|part| if let Part::Document(document) = part { Some(document) } else { None }).collect()
    }

    #[track_caller]
    fn check(found: &Recollection, uris: &[&str]) {
        let told: Vec<_> = documents(found).into_iter().map(|document| document.uri).collect();
        assert_eq!(told, uris);
    }

    #[test]
    fn lessons_come_first_among_the_documents() {
        let mut found = Recollection::default();
        found.add([memory("a", Kind::Fact), memory("b", Kind::Lesson), memory("a", Kind::Fact)]);
        check(&found, &["memory:b", "memory:a"]);
    }

    #[test]
    fn what_stands_beside_comes_last_once_and_fits_by_itself_when_it_is_found() {
        let hit = |id: &str, beside: &[&str]| Hit {
            memory: memory(id, Kind::Fact),
            beside: beside.iter().map(|id| memory(id, Kind::Episode)).collect(),
        };
        let mut found = Recollection::default();
        found.add_hits(vec![hit("a", &["x", "b"]), hit("b", &["x", "y"])]);
        check(&found, &["memory:a", "memory:b", "memory:x", "memory:y"]);
        found.add([memory("y", Kind::Episode)]);
        check(&found, &["memory:a", "memory:b", "memory:y", "memory:x"]);
        found.drop("x");
        check(&found, &["memory:a", "memory:b", "memory:y"]);
    }

    #[test]
    fn a_skill_is_told_with_its_steps() {
        let step = Step { tool: "calc_add".into(), arguments: "[1,2]".into(), outcome: "3 ".repeat(500) };
        let mut found = Recollection::default();
        found.add([Memory { steps: vec![step.clone(), step], ..memory("a", Kind::Skill) }]);
        let text = &documents(&found)[0].text;
        assert!(text.starts_with("words\n1. calc_add [1,2] → 3 3") && text.contains("…\n2. calc_add"), "{text}");
        assert!(text.len() < 2 * bounds::EXCERPT + 60);
    }
}
