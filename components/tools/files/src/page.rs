//! A page of a text: whole lines, counted, within a number of characters.

use crate::folders::Folders;
use crate::whole;
use crate::words::{bounded, count, shown};
use crate::{Error, Text};
use std::borrow::Cow;

/// How many characters a page has when nobody says how many lines it shall have.
pub const USUAL: usize = 12_000;
/// How many it has at most.
pub const MOST: usize = 50_000;
/// How many lines it has at most.
pub const LINES: u32 = 2_000;
/// How many characters of a line there are, unless it is read alone.
pub const LINE: usize = 2_000;
/// How many lines a note names.
const NAMED: usize = 10;

/// Reads a page of a file.
///
/// # Errors
/// As the contract says.
pub fn read(folders: &impl Folders, path: &str, start: Option<u32>, max_lines: Option<u32>) -> Result<Text, Error> {
    let lines = bounded("max-lines", max_lines, LINES, LINES)?;
    let bytes = whole::read(folders, path, whole::LARGEST)?;
    if whole::is_binary(&bytes) {
        return Err(whole::no_text(path, bytes.len(), "there is a zero byte near its beginning"));
    }
    let text = String::from_utf8_lossy(&bytes);
    let page = cut(&text, path, start.unwrap_or(1), lines, if max_lines.is_some() { MOST } else { USUAL })?;
    let foreign = matches!(text, Cow::Owned(_))
        .then(|| "bytes that are no UTF-8 are shown as `\u{fffd}`, and `edit` cannot change this file".to_owned());
    let notes: Vec<String> = foreign.into_iter().chain(page.note).collect();
    Ok(Text { note: (!notes.is_empty()).then(|| notes.join("; ")), ..page })
}

/// Cuts a page out of a text.
///
/// # Errors
/// `invalid` for a beginning behind the end.
pub fn cut(text: &str, path: &str, start: u32, lines: u32, characters: usize) -> Result<Text, Error> {
    let whole = count(text.split_inclusive('\n').count());
    if start == 0 || (start > whole && start > 1) {
        return Err(Error::Invalid(format!(
            "`start-line` is {start}, and {} has {whole} lines: begin with 1, then go on where `next` says",
            shown(path)
        )));
    }
    let longest = if lines == 1 { characters } else { LINE };
    let (mut page, mut room, mut next, mut cut) = (String::new(), characters, start, Vec::new());
    for line in text.split_inclusive('\n').skip(start as usize - 1).take(lines as usize) {
        let (line, is_cut) = clipped(line, longest);
        let length = line.chars().count();
        if length > room && !page.is_empty() {
            break;
        }
        if is_cut {
            cut.push(next);
        }
        room = room.saturating_sub(length);
        page.push_str(&line);
        next += 1;
    }
    Ok(Text { lines: whole, next: (next <= whole).then_some(next), note: note(&cut, longest), text: page })
}

/// A line with as many characters as it may have, its ending kept.
fn clipped(line: &str, longest: usize) -> (Cow<'_, str>, bool) {
    let words = line.trim_end_matches(['\n', '\r']);
    match words.char_indices().nth(longest) {
        None => (line.into(), false),
        Some((at, _)) => {
            let more = words[at..].chars().count();
            (format!("{}[… {more} more characters]{}", &words[..at], &line[words.len()..]).into(), true)
        }
    }
}

fn note(cut: &[u32], longest: usize) -> Option<String> {
    let names: Vec<String> = cut.iter().take(NAMED).map(u32::to_string).collect();
    let more = if cut.len() > NAMED { format!(" and {} more", cut.len() - NAMED) } else { String::new() };
    let next = if longest == LINE { "; read one alone, with a `max-lines` of 1, to see more of it" } else { "" };
    (!cut.is_empty()).then(|| format!("cut after {longest} characters: line {}{more}{next}", names.join(", ")))
}
