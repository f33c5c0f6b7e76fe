//! Times, and the table of figures.

use std::fmt;
use std::time::{Duration, Instant};

/// How long something took, each time.
#[derive(Default, Clone)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    /// Does something and notes how long it took.
    pub(crate) fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let done = work();
        self.0.push(begun.elapsed());
        done
    }

    /// Notes the middle one of some times.
    pub(crate) fn add_middle(&mut self, times: &Times) {
        self.0.push(Duration::from_secs_f64(times.p50()));
    }

    /// The time within which such a share of them was done.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let last = sorted.len().saturating_sub(1);
        sorted.get((last as f64 * share).round() as usize).map_or(f64::NAN, Duration::as_secs_f64)
    }

    pub(crate) fn p50(&self) -> f64 {
        self.quantile(0.5)
    }

    pub(crate) fn p99(&self) -> f64 {
        self.quantile(0.99)
    }

    /// Both, for people.
    pub(crate) fn show(&self) -> String {
        format!("{} / {}", time(self.p50()), time(self.p99()))
    }
}

/// Does something; answers with it and with how many seconds it took.
pub(crate) fn clocked<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let begun = Instant::now();
    let done = work();
    (done, begun.elapsed().as_secs_f64())
}

/// Seconds, for people.
pub(crate) fn time(seconds: f64) -> String {
    match seconds {
        s if s < 1e-3 => format!("{:.1} µs", s * 1e6),
        s if s < 1.0 => format!("{:.2} ms", s * 1e3),
        s => format!("{s:.2} s"),
    }
}

/// What a figure should be.
pub(crate) enum Bound {
    /// At most so much of a unit.
    Most(f64, &'static str),
    /// At least so much of a unit.
    Least(f64, &'static str),
    /// Only to be known.
    None(&'static str),
}

/// What was found, a line a figure.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<[String; 5]>,
    missed: usize,
    errors: Vec<String>,
}

impl Table {
    /// A figure: what was measured, what it comes from, the figure in the bound's unit, and the bound.
    pub(crate) fn row(&mut self, what: impl Into<String>, from: impl Into<String>, figure: f64, bound: Bound) {
        let (wanted, met, unit) = match bound {
            Bound::Most(most, unit) => (format!("≤ {most}{unit}"), figure <= most, unit),
            Bound::Least(least, unit) => (format!("≥ {least}{unit}"), figure >= least, unit),
            Bound::None(unit) => (String::new(), true, unit),
        };
        let word = match (wanted.is_empty(), met) {
            (true, _) => "",
            (false, true) => "ok",
            (false, false) => "MISSED",
        };
        self.missed += usize::from(!met);
        let digits = if figure.abs() < 10.0 && figure.fract() != 0.0 { 2 } else { 0 };
        let row = [what.into(), from.into(), format!("{figure:.digits$}{unit}"), wanted, word.to_owned()];
        eprintln!("    {}", row.join("   "));
        self.rows.push(row);
    }

    /// A figure that could not be measured.
    pub(crate) fn failed(&mut self, what: &str, error: impl fmt::Display) {
        eprintln!("    error: {error}");
        self.errors.push(format!("{what}: {error}"));
    }

    /// Whether everything could be measured.
    pub(crate) fn is_whole(&self) -> bool {
        self.errors.is_empty()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["what", "brain | the other", "figure", "bound", ""].map(str::to_owned);
        let width = |column: usize| {
            self.rows.iter().chain([&head]).map(|row| row[column].chars().count()).max().unwrap_or_default()
        };
        let widths = [0, 1, 2, 3, 4].map(width);
        for row in [&head].into_iter().chain(&self.rows) {
            let line: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
            writeln!(f, "{}", line.join("  ").trim_end())?;
        }
        let bounds = self.rows.iter().filter(|row| !row[3].is_empty()).count();
        writeln!(f, "{} of {bounds} bounds met", bounds - self.missed)?;
        self.errors.iter().try_for_each(|error| writeln!(f, "not measured: {error}"))
    }
}
