//! Letters that cannot be seen, that turn text around, or that look like others.

use crate::{MOST, Piece};
use loket_scan_reader::text::{find, shown};
use loket_scan_reader::{Finding, Severity};

/// Looks through the pieces.
pub fn inspect(pieces: &[Piece<'_>], findings: &mut Vec<Finding>) {
    let before = findings.len();
    for piece in pieces {
        tags(piece, findings);
        if piece.is_read {
            bidi(piece, findings);
            invisible(piece, findings);
            escapes(piece, findings);
            mixed(piece, findings);
        }
        if findings.len() - before > MOST {
            return;
        }
    }
}

fn told(
    id: &str,
    severity: Severity,
    title: String,
    why: &str,
    piece: &Piece<'_>,
    range: std::ops::Range<usize>,
) -> Finding {
    let there = shown(&piece.bytes[range.clone()]);
    let range = piece.offset + range.start as u64..piece.offset + range.end as u64;
    Finding::new(id, severity, title, why, "do not grant it before its author has taken that out").within(
        piece.place,
        range,
        &there,
    )
}

/// Letters of the block «tags», invisible copies of all of ASCII, and selectors of variants, of which one can stand for each byte: models read
/// them. Nothing else needs more than a few of them in a row.
fn tags(piece: &Piece<'_>, findings: &mut Vec<Finding>) {
    let mut from = 0;
    while let Some(at) = find(piece.bytes, &[0xf3, 0xa0], from) {
        let letters: Vec<u8> = piece.bytes[at..].chunks_exact(4).map_while(hidden).collect();
        let hidden: String = letters.iter().map(|letter| char::from(*letter)).collect();
        from = at + 4 * letters.len().max(1);
        // A flag of a region (Scotland) is six of them, behind a black flag.
        if letters.len() < 8 {
            continue;
        }
        let range = at..at + 4 * letters.len();
        let title = format!("{} invisible letters in its {}", letters.len(), shown(piece.what.as_bytes()));
        let mut finding = told(
            "poison/hidden-text",
            Severity::Critical,
            title,
            "They spell words that nobody sees and a model reads.",
            piece,
            range,
        );
        if let Some(evidence) = finding.evidence.first_mut() {
            evidence.text = format!("hidden: {}", shown(hidden.as_bytes()));
        }
        findings.push(finding);
        return;
    }
}

/// The byte that an invisible letter stands for.
fn hidden(four: &[u8]) -> Option<u8> {
    match *four {
        // U+E0020 to U+E007F, the tags.
        [0xf3, 0xa0, 0x80, last @ 0xa0..=0xbf] | [0xf3, 0xa0, 0x81, last @ 0x80..=0xbf] => {
            Some((four[2] & 1) << 6 | last & 0x3f)
        }
        // U+E0100 to U+E01EF, the seventeenth selector and those behind it.
        [0xf3, 0xa0, place @ 0x84..=0x87, last @ 0x80..=0xbf] => ((place - 0x84) << 6 | last & 0x3f).checked_add(16),
        _ => None,
    }
}

/// Marks that turn the order of letters around. Those that only keep a name apart (U+2066, U+2068, U+2069) belong into a text of two directions.
fn bidi(piece: &Piece<'_>, findings: &mut Vec<Finding>) {
    // U+202A to U+202E, U+2067.
    let at = piece.bytes.windows(3).position(|three| {
        three[..2] == [0xe2, 0x80] && (0xaa..=0xae).contains(&three[2]) || *three == [0xe2, 0x81, 0xa7]
    });
    let Some(at) = at else { return };
    findings.push(told(
        "poison/bidi",
        Severity::High,
        format!("a mark that turns text around is in its {}", shown(piece.what.as_bytes())),
        "What is shown and what is there are not the same.",
        piece,
        at..(at + 3 + 24).min(piece.bytes.len()),
    ));
}

/// Letters without width between letters: words are cut so that a filter does not see them.
fn invisible(piece: &Piece<'_>, findings: &mut Vec<Finding>) {
    // U+200B zero width space, U+2060 word joiner, U+FEFF within text, U+00AD soft hyphen, U+180E, U+3164.
    let kinds: [&[u8]; 6] =
        [b"\xe2\x80\x8b", b"\xe2\x81\xa0", b"\xef\xbb\xbf", b"\xc2\xad", b"\xe1\xa0\x8e", b"\xe3\x85\xa4"];
    let mut count = 0;
    let mut first = None;
    for kind in kinds {
        let mut from = 1;
        while let Some(at) = find(piece.bytes, kind, from) {
            from = at + kind.len();
            let before = piece.bytes[at - 1];
            let after = piece.bytes.get(from).copied().unwrap_or(b' ');
            if before.is_ascii_alphanumeric() && after.is_ascii_alphanumeric() {
                count += 1;
                first = Some(first.map_or(at, |first: usize| first.min(at)));
            }
        }
    }
    if let Some(at) = first.filter(|_| count >= 2) {
        findings.push(told(
            "poison/invisible",
            Severity::High,
            format!("{count} letters without width cut words in its {}", shown(piece.what.as_bytes())),
            "Words that are cut so are read by a model, and overlooked by who looks for them.",
            piece,
            at.saturating_sub(8)..(at + 24).min(piece.bytes.len()),
        ));
    }
}

/// Sequences that make a terminal do something, as they are or as JSON writes them.
fn escapes(piece: &Piece<'_>, findings: &mut Vec<Finding>) {
    let kinds: [&[u8]; 5] = [b"\x1b[", b"\x1b]", b"\\u001b[", b"\\u001b]", b"\xc2\x9b"];
    // In what is binary, the first of the two may be a length, and the second begin a name.
    const BINARY: [&str; 6] = ["types", "imports", "exports", "component-name", "producers", "target_features"];
    if BINARY.contains(&piece.what) || piece.bytes.iter().skip(1).any(|byte| *byte == 0) {
        return;
    }
    let Some(at) = kinds.iter().find_map(|kind| find(piece.bytes, kind, 0)) else { return };
    findings.push(told(
        "poison/terminal",
        Severity::High,
        format!("a terminal's control sequence is in its {}", shown(piece.what.as_bytes())),
        "Shown by a program that is less careful than this one, it could hide lines, or type some.",
        piece,
        at..(at + 24).min(piece.bytes.len()),
    ));
}

/// Words of Latin letters with a letter of another alphabet that looks like one of them.
fn mixed(piece: &Piece<'_>, findings: &mut Vec<Finding>) {
    let Ok(text) = std::str::from_utf8(piece.bytes) else { return };
    let mut at = 0;
    for word in text.split_inclusive(|letter: char| !letter.is_alphanumeric()) {
        let (mut latin, mut like) = (0, 0);
        // A Greek letter at the end of a word is one of a formula: cosα.
        let is_greek = |letter: char| ('α'..='ω').contains(&letter);
        for letter in word.trim_end_matches(|letter: char| is_greek(letter) || !letter.is_alphanumeric()).chars() {
            if letter.is_ascii_alphabetic() {
                latin += 1;
            } else if looks_latin(letter).is_some() {
                like += 1;
            } else if letter.is_alphabetic() {
                // A word of another alphabet, or with letters that no Latin one looks like.
                like = 0;
                break;
            }
        }
        if latin >= 2 && like >= 1 && latin > like {
            findings.push(told(
                "poison/homoglyph",
                Severity::High,
                format!("a word in its {} has letters of two alphabets", shown(piece.what.as_bytes())),
                "It shows one word and is another: a name that is trusted, or a word that would have been found.",
                piece,
                at..at + word.len(),
            ));
            return;
        }
        at += word.len();
    }
}

/// The Latin letter that a letter of another alphabet looks like.
pub fn looks_latin(letter: char) -> Option<char> {
    const PAIRS: [(char, char); 40] = [
        ('а', 'a'),
        ('е', 'e'),
        ('о', 'o'),
        ('р', 'p'),
        ('с', 'c'),
        ('х', 'x'),
        ('у', 'y'),
        ('і', 'i'),
        ('ј', 'j'),
        ('ѕ', 's'),
        ('ԁ', 'd'),
        ('ԛ', 'q'),
        ('ԝ', 'w'),
        ('һ', 'h'),
        ('ӏ', 'l'),
        ('А', 'A'),
        ('В', 'B'),
        ('Е', 'E'),
        ('К', 'K'),
        ('М', 'M'),
        ('Н', 'H'),
        ('О', 'O'),
        ('Р', 'P'),
        ('С', 'C'),
        ('Т', 'T'),
        ('Х', 'X'),
        ('ο', 'o'),
        ('α', 'a'),
        ('ν', 'v'),
        ('ρ', 'p'),
        ('ι', 'i'),
        ('κ', 'k'),
        ('Α', 'A'),
        ('Β', 'B'),
        ('Ε', 'E'),
        ('Ο', 'O'),
        ('Τ', 'T'),
        ('ɡ', 'g'),
        ('ⅼ', 'l'),
        ('օ', 'o'),
    ];
    PAIRS.iter().find(|(other, _)| *other == letter).map(|(_, latin)| *latin)
}
