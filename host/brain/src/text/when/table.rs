//! What the rows of the tables are made of: patterns on one side, meanings on the other.
//!
//! A row is a pattern and what it means. A pattern is a list of elements with spaces between them: words, alternatives
//! (`letzte|vorige`), or slots in braces, which `slots` fills. A meaning names a point in plain English, which the library
//! reads once its braces are filled, and which stretch around that point is meant.

/// A row of a table.
#[derive(Debug)]
pub(crate) struct Row {
    /// The pattern.
    pub(crate) said: &'static str,
    /// What it means.
    pub(crate) means: Means,
    /// It is a time wherever it stands, as `last week` is. Others are one only behind a word like `in` or `since`.
    pub(crate) alone: bool,
}

/// A row that is a time wherever it stands.
pub(crate) const fn alone(said: &'static str, means: Means) -> Row {
    Row { said, means, alone: true }
}

/// A row that is a time only behind a word like `in`, `on` or `since`.
pub(crate) const fn named(said: &'static str, means: Means) -> Row {
    Row { said, means, alone: false }
}

/// What a row means. Text is English for the library.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Means {
    /// The whole unit in which the point lies.
    Whole(Unit, &'static str),
    /// The same, with the unit that was said.
    Ago(&'static str),
    /// From the first point's whole unit to the second's, with the unit that was said: `a few days ago`.
    Spread(&'static str, &'static str),
    /// From the point's day (or, of hours and minutes, from the point itself) until now.
    Past(&'static str),
    /// From one hour of the point's day to another, counted from its midnight.
    Hours(u8, u8, &'static str),
    /// What comes once a year: the point with `{year}` still open.
    Yearly(Unit, &'static str, Seen),
    /// The weekday that was said.
    Weekday(Seen),
    /// Easter Sunday and Monday.
    Easter(Seen),
    /// This moment, which is the end of a stretch and no stretch by itself.
    Now,
    /// In the future, whatever it is exactly.
    Ahead,
}

/// Which one is meant of what comes every week or every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The latest that has begun: `in May`.
    Begun,
    /// The latest that is over: `last May`.
    Over,
    /// The one that is on, or else that of this week or year: `this May`.
    Current,
    /// That of the week or year before: `in May last year`.
    Before,
}

/// How wide a stretch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// As vague as it is long ago.
    Minute,
    /// As vague as it is long ago.
    Hour,
    /// Midnight to midnight.
    Day,
    /// So many days from the point on.
    Days(u8),
    /// Saturday and Sunday of the point's week.
    Weekend,
    /// Monday to Monday.
    Week,
    /// A month of the calendar.
    Month,
    /// Three months from January, April, July or October.
    Quarter,
    /// Three months from the point's month on.
    Season,
    /// A year of the calendar.
    Year,
}

impl Unit {
    /// As the library calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Unit::Minute => "minutes",
            Unit::Hour => "hours",
            Unit::Day | Unit::Days(_) => "days",
            Unit::Weekend | Unit::Week => "weeks",
            Unit::Month | Unit::Quarter | Unit::Season => "months",
            Unit::Year => "years",
        }
    }
}
