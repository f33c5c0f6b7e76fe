//! Sums and differences, by the calendar of the time's zone.

use jiff::fmt::friendly::{Designator, Spacing, SpanPrinter};
use jiff::{RoundMode, Span, SpanRelativeTo, SpanRound, Unit, Zoned, ZonedDifference};

/// The longest span that is read.
pub const LONGEST: usize = 200;

/// How far apart two times are.
#[derive(Debug, Clone, PartialEq)]
pub struct Apart {
    /// In words.
    pub words: String,
    /// By ISO 8601.
    pub iso: String,
    /// In the unit that was asked for.
    pub total: f64,
}

/// A time and a span later, or earlier.
///
/// # Errors
/// In words: for a text that is no span, and for a time that no calendar has.
pub fn add(time: &Zoned, span: &str) -> Result<Zoned, String> {
    let span = span.trim();
    const NEXT: &str = "write for example `3 days`, `2 weeks 4 hours`, `-1 month`, `90 minutes ago` or `P1Y2M`";
    if span.is_empty() || span.len() > LONGEST {
        return Err(format!("a span has 1 to {LONGEST} bytes, and this has {}: {NEXT}", span.len()));
    }
    // "3 days and 4 hours", "in 3 days".
    let plain = span.strip_prefix("in ").unwrap_or(span).replace(" and ", " ");
    let parsed: Span =
        plain.parse().map_err(|error| format!("`{}` is no span ({error}): {NEXT}", span.escape_debug()))?;
    time.checked_add(parsed).map_err(|error| {
        format!(
            "`{}` from `{time}` is a time that I cannot reach ({error}): stay between the years -9999 and 9999",
            span.escape_debug()
        )
    })
}

/// How far it is from one time to another, told from a unit downward.
///
/// # Errors
/// Never for times that were read.
pub fn between(start: &Zoned, end: &Zoned, unit: Unit) -> Result<Apart, String> {
    let failed = |error: jiff::Error| format!("`{start}` and `{end}` cannot be compared: {error}");
    // In the zone of the first: days are counted on one calendar.
    let end = end.with_time_zone(start.time_zone().clone());
    let difference = ZonedDifference::new(&end).largest(unit).smallest(Unit::Second).mode(RoundMode::Trunc);
    let span = start.until(difference).map_err(failed)?;
    let total = span.total((unit, SpanRelativeTo::from(start))).map_err(failed)?;
    let span = span.round(SpanRound::new().largest(unit).relative(start)).map_err(failed)?;
    let printer = SpanPrinter::new().designator(Designator::Verbose).spacing(Spacing::BetweenUnitsAndDesignators);
    Ok(Apart { words: printer.span_to_string(&span), iso: span.to_string(), total })
}
