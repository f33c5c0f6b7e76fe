//! The named functions, and what each takes.

use crate::evaluate::too_large;
use rust_decimal::{Decimal, MathematicalOps as _, RoundingStrategy};

/// The functions with their arguments, for error texts.
pub const NAMES: &str =
    "`sqrt(x)`, `abs(x)`, `round(x)`, `round(x, digits)`, `min(a, b, ...)`, `max(a, b, ...)` or `percent(p, x)`";

/// Calls a function.
///
/// # Errors
/// In words: for an unknown name, for the wrong number of arguments, and where there is no result.
pub fn call(name: &str, arguments: &[Decimal]) -> Result<Decimal, String> {
    match (name, arguments) {
        ("sqrt", [x]) => x.sqrt().ok_or_else(|| format!("`{x}` has no square root, because it is below zero")),
        ("abs", [x]) => Ok(x.abs()),
        ("round", [x]) => Ok(round(*x, 0)),
        ("round", [x, digits]) => match u32::try_from(*digits) {
            Ok(digits) if arguments[1].is_integer() && digits <= Decimal::MAX_SCALE => Ok(round(*x, digits)),
            _ => Err(format!("`round` keeps 0 to 28 digits after the point, not `{digits}`")),
        },
        ("min", [first, rest @ ..]) => Ok(rest.iter().fold(*first, |least, x| least.min(*x))),
        ("max", [first, rest @ ..]) => Ok(rest.iter().fold(*first, |most, x| most.max(*x))),
        ("percent", [p, x]) => {
            p.checked_mul(*x).and_then(|product| product.checked_div(Decimal::ONE_HUNDRED)).ok_or_else(too_large)
        }
        ("sqrt" | "abs" | "round" | "min" | "max" | "percent", _) => {
            Err(format!("`{name}` does not take {} arguments; there are {NAMES}", arguments.len()))
        }
        _ => Err(format!("there is no function `{name}`; there are {NAMES}")),
    }
}

/// Rounds as people do on paper: a five goes away from zero.
fn round(x: Decimal, digits: u32) -> Decimal {
    x.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
}
