//! What is asked: three to eight words of one memory, in their order.
//!
//! Both sides must do the same work for a question, and the brain passes over words that say nothing: so the common and the rare words
//! are others than these. As a person writes, with all words, is a class of its own.

use crate::common::memory::Memory;
use crate::corpus::Dice;
use std::collections::{HashMap, HashSet};
use std::fmt;

/// Which words of a memory are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Words that stand in at least one memory of two hundred.
    Common,
    /// Words that stand in at most one memory of two thousand, but in two if there are few memories.
    Rare,
    /// A run of words as they stand there, those that say nothing too.
    Written,
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Sort::Common => "common words",
            Sort::Rare => "rare words",
            Sort::Written => "as written",
        })
    }
}

/// English words that say nothing about what is meant.
const EMPTY: &str = " a about above after again against all also am an and any are as at away be because been before being below \
    between both but by came can cannot come could did do does doing done down during each either else even ever every few for from \
    further get gets give given go goes got had has have having he her here hers herself him himself his how however i if in into is \
    it its itself just know let like made make many may me might mine more most much must my myself neither no nor not now of off \
    often on once one only or other our ours out over own per quite rather really remember said same saith say saying says see seen \
    shall she should since so some something still such tell than that the thee their theirs them themselves then there these they \
    thine thing things think this those thou though through thus thy to together too under unto until up upon us used using very was \
    way we well went were what when where whether which while who whom whose why will with within without would ye yea yes yet you \
    your yours yourself ";

/// The words of a text, in lower case.
fn words(text: &str) -> Vec<String> {
    let cut = text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.len() > 1);
    cut.map(str::to_ascii_lowercase).collect()
}

/// So many questions about memories that are there.
pub(crate) fn questions(memories: &[Memory], sort: Sort, count: usize) -> Vec<String> {
    let empty: HashSet<&str> = EMPTY.split_whitespace().collect();
    let texts: Vec<Vec<String>> = memories.iter().map(|memory| words(&memory.text)).collect();
    let mut frequencies: HashMap<&str, usize> = HashMap::new();
    for text in &texts {
        let distinct: HashSet<&str> = text.iter().map(String::as_str).collect();
        distinct.into_iter().for_each(|word| *frequencies.entry(word).or_default() += 1);
    }
    let fits = |word: &str| {
        let frequency = frequencies.get(word).copied().unwrap_or(0);
        match sort {
            Sort::Common => frequency * 200 >= memories.len() && !empty.contains(word),
            Sort::Rare => (frequency * 2000 <= memories.len() || frequency <= 2) && !empty.contains(word),
            Sort::Written => true,
        }
    };
    let mut dice = Dice::new(sort as u64 + 7);
    let mut found = Vec::new();
    // Most memories have three common words, few have three rare ones; there are enough of both.
    for _ in 0..count * 1000 {
        if found.len() == count {
            break;
        }
        let text = &texts[dice.below(texts.len())];
        let mut seen = HashSet::new();
        let fitting: Vec<&str> = text
            .iter()
            .map(String::as_str)
            .filter(|word| fits(word) && (sort == Sort::Written || seen.insert(*word)))
            .collect();
        let wanted = 3 + dice.below(6);
        if fitting.len() >= 3 {
            let from = dice.below((fitting.len() + 1).saturating_sub(wanted));
            found.push(fitting[from..fitting.len().min(from + wanted)].join(" "));
        }
    }
    found
}
