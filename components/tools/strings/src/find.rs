//! All places that match.

use crate::pattern::{compile, each};
use crate::{Casing, Hit, Hits, measured};

/// How many are told when nobody says.
const USUAL: u32 = 100;
/// How many may be asked for at once.
const MOST: u32 = 1_000;
/// How many characters of a match are told.
const WIDE: usize = 1_000;
/// How many bytes an answer may have.
const PAGE: usize = 50_000;

/// Finds all matches.
///
/// # Errors
/// As the contract says.
pub fn find(text: &str, pattern: &str, casing: Casing, start: u32, limit: Option<u32>) -> Result<Hits, String> {
    let limit = match limit.unwrap_or(USUAL) {
        0 => return Err(format!("`limit` is 0, which finds nothing: ask for 1 to {MOST}")),
        many if many > MOST => {
            return Err(format!("`limit` is {many}, and at most {MOST} are told at once: go on with `next`"));
        }
        limit => limit as usize,
    };
    let regex = compile(pattern, casing)?;
    let (mut total, mut size, mut hits) = (0_u32, 0, Vec::new());
    let mut full = false;
    each(&regex, measured(text)?, |found| {
        total += 1;
        if total <= start || full {
            return Ok(true);
        }
        let Some(all) = found.groups.get(0) else { return Ok(true) };
        let groups = found.groups.iter().skip(1).map(|group| group.map(|group| cut(group.as_str())));
        let hit = Hit {
            line: number(found.number + 1),
            column: number(found.line[..all.start()].chars().count() + 1),
            text: cut(all.as_str()),
            groups: groups.collect(),
        };
        size += hit.text.len() + hit.groups.iter().flatten().map(String::len).sum::<usize>() + 40;
        full = hits.len() == limit || (size > PAGE && !hits.is_empty());
        if !full {
            hits.push(hit);
        }
        Ok(true)
    })?;
    if start > 0 && start >= total {
        return Err(format!(
            "`start` is {start}, and there are {total} matches: begin with 0, then go on where `next` says"
        ));
    }
    let told = start.saturating_add(number(hits.len()));
    Ok(Hits { total, next: (told < total).then_some(told), hits })
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(WIDE) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
