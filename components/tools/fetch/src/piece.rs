//! A piece of a long text, counted in characters.

use crate::Error;

/// How many characters a piece has when nobody says.
pub const USUAL: u32 = 20_000;
/// How many it may have.
pub const MOST: u32 = 100_000;

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The piece.
    pub text: &'a str,
    /// How many characters the whole has.
    pub characters: u32,
    /// Where the next piece begins, if there is one.
    pub next: Option<u32>,
}

/// How many characters a piece may have, as it was asked for.
///
/// # Errors
/// `invalid` for none, and for too many.
pub fn most(asked: Option<u32>) -> Result<u32, Error> {
    match asked.unwrap_or(USUAL) {
        0 => Err(Error::Invalid(format!("`max-chars` is 0, which reads nothing: ask for 1 to {MOST}"))),
        many if many > MOST => Err(Error::Invalid(format!(
            "`max-chars` is {many}, and a piece has at most {MOST} characters: read several, with `start`"
        ))),
        most => Ok(most),
    }
}

/// Cuts a piece out. It ends where a line ends, when there is one near.
///
/// # Errors
/// `invalid` for a beginning behind the end.
pub fn cut(text: &str, start: u32, most: u32) -> Result<Piece<'_>, Error> {
    let characters = count(text);
    if start > characters || (start == characters && start > 0) {
        return Err(Error::Invalid(format!(
            "`start` is {start}, and the text has {characters} characters: begin with 0, then go on where `next` says"
        )));
    }
    let at = |characters: u32| text.char_indices().nth(characters as usize).map_or(text.len(), |(at, _)| at);
    let (begin, end) = (at(start), at(start.saturating_add(most)));
    let whole = &text[begin..end];
    if end == text.len() {
        return Ok(Piece { text: whole, characters, next: None });
    }
    // Not in the middle of a line, where less than a tenth is lost by it.
    let line = whole.rfind('\n').map(|line| line + 1).filter(|line| *line >= whole.len() - whole.len() / 10);
    let piece = &whole[..line.unwrap_or(whole.len())];
    Ok(Piece { text: piece, characters, next: Some(start + count(piece)) })
}

fn count(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}
