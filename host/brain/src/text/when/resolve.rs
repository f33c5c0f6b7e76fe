//! From what was said to milliseconds: the library finds the point, and the calendar the stretch around it.

use crate::text::when::Period;
use crate::text::when::openers::Opener;
use crate::text::when::pattern::Term;
use crate::text::when::phrase::Phrase;
use crate::text::when::slots::Taken;
use crate::text::when::table::{Means, Seen, Unit};
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan, Zoned};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The library is asked no more often than this for one question.
const CALLS: u32 = 64;

/// A leap day comes back after at most so many years.
const LEAP: i16 = 8;

/// The moment of a question.
#[derive(Debug)]
pub(crate) struct Clock {
    now: u64,
    local: Zoned,
    calls: Cell<u32>,
}

impl Clock {
    /// None when the moment is beyond what calendars know.
    pub(crate) fn new(now: u64, zone: &TimeZone) -> Option<Clock> {
        let moment = Timestamp::from_millisecond(i64::try_from(now).ok()?).ok()?;
        Some(Clock { now, local: moment.to_zoned(zone.clone()), calls: Cell::new(0) })
    }

    /// The stretch that a phrase means, if it has begun.
    pub(crate) fn period(&self, phrase: &Phrase) -> Option<Period> {
        let period = match (phrase.opener, &phrase.other) {
            (_, Some(other)) => self.both(&phrase.term, other)?,
            (opener, None) => self.opened(opener, self.term(&phrase.term, self.local.date())?),
        };
        (period.from < period.until && period.from <= self.now).then_some(period)
    }

    fn opened(&self, opener: Opener, said: Period) -> Period {
        match opener {
            Opener::In | Opener::On | Opener::Pair => said,
            Opener::Since => Period { from: said.from, until: self.now },
            Opener::After => Period { from: said.until, until: self.now },
            Opener::Before => Period { from: 0, until: said.from },
            Opener::Until => Period { from: 0, until: said.until },
        }
    }

    /// From one to the other, whichever comes first. Without a year, the first is the latest before the second.
    fn both(&self, term: &Term, other: &Term) -> Option<Period> {
        let end = self.term(other, self.local.date())?;
        let start = self.term(term, self.date(end.until.checked_sub(1)?)?)?;
        Some(Period { from: start.from.min(end.from), until: start.until.max(end.until) })
    }

    /// The stretch that a time means. Of what comes every week or year, one is taken that has begun on the day `seen`.
    fn term(&self, term: &Term, seen: Date) -> Option<Period> {
        let read = |english: &str| self.point(&term.taken.english(english), self.local.clone());
        match term.means {
            Means::Whole(unit, point) => self.whole(unit, &read(point)?),
            Means::Ago(point) => self.whole(term.taken.unit?, &read(point)?),
            Means::Spread(first, last) => {
                let (first, last) = (read(first)?, read(last)?);
                match term.taken.unit? {
                    Unit::Minute | Unit::Hour => self.between(&first, &last),
                    unit => self.days(unit.around(first.date())?.0, unit.around(last.date())?.1),
                }
            }
            Means::Past(point) => {
                let point = read(point)?;
                let from = match term.taken.unit {
                    Some(Unit::Minute | Unit::Hour) => point,
                    _ => point.start_of_day().ok()?,
                };
                self.between(&from, &self.local)
            }
            Means::Hours(first, last, point) => {
                let day = read(point)?.date();
                self.between(&self.hour(day, first)?, &self.hour(day, last)?)
            }
            Means::Yearly(_, _, which) | Means::Weekday(which) | Means::Easter(which) => self.which(term, which, seen),
            Means::Now => Some(Period { from: self.now, until: self.now }),
            Means::Ahead => None,
        }
    }

    /// One of those that come every week or year.
    fn which(&self, term: &Term, which: Seen, seen: Date) -> Option<Period> {
        let today = self.local.date();
        match which {
            Seen::Begun => self.latest(term, seen),
            Seen::Over => {
                let latest = self.latest(term, seen)?;
                if latest.until <= self.now {
                    return Some(latest);
                }
                self.latest(term, self.date(latest.from)?.yesterday().ok()?)
            }
            Seen::Current => self
                .latest(term, today)
                .filter(|latest| self.now < latest.until)
                .or_else(|| self.latest(term, cycle(term, today)?.1)),
            Seen::Before => self.latest(term, cycle(term, today)?.0.yesterday().ok()?),
        }
    }

    /// The latest that has begun on this day.
    fn latest(&self, term: &Term, seen: Date) -> Option<Period> {
        let mut years = (seen.year() - LEAP..=seen.year()).rev();
        match term.means {
            Means::Weekday(_) => {
                let base = seen.at(12, 0, 0, 0).to_zoned(self.local.time_zone().clone()).ok()?;
                let point = self.point(&term.taken.english("last {weekday}"), base)?;
                self.whole(Unit::Day, &point)
            }
            Means::Easter(_) => {
                let easter = years.find_map(|year| easter(year).filter(|easter| *easter <= seen))?;
                self.days(easter, easter.checked_add(2.days()).ok()?)
            }
            Means::Yearly(unit, english, _) => {
                // Other days than the last of February are there every year, or never.
                let leaps = (term.taken.day, term.taken.month) == (Some(29), Some(2));
                let of = |year: i16| {
                    let taken = Taken { year: u16::try_from(year).ok(), ..term.taken };
                    self.point(&taken.english(english), self.local.clone()).filter(|point| point.date() <= seen)
                };
                let point = years.by_ref().take(if leaps { usize::MAX } else { 2 }).find_map(of)?;
                self.whole(unit, &point)
            }
            _ => None,
        }
    }

    /// What the library makes of these words. A panic of its would be a fault of its, and no reason to fail.
    fn point(&self, english: &str, base: Zoned) -> Option<Zoned> {
        if self.calls.replace(self.calls.get() + 1) >= CALLS {
            return None;
        }
        catch_unwind(AssertUnwindSafe(|| interim::parse_date_string(english, base, interim::Dialect::Uk).ok())).ok()?
    }

    /// The unit in which the point lies. Hours and minutes are as vague as they are long ago: an hour ago is between
    /// half an hour and one and a half ago.
    fn whole(&self, unit: Unit, point: &Zoned) -> Option<Period> {
        if let Unit::Minute | Unit::Hour = unit {
            let ago = self.now.checked_sub(milliseconds(point)?)?;
            return Some(Period { from: self.now.saturating_sub(ago + ago / 2), until: self.now - ago / 2 });
        }
        let (first, after) = unit.around(point.date())?;
        self.days(first, after)
    }

    fn days(&self, first: Date, after: Date) -> Option<Period> {
        self.between(&self.hour(first, 0)?, &self.hour(after, 0)?)
    }

    /// An hour of a day, counted from its midnight: 30 is six in the morning after.
    fn hour(&self, day: Date, hour: u8) -> Option<Zoned> {
        let day = day.checked_add(Span::new().days(hour / 24)).ok()?;
        day.at(i8::try_from(hour % 24).ok()?, 0, 0, 0).to_zoned(self.local.time_zone().clone()).ok()
    }

    /// None of what ended before 1970.
    fn between(&self, first: &Zoned, after: &Zoned) -> Option<Period> {
        let from = u64::try_from(first.timestamp().as_millisecond()).unwrap_or(0);
        Some(Period { from, until: milliseconds(after)? })
    }

    fn date(&self, moment: u64) -> Option<Date> {
        let moment = Timestamp::from_millisecond(i64::try_from(moment).ok()?).ok()?;
        Some(moment.to_zoned(self.local.time_zone().clone()).date())
    }
}

impl Unit {
    /// The first day of the unit in which a day lies, and the first after it.
    fn around(self, day: Date) -> Option<(Date, Date)> {
        let month = day.first_of_month();
        let (first, long) = match self {
            Unit::Minute | Unit::Hour | Unit::Day => (day, 1.day()),
            Unit::Days(days) => (day, Span::new().days(days)),
            Unit::Weekend => (monday(day)?.checked_add(5.days()).ok()?, 2.days()),
            Unit::Week => (monday(day)?, 1.week()),
            Unit::Month => (month, 1.month()),
            Unit::Quarter => (month.checked_sub(Span::new().months((day.month() - 1) % 3)).ok()?, 3.months()),
            Unit::Season => (month, 3.months()),
            Unit::Year => (day.first_of_year(), 1.year()),
        };
        Some((first, first.checked_add(long).ok()?))
    }
}

fn milliseconds(moment: &Zoned) -> Option<u64> {
    u64::try_from(moment.timestamp().as_millisecond()).ok()
}

fn monday(day: Date) -> Option<Date> {
    day.checked_sub(Span::new().days(day.weekday().since(Weekday::Monday))).ok()
}

/// The first and the last day of the week or year after which this comes again.
fn cycle(term: &Term, today: Date) -> Option<(Date, Date)> {
    let unit = if let Means::Weekday(_) = term.means { Unit::Week } else { Unit::Year };
    let (first, after) = unit.around(today)?;
    Some((first, after.yesterday().ok()?))
}

/// Easter Sunday, by the rule of the Gregorian calendar as Meeus, Jones and Butcher wrote it down.
fn easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let (golden, century, rest) = (y % 19, y / 100, y % 100);
    let skipped = (century - (century + 8) / 25 + 1) / 3;
    let moon = (19 * golden + century - century / 4 - skipped + 15) % 30;
    let sunday = (32 + 2 * (century % 4) + 2 * (rest / 4) - moon - rest % 4) % 7;
    let late = (golden + 11 * moon + 22 * sunday) / 451;
    let day = moon + sunday - 7 * late + 114;
    Date::new(year, i8::try_from(day / 31).ok()?, i8::try_from(day % 31 + 1).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_is_where_the_almanacs_have_it() {
        for (year, month, day) in
            [(1961, 4, 2), (2000, 4, 23), (2008, 3, 23), (2024, 3, 31), (2025, 4, 20), (2038, 4, 25)]
        {
            assert_eq!(easter(year), Date::new(year, month, day).ok());
        }
    }

    #[test]
    fn the_library_is_asked_only_so_often_and_its_panics_stay_with_it() {
        let clock = Clock::new(1_762_961_400_000, &TimeZone::UTC).expect("a clock");
        // An hour in capitals is a panic of interim 0.2.2. No text of a question comes to it so.
        assert_eq!(clock.point("4 july 2017 9 X", clock.local.clone()), None);
        let asked = (0..200).filter(|_| clock.point("today", clock.local.clone()).is_some()).count();
        assert_eq!(asked, CALLS as usize - 1);
    }
}
