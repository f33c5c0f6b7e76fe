//! What errors have in common: how a value is shown, how a number is bounded, how a limit is told.

use crate::{Error, Exhaustion};

/// How many characters of a value are shown.
const SHOWN: usize = 160;

/// A value in backticks: cut where it is long, with signs in place of what would not show.
pub fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// A number that was asked for, within its bounds.
///
/// # Errors
/// `invalid` for 0, and for too much.
pub fn bounded(name: &str, asked: Option<u32>, usual: u32, most: u32) -> Result<u32, Error> {
    match asked.unwrap_or(usual) {
        0 => Err(Error::Invalid(format!("`{name}` is 0, which asks for nothing: ask for 1 to {most}"))),
        many if many > most => {
            Err(Error::Invalid(format!("`{name}` is {many}, and {most} is the most: ask several times")))
        }
        fitting => Ok(fitting),
    }
}

/// A limit that was reached.
pub fn exhausted(limit: &str, detail: String) -> Error {
    Error::Exhausted(Exhaustion { limit: limit.into(), detail, renews: None })
}

/// A count, as the contract has it.
pub fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
