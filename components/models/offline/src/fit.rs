//! How well a document fits a question: the share of the question's words that it covers, by stem, family, shape or near spelling.

use crate::exchange::Document;
use crate::lexicon::{self, is};
use crate::words::{self, Shape, Token};

/// Below this, a document says nothing on the question.
pub const FITS: f64 = 0.55;
/// Documents that are quoted together score at most so much less than the best.
const TOGETHER: f64 = 0.15;
/// At most so many are quoted.
const QUOTED: usize = 3;
/// A lesson that scores at most so much less than the best comes first all the same.
const LESSON_FIRST: f64 = 0.2;

/// A word that matters, and how much.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// Its stem.
    pub stem: String,
    /// The stems of its parts, for a word with a dash and the like.
    parts: Vec<String>,
    /// How much it matters.
    pub weight: f64,
}

/// What a question wants to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Anything,
    Place,
    Time,
    Who,
    Amount,
}

/// A question, ready to be held against documents.
#[derive(Debug, Clone)]
pub struct Question {
    /// The words that matter.
    pub terms: Vec<Term>,
    wanted: Wanted,
    about_me: bool,
}

/// A text, ready to be asked.
struct Page {
    tokens: Vec<Token>,
    stems: Vec<String>,
}

impl Question {
    /// Read a question.
    pub fn read(tokens: &[Token]) -> Self {
        let mut terms = terms(tokens);
        terms.retain(|term| !lexicon::is_wrapping(&term.stem));
        // "What herb …", "in which city …": the sort that is asked for is seldom said in the answer.
        for pair in tokens.windows(2) {
            let [which, sort] = pair else { continue };
            if is(&which.base, &["what", "which"]) && which.clitic.is_empty() && terms.len() > 1 {
                let sort = words::stem(&sort.base);
                terms.iter_mut().filter(|term| term.stem == sort).for_each(|term| term.weight = term.weight.min(0.4));
            }
        }
        if tokens.windows(3).any(|three| three[0].base == "who" && three[1].base == "am" && three[2].base == "i") {
            terms.push(Term { stem: words::stem("name"), parts: vec![], weight: 1.0 });
        }
        let first_wh = tokens.iter().position(|token| is(&token.base, lexicon::WH));
        let wanted = match first_wh
            .map(|at| (tokens[at].base.as_str(), tokens.get(at + 1).map_or("", |next| next.base.as_str())))
        {
            Some(("where", _)) => Wanted::Place,
            Some(("when", _)) | Some(("what" | "which", "time" | "day" | "date" | "year" | "month")) => Wanted::Time,
            Some(("who" | "whom" | "whose", _)) => Wanted::Who,
            Some(("how", "much" | "many" | "old" | "long" | "big" | "tall" | "far")) => Wanted::Amount,
            _ => Wanted::Anything,
        };
        let about_me = tokens.windows(2).any(|pair| {
            let [first, second] = pair else { return false };
            is(&first.base, lexicon::AUXILIARIES) && is(&second.base, &["i", "we"])
        });
        Self { terms, wanted, about_me }
    }

    /// The documents that fit, best first and lessons before the rest; at most three.
    pub fn best<'a>(&self, documents: impl Iterator<Item = &'a Document>) -> Vec<&'a Document> {
        let mut found: Vec<(f64, &Document)> =
            documents.map(|document| (self.fit(document), document)).filter(|(score, _)| *score >= FITS).collect();
        let Some(top) = found.iter().map(|(score, _)| *score).reduce(f64::max) else { return vec![] };
        let lesson = |score: f64, document: &Document| document.kind == "lesson" && score >= top - LESSON_FIRST;
        found.retain(|(score, document)| *score >= top - TOGETHER || lesson(*score, document));
        found.sort_by(|one, other| {
            let key = |(score, document): &(f64, &Document)| (lesson(*score, document), *score);
            let (one, other) = (key(one), key(other));
            other.0.cmp(&one.0).then(other.1.total_cmp(&one.1))
        });
        let mut quoted: Vec<&Document> = Vec::new();
        for (_, document) in found {
            if quoted.len() < QUOTED && quoted.iter().all(|known| known.statement() != document.statement()) {
                quoted.push(document);
            }
        }
        quoted
    }

    /// How well a document fits: by what it states, and less by what a lesson says was wrong.
    pub fn fit(&self, document: &Document) -> f64 {
        let stated = self.score(document.statement());
        if document.kind == "lesson" { stated.max(0.8 * self.score(&document.text)) } else { stated }
    }

    /// How well a text fits, from 0 to a little above 1.
    pub fn score(&self, text: &str) -> f64 {
        let whole: f64 = self.terms.iter().map(|term| term.weight).sum();
        if whole <= 0.0 {
            return 0.0;
        }
        let page = Page::read(text);
        let covered: f64 = self.terms.iter().map(|term| term.weight * page.holds(term)).sum();
        let mut score = covered / whole;
        // That it names the same person is not enough, when something is asked of them.
        let named = |term: &&Term| term.weight > 1.5;
        let (who, what): (Vec<_>, Vec<_>) = self.terms.iter().filter(|term| term.weight >= 1.0).partition(named);
        if !who.is_empty() && !what.is_empty() && what.iter().all(|term| page.holds(term) <= 0.0) {
            score *= 0.85;
        }
        if self.wanted != Wanted::Anything {
            score *= if page.answers(self.wanted) { 1.1 } else { 0.9 };
        }
        // "Where do I live?" is not answered by where my sister lives.
        if self.about_me && page.about().is_some_and(|person| self.terms.iter().all(|term| term.stem != person)) {
            score *= 0.45;
        }
        score
    }
}

/// The words of `tokens` that carry matter, each once.
pub fn terms(tokens: &[Token]) -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if lexicon::is_stop(&token.base) || token.base.is_empty() {
            continue;
        }
        let stem = words::stem(&token.base);
        if terms.iter().any(|term| term.stem == stem) {
            continue;
        }
        let named = at > 0 && token.capital && !tokens.iter().all(|token| token.capital);
        let weight = match token.shape {
            _ if lexicon::is_sort(&stem) => 0.4,
            _ if lexicon::is_person(&stem) => 1.6,
            Shape::Plain if named => 1.6,
            Shape::Plain | Shape::Weekday | Shape::Month => 1.0,
            _ => 1.3,
        };
        terms.push(Term { parts: parts(&token.base), stem, weight });
    }
    terms
}

/// The share of the weight of `terms` that `text` covers.
pub fn coverage(terms: &[Term], text: &str) -> f64 {
    let whole: f64 = terms.iter().map(|term| term.weight).sum();
    let page = Page::read(text);
    let covered: f64 = terms.iter().map(|term| term.weight * page.holds(term)).sum();
    if whole > 0.0 { covered / whole } else { 0.0 }
}

fn parts(base: &str) -> Vec<String> {
    let parts: Vec<_> = base.split(['-', '_', '/']).filter(|part| !part.is_empty()).map(words::stem).collect();
    if parts.len() > 1 { parts } else { vec![] }
}

const COLOURS: &[&str] = &[
    "red",
    "green",
    "blue",
    "yellow",
    "orange",
    "purple",
    "violet",
    "pink",
    "brown",
    "black",
    "white",
    "grey",
    "gray",
    "turquoise",
    "beige",
    "gold",
    "silver",
    "teal",
];

impl Page {
    fn read(text: &str) -> Self {
        let tokens = words::tokens(words::cut(text, words::READ));
        let mut stems: Vec<String> = Vec::new();
        for token in &tokens {
            stems.push(words::stem(&token.base));
            let parts = parts(&token.base);
            if !parts.is_empty() {
                stems.push(words::stem(&token.base.replace(['-', '_'], "")));
                stems.extend(parts);
            }
        }
        Self { tokens, stems }
    }

    /// How surely the page holds a term: 1 for the word itself, less for what stands for it.
    fn holds(&self, term: &Term) -> f64 {
        let whole = term.stem.replace(['-', '_'], "");
        if self.stems.iter().any(|stem| *stem == term.stem || *stem == whole) {
            return 1.0;
        }
        if !term.parts.is_empty() && term.parts.iter().all(|part| self.stems.contains(part)) {
            return 1.0;
        }
        if self.shows(&term.stem) {
            return 0.9;
        }
        if self.stems.iter().any(|stem| lexicon::related(stem, &term.stem)) {
            return 0.85;
        }
        // "Do I like …?" is answered by what is hated, too; but not "what do I like?".
        if self.stems.iter().any(|stem| lexicon::opposed(stem, &term.stem)) {
            return 0.5;
        }
        let near = self.stems.iter().map(|stem| likeness(stem, &term.stem)).fold(0.0, f64::max);
        if near > 0.0 { near } else { 0.0 }
    }

    /// Whether the page holds a value of the sort that a word asks for: an address, a date, a colour.
    fn shows(&self, stem: &str) -> bool {
        let shaped = |shapes: &[Shape]| self.tokens.iter().any(|token| shapes.contains(&token.shape));
        match stem {
            "address" | "ip" => {
                shaped(&[Shape::Address]) || (shaped(&[Shape::Number]) && self.has(&["at", "street", "road"]))
            }
            "number" => shaped(&[Shape::Number]),
            "date" | "day" | "month" => shaped(&[Shape::Date, Shape::Weekday, Shape::Month]),
            "time" | "hour" => shaped(&[Shape::Time, Shape::Weekday, Shape::Date]),
            "year" => self.tokens.iter().any(|token| token.shape == Shape::Number && token.base.len() == 4),
            "url" | "link" | "websit" | "site" | "domain" => shaped(&[Shape::Link]),
            "mail" | "email" | "e-mail" => shaped(&[Shape::Mail]),
            "price" | "cost" => {
                shaped(&[Shape::Money]) || self.has(&["euro", "euros", "dollar", "dollars", "eur", "usd", "pounds"])
            }
            "color" | "colour" => self.has(COLOURS),
            "age" | "old" => shaped(&[Shape::Number]) && self.has(&["year", "years", "old"]),
            "name" => self.tokens.windows(2).any(|pair| {
                let [first, second] = pair else { return false };
                second.capital
                    && (is(&first.base, &["am", "call", "called", "named"])
                        || (first.base == "i" && first.clitic == "'m"))
            }),
            _ => false,
        }
    }

    fn answers(&self, wanted: Wanted) -> bool {
        let shaped = |shapes: &[Shape]| self.tokens.iter().any(|token| shapes.contains(&token.shape));
        match wanted {
            Wanted::Anything => true,
            Wanted::Place => self.has(lexicon::PLACES) || shaped(&[Shape::Address, Shape::Link]),
            Wanted::Time => {
                shaped(&[Shape::Date, Shape::Time, Shape::Weekday, Shape::Month, Shape::Number])
                    || self.has(&[
                        "morning",
                        "afternoon",
                        "evening",
                        "night",
                        "noon",
                        "midnight",
                        "week",
                        "daily",
                        "tomorrow",
                        "every",
                    ])
            }
            Wanted::Who => self.tokens.iter().any(|token| token.capital && token.base != "i"),
            Wanted::Amount => {
                self.tokens.iter().any(|token| token.base.chars().any(|char| char.is_ascii_digit()))
                    || self
                        .has(&["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "dozen"])
            }
        }
    }

    /// The person that the page speaks of first: "my sister …", "Ann's brother …".
    fn about(&self) -> Option<String> {
        let mut ahead = self.tokens.iter().take(3);
        ahead.find_map(|token| Some(words::stem(&token.base)).filter(|stem| lexicon::is_person(stem)))
    }

    fn has(&self, list: &[&str]) -> bool {
        self.tokens.iter().any(|token| is(&token.base, list))
    }
}

/// How like two stems are: a slip of one letter, or a long common beginning.
fn likeness(one: &str, other: &str) -> f64 {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    if short.len() < 5 || !one.is_ascii() || !other.is_ascii() || one.bytes().any(|byte| byte.is_ascii_digit()) {
        return 0.0;
    }
    let common = one.bytes().zip(other.bytes()).take_while(|(left, right)| left == right).count();
    if common >= 5 && common * 10 >= long.len() * 7 {
        return 0.75;
    }
    let rest = (&short[common..], &long[common..]);
    let slip = match (rest.0.len(), rest.1.len()) {
        (left, right) if left == right => {
            let swapped = left >= 2
                && rest.0.as_bytes()[0] == rest.1.as_bytes()[1]
                && rest.0.as_bytes()[1] == rest.1.as_bytes()[0];
            rest.0.get(1..) == rest.1.get(1..) || (swapped && rest.0.get(2..) == rest.1.get(2..))
        }
        (left, right) if left + 1 == right => Some(rest.0) == rest.1.get(1..),
        _ => false,
    };
    if slip { 0.8 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(question: &str, text: &str, fits: bool) {
        let score = Question::read(&words::tokens(question)).score(text);
        assert_eq!(score >= FITS, fits, "{question} / {text}: {score}");
    }

    #[test]
    fn the_same_words_fit() {
        check("where is my server?", "my server is at 10.0.0.5", true);
        check("what is my server's address", "my server is at 10.0.0.5", true);
        check("when do we deploy", "We deploy on Fridays", true);
    }

    #[test]
    fn other_forms_and_families_fit() {
        check("do I have any allergies?", "I'm allergic to peanuts", true);
        check("what's my dog's name?", "My dog is called Rex", true);
        check("how much is the rent?", "The flat costs 900 euros", true);
        check("wifi password?", "The Wi-Fi key is hunter2", true);
        check("what is my adress", "My address is Dam 1", true);
    }

    #[test]
    fn what_is_about_someone_else_does_not() {
        check("where do I live?", "My sister lives in Ghent", false);
        check("when is my sister's birthday?", "My brother's birthday is on 4 May", false);
        check("what is Ann's phone number?", "Bob's phone number is 0612345678", false);
        check("what is the name of my cat?", "My dog is called Rex", false);
        check("what is my server's address", "my server is a Raspberry Pi", false);
    }

    #[test]
    fn a_slip_of_the_pen_is_forgiven() {
        assert!(likeness("adress", "address") > 0.0);
        assert!(likeness("servre", "server") > 0.0);
        assert_eq!(likeness("server", "garden"), 0.0);
        assert_eq!(likeness("47111", "47112"), 0.0);
    }
}
