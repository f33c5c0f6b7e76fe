//! From text to the terms that it is found by. Memories and queries go through the same code.
//!
//! Text is cut at spaces and hard punctuation; accents are folded. What is joined by `. - _ @ : / \ +` stays findable
//! in three ways:
//!
//! ```text
//!   Anna.Smith@mail.example.org     whole    anna.smith@mail.example.org
//!                                   pieces   anna.smith  mail.example.org          cut at / \ @ :
//!                                   parts    anna smith mail exampl org            cut everywhere, camelCase and digits too; stemmed
//! ```
//!
//! Parts that say little (numbers, single letters, parts of an identifier) are looked for only when no memory has the
//! whole. Scripts without spaces are cut into single characters and pairs of them.

mod language;
mod stop;
pub(crate) mod when;

pub use language::{Language, UnknownLanguage};

use frostem::Stemmer;
use std::collections::HashMap;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Longer terms are kept as their beginning and a digest of the whole.
const MAX_TERM: usize = 80;
/// What a piece or a part of a joined word counts in a query, where the whole counts 1.
const PIECE: f32 = 0.6;
const PART: f32 = 0.4;
/// Parts that are numbers or single characters are everywhere.
const SMALL_PART: f32 = 0.15;

/// One way to find a word.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Term {
    pub(crate) text: String,
    pub(crate) weight: f32,
    /// A part that says little by itself: only looked for when no memory has the word as a whole.
    pub(crate) spare: bool,
}

/// One word of a text: as written, and how it is found.
#[derive(Debug, Default)]
pub(crate) struct Word {
    /// As written, accents folded.
    pub(crate) written: String,
    /// The first is the word as a whole.
    pub(crate) terms: Vec<Term>,
    /// It says nothing about what is meant.
    pub(crate) stop: bool,
}

impl Word {
    fn begin(&mut self, run: &str) {
        self.terms.clear();
        self.written.clear();
        self.written.push_str(run);
        self.stop = false;
    }

    /// The terms that are the word as a whole: one, but in scripts without spaces all its pairs.
    pub(crate) fn whole(&self) -> impl Iterator<Item = &str> {
        whole(&self.terms)
    }
}

/// Of a word's terms those that are the word as a whole.
pub(crate) fn whole(terms: &[Term]) -> impl Iterator<Item = &str> {
    let first = terms.first().map_or(1.0, |term| term.weight);
    terms.iter().filter(move |term| term.weight >= first && !term.spare).map(|term| term.text.as_str())
}

/// Calls `each` for every word of a text. Never fails, never looks at more than the text.
pub(crate) fn each_word(language: Language, text: &str, mut each: impl FnMut(&Word)) {
    let tongue = Tongue { language, stemmer: language.stemmer() };
    let mut word = Word::default();
    each_run(text, |run| {
        word.begin(run);
        take(run, &tongue, &mut word);
        if !word.terms.is_empty() {
            each(&word);
        }
    });
}

/// Calls `each` for every run of characters that are not cut by spaces and hard punctuation, accents folded.
fn each_run(text: &str, mut each: impl FnMut(&str)) {
    let mut folded = String::new();
    for chunk in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|chunk| !chunk.is_empty()) {
        let chunk = if chunk.is_ascii() {
            chunk
        } else {
            folded.clear();
            fold(chunk, &mut folded);
            folded.as_str()
        };
        // Folding may bring spaces in, but never characters that are cut differently.
        chunk.split(is_hard).map(trim).filter(|run| !run.is_empty()).for_each(&mut each);
    }
}

/// All words of a text.
pub(crate) fn words(language: Language, text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    each_word(language, text, |word| {
        words.push(Word { written: word.written.clone(), terms: word.terms.clone(), stop: word.stop })
    });
    words
}

/// Calls `each` for every term that a text is indexed under, repetitions included.
pub(crate) fn each_term(language: Language, text: &str, mut each: impl FnMut(&str)) {
    each_word(language, text, |word| word.terms.iter().for_each(|term| each(&term.text)));
}

/// Cuts many texts into the terms that they are indexed under, and knows the words again that it met before: most are.
#[derive(Clone)]
pub(crate) struct Cutter {
    language: Language,
    /// A run that has one term, and that.
    known: HashMap<Box<str>, Box<str>>,
}

impl Cutter {
    pub(crate) fn new(language: Language) -> Cutter {
        Cutter { language, known: HashMap::new() }
    }

    /// The same as [`each_term`].
    pub(crate) fn each_term(&mut self, text: &str, mut each: impl FnMut(&str)) {
        /// Beyond so many words it begins to learn anew.
        const MOST: usize = 1 << 16;
        let tongue = Tongue { language: self.language, stemmer: self.language.stemmer() };
        let mut word = Word::default();
        each_run(text, |run| {
            if let Some(term) = self.known.get(run) {
                return each(term);
            }
            word.begin(run);
            take(run, &tongue, &mut word);
            word.terms.iter().for_each(|term| each(&term.text));
            if let ([term], true) = (&word.terms[..], run.len() <= 24) {
                if self.known.len() == MOST {
                    self.known.clear();
                }
                self.known.insert(run.into(), term.text.as_str().into());
            }
        });
    }
}

/// A tag as it is compared: folded, lower case, single spaces.
pub(crate) fn tag(tag: &str) -> String {
    folded(tag).to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text without accents.
fn folded(text: &str) -> String {
    let mut folded = String::new();
    fold(text, &mut folded);
    folded
}

/// A language, ready to stem.
struct Tongue {
    language: Language,
    stemmer: Stemmer,
}

/// Decomposes compatibility forms, drops accents, composes again. Case stays, as it tells where an identifier's parts
/// begin.
fn fold(text: &str, out: &mut String) {
    for c in text.nfkd().filter(|c| !is_accent(*c)).nfc() {
        match c {
            'ß' => out.push_str("ss"),
            'ẞ' => out.push_str("SS"),
            'æ' => out.push_str("ae"),
            'Æ' => out.push_str("Ae"),
            'œ' => out.push_str("oe"),
            'Œ' => out.push_str("Oe"),
            'ø' => out.push('o'),
            'Ø' => out.push('O'),
            'ł' => out.push('l'),
            'Ł' => out.push('L'),
            'đ' | 'ð' => out.push('d'),
            'Đ' | 'Ð' => out.push('D'),
            'ħ' => out.push('h'),
            'ı' => out.push('i'),
            'þ' => out.push_str("th"),
            'Þ' => out.push_str("Th"),
            '\u{2019}' | '\u{02bc}' => out.push('\''),
            '\u{2010}'..='\u{2012}' => out.push('-'),
            c => out.push(c),
        }
    }
}

/// Marks that do not make another word: accents, Hebrew points, Arabic vowels. Vowel signs of Indic scripts and the
/// like stay.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{591}'..='\u{5c7}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c) || is_picture(c)
}

/// Emoji and the like: each is a word of its own.
fn is_picture(c: char) -> bool {
    matches!(c, '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}')
}

fn is_joiner(c: char) -> bool {
    matches!(c, '.' | '-' | '_' | '@' | ':' | '/' | '\\' | '+' | '\'' | '#')
}

fn is_hard(c: char) -> bool {
    !in_word(c) && !is_joiner(c)
}

/// Takes joiners off both ends; `c++` and `c#` keep theirs.
fn trim(run: &str) -> &str {
    let run = run.trim_start_matches(is_joiner);
    let short = run.trim_end_matches(is_joiner);
    let end = &run[short.len()..];
    if short.len() <= 2 && (end.starts_with("++") || end.starts_with('#')) {
        &run[..short.len() + if end.starts_with('#') { 1 } else { 2 }]
    } else {
        short
    }
}

fn take(run: &str, tongue: &Tongue, word: &mut Word) {
    let mut joined = run.contains(is_joiner);
    if joined && run.contains('\'') {
        // `server's`, `don't`, `l'amico`: the apostrophe ends a word, and what English puts after it is no word.
        let mut cut = run.split('\'');
        let first = cut.next().unwrap_or_default();
        let rest: Vec<&str> = cut
            .filter(|rest| !matches!(rest.to_ascii_lowercase().as_str(), "s" | "t" | "d" | "m" | "re" | "ve" | "ll"))
            .collect();
        if rest.is_empty() && !first.is_empty() {
            return take(first, tongue, word);
        }
        joined = true;
    }
    if !joined {
        let at = word.terms.len();
        parts(run, tongue, word, None);
        if word.terms.len() == at + 1 {
            word.stop = run.len() <= 24 && tongue.language.says_nothing(&run.to_lowercase());
        }
        return;
    }
    push(word, run, 1.0, false);
    if run.contains(is_border) {
        for piece in run.split(is_border).map(trim).filter(|piece| piece.contains(is_joiner)) {
            push(word, piece, PIECE, false);
        }
    }
    for part in run.split(is_joiner).filter(|part| !part.is_empty()) {
        parts(part, tongue, word, Some(PART));
    }
}

/// Where a joined word falls into pieces that are names of their own.
fn is_border(c: char) -> bool {
    matches!(c, '/' | '\\' | '@' | ':')
}

/// A run without joiners: itself, and its parts where the case, the script or letters and digits change.
///
/// `within` is what it counts as a part of a joined word.
fn parts(run: &str, tongue: &Tongue, word: &mut Word, within: Option<f32>) {
    let mut pieces: Vec<(&str, Class)> = Vec::new();
    let (mut from, mut last) = (0, None::<Class>);
    let mut upper_run = false;
    for (at, c) in run.char_indices() {
        let class = classify(c);
        // A mark belongs to whatever it stands on.
        let class = if class == Class::Mark { last.unwrap_or(Class::Letters) } else { class };
        if let Some(previous) = last {
            let hump = class == Class::Letters && previous == Class::Letters && c.is_uppercase() && !upper_run;
            if class != previous || hump || class == Class::Picture {
                pieces.push((&run[from..at], previous));
                from = at;
            }
        }
        upper_run = c.is_uppercase();
        last = Some(class);
    }
    if let Some(class) = last {
        pieces.push((&run[from..], class));
    }
    // An identifier is looked for as a whole first; where scripts change there is no whole, only words without a space.
    let identifier =
        pieces.len() > 1 && pieces.iter().all(|(_, class)| matches!(class, Class::Letters | Class::Digits));
    if identifier {
        push(word, run, within.unwrap_or(1.0), false);
    }
    for (piece, class) in pieces {
        let small = class == Class::Digits || piece.len() == 1;
        let (weight, spare) = match (identifier, within) {
            (true, _) => (if small { SMALL_PART } else { PART }, true),
            (false, Some(_)) if small => (SMALL_PART, true),
            (false, Some(weight)) => (weight, false),
            (false, None) => (1.0, false),
        };
        match class {
            Class::Letters => {
                let lower = piece.to_lowercase();
                // English knows no other letters; what has some is of another language.
                let known =
                    tongue.language != Language::default() || lower.bytes().all(|byte| byte.is_ascii_lowercase());
                if lower.len() > 2 && lower.len() <= MAX_TERM && known {
                    push(word, &tongue.stemmer.stem(&lower), weight, spare);
                } else {
                    push(word, &lower, weight, spare);
                }
            }
            Class::Dense => dense(piece, word, weight),
            Class::Digits | Class::Picture | Class::Mark => push(word, piece, weight, spare),
        }
    }
}

/// Scripts that are written without spaces: each pair of neighbours, and each character for queries of one.
fn dense(run: &str, word: &mut Word, weight: f32) {
    let starts: Vec<usize> = run.char_indices().map(|(at, _)| at).chain([run.len()]).collect();
    for pair in starts.windows(3) {
        push(word, &run[pair[0]..pair[2]], weight, false);
    }
    let (single, spare) = if starts.len() > 2 { (SMALL_PART, true) } else { (weight, false) };
    for one in starts.windows(2) {
        push(word, &run[one[0]..one[1]], single, spare);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Letters,
    Digits,
    Dense,
    Picture,
    Mark,
}

fn classify(c: char) -> Class {
    match c {
        '0'..='9' => Class::Digits,
        'a'..='z' | 'A'..='Z' => Class::Letters,
        c if is_picture(c) => Class::Picture,
        c if is_combining_mark(c) => Class::Mark,
        // Thai, Lao, Tibetan, Myanmar, Khmer; kana, Han, Hangul with their extensions.
        '\u{0e00}'..='\u{0fff}'
        | '\u{1000}'..='\u{109f}'
        | '\u{1780}'..='\u{17ff}'
        | '\u{2e80}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}' => Class::Dense,
        c if c.is_numeric() => Class::Digits,
        _ => Class::Letters,
    }
}

fn push(word: &mut Word, term: &str, weight: f32, spare: bool) {
    let mut text = term.to_lowercase();
    if text.len() > MAX_TERM {
        let digest = blake3::hash(text.as_bytes()).to_hex();
        let mut end = MAX_TERM - 20;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push('~');
        text.push_str(&digest[..16]);
    }
    word.terms.push(Term { text, weight, spare });
}
