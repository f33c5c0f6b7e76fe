//! Patterns, split once, and matched against the words of a question.

use crate::text::when::slots::{Reads, Slot, Taken, spelled};
use crate::text::when::table::{Means, Row};
use crate::text::when::words::Word;
use crate::text::when::{english, tongues};
use std::sync::LazyLock;

/// The rows of all languages. Of equally long matches the first counts.
static ROWS: LazyLock<Vec<(Pattern, &'static Row)>> = LazyLock::new(|| {
    let all = [english::ROWS, tongues::GERMAN, tongues::DUTCH, tongues::INDONESIAN, tongues::UNSPACED];
    all.into_iter().flatten().map(|row| (Pattern::new(row.said), row)).collect()
});

/// Which rows begin with which words and slots, so that a word is tried against those only that it may begin.
static BEGIN: LazyLock<Begin> = LazyLock::new(|| {
    let mut begin = Begin { words: Vec::new(), slots: Vec::new() };
    for (row, (pattern, _)) in ROWS.iter().enumerate() {
        match pattern.0.first() {
            Some(Element::Words(any)) => begin.words.extend(any.iter().map(|word| (*word, row))),
            Some(Element::Slot(slot)) => begin.slots.push((*slot, row)),
            None => {}
        }
    }
    begin.words.sort_unstable();
    begin
});

#[derive(Debug)]
struct Begin {
    /// In their order.
    words: Vec<(&'static str, usize)>,
    slots: Vec<(Slot, usize)>,
}

impl Begin {
    /// The rows that may begin with this word, in their order.
    fn rows(&self, word: &str, reads: &Reads) -> Vec<usize> {
        let from = self.words.partition_point(|(known, _)| *known < word);
        // A word may be the first of several that spell one: characters, where there are no spaces.
        let spelled = self.words[from..].iter().take_while(|(known, _)| known.starts_with(word));
        let slots = self.slots.iter().filter(|(slot, _)| reads.can_be(*slot));
        let mut rows: Vec<usize> = spelled.map(|(_, row)| *row).chain(slots.map(|(_, row)| *row)).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }
}

#[derive(Debug)]
enum Element {
    Slot(Slot),
    Words(Vec<&'static str>),
}

#[derive(Debug)]
struct Pattern(Vec<Element>);

impl Pattern {
    fn new(said: &'static str) -> Pattern {
        let element = |element: &'static str| match Slot::named(element) {
            Some(slot) => Element::Slot(slot),
            None => Element::Words(element.split('|').collect()),
        };
        Pattern(said.split(' ').map(element).collect())
    }

    /// What the slots take, and how many words that are, if the words from `at` on begin so.
    fn matches(&self, text: &Text, at: usize) -> Option<(Taken, usize)> {
        let (mut taken, mut next) = (Taken::default(), at);
        for element in &self.0 {
            if next > at && !text.words.get(next)?.joined {
                return None;
            }
            let used = match element {
                Element::Slot(slot) => {
                    let (all, used) = text.reads.get(next)?.take(*slot, taken)?;
                    taken = all;
                    used
                }
                Element::Words(any) => any.iter().filter_map(|one| spelled(one, text.rest(next))).max()?,
            };
            next += used;
        }
        Some((taken, next - at))
    }
}

/// The words of a question, each with what it can be.
#[derive(Debug)]
pub(crate) struct Text {
    pub(crate) words: Vec<Word>,
    reads: Vec<Reads>,
}

impl Text {
    pub(crate) fn new(words: Vec<Word>) -> Text {
        let reads = (0..words.len()).map(|at| Reads::of(&words[at..])).collect();
        Text { words, reads }
    }

    /// The text of a word; nothing beyond the last.
    pub(crate) fn said(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| word.text.as_str())
    }

    /// The words from here on.
    pub(crate) fn rest(&self, at: usize) -> &[Word] {
        self.words.get(at..).unwrap_or(&[])
    }

    /// Whether a phrase may go on from the word before to this one.
    pub(crate) fn joins(&self, at: usize) -> bool {
        self.words.get(at).is_some_and(|word| word.joined)
    }

    /// Whether a word can be this.
    pub(crate) fn is(&self, at: usize, slot: Slot) -> bool {
        self.take(at, slot).is_some()
    }

    /// What a slot takes here.
    pub(crate) fn take(&self, at: usize, slot: Slot) -> Option<Taken> {
        self.reads.get(at)?.take(slot, Taken::default()).map(|(taken, _)| taken)
    }

    /// The longest time that begins here.
    pub(crate) fn term(&self, at: usize) -> Option<(Term, usize)> {
        let mut best: Option<(Term, usize)> = None;
        let (word, reads) = (self.words.get(at)?, self.reads.get(at)?);
        if word.text.is_empty() {
            return None;
        }
        for (pattern, row) in BEGIN.rows(&word.text, reads).into_iter().map(|row| &ROWS[row]) {
            if let Some((taken, used)) = pattern.matches(self, at)
                && best.as_ref().is_none_or(|(_, most)| used > *most)
            {
                best = Some((Term { means: row.means, taken, alone: row.alone }, used));
            }
        }
        best
    }
}

/// A time, as it was said.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Term {
    pub(crate) means: Means,
    pub(crate) taken: Taken,
    /// It is a time wherever it stands.
    pub(crate) alone: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::when::words::words;

    #[test]
    fn every_row_uses_only_slots_that_exist_and_that_its_pattern_fills() {
        for (pattern, row) in ROWS.iter() {
            for element in &pattern.0 {
                if let Element::Words(any) = element {
                    assert!(any.iter().all(|one| !one.is_empty() && !one.contains(['{', '}'])), "{}", row.said);
                }
            }
            let said = format!("{:?}", row.means);
            for slot in ["{number}", "{unit}", "{day}", "{month}"] {
                let fills: &[&str] = match slot {
                    "{unit}" => &["{unit}", "{one}", "{span}"],
                    "{day}" => &["{day}", "{date}"],
                    "{month}" => &["{month}", "{mon}", "{moon}", "{season}", "{yearmonth}", "{date}"],
                    same => &[same],
                };
                assert!(!said.contains(slot) || fills.iter().any(|fill| row.said.contains(fill)), "{}", row.said);
            }
        }
    }

    #[test]
    fn every_row_that_has_no_slot_is_found_by_its_own_words() {
        for row in ROWS.iter().map(|(_, row)| row).filter(|row| !row.said.contains('{')) {
            for said in row.said.split(' ').fold(vec![String::new()], |all, element| {
                all.iter().flat_map(|one| element.split('|').map(move |word| format!("{one} {word}"))).collect()
            }) {
                let text = Text::new(words(&said));
                assert!(text.term(0).is_some_and(|(_, used)| used == text.words.len()), "{said}");
            }
        }
    }
}
