//! The closed classes of English that the rules go by: function words, and small families of words that mean nearly the same.
//!
//! Nothing here is about a subject that people talk of; the families are such as any pocket thesaurus has.

use crate::words::stem;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Whether `word` is one of `list`.
pub fn is(word: &str, list: &[&str]) -> bool {
    list.contains(&word)
}

/// Question words.
pub const WH: &[&str] = &["what", "where", "when", "who", "whom", "whose", "which", "why", "how"];
/// Forms of `be`.
pub const BE: &[&str] = &["is", "are", "am", "was", "were", "be", "been"];
/// Auxiliaries that come first in a question.
#[rustfmt::skip]
pub const AUXILIARIES: &[&str] = &[
    "is", "are", "am", "was", "were", "do", "does", "did", "can", "could", "will", "would", "should", "shall",
    "may", "might", "must", "have", "has", "had",
];
/// What may follow an auxiliary that comes first, besides names and nouns.
#[rustfmt::skip]
pub const SUBJECTS: &[&str] = &[
    "i", "you", "he", "she", "it", "we", "they", "there", "this", "that", "these", "those", "the", "my", "our",
    "your", "his", "her", "their", "its", "a", "an", "any", "anyone", "anybody", "anything", "someone", "somebody",
    "something", "all", "every", "everyone", "one",
];
/// Words that speak of the user.
pub const FIRST_PERSON: &[&str] = &["i", "me", "my", "mine", "we", "us", "our", "ours", "myself"];
/// Words that say what came before.
pub const PRONOUNS: &[&str] = &["it", "that", "this", "he", "she", "they", "these", "those", "them", "him", "her"];
/// Possessives before a noun.
pub const POSSESSIVES: &[&str] = &["my", "our", "his", "her", "their", "its", "your"];
/// Prepositions of place and time.
#[rustfmt::skip]
pub const PLACES: &[&str] = &[
    "at", "in", "on", "near", "behind", "under", "above", "below", "next", "between", "inside", "outside", "beside",
    "by", "from", "to", "into", "along", "across", "opposite", "left", "right",
];

/// Question words of German, Dutch, French, Spanish and Italian that are no English words.
#[rustfmt::skip]
pub const FOREIGN_WH: &[&str] = &[
    "wo", "wann", "wer", "warum", "wieso", "welche", "welcher", "welches", "wieviel", "waar", "wanneer", "wie",
    "wat", "hoe", "welke", "waarom", "où", "quand", "qui", "quel", "quelle", "comment", "pourquoi", "combien",
    "dónde", "donde", "cuándo", "cuando", "quién", "quien", "qué", "cuál", "cómo", "dove", "quando", "chi", "quale",
    "perché", "cosa",
];
/// First persons of these languages, with which a statement begins.
#[rustfmt::skip]
pub const FOREIGN_FIRST: &[&str] = &[
    "ich", "wir", "mein", "meine", "unser", "unsere", "ik", "wij", "mijn", "onze", "ons", "je", "j'ai", "mon", "ma",
    "mes", "nous", "notre", "yo", "mi", "mis", "nosotros", "nuestro", "nuestra", "vivo", "soy", "tengo", "io",
    "mio", "mia", "noi", "sono", "ho",
];

/// Words that carry no matter of their own in a question or a memory.
#[rustfmt::skip]
const STOP: &[&str] = &[
    "a", "an", "the", "this", "that", "these", "those", "there", "here", "and", "or", "but", "if", "then", "than",
    "so", "as", "of", "at", "in", "on", "to", "for", "from", "with", "by", "about", "into", "over", "out", "up",
    "down", "off", "i", "me", "my", "mine", "we", "us", "our", "ours", "you", "your", "yours", "he", "him", "his",
    "she", "her", "hers", "it", "its", "they", "them", "their", "is", "are", "am", "was", "were", "be", "been",
    "being", "do", "does", "did", "doing", "done", "have", "has", "had", "having", "can", "could", "will", "would",
    "should", "shall", "may", "might", "must", "not", "no", "nor", "what", "where", "when", "who", "whom", "whose",
    "which", "why", "how", "also", "just", "very", "too", "much", "many", "some", "any", "all", "again", "ever",
    "still", "now", "please", "get", "got", "let", "myself", "one", "ok", "okay", "well", "really", "actually",
    "currently", "exactly", "yet", "already", "usually", "often", "normally", "always", "never", "own", "more",
    "most", "such", "both", "each", "go", "going", "supposed", "need", "want", "anything", "something",
    "everything", "anyone", "someone", "anybody", "somebody", "only", "because",
];

/// Words by which a question is wrapped, and which say nothing of what is asked.
#[rustfmt::skip]
const WRAPPING: &[&str] = &[
    "tell", "told", "telling", "remind", "reminder", "show", "give", "list", "find", "look", "search", "recall",
    "remember", "remembered", "know", "known", "say", "said", "saying", "mention", "mentioned", "wonder",
    "wondering", "forget", "forgot", "forgotten", "idea", "clue", "info", "information", "detail", "details",
    "memory", "memories", "note", "notes", "noted", "stored", "saved", "record", "records", "sure", "check", "help",
    "hear", "refresh", "curious", "chance", "happen", "think", "thing", "things", "stuff", "question", "ask",
    "asking", "answer", "explain", "describe", "repeat", "quick", "kindly", "thanks", "thank", "hi", "hello", "hey",
    "see", "learn", "figure", "able", "possible", "possibly", "maybe", "perhaps", "earlier", "before",
];

/// Words for sorts of things: they weigh little in a question.
#[rustfmt::skip]
const SORTS: &[&str] = &[
    "kind", "sort", "type", "place", "food", "animal", "pet", "person", "people", "guy", "item", "model", "brand",
    "make", "version", "name", "called", "number", "way", "favorite", "favourite", "new", "old", "current", "right",
    "correct", "exact", "full", "main",
];

/// Words for people and companions: who a sentence is about.
#[rustfmt::skip]
const PEOPLE: &[&str] = &[
    "sister", "brother", "sibling", "mother", "mom", "mum", "father", "dad", "parent", "wife", "husband", "spouse",
    "partner", "son", "daughter", "kid", "child", "boss", "manager", "friend", "colleague", "coworker", "neighbour",
    "neighbor", "uncle", "aunt", "cousin", "doctor", "dentist", "dog", "cat", "girlfriend", "boyfriend", "roommate",
    "flatmate", "grandmother", "grandma", "grandfather", "grandpa", "niece", "nephew", "landlord", "teacher",
    "lawyer", "client", "customer", "team", "baby",
];

/// Families of words that stand for one another.
const FAMILIES: &[&[&str]] = &[
    &["address", "location", "located", "live", "lives", "reside", "home", "ip"],
    &["password", "passcode", "passphrase", "pin", "code", "key", "secret", "credentials", "login", "combination"],
    &["phone", "telephone", "mobile", "cell", "cellphone"],
    &["email", "mail", "e-mail"],
    &["job", "work", "employer", "employed", "profession", "occupation", "company", "office"],
    &["car", "vehicle", "auto", "drive"],
    &["bike", "bicycle", "cycle"],
    &["kid", "child", "children", "kids"],
    &["wife", "spouse", "partner", "husband", "married"],
    &["mother", "mom", "mum"],
    &["father", "dad"],
    &["boss", "manager", "supervisor"],
    &["birthday", "born", "birth", "birthdate"],
    &["doctor", "physician", "gp"],
    &["meeting", "appointment", "call", "standup", "meet"],
    &["allergic", "allergy", "allergies", "intolerant", "intolerance"],
    &["like", "love", "enjoy", "prefer", "favourite", "favorite", "preference", "fond"],
    &["dislike", "hate", "detest", "loathe", "avoid"],
    &["buy", "purchase", "bought", "shop"],
    &["begin", "start", "starts", "began", "commence"],
    &["end", "finish", "stop", "over", "close", "closes"],
    &["leave", "depart", "departs", "departure", "leaves", "left"],
    &["arrive", "arrival", "land", "lands"],
    &["flight", "fly", "plane", "flying", "flies"],
    &["cost", "price", "pay", "paid", "costs", "expensive", "fee", "rent"],
    &["name", "called", "named", "call"],
    &["deploy", "deployment", "release", "ship", "rollout"],
    &["holiday", "vacation", "trip", "travel", "holidays"],
    &["wifi", "wi-fi", "wlan", "wireless"],
    &["computer", "laptop", "pc", "machine", "notebook"],
    &["photo", "picture", "image", "pictures"],
    &["movie", "film"],
    &["apartment", "flat", "house", "home"],
    &["colour", "color"],
    &["eat", "food", "meal", "diet", "eats", "dish", "cuisine"],
    &["drink", "beverage", "drinks"],
    &["trash", "garbage", "rubbish", "bin", "waste"],
    &["store", "shop", "market", "supermarket"],
    &["kept", "keep", "stored", "put", "hidden", "hide", "lies", "placed"],
    &["backup", "backups", "back-up", "snapshot"],
    &["run", "runs", "running", "execute", "host", "hosted", "operate"],
    &["old", "age", "aged", "years"],
    &["big", "size", "large", "tall", "height"],
    &["deadline", "due", "expire", "expires", "expiry", "renewal", "valid"],
    &["medicine", "medication", "pill", "pills", "drug", "prescription"],
    &["school", "university", "college", "study", "studies"],
    &["shoe", "shoes", "sneaker", "boot"],
    &["speak", "language", "speaks", "spoken"],
    &["from", "origin", "born", "grew"],
];

/// Verbs that often carry a plain statement; seen behind a first word, they mark a sentence rather than a name for something.
#[rustfmt::skip]
const VERBS: &[&str] = &[
    "live", "work", "like", "love", "hate", "prefer", "want", "need", "use", "run", "deploy", "start", "end",
    "leave", "arrive", "close", "open", "cost", "weigh", "own", "drive", "play", "eat", "drink", "speak", "study",
    "take", "meet", "move", "buy", "sell", "mean", "belong", "go", "come", "make", "keep", "sit", "stand", "sleep",
    "fly", "expire", "renew", "pay", "owe", "return", "visit", "teach", "learn", "write", "read", "watch", "travel",
    "swim", "cook", "know", "think", "believe", "feel", "happen", "begin", "finish", "turn", "contain", "become",
    "depend", "support", "require", "include", "send", "receive", "hold", "park", "listen", "lie", "host", "call",
    "bear", "marry", "retire", "break", "lose", "find", "enjoy", "dislike", "avoid", "broke", "went", "came", "got",
    "took", "gave", "made", "said", "saw", "found", "lost", "left", "met", "sold", "bought", "paid", "sent", "told",
    "thought", "brought", "built", "caught", "ate", "drank", "drove", "flew", "wrote", "wore", "won", "ran", "sat",
    "slept", "spoke", "spent", "stood", "taught", "began", "became", "grew", "knew", "kept", "held", "heard",
    "hurt", "put", "rode", "sang", "swam", "fell", "felt", "forgot", "chose",
];

/// A word's families and standing, found by its stem.
struct Stems {
    families: HashMap<String, Vec<usize>>,
    sorts: Vec<String>,
    people: Vec<String>,
    wrapping: Vec<String>,
    verbs: Vec<String>,
}

static STEMS: LazyLock<Stems> = LazyLock::new(|| {
    let all = |list: &[&str]| list.iter().map(|word| stem(word)).collect::<Vec<_>>();
    let mut families: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, family) in FAMILIES.iter().enumerate() {
        for word in *family {
            let of = families.entry(stem(word)).or_default();
            if !of.contains(&at) {
                of.push(at);
            }
        }
    }
    Stems { families, sorts: all(SORTS), people: all(PEOPLE), wrapping: all(WRAPPING), verbs: all(VERBS) }
});

/// Whether a word carries no matter of its own.
pub fn is_stop(base: &str) -> bool {
    is(base, STOP)
}

/// Whether a word only wraps a question.
pub fn is_wrapping(stem: &str) -> bool {
    STEMS.wrapping.iter().any(|word| word == stem)
}

/// Whether a word names a sort of things.
pub fn is_sort(stem: &str) -> bool {
    STEMS.sorts.iter().any(|word| word == stem)
}

/// Whether a word names a person or a companion.
pub fn is_person(stem: &str) -> bool {
    STEMS.people.iter().any(|word| word == stem)
}

/// Whether a word is a common verb.
pub fn is_verb(stem: &str) -> bool {
    STEMS.verbs.iter().any(|word| word == stem)
}

/// Whether two stems belong to one family.
pub fn related(one: &str, other: &str) -> bool {
    let (Some(one), Some(other)) = (STEMS.families.get(one), STEMS.families.get(other)) else { return false };
    one.iter().any(|family| other.contains(family))
}

/// Whether one stem says the opposite of the other.
pub fn opposed(one: &str, other: &str) -> bool {
    const LIKES: [&str; 2] = ["like", "hate"];
    let family = |stem: &str, word: &str| stem == word || related(stem, word);
    family(one, LIKES[0]) && family(other, LIKES[1]) || family(one, LIKES[1]) && family(other, LIKES[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_found_by_stem() {
        assert!(related(&stem("called"), &stem("name")));
        assert!(related(&stem("allergies"), &stem("allergic")));
        assert!(!related(&stem("server"), &stem("name")));
    }
}
