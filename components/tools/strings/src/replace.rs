//! What matches, replaced.

use crate::pattern::{compile, each};
use crate::{Casing, Extent, Revised, measured};

/// How long a replacement may be, in bytes.
const LONGEST: usize = 10_000;
/// How long the text may become, in bytes.
const MOST: usize = 512 << 10;

/// Replaces what matches.
///
/// # Errors
/// As the contract says.
pub fn replace(
    text: &str,
    pattern: &str,
    replacement: &str,
    casing: Casing,
    extent: Extent,
) -> Result<Revised, String> {
    let too_long = || format!("the text would have more than {MOST} bytes: replace by less, or pass fewer lines");
    if replacement.len() > LONGEST {
        return Err(format!("the replacement has {} bytes, and may have {LONGEST}", replacement.len()));
    }
    let regex = compile(pattern, casing)?;
    check_groups(replacement, regex.captures_len(), pattern)?;
    let references = replacement.matches('$').count();
    let (mut revised, mut done, mut count) = (String::with_capacity(text.len()), 0, 0_u32);
    each(&regex, measured(text)?, |found| {
        let Some(all) = found.groups.get(0) else { return Ok(true) };
        revised.push_str(&text[done..found.at + all.start()]);
        // Each reference puts in the whole match at most: so it is known before whether there is room.
        if revised.len() + replacement.len() + references * all.len() > MOST {
            return Err(too_long());
        }
        found.groups.expand(replacement, &mut revised);
        done = found.at + all.end();
        count += 1;
        Ok(extent == Extent::All)
    })?;
    revised.push_str(&text[done..]);
    if revised.len() > MOST {
        return Err(too_long());
    }
    Ok(Revised { count, text: revised })
}

/// A group that is not there would be replaced by nothing, without a word.
fn check_groups(replacement: &str, groups: usize, pattern: &str) -> Result<(), String> {
    let mut rest = replacement;
    while let Some(at) = rest.find('$') {
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            rest = after;
            continue;
        }
        let name: String = match rest.strip_prefix('{') {
            Some(braced) => braced.chars().take_while(|sign| *sign != '}').collect(),
            None => rest.chars().take_while(|sign| sign.is_ascii_alphanumeric() || *sign == '_').collect(),
        };
        let known = match name.parse::<usize>() {
            Ok(number) => number < groups,
            Err(_) if name.is_empty() => true,
            Err(_) => [format!("(?<{name}>"), format!("(?P<{name}>")].iter().any(|group| pattern.contains(group)),
        };
        if !known {
            return Err(format!(
                "the replacement names the group `{name}`, and the pattern has {} groups: write `${{1}}x` where a letter follows, and `$$` for \
                 a dollar sign",
                groups - 1
            ));
        }
    }
    Ok(())
}
