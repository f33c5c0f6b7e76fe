//! The days that are over: the newest of them, and the text in which they are kept.

use super::day::Day;
use std::collections::BTreeMap;

/// So many days are kept.
pub const MOST_DAYS: usize = 90;
/// So long their text is, in bytes: where it would be longer, the oldest go.
pub const MOST_BYTES: usize = 2 << 20;

/// The days that are over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Days(BTreeMap<u64, Day>);

impl Days {
    /// Puts a day in, in the place of what was known of it; of too many, the oldest goes.
    pub fn put(&mut self, day: Day) {
        self.0.insert(day.day, day.bounded());
        while self.0.len() > MOST_DAYS {
            self.0.pop_first();
        }
    }

    /// One of them.
    pub fn on(&self, day: u64) -> Option<&Day> {
        self.0.get(&day)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// As they are kept: JSON, a day a line, the newest last.
    ///
    /// # Errors
    /// None that is known: the text has a form.
    pub fn to_text(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut lines = Vec::new();
        // The brackets and the line ends around them.
        let mut bytes = 4;
        for day in self.0.values().rev() {
            let line = serde_json::to_vec(day)?;
            bytes += line.len() + 2;
            if bytes > MOST_BYTES {
                break;
            }
            lines.push(line);
        }
        lines.reverse();
        Ok([&b"[\n"[..], &lines.join(&b",\n"[..]), &b"\n]\n"[..]].concat())
    }

    /// Reads what was kept.
    ///
    /// # Errors
    /// When it is not what this host or an earlier one wrote.
    pub fn parse(text: &[u8]) -> Result<Days, serde_json::Error> {
        let mut days = Days::default();
        serde_json::from_slice::<Vec<Day>>(text)?.into_iter().for_each(|day| days.put(day));
        Ok(days)
    }
}

#[cfg(test)]
mod tests {
    use super::super::day::{MOST_LINES, Use};
    use super::*;

    fn day(day: u64, agents: usize) -> Day {
        let used = Use { calls: 1, input: u64::MAX / 1_000_000, ..Use::default() };
        let agent = |at: usize| (format!("{at:0>64}"), BTreeMap::from([(format!("{at:0>200}"), used)]));
        Day { day, currency: "USD".to_owned(), used: (0..agents).map(agent).collect(), ..Day::default() }
    }

    #[test]
    fn the_newest_days_are_kept_and_read_back() {
        let mut days = Days::default();
        assert_eq!(Days::parse(&days.to_text().expect("it has a form")).expect("it reads"), days);
        (0..200).for_each(|number| days.put(day(number, 2)));
        assert_eq!((days.count(), days.on(109), days.on(110).is_some()), (MOST_DAYS, None, true));
        assert_eq!(Days::parse(&days.to_text().expect("it has a form")).expect("it reads"), days);
        days.put(day(150, 1));
        assert_eq!((days.count(), days.on(150).map(|day| day.used.len())), (MOST_DAYS, Some(1)), "it takes its place");
    }

    #[test]
    fn the_text_has_a_bound_and_loses_the_oldest() {
        let mut days = Days::default();
        (0..90).for_each(|number| days.put(day(number, 2 * MOST_LINES)));
        let text = days.to_text().expect("it has a form");
        assert!(text.len() <= MOST_BYTES && text.len() > MOST_BYTES / 2, "{}", text.len());
        let kept = Days::parse(&text).expect("it reads");
        assert!(kept.count() < 90 && kept.on(89) == days.on(89) && kept.on(0).is_none(), "{}", kept.count());
    }
}
