//! A step as it is kept: JSON.

use crate::{State, Step};
use serde::{Deserialize, Serialize};

/// How many characters a step may have.
pub const LONGEST: usize = 500;

#[derive(Serialize, Deserialize)]
struct Kept<'t> {
    state: u8,
    text: std::borrow::Cow<'t, str>,
}

/// A step's words, as they are kept.
///
/// # Errors
/// For none, and for too many.
pub fn words(text: &str) -> Result<&str, String> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err("a step has no words: say what is to be done".into()),
        long if long > LONGEST => {
            Err(format!("a step has {long} characters, and may have {LONGEST}: make several of it"))
        }
        _ => Ok(text),
    }
}

/// The value that stands for a step.
///
/// # Errors
/// Never: it can be written.
pub fn write(step: &Step) -> Result<Vec<u8>, String> {
    let state = match step.state {
        State::Open => 0,
        State::Doing => 1,
        State::Done => 2,
        State::Dropped => 3,
    };
    serde_json::to_vec(&Kept { state, text: step.text.as_str().into() }).map_err(|error| error.to_string())
}

/// The step that a value stands for; nothing for what this tool did not write.
pub fn read(number: u32, value: &[u8]) -> Option<Step> {
    let Kept { state, text } = serde_json::from_slice(value).ok()?;
    let state = match state {
        0 => State::Open,
        1 => State::Doing,
        2 => State::Done,
        3 => State::Dropped,
        _ => return None,
    };
    Some(Step { number, state, text: text.into_owned() })
}
