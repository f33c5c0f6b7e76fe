//! Clocks, rounds and the table, and how a benchmark with several figures runs.

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::time::{ClockId, clock_gettime};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::process::ExitCode;
use std::time::Duration;

/// Whatever stops a measurement.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// A measurement, which adds its figures to the table.
pub(crate) type Figure = fn(&mut Table) -> Outcome<()>;

/// Measures the figures that are named on the command line, or all, and prints the table.
pub(crate) fn run(figures: &[(&str, Figure)]) -> ExitCode {
    // Cargo adds `--bench`.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let mut table = Table::default();
    for (name, figure) in figures {
        if !wanted.is_empty() && !wanted.iter().any(|w| w == name) {
            continue;
        }
        eprintln!("==> {name}");
        if let Err(error) = figure(&mut table) {
            table.failed(name, &*error);
        }
    }
    print!("{table}");
    if table.is_whole() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A clock that counts time on a processor.
pub(crate) type Clock = fn() -> Duration;

/// CPU time of this process, all its threads together.
pub(crate) fn process_time() -> Duration {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}

/// CPU time of this thread.
pub(crate) fn thread_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}

/// CPU time of the processes that this one started and that have ended.
pub(crate) fn children_time() -> Duration {
    let of = |usage: Usage| {
        [usage.user_time(), usage.system_time()]
            .into_iter()
            .map(|t| Duration::from_micros(t.tv_sec() as u64 * 1_000_000 + t.tv_usec() as u64))
            .sum()
    };
    getrusage(UsageWho::RUSAGE_CHILDREN).map_or(Duration::ZERO, of)
}

/// The middle one.
pub(crate) fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The one below which such a share of them lies.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
}

/// Two ways of doing one thing, in nanoseconds each, and how many times the second the first costs.
pub(crate) struct Versus {
    pub(crate) ours: f64,
    pub(crate) theirs: f64,
    pub(crate) ratio: f64,
}

/// Measures two ways in turn, after one round that warms up.
pub(crate) fn versus<T>(
    rounds: usize,
    mut ours: impl FnMut() -> Result<f64, T>,
    mut theirs: impl FnMut() -> Result<f64, T>,
) -> Result<Versus, T> {
    ours()?;
    theirs()?;
    let (mut a, mut b, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (x, y) = (ours()?, theirs()?);
        a.push(x);
        b.push(y);
        ratios.push(x / y);
    }
    Ok(Versus { ours: median(&a), theirs: median(&b), ratio: median(&ratios) })
}

/// A time in nanoseconds, readable.
pub(crate) fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        n if n < 1e3 => format!("{n:.0} ns"),
        n if n < 1e6 => format!("{:.1} µs", n / 1e3),
        n => format!("{:.1} ms", n / 1e6),
    }
}

/// What was found, a line a figure.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<[String; 5]>,
    errors: Vec<String>,
}

/// What a figure should be.
pub(crate) enum Target {
    /// At most so much.
    Most(f64, &'static str),
    /// At least so much.
    Least(f64, &'static str),
    /// Only to be known.
    None,
}

impl Table {
    /// A figure: what was measured, the times behind it, the figure in the target's unit, and the target.
    pub(crate) fn row(&mut self, what: &str, times: String, figure: f64, target: Target) {
        let (wanted, met, unit) = match target {
            Target::Most(most, unit) => {
                (format!("≤ {most}{unit}"), if figure <= most { "met" } else { "MISSED" }, unit)
            }
            Target::Least(least, unit) => {
                (format!("≥ {least}{unit}"), if figure >= least { "met" } else { "MISSED" }, unit)
            }
            Target::None => (String::new(), "", "×"),
        };
        let digits = if figure < 10.0 && figure.fract() != 0.0 { 2 } else { 0 };
        let row = [what.to_owned(), times, format!("{figure:.digits$}{unit}"), wanted, met.to_owned()];
        eprintln!("    {}", row.join("   "));
        self.rows.push(row);
    }

    /// A figure that could not be measured.
    pub(crate) fn failed(&mut self, what: &str, error: &dyn Error) {
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
        let head = ["what", "medians", "figure", "target", ""].map(str::to_owned);
        let width =
            |column: usize| self.rows.iter().chain([&head]).map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths = [0, 1, 2, 3, 4].map(width);
        for row in [&head].into_iter().chain(&self.rows) {
            let line: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
            writeln!(f, "{}", line.join("  ").trim_end())?;
        }
        self.errors.iter().try_for_each(|error| writeln!(f, "not measured: {error}"))
    }
}

/// The system's allocator, with a count for each thread.
pub(crate) struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// How often this thread has allocated.
pub(crate) fn allocations() -> u64 {
    ALLOCATIONS.get()
}

#[expect(unsafe_code, reason = "an allocator cannot be written without; it passes everything on")]
// SAFETY: each function is the system allocator's own; a constant thread-local without a destructor never allocates.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        unsafe { System.realloc(place, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;
