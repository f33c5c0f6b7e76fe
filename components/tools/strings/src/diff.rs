//! Two texts compared, line by line.

use crate::{Difference, measured};
use similar::{ChangeTag, TextDiff};

/// How many lines a text may have: comparing takes time as their product, where nothing is alike.
const LINES: usize = 5_000;
/// How many lines are shown around a change when nobody says.
const USUAL: u32 = 3;
/// How many may be asked for.
const MOST: u32 = 20;
/// How many bytes an answer may have.
const PAGE: usize = 30_000;

/// Tells how two texts differ.
///
/// # Errors
/// As the contract says.
pub fn diff(before: &str, after: &str, context: Option<u32>, start: u32) -> Result<Difference, String> {
    let context = context.unwrap_or(USUAL);
    if context > MOST {
        return Err(format!("`context` is {context}, and may be {MOST} at most"));
    }
    for (name, text) in [("before", before), ("after", after)] {
        let lines = measured(text)?.lines().count();
        if lines > LINES {
            return Err(format!("`{name}` has {lines} lines, and may have {LINES}: compare it in parts"));
        }
    }
    let diff = TextDiff::from_lines(before, after);
    let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let (added, removed) = (number(count(ChangeTag::Insert)), number(count(ChangeTag::Delete)));
    let mut unified = diff.unified_diff();
    unified.context_radius(context as usize);
    let hunks: Vec<String> = unified.iter_hunks().map(|hunk| hunk.to_string()).collect();
    let total = number(hunks.len());
    if start > 0 && start >= total {
        return Err(format!(
            "`start` is {start}, and there are {total} changes: begin with 0, then go on where `next` says"
        ));
    }
    let (mut changes, mut told) = (String::new(), start);
    for hunk in hunks.into_iter().skip(start as usize) {
        if !changes.is_empty() && changes.len() + hunk.len() > PAGE {
            break;
        }
        changes.push_str(&cut(hunk));
        told += 1;
    }
    Ok(Difference { added, removed, next: (told < total).then_some(told), changes })
}

/// A change that is longer than a page by itself.
fn cut(mut hunk: String) -> String {
    if hunk.len() > PAGE {
        let whole = hunk.lines().count();
        let mut end = PAGE;
        while !hunk.is_char_boundary(end) {
            end -= 1;
        }
        hunk.truncate(hunk[..end].rfind('\n').map_or(end, |line| line + 1));
        let rest = whole - hunk.lines().count();
        hunk.push_str(&format!("… and {rest} lines more of this change: compare a part of the texts\n"));
    }
    hunk
}
