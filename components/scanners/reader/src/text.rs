//! Looking at text and numbers.

use std::fmt::Write as _;

/// Cuts a text to so many bytes, an ellipsis included.
pub fn clip(text: &mut String, most: usize) {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most.saturating_sub(3)));
        text.push('…');
    }
}

/// Bytes as they can be shown: what is not plain text is written out.
pub fn shown(bytes: &[u8]) -> String {
    let mut shown = String::new();
    for chunk in bytes[..bytes.len().min(200)].utf8_chunks() {
        for letter in chunk.valid().chars() {
            match letter {
                ' '..='~' => shown.push(letter),
                _ if letter.is_alphanumeric() => shown.push(letter),
                _ => drop(write!(shown, "\\u{{{:x}}}", u32::from(letter))),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(shown, "\\x{byte:02x}");
        }
    }
    clip(&mut shown, 200);
    shown
}

/// What kind of secret this is can be seen from how it begins; the rest is nobody's business.
pub fn masked(secret: &[u8]) -> String {
    format!("{}… ({} bytes)", shown(&secret[..secret.len().min(6)]), secret.len())
}

/// How much a byte of these says, in bits: 0 where all are alike, 8 where each is as likely as any other.
pub fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    let all = bytes.len() as f64;
    let share = |count: &u32| f64::from(*count) / all;
    -counts.iter().filter(|count| **count > 0).map(share).map(|p| p * p.log2()).sum::<f64>()
}

/// Words as bytes from the last to the first: what a scanner looks for does not stand in its own data, so it is not its own finding.
#[macro_export]
macro_rules! backwards {
    ($($word:literal),* $(,)?) => {
        &[$({
            const WORD: [u8; $word.len()] = $crate::text::turned($word);
            &WORD
        }),*]
    };
}

/// The bytes of a word, from the last to the first.
pub const fn turned<const N: usize>(word: &str) -> [u8; N] {
    let (mut turned, mut at) = ([0; N], 0);
    while at < N {
        turned[at] = word.as_bytes()[N - 1 - at];
        at += 1;
    }
    turned
}

/// The word that was written [`backwards!`].
pub fn forwards(word: &[u8]) -> Vec<u8> {
    word.iter().rev().copied().collect()
}

/// Where one text is in another.
pub fn find(haystack: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let first = *needle.first()?;
    let mut at = from;
    while let Some(step) = haystack.get(at..)?.iter().position(|byte| *byte == first) {
        at += step;
        if haystack[at..].starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_cannot_do_anything_to_who_reads_it() {
        assert_eq!(shown("a\u{1b}[2Jb\u{202e}ü".as_bytes()), "a\\u{1b}[2Jb\\u{202e}ü");
        assert_eq!(shown(&[0xff, b'a']), "\\xffa");
        assert!(shown(&[7; 10_000]).len() <= 200);
        assert!(!masked(b"ghp_0123456789").contains("6789"));
    }

    #[test]
    fn entropy_is_high_for_noise_and_low_for_words() {
        let noise: Vec<u8> = (0..4096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        assert!(entropy(&noise) > 7.0, "{}", entropy(&noise));
        assert!(entropy(b"the quick brown fox jumps over the lazy dog") < 4.6);
        assert!(entropy(&[0; 100]) < 0.001);
    }

    #[test]
    fn words_are_turned_and_turned_back() {
        const WORDS: &[&[u8]] = backwards!["abc", "ä"];
        assert_eq!(WORDS[0], b"cba");
        assert_eq!(forwards(WORDS[1]), "ä".as_bytes());
    }

    #[test]
    fn texts_are_found_where_they_are() {
        assert_eq!(find(b"aabaac", b"aac", 0), Some(3));
        assert_eq!(find(b"aabaac", b"aac", 4), None);
        assert_eq!(find(b"", b"a", 0), None);
        assert_eq!(find(b"a", b"", 0), None);
    }
}
