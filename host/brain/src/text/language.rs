//! The languages that words are stemmed in, and which words of each say nothing.

use super::stop;
use frostem::{Algorithm, Stemmer};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;
use std::sync::{LazyLock, OnceLock};

/// A language that an agent speaks with its owner.
///
/// It decides how words are stemmed and which of them say nothing. Scripts without spaces (Chinese, Japanese, Thai and others) are cut
/// into characters and pairs in every language, as are words of other scripts than Latin that the stemmer does not know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Language(usize);

/// Code in BCP 47, and the stemmer. English comes first, and has a list of words that say nothing of our own.
const ALL: &[(&str, Algorithm)] = &[
    ("en", Algorithm::English),
    ("da", Algorithm::Danish),
    ("de", Algorithm::German),
    ("es", Algorithm::Spanish),
    ("fi", Algorithm::Finnish),
    ("fr", Algorithm::French),
    ("id", Algorithm::Indonesian),
    ("it", Algorithm::Italian),
    ("nl", Algorithm::Dutch),
    ("no", Algorithm::Norwegian),
    ("pt", Algorithm::Portuguese),
    ("ru", Algorithm::Russian),
    ("sv", Algorithm::Swedish),
    ("tr", Algorithm::Turkish),
    // Latin words in these are mostly English ones.
    ("ja", Algorithm::English),
    ("ko", Algorithm::English),
    ("th", Algorithm::English),
    ("zh", Algorithm::English),
];

/// A language that nobody here knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no language that memories can be kept in; it may be one of {list}", list = codes())]
pub struct UnknownLanguage(String);

fn codes() -> String {
    ALL.iter().map(|(code, _)| format!("`{code}`")).collect::<Vec<_>>().join(", ")
}

impl Language {
    /// Its code in BCP 47: two letters.
    pub fn code(self) -> &'static str {
        ALL[self.0].0
    }

    pub(crate) fn stemmer(self) -> Stemmer {
        Stemmer::new(ALL[self.0].1)
    }

    /// Whether stemming leaves alone how a word begins: its first two letters, `y` taken for `i`. Dutch and
    /// Indonesian have prefixes, Finnish takes doubled letters for one, German `ue` for `u`.
    pub(crate) fn stems_ends_only(self) -> bool {
        !matches!(ALL[self.0].1, Algorithm::Dutch | Algorithm::Finnish | Algorithm::German | Algorithm::Indonesian)
    }

    /// Whether a folded, unstemmed word in lower case says nothing about what is meant.
    pub(crate) fn says_nothing(self, word: &str) -> bool {
        stop::is_stop_word(word) || words_of(self.0).contains(word)
    }
}

/// The list of one language, made at its first use.
fn words_of(place: usize) -> &'static HashSet<String> {
    static LISTS: LazyLock<Vec<OnceLock<HashSet<String>>>> =
        LazyLock::new(|| ALL.iter().map(|_| OnceLock::new()).collect());
    LISTS[place].get_or_init(|| {
        let list = stop_words::lookup(ALL[place].0).filter(|_| place > 0).unwrap_or_default();
        list.iter().map(|word| super::folded(word).to_lowercase()).collect()
    })
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    /// Reads a language tag: `de`, also with a region, `de-AT`.
    fn from_str(text: &str) -> Result<Language, UnknownLanguage> {
        let primary = text.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        let place = ALL.iter().position(|(code, _)| *code == primary);
        place
            .map(Language)
            .ok_or_else(|| UnknownLanguage(text.chars().take(40).collect::<String>().escape_debug().to_string()))
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Language, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_names_its_language_whatever_its_region() {
        assert_eq!("de-AT".parse::<Language>().map(Language::code), Ok("de"));
        assert_eq!(Language::default().code(), "en");
        let error = "tlh".parse::<Language>().expect_err("nobody speaks it").to_string();
        assert!(error.contains("`tlh`") && error.contains("`nl`"), "{error}");
    }

    #[test]
    fn where_only_ends_are_stemmed_a_word_begins_as_its_stem() {
        let begins = |word: &str| word.chars().take(2).map(|c| if c == 'y' { 'i' } else { c }).collect::<String>();
        for (place, (code, _)) in ALL.iter().enumerate().filter(|(place, _)| Language(*place).stems_ends_only()) {
            let stemmer = Language(place).stemmer();
            let english =
                ["dying", "lying", "skies", "years", "yes", "by", "use", "is", "as", "ties", "early", "having"];
            let own = stop_words::lookup(code).unwrap_or_default().iter().copied();
            for word in own.chain(english).filter(|word| word.len() > 2 && word.bytes().all(|b| b.is_ascii_lowercase()))
            {
                let stem = stemmer.stem(word).to_string();
                assert!(begins(word).starts_with(&begins(&stem)) && stem.len() > 1, "{code}: {word} {stem}");
            }
        }
    }

    #[test]
    fn each_language_has_words_that_say_nothing() {
        for (code, word) in [("de", "nicht"), ("nl", "het"), ("id", "yang"), ("fr", "nous"), ("en", "the")] {
            let language: Language = code.parse().expect("known");
            assert!(language.says_nothing(word), "{word} in {code}");
            assert!(!language.says_nothing("server"), "server in {code}");
        }
    }
}
