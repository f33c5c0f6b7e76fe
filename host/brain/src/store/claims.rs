//! Facts that replace facts: "the door code is 9020" says something of the same subject and attribute as "the door code is 4471" did.
//!
//! Plain rules, which would rather miss a contradiction than see one where there is none. A fact claims something when it is one
//! statement of the form
//!
//! ```text
//!   the door code is 9020            what stands before `is` ends in a noun that has one value at a time: a code, a name, a price
//!   price of the ticket: 20 euro     the same with a colon or an equals sign
//!   my server is at 10.0.0.5         `is at` and `is on`; a number or a time is another attribute than a place
//!   Anna lives in Bremen             verbs that hold for one value at a time
//! ```
//!
//! and neither a question, a condition, a negation nor a memory of the past, nor about `it` or `he`, of whom nobody knows later who they
//! were. What is said for a case only ("opens at nine on Sundays") replaces what was said for the same case.

use super::record::normalised;
use std::collections::HashMap;
use std::sync::LazyLock;

/// What a fact says of what.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    /// The subject and its attribute, hashed.
    pub(crate) about: u128,
    /// What is said of it.
    pub(crate) value: String,
}

/// More words than this are a story, not a claim.
const MOST_WORDS: usize = 28;
/// A subject with its attribute has at most so many words.
const MOST_ABOUT: usize = 10;

/// What has one value at a time. In the languages that spell them together, the end of the word is enough.
const NOUNS: &[&str] = &[
    "name",
    "nickname",
    "username",
    "login",
    "birthday",
    "age",
    "address",
    "phone",
    "number",
    "email",
    "e-mail",
    "password",
    "passphrase",
    "passcode",
    "pin",
    "code",
    "key",
    "height",
    "weight",
    "length",
    "width",
    "size",
    "colour",
    "color",
    "ip",
    "port",
    "hostname",
    "host",
    "domain",
    "url",
    "version",
    "branch",
    "status",
    "location",
    "manager",
    "boss",
    "landlord",
    "doctor",
    "dentist",
    "teacher",
    "supplier",
    "owner",
    "deadline",
    "price",
    "cost",
    "fee",
    "rent",
    "salary",
    "budget",
    "limit",
    "capital",
    "time",
    "date",
    "day",
    "interval",
    "timezone",
    "language",
    "iban",
    "balance",
    "quota",
    "appointment",
    "room",
    "gate",
    "seat",
    "wachtwoord",
    "adres",
    "telefoonnummer",
    "verjaardag",
    "naam",
    "nummer",
    "prijs",
    "huur",
    "leeftijd",
    "kleur",
    "versie",
    "datum",
    "passwort",
    "kennwort",
    "adresse",
    "telefonnummer",
    "geburtstag",
    "preis",
    "miete",
    "alter",
    "farbe",
    "größe",
    "termin",
    "sandi",
    "alamat",
    "telepon",
    "nomor",
    "nama",
    "harga",
    "usia",
    "warna",
    "versi",
    "kode",
    "tanggal",
];
const ENDINGS: &[&str] = &[
    "nummer",
    "adresse",
    "passwort",
    "kennwort",
    "code",
    "preis",
    "termin",
    "wachtwoord",
    "prijs",
    "datum",
    "密码",
    "密碼",
    "地址",
    "电话",
    "電話",
    "生日",
    "号码",
    "價格",
    "价格",
    "パスワード",
    "住所",
    "電話番号",
    "誕生日",
    "番号",
    "暗証番号",
    "コード",
    "値段",
    "家賃",
];
/// Before any noun: what one likes best is one thing.
const BEST: &[&str] = &["favourite", "favorite", "preferred", "current", "favoriete", "huidige"];
/// Between subject and value.
const IS: &[&str] = &["is", "are", "ist", "sind", "zijn", "adalah", "ialah"];
/// Verbs that hold for one value at a time, with their preposition; those in one group mean the same.
const VERBS: &[(&str, &[&str])] = &[
    ("lives in", &["lives in", "live in", "moved to", "wohnt in", "wohne in", "woont in", "woon in", "tinggal di"]),
    ("works for", &["works for", "work for", "works at", "work at", "arbeitet bei", "werkt bij", "bekerja di"]),
    ("costs", &["costs", "cost", "kostet", "kost"]),
    ("weighs", &["weighs", "wiegt", "weegt"]),
    ("is called", &["is called", "is named", "heißt", "heet"]),
    ("starts at", &["starts at", "start at", "begins at", "begin at", "beginnt um", "begint om"]),
    ("ends at", &["ends at", "end at", "endet um", "eindigt om"]),
    ("opens at", &["opens at", "open at", "öffnet um", "opent om"]),
    ("closes at", &["closes at", "close at", "schließt um", "sluit om"]),
    ("is due", &["is due on", "is due by", "is due"]),
    ("runs on", &["runs on", "run on", "läuft auf", "draait op"]),
];
/// Of whom nobody knows later who they were.
const UNKNOWN: &[&str] = &[
    "it", "he", "she", "they", "this", "that", "there", "here", "what", "who", "which", "es", "er", "sie", "het",
    "hij", "dia",
];
/// Begin what is not stated.
const UNSTATED: &[&str] = &[
    "if", "when", "maybe", "perhaps", "once", "unless", "whether", "suppose", "wenn", "falls", "als", "kalau", "jika",
];
const NOT: &[&str] = &["not", "no", "never", "n't", "nicht", "kein", "keine", "niet", "geen", "bukan", "tidak"];
/// Begin the case for which a value holds.
const CASES: &[&str] = &[
    "on", "if", "when", "for", "during", "except", "unless", "until", "from", "since", "after", "before", "in", "at",
    "every",
];
const TIMES: &[&str] = &[
    "noon",
    "midnight",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "half",
    "quarter",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "mondays",
    "tuesdays",
    "wednesdays",
    "thursdays",
    "fridays",
    "saturdays",
    "sundays",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// What a fact claims, if it is of a form that the rules know.
pub(crate) fn claim(text: &str) -> Option<Claim> {
    let text = text.trim().trim_end_matches(['.', '!', '。']);
    if text.contains(['?', '？', '\n'])
        || text.contains(". ")
        || text.contains("; ")
        || text.split_whitespace().count() > MOST_WORDS
    {
        return None;
    }
    if let Some((about, value)) = without_spaces(text) {
        return one_valued(&[&about]).then(|| of(&about, "is", &value, "")).flatten();
    }
    // A colon or an equals sign after the attribute.
    let (left, right) = text.split_once(": ").or_else(|| text.split_once(" = ")).unzip();
    if let (Some(left), Some(right)) = (left, right) {
        let (left, right) = (normalised(left).to_lowercase(), normalised(right));
        let about: Vec<&str> = left.split(' ').collect();
        return (stated(&about) && one_valued(&about)).then(|| of(&left, "is", &right, "")).flatten();
    }
    let normal = normalised(text);
    let words: Vec<&str> = normal.split(' ').collect();
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    verb(&words, &lower).or_else(|| is(&words, &lower))
}

/// `Anna lives in Bremen`.
fn verb(words: &[&str], lower: &[&str]) -> Option<Claim> {
    for at in 1..words.len().min(MOST_ABOUT) {
        let Some(spellings) = spellings(lower[at]) else { continue };
        for (name, spelling) in spellings {
            if lower[at..].starts_with(spelling) && stated(&lower[..at]) {
                let rest = at + spelling.len();
                return valued(&lower[..at], name, &words[rest..], &lower[rest..]);
            }
        }
    }
    None
}

/// The verbs that begin with a word: what they mean, and all their words.
fn spellings(first: &str) -> Option<&'static [(&'static str, Vec<&'static str>)]> {
    type Spellings = HashMap<&'static str, Vec<(&'static str, Vec<&'static str>)>>;
    static BY_FIRST: LazyLock<Spellings> = LazyLock::new(|| {
        let mut by_first = Spellings::new();
        for (name, spellings) in VERBS {
            for spelling in *spellings {
                let words: Vec<&str> = spelling.split(' ').collect();
                by_first.entry(words[0]).or_default().push((*name, words));
            }
        }
        // The longest first: `is due on` before `is due`.
        by_first.values_mut().for_each(|all| all.sort_by_key(|(_, words)| std::cmp::Reverse(words.len())));
        by_first
    });
    BY_FIRST.get(first).map(Vec::as_slice)
}

/// `the door code is 9020`, `my server is at 10.0.0.5`.
fn is(words: &[&str], lower: &[&str]) -> Option<Claim> {
    let at = lower.iter().position(|word| IS.contains(word)).filter(|at| (1..MOST_ABOUT).contains(at))?;
    let (about, rest) = (&lower[..at], &lower[at + 1..]);
    if !stated(about) || rest.first().is_none_or(|word| NOT.contains(word)) {
        return None;
    }
    if let ["at" | "on", ..] = rest {
        let kind = if is_time(rest.get(1)?) { "is at a time" } else { "is at a place" };
        return (rest[0] == "at" || kind == "is at a time")
            .then(|| valued(about, kind, &words[at + 2..], &rest[1..]))
            .flatten();
    }
    // `is watered at seven`: what is done at a time.
    if let [done, "at", time, ..] = rest
        && done.ends_with("ed")
        && is_time(time)
    {
        return valued(about, &format!("is {done} at"), &words[at + 3..], &rest[2..]);
    }
    one_valued(about).then(|| valued(about, "is", &words[at + 1..], rest)).flatten()
}

/// The claim with its value cut where the case begins for which it holds.
fn valued(about: &[&str], attribute: &str, words: &[&str], lower: &[&str]) -> Option<Claim> {
    let case = lower.iter().skip(1).position(|word| CASES.contains(word)).map_or(words.len(), |at| at + 1);
    of(&about.join(" "), attribute, &words.get(..case)?.join(" "), &lower[case..].join(" "))
}

fn of(about: &str, attribute: &str, value: &str, case: &str) -> Option<Claim> {
    if about.is_empty() || value.is_empty() {
        return None;
    }
    let mut hasher = blake3::Hasher::new();
    for part in [about, attribute, case] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut half = [0; 16];
    half.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    Some(Claim { about: u128::from_le_bytes(half), value: value.to_owned() })
}

/// Scripts without spaces: the subject with its attribute, and what is said of it.
fn without_spaces(text: &str) -> Option<(String, String)> {
    let (about, value) = text.split_once('は').or_else(|| text.split_once('是')).or_else(|| text.split_once('：'))?;
    let value = value.trim().trim_end_matches("です").trim_end_matches("だ").trim();
    let negated =
        value.starts_with('不') || about.ends_with('不') || value.ends_with("ない") || value.ends_with("ません");
    (!negated && about.chars().count() <= 24).then(|| (about.trim().to_owned(), value.to_owned()))
}

/// Whether these words name something that has one value at a time.
fn one_valued(about: &[&str]) -> bool {
    // Of `price of the ticket` and `code for the door` the first part says what it is.
    let head = about
        .iter()
        .position(|word| matches!(*word, "of" | "for" | "von" | "für" | "van" | "voor"))
        .unwrap_or(about.len());
    let head = &about[..head];
    head.iter().any(|word| BEST.contains(word))
        || head.last().is_some_and(|last| NOUNS.contains(last) || ENDINGS.iter().any(|ending| last.ends_with(ending)))
        // Indonesian puts the owner behind: `kata sandi wifi`.
        || head.iter().take(2).any(|word| matches!(*word, "sandi" | "alamat" | "nomor" | "harga" | "kode"))
}

/// Whether a statement begins so, about someone who is known later.
fn stated(about: &[&str]) -> bool {
    about.first().is_some_and(|first| !(UNSTATED.contains(first) || about.len() == 1 && UNKNOWN.contains(first)))
        && !about.iter().any(|word| NOT.contains(word))
}

fn is_time(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
        && !word.contains(|c: char| c.is_alphabetic())
        && word.matches('.').count() < 3
        || word.ends_with("am") && word.starts_with(|c: char| c.is_ascii_digit())
        || word.ends_with("pm") && word.starts_with(|c: char| c.is_ascii_digit())
        || TIMES.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn replaces(new: &str, old: &str, expect: bool) {
        let (new_claim, old_claim) = (claim(new), claim(old));
        let replaced = match (&new_claim, &old_claim) {
            (Some(new), Some(old)) => new.about == old.about && new.value != old.value,
            _ => false,
        };
        assert_eq!(replaced, expect, "{new:?} {new_claim:?} and {old:?} {old_claim:?}");
    }

    #[test]
    fn a_new_value_of_the_same_attribute_replaces_the_old_one() {
        for (new, old) in [
            ("the door code is 9020", "The door code is 4471."),
            ("my server is at 10.0.0.7", "my server is at 10.0.0.5"),
            ("Anna lives in Bremen", "Anna lives in Kiel"),
            ("Anna moved to Bremen", "Anna lives in Kiel"),
            ("Anna's phone number is 555 0199", "Anna's phone number is 555 0100"),
            ("my favourite colour is green", "my favourite colour is blue"),
            ("price of the ticket: 20 euro", "the price of the ticket is 18 euro"),
            ("the garden is watered at six", "the garden is watered at seven"),
            ("the shop opens at nine on sundays", "the shop opens at ten on Sundays"),
            ("rehearsal is on Tuesday", "rehearsal is on Monday"),
            ("mijn wachtwoord is zomer", "mijn wachtwoord is winter"),
            ("Die Telefonnummer ist 030 2", "die Telefonnummer ist 030 1"),
            ("kata sandi wifi adalah mangga", "kata sandi wifi adalah pisang"),
            ("門の暗証番号は9020です", "門の暗証番号は4471です"),
            ("门的密码是9020", "门的密码是4471"),
        ] {
            replaces(new, old, true);
        }
    }

    #[test]
    fn what_may_both_be_true_stays() {
        for (new, old) in [
            ("my server is fast", "my server is old"),
            ("Anna is a doctor", "Anna is tall"),
            ("the meeting is at 10", "the meeting is at the town hall"),
            ("the shop opens at nine on Sundays", "the shop opens at eight"),
            ("the door code is 9020", "the gate code is 4471"),
            ("the door code is not 9020", "the door code is 4471"),
            ("is the door code 9020?", "the door code is 4471"),
            ("if the door code is 9020 call me", "the door code is 4471"),
            ("the door code was 9020", "the door code is 4471"),
            ("it is at 10.0.0.7", "it is at 10.0.0.5"),
            ("note: buy milk", "note: buy bread"),
            ("Anna likes tea", "Anna likes coffee"),
            ("the door code is 4471", "the door code is 4471"),
        ] {
            replaces(new, old, false);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_strange(text in "\\PC{0,200}") {
            let _ = claim(&text);
        }
    }
}
