//! A line that fits, as it is shown: whole, or what is around the match.

use std::ops::Range;

/// How many characters of a line are shown.
pub const SHOWN: usize = 300;
/// How many bytes before the match are.
const BEFORE: usize = 100;

/// The words of a line. Where it is long, `place` is asked where the match is.
pub fn text(line: &[u8], place: impl FnOnce() -> Option<Range<usize>>) -> String {
    // No character has more than four bytes.
    if line.len() <= SHOWN * 4 {
        let text = String::from_utf8_lossy(line);
        if text.chars().count() <= SHOWN {
            return text.into_owned();
        }
    }
    let begin = place().map_or(0, |place| place.start.saturating_sub(BEFORE));
    let begin = (begin..line.len()).find(|at| is_first(line[*at])).unwrap_or(begin);
    let end = line.len().min(begin + SHOWN * 4);
    let all = String::from_utf8_lossy(&line[begin..end]);
    let shown: String = all.chars().take(SHOWN).collect();
    let is_end = end == line.len() && all.chars().count() <= SHOWN;
    format!("{}{shown}{}", if begin > 0 { "…" } else { "" }, if is_end { "" } else { "…" })
}

/// Whether a byte begins a character.
fn is_first(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}
