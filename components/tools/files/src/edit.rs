//! One text in a file replaced by another, and nothing else changed.

use crate::folders::Folders;
use crate::folders_wit::Patch;
use crate::near;
use crate::whole;
use crate::words::{count, exhausted, shown};
use crate::{Edited, Error, Occurrence};

/// The largest file that is edited, before and after, in bytes: what is written in one step.
pub const LARGEST: usize = 1 << 20;
/// How many lines are told.
pub const TOLD: usize = 100;
/// How many bytes apart two places are near each other.
const NEAR: usize = 32;
/// How many bytes all patches may have: what passes the counter in one call has an end.
const HEAVIEST: usize = 3 << 19;
/// How often it is tried while others write the same file.
const ATTEMPTS: usize = 8;
/// How many lines an error tells.
const NAMED: usize = 20;
/// So many occurrences are counted where one is wanted.
const COUNTED: usize = 1_000;

/// Edits a file.
///
/// # Errors
/// As the contract says.
pub fn edit(folders: &impl Folders, path: &str, old: &str, new: &str, occurrence: Occurrence) -> Result<Edited, Error> {
    if old.is_empty() {
        return Err(Error::Invalid(
            "`old` is empty: give the text to replace, or add text with `write` and the mode `append`".into(),
        ));
    }
    if old == new {
        return Err(Error::Invalid("`old` and `new` are the same: nothing would change".into()));
    }
    // Another edit of the same file may come in between, as when a model asks for several at once: then it is looked at again.
    for _ in 1..ATTEMPTS {
        match attempt(folders, path, old, new, occurrence) {
            Err(Error::Unavailable(_)) => {}
            done => return done,
        }
    }
    attempt(folders, path, old, new, occurrence)
}

fn attempt(folders: &impl Folders, path: &str, old: &str, new: &str, occurrence: Occurrence) -> Result<Edited, Error> {
    let bytes = whole::read(folders, path, LARGEST)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count();
        whole::no_text(path, error.as_bytes().len(), &format!("in line {line} there are bytes that are no UTF-8"))
    })?;
    let places = places(&text, path, old, occurrence)?;
    let size = text.len() - places.len() * old.len() + places.len().saturating_mul(new.len());
    if size > LARGEST {
        let detail = format!("{} would have {size} bytes, and {LARGEST} are the most: replace by less", shown(path));
        return Err(exhausted("file-size", detail));
    }
    let patches = patches(text.as_bytes(), &places, old.as_bytes(), new.as_bytes());
    let weight: usize = patches.iter().map(|patch| patch.old.len() + patch.new.len() + NEAR).sum();
    if weight > HEAVIEST {
        let detail = format!("`old` is in too much of {}: write the file anew, or replace less at once", shown(path));
        return Err(exhausted("patches", detail));
    }
    folders.edit(path, &patches)?;
    Ok(Edited { count: count(places.len()), lines: lines(&text, &places).into_iter().take(TOLD).collect() })
}

/// What is to be changed. What lies near together is one patch: each costs about as much as what it is told of.
fn patches(text: &[u8], places: &[usize], old: &[u8], new: &[u8]) -> Vec<Patch> {
    let mut patches: Vec<Patch> = Vec::new();
    let mut end = 0;
    for at in places {
        match patches.last_mut().filter(|_| at - end < NEAR) {
            Some(last) => {
                last.old.extend_from_slice(&text[end..*at]);
                last.new.extend_from_slice(&text[end..*at]);
                last.old.extend_from_slice(old);
                last.new.extend_from_slice(new);
            }
            None => patches.push(Patch { offset: *at as u64, old: old.to_vec(), new: new.to_vec() }),
        }
        end = at + old.len();
    }
    patches
}

/// Where the text is that is to be replaced.
fn places(text: &str, path: &str, old: &str, occurrence: Occurrence) -> Result<Vec<usize>, Error> {
    let places: Vec<usize> = match occurrence {
        Occurrence::Only => overlapping(text, old),
        Occurrence::All => text.match_indices(old).map(|(at, _)| at).collect(),
    };
    if places.is_empty() {
        return Err(Error::NotFound(format!("`old` is not in {}: {}", shown(path), near::closest(text, old))));
    }
    if occurrence == Occurrence::Only && places.len() > 1 {
        return Err(several(path, &lines(text, &places), places.len()));
    }
    Ok(places)
}

/// Where a text occurs, also where one occurrence begins in another: the first of them.
fn overlapping(text: &str, old: &str) -> Vec<usize> {
    let step = old.chars().next().map_or(1, char::len_utf8);
    let mut places = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(old) {
        places.push(from + at);
        from += at + step;
        if places.len() == COUNTED {
            break;
        }
    }
    places
}

/// The lines of places that are in order.
fn lines(text: &str, places: &[usize]) -> Vec<u32> {
    let (mut line, mut from) = (1, 0);
    let mut lines = Vec::with_capacity(places.len());
    for at in places {
        line += text.as_bytes()[from..*at].iter().filter(|byte| **byte == b'\n').count();
        from = *at;
        lines.push(count(line));
    }
    lines
}

fn several(path: &str, lines: &[u32], places: usize) -> Error {
    let named: Vec<String> = lines.iter().take(NAMED).map(u32::to_string).collect();
    let (many, more) = (if places == COUNTED { " or more" } else { "" }, if places > NAMED { " and on" } else { "" });
    Error::Invalid(format!(
        "`old` occurs {places}{many} times in {}, in lines {}{more}: take in more of the text around the one that is meant, or say `all`",
        shown(path),
        named.join(", ")
    ))
}
