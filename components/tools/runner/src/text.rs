//! What a program wrote: its end, where it is long, as that says most.

use crate::Error;
use crate::wit::Output;

/// How many characters are given when nobody says.
const USUAL: u32 = 16_000;
/// How many may be asked for.
const MOST: u32 = 50_000;

/// How many characters are given.
///
/// # Errors
/// `invalid` for none, and for too many.
pub fn most(asked: Option<u32>) -> Result<usize, Error> {
    match asked.unwrap_or(USUAL) {
        0 => Err(Error::Invalid(format!("`max-chars` is 0, which reads nothing: ask for 1 to {MOST}"))),
        many if many > MOST => Err(Error::Invalid(format!(
            "`max-chars` is {many}, and at most {MOST} are given: have the program write less, or write into a file"
        ))),
        most => Ok(most as usize),
    }
}

/// The text, or its end, with notes on what is left out.
pub fn cut(output: &Output, most: usize) -> String {
    let text = output.text.as_str();
    let characters = text.chars().count();
    let mut told = String::new();
    if characters > most {
        let left_out = characters - most;
        told.push_str(&format!("[the first {left_out} characters are left out]\n"));
        told.push_str(text.char_indices().nth(left_out).map_or("", |(at, _)| &text[at..]));
    } else {
        told.push_str(text);
    }
    if output.dropped > 0 {
        told.push_str(&format!(
            "\n[{} bytes that came after this are lost: the owner's limit was reached]",
            output.dropped
        ));
    }
    told
}
