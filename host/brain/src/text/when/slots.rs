//! What a slot of a pattern takes, and what it has taken.

use crate::text::when::names;
use crate::text::when::table::Unit;
use crate::text::when::words::Word;

/// Nobody says a greater count of units.
const MOST: u16 = 999;

/// A slot of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    /// A count: `3`, `three`, `a`.
    Number,
    /// A unit of time.
    Unit,
    /// One unit from an hour on.
    One,
    /// One week, month or year.
    Span,
    /// A month's whole name.
    Month,
    /// A month's name, also a short one.
    Mon,
    /// A month's number.
    Moon,
    /// A weekday's name.
    Weekday,
    /// A season's name.
    Season,
    /// A day of the month: `4`, `4th`, `fourth`.
    Day,
    /// Four digits that are a year.
    Year,
    /// `2025-03`.
    YearMonth,
    /// `2025-03-04`, `4.3.2025`, `13/3/2025`.
    Date,
}

const SLOTS: &[(&str, Slot)] = &[
    ("{number}", Slot::Number),
    ("{unit}", Slot::Unit),
    ("{one}", Slot::One),
    ("{span}", Slot::Span),
    ("{month}", Slot::Month),
    ("{mon}", Slot::Mon),
    ("{moon}", Slot::Moon),
    ("{weekday}", Slot::Weekday),
    ("{season}", Slot::Season),
    ("{day}", Slot::Day),
    ("{year}", Slot::Year),
    ("{yearmonth}", Slot::YearMonth),
    ("{date}", Slot::Date),
];

impl Slot {
    pub(crate) fn named(name: &str) -> Option<Slot> {
        SLOTS.iter().find(|(known, _)| *known == name).map(|(_, slot)| *slot)
    }
}

/// What the slots of a pattern have taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) number: Option<u16>,
    pub(crate) unit: Option<Unit>,
    pub(crate) weekday: Option<u8>,
    pub(crate) day: Option<u8>,
    pub(crate) month: Option<u8>,
    pub(crate) year: Option<u16>,
}

impl Taken {
    /// What both have taken.
    fn and(self, other: Taken) -> Taken {
        Taken {
            number: self.number.or(other.number),
            unit: self.unit.or(other.unit),
            weekday: self.weekday.or(other.weekday),
            day: self.day.or(other.day),
            month: self.month.or(other.month),
            year: self.year.or(other.year),
        }
    }

    /// English for the library: each slot says what it has taken.
    pub(crate) fn english(&self, text: &str) -> String {
        let text = text
            .replace("{unit}", self.unit.map_or("", Unit::name))
            .replace("{weekday}", self.weekday.map_or("", names::weekday))
            .replace("{month}", self.month.map_or("", names::month));
        [("{number}", self.number), ("{day}", self.day.map(u16::from)), ("{year}", self.year)].iter().fold(
            text,
            |text, (slot, number)| match number {
                Some(number) => text.replace(slot, &number.to_string()),
                None => text,
            },
        )
    }
}

/// What a word, and perhaps those behind it, can be: looked up once for all patterns.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    all: Vec<(Slot, Taken, usize)>,
}

impl Reads {
    /// Reads the first of these words.
    pub(crate) fn of(words: &[Word]) -> Reads {
        let mut reads = Reads::default();
        let Some(word) = words.first() else { return reads };
        reads.add_digits(&word.text);
        if names::begins_one(&word.text) {
            reads.look_up(words);
        }
        reads
    }

    /// Whether there is anything here that the slot takes.
    pub(crate) fn can_be(&self, slot: Slot) -> bool {
        self.all.iter().any(|(known, ..)| *known == slot)
    }

    /// What the slot takes here, and how many words that are.
    pub(crate) fn take(&self, slot: Slot, so_far: Taken) -> Option<(Taken, usize)> {
        self.all.iter().find(|(known, _, _)| *known == slot).map(|(_, taken, used)| (so_far.and(*taken), *used))
    }

    fn look_up(&mut self, words: &[Word]) {
        if let Some((number, used)) = longest(names::NUMBERS, words) {
            let taken = Taken { number: Some(number), ..Taken::default() };
            self.all.push((Slot::Number, taken, used));
            if let Some(month) = u8::try_from(number).ok().filter(|month| *month <= 12) {
                self.all.push((Slot::Moon, Taken { month: Some(month), ..Taken::default() }, used));
            }
        }
        if let Some((unit, used)) = longest(names::UNITS, words) {
            let taken = Taken { unit: Some(unit), ..Taken::default() };
            self.all.push((Slot::Unit, taken, used));
        }
        if let Some((unit, used)) = longest(names::SINGULARS, words) {
            let taken = Taken { unit: Some(unit), ..Taken::default() };
            self.all.push((Slot::One, taken, used));
            if matches!(unit, Unit::Week | Unit::Month | Unit::Year) {
                self.all.push((Slot::Span, taken, used));
            }
        }
        let month = |month| Taken { month: Some(month), ..Taken::default() };
        if let Some((number, used)) = longest(names::MONTHS, words) {
            self.all.extend([(Slot::Month, month(number), used), (Slot::Mon, month(number), used)]);
        }
        if let Some((number, used)) = longest(names::SHORT_MONTHS, words) {
            self.all.push((Slot::Mon, month(number), used));
        }
        if let Some((number, used)) = longest(names::SEASONS, words) {
            self.all.push((Slot::Season, month(number), used));
        }
        if let Some((number, used)) = longest(names::WEEKDAYS, words) {
            self.all.push((Slot::Weekday, Taken { weekday: Some(number), ..Taken::default() }, used));
        }
        if let Some((number, used)) = longest(names::ORDINALS, words) {
            self.all.push((Slot::Day, Taken { day: Some(number), ..Taken::default() }, used));
        }
    }

    fn add_digits(&mut self, text: &str) {
        if !text.starts_with(|letter: char| letter.is_ascii_digit()) {
            return;
        }
        let mut add = |slot, taken| self.all.push((slot, taken, 1));
        let nothing = Taken::default();
        if let Some(number) = digits(text, 4) {
            if (1..=MOST).contains(&number) {
                add(Slot::Number, Taken { number: Some(number), ..nothing });
            }
            if let Some(month) = u8::try_from(number).ok().filter(|month| (1..=12).contains(month)) {
                add(Slot::Moon, Taken { month: Some(month), ..nothing });
            }
            if (1900..2200).contains(&number) {
                add(Slot::Year, Taken { year: Some(number), ..nothing });
            }
        }
        if let Some(day) = day(text) {
            add(Slot::Day, Taken { day: Some(day), ..nothing });
        }
        if let Some(taken) = date(text) {
            add(Slot::Date, taken);
        }
        if let Some((year, month)) = text.split_once('-')
            && let (4, Some(year), Some(month)) = (year.len(), digits(year, 4), digits(month, 2))
            && (1900..2200).contains(&year)
        {
            let month = u8::try_from(month).ok().filter(|month| (1..=12).contains(month));
            if month.is_some() {
                add(Slot::YearMonth, Taken { month, year: Some(year), ..nothing });
            }
        }
    }
}

/// The number that these digits and nothing else are.
fn digits(text: &str, most: usize) -> Option<u16> {
    let all = !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| text.parse().ok()).flatten()
}

/// `4`, `4th` or the Dutch `4e`.
fn day(text: &str) -> Option<u8> {
    let number = ["st", "nd", "rd", "th", "de", "ste", "e"].iter().find_map(|end| text.strip_suffix(end));
    let day = digits(number.unwrap_or(text), 2)?;
    u8::try_from(day).ok().filter(|day| (1..=31).contains(day))
}

/// A date in digits. Which of `4/3/2025` is the month, nobody knows: only what can be read one way is read.
fn date(text: &str) -> Option<Taken> {
    // A time of day may follow, as in `2025-03-04T10:00`.
    let text = text.split_once('t').map_or(text, |(date, _)| date);
    let (mark, first_year) = match text {
        _ if text.contains('-') => ('-', true),
        _ if text.contains('.') => ('.', false),
        _ => ('/', text.find('/') == Some(4)),
    };
    let parts: Vec<&str> = text.split(mark).collect();
    let [first, middle, last] = parts.try_into().ok()?;
    let (year, day, month) = match first_year {
        true => (first, last, middle),
        false => (last, first, middle),
    };
    if year.len() != 4 {
        return None;
    }
    let (year, mut day, mut month) = (digits(year, 4)?, digits(day, 2)?, digits(month, 2)?);
    if mark == '/' && !first_year && day != month {
        if day <= 12 && month <= 12 {
            return None;
        }
        (day, month) = (day.max(month), day.min(month));
    }
    let (day, month) = (u8::try_from(day).ok()?, u8::try_from(month).ok()?);
    let known = (1..=31).contains(&day) && (1..=12).contains(&month) && (1900..2200).contains(&year);
    known.then(|| Taken { day: Some(day), month: Some(month), year: Some(year), ..Taken::default() })
}

/// The thing with the longest of the names that begin here.
fn longest<T: Copy>(table: &[(T, &[&str])], words: &[Word]) -> Option<(T, usize)> {
    table
        .iter()
        .flat_map(|(thing, names)| names.iter().map(|name| (*thing, *name)))
        .filter_map(|(thing, name)| Some((thing, spelled(name, words)?)))
        .max_by_key(|(_, used)| *used)
}

/// How many words it takes to say this, if the words begin so. More than one where every character is a word.
pub(crate) fn spelled(name: &str, words: &[Word]) -> Option<usize> {
    let mut rest = name;
    for (at, word) in words.iter().enumerate() {
        if word.text.is_empty() || (at > 0 && !word.joined) {
            return None;
        }
        rest = rest.strip_prefix(word.text.as_str())?;
        if rest.is_empty() {
            return Some(at + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::when::words::words;

    #[track_caller]
    fn check(text: &str, slot: Slot, expect: Option<(&str, usize)>) {
        let said = "{number} {unit} {weekday} {day} {month} {year}";
        let found = Reads::of(&words(text)).take(slot, Taken::default());
        let english = found.map(|(taken, used)| {
            let all = taken.english(said);
            (all.split(' ').filter(|part| !part.is_empty() && !part.contains('{')).collect::<Vec<_>>().join(" "), used)
        });
        assert_eq!(english.as_ref().map(|(text, used)| (text.as_str(), *used)), expect, "{text}");
    }

    #[test]
    fn dates_in_digits_are_read_only_when_they_can_be_read_one_way() {
        check("2025-03-04", Slot::Date, Some(("4 march 2025", 1)));
        check("2025-03-04T10:00:00+01:00", Slot::Date, Some(("4 march 2025", 1)));
        check("2025/03/04", Slot::Date, Some(("4 march 2025", 1)));
        check("4.3.2025", Slot::Date, Some(("4 march 2025", 1)));
        check("13/3/2025", Slot::Date, Some(("13 march 2025", 1)));
        check("3/13/2025", Slot::Date, Some(("13 march 2025", 1)));
        for text in ["4/3/2025", "10.0.0.5", "1.2.3", "2025-13-01", "2025-00-10", "1.2.20245", "2025-03-04-05", "1-2"] {
            check(text, Slot::Date, None);
        }
    }

    #[test]
    fn names_may_be_several_characters_that_are_words() {
        check("十一月", Slot::Number, Some(("11", 2)));
        check("个月前", Slot::Unit, Some(("months", 2)));
        check("year", Slot::Span, Some(("years", 1)));
        check("years", Slot::Span, None);
        check("day", Slot::Span, None);
    }

    #[test]
    fn numbers_are_small_and_years_are_of_our_time() {
        check("999", Slot::Number, Some(("999", 1)));
        check("1000", Slot::Number, None);
        check("4th", Slot::Day, Some(("4", 1)));
        check("32", Slot::Day, None);
        check("2024", Slot::Year, Some(("2024", 1)));
        check("5000", Slot::Year, None);
        check("2024-05", Slot::YearMonth, Some(("may 2024", 1)));
    }
}
