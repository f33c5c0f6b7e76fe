//! Who is in: sessions, each known by its digest, with an end however much it is used, and an earlier one when it is not.

use super::digest;
use loket_gateways::desk::Visitor;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// The most sessions of a home; the one that was not used for the longest time goes first.
pub(super) const MOST: usize = 32;
/// How long a session lasts that is not used, in milliseconds: a week.
pub(crate) const IDLE: u64 = 7 * DAY;
/// How long one lasts at most: thirty days.
pub(crate) const LASTS: u64 = 30 * DAY;
const DAY: u64 = 24 * 60 * 60 * 1000;
/// How old what is kept of a session's use may be before it is written anew: half a day.
const STALE: u64 = DAY / 2;
/// The most characters of what a browser says of itself.
pub(crate) const BROWSER: usize = 120;
/// How long what a session is shown as is, in characters.
const SHOWN: usize = 64;

/// What is kept of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    /// Its name in the list: the beginning of its digest.
    pub(crate) id: String,
    digest: String,
    /// When it began, in milliseconds since 1970.
    pub(crate) since: u64,
    /// When it was last shown, as far as it is kept.
    pub(crate) seen: u64,
    /// What the browser said of itself.
    pub(crate) browser: String,
}

impl Row {
    pub(super) fn new(digest: String, browser: &str, now: u64) -> Row {
        let plain = browser.chars().filter(|c| !c.is_control()).take(BROWSER);
        Row { id: digest[..16].to_owned(), digest, since: now, seen: now, browser: plain.collect() }
    }

    /// When it ends, if nobody shows it until then.
    pub(crate) fn until(&self) -> u64 {
        self.since.saturating_add(LASTS).min(self.seen.saturating_add(IDLE))
    }
}

/// A session in force, and what ends with it.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) row: Row,
    /// When it was last written down that it was shown.
    kept: u64,
    gone: CancellationToken,
}

impl Held {
    fn of(row: Row) -> Held {
        Held { kept: row.seen, row, gone: CancellationToken::new() }
    }

    /// Whoever shows it.
    pub(crate) fn visitor(&self, now: u64) -> Visitor {
        let left = Duration::from_millis(self.row.since.saturating_add(LASTS).saturating_sub(now));
        Visitor { revoked: self.gone.clone(), until: Some(Instant::now() + left), ..Visitor::owner() }
    }
}

/// The sessions of a home.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Vec<Held>);

impl Sessions {
    pub(super) fn of(rows: Vec<Row>) -> Sessions {
        Sessions(rows.into_iter().map(Held::of).collect())
    }

    /// Those of a file in place of these. Whatever goes on in one that is gone, ends.
    pub(super) fn replace(&mut self, rows: Vec<Row>) {
        let mut left = std::mem::take(&mut self.0);
        for row in rows {
            let same = left.iter().position(|held| held.row.digest == row.digest);
            self.0.push(same.map_or_else(|| Held::of(row), |at| left.swap_remove(at)));
        }
        left.iter().for_each(|held| held.gone.cancel());
    }

    pub(crate) fn rows(&self) -> Vec<Row> {
        self.0.iter().map(|held| held.row.clone()).collect()
    }

    /// Begins one for whoever shows this text from now on.
    pub(crate) fn begin(&mut self, shown: &str, browser: &str, now: u64) -> Row {
        self.drop_those(|row| row.until() <= now);
        while self.0.len() >= MOST {
            let Some(oldest) = self.0.iter().min_by_key(|held| held.row.seen).map(|held| held.row.id.clone()) else {
                break;
            };
            self.end(&oldest);
        }
        let row = Row::new(digest(shown), browser, now);
        self.0.push(Held::of(row.clone()));
        row
    }

    /// The session of whoever shows this now; whether it should be written down that it was shown.
    pub(crate) fn shown(&mut self, shown: &str, now: u64) -> Option<(Held, bool)> {
        if shown.len() != SHOWN {
            return None;
        }
        let digest = blake3::hash(shown.as_bytes());
        // Hashes compare in constant time.
        let is_it = |held: &&mut Held| blake3::Hash::from_hex(&held.row.digest).is_ok_and(|own| own == digest);
        let held = self.0.iter_mut().find(is_it)?;
        if held.row.until() <= now {
            let id = held.row.id.clone();
            self.end(&id);
            return None;
        }
        held.row.seen = now.max(held.row.seen);
        let stale = now.saturating_sub(held.kept) > STALE;
        if stale {
            held.kept = now;
        }
        Some((held.clone(), stale))
    }

    /// Ends one; whether there was one.
    pub(crate) fn end(&mut self, id: &str) -> bool {
        self.drop_those(|row| row.id == id) > 0
    }

    /// Ends all but one; how many.
    pub(crate) fn end_others(&mut self, id: &str) -> usize {
        self.drop_those(|row| row.id != id)
    }

    fn drop_those(&mut self, meant: impl Fn(&Row) -> bool) -> usize {
        let before = self.0.len();
        self.0.retain(|held| {
            let gone = meant(&held.row);
            if gone {
                held.gone.cancel();
            }
            !gone
        });
        before - self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(letter: char) -> String {
        std::iter::repeat_n(letter, SHOWN).collect()
    }

    #[test]
    fn a_session_ends_when_it_is_not_used_and_at_last_in_any_case() {
        let mut sessions = Sessions::default();
        sessions.begin(&text('a'), "one", 0);
        assert!(sessions.shown(&text('a'), IDLE - 1).is_some());
        assert!(sessions.shown(&text('a'), 2 * IDLE - 1).is_none(), "nobody showed it for a week");
        sessions.begin(&text('b'), "two", 0);
        for day in 1..30 {
            assert!(sessions.shown(&text('b'), day * DAY).is_some(), "{day}");
        }
        assert!(sessions.shown(&text('b'), LASTS).is_none());
        assert!(sessions.rows().is_empty());
    }

    #[test]
    fn only_the_whole_text_is_a_session() {
        let mut sessions = Sessions::default();
        sessions.begin(&text('a'), "one", 0);
        let digest = sessions.rows()[0].digest.clone();
        for wrong in ["", &text('b'), &text('a')[1..], &digest, &text('a').to_uppercase()] {
            assert!(sessions.shown(wrong, 1).is_none(), "{wrong}");
        }
    }

    #[test]
    fn whatever_goes_on_in_a_session_ends_with_it_and_others_go_on() {
        let mut sessions = Sessions::default();
        let [one, two] = ['a', 'b'].map(|letter| sessions.begin(&text(letter), "x", 0).id);
        let visitors = ['a', 'b'].map(|letter| sessions.shown(&text(letter), 1).expect("good").0.visitor(1));
        assert!(sessions.end(&one) && !sessions.end(&one));
        assert_eq!([true, false], [&visitors[0], &visitors[1]].map(|visitor| visitor.revoked.is_cancelled()));
        sessions.begin(&text('c'), "x", 0);
        assert_eq!(sessions.end_others(&two), 1);
        assert!(!visitors[1].revoked.is_cancelled());
        sessions.replace(vec![]);
        assert!(visitors[1].revoked.is_cancelled());
    }

    #[test]
    fn there_are_never_more_than_so_many_and_the_longest_unused_goes() {
        let mut sessions = Sessions::default();
        for at in 0..MOST + 3 {
            sessions.begin(&format!("{at:064}"), "x", at as u64);
        }
        assert_eq!(sessions.rows().len(), MOST);
        assert!(sessions.shown(&format!("{:064}", 2), 99).is_none());
        assert!(sessions.shown(&format!("{:064}", 3), 99).is_some());
    }

    #[test]
    fn its_use_is_written_down_twice_a_day_and_no_more() {
        let mut sessions = Sessions::default();
        sessions.begin(&text('a'), "x", 0);
        let stale =
            [1, STALE + 1, STALE + 2, 2 * STALE + 2].map(|now| sessions.shown(&text('a'), now).expect("good").1);
        assert_eq!(stale, [false, true, false, true]);
    }

    #[test]
    fn what_a_browser_says_of_itself_is_short_and_plain() {
        let row = Row::new("d".repeat(64), &format!("a\u{1b}[1m\n{}", "x".repeat(500)), 0);
        assert!(row.browser.len() == BROWSER && row.browser.starts_with("a[1mxx"), "{}", row.browser);
    }
}
