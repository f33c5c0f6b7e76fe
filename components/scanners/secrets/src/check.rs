//! What tells a token from what only looks like one.

use loket_scan_reader::text::{entropy, find};

/// Why something is no secret, although it has the form of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// It says that it is an example.
    Example,
    /// It repeats itself, or counts up: nobody drew it at random.
    Pattern,
}

/// Why this is no secret, if it is none.
pub fn doubt(body: &[u8]) -> Option<Doubt> {
    let lower = body.to_ascii_lowercase();
    let words: [&[u8]; 7] = [b"example", b"xxxx", b"your", b"placeholder", b"redacted", b"dummy", b"changeme"];
    if words.iter().any(|word| find(&lower, word, 0).is_some()) {
        return Some(Doubt::Example);
    }
    // Drawn from 16 letters, 20 of them have about 3.4 bits each; words and repetitions have less.
    let least = if body.len() >= 30 { 3.3 } else { 2.9 };
    let steps = body.windows(2).filter(|two| two[1] == two[0].wrapping_add(1) || two[1] == two[0]).count();
    if entropy(body) < least || steps * 2 > body.len() || is_words(&lower) {
        return Some(Doubt::Pattern);
    }
    None
}

/// Text in which hardly a letter is followed by a digit: names that stand side by side, not something that was drawn.
fn is_words(lower: &[u8]) -> bool {
    let letters = lower.iter().filter(|byte| byte.is_ascii_lowercase()).count();
    let vowels = lower.iter().filter(|byte| b"aeiou".contains(byte)).count();
    let digits = lower.iter().filter(|byte| byte.is_ascii_digit()).count();
    // Drawn letters have one vowel in five and, of 62 letters, one digit in six.
    letters >= 16 && digits == 0 && vowels * 10 >= letters * 3
}

/// Whether the last six letters are the sum of those before, as GitHub and npm write it: CRC-32 in base 62.
pub fn crc62(body: &[u8]) -> bool {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let Some((drawn, sum)) = body.split_last_chunk::<6>() else { return false };
    let mut rest = crc32(drawn);
    let mut wanted = [b'0'; 6];
    for place in wanted.iter_mut().rev() {
        *place = LETTERS[(rest % 62) as usize];
        rest /= 62;
    }
    rest == 0 && wanted == *sum
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

/// Bytes from base 64, of either alphabet, without padding.
pub fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut held) = (Vec::with_capacity(text.len()), 0_u32, 0);
    for letter in text.iter().filter(|letter| **letter != b'=') {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_drawn_is_not_doubted_and_what_was_typed_is() {
        for drawn in ["q8ZtL2vX9pR4mWc7YbN1", "zT7kQ2mX9vB4nH6jL1pR8wC3dF5gS0aYxUeI"] {
            assert_eq!(doubt(drawn.as_bytes()), None, "{drawn}");
        }
        for typed in [
            "abcdefghijklmnopqrstuvwxyz0123456789",
            "000000000000000000000000000000",
            "IOSFODNN7EXAMPLE",
            "yourTokenGoesHere1234567890abc",
            "theCounterThatAsksEverybodyBeforeItAnswers",
        ] {
            assert!(doubt(typed.as_bytes()).is_some(), "{typed}");
        }
    }

    #[test]
    fn sums_are_checked() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        let drawn = b"zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ";
        let right = b"zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17";
        assert_eq!(&right[..30], drawn);
        assert!(crc62(right), "the example that GitHub published");
        let mut wrong = *right;
        wrong[3] = b'x';
        assert!(!crc62(&wrong) && !crc62(b"12345"));
    }

    #[test]
    fn base_64_is_read() {
        assert_eq!(base64(b"eyJhbGciOiJIUzI1NiJ9").as_deref(), Some(&br#"{"alg":"HS256"}"#[..]));
        assert_eq!(base64(b"a b"), None);
    }
}
